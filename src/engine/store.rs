//! The set of visited states.
//!
//! In: states as bytes. Out: dense numbers, in the order of their first visit.
//! Exact: no state is ever taken for another.

use std::hash::Hasher;

use rustc_hash::FxHasher;

use super::bytes::ByteList;
use super::index::Index;

/// Visited states and their numbers.
#[derive(Debug)]
pub(crate) struct Store {
    states: ByteList,
    index: Index,
}

/// What became of an insertion.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Inserted {
    New(u32),
    Old(u32),
    /// No more states can be numbered or addressed.
    Full,
}

impl Store {
    pub(crate) fn new() -> Self {
        Self { states: ByteList::default(), index: Index::new() }
    }

    /// The number of the state `bytes`, which is added where it is new.
    pub(crate) fn insert(&mut self, bytes: &[u8]) -> Inserted {
        let Self { states, index } = self;
        let hash = hash(bytes);
        if let Some(number) = index.find(hash, |number| states.get(number) == bytes) {
            return Inserted::Old(number);
        }
        let Ok(number) = u32::try_from(states.len()) else { return Inserted::Full };
        if number >= u32::MAX - 1 || !states.push(bytes) {
            return Inserted::Full;
        }
        index.add(hash, number, |number| self::hash(states.get(number)));
        Inserted::New(number)
    }

    /// The bytes of state `number`.
    pub(crate) fn get(&self, number: u32) -> &[u8] {
        self.states.get(number)
    }

    pub(crate) fn len(&self) -> usize {
        self.states.len()
    }

    /// Bytes in use.
    pub(crate) fn memory(&self) -> u64 {
        self.states.memory() + self.index.memory()
    }

    /// Bytes in use besides when it grows next.
    pub(crate) fn memory_to_grow(&self) -> u64 {
        self.index.memory_to_grow()
    }
}

fn hash(bytes: &[u8]) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write(bytes);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_dense_and_stay() {
        let mut store = Store::new();
        for round in 0..2 {
            for number in 0..5000u32 {
                let inserted = store.insert(&number.to_le_bytes()[..2 + (number % 3) as usize]);
                if round == 1 {
                    assert!(matches!(inserted, Inserted::Old(_)));
                }
            }
        }
        for number in 0..store.len() as u32 {
            let bytes = store.get(number).to_vec();
            assert_eq!(store.insert(&bytes), Inserted::Old(number));
        }
    }
}
