//! What the next step of a goroutine reads and writes of the memory that it shares, in words of the Machine.
//!
//! In: a point. Out: its [`Access`]es, each with the condition under which it is made and the reference to where.
//! What [`super::super::step`] logs while it runs a statement is said here beforehand: an expression in a later
//! command of a statement is put in terms of the state before the statement. Where that cannot be done (the
//! address is read from memory that the statement has changed by then) the access has no [`Access::before`], and
//! the commands that lead to it ([`Access::way`]) have to be run to find out.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::commands::maps::{self, Entry, Part};
use crate::commands::{Base, Command, Expr, Local, MapCommand, Meet, PanicValue, Place, Scaled, queue};
use crate::machine::{Edge, Point, PointKind, Unwind};

/// More elements than an array in a frame has.
const MOST: u32 = 1 << 12;

/// One access, or one to each cell of a range.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Access {
    pub(super) write: bool,
    /// When it is made and where, in terms of the state before the step.
    pub(super) before: Option<Moment>,
    /// The same in terms of the state after `way`.
    pub(super) then: Moment,
    pub(super) way: Vec<Stretch>,
    /// The edge on the way to which it is made; `None` while the edges are chosen from.
    pub(super) edge: Option<usize>,
}

/// When and where.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Moment {
    pub(super) when: Expr,
    /// Nil, in a map that is nil: then there is no access.
    pub(super) first: Expr,
    pub(super) cells: Cells,
}

/// How many cells.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Cells {
    Fixed(u32),
    /// So many times so many.
    Times(Expr, u32),
}

/// Commands, and then into one branch of an [`Command::If`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Stretch {
    pub(super) commands: Vec<Command>,
    pub(super) into: Option<(Expr, bool)>,
}

/// What whoever stands at `point` reads and writes next, in the order in which it is done.
pub(super) fn of_point(point: &Point) -> Vec<Access> {
    let mut all = Vec::new();
    let ordinary = |edge: &&Edge| edge.meet.is_none() && !edge.fallback;
    let in_order = matches!(point.kind, PointKind::Plain | PointKind::LoopHead);
    // A plain statement looks at its edges one after another; an operation looks at all of them.
    let mut reached = Expr::TRUE;
    let none_ready = || {
        point
            .edges
            .iter()
            .filter(ordinary)
            .fold(Expr::TRUE, |none, edge| none.and(edge.guard.clone().negate()))
    };
    for (number, edge) in point.edges.iter().enumerate() {
        let mut walk = Walk::new(reached.clone(), point.unwind.as_ref(), &mut all);
        walk.reads(&edge.guard);
        let mut walk = Walk::new(edge.guard.clone(), point.unwind.as_ref(), &mut all);
        if let Some(Meet::Send { channel, .. } | Meet::Recv { channel, .. }) = &edge.meet {
            walk.reads(channel);
        }
        if edge.fallback {
            walk.sure = walk.sure.map(|sure| sure.and(none_ready()));
        }
        walk.edge = Some(number);
        walk.taken(edge);
        if in_order {
            reached = reached.and(edge.guard.clone().negate());
        }
    }
    without_repetitions(all)
}

/// Leaves out what is sure to be among the others.
fn without_repetitions(all: Vec<Access>) -> Vec<Access> {
    let mut kept: Vec<Access> = Vec::new();
    for access in all {
        let covers = |other: &Access| {
            (other.before.is_some() && other.before == access.before && other.write == access.write)
                || matches!((&other.before, &access.before), (Some(other), Some(this))
                    if other.when == Expr::TRUE && (&other.first, &other.cells) == (&this.first, &this.cells))
                    && other.write == access.write
        };
        if !kept.iter().any(covers) {
            kept.push(access);
        }
    }
    kept
}

/// A walk along the commands of one edge.
struct Walk<'a> {
    /// What holds in the state before the step where the walk has got to; `None` where that cannot be said.
    sure: Option<Expr>,
    /// What the frame cells written so far hold, in terms of the state before; `None` for what cannot be said.
    known: FxHashMap<u32, Option<Expr>>,
    /// Frame cells that name an object made in this step: nobody else's.
    fresh: FxHashSet<u32>,
    /// Memory has been written.
    dirty: bool,
    way: Vec<Stretch>,
    edge: Option<usize>,
    unwind: Option<&'a Unwind>,
    out: &'a mut Vec<Access>,
}

impl<'a> Walk<'a> {
    fn new(sure: Expr, unwind: Option<&'a Unwind>, out: &'a mut Vec<Access>) -> Self {
        let start = Stretch { commands: Vec::new(), into: None };
        Self {
            sure: Some(sure),
            known: FxHashMap::default(),
            fresh: FxHashSet::default(),
            dirty: false,
            way: vec![start],
            edge: None,
            unwind,
            out,
        }
    }

    /// What taking `edge` does.
    fn taken(&mut self, edge: &Edge) {
        match &edge.meet {
            Some(Meet::Send { values, .. }) => values.iter().for_each(|value| self.reads(value)),
            Some(Meet::Recv { dests, .. }) => dests.iter().flatten().for_each(|dest| self.writes(dest)),
            None => {}
        }
        if let Some(choose) = &edge.choose {
            self.reads(&choose.low);
            self.reads(&choose.high);
            self.writes(&choose.dest);
        }
        self.commands(&edge.commands);
    }

    fn commands(&mut self, commands: &[Command]) {
        for command in commands {
            self.command(command);
            if let Some(stretch) = self.way.last_mut() {
                stretch.commands.push(command.clone());
            }
        }
    }

    fn command(&mut self, command: &Command) {
        match command {
            Command::Set(place, value) => {
                self.reads(value);
                let local = local_cell(place);
                let said = (self.said(value), self.is_fresh(value));
                self.writes(place);
                if let Some(cell) = local {
                    self.known.insert(cell, said.0);
                    if said.1 {
                        self.fresh.insert(cell);
                    }
                }
            }
            Command::Check { ok, raise } => {
                self.reads(ok);
                self.branch(&ok.clone().negate(), |walk| walk.raises(raise));
                self.assume(ok);
            }
            Command::Raise(value) => {
                self.raises(value);
                self.sure = Some(Expr::FALSE);
            }
            Command::Alloc { dest, pool: _, len } => {
                len.iter().for_each(|len| self.reads(len));
                self.writes(dest);
                if let Some(cell) = local_cell(dest) {
                    self.fresh.insert(cell);
                }
            }
            Command::Push { queue, values } => {
                values.iter().for_each(|value| self.reads(value));
                self.queue(queue);
            }
            Command::Pop { queue, dests } => {
                self.queue(queue);
                dests.iter().flatten().for_each(|dest| self.writes(dest));
            }
            Command::Map(command) => self.map(command),
            Command::Spawn { routine: _, args } => args.iter().for_each(|arg| self.reads(arg)),
            Command::Copy { dest, source, count, stride } => {
                for part in [count, dest, source] {
                    self.reads(part);
                }
                let cells = if let Expr::Const(count) = count {
                    Cells::Fixed(u32::try_from(*count).unwrap_or(0) * stride)
                } else {
                    Cells::Times(count.clone(), *stride)
                };
                self.access(Expr::TRUE, source, cells.clone(), false);
                self.access(Expr::TRUE, dest, cells, true);
                self.dirty |= !self.is_fresh(dest);
            }
            Command::If(cond, yes, no) => self.choice(cond, yes, no),
            Command::Assert { ok, text: _ } => {
                self.reads(ok);
                self.assume(ok);
            }
            Command::Fatal(_) | Command::Exit | Command::Bound(_) => self.sure = Some(Expr::FALSE),
        }
    }

    fn map(&mut self, command: &MapCommand) {
        command.exprs().into_iter().for_each(|part| self.reads(part));
        if let Some((map, access)) = command.access() {
            self.access(Expr::TRUE, map, Cells::Fixed(1), access == maps::Access::Write);
        }
        command.dests().into_iter().for_each(|dest| self.writes(dest));
        match command {
            // Whether it raises is not a matter of expressions.
            MapCommand::Hash { .. } => self.sure = None,
            MapCommand::Iterate { dest, .. } => {
                if let Some(cell) = local_cell(dest) {
                    self.fresh.insert(cell);
                }
            }
            MapCommand::Visit { .. } => {}
            MapCommand::Insert { .. }
            | MapCommand::Remove { .. }
            | MapCommand::Clear { .. }
            | MapCommand::Next { .. } => self.dirty = true,
        }
    }

    /// A queue is one location: all of its header but the capacity, which never changes, stands for it.
    fn queue(&mut self, queue: &Expr) {
        self.reads(queue);
        let header = Expr::AddrOf(Box::new(Place::memory(queue.clone()).at(queue::CLOSED)));
        self.access(Expr::TRUE, &header, Cells::Fixed(queue::FIRST - queue::CLOSED), true);
        self.dirty = true;
    }

    fn choice(&mut self, cond: &Expr, yes: &[Command], no: &[Command]) {
        self.reads(cond);
        let (known, fresh, dirty) = (self.known.clone(), self.fresh.clone(), self.dirty);
        let sure = self.sure.clone();
        self.in_branch(cond, true, |walk| walk.commands(yes));
        let after = (std::mem::replace(&mut self.known, known), std::mem::replace(&mut self.fresh, fresh));
        let dirtied = std::mem::replace(&mut self.dirty, dirty);
        let yes_sure = std::mem::replace(&mut self.sure, sure.clone());
        self.in_branch(cond, false, |walk| walk.commands(no));
        self.dirty |= dirtied;
        self.known
            .iter_mut()
            .filter(|(cell, value)| after.0.get(cell) != Some(value))
            .for_each(|(_, value)| *value = None);
        after.0.into_keys().for_each(|cell| {
            self.known.entry(cell).or_insert(None);
        });
        self.fresh.retain(|cell| after.1.contains(cell));
        let said = self.said(cond);
        self.sure = match (said, yes_sure, self.sure.take()) {
            (Some(cond), Some(yes), Some(no)) => match (yes == Expr::FALSE, no == Expr::FALSE) {
                (false, false) => sure,
                _ => Some(cond.clone().and(yes).or(cond.negate().and(no))),
            },
            _ => None,
        };
    }

    fn branch(&mut self, cond: &Expr, walk: impl FnOnce(&mut Self)) {
        let sure = self.sure.clone();
        self.in_branch(cond, true, walk);
        self.sure = sure;
    }

    /// Walks where `cond` comes out as `yes`.
    fn in_branch(&mut self, cond: &Expr, yes: bool, walk: impl FnOnce(&mut Self)) {
        let outcome = if yes { cond.clone() } else { cond.clone().negate() };
        self.assume(&outcome);
        if let Some(stretch) = self.way.last_mut() {
            stretch.into = Some((cond.clone(), yes));
        }
        self.way.push(Stretch { commands: Vec::new(), into: None });
        walk(self);
        self.way.pop();
        if let Some(stretch) = self.way.last_mut() {
            stretch.into = None;
        }
    }

    /// From here on `cond` holds, as things are now.
    fn assume(&mut self, cond: &Expr) {
        let said = self.said(cond);
        self.sure = self.sure.take().zip(said).map(|(sure, said)| sure.and(said));
    }

    fn raises(&mut self, value: &PanicValue) {
        self.reads(&value.tag);
        self.reads(&value.payload);
        if let Some(unwind) = self.unwind {
            self.reads(&Expr::load(unwind.mode.clone()));
            for place in [&unwind.value.0, &unwind.value.1, &unwind.mode] {
                self.place_access(place, true);
            }
        }
    }

    /// A write to `place`; what it holds from then on is not known.
    fn writes(&mut self, place: &Place) {
        self.place_access(place, true);
        match local_range(place) {
            None => self.dirty |= !is_fresh_place(place, &self.fresh),
            Some((first, cells)) => {
                for cell in (first..).take(cells as usize) {
                    self.known.insert(cell, None);
                    self.fresh.remove(&cell);
                }
            }
        }
    }

    /// What evaluating `expr` reads.
    fn reads(&mut self, expr: &Expr) {
        self.reads_when(&Expr::TRUE, expr);
    }

    fn reads_when(&mut self, when: &Expr, expr: &Expr) {
        match expr {
            Expr::Const(_) => {}
            Expr::Load(place) => {
                self.inside(when, place);
                self.at(when, place, false);
            }
            Expr::AddrOf(place) => self.inside(when, place),
            Expr::Not(inner) | Expr::Wrap { value: inner, .. } => self.reads_when(when, inner),
            Expr::And(left, right) => {
                self.reads_when(when, left);
                self.reads_when(&when.clone().and((**left).clone()), right);
            }
            Expr::Or(left, right) => {
                self.reads_when(when, left);
                self.reads_when(&when.clone().and((**left).clone().negate()), right);
            }
            Expr::If(cond, yes, no) => {
                self.reads_when(when, cond);
                self.reads_when(&when.clone().and((**cond).clone()), yes);
                self.reads_when(&when.clone().and((**cond).clone().negate()), no);
            }
            Expr::Binary(_, left, right) => {
                self.reads_when(when, left);
                self.reads_when(when, right);
            }
            Expr::Entry(entry) => {
                entry.exprs().for_each(|part| self.reads_when(when, part));
                self.access(when.clone(), &entry.map, Cells::Fixed(1), false);
            }
        }
    }

    /// What it takes to find `place`.
    fn inside(&mut self, when: &Expr, place: &Place) {
        if let Base::Memory(reference) = &place.base {
            self.reads_when(when, reference);
        }
        place.index.iter().for_each(|scaled| self.reads_when(when, &scaled.index));
    }

    fn place_access(&mut self, place: &Place, write: bool) {
        self.inside(&Expr::TRUE, place);
        self.at(&Expr::TRUE, place, write);
    }

    fn at(&mut self, when: &Expr, place: &Place, write: bool) {
        if !matches!(place.base, Base::Local(_)) {
            self.access(when.clone(), &Expr::AddrOf(Box::new(place.clone())), Cells::Fixed(1), write);
        }
    }

    /// An access to `cells` cells from `first` on, where `when` holds.
    fn access(&mut self, when: Expr, first: &Expr, cells: Cells, write: bool) {
        if self.is_fresh(first) || self.sure == Some(Expr::FALSE) || cells == Cells::Fixed(0) {
            return;
        }
        let before = self.before(&when, first, &cells);
        let then = Moment { when, first: first.clone(), cells };
        let way = if before.is_some() { Vec::new() } else { self.way.clone() };
        self.out.push(Access { write, before, then, way, edge: self.edge });
    }

    fn before(&self, when: &Expr, first: &Expr, cells: &Cells) -> Option<Moment> {
        let cells = match cells {
            Cells::Fixed(count) => Cells::Fixed(*count),
            Cells::Times(count, stride) => Cells::Times(self.said(count)?, *stride),
        };
        let when = self.sure.clone()?.and(self.said(when)?);
        Some(Moment { when, first: self.said(first)?, cells })
    }

    /// Whether `reference` names a part of an object made in this step.
    fn is_fresh(&self, reference: &Expr) -> bool {
        is_fresh(reference, &self.fresh)
    }

    /// `expr`, which is evaluated now, in terms of the state before the step.
    fn said(&self, expr: &Expr) -> Option<Expr> {
        if self.known.is_empty() && !self.dirty {
            return Some(expr.clone());
        }
        let boxed = |expr: &Expr| self.said(expr).map(Box::new);
        Some(match expr {
            Expr::Const(value) => Expr::Const(*value),
            Expr::Load(place) => match local_range(place) {
                Some((cell, 1)) => match self.known.get(&cell) {
                    Some(said) => said.clone()?,
                    None => expr.clone(),
                },
                Some((first, cells)) => {
                    if self.known.keys().any(|&cell| cell >= first && cell - first < cells) {
                        return None;
                    }
                    Expr::load(self.said_place(place)?)
                }
                None if self.dirty || is_fresh_place(place, &self.fresh) => return None,
                None => Expr::load(self.said_place(place)?),
            },
            Expr::AddrOf(place) => Expr::AddrOf(Box::new(self.said_place(place)?)),
            Expr::Not(inner) => Expr::Not(boxed(inner)?),
            Expr::And(left, right) => Expr::And(boxed(left)?, boxed(right)?),
            Expr::Or(left, right) => Expr::Or(boxed(left)?, boxed(right)?),
            Expr::If(cond, yes, no) => Expr::If(boxed(cond)?, boxed(yes)?, boxed(no)?),
            Expr::Binary(op, left, right) => Expr::Binary(*op, boxed(left)?, boxed(right)?),
            Expr::Wrap { bits, signed, value } => {
                Expr::Wrap { bits: *bits, signed: *signed, value: boxed(value)? }
            }
            Expr::Entry(_) if self.dirty => return None,
            Expr::Entry(entry) => {
                let all = |list: &[Expr]| list.iter().map(|part| self.said(part)).collect::<Option<Vec<_>>>();
                let part = match &entry.part {
                    Part::Found => Part::Found,
                    Part::Cell(cell) => Part::Cell(*cell),
                    Part::Holds(other) => Part::Holds(all(other)?),
                };
                Expr::Entry(Box::new(Entry { map: self.said(&entry.map)?, key: all(&entry.key)?, part }))
            }
        })
    }

    fn said_place(&self, place: &Place) -> Option<Place> {
        let base = match &place.base {
            Base::Memory(reference) => Base::Memory(self.said(reference)?),
            base @ (Base::Local(_) | Base::Global(_)) => base.clone(),
        };
        let scaled = |scaled: &Scaled| Some(Scaled { index: self.said(&scaled.index)?, ..scaled.clone() });
        let index = place.index.iter().map(scaled).collect::<Option<Vec<_>>>()?;
        Some(Place { base, offset: place.offset, index })
    }
}

fn is_fresh(reference: &Expr, fresh: &FxHashSet<u32>) -> bool {
    if let Expr::AddrOf(place) = reference {
        return is_fresh_place(place, fresh);
    }
    matches!(reference, Expr::Load(place) if local_cell(place).is_some_and(|cell| fresh.contains(&cell)))
}

fn is_fresh_place(place: &Place, fresh: &FxHashSet<u32>) -> bool {
    matches!(&place.base, Base::Memory(reference) if is_fresh(reference, fresh))
}

/// The frame cell that `place` is.
fn local_cell(place: &Place) -> Option<u32> {
    local_range(place).filter(|&(_, cells)| cells == 1).map(|(cell, _)| cell)
}

/// The frame cells among which `place` is: the first, and how many.
fn local_range(place: &Place) -> Option<(u32, u32)> {
    let Base::Local(Local(cell)) = place.base else { return None };
    let span = place.index.iter().map(|scaled| scaled.limit.unwrap_or(MOST).saturating_mul(scaled.stride));
    Some((cell + place.offset, 1 + span.fold(0, u32::saturating_add)))
}
