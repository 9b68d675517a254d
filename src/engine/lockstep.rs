//! Every state and every step, counted: what another engine must count too.
//!
//! In: a Machine. Out: how many states and transitions it has, exactly as [`step`] makes them: every statement a step,
//! nothing reduced, renamed or collected, a finding stops nothing. Also how much room the states take, for those who
//! have to say so beforehand. Absent: findings; [`super::check`] is for those.

use std::collections::VecDeque;
use std::rc::Rc;

use rustc_hash::FxHashSet;

use super::{Options, Progress, StopReason, Watch};
use crate::machine::state::{End, State, holds_ref};
use crate::machine::step::{self, InternalError, Limits, OBJECTS_FLAG};
use crate::machine::validate::validate;
use crate::machine::{Cell, Machine};

/// What there is to count.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Lockstep {
    pub states: u64,
    pub transitions: u64,
    /// Steps from the initial state to the farthest.
    pub depth: u32,
    pub sizes: Sizes,
    pub stopped: Option<StopReason>,
    /// Bounds that a run has hit, by flag or name, sorted.
    pub bounds: Vec<&'static str>,
}

/// How much room the states take.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Sizes {
    /// Slots of goroutines.
    pub slots: usize,
    pub objects: usize,
    /// Cells of the largest object.
    pub cells: usize,
    /// The least and the greatest value that was chosen.
    pub choices: (i64, i64),
    /// The least and the greatest number in a cell.
    pub numbers: (i64, i64),
}

/// States between two looks at the clock.
const PATIENCE: u64 = 1024;

/// Counts the states and transitions of `machine`. Its exploration ends early where [`Lockstep::stopped`] says so; runs are
/// not followed beyond the bounds it names.
pub fn count(machine: &Machine, options: &Options, watch: &mut dyn Watch) -> Result<Lockstep, InternalError> {
    validate(machine)?;
    let mut found = Lockstep::default();
    // Whoever makes an object too many would collect.
    let limits = Limits { objects: u32::MAX, ..options.limits };
    let mut seen: FxHashSet<Rc<State>> = FxHashSet::default();
    let mut queue = VecDeque::new();
    let mut bytes = 0;
    let initial = Rc::new(step::initial(machine));
    found.sizes.add(machine, &initial);
    seen.insert(Rc::clone(&initial));
    queue.push_back((initial, 0));
    let mut steps = Vec::new();
    while let Some((state, depth)) = queue.pop_front() {
        found.depth = found.depth.max(depth);
        found.states = seen.len() as u64;
        if found.states % PATIENCE == 0 {
            let waiting = queue.len() as u64;
            let Lockstep { states, transitions, .. } = found;
            watch.progress(&Progress { states, transitions, depth, waiting, memory: bytes });
            found.stopped = watch.stop();
        }
        if options.max_states.is_some_and(|most| found.states > most) {
            found.stopped = Some(StopReason::States);
        } else if options.max_memory.is_some_and(|most| bytes > most) {
            found.stopped = Some(StopReason::Memory);
        }
        if found.stopped.is_some() {
            break;
        }
        step::enabled_into(machine, &state, &mut steps)?;
        for taken in &steps {
            let next = step::apply(machine, &state, taken, &limits)?;
            if too_many_objects(machine, &next, &options.limits) {
                found.bounds.push(OBJECTS_FLAG);
                continue;
            }
            if let Some(value) = taken.choice {
                let (least, greatest) = found.sizes.choices;
                found.sizes.choices = (least.min(value), greatest.max(value));
            }
            if let Some(End::Bound(name)) = next.end {
                found.bounds.push(name);
            }
            found.transitions += 1;
            if !seen.contains(&next) {
                let next = Rc::new(next);
                found.sizes.add(machine, &next);
                bytes += footprint(&next);
                seen.insert(Rc::clone(&next));
                queue.push_back((next, depth + 1));
            }
        }
        found.bounds.sort_unstable();
        found.bounds.dedup();
    }
    found.states = seen.len() as u64;
    Ok(found)
}

fn too_many_objects(machine: &Machine, state: &State, limits: &Limits) -> bool {
    if state.heap.len() <= limits.objects as usize {
        return false;
    }
    let mut counts = vec![0u32; machine.pools.len()];
    for object in state.heap.iter().flatten() {
        counts[object.pool.0 as usize] += 1;
    }
    counts.into_iter().any(|count| count > limits.objects)
}

/// Bytes of memory that a state takes, about.
fn footprint(state: &State) -> u64 {
    let cells = state.globals.len()
        + state.goroutines.iter().flatten().map(|it| it.frame.len() + 8).sum::<usize>()
        + state.heap.iter().flatten().map(|it| it.cells.len() + 8).sum::<usize>();
    (cells * size_of::<i64>() + 2 * size_of::<State>()) as u64
}

impl Lockstep {
    /// What kept it from being everything, by flag or name.
    pub fn limits(&self) -> impl Iterator<Item = &'static str> + '_ {
        let stopped = self.stopped.map(|reason| reason.flag().unwrap_or("Ctrl-C"));
        stopped.into_iter().chain(self.bounds.iter().copied())
    }
}

impl Sizes {
    fn add(&mut self, machine: &Machine, state: &State) {
        self.slots = self.slots.max(state.goroutines.len());
        self.objects = self.objects.max(state.heap.len());
        self.values(machine, &state.globals, |cell| machine.globals.get(cell));
        for goroutine in state.goroutines.iter().flatten() {
            let frame = &machine.routine(goroutine.routine).frame;
            self.values(machine, &goroutine.frame, |cell| frame.get(cell));
        }
        for object in state.heap.iter().flatten() {
            self.cells = self.cells.max(object.cells.len());
            let pool = machine.pool(object.pool);
            for (cell, &value) in object.cells.iter().enumerate() {
                if !holds_ref(machine, pool.cell_type(cell), &object.cells, cell) {
                    self.number(value);
                }
            }
        }
    }

    fn values<'m>(&mut self, machine: &Machine, values: &[i64], cell: impl Fn(usize) -> Option<&'m Cell>) {
        for (index, &value) in values.iter().enumerate() {
            if !holds_ref(machine, cell(index).map(|cell| cell.ty), values, index) {
                self.number(value);
            }
        }
    }

    fn number(&mut self, value: i64) {
        self.numbers = (self.numbers.0.min(value), self.numbers.1.max(value));
    }
}
