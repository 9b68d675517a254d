//! From a state to those one step further.
//!
//! In: the bytes of a state. Out: its steps, and the bytes of the state after each.
//! The one place where the search meets the reference semantics; what reduces the
//! steps of a state comes in here.

use super::canonical::Canonical;
use super::graph::Arc;
use super::layout;
use super::tables::Tables;
use crate::machine::Machine;
use crate::machine::state::State;
use crate::machine::step::{self, InternalError, Limits, Step};

/// A state and a successor of it, unpacked. Kept and refilled, to keep their memory.
#[derive(Debug)]
pub(crate) struct Successors<'m> {
    machine: &'m Machine,
    tables: &'m Tables,
    limits: Limits,
    canonical: Canonical,
    current: State,
    next: State,
    steps: Vec<Step>,
    bytes: Vec<u8>,
}

impl<'m> Successors<'m> {
    pub(crate) fn new(machine: &'m Machine, tables: &'m Tables, limits: Limits) -> Self {
        let initial = step::initial(machine);
        Self {
            machine,
            tables,
            limits,
            canonical: Canonical::default(),
            current: initial.clone(),
            next: initial,
            steps: Vec::new(),
            bytes: Vec::new(),
        }
    }

    /// The initial state and its bytes.
    pub(crate) fn initial(&mut self) -> (&State, &[u8]) {
        self.next = step::initial(self.machine);
        self.encode_next()
    }

    /// Goes to the state `bytes`.
    pub(crate) fn load(&mut self, bytes: &[u8]) {
        layout::decode(self.tables, bytes, &mut self.current);
    }

    /// Goes to a concrete state.
    pub(crate) fn load_concrete(&mut self, state: &State) {
        self.current.clone_from(state);
    }

    /// The loaded state.
    pub(crate) fn current(&self) -> &State {
        &self.current
    }

    /// How many steps the loaded state has.
    pub(crate) fn count_steps(&mut self) -> Result<usize, InternalError> {
        step::enabled_into(self.machine, &self.current, &mut self.steps)?;
        Ok(self.steps.len())
    }

    /// One of the steps counted last.
    pub(crate) fn step(&self, index: usize) -> Step {
        self.steps[index]
    }

    /// Whether that step is the environment's.
    pub(crate) fn is_clock(&self, index: usize) -> bool {
        self.tables.is_environment(&self.current, self.steps[index].slot)
    }

    /// Whether the environment wakes nobody, given that it alone can step: it goes on by itself, in any order, until it has
    /// nothing more to do (no clock keeps another from going on).
    pub(crate) fn stays_still(&mut self) -> Result<bool, InternalError> {
        let mut state = self.current.clone();
        let mut steps = self.steps.clone();
        while let Some(first) = steps.first() {
            if steps.iter().any(|step| !self.tables.is_environment(&state, step.slot)) || state.end.is_some()
            {
                return Ok(false);
            }
            step::apply_to(self.machine, &mut state, first, &self.limits)?;
            step::enabled_into(self.machine, &state, &mut steps)?;
        }
        Ok(state.end.is_none())
    }

    /// The state after that step, and its bytes.
    pub(crate) fn take(&mut self, index: usize) -> Result<(&State, &[u8]), InternalError> {
        self.next.clone_from(&self.current);
        step::apply_to(self.machine, &mut self.next, &self.steps[index], &self.limits)?;
        Ok(self.encode_next())
    }

    /// The first step of the loaded state that is `arc`; its target is `target`.
    pub(crate) fn find(&mut self, arc: &Arc, target: &[u8]) -> Result<Option<Step>, InternalError> {
        for index in 0..self.count_steps()? {
            let step = self.steps[index];
            let same = step.slot == arc.slot && step.partner.map(|(slot, _)| slot) == arc.partner;
            if same && self.take(index)?.1 == target {
                return Ok(Some(step));
            }
        }
        Ok(None)
    }

    /// The concrete state after `step` from a concrete state, and the bytes of its canonical form.
    pub(crate) fn replay(&mut self, state: &mut State, step: &Step) -> Result<&[u8], InternalError> {
        step::apply_to(self.machine, state, step, &self.limits)?;
        self.canonical.fill(self.tables, state);
        self.bytes.clear();
        layout::encode(self.tables, state, &self.canonical, &mut self.bytes);
        Ok(&self.bytes)
    }

    fn encode_next(&mut self) -> (&State, &[u8]) {
        self.canonical.fill(self.tables, &self.next);
        self.bytes.clear();
        layout::encode(self.tables, &self.next, &self.canonical, &mut self.bytes);
        (&self.next, &self.bytes)
    }
}
