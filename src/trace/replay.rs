//! Takes a path through the Machine, step by step, and writes down what happened.
//!
//! Two passes: the first takes every step (and fails where the Machine has no such
//! step), the second describes them, knowing by then how many goroutines run one
//! function and how many objects of a kind there are.

use std::fmt;

use super::effects::describe;
use super::names::Names;
use super::{
    Creation, Deed, Goroutine, GoroutineId, Part, Status, Step, Trace, object_text, one_line, site, status,
};
use crate::machine::state::State;
use crate::machine::step::{InternalError, Limits, Step as Elementary, apply, enabled, initial, scope};
use crate::machine::{Edge, Machine, Point, PointKind};
use crate::source::{Source, Span};

/// A path that the Machine does not take. Always a mistake of goknot's or of an
/// external engine's, never of the model's.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReplayError {
    /// How many steps the Machine has taken.
    pub after: usize,
    pub what: String,
}

impl fmt::Display for ReplayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the counterexample does not replay: after {} steps {}", self.after, self.what)
    }
}

impl std::error::Error for ReplayError {}

/// Replays `path` from the initial state.
pub fn replay(
    machine: &Machine,
    source: &Source,
    path: &[Elementary],
    limits: &Limits,
) -> Result<Trace, ReplayError> {
    let states = take(machine, path, limits)?;
    let (goroutines, seats) = people(machine, source, path, &states);
    let mut trace = Trace {
        goroutines,
        steps: Vec::with_capacity(path.len()),
        names: Names::of(machine, &states),
        states,
        seats,
        doomed_from: None,
        repeats_from: None,
    };
    for (index, step) in path.iter().enumerate() {
        let recorder = Recorder { machine, source, trace: &trace, index, seats: &trace.seats[index] };
        let step = Step {
            actor: recorder.part(step.slot, step.edge, step),
            partner: step.partner.map(|(slot, edge)| recorder.part(slot, edge, step)),
            choice: step.choice,
        };
        trace.steps.push(step);
    }
    status::settle(machine, source, &mut trace);
    Ok(trace)
}

/// The states along the path.
fn take(machine: &Machine, path: &[Elementary], limits: &Limits) -> Result<Vec<State>, ReplayError> {
    let mut states = Vec::with_capacity(path.len() + 1);
    states.push(initial(machine));
    for (after, step) in path.iter().enumerate() {
        let state = &states[after];
        let internal = |error: InternalError| ReplayError { after, what: error.to_string() };
        let steps = enabled(machine, state).map_err(internal)?;
        if !steps.contains(step) {
            let what = format!("there is no step {step:?}; there are {} others", steps.len());
            return Err(ReplayError { after, what });
        }
        states.push(apply(machine, state, step, limits).map_err(internal)?);
    }
    Ok(states)
}

/// Who is in which slot of each state.
type Seats = Vec<Vec<Option<GoroutineId>>>;

/// Every goroutine of the run, and where each sits.
fn people(
    machine: &Machine,
    source: &Source,
    path: &[Elementary],
    states: &[State],
) -> (Vec<Goroutine>, Seats) {
    let mut all = vec![newcomer(machine, GoroutineId::MAIN, machine.main, None)];
    let mut seats: Seats = vec![vec![Some(GoroutineId::MAIN)]];
    for (index, step) in path.iter().enumerate() {
        let (before, after) = (&states[index], &states[index + 1]);
        let old = &seats[index];
        let mut row = vec![None; after.goroutines.len()];
        for (slot, seat) in row.iter_mut().enumerate() {
            let Some(now) = after.goroutine(slot) else { continue };
            // Nobody ends and is replaced in one step: a slot is freed last.
            if before.goroutine(slot).is_some() {
                *seat = old.get(slot).copied().flatten();
                continue;
            }
            let id = GoroutineId(u32::try_from(all.len() + 1).unwrap_or(u32::MAX));
            let by = old.get(step.slot).copied().flatten().unwrap_or(GoroutineId::MAIN);
            let created = creation(machine, source, before, step, by, index);
            all.push(newcomer(machine, id, now.routine, created));
            *seat = Some(id);
        }
        for id in old.iter().flatten().filter(|id| !row.contains(&Some(**id))) {
            all[id.index()].status = Status::Ended { step: index };
        }
        seats.push(row);
    }
    let names: Vec<String> = all.iter().map(|goroutine| goroutine.name.clone()).collect();
    for goroutine in &mut all {
        let namesakes = names.iter().filter(|name| **name == goroutine.name).count();
        goroutine.label = match namesakes {
            _ if goroutine.environment => {
                let line = goroutine.created.as_ref().map_or(0, |created| created.line);
                format!("the timer of line {line}")
            }
            1 => goroutine.name.clone(),
            _ => format!("{} (goroutine {})", goroutine.name, goroutine.id),
        };
    }
    (all, seats)
}

fn newcomer(
    machine: &Machine,
    id: GoroutineId,
    routine: crate::commands::RoutineId,
    created: Option<Creation>,
) -> Goroutine {
    let environment = machine.routine(routine).environment;
    let name = if environment { "timer".to_string() } else { machine.routine(routine).name.clone() };
    Goroutine {
        environment,
        id,
        routine,
        label: name.clone(),
        name,
        created,
        status: Status::Runnable,
        stack: Vec::new(),
        at: None,
        point: None,
    }
}

fn creation(
    machine: &Machine,
    source: &Source,
    before: &State,
    step: &Elementary,
    by: GoroutineId,
    index: usize,
) -> Option<Creation> {
    let creator = before.goroutine(step.slot)?;
    let point = machine.point(creator.routine, creator.point);
    let symbol = machine.stack(point.stack).frames.first().map(|frame| frame.symbol.clone());
    Some(Creation { by, step: index, symbol: symbol.unwrap_or_default(), line: source.line(point.span) })
}

/// Describes the step with number `index`.
struct Recorder<'a> {
    machine: &'a Machine,
    source: &'a Source,
    trace: &'a Trace,
    index: usize,
    seats: &'a [Option<GoroutineId>],
}

impl Recorder<'_> {
    fn part(&self, slot: usize, edge: usize, step: &Elementary) -> Part {
        let before = &self.trace.states[self.index];
        // The first pass has taken this step: the slot is taken and the edge is there.
        let (routine, at) = before
            .goroutine(slot)
            .map_or((self.machine.main, self.machine.routine(self.machine.main).entry), |it| {
                (it.routine, it.point)
            });
        let point = self.machine.point(routine, at);
        let taken = &point.edges[edge];
        let span = taken.span.unwrap_or(point.span);
        let goroutine = self.seats.get(slot).copied().flatten().unwrap_or(GoroutineId::MAIN);
        let operation = operation(self.source, point, taken);
        let deed = self.deed(slot, point, taken);
        let moment = describe::Moment {
            machine: self.machine,
            trace: self.trace,
            index: self.index,
            step,
            slot,
            goroutine,
            seats: self.seats,
            receiving: step.partner.is_some_and(|(receiver, _)| receiver == slot),
        };
        let effects = describe::effects(&moment, point, taken, deed.as_ref(), &operation);
        let site = site(self.machine, self.source, routine, at, span);
        let took_default = taken.fallback;
        Part { goroutine, routine, point: at, edge, site, operation, deed, took_default, effects }
    }

    fn deed(&self, slot: usize, point: &Point, edge: &Edge) -> Option<Deed> {
        let PointKind::Operation(operation) = &point.kind else { return None };
        let before = &self.trace.states[self.index];
        let after = &self.trace.states[self.index + 1];
        let index = match edge.act {
            Some(index) => index,
            None if self.continues(slot, point, edge) => 0,
            None => return None,
        };
        let act = operation.acts.get(index)?;
        let object = scope(self.machine, before, slot).eval(&act.object).unwrap_or(0);
        Some(Deed {
            object: self.trace.names.identify(self.index, object),
            primitive: act.primitive,
            action: act.action,
            acquires: act.acquires,
            text: object_text(self.source, act),
            changed: describe::changed(before, after, object, act.primitive),
            completes: edge.act.is_some(),
            act: index,
            of: operation.acts.len(),
        })
    }

    /// Whether `edge` leads to the next step of the same operation: a writer that has announced itself.
    fn continues(&self, slot: usize, point: &Point, edge: &Edge) -> bool {
        let Some(goroutine) = self.trace.states[self.index].goroutine(slot) else { return false };
        let next = self.machine.point(goroutine.routine, edge.target);
        let (PointKind::Operation(here), PointKind::Operation(there)) = (&point.kind, &next.kind) else {
            return false;
        };
        edge.target != goroutine.point && next.span == point.span && here.acts == there.acts
    }
}

/// What a step along `edge` does, on one line: the statement, the case of the select or of the `choose`.
pub fn operation(source: &Source, point: &Point, edge: &Edge) -> String {
    let span = edge.span.unwrap_or(point.span);
    match point.kind {
        PointKind::Choice if edge.choose.is_none() => first_statement(source, span),
        PointKind::Choice
        | PointKind::Plain
        | PointKind::Operation(_)
        | PointKind::LoopHead
        | PointKind::End
        | PointKind::GoexitEnd => one_line(source, span),
    }
}

/// A case of `choose` by its first statement.
fn first_statement(source: &Source, case: Span) -> String {
    let text = source.slice(case);
    let second = text.match_indices('\n').nth(1).map(|(at, _)| at);
    match second.filter(|&at| !text[at..].trim().is_empty()) {
        Some(at) => {
            let first = one_line(source, Span { end: case.start + u32::try_from(at).unwrap_or(0), ..case });
            format!("{first} …")
        }
        None => one_line(source, case),
    }
}
