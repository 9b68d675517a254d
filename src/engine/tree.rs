//! The set of visited states, each a row of numbers, as trees that share what is alike.
//!
//! In: rows. Out: dense numbers, in the order of the first visit. Exact: no state is ever
//! taken for another. Two neighbours in a row make a pair, two pairs a pair of these, up
//! to the root; a pair is kept once, whoever has it (tree compression: Laarman, van de
//! Pol, Weber, *Parallel Recursive State Compression for Free*, SPIN 2011). Rows differ
//! little from the row that they come from, so a state costs its root and next to
//! nothing besides, and only the pairs that have changed are looked up.

use super::pairs::Pairs;
use super::store::Inserted;

/// Visited rows and their numbers.
#[derive(Debug)]
pub(crate) struct Trees {
    /// Pairs that are not at the root, in the order of their numbers, which begin at 1: 0 is the pair of two zeros.
    inner: Pairs,
    /// By number of the state.
    roots: Pairs,
    /// Pairs that are looked up together, and their numbers.
    asked: Vec<u64>,
    numbers: Vec<(u32, bool)>,
}

/// A row and the numbers of its pairs: the pairs of its numbers, then of these, to the last one or two.
#[derive(Default, Debug)]
pub(crate) struct Levels {
    all: Vec<Vec<u32>>,
    count: usize,
}

/// Rows that wait to be looked up together.
#[derive(Default, Debug)]
pub(crate) struct Waiting {
    /// Their levels, row by row and level by level. What is not known yet is 0.
    numbers: Vec<u32>,
    /// By level, from the second on: which pairs are not known.
    open: Vec<Vec<Open>>,
    tops: Vec<Top>,
    /// Where the level at hand differs from the base, in order.
    changed: Vec<usize>,
}

/// A pair that is not known, by positions in [`Waiting::numbers`].
#[derive(Clone, Copy, Debug)]
struct Open {
    at: u32,
    left: u32,
    /// 0 where there is none.
    right: u32,
}

/// A row that waits, and its last level.
#[derive(Clone, Copy, Debug)]
struct Top {
    row: (u32, u32),
    at: u32,
    len: u32,
    levels: u32,
}

/// How many bits of a root each of its two numbers has; the rest says how many levels there are.
const BITS: u32 = 29;

impl Trees {
    pub(crate) fn new() -> Self {
        Self { inner: Pairs::new(), roots: Pairs::new(), asked: Vec::new(), numbers: Vec::new() }
    }

    /// The number of `row`, which is added where it is new.
    pub(crate) fn insert(&mut self, row: &[u32]) -> Inserted {
        let (mut waiting, mut numbers) = (Waiting::default(), Vec::new());
        waiting.add(row, &Levels::default());
        self.insert_all(&mut waiting, &mut numbers);
        match numbers[..] {
            [(number, true)] => Inserted::New(number),
            [(number, false)] => Inserted::Old(number),
            _ => Inserted::Full,
        }
    }

    /// The numbers of the rows that wait, in order, and whether each is new: then it is added. They end early when there is no
    /// more room.
    pub(crate) fn insert_all(&mut self, waiting: &mut Waiting, numbers: &mut Vec<(u32, bool)>) {
        numbers.clear();
        let Self { inner, roots, asked, numbers: found } = self;
        let rows = waiting.look_up(inner, asked, found);
        asked.clear();
        asked.extend(waiting.tops[..rows].iter().map_while(|top| {
            let (at, len) = (top.at as usize, top.len as usize);
            root_of(top.levels as usize, &waiting.numbers[at..at + len])
        }));
        roots.insert_all(asked, numbers);
    }

    /// The number of `row`, if it is there.
    pub(crate) fn find(&self, row: &[u32]) -> Option<u32> {
        let mut level = row.to_vec();
        let mut count = 1;
        while level.len() > 2 {
            let number = |pair: &[u32]| match join(pair) {
                0 => Some(0),
                pair => self.inner.find(pair).map(|number| number + 1),
            };
            level = level.chunks(2).map(number).collect::<Option<_>>()?;
            count += 1;
        }
        self.roots.find(root_of(count, &level)?)
    }

    /// The row of state `number`.
    pub(crate) fn row(&self, number: u32) -> Vec<u32> {
        let mut levels = Levels::default();
        self.read(number, &mut levels);
        levels.row().to_vec()
    }

    /// Reads the row of state `number`, with its pairs.
    pub(crate) fn read(&self, number: u32, levels: &mut Levels) {
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
                let pair = number.checked_sub(1).map_or(0, |number| self.inner.get(number));
                below.extend([(pair >> 32) as u32, pair as u32]);
            }
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.roots.len()
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

/// The last pair of a row with `count` levels. `None` where a number is too large for that.
fn root_of(count: usize, top: &[u32]) -> Option<u64> {
    let (left, right) = (u64::from(top[0]), u64::from(top.get(1).copied().unwrap_or(0)));
    let fits = left >> BITS == 0 && right >> BITS == 0;
    fits.then_some((count as u64) << (2 * BITS) | left << BITS | right)
}

fn join(pair: &[u32]) -> u64 {
    u64::from(pair[0]) << 32 | u64::from(pair.get(1).copied().unwrap_or(0))
}

impl Levels {
    /// The row.
    pub(crate) fn row(&self) -> &[u32] {
        let row = self.level(0);
        // What only fills the tree is not part of it. A row says how many slots it has; what comes after them is never 0.
        let least = super::parts::objects_at(row);
        let len = row.iter().rposition(|&number| number != 0).map_or(0, |last| last + 1);
        &row[..len.max(least)]
    }

    fn level(&self, level: usize) -> &[u32] {
        if level < self.count { &self.all[level] } else { &[] }
    }
}

impl Waiting {
    /// The row with this number.
    pub(crate) fn row(&self, index: usize) -> &[u32] {
        let (at, len) = self.tops[index].row;
        &self.numbers[at as usize..(at + len) as usize]
    }

    pub(crate) fn clear(&mut self) {
        self.numbers.clear();
        self.tops.clear();
        self.open.iter_mut().for_each(Vec::clear);
    }

    /// Adds `row`. It is quick where it is like the row of `base`.
    pub(crate) fn add(&mut self, row: &[u32], base: &Levels) {
        let Self { numbers, open, tops, changed } = self;
        let (mut at, mut len, mut level) = (numbers.len(), row.len(), 0);
        let row_at = (at as u32, len as u32);
        numbers.extend_from_slice(row);
        let known = base.level(0);
        changed.clear();
        let differs = |&index: &usize| row[index] != known[index];
        changed.extend((0..len.min(known.len())).filter(differs));
        changed.extend(known.len()..len);
        while len > 2 {
            if open.len() == level {
                open.push(Vec::new());
            }
            let (known, above) = (base.level(level), base.level(level + 1));
            if len % 2 == 1 && known.get(len).is_some_and(|&right| right != 0) {
                // The last one is alone here, which counts as if a 0 were beside it.
                changed.push(len - 1);
            }
            let (next, count) = (numbers.len(), len.div_ceil(2));
            let copied = count.min(above.len());
            numbers.extend_from_slice(&above[..copied]);
            numbers.resize(next + count, 0);
            changed.iter_mut().for_each(|index| *index /= 2);
            changed.extend(copied..count);
            changed.dedup();
            for &pair in changed.iter() {
                let left = at + 2 * pair;
                let right = if 2 * pair + 1 < len { left + 1 } else { 0 };
                open[level].push(Open { at: (next + pair) as u32, left: left as u32, right: right as u32 });
            }
            (at, len, level) = (next, count, level + 1);
        }
        tops.push(Top { row: row_at, at: at as u32, len: len as u32, levels: level as u32 + 1 });
    }

    /// Finds the pairs that are not known. Gives the number of rows of which all are known then: the first ones, where there is no
    /// more room.
    fn look_up(&mut self, inner: &mut Pairs, asked: &mut Vec<u64>, found: &mut Vec<(u32, bool)>) -> usize {
        let mut rows = self.tops.len();
        for open in &mut self.open {
            let right = |open: &Open| match open.right {
                0 => 0,
                right => u64::from(self.numbers[right as usize]),
            };
            let pair = |open: &Open| u64::from(self.numbers[open.left as usize]) << 32 | right(open);
            asked.clear();
            asked.extend(open.iter().map(pair));
            inner.insert_all(asked, found);
            for (open, (&pair, &(number, _))) in open.iter().zip(asked.iter().zip(found.iter())) {
                self.numbers[open.at as usize] = if pair == 0 { 0 } else { number + 1 };
            }
            if let Some(first) = open.get(found.len()) {
                rows = rows.min(self.tops.partition_point(|top| top.at < first.at));
            }
            open.clear();
        }
        rows
    }
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
            let mut levels = Levels::default();
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
                trees.read(at as u32, &mut levels);
                prop_assert_eq!(levels.row(), &numbers[at]);
                prop_assert_eq!(&trees.row(at as u32), &numbers[at]);
                prop_assert_eq!(trees.find(&numbers[at]), Some(at as u32));
            }
            prop_assert_eq!(trees.len(), numbers.len());
        }
    }
}
