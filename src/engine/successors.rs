//! From a state to those one step further.
//!
//! In: the bytes of a state. Out: its steps, and the bytes of the state after each. A
//! step is a goroutine's block together with the operation that follows it (of both
//! sides, in a rendezvous), or a block whose end is a step of its own. The one place
//! where the search meets the reference semantics; what reduces the steps of a state
//! comes in here.

use super::blocks::{Block, Runner, Stand};
use super::canonical::Canonical;
use super::graph::Arc;
use super::layout;
use super::races::{self, Conflict};
use super::tables::Tables;
use crate::commands::{RoutineId, table};
use crate::machine::footprint::Location;
use crate::machine::state::State;
use crate::machine::step::{self, InternalError, Limits, Meets, Step};
use crate::machine::{Machine, PointId, Shape};

/// One step of the search.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Move {
    /// The block of the goroutine in this slot, whose end is a step of its own.
    Block(usize),
    /// An operation or a choice, after the blocks of those who take part.
    Operation(Step),
}

impl Move {
    /// Whose step it is.
    pub(crate) fn slot(&self) -> usize {
        match *self {
            Self::Block(slot) => slot,
            Self::Operation(step) => step.slot,
        }
    }

    /// The other side of a rendezvous.
    pub(crate) fn partner(&self) -> Option<usize> {
        match self {
            Self::Block(_) => None,
            Self::Operation(step) => step.partner.map(|(slot, _)| slot),
        }
    }
}

/// A state and a successor of it, unpacked. Kept and refilled, to keep their memory.
#[derive(Debug)]
pub(crate) struct Successors<'m> {
    machine: &'m Machine,
    tables: &'m Tables,
    limits: Limits,
    runner: Runner<'m>,
    canonical: Canonical,
    current: State,
    next: State,
    /// By slot of the loaded state.
    blocks: Vec<Block>,
    moves: Vec<Move>,
    steps: Vec<Step>,
    meets: Meets,
    bytes: Vec<u8>,
}

impl<'m> Successors<'m> {
    pub(crate) fn new(machine: &'m Machine, tables: &'m Tables, limits: Limits, fused: bool) -> Self {
        let initial = step::initial(machine);
        Self {
            machine,
            tables,
            limits,
            runner: Runner::new(machine, limits, fused),
            canonical: Canonical::default(),
            current: initial.clone(),
            next: initial,
            blocks: Vec::new(),
            moves: Vec::new(),
            steps: Vec::new(),
            meets: Meets::default(),
            bytes: Vec::new(),
        }
    }

    /// The initial state and its bytes.
    pub(crate) fn initial(&mut self) -> (&State, &[u8]) {
        self.next = step::initial(self.machine);
        self.encode_next()
    }

    /// Whether statements up to the next stop are one step.
    pub(crate) fn is_fused(&self) -> bool {
        self.runner.fused
    }

    /// Goes to the state `bytes`.
    pub(crate) fn load(&mut self, bytes: &[u8]) {
        layout::decode(self.tables, bytes, &mut self.current);
    }

    /// How many steps the loaded state has.
    pub(crate) fn count_steps(&mut self) -> Result<usize, InternalError> {
        self.moves.clear();
        self.steps.clear();
        self.meets.clear();
        let slots = if self.current.end.is_some() { 0 } else { self.current.goroutines.len() };
        self.blocks.resize_with(slots.max(self.blocks.len()), Block::default);
        for block in &mut self.blocks {
            block.stand = Stand::Gone;
            block.accesses.clear();
            block.points.clear();
        }
        self.runner.begin(&self.current)?;
        for slot in 0..slots {
            let block = &mut self.blocks[slot];
            self.runner.run(&self.current, slot, block)?;
            match block.stand {
                Stand::Gone => {}
                Stand::Alone => self.moves.push(Move::Block(slot)),
                Stand::Waits => {
                    step::offers(self.machine, &block.after, slot, &mut self.steps, &mut self.meets)?;
                }
            }
        }
        // A channel that a pending block makes is known to nobody else.
        self.meets.retain_existing(&self.current);
        self.meets.pair(&mut self.steps);
        self.moves.extend(self.steps.iter().copied().map(Move::Operation));
        self.moves.sort_by_key(|step| match *step {
            Move::Block(slot) => (slot, 0, None, None),
            Move::Operation(step) => (step.slot, step.edge, step.partner, step.choice),
        });
        Ok(self.moves.len())
    }

    /// Where the pending blocks of the loaded state come by.
    pub(crate) fn points(&self) -> impl Iterator<Item = (RoutineId, PointId)> + '_ {
        self.blocks.iter().flat_map(|block| block.points.iter().copied())
    }

    /// Goes to a concrete state.
    pub(crate) fn load_concrete(&mut self, state: &State) {
        self.current.clone_from(state);
    }

    /// The conflicts between the pending blocks and atomic operations of the loaded state.
    pub(crate) fn conflicts(&self) -> Result<Vec<Conflict>, InternalError> {
        races::conflicts(self.machine, &self.current, &self.blocks, &self.steps)
    }

    /// Whether a conflict of the loaded state is one on a map that the runtime may notice.
    pub(crate) fn is_fatal(&self, conflict: &Conflict) -> bool {
        let Location::Heap { object, .. } = conflict.location else { return false };
        let object = self.current.heap.get(object).and_then(Option::as_ref);
        object.is_some_and(|map| {
            let empty = map.cells.get(table::LEN as usize) == Some(&0);
            matches!(self.tables.pool(map.pool).shape, Shape::Map { .. })
                && races::is_noticed(self.machine, conflict, empty)
        })
    }

    /// The loaded state with all pending blocks run, where each of them waits.
    pub(crate) fn settled(&mut self) -> Result<&State, InternalError> {
        self.next.clone_from(&self.current);
        settle(&self.runner, self.machine, &self.limits, &mut self.next, |_| true)?;
        Ok(&self.next)
    }

    /// One step of the Machine, in place.
    pub(crate) fn apply(&self, state: &mut State, step: &Step) -> Result<(), InternalError> {
        step::apply_to(self.machine, state, step, &self.limits)
    }

    /// Runs the pending blocks of the goroutines in `slots` of any state.
    pub(crate) fn settle(
        &self,
        state: &mut State,
        slots: impl Fn(usize) -> bool,
    ) -> Result<Vec<Step>, InternalError> {
        settle(&self.runner, self.machine, &self.limits, state, slots)
    }

    /// One of the steps counted last.
    pub(crate) fn step(&self, index: usize) -> Move {
        self.moves[index]
    }

    /// Whether that step is the environment's.
    pub(crate) fn is_clock(&self, index: usize) -> bool {
        self.tables.is_environment(&self.current, self.moves[index].slot())
    }

    /// Whether the environment wakes nobody, given that it alone can step: it goes on by itself, in any order, until it has
    /// nothing more to do (no clock keeps another from going on).
    pub(crate) fn stays_still(&mut self) -> Result<bool, InternalError> {
        let mut state = self.settled()?.clone();
        let mut steps = step::enabled(self.machine, &state)?;
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
        let taken = self.moves[index];
        self.next.clone_from(&self.blocks[taken.slot()].after);
        if let Move::Operation(step) = taken {
            if let Some((partner, _)) = step.partner {
                for statement in &self.blocks[partner].steps {
                    step::apply_to(self.machine, &mut self.next, statement, &self.limits)?;
                }
            }
            step::apply_to(self.machine, &mut self.next, &step, &self.limits)?;
        }
        Ok(self.encode_next())
    }

    /// The first step of the loaded state that is `arc`; its target is `target`.
    pub(crate) fn find(&mut self, arc: &Arc, target: &[u8]) -> Result<Option<usize>, InternalError> {
        for index in 0..self.count_steps()? {
            let step = self.moves[index];
            let same = step.slot() == arc.slot && step.partner() == arc.partner;
            if same && self.take(index)?.1 == target {
                return Ok(Some(index));
            }
        }
        Ok(None)
    }

    /// One of the steps counted last, taken from a concrete state: its steps of the Machine go to `path`. Gives the bytes of
    /// the canonical form of the state after it.
    pub(crate) fn replay(
        &mut self,
        state: &mut State,
        index: usize,
        path: &mut Vec<Step>,
    ) -> Result<&[u8], InternalError> {
        let taken = self.moves[index];
        let begin = path.len();
        path.extend(&self.blocks[taken.slot()].steps);
        path.extend(taken.partner().iter().flat_map(|&partner| &self.blocks[partner].steps));
        if let Move::Operation(step) = taken {
            path.push(step);
        }
        for step in &path[begin..] {
            step::apply_to(self.machine, state, step, &self.limits)?;
        }
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

/// Runs the blocks of `slots`, as far as they lead to an operation, in place. Without fusion nothing is pending.
fn settle(
    runner: &Runner<'_>,
    machine: &Machine,
    limits: &Limits,
    state: &mut State,
    slots: impl Fn(usize) -> bool,
) -> Result<Vec<Step>, InternalError> {
    let mut path = Vec::new();
    if !runner.fused {
        return Ok(path);
    }
    let mut block = Block::default();
    for slot in 0..state.goroutines.len() {
        if !slots(slot) {
            continue;
        }
        runner.run_to_operation(state, slot, &mut block)?;
        if block.stand == Stand::Waits {
            for step in &block.steps {
                step::apply_to(machine, state, step, limits)?;
            }
            path.extend(&block.steps);
        }
    }
    Ok(path)
}
