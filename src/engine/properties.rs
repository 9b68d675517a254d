//! `check always` and `cover`, read in every state.

use crate::machine::Machine;
use crate::machine::state::State;
use crate::machine::step::{self, InternalError};

/// What the properties of a Machine have come to.
#[derive(Debug)]
pub(crate) struct Watched<'m> {
    machine: &'m Machine,
    /// Per `cover`.
    pub(crate) covered: Vec<bool>,
    /// Per `check always`.
    violated: Vec<bool>,
}

impl<'m> Watched<'m> {
    pub(crate) fn new(machine: &'m Machine) -> Self {
        Self {
            machine,
            covered: vec![false; machine.properties.covers.len()],
            violated: vec![false; machine.properties.always.len()],
        }
    }

    /// Whether there is anything to be read.
    pub(crate) fn reads_states(&self) -> bool {
        !self.machine.properties.always.is_empty() || self.covered.iter().any(|covered| !covered)
    }

    /// Whether `state` violates any `check always`; those that it is the first to violate go to `new`.
    pub(crate) fn visit(&mut self, state: &State, new: &mut Vec<usize>) -> Result<bool, InternalError> {
        let properties = &self.machine.properties;
        for (cover, covered) in properties.covers.iter().zip(&mut self.covered) {
            if !*covered && step::holds(self.machine, state, &cover.cond)? {
                *covered = true;
            }
        }
        let mut violates = false;
        for (index, always) in properties.always.iter().enumerate() {
            if !step::holds(self.machine, state, &always.cond)? {
                violates = true;
                if !std::mem::replace(&mut self.violated[index], true) {
                    new.push(index);
                }
            }
        }
        Ok(violates)
    }
}
