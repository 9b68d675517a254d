//! The book that is kept while exploring: where steps have led, and what shows in each state that is new.

use std::collections::BTreeSet;

use rustc_hash::FxHashSet;

use super::explored::{Explored, Mark};
use super::frontier::{Frontier, LookedUp};
use super::graph::Arc;
use super::hits::{Hit, Key};
use super::properties::Watched;
use super::successors::Successors;
use super::tables::{Code, Tables};
use super::taken::Taken;
use super::terminal::{Ending, ending};
use crate::machine::Machine;
use crate::machine::state::{End, State};
use crate::machine::step::InternalError;
use crate::property::Kind;

/// The book that is kept while exploring.
pub(super) struct Record<'m> {
    pub(super) tables: &'m Tables,
    pub(super) explored: Explored,
    pub(super) watched: Watched<'m>,
    seen: FxHashSet<Key>,
    pub(super) bounds: BTreeSet<&'static str>,
    violated: Vec<usize>,
    /// Of the source whose steps come back.
    pub(super) arcs: Vec<Arc>,
    /// The state that is being looked at.
    unpacked: State,
}

impl<'m> Record<'m> {
    /// An empty book; of the points some have been `reached` already.
    pub(super) fn new(machine: &'m Machine, tables: &'m Tables, reached: Vec<bool>) -> Self {
        Self {
            tables,
            explored: Explored::new(reached),
            watched: Watched::new(machine),
            seen: FxHashSet::default(),
            bounds: BTreeSet::new(),
            violated: Vec::new(),
            arcs: Vec::new(),
            unpacked: State::empty(),
        }
    }

    /// Writes down where steps have led. `false` when there is no room for another state.
    pub(super) fn take_in(
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
    pub(super) fn visit(
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
    pub(super) fn reach_the_rest(&mut self, successors: &Successors<'_>) {
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
    pub(super) fn races(
        &mut self,
        successors: &mut Successors<'_>,
        number: u32,
    ) -> Result<bool, InternalError> {
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
    pub(super) fn terminal(&mut self, state: &State, number: u32) {
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
