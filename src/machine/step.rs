//! The reference semantics: which steps a state has, and what each does.
//!
//! In: a [`Machine`] and a [`State`]. Out: [`Step`]s in a fixed order, and the state
//! after one. Everything that explores, replays or simulates goes through here.
//! Absent: reductions, canonical forms, searches.

use std::fmt;

use super::eval::{Address, Fault, Scope};
use super::footprint::Footprint;
use super::state::{End, Goroutine, MainStatus, Object, Ref, State};
use super::{Edge, Machine, Point, PointId, PointKind, Shape};
use crate::commands::maps::Access;
use crate::commands::{Command, Expr, Meet, PanicValue, Place, PoolId, RoutineId, queue, table};

mod maps;

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

/// Bounds on what a state may hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Live objects per pool.
    pub objects: u32,
    /// Live goroutines.
    pub goroutines: u32,
}

/// The Machine contradicts itself: a mistake in goknot, never in the model.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InternalError {
    /// The goroutine's place, where there is one.
    pub at: Option<(RoutineId, PointId)>,
    pub what: String,
}

/// What [`Limits::objects`] is called on the command line.
pub const OBJECTS_FLAG: &str = "--objects";
/// What [`Limits::goroutines`] is called on the command line.
pub const GOROUTINES_FLAG: &str = "--goroutines";
/// The bound that has no flag: an array, channel or map of more than [`Ref::MAX_CELLS`] cells.
pub const CELLS_BOUND: &str = "cells in one object";

/// More values than this in one choice are not enumerated.
pub const MAX_CHOICES: i64 = 1 << 20;

impl Default for Limits {
    fn default() -> Self {
        Self { objects: 64, goroutines: 64 }
    }
}

impl fmt::Display for InternalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.at {
            Some((routine, point)) => {
                write!(f, "{} at point p{} of routine {}", self.what, point.0, routine.0)
            }
            None => write!(f, "{}", self.what),
        }
    }
}

impl std::error::Error for InternalError {}

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

impl InternalError {
    fn new(goroutine: &Goroutine, what: Fault) -> Self {
        Self { at: Some((goroutine.routine, goroutine.point)), what: what.to_string() }
    }

    fn nowhere(what: Fault) -> Self {
        Self { at: None, what: what.to_string() }
    }
}

fn fault_of(state: &State, slot: usize, fault: Fault) -> InternalError {
    state.goroutine(slot).map_or_else(|| InternalError::nowhere(fault), |it| InternalError::new(it, fault))
}

/// The halves of rendezvous on offer in a state.
#[derive(Default, Debug)]
pub(crate) struct Meets {
    senders: Vec<Half>,
    receivers: Vec<Half>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Half {
    pub(crate) slot: usize,
    pub(crate) edge: usize,
    channel: i64,
    passive: bool,
}

impl Half {
    /// The reference to the channel.
    pub(crate) fn channel(&self) -> i64 {
        self.channel
    }
}

impl Meets {
    /// What is on offer: senders and receivers.
    pub(crate) fn halves(&self) -> [&[Half]; 2] {
        [&self.senders, &self.receivers]
    }

    /// Adds what somebody has on offer, as [`Meets::halves`] gave it, from `slot`.
    pub(crate) fn add(&mut self, halves: [&[Half]; 2], slot: usize) {
        self.senders.extend(halves[0].iter().map(|&half| Half { slot, ..half }));
        self.receivers.extend(halves[1].iter().map(|&half| Half { slot, ..half }));
    }

    pub(crate) fn clear(&mut self) {
        self.senders.clear();
        self.receivers.clear();
    }

    /// Whether there are no senders or no receivers.
    pub(crate) fn is_one_sided(&self) -> bool {
        self.senders.is_empty() || self.receivers.is_empty()
    }

    /// Keeps what is on offer over channels that exist in `state`.
    pub(crate) fn retain_existing(&mut self, state: &State) {
        let exists = |half: &Half| {
            Ref::unpack(half.channel)
                .is_some_and(|channel| state.heap.get(channel.object as usize).is_some_and(Option::is_some))
        };
        self.senders.retain(exists);
        self.receivers.retain(exists);
    }

    /// Adds a step for every pair of halves on one channel of which at least one is passive.
    pub(crate) fn pair(&self, steps: &mut Vec<Step>) {
        for sender in &self.senders {
            for receiver in &self.receivers {
                if sender.channel == receiver.channel
                    && sender.slot != receiver.slot
                    && (sender.passive || receiver.passive)
                {
                    steps.push(Step {
                        slot: sender.slot,
                        edge: sender.edge,
                        partner: Some((receiver.slot, receiver.edge)),
                        choice: None,
                    });
                }
            }
        }
        steps.sort_by_key(|step| (step.slot, step.edge, step.partner));
    }
}

/// The steps that the goroutine in `slot` can take by itself, and what it offers to others. The shared cells that tell go
/// to `log`.
pub(crate) fn offers(
    machine: &Machine,
    state: &State,
    slot: usize,
    steps: &mut Vec<Step>,
    meets: &mut Meets,
    log: Option<&Footprint>,
) -> Result<(), InternalError> {
    let Some(goroutine) = state.goroutine(slot) else { return Ok(()) };
    let scope = Scope { log, ..scope(machine, state, slot) };
    alone(scope, slot, goroutine, steps, meets).map_err(|fault| InternalError::new(goroutine, fault))
}

fn alone(
    scope: Scope<'_>,
    slot: usize,
    goroutine: &Goroutine,
    steps: &mut Vec<Step>,
    meets: &mut Meets,
) -> Result<(), Fault> {
    let point = scope.machine.point(goroutine.routine, goroutine.point);
    let before = steps.len();
    let mut fallback = false;
    let mut meeting = false;
    for (number, edge) in point.edges.iter().enumerate() {
        if edge.meet.is_some() {
            meeting = true;
        } else if edge.fallback {
            fallback = true;
        } else if scope.holds(&edge.guard)? {
            push_steps(&scope, slot, number, edge, steps)?;
        }
    }
    if fallback && steps.len() == before {
        for (number, edge) in point.edges.iter().enumerate() {
            if edge.fallback && edge.meet.is_none() && scope.holds(&edge.guard)? {
                push_steps(&scope, slot, number, edge, steps)?;
            }
        }
    }
    match point.kind {
        PointKind::Plain | PointKind::LoopHead if steps.len() != before + 1 => {
            return Err("a statement has not exactly one way on");
        }
        PointKind::Choice if steps.len() == before => return Err("a choice has no way on"),
        PointKind::Plain
        | PointKind::LoopHead
        | PointKind::Choice
        | PointKind::Operation(_)
        | PointKind::End
        | PointKind::GoexitEnd => {}
    }
    if !meeting {
        return Ok(());
    }
    // "Arriving is not parking": only who can do nothing else counts as waiting.
    let passive = steps.len() == before;
    for (number, edge) in point.edges.iter().enumerate() {
        let Some(meet) = &edge.meet else { continue };
        if !scope.holds(&edge.guard)? {
            continue;
        }
        let (channel, halves) = match meet {
            Meet::Send { channel, .. } => (channel, &mut meets.senders),
            Meet::Recv { channel, .. } => (channel, &mut meets.receivers),
        };
        let channel = scope.eval(channel)?;
        if channel != Ref::NIL {
            halves.push(Half { slot, edge: number, channel, passive });
        }
    }
    Ok(())
}

fn push_steps(
    scope: &Scope<'_>,
    slot: usize,
    edge: usize,
    body: &Edge,
    steps: &mut Vec<Step>,
) -> Result<(), Fault> {
    let Some(choose) = &body.choose else {
        steps.push(Step { slot, edge, partner: None, choice: None });
        return Ok(());
    };
    let (low, high) = (scope.eval(&choose.low)?, scope.eval(&choose.high)?);
    if high.checked_sub(low).is_none_or(|width| width >= MAX_CHOICES) {
        return Err("a choice among more than a million values");
    }
    steps.extend((low..=high).map(|value| Step { slot, edge, partner: None, choice: Some(value) }));
    Ok(())
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

impl Run<'_> {
    /// Runs `edge` from `point` to its target, its unwinding target, or the end of the run.
    fn edge(&mut self, point: &Point, edge: &Edge, choice: Option<i64>) -> Result<(), Fault> {
        if let Some(choose) = &edge.choose {
            self.write_place(&choose.dest, choice.ok_or("a choice without a value")?)?;
        }
        match self.commands(&edge.commands)? {
            Flow::Next => arrive(self.machine, self.state, self.slot, edge.target),
            Flow::Raise(tag, payload) => self.raise(point, tag, payload)?,
            Flow::Over => {}
        }
        Ok(())
    }

    /// Moves the sender's values to the receiver's places.
    fn hand_over(&mut self, sending: &Edge, receiver: usize, receiving: &Edge) -> Result<(), Fault> {
        let (Some(Meet::Send { values, .. }), Some(Meet::Recv { dests, .. })) =
            (&sending.meet, &receiving.meet)
        else {
            return Err("a rendezvous of edges that do not match");
        };
        if values.len() != dests.len() {
            return Err("a rendezvous of elements of different size");
        }
        let sent = self.eval_all(values)?;
        let Self { machine, limits, log, .. } = *self;
        let mut other = Run { machine, limits, slot: receiver, state: self.state, log };
        other.write_all(dests, &sent)
    }

    fn raise(&mut self, point: &Point, tag: i64, payload: i64) -> Result<(), Fault> {
        let Some(unwind) = &point.unwind else {
            self.state.end = Some(End::Panic { slot: self.slot, tag, payload });
            return Ok(());
        };
        let mode = self.scope().eval(&Expr::load(unwind.mode.clone()))?;
        self.write_place(&unwind.value.0, tag)?;
        self.write_place(&unwind.value.1, payload)?;
        self.write_place(&unwind.mode, mode | 1)?;
        arrive(self.machine, self.state, self.slot, unwind.target);
        Ok(())
    }

    fn commands(&mut self, commands: &[Command]) -> Result<Flow, Fault> {
        for command in commands {
            match self.command(command)? {
                Flow::Next => {}
                flow @ (Flow::Raise(..) | Flow::Over) => return Ok(flow),
            }
        }
        Ok(Flow::Next)
    }

    fn command(&mut self, command: &Command) -> Result<Flow, Fault> {
        match command {
            Command::Set(place, expr) => {
                let value = self.scope().eval(expr)?;
                self.write_place(place, value)?;
            }
            Command::Check { ok, raise } => {
                if !self.scope().holds(ok)? {
                    return self.raised(raise);
                }
            }
            Command::Raise(value) => return self.raised(value),
            Command::Alloc { dest, pool, len } => return self.alloc(dest, *pool, len.as_ref()),
            Command::Push { queue, values } => {
                let values = self.eval_all(values)?;
                self.log_queue(queue)?;
                let cells = &mut self.channel(queue)?.cells;
                cells[queue::LEN as usize] += 1;
                cells.extend(values);
            }
            Command::Pop { queue, dests } => {
                self.log_queue(queue)?;
                let cells = &mut self.channel(queue)?.cells;
                let first = queue::FIRST as usize;
                if cells[queue::LEN as usize] == 0 || cells.len() < first + dests.len() {
                    return Err("an empty queue is popped");
                }
                cells[queue::LEN as usize] -= 1;
                let oldest: Vec<i64> = cells.drain(first..first + dests.len()).collect();
                self.write_all(dests, &oldest)?;
            }
            Command::Map(command) => {
                if let (Some(log), Some((map, access))) = (self.log, command.access()) {
                    log.range(self.scope().eval(map)?, 1, access == Access::Write);
                }
                return self.map(command);
            }
            Command::Spawn { routine, args } => return self.spawn(*routine, args),
            Command::Copy { dest, source, count, stride } => {
                let scope = self.scope();
                let count = usize::try_from(scope.eval(count)?).map_err(|_| "a negative count is copied")?;
                let (dest, source) = (scope.eval(dest)?, scope.eval(source)?);
                self.copy(dest, source, count * *stride as usize)?;
            }
            Command::If(cond, yes, no) => {
                let branch = if self.scope().holds(cond)? { yes } else { no };
                return self.commands(branch);
            }
            Command::Assert { ok, text } => {
                if !self.scope().holds(ok)? {
                    return Ok(self.over(End::Assert { slot: self.slot, text: *text }));
                }
            }
            Command::Fatal(text) => return Ok(self.over(End::Fatal { slot: self.slot, text })),
            Command::Exit => return Ok(self.over(End::Exit)),
            Command::Bound(what) => return Ok(self.over(End::Bound(what))),
        }
        Ok(Flow::Next)
    }

    fn raised(&self, value: &PanicValue) -> Result<Flow, Fault> {
        let scope = self.scope();
        Ok(Flow::Raise(scope.eval(&value.tag)?, scope.eval(&value.payload)?))
    }

    fn over(&mut self, end: End) -> Flow {
        self.state.end = Some(end);
        Flow::Over
    }

    fn alloc(&mut self, dest: &Place, pool: PoolId, len: Option<&Expr>) -> Result<Flow, Fault> {
        let kind = self.machine.pool(pool);
        let len = len.map(|len| self.scope().eval(len)).transpose()?;
        let cells = match (kind.shape, len) {
            (Shape::Record, None) => vec![0; kind.cells.len()],
            (Shape::Array, Some(len)) => {
                let len = usize::try_from(len).map_err(|_| "an array of negative length")?;
                match len.checked_mul(kind.stride()) {
                    Some(cells) if cells < Ref::MAX_CELLS => vec![0; cells],
                    _ => return Ok(self.over(End::Bound(CELLS_BOUND))),
                }
            }
            (Shape::Channel, Some(cap)) if cap >= 0 => {
                let mut cells = vec![0; queue::FIRST as usize];
                cells[queue::CAP as usize] = cap;
                cells
            }
            (Shape::Map { .. }, None) => vec![0; table::FIRST as usize],
            (Shape::Record | Shape::Array | Shape::Channel | Shape::Map { .. }, _) => {
                return Err("an object is made with a length that its pool does not take");
            }
        };
        if self.count(pool) >= self.limits.objects {
            // Only live objects count.
            self.state.collect(self.machine);
            if self.count(pool) >= self.limits.objects {
                return Ok(self.over(End::Bound(OBJECTS_FLAG)));
            }
        }
        let heap = &mut self.state.heap;
        let number = heap.iter().position(Option::is_none).unwrap_or(heap.len());
        if number == heap.len() {
            heap.push(None);
        }
        heap[number] = Some(Object { pool, cells });
        let object = u32::try_from(number).map_err(|_| "too many objects")?;
        self.write_place(dest, Ref { object, cell: 0 }.pack())?;
        Ok(Flow::Next)
    }

    fn count(&self, pool: PoolId) -> u32 {
        let count = self.state.heap.iter().flatten().filter(|object| object.pool == pool).count();
        u32::try_from(count).unwrap_or(u32::MAX)
    }

    fn spawn(&mut self, routine: RoutineId, args: &[Expr]) -> Result<Flow, Fault> {
        let machine = self.machine;
        let kind = machine.routine(routine);
        let mut frame = self.eval_all(args)?;
        if frame.len() != kind.args as usize || frame.len() > kind.frame.len() {
            return Err("a goroutine is started with the wrong number of arguments");
        }
        frame.resize(kind.frame.len(), 0);
        let goroutines = &mut self.state.goroutines;
        let alike = |other: &&Goroutine| machine.routine(other.routine).environment == kind.environment;
        if goroutines.iter().flatten().filter(alike).count() >= self.limits.goroutines as usize {
            return Ok(self.over(End::Bound(GOROUTINES_FLAG)));
        }
        // Slot 0 is main's, also after main has returned.
        let free = goroutines.iter().skip(1).position(Option::is_none).map(|at| at + 1);
        let slot = free.unwrap_or(goroutines.len());
        if slot == goroutines.len() {
            goroutines.push(None);
        }
        goroutines[slot] = Some(Goroutine { routine, point: kind.entry, frame });
        arrive(self.machine, self.state, slot, kind.entry);
        Ok(Flow::Next)
    }

    /// Copies `count` cells between two references, as if through a buffer.
    fn copy(&mut self, dest: i64, source: i64, count: usize) -> Result<(), Fault> {
        if count == 0 {
            return Ok(());
        }
        if let Some(log) = self.log {
            log.range(source, count, false);
            log.range(dest, count, true);
        }
        let (from, start) = self.cells(source)?;
        let end = start.checked_add(count).ok_or("too many cells are copied")?;
        let buffer = from.get(start..end).ok_or("cells outside their object are copied")?.to_vec();
        let (to, start) = self.cells(dest)?;
        let room = start.checked_add(count).and_then(|end| to.get_mut(start..end));
        room.ok_or("cells are copied to outside their object")?.copy_from_slice(&buffer);
        Ok(())
    }

    /// All cells of the object that a reference names, and which of them it names.
    fn cells(&mut self, reference: i64) -> Result<(&mut [i64], usize), Fault> {
        let reference = Ref::unpack(reference).ok_or("a nil reference is followed")?;
        let cells = if reference.object == Ref::GLOBALS {
            &mut self.state.globals
        } else {
            let object = self.state.heap.get_mut(reference.object as usize).and_then(Option::as_mut);
            &mut object.ok_or("a reference to an object that is gone is followed")?.cells
        };
        Ok((cells, reference.cell as usize))
    }

    fn scope(&self) -> Scope<'_> {
        Scope { log: self.log, ..scope(self.machine, self.state, self.slot) }
    }

    fn eval_all(&self, exprs: &[Expr]) -> Result<Vec<i64>, Fault> {
        let scope = self.scope();
        exprs.iter().map(|expr| scope.eval(expr)).collect()
    }

    /// A queue is one location: its header stands for it.
    fn log_queue(&self, queue: &Expr) -> Result<(), Fault> {
        if let Some(log) = self.log {
            log.queue(self.scope().eval(queue)?);
        }
        Ok(())
    }

    fn channel(&mut self, reference: &Expr) -> Result<&mut Object, Fault> {
        let reference = Ref::unpack(self.scope().eval(reference)?).ok_or("a nil channel's queue is used")?;
        let object = self.state.heap.get_mut(reference.object as usize).and_then(Option::as_mut);
        object.filter(|it| it.cells.len() >= queue::FIRST as usize).ok_or("a queue that is no channel's")
    }

    fn write_place(&mut self, place: &Place, value: i64) -> Result<(), Fault> {
        let address = self.scope().address(place)?;
        self.write(address, value)
    }

    /// Writes one element; all addresses are computed before the first write.
    fn write_all(&mut self, places: &[Option<Place>], values: &[i64]) -> Result<(), Fault> {
        if let ([Some(place)], [value]) = (places, values) {
            return self.write_place(place, *value);
        }
        let scope = self.scope();
        let addresses: Vec<Option<Address>> = places
            .iter()
            .map(|place| place.as_ref().map(|place| scope.address(place)).transpose())
            .collect::<Result<_, _>>()?;
        for (address, value) in addresses.into_iter().zip(values) {
            if let Some(address) = address {
                self.write(address, *value)?;
            }
        }
        Ok(())
    }

    fn write(&mut self, address: Address, value: i64) -> Result<(), Fault> {
        if let Some(log) = self.log {
            log.write(address);
        }
        let state = &mut *self.state;
        let cell = match address {
            Address::Local(cell) => {
                let goroutine = state.goroutines.get_mut(self.slot).and_then(Option::as_mut);
                goroutine.ok_or("a frame that is gone is written")?.frame.get_mut(cell)
            }
            Address::Global(cell) => state.globals.get_mut(cell),
            Address::Heap { object, cell } => {
                let object = state.heap.get_mut(object).and_then(Option::as_mut);
                object.ok_or("a reference to an object that is gone is followed")?.cells.get_mut(cell)
            }
        };
        *cell.ok_or("a cell outside its object is written")? = value;
        Ok(())
    }
}

/// Puts the goroutine in `slot` at `target`: it may end there; cells that nobody reads any more become zero.
fn arrive(machine: &Machine, state: &mut State, slot: usize, target: PointId) {
    let Some(goroutine) = &mut state.goroutines[slot] else { return };
    let point = machine.point(goroutine.routine, target);
    match point.kind {
        PointKind::End => {
            state.goroutines[slot] = None;
            if slot == 0 {
                state.main = MainStatus::Returned;
            }
            while state.goroutines.len() > 1 && state.goroutines.last().is_some_and(Option::is_none) {
                state.goroutines.pop();
            }
            return;
        }
        PointKind::GoexitEnd if slot == 0 => state.main = MainStatus::Goexited,
        PointKind::GoexitEnd
        | PointKind::Plain
        | PointKind::Operation(_)
        | PointKind::Choice
        | PointKind::LoopHead => {}
    }
    goroutine.point = target;
    let mut live = point.live.iter().map(|local| local.0 as usize).peekable();
    for (index, cell) in goroutine.frame.iter_mut().enumerate() {
        if live.next_if_eq(&index).is_none() {
            *cell = 0;
        }
    }
}
