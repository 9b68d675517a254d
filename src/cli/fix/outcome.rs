//! What looking for fixes gave: the values that the formats print.

use serde::Serialize;

use crate::cli::exit::Exit;

/// One model.
#[derive(Clone, PartialEq, Debug, Default, Serialize)]
pub struct Repaired {
    pub model: String,
    /// Why it could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    pub verdict: Verdict,
    pub original: Original,
    /// Those that hold, the best first.
    pub fixes: Vec<Repair>,
    /// What was tried, a kind a row.
    pub tried: Vec<Tried>,
    /// Candidates that the time or the number of tries did not suffice for.
    pub untried: usize,
    /// Changes that goknot itself failed at, and how: bugs of goknot.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<String>,
    /// Those of two changes were tried as well.
    pub pairs: bool,
    /// The title of the first fix that the model has itself: for comparison only.
    pub own: Option<String>,
    pub seconds: f64,
}

/// What it has come to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    Fixed,
    /// There is nothing to fix.
    NoBug,
    /// Nothing that was tried holds.
    #[default]
    NotFixed,
    /// A bound, the time or the memory came first.
    Inconclusive,
    /// The model cannot be read.
    Broken,
}

/// The model as it is.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Original {
    pub checks: usize,
    pub failing: usize,
    /// The smallest parameters that fail.
    pub smallest: Option<String>,
    /// What is found with these.
    pub found: Vec<String>,
    pub states: u64,
}

/// A change that holds.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Repair {
    pub name: String,
    pub title: String,
    pub kinds: Vec<&'static str>,
    pub within: Vec<String>,
    /// Lines that are taken away or put in.
    pub lines: usize,
    pub checks: usize,
    pub states: u64,
    /// What can no longer happen.
    pub lost: Vec<String>,
    /// What is to be said against changes of this kind.
    pub caveats: Vec<&'static str>,
    /// Why it is not known what is lost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_compared: Option<String>,
    pub diff: String,
    /// As a declaration of the model.
    pub declaration: String,
}

/// Of one kind of change: how many there were and what came of them.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Tried {
    pub kind: String,
    pub candidates: usize,
    /// They do not compile.
    pub rejected: usize,
    pub failed: usize,
    pub inconclusive: usize,
    pub held: usize,
}

impl Repair {
    /// Nothing speaks against it that could be seen.
    pub fn clean(&self) -> bool {
        self.lost.is_empty() && self.caveats.is_empty()
    }
}

impl Repaired {
    /// A model that cannot be read.
    pub fn broken(model: &str, error: &str) -> Self {
        let error = Some(error.to_owned());
        Self { model: model.to_owned(), error, verdict: Verdict::Broken, ..Self::default() }
    }

    /// All that was tried.
    pub fn totals(&self) -> Tried {
        self.tried.iter().fold(Tried::default(), |sum, row| Tried {
            kind: String::new(),
            candidates: sum.candidates + row.candidates,
            rejected: sum.rejected + row.rejected,
            failed: sum.failed + row.failed,
            inconclusive: sum.inconclusive + row.inconclusive,
            held: sum.held + row.held,
        })
    }

    /// The status of the command, were it the only model.
    pub fn exit(&self) -> Exit {
        match self.verdict {
            Verdict::Fixed | Verdict::NoBug => Exit::Success,
            Verdict::NotFixed => Exit::Failure,
            Verdict::Inconclusive => Exit::Inconclusive,
            Verdict::Broken => Exit::Usage,
        }
    }

    /// The verdict, in a sentence.
    pub fn sentence(&self) -> String {
        match (self.verdict, self.fixes.first()) {
            (Verdict::Fixed, Some(best)) => {
                let more = match self.fixes.len() {
                    1 => String::new(),
                    2 => " (and 1 other)".to_owned(),
                    more => format!(" (and {} others)", more - 1),
                };
                let but = match (best.lost.len(), best.caveats.is_empty()) {
                    (0, true) => "",
                    (0, false) => "; look at what is said of it",
                    (1, _) => "; 1 behaviour is LOST",
                    (_, _) => "; behaviours are LOST",
                };
                format!("{}{more}{but}", best.title)
            }
            (Verdict::Fixed | Verdict::NotFixed, _) => {
                let totals = self.totals();
                format!("none of {} changes repairs it", totals.candidates)
            }
            (Verdict::NoBug, _) => "no bug: there is nothing to fix".to_owned(),
            (Verdict::Inconclusive, _) if self.original.failing == 0 => {
                "inconclusive: whether there is a bug is not known".to_owned()
            }
            (Verdict::Inconclusive, _) => {
                let totals = self.totals();
                format!(
                    "inconclusive: none of {} changes repairs it so far, {} came to no end, {} were not tried",
                    totals.candidates, totals.inconclusive, self.untried
                )
            }
            (Verdict::Broken, _) => "the model cannot be read".to_owned(),
        }
    }
}
