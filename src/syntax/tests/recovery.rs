//! Several mistakes in one file, each found once, nothing else blamed.

use super::{parsed, problems};
use crate::syntax::ast::Decl;

fn in_main(body: &str) -> Vec<String> {
    problems(&format!("model t\nfunc main() {{\n{body}\n}}\n"))
}

#[test]
fn each_mistake_is_found() {
    let text = "modle t\n\nfucn f() {\n\tx := \n}\n\nfunc main() {\n\tslect {\n\tcase <-c:\n\t}\n\ty := 1 2\n\tg(a b)\n\
                \tif x = 3 {\n\t\tfor {\n\t\t\tz :=\n\t\t}\n\t}\n}\n\nexpect deadlock {\n\tnonsense\n}\n";
    assert_eq!(
        problems(text),
        [
            "1:GK0006",
            "3:GK0006",
            "4:GK0009",
            "8:GK0027",
            "11:GK0009",
            "12:GK0014",
            "13:GK0032",
            "15:GK0009",
            "21:GK0038"
        ]
    );
}

#[test]
fn one_mistake_is_one_problem() {
    let bodies = [
        ("if a && {\n}", "GK0009"),
        ("for i := 0; i < 3; {\n}}", "GK0015"),
        ("x := f(1, 2", "GK0014"),
        ("\tx := []int{1, 2", "GK0013"),
        ("go func() {\n}", "GK0036"),
        ("return 1 2", "GK0009"),
        ("x = = 2", "GK0009"),
        ("else {\n}", "GK0009"),
        ("import \"x\"", "GK0009"),
        ("var x", "GK0009"),
        ("a.1", "GK0009"),
        ("if x\n{\n}", "GK0011"),
        ("switch x {\n1:\n}", "GK0029"),
        ("defer", "GK0009"),
        ("f(,)", "GK0014"),
        ("x := map[string]{}", "GK0009"),
        ("x := a ? b : c", "GK0026"),
        ("while x {\n}", "GK0026"),
        ("x.(", "GK0009"),
        ("c <-", "GK0009"),
        ("func f() {\n}", "GK0028"),
        ("case x:", "GK0029"),
        ("for x := range {\n}", "GK0009"),
        ("x++ y", "GK0009"),
        ("a, b", "GK0009"),
        ("x := 'ab'", "GK0018"),
        ("x := \"\\q\"", "GK0019"),
        ("const x := 3", "GK0009"),
        ("x == 3 {\n}", "GK0009"),
        ("idle", ""),
        ("x := F[int, string](1)", "GK0025"),
        ("x := List[int]{}", "GK0025"),
        ("type T[P any] int", "GK0025"),
    ];
    for (body, code) in bodies {
        let found = in_main(&format!("\t{body}"));
        let codes: Vec<&str> =
            found.iter().filter_map(|found| found.split_once(':')).map(|found| found.1).collect();
        let expected: Vec<&str> = [code].into_iter().filter(|code| !code.is_empty()).collect();
        assert_eq!(codes, expected, "{body}");
    }
}

#[test]
fn a_forgotten_brace_does_not_swallow_the_file() {
    let text = "model t\n\nfunc f() {\n\tfor {\n\t\tx()\n\n}\n\nfunc g() {\n\ty :=\n}\n\nexpect ok\n";
    assert_eq!(problems(text), ["4:GK0013", "10:GK0009"]);
    let (file, _) = parsed(text);
    let shapes: Vec<bool> = file.decls.iter().map(|decl| matches!(decl, Decl::Func(_))).collect();
    assert_eq!(shapes, [true, true, false]);
}

#[test]
fn a_forgotten_brace_of_an_expect_block_too() {
    let text = "model t\nexpect deadlock {\n\tmain: f()\n\nfix a {\n\tfunc f() {}\n}\n";
    assert_eq!(problems(text), ["2:GK0013"]);
    assert_eq!(parsed(text).0.decls.len(), 2);
}

#[test]
fn a_brace_too_many_is_one_problem() {
    let text = "model t\nfunc f() {\n\tif x {\n\t}\n}\n\ty()\n\tz := 1\n\tfor {\n\t}\n}\n\nfunc g() {}\n";
    assert_eq!(problems(text), ["6:GK0007"]);
}

#[test]
fn unindented_declarations_in_a_function_are_statements() {
    let text = "model t\nfunc f() {\nvar x int\ntype T int\nconst c = 1\nfunc() {}()\n_ = x\n}\n";
    assert!(problems(text).is_empty());
}

#[test]
fn a_broken_token_is_reported_once() {
    assert_eq!(
        problems("model t \"abc\nfunc main() {\n\tf(\"x)\n\ty := 'a\n}\n"),
        ["1:GK0016", "3:GK0016", "4:GK0018"]
    );
    assert_eq!(problems("model t\nfunc main() {\n\tx := `abc\n}\n"), ["3:GK0016"]);
    assert_eq!(problems("model t\nfunc main() {\n\t/* abc\n}\n"), ["3:GK0017"]);
}

#[test]
fn nul_bytes_end_it() {
    assert_eq!(problems("model t\0\nfunc main() { x := }\n"), ["1:GK0022"]);
}

#[test]
fn the_model_line_may_be_wrong_in_several_ways() {
    assert_eq!(problems("package main\n\nfunc main() {}\n"), ["1:GK0001"]);
    assert_eq!(problems("model\n\nfunc main() {}\n"), ["1:GK0009"]);
    assert_eq!(problems("model \"title\"\n\nfunc main() {}\n"), ["1:GK0009"]);
    assert_eq!(problems("model t x\n\nfunc main() {}\n"), ["1:GK0009"]);
    assert_eq!(problems("model go\n\nfunc main() {}\n"), ["1:GK0009"]);
}
