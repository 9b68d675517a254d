//! What a search finds: states that show a bug, and when two of them show the same one.

use crate::commands::RoutineId;
use crate::machine::state::{End, State};
use crate::property::Kind;
use crate::source::Span;

use super::races::Conflict;
use super::tables::Tables;

/// A state that shows a bug.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Hit {
    pub(crate) kind: Kind,
    pub(crate) state: u32,
    pub(crate) stuck: Vec<usize>,
    /// Which `check always`.
    pub(crate) property: Option<usize>,
    pub(crate) end: Option<End>,
    /// The two accesses of a race.
    pub(crate) race: Option<Conflict>,
}

impl Hit {
    /// A hit of `kind` in `state`, without further facts.
    pub(crate) fn new(kind: Kind, state: u32) -> Self {
        Self { kind, state, stuck: Vec::new(), property: None, end: None, race: None }
    }
}

/// What makes two hits the same bug.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Key {
    /// The set of kinds of goroutine with their operations, sorted: two or three of the same kind at
    /// the same place are the same knot.
    Stuck(Kind, Vec<(RoutineId, Span)>),
    /// Where a run ended, and its panic value as far as it is no reference.
    End(Kind, RoutineId, Span, (i64, i64)),
    /// The two statements of a race, in a fixed order; of a panic where they are the runtime's fatal error.
    Race(Kind, [(RoutineId, Span); 2]),
}

impl Key {
    /// The key of a race.
    pub(crate) fn race(kind: Kind, conflict: &Conflict) -> Self {
        let mut sides = conflict.sides.map(|side| (side.routine, side.span));
        sides.sort_unstable();
        Self::Race(kind, sides)
    }

    /// The key of a deadlock or leak.
    pub(crate) fn stuck(tables: &Tables, kind: Kind, state: &State, stuck: &[usize]) -> Self {
        let mut places: Vec<_> = stuck.iter().filter_map(|&slot| tables.place(state, slot)).collect();
        places.sort_unstable();
        places.dedup();
        Self::Stuck(kind, places)
    }
}
