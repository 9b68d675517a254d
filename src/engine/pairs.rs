//! Pairs of numbers, each once.
//!
//! In: pairs, packed into 64 bits. Out: dense numbers, in the order of the first visit. Exact. Several can be asked for at
//! once, which then wait for memory together.

use std::hint::black_box;

use super::index::Index;

/// Pairs and their numbers.
#[derive(Debug)]
pub(crate) struct Pairs {
    chunks: Vec<Vec<u64>>,
    len: usize,
    index: Index,
    /// Of the pairs that were asked for together: where each may be, with its hash.
    likely: Vec<(u64, Option<u32>)>,
}

/// Pairs in a chunk: memory grows by chunks, and nothing is copied.
const CHUNK: usize = 1 << 16;

/// So many are looked up together: what they read fits the nearest cache.
const TOGETHER: usize = 128;

impl Pairs {
    pub(crate) fn new() -> Self {
        Self { chunks: Vec::new(), len: 0, index: Index::new(), likely: Vec::new() }
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    #[inline]
    pub(crate) fn get(&self, number: u32) -> u64 {
        get(&self.chunks, number)
    }

    /// The number of a pair that is there.
    pub(crate) fn find(&self, pair: u64) -> Option<u32> {
        self.index.find(hash(pair), |number| get(&self.chunks, number) == pair)
    }

    /// The numbers of `pairs`, one after the other, and whether each is new. They end early when there is no more room.
    pub(crate) fn insert_all(&mut self, pairs: &[u64], numbers: &mut Vec<(u32, bool)>) {
        numbers.clear();
        for some in pairs.chunks(TOGETHER) {
            if !self.insert_some(some, numbers) {
                break;
            }
        }
    }

    /// `false` when there is no more room.
    fn insert_some(&mut self, pairs: &[u64], numbers: &mut Vec<(u32, bool)>) -> bool {
        let mut likely = std::mem::take(&mut self.likely);
        likely.clear();
        likely.extend(pairs.iter().map(|&pair| (hash(pair), None)));
        // Memory is what takes long here. Reads that nothing has to be decided for are all under way at once.
        black_box(likely.iter().fold(0, |sum, (hash, _)| sum ^ self.index.touch(*hash)));
        likely.iter_mut().for_each(|(hash, number)| *number = self.index.likely(*hash));
        black_box(
            likely.iter().filter_map(|(_, number)| *number).fold(0, |sum, number| sum ^ self.get(number)),
        );
        for (&pair, (_, number)) in pairs.iter().zip(&mut likely) {
            *number = number.filter(|&number| self.get(number) == pair);
        }
        let mut has_room = true;
        for (&pair, &(hash, known)) in pairs.iter().zip(&likely) {
            let known = known.map(|number| (number, false));
            match known.or_else(|| self.insert(pair, hash)) {
                Some(number) => numbers.push(number),
                None => {
                    has_room = false;
                    break;
                }
            }
        }
        self.likely = likely;
        has_room
    }

    /// The number of a pair, and whether it is new. `None` when there is no more room.
    fn insert(&mut self, pair: u64, hash: u64) -> Option<(u32, bool)> {
        let Self { chunks, len, index, .. } = self;
        if let Some(number) = index.find(hash, |number| get(chunks, number) == pair) {
            return Some((number, false));
        }
        let number = u32::try_from(*len).ok().filter(|&number| number < u32::MAX - 1)?;
        if len.is_multiple_of(CHUNK) {
            // The first chunk starts small: most models need little.
            chunks.push(Vec::with_capacity(if *len == 0 { 64 } else { CHUNK }));
        }
        chunks[*len / CHUNK].push(pair);
        *len += 1;
        index.add(hash, number, |number| self::hash(get(chunks, number)));
        Some((number, true))
    }

    /// Bytes in use.
    pub(crate) fn memory(&self) -> u64 {
        let chunks = self.chunks.iter().map(Vec::capacity).sum::<usize>();
        chunks as u64 * 8 + self.index.memory()
    }

    /// Bytes in use besides when it grows next.
    pub(crate) fn memory_to_grow(&self) -> u64 {
        self.index.memory_to_grow()
    }
}

#[inline]
fn get(chunks: &[Vec<u64>], number: u32) -> u64 {
    chunks[number as usize / CHUNK][number as usize % CHUNK]
}

/// Every bit of a pair in every bit.
#[inline]
fn hash(pair: u64) -> u64 {
    let product = u128::from(pair ^ 0x9e37_79b9_7f4a_7c15) * 0xd6e8_feb8_6659_fd93;
    let folded = (product >> 64) as u64 ^ product as u64;
    // The high bits of a product know more than the low ones, and both are asked.
    folded ^ folded >> 32
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn together_is_one_after_the_other(asked in prop::collection::vec(prop::collection::vec(0u64..400, 0..40), 1..40)) {
            let (mut one, mut many) = (Pairs::new(), Pairs::new());
            let mut numbers = Vec::new();
            for pairs in &asked {
                many.insert_all(pairs, &mut numbers);
                let wanted: Vec<(u32, bool)> = pairs.iter().filter_map(|&pair| one.insert(pair, hash(pair))).collect();
                prop_assert_eq!(&numbers, &wanted);
                for (&pair, &(number, _)) in pairs.iter().zip(&numbers) {
                    prop_assert_eq!((many.get(number), many.find(pair)), (pair, Some(number)));
                }
            }
            prop_assert_eq!(one.len(), many.len());
        }
    }
}
