//! The models of the repository, each with each of its fixes.
//!
//! In: folders. Out: Machines with their names: the file below the root of the repository, and the fix.

use std::fs;
use std::path::{Path, PathBuf};

use goknot::machine::Machine;
use goknot::source::Source;

/// A model, or a model with a fix.
pub struct Case {
    /// `tests/litmus/chan_nil.knot`, `models/seeds/miniredis.knot unlock_first`.
    pub name: String,
    pub source: Source,
    pub machine: Machine,
}

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The names of all files below `folders`, in order.
pub fn files(folders: &[&str]) -> Vec<String> {
    let mut paths = Vec::new();
    folders.iter().for_each(|folder| gather(&root().join(folder), &mut paths));
    paths.sort();
    let names = paths.iter().map(|path| path.strip_prefix(root()).expect("below the root"));
    names.map(|name| name.display().to_string()).collect()
}

fn gather(path: &Path, out: &mut Vec<PathBuf>) {
    if path.is_dir() {
        let entries = fs::read_dir(path).expect("a folder is readable");
        entries.for_each(|entry| gather(&entry.expect("an entry").path(), out));
    } else if path.extension().is_some_and(|extension| extension == "knot") {
        out.push(path.to_owned());
    }
}

/// The model in `file`, and the model with each of its fixes.
pub fn cases(file: &str) -> Vec<Case> {
    let text = fs::read_to_string(root().join(file)).expect("a model is readable");
    let source = Source::new(file, text);
    let (parsed, problems) = goknot::syntax::parse(&source);
    assert!(!problems.has_errors(), "{file}");
    let fixes = goknot::sema::fixes(&parsed);
    let fixes = std::iter::once(None).chain(fixes.iter().map(|fix| Some(fix.name.as_str())));
    fixes
        .map(|fix| {
            let name = fix.map_or_else(|| file.to_owned(), |fix| format!("{file} {fix}"));
            let machine = lowered(&parsed, fix).unwrap_or_else(|| panic!("{name} is no model"));
            Case { name, source: source.clone(), machine }
        })
        .collect()
}

/// The model that is this text.
pub fn case(name: &str, text: &str) -> Case {
    let source = Source::new(name, text);
    let (parsed, problems) = goknot::syntax::parse(&source);
    let machine = if problems.has_errors() { None } else { lowered(&parsed, None) };
    let machine = machine.unwrap_or_else(|| panic!("no model:\n{text}"));
    Case { name: name.to_owned(), source, machine }
}

fn lowered(parsed: &goknot::syntax::ast::File, fix: Option<&str>) -> Option<Machine> {
    let (program, problems) = goknot::sema::analyze(parsed, &[], fix);
    let program = program.filter(|_| !problems.has_errors())?;
    goknot::lower::lower(&program, &goknot::lower::Options::default()).ok()
}
