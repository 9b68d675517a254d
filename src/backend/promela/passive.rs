//! Who counts as waiting: at a rendezvous one side must have nothing else to do.
//!
//! In: the guard of an edge that meets somebody, and that of another edge of the same point. Out: whether the two can
//! never be open at once, by what they look like.

use crate::commands::{Base, BinaryOp, Expr, Place, queue};

/// Whether `other` is false wherever `meeting` is true.
pub(super) fn excludes(meeting: &Expr, other: &Expr) -> bool {
    let mut given = Vec::new();
    conjuncts(meeting, &mut given);
    let mut parts = Vec::new();
    conjuncts(other, &mut parts);
    parts.iter().any(|part| {
        **part == Expr::FALSE
            || given.iter().any(|fact| Expr::clone(part).negate() == **fact || no_room(fact, part))
    })
}

fn conjuncts<'a>(expr: &'a Expr, out: &mut Vec<&'a Expr>) {
    match expr {
        Expr::And(left, right) => {
            conjuncts(left, out);
            conjuncts(right, out);
        }
        other => out.push(other),
    }
}

/// Without capacity a channel has neither elements nor room for them.
fn no_room(fact: &Expr, part: &Expr) -> bool {
    let Expr::Binary(BinaryOp::Eq, cap, zero) = fact else { return false };
    let Expr::Load(cap) = &**cap else { return false };
    let Some(channel) = header(cap, queue::CAP).filter(|_| **zero == Expr::Const(0)) else { return false };
    let len = |expr: &Expr| matches!(expr, Expr::Load(place) if header(place, queue::LEN) == Some(channel));
    match part {
        Expr::Binary(BinaryOp::Lt, left, right) => {
            (**left == Expr::Const(0) && len(right)) || (len(left) && **right == Expr::Load(cap.clone()))
        }
        _ => false,
    }
}

/// The channel whose header cell `place` is.
fn header(place: &Place, cell: u32) -> Option<&Expr> {
    match &place.base {
        Base::Memory(reference) if place.offset == cell && place.index.is_empty() => Some(reference),
        _ => None,
    }
}
