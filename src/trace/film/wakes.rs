//! Who ended whose wait: the step after which an operation that had been waiting could go on.

use super::takes_part;
use crate::machine::step::Step as Elementary;
use crate::machine::{Machine, PointKind};
use crate::trace::{GoroutineId, Trace};

/// One goroutine let another go on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Wake {
    pub by: GoroutineId,
    /// The step that did it.
    pub step: usize,
    pub woken: GoroutineId,
    /// The step at which the one that waited went on.
    pub goes_on: usize,
}

/// All wakes of a run in which `open[k]` are the steps that state `k` has.
pub(super) fn of(machine: &Machine, trace: &Trace, open: &[Vec<Elementary>]) -> Vec<Wake> {
    let mut list = Vec::new();
    for (index, part) in trace.parts() {
        let point = machine.point(part.routine, part.point);
        if !matches!(point.kind, PointKind::Operation(_)) || trace.goroutine(part.goroutine).environment {
            continue;
        }
        let can_go = |at: usize| {
            let slot = trace.slot_at(at, part.goroutine)?;
            let live = trace.states.get(at)?.goroutine(slot)?;
            // Before it came here it did not wait here.
            (live.point == part.point).then(|| open[at].iter().any(|step| takes_part(step, slot)))
        };
        let last_wait = (0..index).rev().map(|at| (at, can_go(at))).take_while(|(_, can)| can.is_some());
        let Some((at, _)) = last_wait.into_iter().find(|(_, can)| *can == Some(false)) else { continue };
        // In a meeting of two the arrow of the value says it.
        let step = &trace.steps[at];
        let by = step.actor.goroutine;
        let meets = trace.steps[index].partner.is_some();
        if by != part.goroutine && !meets && !trace.goroutine(by).environment {
            list.push(Wake { by, step: at, woken: part.goroutine, goes_on: index });
        }
    }
    list
}
