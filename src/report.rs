//! What people see: one value, [`Run`], that every format renders.
//!
//! In: what a check has come to, replayed ([`assemble()`]). Out: text. Pure: no clock, no
//! environment, no files; who calls measures the time and says how wide the terminal
//! is. A new format is one file with a [`Format`] and one line in [`FORMATS`]. What `goknot report`
//! writes is more than a run: see [`dossier`].

pub mod dossier;

mod assemble;
mod chrome;
mod dot;
mod dump;
mod github;
mod html;
mod itf;
mod json;
mod junit;
mod markdown;
mod mermaid;
mod promise;
mod sarif;
mod short;
mod style;
mod terminal;
mod verdict;
mod visible;
mod waits;

pub use assemble::{Subject, assemble};
pub use style::{Ink, Style, grouped};

use crate::blame::Blame;
use crate::diag::Diagnostic;
use crate::engine::lockstep::Lockstep;
use crate::property::Kind;
use crate::source::{Source, Span};
use crate::trace::{GoroutineId, Site, Trace};

/// A way to render reports.
#[derive(Debug)]
pub struct Format {
    /// What `--format` calls it.
    pub name: &'static str,
    /// One line for `--help`.
    pub about: &'static str,
    pub render: fn(&Report<'_>, &Style) -> String,
}

/// The registry.
pub const FORMATS: &[Format] = &[terminal::FORMAT, short::FORMAT, json::FORMAT];

/// The format called `name`.
pub fn format(name: &str) -> Option<&'static Format> {
    FORMATS.iter().find(|format| format.name == name)
}

/// What is to be rendered.
#[derive(Clone, Copy, Debug)]
pub enum Report<'a> {
    /// One run, of which the violation is shown in full.
    One(&'a Run),
    /// One run, every finding in full (`--all-bugs`).
    Findings(&'a Run),
    /// Several runs (`--all`, `--sweep`).
    Many(&'a [Run]),
    /// What a lockstep exploration has counted (`--lockstep`).
    Counted(&'a Lockstep),
    /// A model that could not be checked.
    Rejected(&'a Source, &'a [Diagnostic]),
}

/// One check of one model with one fix and one choice of parameters.
#[derive(Clone, Debug)]
pub struct Run {
    pub model: String,
    pub source: Source,
    pub fix: Option<String>,
    pub params: Vec<(String, i64)>,
    /// `built-in`, `spin`, `tlc`, `go`.
    pub engine: String,
    pub verdict: Verdict,
    /// Whether that is what the model's `expect` says; `None` where nobody asked.
    pub as_expected: Option<bool>,
    /// In order of importance.
    pub findings: Vec<Finding>,
    /// Index of the finding to show; meaningless without findings.
    pub violation: usize,
    pub stats: Stats,
    /// The bounds that were reached, and what ended the search early.
    pub limits: Vec<Limit>,
    /// Statements that no run reaches; final only after an exhaustive search.
    pub unreached: Vec<Unreached>,
    /// What was looked for: kinds by name, properties by their text.
    pub checked: Vec<String>,
}

/// What a check has come to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    Holds,
    Bug,
    Inconclusive,
}

/// One bug, explained.
#[derive(Clone, Debug)]
pub struct Finding {
    pub kind: Kind,
    /// One sentence without the kind: who, where, why.
    pub message: String,
    /// The place to point at.
    pub place: Option<Site>,
    /// The goroutine that failed, where one did.
    pub culprit: Option<GoroutineId>,
    /// The run that shows it; `None` for a `cover` that no run reaches.
    pub trace: Option<Trace>,
    pub blame: Blame,
    /// The last state as Go would print it.
    pub dump: String,
    /// The property violated: its text and place.
    pub property: Option<(String, Span)>,
    /// The values that the failing statement or property speaks of, at the end of the run.
    pub values: Vec<(String, String)>,
    /// The two accesses of a data race.
    pub race: Option<Race>,
}

/// Two accesses that nothing orders.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Race {
    /// The location as written: `s.count`.
    pub location: String,
    /// Of a map: what the runtime says, should it notice.
    pub fatal: Option<&'static str>,
    pub accesses: [Access; 2],
}

/// One access of a data race.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Access {
    pub goroutine: GoroutineId,
    pub writes: bool,
    /// By an atomic operation; the other access is plain.
    pub atomic: bool,
    pub site: Site,
    /// The locks that the goroutine holds then, as it has written them.
    pub held: Vec<String>,
}

/// Numbers about the search.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Stats {
    pub states: u64,
    pub transitions: u64,
    pub depth: u64,
    /// The time it took; `None` where the report must be the same every time.
    pub seconds: Option<f64>,
    pub exhaustive: bool,
}

/// Something that kept the search from seeing everything.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Limit {
    /// What was reached: `1,000,000 states`, `--objects`.
    pub what: String,
    /// The flag that moves it.
    pub flag: Option<String>,
}

/// A statement that was never reached.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Unreached {
    pub line: usize,
    pub column: usize,
    pub function: String,
    pub operation: String,
}

impl Verdict {
    /// As JSON and the first line have it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Bug => "bug",
            Self::Inconclusive => "inconclusive",
        }
    }
}

impl Run {
    /// The finding to show.
    pub fn shown(&self) -> Option<&Finding> {
        self.findings.get(self.violation).or(self.findings.first())
    }

    /// The findings besides the one shown.
    pub fn others(&self) -> impl Iterator<Item = &Finding> {
        let shown = if self.violation < self.findings.len() { self.violation } else { 0 };
        self.findings.iter().enumerate().filter(move |(index, _)| *index != shown).map(|(_, other)| other)
    }
}
