//! Finds numbers by hash.
//!
//! In: hashes, and who says whether a number is the one that is meant. Out: the number. Exact: the hash only says where
//! to look. A bucket is a line of the cache: twelve numbers, and for each eight bits of its hash, so that a look-up
//! touches one line here and the item itself, hardly ever more. The table grows in sections, one at a time, so that
//! growing needs little memory besides.

/// Numbers and where they are.
#[derive(Debug)]
pub(crate) struct Index {
    sections: Vec<Section>,
}

#[derive(Debug)]
struct Section {
    /// A power of two.
    buckets: Vec<Bucket>,
    len: usize,
}

/// The last of the sixteen tags are not in use.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
struct Bucket {
    numbers: [u32; SLOTS],
    /// Bytes of them; 0 where the slot is free. Slots are filled in order.
    tags: [u64; 2],
}

const SLOTS: usize = 12;
/// So many of them are in use, on average, when a section grows.
const FULL: usize = 10;
/// How many bits of a hash say which section it is in.
const SECTION_BITS: u32 = 4;
const LOW: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;
/// The high bits of the tags that are in use.
const IN_USE: [u64; 2] = [HIGH, HIGH >> 32];

const EMPTY: Bucket = Bucket { numbers: [0; SLOTS], tags: [0; 2] };

impl Bucket {
    /// Slots that may have `tag`: bit 7 of each byte. Above one that has it there may be one that has not.
    #[inline]
    fn with(&self, tag: u64) -> [u64; 2] {
        let zeros = |word: usize| {
            let differs = self.tags[word] ^ (tag * LOW);
            differs.wrapping_sub(LOW) & !differs & IN_USE[word]
        };
        [zeros(0), zeros(1)]
    }

    fn first_free(&self) -> Option<usize> {
        first(self.with(0))
    }
}

/// The first slot of a mask.
fn first(mask: [u64; 2]) -> Option<usize> {
    match mask {
        [0, 0] => None,
        [0, high] => Some(8 + high.trailing_zeros() as usize / 8),
        [low, _] => Some(low.trailing_zeros() as usize / 8),
    }
}

/// Never 0.
fn tag(hash: u64) -> u64 {
    (hash & 0xff).max(1)
}

fn section(hash: u64) -> usize {
    (hash >> (64 - SECTION_BITS)) as usize
}

impl Section {
    fn bucket(&self, hash: u64) -> usize {
        (hash >> 8) as usize & (self.buckets.len() - 1)
    }

    fn add(&mut self, hash: u64, number: u32) {
        let mut at = self.bucket(hash);
        loop {
            let bucket = &mut self.buckets[at];
            if let Some(slot) = bucket.first_free() {
                bucket.numbers[slot] = number;
                bucket.tags[slot / 8] |= tag(hash) << (slot % 8 * 8);
                self.len += 1;
                return;
            }
            at = (at + 1) & (self.buckets.len() - 1);
        }
    }
}

impl Index {
    pub(crate) fn new() -> Self {
        let section = || Section { buckets: vec![EMPTY], len: 0 };
        Self { sections: (0..1 << SECTION_BITS).map(|_| section()).collect() }
    }

    /// The number with `hash` that is the `same`.
    #[inline]
    pub(crate) fn find(&self, hash: u64, mut same: impl FnMut(u32) -> bool) -> Option<u32> {
        let section = &self.sections[section(hash)];
        let mut at = section.bucket(hash);
        loop {
            let bucket = &section.buckets[at];
            let mut mask = bucket.with(tag(hash));
            while let Some(slot) = first(mask) {
                let number = bucket.numbers[slot];
                if same(number) {
                    return Some(number);
                }
                mask[slot / 8] &= mask[slot / 8] - 1;
            }
            if bucket.first_free().is_some() {
                return None;
            }
            at = (at + 1) & (section.buckets.len() - 1);
        }
    }

    /// Something of the bucket of `hash`: who reads those of several hashes, and decides nothing meanwhile, waits for memory once.
    #[inline]
    pub(crate) fn touch(&self, hash: u64) -> u64 {
        let section = &self.sections[section(hash)];
        section.buckets[section.bucket(hash)].tags[0]
    }

    /// The first number in its bucket that may be the one with `hash`.
    #[inline]
    pub(crate) fn likely(&self, hash: u64) -> Option<u32> {
        let section = &self.sections[section(hash)];
        let bucket = &section.buckets[section.bucket(hash)];
        first(bucket.with(tag(hash))).map(|slot| bucket.numbers[slot])
    }

    /// Adds `number`, which is not there. `hash_of` gives the hash of any number that is.
    pub(crate) fn add(&mut self, hash: u64, number: u32, hash_of: impl Fn(u32) -> u64) {
        let section = &mut self.sections[section(hash)];
        if section.len >= section.buckets.len() * FULL {
            let buckets = vec![EMPTY; section.buckets.len() * 2];
            let old = std::mem::replace(section, Section { buckets, len: 0 });
            for bucket in &old.buckets {
                for &number in &bucket.numbers[..bucket.first_free().unwrap_or(SLOTS)] {
                    section.add(hash_of(number), number);
                }
            }
        }
        section.add(hash, number);
    }

    /// Bytes in use.
    pub(crate) fn memory(&self) -> u64 {
        self.sections.iter().map(Section::memory).sum()
    }

    /// Bytes in use besides if a section must grow next: the old and the new one are there at once.
    pub(crate) fn memory_to_grow(&self) -> u64 {
        self.sections.iter().map(Section::memory).max().unwrap_or(0) * 2
    }
}

impl Section {
    fn memory(&self) -> u64 {
        (self.buckets.len() * size_of::<Bucket>()) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Hashes with few different bits: many in one bucket, many with the same tag.
        #[test]
        fn numbers_are_found(items in prop::collection::vec((0u64..4, 0u64..40, 0u64..3, 0u64..200), 1..600)) {
            let hash = |&(section, bucket, tag, _): &(u64, u64, u64, u64)| section << 60 | bucket << 8 | tag;
            let mut index = Index::new();
            let mut known: Vec<(u64, u64, u64, u64)> = Vec::new();
            for item in &items {
                let wanted = known.iter().position(|it| it == item).map(|number| number as u32);
                let found = index.find(hash(item), |number| known[number as usize] == *item);
                prop_assert_eq!(found, wanted);
                if wanted.is_none() {
                    known.push(*item);
                    index.add(hash(item), known.len() as u32 - 1, |number| hash(&known[number as usize]));
                }
                let likely = index.likely(hash(item)).map(|number| hash(&known[number as usize]) & 0xff);
                prop_assert!(likely.is_none_or(|tag| tag.max(1) == tag_of(item)));
            }
        }
    }

    fn tag_of(&(_, _, tag, _): &(u64, u64, u64, u64)) -> u64 {
        tag.max(1)
    }

    #[test]
    fn a_bucket_is_a_line() {
        assert_eq!(size_of::<Bucket>(), 64);
    }
}
