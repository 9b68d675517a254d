//! What each cell of a state is, looked up once per Machine.
//!
//! In: a Machine with liveness filled in. Out: tables of the cells that a state
//! really has at each point, which of them are references, and which references
//! begin a slice. [`super::canonical`] and [`super::layout`] walk states by them.

use super::fixed;
use crate::commands::{CellType, PoolId, RoutineId};
use crate::machine::reach::is_slice;
use crate::machine::state::{End, State};
use crate::machine::step::BOUNDS;
use crate::machine::{Cell, Machine, Point, PointId, Shape, maps};
use crate::source::Span;

/// How a cell's value is to be read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Code {
    Scalar,
    Ref,
    /// The reference of a slice: its length and capacity are in the next two cells.
    Slice,
    /// A reference exactly if the tag in the cell before says so.
    Payload,
}

/// One cell of a frame or of the package variables.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CodedCell {
    pub(crate) index: usize,
    pub(crate) code: Code,
    /// Nothing writes it: it is what the goroutine was started with.
    pub(crate) fixed: bool,
}

/// A point, as far as states are concerned.
#[derive(Debug)]
pub(crate) struct PointTable {
    /// Its number among all points of all routines.
    pub(crate) number: usize,
    /// The live cells, in order.
    pub(crate) cells: Vec<CodedCell>,
    /// Those of them that can hold references.
    pub(crate) refs: Vec<CodedCell>,
    /// A goroutine may wait here for ever.
    pub(crate) idle: bool,
    pub(crate) span: Span,
}

/// A pool, as far as states are concerned.
#[derive(Debug)]
pub(crate) struct PoolTable {
    pub(crate) shape: Shape,
    /// Cells of one element, at least one for arrays.
    pub(crate) stride: usize,
    /// Per cell of an element (of the object, for records).
    pub(crate) codes: Vec<Code>,
    pub(crate) has_refs: bool,
    /// Keys of a map that can hold references.
    pub(crate) key_refs: bool,
}

/// All tables of a Machine.
#[derive(Debug)]
pub(crate) struct Tables {
    /// By routine, then point.
    pub(crate) points: Vec<Vec<PointTable>>,
    /// By [`PointTable::number`].
    pub(crate) by_number: Vec<(RoutineId, PointId)>,
    /// By routine: cells in its frame.
    pub(crate) frames: Vec<usize>,
    /// By routine: it is the environment's.
    environment: Vec<bool>,
    pub(crate) globals: Vec<Code>,
    pub(crate) global_refs: Vec<CodedCell>,
    pub(crate) pools: Vec<PoolTable>,
    /// By tag: whether the payload is a reference.
    pub(crate) tag_refs: Vec<bool>,
    /// The texts of fatal errors and bounds.
    pub(crate) texts: Vec<&'static str>,
}

impl Tables {
    pub(crate) fn new(machine: &Machine) -> Self {
        let mut by_number = Vec::new();
        let points = machine
            .routines
            .iter()
            .zip(0u32..)
            .map(|(routine, id)| {
                let codes = codes(&routine.frame);
                let written = fixed::written(routine);
                let point = |(point, number): (&Point, u32)| {
                    by_number.push((RoutineId(id), PointId(number)));
                    point_table(point, by_number.len() - 1, &codes, &written)
                };
                routine.points.iter().zip(0u32..).map(point).collect()
            })
            .collect();
        let globals = codes(&machine.globals);
        let all: Vec<usize> = (0..globals.len()).collect();
        Self {
            points,
            by_number,
            frames: machine.routines.iter().map(|routine| routine.frame.len()).collect(),
            environment: machine.routines.iter().map(|routine| routine.environment).collect(),
            global_refs: refs(&coded(&globals, &all, &vec![true; globals.len()])),
            globals,
            pools: machine
                .pools
                .iter()
                .map(|pool| {
                    let codes = codes(&pool.cells);
                    let refs = |codes: &[Code]| codes.iter().any(|&code| code != Code::Scalar);
                    // An iteration over a map refers to it.
                    let has_refs = refs(&codes) || matches!(pool.shape, Shape::Map { .. });
                    let key_refs = refs(&codes[..maps::key_cells(pool)]);
                    PoolTable { shape: pool.shape, stride: pool.stride(), codes, has_refs, key_refs }
                })
                .collect(),
            tag_refs: machine.tags.iter().map(|tag| tag.payload == CellType::Ref).collect(),
            texts: End::texts(machine, &BOUNDS),
        }
    }

    pub(crate) fn point(&self, routine: RoutineId, point: PointId) -> &PointTable {
        &self.points[routine.0 as usize][point.0 as usize]
    }

    pub(crate) fn pool(&self, pool: PoolId) -> &PoolTable {
        &self.pools[pool.0 as usize]
    }

    /// What the goroutine in `slot` runs, and its statement or operation.
    pub(crate) fn place(&self, state: &State, slot: usize) -> Option<(RoutineId, Span)> {
        let goroutine = state.goroutine(slot)?;
        Some((goroutine.routine, self.point(goroutine.routine, goroutine.point).span))
    }

    /// Whether the environment is in `slot`, not a goroutine of the program.
    pub(crate) fn is_environment(&self, state: &State, slot: usize) -> bool {
        state.goroutine(slot).is_some_and(|it| self.environment[it.routine.0 as usize])
    }

    /// Whether the value of a cell with `code` is a reference; `before` is the value of the cell before it.
    pub(crate) fn is_ref(&self, code: Code, before: i64) -> bool {
        match code {
            Code::Scalar => false,
            Code::Ref | Code::Slice => true,
            Code::Payload => {
                usize::try_from(before).is_ok_and(|tag| self.tag_refs.get(tag).copied().unwrap_or(false))
            }
        }
    }
}

fn point_table(point: &Point, number: usize, codes: &[Code], written: &[bool]) -> PointTable {
    let live: Vec<usize> = point.live.iter().map(|local| local.0 as usize).collect();
    let cells = coded(codes, &live, written);
    PointTable { number, refs: refs(&cells), cells, idle: point.kind.is_idle(), span: point.span }
}

/// The codes of the cells at `indices`. A slice of which a part is missing is a mere reference.
fn coded(codes: &[Code], indices: &[usize], written: &[bool]) -> Vec<CodedCell> {
    let has = |index: usize| indices.binary_search(&index).is_ok();
    let code = |index: usize| match codes[index] {
        Code::Slice if !has(index + 1) || !has(index + 2) => Code::Ref,
        code @ (Code::Scalar | Code::Ref | Code::Slice | Code::Payload) => code,
    };
    indices.iter().map(|&index| CodedCell { index, code: code(index), fixed: !written[index] }).collect()
}

fn refs(cells: &[CodedCell]) -> Vec<CodedCell> {
    cells.iter().copied().filter(|cell| cell.code != Code::Scalar).collect()
}

fn codes(cells: &[Cell]) -> Vec<Code> {
    let code = |(index, cell): (usize, &Cell)| match cell.ty {
        CellType::Bool | CellType::Int { .. } | CellType::String | CellType::Tag => Code::Scalar,
        CellType::Ref if is_slice(&cells[index..]) => Code::Slice,
        CellType::Ref => Code::Ref,
        CellType::Payload => Code::Payload,
    };
    cells.iter().enumerate().map(code).collect()
}
