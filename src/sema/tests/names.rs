//! Names: undeclared, declared twice, misspelt.

use super::{model, problems, reject, reject_main};

#[test]
fn undeclared() {
    reject_main("x := 1\n_ = y + x", &["GK0100 [y]"]);
    reject_main("mian()", &["GK0100 [mian]"]);
    assert!(problems(&model("func main() { mian() }"))[0].ends_with("did you mean `main`?"));
    reject_main("var x Strng", &["GK0100 [Strng]"]);
}

#[test]
fn no_cascades() {
    reject_main("x := y\nx.f()\n_ = x + 1\nfor _, v := range x { v.g() }", &["GK0100 [y]"]);
    reject(&model("var t T\nfunc main() { t.f(); t.x = 1; _ = t.y[2] }"), &["GK0100 [T]"]);
}
