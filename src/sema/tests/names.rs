//! Names: undeclared, declared twice, misspelt, meaning the wrong thing.

use super::{accept, main_with, model, problems, reject, reject_main};

#[test]
fn undeclared() {
    reject_main("x := 1\n_ = y + x", &["GK0100 [y]"]);
    reject_main("mian()", &["GK0100 [mian]"]);
    assert!(problems(&main_with("mian()"))[0].ends_with("did you mean `main`?"));
    reject_main("var x Strng", &["GK0100 [Strng]"]);
}

#[test]
fn no_cascades() {
    reject_main("x := y\nx.f()\n_ = x + 1\nfor _, v := range x { v.g() }", &["GK0100 [y]"]);
    reject(&model("var t T\nfunc main() { t.f(); t.x = 1; _ = t.y[2] }"), &["GK0100 [T]"]);
    reject_main("a, b := f()\n_, _ = a+1, b.x", &["GK0100 [f]"]);
    reject(&model("type T struct { x Q }\nfunc main() { t := T{}; t.x.y = 1; t.x() }"), &["GK0100 [Q]"]);
}

#[test]
fn declared_twice() {
    reject(&model("var x int\nfunc x() {}\nfunc main() {}"), &["GK0101 [x]"]);
    reject(&model("param n = 1\nparam n = 2\nfunc main() {}"), &["GK0101 [n]"]);
    reject(&model("type T struct { a, a int }\nfunc main() {}"), &["GK0101 [a]"]);
    reject(&model("type T struct { a int }\nfunc (T) a() {}\nfunc main() {}"), &["GK0101 [a]"]);
    reject(&model("type T int\nfunc (T) a() {}\nfunc (*T) a() {}\nfunc main() {}"), &["GK0101 [a]"]);
    reject(&model("type I interface { a(); a() }\nfunc main() {}"), &["GK0101 [a]"]);
    reject(&model("func f(a, a int) {}\nfunc main() {}"), &["GK0101 [a]"]);
    reject(&model("func f(a int) { a := 1; _ = a }\nfunc main() {}"), &["GK0110 [a]"]);
    reject_main("var a int\nvar a int\n_ = a", &["GK0101 [a]"]);
    reject_main("L: for { break L }\nL: for { break L }", &["GK0101 [L]"]);
    reject(&model("func main() {}\nfix a { var x int }\nfix a { var y int }"), &["GK0101 [a]"]);
    reject(&model("var x = 1\nfunc main() {}\ncover c: x == 1\ncover c: x == 2"), &["GK0101 [c]"]);
    accept(&model("func init() {}\nfunc init() {}\nvar _, _ int\nvar _ = 1\nfunc main() {}"));
}

#[test]
fn shadowing() {
    accept(&main_with(
        "len := 1\ntime := len\nfor true := range 2 { _ = true }\n{ len := \"x\"; _ = len }\n_ = time",
    ));
    accept(&model("type string int\nvar log string = 1\nfunc main() { var x string = log; _ = x }"));
    accept(&model("func any(x, y int) int { return x }\nfunc main() { var x int = any(1, 2); _ = x }"));
    accept(&model("func assert(x int) {}\nfunc main() { assert(1) }"));
}

#[test]
fn packages() {
    reject_main("var m sync.Mutx\n_ = m", &["GK0102 [Mutx]"]);
    assert!(problems(&main_with("var m sync.Mutx\n_ = m"))[0].contains("did you mean `Mutex`?"));
    reject_main("x := strings.ToUpper(\"a\")", &["GK0216 [strings]"]);
    reject(&model("import \"sync\"\nimport \"strings\"\nfunc main() {}"), &["GK0104 [\"strings\"]"]);
    reject(&model("var x reflect.Type\nfunc main() {}"), &["GK0216 [reflect]"]);
    reject(&model("var x tme.Duration\nfunc main() {}"), &["GK0115 [tme]"]);
    reject_main("_ = time", &["GK0107 [time]"]);
    reject_main("_ = time.Date()", &["GK0218 [Date]"]);
    reject_main("_ = rand.Int()", &["GK0217 [Int]"]);
    reject_main("f := fmt.Println\nf()", &["GK0150 [fmt.Println]"]);
    reject_main("f := len", &["GK0150 [len]"]);
    reject_main("errors.errorString{}.Error()", &["GK0102 [errorString]"]);
    accept(&model("import (\n\"sync\"\n\"math/rand\"\n)\nfunc main() {}"));
}

#[test]
fn selectors() {
    let t = "type T struct { count int; mu sync.Mutex }\nfunc (t *T) Inc() { t.count++ }\n";
    reject(&model(&format!("{t}func main() {{ t := T{{}}; t.cuont++ }}")), &["GK0105 [cuont]"]);
    assert!(
        problems(&model(&format!("{t}func main() {{ t := T{{}}; t.cuont++ }}")))[0]
            .contains("did you mean `count`?")
    );
    reject(&model(&format!("{t}func main() {{ t := T{{}}; t.inc() }}")), &["GK0105 [inc]"]);
    reject(&model(&format!("{t}func main() {{ t := T{{}}; t.mu.lock() }}")), &["GK0105 [lock]"]);
    reject(&model(&format!("{t}func main() {{ T{{}}.Inc() }}")), &["GK0152 [T{}]"]);
    reject(&model(&format!("{t}func main() {{ f := T.Inc; f(T{{}}) }}")), &["GK0152 [T.Inc]"]);
    reject(
        &model(
            "type A struct { x int }\ntype B struct { x int }\ntype C struct { A; B }\nfunc main() { _ = C{}.x }",
        ),
        &["GK0106 [x]"],
    );
    reject(&model("type I interface { m() }\nfunc main() { var p *I; p.m() }"), &["GK0114 [m]"]);
    reject_main("x := 1\nx.y()", &["GK0105 [y]"]);
}

#[test]
fn embedding() {
    accept(&model(
        "type A struct { x int; sync.Mutex }\nfunc (a *A) Set() { a.x = 1 }\nfunc (a A) Get() int { return a.x }\n\
         type B struct { *A; y int }\ntype C struct { B; x string }\ntype I interface { Get() int; Set() }\n\
         type D struct { I }\ntype L struct { *sync.RWMutex }\n\
         func main() { c := C{B: B{A: &A{}}}; c.x = \"s\"; c.B.x = 2; c.A.x = 3; c.Set(); c.Lock(); c.Unlock()\n\
         var i I = c; i.Set(); var j I = D{i}; _ = j.Get()\nl := L{&sync.RWMutex{}}; l.RLock()\nvar k sync.Locker = &c; k.Lock() }",
    ));
}

#[test]
fn used_for_something_else() {
    reject_main("_ = int", &["GK0108 [int]"]);
    reject_main("var x main", &["GK0109 [main]"]);
    reject_main("x := 1\nvar y x\n_ = y", &["GK0109 [x]"]);
    reject_main("_ = _", &["GK0113 [_]"]);
    reject_main("init()", &["GK0116 [init]"]);
    reject(&model("var init int\nfunc main() {}"), &["GK0116 [init]"]);
    reject_main("x := iota", &["GK0168 [iota]"]);
}

#[test]
fn unused() {
    assert_eq!(problems(&main_with("x := 1")).len(), 1);
    reject_main("x := 1\ny := 2\ny = 3", &["warning GK0111 [x]", "warning GK0111 [y]"]);
    reject_main("var e error\nswitch v := e.(type) {\ncase nil:\n}", &["warning GK0111 [v]"]);
    accept(&main_with(
        "x := 1\nfunc() { _ = x }()\nvar e error\nswitch v := e.(type) {\ncase nil:\n_ = v\ndefault:\n}",
    ));
    accept(&model("func f(a int) (b int) { return }\nfunc main() { f(1) }"));
    reject_main("L:\nfor {\nbreak\n}", &["GK0112 [L]"]);
}
