//! The search: breadth first, every state.
//!
//! In: a Machine and limits. Out: all states with their numbers, the edges between
//! them, and what could be found on the way.
//! Numbers are given in the order of the search, so the states yet to be explored are
//! simply those whose number is not below the number of lists in the graph.

use std::collections::BTreeSet;

use rustc_hash::{FxHashMap, FxHashSet};

use super::frontier::{Frontier, LookedUp};
use super::graph::{Arc, Graph};
use super::moves::Move;
use super::permutation::{Permutation, Permutations};
use super::properties::Watched;
use super::races::Conflict;
use super::stats::{Progress, Reduced, Stats, StopReason};
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
    /// Somebody is stuck in a state without steps.
    bad_end: bool,
    /// All steps of some state lead to ones that were known before it.
    turns_back: bool,
    /// How many states may be expanded before arcs are not kept, where nothing needs them.
    most_arcs: usize,
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
/// When so many states are expanded and nothing has been found that arcs are needed for, they are not kept. (Tests are about small
/// models, and shall come by here.)
const ARCS: usize = if cfg!(test) { 16 } else { 1 << 20 };
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
    if successors.reductions().stubborn {
        // Which of the steps of a state were taken is not found again.
        record.explored.most_arcs = usize::MAX;
    }
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
        gave_back: explored.gave_back,
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
    let initial = successors.initial().to_vec();
    let mut trees = Trees::new();
    trees.insert(&initial);
    let taken = Taken::last(successors, None, &mut record.explored.graph.permutations);
    record.visit(successors, 0, &initial, &taken)?;
    // The first state of the next level.
    record.explored.levels.push(1);
    // With stubborn sets, what to do next depends on where the last step has led.
    let may_move_out = options.threads > 1 && !successors.reductions().stubborn;
    let mut frontier = Frontier::new(trees, may_move_out);
    let mut source = 0;
    let stopped = loop {
        let ends_level = record.explored.levels.last() == Some(&source);
        let known = frontier.stored() + frontier.waiting();
        let may_be_too_many = options.max_states.is_some_and(|most| known as u64 > most);
        if ends_level || may_be_too_many || !frontier.has_next() {
            if !settle(successors, record, &mut frontier)? {
                break Some(StopReason::Memory);
            }
            if source as usize >= frontier.stored() {
                break None;
            }
            if ends_level {
                record.explored.levels.push(frontier.stored() as u32);
                record.explored.stats.depth += 1;
            }
            frontier = frontier.may_grow();
        } else if frontier.is_full() {
            frontier.send();
            if let Some(looked_up) = frontier.overdue()
                && !record.take_in(successors, &mut frontier, looked_up)?
            {
                break Some(StopReason::Memory);
            }
        }
        let stop = record.explored.limit(source, options, successors, &frontier, watch);
        if stop.is_some() {
            settle(successors, record, &mut frontier)?;
            break stop;
        }
        let Some(row) = frontier.next() else { break Some(StopReason::Memory) };
        successors.load(row);
        let count = successors.count_steps()?;
        if record.races(successors, source)? && successors.is_fused() {
            break Some(StopReason::First);
        }
        if !expand(successors, record, &mut frontier, source, count)? {
            break Some(StopReason::Memory);
        }
        source += 1;
    };
    record.explored.store = frontier.into_trees();
    Ok(stopped)
}

/// Waits for all that is under way, and for the row of the next state. `false` when there is no room for another state.
fn settle(
    successors: &Successors<'_>,
    record: &mut Record<'_>,
    frontier: &mut Frontier,
) -> Result<bool, InternalError> {
    if frontier.has_unsent() || !frontier.is_under_way() && frontier.lacks_next() {
        frontier.send();
    }
    while let Some(looked_up) = frontier.receive() {
        if !record.take_in(successors, frontier, looked_up)? {
            return Ok(false);
        }
        if !frontier.is_under_way() && frontier.lacks_next() {
            frontier.send();
        }
    }
    Ok(true)
}

/// Takes the `count` steps of the loaded state `source`. `false` when there is no room for another state.
fn expand(
    successors: &mut Successors<'_>,
    record: &mut Record<'_>,
    frontier: &mut Frontier,
    source: u32,
    count: usize,
) -> Result<bool, InternalError> {
    for (routine, point) in successors.points() {
        record.explored.reached[record.tables.point(routine, point).number] = true;
    }
    let only_clocks = count > 0 && (0..count).all(|index| successors.is_clock(index));
    if count == 0 || (only_clocks && successors.stays_still()?) {
        record.terminal(successors.settled()?, source);
    }
    let few = successors.reduce();
    let mut ends = false;
    for index in 0..count {
        if index == few && !ends {
            // Where the few lead to nothing that is still to be explored, or end the run, the others must not wait.
            if !settle(successors, record, frontier)? {
                return Ok(false);
            }
            if record.arcs.iter().any(|arc| arc.target > source) {
                record.explored.spared += 1;
                break;
            }
        }
        let step = successors.step(index);
        successors.take(index)?;
        let taken = Taken::last(successors, Some(step), &mut record.explored.graph.permutations);
        ends |= taken.ends;
        frontier.add(successors.taken(), taken);
    }
    frontier.end_source();
    for (routine, point) in successors.passed() {
        record.explored.reached[record.tables.point(routine, point).number] = true;
    }
    record.explored.gave_back = successors.has_given_back();
    Ok(true)
}

/// A step that has been taken.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Taken {
    slot: usize,
    partner: Option<usize>,
    moved: Permutation,
    /// Of the state that it leads to: the run is over, and how many slots it has.
    ends: bool,
    slots: usize,
}

impl Taken {
    /// What `successors` has taken last.
    fn last(successors: &Successors<'_>, step: Option<Move>, permutations: &mut Permutations) -> Self {
        Self {
            slot: step.map_or(0, |step| step.slot()),
            partner: step.and_then(|step| step.partner()),
            moved: permutations.find(successors.moved()),
            ends: successors.taken_is_end(),
            slots: successors.taken_slots(),
        }
    }
}

impl Explored {
    /// Adds the arcs of the next state.
    fn add_arcs(&mut self, arcs: &mut Vec<Arc>) -> bool {
        let source = self.graph.expanded() as u32;
        self.turns_back |= !arcs.is_empty() && arcs.iter().all(|arc| arc.target <= source);
        let added = self.graph.push(arcs);
        arcs.clear();
        if self.graph.expanded() == self.most_arcs && self.has_only_good_ends() {
            self.graph.make_thin();
        }
        added
    }

    /// Whether all runs so far go on, or end well.
    fn has_only_good_ends(&self) -> bool {
        !self.turns_back && !self.bad_end && self.hits.is_empty() && self.marks.is_empty()
    }

    /// Whether the search has to stop before `source` is explored.
    fn limit(
        &self,
        source: u32,
        options: &Options,
        successors: &Successors<'_>,
        frontier: &Frontier,
        watch: &mut dyn Watch,
    ) -> Option<StopReason> {
        if options.first && !self.hits.is_empty() {
            return Some(StopReason::First);
        }
        let states = frontier.stored() as u64;
        if options.max_states.is_some_and(|most| states > most) {
            return Some(StopReason::States);
        }
        if !source.is_multiple_of(INTERVALS.0) {
            return None;
        }
        let stored = frontier.memory + frontier.memory_to_grow;
        let memory = stored + self.memory_besides(states) + successors.memory();
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

/// The book that is kept while exploring.
struct Record<'m> {
    tables: &'m Tables,
    explored: Explored,
    watched: Watched<'m>,
    seen: FxHashSet<Key>,
    bounds: BTreeSet<&'static str>,
    violated: Vec<usize>,
    /// Of the source whose steps come back.
    arcs: Vec<Arc>,
    /// The state that is being looked at.
    unpacked: State,
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
                bad_end: false,
                turns_back: false,
                most_arcs: ARCS,
                levels: vec![0],
                hits: Vec::new(),
                stats: Stats::default(),
                covered: Vec::new(),
                reached: vec![false; tables.by_number.len()],
                spared: 0,
                gave_back: false,
                raced: false,
            },
            watched: Watched::new(machine),
            seen: FxHashSet::default(),
            bounds: BTreeSet::new(),
            violated: Vec::new(),
            arcs: Vec::new(),
            unpacked: State::empty(),
        }
    }

    /// Writes down where steps have led. `false` when there is no room for another state.
    fn take_in(
        &mut self,
        successors: &Successors<'_>,
        frontier: &mut Frontier,
        looked_up: LookedUp,
    ) -> Result<bool, InternalError> {
        let LookedUp { parcel, steps } = &looked_up;
        let mut sources = steps.sources.iter().peekable();
        for (index, (&(target, new), taken)) in parcel.numbers.iter().zip(&steps.taken).enumerate() {
            while sources.next_if(|&&end| end == index).is_some() {
                if !self.explored.add_arcs(&mut self.arcs) {
                    return Ok(false);
                }
            }
            if new {
                self.visit(successors, target, parcel.waiting.row(index), taken)?;
            }
            let &Taken { slot, partner, moved, .. } = taken;
            self.arcs.push(Arc { target, slot, partner, moved });
        }
        if parcel.numbers.len() < steps.taken.len() {
            return Ok(false);
        }
        for _ in sources {
            if !self.explored.add_arcs(&mut self.arcs) {
                return Ok(false);
            }
        }
        frontier.give_back(looked_up);
        Ok(true)
    }

    /// A state is seen for the first time.
    fn visit(
        &mut self,
        successors: &Successors<'_>,
        number: u32,
        row: &[u32],
        taken: &Taken,
    ) -> Result<(), InternalError> {
        let explored = &mut self.explored;
        explored.stats.slots = explored.stats.slots.max(taken.slots);
        if !(taken.ends || self.watched.reads_states()) {
            // Its points are reached when it is explored.
            return Ok(());
        }
        let mut unpacked = std::mem::replace(&mut self.unpacked, State::empty());
        successors.unpack(row, &mut unpacked);
        let state = &unpacked;
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
        self.unpacked = unpacked;
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
            Ending::Leak(_) => self.explored.bad_end = true,
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
