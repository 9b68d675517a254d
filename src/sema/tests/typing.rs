//! Assignability, operators, conversions, calls: what fits and what does not.

use super::{accept, main_with, model, problems, reject, reject_main};

#[test]
fn assignability() {
    reject_main("var x int = \"a\"\n_ = x", &["GK0120 [\"a\"]"]);
    reject_main("var x int8 = 300\n_ = x", &["GK0161 [300]"]);
    reject_main("var x int = nil\n_ = x", &["GK0120 [nil]"]);
    reject_main("x := nil", &["GK0141 [nil]"]);
    reject_main("var a int\nvar b int64 = a\n_ = b", &["GK0120 [a]"]);
    reject(&model("type A int\nvar x int\nvar y A = x\nfunc main() {}"), &["GK0120 [x]"]);
    reject_main("var c chan<- int\nvar d <-chan int = c\n_ = d", &["GK0120 [c]"]);
    reject_main("var p *int = 1\n_ = p", &["GK0120 [1]"]);
    accept(&model(
        "type F func(int)\ntype S []int\ntype P *S\nfunc main() { var f F = func(int) {}; var s S = []int{1}; \
         var t []int = s; var c chan int; var r <-chan int = c; type D <-chan int; var d D = r; var e any = 1; \
         var b byte = 'a'; var u uint64 = 1<<64 - 1; var p P = &s; f(len(t)); _, _, _, _, _ = d, e, b, u, p }",
    ));
}

#[test]
fn interfaces() {
    let base = "type I interface { M(int) }\ntype T struct{}\nfunc (t *T) M(x int) {}\ntype U struct{}\nfunc (U) M() {}\n";
    reject(&model(&format!("{base}func main() {{ var i I = T{{}}; _ = i }}")), &["GK0121 [T{}]"]);
    let said = problems(&model(&format!("{base}func main() {{ var i I = T{{}}; _ = i }}")));
    assert!(said[0].contains("method `M` has a pointer receiver"), "{said:?}");
    reject(&model(&format!("{base}func main() {{ var i I = U{{}}; _ = i }}")), &["GK0121 [U{}]"]);
    reject(&model(&format!("{base}func main() {{ var i I = 1; _ = i }}")), &["GK0121 [1]"]);
    reject(&model(&format!("{base}func main() {{ var i I; _ = i.(U) }}")), &["GK0122 [U]"]);
    reject(&model(&format!("{base}func main() {{ var i I; _ = i.(T) }}")), &["GK0122 [T]"]);
    reject(&model(&format!("{base}func main() {{ x := 1; _ = x.(int) }}")), &["GK0135 [x]"]);
    reject(&model(&format!("{base}func main() {{ var i I; _ = i.(type) }}")), &["GK0200 [i.(type)]"]);
    reject(&model(&format!("{base}func main() {{ var i any; i.M(1) }}")), &["GK0105 [M]"]);
    accept(&model(&format!(
        "{base}func main() {{ var i I = &T{{}}; i.M(1); t, ok := i.(*T); _, _ = t, ok; _ = i.(interface{{ X() }}); var a any = i; _ = a.(I); _ = a == i; _ = i == &T{{}} }}"
    )));
}

#[test]
fn operators() {
    reject_main("var a int\nvar b uint\n_ = a + b", &["GK0123 [+]"]);
    reject_main("_ = 1 + \"a\"", &["GK0123 [+]"]);
    reject_main("_ = !1", &["GK0124 [!1]"]);
    reject_main("_ = -true", &["GK0124 [-true]"]);
    reject_main("x := true\n_ = x + x", &["GK0124 [+]"]);
    reject_main("_ = 1 && true", &["GK0123 [&&]"]);
    reject_main("x := 1\n_ = x / 0", &["GK0163 [0]"]);
    reject_main("_ = 5 % 0", &["GK0163 [0]"]);
    reject_main("x := 1\n_ = x << -1", &["GK0164 [-1]"]);
    reject_main("_ = 1 << 500", &["GK0162 [1 << 500]"]);
    reject_main("x := \"a\"\n_ = x + \"b\"", &["GK0214 [x + \"b\"]"]);
    reject_main("x := \"a\"\nx += \"b\"", &["GK0214 [x += \"b\"]"]);
    reject_main("x := \"a\"\n_ = x < \"b\"", &["GK0214 [<]"]);
    accept(&main_with(
        "var n uint8 = 3\nvar s uint = 2\nvar x int64 = 1 << s\n_ = x &^ 3 | 1<<n\nb := 1<<s == 2<<s\n_ = b || !b && n >= 'a'\nvar f bool = n == 3\n_ = f\nconst c = \"a\" + \"b\"\nvar t = c[1]\n_ = t + c[0]\nvar w = 1<<s + 2\n_ = w",
    ));
}

#[test]
fn comparisons() {
    reject_main("a := []int{}\n_ = a == a", &["GK0125 [==]"]);
    reject_main("f := func() {}\n_ = f != f", &["GK0125 [!=]"]);
    reject_main("type T struct { s []int }\n_ = T{} == T{}", &["GK0125 [==]"]);
    reject_main("_ = nil == nil", &["GK0125 [==]"]);
    reject_main("x := 1\n_ = x == nil", &["GK0123 [==]"]);
    reject_main("_ = true < false", &["GK0124 [<]"]);
    reject_main("p := new(int)\n_ = p < p", &["GK0124 [<]"]);
    reject_main("var e error\n_ = e == 1", &["GK0121 [1]"]);
    accept(&main_with(
        "var a []int\nvar m map[int]int\nvar f func()\nvar e error\nvar c chan int\nvar d <-chan int\n\
         _ = a == nil || nil != m || f == nil || e != nil || c == d || [2]int{} == [2]int{1, 2}\n\
         var x any = 1\n_ = x == 1 || \"a\" != x",
    ));
}

#[test]
fn conversions() {
    reject_main("_ = int(\"a\")", &["GK0126 [\"a\"]"]);
    reject_main("_ = uint8(256)", &["GK0161 [256]"]);
    reject_main("_ = int(1, 2)", &["GK0147 [int(1, 2)]"]);
    reject_main("x := 65\n_ = string(x)", &["GK0214 [string(x)]"]);
    reject_main("_ = []byte(\"a\")", &["GK0214 [[]byte(\"a\")]"]);
    reject_main("_ = float64(1)", &["GK0215 [float64]"]);
    reject_main("x := 1.5", &["GK0213 [1.5]"]);
    reject_main("type A struct { x int }\ntype B struct { y int }\n_ = A(B{})", &["GK0126 [B{}]"]);
    accept(&main_with(
        "type A struct { x int }\ntype B A\nb := B(A{1})\nx := 300\ny := int8(x)\nconst r = string('a')\nvar c chan int\n\
         _, _, _, _ = b, y, r, (<-chan int)(c)\n_ = (*B)(&A{})\n_ = error(nil)\n_ = any(1)\n_ = (func())(nil)\n_ = uint(1)<<3\nvar n uint8 = 1\n_ = int(1<<n)",
    ));
}

#[test]
fn places() {
    reject_main("1 = 2", &["GK0127 [1]"]);
    reject(&model("func f() int { return 1 }\nfunc main() { f() = 2 }"), &["GK0127 [f()]"]);
    reject_main("m := map[int]struct{ x int }{}\nm[1].x = 2", &["GK0127 [m[1].x]"]);
    reject_main("const c = 1\nc = 2", &["GK0127 [c]"]);
    reject_main("_ = &1", &["GK0128 [&1]"]);
    reject_main("m := map[int]int{}\n_ = &m[1]", &["GK0128 [&m[1]]"]);
    reject_main("x := 1\n_ = *x", &["GK0129 [x]"]);
    reject_main("_ = *nil", &["GK0141 [nil]"]);
    reject(&model("func f() [2]int { return [2]int{} }\nfunc main() { _ = f()[:] }"), &["GK0131 [f()]"]);
    accept(&main_with(
        "a := [3]int{}\np := &a\np[1] = 2\n_ = p[1:]\n_ = len(p)\nfor i, v := range p { _, _ = i, v }\n(a[0]) = 1\nm := map[int]int{}\nm[1] += 2\nm[2]++",
    ));
}

#[test]
fn indices() {
    reject_main("a := [3]int{}\n_ = a[3]", &["GK0165 [3]"]);
    reject_main("a := []int{}\n_ = a[-1]", &["GK0166 [-1]"]);
    reject_main("a := []int{}\n_ = a[\"x\"]", &["GK0137 [\"x\"]"]);
    reject_main("a := 1\n_ = a[0]", &["GK0130 [a]"]);
    reject_main("a := []int{}\n_ = a[2:1]", &["GK0170 [1]"]);
    reject_main("x := \"abc\"\n_ = x[0]", &["GK0214 [x[0]]"]);
    reject_main("m := map[string]int{}\n_ = m[1]", &["GK0120 [1]"]);
}

#[test]
fn channels() {
    reject_main("x := 1\nx <- 2", &["GK0133 [x]"]);
    reject_main("x := 1\n<-x", &["GK0133 [x]"]);
    reject_main("var c <-chan int\nc <- 1", &["GK0134 [c]"]);
    reject_main("var c chan<- int\n<-c", &["GK0134 [c]"]);
    reject_main("var c <-chan int\nclose(c)", &["GK0134 [c]"]);
    reject_main("var c chan<- int\nfor range c {}", &["GK0134 [c]"]);
    reject_main("c := make(chan int)\nc <- \"a\"", &["GK0120 [\"a\"]"]);
    reject_main("c := make(chan int)\nselect { case c <- \"a\": }", &["GK0120 [\"a\"]"]);
    reject_main("c := make(chan int)\nclose(c, c)", &["GK0149 [close(c, c)]"]);
}

#[test]
fn calls() {
    let f = "func f(a int, b string) int { return a }\nfunc g(xs ...int) {}\nfunc h() (int, string) { return 1, \"\" }\nfunc v() {}\n";
    reject(&model(&format!("{f}func main() {{ f(1) }}")), &["GK0147 [f(1)]"]);
    reject(&model(&format!("{f}func main() {{ f(1, \"a\", 3) }}")), &["GK0147 [3]"]);
    reject(&model(&format!("{f}func main() {{ f(\"a\", 1) }}")), &["GK0120 [\"a\"]", "GK0120 [1]"]);
    reject(&model(&format!("{f}func main() {{ x := h(); _ = x }}")), &["GK0142 [h()]"]);
    reject(&model(&format!("{f}func main() {{ x := v(); _ = x }}")), &["GK0143 [v()]"]);
    reject(&model(&format!("{f}func main() {{ f(h(), 1) }}")), &["GK0142 [h()]", "GK0120 [1]"]);
    reject(&model(&format!("{f}func main() {{ g(v()) }}")), &["GK0143 [v()]"]);
    reject(&model(&format!("{f}func main() {{ f([]int{{}}...) }}")), &["GK0148 [f([]int{}...)]"]);
    reject(&model(&format!("{f}func main() {{ g(1, []int{{}}...) }}")), &["GK0147 [[]int{}]"]);
    reject(&model(&format!("{f}func main() {{ x := 1; x() }}")), &["GK0146 [x]"]);
    reject(&model(&format!("{f}func main() {{ a, b := f(1, \"\"); _, _ = a, b }}")), &["GK0190 [a, b]"]);
    reject(&model("func f(a ...int, b int) {}\nfunc main() {}"), &["GK0153 [int]"]);
    accept(&model(&format!("{f}func main() {{ _ = f(h()); g(); g(1, 2); g([]int{{}}...); g(nil...) }}")));
}

#[test]
fn builtins() {
    reject_main("_ = len(1)", &["GK0149 [1]"]);
    reject_main("_ = append(1, 2)", &["GK0149 [1]"]);
    reject_main("s := append([]int{}, \"a\")\n_ = s", &["GK0120 [\"a\"]"]);
    reject_main("_ = make(int)", &["GK0149 [int]"]);
    reject_main("_ = make([]int)", &["GK0149 [make([]int)]"]);
    reject_main("_ = make(chan int, -1)", &["GK0166 [-1]"]);
    reject_main("_ = make(chan int, 1 << 40)", &["GK0140 [1 << 40]"]);
    reject_main("len([]int{})", &["GK0198 [len([]int{})]"]);
    reject_main("panic()", &["GK0149 [panic()]"]);
    reject_main("_ = new(1)", &["GK0149 [1]"]);
    reject_main("_ = max(1, true)", &["GK0123 [max(1, true)]"]);
    reject_main("defer len(nil)", &["GK0149 [nil]"]);
    accept(&main_with(
        "const n = len([3]int{})\nvar a [n]int\nvar b [min(2, n)]int\n_, _ = a, b\nx := 1\n_ = max(x, 2)\nif r := recover(); r != nil { panic(r) }\ndefer close(make(chan int))\ngo print(1)",
    ));
}

#[test]
fn go_and_defer() {
    reject_main("go int(1)", &["GK0151 [int(1)]"]);
    reject_main("defer append([]int{}, 1)", &["GK0151 [append([]int{}, 1)]"]);
    reject_main("go any(1, 2)", &["GK0151 [any(1, 2)]"]);
    accept(&main_with(
        "go func() {}()\ndefer fmt.Println(1)\nvar mu sync.Mutex\ndefer mu.Unlock()\nf := mu.Lock\ngo f()\ndefer recover()",
    ));
}

#[test]
fn receivers() {
    reject(&model("func (x int) m() {}\nfunc main() {}"), &["GK0144 [int]"]);
    reject(&model("type P *int\nfunc (x P) m() {}\nfunc main() {}"), &["GK0144 [P]"]);
    reject(&model("type I interface{}\nfunc (x I) m() {}\nfunc main() {}"), &["GK0144 [I]"]);
    reject(&model("func (x sync.Mutex) m() {}\nfunc main() {}"), &["GK0144 [sync.Mutex]"]);
    reject(&model("func (x error) m() {}\nfunc main() {}"), &["GK0144 [error]"]);
}

#[test]
fn types_that_do_not_work() {
    reject(&model("type T struct { t T }\nfunc main() {}"), &["GK0138 [T]"]);
    reject(
        &model("type A struct { b B }\ntype B struct { a [2]A }\nfunc main() { var a A; _ = a.b.a[1] }"),
        &["GK0138 [A]"],
    );
    reject(&model("type T T\nfunc main() {}"), &["GK0138 [T]"]);
    reject(&model("type A B\ntype B A\nfunc main() {}"), &["GK0138 [A]"]);
    reject(&model("type I interface { I }\nfunc main() {}"), &["GK0138 [I]"]);
    reject(&model("type A = B\ntype B = A\nfunc main() {}"), &["GK0167 [A]"]);
    reject(&model("var m map[[]int]int\nfunc main() {}"), &["GK0139 [[]int]"]);
    reject(&model("var a [1000000]int\nfunc main() {}"), &["GK0140 [1000000]"]);
    reject(&model("var a [1<<40]int\nfunc main() {}"), &["GK0140 [1<<40]"]);
    reject(&model("var a [60000][60000]int\nfunc main() {}"), &["GK0140 [[60000][60000]int]"]);
    reject(&model("var a [-1]int\nfunc main() {}"), &["GK0166 [-1]"]);
    reject(&model("var n = 2\nvar a [n]int\nfunc main() {}"), &["GK0160 [n]"]);
    reject(&model("type I interface{}\ntype T struct { *I }\nfunc main() {}"), &["GK0145 [*I]"]);
    accept(&model(
        "type T struct { t *T; s []T; m map[string]T; f func(T) T; c chan T }\ntype I interface { M(I) I }\ntype L []L\nfunc main() {}",
    ));
}
