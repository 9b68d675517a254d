//! Input that nobody means well with: each ends soon, with the right exit status, and
//! without a panic.

#![expect(clippy::disallowed_methods, reason = "tests read files and start programs")]
#![cfg(unix)]

mod program;

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use program::{Ended, Folder, Run, goknot, shell};

/// The status of a model that goknot turns down.
const BAD: i32 = 2;

/// Checks a model from a file. The tests run side by side: no one may take the machine.
fn check(bytes: impl AsRef<[u8]>) -> Ended {
    let folder = Folder::new();
    let path = folder.file("m.knot", bytes);
    limited(&path, LIMITS).within(60).end()
}

const LIMITS: &str = "--max-memory 256M --timeout 20s";

/// `goknot check ARGS FILE`.
fn limited(file: &Path, args: &str) -> Run {
    let args = args.split_whitespace().map(OsStr::new);
    goknot([OsStr::new("check")].into_iter().chain(args).chain([OsStr::new("--"), file.as_os_str()]))
}

/// Checks a model with this text in `main`.
fn check_main(body: &str) -> Ended {
    check(format!("model m\n\nfunc main() {{\n{body}\n}}\n"))
}

#[test]
fn empty_file() {
    check("").exits(BAD).complains("m.knot");
    check("\n\n\n").exits(BAD);
    check("// only a comment").exits(BAD);
}

#[test]
fn binary_file() {
    let bytes: Vec<u8> = (0..=255).cycle().take(10_000).collect();
    check(bytes).exits(BAD).complains("GK0402");
    check([0; 5000]).exits(BAD);
    let program = fs::read(env!("CARGO_BIN_EXE_goknot")).expect("itself");
    check(&program[..program.len().min(1 << 20)]).exits(BAD);
}

#[test]
fn byte_order_mark_and_line_ends() {
    check("\u{feff}model m\n\nfunc main() {\n}\n").exits(0);
    check("model m\r\n\r\nfunc main() {\r\n\tx := 1\r\n\t_ = x\r\n}\r\n").exits(0);
    check("model m\rfunc main() {}\r").exits(BAD);
    check("model m\n\nfunc main() {\n\u{feff}}\n").exits(BAD);
}

#[test]
fn invalid_utf8() {
    let ended = check(b"model m\n\nfunc main() {\n\tx := \"\xff\"\n}\n");
    ended.exits(BAD).complains("GK0402").complains("offset 30");
    check(b"model m // \xc0\x80 overlong\n").exits(BAD).complains("GK0402");
    check("model m\nfunc main() {}".encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>()).exits(BAD);
}

#[test]
fn no_regular_file() {
    let folder = Folder::new();
    goknot(["check".as_ref(), folder.path("").as_os_str()]).within(10).end().exits(BAD).complains("GK0401");
    goknot(["check".as_ref(), folder.path("missing").as_os_str()])
        .within(10)
        .end()
        .exits(BAD)
        .complains("GK0401");
    let fifo = folder.path("fifo.knot");
    assert!(Command::new("mkfifo").arg(&fifo).status().expect("mkfifo").success());
    goknot(["check".as_ref(), fifo.as_os_str()]).within(10).end().exits(BAD).complains("GK0401");
    goknot(["check", "/dev/zero"]).within(10).end().exits(BAD).complains("GK0401");
    goknot(["check", ""]).within(10).end().exits(BAD);
    // In a folder only files count.
    goknot(["test".as_ref(), folder.path("").as_os_str()]).within(10).end().exits(BAD);
}

#[test]
fn endless_standard_input() {
    shell("yes | \"$GOKNOT\" check -").within(20).end().exits(BAD).complains("GK0403");
    shell("\"$GOKNOT\" check - < /dev/null").within(10).end().exits(BAD);
    shell("\"$GOKNOT\" check - <&-").within(10).end().exits(BAD);
}

#[test]
fn one_long_line() {
    let long = "a".repeat(10 << 20);
    check(format!("model m\n// {long}\nfunc main() {{\n}}\n")).exits(0);
    check(format!("model m\nvar {long} int\nfunc main() {{\n}}\n"));
    check(&long).exits(BAD);
    check(format!("model m\nfunc main() {{\n\t_ = \"{long}\"\n}}\n"));
    check(" ".repeat(10 << 20)).exits(BAD);
    check("\n".repeat(10 << 20)).exits(BAD);
    check("(".repeat(1 << 20)).exits(BAD);
    check("{\n".repeat(1 << 20)).exits(BAD);
}

#[test]
fn deep_nesting() {
    let deep = |open: &str, inside: &str, close: &str| open.repeat(10_000) + inside + &close.repeat(10_000);
    for body in [
        format!("x := {}\n_ = x", deep("(", "1", ")")),
        format!("x := {}true\n_ = x", "!".repeat(10_000)),
        deep("{\n", "", "}\n"),
        deep("if true {\n", "", "}\n"),
        deep("for {\n", "", "}\n"),
        deep("func() {\n", "", "}()\n"),
        deep("select {\ncase <-c:\n", "", "}\n"),
        format!("var x {}int\n_ = x", "[]".repeat(10_000)),
        format!("var x {}int\n_ = x", "*".repeat(10_000)),
        format!("var x {}\n_ = x", deep("struct { f ", "int", " }")),
        format!("f{}\n", "()".repeat(10_000)),
        format!("x{} = 1\n", ".f".repeat(10_000)),
        format!("x{} = 1\n", "[0]".repeat(10_000)),
    ] {
        check_main(&body).ends_well(&body);
    }
}

#[test]
fn long_chains() {
    check_main(&format!("x := 1{}\n_ = x", " + 1".repeat(100_000))).ends_well("a + a + …");
    check_main(&format!("x := true{}\n_ = x", " && true".repeat(100_000))).ends_well("a && a && …");
    check_main(&format!("x := any(0, 1)\nif x == 0 {{\n}}{}\n", " else if x == 1 {\n}".repeat(100_000)))
        .ends_well("else if");
    check_main(&"x := 1\n".repeat(100_000)).exits(BAD);
    check_main(&"f()\n".repeat(100_000)).exits(BAD);
    let mut cases = String::from("x := any(0, 1)\nswitch x {\n");
    for number in 0..100_000 {
        let _ = writeln!(cases, "case {number}:");
    }
    check_main(&(cases + "}")).ends_well("switch");
}

#[test]
fn half_a_model() {
    check("func main() {\n}\n").exits(BAD);
    check("model m\n").exits(BAD).complains("main");
    check("model m\nfunc main(").exits(BAD);
    check("model m\nfunc main() { x := \"").exits(BAD);
    check("model m\nfunc main() { /*").exits(BAD);
    check("model\nfunc main() {\n}\n").exits(BAD);
    check("package main\n\nfunc main() {\n}\n").exits(BAD);
}

#[test]
fn everything_twice() {
    check("model m\nmodel m\nfunc main() {\n}\n").exits(BAD);
    check("model m\nfunc main() {\n}\nfunc main() {\n}\n").exits(BAD);
    check("model m\nparam n = 1\nparam n = 1\nfunc main() {\n}\n").exits(BAD);
    check("model m\nvar x int\nvar x int\nfunc main() {\n}\n").exits(BAD);
    check("model m\ntype T struct{ a, a int }\nfunc main() {\n}\n").exits(BAD);
    check("model m\nfunc main() {\n}\nfix a \"\" {\n}\nfix a \"\" {\n}\n").exits(BAD);
}

#[test]
fn ranges() {
    check("model m\nparam n = 1 in 4..1\nfunc main() {\n}\n").exits(BAD);
    check("model m\nparam n = 9 in 1..4\nfunc main() {\n}\n").exits(BAD);
    check("model m\nparam n = 1 in 1..99999999999999999999\nfunc main() {\n}\n").exits(BAD);
    check("model m\nparam n = x in 1..4\nfunc main() {\n}\n").exits(BAD);
    check_main("x := any(3, 1)\n_ = x").ends_well("any(3, 1)");
    let folder = Folder::new();
    let wide = folder
        .file("m.knot", "model m\nparam n = 1 in 1..9_000_000_000_000_000_000\nfunc main() {\n\t_ = n\n}\n");
    goknot(["check".as_ref(), wide.as_os_str()]).end().exits(0);
    goknot(["check".as_ref(), wide.as_os_str(), "--sweep".as_ref()]).end().exits(BAD).complains("GK0407");
    goknot(["test".as_ref(), wide.as_os_str()]).end().exits(1).says("GK0407");
}

#[test]
fn large_numbers() {
    check_main("c := make(chan int, 1<<40)\nc <- 1").ends_well("a large capacity");
    check_main("c := make(chan int, -1)\nc <- 1").ends_well("a negative capacity");
    check_main("var a [1000000]int\na[3] = 1").ends_well("a large array");
    check_main("var a [1000000][1000000]int\na[3][3] = 1").ends_well("a huge array");
    check_main("var a [1 << 62]int\na[3] = 1").ends_well("an absurd array");
    check_main("s := make([]int, 1<<40)\n_ = s").ends_well("a large slice");
    check_main("x := 1 << 1000\n_ = x").exits(BAD);
    check_main("x := 99999999999999999999\n_ = x").exits(BAD);
    check_main("x := any(-9223372036854775808, 9223372036854775807)\n_ = x").ends_well("any of everything");
    let count = "model m\nfunc main() {\n\tfor i := 0; i < 1<<40; i++ {\n\t}\n}\n";
    goknot(["check", "-", "--timeout", "2s"]).stdin(count).end().exits(3).says("--timeout");
}

#[test]
fn without_bound() {
    let spawn =
        "model m\nfunc f() {\n\tgo f()\n\tselect {}\n}\nfunc main() {\n\tgo f()\n\tidle select {}\n}\n";
    let folder = Folder::new();
    limited(&folder.file("spawn.knot", spawn), LIMITS).within(60).end().ends_well("leaking spawns");
    let main = "model m\nfunc f() {\n\tidle select {}\n}\nfunc main() {\n\tfor {\n\t\tgo f()\n\t}\n}\n";
    limited(&folder.file("main.knot", main), LIMITS).within(60).end().exits(3).says("--goroutines");
    let count = folder.file("count.knot", "model m\nvar x int\nfunc main() {\n\tfor {\n\t\tx++\n\t}\n}\n");
    limited(&count, "--max-states 1000 --timeout 20s").within(60).end().exits(3).says("--max-states");
    limited(&count, "--timeout 1s --max-memory 1G").within(20).end().exits(3).says("--timeout");
    limited(&count, "--max-memory 16M --timeout 40s").within(60).end().exits(3).says("--max-memory");
    check("model m\nfunc f(n int) {\n\tf(n + 1)\n}\nfunc main() {\n\tf(0)\n}\n").exits(3).says("--unwind");
}

#[test]
fn fixes_and_expects_of_nothing() {
    check("model m\nfunc main() {\n}\nfix a \"t\" {\n\tfunc nothing() {\n\t}\n\tdelete nobody\n}\n")
        .exits(BAD);
    let stuck = "model m\nfunc main() {\n\tc := make(chan int)\n\t<-c\n}\n";
    let folder = Folder::new();
    let other = folder.file("m.knot", format!("{stuck}expect deadlock {{\n\tnobody: <-c\n}}\n"));
    goknot(["check".as_ref(), other.as_os_str()]).end().ends_well("expect of nobody");
    let ended = goknot(["test".as_ref(), other.as_os_str()]).end();
    ended.exits(1).says("FAIL");
    check(format!("{stuck}expect nonsense\n")).exits(BAD);
    check(format!("{stuck}expect deadlock {{\n\t:\n}}\n")).exits(BAD);
}

#[test]
fn outputs_that_cannot_be_written() {
    let folder = Folder::new();
    let model = folder.file("m.knot", "model m\n\nfunc main() {\n}\n");
    let check = |args: &str| {
        let script = format!("\"$GOKNOT\" check '{}' {args}", model.display());
        shell(&script).within(20).end()
    };
    check("-o /nonexistent/x").exits(BAD).complains("cannot write");
    check(&format!("-o '{}'", folder.path("").display())).exits(BAD).complains("cannot write");
    check("> /dev/full").exits(BAD).complains("cannot write standard output");
    check("-o /dev/null").exits(0);
    check(">&-").exits(0);
    check("2>&-").exits(0);
    check(">&- 2>&- <&-").exits(0);
    check("| true").exits(0);
    shell("\"$GOKNOT\" man | head -1; \"$GOKNOT\" completions bash | head -1").end().exits(0);
    // A file that was there before is still what it was when the model is bad.
    let kept = folder.file("kept.txt", "before");
    shell(&format!("echo | \"$GOKNOT\" check - -o '{}'", kept.display())).end().exits(BAD);
    assert_eq!(fs::read_to_string(kept).expect("read"), "before");
}

#[test]
fn odd_names() {
    let folder = Folder::new();
    for name in ["a b.knot", "-x.knot", "é\u{202e}.knot", "new\nline.knot", "%s%n.knot", "<script>.knot"] {
        folder.file(name, "model m\n\nfunc main() {\n\tc := make(chan int)\n\t<-c\n}\n\nexpect deadlock\n");
        goknot(["check", "--", name]).inside(&folder.path("")).end().exits(1);
    }
    for format in ["text", "json", "junit", "markdown"] {
        goknot(["test", ".", "--format", format]).inside(&folder.path("")).end().exits(0);
    }
}

impl Ended {
    /// It ended by itself, with a verdict or a diagnostic; which of them is not the point here.
    #[track_caller]
    fn ends_well(&self, what: &str) {
        let what: String = what.chars().take(60).collect();
        assert!(matches!(self.code, Some(0..=3)), "{what}: {:?}\n{:.2000}", self.code, self.stderr);
    }
}
