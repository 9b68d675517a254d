//! goknot's own `.knot` files: parts of Go's packages, written in the language itself.
//!
//! In: the name of a package or primitive. Out: its syntax tree, parsed once a process.

use std::sync::OnceLock;

use crate::source::Source;
use crate::sync::{PRIMITIVES, Primitive};
use crate::syntax::{self, ast};

struct Library {
    package: &'static str,
    text: &'static str,
    file: OnceLock<ast::File>,
}

const fn library(package: &'static str, text: &'static str) -> Library {
    Library { package, text, file: OnceLock::new() }
}

static LIBRARIES: [Library; 4] = [
    library("errors", include_str!("../library/errors.knot")),
    library("fmt", include_str!("../library/fmt.knot")),
    library("sync", include_str!("../library/sync.knot")),
    library("time", include_str!("../library/time.knot")),
];

static OF_PRIMITIVES: OnceLock<Vec<(&'static str, OnceLock<ast::File>)>> = OnceLock::new();

/// The library file of a package.
pub(crate) fn package(name: &str) -> Option<&'static ast::File> {
    let library = LIBRARIES.iter().find(|library| library.package == name)?;
    Some(library.file.get_or_init(|| read(library.package, library.text)))
}

/// The methods that a primitive has beyond the registry's.
pub(crate) fn of_primitive(primitive: &Primitive) -> Option<&'static ast::File> {
    if primitive.library.is_empty() {
        return None;
    }
    let all = OF_PRIMITIVES
        .get_or_init(|| PRIMITIVES.iter().map(|primitive| (primitive.name, OnceLock::new())).collect());
    let (_, file) = all.iter().find(|(name, _)| *name == primitive.name)?;
    Some(file.get_or_init(|| read(primitive.name, primitive.library)))
}

/// A library file has no mistakes: a test checks each.
fn read(name: &str, text: &str) -> ast::File {
    let (file, _) = syntax::parse(&Source::new(name, text));
    file
}
