//! The components in which a fair run can stay for ever.
//!
//! In: some states. Out: the largest sets of them that are strongly connected and in
//! which every action that is enabled somewhere is taken somewhere, or its goroutine
//! ends. Emptiness of Streett automata (Emerson & Lei, *Modalities for model checking*,
//! 1987): from a component, drop the states that enable what the component never
//! takes, and look at the components of what remains.

use super::transitions::{Arc, Transitions};
use crate::engine::scc::components_of;

/// Finds them. Kept between components, to keep its memory.
#[derive(Debug)]
pub(super) struct Fair<'a> {
    transitions: &'a Transitions,
    round: u32,
    /// Per state, action and slot: the last round in which it was a member, was taken, ended.
    inside: Vec<u32>,
    taken: Vec<u32>,
    ended: Vec<u32>,
    /// Per state: its number among those under consideration.
    local: Vec<u32>,
}

/// What a strongly connected set of states is.
enum Judged {
    /// A single state without a step back to itself.
    Trivial,
    Fair,
    /// These are left when those are dropped that enable what is never taken.
    Unfair(Vec<u32>),
}

impl<'a> Fair<'a> {
    pub(super) fn new(transitions: &'a Transitions) -> Self {
        let targets = transitions.all().map(|arc| arc.target as usize + 1);
        let states = targets.max().unwrap_or(0).max(transitions.expanded());
        let freed = transitions.labels.iter().flat_map(|label| &label.ended);
        let slots = transitions.slots.iter().chain(freed).map(|&slot| slot as usize + 1).max().unwrap_or(0);
        Self {
            transitions,
            round: 0,
            inside: vec![0; states],
            taken: vec![0; transitions.slots.len()],
            ended: vec![0; slots],
            local: vec![0; states],
        }
    }

    /// The fair components among `region`, whose states are all expanded. `stop` is asked now and then.
    pub(super) fn components<R>(
        mut self,
        region: Vec<u32>,
        stop: impl Fn() -> Option<R>,
    ) -> Result<Vec<Vec<u32>>, R> {
        let mut fair = Vec::new();
        let mut pending = vec![region];
        while let Some(states) = pending.pop() {
            if let Some(reason) = stop() {
                return Err(reason);
            }
            self.enter(&states);
            for (state, number) in states.iter().zip(0..) {
                self.local[*state as usize] = number;
            }
            let components = components_of(states.len() as u32, |number, at| {
                let arcs =
                    self.transitions.of(states[number as usize]).get(at as usize..).unwrap_or_default();
                let step = arcs.iter().zip(at + 1..).find(|(arc, _)| self.has(**arc));
                step.map(|(arc, after)| (self.local[arc.target as usize], after))
            });
            for component in 0..components.count() {
                let members = components.states(component).iter().map(|&number| states[number as usize]);
                let members: Vec<u32> = members.collect();
                match self.judge(&members) {
                    Judged::Trivial => {}
                    Judged::Fair => fair.push(members),
                    Judged::Unfair(rest) => pending.push(rest),
                }
            }
        }
        Ok(fair)
    }

    /// Begins a round in which `states` are the members.
    fn enter(&mut self, states: &[u32]) {
        self.round += 1;
        for &state in states {
            self.inside[state as usize] = self.round;
        }
    }

    /// Whether an arc leads to a member.
    fn has(&self, arc: Arc) -> bool {
        self.inside[arc.target as usize] == self.round
    }

    fn judge(&mut self, members: &[u32]) -> Judged {
        let transitions = self.transitions;
        self.enter(members);
        let mut moves = false;
        for &state in members {
            for &arc in
                transitions.of(state).iter().filter(|arc| self.inside[arc.target as usize] == self.round)
            {
                moves = true;
                for action in transitions.taken(arc) {
                    self.taken[action as usize] = self.round;
                }
                for &slot in transitions.ended(arc) {
                    self.ended[slot as usize] = self.round;
                }
            }
        }
        if !moves {
            return Judged::Trivial;
        }
        let owed = |action: u32| {
            let slot = transitions.slots[action as usize];
            self.taken[action as usize] != self.round && self.ended[slot as usize] != self.round
        };
        let rest: Vec<u32> =
            members.iter().copied().filter(|&state| !transitions.enabled(state).any(owed)).collect();
        if rest.len() == members.len() { Judged::Fair } else { Judged::Unfair(rest) }
    }
}
