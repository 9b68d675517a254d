//! What others can do while a few goroutines stand still.
//!
//! In: a state, and what those few have pending. Out: whether anything that the others can do before one of the few
//! moves is in their way. The others' graphs are walked from where they stand. An edge whose guard does not hold, and
//! does not with any of the values that its cells can have meanwhile, is not taken: nobody gets past a lock that one of
//! the few holds. Nor is half of a rendezvous of which the walk has not met the other half. The walk ends when no more
//! edges open up.
//!
//! What one of the few does to a cell may be added to, or be the other end of a queue. Then the others may do the same,
//! as long as no guard tells the difference: neither one of the few, whatever values the cell can have, nor one of the
//! others, with what the few do and without.

use std::collections::VecDeque;

use super::bits::Bits;
use super::facts::{EdgeFacts, Facts, Kind, PointFacts, Touch, Where};
use super::targets::{Class, Targets};
use super::values::{Changes, Trust, Values};
use super::view::View;
use crate::commands::{RoutineId, queue};
use crate::machine::footprint::Location;
use crate::machine::state::Ref;
use crate::machine::{Edge, Machine, PointId};

/// Something that one of the few has pending.
#[derive(Clone, Copy, Debug)]
pub(super) struct Own {
    pub(super) location: Location,
    pub(super) class: Class,
    pub(super) kind: Kind,
    /// Not part of an operation.
    pub(super) plain: bool,
    /// Read by nothing but a guard of [`Chosen`].
    pub(super) guard: bool,
}

/// The operation that the only one of the few has pending, where it has one step.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chosen<'a> {
    pub(super) routine: RoutineId,
    pub(super) point: PointId,
    pub(super) edge: usize,
    /// Its frame when it comes there.
    pub(super) frame: &'a [i64],
}

/// Half of a rendezvous that one of the few has on offer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Offer {
    pub(super) channel: usize,
    pub(super) class: Class,
    pub(super) sends: bool,
}

/// Where a touch is, in a state.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum At {
    /// It never comes to be.
    Never,
    Cell(Location),
    /// Somewhere in its classes.
    Classes,
}

/// Goroutines other than the few that are the same in all; or (without a slot) all those of a routine that the others can
/// start.
#[derive(Clone, Copy, Debug)]
struct Walker {
    slot: Option<usize>,
    routine: RoutineId,
    start: PointId,
    /// How many they are.
    count: i64,
}

/// An edge that has not been taken, and how far it has got.
#[derive(Clone, Copy, Debug)]
struct Shut {
    walker: usize,
    point: PointId,
    edge: usize,
    /// Its guard may hold; it lacks the other half of a rendezvous.
    alone: bool,
}

/// Half of a rendezvous that the walk has met.
#[derive(Clone, Copy, Debug)]
struct Half<'a> {
    walker: usize,
    sends: bool,
    at: At,
    classes: &'a [Class],
}

/// A walk.
#[derive(Debug)]
pub(super) struct Region<'a, 'm> {
    machine: &'m Machine,
    facts: &'a Facts<'m>,
    targets: &'a Targets<'m>,
    view: View<'a>,
    own: &'a [Own],
    offers: &'a [Offer],
    chosen: Option<Chosen<'a>>,
    /// What the others may ever write.
    ever: Bits,
    walkers: Vec<Walker>,
    visited: Vec<Bits>,
    pending: VecDeque<(usize, PointId)>,
    shut: Vec<Shut>,
    halves: Vec<Half<'a>>,
    changes: Changes,
    /// Edges that have been taken, at points that nobody comes back to, with what they change.
    taken: Vec<(usize, PointId, Location, Kind)>,
    /// Points with guards that read what the few change.
    watching: Vec<(usize, PointId)>,
    /// The others change what guards of `chosen` read.
    guarded: bool,
}

/// Something is in the way.
struct InTheWay;

type Free = Result<(), InTheWay>;

impl<'a, 'm> Region<'a, 'm> {
    pub(super) fn new(
        machine: &'m Machine,
        facts: &'a Facts<'m>,
        targets: &'a Targets<'m>,
        view: View<'a>,
        (own, offers, chosen): (&'a [Own], &'a [Offer], Option<Chosen<'a>>),
    ) -> Self {
        Self {
            machine,
            facts,
            targets,
            view,
            own,
            offers,
            chosen,
            ever: Bits::new(targets.count()),
            walkers: Vec::new(),
            visited: Vec::new(),
            pending: VecDeque::new(),
            shut: Vec::new(),
            halves: Vec::new(),
            changes: Changes::new(targets.count()),
            taken: Vec::new(),
            watching: Vec::new(),
            guarded: false,
        }
    }

    /// Whether nothing that the goroutines in `others` can do is in the way.
    pub(super) fn clears(mut self, others: impl Iterator<Item = usize>) -> bool {
        for slot in others {
            let same = |it: &Walker| it.slot.is_some_and(|other| self.view.is_same(slot, other));
            if let Some(known) = self.walkers.iter().position(same) {
                self.walkers[known].count += 1;
                continue;
            }
            let (routine, start) = self.view.place(slot);
            self.ever.unite(&self.facts[routine.0 as usize][start.0 as usize].future.writes);
            self.add(Walker { slot: Some(slot), routine, start, count: 1 });
        }
        self.walk().is_ok()
            && (!self.guarded || self.chosen_stays())
            && self.watching.iter().all(|&(walker, point)| self.tells_no_difference(walker, point))
    }

    fn add(&mut self, walker: Walker) {
        let points = self.facts[walker.routine.0 as usize].len();
        self.pending.push_back((self.walkers.len(), walker.start));
        self.walkers.push(walker);
        self.visited.push(Bits::new(points));
    }

    fn walk(&mut self) -> Free {
        loop {
            // What is near is looked at first: it is in the way more often.
            while let Some((walker, at)) = self.pending.pop_front() {
                if self.visited[walker].add(at.0 as usize) {
                    self.point(walker, at)?;
                }
            }
            let shut = std::mem::take(&mut self.shut);
            let before = shut.len();
            for edge in shut {
                match edge.alone {
                    true => self.meet(edge)?,
                    false => self.edge(edge)?,
                }
            }
            if self.pending.is_empty() && self.shut.len() == before {
                return Ok(());
            }
        }
    }

    fn facts_at(&self, walker: usize, at: PointId) -> &'a PointFacts<'m> {
        let facts: &'a Facts<'m> = self.facts;
        &facts[self.walkers[walker].routine.0 as usize][at.0 as usize]
    }

    fn edges_at(&self, walker: usize, at: PointId) -> &'m [Edge] {
        &self.machine.point(self.walkers[walker].routine, at).edges
    }

    fn facts_of(&self, edge: Shut) -> &'a EdgeFacts<'m> {
        &self.facts_at(edge.walker, edge.point).edges[edge.edge]
    }

    /// What a walker can know of values.
    fn values(&self, walker: usize) -> Values<'_, 'm> {
        let Walker { slot, routine, start, count: _ } = self.walkers[walker];
        let frame = slot.map(|slot| {
            let facts = &self.facts[routine.0 as usize][start.0 as usize];
            (self.view.frame(slot), Some(&facts.written))
        });
        Values { targets: self.targets, view: self.view, frame, ever: &self.ever, changes: &self.changes }
    }

    fn point(&mut self, walker: usize, at: PointId) -> Free {
        let facts = self.facts_at(walker, at);
        let edges = self.edges_at(walker, at);
        let falls = edges.iter().any(|edge| edge.fallback);
        for (number, edge) in edges.iter().enumerate() {
            let shut = Shut { walker, point: at, edge: number, alone: false };
            if self.may_hold(walker, at, edge) {
                self.open(shut)?;
                continue;
            }
            // The reasons of a guard that keeps being false may change, but not plainly; nor where there is a `default`.
            for touch in &facts.edges[number].guard {
                self.guard(walker, at, touch, !falls)?;
            }
            self.shut.push(shut);
        }
        Ok(())
    }

    /// Whether the guard of an edge may hold before one of the few moves.
    fn may_hold(&self, walker: usize, at: PointId, edge: &Edge) -> bool {
        let values = self.values(walker);
        match values.value(&edge.guard, Trust::Unchanged(&[])) {
            Some(value) => value != 0,
            None => values.may_hold(&edge.guard, &self.own_changes(walker, at)),
        }
    }

    /// What has been counted for a point itself: who is there has not done it.
    fn own_changes(&self, walker: usize, at: PointId) -> Vec<(Location, Kind)> {
        let here = self.taken.iter().filter(|it| (it.0, it.1) == (walker, at));
        here.map(|&(_, _, location, kind)| (location, kind)).collect()
    }

    /// Looks again at an edge whose guard did not hold.
    fn edge(&mut self, edge: Shut) -> Free {
        if self.may_hold(edge.walker, edge.point, &self.edges_at(edge.walker, edge.point)[edge.edge]) {
            return self.open(edge);
        }
        self.shut.push(edge);
        Ok(())
    }

    /// Goes on with an edge whose guard may hold.
    fn open(&mut self, edge: Shut) -> Free {
        let facts = self.facts_of(edge);
        for touch in &facts.guard {
            self.guard(edge.walker, edge.point, touch, false)?;
        }
        if half(facts).is_some() {
            // Whether somebody waits for a rendezvous depends on all the guards.
            for other in &self.facts_at(edge.walker, edge.point).edges {
                for touch in &other.guard {
                    self.guard(edge.walker, edge.point, touch, false)?;
                }
            }
        }
        let Some(half) = half(facts) else { return self.take(edge) };
        let at = self.find(edge.walker, half);
        let sends = half.kind == Kind::Send;
        for offer in self.offers {
            if offer.sends != sends && may_be(at, &half.classes, offer.channel, offer.class) {
                return Err(InTheWay);
            }
        }
        self.halves.push(Half { walker: edge.walker, sends, at, classes: &half.classes });
        self.meet(edge)
    }

    /// Takes half of a rendezvous, if the other half is there.
    fn meet(&mut self, edge: Shut) -> Free {
        let Some(half) = half(self.facts_of(edge)) else { return Ok(()) };
        let at = self.find(edge.walker, half);
        let sends = half.kind == Kind::Send;
        let several = self.walkers[edge.walker].count > 1;
        let partner = self.halves.iter().any(|other| {
            other.sends != sends
                && (other.walker != edge.walker || several)
                && match (at, other.at) {
                    (At::Never, _) | (_, At::Never) => false,
                    (At::Cell(one), At::Cell(other)) => one == other,
                    _ => half.classes.iter().any(|class| other.classes.contains(class)),
                }
        });
        match partner {
            true => self.take(edge),
            false => {
                self.shut.push(Shut { alone: true, ..edge });
                Ok(())
            }
        }
    }

    /// Takes an edge.
    fn take(&mut self, edge: Shut) -> Free {
        let facts = self.facts_of(edge);
        let walker = self.walkers[edge.walker];
        let again = self.facts_at(edge.walker, edge.point).cyclic || walker.slot.is_none();
        let times = if again { i64::MAX } else { walker.count };
        for touch in &facts.touches {
            self.touch(edge.walker, touch)?;
            if touch.kind.writes() {
                match self.find(edge.walker, touch) {
                    At::Never => {}
                    At::Cell(location) => {
                        self.changes.add(location, touch.kind, times);
                        if !again {
                            self.taken.push((edge.walker, edge.point, location, touch.kind));
                        }
                    }
                    At::Classes => self.changes.add_classes(&touch.classes),
                }
            }
        }
        for &target in &facts.targets {
            self.pending.push_back((edge.walker, target));
        }
        for &routine in &facts.starts {
            let known = |it: &Walker| it.slot.is_none() && it.routine == routine;
            if !self.walkers.iter().any(known) {
                let start = self.machine.routine(routine).entry;
                self.add(Walker { slot: None, routine, start, count: i64::MAX });
            }
        }
        Ok(())
    }

    /// Compares what a guard reads with what the few have pending. `looks`: with what they write plainly only.
    fn guard(&mut self, walker: usize, point: PointId, touch: &Touch<'m>, looks: bool) -> Free {
        let own = self.own;
        let mut at = None;
        for own in own.iter().filter(|own| own.kind.writes() && (own.plain || !looks)) {
            if !touch.classes.contains(&own.class) {
                continue;
            }
            let at = *at.get_or_insert_with(|| self.find(walker, touch));
            match at {
                At::Never => {}
                At::Cell(location) if location != own.location => {}
                At::Cell(_) if !own.plain && !touch.plain && own.kind != Kind::Write => {
                    if !self.watching.contains(&(walker, point)) {
                        self.watching.push((walker, point));
                    }
                }
                At::Cell(_) | At::Classes => return Err(InTheWay),
            }
        }
        Ok(())
    }

    /// Compares what an edge does with what the few have pending.
    fn touch(&mut self, walker: usize, touch: &Touch<'m>) -> Free {
        if matches!(touch.kind, Kind::Send | Kind::Receive) {
            return Ok(());
        }
        let own = self.own;
        let mut at = None;
        for own in own.iter().filter(|own| own.kind.writes() || touch.kind.writes()) {
            if !touch.classes.contains(&own.class) {
                continue;
            }
            let at = *at.get_or_insert_with(|| self.find(walker, touch));
            match at {
                At::Never => {}
                At::Cell(location) if location != own.location => {}
                At::Cell(_) if !own.plain && !touch.plain && own.kind.commutes(touch.kind) => {}
                At::Cell(_) if own.guard && !touch.plain && touch.kind != Kind::Write => self.guarded = true,
                At::Cell(_) | At::Classes => return Err(InTheWay),
            }
        }
        Ok(())
    }

    /// Whether `chosen` is as it is, whatever the others do.
    fn chosen_stays(&self) -> bool {
        let Some(chosen) = self.chosen else { return false };
        let edges = &self.machine.point(chosen.routine, chosen.point).edges;
        let taken = &edges[chosen.edge];
        let values = Values {
            targets: self.targets,
            view: self.view,
            frame: Some((chosen.frame, None)),
            ever: &self.ever,
            changes: &self.changes,
        };
        let guards: Vec<_> = edges.iter().map(|edge| &edge.guard).collect();
        values.always(&guards, &[], &[], |truths, _| {
            let same = |(edge, truth): (&Edge, &Option<bool>)| *truth == Some(false) || is_same(edge, taken);
            edges.iter().zip(truths).all(same)
                && edges.iter().zip(truths).any(|(edge, truth)| *truth == Some(true) && is_same(edge, taken))
        })
    }

    /// Whether the guards at a point let the same pass with what the few do and without.
    fn tells_no_difference(&self, walker: usize, point: PointId) -> bool {
        let edges = self.edges_at(walker, point);
        let own: Vec<(Location, Kind)> =
            self.own.iter().filter(|own| own.kind.writes()).map(|own| (own.location, own.kind)).collect();
        let guards: Vec<_> = edges.iter().map(|edge| &edge.guard).collect();
        self.values(walker).always(&guards, &own, &self.own_changes(walker, point), |before, after| {
            let minds = edges.iter().any(|edge| edge.fallback)
                || edges.iter().zip(before).any(|(edge, truth)| edge.meet.is_some() && *truth != Some(false));
            if minds {
                return before.iter().zip(after).all(|(before, after)| before.is_some() && before == after);
            }
            let passes = |edge: &Edge| {
                let mut others = edges.iter().zip(after);
                others.any(|(other, truth)| *truth == Some(true) && is_same(other, edge))
            };
            edges.iter().zip(before).all(|(edge, truth)| *truth == Some(false) || passes(edge))
        })
    }

    fn find(&self, walker: usize, touch: &Touch<'m>) -> At {
        if self.walkers[walker].slot.is_none() {
            return At::Classes;
        }
        let values = self.values(walker);
        match values.find(touch.at) {
            None => At::Classes,
            Some(None) => At::Never,
            Some(Some(location)) => At::Cell(location),
        }
    }
}

impl Values<'_, '_> {
    /// Where a touch is. `None` where that is not known, `Some(None)` where it is nowhere.
    #[allow(clippy::option_option, reason = "nowhere is not unknown")]
    pub(super) fn find(&self, at: Where<'_>) -> Option<Option<Location>> {
        match at {
            Where::Unknown => None,
            Where::Place(place) => self.location(place, Trust::Stable),
            Where::Queue(channel) => {
                let channel = Ref::unpack(self.value(channel, Trust::Stable)?);
                Some(channel.map(|channel| Location::Heap {
                    object: channel.object as usize,
                    cell: queue::LEN as usize,
                }))
            }
        }
    }
}

/// Whether two edges of a point do the same.
fn is_same(one: &Edge, other: &Edge) -> bool {
    let fixed = |edge: &Edge| edge.meet.is_none() && !edge.fallback && edge.choose.is_none();
    std::ptr::eq(one, other)
        || fixed(one) && fixed(other) && one.commands == other.commands && one.target == other.target
}

fn half<'a, 'm>(facts: &'a EdgeFacts<'m>) -> Option<&'a Touch<'m>> {
    facts.touches.iter().find(|touch| matches!(touch.kind, Kind::Send | Kind::Receive))
}

/// Whether a channel can be the one with the number `channel`.
fn may_be(at: At, classes: &[Class], channel: usize, class: Class) -> bool {
    match at {
        At::Never => false,
        At::Cell(Location::Heap { object, .. }) => object == channel,
        At::Cell(Location::Global(_)) | At::Classes => classes.contains(&class),
    }
}
