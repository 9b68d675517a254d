//! Who takes part in some step from here on, per state and slot.
//!
//! In: the explored graph, component by component, those that can be reached first
//! before the others. Out: for each state the slots whose goroutines move in some
//! continuation; the other live ones are stuck. Each edge says who of its source is who in its
//! target, so this is backward reachability over pairs of a state and a slot (two equal
//! workers, one stuck, one looping, may swap slots with every step).

use super::explored::Explored;
use super::graph::Graph;
use super::permutation::Permutation;
use super::scc::Components;

/// Pairs of a state and a slot that moves.
#[derive(Debug)]
pub(crate) struct Movers {
    /// Per state `words`, a bit for each slot.
    bits: Vec<u64>,
    words: usize,
    /// Per state: its place among those of its component. Empty until it is needed.
    places: Vec<u32>,
}

impl Movers {
    pub(crate) fn new(explored: &Explored) -> Self {
        let slots = explored.stats.slots.max(explored.graph.permutations.width());
        let words = slots.div_ceil(64).max(1);
        Self { bits: vec![0; explored.store.len() * words], words, places: Vec::new() }
    }

    pub(crate) fn has(&self, state: u32, slot: usize) -> bool {
        self.bits[state as usize * self.words + slot / 64] & (1 << (slot % 64)) != 0
    }

    fn add(&mut self, state: u32, slot: usize) {
        self.bits[state as usize * self.words + slot / 64] |= 1 << (slot % 64);
    }

    fn slots(&self) -> usize {
        self.words * 64
    }

    /// Finds the movers of a component. Those that it reaches have theirs. Arcs out of an `absorbing` state do not count.
    pub(crate) fn component(
        &mut self,
        graph: &Graph,
        components: &Components,
        component: usize,
        absorbing: impl Fn(u32) -> bool,
    ) {
        let states = components.states(component);
        let inside = |state: u32| components.of[state as usize] as usize == component;
        let mut swaps = false;
        let root = states[0];
        // As if all states of the component had their goroutines in the same slots.
        for &state in states.iter().filter(|&&state| !absorbing(state)) {
            for arc in graph.arcs(state) {
                self.add(root, arc.slot);
                arc.partner.into_iter().for_each(|partner| self.add(root, partner));
                if inside(arc.target) {
                    swaps |= arc.moved != Permutation::IDENTITY;
                } else if arc.moved == Permutation::IDENTITY {
                    for word in 0..self.words {
                        self.bits[root as usize * self.words + word] |=
                            self.bits[arc.target as usize * self.words + word];
                    }
                } else {
                    for slot in 0..self.slots() {
                        if self.has(arc.target, graph.permutations.of(arc.moved, slot)) {
                            self.add(root, slot);
                        }
                    }
                }
            }
        }
        if swaps {
            self.bits[root as usize * self.words..][..self.words].fill(0);
            self.swapping(graph, components, component);
            return;
        }
        for &state in &states[1..] {
            let from = root as usize * self.words;
            self.bits.copy_within(from..from + self.words, state as usize * self.words);
        }
    }

    /// A component within which goroutines change their slots. Each slot of each state gets the name of the slot of the
    /// first state whose goroutine is there, along some way; where two ways give it two names, the two move both or
    /// neither: who is stuck stays so, and as there are as many of them in all states of a component, whoever comes to
    /// where one of them is was one before. (A goroutine that ends or starts within a component moves.)
    fn swapping(&mut self, graph: &Graph, components: &Components, component: usize) {
        let states = components.states(component);
        let inside = |state: u32| components.of[state as usize] as usize == component;
        let slots = self.slots();
        self.places.resize(components.of.len(), 0);
        for (place, &state) in (0..).zip(states) {
            self.places[state as usize] = place;
        }
        let mut names = vec![0u32; states.len() * slots];
        let mut seen = vec![false; states.len()];
        names.iter_mut().zip(0..).take(slots).for_each(|(name, slot)| *name = slot);
        seen[0] = true;
        let mut pending = vec![states[0]];
        while let Some(state) = pending.pop() {
            let from = self.places[state as usize] as usize;
            for arc in graph.arcs(state).filter(|arc| inside(arc.target)) {
                let to = self.places[arc.target as usize] as usize;
                if !std::mem::replace(&mut seen[to], true) {
                    for slot in 0..slots {
                        names[to * slots + graph.permutations.of(arc.moved, slot)] =
                            names[from * slots + slot];
                    }
                    pending.push(arc.target);
                }
            }
        }
        let mut classes = Classes::new(slots);
        for &state in states {
            let from = self.places[state as usize] as usize * slots;
            for arc in graph.arcs(state) {
                classes.moves(names[from + arc.slot]);
                arc.partner.into_iter().for_each(|partner| classes.moves(names[from + partner]));
                for slot in 0..slots {
                    let after = graph.permutations.of(arc.moved, slot);
                    if inside(arc.target) {
                        let to = self.places[arc.target as usize] as usize * slots;
                        classes.join(names[from + slot], names[to + after]);
                    } else if self.has(arc.target, after) {
                        classes.moves(names[from + slot]);
                    }
                }
            }
        }
        for &state in states {
            let from = self.places[state as usize] as usize * slots;
            for slot in 0..slots {
                if classes.do_move(names[from + slot]) {
                    self.add(state, slot);
                }
            }
        }
    }
}

/// Names of goroutines that move both or neither.
struct Classes {
    parents: Vec<u32>,
    moving: Vec<bool>,
}

impl Classes {
    fn new(count: usize) -> Self {
        Self { parents: (0..).take(count).collect(), moving: vec![false; count] }
    }

    fn root(&mut self, mut name: u32) -> u32 {
        while self.parents[name as usize] != name {
            let above = self.parents[self.parents[name as usize] as usize];
            self.parents[name as usize] = above;
            name = above;
        }
        name
    }

    fn join(&mut self, one: u32, other: u32) {
        let (one, other) = (self.root(one), self.root(other));
        if one != other {
            self.parents[other as usize] = one;
            self.moving[one as usize] |= self.moving[other as usize];
        }
    }

    fn moves(&mut self, name: u32) {
        let root = self.root(name);
        self.moving[root as usize] = true;
    }

    fn do_move(&mut self, name: u32) -> bool {
        let root = self.root(name);
        self.moving[root as usize]
    }
}
