//! Diagnostics: what is wrong with a model, where, and what to write instead.
//!
//! In: facts from any room. Out: [`Diagnostic`] values, gathered in [`Problems`].
//! A room states each of its problems as a variant of an enum of its own that
//! carries the facts and implements [`Problem`]; wording lives beside the variant,
//! rendering (miette) in `render` alone. `codes` lists every code there is.

pub mod codes;
mod excerpt;
pub mod record;
pub mod render;
pub mod short;

use crate::source::Span;

/// How bad it is. Only errors stop a model from being checked.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord, Hash)]
pub enum Severity {
    Error,
    Warning,
}

/// A stable code, printed as `GK0012`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord, Hash)]
pub struct Code(pub u16);

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "GK{:04}", self.0)
    }
}

/// A span and what to say about it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Label {
    pub span: Span,
    pub text: String,
}

/// One problem, ready to be rendered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Diagnostic {
    pub code: Code,
    pub severity: Severity,
    /// One line, lower case, no full stop.
    pub message: String,
    /// The first label is the place to blame; others give context.
    pub labels: Vec<Label>,
    /// What to write instead.
    pub help: String,
}

impl Diagnostic {
    /// The place to blame.
    pub fn span(&self) -> Span {
        self.labels.first().map(|label| label.span).unwrap_or_default()
    }
}

/// A problem with its facts; each room has an enum of its own that implements this.
pub trait Problem {
    /// Turns the facts into words.
    fn diagnose(&self) -> Diagnostic;
}

/// What a pass found, errors and warnings. Passes never stop at the first error.
#[derive(Clone, Debug, Default)]
pub struct Problems {
    list: Vec<Diagnostic>,
}

impl Problems {
    /// Adds a problem.
    pub fn push(&mut self, problem: &impl Problem) {
        self.list.push(problem.diagnose());
    }

    /// Adds everything that another pass found.
    pub fn append(&mut self, other: Self) {
        self.list.extend(other.list);
    }

    /// True where at least one problem is an error.
    pub fn has_errors(&self) -> bool {
        self.list.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// All of them by position, each place and code once.
    pub fn sorted(mut self) -> Vec<Diagnostic> {
        self.list.sort_by_key(|diagnostic| (diagnostic.span(), diagnostic.code));
        self.list.dedup_by_key(|diagnostic| (diagnostic.span(), diagnostic.code));
        self.list
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// True where there are none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
}

/// The candidate nearest to `name`, where one is near enough to be a slip of the fingers.
pub fn did_you_mean<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (name.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .filter(|candidate| *candidate != name)
        .map(|candidate| (edit_distance(name, candidate), candidate))
        // A name of one letter has nothing in common with another.
        .filter(|&(distance, _)| distance <= limit && distance < name.chars().count())
        .min()
        .map(|(_, candidate)| candidate)
}

/// Optimal string alignment distance (Damerau 1964), case differences free.
fn edit_distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.to_lowercase().chars().take(64).collect();
    let b: Vec<char> = b.to_lowercase().chars().take(64).collect();
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, &x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, &y) in b.iter().enumerate() {
            let mut best = (last[j] + usize::from(x != y)).min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && x == b[j - 1] && a[i - 1] == y {
                best = best.min(before_last[j - 1] + 1);
            }
            row.push(best);
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last.last().copied().unwrap_or(0)
}
