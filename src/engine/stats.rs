//! Numbers about a search, and why one ended early.

use super::reduction::Reductions;
use super::stubborn::Without;

/// How far a search has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Progress {
    /// Distinct states found.
    pub states: u64,
    /// Steps taken.
    pub transitions: u64,
    /// Steps from the initial state to those now explored.
    pub depth: u32,
    /// States found and not yet explored.
    pub waiting: u64,
    /// Bytes in use.
    pub memory: u64,
}

/// Why a search ended before it had seen every state.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum StopReason {
    /// As many states as allowed.
    States,
    /// As many bytes as allowed.
    Memory,
    /// As much time as allowed.
    Timeout,
    /// Somebody asked.
    Interrupt,
    /// A finding, and only the first was wanted.
    First,
}

impl StopReason {
    /// The flag that lets the search go on for longer.
    pub const fn flag(self) -> Option<&'static str> {
        match self {
            Self::States => Some("--max-states"),
            Self::Memory => Some("--max-memory"),
            Self::Timeout => Some("--timeout"),
            Self::Interrupt => None,
            Self::First => Some("--first"),
        }
    }
}

/// What a search has seen.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Stats {
    /// Distinct states.
    pub states: u64,
    /// Steps between them.
    pub transitions: u64,
    /// Steps from the initial state to the farthest.
    pub depth: u32,
    /// The most goroutines that lived at once, as slots.
    pub slots: usize,
    /// Bytes in use at most, by the engine's own account.
    pub memory: u64,
    /// Every reachable state has been seen and explored.
    pub exhaustive: bool,
    pub stopped: Option<StopReason>,
    /// Bounds that a run has hit, by flag or name, sorted.
    pub bounds: Vec<&'static str>,
    /// What an engine that is no part of goknot has left open, with its reasons.
    pub open: Vec<String>,
    /// Runs are perhaps not the shortest: these were not found among as many states as were looked at for them.
    pub longer: bool,
    /// What made fewer states, in the built-in checker.
    pub reduced: Option<Reduced>,
}

/// Which reductions were used in the end, and how often.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Reduced {
    pub used: Reductions,
    /// Steps that led to a state whose goroutines had to be put in order.
    pub arranged: u64,
    /// States of which some steps were enough, with stubborn sets.
    pub spared: u64,
    /// Something was given back as part of the step before.
    pub gave_back: bool,
    /// Why there were no stubborn sets.
    pub without: Option<Without>,
}

impl Stats {
    /// Adds bounds that another search of the same Machine has hit.
    pub(super) fn add_bounds(&mut self, bounds: impl IntoIterator<Item = &'static str>) {
        self.bounds.extend(bounds);
        self.bounds.sort_unstable();
        self.bounds.dedup();
    }
}
