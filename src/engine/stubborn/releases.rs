//! Operations that only give something back: nobody else is ever in their way.
//!
//! In: a Machine. Out: the points at which a goroutine stands before such an operation. A *latch* is a cell that is 0 or 1, that
//! an edge sets to 1 only where it was 0, and that only who has set it sets to 0 again; nobody else looks whether it is 1.
//! So while one goroutine holds it nobody else touches it, and giving it back commutes with all that the others do
//! meanwhile, stays possible, and opens no other way to the one who holds it: it is a strong stubborn set of its own, known
//! without looking at a state. (A left mover: Lipton, *Reduction: a method of proving properties of parallel programs*,
//! CACM 1975.) No primitive has to say that it is a lock.
//!
//! Who holds what at a point is a forward analysis of each routine: places whose address is made of locals only,
//! held on all ways there.

use super::bits::Bits;
use super::facts::{EdgeFacts, Facts, Kind, PointFacts, Touch, Where, facts};
use super::targets::Targets;
use super::watched;
use crate::commands::{Base, Command, Expr, Place, RoutineId};
use crate::machine::visit::{self, Visit};
use crate::machine::{Edge, Machine, PointId, PointKind, Routine};

/// Where such operations are.
#[derive(Debug)]
pub(crate) struct Releases {
    /// By routine, then point: the edge that gives back.
    edges: Vec<Vec<Option<usize>>>,
}

impl Releases {
    /// Finds them. `None` where there are none.
    pub(crate) fn new(machine: &Machine) -> Option<Self> {
        if !machine.edges().any(may_give_back) {
            return None;
        }
        let mut latches = Latches::new(machine)?;
        latches.judge();
        let routines = machine.routines.iter().zip(&latches.held).zip(0..);
        let edges: Vec<Vec<Option<usize>>> = routines
            .map(|((routine, held), id)| {
                let at = |(point, held): (usize, &Option<Vec<&Place>>)| {
                    latches.release_at(RoutineId(id), routine, point, held.as_deref()?)
                };
                held.iter().enumerate().map(at).collect()
            })
            .collect();
        edges.iter().flatten().any(Option::is_some).then_some(Self { edges })
    }

    /// The edge by which a goroutine at `point` of `routine` gives something back.
    pub(crate) fn edge(&self, routine: RoutineId, point: PointId) -> Option<usize> {
        self.edges[routine.0 as usize][point.0 as usize]
    }
}

struct Latches<'m> {
    machine: &'m Machine,
    targets: Targets<'m>,
    facts: Facts<'m>,
    /// By routine, then point: what is held there on all ways; `None` where no way leads.
    held: Vec<Vec<Option<Vec<&'m Place>>>>,
    /// Classes of cells that are no latches.
    spoilt: Bits,
}

impl<'m> Latches<'m> {
    fn new(machine: &'m Machine) -> Option<Self> {
        let targets = Targets::new(machine);
        // What a property reads is seen.
        let spoilt = watched(machine, &targets)?;
        let facts = facts(machine, &targets);
        let held = machine.routines.iter().zip(&facts).map(|(routine, facts)| held(routine, facts)).collect();
        Some(Self { machine, targets, facts, held, spoilt })
    }

    /// Finds out which classes are no latches.
    fn judge(&mut self) {
        let Self { machine, ref facts, ref held, ref mut spoilt, .. } = *self;
        for (((routine, facts), held), id) in machine.routines.iter().zip(facts).zip(held).zip(0..) {
            for ((point, facts), held) in routine.points.iter().zip(facts).zip(held) {
                for (edge, facts) in point.edges.iter().zip(&facts.edges) {
                    for touch in facts.guard.iter().chain(&facts.touches) {
                        if !is_fair(edge, facts, touch, held.as_deref().unwrap_or_default()) {
                            touch.classes.iter().for_each(|&class| _ = spoilt.add(class));
                        }
                    }
                }
                if let Some(unwind) = &point.unwind {
                    for place in [&unwind.value.0, &unwind.value.1, &unwind.mode] {
                        if !matches!(place.base, Base::Local(_)) {
                            self.targets
                                .of_place(RoutineId(id), place)
                                .iter()
                                .for_each(|&class| _ = spoilt.add(class));
                        }
                    }
                }
            }
        }
    }

    /// The edge of `point` that gives back what is held there, where nothing else can happen at that point.
    fn release_at(
        &self,
        id: RoutineId,
        routine: &'m Routine,
        point: usize,
        held: &[&Place],
    ) -> Option<usize> {
        let (at, facts) = (&routine.points[point], &self.facts[id.0 as usize][point]);
        let PointKind::Operation(operation) = &at.kind else { return None };
        let rivals = || self.machine.edges().filter_map(|edge| edge.races_with);
        if operation.idle || operation.acts.iter().any(|act| rivals().any(|rival| rival == act.action)) {
            return None;
        }
        let plain = |edge: &Edge| {
            edge.meet.is_none() && edge.choose.is_none() && !edge.fallback && edge.races_with.is_none()
        };
        if !at.edges.iter().all(plain) {
            return None;
        }
        let (index, place) =
            at.edges.iter().zip(&facts.edges).enumerate().find_map(|(index, (edge, facts))| {
                let place = held.iter().find(|place| gives_back(edge, facts, place))?;
                Some((index, *place))
            })?;
        let mut touches = facts.edges.iter().flat_map(|edge| edge.guard.iter().chain(&edge.touches));
        let known = touches.all(|touch| {
            matches!(touch.at, Where::Place(at) if at == place)
                && touch.classes.iter().all(|&class| !self.spoilt.has(class))
        });
        known.then_some(index)
    }
}

/// Whether `touch` is what a latch allows: by an edge that is taken only where the cell is 0, or by who holds it, to give it back.
fn is_fair(edge: &Edge, facts: &EdgeFacts<'_>, touch: &Touch<'_>, held: &[&Place]) -> bool {
    let Where::Place(place) = touch.at else { return false };
    if matches!(touch.kind, Kind::Send | Kind::Receive | Kind::Push | Kind::Pop) || !stays(place, facts) {
        return false;
    }
    asks(&edge.guard, place, false) || held.contains(&place) && gives_back(edge, facts, place)
}

/// Whether taking `edge` is to give back what `place` says, and no more to it.
fn gives_back(edge: &Edge, facts: &EdgeFacts<'_>, place: &Place) -> bool {
    let sets = edge.commands.iter().filter(|it| matches!(it, Command::Set(to, _) if to == place));
    stays(place, facts)
        && edge.meet.is_none()
        && asks(&edge.guard, place, true)
        && sets.count() == 1
        && edge.commands.iter().all(|it| *it == Command::Set(place.clone(), Expr::FALSE) || !names(it, place))
}

/// Whether an edge may be one that gives back, as far as its words tell.
fn may_give_back(edge: &Edge) -> bool {
    edge.commands.iter().any(|command| {
        matches!(command, Command::Set(to, Expr::FALSE) if asks(&edge.guard, to, true) && !matches!(to.base, Base::Local(_)))
    })
}

/// Whether it sets what `place` says to 1, where it was 0.
fn takes(edge: &Edge, facts: &EdgeFacts<'_>, place: &Place) -> bool {
    stays(place, facts)
        && asks(&edge.guard, place, false)
        && edge.commands.contains(&Command::Set(place.clone(), Expr::TRUE))
}

/// Whether a guard holds only where the cell at `place` is 1 (`full`), or 0.
fn asks(guard: &Expr, place: &Place, full: bool) -> bool {
    match guard {
        Expr::And(left, right) => asks(left, place, full) || asks(right, place, full),
        Expr::Load(at) => full && **at == *place,
        Expr::Not(inner) => !full && matches!(&**inner, Expr::Load(at) if **at == *place),
        Expr::Const(_)
        | Expr::AddrOf(_)
        | Expr::Or(..)
        | Expr::If(..)
        | Expr::Binary(..)
        | Expr::Wrap { .. }
        | Expr::Entry(_) => false,
    }
}

/// Whether the address of `place` is made of locals only, which the edge does not write.
fn stays(place: &Place, facts: &EdgeFacts<'_>) -> bool {
    let mut address = Address { only_locals: true, written: &facts.written, place };
    visit::place(place, &mut address);
    address.only_locals && !matches!(place.base, Base::Local(_))
}

struct Address<'a> {
    only_locals: bool,
    written: &'a Bits,
    place: &'a Place,
}

impl Visit for Address<'_> {
    fn expr(&mut self, expr: &Expr) {
        self.only_locals &= !matches!(expr, Expr::Entry(_));
    }

    fn place(&mut self, place: &Place) {
        if std::ptr::eq(place, self.place) {
            return;
        }
        self.only_locals &= match place.base {
            Base::Local(local) => {
                place.index.is_empty() && !self.written.has((local.0 + place.offset) as usize)
            }
            Base::Global(_) | Base::Memory(_) => false,
        };
    }
}

/// Whether a command has to do with what `place` says, in these words. (In other words it spoils the class.)
fn names(command: &Command, place: &Place) -> bool {
    struct Names<'a>(&'a Place, bool);
    impl Visit for Names<'_> {
        fn expr(&mut self, _expr: &Expr) {}
        fn place(&mut self, place: &Place) {
            self.1 |= place == self.0;
        }
    }
    let mut names = Names(place, false);
    visit::commands(std::slice::from_ref(command), &mut names);
    names.1
}

/// What is held at each point of `routine`, on all ways there.
fn held<'m>(routine: &'m Routine, facts: &[PointFacts<'m>]) -> Vec<Option<Vec<&'m Place>>> {
    let mut held: Vec<Option<Vec<&Place>>> = vec![None; routine.points.len()];
    held[routine.entry.0 as usize] = Some(Vec::new());
    let mut pending = vec![routine.entry.0 as usize];
    while let Some(at) = pending.pop() {
        let Some(before) = held[at].clone() else { continue };
        for (edge, facts) in routine.points[at].edges.iter().zip(&facts[at].edges) {
            let mut after: Vec<&Place> = before.clone();
            after.retain(|place| stays(place, facts) && !gives_back(edge, facts, place));
            for command in &edge.commands {
                if let Command::Set(place, _) = command
                    && takes(edge, facts, place)
                    && !after.contains(&place)
                {
                    after.push(place);
                }
            }
            for (number, target) in facts.targets.iter().enumerate() {
                // A panic may come between any two commands.
                let after = if number == 0 { &after[..] } else { &[] };
                let there = &mut held[target.0 as usize];
                let less = match there {
                    None => Some(after.to_vec()),
                    Some(known) => {
                        let both: Vec<&Place> =
                            known.iter().copied().filter(|it| after.contains(it)).collect();
                        (both.len() < known.len()).then_some(both)
                    }
                };
                if less.is_some() {
                    *there = less;
                    pending.push(target.0 as usize);
                }
            }
        }
    }
    held
}
