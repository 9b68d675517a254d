//! What people see when a model is wrong, and that nothing is left undocumented.
//!
//! Each `tests/diagnostics/GKnnnn*.knot.bad` must report the code of its name; source
//! and rendered text stand together in a snapshot, to be read as a user would.

#![expect(clippy::disallowed_methods, reason = "tests read files and start programs")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use goknot::diag::codes::{page, registry};
use goknot::diag::render::{Style, render};
use goknot::diag::{Code, Diagnostic};
use goknot::source::Source;

/// The passes that find problems. A new pass is called here and nowhere else in this file.
fn diagnose(source: &Source) -> Vec<Diagnostic> {
    let (file, mut problems) = goknot::syntax::parse(source);
    if !problems.has_errors() {
        problems.append(goknot::sema::analyze_all(&file));
    }
    problems.sorted()
}

fn code_in_name(path: &Path) -> Code {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("");
    name.get(..6)
        .and_then(|code| code.parse().ok())
        .unwrap_or_else(|| panic!("{name} does not start with a code"))
}

#[test]
fn bad_examples() {
    insta::glob!("diagnostics/*.knot.bad", |path| {
        let text = std::fs::read_to_string(path).expect("examples are UTF-8");
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("");
        let source = Source::new(name, &text);
        let found = diagnose(&source);
        let code = code_in_name(path);
        assert!(found.iter().any(|diagnostic| diagnostic.code == code), "{name} does not report {code}");
        for diagnostic in &found {
            assert!(page(diagnostic.code).is_some(), "{} has no page in docs/errors", diagnostic.code);
        }
        let shown = render(&source, &found, Style { color: false, width: 100, unicode: true });
        let text = text.replace('\0', "␀");
        let snapshot = format!("{text}\n----- what goknot says -----\n\n{shown}");
        insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!("said", snapshot);
        });
    });
}

/// Codes of the command line, which no model can show.
const COMMAND_LINE: Code = Code(400);

#[test]
fn every_code_has_a_page_and_a_bad_example() {
    let files = std::fs::read_dir(folder("docs/errors")).expect("the folder is there").count();
    let pages: BTreeSet<Code> = registry().map(|entry| entry.code).collect();
    assert_eq!(pages.len(), files, "a page in docs/errors has no heading `# GKnnnn: title`");
    let shown: BTreeSet<Code> = pages.into_iter().filter(|&code| code < COMMAND_LINE).collect();
    let files = std::fs::read_dir(folder("tests/diagnostics")).expect("the folder is there");
    let examples = files.map(|file| code_in_name(&file.expect("a readable folder").path()));
    assert_eq!(shown, examples.collect(), "docs/errors and tests/diagnostics differ");
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// Each page has a wrong example that reports the code and a right one that reports nothing.
#[test]
fn pages_are_true() {
    for entry in registry().filter(|entry| entry.code < COMMAND_LINE) {
        let code = entry.code;
        let blocks = entry.page.split("```").skip(1).step_by(2).filter_map(|block| block.split_once('\n'));
        let blocks: Vec<&str> = blocks.map(|(_language, model)| model).collect();
        let [wrong, right] = blocks.as_slice() else {
            panic!("{code}: the page wants a wrong and a right example")
        };
        // A page is text and cannot hold the byte itself.
        let found = diagnose(&Source::new("wrong", wrong.replace('␀', "\0")));
        assert!(found.iter().any(|found| found.code == code), "{code}: the wrong example is not wrong");
        let found = diagnose(&Source::new("right", *right));
        assert!(found.is_empty(), "{code}: the right example is not right: {found:#?}");
    }
}
