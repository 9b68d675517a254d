//! A state as a row of numbers, one for each of its parts.
//!
//! In: goroutines, objects, package variables. Out: a number for each, given once, and
//! the row that a state is: most states are made of parts that other states have too, so
//! a row is short, and a step changes one or two of its numbers. The canonical form of a
//! row is that of [`super::canonical`], found without unpacking anything: parts remember
//! what they refer to, and what they are once that has other numbers.

use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::canonical::first_element;
use super::symmetry::{self, LocalKey};
use super::tables::{Code, Tables};
use crate::commands::{PoolId, RoutineId, table};
use crate::machine::reach::covered;
use crate::machine::state::{End, Goroutine, MainStatus, Object, Ref, State};
use crate::machine::{PointId, Shape};

/// Where a row has how main stands and how the run has ended.
pub(crate) const STATUS: usize = 0;
/// Where a row has the package variables.
pub(crate) const GLOBALS: usize = 1;
/// Where a row has the count of slots; they follow, 0 for a free one, and then the objects.
pub(crate) const SLOTS: usize = 2;
/// Where a row has slot 0.
pub(crate) const FIRST: usize = 3;

/// Where the objects of a row begin.
pub(crate) fn objects_at(row: &[u32]) -> usize {
    FIRST + row[SLOTS] as usize
}

/// A cell of a part that names an object.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct RefAt {
    at: u32,
    object: u32,
    cell: u32,
    /// Of a slice.
    capacity: Option<i64>,
}

/// All parts of one sort.
#[derive(Default, Debug)]
struct Shelf {
    numbers: FxHashMap<Rc<[i64]>, u32>,
    parts: Vec<Part>,
    memory: u64,
}

#[derive(Debug)]
struct Part {
    /// A goroutine: routine, point, frame. An object: pool, cells. The package variables: their cells.
    cells: Rc<[i64]>,
    refs: Box<[RefAt]>,
    /// Cells of an element of an array; 0 for what is none.
    stride: u32,
    /// A map with references in its keys: its entries have an order that only the whole state tells.
    orders: bool,
    /// A goroutine: what it sorts by.
    key: LocalKey,
}

/// All parts of all states. Numbers of goroutines and objects begin at 1.
#[derive(Debug)]
pub(crate) struct Parts<'m> {
    tables: &'m Tables,
    /// Some part has `orders`.
    any_orders: bool,
    statuses: Vec<(MainStatus, Option<End>)>,
    goroutines: Shelf,
    objects: Shelf,
    globals: Shelf,
    /// Objects and package variables after one cell of them was written.
    written: FxHashMap<(u32, u32, i64), u32>,
    written_globals: FxHashMap<(u32, u32, i64), u32>,
    /// Parts after what they refer to got other numbers: sort, part, the new numbers.
    renamed: FxHashMap<Box<[u32]>, u32>,
    walk: Walk,
    scratch: Vec<i64>,
    key: Vec<u32>,
}

/// The numbering that a row is being brought into.
#[derive(Default, Debug)]
struct Walk {
    /// Old number to new.
    number: Vec<u32>,
    /// New number to old.
    order: Vec<u32>,
    /// Per new number: the cells that something covers.
    kept: Vec<(u32, u32)>,
    objects: Vec<u32>,
}

const NONE: u32 = u32::MAX;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Sort {
    Goroutine,
    Object,
    Globals,
}

impl<'m> Parts<'m> {
    pub(crate) fn new(tables: &'m Tables) -> Self {
        Self {
            tables,
            any_orders: false,
            statuses: Vec::new(),
            goroutines: Shelf::default(),
            objects: Shelf::default(),
            globals: Shelf::default(),
            written: FxHashMap::default(),
            written_globals: FxHashMap::default(),
            renamed: FxHashMap::default(),
            walk: Walk::default(),
            scratch: Vec::new(),
            key: Vec::new(),
        }
    }

    /// The row of a state whose objects have their final numbers, all of them in use.
    pub(crate) fn row(&mut self, state: &State, row: &mut Vec<u32>) {
        row.clear();
        row.push(self.status(state.main, state.end));
        self.scratch.clear();
        self.scratch.extend_from_slice(&state.globals);
        row.push(self.intern(Sort::Globals));
        row.push(state.goroutines.len() as u32);
        for goroutine in &state.goroutines {
            row.push(goroutine.as_ref().map_or(0, |goroutine| self.goroutine(goroutine)));
        }
        for object in state.heap.iter().flatten() {
            let part = self.object(object);
            row.push(part);
        }
    }

    /// Fills `state` from its row.
    pub(crate) fn fill(&self, row: &[u32], state: &mut State) {
        (state.main, state.end) = self.statuses[row[STATUS] as usize];
        state.globals.clear();
        state.globals.extend_from_slice(&self.globals.parts[row[GLOBALS] as usize].cells);
        let objects = objects_at(row);
        state.goroutines.resize_with(objects - FIRST, || None);
        for (slot, &part) in state.goroutines.iter_mut().zip(&row[FIRST..objects]) {
            let Some(part) = part.checked_sub(1) else {
                *slot = None;
                continue;
            };
            let cells = &self.goroutines.parts[part as usize].cells;
            let (routine, point) = (RoutineId(cells[0] as u32), PointId(cells[1] as u32));
            let goroutine = slot.get_or_insert_with(|| Goroutine { routine, point, frame: Vec::new() });
            goroutine.routine = routine;
            goroutine.point = point;
            goroutine.frame.clear();
            goroutine.frame.extend_from_slice(&cells[2..]);
        }
        state.heap.resize_with(row.len() - objects, || None);
        for (slot, &part) in state.heap.iter_mut().zip(&row[objects..]) {
            let cells = &self.objects.parts[part as usize - 1].cells;
            let pool = PoolId(cells[0] as u32);
            let object = slot.get_or_insert_with(|| Object { pool, cells: Vec::new() });
            object.pool = pool;
            object.cells.clear();
            object.cells.extend_from_slice(&cells[1..]);
        }
    }

    /// The number of how main stands and how the run has ended.
    pub(crate) fn status(&mut self, main: MainStatus, end: Option<End>) -> u32 {
        let known = self.statuses.iter().position(|&status| status == (main, end));
        let number = known.unwrap_or_else(|| {
            self.statuses.push((main, end));
            self.statuses.len() - 1
        });
        number as u32
    }

    /// Whether some map of `row` has entries in an order that only the whole state tells.
    pub(crate) fn orders(&self, row: &[u32]) -> bool {
        self.any_orders
            && row[objects_at(row)..].iter().any(|&part| self.objects.parts[part as usize - 1].orders)
    }

    /// Whether the run is over.
    pub(crate) fn has_ended(&self, row: &[u32]) -> bool {
        self.statuses[row[STATUS] as usize].1.is_some()
    }

    pub(crate) fn goroutine(&mut self, goroutine: &Goroutine) -> u32 {
        self.scratch.clear();
        self.scratch.extend([i64::from(goroutine.routine.0), i64::from(goroutine.point.0)]);
        self.scratch.extend_from_slice(&goroutine.frame);
        self.intern(Sort::Goroutine)
    }

    pub(crate) fn object(&mut self, object: &Object) -> u32 {
        self.scratch.clear();
        self.scratch.push(i64::from(object.pool.0));
        self.scratch.extend_from_slice(&object.cells);
        self.intern(Sort::Object)
    }

    /// What a goroutine, 0 for none, sorts by.
    pub(crate) fn key(&self, goroutine: u32) -> LocalKey {
        goroutine.checked_sub(1).map_or(LocalKey::FREE, |part| self.goroutines.parts[part as usize].key)
    }

    /// Where a goroutine stands.
    pub(crate) fn place(&self, goroutine: u32) -> (RoutineId, PointId) {
        let cells = &self.goroutines.parts[goroutine as usize - 1].cells;
        (RoutineId(cells[0] as u32), PointId(cells[1] as u32))
    }

    /// The frame of a goroutine.
    pub(crate) fn frame(&self, goroutine: u32) -> &[i64] {
        &self.goroutines.parts[goroutine as usize - 1].cells[2..]
    }

    /// The package variables.
    pub(crate) fn globals(&self, part: u32) -> &[i64] {
        &self.globals.parts[part as usize].cells
    }

    /// An object: its pool, then its cells.
    pub(crate) fn cells(&self, part: u32) -> &[i64] {
        &self.objects.parts[part as usize - 1].cells
    }

    /// The objects that a goroutine refers to.
    pub(crate) fn objects_of_goroutine(&self, part: u32) -> impl Iterator<Item = u32> + '_ {
        self.goroutines.parts[part as usize - 1].refs.iter().map(|it| it.object)
    }

    /// The same of the package variables.
    pub(crate) fn objects_of_globals(&self, part: u32) -> impl Iterator<Item = u32> + '_ {
        self.globals.parts[part as usize].refs.iter().map(|it| it.object)
    }

    /// The same of an object.
    pub(crate) fn objects_of_object(&self, part: u32) -> impl Iterator<Item = u32> + '_ {
        self.objects.parts[part as usize - 1].refs.iter().map(|it| it.object)
    }

    /// Whether two goroutines, 0 for none, refer to the same in the same order.
    pub(crate) fn refers_alike(&self, one: u32, other: u32) -> bool {
        let refs = |part: u32| match part.checked_sub(1) {
            Some(part) => &self.goroutines.parts[part as usize].refs[..],
            None => &[],
        };
        alike(refs(one), refs(other))
    }

    /// The same of objects.
    pub(crate) fn objects_refer_alike(&self, one: u32, other: u32) -> bool {
        let refs = |part: u32| &self.objects.parts[part as usize - 1].refs[..];
        alike(refs(one), refs(other))
    }

    /// Whether a package variable can hold a reference, or says whether another does.
    pub(crate) fn global_refers(&self, cell: usize) -> bool {
        touches_ref(&self.tables.globals, cell)
    }

    /// The same of a cell of a record or an array.
    pub(crate) fn cell_refers(&self, pool: PoolId, cell: usize) -> bool {
        let pool = self.tables.pool(pool);
        let offset = cell.checked_rem(pool.codes.len()).unwrap_or(0);
        pool.has_refs && touches_ref(&pool.codes, offset)
    }

    /// The value of a package variable.
    pub(crate) fn global(&self, part: u32, cell: u32) -> i64 {
        self.globals.parts[part as usize].cells[cell as usize]
    }

    /// The value of an object's cell.
    pub(crate) fn cell(&self, part: u32, cell: u32) -> i64 {
        self.objects.parts[part as usize - 1].cells[cell as usize + 1]
    }

    /// An object after one of its cells was written.
    pub(crate) fn write(&mut self, part: u32, cell: u32, value: i64) -> u32 {
        if let Some(&number) = self.written.get(&(part, cell, value)) {
            return number;
        }
        self.scratch.clear();
        self.scratch.extend_from_slice(&self.objects.parts[part as usize - 1].cells);
        self.scratch[cell as usize + 1] = value;
        let number = self.intern(Sort::Object);
        self.written.insert((part, cell, value), number);
        number
    }

    /// The package variables after one of them was written.
    pub(crate) fn write_global(&mut self, part: u32, cell: u32, value: i64) -> u32 {
        if let Some(&number) = self.written_globals.get(&(part, cell, value)) {
            return number;
        }
        self.scratch.clear();
        self.scratch.extend_from_slice(&self.globals.parts[part as usize].cells);
        self.scratch[cell as usize] = value;
        let number = self.intern(Sort::Globals);
        self.written_globals.insert((part, cell, value), number);
        number
    }

    /// Brings the objects of `row` into their order. `false`, and nothing done, where that needs the whole state.
    pub(crate) fn canonicalise(&mut self, row: &mut Vec<u32>) -> bool {
        if self.has_ended(row) {
            return false;
        }
        let first = objects_at(row);
        let mut walk = std::mem::take(&mut self.walk);
        let done = self.walk(row, first, &mut walk) && {
            let same = walk.order.len() == row.len() - first
                && walk.order.iter().zip(0..).all(|(&old, new)| old == new);
            if !same {
                self.rename(row, first, &mut walk);
            }
            true
        };
        self.walk = walk;
        done
    }

    /// Numbers the objects in the order in which they are met.
    fn walk(&self, row: &[u32], first: usize, walk: &mut Walk) -> bool {
        let objects = &row[first..];
        walk.number.clear();
        walk.number.resize(objects.len(), NONE);
        walk.order.clear();
        walk.kept.clear();
        let mut sound = true;
        let mut meet = |refs: &[RefAt], walk: &mut Walk| {
            for found in refs {
                let Some(&part) = objects.get(found.object as usize) else {
                    sound = false;
                    continue;
                };
                let part = &self.objects.parts[part as usize - 1];
                let len = part.cells.len() - 1;
                let capacity = found.capacity.and_then(|capacity| usize::try_from(capacity).ok());
                let kept = match capacity {
                    Some(capacity) if part.stride > 0 => {
                        let (start, end) = covered(found.cell as usize, capacity, part.stride as usize, len);
                        (start as u32, end as u32)
                    }
                    _ => (0, len as u32),
                };
                let number = walk.number[found.object as usize];
                if number == NONE {
                    walk.number[found.object as usize] = walk.order.len() as u32;
                    walk.order.push(found.object);
                    walk.kept.push(kept);
                } else {
                    let before = &mut walk.kept[number as usize];
                    *before = (before.0.min(kept.0), before.1.max(kept.1));
                }
            }
        };
        for part in row[FIRST..first].iter().filter_map(|part| part.checked_sub(1)) {
            meet(&self.goroutines.parts[part as usize].refs, walk);
        }
        meet(&self.globals.parts[row[GLOBALS] as usize].refs, walk);
        let mut next = 0;
        while let Some(&old) = walk.order.get(next) {
            meet(&self.objects.parts[objects[old as usize] as usize - 1].refs, walk);
            next += 1;
        }
        let whole = |(&old, &kept): (&u32, &(u32, u32))| {
            let part = &self.objects.parts[objects[old as usize] as usize - 1];
            !part.orders && (part.stride == 0 || kept == (0, part.cells.len() as u32 - 1))
        };
        sound && walk.order.iter().zip(&walk.kept).all(whole)
    }

    fn rename(&mut self, row: &mut Vec<u32>, first: usize, walk: &mut Walk) {
        for slot in FIRST..first {
            if row[slot] != 0 {
                row[slot] = self.renamed(Sort::Goroutine, row[slot], &walk.number);
            }
        }
        row[GLOBALS] = self.renamed(Sort::Globals, row[GLOBALS], &walk.number);
        walk.objects.clear();
        for &old in &walk.order {
            let part = self.renamed(Sort::Object, row[first + old as usize], &walk.number);
            walk.objects.push(part);
        }
        row.truncate(first);
        row.extend_from_slice(&walk.objects);
    }

    /// The part after the objects that it names have got other numbers.
    fn renamed(&mut self, sort: Sort, number: u32, numbers: &[u32]) -> u32 {
        let mut key = std::mem::take(&mut self.key);
        key.clear();
        key.extend([sort as u32, number]);
        let part = self.part(sort, number);
        let mut same = true;
        for it in &part.refs {
            let renamed = numbers[it.object as usize];
            same &= renamed == it.object;
            key.push(renamed);
        }
        if same {
            self.key = key;
            return number;
        }
        let found = self.renamed.get(&key[..]).copied();
        let renamed = found.unwrap_or_else(|| {
            let part = self.part(sort, number);
            let mut cells = part.cells.to_vec();
            for it in &part.refs {
                cells[it.at as usize] = Ref { object: numbers[it.object as usize], cell: it.cell }.pack();
            }
            self.scratch = cells;
            let renamed = self.intern(sort);
            self.renamed.insert(key.as_slice().into(), renamed);
            renamed
        });
        self.key = key;
        renamed
    }

    fn part(&self, sort: Sort, number: u32) -> &Part {
        match sort {
            Sort::Goroutine => &self.goroutines.parts[number as usize - 1],
            Sort::Object => &self.objects.parts[number as usize - 1],
            Sort::Globals => &self.globals.parts[number as usize],
        }
    }

    /// The number of the part whose cells are in `scratch`.
    fn intern(&mut self, sort: Sort) -> u32 {
        let shelf = match sort {
            Sort::Goroutine => &mut self.goroutines,
            Sort::Object => &mut self.objects,
            Sort::Globals => &mut self.globals,
        };
        if let Some(&number) = shelf.numbers.get(&self.scratch[..]) {
            return number;
        }
        let cells: Rc<[i64]> = self.scratch.as_slice().into();
        let refs = refs(self.tables, sort, &cells);
        let pool = (sort == Sort::Object).then(|| self.tables.pool(PoolId(cells[0] as u32)));
        let stride = pool.filter(|pool| pool.shape == Shape::Array).map_or(0, |pool| pool.stride);
        // What one entry is needs no order.
        let orders = pool
            .is_some_and(|pool| pool.key_refs && cells.len() - 1 > first_element(pool.shape) + pool.stride);
        self.any_orders |= orders;
        let number = shelf.parts.len() as u32 + u32::from(sort != Sort::Globals);
        // What the allocator takes besides counts too.
        shelf.memory += (cells.len() * 8 + 32 + refs.len() * (size_of::<RefAt>() + 4)) as u64;
        shelf.numbers.insert(Rc::clone(&cells), number);
        let key = match sort {
            Sort::Goroutine => {
                let (routine, point) = (RoutineId(cells[0] as u32), PointId(cells[1] as u32));
                symmetry::local_key(self.tables, routine, point, &cells[2..])
            }
            Sort::Object | Sort::Globals => LocalKey::FREE,
        };
        shelf.parts.push(Part { cells, refs, stride: stride as u32, orders, key });
        number
    }

    /// Bytes in use, about.
    pub(crate) fn memory(&self) -> u64 {
        let shelves = [&self.goroutines, &self.objects, &self.globals];
        let written = (self.written.capacity() + self.written_globals.capacity()) * 32;
        let renamed = self.renamed.capacity() * 80;
        let known = |shelf: &Shelf| {
            shelf.memory + (shelf.numbers.capacity() * 28 + shelf.parts.capacity() * size_of::<Part>()) as u64
        };
        shelves.into_iter().map(known).sum::<u64>() + (written + renamed) as u64
    }

    /// Bytes that the largest table needs besides when it grows next.
    pub(crate) fn memory_to_grow(&self) -> u64 {
        let shelves = [&self.goroutines, &self.objects, &self.globals];
        let numbers = shelves.map(|shelf| shelf.numbers.capacity() * 2 * 28);
        let written = [&self.written, &self.written_globals].map(|written| written.capacity() * 2 * 32);
        numbers.into_iter().chain(written).max().unwrap_or(0) as u64
    }
}

/// Whether what a walk meets depends on the cell: a reference, a payload's tag, the length or capacity of a slice.
fn touches_ref(codes: &[Code], cell: usize) -> bool {
    let code = |at: usize| codes.get(at).copied().unwrap_or(Code::Scalar);
    let before = |back: usize| cell.checked_sub(back).map_or(Code::Scalar, code);
    code(cell) != Code::Scalar
        || code(cell + 1) == Code::Payload
        || before(1) == Code::Slice
        || before(2) == Code::Slice
}

fn alike(one: &[RefAt], other: &[RefAt]) -> bool {
    let target = |it: &RefAt| (it.object, it.cell, it.capacity);
    one.iter().map(target).eq(other.iter().map(target))
}

/// What a part refers to, in the order of [`super::canonical`].
fn refs(tables: &Tables, sort: Sort, cells: &[i64]) -> Box<[RefAt]> {
    let mut found = Vec::new();
    let mut look = |code: Code, values: &[i64], index: usize, skipped: usize| {
        let before = if index == 0 { 0 } else { values[index - 1] };
        if !tables.is_ref(code, before) {
            return;
        }
        if let Some(Ref { object, cell }) = Ref::unpack(values[index]).filter(|it| it.object != Ref::GLOBALS)
        {
            let capacity = if code == Code::Slice { values.get(index + 2).copied() } else { None };
            found.push(RefAt { at: (index + skipped) as u32, object, cell, capacity });
        }
    };
    match sort {
        Sort::Goroutine => {
            let point = tables.point(RoutineId(cells[0] as u32), PointId(cells[1] as u32));
            point.refs.iter().for_each(|cell| look(cell.code, &cells[2..], cell.index, 2));
        }
        Sort::Globals => {
            tables.global_refs.iter().for_each(|cell| look(cell.code, cells, cell.index, 0));
        }
        Sort::Object => {
            let pool = tables.pool(PoolId(cells[0] as u32));
            let cells = &cells[1..];
            if pool.has_refs {
                if let Shape::Map { .. } = pool.shape {
                    look(Code::Ref, cells, table::OVER as usize, 1);
                }
                for element in (first_element(pool.shape)..cells.len()).step_by(pool.stride.max(1)) {
                    for (offset, &code) in pool.codes.iter().enumerate() {
                        look(code, cells, element + offset, 1);
                    }
                }
            }
        }
    }
    found.into()
}
