//! Trees of looks: what an answer depends on, asked one after the other.
//!
//! In: what the reference semantics has looked at for an answer, with the number of the answer. Out: that number, for every row
//! in which the same is seen.

use rustc_hash::FxHashMap;

use super::super::ahead::Reach;
use super::super::parts::{self, Parts};
use crate::machine::footprint::{Access, Location};
use crate::machine::state::State;
use crate::machine::{Machine, Shape};

/// Something of a state that what a goroutine does may depend on.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Look {
    Global(u32),
    Cell(u32, u32),
    /// A whole object: a channel or a map.
    Object(u32),
    /// How many objects there are: a new one gets the next number.
    Objects,
    /// Which slots are taken.
    Slots,
}

/// A node of the tree of looks, or what has been learnt at its end.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) struct Link(u32);

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
pub(super) const MOST_SLOTS: usize = 60;

/// Trees of looks, one for each root, with answers at their ends.
#[derive(Default, Debug)]
pub(super) struct Looks {
    nodes: Vec<Node>,
    next: FxHashMap<(u32, i64), Link>,
}

impl Looks {
    /// Bytes in use, about.
    pub(super) fn memory(&self) -> usize {
        self.nodes.capacity() * size_of::<Node>() + self.next.capacity() * 24
    }

    /// The number at the end of what is seen in `row`, where that is known.
    pub(super) fn find(&self, root: Link, parts: &Parts<'_>, row: &[u32]) -> Option<u32> {
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
    pub(super) fn insert(
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

/// What accesses depend on, in order, each once. What existed only after the state is not part of it.
pub(super) fn looks(machine: &Machine, state: &State, accesses: &[Access], reach: Reach) -> Vec<Look> {
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
