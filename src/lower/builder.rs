//! Building one routine: points and edges, temporaries, the stack of inlined calls.
//!
//! The builder stands at one point (`cur`) and gathers commands for the next plain
//! step (`pending`). A statement ends with [`Builder::flush`]; an operation, a
//! branch or a jump says where control goes.

use rustc_hash::FxHashMap;

use super::defer::Defers;
use super::registry::Registry;
use super::value::{self, Value};
use crate::commands::{BinaryOp, CellType, Command, Expr, Local, PanicValue, Place};
use crate::machine::step::MAX_CHOICES;
use crate::machine::{
    Cell, Choose, Edge, Frame, Operation, Point, PointId, PointKind, Routine, Stack, StackId, Unwind, tag,
};
use crate::sema::program::{FuncId, LabelId, VarId};
use crate::source::Span;
use crate::sync::{Alternative, Outcome, Step};

/// Where a variable of an inlined call lives.
#[derive(Clone, Debug)]
pub(super) enum Storage {
    /// Its first cell; the others follow.
    Cells(Place),
    /// It never changes and is just this.
    Value(Value),
}

/// One inlined call: an activation record that exists only here.
pub(super) struct Instance {
    pub func: FuncId,
    pub stack: StackId,
    pub vars: FxHashMap<VarId, Storage>,
    /// Where control goes when the call is over.
    pub after: PointId,
    pub labels: FxHashMap<LabelId, Loop>,
    pub defers: Defers,
    /// The instance whose deferred call this is.
    pub deferred_by: Option<usize>,
}

/// Where `break` and `continue` go.
#[derive(Clone, Copy, Debug)]
pub(super) struct Loop {
    pub on_break: PointId,
    pub on_continue: Option<PointId>,
}

pub(super) struct Builder<'r, 'p> {
    pub reg: &'r mut Registry<'p>,
    pub instances: Vec<Instance>,
    /// The statement being lowered may wait for ever.
    pub idle: bool,
    pub is_main: bool,
    /// This routine is the environment's.
    pub environment: bool,
    /// The types of the values in interfaces that are being compared, one inside the other.
    pub comparing: Vec<crate::sema::types::TypeId>,
    /// The statements being lowered are one atomic step: they only give commands.
    pub atomic: bool,
    /// What the atomic step being lowered does to channels.
    pub acts: Vec<crate::machine::Act>,
    /// The call of the model's that started this goroutine of library code.
    pub root_call: Option<Span>,
    /// A deferred call is about to be run by the activation at this depth.
    pub deferring: Option<usize>,
    /// The simple statement being lowered: where a receive inside it is said to wait.
    pub statement: Option<Span>,
    /// Interface calls inside each other that enter no function: promotion from interface to interface.
    pub promotions: u32,
    frame: Vec<Cell>,
    /// Frame cells that are set once per evaluation: reading them later gives the same.
    stable: Vec<bool>,
    points: Vec<Draft>,
    cur: PointId,
    pending: Vec<Command>,
    /// All edges that lead to `cur`, where nothing else will ever lead there.
    incoming: Vec<(PointId, usize)>,
    /// What goroutines end at; created on demand.
    end: Option<PointId>,
    too_large: bool,
}

/// A point under construction.
#[expect(clippy::large_enum_variant, reason = "nearly all are `Done` in the end")]
enum Draft {
    Open,
    Done(Point),
    /// The same as another point.
    Same(PointId),
}

impl<'r, 'p> Builder<'r, 'p> {
    pub fn new(reg: &'r mut Registry<'p>) -> Self {
        Self {
            reg,
            instances: Vec::new(),
            idle: false,
            is_main: false,
            environment: false,
            comparing: Vec::new(),
            atomic: false,
            acts: Vec::new(),
            root_call: None,
            deferring: None,
            promotions: 0,
            statement: None,
            frame: Vec::new(),
            stable: Vec::new(),
            points: vec![Draft::Open],
            cur: PointId(0),
            pending: Vec::new(),
            incoming: Vec::new(),
            end: None,
            too_large: false,
        }
    }

    // ---- frame ----

    /// New frame cells.
    pub fn locals(&mut self, cells: Vec<Cell>, stable: bool) -> Local {
        let first = Local(u32::try_from(self.frame.len()).unwrap_or(u32::MAX));
        self.stable.extend(cells.iter().map(|_| stable));
        self.frame.extend(cells);
        first
    }

    /// New hidden cells for a value on its way.
    pub fn temps(&mut self, name: &str, types: &[CellType]) -> Place {
        let cells = types.iter().map(|&ty| Cell { name: name.into(), ty, hidden: true }).collect();
        Place::local(self.locals(cells, true))
    }

    /// Stores `value` in new temporaries and gives what reads them.
    pub fn save(&mut self, name: &str, value: Value) -> Value {
        let place = self.temps(name, &value.types);
        let types = value.types.clone();
        self.store(&place, value);
        Value::load(&place, types)
    }

    /// `value`, or a copy of it that nobody else can change.
    pub fn private(&mut self, value: Value) -> Value {
        if value.exprs.iter().all(value::is_private) { value } else { self.save("operand", value) }
    }

    /// `value`, or a copy of it that nothing at all changes.
    pub fn stable(&mut self, value: Value) -> Value {
        let stable = value.exprs.iter().all(|expr| self.is_stable(expr));
        if stable { value } else { self.save("saved", value) }
    }

    pub fn is_stable(&self, expr: &Expr) -> bool {
        let mut stable = value::is_private(expr);
        value::visit_places(expr, &mut |place| {
            if let crate::commands::Base::Local(local) = place.base {
                let at = (local.0 + place.offset) as usize;
                stable &= place.index.is_empty() && self.stable.get(at).copied().unwrap_or(false);
            }
        });
        stable
    }

    // ---- commands ----

    pub fn push(&mut self, command: Command) {
        self.pending.push(command);
    }

    /// The commands that `body` gives, instead of leaving them pending.
    pub fn gathered(&mut self, body: impl FnOnce(&mut Self)) -> Vec<Command> {
        let before = std::mem::take(&mut self.pending);
        body(self);
        std::mem::replace(&mut self.pending, before)
    }

    /// Goes on after an operation, at a fresh point that only its first `count` edges lead to.
    pub fn start_after_edges(&mut self, at: PointId, next: PointId, edges: std::ops::Range<usize>) {
        self.start_after(next, edges.map(|edge| (at, edge)).collect());
    }

    /// Where the builder stands.
    pub fn here(&self) -> PointId {
        self.cur
    }

    /// What is pending, taken away.
    pub fn take_pending(self) -> Vec<Command> {
        self.pending
    }

    /// How many cells the frame has so far: at the start of a routine, its arguments.
    pub fn frame_len(&self) -> u32 {
        u32::try_from(self.frame.len()).unwrap_or(u32::MAX)
    }

    /// Raises unless `ok`; what is surely true is not checked.
    pub fn check(&mut self, ok: Expr, raise: PanicValue) {
        let mut known = self.pending.iter().rev().map_while(|command| match command {
            Command::Check { ok, .. } => Some(ok),
            _ => None,
        });
        // What an atomic step follows has been looked at before.
        if !self.atomic && ok != Expr::TRUE && !known.any(|known| *known == ok) {
            self.push(Command::Check { ok, raise });
        }
    }

    /// Writes a value to the cells from `place` on, as if all at once.
    pub fn store(&mut self, place: &Place, value: Value) {
        let dests: Vec<Place> = (0u32..).zip(&value.exprs).map(|(at, _)| place.clone().at(at)).collect();
        self.store_all(dests, value);
    }

    /// Writes each cell of `value` to its place, as if all at once.
    pub fn store_all(&mut self, dests: Vec<Place>, value: Value) {
        let moves = |(at, dest): (usize, &Place)| {
            dests.iter().skip(at + 1).any(|later| address_depends_on(later, dest))
        };
        let dests: Vec<Place> = if dests.iter().enumerate().any(moves) {
            dests.into_iter().map(|dest| self.steady(dest)).collect()
        } else {
            dests
        };
        let changes = |(at, dest): (usize, &Place)| {
            value.exprs.iter().skip(at + 1).any(|later| value::depends_on(later, dest))
        };
        let value = if dests.iter().enumerate().any(changes) { self.save("swap", value) } else { value };
        for (dest, expr) in dests.into_iter().zip(value.exprs) {
            let same = matches!(&expr, Expr::Load(place) if **place == dest);
            if !same {
                self.push(Command::Set(dest, expr));
            }
        }
    }

    /// How many commands are pending: pass it to [`Builder::end_checks`].
    pub fn begin_checks(&self) -> usize {
        self.pending.len()
    }

    /// The checks pushed since `before` count only where `unless` is false.
    pub fn end_checks(&mut self, before: usize, unless: &Expr) {
        for command in self.pending.iter_mut().skip(before) {
            if let Command::Check { ok, .. } = command {
                *ok = unless.clone().or(ok.clone());
            }
        }
    }

    pub fn runtime_error(&mut self, text: &str) -> PanicValue {
        let payload = self.reg.string(text);
        PanicValue { tag: Expr::Const(tag::RUNTIME_ERROR), payload: Expr::Const(payload) }
    }

    pub fn nil_dereference(&mut self) -> PanicValue {
        self.runtime_error("invalid memory address or nil pointer dereference")
    }

    // ---- points ----

    pub fn new_point(&mut self) -> PointId {
        self.points.push(Draft::Open);
        PointId(u32::try_from(self.points.len() - 1).unwrap_or(u32::MAX))
    }

    /// Goes on at `point`, to which others may lead.
    pub fn start(&mut self, point: PointId) {
        debug_assert!(self.pending.is_empty(), "control moves with commands pending");
        self.cur = point;
        self.incoming.clear();
    }

    /// Goes on at a fresh point that only `incoming` leads to.
    fn start_after(&mut self, point: PointId, incoming: Vec<(PointId, usize)>) {
        self.cur = point;
        self.incoming = incoming;
    }

    /// Ends the plain step that is being gathered, if there is one.
    pub fn flush(&mut self, span: Span) {
        if !self.atomic && !self.pending.is_empty() {
            let next = self.new_point();
            let at = self.cur;
            self.finish_plain(span, next);
            self.start_after(next, vec![(at, 0)]);
        }
    }

    /// The same where something shared is read or written in it.
    pub fn flush_shared(&mut self, span: Span) {
        if !value::are_private(&self.pending) {
            self.flush(span);
        }
    }

    fn finish_plain(&mut self, span: Span, target: PointId) {
        let commands = std::mem::take(&mut self.pending);
        let edge = Edge { commands, ..plain_edge(Expr::TRUE, target) };
        self.fill(PointKind::Plain, span, vec![edge]);
    }

    /// A plain step, also when it does nothing.
    pub fn step(&mut self, span: Span, target: PointId) {
        self.finish_plain(span, target);
        self.start_dead();
    }

    /// Goes to `target`; what is pending becomes a step.
    pub fn jump(&mut self, span: Span, target: PointId) {
        self.settle();
        if !self.pending.is_empty() || self.resolve(self.cur) == self.resolve(target) {
            self.finish_plain(span, target);
        } else {
            self.points[self.cur.0 as usize] = Draft::Same(target);
        }
        self.start_dead();
    }

    /// Code that follows here is never reached (but lowered all the same).
    fn start_dead(&mut self) {
        let dead = self.new_point();
        self.start(dead);
    }

    /// Moves private commands into the steps that lead here, so that passing an argument is no step of its own.
    fn settle(&mut self) {
        if self.incoming.is_empty() || !value::are_private(&self.pending) {
            return;
        }
        let commands = std::mem::take(&mut self.pending);
        for (point, edge) in self.incoming.clone() {
            if let Draft::Done(point) = &mut self.points[point.0 as usize] {
                point.edges[edge].commands.extend(commands.iter().cloned());
            }
        }
    }

    /// Leaves only checks of private values pending; they become edges of the next point. The rest becomes a step.
    fn settle_for_guard(&mut self, span: Span) -> Vec<(Expr, PanicValue)> {
        self.settle();
        let checks_only = self.pending.iter().all(|command| {
            matches!(command, Command::Check { ok, raise }
                if value::is_private(ok) && value::is_private(&raise.tag) && value::is_private(&raise.payload))
        });
        if !checks_only {
            self.flush(span);
        }
        let checks = std::mem::take(&mut self.pending).into_iter();
        checks
            .filter_map(|command| match command {
                Command::Check { ok, raise } => Some((ok, raise)),
                _ => None,
            })
            .collect()
    }

    /// Two ways on, in one step with the evaluation of the condition.
    pub fn branch(&mut self, span: Span, cond: Expr, then: PointId, otherwise: PointId) {
        if let Expr::Const(value) = cond {
            return self.jump(span, if value == 0 { otherwise } else { then });
        }
        self.choose_edge(span, vec![(cond.clone(), then), (cond.negate(), otherwise)]);
    }

    /// Several ways on of which exactly one guard holds.
    pub fn choose_edge(&mut self, span: Span, ways: Vec<(Expr, PointId)>) {
        // Checks that read shared state may stay with the branch: both are one plain step.
        self.settle();
        if !self.pending.iter().all(|command| matches!(command, Command::Check { .. })) {
            self.flush(span);
        }
        let checks = std::mem::take(&mut self.pending).into_iter().filter_map(|command| match command {
            Command::Check { ok, raise } => Some((ok, raise)),
            _ => None,
        });
        let (mut edges, ok) = self.raise_edges(checks.collect());
        edges.extend(ways.into_iter().map(|(guard, target)| plain_edge(ok.clone().and(guard), target)));
        self.fill(PointKind::Plain, span, edges);
        self.start_dead();
    }

    /// An edge per check that fails, and what holds when none does.
    fn raise_edges(&mut self, checks: Vec<(Expr, PanicValue)>) -> (Vec<Edge>, Expr) {
        let mut edges = Vec::new();
        let mut so_far = Expr::TRUE;
        for (ok, raise) in checks {
            let guard = so_far.clone().and(ok.clone().negate());
            let target = self.end();
            edges.push(Edge { commands: vec![Command::Raise(raise)], ..plain_edge(guard, target) });
            so_far = so_far.and(ok);
        }
        (edges, so_far)
    }

    /// A point of the environment's choice.
    pub fn choice(&mut self, span: Span, edges: Vec<Edge>) {
        self.settle();
        self.flush(span);
        self.fill(PointKind::Choice, span, edges);
        self.start_dead();
    }

    /// `dest` gets any value from `low` to `high`. Too many of them are a bound, not a search.
    pub fn choose_value(&mut self, span: Span, dest: Place, low: Expr, high: Expr) {
        let next = self.new_point();
        let (some, few) = match (&low, &high) {
            (&Expr::Const(low), &Expr::Const(high)) => {
                let few = high.wrapping_sub(low).cast_unsigned() < MAX_CHOICES.cast_unsigned();
                (Expr::Const(i64::from(low <= high)), Expr::Const(i64::from(few)))
            }
            _ => {
                let width = Expr::binary(BinaryOp::Sub, high.clone(), low.clone());
                (
                    Expr::binary(BinaryOp::Le, low.clone(), high.clone()),
                    Expr::binary(BinaryOp::LtU, width, Expr::Const(MAX_CHOICES)),
                )
            }
        };
        let empty = Command::Raise(self.runtime_error("any: the range is empty"));
        let many = Command::Bound("the number of values of one `any`");
        let end = self.end();
        let stop = |guard: Expr, command| Edge { commands: vec![command], ..plain_edge(guard, end) };
        let choose = Choose { dest, low, high };
        let pick = Edge { choose: Some(choose), ..plain_edge(some.clone().and(few.clone()), next) };
        let edges = [pick, stop(some.clone().negate(), empty), stop(some.and(few.negate()), many)];
        let possible = edges.into_iter().filter(|edge| edge.guard != Expr::FALSE);
        self.choice(span, possible.collect());
        self.start(next);
    }

    /// An operation of several steps; control goes on after the last.
    pub fn operation(&mut self, span: Span, operation: &Operation, steps: Vec<Step>) {
        let count = steps.len();
        for (index, step) in steps.into_iter().enumerate() {
            let next = self.new_point();
            let last = index + 1 == count;
            let (mut edges, ok) = self.operation_prelude(span);
            let mut incoming = Vec::new();
            for alternative in step.alternatives {
                let done = matches!(alternative.outcome, Outcome::Done);
                let act = (last && done && !operation.acts.is_empty()).then_some(0);
                let edge = self.alternative_edge(alternative, &ok, next, act);
                if done {
                    incoming.push((self.cur, edges.len()));
                }
                edges.push(edge);
            }
            let operation = Operation { wait_reason: step.wait, idle: self.idle, ..operation.clone() };
            self.fill(PointKind::Operation(operation), span, edges);
            self.start_after(next, incoming);
        }
    }

    /// Gets ready for an operation: its operands are private, its nil checks are edges. Gives these and their negation.
    pub fn operation_prelude(&mut self, span: Span) -> (Vec<Edge>, Expr) {
        let checks = self.settle_for_guard(span);
        self.raise_edges(checks)
    }

    /// The edge for one alternative of an operation.
    pub fn alternative_edge(
        &mut self,
        alternative: Alternative,
        ok: &Expr,
        target: PointId,
        act: Option<usize>,
    ) -> Edge {
        let mut commands = alternative.commands;
        let text_panic = |text: i64, tag: i64| {
            Command::Raise(PanicValue { tag: Expr::Const(tag), payload: Expr::Const(text) })
        };
        let target = match alternative.outcome {
            Outcome::Done => target,
            Outcome::Panic(text) => {
                commands.push(text_panic(self.reg.string(text), tag::STRING));
                self.end()
            }
            Outcome::RuntimeError(text) => {
                commands.push(text_panic(self.reg.string(text), tag::RUNTIME_ERROR));
                self.end()
            }
            Outcome::Fatal(text) => {
                commands.push(Command::Fatal(text));
                self.end()
            }
        };
        let guard = ok.clone().and(alternative.when);
        Edge {
            meet: alternative.meet,
            choose: alternative.choose,
            races_with: alternative.races_with,
            commands,
            act,
            ..plain_edge(guard, target)
        }
    }

    /// Completes the current point.
    pub fn fill(&mut self, kind: PointKind, span: Span, edges: Vec<Edge>) {
        debug_assert!(self.pending.is_empty(), "a point is completed with commands pending");
        let raises = edges.iter().any(|edge| can_raise(&edge.commands));
        let unwind = if raises { self.unwind() } else { None };
        let stack = self.instances.last().map_or(StackId(0), |instance| instance.stack);
        let point = Point { kind, span: self.visible(span), stack, edges, unwind, live: Vec::new() };
        self.points[self.cur.0 as usize] = Draft::Done(point);
        self.reg.points += 1;
        if self.reg.points > self.reg.options.max_points {
            self.too_large = true;
        }
    }

    /// True once the Machine has grown too large: the lowering then only winds up.
    pub fn is_too_large(&self) -> bool {
        self.too_large
    }

    /// Where goroutines of this routine end.
    pub fn end(&mut self) -> PointId {
        if let Some(end) = self.end {
            return end;
        }
        let end = self.new_point();
        let point = Point {
            kind: PointKind::End,
            span: Span::default(),
            stack: self.instances.first().map_or(StackId(0), |instance| instance.stack),
            edges: Vec::new(),
            unwind: None,
            live: Vec::new(),
        };
        self.points[end.0 as usize] = Draft::Done(point);
        self.end = Some(end);
        end
    }

    fn unwind(&mut self) -> Option<Unwind> {
        self.handler().map(|handler| {
            let (mode, value, target) = self.defer_handler(handler);
            Unwind { value, mode, target }
        })
    }

    /// The span to show: inside library code, that of the model's call into it.
    pub fn visible(&self, span: Span) -> Span {
        let is_library = |instance: &Instance| self.reg.program.func(instance.func).library;
        if !self.instances.last().is_some_and(is_library) {
            return span;
        }
        let library = self.instances.iter().rev().take_while(|instance| is_library(instance));
        let outermost = library.last().map(|instance| self.reg.stack_frames(instance.stack));
        let call = outermost.and_then(|frames| frames.get(1).map(|frame| frame.call));
        call.or(self.root_call).unwrap_or(span)
    }

    /// The static call stack of a call from the current instance.
    pub fn call_stack(&mut self, func: FuncId, call: Span) -> StackId {
        let info = self.reg.program.func(func);
        let mut frames =
            vec![Frame { function: info.name.clone(), symbol: info.symbol.clone(), call: Span::default() }];
        if let Some(caller) = self.instances.last() {
            let mut below = self.reg.stack_frames(caller.stack);
            if let Some(first) = below.first_mut() {
                first.call = call;
            }
            frames.extend(below);
        }
        self.reg.stack(Stack { frames })
    }

    fn resolve(&self, mut point: PointId) -> PointId {
        while let Some(Draft::Same(next)) = self.points.get(point.0 as usize) {
            point = *next;
        }
        point
    }

    /// Drops what is unreachable and numbers the rest in the order of first sight.
    pub fn finish(mut self, name: String, args: u32) -> Routine {
        if self.too_large {
            let span = self.instances.first().map(|first| self.reg.program.func(first.func).span);
            let limit = self.reg.options.max_points;
            let span = span.unwrap_or_default();
            self.reg.problem(&super::LowerProblem::TooLarge { limit, span });
        }
        let end = self.end();
        let mut numbers: FxHashMap<PointId, PointId> = FxHashMap::default();
        let mut order = Vec::new();
        let mut todo = vec![PointId(0)];
        while let Some(point) = todo.pop() {
            let point = self.resolve(point);
            if numbers.contains_key(&point) {
                continue;
            }
            numbers.insert(point, PointId(u32::try_from(order.len()).unwrap_or(u32::MAX)));
            order.push(point);
            if let Draft::Done(done) = &self.points[point.0 as usize] {
                todo.extend(done.unwind.as_ref().map(|unwind| unwind.target));
                todo.extend(done.edges.iter().rev().map(|edge| edge.target));
            }
        }
        let renumber = |point: PointId| numbers.get(&self.resolve(point)).copied().unwrap_or(PointId(0));
        let mut points = Vec::with_capacity(order.len());
        for &point in &order {
            let mut done = match &self.points[point.0 as usize] {
                Draft::Done(done) => done.clone(),
                // Control falls off into nothing only where the lowering gave up: end there.
                Draft::Open | Draft::Same(_) => match &self.points[end.0 as usize] {
                    Draft::Done(done) => done.clone(),
                    Draft::Open | Draft::Same(_) => continue,
                },
            };
            for edge in &mut done.edges {
                edge.target = renumber(edge.target);
            }
            if let Some(unwind) = &mut done.unwind {
                unwind.target = renumber(unwind.target);
            }
            points.push(done);
        }
        let entry = renumber(PointId(0));
        Routine { name, frame: self.frame, args, environment: self.environment, entry, points }
    }
}

/// An edge that only goes on.
pub(super) fn plain_edge(guard: Expr, target: PointId) -> Edge {
    Edge {
        guard,
        fallback: false,
        meet: None,
        choose: None,
        commands: Vec::new(),
        target,
        act: None,
        races_with: None,
        span: None,
    }
}

fn can_raise(commands: &[Command]) -> bool {
    commands.iter().any(|command| match command {
        Command::Check { .. } | Command::Raise(_) => true,
        Command::If(_, then, otherwise) => can_raise(then) || can_raise(otherwise),
        Command::Map(command) => command.raises(),
        _ => false,
    })
}

/// True where writing `dest` may change which cell `place` is.
fn address_depends_on(place: &Place, dest: &Place) -> bool {
    let based = match &place.base {
        crate::commands::Base::Memory(reference) => value::depends_on(reference, dest),
        crate::commands::Base::Local(_) | crate::commands::Base::Global(_) => false,
    };
    based || place.index.iter().any(|scaled| value::depends_on(&scaled.index, dest))
}
