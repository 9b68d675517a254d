//! Which values an expression can have: SPIN's integers have 32 bits, the Machine's 64.
//!
//! In: an expression, and how large a cell can be. Out: an interval. A cell that holds a wide integer is checked
//! whenever it is written ([`Limit`]), so that what is computed from it by the expressions of the model fits; an
//! expression of which that cannot be shown has no translation.

use crate::commands::{Base, BinaryOp, CellType, Expr, Place};
use crate::machine::visit::{self, Visit};
use crate::machine::{Cell, Machine};

/// Values from `low` to `high`, both included.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Range {
    pub(super) low: i64,
    pub(super) high: i64,
}

const BOOL: Range = Range { low: 0, high: 1 };

/// A value that may not fit into 32 bits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct TooWide;

/// The largest magnitude that a cell of a wide integer may have.
pub(super) type Limit = i64;

/// How large cells may be at most: sums of a few fit; sums of larger multiples; products of two; multiples of these.
const LIMITS: [Limit; 6] = [1 << 28, 1 << 24, 1 << 20, (1 << 15) - 1, 1 << 12, 1 << 9];

/// The largest limit with which all that `machine` computes fits.
pub(super) fn limit(machine: &Machine) -> Result<Limit, TooWide> {
    LIMITS.into_iter().find(|&limit| everything_fits(machine, limit)).ok_or(TooWide)
}

fn everything_fits(machine: &Machine, limit: Limit) -> bool {
    let globals = machine.globals.as_slice();
    let fits = |frame: &[Cell], walk: &dyn Fn(&mut dyn Visit)| {
        let mut fitting = Fitting { cells: Cells { frame, globals, limit }, fits: true };
        walk(&mut fitting);
        fitting.fits
    };
    machine.routines.iter().all(|routine| {
        fits(&routine.frame, &|visit| {
            routine.points.iter().flat_map(|point| &point.edges).for_each(|edge| visit::edge(edge, visit));
        })
    }) && machine.properties.conditions().all(|(_, cond)| fits(&[], &|visit| visit::expr(cond, visit)))
}

/// Looks whether every operation fits.
struct Fitting<'a> {
    cells: Cells<'a>,
    fits: bool,
}

impl Visit for Fitting<'_> {
    fn expr(&mut self, expr: &Expr) {
        // The parts of a wrapped shift are allowed what the shift alone is not.
        self.fits &= self.cells.of(expr).is_ok() || matches!(expr, Expr::Binary(BinaryOp::Shl, ..));
    }
}

impl Range {
    fn new(low: i64, high: i64) -> Result<Self, TooWide> {
        let fits = low >= i64::from(i32::MIN) && high <= i64::from(i32::MAX);
        if fits { Ok(Self { low, high }) } else { Err(TooWide) }
    }

    pub(super) fn within(self, limit: Limit) -> bool {
        -limit <= self.low && self.high <= limit
    }

    fn union(self, other: Self) -> Self {
        Self { low: self.low.min(other.low), high: self.high.max(other.high) }
    }

    /// The smallest and largest of `f` at the corners.
    fn corners(self, other: Self, f: impl Fn(i64, i64) -> i64) -> Result<Self, TooWide> {
        let corners = [
            f(self.low, other.low),
            f(self.low, other.high),
            f(self.high, other.low),
            f(self.high, other.high),
        ];
        let (low, high) =
            corners.iter().fold((i64::MAX, i64::MIN), |(low, high), &it| (low.min(it), high.max(it)));
        Self::new(low, high)
    }
}

/// What cells hold.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cells<'a> {
    pub(super) frame: &'a [Cell],
    pub(super) globals: &'a [Cell],
    pub(super) limit: Limit,
}

impl Cells<'_> {
    /// What a cell of this type can hold.
    pub(super) fn of_type(&self, ty: CellType) -> Range {
        match ty {
            CellType::Bool => BOOL,
            CellType::Int { bits, signed: false } if bits <= 16 => Range { low: 0, high: (1 << bits) - 1 },
            CellType::Int { bits, signed: true } if bits <= 16 => {
                Range { low: -(1 << (bits - 1)), high: (1 << (bits - 1)) - 1 }
            }
            CellType::Int { bits: 32, signed: false } => Range { low: 0, high: self.limit },
            CellType::Int { .. } | CellType::Payload => Range { low: -self.limit, high: self.limit },
            CellType::String | CellType::Ref | CellType::Tag => Range { low: 0, high: self.limit },
        }
    }

    /// What the cell at `place` can hold.
    pub(super) fn place(&self, place: &Place) -> Range {
        let cell = match &place.base {
            Base::Local(local) => self.frame.get((local.0 + place.offset) as usize),
            Base::Global(cell) => self.globals.get((cell + place.offset) as usize),
            Base::Memory(_) => None,
        };
        match cell {
            Some(cell) if place.index.is_empty() => self.of_type(cell.ty),
            _ => Range { low: -self.limit, high: self.limit },
        }
    }

    pub(super) fn of(&self, expr: &Expr) -> Result<Range, TooWide> {
        Ok(match expr {
            Expr::Const(value) => Range::new(*value, *value)?,
            Expr::Load(place) => {
                self.inside(place)?;
                self.place(place)
            }
            Expr::AddrOf(place) => {
                self.inside(place)?;
                Range { low: 0, high: self.limit }
            }
            Expr::Not(inner) => self.of(inner).map(|_| BOOL)?,
            Expr::And(left, right) | Expr::Or(left, right) => {
                self.of(left)?;
                self.of(right)?;
                BOOL
            }
            Expr::If(cond, yes, no) => {
                self.of(cond)?;
                self.of(yes)?.union(self.of(no)?)
            }
            Expr::Binary(op, left, right) => self.binary(*op, self.of(left)?, self.of(right)?)?,
            Expr::Wrap { bits, signed, value } => self.wrap(*bits, *signed, value)?,
            Expr::Entry(entry) => {
                entry.exprs().try_for_each(|part| self.of(part).map(|_| ()))?;
                Range { low: -self.limit, high: self.limit }
            }
        })
    }

    /// The indices of a place are computed like everything else.
    fn inside(&self, place: &Place) -> Result<(), TooWide> {
        if let Base::Memory(reference) = &place.base {
            self.of(reference)?;
        }
        place.index.iter().try_for_each(|scaled| self.of(&scaled.index).map(|_| ()))
    }

    fn wrap(&self, bits: u32, signed: bool, value: &Expr) -> Result<Range, TooWide> {
        // The low bits of a shift need no more than the low bits of what is shifted.
        let inner = match value {
            Expr::Binary(BinaryOp::Shl, left, right) if bits <= 16 => {
                let (left, right) = (self.of(left)?, self.of(right)?);
                if right.low < 0 || !left.within(1 << 16) {
                    return Err(TooWide);
                }
                return Ok(self.of_type(CellType::Int { bits, signed }));
            }
            value => self.of(value)?,
        };
        match (bits, signed) {
            (..=16, _) => Ok(self.of_type(CellType::Int { bits, signed })),
            (32, false) if inner.low < 0 => Err(TooWide),
            _ => Ok(inner),
        }
    }

    fn binary(&self, op: BinaryOp, left: Range, right: Range) -> Result<Range, TooWide> {
        let natural = left.low >= 0 && right.low >= 0;
        match op {
            BinaryOp::Add => Range::new(left.low + right.low, left.high + right.high),
            BinaryOp::Sub => Range::new(left.low - right.high, left.high - right.low),
            BinaryOp::Mul => left.corners(right, |a, b| a * b),
            BinaryOp::DivU | BinaryOp::RemU | BinaryOp::ShrU if !natural => Err(TooWide),
            BinaryOp::Div | BinaryOp::DivU | BinaryOp::Rem | BinaryOp::RemU => {
                let most = left.low.abs().max(left.high.abs());
                Range::new(if left.low < 0 { -most } else { 0 }, most)
            }
            BinaryOp::Shr | BinaryOp::ShrU => Range::new(left.low.min(0), left.high.max(0)),
            BinaryOp::Shl if right.low >= 0 && right.high < 31 => left.corners(right, |a, b| a << b),
            BinaryOp::Shl => Err(TooWide),
            BinaryOp::And | BinaryOp::Or | BinaryOp::Xor | BinaryOp::AndNot => {
                let most = [left.low, left.high, right.low, right.high]
                    .iter()
                    .fold(1, |most, it| it.abs().max(most));
                let bound = (most as u64 + 1).next_power_of_two() as i64;
                Range::new(if natural { 0 } else { -bound }, bound - 1)
            }
            BinaryOp::LtU | BinaryOp::LeU | BinaryOp::Eq | BinaryOp::Ne | BinaryOp::Lt | BinaryOp::Le => {
                Ok(BOOL)
            }
        }
    }
}
