//! What goroutines may touch next, and whether two of them are in each other's way.
//!
//! In: locations, and how each is accessed. Out: whether there may be a data race.

use crate::machine::footprint::Location;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Touch {
    pub(super) write: bool,
    pub(super) atomic: bool,
}

/// What a goroutine may touch next.
#[derive(Debug)]
pub(super) struct Touches {
    /// In order, each once.
    all: Vec<(Location, Touch)>,
    pub(super) mask: TouchMask,
}

/// Locations by hash, one bit each: plain reads, plain writes, and all reads, all writes.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct TouchMask {
    plain_reads: u64,
    plain_writes: u64,
    reads: u64,
    writes: u64,
}

impl Touches {
    pub(super) fn new(mut all: Vec<(Location, Touch)>) -> Self {
        all.sort_unstable();
        all.dedup();
        let mask = TouchMask::of(&all);
        Self { all, mask }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (Location, Touch)> + '_ {
        self.all.iter().copied()
    }

    /// Whether one writes where the other accesses, and they are not both atomic.
    pub(super) fn conflicts_with(&self, other: &Self) -> bool {
        self.iter().any(|(location, one)| {
            other.iter().any(|(at, other)| {
                at == location && (one.write || other.write) && !(one.atomic && other.atomic)
            })
        })
    }
}

impl TouchMask {
    fn of(touches: &[(Location, Touch)]) -> Self {
        let mut mask = Self::default();
        for &(location, touch) in touches {
            let number = match location {
                Location::Global(cell) => cell.wrapping_mul(0x9e37_79b9),
                Location::Heap { object, cell } => {
                    (object + 1).wrapping_mul(0x85eb_ca6b) ^ cell.wrapping_mul(37)
                }
            };
            let bit = 1 << (number % 61);
            match touch.write {
                true => mask.writes |= bit,
                false => mask.reads |= bit,
            }
            match touch {
                Touch { atomic: true, .. } => {}
                Touch { write: true, .. } => mask.plain_writes |= bit,
                Touch { write: false, .. } => mask.plain_reads |= bit,
            }
        }
        mask
    }

    /// Whether there may be a conflict with what is below `other`.
    pub(super) fn meets(self, other: Self) -> bool {
        let one_way = |a: Self, b: Self| a.plain_writes & (b.reads | b.writes) | a.plain_reads & b.writes;
        one_way(self, other) | one_way(other, self) != 0
    }

    pub(super) fn add(&mut self, other: Self) {
        self.plain_reads |= other.plain_reads;
        self.plain_writes |= other.plain_writes;
        self.reads |= other.reads;
        self.writes |= other.writes;
    }
}
