//! goknot's own words: parameters, properties, expectations, fixes, idle, any.

use super::{
    accept, accept_with, all_problems, main_with, model, problems, problems_with, reject, reject_main,
};
use crate::sema::{fixes, params};
use crate::source::Source;
use crate::syntax;

#[test]
fn parameters() {
    let text = model(
        "const top = 2 * 2\nparam n = 2 in 1..top\nparam m = 7\nvar a [n]int\nfunc main() { _ = make(chan int, n+m) }",
    );
    let (file, _) = syntax::parse(&Source::new("m", text.as_str()));
    let (params, problems) = params(&file);
    assert!(problems.is_empty());
    let short: Vec<_> = params.iter().map(|p| (p.name.as_str(), p.value, p.range)).collect();
    assert_eq!(short, [("n", 2, (1, 4)), ("m", 7, (7, 7))]);
    assert_eq!(accept_with(&text, &[("n", 4)], None).params[0].value, 4);
    let said = problems_with(&text, &[("n", 5)], None);
    assert!(said[0].starts_with("GK0405"), "{said:?}");
}

#[test]
fn parameters_that_do_not_work() {
    reject(&model("param n = 2 in 3..1\nfunc main() {}"), &["GK0232 [3..1]"]);
    reject(&model("param n = 5 in 1..3\nfunc main() {}"), &["GK0233 [5]"]);
    reject(&model("param m = 1\nparam n = m\nfunc main() {}"), &["GK0235 [m]"]);
    reject(&model("param m = 1\nconst k = m\nparam n = k\nfunc main() {}"), &["GK0235 [m]"]);
    reject(&model("var x = 1\nparam n = x\nfunc main() {}"), &["GK0160 [x]"]);
    reject(&model("param n = \"a\"\nfunc main() {}"), &["GK0137 [\"a\"]"]);
    reject(&model("param n = 2\nfunc main() { n = 3 }"), &["GK0127 [n]"]);
}

#[test]
fn any_is_a_choice_and_a_type() {
    accept(&main_with(
        "var x any = any(1, 3)\nvar y int8\ny = any(y, 4)\nz := any(x)\n_, _ = z, y\nif any(0, 1) == 1 {}",
    ));
    reject_main("_ = any(3, 1)", &["GK0172 [any(3, 1)]"]);
    reject_main("_ = any(\"a\", 1)", &["GK0137 [\"a\"]"]);
    reject_main("var b int8\nvar c int\n_ = any(b, c)", &["GK0120 [c]"]);
}

#[test]
fn idle_stands_before_what_waits() {
    accept(&main_with(
        "ch := make(chan int)\nvar mu sync.Mutex\nvar wg sync.WaitGroup\nidle <-ch\nidle v := <-ch\nidle v, ok := <-ch\n_, _ = v, ok\n\
         idle ch <- 1\nidle select {}\nidle for range ch {}\nidle mu.Lock()\nidle wg.Wait()\nvar l sync.Locker = &mu\nidle l.Lock()",
    ).clone());
    reject_main("x := 1\nidle x = 2\n_ = x", &["GK0236 [x = 2]"]);
    reject_main("idle for {}", &["GK0236 [for {}]"]);
    reject_main("var wg sync.WaitGroup\nidle wg.Add(1)", &["GK0236 [wg.Add(1)]"]);
    reject_main("idle main()", &["GK0236 [main()]"]);
    reject_main("idle for range 3 {}", &["GK0236 [for range 3 {}]"]);
}

#[test]
fn properties() {
    let with = |check: &str| {
        model(&format!(
            "type T struct {{ n int; next *T }}\nvar t T\nvar s []int\nvar ch chan int\nfunc f() bool {{ local := 1; return local == 1 }}\nfunc main() {{ f() }}\n{check}"
        ))
    };
    accept(&with("check always t.n == 1 && t.next.n < len(s) || s[t.n] == 2"));
    accept(&with(
        "cover c: cap(ch) == max(1, 2) && int64(t.n) == 3 && t.next != nil && time.Duration(t.n) < time.Second",
    ));
    reject(&with("check always f()"), &["GK0237 [f()]"]);
    reject(&with("check always <-ch == 1"), &["GK0237 [<-ch]"]);
    reject(&with("check always local == 1"), &["GK0238 [local]"]);
    reject(&with("check always missing == 1"), &["GK0100 [missing]"]);
    reject(&with("check always t.n"), &["GK0136 [t.n]"]);
    reject(&with("check always any(0, 1) == 1"), &["GK0237 [any(0, 1)]"]);
    let program = accept(&with("check t.n==1   leadsto t.n == 2"));
    assert_eq!(program.checks[0].text, "t.n == 1 leadsto t.n == 2");
}

#[test]
fn expectations() {
    let with = |expect: &str| {
        model(&format!(
            "type S struct{{}}\nfunc (s *S) Close() {{ func() {{}}() }}\nfunc serve() {{}}\nfunc main() {{ (&S{{}}).Close(); go func() {{}}() }}\n{expect}"
        ))
    };
    accept(&with(
        "expect deadlock {\nmain: x.f()\nserve: select\nS.Close: \"chan receive\"\nClose: a\nmain.func1: b\nS.Close.func1: c\nClose.func1: d\n}",
    ));
    reject(&with("expect deadlok"), &["GK0240 [deadlok]"]);
    assert!(problems(&with("expect deadlok"))[0].ends_with("did you mean `deadlock`?"));
    reject(&with("expect leak {\nsevre: <-ch\n}"), &["GK0241 [sevre]"]);
    assert!(problems(&with("expect leak {\nsevre: <-ch\n}"))[0].ends_with("did you mean `serve`?"));
    reject(&with("expect leak {\nmain.func2: <-ch\n}"), &["GK0241 [main.func2]"]);
    let program = accept(&with("expect ok"));
    assert_eq!(program.expects.len(), 1);
}

#[test]
fn overlays() {
    let text = model(
        "type T struct { n int }\nfunc (t *T) inc() { t.n++ }\nfunc helper() {}\nvar x = 1\nconst k = 2\n\
         func main() { helper() }\ncover c: x == 1\nexpect deadlock\n\
         fix good \"good\" {\n\tfunc main() { added() }\n\tfunc added() {}\n\tdelete helper\n\tvar x = \"s\"\n\tcover c: x == \"s\"\n}\n\
         fix worse {\n\tfunc (t *T) inc() {}\n\tparam p = 3\n\texpect leak\n}",
    );
    let program = accept(&text);
    assert_eq!(program.expects.len(), 1);
    let good = accept_with(&text, &[], Some("good"));
    assert!(good.expects.is_empty() && good.funcs.iter().all(|func| func.name != "helper"));
    assert_eq!(good.covers.len(), 1);
    let worse = accept_with(&text, &[], Some("worse"));
    assert_eq!((worse.expects.len(), worse.params[0].value), (1, 3));
    assert!(all_problems(&text).is_empty());
    let (file, _) = syntax::parse(&Source::new("m", text.as_str()));
    let names: Vec<_> = fixes(&file).into_iter().map(|fix| (fix.name, fix.title)).collect();
    assert_eq!(names, [("good".to_string(), Some("good".to_string())), ("worse".to_string(), None)]);
}

#[test]
fn overlays_that_do_not_work() {
    let with = |fix: &str| {
        model(&format!(
            "func helper() {{}}\nvar a, b = f()\nfunc f() (int, int) {{ return 1, 2 }}\nfunc main() {{ helper() }}\nfix x {{\n\t{fix}\n}}"
        ))
    };
    let said = |fix: &str| problems_with(&with(fix), &[], Some("x"));
    assert!(said("expect leak")[0].starts_with("GK0244 [x]"), "{:?}", said("expect leak"));
    assert!(said("delete helpr")[0].starts_with("GK0245 [helpr]"));
    assert!(said("delete helpr")[0].ends_with("did you mean `helper`?"));
    assert!(said("delete helper")[0].starts_with("GK0100 [helper]"));
    assert!(said("var a = 1")[0].starts_with("GK0246 [a]"));
    assert!(said("func helper() {}\n\tdelete helper")[0].starts_with("GK0247 [helper]"));
    assert!(said("func helper() {}\n\tloses helpr \"why\"")[0].starts_with("GK0248 [helpr]"));
    assert!(said("loses helper \"why\"")[0].starts_with("GK0244 [x]"));
    assert!(said("func g() {}\n\tfunc g() {}")[0].starts_with("GK0101 [g]"));
    assert!(problems_with(&with("func helper() {}"), &[], Some("y"))[0].starts_with("GK0406"));
    assert!(all_problems(&with("delete helper")).len() == 1);
}

#[test]
fn main_is_there() {
    reject(&model("func f() {}"), &["GK0230 [model m \"\"]"]);
    reject(&model("func main(x int) {}"), &["GK0231 [(x int)]"]);
    reject(&model("func main() {}\nfunc init() int { return 1 }"), &["GK0231 [() int]"]);
}

#[test]
fn loop_variables_follow_the_go_line() {
    let text = "model m \"\"\ngo 1.21\nfunc main() { for i := 0; i < 2; i++ { go func() { _ = i }() }\nfor k := range 2 { _ = k } }";
    let program = accept(text);
    let debug = format!("{:?}", program.funcs);
    assert!(debug.contains("shared_vars: true") && !debug.contains("shared_vars: false"));
    assert!(program.vars.iter().filter(|var| var.name == "i" || var.name == "k").all(|var| !var.constant));
}

#[test]
fn generics_and_others_are_out() {
    reject_main("var s []int\n_ = s[int]", &["GK0108 [int]"]);
    reject(&model("func f() {}\nfunc main() { f[int]() }"), &["GK0211 [f[int]]"]);
}
