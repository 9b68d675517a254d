//! The search: breadth first, every state, one thread.
//!
//! In: a Machine and limits. Out: all states with their numbers, the edges between
//! them, and what could be found on the way.
//! Numbers are given in the order of the search, so the states yet to be explored are
//! simply those whose number is not below the number of lists in the graph.

use std::collections::BTreeSet;

use rustc_hash::{FxHashMap, FxHashSet};

use super::graph::{Arc, Graph};
use super::properties::Watched;
use super::races::Conflict;
use super::stats::{Progress, Reduced, Stats, StopReason};
use super::store::Inserted;
use super::stubborn::Without;
use super::successors::Successors;
use super::tables::{Code, Tables};
use super::terminal::{Ending, ending};
use super::tree::Trees;
use super::{Options, Watch};
use crate::commands::RoutineId;
use crate::machine::Machine;
use crate::machine::state::{End, State};
use crate::machine::step::InternalError;
use crate::property::Kind;
use crate::source::Span;

/// What has been explored.
#[derive(Debug)]
pub(crate) struct Explored {
    pub(crate) store: Trees,
    pub(crate) graph: Graph,
    /// Of the states that have any.
    marks: FxHashMap<u32, Mark>,
    /// States without steps that are good ends, of the program itself.
    good_ends: Vec<u32>,
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

    fn add(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

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

/// Bytes per state that the analysis after the search will need.
const ANALYSIS: u64 = 32;
/// How often [`Explored::ends_well`] goes over all states.
const ROUNDS: usize = 4;
/// States between two looks at memory, and between two looks at the clock.
const INTERVALS: (u32, u32) = (16, 2048);

/// Explores `machine` until everything is seen or a limit is hit. With `fused`, it also ends at the first race, and has then
/// found nothing else that can be relied upon: blocks commute only where there is no race.
pub(crate) fn explore(
    machine: &Machine,
    tables: &Tables,
    options: &Options,
    successors: &mut Successors<'_>,
    watch: &mut dyn Watch,
) -> Result<Explored, InternalError> {
    let mut record = Record::new(machine, tables);
    let stopped = search(successors, &mut record, options, watch)?;
    if stopped.is_some() {
        record.reach_the_rest(successors);
    }
    let Record { mut explored, watched, bounds, .. } = record;
    explored.raced = successors.is_fused() && explored.hits.iter().any(|hit| hit.kind == Kind::Race);
    explored.covered = watched.covered;
    let stats = &mut explored.stats;
    stats.exhaustive = stopped.is_none() && bounds.is_empty();
    stats.stopped = stopped;
    stats.bounds = bounds.into_iter().collect();
    stats.states = explored.store.len() as u64;
    stats.transitions = explored.graph.len();
    stats.reduced = Some(Reduced {
        used: successors.reductions(),
        arranged: explored.graph.arranged(),
        spared: explored.spared,
        without: successors.without_stubborn(),
    });
    explored.stats.memory = explored.memory() + successors.memory();
    Ok(explored)
}

fn search(
    successors: &mut Successors<'_>,
    record: &mut Record<'_>,
    options: &Options,
    watch: &mut dyn Watch,
) -> Result<Option<StopReason>, InternalError> {
    record.explored.store.insert(successors.initial());
    record.visit(successors, 0)?;
    // The first state of the next level.
    record.explored.levels.push(1);
    let mut arcs = Vec::new();
    let mut source = 0;
    while (source as usize) < record.explored.store.len() {
        if record.explored.levels.last() == Some(&source) {
            record.explored.levels.push(record.explored.store.len() as u32);
            record.explored.stats.depth += 1;
        }
        let stop = record.explored.limit(source, options, successors, watch);
        if stop.is_some() {
            return Ok(stop);
        }
        if record.explored.spared == 0 && !record.explored.hits.is_empty() && !options.any_length {
            // So far nothing is missing: it may as well be this search that finds the shortest run.
            successors.give_up_stubborn(Without::Found);
        }
        successors.load(&mut record.explored.store, source);
        let count = successors.count_steps()?;
        if record.races(successors, source)? && successors.is_fused() {
            return Ok(Some(StopReason::First));
        }
        if !expand(successors, record, source, count, &mut arcs)? || !record.explored.graph.push(&arcs) {
            return Ok(Some(StopReason::Memory));
        }
        source += 1;
    }
    Ok(None)
}

/// Takes the `count` steps of the loaded state `source`. `false` when there is no room for another state.
fn expand(
    successors: &mut Successors<'_>,
    record: &mut Record<'_>,
    source: u32,
    count: usize,
    arcs: &mut Vec<Arc>,
) -> Result<bool, InternalError> {
    arcs.clear();
    for (routine, point) in successors.points() {
        record.explored.reached[record.tables.point(routine, point).number] = true;
    }
    let only_clocks = count > 0 && (0..count).all(|index| successors.is_clock(index));
    if count == 0 || (only_clocks && successors.stays_still()?) {
        record.terminal(successors.settled()?, source);
    }
    let few = successors.reduce();
    let (mut goes_on, mut ends) = (false, false);
    for index in 0..count {
        // Where the few lead to nothing that is still to be explored, or end the run, the others must not wait.
        if index == few && goes_on && !ends {
            record.explored.spared += 1;
            break;
        }
        let step = successors.step(index);
        let target = match record.explored.store.insert(successors.take(index)?) {
            Inserted::Old(target) => target,
            Inserted::New(target) => {
                record.visit(successors, target)?;
                target
            }
            Inserted::Full => return Ok(false),
        };
        goes_on |= target > source;
        ends |= successors.taken_is_end();
        let moved = record.explored.graph.permutations.find(successors.moved());
        arcs.push(Arc { target, slot: step.slot(), partner: step.partner(), moved });
    }
    Ok(true)
}

impl Explored {
    /// Whether the search has to stop before `source` is explored.
    fn limit(
        &self,
        source: u32,
        options: &Options,
        successors: &Successors<'_>,
        watch: &mut dyn Watch,
    ) -> Option<StopReason> {
        // What is found with stubborn sets is searched for again without.
        if (options.first || self.spared > 0 && !options.any_length) && !self.hits.is_empty() {
            return Some(StopReason::First);
        }
        let states = self.store.len() as u64;
        if options.max_states.is_some_and(|most| states > most) {
            return Some(StopReason::States);
        }
        if !source.is_multiple_of(INTERVALS.0) {
            return None;
        }
        let memory = self.memory() + self.store.memory_to_grow() + successors.memory();
        if options.max_memory.is_some_and(|most| memory > most) {
            return Some(StopReason::Memory);
        }
        if !source.is_multiple_of(INTERVALS.1) {
            return None;
        }
        watch.progress(&Progress {
            states,
            transitions: self.graph.len(),
            depth: self.stats.depth,
            waiting: states - u64::from(source),
            memory,
        });
        watch.stop()
    }

    fn reach(&mut self, tables: &Tables, state: &State) {
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

    /// Bytes in use, with what the analysis will need.
    fn memory(&self) -> u64 {
        let states = self.store.len() as u64;
        self.store.memory() + self.graph.memory() + self.marks.capacity() as u64 * 8 + states * ANALYSIS
    }
}

/// The book that is kept while exploring.
struct Record<'m> {
    tables: &'m Tables,
    explored: Explored,
    watched: Watched<'m>,
    seen: FxHashSet<Key>,
    bounds: BTreeSet<&'static str>,
    violated: Vec<usize>,
}

impl<'m> Record<'m> {
    fn new(machine: &'m Machine, tables: &'m Tables) -> Self {
        Self {
            tables,
            explored: Explored {
                store: Trees::new(),
                graph: Graph::default(),
                marks: FxHashMap::default(),
                good_ends: Vec::new(),
                levels: vec![0],
                hits: Vec::new(),
                stats: Stats::default(),
                covered: Vec::new(),
                reached: vec![false; tables.by_number.len()],
                spared: 0,
                raced: false,
            },
            watched: Watched::new(machine),
            seen: FxHashSet::default(),
            bounds: BTreeSet::new(),
            violated: Vec::new(),
        }
    }

    /// A state is seen for the first time.
    fn visit(&mut self, successors: &mut Successors<'_>, number: u32) -> Result<(), InternalError> {
        let explored = &mut self.explored;
        explored.stats.slots = explored.stats.slots.max(successors.taken_slots());
        if !(successors.taken_is_end() || self.watched.reads_states()) {
            // Its points are reached when it is explored.
            return Ok(());
        }
        let state = successors.taken();
        explored.reach(self.tables, state);
        let mut mark = state.end.as_ref().map_or(Mark::default(), Mark::of);
        if self.watched.visit(state, &mut self.violated)? {
            mark.add(Mark::VIOLATES);
        }
        if mark != Mark::default() {
            explored.marks.insert(number, mark);
        }
        for property in self.violated.drain(..) {
            explored.hits.push(Hit { property: Some(property), ..Hit::new(Kind::Always, number) });
        }
        if let Some(end) = state.end {
            self.end(state, number, end);
        }
        Ok(())
    }

    /// Where the goroutines stand in the states that have not been explored.
    fn reach_the_rest(&mut self, successors: &Successors<'_>) {
        let explored = &mut self.explored;
        let mut state = State::empty();
        for number in explored.graph.expanded()..explored.store.len() {
            successors.unpack(&explored.store.row(number as u32), &mut state);
            explored.reach(self.tables, &state);
        }
    }

    /// A run is over in `state`.
    fn end(&mut self, state: &State, number: u32, end: End) {
        let (kind, slot, what) = match end {
            End::Panic { slot, tag, payload } => {
                let payload = if self.tables.is_ref(Code::Payload, tag) { 0 } else { payload };
                (Kind::Panic, slot, (tag, payload))
            }
            End::Fatal { slot, text } => {
                let text = self.tables.texts.binary_search(&text).unwrap_or(0);
                (Kind::Panic, slot, (-1, text as i64))
            }
            End::Assert { slot, text } => (Kind::Assert, slot, (-1, i64::from(text))),
            End::Exit => return,
            End::Bound(name) => {
                self.bounds.insert(name);
                return;
            }
        };
        let Some((routine, span)) = self.tables.place(state, slot) else { return };
        if self.seen.insert(Key::End(kind, routine, span, what)) {
            self.explored.hits.push(Hit { end: Some(end), ..Hit::new(kind, number) });
        }
    }

    /// Whether there are races among what is pending in the loaded state `number`; those of a new kind are hits.
    fn races(&mut self, successors: &mut Successors<'_>, number: u32) -> Result<bool, InternalError> {
        let conflicts = successors.conflicts()?;
        for conflict in &conflicts {
            // The runtime looks for concurrent uses of a map, and ends the run.
            let fatal = successors.is_fatal(conflict).then_some(Kind::Panic);
            for kind in fatal.into_iter().chain([Kind::Race]) {
                if self.seen.insert(Key::race(kind, conflict)) {
                    self.explored.hits.push(Hit { race: Some(*conflict), ..Hit::new(kind, number) });
                }
            }
        }
        Ok(!conflicts.is_empty())
    }

    /// `state` has no steps.
    fn terminal(&mut self, state: &State, number: u32) {
        if state.end.is_some() {
            return;
        }
        match ending(self.tables, state, |_| false, true) {
            Ending::Good => self.explored.good_ends.push(number),
            Ending::Deadlock(stuck) => {
                if self.seen.insert(Key::stuck(self.tables, Kind::Deadlock, state, &stuck)) {
                    self.explored.hits.push(Hit { stuck, ..Hit::new(Kind::Deadlock, number) });
                }
            }
            Ending::Leak(_) => {}
        }
    }
}

impl Mark {
    fn of(end: &End) -> Self {
        match end {
            End::Panic { .. } | End::Fatal { .. } | End::Assert { .. } => Self::BAD_END,
            End::Exit => Self::EXIT,
            End::Bound(_) => Self::BOUND,
        }
    }
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
