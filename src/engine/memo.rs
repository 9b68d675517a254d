//! What goroutines can do, remembered.
//!
//! In: rows of [`Parts`]. Out: what the goroutine in a slot has pending, which steps it
//! has or offers, and what each does to a row. The reference semantics is asked once for
//! each combination of a goroutine and of what it has looked at ([`Look`]); from then on
//! the answer is read off a tree of looks. So there is one semantics and no second
//! interpreter: what cannot be remembered (maps, clocks, ends of runs, bounds) is left
//! to the reference semantics every time.

use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::ahead::Reach;
use super::blocks::{Block, Runner, Stand};
use super::parts::{self, Parts};
use super::races;
use super::release::Release;
use super::sharing::{Class, Sharing};
use super::tables::Tables;
use crate::commands::{Command, Expr, Place, RoutineId};
use crate::machine::footprint::{Access, Footprint, Location};
use crate::machine::state::{Object, State};
use crate::machine::step::{self, Half, InternalError, Limits, Meets, Step};
use crate::machine::{Machine, Point, PointId, PointKind, Shape, visit};

/// Something of a state that what a goroutine does may depend on.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Look {
    Global(u32),
    Cell(u32, u32),
    /// A whole object: a channel or a map.
    Object(u32),
    /// How many objects there are: a new one gets the next number.
    Objects,
    /// Which slots are taken.
    Slots,
}

/// What a goroutine has pending in a state.
#[derive(Debug)]
pub(crate) struct Pending {
    pub(crate) stand: Stand,
    /// Its steps, by edge and choice.
    pub(crate) moves: Vec<Own>,
    /// What it offers to others.
    meets: Meets,
    /// What it may touch next, for races. Of edges that need a partner too.
    touches: Vec<(Location, Touch)>,
    mask: TouchMask,
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

/// What a step does to a row.
#[derive(Debug)]
pub(crate) struct Effect {
    status: Option<u32>,
    /// The goroutines that take part, 0 where one has ended.
    own: u32,
    partner: u32,
    /// Goroutines that have been started, by slot.
    started: Vec<(usize, u32)>,
    globals: Vec<(u32, i64)>,
    cells: Vec<(u32, u32, i64)>,
    objects: Vec<(u32, u32)>,
    made: Vec<u32>,
    /// Objects may have to be numbered anew.
    pub(crate) renumbers: bool,
    /// A slot has become free.
    frees: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Touch {
    write: bool,
    atomic: bool,
}

/// Locations by hash, one bit each: plain reads, plain writes, and all reads, all writes.
#[derive(Clone, Copy, Default, Debug)]
struct TouchMask {
    plain_reads: u64,
    plain_writes: u64,
    reads: u64,
    writes: u64,
}

/// A node of the tree of looks, or what has been learnt at its end.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
struct Link(u32);

impl Link {
    const NODE: u32 = 1 << 31;
}

#[derive(Debug)]
struct Node {
    look: Look,
    /// The last answer: often the next.
    value: i64,
    next: Link,
}

/// Goroutines are started from memory only where there are no more slots.
const MOST_SLOTS: usize = 60;

/// So much may be learnt before anybody asks what it is worth.
const FEW: u64 = 1 << 12;

/// Trees of looks, one for each root, with answers at their ends.
#[derive(Default, Debug)]
struct Looks {
    nodes: Vec<Node>,
    next: FxHashMap<(u32, i64), Link>,
}

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
        let tree = |looks: &Looks| looks.nodes.capacity() * size_of::<Node>() + looks.next.capacity() * 24;
        let trees = tree(&self.looks) + tree(&self.pair_looks);
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
            let effect = self.effect(teacher, parts, row, &block.after, (slot, None), &log);
            moves.push(Own { step: None, effect });
        }
        for &step in &steps {
            let mut next = block.after.clone();
            let mark = log.accesses().len();
            step::apply_logged(machine, &mut next, &step, limits, Some(&log))?;
            teacher.release.after(runner, &mut next, [Some(slot), None], Some(&log))?;
            let log = log.part(&block.looked, mark);
            let effect = self.effect(teacher, parts, row, &next, (slot, None), &log);
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
        let mut touches: Vec<(Location, Touch)> = block
            .accesses
            .iter()
            .map(|(access, _)| (access.location, Touch { write: access.write, atomic: false }))
            .chain(next.iter().map(|(at, side)| (*at, Touch { write: side.write, atomic: side.atomic })))
            .collect();
        touches.sort_unstable();
        touches.dedup();
        let at = block.points.last().filter(|_| block.stand == Stand::Waits);
        let at = at.map(|&(routine, point)| machine.point(routine, point));
        let actions = at.map_or(Vec::new(), |point| actions(point, &self.rivals));
        let rivals: Vec<&'static str> =
            steps.iter().filter_map(|step| at.and_then(|it| it.edges[step.edge].races_with)).collect();
        // A routine that `go` starts may run many times over; main runs once, in slot 0.
        let only = slot == 0;
        for &(location, touch) in &touches {
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
        let mask = TouchMask::of(&touches);
        let points = block.points;
        let frame = block.after.goroutine(slot).map_or(Vec::new(), |goroutine| goroutine.frame.clone());
        self.pending.push(Pending {
            stand: block.stand,
            moves,
            meets,
            touches,
            mask,
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
        let effect = self.effect(teacher, parts, row, &next, (step.slot, Some(partner)), &log);
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

    /// The difference between the state at hand and the one after a step, which has made the accesses of `log`. `None` where
    /// that is more than a row can be told.
    fn effect(
        &self,
        teacher: Teacher<'_, '_>,
        parts: &mut Parts<'_>,
        row: &[u32],
        after: &State,
        (slot, partner): (usize, Option<usize>),
        log: &Footprint,
    ) -> Option<Rc<Effect>> {
        let Teacher { machine, state, .. } = teacher;
        if after.end.is_some() || after.heap.len() < state.heap.len() {
            return None;
        }
        let goroutine = |parts: &mut Parts<'_>, slot: usize| {
            after.goroutine(slot).map_or(0, |goroutine| parts.goroutine(goroutine))
        };
        let mut effect = Effect {
            status: (after.main != state.main).then(|| parts.status(after.main, None)),
            own: goroutine(parts, slot),
            partner: partner.map_or(0, |partner| goroutine(parts, partner)),
            started: Vec::new(),
            globals: Vec::new(),
            cells: Vec::new(),
            objects: Vec::new(),
            made: Vec::new(),
            renumbers: false,
            frees: false,
        };
        for other in 0..after.goroutines.len().max(state.goroutines.len()) {
            if other == slot || Some(other) == partner || after.goroutine(other) == state.goroutine(other) {
                continue;
            }
            if state.goroutine(other).is_some() {
                return None;
            }
            effect.started.push((other, goroutine(parts, other)));
            effect.renumbers = true;
        }
        for (slot, part) in [(Some(slot), effect.own), (partner, effect.partner)] {
            if let Some(slot) = slot {
                effect.renumbers |= !parts.refers_alike(row[parts::FIRST + slot], part);
                effect.frees |= part == 0;
            }
        }
        let mut written: Vec<Location> =
            log.accesses().iter().filter(|access| access.write).map(|access| access.location).collect();
        written.sort_unstable();
        written.dedup();
        let is_written = |location: Location| written.binary_search(&location).is_ok();
        // What has changed has been written.
        for (cell, (before, now)) in state.globals.iter().zip(&after.globals).enumerate() {
            if before != now && !is_written(Location::Global(cell)) {
                return None;
            }
        }
        let objects = parts::objects_at(row);
        for (number, (before, now)) in state.heap.iter().zip(&after.heap).enumerate() {
            let (Some(before), Some(now)) = (before, now) else { return None };
            if before == now {
                continue;
            }
            match machine.pool(before.pool).shape {
                Shape::Map { .. } => return None,
                Shape::Channel => {
                    let part = parts.object(now);
                    effect.renumbers |= !parts.objects_refer_alike(row[objects + number], part);
                    effect.objects.push((number as u32, part));
                }
                Shape::Record | Shape::Array => {
                    let changed = before.cells.iter().zip(&now.cells).enumerate();
                    let mut changed = changed.filter(|(_, (before, now))| before != now);
                    let same_length = before.cells.len() == now.cells.len() && before.pool == now.pool;
                    if !same_length
                        || changed.any(|(cell, _)| !is_written(Location::Heap { object: number, cell }))
                    {
                        return None;
                    }
                }
            }
        }
        for location in written {
            match location {
                Location::Global(cell) => {
                    effect.globals.push((cell as u32, *after.globals.get(cell)?));
                    effect.renumbers |= parts.global_refers(cell);
                }
                Location::Heap { object, cell } => {
                    let now = after.heap.get(object)?.as_ref()?;
                    let pool = machine.pool(now.pool);
                    if object >= state.heap.len() || matches!(pool.shape, Shape::Channel) {
                        continue;
                    }
                    effect.cells.push((object as u32, cell as u32, *now.cells.get(cell)?));
                    effect.renumbers |= parts.cell_refers(now.pool, cell);
                }
            }
        }
        for object in &after.heap[state.heap.len()..] {
            effect.made.push(parts.object(object.as_ref()?));
            effect.renumbers = true;
        }
        Some(Rc::new(effect))
    }
}

impl Effect {
    /// Takes the step from `row`: `out` is the row after it, whose objects may have to be numbered anew.
    pub(crate) fn apply(
        &self,
        parts: &mut Parts<'_>,
        row: &[u32],
        slot: usize,
        partner: Option<usize>,
        out: &mut Vec<u32>,
    ) {
        out.clear();
        out.extend_from_slice(row);
        if let Some(status) = self.status {
            out[parts::STATUS] = status;
        }
        for &(cell, value) in &self.globals {
            out[parts::GLOBALS] = parts.write_global(out[parts::GLOBALS], cell, value);
        }
        let objects = parts::objects_at(row);
        for &(object, cell, value) in &self.cells {
            let part = &mut out[objects + object as usize];
            *part = parts.write(*part, cell, value);
        }
        for &(object, part) in &self.objects {
            out[objects + object as usize] = part;
        }
        out.extend_from_slice(&self.made);
        out[parts::FIRST + slot] = self.own;
        if let Some(partner) = partner {
            out[parts::FIRST + partner] = self.partner;
        }
        for &(slot, part) in &self.started {
            while out[parts::SLOTS] as usize <= slot {
                let end = parts::objects_at(out);
                out.insert(end, 0);
                out[parts::SLOTS] += 1;
            }
            out[parts::FIRST + slot] = part;
        }
        if self.frees {
            while out[parts::SLOTS] > 1 && out[parts::objects_at(out) - 1] == 0 {
                let last = parts::objects_at(out) - 1;
                out.remove(last);
                out[parts::SLOTS] -= 1;
            }
        }
    }
}

impl Pending {
    /// What it may touch next: whether it writes there, whether that is part of an operation.
    pub(crate) fn touches(&self) -> impl Iterator<Item = (Location, bool, bool)> + '_ {
        self.touches.iter().map(|&(location, touch)| (location, touch.write, touch.atomic))
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
        if all.meets(one.mask) && live.clone().take(index).any(|other| one.is_in_the_way_of(other)) {
            return true;
        }
        all.add(one.mask);
        let rival = |other: &Pending| other.actions.iter().any(|action| one.rivals.contains(action));
        if !one.rivals.is_empty()
            && live.clone().enumerate().any(|(other, pending)| other != index && rival(pending))
        {
            return true;
        }
    }
    false
}

impl Pending {
    fn is_in_the_way_of(&self, other: &Self) -> bool {
        self.touches.iter().any(|(location, one)| {
            other.touches.iter().any(|(at, other)| {
                at == location && (one.write || other.write) && !(one.atomic && other.atomic)
            })
        })
    }
}

impl TouchMask {
    fn of(touches: &[(Location, Touch)]) -> Self {
        let mut mask = Self::default();
        for &(location, touch) in touches {
            let number = match location {
                Location::Global(cell) => cell.wrapping_mul(0x9e37_79b9),
                Location::Heap { object, cell } => {
                    (object + 1).wrapping_mul(0x85eb_ca6b) ^ cell.wrapping_mul(37)
                }
            };
            let bit = 1 << (number % 61);
            match touch.write {
                true => mask.writes |= bit,
                false => mask.reads |= bit,
            }
            match touch {
                Touch { atomic: true, .. } => {}
                Touch { write: true, .. } => mask.plain_writes |= bit,
                Touch { write: false, .. } => mask.plain_reads |= bit,
            }
        }
        mask
    }

    fn meets(self, other: Self) -> bool {
        let one_way = |a: Self, b: Self| a.plain_writes & (b.reads | b.writes) | a.plain_reads & b.writes;
        one_way(self, other) | one_way(other, self) != 0
    }

    fn add(&mut self, other: Self) {
        self.plain_reads |= other.plain_reads;
        self.plain_writes |= other.plain_writes;
        self.reads |= other.reads;
        self.writes |= other.writes;
    }
}

impl Looks {
    fn find(&self, root: Link, parts: &Parts<'_>, row: &[u32]) -> Option<u32> {
        let mut link = root;
        loop {
            let Link(number) = link;
            if number & Link::NODE == 0 {
                return number.checked_sub(1);
            }
            let at = number ^ Link::NODE;
            let node = &self.nodes[at as usize];
            let value = node.look.value(parts, row);
            link = if value == node.value { node.next } else { *self.next.get(&(at, value))? };
        }
    }

    /// `number` is what there is at the end of `looks`. `false` where the tree has it otherwise: then what was looked at has
    /// not told all.
    fn insert(
        &mut self,
        root: &mut Link,
        looks: &[Look],
        parts: &Parts<'_>,
        row: &[u32],
        number: u32,
    ) -> bool {
        let end = Link(number + 1);
        let mut link = *root;
        let mut from: Option<(u32, i64)> = None;
        for &look in looks {
            if link == Link::default() {
                let value = look.value(parts, row);
                link = Link(Link::NODE | self.nodes.len() as u32);
                self.nodes.push(Node { look, value, next: Link::default() });
                self.set(root, from, link);
            }
            let at = link.0 ^ Link::NODE;
            if link.0 & Link::NODE == 0 || self.nodes[at as usize].look != look {
                return false;
            }
            let value = look.value(parts, row);
            let node = &self.nodes[at as usize];
            link = match value == node.value {
                true => node.next,
                false => self.next.get(&(at, value)).copied().unwrap_or_default(),
            };
            from = Some((at, value));
        }
        let free = link == Link::default();
        if free {
            self.set(root, from, end);
        }
        free
    }

    fn set(&mut self, root: &mut Link, from: Option<(u32, i64)>, link: Link) {
        match from {
            None => *root = link,
            Some((at, value)) => {
                let node = &mut self.nodes[at as usize];
                if node.value == value {
                    node.next = link;
                } else {
                    self.next.insert((at, value), link);
                }
            }
        }
    }
}

impl Look {
    fn value(self, parts: &Parts<'_>, row: &[u32]) -> i64 {
        let object = |number: u32| row[parts::objects_at(row) + number as usize];
        match self {
            Self::Global(cell) => parts.global(row[parts::GLOBALS], cell),
            Self::Cell(number, cell) => parts.cell(object(number), cell),
            Self::Object(number) => i64::from(object(number)),
            Self::Objects => (row.len() - parts::objects_at(row)) as i64,
            Self::Slots => {
                let slots = &row[parts::FIRST..parts::objects_at(row)];
                match slots.len() {
                    0..=MOST_SLOTS => slots.iter().fold(1, |mask, &part| mask << 1 | i64::from(part != 0)),
                    // Nothing has been learnt about these.
                    _ => -1,
                }
            }
        }
    }
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

/// What accesses depend on, in order, each once. What existed only after the state is not part of it.
fn looks(machine: &Machine, state: &State, accesses: &[Access], reach: Reach) -> Vec<Look> {
    let mut looks = Vec::new();
    if reach.makes {
        looks.push(Look::Objects);
    }
    if reach.starts {
        looks.push(Look::Slots);
    }
    for access in accesses {
        let look = match access.location {
            Location::Global(_) if access.write => continue,
            Location::Global(cell) => Look::Global(cell as u32),
            Location::Heap { object, cell } => {
                let Some(known) = state.heap.get(object).and_then(Option::as_ref) else { continue };
                match machine.pool(known.pool).shape {
                    Shape::Channel | Shape::Map { .. } => Look::Object(object as u32),
                    Shape::Record | Shape::Array if access.write => continue,
                    Shape::Record | Shape::Array => Look::Cell(object as u32, cell as u32),
                }
            }
        };
        if !looks.contains(&look) {
            looks.push(look);
        }
    }
    looks
}

/// The actions of an operation that are rivals of some edge.
fn actions(point: &Point, rivals: &[&'static str]) -> Vec<&'static str> {
    let PointKind::Operation(operation) = &point.kind else { return Vec::new() };
    operation.acts.iter().map(|act| act.action).filter(|action| rivals.contains(action)).collect()
}
