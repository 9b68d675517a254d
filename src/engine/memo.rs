//! What goroutines can do, remembered.
//!
//! In: rows of [`Parts`]. Out: what the goroutine in a slot has pending, which steps it
//! has or offers, and what each does to a row. The reference semantics is asked once for
//! each combination of a goroutine and of what it has looked at ([`Look`]); from then on
//! the answer is read off a tree of looks. So there is one semantics and no second
//! interpreter: what cannot be remembered (maps, clocks, ends of runs, bounds) is left
//! to the reference semantics every time.

mod effect;
mod looks;
mod touches;

use std::rc::Rc;

use rustc_hash::FxHashMap;

pub(crate) use effect::Effect;
use looks::{Link, Look, Looks, MOST_SLOTS, looks};
use touches::{Touch, TouchMask, Touches};

use super::ahead::Reach;
use super::blocks::{Block, Runner, Stand};
use super::parts::{self, Parts};
use super::races;
use super::release::Release;
use super::sharing::{Class, Sharing};
use super::tables::Tables;
use crate::commands::{Command, Expr, Place, RoutineId};
use crate::machine::footprint::{Footprint, Location};
use crate::machine::state::{Object, State};
use crate::machine::step::{self, Half, InternalError, Limits, Meets, Step};
use crate::machine::{Machine, Point, PointId, PointKind, Shape, visit};

/// What a goroutine has pending in a state.
#[derive(Debug)]
pub(crate) struct Pending {
    pub(crate) stand: Stand,
    /// Its steps, by edge and choice.
    pub(crate) moves: Vec<Own>,
    /// What it offers to others.
    meets: Meets,
    /// What it may touch next, for races. Of edges that need a partner too.
    touches: Touches,
    /// Actions that must not be pending beside it, and the actions that it has pending itself.
    rivals: Vec<&'static str>,
    actions: Vec<&'static str>,
    looks: Vec<Look>,
    /// Its frame where it waits.
    pub(crate) frame: Vec<i64>,
    /// Where its block comes by.
    pub(crate) points: Vec<(RoutineId, PointId)>,
}

/// A step of one goroutine.
#[derive(Debug)]
pub(crate) struct Own {
    /// `None`: its block, whose end is a step of its own.
    pub(crate) step: Option<Step>,
    /// `None`: the reference semantics has to be asked.
    pub(crate) effect: Option<Rc<Effect>>,
}

/// So much may be learnt before anybody asks what it is worth.
const FEW: u64 = 1 << 12;

/// All that has been learnt.
#[derive(Debug)]
pub(crate) struct Memo {
    /// By [`super::tables::PointTable::number`].
    reach: Rc<[Reach]>,
    /// A clock goes on by itself.
    clocks: bool,
    /// The most objects that one edge makes.
    makes: usize,
    /// Actions that must not be pending beside some edge.
    rivals: Vec<&'static str>,
    watched: FxHashMap<Vec<Location>, usize>,
    /// By number of the watched locations, then goroutine * 2 + main.
    roots: Vec<Vec<Link>>,
    /// How often it was asked.
    asked: u64,
    /// What all that has been learnt may touch.
    pub(crate) sharing: Sharing,
    looks: Looks,
    pending: Vec<Pending>,
    pair_roots: FxHashMap<[u32; 4], Link>,
    pair_looks: Looks,
    pairs: Vec<Option<Rc<Effect>>>,
}

/// What it takes to ask the reference semantics.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Teacher<'a, 'm> {
    pub(crate) machine: &'m Machine,
    pub(crate) limits: &'a Limits,
    pub(crate) runner: &'a Runner<'m>,
    pub(crate) release: &'a Release<'m>,
    /// The state that the row stands for.
    pub(crate) state: &'a State,
}

impl Memo {
    pub(crate) fn new(machine: &Machine, reach: Rc<[Reach]>) -> Self {
        let clocks = machine.routines.iter().any(|routine| routine.environment);
        let mut rivals: Vec<&'static str> = machine.edges().filter_map(|edge| edge.races_with).collect();
        rivals.sort_unstable();
        rivals.dedup();
        Self {
            reach,
            clocks,
            makes: machine.edges().map(|edge| made(&edge.commands)).max().unwrap_or(0),
            rivals,
            watched: FxHashMap::default(),
            roots: Vec::new(),
            asked: 0,
            sharing: Sharing::default(),
            looks: Looks::default(),
            pending: Vec::new(),
            pair_roots: FxHashMap::default(),
            pair_looks: Looks::default(),
            pairs: Vec::new(),
        }
    }

    /// Bytes in use, about.
    pub(crate) fn memory(&self) -> u64 {
        let trees = self.looks.memory() + self.pair_looks.memory();
        let pending = self.pending.capacity() * size_of::<Pending>() + self.pending.len() * 600;
        let ends = pending + self.pairs.len() * 320 + self.pair_roots.capacity() * 24;
        (trees + ends + self.roots.iter().map(|roots| roots.capacity() * 4).sum::<usize>()) as u64
    }

    /// Whether anything of this Machine can be remembered.
    pub(crate) fn is_of_use(&self) -> bool {
        !self.clocks
    }

    /// Nearly every state brings something new (a counter that all look at): remembering costs more than asking.
    fn is_of_little_use(&self) -> bool {
        let learnt = self.pending.len() as u64 + self.pairs.len() as u64;
        learnt > FEW && learnt * 4 > self.asked
    }

    /// A number for what the properties watch in the state at hand.
    pub(crate) fn watching(&mut self, watched: &[Location]) -> usize {
        if let Some(&number) = self.watched.get(watched) {
            return number;
        }
        let number = self.roots.len();
        self.watched.insert(watched.to_vec(), number);
        self.roots.push(Vec::new());
        number
    }

    pub(crate) fn pending(&self, number: u32) -> &Pending {
        &self.pending[number as usize]
    }

    /// What the goroutine in `slot` of `row` has pending, where that is known.
    pub(crate) fn find(
        &mut self,
        parts: &Parts<'_>,
        row: &[u32],
        slot: usize,
        watching: usize,
    ) -> Option<u32> {
        self.asked += 1;
        let roots = &mut self.roots[watching];
        let root = root(row, slot);
        if root >= roots.len() {
            roots.resize((root + 1).next_power_of_two(), Link::default());
        }
        self.looks.find(roots[root], parts, row)
    }

    /// Asks what the goroutine in `slot` has pending. `None` where that cannot be remembered.
    pub(crate) fn learn(
        &mut self,
        teacher: Teacher<'_, '_>,
        parts: &mut Parts<'_>,
        tables: &Tables,
        row: &[u32],
        slot: usize,
        watching: usize,
    ) -> Result<Option<u32>, InternalError> {
        let Teacher { machine, limits, runner, state, .. } = teacher;
        let (routine, point) = parts.place(row[parts::FIRST + slot]);
        let reach = self.reach[tables.point(routine, point).number];
        if self.is_of_little_use() || reach.maps || reach.starts && row[parts::SLOTS] as usize > MOST_SLOTS {
            return Ok(None);
        }
        let mut block = Block::default();
        runner.run(state, slot, &mut block)?;
        if reach.makes && !self.has_room(state, block.steps.len(), limits) {
            return Ok(None);
        }
        let log = Footprint::default();
        block.looked.iter().for_each(|&access| log.add(access));
        let (mut steps, mut meets) = (Vec::new(), Meets::default());
        if block.stand == Stand::Waits {
            step::offers(machine, &block.after, slot, &mut steps, &mut meets, Some(&log))?;
        }
        meets.retain_existing(state);
        let mut moves = Vec::new();
        if block.stand == Stand::Alone {
            let effect = Effect::between(teacher, parts, row, &block.after, (slot, None), &log);
            moves.push(Own { step: None, effect });
        }
        for &step in &steps {
            let mut next = block.after.clone();
            let mark = log.accesses().len();
            step::apply_logged(machine, &mut next, &step, limits, Some(&log))?;
            teacher.release.after(runner, &mut next, [Some(slot), None], Some(&log))?;
            let log = log.part(&block.looked, mark);
            let effect = Effect::between(teacher, parts, row, &next, (slot, None), &log);
            moves.push(Own { step: Some(step), effect });
        }
        let offered: Vec<Step> = meets
            .halves()
            .into_iter()
            .flatten()
            .map(|half| Step { slot, edge: half.edge, partner: Some((usize::MAX, 0)), choice: None })
            .chain(steps.iter().copied())
            .collect();
        let next_log = Footprint::default();
        let next = races::next_accesses(machine, state, slot, &block, &offered, &next_log)?;
        next_log.accesses().iter().for_each(|&access| log.add(access));
        let touches = block
            .accesses
            .iter()
            .map(|(access, _)| (access.location, Touch { write: access.write, atomic: false }))
            .chain(next.iter().map(|(at, side)| (*at, Touch { write: side.write, atomic: side.atomic })));
        let touches = Touches::new(touches.collect());
        let at = block.points.last().filter(|_| block.stand == Stand::Waits);
        let at = at.map(|&(routine, point)| machine.point(routine, point));
        let actions = at.map_or(Vec::new(), |point| actions(point, &self.rivals));
        let rivals: Vec<&'static str> =
            steps.iter().filter_map(|step| at.and_then(|it| it.edges[step.edge].races_with)).collect();
        // A routine that `go` starts may run many times over; main runs once, in slot 0.
        let only = slot == 0;
        for (location, touch) in touches.iter() {
            let class = match location {
                Location::Global(cell) => Class::Global(cell),
                Location::Heap { object, cell } => match state.heap.get(object).and_then(Option::as_ref) {
                    Some(known) => class(machine, known, cell),
                    None => continue,
                },
            };
            self.sharing.add(class, routine, only, touch.write, touch.atomic);
        }
        if !rivals.is_empty() || !actions.is_empty() {
            self.sharing.add(Class::Rivals, routine, only, true, false);
        }
        let looks = looks(machine, state, &log.accesses(), reach);
        let number = self.pending.len() as u32;
        let root = &mut self.roots[watching][root(row, slot)];
        if !self.looks.insert(root, &looks, parts, row, number) {
            return Ok(None);
        }
        let points = block.points;
        let frame = block.after.goroutine(slot).map_or(Vec::new(), |goroutine| goroutine.frame.clone());
        self.pending.push(Pending {
            stand: block.stand,
            moves,
            meets,
            touches,
            rivals,
            actions,
            looks,
            frame,
            points,
        });
        Ok(Some(number))
    }

    /// The number of what the rendezvous `step` does to `row`, where `pending` is what sender and receiver have pending.
    pub(crate) fn find_pair(
        &self,
        parts: &Parts<'_>,
        row: &[u32],
        step: &Step,
        pending: [u32; 2],
    ) -> Option<u32> {
        let root = *self.pair_roots.get(&pair_root(step, pending))?;
        self.pair_looks.find(root, parts, row)
    }

    /// What a rendezvous does, by its number. `None` where the reference semantics has to be asked.
    pub(crate) fn pair(&self, number: u32) -> Option<Rc<Effect>> {
        self.pairs[number as usize].clone()
    }

    /// Asks what the rendezvous does.
    pub(crate) fn learn_pair(
        &mut self,
        teacher: Teacher<'_, '_>,
        parts: &mut Parts<'_>,
        tables: &Tables,
        row: &[u32],
        step: &Step,
        pending: [u32; 2],
    ) -> Result<Option<Rc<Effect>>, InternalError> {
        let Teacher { machine, limits, runner, state, .. } = teacher;
        let Some((partner, _)) = step.partner else { return Ok(None) };
        let log = Footprint::default();
        let mut next = state.clone();
        let mut statements = 0;
        for slot in [step.slot, partner] {
            let mut block = Block::default();
            runner.run(state, slot, &mut block)?;
            statements += block.steps.len();
            for statement in &block.steps {
                step::apply_logged(machine, &mut next, statement, limits, Some(&log))?;
            }
        }
        step::apply_logged(machine, &mut next, step, limits, Some(&log))?;
        teacher.release.after(runner, &mut next, [Some(step.slot), Some(partner)], Some(&log))?;
        let effect = Effect::between(teacher, parts, row, &next, (step.slot, Some(partner)), &log);
        let known = pending.map(|number| &self.pending[number as usize].looks);
        let is_known = |look: &Look| known.iter().any(|looks| looks.contains(look));
        let mut reach = Reach::default();
        for slot in [step.slot, partner] {
            let (routine, point) = parts.place(row[parts::FIRST + slot]);
            reach.add(self.reach[tables.point(routine, point).number]);
        }
        let mut looks = looks(machine, state, &log.accesses(), reach);
        looks.retain(|look| !is_known(look));
        if reach.makes && !self.has_room(state, statements, limits) {
            return Ok(effect);
        }
        let number = self.pairs.len() as u32;
        self.pairs.push(effect.clone());
        let root = self.pair_roots.entry(pair_root(step, pending)).or_default();
        self.pair_looks.insert(root, &looks, parts, row, number);
        Ok(effect)
    }

    /// Whether the bound on objects is out of reach for `statements` and an operation after them.
    fn has_room(&self, state: &State, statements: usize, limits: &Limits) -> bool {
        // Of both sides, in a rendezvous.
        state.heap.len() + (statements + 2) * self.makes <= limits.objects as usize
    }
}

impl Pending {
    /// What it may touch next: whether it writes there, whether that is part of an operation.
    pub(crate) fn touches(&self) -> impl Iterator<Item = (Location, bool, bool)> + '_ {
        self.touches.iter().map(|(location, touch)| (location, touch.write, touch.atomic))
    }

    /// What it offers to others: senders and receivers.
    pub(crate) fn halves(&self) -> [&[Half]; 2] {
        self.meets.halves()
    }
}

/// Whether there may be a conflict among what is pending.
pub(crate) fn may_conflict<'a>(pending: impl Iterator<Item = &'a Pending> + Clone) -> bool {
    let live = pending.filter(|it| it.stand != Stand::Gone);
    let mut all = TouchMask::default();
    for (index, one) in live.clone().enumerate() {
        if all.meets(one.touches.mask)
            && live.clone().take(index).any(|other| one.touches.conflicts_with(&other.touches))
        {
            return true;
        }
        all.add(one.touches.mask);
        let rival = |other: &Pending| other.actions.iter().any(|action| one.rivals.contains(action));
        if !one.rivals.is_empty()
            && live.clone().enumerate().any(|(other, pending)| other != index && rival(pending))
        {
            return true;
        }
    }
    false
}

fn root(row: &[u32], slot: usize) -> usize {
    row[parts::FIRST + slot] as usize * 2 + usize::from(slot == 0)
}

fn pair_root(step: &Step, pending: [u32; 2]) -> [u32; 4] {
    let receiving = step.partner.map_or(0, |(_, edge)| edge);
    // Whether one of them is main is part of what they have pending.
    [pending[0], step.edge as u32, pending[1], receiving as u32]
}

/// Locations that are in the same place in objects of the same kind.
fn class(machine: &Machine, object: &Object, cell: usize) -> Class {
    let pool = machine.pool(object.pool);
    let cell = match pool.shape {
        Shape::Record => cell,
        Shape::Array => cell.checked_rem(pool.stride()).unwrap_or(0),
        Shape::Channel | Shape::Map { .. } => 0,
    };
    Class::Pool(object.pool.0, cell)
}

/// How many objects commands make at most.
fn made(commands: &[Command]) -> usize {
    struct Made(usize);
    impl visit::Visit for Made {
        fn expr(&mut self, _expr: &Expr) {}
        fn place(&mut self, _place: &Place) {}
        fn command(&mut self, command: &Command) {
            self.0 += usize::from(matches!(command, Command::Alloc { .. }));
        }
    }
    let mut made = Made(0);
    visit::commands(commands, &mut made);
    made.0
}

/// The actions of an operation that are rivals of some edge.
fn actions(point: &Point, rivals: &[&'static str]) -> Vec<&'static str> {
    let PointKind::Operation(operation) = &point.kind else { return Vec::new() };
    operation.acts.iter().map(|act| act.action).filter(|action| rivals.contains(action)).collect()
}
