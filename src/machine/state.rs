//! A state of a Machine, plainly: package variables, goroutines, objects.
//!
//! In: nothing but values. Out: the concrete states that [`super::step`] maps to
//! each other. Absent: encodings, canonical forms and hash tables; those are the
//! engine's. Goroutine slots and object numbers are concrete here, so that a trace
//! can name them.

use super::{Machine, PointId, Pool, Shape, visit};
use crate::commands::{CellType, Command, PoolId, RoutineId, queue, table};

/// Everything that a running model is.
#[derive(PartialEq, Eq, Hash, Debug)]
pub struct State {
    /// Package variables, cell by cell.
    pub globals: Vec<i64>,
    /// Slot 0 is main. An ended goroutine frees its slot; a new one takes the lowest free slot, never slot 0.
    pub goroutines: Vec<Option<Goroutine>>,
    /// Objects by number; a new one takes the lowest free number.
    pub heap: Vec<Option<Object>>,
    pub main: MainStatus,
    /// `Some`: the run is over and nobody takes a step.
    pub end: Option<End>,
}

/// A live goroutine (or main after `Goexit`).
#[derive(PartialEq, Eq, Hash, Debug)]
pub struct Goroutine {
    pub routine: RoutineId,
    pub point: PointId,
    pub frame: Vec<i64>,
}

/// One object of a pool.
#[derive(PartialEq, Eq, Hash, Debug)]
pub struct Object {
    pub pool: PoolId,
    /// Record: the pool's cells. Array: its elements one after another; an element without cells has one that is always
    /// zero, so that the length can be told. Channel: the header of [`queue`], then the queued elements, oldest first.
    /// Map: the header of [`table`], then the entries, by the numbers in their keys: no trace of the order of insertion.
    pub cells: Vec<i64>,
}

/// How main stands.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum MainStatus {
    Running,
    /// Main has returned; the others may go on.
    Returned,
    /// Main has ended by `runtime.Goexit`; its slot stays taken.
    Goexited,
}

/// Why a run is over.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum End {
    /// An unrecovered panic, with its value.
    Panic { slot: usize, tag: i64, payload: i64 },
    /// A fatal error of the runtime.
    Fatal { slot: usize, text: &'static str },
    /// A failed `assert`; the text is an index into the Machine's strings.
    Assert { slot: usize, text: u32 },
    /// `os.Exit`.
    Exit,
    /// A bound was hit and the run is not followed further: the flag to raise, or what is bounded.
    Bound(&'static str),
}

impl End {
    /// What runs of `machine` can say when they are over: the texts of its fatal errors and bounds, and those of `bounds`;
    /// each once, sorted.
    pub fn texts(machine: &Machine, bounds: &[&'static str]) -> Vec<&'static str> {
        struct Texts(Vec<&'static str>);
        impl visit::Visit for Texts {
            fn command(&mut self, command: &Command) {
                if let Command::Fatal(text) | Command::Bound(text) = command {
                    self.0.push(text);
                }
            }
        }
        let mut texts = Texts(bounds.to_vec());
        for point in machine.points() {
            visit::point(point, &mut texts);
        }
        texts.0.sort_unstable();
        texts.0.dedup();
        texts.0
    }
}

/// How references are packed into a cell: 0 is nil, else `(object + 1) << 24 | cell`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Ref {
    /// Index into [`State::heap`], or [`Ref::GLOBALS`].
    pub object: u32,
    pub cell: u32,
}

impl Ref {
    /// The object number that stands for the package variables.
    pub const GLOBALS: u32 = u32::MAX;
    /// The packed nil reference.
    pub const NIL: i64 = 0;
    /// An object has at most this many cells.
    pub const MAX_CELLS: usize = 1 << 24;

    /// As a cell's value.
    pub fn pack(self) -> i64 {
        ((i64::from(self.object) + 1) << 24) | i64::from(self.cell)
    }

    /// From a cell's value; `None` for nil and for what no [`Ref::pack`] has made.
    pub fn unpack(value: i64) -> Option<Self> {
        let object = u32::try_from((value >> 24).checked_sub(1)?).ok()?;
        Some(Self { object, cell: u32::try_from(value & 0xff_ffff).ok()? })
    }
}

// A search copies states all the time: `clone_from` keeps the allocations.
impl Clone for State {
    fn clone(&self) -> Self {
        Self {
            globals: self.globals.clone(),
            goroutines: self.goroutines.clone(),
            heap: self.heap.clone(),
            main: self.main,
            end: self.end,
        }
    }

    fn clone_from(&mut self, source: &Self) {
        self.globals.clone_from(&source.globals);
        self.goroutines.clone_from(&source.goroutines);
        self.heap.clone_from(&source.heap);
        self.main = source.main;
        self.end = source.end;
    }
}

impl Clone for Goroutine {
    fn clone(&self) -> Self {
        Self { routine: self.routine, point: self.point, frame: self.frame.clone() }
    }

    fn clone_from(&mut self, source: &Self) {
        self.routine = source.routine;
        self.point = source.point;
        self.frame.clone_from(&source.frame);
    }
}

impl Clone for Object {
    fn clone(&self) -> Self {
        Self { pool: self.pool, cells: self.cells.clone() }
    }

    fn clone_from(&mut self, source: &Self) {
        self.pool = source.pool;
        self.cells.clone_from(&source.cells);
    }
}

impl State {
    /// Nothing at all, to be filled.
    pub fn empty() -> Self {
        Self {
            globals: Vec::new(),
            goroutines: Vec::new(),
            heap: Vec::new(),
            main: MainStatus::Running,
            end: None,
        }
    }

    /// The live goroutine in `slot`.
    pub fn goroutine(&self, slot: usize) -> Option<&Goroutine> {
        self.goroutines.get(slot)?.as_ref()
    }

    /// The object that `number` names.
    pub fn object(&self, number: u32) -> Option<&Object> {
        self.heap.get(number as usize)?.as_ref()
    }

    /// Slots of the goroutines that have not ended.
    pub fn live_slots(&self) -> impl Iterator<Item = usize> + '_ {
        let goexited = self.main == MainStatus::Goexited;
        self.goroutines
            .iter()
            .enumerate()
            .filter(move |(slot, goroutine)| goroutine.is_some() && !(goexited && *slot == 0))
            .map(|(slot, _)| slot)
    }

    /// Frees the objects that nothing reaches. Roots: frames, package variables, the value of a panic that ended the run.
    pub fn collect(&mut self, machine: &Machine) {
        let mut marked = vec![false; self.heap.len()];
        let mut pending = Vec::new();
        let mut mark = |value: i64, pending: &mut Vec<usize>| {
            if let Some(reference) = Ref::unpack(value)
                && let Some(mark) = marked.get_mut(reference.object as usize)
                && !*mark
            {
                *mark = true;
                pending.push(reference.object as usize);
            }
        };
        for goroutine in self.goroutines.iter().flatten() {
            let frame = &machine.routine(goroutine.routine).frame;
            for index in 0..goroutine.frame.len() {
                if holds_ref(machine, frame.get(index).map(|cell| cell.ty), &goroutine.frame, index) {
                    mark(goroutine.frame[index], &mut pending);
                }
            }
        }
        for index in 0..self.globals.len() {
            if holds_ref(machine, machine.globals.get(index).map(|cell| cell.ty), &self.globals, index) {
                mark(self.globals[index], &mut pending);
            }
        }
        if let Some(End::Panic { tag, payload, .. }) = self.end
            && tag_holds_ref(machine, tag)
        {
            mark(payload, &mut pending);
        }
        while let Some(number) = pending.pop() {
            let Some(object) = &self.heap[number] else { continue };
            let pool = machine.pool(object.pool);
            for index in 0..object.cells.len() {
                if holds_ref(machine, pool.cell_type(index), &object.cells, index) {
                    mark(object.cells[index], &mut pending);
                }
            }
        }
        for (number, object) in self.heap.iter_mut().enumerate() {
            if !marked[number] {
                *object = None;
            }
        }
        while self.heap.last().is_some_and(Option::is_none) {
            self.heap.pop();
        }
    }
}

impl Pool {
    /// Cells of one element in an [`Object`]: at least one in an array.
    pub fn stride(&self) -> usize {
        match self.shape {
            Shape::Array => self.cells.len().max(1),
            Shape::Record | Shape::Channel | Shape::Map { .. } => self.cells.len(),
        }
    }

    /// What the cell at `index` of an object of this pool is; `None` for the header of a channel or a map and the filler of elements without cells.
    pub fn cell(&self, index: usize) -> Option<&super::Cell> {
        let count = self.cells.len();
        match self.shape {
            Shape::Record => self.cells.get(index),
            Shape::Array => self.cells.get(index.checked_rem(count)?),
            Shape::Channel => self.cells.get(index.checked_sub(queue::FIRST as usize)?.checked_rem(count)?),
            Shape::Map { .. } => {
                self.cells.get(index.checked_sub(table::FIRST as usize)?.checked_rem(count)?)
            }
        }
    }

    /// The type of the cell at `index`, where it has one.
    pub fn cell_type(&self, index: usize) -> Option<CellType> {
        match self.shape {
            Shape::Map { .. } if index == table::OVER as usize => Some(CellType::Ref),
            Shape::Record | Shape::Array | Shape::Channel | Shape::Map { .. } => {
                self.cell(index).map(|cell| cell.ty)
            }
        }
    }
}

/// Whether the cell at `index` of `values`, of type `ty`, holds a reference (nil included) now.
pub fn holds_ref(machine: &Machine, ty: Option<CellType>, values: &[i64], index: usize) -> bool {
    match ty {
        Some(CellType::Ref) => true,
        Some(CellType::Payload) => {
            let tag = index.checked_sub(1).and_then(|before| values.get(before));
            tag.is_some_and(|&tag| tag_holds_ref(machine, tag))
        }
        Some(CellType::Bool | CellType::Int { .. } | CellType::String | CellType::Tag) | None => false,
    }
}

/// Whether the payload that goes with `tag` is a reference.
pub fn tag_holds_ref(machine: &Machine, tag: i64) -> bool {
    usize::try_from(tag)
        .ok()
        .and_then(|tag| machine.tags.get(tag))
        .is_some_and(|tag| tag.payload == CellType::Ref)
}
