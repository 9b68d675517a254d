//! Constant values and their arithmetic, exact up to 128 bits.
//!
//! In: values and operators. Out: values, or why there is none. Go's compilers keep
//! 512 bits; what does not fit 128 is reported as an overflow.

use std::rc::Rc;

use super::types::{IntKind, Type};
use crate::syntax::ast::{BinaryOp, UnaryOp};

/// The value of a constant expression.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Const {
    Bool(bool),
    Int(i128),
    Str(Rc<str>),
}

/// Why constants have no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    Overflow,
    DivisionByZero,
    /// The operator does not fit the operands.
    Kind,
}

impl Const {
    /// As a diagnostic shows it.
    pub(crate) fn show(&self) -> String {
        match self {
            Self::Bool(value) => value.to_string(),
            Self::Int(value) => value.to_string(),
            Self::Str(text) => format!("{text:?}"),
        }
    }

    pub(crate) fn int(&self) -> Option<i128> {
        match self {
            Self::Int(value) => Some(*value),
            Self::Bool(_) | Self::Str(_) => None,
        }
    }

    /// True if a variable of the (underlying) type can hold the value.
    pub(crate) fn fits(&self, ty: &Type) -> bool {
        match (self, ty) {
            (Self::Bool(_), Type::Bool | Type::UntypedBool) => true,
            (Self::Str(_), Type::String | Type::UntypedString) => true,
            (Self::Int(_), Type::UntypedInt | Type::UntypedRune) => true,
            (Self::Int(value), Type::Int(kind)) => {
                let (low, high) = range(*kind);
                low <= *value && *value <= high
            }
            _ => false,
        }
    }
}

/// The least and the greatest value of an integer type.
pub(crate) fn range(kind: IntKind) -> (i128, i128) {
    let (bits, signed) = kind.shape();
    if signed { (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) } else { (0, (1 << bits) - 1) }
}

/// An integer literal as Go writes it: `0x1f`, `0b1`, `0o17`, `017`, `1_000`.
pub(crate) fn parse_int(text: &str) -> Option<i128> {
    let digits: String = text.chars().filter(|&c| c != '_').collect::<String>().to_ascii_lowercase();
    let (digits, radix) = match digits.get(..2) {
        Some("0x") => (digits.get(2..)?, 16),
        Some("0b") => (digits.get(2..)?, 2),
        Some("0o") => (digits.get(2..)?, 8),
        _ if digits.len() > 1 && digits.starts_with('0') => (digits.get(1..)?, 8),
        _ => (digits.as_str(), 10),
    };
    i128::from_str_radix(digits, radix).ok()
}

/// `op x`; the bits of `^x` are those of the type, `None` for untyped constants.
pub(crate) fn unary(op: UnaryOp, value: &Const, kind: Option<IntKind>) -> Result<Const, Fault> {
    match (op, value) {
        (UnaryOp::Not, Const::Bool(value)) => Ok(Const::Bool(!value)),
        (UnaryOp::Plus, Const::Int(value)) => Ok(Const::Int(*value)),
        (UnaryOp::Neg, Const::Int(value)) => value.checked_neg().map(Const::Int).ok_or(Fault::Overflow),
        (UnaryOp::BitNot, Const::Int(value)) => match kind.map(range) {
            Some((0, high)) => Ok(Const::Int(value ^ high)),
            _ => Ok(Const::Int(!value)),
        },
        _ => Err(Fault::Kind),
    }
}

/// `x op y` but for shifts and comparisons of different kinds.
pub(crate) fn binary(op: BinaryOp, left: &Const, right: &Const) -> Result<Const, Fault> {
    if let Some(value) = compare(op, left, right) {
        return Ok(Const::Bool(value));
    }
    match (left, right) {
        (Const::Int(x), Const::Int(y)) => arithmetic(op, *x, *y).map(Const::Int),
        (Const::Bool(x), Const::Bool(y)) => match op {
            BinaryOp::AndAnd => Ok(Const::Bool(*x && *y)),
            BinaryOp::OrOr => Ok(Const::Bool(*x || *y)),
            _ => Err(Fault::Kind),
        },
        (Const::Str(x), Const::Str(y)) if op == BinaryOp::Add => Ok(Const::Str(format!("{x}{y}").into())),
        _ => Err(Fault::Kind),
    }
}

fn compare(op: BinaryOp, left: &Const, right: &Const) -> Option<bool> {
    let order = match (left, right) {
        (Const::Int(x), Const::Int(y)) => x.cmp(y),
        (Const::Str(x), Const::Str(y)) => x.as_bytes().cmp(y.as_bytes()),
        (Const::Bool(x), Const::Bool(y)) if matches!(op, BinaryOp::Eq | BinaryOp::Ne) => x.cmp(y),
        _ => return None,
    };
    match op {
        BinaryOp::Eq => Some(order.is_eq()),
        BinaryOp::Ne => Some(order.is_ne()),
        BinaryOp::Lt => Some(order.is_lt()),
        BinaryOp::Le => Some(order.is_le()),
        BinaryOp::Gt => Some(order.is_gt()),
        BinaryOp::Ge => Some(order.is_ge()),
        _ => None,
    }
}

fn arithmetic(op: BinaryOp, x: i128, y: i128) -> Result<i128, Fault> {
    let result = match op {
        BinaryOp::Add => x.checked_add(y),
        BinaryOp::Sub => x.checked_sub(y),
        BinaryOp::Mul => x.checked_mul(y),
        BinaryOp::Div | BinaryOp::Rem if y == 0 => return Err(Fault::DivisionByZero),
        BinaryOp::Div => x.checked_div(y),
        BinaryOp::Rem => x.checked_rem(y),
        BinaryOp::And => Some(x & y),
        BinaryOp::Or => Some(x | y),
        BinaryOp::Xor => Some(x ^ y),
        BinaryOp::AndNot => Some(x & !y),
        _ => return Err(Fault::Kind),
    };
    result.ok_or(Fault::Overflow)
}

/// `x << count` or `x >> count` of untyped or typed constants.
pub(crate) fn shift(left: bool, x: i128, count: u32) -> Result<i128, Fault> {
    if !left {
        return Ok(x >> count.min(127));
    }
    if x == 0 {
        return Ok(0);
    }
    let fits = count < 127 && (x << count) >> count == x;
    if fits { Ok(x << count) } else { Err(Fault::Overflow) }
}
