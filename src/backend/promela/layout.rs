//! Where cells live: variables, arrays, memory.
//!
//! In: a Machine. Out: for each cell of a frame and of the package its variable, or its element of an array where
//! some index is computed, or its address where the variable's own address is taken. An address is an index into
//! one array of memory; an object gets one more cell than it has where a reference to its end would otherwise be
//! the reference to the next object.

use super::names::Names;
use crate::commands::{Base, CellType, Expr, Place};
use crate::machine::visit::{self, Visit};
use crate::machine::{Cell, Machine, Properties, Routine};

/// A cell of a frame or of the package.
#[derive(Clone, Debug)]
pub(super) enum Spot {
    /// A variable.
    Variable(String),
    /// An element of an array variable.
    Element(String, u32),
    /// A cell of memory, with the name that stands for it.
    Memory(String, u32),
}

/// A declaration of a variable, or of an array of variables.
#[derive(Clone, Debug)]
pub(super) struct Declared {
    pub(super) name: String,
    pub(super) ty: &'static str,
    /// Elements of an array.
    pub(super) length: Option<u32>,
    /// The first cell.
    pub(super) cell: u32,
}

/// The cells of a frame, or of the package.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    pub(super) spots: Vec<Spot>,
    pub(super) declared: Vec<Declared>,
    /// Cells of memory used, from address 1 on.
    pub(super) memory: u32,
}

/// The package variables of `machine`.
pub(super) fn globals(machine: &Machine, names: &mut Names) -> Layout {
    let mut gather = Gather::new(false, machine.globals.len());
    // What an operation says about its objects is for reports.
    let points = machine.points();
    points.flat_map(|point| &point.edges).for_each(|edge| visit::edge(edge, &mut gather));
    conditions(&machine.properties, &mut gather);
    // Whose address is taken is in memory with all that belongs to the same variable: a reference may go on from there.
    let stems: Vec<&str> = machine.globals.iter().map(|cell| stem(&cell.name)).collect();
    let addressed: Vec<bool> = (0..stems.len())
        .map(|cell| (0..stems.len()).any(|other| gather.addressed[other] && stems[other] == stems[cell]))
        .collect();
    lay_out(&machine.globals, &gather.joined, &addressed, names)
}

/// The frame of `routine`.
pub(super) fn frame(routine: &Routine, names: &mut Names) -> Layout {
    let mut gather = Gather::new(true, routine.frame.len());
    for point in &routine.points {
        visit::point(point, &mut gather);
    }
    lay_out(&routine.frame, &gather.joined, &vec![false; routine.frame.len()], names)
}

fn conditions(properties: &Properties, gather: &mut Gather) {
    for (_, cond) in properties.conditions() {
        visit::expr(cond, gather);
    }
}

fn stem(name: &str) -> &str {
    name.split(['.', '[']).next().unwrap_or(name)
}

fn lay_out(cells: &[Cell], joined: &[bool], addressed: &[bool], names: &mut Names) -> Layout {
    let mut layout = Layout { spots: Vec::new(), declared: Vec::new(), memory: 0 };
    let mut at = 0;
    while at < cells.len() {
        if addressed[at] {
            layout.memory += 1;
            layout.spots.push(Spot::Memory(names.take(&cells[at].name), layout.memory));
            at += 1;
            continue;
        }
        // A cell that is joined goes on in the same array.
        let end = (at..cells.len()).find(|&cell| !joined[cell]).unwrap_or(cells.len() - 1) + 1;
        let ty =
            cells[at..end].iter().map(|cell| type_of(cell.ty)).max_by_key(|ty| rank(ty)).unwrap_or("int");
        let alone = end == at + 1;
        let name = names.take(if alone { &cells[at].name } else { stem(&cells[at].name) });
        let length = (!alone).then_some((end - at) as u32);
        for element in 0..(end - at) as u32 {
            layout.spots.push(match alone {
                true => Spot::Variable(name.clone()),
                false => Spot::Element(name.clone(), element),
            });
        }
        layout.declared.push(Declared { name, ty, length, cell: at as u32 });
        at = end;
    }
    layout
}

/// The smallest type of Promela that holds all values of a cell.
fn type_of(ty: CellType) -> &'static str {
    match ty {
        CellType::Bool => "bool",
        CellType::Int { bits: ..=8, signed: false } => "byte",
        CellType::Int { bits: ..=8, .. } | CellType::Int { bits: ..=16, signed: true } => "short",
        CellType::Int { .. } | CellType::String | CellType::Ref | CellType::Tag | CellType::Payload => "int",
    }
}

fn rank(ty: &str) -> usize {
    ["bool", "byte", "short", "int"].iter().position(|&it| it == ty).unwrap_or(3)
}

/// Which cells one computed index goes over, and of which the address is taken.
struct Gather {
    /// Frame cells, or package variables.
    locals: bool,
    /// The cell and the one after it are elements of one array.
    joined: Vec<bool>,
    addressed: Vec<bool>,
}

impl Gather {
    fn new(locals: bool, cells: usize) -> Self {
        Self { locals, joined: vec![false; cells], addressed: vec![false; cells] }
    }

    /// The cells that `place` can be, where it is a variable's.
    fn covered(&self, place: &Place) -> Option<std::ops::Range<usize>> {
        let start = match (&place.base, self.locals) {
            (Base::Local(local), true) => local.0,
            (Base::Global(cell), false) => *cell,
            _ => return None,
        };
        let start = (start + place.offset) as usize;
        let reach: usize = place
            .index
            .iter()
            .map(|it| {
                it.limit.map_or(self.joined.len(), |limit| limit.saturating_sub(1) as usize)
                    * it.stride as usize
            })
            .sum();
        Some(start..(start + reach + 1).min(self.joined.len()))
    }
}

impl Visit for Gather {
    fn expr(&mut self, expr: &Expr) {
        if let Expr::AddrOf(place) = expr
            && let Some(cells) = self.covered(place)
        {
            self.addressed[cells].fill(true);
        }
    }

    fn place(&mut self, place: &Place) {
        if !place.index.is_empty()
            && let Some(cells) = self.covered(place)
            && cells.len() > 1
        {
            self.joined[cells.start..cells.end - 1].fill(true);
        }
    }
}
