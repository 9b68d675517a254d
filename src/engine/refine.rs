//! What references tell about goroutines and about entries of maps: colour refinement.
//!
//! In: a state. Out: colours of its goroutines, and of the entries of maps whose keys are references, that do not depend
//! on the numbers of objects (and on slots, where these are not given). A goroutine or object begins with a colour of what is in it, and
//! gets a new one from those it refers to and those who refer to it, until no more are
//! told apart (Weisfeiler and Leman, 1968). What that leaves alike can be told apart by
//! picking one and going on.

use super::canonical::{Canonical, first_element};
use super::tables::{Code, Tables};
use crate::commands::{queue, table};
use crate::machine::Shape;
use crate::machine::state::{Object, Ref, State};

/// Colours of what is in a state. Kept and refilled, to keep its memory.
#[derive(Default, Debug)]
pub(crate) struct Refiner {
    /// Goroutines by slot, package variables, objects by canonical number, entries of maps whose keys are references.
    colors: Vec<u64>,
    links: Vec<Link>,
    sums: Vec<u64>,
    sorted: Vec<u64>,
    /// The node of the first object.
    first_object: usize,
    /// Per map whose keys are references: its canonical number, and the node of its first entry.
    maps: Vec<(usize, usize)>,
}

/// One node refers to another.
#[derive(Clone, Copy, Debug)]
struct Link {
    from: usize,
    to: usize,
    /// From where in the one to where in the other.
    label: u64,
}

/// A cell that may hold a reference: among which values, which of them, and its place in its node.
#[derive(Clone, Copy)]
struct Holder<'a> {
    node: usize,
    code: Code,
    values: &'a [i64],
    index: usize,
    place: usize,
}

impl Refiner {
    /// Gets ready for `state`, whose objects have been numbered by `canonical`. With `slots_differ` no two goroutines are alike.
    pub(crate) fn begin(
        &mut self,
        tables: &Tables,
        state: &State,
        canonical: &Canonical,
        slots_differ: bool,
    ) {
        self.colors.clear();
        self.maps.clear();
        self.links.clear();
        let slots = state.goroutines.len();
        self.first_object = slots + 1;
        self.colors.resize(self.first_object, 0);
        for (slot, goroutine) in state.goroutines.iter().enumerate() {
            let Some(goroutine) = goroutine else { continue };
            let point = tables.point(goroutine.routine, goroutine.point);
            let values = &goroutine.frame;
            let who = if slots_differ { slot } else { usize::from(slot != 0) };
            let mut color = mix(who as u64, point.number as u64);
            for cell in &point.cells {
                color = mix(color, flat(tables, state, cell.code, values, cell.index));
            }
            self.colors[slot] = color;
            for &cell in &point.refs {
                let (code, index) = (cell.code, cell.index);
                self.link(tables, state, canonical, Holder { node: slot, code, values, index, place: index });
            }
        }
        self.colors[slots] = 3;
        for &cell in &tables.global_refs {
            let (code, index) = (cell.code, cell.index);
            let values = &state.globals;
            self.link(tables, state, canonical, Holder { node: slots, code, values, index, place: index });
        }
        let objects = canonical.objects(state).count();
        self.colors.resize(self.first_object + objects, 0);
        for (number, (object, kept)) in canonical.objects(state).enumerate() {
            self.object(tables, state, canonical, self.first_object + number, object, kept.start..kept.end);
        }
    }

    fn object(
        &mut self,
        tables: &Tables,
        state: &State,
        canonical: &Canonical,
        node: usize,
        object: &Object,
        kept: std::ops::Range<usize>,
    ) {
        let pool = tables.pool(object.pool);
        let values = &object.cells;
        let mut color = mix(u64::from(object.pool.0), kept.len() as u64);
        match pool.shape {
            Shape::Record | Shape::Array => {}
            Shape::Channel => {
                for &cell in &values[..queue::FIRST as usize] {
                    color = mix(color, cell as u64);
                }
            }
            Shape::Map { .. } => {
                color = mix(color, values[table::LEN as usize] as u64);
                color = mix(color, values[table::DUE as usize] as u64);
                let over = table::OVER as usize;
                let holder = Holder { node, code: Code::Ref, values, index: over, place: over };
                self.link(tables, state, canonical, holder);
            }
        }
        if pool.key_refs {
            self.maps.push((node - self.first_object, self.colors.len()));
        }
        let begin = first_element(pool.shape) + kept.start;
        let end = if pool.codes.is_empty() { begin } else { kept.end };
        for element in (begin..end).step_by(pool.stride.max(1)) {
            // The entries of such a map have no order.
            let entry = pool.key_refs.then(|| {
                let entry = self.colors.len();
                self.colors.push(4);
                self.links.push(Link { from: node, to: entry, label: 5 });
                entry
            });
            for (offset, &code) in pool.codes.iter().enumerate() {
                let index = element + offset;
                let cell = flat(tables, state, code, values, index);
                let place = match entry {
                    Some(entry) => {
                        self.colors[entry] = mix(self.colors[entry], cell);
                        offset
                    }
                    None => {
                        color = mix(color, cell);
                        index - begin
                    }
                };
                let node = entry.unwrap_or(node);
                self.link(tables, state, canonical, Holder { node, code, values, index, place });
            }
        }
        self.colors[node] = color;
    }

    fn link(&mut self, tables: &Tables, state: &State, canonical: &Canonical, holder: Holder<'_>) {
        let Holder { node, code, values, index, place } = holder;
        if let Some(reference) = reference(tables, state, code, values, index)
            && let Some((number, cell)) = canonical.rename(reference)
        {
            let to = self.first_object + number as usize;
            self.links.push(Link { from: node, to, label: mix(place as u64, cell as u64) });
        }
    }

    /// Goes on until no more are told apart.
    pub(crate) fn refine(&mut self) {
        let mut known = self.distinct();
        loop {
            self.sums.clear();
            self.sums.resize(self.colors.len(), 0);
            for &Link { from, to, label } in &self.links {
                let down = mix(label, self.colors[to]);
                let up = mix(!label, self.colors[from]);
                self.sums[from] = self.sums[from].wrapping_add(down);
                self.sums[to] = self.sums[to].wrapping_add(up);
            }
            for (color, &sum) in self.colors.iter_mut().zip(&self.sums) {
                *color = mix(*color, sum);
            }
            let now = self.distinct();
            if now <= known {
                return;
            }
            known = now;
        }
    }

    /// Gives a node a colour of its own, and goes on. The first nodes are the goroutines by slot.
    pub(crate) fn pick(&mut self, node: usize) {
        self.colors[node] = mix(self.colors[node], 6);
        self.refine();
    }

    /// What the goroutine in `slot` looks like.
    pub(crate) fn color(&self, slot: usize) -> u64 {
        self.colors[slot]
    }

    /// Per map whose keys are references, by its canonical number: an order of its entries. Entries that nothing tells
    /// apart are picked in the order that they have.
    pub(crate) fn entries(
        &mut self,
        canonical: &Canonical,
        state: &State,
        tables: &Tables,
    ) -> Vec<(u32, Vec<u32>)> {
        let maps = std::mem::take(&mut self.maps);
        let counts: Vec<usize> = canonical
            .objects(state)
            .map(|(object, _)| {
                let pool = tables.pool(object.pool);
                (object.cells.len() - first_element(pool.shape).min(object.cells.len())) / pool.stride.max(1)
            })
            .collect();
        let mut orders = Vec::new();
        for &(map, first) in &maps {
            let alike = |colors: &[u64]| {
                let entries = first..first + counts[map];
                entries
                    .clone()
                    .find(|&entry| (entry + 1..entries.end).any(|other| colors[entry] == colors[other]))
            };
            for _ in 0..counts[map] {
                let Some(entry) = alike(&self.colors) else { break };
                self.pick(entry);
            }
        }
        // All have been picked that had to be: from here on no colour changes.
        for &(map, first) in &maps {
            let mut order: Vec<u32> = (0..).take(counts[map]).collect();
            order.sort_by_key(|&index| self.colors[first + index as usize]);
            orders.push((u32::try_from(map).unwrap_or(u32::MAX), order));
        }
        self.maps = maps;
        orders
    }

    fn distinct(&mut self) -> usize {
        self.sorted.clone_from(&self.colors);
        self.sorted.sort_unstable();
        self.sorted.dedup();
        self.sorted.len()
    }
}

/// A cell without what depends on the numbers of objects: of a reference no more than what kind of object it names.
pub(crate) fn flat(tables: &Tables, state: &State, code: Code, values: &[i64], index: usize) -> u64 {
    let value = values[index];
    match reference(tables, state, code, values, index) {
        None => value as u64,
        Some(reference) => {
            let object = state.heap[reference.object as usize].as_ref();
            let pool = object.map(|object| object.pool);
            // Where in an array it points depends on how much of the array is kept.
            let array = pool.is_some_and(|pool| tables.pool(pool).shape == Shape::Array);
            let cell = if array { 0 } else { reference.cell };
            mix(u64::from(pool.map_or(u32::MAX, |pool| pool.0)) << 1 | 1, u64::from(cell))
        }
    }
}

/// The reference in a cell, where there is one to an object.
fn reference(tables: &Tables, state: &State, code: Code, values: &[i64], index: usize) -> Option<Ref> {
    let before = if index == 0 { 0 } else { values[index - 1] };
    if !tables.is_ref(code, before) {
        return None;
    }
    let reference = Ref::unpack(values[index])?;
    state.object(reference.object).map(|_| reference)
}

/// A hash of a pair. Collisions cost states, never a verdict.
pub(crate) fn mix(left: u64, right: u64) -> u64 {
    let product = u128::from(left ^ 0x9e37_79b9_7f4a_7c15) * u128::from(right ^ 0xd6e8_feb8_6659_fd93);
    (product as u64) ^ ((product >> 64) as u64) ^ left.rotate_left(29).wrapping_add(right)
}
