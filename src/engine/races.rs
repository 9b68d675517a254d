//! Data races: pending blocks of two goroutines that are in each other's way.
//!
//! In: the pending blocks of a state. Out: pairs of accesses to one location, at least
//! one of them a write, at least one of them plain. Both goroutines can make theirs
//! next, so nothing orders them; and where there is no such pair in any state, blocks
//! of different goroutines commute, which is what fusion needs.

use super::blocks::{Block, Stand, is_shared};
use super::hits::Key;
use super::successors::Successors;
use super::{Race, RaceAccess};
use crate::commands::{Command, Expr, Meet, Place, RoutineId, maps};
use crate::machine::eval::{Fault, Scope};
use crate::machine::footprint::{Access, Footprint, Location};
use crate::machine::state::{Ref, State};
use crate::machine::step::{self, InternalError, Limits, Step, scope};
use crate::machine::{Act, Edge, Machine, Point, PointId, PointKind, maps as entries};
use crate::property::Kind;
use crate::source::Span;

/// Two accesses that nothing orders.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Conflict {
    pub(crate) location: Location,
    /// By slot.
    pub(crate) sides: [Side; 2],
}

/// What one operation makes counts against no bound here.
const UNBOUNDED: Limits = Limits { objects: u32::MAX, goroutines: u32::MAX };

/// One goroutine's part in a conflict.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Side {
    pub(crate) slot: usize,
    pub(crate) routine: RoutineId,
    pub(crate) point: PointId,
    /// How many statements of its block come before the access.
    pub(crate) before: usize,
    pub(crate) write: bool,
    pub(crate) atomic: bool,
    pub(crate) span: Span,
}

/// All conflicts of a state, those nearest to the beginning of their blocks first. `steps` are the operations and choices
/// that can be taken after the blocks.
pub(crate) fn conflicts(
    machine: &Machine,
    state: &State,
    blocks: &[Block],
    steps: &[Step],
) -> Result<Vec<Conflict>, InternalError> {
    // Operations are in nobody's way but a plain statement's.
    let plain = |block: &Block| {
        !block.accesses.is_empty()
            || next_point(machine, block).is_some_and(|it| it.kind == PointKind::Choice)
    };
    let mut found = misuses(machine, blocks, steps)?;
    let live = || blocks.iter().filter(|block| block.stand != Stand::Gone);
    if live().count() < 2 || !live().any(plain) {
        return Ok(found);
    }
    let mut all: Vec<(Location, Side)> = Vec::new();
    for (slot, block) in blocks.iter().enumerate() {
        if block.stand == Stand::Gone {
            continue;
        }
        for &(Access { location, write }, before) in &block.accesses {
            let (routine, at) = block.points[before];
            let span = machine.point(routine, at).span;
            all.push((location, Side { slot, routine, point: at, before, write, atomic: false, span }));
        }
        all.extend(next_accesses(machine, state, slot, block, steps, &Footprint::default())?);
    }
    all.sort_unstable_by_key(|(location, side)| (*location, side.slot));
    for group in all.chunk_by(|(one, _), (other, _)| one == other) {
        for (index, &(location, first)) in group.iter().enumerate() {
            for &(_, second) in &group[index + 1..] {
                let both_atomic = first.atomic && second.atomic;
                if first.slot != second.slot && (first.write || second.write) && !both_atomic {
                    found.push(Conflict { location, sides: [first, second] });
                }
            }
        }
    }
    // Of the first of these, neither block has another conflict before it: both can be run that far.
    found.sort_by_key(|conflict| {
        let [first, second] = conflict.sides;
        let reads = usize::from(!first.write) + usize::from(!second.write);
        (first.before, second.before, reads, first.slot, second.slot, conflict.location)
    });
    Ok(found)
}

/// Whether the runtime may notice a conflict on a map, and end the run: looking into an empty map and deleting from one
/// come back before they look for others.
pub(crate) fn is_noticed(machine: &Machine, conflict: &Conflict, empty: bool) -> bool {
    let assigns = |side: &Side| entries::inserts(machine.point(side.routine, side.point));
    !empty || conflict.sides.iter().any(assigns)
}

/// Operations on one object that must be ordered and are both pending.
fn misuses(machine: &Machine, blocks: &[Block], steps: &[Step]) -> Result<Vec<Conflict>, InternalError> {
    let mut found = Vec::new();
    for step in steps {
        let Some((point, side)) = pending(machine, blocks, step.slot) else { continue };
        let edge = &point.edges[step.edge];
        let (Some(other), PointKind::Operation(operation)) = (edge.races_with, &point.kind) else { continue };
        let Some(act) = edge.act.and_then(|act| operation.acts.get(act)) else { continue };
        let object = object_of(machine, blocks, step.slot, act)?;
        for slot in (0..blocks.len()).filter(|&slot| slot != step.slot) {
            let Some((point, rival)) = pending(machine, blocks, slot) else { continue };
            let PointKind::Operation(operation) = &point.kind else { continue };
            for act in operation.acts.iter().filter(|act| act.action == other) {
                if object_of(machine, blocks, slot, act)? == object
                    && let Some(location) = location(object)
                {
                    found.push(Conflict { location, sides: [side, Side { write: false, ..rival }] });
                }
            }
        }
    }
    Ok(found)
}

/// The operation or choice for which the goroutine in `slot` waits, as an atomic write.
fn pending<'m>(machine: &'m Machine, blocks: &[Block], slot: usize) -> Option<(&'m Point, Side)> {
    let block = blocks.get(slot)?;
    let point = next_point(machine, block)?;
    let &(routine, at) = block.points.last()?;
    let before = block.steps.len();
    Some((point, Side { slot, routine, point: at, before, write: true, atomic: true, span: point.span }))
}

fn object_of(machine: &Machine, blocks: &[Block], slot: usize, act: &Act) -> Result<i64, InternalError> {
    let at = blocks[slot].points.last().copied();
    let object = scope(machine, &blocks[slot].after, slot).eval(&act.object);
    object.map_err(|what| InternalError { at, what: what.to_string() })
}

fn location(reference: i64) -> Option<Location> {
    let reference = Ref::unpack(reference)?;
    let cell = reference.cell as usize;
    Some(match reference.object {
        Ref::GLOBALS => Location::Global(cell),
        object => Location::Heap { object: object as usize, cell },
    })
}

/// Where a block waits for its operation or choice.
fn next_point<'m>(machine: &'m Machine, block: &Block) -> Option<&'m Point> {
    let &(routine, at) = block.points.last().filter(|_| block.stand == Stand::Waits)?;
    Some(machine.point(routine, at))
}

/// What the operation or choice after the block does. An operation works on the cells of a primitive, or atomically on
/// plain ones: it is in the way of plain statements only. Where a choice puts its value is a plain write. `log`, empty,
/// gets all that this depends on.
pub(crate) fn next_accesses(
    machine: &Machine,
    state: &State,
    slot: usize,
    block: &Block,
    steps: &[Step],
    log: &Footprint,
) -> Result<Vec<(Location, Side)>, InternalError> {
    let Some(point) = next_point(machine, block) else { return Ok(Vec::new()) };
    let Some(&(routine, at)) = block.points.last() else { return Ok(Vec::new()) };
    let atomic = matches!(point.kind, PointKind::Operation(_));
    let scope = Scope { log: Some(log), ..scope(machine, &block.after, slot) };
    let fault = |what: Fault| InternalError { at: block.points.last().copied(), what: what.to_string() };
    for (number, edge) in point.edges.iter().enumerate() {
        if scope.holds(&edge.guard).map_err(fault)?
            && let Some(Meet::Send { channel, .. } | Meet::Recv { channel, .. }) = &edge.meet
        {
            scope.eval(channel).map_err(fault)?;
        }
        let takes =
            |step: &Step| (step.slot, step.edge) == (slot, number) || step.partner == Some((slot, number));
        let choosing = edge.choose.is_some() && !edge.commands.is_empty();
        let compound = edge.commands.len() > 1 || matches!(edge.commands.as_slice(), [Command::If(..)]);
        if edge.meet.is_none() && (choosing || compound) {
            // Later commands may depend on earlier ones and on what was chosen: only running them tells.
            for step in steps.iter().filter(|step| takes(step)) {
                let mut after = block.after.clone();
                step::apply_logged(machine, &mut after, step, &UNBOUNDED, Some(log))?;
            }
        } else if steps.iter().any(takes) {
            edge_accesses(scope, edge, log).map_err(fault)?;
        }
    }
    let mut accesses: Vec<Access> =
        log.accesses().iter().copied().filter(|access| is_shared(state, access.location)).collect();
    accesses.sort_unstable();
    accesses.dedup();
    let before = block.steps.len();
    let side = |write| Side { slot, routine, point: at, before, write, atomic, span: point.span };
    Ok(accesses.iter().map(|access| (access.location, side(access.write))).collect())
}

/// Logs what an edge that can be taken reads and writes. Places are looked up as they are before the first command.
fn edge_accesses(scope: Scope<'_>, edge: &Edge, log: &Footprint) -> Result<(), Fault> {
    let written = |place: &Place| scope.address(place).map(|address| log.write(address));
    match &edge.meet {
        Some(Meet::Send { values, .. }) => values.iter().try_for_each(|value| scope.eval(value).map(drop))?,
        Some(Meet::Recv { dests, .. }) => dests.iter().flatten().try_for_each(written)?,
        None => {}
    }
    if let Some(choose) = &edge.choose {
        scope.eval(&choose.low)?;
        scope.eval(&choose.high)?;
        written(&choose.dest)?;
    }
    edge.commands.iter().try_for_each(|command| command_accesses(scope, command, log))
}

fn command_accesses(scope: Scope<'_>, command: &Command, log: &Footprint) -> Result<(), Fault> {
    let written = |place: &Place| scope.address(place).map(|address| log.write(address));
    let read = |expr: &Expr| scope.eval(expr).map(drop);
    match command {
        Command::Set(place, value) => {
            read(value)?;
            written(place)
        }
        Command::Alloc { dest, len, .. } => {
            len.iter().try_for_each(read)?;
            written(dest)
        }
        Command::Pop { queue, dests } => {
            log.queue(scope.eval(queue)?);
            dests.iter().flatten().try_for_each(written)
        }
        Command::Push { queue, values } => {
            log.queue(scope.eval(queue)?);
            values.iter().try_for_each(read)
        }
        Command::Spawn { args, .. } => args.iter().try_for_each(read),
        Command::Check { ok, .. } | Command::Assert { ok, .. } => read(ok),
        Command::Copy { dest, source, count, stride } => {
            let cells = usize::try_from(scope.eval(count)?).unwrap_or(0) * *stride as usize;
            log.range(scope.eval(source)?, cells, false);
            log.range(scope.eval(dest)?, cells, true);
            Ok(())
        }
        Command::If(cond, yes, no) => {
            let branch = if scope.holds(cond)? { yes } else { no };
            branch.iter().try_for_each(|command| command_accesses(scope, command, log))
        }
        Command::Map(command) => {
            if let Some((map, access)) = command.access() {
                log.range(scope.eval(map)?, 1, access == maps::Access::Write);
            }
            Ok(())
        }
        Command::Raise(_) | Command::Fatal(_) | Command::Exit | Command::Bound(_) => Ok(()),
    }
}

/// Takes the two accesses of a race that `conflict` is in some renaming of `state`; `state` is concrete and its steps are
/// unfused. The accesses go to `path`.
pub(crate) fn replay(
    machine: &Machine,
    conflict: &Conflict,
    mut state: State,
    successors: &mut Successors<'_>,
    path: &mut Vec<Step>,
) -> Result<Race, InternalError> {
    successors.load_concrete(&state);
    successors.count_steps()?;
    let key = Key::race(Kind::Race, conflict);
    let found = successors.conflicts()?.into_iter().find(|other| Key::race(Kind::Race, other) == key);
    let nowhere = || InternalError { at: None, what: "a race does not replay".to_string() };
    let found = found.ok_or_else(nowhere)?;
    let at = path.len();
    for side in found.sides {
        let steps = step::enabled(machine, &state)?;
        let takes_part =
            |step: &&Step| step.slot == side.slot || step.partner.is_some_and(|(slot, _)| slot == side.slot);
        // Who only looks at the location, and waits, takes no step.
        let Some(next) = steps.iter().find(takes_part) else { continue };
        successors.apply(&mut state, next)?;
        path.push(*next);
    }
    let access = |side: Side| RaceAccess {
        slot: side.slot,
        routine: side.routine,
        point: side.point,
        writes: side.write,
        atomic: side.atomic,
    };
    Ok(Race { at, location: found.location, accesses: found.sides.map(access) })
}
