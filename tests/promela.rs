//! Every model of the repository in Promela, or why not; that SPIN decides them as the built-in checker does is
//! `engines.rs`'s.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "the test reads models, and says what is not in Promela"
)]

#[path = "program/compile.rs"]
mod compile;
#[path = "program/files.rs"]
mod files;

use std::collections::BTreeMap;
use std::fs;

use goknot::backend::promela;
use goknot::source::Source;

use compile::compile;
use files::files;

#[test]
fn nearly_every_model_is_emitted_and_the_others_say_why_not() {
    let mut emitted = 0;
    let mut open = BTreeMap::<String, usize>::new();
    for path in files(&["models", "tests/litmus"]) {
        let text = fs::read_to_string(&path).expect("a model is readable");
        let source = Source::new(path.display().to_string(), text);
        let Ok(machine) = compile(&source, &[], None) else { continue };
        match promela::emit(&machine, &source) {
            Ok(text) => {
                // Inlining, loops over arrays, lookups in lookups: none may make the text explode.
                assert!(text.len() < 1 << 20, "{}: {} bytes", path.display(), text.len());
                emitted += 1;
            }
            Err(unsupported) => *open.entry(unsupported.to_string()).or_default() += 1,
        }
    }
    eprintln!("not in Promela: {open:#?}");
    assert!(open.values().sum::<usize>() * 30 < emitted, "{emitted} models, but not {open:#?}");
}
