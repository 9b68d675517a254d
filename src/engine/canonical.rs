//! The canonical form of a state: which object gets which number.
//!
//! Two states that differ only in how objects are numbered, in garbage, or in array
//! cells that no slice covers are the same state. Objects are numbered in the order
//! in which a walk first meets them: goroutines by slot, then package variables, then
//! through the objects themselves. Goroutines keep their slots here.
//!
//! The entries of maps whose keys hold references have no order but that of their objects' numbers, and these depend on
//! it: they are put in the order of their colours ([`super::refine`]). What these do not tell apart stays in the order in
//! which the state has it: two states that differ in nothing but that order may be kept as two. That costs states, never
//! a verdict.

use super::refine::Refiner;
use super::tables::{Code, Tables};
use crate::commands::table;
use crate::machine::Shape;
use crate::machine::reach::covered;
use crate::machine::state::{End, Object, Ref, State};

/// The renaming that makes a state canonical. Kept and refilled, to keep its memory.
#[derive(Default, Debug)]
pub(crate) struct Canonical {
    /// Old number to new, [`NONE`] for garbage.
    number: Vec<u32>,
    /// New number to old.
    order: Vec<u32>,
    /// Per new number: which cells are kept. Whole objects except for arrays.
    kept: Vec<Kept>,
    /// How many objects the walk has come by.
    visited: usize,
    /// Arrays of which more is covered than was known when the walk came by, by old number.
    grown: Vec<u32>,
    /// Per old number the cells to keep, once they are known; empty before.
    ranges: Vec<Kept>,
    /// Maps with references in their keys: old number, and the order of their entries.
    sorted: Vec<(u32, Vec<u32>)>,
    refiner: Refiner,
}

/// A range of cells.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kept {
    pub(crate) start: usize,
    pub(crate) end: usize,
}

const NONE: u32 = u32::MAX;

impl Canonical {
    /// Finds the renaming for `state`.
    pub(crate) fn fill(&mut self, tables: &Tables, state: &State) {
        self.sorted.clear();
        self.walk(tables, state);
        let unordered = |object: &Object| {
            let pool = tables.pool(object.pool);
            pool.key_refs && object.cells.len() > first_element(pool.shape) + pool.stride
        };
        if self.objects(state).any(|(object, _)| unordered(object)) {
            let mut refiner = std::mem::take(&mut self.refiner);
            refiner.begin(tables, state, self, true);
            refiner.refine();
            let orders = refiner.entries(self, state, tables);
            self.refiner = refiner;
            // By the object's number in the state, which stays.
            self.sorted = orders.into_iter().map(|(map, order)| (self.order[map as usize], order)).collect();
            self.walk(tables, state);
        }
    }

    /// Numbers the objects, in the order in which they are met. What only cells refer to that no slice covers is garbage.
    fn walk(&mut self, tables: &Tables, state: &State) {
        self.ranges.clear();
        self.pass(tables, state);
        if self.grown.is_empty() {
            return;
        }
        // Some array was looked at before all that covers it was known: look again, until nothing is covered besides, and
        // number all anew.
        while let Some(old) = self.grown.pop() {
            self.visit(tables, state, old);
            self.go_on(tables, state);
        }
        self.ranges.resize(state.heap.len(), Kept { start: 0, end: 0 });
        for (&old, &kept) in self.order.iter().zip(&self.kept) {
            self.ranges[old as usize] = kept;
        }
        self.pass(tables, state);
    }

    fn pass(&mut self, tables: &Tables, state: &State) {
        self.visited = 0;
        self.grown.clear();
        self.number.clear();
        self.order.clear();
        self.kept.clear();
        if state.heap.is_empty() {
            return;
        }
        self.number.resize(state.heap.len(), NONE);
        for goroutine in state.goroutines.iter().flatten() {
            let frame = &goroutine.frame;
            for cell in &tables.point(goroutine.routine, goroutine.point).refs {
                self.cell(tables, state, cell.code, frame, cell.index);
            }
        }
        for cell in &tables.global_refs {
            self.cell(tables, state, cell.code, &state.globals, cell.index);
        }
        if let Some(End::Panic { tag, payload, .. }) = state.end
            && tables.is_ref(Code::Payload, tag)
        {
            self.meet(tables, state, payload, None);
        }
        self.go_on(tables, state);
    }

    /// Visits the objects that have been met and not visited.
    fn go_on(&mut self, tables: &Tables, state: &State) {
        while let Some(&old) = self.order.get(self.visited) {
            self.visited += 1;
            self.visit(tables, state, old);
        }
    }

    fn visit(&mut self, tables: &Tables, state: &State, old: u32) {
        if let Some(object) = &state.heap[old as usize] {
            self.object(tables, state, old, object);
        }
    }

    /// The objects in their new order, with the cells to keep.
    pub(crate) fn objects<'a>(&'a self, state: &'a State) -> impl Iterator<Item = (&'a Object, Kept)> + 'a {
        self.order
            .iter()
            .zip(&self.kept)
            .filter_map(|(&old, &kept)| Some((state.heap[old as usize].as_ref()?, kept)))
    }

    /// The order of the entries of a map, by its new number, where it is not that of the state.
    pub(crate) fn entries(&self, number: u32) -> Option<&[u32]> {
        let old = *self.order.get(number as usize)?;
        let found = self.sorted.iter().find(|(map, _)| *map == old);
        found.map(|(_, order)| order.as_slice())
    }

    /// The new number and cell of an object's cell; `None` for what is no object's.
    pub(crate) fn rename(&self, reference: Ref) -> Option<(u32, usize)> {
        let number = self.number.get(reference.object as usize).copied().filter(|&number| number != NONE)?;
        Some((number, (reference.cell as usize).saturating_sub(self.kept[number as usize].start)))
    }

    fn object(&mut self, tables: &Tables, state: &State, old: u32, object: &Object) {
        let pool = tables.pool(object.pool);
        if !pool.has_refs {
            return;
        }
        let first = first_element(pool.shape);
        if let Shape::Map { .. } = pool.shape {
            self.cell(tables, state, Code::Ref, &object.cells, table::OVER as usize);
        }
        let order = self.sorted.iter().position(|(map, _)| *map == old);
        let Kept { start, end } = self.kept[self.number[old as usize] as usize];
        for (place, element) in (first.max(start)..end).step_by(pool.stride.max(1)).enumerate() {
            let element = order.map_or(element, |at| first + self.sorted[at].1[place] as usize * pool.stride);
            for (offset, &code) in pool.codes.iter().enumerate() {
                if code != Code::Scalar {
                    self.cell(tables, state, code, &object.cells, element + offset);
                }
            }
        }
    }

    fn cell(&mut self, tables: &Tables, state: &State, code: Code, values: &[i64], index: usize) {
        let before = if index == 0 { 0 } else { values[index - 1] };
        if tables.is_ref(code, before) {
            let capacity = if code == Code::Slice { values.get(index + 2).copied() } else { None };
            self.meet(tables, state, values[index], capacity);
        }
    }

    /// A reference: its object is reachable, and as much of an array as the slice covers.
    fn meet(&mut self, tables: &Tables, state: &State, value: i64, capacity: Option<i64>) {
        let Some(reference) = Ref::unpack(value) else { return };
        let old = reference.object as usize;
        let Some(object) = state.heap.get(old).and_then(Option::as_ref) else { return };
        let len = object.cells.len();
        let pool = tables.pool(object.pool);
        let covered = match (pool.shape, capacity.and_then(|capacity| usize::try_from(capacity).ok())) {
            (Shape::Array, Some(capacity)) => {
                let (start, end) = covered(reference.cell as usize, capacity, pool.stride, len);
                Kept { start, end }
            }
            (Shape::Record | Shape::Array | Shape::Channel | Shape::Map { .. }, _) => {
                Kept { start: 0, end: len }
            }
        };
        let number = self.number[old];
        if number == NONE {
            self.number[old] = u32::try_from(self.order.len()).unwrap_or(NONE);
            self.order.push(reference.object);
            self.kept.push(self.ranges.get(old).copied().unwrap_or(covered));
        } else {
            let kept = &mut self.kept[number as usize];
            let more = covered.start < kept.start || covered.end > kept.end;
            kept.start = kept.start.min(covered.start);
            kept.end = kept.end.max(covered.end);
            if more && (number as usize) < self.visited {
                self.grown.push(reference.object);
            }
        }
    }
}

/// Where the elements of an object begin.
pub(crate) fn first_element(shape: Shape) -> usize {
    match shape {
        Shape::Record | Shape::Array => 0,
        Shape::Channel => crate::commands::queue::FIRST as usize,
        Shape::Map { .. } => table::FIRST as usize,
    }
}
