//! goknot's own words: words in their place, names everywhere else.

use super::{file, parsed, problems, statement, statements};
use crate::syntax::ast::{CheckKind, Decl, ExpectOperation, ExprKind, StmtKind};

/// The example of the design, which is also the first model that anybody sees.
const MINIREDIS: &str = r#"model miniredis "Close waits for handlers that need the lock it holds"

param conns = 2 in 1..4

type Server struct {
    mu sync.Mutex
    wg sync.WaitGroup
}

func (s *Server) servePeer() {
    defer s.wg.Done()
    s.mu.Lock()          // handleAuth
    s.mu.Unlock()
}

func (s *Server) Close() {
    s.mu.Lock()
    defer s.mu.Unlock()
    s.wg.Wait()
}

func main() {
    s := &Server{}
    for i := 0; i < conns; i++ {
        s.wg.Add(1)
        go s.servePeer()
    }
    s.Close()
}

expect deadlock {
    main:      s.wg.Wait()
    servePeer: s.mu.Lock()
}

fix unlock_first "give the lock back before waiting" {
    func (s *Server) Close() {
        s.mu.Lock()
        s.mu.Unlock()
        s.wg.Wait()
    }
}
"#;

#[test]
fn the_first_example_is_right() {
    let file = file(MINIREDIS);
    assert_eq!(file.decls.len(), 7);
    let crlf = MINIREDIS.replace('\n', "\r\n");
    assert_eq!(self::file(&crlf).decls.len(), 7, "with Windows line ends");
    let bom = format!("\u{feff}{MINIREDIS}");
    let file = self::file(&bom);
    assert_eq!(file.model.map(|model| model.span.start), Some(3), "spans count the byte order mark");
}

#[test]
fn the_words_are_names_elsewhere() {
    let words = [
        "model",
        "meta",
        "param",
        "any",
        "choose",
        "idle",
        "assert",
        "check",
        "cover",
        "expect",
        "fix",
        "delete",
        "always",
        "eventually",
        "leadsto",
        "loses",
        "in",
    ];
    for word in words {
        statements(&format!(
            "var {word} int\n{word} := 1\n{word} = 2\n{word}++\n{word}, x := 1, 2\n{word}(3)\n{word}.f()\n{word}[1] = 2\n\
             {word} <- 1\ng({word})\nx = {word} + 1\nif {word} > 0 {{\n}}\nfor {word} := range xs {{\n}}\n\
             {word}:\n\tfor {{\n\t\tbreak {word}\n\t}}\nx = T{{{word}: 1}}\nswitch {word} {{\ncase {word}:\n}}"
        ));
        file(&format!(
            "model {word}\nvar {word} = 1\ntype T struct {{ {word} int }}\nfunc {word}({word} int) {{}}\n"
        ));
    }
}

#[test]
fn idle_takes_a_statement() {
    let idle = |text: &str| match statement(text) {
        StmtKind::Idle(stmt) => stmt.kind,
        other => panic!("{text}: {other:?}"),
    };
    assert!(matches!(idle("idle r := <-reqs"), StmtKind::Define { .. }));
    assert!(matches!(idle("idle <-ctx.Done()"), StmtKind::Expr(_)));
    assert!(matches!(idle("idle s.mu.Lock()"), StmtKind::Expr(_)));
    assert!(matches!(idle("idle ch <- v"), StmtKind::Send { .. }));
    assert!(matches!(idle("idle select {}"), StmtKind::Select(_)));
    assert!(matches!(idle("idle /* a comment */ for r := range reqs {\n}"), StmtKind::For(_)));
    assert!(
        matches!(statement("L: idle for range c {\n}"), StmtKind::Labeled { stmt, .. } if matches!(stmt.kind, StmtKind::Idle(_)))
    );
}

/// The arrow decides: it clings to its operand when it receives, as gofmt writes it.
#[test]
fn a_channel_may_be_called_idle() {
    assert!(matches!(statement("idle <- 1"), StmtKind::Send { .. }));
    assert!(matches!(statement("idle<-1"), StmtKind::Send { .. }));
    assert!(matches!(statement("idle <-done"), StmtKind::Idle(_)));
}

#[test]
fn choose_has_bare_cases() {
    let StmtKind::Choose { cases, .. } = statement("choose {\ncase:\n\ta()\n\tb()\ncase:\n}") else {
        panic!()
    };
    assert_eq!(cases.iter().map(|case| case.body.len()).collect::<Vec<_>>(), [2, 0]);
    assert!(matches!(statement("choose := T{}"), StmtKind::Define { .. }));
}

#[test]
fn checks() {
    let kind = |text: &str| match file(&format!("model t\n{text}\n")).decls.remove(0) {
        Decl::Check(check) => check.kind,
        other => panic!("{other:?}"),
    };
    assert!(matches!(kind("check always x == 1"), CheckKind::Always(_)));
    assert!(matches!(kind("check eventually done"), CheckKind::Eventually(_)));
    assert!(matches!(kind("check eventually (done)"), CheckKind::Eventually(_)));
    assert!(matches!(kind("check a && b leadsto c || d"), CheckKind::LeadsTo(..)));
    assert!(matches!(kind("check (a) leadsto b"), CheckKind::LeadsTo(..)));
}

#[test]
fn params_have_ranges() {
    let range = |text: &str| match file(&format!("model t\n{text}\n")).decls.remove(0) {
        Decl::Param(param) => param.range.map(|(low, high)| {
            let int = |expr: crate::syntax::ast::Expr| super::shapes::shape(&expr);
            (int(low), int(high))
        }),
        other => panic!("{other:?}"),
    };
    assert_eq!(range("param n = 2 in 1..4"), Some(("1".into(), "4".into())));
    assert_eq!(range("param n = 2 in lo .. hi+1"), Some(("lo".into(), "(hi Add 1)".into())));
    assert_eq!(range("param n = 0x1F in -1..0x2F"), Some(("(Neg 1)".into(), "0x2F".into())));
    assert_eq!(range("param n = 2"), None);
}

/// `NAME: OPERATION`, as text.
fn expect_lines(text: &str) -> Vec<String> {
    let file = file(&format!("model t\n{text}\n"));
    let Some(Decl::Expect(expect)) = file.decls.into_iter().next() else { panic!() };
    let lines = expect.stuck.unwrap_or_default().into_iter().map(|line| {
        let operation = match line.operation {
            ExpectOperation::Source(text) => text.value,
            ExpectOperation::Select(_) => "SELECT".to_string(),
            ExpectOperation::Reason(text) => format!("REASON {}", text.value),
        };
        format!("{}|{operation}", line.goroutine.name)
    });
    lines.collect()
}

#[test]
fn expect_lines_are_free_text() {
    let text = "expect deadlock {\n\
        main:      s.wg.Wait() // trailing\n\
        \n\
        // a comment line\n\
        servePeer: s.mu.Lock() /* more */\n\
        main.func1: select\n\
        Server.Close: \"sync.Mutex.Lock\"\n\
        (*Server).Close: for r := range reqs {\n\
        main.func1.2: ch <- v;\n\
        a: case v, ok := <-c:\n\
        b: select {}\n\
        c: f(func() { g() })\n\
        d: url == \"http://x\"\n\
        }";
    assert_eq!(
        expect_lines(text),
        [
            "main|s.wg.Wait()",
            "servePeer|s.mu.Lock()",
            "main.func1|SELECT",
            "Server.Close|REASON sync.Mutex.Lock",
            "Server.Close|for r := range reqs",
            "main.func1.2|ch <- v",
            "a|case v, ok := <-c",
            "b|select {}",
            "c|f(func() { g() })",
            "d|url == \"http://x\"",
        ]
    );
    assert_eq!(expect_lines("expect leak { main: wg.Wait() }"), ["main|wg.Wait()"]);
    assert_eq!(expect_lines("expect leak { main: select {} }"), ["main|select {}"]);
    assert_eq!(expect_lines("expect leak {\r\n\tmain: wg.Wait()\r\n}"), ["main|wg.Wait()"]);
    assert_eq!(expect_lines("expect leak {\n\tmain: select {\n\t}"), ["main|SELECT"]);
    assert!(expect_lines("expect ok").is_empty());
}

#[test]
fn meta_keys_may_be_keywords() {
    let file = file("model t\nmeta {\n\tproject \"moby\"\n\ttype \"Blocking\"; ref \"x\"\n}\n");
    let [Decl::Meta(meta)] = file.decls.as_slice() else { panic!() };
    let keys: Vec<&str> = meta.entries.iter().map(|(key, _)| key.name.as_str()).collect();
    assert_eq!(keys, ["project", "type", "ref"]);
}

#[test]
fn fixes_hold_declarations() {
    let file = file(
        "model t\nfix a \"b\" {\n\tvar x = 1\n\tdelete helper\n\tdelete (*Server).Close\n\tloses (*Server).Close \"why\"\n\texpect leak\n}\nfix c {}\n",
    );
    let [Decl::Fix(fix), Decl::Fix(_)] = file.decls.as_slice() else { panic!() };
    let [Decl::Var(_), Decl::Delete(helper), Decl::Delete(close), Decl::Loses(loses), Decl::Expect(_)] =
        fix.decls.as_slice()
    else {
        panic!()
    };
    assert_eq!((helper.name.name.as_str(), close.name.name.as_str()), ("helper", "Server.Close"));
    assert_eq!((loses.name.name.as_str(), loses.why.value.as_str()), ("Server.Close", "why"));
    assert_eq!(problems("model t\nfix a {\n\tvar x = 1\n\tloses main\n}\n"), ["4:GK0009"]);
}

#[test]
fn assert_and_any_are_calls() {
    for text in ["assert(x == 1, \"text\")", "any(0, 3)"] {
        assert!(
            matches!(statement(text), StmtKind::Expr(expr) if matches!(expr.kind, ExprKind::Call { .. }))
        );
    }
}

#[test]
fn a_missing_model_line_still_gives_a_file() {
    let (file, found) = parsed("func main() {}\n");
    assert_eq!((file.decls.len(), found.len()), (1, 1));
    assert_eq!(problems(""), ["1:GK0002"]);
    assert_eq!(problems("// only a comment"), ["1:GK0002"]);
}
