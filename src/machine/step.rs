//! The reference semantics: which steps a state has, and what each does.
//!
//! In: a [`Machine`] and a [`State`]. Out: [`Step`]s in a fixed order, and the state
//! after one. Everything that explores, replays or simulates goes through here.
//! Absent: reductions, canonical forms, searches.

use super::eval::Scope;
use super::footprint::Footprint;
use super::state::{Goroutine, MainStatus, State};
use super::{Machine, PointKind};
use crate::commands::Expr;

mod cells;
mod commands;
mod edge;
mod error;
mod limits;
mod making;
mod maps;
mod meets;
mod offers;

use edge::arrive;
use error::fault_of;
use offers::alone;

pub use error::InternalError;
pub use limits::{BOUNDS, CELLS_BOUND, GOROUTINES_FLAG, Limits, MAX_CHOICES, OBJECTS_FLAG};
pub(crate) use meets::{Half, Meets};
pub(crate) use offers::offers;

/// One atomic step. For a rendezvous `slot` and `edge` are the sender's, `partner` the receiver's.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Step {
    pub slot: usize,
    /// Index into the edges of the point where the goroutine stands.
    pub edge: usize,
    /// The receiver's slot and edge.
    pub partner: Option<(usize, usize)>,
    /// The value chosen, for edges with a [`super::Choose`].
    pub choice: Option<i64>,
}

/// The state in which every run begins: main at its entry, all cells zero.
pub fn initial(machine: &Machine) -> State {
    let main = machine.routine(machine.main);
    let mut state = State {
        globals: vec![0; machine.globals.len()],
        goroutines: vec![Some(Goroutine {
            routine: machine.main,
            point: main.entry,
            frame: vec![0; main.frame.len()],
        })],
        heap: Vec::new(),
        main: MainStatus::Running,
        end: None,
    };
    arrive(machine, &mut state, 0, main.entry);
    state
}

/// The steps that `state` has, by slot, then edge, then choice or partner.
pub fn enabled(machine: &Machine, state: &State) -> Result<Vec<Step>, InternalError> {
    let mut steps = Vec::new();
    enabled_into(machine, state, &mut steps)?;
    Ok(steps)
}

/// The state after `step`, which must be one of [`enabled`]'s.
pub fn apply(machine: &Machine, state: &State, step: &Step, limits: &Limits) -> Result<State, InternalError> {
    let mut next = state.clone();
    apply_to(machine, &mut next, step, limits)?;
    Ok(next)
}

/// As [`enabled`], into a vector that is cleared first.
pub fn enabled_into(machine: &Machine, state: &State, steps: &mut Vec<Step>) -> Result<(), InternalError> {
    steps.clear();
    if state.end.is_some() {
        return Ok(());
    }
    let mut meets = Meets::default();
    for slot in 0..state.goroutines.len() {
        let Some(goroutine) = &state.goroutines[slot] else { continue };
        alone(scope(machine, state, slot), slot, goroutine, steps, &mut meets)
            .map_err(|fault| InternalError::new(goroutine, fault))?;
    }
    if !meets.senders.is_empty() {
        meets.pair(steps);
    }
    Ok(())
}

/// The shared cells that `cond` reads in `state` go to `log`.
pub fn reads_of(machine: &Machine, state: &State, cond: &Expr, log: &Footprint) -> Result<(), InternalError> {
    let scope = Scope { machine, frame: &[], globals: &state.globals, heap: &state.heap, log: Some(log) };
    scope.eval(cond).map(|_| ()).map_err(InternalError::nowhere)
}

/// As [`apply`], in place. After an error the state is of no use.
pub fn apply_to(
    machine: &Machine,
    state: &mut State,
    step: &Step,
    limits: &Limits,
) -> Result<(), InternalError> {
    apply_logged(machine, state, step, limits, None)
}

/// The plain statement at which the goroutine in `slot` stands, in place; the shared cells that it reads and writes go to
/// `log`. Gives the step taken, `None` where the goroutine does not stand at a plain statement. After an error the state
/// is of no use.
pub fn run_plain(
    machine: &Machine,
    state: &mut State,
    slot: usize,
    limits: &Limits,
    log: &Footprint,
) -> Result<Option<Step>, InternalError> {
    let Some(goroutine) = state.goroutine(slot) else { return Ok(None) };
    let point = machine.point(goroutine.routine, goroutine.point);
    if !matches!(point.kind, PointKind::Plain | PointKind::LoopHead) {
        return Ok(None);
    }
    let scope = Scope { log: Some(log), ..scope(machine, state, slot) };
    let mut taken = None;
    for (number, edge) in point.edges.iter().enumerate() {
        if scope.holds(&edge.guard).map_err(|fault| InternalError::new(goroutine, fault))? {
            taken = Some(number);
            break;
        }
    }
    let edge = taken.ok_or_else(|| InternalError::new(goroutine, "a statement has no way on"))?;
    let step = Step { slot, edge, partner: None, choice: None };
    apply_logged(machine, state, &step, limits, Some(log))?;
    Ok(Some(step))
}

/// As [`apply_to`]; the shared cells that are read and written go to `log`.
pub fn apply_logged(
    machine: &Machine,
    state: &mut State,
    step: &Step,
    limits: &Limits,
    log: Option<&Footprint>,
) -> Result<(), InternalError> {
    let from = |slot: usize, edge: usize| {
        let goroutine = state.goroutine(slot).ok_or_else(|| InternalError::nowhere("a step of nobody"))?;
        let point = machine.point(goroutine.routine, goroutine.point);
        let edge =
            point.edges.get(edge).ok_or_else(|| InternalError::new(goroutine, "a step along no edge"))?;
        Ok((point, edge))
    };
    let (point, edge) = from(step.slot, step.edge)?;
    let partner = step.partner.map(|(slot, edge)| from(slot, edge).map(|at| (slot, at))).transpose()?;
    if let Some((receiver, (_, receiving))) = partner {
        Run { machine, limits, slot: step.slot, state, log }
            .hand_over(edge, receiver, receiving)
            .map_err(|fault| fault_of(state, step.slot, fault))?;
    }
    Run { machine, limits, slot: step.slot, state, log }
        .edge(point, edge, step.choice)
        .map_err(|fault| fault_of(state, step.slot, fault))?;
    if let Some((receiver, (point, edge))) = partner
        && state.end.is_none()
    {
        Run { machine, limits, slot: receiver, state, log }
            .edge(point, edge, None)
            .map_err(|fault| fault_of(state, receiver, fault))?;
    }
    if state.end.is_none() {
        go_on(machine, state, limits)?;
    }
    state.forget(machine);
    Ok(())
}

/// What the environment does between two operations concerns nobody: it is part of the step before.
fn go_on(machine: &Machine, state: &mut State, limits: &Limits) -> Result<(), InternalError> {
    for slot in 0..state.goroutines.len() {
        while let Some(clock) = state.goroutine(slot)
            && machine.routine(clock.routine).environment
        {
            let point = machine.point(clock.routine, clock.point);
            if point.kind != PointKind::Plain {
                break;
            }
            let scope = scope(machine, state, slot);
            let open = point.edges.iter().find(|edge| scope.holds(&edge.guard) == Ok(true));
            let edge = open.ok_or_else(|| InternalError::nowhere("the environment has no way on"))?;
            Run { machine, limits, slot, state, log: None }
                .edge(point, edge, None)
                .map_err(|fault| fault_of(state, slot, fault))?;
        }
    }
    Ok(())
}

/// Whether `state` satisfies `cond`, which sees package variables and objects only.
pub fn holds(machine: &Machine, state: &State, cond: &Expr) -> Result<bool, InternalError> {
    let scope = Scope { machine, frame: &[], globals: &state.globals, heap: &state.heap, log: None };
    scope.holds(cond).map_err(InternalError::nowhere)
}

/// What the goroutine in `slot` sees.
pub fn scope<'a>(machine: &'a Machine, state: &'a State, slot: usize) -> Scope<'a> {
    let frame = state.goroutine(slot).map_or(&[][..], |goroutine| &goroutine.frame);
    Scope { machine, frame, globals: &state.globals, heap: &state.heap, log: None }
}

/// How a command ends.
enum Flow {
    Next,
    /// Raised with this tag and payload.
    Raise(i64, i64),
    /// The run is over.
    Over,
}

/// One goroutine's part of a step.
struct Run<'a> {
    machine: &'a Machine,
    limits: &'a Limits,
    slot: usize,
    state: &'a mut State,
    log: Option<&'a Footprint>,
}
