//! A step of the search: what a goroutine, or two, do between one stored state and the next.
//!
//! In: slots and operations of the Machine. Out: an order, and who takes part.

use crate::machine::step::Step;

/// One step of the search.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Move {
    /// The block of the goroutine in this slot, whose end is a step of its own.
    Block(usize),
    /// An operation or a choice, after the blocks of those who take part.
    Operation(Step),
}

impl Move {
    /// Whose step it is.
    pub(crate) fn slot(&self) -> usize {
        match *self {
            Self::Block(slot) => slot,
            Self::Operation(step) => step.slot,
        }
    }

    /// The edge of an operation that is nobody else's too.
    pub(crate) fn edge(&self) -> Option<usize> {
        match self {
            Self::Operation(step) if step.partner.is_none() => Some(step.edge),
            Self::Operation(_) | Self::Block(_) => None,
        }
    }

    /// The order of steps.
    pub(crate) fn key(&self) -> (usize, usize, Option<(usize, usize)>, Option<i64>) {
        match *self {
            Self::Block(slot) => (slot, 0, None, None),
            Self::Operation(step) => (step.slot, step.edge, step.partner, step.choice),
        }
    }

    /// The other side of a rendezvous.
    pub(crate) fn partner(&self) -> Option<usize> {
        match self {
            Self::Block(_) => None,
            Self::Operation(step) => step.partner.map(|(slot, _)| slot),
        }
    }
}
