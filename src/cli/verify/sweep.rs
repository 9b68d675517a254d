//! Checks variants of a model over all combinations of its parameters, on all cores.

use std::time::Duration;

use super::fix;
use super::outcome::{Original, Standing, Verified};
use crate::cli::args::LimitArgs;
use crate::cli::failure::Failure;
use crate::cli::interrupt::interrupted;
use crate::cli::model::Model;
use crate::cli::search::{self, as_expected};
use crate::cli::session::Session;
use crate::cli::sweep::{Values, by_size, with, words};
use crate::cli::test::run::{found, wanted};
use crate::cli::watch::{Board, Watcher};
use crate::cli::workers;
use crate::commands::RoutineId;
use crate::engine;
use crate::expect::{self, Found};
use crate::machine::PointId;
use crate::syntax::ast::Decl;
use crate::verify::rule;

/// What is the same for all models.
#[derive(Debug)]
pub struct Plan {
    pub options: engine::Options,
    pub unwind: u32,
    pub timeout: Option<Duration>,
    /// Only whether the bug is there and the fixes hold.
    pub quick: bool,
    /// Only this fix.
    pub only: Option<String>,
    /// Says how far it is.
    pub board: Board,
}

/// One combination of parameters.
#[derive(Clone, Debug)]
pub struct Checked {
    pub values: Values,
    pub as_expected: bool,
    pub exhaustive: bool,
    pub states: u64,
    pub found: Vec<Found>,
    /// Points that no run reaches.
    pub unreached: Vec<(RoutineId, PointId)>,
    /// Of each finding, its property.
    pub properties: Vec<Option<usize>>,
    /// What was found, in words.
    pub told: Vec<String>,
    /// What it expects, in words; and whether that is nothing.
    pub wanted: String,
    pub to_hold: bool,
}

impl Plan {
    /// From the command line.
    pub fn new(limits: &LimitArgs, quick: bool, only: Option<String>, session: &Session) -> Self {
        let options = search::shared_options(limits, false, workers::cores());
        Self {
            options,
            unwind: limits.unwind,
            timeout: limits.timeout,
            quick,
            only,
            board: Board::new(session),
        }
    }

    /// Everything about one model.
    pub fn verify(&self, name: &str, model: &Model) -> Result<Verified, Failure> {
        let all = self.sweep(model, None)?;
        let original = original(&all);
        let mut fixes = Vec::new();
        for fix in model.fixes().iter().filter(|fix| self.only.as_ref().is_none_or(|only| only == *fix)) {
            if !interrupted() {
                fixes.push(fix::fixed(self, model, fix, &all)?);
            }
        }
        Ok(Verified { model: name.to_owned(), error: None, original, fixes })
    }

    /// Checks all combinations.
    pub fn sweep(&self, model: &Model, fix: Option<&str>) -> Result<Vec<Checked>, Failure> {
        let combinations = model.sweep(&[])?;
        let defaults = model.values(&[])?;
        let what = fix.map_or_else(|| "without a fix".to_owned(), |fix| format!("fix {fix}"));
        self.parallel(&what, &combinations, |values| self.check(model, fix, values, *values == defaults))
    }

    /// Does `work` for each of `items` on all cores, and tells how far it is with `what`.
    pub fn parallel<T: Sync, R: Send>(
        &self,
        what: &str,
        items: &[T],
        work: impl Fn(&T) -> Result<R, Failure> + Sync,
    ) -> Result<Vec<R>, Failure> {
        self.board.begin(what, items.len());
        let work = |item: &T| work(item).inspect(|_| self.board.step());
        workers::parallel(items, workers::cores(), work)
    }

    /// Checks combinations, the smallest first, until one has a bug or needs more than `most` states. Those before it are
    /// there as well.
    pub fn until_bug(&self, model: &Model, fix: Option<&str>, most: u64) -> Result<Vec<Checked>, Failure> {
        let mut combinations = model.sweep(&[])?;
        combinations.sort_by_key(|values| by_size(values));
        let defaults = model.values(&[])?;
        let mut all = Vec::new();
        // Which properties a damage breaks is of interest where there are several.
        let promises = |decl: &Decl| matches!(decl, Decl::Check(_));
        let first = !model.file().decls.iter().any(|decl| match decl {
            Decl::Fix(fix) => fix.decls.iter().any(promises),
            decl => promises(decl),
        });
        for values in &combinations {
            let max_states = Some(self.options.max_states.map_or(most, |given| given.min(most)));
            let options = engine::Options { max_states, first, ..self.options.clone() };
            let checked = self.check_with(model, fix, values, *values == defaults, &options)?;
            let decided = !checked.found.is_empty() || !checked.exhaustive;
            all.push(checked);
            if decided || interrupted() {
                break;
            }
        }
        Ok(all)
    }

    /// Checks one combination.
    pub fn check(
        &self,
        model: &Model,
        fix: Option<&str>,
        values: &Values,
        default: bool,
    ) -> Result<Checked, Failure> {
        self.check_with(model, fix, values, default, &self.options)
    }

    fn check_with(
        &self,
        model: &Model,
        fix: Option<&str>,
        values: &Values,
        default: bool,
        options: &engine::Options,
    ) -> Result<Checked, Failure> {
        let compiled = model.compile(values, fix, self.unwind)?;
        let mut watcher = Watcher::silent(self.timeout);
        let searched = search::search(&model.source, &compiled, options, &mut watcher)?;
        Ok(Checked {
            values: values.clone(),
            as_expected: as_expected(&compiled, &searched, default),
            exhaustive: searched.outcome.stats.exhaustive,
            states: searched.outcome.stats.states,
            told: found(&compiled, &searched),
            wanted: wanted(&compiled),
            to_hold: expect::wants_ok(&compiled.program.expects),
            properties: searched.outcome.findings.iter().map(|finding| finding.property).collect(),
            unreached: searched.outcome.unreached,
            found: searched.found,
        })
    }
}

fn original(all: &[Checked]) -> Original {
    let (standing, wrong) = standing(all);
    let (failing, smallest, rule) = failing(all);
    Original {
        standing,
        expects: all.first().map(|it| it.wanted.clone()).unwrap_or_default(),
        found: all.iter().find(|it| !it.found.is_empty()).map(|it| it.told.clone()).unwrap_or_default(),
        checks: all.len(),
        states: all.iter().map(|it| it.states).sum(),
        failing,
        smallest,
        rule,
        wrong,
    }
}

/// How checks compare with what was expected, and the smallest that is otherwise.
pub fn standing(all: &[Checked]) -> (Standing, Option<String>) {
    let mut wrong: Vec<&Checked> = all.iter().filter(|it| !it.as_expected).collect();
    wrong.sort_by_key(|it| by_size(&it.values));
    // Nothing but an end that came too early is not yet wrong.
    let certain = |it: &&&Checked| it.exhaustive || (it.to_hold && !it.found.is_empty());
    let told = |it: &Checked| {
        let values = with(&words(&it.values));
        format!("expected {}, found {}{values}", it.wanted, it.told.join("; "))
    };
    match (wrong.iter().find(certain), wrong.first()) {
        (Some(it), _) => (Standing::NotAsExpected, Some(told(it))),
        (None, Some(it)) => (Standing::Inconclusive, Some(told(it))),
        (None, None) => (Standing::AsExpected, None),
    }
}

/// How many combinations have a bug, the smallest of them, and the rule.
pub fn failing(all: &[Checked]) -> (usize, Option<String>, Option<String>) {
    let fails = |it: &Checked| !it.found.is_empty();
    let failing: Vec<&Checked> = all.iter().filter(|it| fails(it)).collect();
    let smallest = failing.iter().min_by_key(|it| by_size(&it.values));
    let names: Vec<String> =
        all.first().map(|it| it.values.iter().map(|(name, _)| name.clone()).collect()).unwrap_or_default();
    let points: Vec<(Vec<i64>, bool)> =
        all.iter().map(|it| (it.values.iter().map(|&(_, value)| value).collect(), fails(it))).collect();
    let known = all.iter().all(|it| it.exhaustive || fails(it));
    let swept = points.len() > 1 && known;
    let rule = if swept { rule::fit(&names, &points).map(|rule| rule.to_string()) } else { None };
    (failing.len(), smallest.map(|it| words(&it.values)), rule)
}
