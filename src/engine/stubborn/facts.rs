//! What a goroutine can still do from each point: static facts, found once per Machine.
//!
//! In: a Machine. Out: per edge what its guard reads and what it does ([`Touch`]es, with the
//! expressions that say to what, so that they can be looked up in a state); per point what
//! may be touched from there on in any future, goroutines to be started included, and
//! which cells of the frame may still be written.

use super::super::scc::components_of;
use super::bits::Bits;
use super::targets::{Class, Targets};
use crate::commands::{Base, BinaryOp, Command, Expr, MapCommand, Meet, Place, RoutineId};
use crate::machine::{Edge, Machine, Point, PointId, PointKind};

/// What is done to a cell.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Read,
    Write,
    /// Something is added, and what it was makes no difference to anything else.
    Add(i64),
    /// It becomes this number.
    Put(i64),
    /// To a channel's queue: one more at its end, or its first taken off.
    Push,
    Pop,
    /// Half of a rendezvous.
    Send,
    Receive,
}

/// Which cell.
#[derive(Clone, Copy, Debug)]
pub(super) enum Where<'m> {
    Place(&'m Place),
    /// Of a channel's queue its length stands for all of it.
    Queue(&'m Expr),
    /// Nothing but the classes is known.
    Unknown,
}

/// Something that an edge does.
#[derive(Clone, Debug)]
pub(super) struct Touch<'m> {
    pub(super) kind: Kind,
    pub(super) at: Where<'m>,
    pub(super) classes: Vec<Class>,
    /// Not part of an operation.
    pub(super) plain: bool,
}

/// One edge.
#[derive(Debug)]
pub(super) struct EdgeFacts<'m> {
    /// What its guard reads.
    pub(super) guard: Vec<Touch<'m>>,
    /// What it does once it is taken, and half of a rendezvous.
    pub(super) touches: Vec<Touch<'m>>,
    /// Where it leads, unwinding included.
    pub(super) targets: Vec<PointId>,
    pub(super) starts: Vec<RoutineId>,
    /// Cells of the frame that it may write.
    pub(super) written: Bits,
}

/// One point.
#[derive(Debug)]
pub(super) struct PointFacts<'m> {
    pub(super) edges: Vec<EdgeFacts<'m>>,
    /// What may still be touched, by class.
    pub(super) future: Future,
    /// Cells of the frame that may still be written.
    pub(super) written: Bits,
    /// The goroutine may come back here.
    pub(super) cyclic: bool,
}

/// What may be touched, by class.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Future {
    pub(super) reads: Bits,
    pub(super) writes: Bits,
    pub(super) sends: Bits,
    pub(super) receives: Bits,
}

/// All points, by routine.
pub(super) type Facts<'m> = Vec<Vec<PointFacts<'m>>>;

pub(super) fn facts<'m>(machine: &'m Machine, targets: &Targets<'m>) -> Facts<'m> {
    let routines = machine.routines.iter().zip(0..);
    let mut facts: Facts<'m> = routines
        .map(|(routine, id)| {
            let id = RoutineId(id);
            routine.points.iter().map(|it| point(machine, targets, id, it)).collect()
        })
        .collect();
    while spread(&mut facts, machine) {}
    facts.iter_mut().for_each(|points| find_cycles(points));
    facts
}

/// Marks the points that can be come back to.
fn find_cycles(points: &mut [PointFacts<'_>]) {
    let count = u32::try_from(points.len()).unwrap_or(u32::MAX);
    let next = |point: u32, at: u32| {
        let mut targets = points[point as usize].edges.iter().flat_map(|edge| &edge.targets);
        targets.nth(at as usize).map(|target| (target.0, at + 1))
    };
    let components = components_of(count, next);
    for component in 0..components.count() {
        let states = components.states(component);
        let first = states[0] as usize;
        let itself = |edge: &EdgeFacts<'_>| edge.targets.iter().any(|target| target.0 as usize == first);
        if states.len() > 1 || points[first].edges.iter().any(itself) {
            states.iter().for_each(|&state| points[state as usize].cyclic = true);
        }
    }
}

/// What comes after a point may come from it on. Whether that is more than was known.
fn spread(facts: &mut Facts<'_>, machine: &Machine) -> bool {
    let mut changed = false;
    for routine in 0..facts.len() {
        for at in (0..facts[routine].len()).rev() {
            let here = &facts[routine][at];
            let mut future = here.future.clone();
            let mut written = here.written.clone();
            for edge in &here.edges {
                for target in &edge.targets {
                    let there = &facts[routine][target.0 as usize];
                    future.unite(&there.future);
                    written.unite(&there.written);
                }
                for start in &edge.starts {
                    let entry = machine.routine(*start).entry;
                    future.unite(&facts[start.0 as usize][entry.0 as usize].future);
                }
            }
            if future != here.future || written != here.written {
                changed = true;
                let here = &mut facts[routine][at];
                (here.future, here.written) = (future, written);
            }
        }
    }
    changed
}

fn point<'m>(
    machine: &'m Machine,
    targets: &Targets<'m>,
    routine: RoutineId,
    point: &'m Point,
) -> PointFacts<'m> {
    let frame = machine.routine(routine).frame.len();
    let plain = !matches!(point.kind, PointKind::Operation(_));
    let edges: Vec<EdgeFacts<'m>> = point
        .edges
        .iter()
        .map(|edge| {
            let mut written = Bits::new(frame);
            let mut gather =
                Gather { machine, targets, routine, plain, found: Vec::new(), written: &mut written };
            gather.reads(&edge.guard);
            let guard = std::mem::take(&mut gather.found);
            gather.edge(edge);
            let touches = std::mem::take(&mut gather.found);
            let mut to = vec![edge.target];
            let mut starts = Vec::new();
            let raises = flow(&edge.commands, &mut starts);
            if let (true, Some(unwind)) = (raises, &point.unwind) {
                gather.write(&unwind.value.0);
                gather.write(&unwind.value.1);
                gather.write(&unwind.mode);
                to.push(unwind.target);
            }
            EdgeFacts { guard, touches, targets: to, starts, written }
        })
        .collect();
    let mut written = Bits::new(frame);
    edges.iter().for_each(|edge| _ = written.unite(&edge.written));
    let mut future = Future::new(targets.count());
    edges.iter().flat_map(|edge| edge.guard.iter().chain(&edge.touches)).for_each(|it| future.add(it));
    PointFacts { edges, future, written, cyclic: false }
}

/// Whether some command raises, and what is started.
fn flow(commands: &[Command], starts: &mut Vec<RoutineId>) -> bool {
    let mut raises = false;
    for command in commands {
        raises |= match command {
            Command::Check { .. } | Command::Raise(_) => true,
            Command::Map(command) => command.raises(),
            Command::If(_, yes, no) => flow(yes, starts) | flow(no, starts),
            Command::Spawn { routine, .. } => {
                starts.push(*routine);
                false
            }
            Command::Set(..)
            | Command::Alloc { .. }
            | Command::Push { .. }
            | Command::Pop { .. }
            | Command::Copy { .. }
            | Command::Assert { .. }
            | Command::Fatal(_)
            | Command::Exit
            | Command::Bound(_) => false,
        };
    }
    raises
}

impl Future {
    fn new(classes: usize) -> Self {
        let none = Bits::new(classes);
        Self { reads: none.clone(), writes: none.clone(), sends: none.clone(), receives: none }
    }

    fn add(&mut self, touch: &Touch<'_>) {
        let set = match touch.kind {
            Kind::Read => &mut self.reads,
            Kind::Write | Kind::Add(_) | Kind::Put(_) | Kind::Push | Kind::Pop => &mut self.writes,
            Kind::Send => &mut self.sends,
            Kind::Receive => &mut self.receives,
        };
        for &class in &touch.classes {
            set.add(class);
        }
    }

    fn unite(&mut self, other: &Self) {
        self.reads.unite(&other.reads);
        self.writes.unite(&other.writes);
        self.sends.unite(&other.sends);
        self.receives.unite(&other.receives);
    }
}

/// Gathers what one edge touches.
struct Gather<'a, 'm> {
    machine: &'m Machine,
    targets: &'a Targets<'m>,
    routine: RoutineId,
    plain: bool,
    found: Vec<Touch<'m>>,
    written: &'a mut Bits,
}

impl<'m> Gather<'_, 'm> {
    fn edge(&mut self, edge: &'m Edge) {
        match &edge.meet {
            Some(Meet::Send { channel, values }) => {
                self.channel(Kind::Send, channel);
                values.iter().for_each(|value| self.reads(value));
            }
            Some(Meet::Recv { channel, dests }) => {
                self.channel(Kind::Receive, channel);
                dests.iter().flatten().for_each(|dest| self.write(dest));
            }
            None => {}
        }
        if let Some(choose) = &edge.choose {
            self.reads(&choose.low);
            self.reads(&choose.high);
            self.write(&choose.dest);
        }
        self.commands(&edge.commands);
    }

    fn commands(&mut self, commands: &'m [Command]) {
        for command in commands {
            self.command(command);
        }
    }

    fn command(&mut self, command: &'m Command) {
        match command {
            Command::Set(dest, value) => match effect(dest, value) {
                Kind::Write => {
                    self.reads(value);
                    self.write(dest);
                }
                kind @ (Kind::Add(_)
                | Kind::Put(_)
                | Kind::Read
                | Kind::Push
                | Kind::Pop
                | Kind::Send
                | Kind::Receive) => {
                    self.address(dest);
                    self.place(kind, dest);
                }
            },
            Command::Check { ok, raise } => {
                self.reads(ok);
                self.reads(&raise.tag);
                self.reads(&raise.payload);
            }
            Command::Raise(raise) => {
                self.reads(&raise.tag);
                self.reads(&raise.payload);
            }
            Command::Alloc { dest, pool: _, len } => {
                len.iter().for_each(|len| self.reads(len));
                self.write(dest);
            }
            Command::Push { queue, values } => {
                values.iter().for_each(|value| self.reads(value));
                self.channel(Kind::Push, queue);
            }
            Command::Pop { queue, dests } => {
                self.channel(Kind::Pop, queue);
                dests.iter().flatten().for_each(|dest| self.write(dest));
            }
            Command::Map(command) => {
                command.exprs().into_iter().for_each(|part| self.reads(part));
                command.dests().into_iter().for_each(|dest| self.write(dest));
                let changes = !matches!(command, MapCommand::Hash { .. } | MapCommand::Visit { .. });
                self.maps(if changes { Kind::Write } else { Kind::Read });
            }
            Command::Spawn { routine: _, args } => args.iter().for_each(|arg| self.reads(arg)),
            Command::Copy { dest, source, count, stride: _ } => {
                for part in [dest, source, count] {
                    self.reads(part);
                }
                self.objects(Kind::Read, source);
                self.objects(Kind::Write, dest);
            }
            Command::If(cond, yes, no) => {
                self.reads(cond);
                self.commands(yes);
                self.commands(no);
            }
            Command::Assert { ok, text: _ } => self.reads(ok),
            Command::Fatal(_) | Command::Exit | Command::Bound(_) => {}
        }
    }

    /// What evaluating `expr` reads.
    fn reads(&mut self, expr: &'m Expr) {
        match expr {
            Expr::Const(_) => {}
            Expr::Load(place) => {
                self.address(place);
                if !matches!(place.base, Base::Local(_)) {
                    self.place(Kind::Read, place);
                }
            }
            Expr::AddrOf(place) => self.address(place),
            Expr::Not(inner) | Expr::Wrap { bits: _, signed: _, value: inner } => self.reads(inner),
            Expr::And(left, right) | Expr::Or(left, right) | Expr::Binary(_, left, right) => {
                self.reads(left);
                self.reads(right);
            }
            Expr::If(cond, yes, no) => {
                for part in [cond, yes, no] {
                    self.reads(part);
                }
            }
            Expr::Entry(entry) => {
                entry.exprs().for_each(|part| self.reads(part));
                self.maps(Kind::Read);
            }
        }
    }

    /// What finding the address of `place` reads.
    fn address(&mut self, place: &'m Place) {
        if let Base::Memory(reference) = &place.base {
            self.reads(reference);
        }
        place.index.iter().for_each(|by| self.reads(&by.index));
    }

    fn write(&mut self, place: &'m Place) {
        self.address(place);
        match &place.base {
            Base::Local(_) => {
                for cell in self.machine.routine(self.routine).cells_of(place) {
                    self.written.add(cell);
                }
            }
            Base::Global(_) | Base::Memory(_) => self.place(Kind::Write, place),
        }
    }

    fn place(&mut self, kind: Kind, place: &'m Place) {
        let classes = self.targets.of_place(self.routine, place);
        self.found.push(Touch { kind, at: Where::Place(place), classes, plain: self.plain });
    }

    /// A channel's header, and half of a rendezvous.
    fn channel(&mut self, kind: Kind, channel: &'m Expr) {
        self.reads(channel);
        let classes = match kind {
            Kind::Push | Kind::Pop => self.targets.of_objects(self.routine, channel),
            Kind::Read | Kind::Write | Kind::Add(_) | Kind::Put(_) | Kind::Send | Kind::Receive => {
                self.targets.of_channel(self.routine, channel)
            }
        };
        self.found.push(Touch { kind, at: Where::Queue(channel), classes, plain: self.plain });
    }

    fn objects(&mut self, kind: Kind, reference: &'m Expr) {
        let classes = self.targets.of_objects(self.routine, reference);
        self.found.push(Touch { kind, at: Where::Unknown, classes, plain: self.plain });
    }

    fn maps(&mut self, kind: Kind) {
        self.found.push(Touch {
            kind,
            at: Where::Unknown,
            classes: vec![self.targets.maps()],
            plain: self.plain,
        });
    }
}

/// What `dest = value` does to `dest`; what a frame gets is nobody else's.
fn effect(dest: &Place, value: &Expr) -> Kind {
    if matches!(dest.base, Base::Local(_)) {
        return Kind::Write;
    }
    if let Expr::Const(value) = value {
        return Kind::Put(*value);
    }
    if let Expr::Binary(BinaryOp::Add, left, right) = value
        && let (Expr::Load(place), Expr::Const(by)) = (&**left, &**right)
        && **place == *dest
    {
        return Kind::Add(*by);
    }
    Kind::Write
}

impl Kind {
    /// Whether the cell is another afterwards.
    pub(super) fn writes(self) -> bool {
        !matches!(self, Self::Read | Self::Send | Self::Receive)
    }

    /// How much is added.
    pub(super) fn added(self) -> i64 {
        match self {
            Self::Add(by) => by,
            Self::Push => 1,
            Self::Pop => -1,
            Self::Read | Self::Write | Self::Put(_) | Self::Send | Self::Receive => 0,
        }
    }

    /// What becomes of a cell that is not written just anything.
    pub(super) fn applied(self, value: i64) -> i64 {
        match self {
            Self::Add(by) => value.wrapping_add(by),
            Self::Put(value) => value,
            Self::Push => value + 1,
            Self::Pop => value - 1,
            Self::Read | Self::Write | Self::Send | Self::Receive => value,
        }
    }

    /// Whether two of them may change their order, as far as the cell itself is concerned.
    pub(super) fn commutes(self, other: Self) -> bool {
        matches!(
            (self, other),
            (Self::Add(_), Self::Add(_)) | (Self::Push, Self::Pop) | (Self::Pop, Self::Push)
        )
    }
}
