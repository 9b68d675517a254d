//! A run as a row of pictures: where everybody stands before and after each step, and what the variables hold.
//!
//! In: a [`Trace`]. Out: a [`Story`], which needs no Machine to be read: for players and for formats that want states.

use super::datum::{Fields, Reader};
use super::status::stands;
use super::{GoroutineId, Site, Status, Trace, site};
use crate::machine::Machine;
use crate::machine::state::State;
use crate::machine::step::enabled;
use crate::source::Source;

/// All pictures of a run: `moments[k]` is the one after `k` steps.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Story {
    pub moments: Vec<Moment>,
}

/// The state between two steps.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Moment {
    /// The goroutines that have been started and have not ended, by id; clocks are not among them.
    pub stands: Vec<Stand>,
    /// Package variables, primitives field by field: `mu.locked`.
    pub variables: Fields,
    /// Objects by name, in the order in which the run has made them.
    pub objects: Fields,
}

/// Where a goroutine stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stand {
    pub goroutine: GoroutineId,
    /// Runs, waits, idles; at the end of a run also: has failed.
    pub status: Status,
    /// The statement that it is about to run or waits in.
    pub at: Site,
    /// Its variables that are still of use.
    pub locals: Fields,
}

impl Story {
    /// The pictures of `trace`.
    pub fn of(machine: &Machine, source: &Source, trace: &Trace) -> Self {
        let moments = (0..trace.states.len()).map(|at| moment(machine, source, trace, at));
        Self { moments: moments.collect() }
    }
}

impl Moment {
    /// Where `goroutine` stands, if it is alive.
    pub fn stand(&self, goroutine: GoroutineId) -> Option<&Stand> {
        self.stands.iter().find(|stand| stand.goroutine == goroutine)
    }
}

fn moment(machine: &Machine, source: &Source, trace: &Trace, at: usize) -> Moment {
    let state = &trace.states[at];
    let reader = Reader::new(machine, trace, at);
    let open = State { end: None, ..state.clone() };
    let steps = enabled(machine, &open).unwrap_or_default();
    let mut list: Vec<Stand> = Vec::new();
    for slot in state.live_slots() {
        let (Some(id), Some(live)) = (trace.seats[at].get(slot).copied().flatten(), state.goroutine(slot))
        else {
            continue;
        };
        let routine = machine.routine(live.routine);
        if routine.environment {
            continue;
        }
        let point = machine.point(live.routine, live.point);
        let failed = at + 1 == trace.states.len() && trace.goroutine(id).status == Status::Failed;
        let status = if failed { Status::Failed } else { stands(machine, state, &steps, slot) };
        let alive = |index: usize| point.live.iter().any(|local| local.0 as usize == index);
        let kinds: Vec<_> = routine
            .frame
            .iter()
            .enumerate()
            .map(|(index, cell)| {
                let mut cell = cell.clone();
                cell.hidden |= !alive(index);
                cell
            })
            .collect();
        list.push(Stand {
            goroutine: id,
            status,
            at: site(machine, source, live.routine, live.point, point.span),
            locals: reader.fields(&kinds, &live.frame),
        });
    }
    list.sort_by_key(|stand| stand.goroutine);
    Moment { stands: list, variables: reader.variables(), objects: reader.objects() }
}
