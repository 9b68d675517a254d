//! The search for fixes: single changes near the counterexample, then all single changes, then pairs, of which the second is
//! aimed by what is left after the first.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use super::Args;
use super::compare::Comparison;
use super::outcome::{Original, Repair, Repaired, Tried, Verdict};
use crate::cli::failure::Failure;
use crate::cli::interrupt::interrupted;
use crate::cli::model::{Compiled, Model};
use crate::cli::search::{self, Searched};
use crate::cli::session::Session;
use crate::cli::sweep::{Values, by_size, words};
use crate::cli::test::run::found;
use crate::cli::watch::{Board, Watcher};
use crate::cli::workers;
use crate::engine;
use crate::expect;
use crate::fix::{self, Aim, Candidate, Kind};
use crate::syntax::ast::Decl;
use crate::verify::diff;
use crate::verify::edit::{self, Edit};
use crate::verify::parts::span;

/// Changes that a second one is tried with.
const MOST_FIRSTS: usize = 40;
/// Changes that alone did not hold and are looked at again, for what they leave.
const MOST_LOOKED_AT: usize = 80;
/// A change may need so many times the states of the original, but no fewer than [`FEWEST_STATES`].
const MORE_STATES: u64 = 4;
const FEWEST_STATES: u64 = 5_000;
/// And so many times the goroutines, and some more: what starts one after the other is no repair.
const MORE_GOROUTINES: u32 = 2;
const SOME_GOROUTINES: u32 = 4;

/// What is the same for all models.
#[derive(Debug)]
pub struct Plan {
    pub options: engine::Options,
    pub unwind: u32,
    pub timeout: Option<Duration>,
    pub jobs: usize,
    /// So many are to be shown in full.
    pub show: usize,
    tries: usize,
    max_time: Duration,
    /// Says how far it is.
    pub board: Board,
}

/// A model that is searched for fixes.
#[derive(Debug)]
pub struct Case<'a> {
    pub plan: &'a Plan,
    pub model: &'a Model,
    /// The model without its fixes and without what it expects.
    pub base: &'a Model,
    /// All combinations of the parameters: first the smallest that fails, then the others, small ones first.
    pub combinations: Vec<Values>,
    pub defaults: Values,
    pub options: engine::Options,
    pub deadline: Instant,
}

/// A change, or two, and what came of it.
#[derive(Clone, Debug)]
pub struct Trial {
    pub chain: Vec<Candidate>,
    pub text: String,
    /// How far the last change is from the counterexample.
    distance: u8,
    pub come: Come,
}

/// What came of a change.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Come {
    Untried,
    Rejected,
    Fails,
    Open,
    /// goknot itself failed, and how.
    Fault(String),
    Holds {
        states: u64,
    },
}

impl Trial {
    /// How much care it wants.
    pub fn caution(&self) -> u8 {
        self.chain.iter().map(|change| change.kind.caution()).max().unwrap_or(0)
    }
}

impl Plan {
    /// From the command line.
    pub fn new(args: &Args, session: &Session) -> Self {
        let jobs = args.jobs.map_or_else(workers::cores, usize::from);
        Self {
            options: search::shared_options(&args.limits, false, jobs),
            unwind: args.limits.unwind,
            timeout: args.limits.timeout,
            jobs,
            show: usize::from(args.show).max(1),
            tries: args.tries as usize,
            max_time: args.max_time,
            board: Board::new(session),
        }
    }

    /// Looks for fixes of one model.
    pub fn repair(&self, name: &str, model: &Model) -> Result<Repaired, Failure> {
        let started = Instant::now();
        let mut repaired = Repaired { model: name.to_owned(), own: own(model), ..Repaired::default() };
        let Some(base) = stripped(model) else {
            return Err(Failure::Internal("a model without its fixes does not parse".into()));
        };
        let mut combinations = base.sweep(&[])?;
        combinations.sort_by_key(|values| by_size(values));
        let deadline = started.checked_add(self.max_time).unwrap_or(started);
        let mut case = Case {
            plan: self,
            model,
            base: &base,
            combinations,
            defaults: base.values(&[])?,
            options: self.options.clone(),
            deadline,
        };
        repaired.verdict = match case.original(&mut repaired.original)? {
            Some(verdict) => verdict,
            None => case.search(&mut repaired)?,
        };
        repaired.seconds = started.elapsed().as_secs_f64();
        Ok(repaired)
    }
}

/// The title of the first fix that the model has.
fn own(model: &Model) -> Option<String> {
    model.file().decls.iter().find_map(|decl| match decl {
        Decl::Fix(fix) => Some(fix.title.as_ref().map(|title| title.value.clone()).unwrap_or_default()),
        _ => None,
    })
}

/// The model without its fixes and without what it expects; lines keep their numbers.
fn stripped(model: &Model) -> Option<Model> {
    let gone = model.file().decls.iter().filter(|decl| matches!(decl, Decl::Fix(_) | Decl::Expect(_)));
    let edits: Vec<Edit> = gone.map(|decl| Edit::remove(span(decl).range())).collect();
    model.with_text(edit::apply(model.source.text(), &edits))
}

impl Case<'_> {
    /// Checks the model as it is, and puts the smallest combination that fails first. A verdict where there is nothing to
    /// search for.
    fn original(&mut self, original: &mut Original) -> Result<Option<Verdict>, Failure> {
        self.plan.board.begin("without a fix", self.combinations.len());
        let slots = AtomicU32::new(0);
        let checks = workers::parallel(&self.combinations, self.plan.jobs, |values| {
            let compiled = self.base.compile(values, None, self.plan.unwind)?;
            let searched = self.check(self.base, &compiled, &self.options)?;
            self.plan.board.step();
            let told = found(&compiled, &searched);
            let stats = &searched.outcome.stats;
            slots.fetch_max(stats.slots as u32, Ordering::Relaxed);
            Ok((stats.states, stats.exhaustive, !searched.found.is_empty(), told))
        })?;
        original.checks = checks.len();
        original.states = checks.iter().map(|(states, ..)| states).sum();
        original.failing = checks.iter().filter(|(_, _, fails, _)| *fails).count();
        let Some(first) = checks.iter().position(|(_, _, fails, _)| *fails) else {
            let known = checks.len() == self.combinations.len()
                && checks.iter().all(|(_, exhaustive, ..)| *exhaustive);
            return Ok(Some(if known { Verdict::NoBug } else { Verdict::Inconclusive }));
        };
        original.found.clone_from(&checks[first].3);
        let values = self.combinations.remove(first);
        original.smallest = Some(words(&values)).filter(|text| !text.is_empty());
        self.combinations.insert(0, values);
        let goroutines = slots.into_inner().saturating_mul(MORE_GOROUTINES).saturating_add(SOME_GOROUTINES);
        self.options.limits.goroutines = self.options.limits.goroutines.min(goroutines);
        if self.options.max_states.is_none() {
            let most = checks.iter().map(|(states, ..)| *states).max().unwrap_or(0);
            self.options.max_states = Some(most.saturating_mul(MORE_STATES).max(FEWEST_STATES));
        }
        Ok(None)
    }

    /// One search, until the time is up.
    pub fn check(
        &self,
        model: &Model,
        compiled: &Compiled,
        options: &engine::Options,
    ) -> Result<Searched, Failure> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        let time = self.plan.timeout.map_or(left, |timeout| timeout.min(left));
        search::search(&model.source, compiled, options, &mut Watcher::silent(Some(time)))
    }

    pub fn late(&self) -> bool {
        interrupted() || Instant::now() >= self.deadline
    }

    fn search(&self, repaired: &mut Repaired) -> Result<Verdict, Failure> {
        let aim = self.aim(self.base)?;
        let mut seen: HashSet<String> = HashSet::new();
        seen.insert(self.base.source.text().to_owned());
        let singles = self.trials(self.base, &aim, &[], &mut seen);
        let (near, far): (Vec<Trial>, Vec<Trial>) = singles.into_iter().partition(|trial| trial.distance < 2);
        let mut comparison = Comparison::new();
        let mut done: Vec<Trial> = Vec::new();
        let mut left = self.plan.tries;
        for (label, mut stage) in [("changes near the bug", near), ("changes elsewhere", far)] {
            repaired.untried += stage.len().saturating_sub(left);
            stage.truncate(left);
            left -= stage.len();
            done.extend(self.run(label, stage, repaired, "")?);
            if self.satisfied(&mut comparison, &done)? {
                break;
            }
        }
        let lossless = |fix: &Repair| fix.lost.is_empty();
        let mut fixes = comparison.ranked(self, &done)?;
        if !fixes.iter().any(lossless) && left > 0 && !self.late() {
            repaired.pairs = true;
            let pairs = self.pairs(&aim, &done, left, &mut seen, repaired)?;
            done.extend(pairs);
            fixes = comparison.ranked(self, &done)?;
        }
        let unsure = |row: &Tried| row.inconclusive > 0;
        repaired.fixes = fixes;
        Ok(match repaired.fixes.is_empty() {
            false => Verdict::Fixed,
            true if self.late() || repaired.untried > 0 || repaired.tried.iter().any(unsure) => {
                Verdict::Inconclusive
            }
            true => Verdict::NotFixed,
        })
    }

    /// Where the counterexamples of a variant point, with the smallest parameters that fail.
    fn aim(&self, model: &Model) -> Result<Aim, Failure> {
        let compiled = model.compile(&self.combinations[0], None, self.plan.unwind)?;
        let searched = self.check(model, &compiled, &self.options)?;
        self.aimed(model, &compiled, &searched)
    }

    fn aimed(&self, model: &Model, compiled: &Compiled, searched: &Searched) -> Result<Aim, Failure> {
        Aim::new(&compiled.machine, &model.source, &searched.outcome.findings, &self.options.limits)
            .map_err(|error| Failure::Internal(error.to_string()))
    }

    /// The changes of a variant that nobody has tried yet, the most promising first.
    fn trials(
        &self,
        model: &Model,
        aim: &Aim,
        chain: &[Candidate],
        seen: &mut HashSet<String>,
    ) -> Vec<Trial> {
        let mut trials = Vec::new();
        for (distance, candidate) in fix::candidates(&model.source, model.file(), aim) {
            let Some(text) = candidate.apply(model.source.text()) else { continue };
            if seen.insert(text.clone()) {
                let chain = chain.iter().cloned().chain([candidate]).collect();
                trials.push(Trial { chain, text, distance, come: Come::Untried });
            }
        }
        trials
    }

    /// Tries them all, and counts.
    fn run(
        &self,
        label: &str,
        stage: Vec<Trial>,
        repaired: &mut Repaired,
        prefix: &str,
    ) -> Result<Vec<Trial>, Failure> {
        self.plan.board.begin(label, stage.len());
        let done = workers::parallel(&stage, self.plan.jobs, |trial| {
            let come = match self.verdict(&trial.text) {
                Err(Failure::Internal(text)) => Come::Fault(text),
                other => other?,
            };
            self.plan.board.step();
            Ok(Trial { come, ..trial.clone() })
        })?;
        let mut rows: BTreeMap<String, Tried> =
            std::mem::take(&mut repaired.tried).into_iter().map(|row| (row.kind.clone(), row)).collect();
        for trial in &done {
            let kind = trial.chain.last().map(|change| change.kind.name()).unwrap_or_default();
            let kind = format!("{prefix}{kind}");
            let row = rows.entry(kind.clone()).or_insert_with(|| Tried { kind, ..Tried::default() });
            let count = match &trial.come {
                Come::Untried => continue,
                Come::Fault(text) => {
                    let what = trial.chain.last().map(|change| change.what.as_str()).unwrap_or_default();
                    repaired.faults.push(format!("{what}: {text}"));
                    &mut row.inconclusive
                }
                Come::Rejected => &mut row.rejected,
                Come::Fails => &mut row.failed,
                Come::Open => &mut row.inconclusive,
                Come::Holds { .. } => &mut row.held,
            };
            *count += 1;
            row.candidates += 1;
        }
        repaired.tried = rows.into_values().filter(|row| row.candidates > 0).collect();
        let untried = done.iter().filter(|trial| trial.come == Come::Untried).count();
        repaired.untried += untried;
        Ok(done.into_iter().filter(|trial| trial.come != Come::Untried).collect())
    }

    /// What a changed text comes to: up to the first bug, or for every combination.
    fn verdict(&self, text: &str) -> Result<Come, Failure> {
        if self.late() {
            return Ok(Come::Untried);
        }
        match self.base.with_text(text.to_owned()) {
            Some(variant) => self.holds(&variant),
            None => Ok(Come::Rejected),
        }
    }

    /// Whether a variant holds for every combination.
    fn holds(&self, variant: &Model) -> Result<Come, Failure> {
        let options = engine::Options { first: true, ..self.options.clone() };
        let mut states = 0;
        for values in &self.combinations {
            let compiled = match variant.compile(values, None, self.plan.unwind) {
                Ok(compiled) => compiled,
                Err(Failure::Model { .. }) => return Ok(Come::Rejected),
                Err(failure) => return Err(failure),
            };
            let searched = self.check(variant, &compiled, &options)?;
            states += searched.outcome.stats.states;
            if !searched.found.is_empty() {
                return Ok(Come::Fails);
            }
            if !searched.outcome.stats.exhaustive {
                return Ok(Come::Open);
            }
        }
        Ok(Come::Holds { states })
    }

    /// Checks a fix of a model for every combination, with all the time that takes: how many states that were, where it holds.
    pub fn proof(&self, model: &Model, fix: &str) -> Result<Option<u64>, Failure> {
        let options = engine::Options { first: true, ..self.options.clone() };
        let mut states = 0;
        for values in &self.combinations {
            let compiled = match model.compile(values, Some(fix), self.plan.unwind) {
                Ok(compiled) => compiled,
                Err(Failure::Model { .. }) => return Ok(None),
                Err(failure) => return Err(failure),
            };
            let mut watcher = Watcher::silent(self.plan.timeout);
            let searched = search::search(&model.source, &compiled, &options, &mut watcher)?;
            states += searched.outcome.stats.states;
            if !searched.found.is_empty() || !searched.outcome.stats.exhaustive {
                return Ok(None);
            }
        }
        Ok(Some(states))
    }

    /// One that holds has nothing against it: there is no need to look further.
    fn satisfied(&self, comparison: &mut Comparison, done: &[Trial]) -> Result<bool, Failure> {
        let ranked = comparison.ranked(self, done)?;
        Ok(ranked.iter().any(|fix| fix.clean() && fix.not_compared.is_none()) || self.late())
    }

    /// A second change on top of those that leave other bugs than the original has.
    fn pairs(
        &self,
        aim: &Aim,
        singles: &[Trial],
        left: usize,
        seen: &mut HashSet<String>,
        repaired: &mut Repaired,
    ) -> Result<Vec<Trial>, Failure> {
        let before = self.leaves(self.base)?.map(|(found, _)| found).unwrap_or_default();
        let mut failing: Vec<&Trial> = singles.iter().filter(|trial| trial.come == Come::Fails).collect();
        failing.sort_by_key(|trial| (trial.caution(), trial.distance));
        failing.truncate(MOST_LOOKED_AT);
        self.plan.board.begin("what single changes leave", failing.len());
        let looked = workers::parallel(&failing, self.plan.jobs, |trial| {
            self.plan.board.step();
            if self.late() {
                return Ok(None);
            }
            let Some(variant) = self.base.with_text(trial.text.clone()) else { return Ok(None) };
            match self.leaves(&variant) {
                Err(Failure::Internal(_)) => Ok(None),
                leaves => Ok(leaves?.map(|(found, aim)| (found, aim, variant))),
            }
        })?;
        let mut firsts: Vec<(usize, &Trial, Aim, Model)> = Vec::new();
        for (trial, looked) in failing.iter().zip(looked) {
            let Some((found, next, variant)) = looked else { continue };
            // Some bug is gone, or the same one has moved.
            if found != before || next.lines != aim.lines {
                firsts.push((found.difference(&before).count() * 2 + found.len(), trial, next, variant));
            }
        }
        firsts.sort_by_key(|(bugs, trial, ..)| (*bugs, trial.caution(), trial.distance));
        firsts.truncate(MOST_FIRSTS);
        let mut queues: Vec<std::vec::IntoIter<Trial>> = Vec::new();
        for (_, trial, next, variant) in &firsts {
            let mut more = self.trials(variant, next, &trial.chain, seen);
            more.retain(|trial| trial.distance < 2 && trial.caution() < 2);
            queues.push(more.into_iter());
        }
        // In turns: the best second change of each first one, then the next best.
        let mut stage = Vec::new();
        while stage.len() < left {
            let round: Vec<Trial> = queues.iter_mut().filter_map(Iterator::next).collect();
            if round.is_empty() {
                break;
            }
            stage.extend(round);
        }
        stage.truncate(left);
        let rest: usize = queues.iter().map(ExactSizeIterator::len).sum();
        repaired.untried += rest;
        self.run("two changes", stage, repaired, "two: … and ")
    }

    /// The bugs of a variant, and where they point; `None` where it does not compile.
    fn leaves(&self, variant: &Model) -> Result<Option<(BTreeSet<String>, Aim)>, Failure> {
        let compiled = match variant.compile(&self.combinations[0], None, self.plan.unwind) {
            Ok(compiled) => compiled,
            Err(Failure::Model { .. }) => return Ok(None),
            Err(failure) => return Err(failure),
        };
        let searched = self.check(variant, &compiled, &self.options)?;
        let aim = self.aimed(variant, &compiled, &searched)?;
        Ok(Some((searched.found.iter().map(expect::described).collect(), aim)))
    }

    /// What is said of a trial that holds.
    pub fn told(&self, trial: &Trial, states: u64) -> Repair {
        let mut kinds: Vec<&'static str> = Vec::new();
        let mut within: Vec<String> = Vec::new();
        let mut caveats: Vec<&'static str> = Vec::new();
        for change in &trial.chain {
            if !kinds.contains(&change.kind.name()) {
                kinds.push(change.kind.name());
            }
            if !within.contains(&change.within) {
                within.push(change.within.clone());
            }
            caveats.extend(change.kind.caveat().filter(|caveat| !caveats.contains(caveat)));
        }
        // Whoever leaves a statement out cannot do it any more.
        let gone = trial.chain.iter().filter(|change| change.kind == Kind::LeaveOut);
        let lost = gone.map(|change| {
            let text = change.what.strip_prefix("without ").unwrap_or(&change.what);
            format!("{text} (in {}: left out)", change.within)
        });
        let lost = lost.collect();
        let titles: Vec<&str> = trial.chain.iter().map(|change| change.what.as_str()).collect();
        let (file, old) = (self.base.source.name(), self.base.source.text());
        Repair {
            name: self.name(trial),
            title: titles.join("; and "),
            kinds,
            within,
            lines: diff::size(old, &trial.text),
            checks: self.combinations.len(),
            states,
            lost,
            caveats,
            not_compared: None,
            diff: diff::unified((file, old), (file, &trial.text), 2),
            declaration: String::new(),
        }
    }

    /// A name that the model does not have.
    fn name(&self, trial: &Trial) -> String {
        let mut parts: Vec<String> = trial.chain.iter().map(|change| change.kind.identifier()).collect();
        parts.dedup();
        let name = parts.join("_and_");
        let taken = |name: &str| self.model.fixes().iter().any(|fix| fix == name);
        let mut fresh = name.clone();
        let mut number = 2;
        while taken(&fresh) {
            fresh = format!("{name}_{number}");
            number += 1;
        }
        fresh
    }
}
