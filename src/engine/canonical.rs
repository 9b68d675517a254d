//! The canonical form of a state: which object gets which number.
//!
//! Two states that differ only in how objects are numbered, in garbage, or in array
//! cells that no slice covers are the same state. Objects are numbered in the order
//! in which a walk first meets them: goroutines by slot, then package variables, then
//! through the objects themselves. Goroutines keep their slots here.
//!
//! Maps whose keys hold references come last, when most references have their numbers: their entries are put in the
//! order of these. Entries that differ only in objects that nothing else has reached are told apart by what is in these
//! objects, one level deep. What that does not tell apart stays in the order in which the state has it: two states that
//! differ in nothing but that order are then kept as two. That costs states, never a verdict.

use std::collections::VecDeque;

use super::tables::{Code, PoolTable, Tables};
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
    /// Maps with references in their keys: new number, and the order of their entries.
    sorted: Vec<(u32, Vec<u32>)>,
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
        self.number.clear();
        self.order.clear();
        self.kept.clear();
        self.sorted.clear();
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
        let mut next = 0;
        let mut later = VecDeque::new();
        loop {
            while let Some(&old) = self.order.get(next) {
                if let Some(object) = &state.heap[old as usize] {
                    if tables.pool(object.pool).key_refs {
                        later.push_back(next);
                    } else {
                        self.object(tables, state, object);
                    }
                }
                next += 1;
            }
            let Some(number) = later.pop_front() else { break };
            self.map(tables, state, number);
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
        let found = self.sorted.iter().find(|(map, _)| *map == number);
        found.map(|(_, order)| order.as_slice())
    }

    /// The new number and cell of an object's cell; `None` for what is no object's.
    pub(crate) fn rename(&self, reference: Ref) -> Option<(u32, usize)> {
        let number = self.number.get(reference.object as usize).copied().filter(|&number| number != NONE)?;
        Some((number, (reference.cell as usize).saturating_sub(self.kept[number as usize].start)))
    }

    fn object(&mut self, tables: &Tables, state: &State, object: &Object) {
        let pool = tables.pool(object.pool);
        if !pool.has_refs {
            return;
        }
        let first = first_element(pool.shape);
        if let Shape::Map { .. } = pool.shape {
            self.cell(tables, state, Code::Ref, &object.cells, table::OVER as usize);
        }
        for element in (first..object.cells.len()).step_by(pool.stride.max(1)) {
            for (offset, &code) in pool.codes.iter().enumerate() {
                if code != Code::Scalar {
                    self.cell(tables, state, code, &object.cells, element + offset);
                }
            }
        }
    }

    /// A map with references in its keys: what they refer to is numbered in the order of its entries.
    fn map(&mut self, tables: &Tables, state: &State, number: usize) {
        let Some(Some(object)) = self.order.get(number).map(|&old| &state.heap[old as usize]) else { return };
        let pool = tables.pool(object.pool);
        self.cell(tables, state, Code::Ref, &object.cells, table::OVER as usize);
        let first = first_element(pool.shape);
        let entries: Vec<&[i64]> = object.cells[first..].chunks_exact(pool.stride).collect();
        let mut order: Vec<(Vec<i64>, u32)> = entries
            .iter()
            .zip(0..)
            .map(|(entry, index)| (self.token(tables, state, pool, entry), index))
            .collect();
        order.sort();
        for &(_, index) in &order {
            let start = first + index as usize * pool.stride;
            for (offset, &code) in pool.codes.iter().enumerate() {
                self.cell(tables, state, code, &object.cells, start + offset);
            }
        }
        let order = order.into_iter().map(|(_, index)| index).collect();
        self.sorted.push((u32::try_from(number).unwrap_or(NONE), order));
    }

    /// What an entry is, as far as that does not depend on how objects are numbered in the state.
    fn token(&self, tables: &Tables, state: &State, pool: &PoolTable, cells: &[i64]) -> Vec<i64> {
        let mut token = Vec::new();
        let mut unknown: Vec<u32> = Vec::new();
        self.shallow(tables, pool, cells, &mut token, &mut |object| {
            let known = unknown.iter().position(|&other| other == object);
            let place = known.unwrap_or(unknown.len());
            if known.is_none() {
                unknown.push(object);
            }
            i64::try_from(place).unwrap_or(i64::MAX)
        });
        for object in unknown.into_iter().filter_map(|object| state.heap.get(object as usize)?.as_ref()) {
            token.push(i64::from(object.pool.0));
            token.push(i64::try_from(object.cells.len()).unwrap_or(i64::MAX));
            let pool = tables.pool(object.pool);
            let first = first_element(pool.shape).min(object.cells.len());
            token.extend(&object.cells[..first]);
            for element in object.cells[first..].chunks(pool.stride.max(1)) {
                self.shallow(tables, pool, element, &mut token, &mut |_| 0);
            }
        }
        token
    }

    /// Cells with references by their new numbers; those without one go to `unknown`, which numbers them for this token.
    fn shallow(
        &self,
        tables: &Tables,
        pool: &PoolTable,
        cells: &[i64],
        token: &mut Vec<i64>,
        unknown: &mut dyn FnMut(u32) -> i64,
    ) {
        for (index, (&code, &value)) in pool.codes.iter().zip(cells).enumerate() {
            let before = if index == 0 { 0 } else { cells[index - 1] };
            if !tables.is_ref(code, before) {
                token.extend([0, value]);
            } else if let Some(reference) = Ref::unpack(value).filter(|it| it.object != Ref::GLOBALS) {
                match self.rename(reference) {
                    Some((number, cell)) => {
                        token.extend([1, i64::from(number), i64::try_from(cell).unwrap_or(i64::MAX)]);
                    }
                    None => token.extend([2, unknown(reference.object)]),
                }
            } else {
                token.extend([0, value]);
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
            self.kept.push(covered);
        } else {
            let kept = &mut self.kept[number as usize];
            kept.start = kept.start.min(covered.start);
            kept.end = kept.end.max(covered.end);
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
