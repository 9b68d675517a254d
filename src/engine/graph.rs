//! The edges between states: where each goes and who takes part.
//!
//! In: the steps of one state after the other, in the order of their numbers. Out:
//! the same again, for the analyses. Which edge of the Machine a step took is not
//! kept: a path is found again by running it.

use super::bytes::ByteList;
use super::permutation::{Permutation, Permutations};
use super::varint;

/// One step between two states.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Arc {
    pub(crate) target: u32,
    pub(crate) slot: usize,
    pub(crate) partner: Option<usize>,
    /// Where the goroutines of the source are in the target.
    pub(crate) moved: Permutation,
}

/// The edges of all expanded states.
#[derive(Default, Debug)]
pub(crate) struct Graph {
    /// Per state: its arcs, as target relative to the source, slot, and, where there are, partner and permutation.
    lists: ByteList,
    /// Those that the arcs speak of.
    pub(crate) permutations: Permutations,
    /// States that have been expanded, and their arcs.
    expanded: usize,
    arcs: u64,
    arranged: u64,
    /// Arcs are counted, and not kept.
    thin: bool,
    buffer: Vec<u8>,
}

impl Graph {
    /// Adds the arcs of the next state. `false` when there is no more room.
    pub(crate) fn push(&mut self, arcs: &[Arc]) -> bool {
        self.expanded += 1;
        self.arcs += arcs.len() as u64;
        self.arranged += arcs.iter().filter(|arc| arc.moved != Permutation::IDENTITY).count() as u64;
        self.thin || self.refill(arcs)
    }

    /// Adds the arcs of the next of the expanded states whose arcs are not kept.
    pub(crate) fn refill(&mut self, arcs: &[Arc]) -> bool {
        let source = self.lists.len() as i64;
        self.buffer.clear();
        for arc in arcs {
            let delta = i64::from(arc.target) - source;
            varint::write(&mut self.buffer, varint::zigzag(delta));
            let moves = arc.moved != Permutation::IDENTITY;
            let flags = u64::from(arc.partner.is_some()) | u64::from(moves) << 1;
            varint::write(&mut self.buffer, (arc.slot as u64) << 2 | flags);
            if let Some(partner) = arc.partner {
                varint::write(&mut self.buffer, partner as u64);
            }
            if moves {
                varint::write(&mut self.buffer, arc.moved.number());
            }
        }
        self.lists.push(&self.buffer)
    }

    /// Drops all arcs. From here on they are only counted.
    pub(crate) fn make_thin(&mut self) {
        self.lists = ByteList::default();
        self.thin = true;
    }

    /// From here on arcs are kept, beginning with those of the first state.
    pub(crate) fn keep_again(&mut self) {
        self.lists = ByteList::default();
        self.thin = false;
    }

    /// Whether arcs are only counted.
    pub(crate) fn is_thin(&self) -> bool {
        self.thin
    }

    /// How many states have been expanded: those with smaller numbers.
    pub(crate) fn expanded(&self) -> usize {
        self.expanded
    }

    /// How many states have their arcs here: those with smaller numbers.
    pub(crate) fn kept(&self) -> usize {
        self.lists.len()
    }

    /// How many arcs there are.
    pub(crate) fn len(&self) -> u64 {
        self.arcs
    }

    /// How many of them change the slots of goroutines.
    pub(crate) fn arranged(&self) -> u64 {
        self.arranged
    }

    /// The arcs of `state`; none where they are not kept.
    pub(crate) fn arcs(&self, state: u32) -> Arcs<'_> {
        self.arcs_from(state, 0)
    }

    /// As [`Graph::arcs`], from the position [`Arcs::position`] on.
    pub(crate) fn arcs_from(&self, state: u32, at: usize) -> Arcs<'_> {
        let bytes = if (state as usize) < self.lists.len() { self.lists.get(state) } else { &[] };
        Arcs { bytes, at, source: state }
    }

    /// Bytes in use.
    pub(crate) fn memory(&self) -> u64 {
        self.lists.memory() + self.permutations.memory()
    }
}

/// The arcs of one state.
#[derive(Clone, Debug)]
pub(crate) struct Arcs<'a> {
    bytes: &'a [u8],
    at: usize,
    source: u32,
}

impl Arcs<'_> {
    /// Where the next arc begins.
    pub(crate) fn position(&self) -> usize {
        self.at
    }
}

impl Iterator for Arcs<'_> {
    type Item = Arc;

    fn next(&mut self) -> Option<Arc> {
        if self.at >= self.bytes.len() {
            return None;
        }
        let delta = varint::unzigzag(varint::read(self.bytes, &mut self.at));
        let slot = varint::read(self.bytes, &mut self.at);
        let partner =
            if slot & 1 == 1 { Some(varint::read(self.bytes, &mut self.at) as usize) } else { None };
        let moved = if slot & 2 == 2 { varint::read(self.bytes, &mut self.at) } else { 0 };
        let target = (i64::from(self.source) + delta) as u32;
        Some(Arc { target, slot: (slot >> 2) as usize, partner, moved: Permutation::from_number(moved) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arcs_come_back() {
        let arc = |target, slot, partner| Arc { target, slot, partner, moved: Permutation::IDENTITY };
        let lists = [
            vec![arc(1, 0, None), arc(1_000_000, 1, Some(0))],
            vec![],
            vec![
                Arc { moved: Permutation::from_number(300), ..arc(0, 200, Some(300)) },
                Arc { moved: Permutation::from_number(1), ..arc(2, 3, None) },
            ],
        ];
        let mut graph = Graph::default();
        for list in &lists {
            assert!(graph.push(list));
        }
        for (state, list) in lists.iter().enumerate() {
            assert_eq!(graph.arcs(state as u32).collect::<Vec<_>>(), *list);
        }
        assert_eq!(graph.arcs(3).next(), None);
        let mut arcs = graph.arcs(0);
        arcs.next();
        assert_eq!(graph.arcs_from(0, arcs.position()).next(), Some(lists[0][1]));
        assert_eq!((graph.len(), graph.expanded()), (4, 3));
    }
}
