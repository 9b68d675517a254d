//! Maps: what reads and changes them.
//!
//! A map is an object of shape [`crate::machine::Shape::Map`]: a header ([`table`]), then its entries, the cells
//! of the key before those of the value. Keys are equal as Go compares them. A nil map reads as an empty one.
//!
//! An *iteration* is such an object too: the keys that it may still come to. Whoever adds an entry to the map adds
//! its key to every iteration that is under way, whoever removes one removes it there; so a `range` needs no more
//! than its own object to know how it may go on.
//!
//! For data races a map is one location, that of its first cell, [`table::LEN`], which every access reads or
//! writes: [`Entry`] and the load of the length read it, [`MapCommand::access`] says what a command does.

use super::{CellType, Expr, Place, PoolId};

/// The cells at the head of a map object; the entries follow.
pub mod table {
    /// Entries in the map; of an iteration, keys that it may come to.
    pub const LEN: u32 = 0;
    /// Of an iteration: the map that it goes over. Nil in a map.
    pub const OVER: u32 = 1;
    /// Of an iteration: how many of its keys it must come to before it may end (they were there at its start). They
    /// have `true` in the cell after the key.
    pub const DUE: u32 = 2;
    /// First cell of the first entry.
    pub const FIRST: u32 = 3;
}

/// What a map holds under a key: [`Expr::Entry`].
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Entry {
    /// The map; nil has no entries.
    pub map: Expr,
    pub key: Vec<Expr>,
    pub part: Part,
}

/// A part of an entry.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Part {
    /// Whether there is one.
    Found,
    /// A cell of its value; 0 where there is none.
    Cell(u32),
    /// Whether there is one and its value is equal to this, as keys are compared.
    Holds(Vec<Expr>),
}

/// A command on a map.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum MapCommand {
    /// Raises a runtime error where some part of `key`, whose cells are of `kinds`, has a dynamic type without a hash
    /// ([`crate::machine::Tag::unhashable`]).
    Hash { kinds: Vec<CellType>, key: Vec<Expr> },
    /// Overwrites the value under `key`, or adds an entry. The map is not nil.
    Insert { map: Expr, key: Vec<Expr>, values: Vec<Expr> },
    /// Removes the entry, if there is one.
    Remove { map: Expr, key: Vec<Expr> },
    /// Removes all entries.
    Clear { map: Expr },
    /// A new iteration over the map: an object of `pool`, whose keys are those of the map, and whose values one cell.
    Iterate { dest: Place, pool: PoolId, map: Expr },
    /// Takes the key at `index` out of an iteration. Touches nothing but the iteration.
    Next { iteration: Expr, index: Expr, key: Vec<Option<Place>> },
    /// An iteration looks at the map. Changes nothing; for data races it is a read.
    Visit { map: Expr },
}

/// What a command does to the map that it names.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Access {
    /// Reads it, as part of an iteration. (All other reads are [`Expr::Entry`] or the load of the length.)
    Iterate,
    Write,
}

impl MapCommand {
    /// The map it reads or writes, and which; `None` where it touches no map.
    pub fn access(&self) -> Option<(&Expr, Access)> {
        match self {
            Self::Insert { map, .. } | Self::Remove { map, .. } | Self::Clear { map } => {
                Some((map, Access::Write))
            }
            Self::Iterate { map, .. } | Self::Visit { map } => Some((map, Access::Iterate)),
            Self::Hash { .. } | Self::Next { .. } => None,
        }
    }

    /// Whether it can raise.
    pub fn raises(&self) -> bool {
        matches!(self, Self::Hash { .. })
    }

    /// Every expression that it evaluates, but for those inside [`MapCommand::dests`].
    pub fn exprs(&self) -> Vec<&Expr> {
        match self {
            Self::Hash { kinds: _, key } => key.iter().collect(),
            Self::Insert { map, key, values } => [map].into_iter().chain(key).chain(values).collect(),
            Self::Remove { map, key } => [map].into_iter().chain(key).collect(),
            Self::Clear { map } | Self::Iterate { map, .. } | Self::Visit { map } => vec![map],
            Self::Next { iteration, index, key: _ } => vec![iteration, index],
        }
    }

    /// The places that it writes.
    pub fn dests(&self) -> Vec<&Place> {
        match self {
            Self::Iterate { dest, .. } => vec![dest],
            Self::Next { key, .. } => key.iter().flatten().collect(),
            Self::Hash { .. }
            | Self::Insert { .. }
            | Self::Remove { .. }
            | Self::Clear { .. }
            | Self::Visit { .. } => Vec::new(),
        }
    }
}

impl Entry {
    /// The expressions in it.
    pub fn exprs(&self) -> impl Iterator<Item = &Expr> {
        let other = match &self.part {
            Part::Holds(other) => other.as_slice(),
            Part::Found | Part::Cell(_) => &[],
        };
        [&self.map].into_iter().chain(&self.key).chain(other)
    }
}

impl Expr {
    /// Whether `map` has an entry under `key`.
    pub fn found(map: Self, key: Vec<Self>) -> Self {
        Self::Entry(Box::new(Entry { map, key, part: Part::Found }))
    }

    /// Cell number `cell` of the value under `key`.
    pub fn entry(map: Self, key: Vec<Self>, cell: u32) -> Self {
        Self::Entry(Box::new(Entry { map, key, part: Part::Cell(cell) }))
    }
}
