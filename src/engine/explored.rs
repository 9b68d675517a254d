//! What a search has explored: states, edges between them, and what was found on the way.
//!
//! In: what the search writes down. Out: the same to those who tell how runs end and what
//! led there; and what can be said without looking at how runs end.

use rustc_hash::FxHashMap;

use super::graph::{Arc, Graph};
use super::hits::Hit;
use super::stats::{Progress, Stats};
use super::tables::Tables;
use super::tree::Trees;
use crate::machine::state::{End, State};

/// What has been explored.
#[derive(Debug)]
pub(crate) struct Explored {
    pub(crate) store: Trees,
    pub(crate) graph: Graph,
    /// Of the states that have any.
    pub(super) marks: FxHashMap<u32, Mark>,
    /// States without steps that are good ends, of the program itself.
    pub(super) good_ends: Vec<u32>,
    /// Somebody is stuck in a state without steps.
    pub(super) bad_end: bool,
    /// All steps of some state lead to ones that were known before it.
    turns_back: bool,
    /// How many states may be expanded before arcs are not kept, where nothing needs them.
    pub(super) most_arcs: usize,
    /// The first state at each distance from the initial one.
    pub(crate) levels: Vec<u32>,
    /// What was found on the way, in order of distance.
    pub(crate) hits: Vec<Hit>,
    pub(crate) stats: Stats,
    pub(crate) covered: Vec<bool>,
    /// Per point, by its number in [`Tables`].
    pub(crate) reached: Vec<bool>,
    /// States of which not all steps have been taken.
    pub(crate) spared: u64,
    /// Some step was more than its own.
    pub(crate) gave_back: bool,
    /// A race has ended the search: fusion is not licensed.
    pub(crate) raced: bool,
}

/// What is special about a state.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) struct Mark(u8);

impl Mark {
    /// A panic, a fatal error, a failed assertion.
    pub(crate) const BAD_END: Self = Self(1);
    /// `os.Exit`.
    pub(crate) const EXIT: Self = Self(2);
    /// A bound was hit: what would come next is not known.
    pub(crate) const BOUND: Self = Self(4);
    /// It violates a `check always`.
    pub(crate) const VIOLATES: Self = Self(8);

    pub(crate) fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub(super) fn add(&mut self, other: Self) {
        self.0 |= other.0;
    }

    pub(super) fn of(end: &End) -> Self {
        match end {
            End::Panic { .. } | End::Fatal { .. } | End::Assert { .. } => Self::BAD_END,
            End::Exit => Self::EXIT,
            End::Bound(_) => Self::BOUND,
        }
    }
}

/// Bytes per state that the analysis after the search will need.
const ANALYSIS: u64 = 32;
/// How often [`Explored::ends_well`] goes over all states.
const ROUNDS: usize = 4;
/// When so many states are expanded and nothing has been found that arcs are needed for, they are not kept. (Tests are about small
/// models, and shall come by here.)
const ARCS: usize = if cfg!(test) { 16 } else { 1 << 20 };

impl Explored {
    /// Nothing yet, but for points that have been `reached` already.
    pub(super) fn new(reached: Vec<bool>) -> Self {
        Self {
            store: Trees::new(),
            graph: Graph::default(),
            marks: FxHashMap::default(),
            good_ends: Vec::new(),
            bad_end: false,
            turns_back: false,
            most_arcs: ARCS,
            levels: vec![0],
            hits: Vec::new(),
            stats: Stats::default(),
            covered: Vec::new(),
            reached,
            spared: 0,
            gave_back: false,
            raced: false,
        }
    }

    /// Adds the arcs of the next state.
    pub(super) fn add_arcs(&mut self, arcs: &mut Vec<Arc>) -> bool {
        let source = self.graph.expanded() as u32;
        self.turns_back |= !arcs.is_empty() && arcs.iter().all(|arc| arc.target <= source);
        let added = self.graph.push(arcs);
        arcs.clear();
        if self.graph.expanded() == self.most_arcs && self.has_only_good_ends() {
            self.graph.make_thin();
        }
        added
    }

    /// Whether nothing has been found on the way.
    pub(super) fn has_found_nothing(&self) -> bool {
        !self.bad_end && self.hits.is_empty()
    }

    /// Whether all runs so far go on, or end well.
    fn has_only_good_ends(&self) -> bool {
        !self.turns_back && self.has_found_nothing() && self.marks.is_empty()
    }

    /// How far the search is before `source` is explored; `others` are bytes in use besides what is kept here.
    pub(super) fn progress(&self, source: u32, states: u64, others: u64) -> Progress {
        Progress {
            states,
            transitions: self.graph.len(),
            depth: self.stats.depth,
            waiting: states - u64::from(source),
            memory: others + self.memory_besides(states),
        }
    }

    pub(super) fn reach(&mut self, tables: &Tables, state: &State) {
        for goroutine in state.goroutines.iter().flatten() {
            self.reached[tables.point(goroutine.routine, goroutine.point).number] = true;
        }
    }

    /// Which covers hold, and the numbers. The states are gone.
    pub(crate) fn sum(self) -> (Vec<bool>, Stats) {
        (self.covered, self.stats)
    }

    /// What is special about a state.
    pub(crate) fn mark(&self, state: u32) -> Mark {
        self.marks.get(&state).copied().unwrap_or_default()
    }

    /// Whether the analysis of how runs end has nothing to find: every state is explored, nothing was found, and from every
    /// state a run can go on to an end in which nobody is stuck. Who is stuck would be stuck there too. `false` where that
    /// has not been seen.
    pub(crate) fn ends_well(&self) -> bool {
        if !self.stats.exhaustive || !self.hits.is_empty() || !self.marks.is_empty() {
            return false;
        }
        if self.has_only_good_ends() {
            // From each state one goes on to one with a larger number, or its end is good.
            return true;
        }
        if self.graph.is_thin() {
            return false;
        }
        let states = self.store.len();
        let mut good = vec![0u64; states.div_ceil(64)];
        let set = |good: &mut Vec<u64>, state: u32| good[state as usize / 64] |= 1 << (state % 64);
        let has = |good: &Vec<u64>, state: u32| good[state as usize / 64] & 1 << (state % 64) != 0;
        self.good_ends.iter().for_each(|&state| set(&mut good, state));
        // Most arcs lead to states with larger numbers.
        for _ in 0..ROUNDS {
            let mut left = false;
            for state in (0..states as u32).rev() {
                if !has(&good, state) {
                    match self.graph.arcs(state).any(|arc| has(&good, arc.target)) {
                        true => set(&mut good, state),
                        false => left = true,
                    }
                }
            }
            if !left {
                return true;
            }
        }
        false
    }

    /// Whether something is to be said that needs arcs which have not been kept. A search that was stopped and has met
    /// nothing says nothing.
    pub(crate) fn needs_arcs(&self) -> bool {
        let met = self.stats.stopped.is_none() || !self.hits.is_empty() || self.bad_end;
        self.graph.is_thin() && met && !self.ends_well()
    }

    /// Bytes in use, with what the analysis will need.
    pub(crate) fn memory(&self) -> u64 {
        self.store.memory() + self.memory_besides(self.store.len() as u64)
    }

    /// Bytes in use for so many states, without the states themselves.
    fn memory_besides(&self, states: u64) -> u64 {
        // Without arcs there is no analysis.
        let analysed = if self.graph.is_thin() { 0 } else { states };
        self.graph.memory() + self.marks.capacity() as u64 * 8 + analysed * ANALYSIS
    }
}
