//! A small builder of Machines, for tests of the machine and the engine.

use super::{
    Act, Cell, Choose, Edge, Machine, Operation, Point, PointId, PointKind, Pool, Properties, Property,
    Routine, Shape, Stack, StackId, Tag, Unwind, liveness, loops,
};
use crate::commands::{
    BinaryOp, CellType, Command, Expr, Local, Meet, PanicValue, Place, PoolId, RoutineId, queue,
};
use crate::source::Span;

pub(crate) const INT: CellType = CellType::Int { bits: 64, signed: true };

impl From<i64> for Expr {
    fn from(value: i64) -> Self {
        Self::Const(value)
    }
}

pub(crate) fn local(cell: u32) -> Place {
    Place::local(Local(cell))
}

pub(crate) fn global(cell: u32) -> Place {
    Place::global(cell)
}

pub(crate) fn get(place: Place) -> Expr {
    Expr::load(place)
}

pub(crate) fn set(place: Place, value: Expr) -> Command {
    Command::Set(place, value)
}

pub(crate) fn raise(tag: i64, payload: i64) -> Command {
    Command::Raise(PanicValue { tag: tag.into(), payload: payload.into() })
}

pub(crate) fn add(place: Place, by: i64) -> Command {
    Command::Set(place.clone(), Expr::binary(BinaryOp::Add, get(place), by.into()))
}

pub(crate) fn cell(name: &str, ty: CellType) -> Cell {
    Cell { name: name.to_string(), ty, hidden: false }
}

pub(crate) fn spawn(routine: u32, args: Vec<Expr>) -> Command {
    Command::Spawn { routine: RoutineId(routine), args }
}

pub(crate) fn alloc(dest: Place, pool: u32, len: Option<i64>) -> Command {
    Command::Alloc { dest, pool: PoolId(pool), len: len.map(Expr::Const) }
}

pub(crate) fn edge(guard: Expr, commands: Vec<Command>, target: u32) -> Edge {
    Edge {
        guard,
        fallback: false,
        meet: None,
        choose: None,
        commands,
        target: PointId(target),
        act: None,
        races_with: None,
        span: None,
    }
}

/// `default`.
pub(crate) fn fallback(target: u32) -> Edge {
    Edge { fallback: true, ..edge(Expr::TRUE, vec![], target) }
}

fn of_channel(channel: &Expr, at: u32) -> Expr {
    get(Place::memory(channel.clone()).at(at))
}

/// The edges of a send of one cell.
pub(crate) fn send(channel: &Expr, value: Expr, target: u32) -> Vec<Edge> {
    let not_nil = Expr::ne(channel.clone(), Expr::NIL);
    let open = not_nil.clone().and(of_channel(channel, queue::CLOSED).negate());
    let room = Expr::binary(BinaryOp::Lt, of_channel(channel, queue::LEN), of_channel(channel, queue::CAP));
    let unbuffered = Expr::eq(of_channel(channel, queue::CAP), 0.into());
    vec![
        edge(not_nil.and(of_channel(channel, queue::CLOSED)), vec![raise(1, 1)], target),
        edge(
            open.clone().and(room),
            vec![Command::Push { queue: channel.clone(), values: vec![value.clone()] }],
            target,
        ),
        Edge {
            meet: Some(Meet::Send { channel: channel.clone(), values: vec![value] }),
            ..edge(open.and(unbuffered), vec![], target)
        },
    ]
}

/// The edges of a receive of one cell.
pub(crate) fn recv(channel: &Expr, dest: Option<Place>, target: u32) -> Vec<Edge> {
    let not_nil = Expr::ne(channel.clone(), Expr::NIL);
    let filled = Expr::binary(BinaryOp::Lt, 0.into(), of_channel(channel, queue::LEN));
    let closed = of_channel(channel, queue::CLOSED);
    let unbuffered = Expr::eq(of_channel(channel, queue::CAP), 0.into());
    let zero = dest.iter().map(|dest| set(dest.clone(), 0.into())).collect();
    vec![
        edge(
            not_nil.clone().and(filled.clone()),
            vec![Command::Pop { queue: channel.clone(), dests: vec![dest.clone()] }],
            target,
        ),
        edge(not_nil.clone().and(closed.clone()).and(filled.negate()), zero, target),
        Edge {
            meet: Some(Meet::Recv { channel: channel.clone(), dests: vec![dest] }),
            ..edge(not_nil.and(closed.negate()).and(unbuffered), vec![], target)
        },
    ]
}

/// `close` of a channel that is open.
pub(crate) fn close(channel: &Expr) -> Command {
    set(Place::memory(channel.clone()).at(queue::CLOSED), 1.into())
}

/// The edge of a lock whose one cell is `place`.
pub(crate) fn lock(place: Place, target: u32) -> Vec<Edge> {
    vec![edge(get(place.clone()).negate(), vec![set(place, 1.into())], target)]
}

/// The edges of an unlock.
pub(crate) fn unlock(place: Place, target: u32) -> Vec<Edge> {
    let free = vec![set(place.clone(), 0.into())];
    vec![
        edge(get(place.clone()), free, target),
        edge(get(place).negate(), vec![Command::Fatal("sync: unlock of unlocked mutex")], target),
    ]
}

/// One routine; frame cells are integers until told otherwise. Point `n` has the span `n..n + 1`.
pub(crate) struct RoutineBuilder {
    routine: Routine,
}

impl RoutineBuilder {
    pub(crate) fn new(name: &str, frame: &[&str]) -> Self {
        let frame = frame.iter().map(|name| cell(name, INT)).collect();
        Self {
            routine: Routine {
                name: name.to_string(),
                frame,
                args: 0,
                environment: false,
                entry: PointId(0),
                points: Vec::new(),
            },
        }
    }

    pub(crate) fn args(&mut self, args: u32) -> &mut Self {
        self.routine.args = args;
        self
    }

    pub(crate) fn entry(&mut self, entry: u32) -> &mut Self {
        self.routine.entry = PointId(entry);
        self
    }

    pub(crate) fn cell_type(&mut self, cell: usize, ty: CellType) -> &mut Self {
        self.routine.frame[cell].ty = ty;
        self
    }

    /// Sets point `number`; points may be given in any order.
    pub(crate) fn point(&mut self, number: u32, kind: PointKind, edges: Vec<Edge>) -> &mut Self {
        let points = &mut self.routine.points;
        while points.len() <= number as usize {
            let at = points.len();
            points.push(Point {
                kind: PointKind::End,
                span: Span::new(at, at + 1),
                stack: StackId(0),
                edges: Vec::new(),
                unwind: None,
                live: Vec::new(),
            });
        }
        points[number as usize].kind = kind;
        points[number as usize].edges = edges;
        self
    }

    pub(crate) fn plain(&mut self, number: u32, commands: Vec<Command>, target: u32) -> &mut Self {
        self.point(number, PointKind::Plain, vec![edge(Expr::TRUE, commands, target)])
    }

    pub(crate) fn operation(&mut self, number: u32, name: &'static str, edges: Vec<Edge>) -> &mut Self {
        self.waits(number, name, edges, false)
    }

    pub(crate) fn idle(&mut self, number: u32, name: &'static str, edges: Vec<Edge>) -> &mut Self {
        self.waits(number, name, edges, true)
    }

    fn waits(&mut self, number: u32, name: &'static str, edges: Vec<Edge>, idle: bool) -> &mut Self {
        let acts = edges
            .iter()
            .filter_map(|edge| match &edge.meet {
                Some(Meet::Send { channel, .. } | Meet::Recv { channel, .. }) => Some(Act {
                    object: channel.clone(),
                    primitive: "chan",
                    action: name,
                    woken_by: &[],
                    acquires: false,
                    text: Span::default(),
                    span: Span::default(),
                }),
                None => None,
            })
            .collect();
        let operation = Operation { wait_reason: Some(name), nil_reason: None, idle, name, acts };
        self.point(number, PointKind::Operation(operation), edges)
    }

    pub(crate) fn choice(&mut self, number: u32, dest: Place, low: i64, high: i64, target: u32) -> &mut Self {
        let choose = Choose { dest, low: low.into(), high: high.into() };
        let edge = Edge { choose: Some(choose), ..edge(Expr::TRUE, vec![], target) };
        self.point(number, PointKind::Choice, vec![edge])
    }

    pub(crate) fn unwind(
        &mut self,
        number: u32,
        value: (Place, Place),
        mode: Place,
        target: u32,
    ) -> &mut Self {
        self.routine.points[number as usize].unwind = Some(Unwind { value, mode, target: PointId(target) });
        self
    }

    pub(crate) fn goexit_end(&mut self, number: u32) -> &mut Self {
        self.point(number, PointKind::GoexitEnd, Vec::new())
    }

    pub(crate) fn end(&mut self, number: u32) -> &mut Self {
        self.point(number, PointKind::End, Vec::new())
    }
}

/// A Machine of these routines, the first of them main, with integer globals. Liveness is filled in.
pub(crate) fn machine(routines: Vec<RoutineBuilder>, globals: usize) -> Machine {
    let tag = |name: &str, payload: CellType| Tag {
        name: name.to_string(),
        payload,
        boxed: None,
        unhashable: None,
        is_error: false,
    };
    let mut machine = Machine {
        name: "test".to_string(),
        params: Vec::new(),
        strings: vec![String::new(), "send on closed channel".to_string()],
        tags: vec![tag("nil", INT), tag("runtime error", CellType::String), tag("string", CellType::String)],
        globals: (0..globals).map(|at| cell(&format!("g{at}"), INT)).collect(),
        pools: vec![Pool { name: "chan int".to_string(), shape: Shape::Channel, cells: vec![cell("", INT)] }],
        routines: routines.into_iter().map(|it| it.routine).collect(),
        main: RoutineId(0),
        stacks: vec![Stack { frames: Vec::new() }],
        properties: Properties::default(),
        recovers: false,
    };
    loops::mark_heads(&mut machine);
    liveness::fill_live(&mut machine);
    machine
}

/// A condition to check or cover.
pub(crate) fn property(text: &str, cond: Expr) -> Property {
    Property { text: text.to_string(), cond, span: Span::default() }
}
