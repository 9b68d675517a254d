//! From a state's number to the steps that lead there.
//!
//! In: numbers of canonical states. Out: concrete steps from the initial state, as
//! [`crate::machine::step::apply`] takes them, without any renaming. Each concrete
//! state is compared with the canonical one that it must be: a path is a proof.

use super::search::Explored;
use super::successors::Successors;
use crate::machine::Machine;
use crate::machine::step::{self, InternalError, Step};

/// The states on the way to `target`, both ends included.
pub(crate) fn states(explored: &Explored, target: u32) -> Vec<u32> {
    let mut path = vec![target];
    let mut state = target;
    while state != 0 {
        state = explored.parents[state as usize];
        path.push(state);
    }
    path.reverse();
    path
}

/// The steps along `path`, which begins at the initial state.
pub(crate) fn steps(
    machine: &Machine,
    explored: &Explored,
    successors: &mut Successors<'_>,
    path: &[u32],
) -> Result<Vec<Step>, InternalError> {
    let mut concrete = step::initial(machine);
    let mut steps = Vec::with_capacity(path.len().saturating_sub(1));
    for pair in path.windows(2) {
        let (from, to) = (explored.store.get(pair[0]), explored.store.get(pair[1]));
        successors.load(from);
        let step = successors.find(to)?.ok_or_else(|| broken("an edge of the graph is no step"))?;
        if successors.replay(&mut concrete, &step)? != to {
            return Err(broken("a path does not replay"));
        }
        steps.push(step);
    }
    Ok(steps)
}

fn broken(what: &str) -> InternalError {
    InternalError { at: None, what: what.to_string() }
}
