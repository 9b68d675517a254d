//! Whether a run that somebody else has found is a fair run on which a promise is not kept.
//!
//! In: steps of the Machine from its initial state, and from where on they repeat. Out: yes or no, from the Machine
//! alone: the run replays, the promise stays open, the loop closes, and every action that is enabled in the loop is taken
//! in it, or its goroutine ends there.

use rustc_hash::FxHashSet;

use super::action::Labels;
use super::transitions::{Label, NONE};
use crate::commands::Expr;
use crate::engine::canonical::Canonical;
use crate::engine::layout;
use crate::engine::tables::Tables;
use crate::machine::Machine;
use crate::machine::state::State;
use crate::machine::step::{self, InternalError, Limits, Step};

/// What was promised: from a state in which `from` holds (from the initial one where there is none), `to` comes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Promised<'a> {
    pub(crate) from: Option<&'a Expr>,
    pub(crate) to: &'a Expr,
}

/// Whether it is broken by this run. `false` too where the steps are none of the Machine's.
pub(crate) fn breaks(
    machine: &Machine,
    tables: &Tables,
    limits: &Limits,
    path: &[Step],
    repeats_from: Option<usize>,
    promised: Promised<'_>,
) -> Result<bool, InternalError> {
    let mut states = vec![step::initial(machine)];
    for taken in path {
        let last = &states[states.len() - 1];
        if !step::enabled(machine, last)?.contains(taken) {
            return Ok(false);
        }
        states.push(step::apply(machine, last, taken, limits)?);
    }
    if !stays_open(machine, &states, repeats_from, promised)? {
        return Ok(false);
    }
    let last = &states[path.len()];
    let Some(start) = repeats_from else { return Ok(step::enabled(machine, last)?.is_empty()) };
    if start >= path.len() || bytes(tables, &states[start]) != bytes(tables, last) {
        return Ok(false);
    }
    let mut labels = Labels::default();
    let (mut taken, mut ended, mut enabled) = (FxHashSet::default(), FxHashSet::default(), Vec::new());
    for (at, state) in states.iter().enumerate().take(path.len()).skip(start) {
        for each in step::enabled(machine, state)? {
            let after = step::apply(machine, state, &each, limits)?;
            let number = labels.of(machine, state, &each, &after);
            let Label { taken: actions, ended: slots } = labels.all[number as usize].clone();
            let actions = actions.into_iter().filter(|&action| action != NONE);
            if each == path[at] {
                taken.extend(actions.clone());
                ended.extend(slots);
            }
            enabled.extend(actions);
        }
    }
    Ok(enabled.iter().all(|action| taken.contains(action) || ended.contains(&labels.slots[*action as usize])))
}

/// Whether the promise is made somewhere and not kept from there on.
fn stays_open(
    machine: &Machine,
    states: &[State],
    repeats_from: Option<usize>,
    promised: Promised<'_>,
) -> Result<bool, InternalError> {
    let mut open = promised.from.is_none();
    let mut kept_in_loop = false;
    for (at, state) in states.iter().enumerate() {
        if let Some(from) = promised.from {
            open |= step::holds(machine, state, from)?;
        }
        if step::holds(machine, state, promised.to)? {
            if promised.from.is_none() {
                return Ok(false);
            }
            open = false;
            kept_in_loop |= repeats_from.is_some_and(|start| at >= start);
        }
    }
    Ok(open && !kept_in_loop)
}

fn bytes(tables: &Tables, state: &State) -> Vec<u8> {
    let mut canonical = Canonical::default();
    canonical.fill(tables, state);
    let mut bytes = Vec::new();
    layout::encode(tables, state, &canonical, &mut bytes);
    bytes
}
