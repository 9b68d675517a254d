//! What another engine says it has found, looked at on the Machine.
//!
//! In: steps of the Machine and what they are said to show. Out: the finding as the built-in checker would tell it, or
//! nothing where the Machine does not agree. So nobody sees a counterexample that the Machine has not had.

use rustc_hash::FxHashSet;

use super::liveness::confirm::{self, Promised};
use super::question::{Question, Targets};
use super::reduction::Reductions;
use super::successors::Successors;
use super::tables::Tables;
use super::terminal::{Ending, ending};
use super::{Finding, Options};
use crate::machine::Machine;
use crate::machine::state::{End, State};
use crate::machine::step::{self, InternalError, Step};
use crate::property::Kind;

/// A run that ends in a state of `targets`.
pub(crate) fn reached(
    machine: &Machine,
    options: &Options,
    path: &[Step],
    targets: &Targets,
) -> Result<Option<Finding>, InternalError> {
    let Some(state) = replay(machine, options, path)? else { return Ok(None) };
    let found = |kind| Finding { path: path.to_vec(), ..Finding::new(kind) };
    match state.end {
        Some(End::Panic { .. } | End::Fatal { .. }) if targets.panics => {
            return Ok(Some(Finding { end: state.end, ..found(Kind::Panic) }));
        }
        Some(End::Assert { .. }) if targets.asserts => {
            return Ok(Some(Finding { end: state.end, ..found(Kind::Assert) }));
        }
        _ => {}
    }
    for &property in &targets.always {
        if !step::holds(machine, &state, &machine.properties.always[property].cond)? {
            return Ok(Some(Finding { property: Some(property), ..found(Kind::Always) }));
        }
    }
    for &property in &targets.covers {
        if step::holds(machine, &state, &machine.properties.covers[property].cond)? {
            return Ok(Some(Finding { property: Some(property), ..found(Kind::Cover) }));
        }
    }
    if state.end.is_some() || !(targets.deadlocks || targets.leaks) {
        return Ok(None);
    }
    let tables = Tables::new(machine);
    let mut successors = Successors::new(machine, &tables, options.limits, Reductions::NONE);
    successors.load_concrete(&state);
    if successors.count_steps()? > 0 && !successors.stays_still()? {
        return Ok(None);
    }
    Ok(match ending(&tables, &state, |_| false, true) {
        Ending::Deadlock(stuck) if targets.deadlocks => Some(Finding { stuck, ..found(Kind::Deadlock) }),
        Ending::Leak(stuck) if targets.leaks => Some(Finding { stuck, ..found(Kind::Leak) }),
        Ending::Good | Ending::Deadlock(_) | Ending::Leak(_) => None,
    })
}

/// A run that ends where some goroutine never moves again although others do. `None` too where there are more states than
/// `most` from there on.
pub(crate) fn leaking(
    machine: &Machine,
    options: &Options,
    path: &[Step],
    most: usize,
) -> Result<Option<Finding>, InternalError> {
    let Some(mut state) = replay(machine, options, path)? else { return Ok(None) };
    state.collect(machine);
    let first = state.clone();
    let mut moved = FxHashSet::default();
    let mut seen = FxHashSet::default();
    let mut waiting = vec![state];
    while let Some(state) = waiting.pop() {
        for taken in step::enabled(machine, &state)? {
            moved.insert(taken.slot);
            moved.extend(taken.partner.map(|(slot, _)| slot));
            let mut next = step::apply(machine, &state, &taken, &options.limits)?;
            if next.end.is_some() {
                return Ok(None);
            }
            next.collect(machine);
            if seen.len() > most {
                return Ok(None);
            }
            if seen.insert(next.clone()) {
                waiting.push(next);
            }
        }
    }
    let tables = Tables::new(machine);
    Ok(match ending(&tables, &first, |slot| moved.contains(&slot), false) {
        Ending::Leak(stuck) => Some(Finding { path: path.to_vec(), stuck, ..Finding::new(Kind::Leak) }),
        Ending::Good | Ending::Deadlock(_) => None,
    })
}

/// A fair run on which a promise is not kept.
pub(crate) fn broken(
    machine: &Machine,
    options: &Options,
    path: &[Step],
    repeats_from: Option<usize>,
    question: &Question,
) -> Result<Option<Finding>, InternalError> {
    let properties = &machine.properties;
    let (kind, index, promised) = match *question {
        Question::Eventually(index) => {
            (Kind::Eventually, index, Promised { from: None, to: &properties.eventually[index].cond })
        }
        Question::LeadsTo(index) => {
            let response = &properties.leads_to[index];
            (Kind::LeadsTo, index, Promised { from: Some(&response.from), to: &response.to })
        }
        Question::Reach(_) | Question::Endless | Question::Leak => return Ok(None),
    };
    let tables = Tables::new(machine);
    let breaks = confirm::breaks(machine, &tables, &options.limits, path, repeats_from, promised)?;
    Ok(breaks.then(|| Finding {
        path: path.to_vec(),
        property: Some(index),
        repeats_from,
        ..Finding::new(kind)
    }))
}

/// The state that the path leads to; `None` where it is no path.
fn replay(machine: &Machine, options: &Options, path: &[Step]) -> Result<Option<State>, InternalError> {
    let mut state = step::initial(machine);
    for taken in path {
        if !step::enabled(machine, &state)?.contains(taken) {
            return Ok(None);
        }
        step::apply_to(machine, &mut state, taken, &options.limits)?;
    }
    Ok(Some(state))
}
