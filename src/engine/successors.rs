//! From a state to those one step further.
//!
//! In: the row of a state. Out: its steps, and the row of the state after each. A
//! step is a goroutine's block together with the operation that follows it (of both
//! sides, in a rendezvous), or a block whose end is a step of its own. The one place
//! where the search meets the reference semantics; what reduces the steps of a state
//! comes in here. What has been asked before is recalled ([`super::memo`]): then the state
//! stays a row of numbers and is never unpacked.

use std::rc::Rc;

use super::ahead;
use super::blocks::{Block, Runner, Stand};
use super::canonical::Canonical;
use super::graph::Arc;
use super::layout;
use super::memo::{Effect, Memo, Teacher, may_conflict};
use super::moves::Move;
use super::parts::{self, Parts};
use super::permutation::Permutations;
use super::races::{self, Conflict};
use super::reduction::{Reductions, When};
use super::release::Release;
use super::stubborn::{Stubborn, Trial, Without};
use super::symmetry::Arranger;
use super::tables::Tables;
use super::who::Who;
use crate::commands::{RoutineId, table};
use crate::machine::footprint::Location;
use crate::machine::state::State;
use crate::machine::step::{self, InternalError, Limits, Meets, Step};
use crate::machine::{Machine, PointId, Shape};

/// A state and a successor of it, unpacked. Kept and refilled, to keep their memory.
#[derive(Debug)]
pub(crate) struct Successors<'m> {
    machine: &'m Machine,
    tables: &'m Tables,
    limits: Limits,
    runner: Runner<'m>,
    canonical: Canonical,
    /// With symmetry.
    arranger: Option<Arranger>,
    current: State,
    next: State,
    /// By slot of the loaded state.
    blocks: Vec<Block>,
    moves: Vec<Move>,
    steps: Vec<Step>,
    meets: Meets,
    /// Where the blocks that have been run come by.
    points: Vec<(RoutineId, PointId)>,
    bytes: Vec<u8>,
    parts: Parts<'m>,
    release: Release<'m>,
    memo: Memo,
    /// The loaded state and the one after the step that was taken last.
    row: Vec<u32>,
    next_row: Vec<u32>,
    /// The loaded state is a stored one: `row` has it.
    stored: bool,
    /// `current` has the loaded state.
    unpacked: bool,
    /// The steps counted last are recalled: `pending` has what each slot has pending, `sources` where each step is from.
    recalled: bool,
    pending: Vec<u32>,
    sources: Vec<Source>,
    scratch: State,
    sets: Sets<'m>,
    chosen: Vec<usize>,
    /// A path that was replayed has something that was given back as part of another step.
    replayed_releases: bool,
}

/// What finds steps that may do alone.
#[derive(Debug)]
enum Sets<'m> {
    Without(Without),
    /// Without, and whether they are worth it is being asked.
    OnTrial(Trial<'m>),
    Used(Stubborn<'m>),
}

/// Where a recalled step is from.
#[derive(Clone, Copy, Debug)]
enum Source {
    /// What somebody has pending, and which step of that.
    Own(u32, usize),
    /// What sender and receiver have pending.
    Pair([u32; 2]),
}

/// In the place of something pending: nobody is there.
const NOBODY: u32 = u32::MAX;

impl<'m> Successors<'m> {
    pub(crate) fn new(
        machine: &'m Machine,
        tables: &'m Tables,
        limits: Limits,
        reductions: Reductions,
    ) -> Self {
        let initial = step::initial(machine);
        let reach = ahead::reaches(machine, tables);
        let wanted = reductions.fusion && reductions.releases;
        Self {
            machine,
            tables,
            limits,
            release: Release::new(machine, tables, limits, Rc::clone(&reach), wanted),
            runner: Runner::new(machine, limits, reductions.fusion),
            canonical: Canonical::default(),
            arranger: reductions.symmetry.then(Arranger::default),
            current: initial.clone(),
            next: initial,
            blocks: Vec::new(),
            moves: Vec::new(),
            steps: Vec::new(),
            meets: Meets::default(),
            points: Vec::new(),
            bytes: Vec::new(),
            parts: Parts::new(tables),
            memo: Memo::new(machine, reach),
            row: Vec::new(),
            next_row: Vec::new(),
            stored: false,
            unpacked: false,
            recalled: false,
            pending: Vec::new(),
            sources: Vec::new(),
            scratch: State::empty(),
            sets: match reductions.stubborn {
                When::Never => Sets::Without(Without::Unwanted),
                When::Worthwhile => Sets::Without(Without::Small),
                When::Always => Stubborn::new(machine).map_or_else(Sets::Without, Sets::Used),
            },
            chosen: Vec::new(),
            replayed_releases: false,
        }
    }

    /// The row of the initial state.
    pub(crate) fn initial(&mut self) -> &[u32] {
        self.next = step::initial(self.machine);
        self.encode_next()
    }

    /// Bytes in use, about.
    pub(crate) fn memory(&self) -> u64 {
        self.parts.memory() + self.parts.memory_to_grow() + self.memo.memory()
    }

    /// Whether statements up to the next stop are one step.
    pub(crate) fn is_fused(&self) -> bool {
        self.runner.fused
    }

    /// What makes fewer steps and states.
    pub(crate) fn reductions(&self) -> Reductions {
        Reductions {
            fusion: self.runner.fused,
            releases: self.release.is_used(),
            symmetry: self.arranger.is_some(),
            stubborn: if self.is_stubborn() { When::Always } else { When::Never },
        }
    }

    /// Goes to the stored state `row`.
    pub(crate) fn load(&mut self, row: &[u32]) {
        self.row.clear();
        self.row.extend_from_slice(row);
        self.stored = true;
        self.unpacked = false;
    }

    /// Fills `state` from its row.
    pub(crate) fn unpack(&self, row: &[u32], state: &mut State) {
        self.parts.fill(row, state);
    }

    /// How many steps the loaded state has.
    pub(crate) fn count_steps(&mut self) -> Result<usize, InternalError> {
        self.recalled = self.stored && self.memo.is_of_use() && self.recall()?;
        if self.recalled {
            return Ok(self.moves.len());
        }
        self.memo.sharing.miss();
        self.ask()
    }

    /// Whether stubborn sets are used.
    pub(crate) fn is_stubborn(&self) -> bool {
        matches!(self.sets, Sets::Used(_))
    }

    /// Looks at the steps counted last, of the stored state `source`, for whether stubborn sets are worth it. `true` when
    /// that has turned out to be so: they are used from then on, and the search shall begin anew.
    pub(crate) fn turns_stubborn(&mut self, source: u32) -> bool {
        if matches!(self.sets, Sets::Without(Without::Small)) && Trial::is_due(source) {
            self.sets =
                Stubborn::new(self.machine).map_or_else(Sets::Without, |it| Sets::OnTrial(Trial::new(it)));
        }
        let all = self.moves.len();
        let Sets::OnTrial(trial) = &mut self.sets else { return false };
        if all < 2 || !trial.asks() {
            return false;
        }
        let steps = if self.find_alone() { self.chosen.len() } else { all };
        let Sets::OnTrial(trial) = &mut self.sets else { return false };
        let Some(worth) = trial.count(steps) else { return false };
        let asked = std::mem::replace(&mut self.sets, Sets::Without(Without::Dear));
        if worth && let Sets::OnTrial(trial) = asked {
            self.sets = Sets::Used(trial.stubborn);
        }
        worth
    }

    /// Puts those of the steps counted last that may do alone first. Gives how many they are; all, where none may.
    pub(crate) fn reduce(&mut self) -> usize {
        if !self.is_stubborn() || !self.find_alone() {
            return self.moves.len();
        }
        for (to, &from) in self.chosen.iter().enumerate() {
            self.moves.swap(to, from);
            self.sources.swap(to, from);
        }
        self.chosen.len()
    }

    /// Finds those of the steps counted last that may do alone, where there are any and fewer than all.
    fn find_alone(&mut self) -> bool {
        let Self { sets, parts, row, moves, pending, memo, chosen, .. } = self;
        let (Sets::Used(stubborn) | Sets::OnTrial(Trial { stubborn, .. })) = sets else { return false };
        let of = |slot: usize| pending.get(slot).filter(|&&it| it != NOBODY).map(|&it| memo.pending(it));
        self.recalled && moves.len() >= 2 && stubborn.choose(parts, row, moves, of, chosen)
    }

    /// Why there are no stubborn sets, where there are none.
    pub(crate) fn without_stubborn(&self) -> Option<Without> {
        match self.sets {
            Sets::Without(without) => Some(without),
            Sets::OnTrial(_) => Some(Without::Small),
            Sets::Used(_) => None,
        }
    }

    /// Whether a step was more than the search asked for: something was given back as part of it.
    pub(crate) fn has_given_back(&self) -> bool {
        self.release.has_happened()
    }

    /// Whether any path that was replayed has more steps than the search has counted. Else it is a shortest one: without
    /// releases every run has at least as many steps that are none.
    pub(crate) fn has_replayed_releases(&self) -> bool {
        self.replayed_releases
    }

    /// Where goroutines have come by as they did so.
    pub(crate) fn passed(&self) -> Vec<(RoutineId, PointId)> {
        self.release.points()
    }

    /// Whether two accesses that were made in any state so far may be a race, be they side by side or not.
    pub(crate) fn may_race(&self) -> bool {
        self.memo.sharing.may_race()
    }

    /// Unpacks the loaded state, where that has not been done.
    fn unpack_current(&mut self) {
        if !self.unpacked {
            self.parts.fill(&self.row, &mut self.current);
            self.unpacked = true;
        }
    }

    /// Counts the steps of the loaded row from memory. `false` where some of it is not to be remembered.
    fn recall(&mut self) -> Result<bool, InternalError> {
        self.moves.clear();
        self.sources.clear();
        self.pending.clear();
        self.points.clear();
        self.meets.clear();
        if self.parts.has_ended(&self.row) {
            return Ok(true);
        }
        if self.runner.watches() {
            self.unpack_current();
            self.runner.begin(&self.current)?;
        }
        let watching = self.memo.watching(&self.runner.watched);
        for slot in 0..self.row[parts::SLOTS] as usize {
            if self.row[parts::FIRST + slot] == 0 {
                self.pending.push(NOBODY);
                continue;
            }
            let number = match self.memo.find(&self.parts, &self.row, slot, watching) {
                Some(number) => number,
                None => {
                    self.unpack_current();
                    let Self { machine, ref limits, ref runner, ref release, ref current, .. } = *self;
                    let teacher = Teacher { machine, limits, runner, release, state: current };
                    let learnt =
                        self.memo.learn(teacher, &mut self.parts, self.tables, &self.row, slot, watching)?;
                    let Some(number) = learnt else { return Ok(false) };
                    self.points.extend_from_slice(&self.memo.pending(number).points);
                    number
                }
            };
            let pending = self.memo.pending(number);
            for (index, own) in pending.moves.iter().enumerate() {
                self.moves
                    .push(own.step.map_or(Move::Block(slot), |step| Move::Operation(Step { slot, ..step })));
                self.sources.push(Source::Own(number, index));
            }
            self.meets.add(pending.halves(), slot);
            self.pending.push(number);
        }
        self.steps.clear();
        if !self.meets.is_one_sided() {
            self.meets.pair(&mut self.steps);
        }
        if !self.steps.is_empty() {
            for &step in &self.steps {
                let Some((partner, _)) = step.partner else { continue };
                self.moves.push(Move::Operation(step));
                self.sources.push(Source::Pair([self.pending[step.slot], self.pending[partner]]));
            }
            let mut all: Vec<(Move, Source)> =
                self.moves.iter().copied().zip(self.sources.iter().copied()).collect();
            all.sort_by_key(|(step, _)| step.key());
            self.moves.clear();
            self.sources.clear();
            for (step, source) in all {
                self.moves.push(step);
                self.sources.push(source);
            }
        }
        Ok(true)
    }

    /// Counts the steps of the loaded state by the reference semantics.
    fn ask(&mut self) -> Result<usize, InternalError> {
        self.unpack_current();
        self.recalled = false;
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
        self.points.clear();
        self.runner.begin(&self.current)?;
        for slot in 0..slots {
            let block = &mut self.blocks[slot];
            self.runner.run(&self.current, slot, block)?;
            self.points.extend_from_slice(&block.points);
            match block.stand {
                Stand::Gone => {}
                Stand::Alone => self.moves.push(Move::Block(slot)),
                Stand::Waits => {
                    step::offers(self.machine, &block.after, slot, &mut self.steps, &mut self.meets, None)?;
                }
            }
        }
        // A channel that a pending block makes is known to nobody else.
        self.meets.retain_existing(&self.current);
        self.meets.pair(&mut self.steps);
        self.moves.extend(self.steps.iter().copied().map(Move::Operation));
        self.moves.sort_by_key(Move::key);
        Ok(self.moves.len())
    }

    /// Where the pending blocks of the loaded state come by, as far as they have not been there before.
    pub(crate) fn points(&self) -> impl Iterator<Item = (RoutineId, PointId)> + '_ {
        self.points.iter().copied()
    }

    /// Goes to a concrete state.
    pub(crate) fn load_concrete(&mut self, state: &State) {
        self.current.clone_from(state);
        self.stored = false;
        self.unpacked = true;
    }

    /// The conflicts between the pending blocks and atomic operations of the loaded state.
    pub(crate) fn conflicts(&mut self) -> Result<Vec<Conflict>, InternalError> {
        if self.recalled {
            let pending = self.pending.iter().filter(|&&number| number != NOBODY);
            if !may_conflict(pending.map(|&number| self.memo.pending(number))) {
                return Ok(Vec::new());
            }
            self.ask()?;
        }
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
        self.unpack_current();
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
        !self.recalled && self.tables.is_environment(&self.current, self.moves[index].slot())
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

    /// The row of the state after that step.
    pub(crate) fn take(&mut self, index: usize) -> Result<&[u32], InternalError> {
        let taken = self.moves[index];
        if let Some(effect) = self.effect(index)? {
            let Self { parts, row, next_row, arranger, .. } = self;
            effect.apply(parts, row, taken.slot(), taken.partner(), next_row);
            let done = match arranger {
                _ if parts.orders(next_row) => false,
                Some(arranger) => arranger.arrange_row(parts, next_row, effect.renumbers),
                None => !effect.renumbers || parts.canonicalise(next_row),
            };
            if done {
                return Ok(&self.next_row);
            }
            self.parts.fill(&self.next_row, &mut self.next);
        } else {
            self.apply_move(taken)?;
        }
        Ok(self.encode_next())
    }

    /// The row of the state to which a step was taken last.
    pub(crate) fn taken(&self) -> &[u32] {
        &self.next_row
    }

    /// How many slots the state has to which a step was taken last.
    pub(crate) fn taken_slots(&self) -> usize {
        self.next_row[parts::SLOTS] as usize
    }

    /// Whether the run is over in it.
    pub(crate) fn taken_is_end(&self) -> bool {
        self.parts.has_ended(&self.next_row)
    }

    /// What a step does to a row. `None` where the reference semantics has to do it.
    fn effect(&mut self, index: usize) -> Result<Option<Rc<Effect>>, InternalError> {
        if !self.recalled {
            return Ok(None);
        }
        match (self.sources[index], self.moves[index]) {
            (Source::Own(pending, number), _) => Ok(self.memo.pending(pending).moves[number].effect.clone()),
            (Source::Pair(pending), Move::Operation(step)) => {
                if let Some(known) = self.memo.find_pair(&self.parts, &self.row, &step, pending) {
                    return Ok(self.memo.pair(known));
                }
                self.unpack_current();
                let Self { machine, ref limits, ref runner, ref release, ref current, .. } = *self;
                let teacher = Teacher { machine, limits, runner, release, state: current };
                self.memo.learn_pair(teacher, &mut self.parts, self.tables, &self.row, &step, pending)
            }
            (Source::Pair(_), Move::Block(_)) => Ok(None),
        }
    }

    /// Makes the state after a step the next one, by the reference semantics.
    fn apply_move(&mut self, taken: Move) -> Result<(), InternalError> {
        if self.recalled {
            // Nobody's block has been run.
            self.unpack_current();
            self.blocks.resize_with(self.current.goroutines.len().max(self.blocks.len()), Block::default);
            for slot in std::iter::once(taken.slot()).chain(taken.partner()) {
                self.runner.run(&self.current, slot, &mut self.blocks[slot])?;
            }
        }
        self.next.clone_from(&self.blocks[taken.slot()].after);
        if let Move::Operation(step) = taken {
            if let Some((partner, _)) = step.partner {
                for statement in &self.blocks[partner].steps {
                    step::apply_to(self.machine, &mut self.next, statement, &self.limits)?;
                }
            }
            step::apply_to(self.machine, &mut self.next, &step, &self.limits)?;
            let slots = [Some(step.slot), taken.partner()];
            self.release.after(&self.runner, &mut self.next, slots, None)?;
        }
        Ok(())
    }

    /// Where the goroutines of the loaded state are in the state that was last taken to.
    pub(crate) fn moved(&self) -> &[u32] {
        self.arranger.as_ref().map_or(&[], Arranger::moved)
    }

    /// The first step of the loaded state, which is concrete, that is `arc` to the stored state `target`, and who is who
    /// after it. `who` says for the slots of the arc's source where they are in the loaded state.
    pub(crate) fn find(
        &mut self,
        arc: &Arc,
        permutations: &Permutations,
        who: &Who,
        target: &[u32],
    ) -> Result<Option<(usize, Who)>, InternalError> {
        let (slot, partner) = (who.concrete(arc.slot), arc.partner.map(|partner| who.concrete(partner)));
        for index in 0..self.count_steps()? {
            let step = self.moves[index];
            if (step.slot(), step.partner()) != (slot, partner) {
                continue;
            }
            self.apply_move(step)?;
            let after = if self.arranger.is_some() {
                who.after(&self.current, &self.next, |slot| permutations.of(arc.moved, slot))
            } else {
                who.clone()
            };
            let next = std::mem::replace(&mut self.next, State::empty());
            let same = self.encode(&after.arrange(&next)) == target;
            self.next = next;
            if same {
                return Ok(Some((index, after)));
            }
        }
        Ok(None)
    }

    /// One of the steps counted last, taken from a concrete state: its steps of the Machine go to `path`. Gives the row of
    /// the canonical form of the state after it, where `who` says who is who.
    pub(crate) fn replay(
        &mut self,
        state: &mut State,
        index: usize,
        who: &Who,
        path: &mut Vec<Step>,
    ) -> Result<&[u32], InternalError> {
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
        if let Move::Operation(step) = taken {
            let slots = [Some(step.slot), taken.partner()];
            let given_back = self.release.after(&self.runner, state, slots, None)?;
            self.replayed_releases |= !given_back.is_empty();
            path.extend(given_back);
        }
        let arranged = who.arrange(state);
        Ok(self.encode(&arranged))
    }

    fn encode_next(&mut self) -> &[u32] {
        let mut next = std::mem::replace(&mut self.next, State::empty());
        if let Some(arranger) = &mut self.arranger {
            arranger.arrange(self.tables, &mut next, &mut self.canonical);
        }
        self.encode(&next);
        self.next = next;
        &self.next_row
    }

    /// The row of a state's canonical form, which becomes the next row.
    fn encode(&mut self, state: &State) -> &[u32] {
        self.canonical.fill(self.tables, state);
        self.bytes.clear();
        layout::encode(self.tables, state, &self.canonical, &mut self.bytes);
        layout::decode(self.tables, &self.bytes, &mut self.scratch);
        self.parts.row(&self.scratch, &mut self.next_row);
        &self.next_row
    }
}

#[cfg(test)]
impl Successors<'_> {
    /// The steps of the stored state `row` with the row after each, and whether anything is in conflict: from memory,
    /// and by the reference semantics. `None` where nothing is remembered.
    #[allow(clippy::type_complexity, reason = "a pair of the same")]
    pub(crate) fn both_ways(
        &mut self,
        row: &[u32],
    ) -> Result<(Option<(Vec<(Move, Vec<u32>)>, bool)>, (Vec<(Move, Vec<u32>)>, bool)), InternalError> {
        let mut told = |from_memory: bool| {
            self.load(row);
            let count = if from_memory { self.count_steps()? } else { self.ask()? };
            if from_memory && !self.recalled {
                return Ok(None);
            }
            let mut steps = Vec::new();
            for index in 0..count {
                steps.push((self.moves[index], self.take(index)?.to_vec()));
            }
            Ok(Some((steps, !self.conflicts()?.is_empty())))
        };
        let recalled = told(true)?;
        Ok((recalled, told(false)?.unwrap_or_default()))
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
