//! Every model of the repository in Promela, or why not; that SPIN decides them as the built-in checker does is
//! `engines.rs`'s.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "the test reads models, and says what is not in Promela"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use goknot::backend::promela;
use goknot::machine::Machine;
use goknot::source::Source;

fn models() -> Vec<PathBuf> {
    fn gather(folder: &Path, out: &mut Vec<PathBuf>) {
        for entry in
            fs::read_dir(folder).expect("a folder is readable").map(|entry| entry.expect("an entry").path())
        {
            if entry.is_dir() {
                gather(&entry, out);
            } else if entry.extension().is_some_and(|extension| extension == "knot") {
                out.push(entry);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut out = Vec::new();
    gather(&root.join("tests/litmus"), &mut out);
    gather(&root.join("models"), &mut out);
    out.sort();
    out
}

fn compile(path: &Path) -> Option<(Source, Machine)> {
    let source =
        Source::new(path.display().to_string(), fs::read_to_string(path).expect("a model is readable"));
    let (file, problems) = goknot::syntax::parse(&source);
    if problems.has_errors() {
        return None;
    }
    let (program, problems) = goknot::sema::analyze(&file, &[], None);
    let program = program.filter(|_| !problems.has_errors())?;
    let machine = goknot::lower::lower(&program, &goknot::lower::Options::default()).ok()?;
    Some((source, machine))
}

#[test]
fn nearly_every_model_is_emitted_and_the_others_say_why_not() {
    let mut emitted = 0;
    let mut open = BTreeMap::<String, usize>::new();
    for path in models() {
        let Some((source, machine)) = compile(&path) else { continue };
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
