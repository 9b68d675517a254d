//! Building one routine: points and edges, temporaries, the stack of inlined calls.
//!
//! The builder stands at one point (`cur`) and gathers commands for the next plain
//! step (`pending`). A statement ends with [`Builder::flush`]; an operation, a
//! branch or a jump says where control goes.

mod cells;
mod commands;
mod operations;
mod points;

use rustc_hash::FxHashMap;

use super::defer::Defers;
use super::registry::Registry;
use super::value::Value;
use crate::commands::{Command, Expr, Place};
use crate::machine::{Cell, Edge, Frame, Point, PointId, Routine, Stack, StackId};
use crate::sema::program::{FuncId, LabelId, VarId};
use crate::source::Span;

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
