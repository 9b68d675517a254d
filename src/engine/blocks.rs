//! Blocks: the plain statements between two stops, run tentatively.
//!
//! In: a state. Out: for each goroutine its [`Block`]: the statements up to its next
//! stop, the state with just these run, what they read and wrote, and whether their
//! end is a step of its own. Without fusion a block is one statement at most. Absent:
//! which operation comes next, and whether blocks of two goroutines are in conflict.

use crate::commands::RoutineId;
use crate::machine::footprint::{Access, Footprint, Location};
use crate::machine::state::State;
use crate::machine::step::{self, InternalError, Limits, Step};
use crate::machine::{Machine, PointId, PointKind};

/// What a goroutine does up to its next stop.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    /// The statements, as steps of the Machine.
    pub(crate) steps: Vec<Step>,
    /// Where each of them stands, and where the block ends up.
    pub(crate) points: Vec<(RoutineId, PointId)>,
    /// What the block reads and writes of what existed before it, each with the number of its statement.
    pub(crate) accesses: Vec<(Access, usize)>,
    /// All that it has depended on, in order: also of a statement that it has stopped before.
    pub(crate) looked: Vec<Access>,
    /// The state with this block run, and nobody else's.
    pub(crate) after: State,
    pub(crate) stand: Stand,
}

/// How a block ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Stand {
    /// At an operation or a choice, which belongs to the same step.
    Waits,
    /// With a step of its own: the goroutine has ended, the run has, or the block pauses.
    Alone,
    /// There is nobody, or it has ended.
    Gone,
}

impl Default for Block {
    fn default() -> Self {
        Self {
            steps: Vec::new(),
            points: Vec::new(),
            accesses: Vec::new(),
            looked: Vec::new(),
            after: State::empty(),
            stand: Stand::Gone,
        }
    }
}

/// Runs blocks.
#[derive(Debug)]
pub(crate) struct Runner<'m> {
    machine: &'m Machine,
    limits: Limits,
    /// Statements up to the next stop are one step.
    pub(crate) fused: bool,
    /// What the properties read in the state at hand: a write to it is a step of its own.
    pub(crate) watched: Vec<Location>,
    log: Footprint,
}

impl<'m> Runner<'m> {
    pub(crate) fn new(machine: &'m Machine, limits: Limits, fused: bool) -> Self {
        Self { machine, limits, fused, watched: Vec::new(), log: Footprint::default() }
    }

    /// Whether where blocks end depends on what the properties read.
    pub(crate) fn watches(&self) -> bool {
        let properties = &self.machine.properties;
        self.fused && !(properties.always.is_empty() && properties.covers.is_empty())
    }

    /// Gets ready for the blocks of `base`.
    pub(crate) fn begin(&mut self, base: &State) -> Result<(), InternalError> {
        self.watched.clear();
        if !self.fused {
            return Ok(());
        }
        let properties = &self.machine.properties;
        for property in properties.always.iter().chain(&properties.covers) {
            self.log.clear();
            step::reads_of(self.machine, base, &property.cond, &self.log)?;
            self.watched.extend(self.log.accesses().iter().map(|access| access.location));
        }
        self.watched.sort_unstable();
        self.watched.dedup();
        Ok(())
    }

    /// The block of the goroutine in `slot` of `base`, for which [`Runner::begin`] has been called.
    pub(crate) fn run(&self, base: &State, slot: usize, block: &mut Block) -> Result<(), InternalError> {
        self.block(base, slot, &self.watched, block)
    }

    /// As [`Runner::run`], where it is known that the block leads to an operation: of any state.
    pub(crate) fn run_to_operation(
        &self,
        base: &State,
        slot: usize,
        block: &mut Block,
    ) -> Result<(), InternalError> {
        self.block(base, slot, &[], block)
    }

    fn block(
        &self,
        base: &State,
        slot: usize,
        watched: &[Location],
        block: &mut Block,
    ) -> Result<(), InternalError> {
        block.stand = Stand::Gone;
        block.steps.clear();
        block.points.clear();
        block.accesses.clear();
        block.looked.clear();
        if base.goroutine(slot).is_none() {
            return Ok(());
        }
        block.after.clone_from(base);
        let mut before = None;
        loop {
            if !watched.is_empty() {
                before = Some((block.after.clone(), block.looked.len()));
            }
            if let Some(stand) = self.statement(base, slot, block)? {
                block.stand = stand;
                return Ok(());
            }
            if block.after.goroutines.len() > base.goroutines.len()
                || block.after.live_slots().any(|slot| base.goroutine(slot).is_none())
            {
                // Whoever starts a goroutine stops, also where the Machine calls that a statement.
                block.stand = Stand::Alone;
                return Ok(());
            }
            if let (Some((before, looked)), true) = (before.take(), self.has_written(watched)) {
                if block.steps.len() > 1 {
                    // Stop before the write: it is a step of its own. What has been read for it has told where to stop.
                    block.after = before;
                    block.steps.pop();
                    let unwritten = block.looked.split_off(looked);
                    block.looked.extend(unwritten.into_iter().filter(|access| !access.write));
                    let last = block.steps.len();
                    block.accesses.retain(|&(_, statement)| statement != last);
                }
                block.stand = Stand::Alone;
                return Ok(());
            }
        }
    }

    /// Runs one statement of the block. Gives how the block ends, where it does.
    fn statement(
        &self,
        base: &State,
        slot: usize,
        block: &mut Block,
    ) -> Result<Option<Stand>, InternalError> {
        if block.after.end.is_some() {
            return Ok(Some(Stand::Alone));
        }
        let Some(goroutine) = block.after.goroutine(slot) else {
            return Ok(Some(Stand::Alone));
        };
        let point = self.machine.point(goroutine.routine, goroutine.point);
        block.points.push((goroutine.routine, goroutine.point));
        let begun = !block.steps.is_empty();
        match point.kind {
            PointKind::Operation(_) | PointKind::Choice if self.fused || !begun => {
                return Ok(Some(Stand::Waits));
            }
            PointKind::GoexitEnd if !begun => return Ok(Some(Stand::Gone)),
            PointKind::LoopHead if begun => return Ok(Some(Stand::Alone)),
            PointKind::Plain if begun && !self.fused => return Ok(Some(Stand::Alone)),
            PointKind::Plain | PointKind::LoopHead => {}
            PointKind::End | PointKind::GoexitEnd | PointKind::Operation(_) | PointKind::Choice => {
                return Ok(Some(Stand::Alone));
            }
        }
        self.log.clear();
        let step = step::run_plain(self.machine, &mut block.after, slot, &self.limits, &self.log)?;
        block.looked.extend(self.log.accesses().iter());
        let statement = block.steps.len();
        block.steps.extend(step);
        for &access in self.log.accesses().iter() {
            let known = |&(other, _): &(Access, usize)| other == access;
            if is_shared(base, access.location) && !block.accesses.iter().any(known) {
                block.accesses.push((access, statement));
            }
        }
        Ok(None)
    }

    /// Whether the last statement, whose log is still there, has written one of `watched`.
    fn has_written(&self, watched: &[Location]) -> bool {
        let writes = |access: &Access| access.write && watched.binary_search(&access.location).is_ok();
        self.log.accesses().iter().any(writes)
    }
}

/// Whether two goroutines can be in each other's way at `location`: it existed before the blocks began.
pub(crate) fn is_shared(base: &State, location: Location) -> bool {
    match location {
        Location::Global(_) => true,
        Location::Heap { object, .. } => base.heap.get(object).is_some_and(Option::is_some),
    }
}
