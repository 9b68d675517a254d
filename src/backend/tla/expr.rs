//! Expressions and places.
//!
//! In: a Machine's scalars. Out: TLA+ over one value of the state. Truths are numbers in cells and booleans in
//! conditions: [`Writer::int`] and [`Writer::cond`] give the one or the other.

use std::cell::Cell;

use super::names::Names;
use crate::commands::maps::{Entry, Part};
use crate::commands::{Base, BinaryOp, Expr, Place};
use crate::machine::Machine;

/// What is translated, and what did not fit.
#[derive(Debug)]
pub(super) struct Writer<'a> {
    pub(super) machine: &'a Machine,
    pub(super) names: &'a Names,
    /// By routine and point: each way on is fair by itself.
    pub(super) ways: Vec<Vec<bool>>,
    /// A constant needs more than 32 bits.
    pub(super) too_large: Cell<bool>,
}

/// From where an expression looks at the state.
#[derive(Clone, Copy, Debug)]
pub(super) struct View<'v> {
    /// The variable that holds the state; `None` for the state as it is, in the module's variables.
    pub(super) state: Option<&'v str>,
    /// The variable that holds the slot, and what runs there; `None` in properties.
    pub(super) who: Option<(&'v str, usize)>,
}

impl<'v> View<'v> {
    pub(super) const NOBODY: View<'static> = View { state: None, who: None };

    pub(super) fn at(self, state: &'v str) -> Self {
        Self { state: Some(state), ..self }
    }

    /// The state as a value.
    pub(super) fn value(self) -> &'v str {
        self.state.unwrap_or("Now")
    }
}

impl Writer<'_> {
    /// As a number.
    pub(super) fn int(&self, expr: &Expr, view: View<'_>) -> String {
        match expr {
            Expr::Const(value) => self.constant(*value),
            Expr::Load(place) => self.load(place, view),
            Expr::AddrOf(place) => self.address(place, view),
            Expr::If(cond, yes, no) => format!(
                "(IF {} THEN {} ELSE {})",
                self.cond(cond, view),
                self.int(yes, view),
                self.int(no, view)
            ),
            Expr::Binary(op, left, right) if !compares(*op) => self.binary(*op, left, right, view),
            Expr::Wrap { bits, signed, value } => self.wrap(*bits, *signed, value, view),
            Expr::Entry(entry) => self.entry(entry, view),
            Expr::Not(_) | Expr::And(..) | Expr::Or(..) | Expr::Binary(..) => {
                format!("Bit({})", self.cond(expr, view))
            }
        }
    }

    /// As a condition.
    pub(super) fn cond(&self, expr: &Expr, view: View<'_>) -> String {
        match expr {
            Expr::Const(0) => "FALSE".to_owned(),
            Expr::Const(_) => "TRUE".to_owned(),
            Expr::Not(inner) => format!("~{}", self.cond(inner, view)),
            Expr::And(left, right) => format!("({} /\\ {})", self.cond(left, view), self.cond(right, view)),
            Expr::Or(left, right) => format!("({} \\/ {})", self.cond(left, view), self.cond(right, view)),
            Expr::If(cond, yes, no) => format!(
                "(IF {} THEN {} ELSE {})",
                self.cond(cond, view),
                self.cond(yes, view),
                self.cond(no, view)
            ),
            Expr::Binary(op, left, right) if compares(*op) => {
                let (left, right) = (self.int(left, view), self.int(right, view));
                match op {
                    BinaryOp::Eq => format!("({left} = {right})"),
                    BinaryOp::Ne => format!("({left} # {right})"),
                    BinaryOp::Lt => format!("({left} < {right})"),
                    BinaryOp::Le => format!("({left} <= {right})"),
                    BinaryOp::LtU => format!("LessU({left}, {right})"),
                    _ => format!("~LessU({right}, {left})"),
                }
            }
            Expr::Load(_) | Expr::AddrOf(_) | Expr::Binary(..) | Expr::Wrap { .. } | Expr::Entry(_) => {
                format!("({} # 0)", self.int(expr, view))
            }
        }
    }

    pub(super) fn constant(&self, value: i64) -> String {
        match i32::try_from(value) {
            Ok(value) if value >= 0 => value.to_string(),
            // The digits alone are too large.
            Ok(i32::MIN) => format!("((-{}) - 1)", i32::MAX),
            Ok(value) => format!("(-{})", value.unsigned_abs()),
            Err(_) => {
                self.too_large.set(true);
                "0".to_owned()
            }
        }
    }

    /// A list of numbers, as a sequence.
    pub(super) fn sequence(&self, exprs: &[Expr], view: View<'_>) -> String {
        let parts: Vec<String> = exprs.iter().map(|expr| self.int(expr, view)).collect();
        format!("<<{}>>", parts.join(", "))
    }

    fn load(&self, place: &Place, view: View<'_>) -> String {
        match &place.base {
            Base::Local(_) => {
                let index = self.index(place, view);
                match (view.state, view.who) {
                    (Some(state), Some((slot, _))) => format!("Frame({state}, {slot})[{index}]"),
                    (None, Some((slot, _))) => format!("goroutines[{slot}].frame[{index}]"),
                    // The validator lets no property read a frame.
                    (_, None) => "0".to_owned(),
                }
            }
            Base::Global(_) => {
                let index = self.index(place, view);
                match view.state {
                    Some(state) => format!("{state}.globals[{index}]"),
                    None => format!("globals[{index}]"),
                }
            }
            Base::Memory(_) => {
                let reference = self.address(place, view);
                match view.state {
                    Some(state) => format!("Cell({state}, {reference})"),
                    None => format!("Memory({reference})"),
                }
            }
        }
    }

    /// The state after `place`, found from `view`, has been set in the state `target`.
    pub(super) fn set(&self, target: &str, place: &Place, value: &str, view: View<'_>) -> String {
        let slot = view.who.map_or("0", |who| who.0);
        match &place.base {
            Base::Local(_) => format!("SetLocal({target}, {slot}, {}, {value})", self.index(place, view)),
            Base::Global(_) => format!("SetGlobal({target}, {}, {value})", self.index(place, view)),
            Base::Memory(_) => format!("SetCell({target}, {}, {value})", self.address(place, view)),
        }
    }

    /// A reference to `place`.
    fn address(&self, place: &Place, view: View<'_>) -> String {
        match &place.base {
            Base::Memory(reference) => {
                let base = self.int(reference, view);
                let skip = self.skip(place, place.offset, view);
                if skip.is_empty() { base } else { format!("({base}{skip})") }
            }
            Base::Global(_) | Base::Local(_) => format!("GlobalRef({})", self.index(place, view)),
        }
    }

    /// The index of a cell of the frame or of the package variables.
    fn index(&self, place: &Place, view: View<'_>) -> String {
        let (names, first) = match &place.base {
            Base::Local(local) => {
                (view.who.map_or(&[][..], |who| self.names.frames[who.1].as_slice()), local.0)
            }
            Base::Global(cell) => (self.names.globals.as_slice(), *cell),
            Base::Memory(_) => (&[][..], 0),
        };
        let cell = first + place.offset;
        let base = names.get(cell as usize).cloned().unwrap_or_else(|| (cell + 1).to_string());
        format!("{base}{}", self.skip(place, 0, view))
    }

    /// ` + 2 + i * 3`, or nothing.
    fn skip(&self, place: &Place, offset: u32, view: View<'_>) -> String {
        let mut text = String::new();
        if offset > 0 {
            text.push_str(&format!(" + {offset}"));
        }
        for scaled in &place.index {
            let index = self.int(&scaled.index, view);
            match scaled.stride {
                1 => text.push_str(&format!(" + {index}")),
                stride => text.push_str(&format!(" + {index} * {stride}")),
            }
        }
        text
    }

    fn binary(&self, op: BinaryOp, left: &Expr, right: &Expr, view: View<'_>) -> String {
        let (left, right) = (self.int(left, view), self.int(right, view));
        let call = |name: &str| format!("{name}({left}, {right})");
        match op {
            BinaryOp::Add => format!("({left} + {right})"),
            BinaryOp::Sub => format!("({left} - {right})"),
            BinaryOp::Mul => format!("({left} * {right})"),
            BinaryOp::Div => call("Quot"),
            BinaryOp::Rem => call("Rem"),
            BinaryOp::And => call("BitAnd"),
            BinaryOp::Or => call("BitOr"),
            BinaryOp::Xor => call("BitXor"),
            BinaryOp::AndNot => call("BitAndNot"),
            BinaryOp::Shl => call("ShiftLeft"),
            BinaryOp::Shr => call("ShiftRight"),
            BinaryOp::ShrU => call("ShiftRightU"),
            BinaryOp::DivU => call("QuotU"),
            BinaryOp::RemU => call("RemU"),
            BinaryOp::LtU | BinaryOp::LeU | BinaryOp::Eq | BinaryOp::Ne | BinaryOp::Lt | BinaryOp::Le => {
                call("Bit")
            }
        }
    }

    fn wrap(&self, bits: u32, signed: bool, value: &Expr, view: View<'_>) -> String {
        let value = self.int(value, view);
        match (bits.max(1), signed) {
            // Whatever TLC can hold fits.
            (32.., true) | (64.., false) => value,
            (31, true) => format!("WrapSigned({value}, {})", 1 << 30),
            (31.., false) => format!("Unsigned({value})"),
            (bits, true) => format!("WrapSigned({value}, {})", 1u32 << (bits - 1)),
            (bits, false) => format!("({value} % {})", 1u32 << bits),
        }
    }

    fn entry(&self, entry: &Entry, view: View<'_>) -> String {
        let state = view.value();
        let (map, key) = (self.int(&entry.map, view), self.sequence(&entry.key, view));
        match &entry.part {
            Part::Found => format!("Bit(Found({state}, {map}, {key}))"),
            Part::Cell(cell) => format!("Entry({state}, {map}, {key}, {})", cell + 1),
            Part::Holds(other) => {
                format!("Bit(Holds({state}, {map}, {key}, {}))", self.sequence(other, view))
            }
        }
    }
}

fn compares(op: BinaryOp) -> bool {
    matches!(op, BinaryOp::Eq | BinaryOp::Ne | BinaryOp::Lt | BinaryOp::Le | BinaryOp::LtU | BinaryOp::LeU)
}
