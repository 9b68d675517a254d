//! How runs can end: terminal components, who is stuck in them, what reaches them.
//!
//! In: the explored graph. Out: for each component what its continuations can still
//! do. A goroutine is stuck where it is live, does not wait at `idle`, and takes part
//! in no step of any continuation. Under fairness a run ends in a component that
//! nothing leaves; such a component is good when nobody in it is stuck.

use super::explored::{Explored, Mark};
use super::movers::Movers;
use super::scc::{Components, components};
use super::successors::Successors;
use super::tables::Tables;
use crate::machine::state::{MainStatus, State};
use crate::machine::step::InternalError;

/// What a terminal component, or a single terminal state, is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Ending {
    Good,
    /// Main has not ended, these are stuck, and nobody moves again.
    Deadlock(Vec<usize>),
    /// These are stuck beside others that have ended well or run for ever.
    Leak(Vec<usize>),
}

/// What a state of a terminal component says about it. `moves` tells which slots take part in the component's steps;
/// `still`: there are none.
pub(crate) fn ending(tables: &Tables, state: &State, moves: impl Fn(usize) -> bool, still: bool) -> Ending {
    let stuck = stuck(tables, state, moves);
    match (state.main, still) {
        (MainStatus::Running, true) if !stuck.is_empty() => Ending::Deadlock(stuck),
        (MainStatus::Goexited, true) if !stuck.is_empty() => Ending::Deadlock(stuck),
        // Main has not returned, and nobody is left.
        (MainStatus::Goexited, true) if live(tables, state).next().is_none() => Ending::Deadlock(vec![0]),
        _ if stuck.is_empty() => Ending::Good,
        _ => Ending::Leak(stuck),
    }
}

/// The live goroutines of `state` that neither move nor wait at `idle`.
fn stuck(tables: &Tables, state: &State, moves: impl Fn(usize) -> bool) -> Vec<usize> {
    let idle = |slot: usize| {
        state.goroutine(slot).is_some_and(|goroutine| tables.point(goroutine.routine, goroutine.point).idle)
    };
    live(tables, state).filter(|&slot| !moves(slot) && !idle(slot)).collect()
}

/// The live goroutines of the program.
fn live<'a>(tables: &'a Tables, state: &'a State) -> impl Iterator<Item = usize> + 'a {
    state.live_slots().filter(|&slot| !tables.is_environment(state, slot))
}

/// What the continuations of each component can do.
#[derive(Debug)]
pub(crate) struct Fates {
    components: Components,
    /// Per component: [`GOOD`], [`OPEN`].
    flags: Vec<u8>,
    moves: Movers,
    /// Per component: the fewest stuck goroutines in a leaking component that can be reached; [`NO_LEAK`] for none.
    least_leak: Vec<u32>,
}

/// A good ending can be reached.
const GOOD: u8 = 1;
/// A state that has not been explored can be reached.
const OPEN: u8 = 2;
const NO_LEAK: u32 = u32::MAX;

/// How a state's continuations end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Outlook {
    /// One of them ends well.
    Hope,
    /// None that is known ends well, but not all are known.
    Unknown,
    /// All end badly.
    Doom,
}

impl Fates {
    /// Finds them. With `violations_end`, a state that violates a `check always` counts as a bad end.
    pub(crate) fn new(
        tables: &Tables,
        explored: &Explored,
        violations_end: bool,
        successors: &Successors<'_>,
    ) -> Result<Self, InternalError> {
        let graph = &explored.graph;
        let absorbing = |state: u32| violations_end && explored.mark(state).has(Mark::VIOLATES);
        let states = u32::try_from(explored.store.len()).unwrap_or(u32::MAX);
        let components = components(graph, states, absorbing);
        let count = components.count();
        let mut fates = Self {
            flags: vec![0; count],
            moves: Movers::new(explored),
            least_leak: vec![NO_LEAK; count],
            components,
        };
        let mut scratch = State::empty();
        for component in 0..count {
            let (mut flags, mut least, mut leaves, mut still) = (0, NO_LEAK, false, true);
            for &state in fates.components.states(component) {
                if absorbing(state) {
                    continue;
                }
                let unexplored = state as usize >= graph.kept();
                if unexplored || explored.mark(state).has(Mark::BOUND) {
                    flags |= OPEN;
                }
                for arc in graph.arcs(state) {
                    still = false;
                    let target = fates.components.of[arc.target as usize] as usize;
                    if target != component {
                        leaves = true;
                        flags |= fates.flags[target];
                        least = least.min(fates.least_leak[target]);
                    }
                }
            }
            fates.moves.component(graph, &fates.components, component, absorbing);
            let first = fates.components.states(component)[0];
            let mark = explored.mark(first);
            if !leaves && flags & OPEN == 0 && !absorbing(first) && !mark.has(Mark::BAD_END) {
                if mark.has(Mark::EXIT) {
                    flags |= GOOD;
                } else {
                    successors.unpack(&explored.store.row(first), &mut scratch);
                    let moves = |slot: usize| fates.moves.has(first, slot);
                    successors.settle(&mut scratch, |slot| !moves(slot))?;
                    match ending(tables, &scratch, moves, still) {
                        Ending::Good => flags |= GOOD,
                        Ending::Deadlock(_) => {}
                        Ending::Leak(stuck) => least = u32::try_from(stuck.len()).unwrap_or(NO_LEAK),
                    }
                }
            }
            fates.flags[component] = flags;
            fates.least_leak[component] = least;
        }
        Ok(fates)
    }

    pub(crate) fn outlook(&self, state: u32) -> Outlook {
        let flags = self.flags[self.components.of[state as usize] as usize];
        if flags & GOOD != 0 {
            Outlook::Hope
        } else if flags & OPEN != 0 {
            Outlook::Unknown
        } else {
            Outlook::Doom
        }
    }

    /// Whether any leaking component has been found.
    pub(crate) fn any_leak(&self) -> bool {
        self.least_leak.iter().any(|&least| least != NO_LEAK)
    }

    /// Whether a leaking component can be reached from state `number`.
    pub(crate) fn may_leak(&self, number: u32) -> bool {
        self.least_leak[self.components.of[number as usize] as usize] != NO_LEAK
    }

    /// The stuck goroutines of state `number`, which is `state`, where they are already all those of a leak to come. What is
    /// pending of them is run.
    pub(crate) fn leak(
        &self,
        tables: &Tables,
        number: u32,
        state: &mut State,
        successors: &Successors<'_>,
    ) -> Result<Option<Vec<usize>>, InternalError> {
        let component = self.components.of[number as usize] as usize;
        if self.flags[component] & OPEN != 0 {
            // Who seems stuck may yet move in what has not been explored.
            return Ok(None);
        }
        let moves = |slot: usize| self.moves.has(number, slot);
        successors.settle(state, |slot| !moves(slot))?;
        let stuck = stuck(tables, state, moves);
        Ok((u32::try_from(stuck.len()) == Ok(self.least_leak[component])).then_some(stuck))
    }
}
