//! What each engine says about a model.
//!
//! In: a model, and for how long an engine may think. Out: its statement, which can be compared, and what it left open.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use goknot::engine::{self, Options, Outcome, Progress, StopReason, Watch, external};
use goknot::expect::agreement::Statement;
use goknot::expect::{Found, found};
use goknot::tool::spin::{self, Spin};
use goknot::tool::tlc::{self, Tlc};
use goknot::trace;

use super::corpus::{Case, root};

/// An engine outside.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Engine {
    Spin,
    Tlc,
}

/// What an engine says about a model.
pub struct Verdict {
    pub statement: Statement,
    /// What it has left open, and why.
    pub open: Vec<String>,
    pub states: u64,
}

/// TLC's jar.
fn jar() -> PathBuf {
    let named = std::env::var_os("GOKNOT_TLA_JAR").map(PathBuf::from);
    named.unwrap_or_else(|| root().join("target/tools/tla2tools.jar"))
}

impl Engine {
    pub fn name(self) -> &'static str {
        match self {
            Self::Spin => "SPIN",
            Self::Tlc => "TLC",
        }
    }

    /// Whether it is here. On CI it must be.
    pub fn is_here(self) -> bool {
        let missing = match self {
            Self::Spin => Spin::new(spin::Options::default(), None).err(),
            Self::Tlc => Tlc::new(tlc::Options { jar: Some(jar()), ..tlc::Options::default() }).err(),
        };
        if let Some(failure) = &missing {
            assert!(std::env::var_os("CI").is_none(), "{failure}");
            eprintln!("nothing is compared: {failure}");
        }
        missing.is_none()
    }

    /// What it says within `patience`; an error where it fails.
    pub fn verdict(self, case: &Case, patience: Duration) -> Result<Verdict, String> {
        let options = Options::default();
        let mut watch = Deadline(Instant::now() + patience);
        let source = Some(case.source.clone());
        let outcome = match self {
            Self::Spin => {
                let mut spin =
                    Spin::new(spin::Options::default(), source).map_err(|failure| failure.to_string())?;
                external::check(&case.machine, &options, &mut spin, &mut watch).map_err(told)
            }
            Self::Tlc => {
                let how = tlc::Options { jar: Some(jar()), source, ..tlc::Options::default() };
                let mut tlc = Tlc::new(how).map_err(|failure| failure.to_string())?;
                external::check(&case.machine, &options, &mut tlc, &mut watch).map_err(told)
            }
        };
        stated(case, self.name(), outcome?)
    }
}

/// What the built-in checker says; `None` where the model is too large for it.
pub fn built_in(case: &Case, patience: Duration) -> Result<Option<Verdict>, String> {
    let mut watch = Deadline(Instant::now() + patience);
    let outcome = engine::check(&case.machine, &Options::default(), &mut watch);
    let outcome = outcome.map_err(|error| error.to_string())?;
    if outcome.stats.stopped.is_some() {
        return Ok(None);
    }
    stated(case, "built-in", outcome).map(Some)
}

fn told(failure: external::Failure<goknot::tool::Failure>) -> String {
    match failure {
        external::Failure::Engine(failure) => failure.to_string(),
        external::Failure::Internal(error) => error.to_string(),
        external::Failure::Unconfirmed(what) => format!("the Machine has no such run: {what}"),
    }
}

fn stated(case: &Case, engine: &'static str, outcome: Outcome) -> Result<Verdict, String> {
    let limits = Options::default().limits;
    let mut all: Vec<Found> = Vec::new();
    for finding in &outcome.findings {
        let trace = trace::replay(&case.machine, &case.source, &finding.path, &limits)
            .map_err(|error| error.to_string())?;
        let stuck: Vec<_> = finding.stuck.iter().filter_map(|&slot| trace.in_slot(slot)).collect();
        all.push(found(&case.machine, &case.source, finding.kind, &trace, &stuck));
    }
    let stats = outcome.stats;
    let exhaustive = stats.exhaustive;
    let complete = engine == "built-in";
    let mut open: Vec<String> =
        stats.bounds.iter().map(|&bound| bound.to_owned()).chain(stats.open).collect();
    open.extend(stats.stopped.map(|reason| reason.flag().unwrap_or("a limit").to_owned()));
    open.sort();
    open.dedup();
    Ok(Verdict {
        statement: Statement { engine, found: all, exhaustive, complete },
        open,
        states: stats.states,
    })
}

/// A watch with a deadline.
struct Deadline(Instant);

impl Watch for Deadline {
    fn progress(&mut self, _progress: &Progress) {}

    fn stop(&self) -> Option<StopReason> {
        (Instant::now() > self.0).then_some(StopReason::Timeout)
    }
}
