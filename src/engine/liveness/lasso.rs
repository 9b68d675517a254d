//! One run: a way to a state in which the promise is open, and a loop from there, or none where the run ends.
//!
//! The loop takes every action that it enables, or lets the goroutine end: it is
//! itself the proof that fairness does not help. Of the loops tried the shortest one.

use std::collections::VecDeque;

use rustc_hash::{FxHashMap, FxHashSet};

use super::explore::{Explored, Packer};
use super::region::{Hop, Region};
use super::transitions::{Arc, Transitions};
use crate::engine::canonical::Canonical;
use crate::engine::layout;
use crate::engine::tables::Tables;
use crate::machine::Machine;
use crate::machine::state::State;
use crate::machine::step::{self, InternalError, Limits, Step};

/// A run that breaks a promise.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Lasso {
    way: Vec<Hop>,
    /// Comes back to where it starts; empty where the run ends.
    round: Vec<Hop>,
}

/// So many components, and places in each where a loop may start, are tried.
const MOST_STARTS: usize = 12;
/// When so many arcs have been looked at, the best loop so far will do.
const ENOUGH: usize = 4_000_000;

/// A short run into one of the `fair` components, and round there.
pub(super) fn shortest(
    transitions: &Transitions,
    region: &Region<'_>,
    mut fair: Vec<Vec<u32>>,
) -> Option<Lasso> {
    for states in &mut fair {
        states.sort_by_key(|&state| (region.distance(state), state));
    }
    fair.sort_by_key(|states| states.first().map(|&state| (region.distance(state), state)));
    let mut best: Option<(usize, u32, Vec<Hop>)> = None;
    let mut looked = 0;
    for states in fair.iter().take(MOST_STARTS) {
        let members: FxHashSet<u32> = states.iter().copied().collect();
        for &start in states.iter().take(MOST_STARTS) {
            let distance = region.distance(start) as usize;
            if best.as_ref().is_some_and(|(length, ..)| looked > ENOUGH || distance >= *length) {
                break;
            }
            let round = Rounds { transitions, members: &members, looked: &mut looked }.from(start);
            let length = distance + round.len();
            if best.as_ref().is_none_or(|(least, ..)| length < *least) {
                best = Some((length, start, round));
            }
        }
    }
    best.map(|(_, start, round)| Lasso { way: region.way(start), round })
}

impl Lasso {
    /// A run that ends in `state`.
    pub(super) fn end(region: &Region<'_>, state: u32) -> Self {
        Self { way: region.way(state), round: Vec::new() }
    }

    /// How many steps it has, those of the loop counted once.
    pub(super) fn len(&self) -> usize {
        self.way.len() + self.round.len()
    }

    /// After how many steps the loop begins; `None` where the run ends.
    pub(super) fn repeats_from(&self) -> Option<usize> {
        (!self.round.is_empty()).then_some(self.way.len())
    }

    /// Its steps as the Machine takes them from its initial state; the loop comes back to the same canonical state.
    pub(super) fn steps(
        &self,
        machine: &Machine,
        tables: &Tables,
        explored: &Explored,
        limits: Limits,
    ) -> Result<Vec<Step>, InternalError> {
        let mut concrete = step::initial(machine);
        let mut packed = State::empty();
        let mut packer = Packer { tables, canonical: Canonical::default(), bytes: Vec::new() };
        let mut steps = Vec::with_capacity(self.len());
        for hop in self.way.iter().chain(&self.round) {
            layout::decode(tables, explored.store.get(hop.source), &mut packed);
            let taken = step::enabled(machine, &packed)?.get(hop.arc).copied();
            let taken = taken.ok_or_else(|| broken("an arc of a run is no step"))?;
            // A choice among the entries of a map counts in the order that the concrete state has.
            let mut found = None;
            for same in step::enabled(machine, &concrete)? {
                let arc = |step: &Step| (step.slot, step.edge, step.partner);
                if arc(&same) == arc(&taken) {
                    let next = step::apply(machine, &concrete, &same, &limits)?;
                    if packer.pack(&next) == explored.store.get(hop.target) {
                        found = Some((same, next));
                        break;
                    }
                }
            }
            let (taken, next) = found.ok_or_else(|| broken("a run does not replay"))?;
            steps.push(taken);
            concrete = next;
        }
        Ok(steps)
    }
}

fn broken(what: &str) -> InternalError {
    InternalError { at: None, what: what.to_string() }
}

/// Looks for loops in a fair component.
struct Rounds<'a> {
    transitions: &'a Transitions,
    members: &'a FxHashSet<u32>,
    /// Arcs looked at so far.
    looked: &'a mut usize,
}

impl Rounds<'_> {
    /// A loop from `start` that owes nothing: again and again to the nearest step that pays a debt, then back.
    fn from(mut self, start: u32) -> Vec<Hop> {
        let mut round: Vec<Hop> = Vec::new();
        let mut account = Account::default();
        account.visit(self.transitions, start);
        let mut at = start;
        loop {
            let debts = account.debts(self.transitions);
            if debts.is_empty() && at == start && !round.is_empty() {
                return round;
            }
            let last = round.last().map(|hop| self.transitions.of(hop.source)[hop.arc]);
            let transitions = self.transitions;
            let found = if debts.is_empty() {
                self.nearest(at, last, |arc| arc.target == start)
            } else {
                self.nearest(at, last, |arc| pays(transitions, arc, &debts))
            };
            // In a fair component both can always be reached.
            let Some(hops) = found else { return round };
            for hop in &hops {
                account.take(self.transitions, self.transitions.of(hop.source)[hop.arc]);
                account.visit(self.transitions, hop.target);
                at = hop.target;
            }
            round.extend(hops);
        }
    }

    /// A shortest way from `start` inside the component that ends with an arc that is `wanted`; who made the step `last`
    /// goes on where that makes no difference.
    fn nearest(&mut self, start: u32, last: Option<Arc>, wanted: impl Fn(Arc) -> bool) -> Option<Vec<Hop>> {
        let mut came: FxHashMap<u32, Hop> = FxHashMap::default();
        let mut queue = VecDeque::from([start]);
        while let Some(source) = queue.pop_front() {
            let arcs = self.transitions.of(source);
            *self.looked += arcs.len() + 1;
            let hop = |arc: usize| Hop { source, arc, target: arcs[arc].target };
            let mut order: Vec<usize> =
                (0..arcs.len()).filter(|&arc| self.members.contains(&arcs[arc].target)).collect();
            let before = came.get(&source).map(|hop| self.transitions.of(hop.source)[hop.arc]).or(last);
            order.sort_by_key(|&arc| before.is_some_and(|before| !self.shares_slot(before, arcs[arc])));
            if let Some(&arc) = order.iter().find(|&&arc| wanted(arcs[arc])) {
                let mut way = vec![hop(arc)];
                let mut at = source;
                while at != start {
                    let hop = came.get(&at)?;
                    way.push(*hop);
                    at = hop.source;
                }
                way.reverse();
                return Some(way);
            }
            for arc in order {
                let target = arcs[arc].target;
                if target != start && !came.contains_key(&target) {
                    came.insert(target, hop(arc));
                    queue.push_back(target);
                }
            }
        }
        None
    }

    fn shares_slot(&self, one: Arc, other: Arc) -> bool {
        let slot = |action: u32| self.transitions.slots[action as usize];
        let mut slots = self.transitions.taken(one).map(slot);
        slots.any(|mine| self.transitions.taken(other).map(slot).any(|yours| mine == yours))
    }
}

/// What a loop so far enables and takes.
#[derive(Default)]
struct Account {
    enabled: Vec<u32>,
    seen: FxHashSet<u32>,
    taken: FxHashSet<u32>,
    ended: FxHashSet<u32>,
}

impl Account {
    fn visit(&mut self, transitions: &Transitions, state: u32) {
        for action in transitions.enabled(state) {
            if self.seen.insert(action) {
                self.enabled.push(action);
            }
        }
    }

    fn take(&mut self, transitions: &Transitions, arc: Arc) {
        self.taken.extend(transitions.taken(arc));
        self.ended.extend(transitions.ended(arc).iter().copied());
    }

    /// What is enabled and not taken, of goroutines that do not end.
    fn debts(&self, transitions: &Transitions) -> FxHashSet<u32> {
        let owed = |action: &u32| {
            !self.taken.contains(action) && !self.ended.contains(&transitions.slots[*action as usize])
        };
        self.enabled.iter().copied().filter(owed).collect()
    }
}

/// Whether an arc takes an action of `debts`, or its goroutine ends.
fn pays(transitions: &Transitions, arc: Arc, debts: &FxHashSet<u32>) -> bool {
    transitions.taken(arc).any(|action| debts.contains(&action))
        || debts.iter().any(|&action| transitions.ended(arc).contains(&transitions.slots[action as usize]))
}
