//! The set of visited states.
//!
//! In: states as bytes. Out: dense numbers, in the order of their first visit.
//! Exact: no state is ever taken for another. A table of hashes finds the bytes.

use std::hash::Hasher;

use rustc_hash::FxHasher;

use super::bytes::ByteList;

/// Visited states and their numbers.
#[derive(Debug)]
pub(crate) struct Store {
    states: ByteList,
    /// Open addressing: the hash in the high half, the number + 1 in the low half; 0 is free.
    table: Vec<u64>,
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
        Self { states: ByteList::default(), table: vec![0; 1 << 10] }
    }

    /// The number of the state `bytes`, which is added where it is new.
    pub(crate) fn insert(&mut self, bytes: &[u8]) -> Inserted {
        if self.states.len() * 4 >= self.table.len() * 3 {
            self.grow();
        }
        let hash = hash(bytes);
        let mask = self.table.len() - 1;
        let mut at = hash as usize & mask;
        loop {
            let entry = self.table[at];
            if entry == 0 {
                break;
            }
            if (entry >> 32) as u32 == hash && self.states.get(entry as u32 - 1) == bytes {
                return Inserted::Old(entry as u32 - 1);
            }
            at = (at + 1) & mask;
        }
        let Ok(number) = u32::try_from(self.states.len()) else { return Inserted::Full };
        if number >= u32::MAX - 1 || !self.states.push(bytes) {
            return Inserted::Full;
        }
        self.table[at] = u64::from(hash) << 32 | u64::from(number + 1);
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
        self.states.memory() + self.table.len() as u64 * 8
    }

    /// Bytes in use if [`Store::insert`] must grow its table next: the old and the new table are there at once.
    pub(crate) fn memory_to_grow(&self) -> u64 {
        let soon = self.states.len() as u64 * 4 + 4096 >= self.table.len() as u64 * 3;
        if soon { self.table.len() as u64 * 16 } else { 0 }
    }

    fn grow(&mut self) {
        let mask = self.table.len() * 2 - 1;
        let old = std::mem::replace(&mut self.table, vec![0; mask + 1]);
        for entry in old.into_iter().filter(|&entry| entry != 0) {
            let mut at = (entry >> 32) as usize & mask;
            while self.table[at] != 0 {
                at = (at + 1) & mask;
            }
            self.table[at] = entry;
        }
    }
}

fn hash(bytes: &[u8]) -> u32 {
    let mut hasher = FxHasher::default();
    hasher.write(bytes);
    let hash = hasher.finish();
    (hash >> 32) as u32 ^ hash as u32
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
