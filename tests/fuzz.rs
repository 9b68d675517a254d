//! The fuzz target's body on a bounded number of inputs: mutations of real models, and token soup.

#![expect(clippy::disallowed_methods, reason = "tests read files and start programs")]

#[path = "../fuzz/body.rs"]
mod body;

use std::path::Path;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

/// Every model of the repository.
fn corpus() -> Vec<Vec<u8>> {
    fn collect(folder: &Path, out: &mut Vec<Vec<u8>>) {
        let Ok(entries) = std::fs::read_dir(folder) else { return };
        let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
        paths.sort();
        for path in paths {
            if path.is_dir() {
                collect(&path, out);
            } else if path.extension().is_some_and(|extension| extension == "knot" || extension == "bad") {
                out.extend(std::fs::read(&path).ok().filter(|bytes| bytes.len() < 20_000));
            }
        }
    }
    let mut out = Vec::new();
    for folder in ["models", "tests"] {
        collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut out);
    }
    assert!(!out.is_empty(), "there are models to mutate");
    out
}

/// Words that make a random text look enough like a model to get past the first line.
const TOKENS: &[&str] = &[
    "model m\n",
    "func main() {",
    "}",
    "{",
    "(",
    ")",
    "[",
    "]",
    "chan",
    "int",
    "<-",
    ":=",
    "=",
    "x",
    "y",
    "select",
    "case",
    "default:",
    "for",
    "range",
    "go",
    "defer",
    "func()",
    "if",
    "else",
    "switch",
    "type",
    "struct",
    "var",
    "interface",
    "sync.Mutex",
    "return",
    ",",
    ";",
    "\n",
    ".",
    "1",
    "\"a\"",
    "&",
    "*",
    "make(",
    "expect deadlock",
    "fix f \"t\" {",
    "param n = 1 in 1..2",
    "idle",
    "choose",
    "any(0, 1)",
    "check always",
    "cover c:",
    "==",
    "+",
    "&&",
    "!",
    "x.f",
    "append(",
    "break",
    "continue",
    "map[int]int",
    "...",
    "const",
    "iota",
    "recover()",
    "panic(",
];

fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let corpus = corpus();
    let edits = prop::collection::vec(
        (any::<prop::sample::Index>(), 0u8..4, any::<u8>(), 0usize..TOKENS.len()),
        1..8,
    );
    (prop::sample::select(corpus), edits).prop_map(|(mut text, edits)| {
        for (at, edit, byte, token) in edits {
            if text.is_empty() {
                break;
            }
            let at = at.index(text.len());
            match edit {
                0 => drop(text.remove(at)),
                1 => text[at] = byte,
                2 => drop(text.splice(at..at, TOKENS[token].bytes())),
                _ => text.truncate(at),
            }
        }
        text
    })
}

fn soup() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(prop::sample::select(TOKENS), 0..60)
        .prop_map(|tokens| format!("model soup\n{}", tokens.join(" ")).into_bytes())
}

fn noise() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..200)
}

/// Runs on a thread with room: how deep the front end may go is the parser's limit, not the test's.
fn run(cases: u32, strategy: impl Strategy<Value = Vec<u8>> + Send + 'static) {
    let test = move || {
        let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
        let outcome = runner.run(&strategy, |bytes| {
            body::front_end(&bytes);
            Ok(())
        });
        assert!(outcome.is_ok(), "{outcome:?}");
    };
    let thread = std::thread::Builder::new().stack_size(64 << 20).spawn(test);
    assert!(thread.is_ok_and(|thread| thread.join().is_ok()), "the front end survives");
}

#[test]
fn mutated_models_are_survived() {
    run(400, mutated());
}

#[test]
fn token_soup_is_survived() {
    run(400, soup());
}

#[test]
fn noise_is_survived() {
    run(200, noise());
}
