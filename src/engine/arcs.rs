//! Arcs that were not kept, found again.
//!
//! In: explored states, of which a search of many states has kept no arcs because nothing seemed to need them. Out: their
//! arcs, by taking the steps once more: all targets are known.

use super::explored::Explored;
use super::graph::Arc;
use super::successors::Successors;
use super::{Options, StopReason, Watch};
use crate::machine::step::InternalError;

/// States between two looks at memory and at the clock.
const INTERVAL: u32 = 1024;

/// The arcs of `source`.
pub(crate) fn of(
    explored: &Explored,
    successors: &mut Successors<'_>,
    source: u32,
) -> Result<Vec<Arc>, InternalError> {
    if (source as usize) < explored.graph.kept() {
        return Ok(explored.graph.arcs(source).collect());
    }
    successors.load(&explored.store.row(source));
    let mut arcs = Vec::new();
    for index in 0..successors.count_steps()? {
        let step = successors.step(index);
        let row = successors.take(index)?;
        let Some(target) = explored.store.find(row) else { continue };
        let Some(moved) = explored.graph.permutations.known(successors.moved()) else { continue };
        arcs.push(Arc { target, slot: step.slot(), partner: step.partner(), moved });
    }
    Ok(arcs)
}

/// Finds all arcs of the states that have been expanded. Why it stopped, where there are too many to keep or it takes too
/// long: then those of the first states are kept.
pub(crate) fn complete(
    explored: &mut Explored,
    successors: &mut Successors<'_>,
    options: &Options,
    watch: &mut dyn Watch,
) -> Result<Option<StopReason>, InternalError> {
    // What the search was stopped by does not stop what is to be said about what it has found.
    let may_stop = explored.stats.stopped.is_none();
    explored.graph.keep_again();
    for source in 0..explored.graph.expanded() as u32 {
        if source.is_multiple_of(INTERVAL) {
            if options.max_memory.is_some_and(|most| explored.memory() + successors.memory() > most) {
                return Ok(Some(StopReason::Memory));
            }
            if let Some(stop) = watch.stop().filter(|_| may_stop) {
                return Ok(Some(stop));
            }
        }
        let arcs = of(explored, successors, source)?;
        if !explored.graph.refill(&arcs) {
            return Ok(Some(StopReason::Memory));
        }
    }
    Ok(None)
}
