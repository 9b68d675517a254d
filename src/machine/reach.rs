//! What can be observed: which objects somebody reaches, and which parts of the
//! environment are still of any concern.
//!
//! In: a state. Out: the state without the clocks that nobody can hear. A timer whose
//! channel nobody holds any more would otherwise stay for ever, and
//! `for { select { case <-time.After(d): … } }` would have infinitely many states.
//! Precise where [`State::collect`] is coarse: of an array only what slices cover
//! counts, because the canonical form of a state keeps no more than that.

use super::state::{Object, Ref, State, holds_ref};
use super::step::scope;
use super::{Cell, Machine, PointKind, Shape};
use crate::commands::{CellType, queue, table};

impl State {
    /// Drops every goroutine of the environment that makes no difference any more. One stays where what it is there for
    /// (its first argument) is reached by others, or where it has something to do and others reach what it does it to;
    /// starting a goroutine always makes a difference.
    pub fn forget(&mut self, machine: &Machine) {
        let is_clock = |state: &Self, slot: usize| {
            state.goroutine(slot).is_some_and(|it| machine.routine(it.routine).environment)
        };
        let slots = 0..self.goroutines.len();
        let mut clocks: Vec<usize> = slots.clone().filter(|&slot| is_clock(self, slot)).collect();
        if clocks.is_empty() || self.end.is_some() {
            return;
        }
        let mut reach = Reach::new(machine, self);
        slots.filter(|slot| !clocks.contains(slot)).for_each(|slot| reach.frame(slot));
        reach.cells(&machine.globals, &self.globals);
        reach.run();
        loop {
            let unheard: Vec<usize> =
                clocks.iter().copied().filter(|&slot| !reach.concerns_somebody(slot)).collect();
            if unheard.len() == clocks.len() {
                break;
            }
            // What a clock that stays reaches is reached.
            clocks.iter().filter(|slot| !unheard.contains(slot)).for_each(|&slot| reach.frame(slot));
            reach.run();
            clocks = unheard;
        }
        for slot in clocks {
            self.goroutines[slot] = None;
        }
        while self.goroutines.len() > 1 && self.goroutines.last().is_some_and(Option::is_none) {
            self.goroutines.pop();
        }
    }
}

/// The objects that have been reached, and of each which cells.
struct Reach<'a> {
    machine: &'a Machine,
    state: &'a State,
    /// Per object: the first cell and the end of what is reached of it.
    reached: Vec<Option<(usize, usize)>>,
    pending: Vec<usize>,
}

impl<'a> Reach<'a> {
    fn new(machine: &'a Machine, state: &'a State) -> Self {
        Self { machine, state, reached: vec![None; state.heap.len()], pending: Vec::new() }
    }

    /// Whether dropping the clock in `slot` could be noticed.
    fn concerns_somebody(&self, slot: usize) -> bool {
        let Some(clock) = self.state.goroutine(slot) else { return false };
        let routine = self.machine.routine(clock.routine);
        let purpose = routine.args.checked_sub(1).and(clock.frame.first()).copied().and_then(Ref::unpack);
        if purpose.is_some_and(|purpose| self.has(purpose.object as usize)) {
            return true;
        }
        let scope = scope(self.machine, self.state, slot);
        let point = self.machine.point(clock.routine, clock.point);
        let can_step = match point.kind {
            PointKind::End | PointKind::GoexitEnd => false,
            PointKind::Plain | PointKind::Operation(_) | PointKind::Choice | PointKind::LoopHead => {
                point.edges.iter().any(|edge| scope.holds(&edge.guard) == Ok(true))
            }
        };
        if !can_step {
            return false;
        }
        routine.spawns() || {
            let mut own = Reach::new(self.machine, self.state);
            own.frame(slot);
            own.run();
            own.reached.iter().enumerate().any(|(object, own)| own.is_some() && self.has(object))
        }
    }

    fn has(&self, object: usize) -> bool {
        self.reached.get(object).is_some_and(Option::is_some)
    }

    fn frame(&mut self, slot: usize) {
        if let Some(goroutine) = self.state.goroutine(slot) {
            self.cells(&self.machine.routine(goroutine.routine).frame, &goroutine.frame);
        }
    }

    fn cells(&mut self, kinds: &[Cell], values: &[i64]) {
        for index in 0..values.len().min(kinds.len()) {
            if holds_ref(self.machine, Some(kinds[index].ty), values, index) {
                let capacity = is_slice(&kinds[index..]).then(|| values[index + 2]);
                self.meet(values[index], capacity);
            }
        }
    }

    /// Follows what has been reached to the end.
    fn run(&mut self) {
        while let Some(number) = self.pending.pop() {
            let (Some(object), Some((start, end))) = (&self.state.heap[number], self.reached[number]) else {
                continue;
            };
            self.object(object, start, end);
        }
    }

    fn object(&mut self, object: &Object, start: usize, end: usize) {
        let pool = self.machine.pool(object.pool);
        let first = match pool.shape {
            Shape::Record | Shape::Array => start,
            Shape::Channel => queue::FIRST as usize,
            Shape::Map { .. } => table::FIRST as usize,
        };
        let stride = pool.cells.len();
        if stride > 0 {
            for element in (first..end).step_by(stride) {
                self.cells(&pool.cells, object.cells.get(element..).unwrap_or_default());
            }
        }
    }

    /// A reference, with the capacity of the slice where it is one's.
    fn meet(&mut self, value: i64, capacity: Option<i64>) {
        let Some(reference) = Ref::unpack(value) else { return };
        let number = reference.object as usize;
        let Some(object) = self.state.heap.get(number).and_then(Option::as_ref) else { return };
        let pool = self.machine.pool(object.pool);
        let len = object.cells.len();
        let (start, end) = match (pool.shape, capacity.and_then(|capacity| usize::try_from(capacity).ok())) {
            (Shape::Array, Some(capacity)) => covered(reference.cell as usize, capacity, pool.stride(), len),
            (Shape::Record | Shape::Array | Shape::Channel | Shape::Map { .. }, _) => (0, len),
        };
        let before = self.reached[number];
        let now = before.map_or((start, end), |(from, to)| (from.min(start), to.max(end)));
        if before != Some(now) {
            self.reached[number] = Some(now);
            self.pending.push(number);
        }
    }
}

/// The cells that a slice of `capacity` elements from `cell` on covers, in whole elements of an array of `len` cells.
/// An empty slice covers nothing, but stays where it is.
pub fn covered(cell: usize, capacity: usize, stride: usize, len: usize) -> (usize, usize) {
    let down = cell.min(len) / stride * stride;
    let end = capacity.saturating_mul(stride).saturating_add(cell).min(len);
    (down, end.next_multiple_of(stride).min(len).max(down))
}

/// Whether a slice begins here. Its cells are called `x.ptr`, `x.len`, `x.cap`. Should a struct of the model look the same,
/// nothing is lost: its pointer names one element, and what a slice covers is never less than that.
pub fn is_slice(cells: &[Cell]) -> bool {
    let [ptr, len, cap, ..] = cells else { return false };
    let int = |cell: &Cell| matches!(cell.ty, CellType::Int { .. });
    let stem = ptr.name.strip_suffix("ptr");
    stem.is_some()
        && int(len)
        && int(cap)
        && stem == len.name.strip_suffix("len")
        && stem == cap.name.strip_suffix("cap")
}
