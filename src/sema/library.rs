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

static LIBRARIES: [Library; 9] = [
    library("singleflight", include_str!("../library/singleflight.knot")),
    library("errgroup", include_str!("../library/errgroup.knot")),
    library("testing", include_str!("../library/testing.knot")),
    library("context", include_str!("../library/context.knot")),
    library("errors", include_str!("../library/errors.knot")),
    library("fmt", include_str!("../library/fmt.knot")),
    library("sync", include_str!("../library/sync.knot")),
    time(Timers::Keep, concat!(include_str!("../library/time.knot"), "\nconst discards = false\n")),
    time(Timers::Discard, concat!(include_str!("../library/time.knot"), "\nconst discards = true\n")),
];

/// A library file that is written for types it does not know: a package of its own for each choice of them.
#[derive(Debug)]
pub(crate) struct Template {
    pub(crate) package: &'static str,
    pub(crate) name: &'static str,
    /// The names that stand for types in the file.
    pub(crate) params: &'static [&'static str],
    text: &'static str,
    file: OnceLock<ast::File>,
}

const fn template(
    package: &'static str,
    name: &'static str,
    params: &'static [&'static str],
    text: &'static str,
) -> Template {
    Template { package, name, params, text, file: OnceLock::new() }
}

static TEMPLATES: [Template; 3] = [
    template("atomic", "Pointer", &["T"], include_str!("../library/atomic_pointer.knot")),
    template("sync", "OnceValue", &["T"], include_str!("../library/once_value.knot")),
    template("sync", "OnceValues", &["T1", "T2"], include_str!("../library/once_values.knot")),
];

impl PartialEq for Template {
    fn eq(&self, other: &Self) -> bool {
        (self.package, self.name) == (other.package, other.name)
    }
}

impl Eq for Template {}

impl Template {
    pub(crate) fn file(&self) -> &ast::File {
        self.file.get_or_init(|| read(self.package, self.text))
    }
}

/// The template that declares `package.name`.
pub(crate) fn generic(package: &str, name: &str) -> Option<&'static Template> {
    TEMPLATES.iter().find(|template| template.package == package && template.name == name)
}

/// What is generic in a package, for suggestions.
pub(crate) fn generic_names(package: &str) -> impl Iterator<Item = &'static str> {
    TEMPLATES.iter().filter(move |template| template.package == package).map(|template| template.name)
}

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
