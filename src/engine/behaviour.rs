//! What a program does in the runs that end well: the plain search, state by state.
//!
//! In: a Machine and bounds. Out: which edges are taken in runs without a bug, which values package variables have when
//! such a run is over, and for each a run that shows it. No statement is fused with another or skipped, [`step`] alone decides:
//! else it would look as if it never ran. But of what concerns nobody else the order does not matter, and one is tried.
//!
//! A run goes well as long as it can still end well: main has returned or goes on for ever, and nobody is stuck. Where a
//! bug can come up at any time, as with philosophers who never stop, runs that go round for ever in spite of it go well.

use std::collections::BTreeMap;
use std::fmt;

use rustc_hash::FxHashMap;

use super::Watch;
use super::scc::components_of;
use super::tables::Tables;
use super::terminal::{Ending, ending};
use crate::commands::{Base, CellType, Place, RoutineId};
use crate::machine::footprint::Footprint;
use crate::machine::state::{End, MainStatus, State};
use crate::machine::step::{self, InternalError, Limits, Step};
use crate::machine::visit::{self, Visit};
use crate::machine::{Machine, PointId, PointKind};

/// An edge of the Machine, by its place.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Taken {
    routine: u32,
    point: u32,
    pub edge: usize,
}

/// What happens in the runs that go well.
#[derive(Debug)]
pub struct Behaviour {
    arcs: Vec<Vec<(Step, u32)>>,
    /// Per state: the state and arc by which it was first reached.
    parents: Vec<(u32, u32)>,
    /// Per state: the arc towards the nearest good end; `None` at one, or where there is none.
    onward: Vec<Option<u32>>,
    taken: BTreeMap<Taken, (u32, u32)>,
    finals: BTreeMap<Vec<i64>, u32>,
    /// The package variables whose values [`Behaviour::finals`] gives: indices into the Machine's globals.
    pub variables: Vec<usize>,
    /// Some run is over, and well.
    pub ends: bool,
    /// Some run goes on for ever, and well.
    pub goes_on: bool,
}

/// Why a behaviour is not known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unknown {
    /// More states than this.
    States(usize),
    /// A run has hit this bound.
    Bound(&'static str),
    /// Somebody wants it to stop.
    Stopped,
}

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::States(most) => write!(f, "more than {most} states, statement by statement"),
            Self::Bound(flag) => write!(f, "a run has hit the bound {flag}"),
            Self::Stopped => f.write_str("the time was up"),
        }
    }
}

/// States between two looks at the clock.
const INTERVAL: usize = 512;

/// Explores `machine`. The cells in `variables` are looked at when a run is over.
pub fn behaviour(
    machine: &Machine,
    limits: &Limits,
    variables: Vec<usize>,
    most: usize,
    watch: &dyn Watch,
) -> Result<Result<Behaviour, Unknown>, InternalError> {
    let mut initial = step::initial(machine);
    initial.collect(machine);
    let mut numbers: FxHashMap<State, u32> = FxHashMap::default();
    numbers.insert(initial.clone(), 0);
    let mut states = vec![initial];
    let mut parents = vec![(0, 0)];
    let mut arcs: Vec<Vec<(Step, u32)>> = Vec::new();
    while arcs.len() < states.len() {
        if states.len() > most {
            return Ok(Err(Unknown::States(most)));
        }
        if arcs.len().is_multiple_of(INTERVAL) && watch.stop().is_some() {
            return Ok(Err(Unknown::Stopped));
        }
        let source = arcs.len() as u32;
        let state = states[arcs.len()].clone();
        if let Some(End::Bound(bound)) = state.end {
            return Ok(Err(Unknown::Bound(bound)));
        }
        let mut out = Vec::new();
        // A run that breaks a property is a bug from there on.
        if !violates(machine, &state)? {
            let steps = match private(machine, &state, limits)? {
                Some(alone) => vec![alone],
                None => {
                    let all = step::enabled(machine, &state)?.into_iter();
                    let taken = |taken| Ok((taken, step::apply(machine, &state, &taken, limits)?));
                    all.map(taken).collect::<Result<Vec<_>, InternalError>>()?
                }
            };
            for (taken, mut next) in steps {
                next.collect(machine);
                let number = numbers.len() as u32;
                let target = *numbers.entry(next).or_insert_with_key(|new| {
                    states.push(new.clone());
                    parents.push((source, out.len() as u32));
                    number
                });
                out.push((taken, target));
            }
        }
        arcs.push(out);
    }
    drop(numbers);
    let mut good = good_ends(machine, &states, &arcs, false)?;
    if good.is_empty() {
        good = good_ends(machine, &states, &arcs, true)?;
    }
    let onward = onward(&arcs, &good);
    let well = |state: u32| good.contains_key(&state) || onward[state as usize].is_some();
    let mut taken = BTreeMap::new();
    for (source, out) in arcs.iter().enumerate() {
        let state = &states[source];
        for (arc, (each, target)) in out.iter().enumerate() {
            if well(*target) {
                for at in places(state, each) {
                    taken.entry(at).or_insert((source as u32, arc as u32));
                }
            }
        }
    }
    let mut finals = BTreeMap::new();
    for (&state, &still) in &good {
        if still {
            let values = variables.iter().map(|&cell| states[state as usize].globals[cell]).collect();
            finals.entry(values).or_insert(state);
        }
    }
    let ends = good.values().any(|&still| still);
    let goes_on = good.values().any(|&still| !still);
    Ok(Ok(Behaviour { arcs, parents, onward, taken, finals, variables, ends, goes_on }))
}

/// A plain statement that concerns nobody but its goroutine, and the state after it. No other step changes what it does, and
/// it changes no other: whatever else can be done can be done behind it, so it is enough to take it alone. There is no
/// circle of such steps: each loop has a stop.
fn private(
    machine: &Machine,
    state: &State,
    limits: &Limits,
) -> Result<Option<(Step, State)>, InternalError> {
    if state.end.is_some() {
        return Ok(None);
    }
    let log = Footprint::default();
    for slot in 0..state.goroutines.len() {
        let Some(goroutine) = state.goroutine(slot) else { continue };
        let plain = machine.point(goroutine.routine, goroutine.point).kind == PointKind::Plain;
        if !plain || machine.routine(goroutine.routine).environment {
            continue;
        }
        let mut next = state.clone();
        log.clear();
        let Some(step) = step::run_plain(machine, &mut next, slot, limits, &log)? else { continue };
        if log.accesses().is_empty() && next.end.is_none() && next.main == state.main {
            return Ok(Some((step, next)));
        }
    }
    Ok(None)
}

/// The package variables that the properties of `machine` read: indices into its globals.
pub fn named(machine: &Machine) -> Vec<usize> {
    struct Globals(Vec<usize>);
    impl Visit for Globals {
        fn place(&mut self, place: &Place) {
            if let (Base::Global(cell), true) = (&place.base, place.index.is_empty()) {
                self.0.push((*cell + place.offset) as usize);
            }
        }
    }
    let mut globals = Globals(Vec::new());
    for (_, cond) in machine.properties.conditions() {
        visit::expr(cond, &mut globals);
    }
    globals.0.retain(|&cell| {
        let scalar =
            matches!(machine.globals[cell].ty, CellType::Bool | CellType::Int { .. } | CellType::String);
        scalar && !machine.globals[cell].hidden
    });
    globals.0.sort_unstable();
    globals.0.dedup();
    globals.0
}

impl Behaviour {
    /// The edges that are taken.
    pub fn taken(&self) -> impl Iterator<Item = Taken> + '_ {
        self.taken.keys().copied()
    }

    /// The values that [`Behaviour::variables`] have where a run is over.
    pub fn finals(&self) -> impl Iterator<Item = &Vec<i64>> {
        self.finals.keys()
    }

    /// States that have been looked at.
    pub fn states(&self) -> usize {
        self.arcs.len()
    }

    /// A run that takes this edge and ends well, and after how many steps it has taken it.
    pub fn run_that_takes(&self, taken: &Taken) -> Option<(Vec<Step>, usize)> {
        let &(state, arc) = self.taken.get(taken)?;
        let mut path = self.path_to(state);
        let (step, target) = self.arcs[state as usize][arc as usize];
        path.push(step);
        let taken = path.len();
        let mut at = target;
        while let Some(arc) = self.onward[at as usize] {
            let (step, target) = self.arcs[at as usize][arc as usize];
            path.push(step);
            at = target;
        }
        Some((path, taken))
    }

    /// A run that comes to these final values.
    pub fn run_that_ends_with(&self, values: &[i64]) -> Option<Vec<Step>> {
        self.finals.get(values).map(|&state| self.path_to(state))
    }

    fn path_to(&self, mut state: u32) -> Vec<Step> {
        let mut path = Vec::new();
        while state != 0 {
            let (parent, arc) = self.parents[state as usize];
            path.push(self.arcs[parent as usize][arc as usize].0);
            state = parent;
        }
        path.reverse();
        path
    }
}

fn violates(machine: &Machine, state: &State) -> Result<bool, InternalError> {
    for property in &machine.properties.always {
        if !step::holds(machine, state, &property.cond)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The states in which runs have ended well (`true`), or of components in which they go on for ever without a bug (`false`).
/// Where they `may_leave`, components from which something else leads away count as well.
fn good_ends(
    machine: &Machine,
    states: &[State],
    arcs: &[Vec<(Step, u32)>],
    may_leave: bool,
) -> Result<BTreeMap<u32, bool>, InternalError> {
    let tables = Tables::new(machine);
    let components = components_of(states.len() as u32, |state, at| {
        arcs[state as usize].get(at as usize).map(|&(_, target)| (target, at + 1))
    });
    let mut good = BTreeMap::new();
    for component in 0..components.count() {
        let members = components.states(component);
        let inside = |&(_, target): &(Step, u32)| components.of[target as usize] as usize == component;
        let leaves = members.iter().any(|&state| !arcs[state as usize].iter().all(inside));
        let first = &states[members[0] as usize];
        let steps = || members.iter().flat_map(|&state| &arcs[state as usize]).filter(|arc| inside(arc));
        let still = steps().next().is_none();
        if (leaves && (still || !may_leave)) || violates(machine, first)? {
            continue;
        }
        let moves = |slot: usize| {
            steps().any(|(step, _)| step.slot == slot || step.partner.is_some_and(|(other, _)| other == slot))
        };
        let well = match first.end {
            Some(End::Exit) => true,
            Some(_) => false,
            None => ending(&tables, first, moves, still) == Ending::Good,
        };
        if well {
            let over =
                still || (first.main == MainStatus::Returned && only_clocks(&tables, members, states, arcs));
            good.extend(members.iter().map(|&state| (state, over)));
        }
    }
    Ok(good)
}

/// Whether nobody but the environment moves in these states.
fn only_clocks(tables: &Tables, members: &[u32], states: &[State], arcs: &[Vec<(Step, u32)>]) -> bool {
    members.iter().all(|&state| {
        let mut steps = arcs[state as usize].iter();
        steps.all(|(step, _)| tables.is_environment(&states[state as usize], step.slot))
    })
}

/// Per state: its arc on a shortest way to one of the good ends.
fn onward(arcs: &[Vec<(Step, u32)>], good: &BTreeMap<u32, bool>) -> Vec<Option<u32>> {
    let mut incoming: Vec<Vec<(u32, u32)>> = vec![Vec::new(); arcs.len()];
    for (source, out) in arcs.iter().enumerate() {
        for (arc, &(_, target)) in out.iter().enumerate() {
            incoming[target as usize].push((source as u32, arc as u32));
        }
    }
    let mut onward = vec![None; arcs.len()];
    let mut queue: Vec<u32> = good.keys().copied().collect();
    let mut at = 0;
    while at < queue.len() {
        for &(source, arc) in &incoming[queue[at] as usize] {
            if onward[source as usize].is_none() && !good.contains_key(&source) {
                onward[source as usize] = Some(arc);
                queue.push(source);
            }
        }
        at += 1;
    }
    onward
}

/// The edges of a step: two in a rendezvous.
fn places(state: &State, step: &Step) -> impl Iterator<Item = Taken> {
    let of = |slot: usize, edge: usize| {
        state.goroutine(slot).map(|it| Taken { routine: it.routine.0, point: it.point.0, edge })
    };
    let partner = step.partner.and_then(|(slot, edge)| of(slot, edge));
    of(step.slot, step.edge).into_iter().chain(partner)
}

impl Taken {
    /// The routine.
    pub fn routine(&self) -> RoutineId {
        RoutineId(self.routine)
    }

    /// The point.
    pub fn point(&self) -> PointId {
        PointId(self.point)
    }
}
