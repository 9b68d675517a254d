//! What variables and objects hold after each step of a run, with their structure.
//!
//! In: a [`Trace`]. Out: [`Values`] per state, which need no Machine to be read: for formats that want states. Absent:
//! where everybody stands, which [`super::film`] tells.

use super::datum::{Fields, Reader};
use super::{GoroutineId, Trace};
use crate::machine::Machine;

/// The values of one state.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Values {
    /// By goroutine, of those that live, but for clocks: its variables that are still of use.
    pub locals: Vec<(GoroutineId, Fields)>,
    /// Package variables, primitives field by field: `mu.locked`.
    pub variables: Fields,
    /// Objects by name, in the order in which the run has made them.
    pub objects: Fields,
}

/// The values of each state of `trace`: those at `k` are the ones after `k` steps.
pub fn of(machine: &Machine, trace: &Trace) -> Vec<Values> {
    (0..trace.states.len()).map(|at| Values::after(machine, trace, at)).collect()
}

impl Values {
    /// The variables of `goroutine`, where it lives.
    pub fn locals(&self, goroutine: GoroutineId) -> Option<&Fields> {
        self.locals.iter().find(|(id, _)| *id == goroutine).map(|(_, fields)| fields)
    }

    fn after(machine: &Machine, trace: &Trace, at: usize) -> Self {
        let state = &trace.states[at];
        let reader = Reader::new(machine, trace, at);
        let locals = state.live_slots().filter_map(|slot| {
            let (id, live) = (trace.seats[at].get(slot).copied().flatten()?, state.goroutine(slot)?);
            let routine = machine.routine(live.routine);
            if routine.environment {
                return None;
            }
            let point = machine.point(live.routine, live.point);
            let alive = |index: usize| point.live.iter().any(|local| local.0 as usize == index);
            let mut kinds = routine.frame.clone();
            for (index, kind) in kinds.iter_mut().enumerate() {
                kind.hidden |= !alive(index);
            }
            Some((id, reader.fields(&kinds, &live.frame)))
        });
        Self { locals: locals.collect(), variables: reader.variables(), objects: reader.objects() }
    }
}
