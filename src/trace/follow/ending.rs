//! The shortest way from a state to an end in which nobody is stuck.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use rustc_hash::FxHashSet;

use crate::machine::footprint::Footprint;
use crate::machine::state::{End, State};
use crate::machine::step::{InternalError, Limits, Step, apply, enabled, run_plain};
use crate::machine::{Machine, PointKind};

/// More states than this are not looked at; then the way is that of everybody in turn.
const MOST_STATES: usize = 20_000;
/// A way that does not end is cut off after this many steps.
const MOST_STEPS: usize = 400;

/// A state on the way, and how it was come by.
struct Node {
    before: Option<usize>,
    steps: Vec<Step>,
}

/// The steps to a good end and true, or some steps and false.
pub(super) fn shortest(
    machine: &Machine,
    from: &State,
    limits: &Limits,
) -> Result<(Vec<Step>, bool), InternalError> {
    let mut nodes = vec![Node { before: None, steps: Vec::new() }];
    let mut seen = FxHashSet::from_iter([from.clone()]);
    let mut states = vec![Some(from.clone())];
    let mut open = BinaryHeap::from([Reverse((0, 0))]);
    while let Some(Reverse((length, at))) = open.pop() {
        let Some(state) = states[at].take() else { continue };
        let steps = enabled(machine, &state)?;
        if steps.is_empty() {
            if is_good(machine, &state) {
                return Ok((path(&nodes, at), true));
            }
            continue;
        }
        if nodes.len() > MOST_STATES {
            break;
        }
        for step in steps {
            let (next, taken) = block(machine, &state, step, limits)?;
            let way = length + taken.len();
            if seen.insert(next.clone()) {
                nodes.push(Node { before: Some(at), steps: taken });
                states.push(Some(next));
                open.push(Reverse((way, nodes.len() - 1)));
            }
        }
    }
    in_turns(machine, from, limits)
}

/// A step and the plain statements after it: in a program without races nobody can tell the difference.
fn block(
    machine: &Machine,
    state: &State,
    step: Step,
    limits: &Limits,
) -> Result<(State, Vec<Step>), InternalError> {
    let mut next = apply(machine, state, &step, limits)?;
    let mut taken = vec![step];
    let log = Footprint::default();
    for slot in std::iter::once(step.slot).chain(step.partner.map(|(slot, _)| slot)) {
        while taken.len() < MOST_STEPS && next.end.is_none() && stands_at_plain(machine, &next, slot) {
            let Some(step) = run_plain(machine, &mut next, slot, limits, &log)? else { break };
            taken.push(step);
        }
    }
    Ok((next, taken))
}

/// The head of a loop is a stop: there a loop without end is left.
fn stands_at_plain(machine: &Machine, state: &State, slot: usize) -> bool {
    state
        .goroutine(slot)
        .is_some_and(|live| matches!(machine.point(live.routine, live.point).kind, PointKind::Plain))
}

/// Nobody waits but where waiting for ever is fine, and nothing has failed.
fn is_good(machine: &Machine, state: &State) -> bool {
    match state.end {
        Some(End::Exit) => return true,
        Some(End::Panic { .. } | End::Fatal { .. } | End::Assert { .. } | End::Bound(_)) => return false,
        None => {}
    }
    state.live_slots().filter_map(|slot| state.goroutine(slot)).all(|live| {
        machine.point(live.routine, live.point).kind.is_idle() || machine.routine(live.routine).environment
    })
}

fn path(nodes: &[Node], end: usize) -> Vec<Step> {
    let mut blocks = Vec::new();
    let mut at = Some(end);
    while let Some(index) = at {
        blocks.push(&nodes[index].steps);
        at = nodes[index].before;
    }
    blocks.into_iter().rev().flatten().copied().collect()
}

/// Everybody in turn: who has waited longest for it goes on to its next stop. Until nobody can, or it begins to repeat itself.
fn in_turns(machine: &Machine, from: &State, limits: &Limits) -> Result<(Vec<Step>, bool), InternalError> {
    let mut state = from.clone();
    let mut path: Vec<Step> = Vec::new();
    let mut seen = FxHashSet::default();
    let mut turns: Vec<usize> = Vec::new();
    while path.len() < MOST_STEPS && seen.insert(state.clone()) {
        turns.resize(turns.len().max(state.goroutines.len()), 0);
        // Clocks wait until nobody else can go on.
        let clock = |slot: usize| {
            let live = state.goroutine(slot);
            live.is_some_and(|live| machine.routine(live.routine).environment)
        };
        let steps = enabled(machine, &state)?;
        let next = steps.into_iter().min_by_key(|step| (clock(step.slot), turns[step.slot]));
        let Some(step) = next else { return Ok((path, is_good(machine, &state))) };
        for slot in std::iter::once(step.slot).chain(step.partner.map(|(slot, _)| slot)) {
            turns[slot] = path.len() + 1;
        }
        let (after, taken) = block(machine, &state, step, limits)?;
        state = after;
        path.extend(taken);
    }
    Ok((path, false))
}
