//! The same Machine, in which a data race is a failing `assert`: for engines that know nothing of footprints.
//!
//! In: a Machine. Out: one that *watches* itself, or nothing where no two accesses can be in conflict. A goroutine
//! that stands at a plain statement may, instead of making it, put a *mark* on one of the cells that it is about to
//! access, and stop for good. From then on nobody makes a step any more, but whoever stands at an access to that cell
//! that is in conflict with the marked one fails an `assert`. So both stand at their accesses in one state of the
//! original, which is what `docs/semantics.md` calls a race.
//!
//! There is one mark, and a marked state leads to nothing else; all other states are the original's. A conflict has
//! two sides: the mark is a plain write, or a plain read where an atomic operation may write.
//! The edges of the original keep their numbers; those of the monitor come after them.
//! Absent: finding races ([`crate::engine`] does that by comparing footprints), and the original's own properties.

mod accesses;
mod alias;

use rustc_hash::FxHashMap;

use super::state::State;
use super::step::{self, InternalError, Limits, Step};
use super::{
    Cell, Choose, Edge, Machine, Operation, Point, PointId, PointKind, Properties, Routine, liveness, maps,
};
use crate::commands::{BinaryOp, CellType, Command, Expr, Local, Place, RoutineId};

use accesses::{Access, Cells, Moment, Stretch};
use alias::{Aliases, Sites};

/// What the `assert` that fails at a race says.
pub const TEXT: &str = "data race";

/// A Machine that watches itself.
#[derive(Clone, Debug)]
pub struct Monitored {
    /// The watching Machine. An `assert` fails in it exactly where there is a race; its only one.
    pub machine: Machine,
    /// The package variable that holds the mark.
    mark: usize,
    /// The edges that the monitor has added: which edge of the original each runs a part of.
    added: FxHashMap<(RoutineId, PointId, usize), Option<usize>>,
}

/// A mark says where, in one cell, and how, in the next. An assignment to an element of a map is told from other writes
/// where maps alone are watched.
const ASSIGNS: i64 = 0;
const WRITE: i64 = 1;
const READ: i64 = 2;
/// The first of the marks for operations that must be ordered ([`Edge::races_with`]).
const OPERATION: i64 = 3;
/// Cells of a range whose length only the statement itself finds out.
const RANGE: u32 = 64;

/// What the watching is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Watched {
    Everything,
    /// Those races on maps that the runtime may notice. (Looking into an empty map and deleting from one come back before
    /// they look for others.)
    Maps,
}

/// `machine`, watching itself for data races; `None` where there can be none.
pub fn monitor(machine: &Machine, watched: Watched) -> Option<Monitored> {
    let sites = Sites::new(machine, &Aliases::new(machine), watched);
    if sites.is_empty() {
        return None;
    }
    let mut watching = machine.clone();
    watching.properties = Properties::default();
    let mark = u32::try_from(watching.globals.len()).ok()?;
    let hidden = |name: &str, ty| Cell { name: name.to_owned(), ty, hidden: true };
    watching.globals.push(hidden("race.at", CellType::Ref));
    watching.globals.push(hidden("race.how", CellType::Int { bits: 64, signed: true }));
    let text = u32::try_from(watching.strings.len()).ok()?;
    watching.strings.push(TEXT.to_owned());
    let kinds = sites.ordered.clone();
    let mut builder = Builder { mark, text, watched, meets: sites.meets, kinds, added: FxHashMap::default() };
    for (id, routine) in (0..).map(RoutineId).zip(&mut watching.routines) {
        builder.routine(id, routine, &sites);
    }
    liveness::fill_live(&mut watching);
    Some(Monitored { machine: watching, mark: mark as usize, added: builder.added })
}

impl Monitored {
    /// The path of the original Machine along `path`, which is one of the watching Machine's, as far as it goes. Where
    /// `path` ends with the failing `assert`, both accesses are next at the end.
    pub fn original(&self, path: &[Step], limits: &Limits) -> Result<Vec<Step>, InternalError> {
        let mut state = step::initial(&self.machine);
        let mut original = Vec::new();
        for taken in path {
            let edge = self.added_edge(&state, taken);
            step::apply_to(&self.machine, &mut state, taken, limits)?;
            match edge {
                None => original.push(*taken),
                Some(_) if self.is_marked(&state) => {}
                // The statement has raised before it came to the access.
                Some(Some(edge)) => original.push(Step { edge, ..*taken }),
                Some(None) => {}
            }
        }
        Ok(original)
    }

    /// `None`: an edge of the original; else one that was added, and what it stands for there.
    #[expect(clippy::option_option, reason = "a step of the original, one beside it, or one for another")]
    fn added_edge(&self, state: &State, step: &Step) -> Option<Option<usize>> {
        let goroutine = state.goroutine(step.slot)?;
        self.added.get(&(goroutine.routine, goroutine.point, step.edge)).copied()
    }

    fn is_marked(&self, state: &State) -> bool {
        state.globals.get(self.mark).is_some_and(|&mark| mark != 0)
    }
}

/// Adds the edges of the monitor.
struct Builder {
    /// The cell with the marked address; how it is accessed is in the next.
    mark: u32,
    text: u32,
    watched: Watched,
    /// Some operation accesses shared cells where it meets another: those meet also when there is a mark.
    meets: bool,
    /// The operations that must be ordered.
    kinds: Vec<&'static str>,
    added: FxHashMap<(RoutineId, PointId, usize), Option<usize>>,
}

impl Builder {
    fn routine(&mut self, id: RoutineId, routine: &mut Routine, sites: &Sites) {
        let stop = PointId(u32::try_from(routine.points.len()).unwrap_or(u32::MAX));
        let index = Local(u32::try_from(routine.frame.len()).unwrap_or(u32::MAX));
        let mut indexed = false;
        for (at, point) in (0..).map(PointId).zip(&mut routine.points) {
            let statement = matches!(point.kind, PointKind::Plain | PointKind::LoopHead);
            if point.edges.is_empty() || (routine.environment && statement) {
                continue;
            }
            let originals = point.edges.clone();
            let assigns = maps::inserts(point);
            let mut edges = Vec::new();
            for site in sites.at(id, at) {
                let edge = site.access.edge.and_then(|edge| originals.get(edge));
                let adding = Adding { builder: self, access: &site.access, edge, assigns, stop, index };
                if site.marks {
                    adding.marks(&mut edges);
                }
                if site.checks {
                    adding.checks(&mut edges);
                }
            }
            self.operations(point, stop, &mut edges);
            let meeting = originals.iter().any(|edge| edge.meet.is_some());
            for edge in &mut point.edges {
                // Whoever may meet others goes on, so that no more and no fewer wait for them.
                if !(self.meets && meeting) {
                    edge.guard = self.marked().negate().and(edge.guard.clone());
                }
                edge.commands = silent(&edge.commands);
            }
            if statement || point.kind == PointKind::Choice {
                point.kind = PointKind::Operation(operation());
            }
            for (edge, origin) in edges {
                indexed |= edge.choose.as_ref().is_some_and(|choose| choose.dest == Place::local(index));
                self.added.insert((id, at, point.edges.len()), origin);
                point.edges.push(edge);
            }
        }
        if indexed {
            let ty = CellType::Int { bits: 64, signed: true };
            routine.frame.push(Cell { name: "race.cell".into(), ty, hidden: true });
        }
        if let Some(entry) = routine.points.first() {
            let (span, stack) = (entry.span, entry.stack);
            let kind = PointKind::Operation(operation());
            routine.points.push(Point { kind, span, stack, edges: vec![], unwind: None, live: vec![] });
        }
    }

    /// Operations on one object that must be ordered.
    fn operations(&self, point: &Point, stop: PointId, edges: &mut Vec<(Edge, Option<usize>)>) {
        let PointKind::Operation(operation) = &point.kind else { return };
        let free = self.marked().negate();
        let ordinary = |edge: &&Edge| edge.meet.is_none() && !edge.fallback;
        for edge in point.edges.iter().filter(ordinary) {
            let Some(other) = edge.races_with else { continue };
            let Some(act) = edge.act.and_then(|act| operation.acts.get(act)) else { continue };
            let guard = free.clone().and(edge.guard.clone());
            if let Some(kind) = self.kind(other) {
                edges.push((bare(guard, self.set_mark(&act.object, kind), stop), None));
            }
        }
        for act in &operation.acts {
            let Some(kind) = self.kind(act.action) else { continue };
            let how = Expr::eq(self.how(), Expr::Const(kind));
            let guard = self.marked().and(how).and(Expr::eq(self.at(), act.object.clone()));
            edges.push((bare(guard, vec![self.race()], stop), None));
        }
    }

    /// How a mark for those that `action` must be ordered with says so.
    fn kind(&self, action: &str) -> Option<i64> {
        (OPERATION..).zip(&self.kinds).find(|(_, kind)| **kind == action).map(|(kind, _)| kind)
    }

    fn at(&self) -> Expr {
        Expr::load(Place::global(self.mark))
    }

    fn how(&self) -> Expr {
        Expr::load(Place::global(self.mark + 1))
    }

    fn marked(&self) -> Expr {
        Expr::ne(self.at(), Expr::NIL)
    }

    fn set_mark(&self, address: &Expr, how: i64) -> Vec<Command> {
        vec![
            Command::Set(Place::global(self.mark), address.clone()),
            Command::Set(Place::global(self.mark + 1), Expr::Const(how)),
        ]
    }

    fn race(&self) -> Command {
        Command::Assert { ok: Expr::FALSE, text: self.text }
    }
}

/// Adds the edges for one access.
struct Adding<'a> {
    builder: &'a Builder,
    access: &'a Access,
    /// The edge on the way to which the access is made.
    edge: Option<&'a Edge>,
    /// The statement assigns to an element of a map.
    assigns: bool,
    /// Where nothing happens any more.
    stop: PointId,
    /// A frame cell for the number of a cell in a range.
    index: Local,
}

type Added = (Edge, Option<usize>);

impl Adding<'_> {
    /// Instead of making the access, put the mark there.
    fn marks(&self, edges: &mut Vec<Added>) {
        let how = match (self.access.write, self.builder.watched) {
            (true, Watched::Maps) if self.assigns => ASSIGNS,
            (true, _) => WRITE,
            (false, _) => READ,
        };
        let free = self.builder.marked().negate();
        self.edges(&free, &|_| Expr::TRUE, &|address| self.builder.set_mark(address, how), edges);
    }

    /// Fail where the mark is there already.
    fn checks(&self, edges: &mut Vec<Added>) {
        let builder = self.builder;
        let how = if self.access.write {
            Expr::binary(BinaryOp::Le, builder.how(), Expr::Const(READ))
        } else {
            Expr::binary(BinaryOp::Le, builder.how(), Expr::Const(WRITE))
        };
        let there = |address: &Expr| {
            let there = Expr::eq(builder.at(), address.clone());
            if builder.watched == Watched::Everything || self.assigns {
                return there;
            }
            // The first cell of a map is its length.
            let empty = Expr::eq(Expr::load(Place::memory(address.clone())), Expr::Const(0));
            there.and(empty.and(Expr::ne(builder.how(), Expr::Const(ASSIGNS))).negate())
        };
        self.edges(&builder.marked().and(how), &there, &|_| vec![builder.race()], edges);
    }

    /// Edges that do `then` for each cell that is accessed, where `always` holds and `there` holds for the address.
    fn edges(
        &self,
        always: &Expr,
        there: &dyn Fn(&Expr) -> Expr,
        then: &dyn Fn(&Expr) -> Vec<Command>,
        edges: &mut Vec<Added>,
    ) {
        let meet = self.edge.and_then(|edge| edge.meet.as_ref());
        let Some(before) = self.access.before.as_ref().filter(|_| meet.is_none()) else {
            return self.edges_on_the_way(always, there, then, edges);
        };
        let guard = always.clone().and(before.when.clone());
        match &before.cells {
            Cells::Fixed(cells) => {
                for cell in 0..*cells {
                    let address = address(before, cell);
                    let guard = guard.clone().and(named(&address)).and(there(&address));
                    edges.push((bare(guard, then(&address), self.stop), None));
                }
            }
            Cells::Times(count, stride) => {
                let last = Expr::binary(
                    BinaryOp::Sub,
                    Expr::binary(BinaryOp::Mul, count.clone(), Expr::Const(i64::from(*stride))),
                    Expr::Const(1),
                );
                let some = Expr::binary(BinaryOp::Le, Expr::Const(0), last.clone());
                let place = Place::memory(before.first.clone());
                let place = place.indexed(Expr::load(Place::local(self.index)), 1, None);
                let address = Expr::AddrOf(Box::new(place));
                let choose = Choose { dest: Place::local(self.index), low: Expr::Const(0), high: last };
                let commands = either(there(&address), then(&address));
                let edge = bare(guard.and(some), commands, self.stop);
                edges.push((Edge { choose: Some(choose), ..edge }, None));
            }
        }
    }

    /// As [`Adding::edges`], where only running the step as far as the access tells.
    fn edges_on_the_way(
        &self,
        always: &Expr,
        there: &dyn Fn(&Expr) -> Expr,
        then: &dyn Fn(&Expr) -> Vec<Command>,
        edges: &mut Vec<Added>,
    ) {
        let Some(edge) = self.edge else { return };
        let moment = &self.access.then;
        // Cells of a range whose length is not known before are tried up to this one.
        let cells = match &moment.cells {
            Cells::Fixed(cells) => *cells,
            Cells::Times(..) => RANGE,
        };
        for cell in 0..cells {
            let mut when = moment.when.clone();
            if let Cells::Times(count, stride) = &moment.cells {
                let count = Expr::binary(BinaryOp::Mul, count.clone(), Expr::Const(i64::from(*stride)));
                when = when.and(Expr::binary(BinaryOp::Lt, Expr::Const(i64::from(cell)), count));
            }
            let address = address(moment, cell);
            let when = when.and(named(&address)).and(there(&address));
            let commands = along(&self.access.way, either(when, then(&address)));
            let guard = always.clone().and(edge.guard.clone());
            let edge =
                Edge { guard, commands, target: self.stop, act: None, races_with: None, ..edge.clone() };
            edges.push((edge, self.access.edge));
        }
    }
}

/// `then`, or nothing any more.
fn either(cond: Expr, then: Vec<Command>) -> Vec<Command> {
    if cond == Expr::TRUE { then } else { vec![Command::If(cond, then, vec![Command::Exit])] }
}

/// `then` at the end of the way.
fn along(way: &[Stretch], then: Vec<Command>) -> Vec<Command> {
    way.iter().rev().fold(then, |then, stretch| {
        let mut commands = silent(&stretch.commands);
        // Nobody else has come to be.
        commands.retain(|command| !matches!(command, Command::Spawn { .. }));
        match &stretch.into {
            Some((cond, true)) => commands.push(Command::If(cond.clone(), then, vec![Command::Exit])),
            Some((cond, false)) => commands.push(Command::If(cond.clone(), vec![Command::Exit], then)),
            None => commands.extend(then),
        }
        commands
    })
}

/// The same commands, which end the run where an `assert` of the original fails.
fn silent(commands: &[Command]) -> Vec<Command> {
    let silent = |command: &Command| {
        if let Command::Assert { ok, text: _ } = command {
            Command::If(ok.clone(), vec![], vec![Command::Exit])
        } else if let Command::If(cond, yes, no) = command {
            Command::If(cond.clone(), self::silent(yes), self::silent(no))
        } else {
            command.clone()
        }
    };
    commands.iter().map(silent).collect()
}

fn address(moment: &Moment, cell: u32) -> Expr {
    match cell {
        0 => moment.first.clone(),
        cell => Expr::AddrOf(Box::new(Place::memory(moment.first.clone()).at(cell))),
    }
}

/// The address of a place is no nil; what is read from somewhere may be (a map).
fn named(address: &Expr) -> Expr {
    if matches!(address, Expr::AddrOf(_)) { Expr::TRUE } else { Expr::ne(address.clone(), Expr::NIL) }
}

fn bare(guard: Expr, commands: Vec<Command>, target: PointId) -> Edge {
    Edge {
        guard,
        fallback: false,
        meet: None,
        choose: None,
        commands,
        target,
        act: None,
        races_with: None,
        span: None,
    }
}

/// A statement that may be kept from going on.
fn operation() -> Operation {
    Operation { wait_reason: None, nil_reason: None, idle: true, name: "statement", acts: Vec::new() }
}
