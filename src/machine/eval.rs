//! The values of expressions and the addresses of places.
//!
//! In: a frame, the package variables, the heap. Out: numbers, or a [`Fault`] where
//! the Machine asks for what its own guards should have excluded (nil, bounds,
//! division by zero). Pure: nothing is written here.

use super::footprint::Footprint;
use super::state::{Object, Ref};
use super::{Machine, maps};
use crate::commands::maps::{Entry, Part};
use crate::commands::{Base, BinaryOp, Expr, Place};

/// An evaluation that the guards should have excluded: a mistake in the Machine.
pub type Fault = &'static str;

/// What an expression can see.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    pub machine: &'a Machine,
    pub frame: &'a [i64],
    pub globals: &'a [i64],
    pub heap: &'a [Option<Object>],
    /// Gets every shared cell that is read, where somebody wants to know.
    pub log: Option<&'a Footprint>,
}

/// Where a place is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Address {
    Local(usize),
    Global(usize),
    Heap { object: usize, cell: usize },
}

impl Scope<'_> {
    /// The value of `expr`.
    pub fn eval(&self, expr: &Expr) -> Result<i64, Fault> {
        match expr {
            Expr::Const(value) => Ok(*value),
            Expr::Load(place) => self.load(place),
            Expr::AddrOf(place) => self.reference(place),
            Expr::Not(inner) => Ok(i64::from(self.eval(inner)? == 0)),
            Expr::And(left, right) => Ok(i64::from(self.eval(left)? != 0 && self.eval(right)? != 0)),
            Expr::Or(left, right) => Ok(i64::from(self.eval(left)? != 0 || self.eval(right)? != 0)),
            Expr::If(cond, yes, no) => self.eval(if self.eval(cond)? != 0 { yes } else { no }),
            Expr::Binary(op, left, right) => binary(*op, self.eval(left)?, self.eval(right)?),
            Expr::Wrap { bits, signed, value } => Ok(wrap(*bits, *signed, self.eval(value)?)),
            Expr::Entry(entry) => self.entry(entry),
        }
    }

    /// Whether `expr` is true.
    pub fn holds(&self, expr: &Expr) -> Result<bool, Fault> {
        Ok(self.eval(expr)? != 0)
    }

    /// Where `place` is.
    pub fn address(&self, place: &Place) -> Result<Address, Fault> {
        let skip = self.skip(place)?;
        match &place.base {
            Base::Local(local) => Ok(Address::Local(local.0 as usize + skip)),
            Base::Global(cell) => Ok(Address::Global(*cell as usize + skip)),
            Base::Memory(reference) => {
                let reference = Ref::unpack(self.eval(reference)?).ok_or("a nil reference is followed")?;
                let cell = reference.cell as usize + skip;
                Ok(match reference.object {
                    Ref::GLOBALS => Address::Global(cell),
                    object => Address::Heap { object: object as usize, cell },
                })
            }
        }
    }

    fn load(&self, place: &Place) -> Result<i64, Fault> {
        let address = self.address(place)?;
        if let Some(log) = self.log {
            log.read(address);
        }
        let cell = match address {
            Address::Local(cell) => self.frame.get(cell),
            Address::Global(cell) => self.globals.get(cell),
            Address::Heap { object, cell } => {
                let object = self.heap.get(object).and_then(Option::as_ref);
                object.ok_or("a reference to an object that is gone is followed")?.cells.get(cell)
            }
        };
        cell.copied().ok_or("a cell outside its object is read")
    }

    fn reference(&self, place: &Place) -> Result<i64, Fault> {
        let skip = self.skip(place)?;
        let base = match &place.base {
            Base::Local(_) => return Err("the address of a frame cell is taken"),
            Base::Global(cell) => Ref { object: Ref::GLOBALS, cell: *cell },
            Base::Memory(reference) => match Ref::unpack(self.eval(reference)?) {
                Some(reference) => reference,
                // The empty prefix of a nil slice is nil.
                None if skip == 0 => return Ok(Ref::NIL),
                None => return Err("an address is computed from a nil reference"),
            },
        };
        let cell = base.cell as usize + skip;
        if cell >= Ref::MAX_CELLS {
            return Err("an address outside every object is computed");
        }
        Ok(Ref { object: base.object, cell: u32::try_from(cell).unwrap_or(u32::MAX) }.pack())
    }

    /// A part of what a map holds under a key; a nil map holds nothing.
    fn entry(&self, entry: &Entry) -> Result<i64, Fault> {
        let key: Vec<i64> = entry.key.iter().map(|part| self.eval(part)).collect::<Result<_, _>>()?;
        let Some(reference) = Ref::unpack(self.eval(&entry.map)?) else { return Ok(0) };
        if let Some(log) = self.log {
            log.read(Address::Heap { object: reference.object as usize, cell: 0 });
        }
        let map = self.heap.get(reference.object as usize).and_then(Option::as_ref);
        let map = map.ok_or("a reference to an object that is gone is followed")?;
        let found = maps::find(self.machine, self.heap, map, &key)?;
        let Ok(index) = found else { return Ok(0) };
        let pool = self.machine.pool(map.pool);
        let value = maps::entry(pool, map, index).1;
        match &entry.part {
            Part::Found => Ok(1),
            Part::Cell(cell) => {
                value.get(*cell as usize).copied().ok_or("a cell outside a map's value is read")
            }
            Part::Holds(other) => {
                let other: Vec<i64> = other.iter().map(|part| self.eval(part)).collect::<Result<_, _>>()?;
                let kinds = &pool.cells[maps::key_cells(pool)..];
                Ok(i64::from(maps::same(self.machine, self.heap, kinds, value, &other)))
            }
        }
    }

    /// Cells between a place's base and the place.
    fn skip(&self, place: &Place) -> Result<usize, Fault> {
        let mut skip = place.offset as usize;
        for scaled in &place.index {
            let index = self.eval(&scaled.index)?;
            let limit = scaled.limit.map_or(Ref::MAX_CELLS as i64, i64::from);
            if index < 0 || index > limit {
                return Err("an index is out of range");
            }
            skip += usize::try_from(index).unwrap_or(0) * scaled.stride as usize;
        }
        Ok(skip)
    }
}

/// The result of an operation on two numbers.
pub(crate) fn binary(op: BinaryOp, left: i64, right: i64) -> Result<i64, Fault> {
    let unsigned = |value: i64| value.cast_unsigned();
    Ok(match op {
        BinaryOp::Add => left.wrapping_add(right),
        BinaryOp::Sub => left.wrapping_sub(right),
        BinaryOp::Mul => left.wrapping_mul(right),
        BinaryOp::Div | BinaryOp::Rem | BinaryOp::DivU | BinaryOp::RemU if right == 0 => {
            return Err("a division by zero");
        }
        BinaryOp::Div => left.wrapping_div(right),
        BinaryOp::Rem => left.wrapping_rem(right),
        BinaryOp::DivU => (unsigned(left) / unsigned(right)).cast_signed(),
        BinaryOp::RemU => (unsigned(left) % unsigned(right)).cast_signed(),
        BinaryOp::And => left & right,
        BinaryOp::Or => left | right,
        BinaryOp::Xor => left ^ right,
        BinaryOp::AndNot => left & !right,
        // A count past the width shifts everything out, as in Go; a negative count is guarded.
        BinaryOp::Shl => shift_count(right).map_or(0, |count| left << count),
        BinaryOp::Shr => left >> shift_count(right).unwrap_or(63),
        BinaryOp::ShrU => shift_count(right).map_or(0, |count| (unsigned(left) >> count).cast_signed()),
        BinaryOp::LtU => i64::from(unsigned(left) < unsigned(right)),
        BinaryOp::LeU => i64::from(unsigned(left) <= unsigned(right)),
        BinaryOp::Eq => i64::from(left == right),
        BinaryOp::Ne => i64::from(left != right),
        BinaryOp::Lt => i64::from(left < right),
        BinaryOp::Le => i64::from(left <= right),
    })
}

fn shift_count(count: i64) -> Option<u32> {
    u32::try_from(count).ok().filter(|&count| count < 64)
}

/// A number brought into the range of an integer type.
pub(crate) fn wrap(bits: u32, signed: bool, value: i64) -> i64 {
    let unused = 64u32.saturating_sub(bits.max(1));
    if signed {
        (value << unused) >> unused
    } else {
        ((value << unused).cast_unsigned() >> unused).cast_signed()
    }
}
