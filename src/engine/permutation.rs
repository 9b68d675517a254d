//! Permutations of the slots of goroutines, each kept once.
//!
//! In: lists that say for each slot where it goes. Out: small numbers that stand for
//! them. A state is stored with its goroutines in an order of its own, so each edge of
//! the graph says who of its source is who in its target.

use rustc_hash::FxHashMap;

/// One permutation, by its number among [`Permutations`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
pub(crate) struct Permutation(u32);

impl Permutation {
    /// Everybody stays.
    pub(crate) const IDENTITY: Self = Self(0);

    pub(crate) fn from_number(number: u64) -> Self {
        Self(u32::try_from(number).unwrap_or_default())
    }

    pub(crate) fn number(self) -> u64 {
        u64::from(self.0)
    }
}

/// All permutations that have come up.
#[derive(Default, Debug)]
pub(crate) struct Permutations {
    numbers: FxHashMap<Box<[u32]>, u32>,
    /// By number - 1. The slots that a list does not reach stay.
    lists: Vec<Box<[u32]>>,
    cells: u64,
}

impl Permutations {
    /// The permutation that moves slot `n` to slot `moved[n]`.
    pub(crate) fn find(&mut self, moved: &[u32]) -> Permutation {
        if let Some(known) = self.known(moved) {
            return known;
        }
        let moved = shortened(moved);
        self.lists.push(moved.into());
        self.cells += moved.len() as u64;
        let number = u32::try_from(self.lists.len()).unwrap_or(u32::MAX);
        self.numbers.insert(moved.into(), number);
        Permutation(number)
    }

    /// The same, if it has come up.
    pub(crate) fn known(&self, moved: &[u32]) -> Option<Permutation> {
        let moved = shortened(moved);
        if moved.is_empty() {
            return Some(Permutation::IDENTITY);
        }
        self.numbers.get(moved).copied().map(Permutation)
    }

    /// Where `permutation` moves `slot`.
    pub(crate) fn of(&self, permutation: Permutation, slot: usize) -> usize {
        let list = (permutation.0 as usize).checked_sub(1).map(|index| &self.lists[index]);
        list.and_then(|list| list.get(slot)).map_or(slot, |&to| to as usize)
    }

    /// Slots from this one on always stay.
    pub(crate) fn width(&self) -> usize {
        self.lists.iter().map(|list| list.len()).max().unwrap_or(0)
    }

    /// Bytes in use.
    pub(crate) fn memory(&self) -> u64 {
        self.cells * 8 + self.lists.len() as u64 * 64
    }
}

/// Without the slots at the end that stay.
fn shortened(moved: &[u32]) -> &[u32] {
    let stays = |&(at, &to): &(usize, &u32)| at == to as usize;
    &moved[..moved.len() - moved.iter().enumerate().rev().take_while(stays).count()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_permutations_have_one_number() {
        let mut all = Permutations::default();
        assert_eq!(all.find(&[0, 1, 2]), Permutation::IDENTITY);
        let swap = all.find(&[0, 2, 1, 3]);
        assert_eq!(all.find(&[0, 2, 1]), swap);
        assert_ne!(all.find(&[0, 2, 3, 1]), swap);
        assert_eq!([0, 1, 2, 3].map(|slot| all.of(swap, slot)), [0, 2, 1, 3]);
        assert_eq!(all.of(Permutation::IDENTITY, 7), 7);
        assert_eq!(all.width(), 4);
    }
}
