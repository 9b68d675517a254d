//! Which accesses can be to one cell: objects told apart by their pools, cells by their place in an object.
//!
//! In: a Machine. Out: the points whose accesses are worth a mark or a look ([`Sites`]). An inclusion-based points-to
//! analysis (Andersen's) over cells, without regard to the order of steps: what holds at all is enough here. What
//! only one goroutine can come by is left out: objects that neither a package variable nor an argument of a `go` leads
//! to.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::{FxHashMap, FxHashSet};

use super::Watched;
use super::accesses::{Access, Cells, Moment, of_point};
use crate::commands::maps::Part;
use crate::commands::{
    Base, Command, Expr, Local, MapCommand, Meet, PanicValue, Place, PoolId, RoutineId, queue, table,
};
use crate::machine::{Machine, PointId, PointKind, Shape};

/// Where cells are.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
enum Owner {
    Globals,
    Pool(PoolId),
    Frame(RoutineId),
    /// The value of a panic on its way.
    Panic,
}

/// A cell of something: of all elements of an array the same one.
type Node = (Owner, u32);

/// Any cell.
const ANY: u32 = u32::MAX;
/// Arrays in frames and variables are looked at cell by cell up to this size.
const WIDE: u32 = 256;

/// What references can name.
pub(super) struct Aliases<'m> {
    machine: &'m Machine,
    holds: FxHashMap<Node, BTreeSet<Node>>,
    /// The cells of an owner about which something is known.
    cells: FxHashMap<Owner, BTreeSet<u32>>,
    changed: bool,
    started: FxHashSet<RoutineId>,
}

impl<'m> Aliases<'m> {
    pub(super) fn new(machine: &'m Machine) -> Self {
        let mut this = Self {
            machine,
            holds: FxHashMap::default(),
            cells: FxHashMap::default(),
            changed: true,
            started: FxHashSet::default(),
        };
        while std::mem::take(&mut this.changed) {
            for (id, routine) in (0..).map(RoutineId).zip(&machine.routines) {
                for point in &routine.points {
                    for edge in &point.edges {
                        this.meet(id, edge.meet.as_ref());
                        this.commands(id, &edge.commands);
                    }
                    if let Some(unwind) = &point.unwind {
                        let raised = this.content((Owner::Panic, 0));
                        this.write(id, &unwind.value.1, &raised);
                    }
                }
            }
        }
        this
    }

    fn meet(&mut self, id: RoutineId, meet: Option<&Meet>) {
        match meet {
            Some(Meet::Send { channel, values }) => self.send(id, channel, values),
            Some(Meet::Recv { channel, dests }) => self.receive(id, channel, dests),
            None => {}
        }
    }

    fn commands(&mut self, id: RoutineId, commands: &[Command]) {
        for command in commands {
            self.command(id, command);
        }
    }

    fn command(&mut self, id: RoutineId, command: &Command) {
        match command {
            Command::Set(place, value) => {
                let named = self.names(id, value);
                self.write(id, place, &named);
            }
            Command::Check { ok: _, raise } | Command::Raise(raise) => {
                let PanicValue { tag: _, payload } = raise;
                let named = self.names(id, payload);
                self.add((Owner::Panic, 0), &named);
            }
            Command::Alloc { dest, pool, len: _ } => {
                self.write(id, dest, &BTreeSet::from([(Owner::Pool(*pool), 0)]));
            }
            Command::Push { queue, values } => self.send(id, queue, values),
            Command::Pop { queue, dests } => self.receive(id, queue, dests),
            Command::Map(command) => self.map(id, command),
            Command::Spawn { routine, args } => {
                self.changed |= self.started.insert(*routine);
                for (arg, cell) in args.iter().zip(0..) {
                    let named = self.names(id, arg);
                    self.add((Owner::Frame(*routine), cell), &named);
                }
            }
            Command::Copy { dest, source, .. } => {
                let all = |this: &Self, expr: &Expr| -> BTreeSet<Node> {
                    this.names(id, expr).into_iter().map(|(owner, _)| (owner, ANY)).collect()
                };
                let content = self.contents(&all(self, source));
                for node in all(self, dest) {
                    self.add(node, &content);
                }
            }
            Command::If(_, yes, no) => {
                self.commands(id, yes);
                self.commands(id, no);
            }
            Command::Assert { .. } | Command::Fatal(_) | Command::Exit | Command::Bound(_) => {}
        }
    }

    fn map(&mut self, id: RoutineId, command: &MapCommand) {
        match command {
            MapCommand::Insert { map, key, values } => {
                let maps = self.names(id, map);
                for (value, cell) in key.iter().chain(values).zip(table::FIRST..) {
                    let named = self.names(id, value);
                    for &(owner, _) in &maps {
                        self.add((owner, cell), &named);
                    }
                }
            }
            MapCommand::Iterate { dest, pool, map } => {
                self.write(id, dest, &BTreeSet::from([(Owner::Pool(*pool), 0)]));
                let maps = self.names(id, map);
                let over: BTreeSet<Node> = maps.iter().copied().collect();
                self.add((Owner::Pool(*pool), table::OVER), &over);
                let keys: BTreeSet<Node> = maps.into_iter().map(|(owner, _)| (owner, ANY)).collect();
                let keys = self.contents(&keys);
                self.add((Owner::Pool(*pool), ANY), &keys);
            }
            MapCommand::Next { iteration, index: _, key } => {
                let iterations = self.names(id, iteration);
                for (dest, cell) in key.iter().zip(table::FIRST..) {
                    let keys: BTreeSet<Node> = iterations.iter().map(|&(owner, _)| (owner, cell)).collect();
                    let keys = self.contents(&keys);
                    dest.iter().for_each(|dest| self.write(id, dest, &keys));
                }
            }
            MapCommand::Hash { .. }
            | MapCommand::Remove { .. }
            | MapCommand::Clear { .. }
            | MapCommand::Visit { .. } => {}
        }
    }

    fn send(&mut self, id: RoutineId, channel: &Expr, values: &[Expr]) {
        let channels = self.names(id, channel);
        for (value, cell) in values.iter().zip(queue::FIRST..) {
            let named = self.names(id, value);
            for &(owner, _) in &channels {
                self.add((owner, cell), &named);
            }
        }
    }

    fn receive(&mut self, id: RoutineId, channel: &Expr, dests: &[Option<Place>]) {
        let channels = self.names(id, channel);
        for (dest, cell) in dests.iter().zip(queue::FIRST..) {
            let sent: BTreeSet<Node> = channels.iter().map(|&(owner, _)| (owner, cell)).collect();
            let sent = self.contents(&sent);
            dest.iter().for_each(|dest| self.write(id, dest, &sent));
        }
    }

    fn write(&mut self, id: RoutineId, place: &Place, named: &BTreeSet<Node>) {
        if !named.is_empty() {
            for node in self.nodes(id, place) {
                self.add(node, named);
            }
        }
    }

    fn add(&mut self, node: Node, named: &BTreeSet<Node>) {
        if named.is_empty() {
            return;
        }
        let node = self.usual(node);
        let held = self.holds.entry(node).or_default();
        let before = held.len();
        held.extend(named);
        self.changed |= held.len() > before;
        self.cells.entry(node.0).or_default().insert(node.1);
    }

    /// What the reference that `expr` is can name.
    fn names(&self, id: RoutineId, expr: &Expr) -> BTreeSet<Node> {
        match expr {
            Expr::Load(place) => self.contents(&self.nodes(id, place)),
            Expr::AddrOf(place) => self.nodes(id, place),
            Expr::If(_, yes, no) => &self.names(id, yes) | &self.names(id, no),
            Expr::Entry(entry) => match &entry.part {
                Part::Cell(cell) => {
                    let values = self.names(id, &entry.map).into_iter().map(|(owner, _)| {
                        let Owner::Pool(pool) = owner else { return (owner, ANY) };
                        let Shape::Map { key } = self.machine.pool(pool).shape else { return (owner, ANY) };
                        (owner, table::FIRST + key + cell)
                    });
                    self.contents(&values.collect())
                }
                Part::Found | Part::Holds(_) => BTreeSet::new(),
            },
            Expr::Const(_)
            | Expr::Not(_)
            | Expr::And(..)
            | Expr::Or(..)
            | Expr::Binary(..)
            | Expr::Wrap { .. } => BTreeSet::new(),
        }
    }

    /// The cells that `place` can be.
    fn nodes(&self, id: RoutineId, place: &Place) -> BTreeSet<Node> {
        let starts = match &place.base {
            Base::Local(Local(cell)) => BTreeSet::from([(Owner::Frame(id), *cell)]),
            Base::Global(cell) => BTreeSet::from([(Owner::Globals, *cell)]),
            Base::Memory(reference) => self.names(id, reference),
        };
        let spread = |owner: Owner| -> Option<u32> {
            let element = if let Owner::Pool(pool) = owner
                && self.machine.pool(pool).shape == Shape::Array
            {
                u32::try_from(self.machine.pool(pool).stride()).ok()
            } else {
                None
            };
            place.index.iter().try_fold(0u32, |span, scaled| match (element, scaled.limit) {
                // From element to element it is the same cell.
                (Some(element), _) if scaled.stride % element == 0 => Some(span),
                (_, Some(limit)) => {
                    Some(span.saturating_add(limit.saturating_sub(1).saturating_mul(scaled.stride)))
                }
                (_, None) => None,
            })
        };
        let mut nodes = BTreeSet::new();
        for (owner, cell) in starts {
            match spread(owner).filter(|&span| span <= WIDE && cell != ANY) {
                Some(span) => {
                    nodes.extend((0..=span).map(|skip| self.usual((owner, cell + place.offset + skip))));
                }
                None => {
                    nodes.insert((owner, ANY));
                }
            }
        }
        nodes
    }

    /// The cell that stands for `node` in all elements.
    fn usual(&self, (owner, cell): Node) -> Node {
        let Owner::Pool(id) = owner else { return (owner, cell) };
        if cell == ANY {
            return (owner, ANY);
        }
        let pool = self.machine.pool(id);
        let stride = u32::try_from(pool.stride().max(1)).unwrap_or(1);
        match pool.shape {
            Shape::Record => (owner, cell),
            Shape::Array => (owner, cell % stride),
            Shape::Channel | Shape::Map { .. } if cell < queue::FIRST => (owner, cell),
            Shape::Channel | Shape::Map { .. } => (owner, queue::FIRST + (cell - queue::FIRST) % stride),
        }
    }

    fn contents(&self, nodes: &BTreeSet<Node>) -> BTreeSet<Node> {
        nodes.iter().flat_map(|&node| self.content(node)).collect()
    }

    fn content(&self, node: Node) -> BTreeSet<Node> {
        let (owner, cell) = self.usual(node);
        let held = |cell| self.holds.get(&(owner, cell)).into_iter().flatten().copied();
        if cell == ANY {
            let cells = self.cells.get(&owner).into_iter().flatten();
            return cells.flat_map(|&cell| held(cell)).collect();
        }
        held(cell).chain(held(ANY)).collect()
    }

    /// The owners that two goroutines can come by.
    fn shared(&self) -> FxHashSet<Owner> {
        let mut shared = FxHashSet::from_iter([Owner::Globals]);
        let mut pending = vec![Owner::Globals];
        let arguments = self.started.iter().flat_map(|&routine| {
            let cells = 0..self.machine.routine(routine).args;
            cells.flat_map(move |cell| self.content((Owner::Frame(routine), cell)))
        });
        for (owner, _) in arguments {
            if shared.insert(owner) {
                pending.push(owner);
            }
        }
        while let Some(owner) = pending.pop() {
            for (named, _) in self.content((owner, ANY)) {
                if shared.insert(named) {
                    pending.push(named);
                }
            }
        }
        shared
    }

    fn accessed(&self, id: RoutineId, moment: &Moment) -> BTreeSet<Node> {
        let named = self.names(id, &moment.first);
        match moment.cells {
            Cells::Fixed(1) => named,
            Cells::Fixed(_) | Cells::Times(..) => named.into_iter().map(|(owner, _)| (owner, ANY)).collect(),
        }
    }
}

/// One access, and what is to be added for it.
pub(super) struct Site {
    pub(super) access: Access,
    pub(super) marks: bool,
    pub(super) checks: bool,
}

/// All accesses that can be in conflict with another.
#[derive(Default)]
pub(super) struct Sites {
    by_point: FxHashMap<(RoutineId, PointId), Vec<Site>>,
    /// Some of them are made where two goroutines meet.
    pub(super) meets: bool,
    /// The actions that must be ordered with others, and those others exist.
    pub(super) ordered: Vec<&'static str>,
}

struct Candidate {
    at: (RoutineId, PointId),
    access: Access,
    cells: BTreeSet<Node>,
    atomic: bool,
    marks: bool,
    checks: bool,
}

impl Sites {
    pub(super) fn new(machine: &Machine, aliases: &Aliases<'_>, watched: Watched) -> Self {
        let shared = aliases.shared();
        let is_map = |owner: &Owner| matches!(owner, Owner::Pool(pool) if matches!(machine.pool(*pool).shape, Shape::Map { .. }));
        let mut all: Vec<Candidate> = Vec::new();
        let mut this = Self::default();
        for (id, routine) in (0..).map(RoutineId).zip(&machine.routines) {
            for (number, point) in (0..).map(PointId).zip(&routine.points) {
                let statement = matches!(point.kind, PointKind::Plain | PointKind::LoopHead);
                if routine.environment && statement {
                    continue;
                }
                let atomic = matches!(point.kind, PointKind::Operation(_));
                for access in of_point(point) {
                    let mut cells = aliases.accessed(id, &access.then);
                    cells.retain(|(owner, _)| {
                        shared.contains(owner) && (watched == Watched::Everything || is_map(owner))
                    });
                    if !cells.is_empty() {
                        let at = (id, number);
                        all.push(Candidate { at, access, cells, atomic, marks: false, checks: false });
                    }
                }
            }
        }
        this.pair(&mut all, aliases);
        this.meets = all.iter().any(|it| {
            let edges = &machine.point(it.at.0, it.at.1).edges;
            it.checks && it.access.edge.is_some_and(|edge| edges[edge].meet.is_some())
        });
        for Candidate { at, access, marks, checks, .. } in all {
            if marks || checks {
                this.by_point.entry(at).or_default().push(Site { access, marks, checks });
            }
        }
        if watched == Watched::Everything {
            this.ordered = ordered(machine);
        }
        this
    }

    /// Says of each access whether it can be in conflict, and who puts the mark then.
    fn pair(&self, all: &mut [Candidate], aliases: &Aliases<'_>) {
        let mut by_owner: BTreeMap<Owner, Vec<usize>> = BTreeMap::new();
        for (index, candidate) in all.iter().enumerate() {
            let owners: BTreeSet<Owner> = candidate.cells.iter().map(|&(owner, _)| owner).collect();
            for owner in owners {
                by_owner.entry(owner).or_default().push(index);
            }
        }
        for group in by_owner.values() {
            for &one in group.iter().filter(|&&one| !all[one].atomic).collect::<Vec<_>>() {
                for &other in group {
                    let (first, second) = (&all[one], &all[other]);
                    // Of a plain write and a plain read it is the write that marks.
                    let wanted = first.access.write || (second.access.write && second.atomic);
                    let at_once = first.at.0 != second.at.0 || aliases.started.contains(&first.at.0);
                    if wanted && at_once && meet(&first.cells, &second.cells) {
                        all[one].marks = true;
                        all[other].checks = true;
                    }
                }
            }
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.by_point.is_empty() && self.ordered.is_empty()
    }

    pub(super) fn at(&self, routine: RoutineId, point: PointId) -> &[Site] {
        self.by_point.get(&(routine, point)).map_or(&[], Vec::as_slice)
    }
}

/// Whether two sets have a cell in common.
fn meet(one: &BTreeSet<Node>, other: &BTreeSet<Node>) -> bool {
    one.iter().any(|&(owner, cell)| {
        other.iter().any(|&(second, at)| owner == second && (cell == at || cell == ANY || at == ANY))
    })
}

/// The actions that some operation must be ordered with.
fn ordered(machine: &Machine) -> Vec<&'static str> {
    let points = || machine.points();
    let done: FxHashSet<&str> = points()
        .filter_map(|point| {
            let PointKind::Operation(operation) = &point.kind else { return None };
            Some(operation.acts.iter().map(|act| act.action))
        })
        .flatten()
        .collect();
    let wanted = points().flat_map(|point| &point.edges).filter_map(|edge| edge.races_with);
    let mut ordered: Vec<&'static str> = wanted.filter(|action| done.contains(action)).collect();
    ordered.sort_unstable();
    ordered.dedup();
    ordered
}
