//! The cells of a frame, and what is written to them.

use super::Builder;
use crate::commands::{CellType, Command, Expr, Local, Place};
use crate::lower::value::{self, Value};
use crate::machine::Cell;

impl Builder<'_, '_> {
    /// New frame cells.
    pub fn locals(&mut self, cells: Vec<Cell>, stable: bool) -> Local {
        let first = Local(u32::try_from(self.frame.len()).unwrap_or(u32::MAX));
        self.stable.extend(cells.iter().map(|_| stable));
        self.frame.extend(cells);
        first
    }

    /// New hidden cells for a value on its way.
    pub fn temps(&mut self, name: &str, types: &[CellType]) -> Place {
        let cells = types.iter().map(|&ty| Cell { name: name.into(), ty, hidden: true }).collect();
        Place::local(self.locals(cells, true))
    }

    /// Stores `value` in new temporaries and gives what reads them.
    pub fn save(&mut self, name: &str, value: Value) -> Value {
        let place = self.temps(name, &value.types);
        let types = value.types.clone();
        self.store(&place, value);
        Value::load(&place, types)
    }

    /// `value`, or a copy of it that nobody else can change.
    pub fn private(&mut self, value: Value) -> Value {
        if value.exprs.iter().all(value::is_private) { value } else { self.save("operand", value) }
    }

    /// `value`, or a copy of it that nothing at all changes.
    pub fn stable(&mut self, value: Value) -> Value {
        let stable = value.exprs.iter().all(|expr| self.is_stable(expr));
        if stable { value } else { self.save("saved", value) }
    }

    pub fn is_stable(&self, expr: &Expr) -> bool {
        let mut stable = value::is_private(expr);
        value::visit_places(expr, &mut |place| {
            if let crate::commands::Base::Local(local) = place.base {
                let at = (local.0 + place.offset) as usize;
                stable &= place.index.is_empty() && self.stable.get(at).copied().unwrap_or(false);
            }
        });
        stable
    }

    /// How many cells the frame has so far: at the start of a routine, its arguments.
    pub fn frame_len(&self) -> u32 {
        u32::try_from(self.frame.len()).unwrap_or(u32::MAX)
    }

    /// Writes a value to the cells from `place` on, as if all at once.
    pub fn store(&mut self, place: &Place, value: Value) {
        let dests: Vec<Place> = (0u32..).zip(&value.exprs).map(|(at, _)| place.clone().at(at)).collect();
        self.store_all(dests, value);
    }

    /// Writes each cell of `value` to its place, as if all at once.
    pub fn store_all(&mut self, dests: Vec<Place>, value: Value) {
        let moves = |(at, dest): (usize, &Place)| {
            dests.iter().skip(at + 1).any(|later| address_depends_on(later, dest))
        };
        let dests: Vec<Place> = if dests.iter().enumerate().any(moves) {
            dests.into_iter().map(|dest| self.steady(dest)).collect()
        } else {
            dests
        };
        let changes = |(at, dest): (usize, &Place)| {
            value.exprs.iter().skip(at + 1).any(|later| value::depends_on(later, dest))
        };
        let value = if dests.iter().enumerate().any(changes) { self.save("swap", value) } else { value };
        for (dest, expr) in dests.into_iter().zip(value.exprs) {
            let same = matches!(&expr, Expr::Load(place) if **place == dest);
            if !same {
                self.push(Command::Set(dest, expr));
            }
        }
    }
}

/// True where writing `dest` may change which cell `place` is.
pub(super) fn address_depends_on(place: &Place, dest: &Place) -> bool {
    let based = match &place.base {
        crate::commands::Base::Memory(reference) => value::depends_on(reference, dest),
        crate::commands::Base::Local(_) | crate::commands::Base::Global(_) => false,
    };
    based || place.index.iter().any(|scaled| value::depends_on(&scaled.index, dest))
}
