//! A step that has been taken, until it is known where it has led.

use super::moves::Move;
use super::permutation::{Permutation, Permutations};
use super::successors::Successors;

/// A step that has been taken.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Taken {
    pub(super) slot: usize,
    pub(super) partner: Option<usize>,
    pub(super) moved: Permutation,
    /// Of the state that it leads to: the run is over, and how many slots it has.
    pub(super) ends: bool,
    pub(super) slots: usize,
}

impl Taken {
    /// What `successors` has taken last.
    pub(super) fn last(
        successors: &Successors<'_>,
        step: Option<Move>,
        permutations: &mut Permutations,
    ) -> Self {
        Self {
            slot: step.map_or(0, |step| step.slot()),
            partner: step.and_then(|step| step.partner()),
            moved: permutations.find(successors.moved()),
            ends: successors.taken_is_end(),
            slots: successors.taken_slots(),
        }
    }
}
