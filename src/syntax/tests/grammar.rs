//! Go's grammar: precedence, literals, types, statements.

use super::shapes::{shape, type_shape};
use super::{expression, file, problems, statement, statements};
use crate::syntax::ast::{BinaryOp, Comm, Decl, ExprKind, ForHeader, InterfaceElem, StmtKind, TypeExpr};

fn shaped(text: &str) -> String {
    shape(&expression(text))
}

fn var_type(text: &str) -> TypeExpr {
    match statement(&format!("var x {text}")) {
        StmtKind::Var(var) => var.ty.expect("a type"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn precedence_is_go_s() {
    let cases = [
        ("a || b && c", "(a OrOr (b AndAnd c))"),
        ("a && b == c", "(a AndAnd (b Eq c))"),
        ("a == b + c", "(a Eq (b Add c))"),
        ("a + b * c", "(a Add (b Mul c))"),
        ("a * b + c", "((a Mul b) Add c)"),
        ("a - b - c", "((a Sub b) Sub c)"),
        ("a | b & c", "(a Or (b And c))"),
        ("a ^ b &^ c", "(a Xor (b AndNot c))"),
        ("a << b + c", "((a Shl b) Add c)"),
        ("a < b || c >= d", "((a Lt b) OrOr (c Ge d))"),
        ("-a * b", "((Neg a) Mul b)"),
        ("!a && b", "((Not a) AndAnd b)"),
        ("^a ^ ^b", "((BitNot a) Xor (BitNot b))"),
        ("-a.b[c](d)", "(Neg a.b[c](d))"),
        ("*p.q", "(* p.q)"),
        ("&x.y", "(AddrOf x.y)"),
        ("<-c + 1", "((Recv c) Add 1)"),
        ("- -a", "(Neg (Neg a))"),
        ("<-<-c", "(Recv (Recv c))"),
        ("(a + b) * c", "(paren (a Add b) Mul c)"),
        ("a+\n b", "(a Add b)"),
        ("a / b % c", "((a Div b) Rem c)"),
        ("a != b", "(a Ne b)"),
        ("a <= b", "(a Le b)"),
        ("a > b >> c", "(a Gt (b Shr c))"),
        ("+a", "(Plus a)"),
    ];
    for (text, expected) in cases {
        assert_eq!(shaped(text), expected, "{text}");
    }
}

#[test]
fn operands_and_what_follows_them() {
    let cases = [
        ("f(a, b...)", "f(a, b...)"),
        ("f(\n a,\n b,\n)", "f(a, b)"),
        ("a[1:2]", "a[1:2:]"),
        ("a[:]", "a[::]"),
        ("a[:1:2]", "a[:1:2]"),
        ("x.(T)", "x.(T)"),
        ("x.(*p.T)", "x.(*p.T)"),
        ("x.\n y()", "x.y()"),
        ("Point{1, 2}", "Point{1, 2}"),
        ("Point{X: 1, Y: 2,\n}", "Point{X: 1, Y: 2}"),
        ("&p.Point{}", "(AddrOf p.Point{})"),
        ("[]Point{{1, 2}, {X: 1}}", "[]Point{{1, 2}, {X: 1}}"),
        ("map[K]V{{1}: {2}}", "map[K]V{{1}: {2}}"),
        ("[...]int{1}", "[...]int{1}"),
        ("[2]int{}[0]", "[2]int{}[0]"),
        ("struct{ a int }{1}", "struct{a int}{1}"),
        ("make(chan int, 3)", "make(type chan (int), 3)"),
        ("make(<-chan int)", "make(type <-chan (int))"),
        ("make(<-chan <-chan int)", "make(type <-chan (<-chan (int)))"),
        ("(<-chan int)(c)", "paren type <-chan (int)(c)"),
        ("<-chan int(c)", "(Recv type chan (int)(c))"),
        ("[]byte(s)", "type []byte(s)"),
        ("(*T)(x)", "paren (* T)(x)"),
        ("func() {}", "func of 0"),
        ("func() { f(); g() }()", "func of 2()"),
        ("(func(int) error)(f)", "paren type func(int)(error)(f)"),
        ("any(0, 3)", "any(0, 3)"),
        ("世界.x_1", "世界.x_1"),
    ];
    for (text, expected) in cases {
        assert_eq!(shaped(text), expected, "{text}");
    }
}

#[test]
fn literals_have_their_values() {
    let string = |text: &str| match expression(text).kind {
        ExprKind::String(value) => value,
        other => panic!("{other:?}"),
    };
    assert_eq!(string(r#""a\tb\n\"\\""#), "a\tb\n\"\\");
    assert_eq!(string(r#""\x41\101\u00e9\U0001F600""#), "AAé😀");
    assert_eq!(string(r#""\xc3\xa9""#), "é", "two bytes of UTF-8 are one character");
    assert_eq!(string("`a\\n\r\n\"b`"), "a\\n\n\"b");
    assert_eq!(string("\"// no comment\""), "// no comment");
    let runes = [
        ("'a'", 97),
        (r"'\n'", 10),
        (r"'\''", 39),
        (r"'\xff'", 255),
        (r"'\u4e16'", 0x4e16),
        ("'世'", 0x4e16),
    ];
    for (text, rune) in runes {
        assert!(matches!(expression(text).kind, ExprKind::Rune(found) if found == rune), "{text}");
    }
    for text in ["0", "42", "1_000", "0x1F", "0X_1f", "0b101", "0o17", "017", "0_7"] {
        assert!(matches!(expression(text).kind, ExprKind::Int(found) if found == text), "{text}");
    }
    for text in ["1.5", ".5", "1.", "1e10", "1E-3", "0x1p-2", "3i", "09.5"] {
        assert!(matches!(expression(text).kind, ExprKind::Float(found) if found == text), "{text}");
    }
}

#[test]
fn types() {
    let cases = [
        ("*[]map[string]chan int", "*[]map[string]chan (int)"),
        ("chan<- chan int", "chan<- (chan (int))"),
        ("chan (<-chan int)", "chan ((<-chan (int)))"),
        ("<-chan chan<- int", "<-chan (chan<- (int))"),
        ("[n + 1]sync.Mutex", "[(n Add 1)]sync.Mutex"),
        ("func(a, b int, c ...string) (int, error)", "func(int, int, string)(int, error)"),
        ("func(int, *T, []int, p.T, [3]int)", "func(int, *T, []int, p.T, [3]int)()"),
        ("func() func() int", "func()(func()(int))"),
        (
            "struct {\n a, b int\n *T\n sync.Mutex `tag`\n c [2]int\n}",
            "struct{a int; b int; *T; sync.Mutex; c [2]int}",
        ),
        ("interface {\n Close() error\n fmt.Stringer\n}", "interface of 2"),
        ("atomic.Pointer[Config]", "atomic.Pointer[Config]"),
    ];
    for (text, expected) in cases {
        assert_eq!(type_shape(&var_type(text)), expected, "{text}");
    }
}

#[test]
fn interfaces_tell_methods_from_embedded_types() {
    let file = file("model t\ntype I interface { Do(x int) (y int); J; p.K }\n");
    let [Decl::Type(decl)] = file.decls.as_slice() else { panic!() };
    let crate::syntax::ast::TypeExprKind::Interface(elements) = &decl.ty.kind else { panic!() };
    assert!(matches!(&elements[0], InterfaceElem::Method { name, .. } if name.name == "Do"));
    assert!(matches!(elements[1..], [InterfaceElem::Embedded(_), InterfaceElem::Embedded(_)]));
}

/// Go specification, "Composite literals": the parsing ambiguity.
#[test]
fn composite_literals_in_headers_need_parentheses() {
    for right in [
        "if p == (T{1}) {\n}",
        "if f(T{1}) {\n}",
        "if a[T{1}.x] {\n}",
        "if x == []int{1}[0] {\n}",
        "for range []T{{1}} {\n}",
        "for _, x := range map[T]U{{1}: {2}} {\n _ = x\n}",
        "switch f := func() T { return T{1} }; f() {\n}",
        "switch (T{1}).x {\n}",
        "if x {\n y := T{1}\n _ = y\n}",
        "switch x {\ncase T{1}:\n}",
    ] {
        statement(right);
    }
    for wrong in ["if p == T{1} {\n}", "for range T{1} {\n}", "switch T{1} {\n}"] {
        let text = format!("model t\nfunc main() {{\n{wrong}\n}}\n");
        assert_eq!(problems(&text), ["3:GK0034"], "{wrong}");
    }
}

#[test]
fn simple_statements() {
    assert!(matches!(statement("c <- v + 1"), StmtKind::Send { .. }));
    assert!(matches!(statement("x++"), StmtKind::IncDec { increment: true, .. }));
    assert!(matches!(statement("a.b--"), StmtKind::IncDec { increment: false, .. }));
    assert!(matches!(statement("a, b = b, a"), StmtKind::Assign { op: None, .. }));
    assert!(matches!(statement("a &^= b"), StmtKind::Assign { op: Some(BinaryOp::AndNot), .. }));
    assert!(matches!(statement("a <<= b"), StmtKind::Assign { op: Some(BinaryOp::Shl), .. }));
    assert!(matches!(statement("a, b := f()"), StmtKind::Define { names, .. } if names.len() == 2));
    assert!(matches!(statement("f()"), StmtKind::Expr(_)));
    assert!(statements(";;").is_empty());
    assert_eq!(statements("a(); b(); c()").len(), 3);
}

#[test]
fn for_headers() {
    let header = |text: &str| match statement(&format!("for {text} {{\n}}")) {
        StmtKind::For(stmt) => stmt.header,
        other => panic!("{other:?}"),
    };
    assert!(matches!(header(""), ForHeader::Forever));
    assert!(matches!(header("x < 3"), ForHeader::While(_)));
    assert!(matches!(header(";;"), ForHeader::Clauses { init: None, cond: None, post: None }));
    assert!(matches!(
        header("i := 0; i < 3; i++"),
        ForHeader::Clauses { init: Some(_), cond: Some(_), post: Some(_) }
    ));
    assert!(matches!(header("; x;"), ForHeader::Clauses { init: None, cond: Some(_), post: None }));
    assert!(matches!(header("range c"), ForHeader::Range { key: None, value: None, define: false, .. }));
    assert!(matches!(
        header("i := range 10"),
        ForHeader::Range { key: Some(_), value: None, define: true, .. }
    ));
    assert!(matches!(
        header("k, v = range m"),
        ForHeader::Range { key: Some(_), value: Some(_), define: false, .. }
    ));
}

#[test]
fn if_chains_are_flat() {
    let StmtKind::If(stmt) = statement("if a := f(); a {\n} else if b {\n} else if c {\n} else {\n}") else {
        panic!()
    };
    assert_eq!(stmt.arms.len(), 3);
    assert!(stmt.arms[0].init.is_some() && stmt.otherwise.is_some());
}

#[test]
fn switches() {
    assert!(matches!(statement("switch {\n}"), StmtKind::Switch(s) if s.tag.is_none()));
    assert!(
        matches!(statement("switch x := f(); x {\ncase 1, 2:\ndefault:\n}"), StmtKind::Switch(s) if s.init.is_some() && s.cases.len() == 2)
    );
    assert!(
        matches!(statement("switch x := f(); {\n}"), StmtKind::Switch(s) if s.init.is_some() && s.tag.is_none())
    );
    let StmtKind::TypeSwitch(s) =
        statement("switch v := x.(type) {\ncase int, *T, []int, nil, p.T, func():\ndefault:\n}")
    else {
        panic!()
    };
    assert_eq!(s.bind.map(|bind| bind.name).as_deref(), Some("v"));
    let types: Vec<String> = s.cases[0].types.iter().flatten().map(type_shape).collect();
    assert_eq!(types, ["int", "*T", "[]int", "nil", "p.T", "func()()"]);
    assert!(
        matches!(statement("switch x := 1; v := y.(type) {\n}"), StmtKind::TypeSwitch(s) if s.init.is_some())
    );
    assert!(matches!(statement("switch x.(type) {\n}"), StmtKind::TypeSwitch(s) if s.bind.is_none()));
}

#[test]
fn selects() {
    let text =
        "select {\ncase <-a:\ncase v := <-b:\ncase v, ok = <-c:\ncase (<-d):\ncase e <- 1:\ndefault:\n}";
    let StmtKind::Select(select) = statement(text) else { panic!() };
    let comms: Vec<&Comm> = select.cases.iter().map(|case| &case.comm).collect();
    assert!(matches!(comms[0], Comm::Recv { targets, .. } if targets.is_empty()));
    assert!(matches!(comms[1], Comm::Recv { define: true, .. }));
    assert!(matches!(comms[2], Comm::Recv { targets, define: false, .. } if targets.len() == 2));
    assert!(matches!(comms[3], Comm::Recv { .. }));
    assert!(matches!(comms[4], Comm::Send { .. }));
    assert!(matches!(comms[5], Comm::Default));
}

#[test]
fn declarations() {
    let file = file(
        "model t \"a title\"\ngo 1.21\nimport (\n\"sync\"\n\"time\"\n)\nconst (\na = iota\nb\n)\nvar (\nx int\ny = 1\n)\n\
         type (\nA = int\nB struct{}\n)\nfunc (b *B) m() {}\nfunc (B) n() {}\nfunc (wg *sync.WaitGroup) Go(f func()) {}\n",
    );
    assert_eq!(file.go.map(|go| (go.major, go.minor)), Some((1, 21)));
    let funcs: Vec<_> =
        file.decls.iter().filter_map(|decl| if let Decl::Func(f) = decl { Some(f) } else { None }).collect();
    let receivers: Vec<_> = funcs.iter().filter_map(|func| func.receiver.as_ref()).collect();
    assert_eq!(receivers[2].ty.name, "sync.WaitGroup");
    assert!(receivers[0].pointer && receivers[1].name.is_none());
    let count = |test: fn(&Decl) -> bool| file.decls.iter().filter(|decl| test(decl)).count();
    assert_eq!(count(|decl| matches!(decl, Decl::Import(_))), 2);
    assert_eq!(count(|decl| matches!(decl, Decl::Const(group) if group.specs.len() == 2)), 1);
    assert_eq!(count(|decl| matches!(decl, Decl::Var(_))), 2);
    assert_eq!(count(|decl| matches!(decl, Decl::Type(ty) if ty.alias)), 1);
}

#[test]
fn spans_stop_at_the_last_character() {
    let text = "model t\nfunc main() {\n\tx := f(1)   // comment\n\tfor i := range xs /* c */ {\n\t}\n}\n";
    let file = file(text);
    let [Decl::Func(func)] = file.decls.as_slice() else { panic!() };
    let slice = |span: crate::source::Span| &text[span.range()];
    assert_eq!(slice(func.body.stmts[0].span), "x := f(1)");
    let StmtKind::For(stmt) = &func.body.stmts[1].kind else { panic!() };
    assert_eq!(slice(stmt.header_span), "for i := range xs");
}
