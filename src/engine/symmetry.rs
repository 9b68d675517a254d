//! Goroutines have no identity: states that differ in who is who are one state.
//!
//! In: a state. Out: the same state with its goroutines in an order that does not
//! depend on their slots, and who has gone where. Main stays in slot 0; slots that are
//! free come last. Goroutines go by where they stand and by the numbers in their
//! frames; where that does not tell two apart and their frames differ, by what their
//! references lead to ([`super::refine`]). What even that leaves open is settled by their
//! present slots: two states that differ in nothing but that may be kept as two, which
//! costs states and never a verdict.

use super::canonical::Canonical;
use super::parts::{self, Parts};
use super::refine::{Refiner, mix};
use super::tables::{Code, Tables};
use crate::commands::RoutineId;
use crate::machine::PointId;
use crate::machine::state::{End, Goroutine, Ref, State};

/// The part of what a goroutine sorts by that depends on nothing but itself. What never changes comes first: goroutines that
/// were started with different numbers do not change places as they go on.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct LocalKey {
    routine: u32,
    /// A hash of the cells that it was started with and nothing writes.
    fixed: u64,
    /// Where it stands.
    point: u32,
    /// A hash of the rest of its frame, in which references are no more than that.
    frame: u64,
}

impl LocalKey {
    /// Of a free slot.
    pub(crate) const FREE: Self = Self { routine: u32::MAX, fixed: 0, point: 0, frame: 0 };
}

/// Puts the goroutines of states in order. Kept and refilled, to keep its memory.
#[derive(Default, Debug)]
pub(crate) struct Arranger {
    refiner: Refiner,
    /// By present slot: what the goroutine sorts by; the second is what its references lead to.
    keys: Vec<(LocalKey, u64)>,
    /// By new slot: the present one.
    order: Vec<u32>,
    /// By present slot: the new one.
    moved: Vec<u32>,
    scratch: Vec<Option<Goroutine>>,
    before: Vec<u32>,
}

impl Arranger {
    /// Arranges `state`. `canonical` is overwritten.
    pub(crate) fn arrange(&mut self, tables: &Tables, state: &mut State, canonical: &mut Canonical) {
        let slots = state.goroutines.len();
        self.moved.clear();
        // Main, and at most one other, whose slot is the last.
        if slots <= 2 {
            return;
        }
        let key = |goroutine: &Option<Goroutine>| {
            let key = |it: &Goroutine| local_key(tables, it.routine, it.point, &it.frame);
            (goroutine.as_ref().map_or(LocalKey::FREE, key), 0)
        };
        self.keys.clear();
        self.keys.extend(state.goroutines.iter().map(key));
        self.sort();
        let same = |one: u32, other: u32| state.goroutine(one as usize) == state.goroutine(other as usize);
        if self.first_open(same).is_some() {
            canonical.fill(tables, state);
            self.refiner.begin(tables, state, canonical, false);
            self.refiner.refine();
            // Every goroutine is picked once at most.
            for _ in 0..slots {
                for (slot, key) in self.keys.iter_mut().enumerate() {
                    key.1 = self.refiner.color(slot);
                }
                self.sort();
                // Of those that nothing tells apart, one is picked; whom that leaves alike, the next round tells.
                let Some(picked) = self.first_open(same) else { break };
                self.refiner.pick(picked);
            }
        }
        self.find_moved();
        if self.changes() {
            self.scratch.clear();
            self.scratch.extend(self.order.iter().map(|&from| state.goroutines[from as usize].take()));
            std::mem::swap(&mut self.scratch, &mut state.goroutines);
            if let Some(End::Panic { slot, .. } | End::Fatal { slot, .. } | End::Assert { slot, .. }) =
                &mut state.end
            {
                *slot = self.moved.get(*slot).map_or(*slot, |&to| to as usize);
            }
        }
        while state.goroutines.len() > 1 && state.goroutines.last().is_some_and(Option::is_none) {
            state.goroutines.pop();
        }
    }

    /// The same of a row, whose objects may have to be numbered anew anyway. `false`, and nothing done, where that needs
    /// the whole state.
    pub(crate) fn arrange_row(&mut self, parts: &mut Parts<'_>, row: &mut Vec<u32>, renumbers: bool) -> bool {
        self.moved.clear();
        let slots = row[parts::SLOTS] as usize;
        if slots <= 2 {
            return !renumbers || parts.canonicalise(row);
        }
        let goroutines = &row[parts::FIRST..parts::FIRST + slots];
        self.keys.clear();
        self.keys.extend(goroutines.iter().map(|&part| (parts.key(part), 0)));
        let sorted = self.keys[1..].is_sorted();
        if sorted {
            self.order.clear();
            self.order.extend((0..).take(slots));
        } else {
            self.sort();
        }
        if self.first_open(|one, other| goroutines[one as usize] == goroutines[other as usize]).is_some() {
            return false;
        }
        if sorted && goroutines.last() != Some(&0) {
            return !renumbers || parts.canonicalise(row);
        }
        self.before.clone_from(row);
        for (&from, to) in self.order.iter().zip(parts::FIRST..) {
            row[to] = self.before[parts::FIRST + from as usize];
        }
        let free =
            row[parts::FIRST + 1..parts::FIRST + slots].iter().rev().take_while(|&&part| part == 0).count();
        row.drain(parts::FIRST + slots - free..parts::FIRST + slots);
        row[parts::SLOTS] -= free as u32;
        if parts.canonicalise(row) {
            self.find_moved();
            return true;
        }
        row.clone_from(&self.before);
        false
    }

    /// Where the slots of the state that was arranged last have gone; those that it does not reach have stayed.
    pub(crate) fn moved(&self) -> &[u32] {
        &self.moved
    }

    fn sort(&mut self) {
        self.order.clear();
        self.order.extend((0..).take(self.keys.len()));
        let keys = &self.keys;
        self.order[1..].sort_by_key(|&slot| keys[slot as usize]);
    }

    /// The first goroutine, in order, with the same key as the next, although the two are not the same in all.
    fn first_open(&self, same: impl Fn(u32, u32) -> bool) -> Option<usize> {
        let open = |pair: &&[u32]| {
            self.keys[pair[0] as usize] == self.keys[pair[1] as usize] && !same(pair[0], pair[1])
        };
        self.order[1..].windows(2).find(open).map(|pair| pair[0] as usize)
    }

    fn changes(&self) -> bool {
        self.order.iter().zip(0..).any(|(&from, to)| from != to)
    }

    fn find_moved(&mut self) {
        self.moved.resize(self.order.len(), 0);
        for (&from, to) in self.order.iter().zip(0..) {
            self.moved[from as usize] = to;
        }
    }
}

/// What a goroutine sorts by at first.
pub(crate) fn local_key(tables: &Tables, routine: RoutineId, point: PointId, frame: &[i64]) -> LocalKey {
    let point = tables.point(routine, point);
    let (mut fixed, mut rest) = (0, 0);
    for cell in &point.cells {
        let value = frame[cell.index];
        let before = if cell.index == 0 { 0 } else { frame[cell.index - 1] };
        let found = if tables.is_ref(cell.code, before) { Ref::unpack(value) } else { None };
        let told = match found.filter(|found| found.object != Ref::GLOBALS) {
            None => value as u64,
            // Where in an array a slice begins depends on how much of the array is kept.
            Some(found) => 1 << 63 | if cell.code == Code::Slice { 0 } else { u64::from(found.cell) },
        };
        let hash = if cell.fixed && found.is_none() { &mut fixed } else { &mut rest };
        *hash = mix(*hash, told);
    }
    let number = u32::try_from(point.number).unwrap_or(u32::MAX);
    LocalKey { routine: routine.0, fixed, point: number, frame: rest }
}
