//! The set of visited states, each a row of numbers, as trees that share what is alike.
//!
//! In: rows. Out: dense numbers, in the order of the first visit. Exact: no state is ever
//! taken for another. Two neighbours in a row make a pair, two pairs a pair of these, up
//! to the root; a pair is kept once, whoever has it (tree compression: Laarman, van de
//! Pol, Weber, *Parallel Recursive State Compression for Free*, SPIN 2011). Rows differ
//! little from the row that they come from, so a state costs its root and next to
//! nothing besides, and only the pairs that have changed are looked up.

use super::store::Inserted;

/// Visited rows and their numbers.
#[derive(Debug)]
pub(crate) struct Trees {
    /// Pairs that are not at the root, in the order of their numbers, which begin at 1: 0 is the pair of two zeros.
    inner: Pairs,
    /// By number of the state.
    roots: Pairs,
    /// The pairs of the row that was read last, level by level, and of the row at hand.
    base: Levels,
    levels: Levels,
}

/// A row and the numbers of its pairs: the pairs of its numbers, then of these, to the last one or two.
#[derive(Default, Debug)]
struct Levels {
    all: Vec<Vec<u32>>,
    count: usize,
}

/// Pairs, each once.
#[derive(Debug)]
struct Pairs {
    chunks: Vec<Vec<u64>>,
    len: usize,
    /// Open addressing: the hash in the high half, the number + 1 in the low half; 0 is free.
    table: Vec<u64>,
}

/// Pairs in a chunk: memory grows by chunks, and nothing is copied.
const CHUNK: usize = 1 << 16;
/// How many bits of a root each of its two numbers has; the rest says how many levels there are.
const BITS: u32 = 29;

impl Trees {
    pub(crate) fn new() -> Self {
        Self { inner: Pairs::new(), roots: Pairs::new(), base: Levels::default(), levels: Levels::default() }
    }

    /// The number of `row`, which is added where it is new. It is quick for rows like the one that [`Trees::read`] has read
    /// last.
    pub(crate) fn insert(&mut self, row: &[u32]) -> Inserted {
        let Self { inner, roots, base, levels } = self;
        levels.begin(row);
        while levels.last().len() > 2 {
            let (below, (level, above)) = levels.grow();
            for (index, pair) in below.chunks(2).enumerate() {
                let known = base.pair(level, index, pair);
                let number = match known {
                    Some(number) => number,
                    None => match inner.number_of(join(pair)) {
                        Some((number, _)) => number,
                        None => return Inserted::Full,
                    },
                };
                above.push(number);
            }
        }
        let top = levels.last();
        let (left, right) = (u64::from(top[0]), u64::from(top.get(1).copied().unwrap_or(0)));
        if left >> BITS != 0 || right >> BITS != 0 {
            return Inserted::Full;
        }
        let root = (levels.count as u64) << (2 * BITS) | left << BITS | right;
        match roots.insert(root) {
            Some((number, true)) => Inserted::New(number),
            Some((number, false)) => Inserted::Old(number),
            None => Inserted::Full,
        }
    }

    /// Reads the row of state `number`.
    pub(crate) fn read(&mut self, number: u32, row: &mut Vec<u32>) {
        let mut base = std::mem::take(&mut self.base);
        self.levels_of(number, &mut base);
        row.clear();
        row.extend_from_slice(&base.all[0]);
        trim(row);
        self.base = base;
    }

    /// The row of state `number`.
    pub(crate) fn row(&self, number: u32) -> Vec<u32> {
        let mut levels = Levels::default();
        self.levels_of(number, &mut levels);
        let mut row = levels.all.swap_remove(0);
        trim(&mut row);
        row
    }

    fn levels_of(&self, number: u32, levels: &mut Levels) {
        let root = self.roots.get(number);
        levels.count = (root >> (2 * BITS)) as usize;
        if levels.all.len() < levels.count {
            levels.all.resize(levels.count, Vec::new());
        }
        let mask = (1 << BITS) - 1;
        let top = &mut levels.all[levels.count - 1];
        top.clear();
        top.extend([(root >> BITS & mask) as u32, (root & mask) as u32]);
        for level in (1..levels.count).rev() {
            let (below, above) = levels.all.split_at_mut(level);
            let below = &mut below[level - 1];
            below.clear();
            for &number in &above[0] {
                let pair = self.inner.pair(number);
                below.extend([(pair >> 32) as u32, pair as u32]);
            }
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.roots.len
    }

    /// Bytes in use.
    pub(crate) fn memory(&self) -> u64 {
        self.inner.memory() + self.roots.memory()
    }

    /// Bytes in use besides if a table must grow next: the old and the new one are there at once.
    pub(crate) fn memory_to_grow(&self) -> u64 {
        self.inner.memory_to_grow().max(self.roots.memory_to_grow())
    }
}

/// Drops the numbers that only fill the tree. A row says how many slots it has; what comes after them is never 0.
fn trim(row: &mut Vec<u32>) {
    let least = super::parts::objects_at(row);
    while row.len() > least && row.last() == Some(&0) {
        row.pop();
    }
}

fn join(pair: &[u32]) -> u64 {
    u64::from(pair[0]) << 32 | u64::from(pair.get(1).copied().unwrap_or(0))
}

impl Levels {
    fn begin(&mut self, row: &[u32]) {
        if self.all.is_empty() {
            self.all.push(Vec::new());
        }
        self.count = 1;
        self.all[0].clear();
        self.all[0].extend_from_slice(row);
    }

    fn last(&self) -> &[u32] {
        &self.all[self.count - 1]
    }

    /// One more level, empty: the last one, and the new one with its number.
    fn grow(&mut self) -> (&[u32], (usize, &mut Vec<u32>)) {
        if self.all.len() == self.count {
            self.all.push(Vec::new());
        }
        self.count += 1;
        let (below, above) = self.all.split_at_mut(self.count - 1);
        above[0].clear();
        (&below[self.count - 2], (self.count - 1, &mut above[0]))
    }

    /// The number at `index` of `level`, where it is that of `pair`.
    fn pair(&self, level: usize, index: usize, pair: &[u32]) -> Option<u32> {
        if level >= self.count {
            return None;
        }
        let below = self.all[level - 1].get(2 * index..2 * index + 2)?;
        let same = below[0] == pair[0] && below[1] == pair.get(1).copied().unwrap_or(0);
        if same { self.all[level].get(index).copied() } else { None }
    }
}

impl Pairs {
    fn new() -> Self {
        Self { chunks: Vec::new(), len: 0, table: vec![0; 1 << 10] }
    }

    fn get(&self, number: u32) -> u64 {
        self.chunks[number as usize / CHUNK][number as usize % CHUNK]
    }

    /// The pair with a number of [`Pairs::number_of`].
    fn pair(&self, number: u32) -> u64 {
        number.checked_sub(1).map_or(0, |number| self.get(number))
    }

    /// The number of a pair, where 0 is that of two zeros.
    fn number_of(&mut self, pair: u64) -> Option<(u32, bool)> {
        if pair == 0 {
            return Some((0, false));
        }
        self.insert(pair).map(|(number, new)| (number + 1, new))
    }

    /// The number of a pair, and whether it is new. `None` when there is no more room.
    fn insert(&mut self, pair: u64) -> Option<(u32, bool)> {
        if self.len * 4 >= self.table.len() * 3 {
            self.grow();
        }
        let mask = self.table.len() - 1;
        let hash = hash(pair);
        let mut at = hash as usize & mask;
        loop {
            let entry = self.table[at];
            if entry == 0 {
                break;
            }
            let number = entry as u32;
            if (entry >> 32) as u32 == hash && self.get(number - 1) == pair {
                return Some((number - 1, false));
            }
            at = (at + 1) & mask;
        }
        let number = u32::try_from(self.len).ok().filter(|&number| number < u32::MAX - 1)?;
        if self.len.is_multiple_of(CHUNK) {
            // The first chunk starts small: most models need little.
            self.chunks.push(Vec::with_capacity(if self.len == 0 { 64 } else { CHUNK }));
        }
        self.chunks[self.len / CHUNK].push(pair);
        self.len += 1;
        self.table[at] = u64::from(hash) << 32 | u64::from(number + 1);
        Some((number, true))
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

    fn memory(&self) -> u64 {
        let chunks = self.chunks.iter().map(Vec::capacity).sum::<usize>();
        (chunks * 8 + self.table.len() * 8) as u64
    }

    fn memory_to_grow(&self) -> u64 {
        let soon = self.len * 4 + 4096 >= self.table.len() * 3;
        if soon { self.table.len() as u64 * 16 } else { 0 }
    }
}

/// Every bit of a pair in every bit.
fn hash(pair: u64) -> u32 {
    let product = u128::from(pair ^ 0x9e37_79b9_7f4a_7c15) * 0xd6e8_feb8_6659_fd93;
    let folded = (product >> 64) as u64 ^ product as u64;
    (folded >> 32) as u32 ^ folded as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn rows_come_back(
            rows in prop::collection::vec(
                (0u32..3, 0u32..3, prop::collection::vec(0u32..3, 1..7), prop::collection::vec(1u32..4, 0..9)),
                1..200,
            ),
            reads in prop::collection::vec(any::<prop::sample::Index>(), 200),
        ) {
            let mut trees = Trees::new();
            let mut numbers: Vec<Vec<u32>> = Vec::new();
            let mut row = Vec::new();
            for ((status, globals, slots, objects), read) in rows.into_iter().zip(reads) {
                let mut wanted = vec![status, globals, slots.len() as u32];
                wanted.extend(slots.iter().chain(&objects));
                let known = numbers.iter().position(|it| *it == wanted);
                let inserted = trees.insert(&wanted);
                match known {
                    Some(number) => prop_assert_eq!(inserted, Inserted::Old(number as u32)),
                    None => {
                        prop_assert_eq!(inserted, Inserted::New(numbers.len() as u32));
                        numbers.push(wanted);
                    }
                }
                let at = read.index(numbers.len());
                trees.read(at as u32, &mut row);
                prop_assert_eq!(&row, &numbers[at]);
                prop_assert_eq!(&trees.row(at as u32), &numbers[at]);
            }
            prop_assert_eq!(trees.len(), numbers.len());
        }
    }
}
