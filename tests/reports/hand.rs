//! Machines put together by hand beside the model text that they stand for, so that
//! reports are tested on their own.

use goknot::commands::{CellType, Command, Expr, Local, PanicValue, Place, PoolId, RoutineId};
use goknot::machine::{
    Act, Cell, Edge, Frame, Machine, Operation, Point, PointId, PointKind, Pool, Properties, Routine, Shape,
    Stack, StackId, Tag, liveness, tag,
};
use goknot::source::{Source, Span};
use goknot::sync::{self, Alternative, Call, Outcome, chan};

pub const INT: CellType = CellType::Int { bits: 64, signed: true };

/// A machine under construction.
pub struct Hand {
    pub source: Source,
    pub machine: Machine,
}

/// One routine under construction: points are numbered in the order in which they are added.
pub struct Lines {
    routine: Routine,
    stack: StackId,
}

impl Hand {
    pub fn new(file: &str, text: &str) -> Self {
        let tag = |name: &str, payload| Tag { name: name.into(), payload, boxed: None, is_error: false };
        let name = text.split_whitespace().nth(1).unwrap_or("model").to_string();
        Self {
            source: Source::new(file, text),
            machine: Machine {
                name,
                params: Vec::new(),
                strings: vec![String::new()],
                tags: vec![
                    tag("nil", INT),
                    tag("runtime.Error", CellType::String),
                    tag("string", CellType::String),
                ],
                globals: Vec::new(),
                pools: Vec::new(),
                routines: Vec::new(),
                main: RoutineId(0),
                stacks: Vec::new(),
                properties: Properties::default(),
            },
        }
    }

    /// The `nth` place (from 0) where the text has `what`.
    pub fn span(&self, what: &str, nth: usize) -> Span {
        let at = self.source.text().match_indices(what).nth(nth);
        let (at, _) = at.unwrap_or_else(|| panic!("no {what:?} number {nth} in the model"));
        Span::new(at, at + what.len())
    }

    pub fn string(&mut self, text: &str) -> u32 {
        self.machine.strings.push(text.into());
        (self.machine.strings.len() - 1) as u32
    }

    pub fn pool(&mut self, name: &str, shape: Shape, cells: &[(&str, CellType)]) -> PoolId {
        self.machine.pools.push(Pool { name: name.into(), shape, cells: self.cells(cells) });
        PoolId((self.machine.pools.len() - 1) as u32)
    }

    pub fn global(&mut self, name: &str, ty: CellType) -> Place {
        self.machine.globals.push(Cell { name: name.into(), ty, hidden: false });
        Place::global((self.machine.globals.len() - 1) as u32)
    }

    fn cells(&self, cells: &[(&str, CellType)]) -> Vec<Cell> {
        cells
            .iter()
            .map(|&(name, ty)| Cell { name: name.into(), ty, hidden: name.starts_with('.') })
            .collect()
    }

    /// A call stack, innermost first; of the outer frames the text of the call.
    pub fn stack(&mut self, frames: &[(&str, &str, &str)]) -> StackId {
        let frames = frames
            .iter()
            .map(|(function, symbol, call)| Frame {
                function: (*function).into(),
                symbol: (*symbol).into(),
                call: if call.is_empty() { Span::default() } else { self.span(call, 0) },
            })
            .collect();
        self.machine.stacks.push(Stack { frames });
        StackId((self.machine.stacks.len() - 1) as u32)
    }

    pub fn routine(&mut self, name: &str, symbol: &str, args: u32, frame: &[(&str, CellType)]) -> Lines {
        let stack = self.stack(&[(name, symbol, "")]);
        let frame = self.cells(frame);
        Lines {
            routine: Routine { name: name.into(), frame, args, entry: PointId(0), points: Vec::new() },
            stack,
        }
    }

    pub fn add(&mut self, lines: Lines) {
        self.machine.routines.push(lines.routine);
    }

    pub fn finish(mut self) -> (Source, Machine) {
        liveness::fill_live(&mut self.machine);
        goknot::machine::validate::validate(&self.machine).expect("a sound machine");
        (self.source, self.machine)
    }
}

pub fn local(cell: u32) -> Place {
    Place::local(Local(cell))
}

pub fn load(cell: u32) -> Expr {
    Expr::load(local(cell))
}

/// The cell `offset` of the object that a local names.
pub fn field(cell: u32, offset: u32) -> Place {
    Place::memory(load(cell)).at(offset)
}

pub fn edge(guard: Expr, commands: Vec<Command>, target: usize) -> Edge {
    Edge {
        guard,
        fallback: false,
        meet: None,
        choose: None,
        commands,
        target: PointId(target as u32),
        act: None,
        span: None,
    }
}

impl Lines {
    pub fn next(&self) -> usize {
        self.routine.points.len()
    }

    /// Call frames of the points added from here on.
    pub fn within(&mut self, stack: StackId) {
        self.stack = stack;
    }

    pub fn point(&mut self, span: Span, kind: PointKind, edges: Vec<Edge>) {
        let stack = self.stack;
        self.routine.points.push(Point { kind, span, stack, edges, unwind: None, live: Vec::new() });
    }

    /// A plain statement that goes on at the next point.
    pub fn plain(&mut self, span: Span, commands: Vec<Command>) {
        let next = self.next() + 1;
        self.point(span, PointKind::Plain, vec![edge(Expr::TRUE, commands, next)]);
    }

    /// Sends the point added last back to an earlier one.
    pub fn loop_back(&mut self, target: usize) {
        if let Some(edge) = self.routine.points.last_mut().and_then(|point| point.edges.first_mut()) {
            edge.target = PointId(target as u32);
        }
    }

    pub fn jump(&mut self, span: Span, target: usize) {
        self.point(span, PointKind::Plain, vec![edge(Expr::TRUE, Vec::new(), target)]);
    }

    pub fn branch(&mut self, span: Span, cond: Expr, yes: usize, no: usize) {
        let edges = vec![edge(cond.clone(), Vec::new(), yes), edge(cond.negate(), Vec::new(), no)];
        self.point(span, PointKind::Plain, edges);
    }

    pub fn spawn(&mut self, span: Span, routine: u32, args: Vec<Expr>) {
        let next = self.next() + 1;
        let operation =
            Operation { wait_reason: None, nil_reason: None, idle: false, name: "go", acts: Vec::new() };
        let command = Command::Spawn { routine: RoutineId(routine), args };
        self.point(span, PointKind::Operation(operation), vec![edge(Expr::TRUE, vec![command], next)]);
    }

    pub fn end(&mut self) {
        self.point(Span::default(), PointKind::End, Vec::new());
    }

    /// A method of a primitive; `hand` finds the operation and, in it, the object.
    pub fn call(
        &mut self,
        hand: &mut Hand,
        span: Span,
        this: Place,
        name: &str,
        method: &str,
        args: Vec<Expr>,
    ) {
        let primitive = sync::find(name).expect("a primitive");
        let method = primitive.method(method).expect("a method");
        let steps = (method.steps)(&Call { this: this.clone(), args, results: Vec::new() });
        let text = hand.source.slice(span).to_string();
        let object = text.rfind(&format!(".{}", method.name)).expect("the object before the method");
        let start = text.find("defer ").map_or(0, |at| at + "defer ".len());
        let act = Act {
            object: Expr::AddrOf(Box::new(this)),
            primitive: primitive.name,
            action: method.name,
            woken_by: method.woken_by,
            acquires: method.acquires,
            text: Span::new(span.start as usize + start, span.start as usize + object),
            span: Span::new(span.start as usize + start, span.end as usize),
        };
        let count = steps.len();
        for (index, step) in steps.into_iter().enumerate() {
            let operation = Operation {
                wait_reason: step.wait,
                nil_reason: None,
                idle: false,
                name: method.name,
                acts: vec![act.clone()],
            };
            let next = self.next() + 1;
            let act = (index + 1 == count).then_some(0);
            let edges = step
                .alternatives
                .into_iter()
                .map(|way| self.alternative(hand, way, next, act, None))
                .collect();
            self.point(span, PointKind::Operation(operation), edges);
        }
    }

    fn alternative(
        &self,
        hand: &mut Hand,
        way: Alternative,
        target: usize,
        act: Option<usize>,
        span: Option<Span>,
    ) -> Edge {
        let mut commands = way.commands;
        let mut raise = |tag: i64, text: &str| {
            let payload = Expr::Const(i64::from(hand.string(text)));
            Command::Raise(PanicValue { tag: Expr::Const(tag), payload })
        };
        match way.outcome {
            Outcome::Done => {}
            Outcome::Panic(text) => commands.push(raise(tag::STRING, text)),
            Outcome::RuntimeError(text) => commands.push(raise(tag::RUNTIME_ERROR, text)),
            Outcome::Fatal(text) => commands.push(Command::Fatal(text)),
        }
        Edge { meet: way.meet, act, span, ..edge(way.when, commands, target) }
    }

    fn channel_act(hand: &Hand, span: Span, channel: &Expr, action: &'static str, object: &str) -> Act {
        let text = hand.source.slice(span).to_string();
        let at = text.find(object).expect("the channel in the operation");
        let start = span.start as usize + at;
        Act {
            object: channel.clone(),
            primitive: "chan",
            action,
            woken_by: chan::woken_by(action),
            acquires: false,
            text: Span::new(start, start + object.len()),
            span,
        }
    }

    pub fn send(&mut self, hand: &mut Hand, span: Span, channel: Expr, object: &str, value: Vec<Expr>) {
        let act = Self::channel_act(hand, span, &channel, "send", object);
        self.channel(hand, span, act, chan::SEND_WAIT, false, chan::send(&channel, value));
    }

    /// `idle` makes it an `idle` receive.
    pub fn recv(
        &mut self,
        hand: &mut Hand,
        span: Span,
        channel: Expr,
        object: &str,
        dest: Option<Place>,
        idle: bool,
    ) {
        let act = Self::channel_act(hand, span, &channel, "receive", object);
        self.channel(hand, span, act, chan::RECV_WAIT, idle, chan::recv(&channel, vec![dest], None));
    }

    fn channel(
        &mut self,
        hand: &mut Hand,
        span: Span,
        act: Act,
        wait: (&'static str, &'static str),
        idle: bool,
        ways: Vec<Alternative>,
    ) {
        let name = act.action;
        let operation =
            Operation { wait_reason: Some(wait.0), nil_reason: Some(wait.1), idle, name, acts: vec![act] };
        let next = self.next() + 1;
        let edges = ways.into_iter().map(|way| self.alternative(hand, way, next, Some(0), None)).collect();
        self.point(span, PointKind::Operation(operation), edges);
    }

    /// A select of receives: the text of each case, its channel, the channel's text and where control goes.
    pub fn select(&mut self, hand: &mut Hand, span: Span, cases: &[(Span, Expr, &str, usize)]) {
        let mut acts = Vec::new();
        let mut edges = Vec::new();
        for (index, (at, channel, object, target)) in cases.iter().enumerate() {
            acts.push(Self::channel_act(hand, *at, channel, "receive", object));
            for way in chan::recv(channel, vec![None], None) {
                edges.push(self.alternative(hand, way, *target, Some(index), Some(*at)));
            }
        }
        let operation = Operation {
            wait_reason: Some(chan::SELECT_WAIT.0),
            nil_reason: None,
            idle: false,
            name: "select",
            acts,
        };
        self.point(span, PointKind::Operation(operation), edges);
    }

    pub fn close(&mut self, hand: &mut Hand, span: Span, channel: Expr, object: &str) {
        let act = Self::channel_act(hand, span, &channel, "close", object);
        let step = chan::close(&channel);
        let operation =
            Operation { wait_reason: None, nil_reason: None, idle: false, name: "close", acts: vec![act] };
        let next = self.next() + 1;
        let edges = step
            .alternatives
            .into_iter()
            .map(|way| self.alternative(hand, way, next, Some(0), None))
            .collect();
        self.point(span, PointKind::Operation(operation), edges);
    }
}
