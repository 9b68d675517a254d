//! What lies between the states that are explored and those that are known: rows that are to be explored next, and steps that
//! have been taken of which nobody knows yet where they lead.
//!
//! In: steps, source by source. Out: rows to explore, in the order of their numbers, and the steps again, with the numbers of
//! their states. Looking a state up is mostly waiting for memory, so many wait together; in a large search they wait while
//! others are taken ([`Visited`]). When what comes back is part of the order of the search, and does not depend on time: with one
//! thread and with two a search is the same.

use std::collections::VecDeque;

use super::taken::Taken;
use super::tree::{Levels, Trees};
use super::visited::{Parcel, Visited};

/// What waits at the edge of the search.
#[derive(Debug)]
pub(crate) struct Frontier {
    visited: Visited,
    /// There may be a thread for the look-ups.
    may_move_out: bool,
    size: Size,
    /// States that are known to be known.
    stored: usize,
    /// What is taken and has not been sent.
    filling: Parcel,
    steps: Steps,
    /// The steps that have been sent.
    under_way: VecDeque<Steps>,
    /// How many they are, and those that have not been sent.
    waiting: usize,
    /// The state that is being explored, and the next ones.
    source: Levels,
    rows: VecDeque<Levels>,
    /// The state whose row comes next, and the first whose row has not been asked for.
    next: u32,
    wanted: u32,
    spare: Vec<(Parcel, Steps)>,
    spare_rows: Vec<Levels>,
    pub(crate) memory: u64,
    pub(crate) memory_to_grow: u64,
}

/// Steps, source by source.
#[derive(Default, Debug)]
pub(crate) struct Steps {
    pub(crate) taken: Vec<Taken>,
    /// How many of them there are up to the end of each source. What comes after the last end is of one that goes on.
    pub(crate) sources: Vec<usize>,
}

/// How much is done at a time.
#[derive(Clone, Copy, Debug)]
struct Size {
    /// Steps, or sources, that are sent together.
    steps: usize,
    sources: usize,
    /// So many times these may be under way while others are taken.
    under_way: usize,
    /// Sources whose rows are here, or under way.
    ahead: u32,
}

const SMALL: Size = Size { steps: 64, sources: 64, under_way: 0, ahead: 64 };
const LARGE: Size = Size { steps: 512, sources: 128, under_way: 2, ahead: 768 };
/// A search is large when there are so many states. (Tests are about small models, and shall come by here.)
const MANY: usize = if cfg!(test) { 8 } else { 1 << 15 };

/// Steps that have been looked up.
#[derive(Debug)]
pub(crate) struct LookedUp {
    pub(crate) parcel: Parcel,
    pub(crate) steps: Steps,
}

impl Frontier {
    /// Begins with the states that are there, of which none is explored. With `may_move_out` a second thread may be
    /// started.
    pub(crate) fn new(trees: Trees, may_move_out: bool) -> Self {
        Self {
            stored: trees.len(),
            memory: trees.memory(),
            memory_to_grow: trees.memory_to_grow(),
            visited: Visited::new(trees),
            may_move_out,
            size: SMALL,
            filling: Parcel::default(),
            steps: Steps::default(),
            under_way: VecDeque::new(),
            waiting: 0,
            source: Levels::default(),
            rows: VecDeque::new(),
            next: 0,
            wanted: 0,
            spare: Vec::new(),
            spare_rows: Vec::new(),
        }
    }

    /// How many states are known.
    pub(crate) fn stored(&self) -> usize {
        self.stored
    }

    /// How many steps have been taken of which nobody knows where they lead.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting
    }

    /// Whether the row of the next state to be explored is here.
    pub(crate) fn has_next(&self) -> bool {
        !self.rows.is_empty()
    }

    /// The row of the next state to be explored, where it is here.
    pub(crate) fn next(&mut self) -> Option<&[u32]> {
        let next = self.rows.pop_front()?;
        self.spare_rows.push(std::mem::replace(&mut self.source, next));
        self.next += 1;
        Some(self.source.row())
    }

    /// A step of the state that is being explored.
    pub(crate) fn add(&mut self, row: &[u32], taken: Taken) {
        self.filling.waiting.add(row, &self.source);
        self.steps.taken.push(taken);
        self.waiting += 1;
    }

    /// All steps of that state have been taken.
    pub(crate) fn end_source(&mut self) {
        self.steps.sources.push(self.steps.taken.len());
    }

    /// Whether anything that was sent has not come back.
    pub(crate) fn is_under_way(&self) -> bool {
        !self.under_way.is_empty()
    }

    /// Whether the next state to be explored is known, but its row is not here.
    pub(crate) fn lacks_next(&self) -> bool {
        !self.has_next() && (self.next as usize) < self.stored
    }

    /// Whether enough has been taken to be sent.
    pub(crate) fn is_full(&self) -> bool {
        self.steps.taken.len() >= self.size.steps || self.steps.sources.len() >= self.size.sources
    }

    /// Whether there is something to be sent.
    pub(crate) fn has_unsent(&self) -> bool {
        !(self.steps.taken.is_empty() && self.steps.sources.is_empty())
    }

    /// Sends what has been taken, and asks for the rows of the next states.
    pub(crate) fn send(&mut self) {
        let (parcel, steps) = self.spare.pop().unwrap_or_default();
        let mut parcel = std::mem::replace(&mut self.filling, parcel);
        let most = (self.stored as u32).min(self.next + self.size.ahead);
        parcel.wanted = self.wanted..most.max(self.wanted);
        self.wanted = parcel.wanted.end;
        parcel.given.append(&mut self.spare_rows);
        self.under_way.push_back(std::mem::replace(&mut self.steps, steps));
        self.visited.ask(parcel);
    }

    /// The oldest of what was sent, when more is under way than may be.
    pub(crate) fn overdue(&mut self) -> Option<LookedUp> {
        if self.under_way.len() > self.size.under_way { self.receive() } else { None }
    }

    /// The oldest of what was sent.
    pub(crate) fn receive(&mut self) -> Option<LookedUp> {
        let steps = self.under_way.pop_front()?;
        let mut parcel = self.visited.answer()?;
        self.waiting -= steps.taken.len();
        self.stored += parcel.numbers.iter().filter(|(_, new)| *new).count();
        (self.memory, self.memory_to_grow) = (parcel.memory, parcel.memory_to_grow);
        self.rows.extend(parcel.given.drain(..));
        Some(LookedUp { parcel, steps })
    }

    /// Gives back what has been received: its memory is used again.
    pub(crate) fn give_back(&mut self, LookedUp { mut parcel, mut steps }: LookedUp) {
        parcel.waiting.clear();
        steps.taken.clear();
        steps.sources.clear();
        self.spare.push((parcel, steps));
    }

    /// Nothing is under way: in a search that has become large more is done at a time from now on.
    pub(crate) fn may_grow(self) -> Self {
        if self.stored < MANY || self.size.under_way == LARGE.under_way {
            return self;
        }
        let visited = if self.may_move_out { self.visited.move_out() } else { self.visited };
        Self { visited, size: LARGE, ..self }
    }

    /// The states.
    pub(crate) fn into_trees(self) -> Trees {
        self.visited.into_trees()
    }
}
