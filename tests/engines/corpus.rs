//! The models of the repository, each with each of its fixes.
//!
//! In: folders. Out: Machines with their names: the file below the root of the repository, and the fix.

use std::fs;
use std::path::{Path, PathBuf};

use goknot::machine::Machine;
use goknot::source::Source;

use crate::compile::compile;
use crate::files::files;

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

/// The names of all models below `folders`, in order.
pub fn names(folders: &[&str]) -> Vec<String> {
    let name = |path: PathBuf| path.strip_prefix(root()).expect("below the root").display().to_string();
    files(folders).into_iter().map(name).collect()
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
            let machine = compile(&source, &[], fix).unwrap_or_else(|wrong| panic!("{name}: {wrong}"));
            Case { name, source: source.clone(), machine }
        })
        .collect()
}

/// The model that is this text.
pub fn case(name: &str, text: &str) -> Case {
    let source = Source::new(name, text);
    let machine = compile(&source, &[], None).expect("a model");
    Case { name: name.to_owned(), source, machine }
}
