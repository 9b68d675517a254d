//! Stubborn sets: of steps that are in nobody's way, one is enough.
//!
//! In: a state, and what each goroutine has pending. Out: some of its steps, so few that the others can wait: those of
//! one goroutine, or of the two sides of a rendezvous, when nothing that all the others can do before one of them moves
//! touches what they have pending. Then each of their steps commutes with every run of the others (D1), stays possible
//! meanwhile (D2), and no run of the others gives them another. What such a run comes to, it comes to after their step
//! too: ends in which goroutines are stuck, panics, races, points that are reached.
//!
//! `releases` are steps of which that is known without a state.
//! `facts` are what can be touched from each point on, `targets` to what references can lead, `region` walks what the
//! others can do in a state. The search sees to it that nothing waits for ever: where all steps of a set lead back, it
//! takes all of the state's.

mod bits;
mod facts;
mod region;
mod releases;
mod targets;
mod trial;
mod values;
mod view;

pub(crate) use self::releases::Releases;
pub(crate) use self::trial::Trial;

use self::bits::Bits;
use self::facts::{Facts, Kind, facts};
use self::region::{Chosen, Offer, Own, Region};
use self::targets::Targets;
use self::values::{Changes, Values};
use self::view::View;
use super::memo::Pending;
use super::moves::Move;
use super::parts::Parts;
use crate::commands::{Base, Expr, Place};
use crate::machine::footprint::Location;
use crate::machine::state::Ref;
use crate::machine::visit::{self, Visit};
use crate::machine::{Machine, PointKind};

/// Finds the sets.
#[derive(Debug)]
pub(crate) struct Stubborn<'m> {
    machine: &'m Machine,
    targets: Targets<'m>,
    facts: Facts<'m>,
    /// What the properties read: whoever writes it is seen.
    watched: Bits,
    /// Goroutines, by slot, whose steps may do alone, with how many steps they have.
    groups: Vec<(usize, [usize; 2])>,
    /// By routine, then point.
    luck: Vec<Vec<Luck>>,
    own: Vec<Own>,
    offers: Vec<Offer>,
}

/// How often a goroutine that stands somewhere could go alone.
#[derive(Clone, Copy, Default, Debug)]
struct Luck {
    tries: u32,
    wins: u32,
}

impl Luck {
    /// The best first.
    fn rank(self) -> u32 {
        (self.tries - self.wins) * 16 / (self.tries + 1)
    }

    /// Whether it is hardly worth a try; some are made all the same.
    fn passes(&mut self) -> bool {
        let poor = self.tries >= 64 && self.wins < self.tries / 64;
        if poor {
            self.tries += 1;
        }
        poor && !self.tries.is_multiple_of(16)
    }

    fn count(&mut self, win: bool) {
        self.tries += 1;
        self.wins += u32::from(win);
        if self.tries >= 1 << 16 {
            // What is long ago counts less.
            (self.tries, self.wins) = (self.tries / 2, self.wins / 2);
        }
    }
}

/// Why there are no stubborn sets.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Without {
    /// By option.
    Unwanted,
    /// The search was over before it was known whether they are worth it.
    Small,
    /// In too many states more than one step would be needed.
    Dear,
    /// Timers step whenever they like.
    Clocks,
    /// A property reads objects.
    Objects,
    /// Something was found, and its shortest run was searched for.
    Found,
}

impl<'m> Stubborn<'m> {
    pub(crate) fn new(machine: &'m Machine) -> Result<Self, Without> {
        if machine.routines.iter().any(|routine| routine.environment) {
            return Err(Without::Clocks);
        }
        let targets = Targets::new(machine);
        let watched = watched(machine, &targets).ok_or(Without::Objects)?;
        let facts = facts(machine, &targets);
        let luck = facts.iter().map(|points| vec![Luck::default(); points.len()]).collect();
        Ok(Self {
            machine,
            targets,
            facts,
            watched,
            luck,
            groups: Vec::new(),
            own: Vec::new(),
            offers: Vec::new(),
        })
    }

    /// Steps of the state `row` that may do alone, by their places in `moves`, go to `chosen`. `false` where all have to be
    /// taken. `pending` says what each slot has pending.
    pub(crate) fn choose<'a>(
        &mut self,
        parts: &Parts<'_>,
        row: &[u32],
        moves: &[Move],
        pending: impl Fn(usize) -> Option<&'a Pending>,
        chosen: &mut Vec<usize>,
    ) -> bool {
        let view = View { parts, row };
        let mut groups = std::mem::take(&mut self.groups);
        groups.clear();
        for step in moves {
            let group = [step.slot(), step.partner().unwrap_or(step.slot())];
            if !groups.iter().any(|(_, known)| *known == group) {
                groups.push((0, group));
            }
        }
        let belongs = |step: &Move, group: [usize; 2]| {
            group.contains(&step.slot()) && step.partner().is_none_or(|partner| group.contains(&partner))
        };
        for (count, group) in &mut groups {
            *count = moves.iter().filter(|step| belongs(step, *group)).count();
        }
        groups.retain(|(count, _)| *count < moves.len());
        let at = |group: &[usize; 2]| pending(group[0]).and_then(|it| it.points.last().copied());
        groups.sort_by_key(|(count, group)| {
            let luck = at(group).map(|(routine, point)| self.luck[routine.0 as usize][point.0 as usize]);
            (*count, luck.map_or(0, Luck::rank))
        });
        let found = groups.iter().find(|(_, group)| {
            let at = at(group);
            let known = at.map(|(routine, point)| (routine.0 as usize, point.0 as usize));
            if known.is_some_and(|(routine, point)| self.luck[routine][point].passes()) {
                return false;
            }
            let mut edges = moves.iter().filter(|step| belongs(step, *group)).map(Move::edge);
            let edge = edges.next().flatten().filter(|&edge| edges.all(|other| other == Some(edge)));
            let alone = self.is_alone(view, *group, edge, &pending);
            if let Some((routine, point)) = known {
                self.luck[routine][point].count(alone);
            }
            alone
        });
        chosen.clear();
        if let Some((_, group)) = found {
            let all = moves.iter().enumerate().filter(|(_, step)| belongs(step, *group));
            chosen.extend(all.map(|(index, _)| index));
        }
        self.groups = groups;
        !chosen.is_empty()
    }

    /// Whether nothing that goroutines outside `group` can do before it moves is in its way. `edge`: all its steps are one
    /// goroutine's operation along that.
    fn is_alone<'a>(
        &mut self,
        view: View<'_>,
        group: [usize; 2],
        edge: Option<usize>,
        pending: &impl Fn(usize) -> Option<&'a Pending>,
    ) -> bool {
        self.own.clear();
        self.offers.clear();
        let members = if group[0] == group[1] { &group[..1] } else { &group[..] };
        for &slot in members {
            let Some(pending) = pending(slot) else { return false };
            for (location, write, atomic) in pending.touches() {
                let class = match location {
                    Location::Global(cell) => self.targets.global(cell),
                    Location::Heap { object, cell } => match view.pool(object) {
                        Some(pool) => self.targets.object(pool, cell),
                        None => return false,
                    },
                };
                if write && self.watched.has(class) {
                    return false;
                }
                let kind = if write { Kind::Write } else { Kind::Read };
                self.own.push(Own { location, class, kind, plain: !atomic, guard: false });
            }
            for (halves, sends) in pending.halves().into_iter().zip([true, false]) {
                for half in halves {
                    let Some(channel) = Ref::unpack(half.channel()) else { continue };
                    let channel = channel.object as usize;
                    let Some(pool) = view.pool(channel) else { return false };
                    self.offers.push(Offer { channel, class: self.targets.object(pool, 0), sends });
                }
            }
        }
        let others = || view.slots().filter(|slot| !group.contains(slot));
        if !self.may_meet(view, others()) {
            return true;
        }
        // What nobody else can get at is in nobody's way.
        let reached = view.reached(others());
        self.own.retain(|own| match own.location {
            Location::Global(_) => true,
            Location::Heap { object, .. } => reached.get(object).is_none_or(|&reached| reached),
        });
        self.offers.retain(|offer| reached.get(offer.channel).is_none_or(|&reached| reached));
        let chosen = match (members, edge) {
            (&[slot], Some(edge)) if self.offers.is_empty() => {
                pending(slot).and_then(|pending| self.refine(view, pending, edge, &reached))
            }
            _ => None,
        };
        if others().any(|slot| pending(slot).is_some_and(|other| self.is_met_by(other))) {
            return false;
        }
        let pending = (&self.own[..], &self.offers[..], chosen);
        Region::new(self.machine, &self.facts, &self.targets, view, pending).clears(others())
    }

    /// Whether something that another goroutine can do next is in the way for sure.
    fn is_met_by(&self, other: &Pending) -> bool {
        if other.moves.is_empty() {
            return false;
        }
        let meets = |own: &Own, write: bool| match own.kind {
            Kind::Write => true,
            Kind::Put(_) => write,
            Kind::Read => write && !own.guard,
            Kind::Add(_) | Kind::Push | Kind::Pop | Kind::Send | Kind::Receive => false,
        };
        let mut touches = other.touches();
        touches.any(|(location, write, _)| {
            self.own.iter().any(|own| own.location == location && meets(own, write))
        })
    }

    /// Says more precisely what the operation does that is pending, and has only steps along `edge`. `None`, and nothing
    /// done, where that is not known.
    fn refine<'a>(
        &mut self,
        view: View<'_>,
        pending: &'a Pending,
        edge: usize,
        reached: &[bool],
    ) -> Option<Chosen<'a>> {
        let &(routine, point) = pending.points.last()?;
        let at = self.machine.point(routine, point);
        if !matches!(at.kind, PointKind::Operation(_)) || at.edges.iter().any(|edge| edge.fallback) {
            return None;
        }
        let facts = &self.facts[routine.0 as usize][point.0 as usize];
        let none = Changes::new(self.targets.count());
        let ever = Bits::new(self.targets.count());
        let values = Values {
            targets: &self.targets,
            view,
            frame: Some((&pending.frame, None)),
            ever: &ever,
            changes: &none,
        };
        let mut own: Vec<Own> = self.own.iter().copied().filter(|own| own.plain).collect();
        let plain = own.len();
        let guards = facts.edges.iter().flat_map(|edge| &edge.guard).map(|touch| (touch, true));
        let effects = facts.edges.get(edge)?.touches.iter().map(|touch| (touch, false));
        for (touch, guard) in guards.chain(effects) {
            if matches!(touch.kind, Kind::Send | Kind::Receive) {
                return None;
            }
            let Some(location) = values.find(touch.at)? else { continue };
            let class = match location {
                Location::Heap { object, .. } if view.pool(object).is_none() => continue,
                Location::Heap { .. } | Location::Global(_) => values.class(location)?,
            };
            if own[..plain].iter().any(|own| own.location == location && own.kind.writes()) {
                // The block has changed it, and the state does not say to what.
                return None;
            }
            let same = |own: &Own| own.location == location;
            if !guard && touch.kind.writes() && own[plain..].iter().any(|own| same(own) && own.kind.writes())
            {
                return None;
            }
            own.push(Own { location, class, kind: touch.kind, plain: false, guard });
        }
        own.retain(|own| match own.location {
            Location::Global(_) => true,
            Location::Heap { object, .. } => reached.get(object).is_none_or(|&reached| reached),
        });
        self.own = own;
        Some(Chosen { routine, point, edge, frame: &pending.frame })
    }

    /// Whether, as far as classes of cells tell, the others can ever be in the way.
    fn may_meet(&self, view: View<'_>, mut others: impl Iterator<Item = usize>) -> bool {
        others.any(|slot| {
            let (routine, point) = view.place(slot);
            let future = &self.facts[routine.0 as usize][point.0 as usize].future;
            let meets =
                |own: &Own| future.writes.has(own.class) || own.kind.writes() && future.reads.has(own.class);
            let partner = |offer: &Offer| match offer.sends {
                true => future.receives.has(offer.class),
                false => future.sends.has(offer.class),
            };
            self.own.iter().any(meets) || self.offers.iter().any(partner)
        })
    }
}

/// What properties read. `None` where that is in objects.
fn watched(machine: &Machine, targets: &Targets<'_>) -> Option<Bits> {
    let mut watch = Watch { targets, watched: Bits::new(targets.count()), objects: false };
    let properties = &machine.properties;
    for property in properties.always.iter().chain(&properties.covers) {
        visit::expr(&property.cond, &mut watch);
    }
    if watch.objects { None } else { Some(watch.watched) }
}

/// Gathers what properties read.
struct Watch<'a, 'm> {
    targets: &'a Targets<'m>,
    watched: Bits,
    objects: bool,
}

impl Visit for Watch<'_, '_> {
    fn expr(&mut self, expr: &Expr) {
        self.objects |= matches!(expr, Expr::Entry(_));
    }

    fn place(&mut self, place: &Place) {
        match &place.base {
            Base::Local(_) => {}
            Base::Memory(_) => self.objects = true,
            Base::Global(_) => {
                // Properties see no frame.
                for class in self.targets.of_place(crate::commands::RoutineId(0), place) {
                    self.watched.add(class);
                }
            }
        }
    }
}
