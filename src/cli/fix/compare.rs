//! What changes that hold lose, and which of them is the best.
//!
//! A change that holds as text is put into the model as a `fix` declaration and checked once more: what is printed is what
//! is proved.

use std::collections::BTreeMap;

use super::outcome::Repair;
use super::search::{Case, Come, Trial};
use crate::cli::failure::Failure;
use crate::cli::model::{Compiled, Model};
use crate::cli::watch::Watcher;
use crate::cli::workers;
use crate::engine::behaviour::{self, Behaviour, Unknown};
use crate::fix::overlay;
use crate::verify::diff;
use crate::verify::losses::{self, Deeds, Loss, Program, What};
use crate::verify::mutants;

/// What a program does is not compared where one of the two has more states than this, statement by statement.
const MOST_STATES: usize = 100_000;
/// With fewer states comparing costs little.
const FEW_STATES: usize = 3_000;
/// Else so many at a time, until enough of them lose nothing.
const BATCH: usize = 2;
/// Compared are the simplest of those that hold.
const MOST_COMPARED: usize = 12;
/// When the time is up, so many are still proved.
const MOST_LATE: usize = 2;

/// The original's behaviour, and what is known of those that hold.
#[derive(Debug)]
pub struct Comparison {
    base: Option<Side>,
    /// By the text of the variant.
    known: BTreeMap<String, Option<Repair>>,
}

/// What a program does.
#[derive(Debug)]
struct Side {
    compiled: Compiled,
    /// `None`: nobody has asked.
    behaviour: Option<Result<Behaviour, Unknown>>,
    /// By function and text: the statements that some run reaches, whether it goes well or not.
    reached: Deeds,
    functions: BTreeMap<String, String>,
}

impl Side {
    fn small(&self) -> bool {
        matches!(&self.behaviour, Some(Ok(behaviour)) if behaviour.states() <= FEW_STATES)
    }
}

impl Comparison {
    pub fn new() -> Self {
        Self { base: None, known: BTreeMap::new() }
    }

    /// Those of `done` that hold, the best first.
    pub fn ranked(&mut self, case: &Case<'_>, done: &[Trial]) -> Result<Vec<Repair>, Failure> {
        let old = case.base.source.text();
        let mut holding: Vec<(&Trial, u64, usize)> = done
            .iter()
            .filter_map(|trial| match trial.come {
                Come::Holds { states } => Some((trial, states, diff::size(old, &trial.text))),
                _ => None,
            })
            .collect();
        // Behaviour kept comes first, then care, then size; among equals the nearest to the bug. In this order one that loses
        // nothing is better than all behind it.
        let key = |trial: &Trial, lines: usize| {
            (trial.caution(), trial.chain.len(), lines, trial.chain.first().map(|change| change.kind))
        };
        holding.sort_by_key(|(trial, _, lines)| key(trial, *lines));
        if holding.is_empty() {
            return Ok(Vec::new());
        }
        if self.base.is_none() {
            self.base = side(case, case.base, true)?;
        }
        let base = self.base.as_ref();
        // Where it costs little, also those are compared that cannot be the best.
        let cheap = base.is_some_and(Side::small);
        let most = if case.late() { MOST_LATE } else { MOST_COMPARED };
        let mut first = holding.iter().take(most).map(|(trial, states, _)| (*trial, *states));
        loop {
            let enough = |known: &Option<Repair>| known.as_ref().is_some_and(|repair| repair.lost.is_empty());
            if !cheap && self.known.values().filter(|known| enough(known)).count() >= case.plan.show {
                break;
            }
            let batch: Vec<(&Trial, u64)> = first
                .by_ref()
                .filter(|(trial, _)| !self.known.contains_key(&trial.text))
                .take(if cheap { most } else { BATCH })
                .collect();
            if batch.is_empty() {
                break;
            }
            case.plan.board.begin("comparing what holds", batch.len());
            let compared = workers::parallel(&batch, case.plan.jobs, |(trial, states)| {
                let repair = proved(case, base, trial, *states)?;
                case.plan.board.step();
                Ok((trial.text.clone(), repair))
            })?;
            self.known.extend(compared);
        }
        let mut ranked: Vec<(&Trial, Repair)> = Vec::new();
        for (trial, ..) in &holding {
            if let Some(Some(repair)) = self.known.get(&trial.text) {
                ranked.push((trial, repair.clone()));
            }
        }
        ranked.sort_by_key(|(trial, repair)| {
            (repair.lost.len(), repair.not_compared.is_some(), key(trial, repair.lines))
        });
        Ok(ranked.into_iter().map(|(_, repair)| repair).collect())
    }
}

/// The trial as a declaration of the model, proved and compared; `None` where the declaration does not do what the text did.
fn proved(
    case: &Case<'_>,
    base: Option<&Side>,
    trial: &Trial,
    states: u64,
) -> Result<Option<Repair>, Failure> {
    let Some(variant) = case.base.with_text(trial.text.clone()) else { return Ok(None) };
    let mut repair = case.told(trial, states);
    let (old, new) = ((&case.base.source, case.base.file()), (&variant.source, variant.file()));
    repair.declaration = overlay::declaration(old, new, &repair.name, &repair.title);
    let text = format!("{}\n{}", case.model.source.text().trim_end(), repair.declaration);
    let Some(pasted) = case.model.with_text(text) else { return Ok(None) };
    match case.proof(&pasted, &repair.name)? {
        Some(states) => repair.states = states,
        None => return Ok(None),
    }
    let new = match base {
        Some(base) if !case.late() => match side(case, &variant, matches!(base.behaviour, Some(Ok(_)))) {
            Err(Failure::Internal(text)) => {
                repair.not_compared = Some(format!("a bug in goknot, please report it: {text}"));
                return Ok(Some(repair));
            }
            other => other?,
        },
        _ => None,
    };
    match (base, new) {
        (Some(base), Some(new)) => compare(case, &variant, base, &new, &mut repair),
        _ => repair.not_compared = Some("there was no time".to_owned()),
    }
    Ok(Some(repair))
}

/// What a variant does, with the default parameters; statement by statement where `closely`.
fn side(case: &Case<'_>, variant: &Model, closely: bool) -> Result<Option<Side>, Failure> {
    let compiled = variant.compile(&case.defaults, None, case.plan.unwind)?;
    let searched = case.check(variant, &compiled, &case.options)?;
    if !searched.outcome.stats.exhaustive {
        return Ok(None);
    }
    let explore = || {
        let machine = &compiled.machine;
        let left = case.deadline.saturating_duration_since(std::time::Instant::now());
        let watcher = Watcher::silent(Some(left));
        let variables = behaviour::named(machine);
        behaviour::behaviour(machine, &case.options.limits, variables, MOST_STATES, &watcher)
    };
    let behaviour =
        closely.then(explore).transpose().map_err(|error| Failure::Internal(error.to_string()))?;
    let reached = losses::reached(&compiled.machine, &variant.source, &searched.outcome.unreached);
    let functions = mutants::texts(&variant.source, variant.file(), None);
    Ok(Some(Side { compiled, behaviour, reached, functions }))
}

fn compare(case: &Case<'_>, variant: &Model, base: &Side, new: &Side, repair: &mut Repair) {
    let mut all = Vec::new();
    let mut rounds = None;
    match (&base.behaviour, &new.behaviour) {
        (Some(Ok(before)), Some(Ok(after))) => {
            let old = program(case.base, base, before);
            let now = program(variant, new, after);
            all = losses::losses(&old, &now);
            if before.ends && after.goes_on && !before.goes_on {
                rounds = Some("every run comes to its end: now some go on for ever");
            } else if !after.ends && after.goes_on && !before.goes_on {
                rounds = Some("a run comes to its end: now all go on for ever");
            }
        }
        (Some(Err(unknown)), _) | (_, Some(Err(unknown))) => repair.not_compared = Some(unknown.to_string()),
        (None, _) | (_, None) => repair.not_compared = Some("there was no time".to_owned()),
    }
    // Also what only runs with the bug reach must still be reached.
    let reached = losses::no_longer_reached(&base.reached, &new.reached, &new.functions, &all);
    repair.lost.extend(all.into_iter().map(told));
    repair.lost.extend(rounds.map(str::to_owned));
    repair.lost.extend(reached.into_iter().map(told));
}

fn told(loss: Loss) -> String {
    match loss.what {
        What::End => "a run comes to its end".to_owned(),
        What::Function { name, line } => format!("{name} runs (line {line})"),
        What::Statement { within, text, line } => format!("{text} (in {within}, line {line})"),
        What::Final(text) => format!("a run ends with {text}"),
    }
}

fn program<'a>(model: &'a Model, side: &'a Side, behaviour: &'a Behaviour) -> Program<'a> {
    Program {
        machine: &side.compiled.machine,
        source: &model.source,
        behaviour,
        functions: side.functions.clone(),
    }
}
