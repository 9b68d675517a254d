//! The functions that goknot's own words become, and those that releases after Go 1.19 have.
//!
//! Each is a file of Go beside this one, with `knot` before its names. A program has those
//! that it needs and those that they need. None of them orders goroutines: the race
//! detector must see the model's races.

use std::collections::BTreeSet;

use super::writer::Body;

/// One file of Go.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Helper {
    Integer,
    Random,
    Any,
    Intn,
    Choose,
    Assert,
    Min,
    Max,
    Clear,
    Go,
    Carry,
    OnceFunc,
    OnceValue,
    OnceValues,
    Yield,
    Returned,
    Quiet,
    End,
    ObservedEnd,
    Watch,
}

impl Helper {
    /// The function that the program calls.
    pub(super) fn name(self, prefix: &str) -> String {
        let name = if self == Self::ObservedEnd { "End".to_string() } else { format!("{self:?}") };
        format!("{prefix}{name}")
    }

    fn text(self) -> &'static str {
        match self {
            Self::Integer => include_str!("helpers/integer.go"),
            Self::Random => include_str!("helpers/random.go"),
            Self::Any => include_str!("helpers/any.go"),
            Self::Intn => include_str!("helpers/intn.go"),
            Self::Choose => include_str!("helpers/choose.go"),
            Self::Assert => include_str!("helpers/assert.go"),
            Self::Min => include_str!("helpers/min.go"),
            Self::Max => include_str!("helpers/max.go"),
            Self::Clear => include_str!("helpers/clear.go"),
            Self::Go => include_str!("helpers/go.go"),
            Self::Carry => include_str!("helpers/carry.go"),
            Self::OnceFunc => include_str!("helpers/once_func.go"),
            Self::OnceValue => include_str!("helpers/once_value.go"),
            Self::OnceValues => include_str!("helpers/once_values.go"),
            Self::Yield => include_str!("helpers/yield.go"),
            Self::Returned => include_str!("helpers/returned.go"),
            Self::Quiet => include_str!("helpers/quiet.go"),
            Self::End => include_str!("helpers/end.go"),
            Self::ObservedEnd => include_str!("helpers/observed_end.go"),
            Self::Watch => include_str!("helpers/watch.go"),
        }
    }

    fn needs(self) -> &'static [Self] {
        match self {
            Self::Any => &[Self::Integer, Self::Random],
            Self::Intn => &[Self::Integer, Self::Any],
            Self::Min | Self::Max => &[Self::Integer],
            Self::Choose | Self::Yield => &[Self::Random],
            Self::End => &[Self::Quiet, Self::Returned],
            Self::ObservedEnd => &[Self::Returned],
            Self::Watch => &[Self::Quiet, Self::ObservedEnd],
            Self::OnceValue | Self::OnceValues => &[Self::OnceFunc],
            Self::OnceFunc
            | Self::Integer
            | Self::Random
            | Self::Assert
            | Self::Clear
            | Self::Go
            | Self::Carry
            | Self::Returned
            | Self::Quiet => &[],
        }
    }
}

/// Those that a program needs.
#[derive(Debug, Default)]
pub(super) struct Helpers {
    wanted: BTreeSet<Helper>,
}

impl Helpers {
    pub(super) fn need(&mut self, helper: Helper) {
        if self.wanted.insert(helper) {
            helper.needs().iter().for_each(|&other| self.need(other));
        }
    }

    pub(super) fn text(&self, prefix: &str) -> String {
        let texts: Vec<&str> = self.wanted.iter().map(|helper| helper.text()).collect();
        let text = texts.join("\n");
        if prefix == "knot" { text } else { renamed(&text, prefix) }
    }
}

/// `knotAny` with another prefix.
fn renamed(text: &str, prefix: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (index, part) in text.split("knot").enumerate() {
        if index > 0 {
            out.push_str(if part.starts_with(char::is_uppercase) { prefix } else { "knot" });
        }
        out.push_str(part);
    }
    out
}

/// Import paths that are not the package's name.
const PATHS: &[(&str, &str)] = &[
    ("atomic", "sync/atomic"),
    ("errgroup", "golang.org/x/sync/errgroup"),
    ("singleflight", "golang.org/x/sync/singleflight"),
    ("rand", "math/rand"),
    ("debug", "runtime/debug"),
];

/// What helpers use.
const OF_HELPERS: &[&str] =
    &["debug", "fmt", "os", "reflect", "runtime", "strconv", "strings", "sync", "time"];

/// The import declaration for the packages that a program names and those that its helpers use, and the helpers
/// with other names for packages whose own the model has taken.
pub(super) fn imports(body: &Body, mut helpers: String) -> (String, String) {
    let mut lines: BTreeSet<(String, String)> =
        body.imports.iter().map(|name| (path(name), String::new())).collect();
    for package in OF_HELPERS.iter().filter(|package| uses(&helpers, package)).copied().collect::<Vec<_>>() {
        if body.declared.contains(package) {
            let other = format!("{}{package}", body.prefix);
            helpers = helpers.replace(&format!("{package}."), &format!("{other}."));
            lines.insert((path(package), format!("{other} ")));
        } else {
            lines.insert((path(package), String::new()));
        }
    }
    let lines: Vec<String> = lines.into_iter().map(|(path, other)| format!("{other}\"{path}\"\n")).collect();
    let text = match lines.as_slice() {
        [] => String::new(),
        [one] => format!("\nimport {one}"),
        _ => format!("\nimport (\n\t{})\n", lines.join("\t")),
    };
    let uses = body.hidden.iter().filter_map(|package| {
        let (_, member) = MEMBERS.iter().find(|(name, _)| name == package)?;
        Some(format!("\nvar _ = {package}.{member} // a variable may hide the package\n"))
    });
    (text + &uses.collect::<String>(), helpers)
}

/// Something that each package has and that can be named without a use.
const MEMBERS: &[(&str, &str)] = &[
    ("sync", "NewCond"),
    ("atomic", "AddInt32"),
    ("context", "Background"),
    ("time", "Now"),
    ("errors", "New"),
    ("fmt", "Sprint"),
    ("log", "Print"),
    ("rand", "Intn"),
    ("runtime", "GC"),
    ("testing", "Short"),
    ("os", "Exit"),
    ("errgroup", "WithContext"),
    ("singleflight", "Group{}"),
];

fn path(package: &str) -> String {
    let other = PATHS.iter().find(|(name, _)| *name == package);
    other.map_or(package, |(_, path)| path).to_string()
}

/// Whether Go text says `package.`, comments aside.
fn uses(text: &str, package: &str) -> bool {
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    code.flat_map(|line| line.split(|c: char| c != '.' && c != '_' && !c.is_alphanumeric()))
        .any(|word| word.strip_prefix(package).is_some_and(|rest| rest.starts_with('.')))
}
