//! The rooms of the engine, one at a time, for `benches/engine.rs`.
//!
//! In: a Machine. Out: its first states, and what it takes to find their steps, to store them and to find them
//! again, each as one call that a benchmark can repeat. Nothing here decides anything.

use super::reduction::Reductions;
use super::store::Inserted;
use super::successors::Successors;
use super::tables::Tables;
use super::tree::{Levels, Trees};
use crate::machine::Machine;
use crate::machine::step::{self, InternalError, Limits};

/// The first states of a Machine, breadth first, as the search has them.
#[derive(Debug)]
pub struct Sample<'m> {
    machine: &'m Machine,
    limits: Limits,
    successors: Successors<'m>,
    store: Trees,
    rows: Vec<Vec<u32>>,
}

/// Hands `usage` the first `most` states of `machine`.
pub fn sample<R>(
    machine: &Machine,
    limits: Limits,
    reductions: Reductions,
    most: usize,
    usage: impl FnOnce(&mut Sample<'_>) -> R,
) -> Result<R, InternalError> {
    let tables = Tables::new(machine);
    let mut successors = Successors::new(machine, &tables, limits, reductions);
    let mut store = Trees::new();
    store.insert(successors.initial());
    let mut source = 0;
    while (source as usize) < store.len() && store.len() < most {
        successors.load(&store.row(source));
        for index in 0..successors.count_steps()? {
            store.insert(successors.take(index)?);
        }
        source += 1;
    }
    let rows = (0..store.len()).map(|number| store.row(number as u32)).collect();
    Ok(usage(&mut Sample { machine, limits, successors, store, rows }))
}

impl Sample<'_> {
    /// How many states there are.
    pub fn states(&self) -> usize {
        self.rows.len()
    }

    /// Takes every step of every state; gives how many there are. What was learnt on the way here is remembered.
    pub fn take_steps(&mut self) -> Result<usize, InternalError> {
        let mut steps = 0;
        for number in 0..self.rows.len() {
            self.successors.load(&self.rows[number]);
            let count = self.successors.count_steps()?;
            for index in 0..count {
                self.successors.take(index)?;
            }
            steps += count;
        }
        Ok(steps)
    }

    /// Asks the reference semantics for every step of every state, without memory and without a canonical form.
    pub fn take_steps_of_the_machine(&self) -> Result<usize, InternalError> {
        let mut state = step::initial(self.machine);
        let mut next = state.clone();
        let (mut enabled, mut steps) = (Vec::new(), 0);
        for row in &self.rows {
            self.successors.unpack(row, &mut state);
            step::enabled_into(self.machine, &state, &mut enabled)?;
            for taken in &enabled {
                next.clone_from(&state);
                step::apply_to(self.machine, &mut next, taken, &self.limits)?;
            }
            steps += enabled.len();
        }
        Ok(steps)
    }

    /// Puts every state into a new store; gives the bytes that it takes.
    pub fn store(&self) -> u64 {
        let mut store = Trees::new();
        for row in &self.rows {
            let inserted = store.insert(row);
            debug_assert!(matches!(inserted, Inserted::New(_)), "states come once");
        }
        store.memory()
    }

    /// Looks every state up in the store that has them; gives how many it has.
    pub fn look_up(&mut self) -> usize {
        self.rows.iter().filter(|row| matches!(self.store.insert(row), Inserted::Old(_))).count()
    }

    /// Reads every state back; gives how many numbers they have.
    pub fn read(&mut self) -> usize {
        let mut levels = Levels::default();
        (0..self.rows.len())
            .map(|number| {
                self.store.read(number as u32, &mut levels);
                levels.row().len()
            })
            .sum()
    }
}
