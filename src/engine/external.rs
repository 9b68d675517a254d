//! A check by an engine that is no part of goknot: which questions it is asked, and what its answers come to.
//!
//! In: a Machine and an [`External`]. Out: an [`Outcome`] as the built-in checker's, each counterexample confirmed on the
//! Machine ([`super::claim`]). A question that stays open makes the outcome inconclusive, with the engine's reason.

use super::claim;
use super::question::{Answer, External, Question, Seen, Targets};
use super::{Finding, Options, Outcome, RACE_BOUND, Stats, StopReason, Watch};
use crate::machine::monitor::{self, Monitored, Watched};
use crate::machine::step::{InternalError, Limits, Step};
use crate::machine::validate::validate;
use crate::machine::{Machine, relax};
use crate::property::Kind;

/// Why there is no outcome.
#[derive(Debug)]
pub enum Failure<F> {
    /// The engine failed.
    Engine(F),
    /// goknot contradicts itself.
    Internal(InternalError),
    /// The engine's counterexample is none of the Machine's: what it was asked.
    Unconfirmed(String),
}

impl<F> From<InternalError> for Failure<F> {
    fn from(error: InternalError) -> Self {
        Self::Internal(error)
    }
}

/// More states than this from a leak on are not looked at to confirm it.
const CONFIRMED: usize = 200_000;

/// Checks `machine` with `engine`.
pub fn check<E: External>(
    machine: &Machine,
    options: &Options,
    engine: &mut E,
    watch: &mut dyn Watch,
) -> Result<Outcome, Failure<E::Failure>> {
    validate(machine)?;
    let mut asking = Asking {
        machine,
        options,
        engine,
        watch,
        findings: Vec::new(),
        open: Vec::new(),
        stopped: None,
        seen: Seen::default(),
    };
    asking.reach()?;
    let covered = asking.covers()?;
    asking.leak()?;
    asking.races()?;
    asking.promises()?;
    Ok(asking.outcome(covered))
}

/// Whether this run is fair and breaks what `question` asks about: for engines that find runs that are less than fair.
pub fn breaks(
    machine: &Machine,
    limits: &Limits,
    path: &[Step],
    repeats_from: Option<usize>,
    question: &Question,
) -> Result<bool, InternalError> {
    let options = Options { limits: *limits, ..Options::default() };
    Ok(claim::broken(machine, &options, path, repeats_from, question)?.is_some())
}

/// What has come of a question.
enum Told {
    Yes(Vec<Step>, Option<usize>),
    No,
    Open,
}

struct Asking<'a, E: External> {
    machine: &'a Machine,
    options: &'a Options,
    engine: &'a mut E,
    watch: &'a mut dyn Watch,
    findings: Vec<Finding>,
    open: Vec<String>,
    stopped: Option<StopReason>,
    seen: Seen,
}

impl<E: External> Asking<'_, E> {
    /// Every kind of state that is a bug, until there is no more of a kind that has not been found.
    fn reach(&mut self) -> Result<(), Failure<E::Failure>> {
        let mut targets = Targets {
            panics: true,
            asserts: true,
            deadlocks: true,
            leaks: true,
            always: (0..self.machine.properties.always.len()).collect(),
            covers: Vec::new(),
        };
        while let Told::Yes(path, _) = self.ask(self.machine, &Question::Reach(targets.clone()))? {
            let found = claim::reached(self.machine, self.options, &path, &targets)?;
            let found = found.ok_or_else(|| Failure::Unconfirmed(format!("{targets:?}")))?;
            match found.kind {
                Kind::Panic => targets.panics = false,
                Kind::Assert => targets.asserts = false,
                Kind::Deadlock => targets.deadlocks = false,
                Kind::Leak => targets.leaks = false,
                Kind::Always | Kind::Race | Kind::Eventually | Kind::LeadsTo | Kind::Cover => {
                    targets.always.retain(|&property| Some(property) != found.property);
                }
            }
            self.findings.push(found);
            if self.options.first || targets == Targets::default() {
                break;
            }
        }
        Ok(())
    }

    /// Which covers are reached.
    fn covers(&mut self) -> Result<Vec<bool>, Failure<E::Failure>> {
        let mut covered = Vec::new();
        for index in 0..self.machine.properties.covers.len() {
            let targets = Targets { covers: vec![index], ..Targets::default() };
            let told = self.ask(self.machine, &Question::Reach(targets.clone()))?;
            covered.push(matches!(told, Told::Yes(..)));
            match told {
                Told::Yes(path, _) => {
                    let found = claim::reached(self.machine, self.options, &path, &targets)?;
                    found.ok_or_else(|| Failure::Unconfirmed(format!("{targets:?}")))?;
                }
                Told::No => {
                    self.findings.push(Finding { property: Some(index), ..Finding::new(Kind::Cover) });
                }
                Told::Open => {}
            }
        }
        Ok(covered)
    }

    /// Goroutines that are stuck while others go on for ever: there are none where no run goes on for ever.
    fn leak(&mut self) -> Result<(), Failure<E::Failure>> {
        if self.has(Kind::Leak) || self.is_over() {
            return Ok(());
        }
        let known = self.open.len();
        let endless = self.ask(self.machine, &Question::Endless)?;
        if matches!(endless, Told::No) {
            return Ok(());
        }
        // Whether there is such a run is no question of its own; why that is not known also says why a leak is not.
        let reasons = self.open.split_off(known);
        match self.ask(self.machine, &Question::Leak)? {
            Told::Yes(path, _) => match claim::leaking(self.machine, self.options, &path, CONFIRMED)? {
                Some(found) => self.findings.push(found),
                None => self.open.push("a leak that is too large to be confirmed".into()),
            },
            Told::Open if matches!(endless, Told::Open) => {
                self.open.truncate(known);
                self.open.extend(reasons);
            }
            Told::No | Told::Open => {}
        }
        Ok(())
    }

    /// Data races, as failing asserts of another Machine.
    fn races(&mut self) -> Result<(), Failure<E::Failure>> {
        if self.is_over() || !self.race(Watched::Everything)? {
            return Ok(());
        }
        // What was found may hide another that the runtime notices.
        if !self.has(Kind::Panic) && !self.is_over() && self.race(Watched::Maps)? && !self.has(Kind::Panic) {
            return Err(Failure::Unconfirmed("a race on a map".into()));
        }
        Ok(())
    }

    /// Looks for a data race; whether there is one.
    fn race(&mut self, watched: Watched) -> Result<bool, Failure<E::Failure>> {
        let Some(monitored) = monitor::monitor(self.machine, watched) else { return Ok(false) };
        if let Some(path) = self.race_in(&monitored)? {
            let found = super::races_after(self.machine, &path, &self.options.limits)?;
            if found.is_empty() {
                return Err(Failure::Unconfirmed("a race".into()));
            }
            let known: Vec<Kind> = self.findings.iter().map(|found| found.kind).collect();
            self.findings.extend(found.into_iter().filter(|found| !known.contains(&found.kind)));
            return Ok(true);
        }
        // As in the built-in checker: some races hide from this.
        if watched == Watched::Everything
            && let Some(relaxed) = relax::relax(self.machine)
            && let Some(monitored) = monitor::monitor(&relaxed, watched)
            && self.race_in(&monitored)?.is_some()
        {
            self.open.push(RACE_BOUND.to_owned());
        }
        Ok(false)
    }

    fn has(&self, kind: Kind) -> bool {
        self.findings.iter().any(|found| found.kind == kind)
    }

    /// A path of the Machine that is watched.
    fn race_in(&mut self, monitored: &Monitored) -> Result<Option<Vec<Step>>, Failure<E::Failure>> {
        let targets = Targets { asserts: true, ..Targets::default() };
        Ok(match self.ask(&monitored.machine, &Question::Reach(targets))? {
            Told::Yes(path, _) => Some(monitored.original(&path, &self.options.limits)?),
            Told::No | Told::Open => None,
        })
    }

    fn promises(&mut self) -> Result<(), Failure<E::Failure>> {
        let properties = &self.machine.properties;
        let eventually = (0..properties.eventually.len()).map(Question::Eventually);
        let questions: Vec<Question> =
            eventually.chain((0..properties.leads_to.len()).map(Question::LeadsTo)).collect();
        for question in questions {
            if self.is_over() {
                break;
            }
            if let Told::Yes(path, repeats_from) = self.ask(self.machine, &question)? {
                let found = claim::broken(self.machine, self.options, &path, repeats_from, &question)?;
                self.findings.push(found.ok_or_else(|| Failure::Unconfirmed(format!("{question:?}")))?);
            }
        }
        Ok(())
    }

    /// Nothing more is to be asked.
    fn is_over(&self) -> bool {
        self.stopped.is_some() || (self.options.first && !self.findings.is_empty())
    }

    /// Asks: a run that says yes. What stays open is written down.
    fn ask(&mut self, machine: &Machine, question: &Question) -> Result<Told, Failure<E::Failure>> {
        if let Some(reason) = self.watch.stop() {
            self.stopped = Some(reason);
        }
        if self.stopped.is_some() {
            return Ok(Told::Open);
        }
        let answer = self.engine.ask(machine, &self.options.limits, question, self.watch);
        Ok(match answer.map_err(Failure::Engine)? {
            Answer::Yes { path, repeats_from, seen } => {
                self.see(seen);
                Told::Yes(path, repeats_from)
            }
            Answer::No(seen) => {
                self.see(seen);
                Told::No
            }
            Answer::Open(reason) => {
                self.stopped = self.watch.stop();
                if self.stopped.is_none() && !self.open.contains(&reason) {
                    self.open.push(reason);
                }
                Told::Open
            }
        })
    }

    fn see(&mut self, seen: Seen) {
        if seen.states > self.seen.states {
            self.seen = seen;
        }
    }

    fn outcome(mut self, covered: Vec<bool>) -> Outcome {
        self.findings.sort_by_key(|finding| (finding.kind, finding.path.len()));
        let stats = Stats {
            states: self.seen.states,
            transitions: self.seen.transitions,
            depth: u32::try_from(self.seen.depth).unwrap_or(u32::MAX),
            exhaustive: self.open.is_empty() && self.stopped.is_none(),
            stopped: self.stopped,
            open: self.open,
            ..Stats::default()
        };
        Outcome { findings: self.findings, stats, unreached: Vec::new(), covered }
    }
}
