//! goknot's own `.knot` files: parts of Go's packages, written in the language itself.
//!
//! In: the name of a package or primitive. Out: its syntax tree, parsed once a process.

use std::sync::OnceLock;

use crate::source::Source;
use crate::sync::{PRIMITIVES, Primitive};
use crate::syntax::{self, ast};

struct Library {
    package: &'static str,
    /// Which of the releases that a model can be about.
    era: Option<Timers>,
    text: &'static str,
    file: OnceLock<ast::File>,
}

/// What Stop and Reset of a timer do with a value that nobody has received.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Timers {
    /// Go 1.22 and before.
    Keep,
    /// From Go 1.23 on.
    Discard,
}

const fn library(package: &'static str, text: &'static str) -> Library {
    Library { package, era: None, text, file: OnceLock::new() }
}

const fn time(era: Timers, text: &'static str) -> Library {
    Library { package: "time", era: Some(era), text, file: OnceLock::new() }
}

static LIBRARIES: [Library; 7] = [
    library("testing", include_str!("../library/testing.knot")),
    library("context", include_str!("../library/context.knot")),
    library("errors", include_str!("../library/errors.knot")),
    library("fmt", include_str!("../library/fmt.knot")),
    library("sync", include_str!("../library/sync.knot")),
    time(Timers::Keep, concat!(include_str!("../library/time.knot"), "\nconst discards = false\n")),
    time(Timers::Discard, concat!(include_str!("../library/time.knot"), "\nconst discards = true\n")),
];

static OF_PRIMITIVES: OnceLock<Vec<(&'static str, OnceLock<ast::File>)>> = OnceLock::new();

/// The library file of a package, for a model about this Go release (`None`: today's).
pub(crate) fn package(name: &str, go: Option<(u32, u32)>) -> Option<&'static ast::File> {
    let era = if go.is_some_and(|go| go < (1, 23)) { Timers::Keep } else { Timers::Discard };
    let is_meant = |library: &&Library| library.package == name && library.era.is_none_or(|own| own == era);
    let library = LIBRARIES.iter().find(is_meant)?;
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
