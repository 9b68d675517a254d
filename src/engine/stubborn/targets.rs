//! What references can lead to: a flow analysis of the whole Machine.
//!
//! In: a Machine. Out: cells put into *classes* (each package variable's cell; of the
//! objects of a pool, each cell of a record or of an element; the header of a channel; all
//! maps), and for each expression the classes of the cells that a reference which it gives
//! can name. Neither paths nor goroutines are told apart; each is what it may ever be.

use std::collections::BTreeSet;

use crate::commands::maps::Part;
use crate::commands::{Base, Command, Expr, MapCommand, Meet, PanicValue, Place, PoolId, RoutineId, queue};
use crate::machine::{Edge, Machine, Point, Pool, Shape};

/// Number of a class of cells.
pub(super) type Class = usize;

/// A cell that a reference can name: of objects of a pool, or (`None`) a package variable's.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Target {
    pool: Option<PoolId>,
    cell: u32,
}

/// A place, as far as it is known: package variables and objects by class, frames by routine.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Node {
    Class(Class),
    Local(usize),
}

/// See the module.
#[derive(Debug)]
pub(super) struct Targets<'m> {
    machine: &'m Machine,
    /// Per pool: its first class.
    pools: Vec<Class>,
    maps: Class,
    count: usize,
    /// Per routine: its first local among `locals`.
    frames: Vec<usize>,
    /// What the references in cells of a class, and those in a frame, lead to.
    classes: Vec<BTreeSet<Target>>,
    locals: Vec<BTreeSet<Target>>,
    changed: bool,
}

impl<'m> Targets<'m> {
    pub(super) fn new(machine: &'m Machine) -> Self {
        let mut count = machine.globals.len();
        let mut pools = Vec::new();
        for pool in &machine.pools {
            pools.push(count);
            count += match pool.shape {
                Shape::Record | Shape::Array => pool.stride(),
                Shape::Channel => 1 + pool.stride(),
                Shape::Map { .. } => 0,
            };
        }
        let mut locals = 0;
        let mut frames = Vec::new();
        for routine in &machine.routines {
            frames.push(locals);
            locals += routine.frame.len();
        }
        let mut new = Self {
            machine,
            pools,
            maps: count,
            count: count + 1,
            frames,
            classes: vec![BTreeSet::new(); count + 1],
            locals: vec![BTreeSet::new(); locals],
            changed: true,
        };
        while std::mem::take(&mut new.changed) {
            for (routine, id) in machine.routines.iter().zip(0..) {
                for point in &routine.points {
                    point.edges.iter().for_each(|edge| new.edge(RoutineId(id), point, edge));
                }
            }
        }
        new
    }

    /// How many classes there are.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// The class of a package variable's cell.
    pub(super) fn global(&self, cell: usize) -> Class {
        cell
    }

    /// The class of a cell of an object.
    pub(super) fn object(&self, pool: PoolId, cell: usize) -> Class {
        let kind = self.machine.pool(pool);
        let first = self.pools[pool.0 as usize];
        match kind.shape {
            Shape::Record => first + cell.min(kind.stride().saturating_sub(1)),
            Shape::Array => first + cell % kind.stride(),
            Shape::Channel => match cell.checked_sub(queue::FIRST as usize) {
                None => first,
                Some(cell) => first + 1 + cell.checked_rem(kind.stride()).unwrap_or(0),
            },
            Shape::Map { .. } => self.maps,
        }
    }

    /// The class of everything in maps and in iterations over them.
    pub(super) fn maps(&self) -> Class {
        self.maps
    }

    /// The classes of the cells that `place` can be. A frame's are left out.
    pub(super) fn of_place(&self, routine: RoutineId, place: &Place) -> Vec<Class> {
        let nodes = self.nodes(routine, place).into_iter();
        nodes.filter_map(|node| if let Node::Class(class) = node { Some(class) } else { None }).collect()
    }

    /// The classes of the headers of the channels that `channel` can be.
    pub(super) fn of_channel(&self, routine: RoutineId, channel: &Expr) -> Vec<Class> {
        let targets = self.of(routine, channel).into_iter();
        let mut classes: Vec<Class> = targets.map(|target| self.class(target.pool, 0)).collect();
        classes.sort_unstable();
        classes.dedup();
        classes
    }

    /// The classes of all cells of the objects that `reference` can name.
    pub(super) fn of_objects(&self, routine: RoutineId, reference: &Expr) -> Vec<Class> {
        let targets = self.of(routine, reference).into_iter();
        let all = targets.flat_map(|target| self.all_cells(target.pool));
        let mut classes: Vec<Class> = all.map(|target| self.class(target.pool, target.cell)).collect();
        classes.sort_unstable();
        classes.dedup();
        classes
    }

    fn class(&self, pool: Option<PoolId>, cell: u32) -> Class {
        match pool {
            None => self.global(cell as usize),
            Some(pool) => self.object(pool, cell as usize),
        }
    }

    /// How many cells there are until they repeat; `None` where the object has no other.
    fn cells(&self, pool: Option<PoolId>) -> u32 {
        let cells = match pool.map(|pool| self.machine.pool(pool)) {
            None => self.machine.globals.len(),
            Some(Pool { shape: Shape::Map { .. }, .. }) => 1,
            Some(pool @ Pool { shape: Shape::Channel, .. }) => queue::FIRST as usize + pool.stride(),
            Some(pool) => pool.stride(),
        };
        u32::try_from(cells).unwrap_or(u32::MAX)
    }

    fn all_cells(&self, pool: Option<PoolId>) -> impl Iterator<Item = Target> + use<> {
        (0..self.cells(pool)).map(move |cell| Target { pool, cell })
    }

    /// The cells that are `skip` cells, and what `place` adds for its indices, after `target`.
    fn after(&self, target: Target, place: &Place, out: &mut BTreeSet<Target>) {
        let Target { pool, cell } = target;
        let kind = pool.map(|pool| self.machine.pool(pool));
        let cells = self.cells(pool);
        let at = cell + place.offset;
        match kind.map(|kind| kind.shape) {
            Some(Shape::Map { .. }) => {
                out.insert(Target { pool, cell: 0 });
            }
            Some(Shape::Channel) => match place.index.is_empty() && at < queue::FIRST {
                true => {
                    out.insert(Target { pool, cell: at });
                }
                false => out.extend(self.all_cells(pool)),
            },
            Some(Shape::Array) => match place.index.iter().all(|by| by.stride % cells == 0) {
                true => {
                    out.insert(Target { pool, cell: at % cells });
                }
                false => out.extend(self.all_cells(pool)),
            },
            Some(Shape::Record) | None => {
                if place.index.is_empty() {
                    out.insert(Target { pool, cell: at });
                    return;
                }
                let span = place.index.iter().try_fold(0u32, |span, by| {
                    let steps = by.limit?.saturating_sub(1);
                    span.checked_add(steps.checked_mul(by.stride)?)
                });
                let end = span.map_or(cells, |span| (at + span + 1).min(cells));
                out.extend((at..end).map(|cell| Target { pool, cell }));
            }
        }
    }

    fn nodes(&self, routine: RoutineId, place: &Place) -> Vec<Node> {
        if let Base::Local(_) = &place.base {
            let cells = self.machine.routine(routine).cells_of(place);
            return cells.map(|local| Node::Local(self.frames[routine.0 as usize] + local)).collect();
        }
        let found = self.places(routine, place);
        let mut classes: Vec<Class> = found.iter().map(|it| self.class(it.pool, it.cell)).collect();
        classes.sort_unstable();
        classes.dedup();
        classes.into_iter().map(Node::Class).collect()
    }

    /// The cells that a place outside frames can be.
    fn places(&self, routine: RoutineId, place: &Place) -> BTreeSet<Target> {
        let mut found = BTreeSet::new();
        match &place.base {
            Base::Local(_) => {}
            Base::Global(cell) => self.after(Target { pool: None, cell: *cell }, place, &mut found),
            Base::Memory(reference) => {
                for target in self.of(routine, reference) {
                    self.after(target, place, &mut found);
                }
            }
        }
        found
    }

    /// What a reference that `expr` gives can name.
    fn of(&self, routine: RoutineId, expr: &Expr) -> BTreeSet<Target> {
        match expr {
            Expr::Load(place) => {
                let mut found = BTreeSet::new();
                for node in self.nodes(routine, place) {
                    found.extend(match node {
                        Node::Class(class) => &self.classes[class],
                        Node::Local(local) => &self.locals[local],
                    });
                }
                found
            }
            Expr::AddrOf(place) => self.places(routine, place),
            Expr::If(_, yes, no) => {
                let mut found = self.of(routine, yes);
                found.extend(self.of(routine, no));
                found
            }
            Expr::Entry(entry) => match entry.part {
                Part::Cell(_) => self.classes[self.maps].clone(),
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

    fn put(&mut self, nodes: &[Node], found: &BTreeSet<Target>) {
        if found.is_empty() {
            return;
        }
        for node in nodes {
            let known = match *node {
                Node::Class(class) => &mut self.classes[class],
                Node::Local(local) => &mut self.locals[local],
            };
            let before = known.len();
            known.extend(found);
            self.changed |= known.len() != before;
        }
    }

    fn flow(&mut self, routine: RoutineId, dest: &Place, value: &Expr) {
        let found = self.of(routine, value);
        if !found.is_empty() {
            let nodes = self.nodes(routine, dest);
            self.put(&nodes, &found);
        }
    }

    fn edge(&mut self, routine: RoutineId, point: &Point, edge: &Edge) {
        match &edge.meet {
            Some(Meet::Send { channel, values }) => self.push(routine, channel, values),
            Some(Meet::Recv { channel, dests }) => self.pop(routine, channel, dests),
            None => {}
        }
        self.commands(routine, point, &edge.commands);
    }

    /// The pools of the channels that `channel` can be. (Nothing else can be used as one.)
    fn channels(&self, routine: RoutineId, channel: &Expr) -> Vec<PoolId> {
        let pools = self.of(routine, channel).into_iter().filter_map(|target| target.pool);
        let mut pools: Vec<PoolId> =
            pools.filter(|&pool| self.machine.pool(pool).shape == Shape::Channel).collect();
        pools.dedup();
        pools
    }

    fn push(&mut self, routine: RoutineId, channel: &Expr, values: &[Expr]) {
        for pool in self.channels(routine, channel) {
            for (value, cell) in values.iter().zip(queue::FIRST as usize..) {
                let found = self.of(routine, value);
                self.put(&[Node::Class(self.object(pool, cell))], &found);
            }
        }
    }

    fn pop(&mut self, routine: RoutineId, channel: &Expr, dests: &[Option<Place>]) {
        for pool in self.channels(routine, channel) {
            for (dest, cell) in dests.iter().zip(queue::FIRST as usize..) {
                let Some(dest) = dest else { continue };
                let found = self.classes[self.object(pool, cell)].clone();
                let nodes = self.nodes(routine, dest);
                self.put(&nodes, &found);
            }
        }
    }

    fn commands(&mut self, routine: RoutineId, point: &Point, commands: &[Command]) {
        for command in commands {
            match command {
                Command::Set(dest, value) => self.flow(routine, dest, value),
                Command::Check { ok: _, raise } | Command::Raise(raise) => self.raise(routine, point, raise),
                Command::Alloc { dest, pool, len: _ } => {
                    let nodes = self.nodes(routine, dest);
                    self.put(&nodes, &BTreeSet::from([Target { pool: Some(*pool), cell: 0 }]));
                }
                Command::Push { queue, values } => self.push(routine, queue, values),
                Command::Pop { queue, dests } => self.pop(routine, queue, dests),
                Command::Map(command) => self.map(routine, command),
                Command::Spawn { routine: other, args } => {
                    let first = self.frames[other.0 as usize];
                    for (arg, local) in args.iter().zip(first..) {
                        let found = self.of(routine, arg);
                        self.put(&[Node::Local(local)], &found);
                    }
                }
                Command::Copy { dest, source, .. } => {
                    let (dest, source) = (self.of(routine, dest), self.of(routine, source));
                    self.copy(&dest, &source);
                }
                Command::If(_, yes, no) => {
                    self.commands(routine, point, yes);
                    self.commands(routine, point, no);
                }
                Command::Assert { .. } | Command::Fatal(_) | Command::Exit | Command::Bound(_) => {}
            }
        }
    }

    /// Elements of the same array type are copied cell by cell; else anything may come to be anywhere.
    fn copy(&mut self, dest: &BTreeSet<Target>, source: &BTreeSet<Target>) {
        let all = |of: &BTreeSet<Target>, new: &Self| -> Vec<Target> {
            of.iter().flat_map(|it| new.all_cells(it.pool)).collect()
        };
        let to = all(dest, self);
        for from in all(source, self) {
            let array = from.pool.is_some_and(|pool| self.machine.pool(pool).shape == Shape::Array);
            let same = |to: &&Target| !(array && to.pool == from.pool) || to.cell == from.cell;
            let nodes = to
                .iter()
                .filter(same)
                .map(|to| Node::Class(self.class(to.pool, to.cell)))
                .collect::<Vec<_>>();
            let found = self.classes[self.class(from.pool, from.cell)].clone();
            self.put(&nodes, &found);
        }
    }

    fn raise(&mut self, routine: RoutineId, point: &Point, value: &PanicValue) {
        if let Some(unwind) = &point.unwind {
            self.flow(routine, &unwind.value.1, &value.payload);
        }
    }

    fn map(&mut self, routine: RoutineId, command: &MapCommand) {
        let maps = [Node::Class(self.maps)];
        if let MapCommand::Iterate { dest, pool, .. } = command {
            let nodes = self.nodes(routine, dest);
            self.put(&nodes, &BTreeSet::from([Target { pool: Some(*pool), cell: 0 }]));
        }
        for part in command.exprs() {
            let found = self.of(routine, part);
            self.put(&maps, &found);
        }
        if let MapCommand::Next { .. } = command {
            for dest in command.dests() {
                let nodes = self.nodes(routine, dest);
                let found = self.classes[self.maps].clone();
                self.put(&nodes, &found);
            }
        }
    }
}
