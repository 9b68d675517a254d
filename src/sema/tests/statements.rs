//! Statements: control flow, jumps, returns, literals, constants.

use super::{accept, main_with, model, problems, reject, reject_main};

#[test]
fn assignments() {
    reject_main("a, b := 1\n_, _ = a, b", &["GK0190 [a, b]"]);
    reject_main("a := 1, 2\n_ = a", &["GK0190 [a]"]);
    reject_main("a := 1\na := 2\n_ = a", &["GK0110 [a]"]);
    reject_main("a, a := 1, 2\n_ = a", &["GK0101 [a]"]);
    reject_main("var x, y int\nx, y = 1\n_, _ = x, y", &["GK0190 [x, y]"]);
    reject_main("x := 1\nx == 2", &["GK0198 [x == 2]"]);
    reject_main("x := 1\nx", &["GK0198 [x]"]);
    reject_main("func() {}", &["GK0198 [func() {}]"]);
    accept(&main_with(
        "a, b := 1, 2\na, b = b, a\na, c := 3, b\n_ = c\nvar d, e = 1, \"x\"\n_, _ = d, e\nvar _ = 1",
    ));
}

#[test]
fn returns() {
    reject(&model("func f() int { return }\nfunc main() { f() }"), &["GK0191 [return]"]);
    reject(&model("func f() int { return 1, 2 }\nfunc main() { f() }"), &["GK0191 [2]"]);
    reject(&model("func main() { return 1 }"), &["GK0191 [return 1]"]);
    reject(&model("func f() int { return \"a\" }\nfunc main() { f() }"), &["GK0120 [\"a\"]"]);
    reject(
        &model("func f() (x int) { { x := 1; _ = x; return } }\nfunc main() { f() }"),
        &["GK0199 [return]"],
    );
    reject(&model("func f() int { }\nfunc main() { f() }"), &["GK0192 [}]"]);
}

#[test]
fn terminating_statements() {
    for body in [
        "return 1",
        "panic(1)",
        "for {}",
        "select {}",
        "{ return 1 }",
        "if x { return 1 } else if y { return 2 } else { return 3 }",
        "for { for { break } }",
        "switch { case x: return 1; default: return 2 }",
        "switch { case x: fallthrough; default: return 2 }",
        "select { case <-c: return 1; case <-c: panic(2) }",
        "L: for { continue L }",
        "choose {\ncase: return 1\ncase: return 2\n}",
        "idle select { case <-c: return 1 }",
        "var e any\nswitch e.(type) { case int: return 1; default: return 2 }",
    ] {
        accept(&model(&format!(
            "var x, y bool\nvar c chan int\nfunc f() int {{\n{body}\n}}\nfunc main() {{ f() }}"
        )));
    }
    for body in [
        "for x {}",
        "for { break }",
        "L: for { for { break L } }",
        "if x { return 1 }",
        "if x { return 1 } else { }",
        "switch { case x: return 1 }",
        "switch { case x: return 1; default: break }",
        "select { case <-c: }",
        "select { default: break }",
        "for range 3 { return 1 }",
        "os.Exit(1)",
        "choose {\ncase: return 1\ncase: x = true\n}",
    ] {
        let text = model(&format!(
            "var x, y bool\nvar c chan int\nfunc f() int {{\n{body}\n}}\nfunc main() {{ f() }}"
        ));
        let said = problems(&text);
        assert!(said.len() == 1 && said[0].starts_with("GK0192 [}]"), "{body}: {said:?}");
    }
}

#[test]
fn jumps() {
    reject_main("break", &["GK0193 [break]"]);
    reject_main("continue", &["GK0193 [continue]"]);
    reject_main("switch { default: continue }", &["GK0193 [continue]"]);
    reject_main("for { func() { break }() }", &["GK0193 [break]"]);
    reject_main("for { break M }", &["GK0194 [M]"]);
    reject_main("L: switch { default: for { continue L } }", &["GK0194 [L]"]);
    reject_main("L: for { break L }\nfor { break L }", &["GK0194 [L]"]);
    reject_main("goto L\nL:\nfor {}", &["GK0210 [goto L]"]);
    accept(&main_with("L: for { M: select { default: break M; case <-make(chan int): continue L } }"));
}

#[test]
fn switches() {
    reject_main("switch 1 { case 1: fallthrough }", &["GK0195 [fallthrough]"]);
    reject_main("fallthrough", &["GK0195 [fallthrough]"]);
    reject_main("switch 1 { case 1, 2: case 2: }", &["GK0196 [2]"]);
    reject_main("switch { default: default: }", &["GK0197 [default]"]);
    reject_main("select { default: default: }", &["GK0197 [default]"]);
    reject_main("var e any\nswitch e.(type) { case int, int: }", &["GK0196 [int]"]);
    reject_main("var e any\nswitch e.(type) { case nil: case nil: }", &["GK0196 [nil]"]);
    reject_main("var e error\nswitch e.(type) { case int: }", &["GK0122 [int]"]);
    reject_main("x := 1\nswitch x.(type) {}", &["GK0135 [x]"]);
    reject_main("switch 1 { case \"a\": }", &["GK0123 [\"a\"]"]);
    reject_main("switch { case 1: }", &["GK0136 [1]"]);
    accept(&main_with(
        "var e any = 1\nvar f error\nswitch e { case 1, \"a\", f: }\nswitch x := 3; x { case 3: }\nvar p *int\nswitch p { case nil: }",
    ));
}

#[test]
fn conditions() {
    reject_main("if 1 {}", &["GK0136 [1]"]);
    reject_main("for \"a\" {}", &["GK0136 [\"a\"]"]);
    reject_main("assert(1)", &["GK0136 [1]"]);
    reject_main("x := \"a\"\nassert(true, x)", &["GK0239 [x]"]);
}

#[test]
fn ranges() {
    reject_main("for range true {}", &["GK0132 [true]"]);
    reject_main("for i, j := range 3 { _, _ = i, j }", &["GK0202 [j]"]);
    reject_main("for a, b := range make(chan int) { _, _ = a, b }", &["GK0202 [b]"]);
    reject_main("for range func(func() bool) {} {}", &["GK0212 [func(func() bool) {}]"]);
    reject_main("x := \"a\"\nfor range x {}", &["GK0214 [x]"]);
    accept(&main_with(
        "var k uint8\nvar v any\nfor k = range 3 {}\nfor _, v = range []int{1} {}\nfor k, v = range map[uint8]string{} {}\n_, _ = k, v\nfor i := range uint(3) { var u uint = i; _ = u }\nfor _, _ = range []int{} {}",
    ));
}

#[test]
fn literals() {
    let t = "type T struct { a, b int }\ntype E struct { T; c int }\n";
    let with = |stmt: &str| model(&format!("{t}func main() {{ {stmt} }}"));
    reject(&with("_ = T{1}"), &["GK0184 [1]"]);
    reject(&with("_ = T{1, 2, 3}"), &["GK0184 [3]"]);
    reject(&with("_ = T{a: 1, 2}"), &["GK0183 [2]"]);
    reject(&with("_ = T{a: 1, a: 2}"), &["GK0185 [a]"]);
    reject(&with("_ = T{c: 1}"), &["GK0182 [c]"]);
    reject(&with("_ = E{a: 1}"), &["GK0182 [a]"]);
    reject(&with("_ = T{a: \"x\"}"), &["GK0120 [\"x\"]"]);
    reject(&with("_ = [2]int{1, 2, 3}"), &["GK0165 [3]"]);
    reject(&with("_ = []int{0: 1, 0: 2}"), &["GK0185 [0]"]);
    reject(&with("_ = []int{1 << 30: 1}"), &["GK0140 [1 << 30]"]);
    reject(&with("_ = map[string]int{\"a\": 1, \"a\": 2}"), &["GK0185 [\"a\"]"]);
    reject(&with("_ = map[string]int{1}"), &["GK0186 [1]"]);
    reject(&with("_ = int{1}"), &["GK0180 [int]"]);
    accept(&with(
        "_ = [...]T{{1, 2}, 3: {a: 1}}; _ = []*T{{1, 2}}; _ = map[T]*T{{1, 2}: {3, 4}}; _ = E{T{1, 2}, 3}; _ = &E{c: 1}; \
         _ = [][]int{{1}, {2, 3}}; _ = struct{ x int }{1}; var mu = sync.Mutex{}; mu.Lock()",
    ));
}

#[test]
fn constants() {
    reject(&model("const a = b\nconst b = a\nfunc main() {}"), &["GK0167 [a]"]);
    reject(&model("var a = b\nvar b = a\nfunc main() {}"), &["GK0167 [a]"]);
    reject(
        &model(
            "var a = f()\nfunc f() int { return b }\nvar b = g()\nfunc g() int { return a }\nfunc main() {}",
        ),
        &["GK0167 [a]"],
    );
    reject(&model("var a int = f()\nfunc f() int { return a }\nfunc main() {}"), &["GK0167 [a]"]);
    reject(&model("const a int8 = 200\nfunc main() {}"), &["GK0161 [200]"]);
    reject(&model("var x = 1\nconst a = x\nfunc main() {}"), &["GK0160 [x]"]);
    reject(&model("const a uint8 = 255 + 1\nfunc main() {}"), &["GK0161 [255 + 1]"]);
    reject(&model("const (\na, b = 1, 2\nc\n)\nfunc main() {}"), &[]);
    let program = accept(&model(
        "const (\na = 1 << (10 * iota)\nb\nc\n)\nconst (\nx, y = iota, -iota\n_, _\nz, w\n)\nconst big = 1 << 100\n\
         type D uint8\nconst d D = ^D(1)\nvar v = [...]int{a, b, c, z, w, big >> 98, int(d)}\nfunc main() {}",
    ));
    let text = format!("{:?}", program.globals);
    for value in ["Int(1)", "Int(1024)", "Int(1048576)", "Int(2)", "Int(-2)", "Int(4)", "Int(254)"] {
        assert!(text.contains(value), "{value}: {text}");
    }
}

#[test]
fn initialisation_order() {
    let program = accept(&model(
        "var a = c + b\nvar b = f()\nvar c = 1\nvar d, e = g()\nvar h int\nfunc f() int { h++; return c }\n\
         func g() (int, int) { return a, b }\nfunc main() {}",
    ));
    let order: Vec<&str> = program
        .globals
        .iter()
        .flat_map(|global| global.vars.iter().map(|&var| program.var(var).name.as_str()))
        .collect();
    let at = |name: &str| order.iter().position(|other| *other == name).expect("there");
    assert!(at("c") < at("b") && at("b") < at("a") && at("a") < at("d") && at("d") < at("e"), "{order:?}");
    accept(&model("var f = func() int { return len(t) }\nvar t = map[string]int{}\nfunc main() { f() }"));
}
