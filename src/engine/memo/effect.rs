//! What a step does to a row: the difference between two states, learnt once, made as often as it is wanted.
//!
//! In: a state, the one after a step, and what the step has accessed. Out: an [`Effect`], that makes a row into the next.

use std::rc::Rc;

use super::super::parts::{self, Parts};
use super::Teacher;
use crate::machine::Shape;
use crate::machine::footprint::{Footprint, Location};
use crate::machine::state::State;

/// What a step does to a row.
#[derive(Debug)]
pub(crate) struct Effect {
    status: Option<u32>,
    /// The goroutines that take part, 0 where one has ended.
    own: u32,
    partner: u32,
    /// Goroutines that have been started, by slot.
    started: Vec<(usize, u32)>,
    globals: Vec<(u32, i64)>,
    cells: Vec<(u32, u32, i64)>,
    objects: Vec<(u32, u32)>,
    made: Vec<u32>,
    /// Objects may have to be numbered anew.
    pub(crate) renumbers: bool,
    /// A slot has become free.
    frees: bool,
}

impl Effect {
    /// The difference between the state at hand and the one after a step, which has made the accesses of `log`. `None` where
    /// that is more than a row can be told.
    pub(super) fn between(
        Teacher { machine, state, .. }: Teacher<'_, '_>,
        parts: &mut Parts<'_>,
        row: &[u32],
        after: &State,
        (slot, partner): (usize, Option<usize>),
        log: &Footprint,
    ) -> Option<Rc<Self>> {
        if after.end.is_some() || after.heap.len() < state.heap.len() {
            return None;
        }
        let goroutine = |parts: &mut Parts<'_>, slot: usize| {
            after.goroutine(slot).map_or(0, |goroutine| parts.goroutine(goroutine))
        };
        let mut effect = Self {
            status: (after.main != state.main).then(|| parts.status(after.main, None)),
            own: goroutine(parts, slot),
            partner: partner.map_or(0, |partner| goroutine(parts, partner)),
            started: Vec::new(),
            globals: Vec::new(),
            cells: Vec::new(),
            objects: Vec::new(),
            made: Vec::new(),
            renumbers: false,
            frees: false,
        };
        for other in 0..after.goroutines.len().max(state.goroutines.len()) {
            if other == slot || Some(other) == partner || after.goroutine(other) == state.goroutine(other) {
                continue;
            }
            if state.goroutine(other).is_some() {
                return None;
            }
            effect.started.push((other, goroutine(parts, other)));
            effect.renumbers = true;
        }
        for (slot, part) in [(Some(slot), effect.own), (partner, effect.partner)] {
            if let Some(slot) = slot {
                effect.renumbers |= !parts.refers_alike(row[parts::FIRST + slot], part);
                effect.frees |= part == 0;
            }
        }
        let mut written: Vec<Location> =
            log.accesses().iter().filter(|access| access.write).map(|access| access.location).collect();
        written.sort_unstable();
        written.dedup();
        let is_written = |location: Location| written.binary_search(&location).is_ok();
        // What has changed has been written.
        for (cell, (before, now)) in state.globals.iter().zip(&after.globals).enumerate() {
            if before != now && !is_written(Location::Global(cell)) {
                return None;
            }
        }
        let objects = parts::objects_at(row);
        for (number, (before, now)) in state.heap.iter().zip(&after.heap).enumerate() {
            let (Some(before), Some(now)) = (before, now) else { return None };
            if before == now {
                continue;
            }
            match machine.pool(before.pool).shape {
                Shape::Map { .. } => return None,
                Shape::Channel => {
                    let part = parts.object(now);
                    effect.renumbers |= !parts.objects_refer_alike(row[objects + number], part);
                    effect.objects.push((number as u32, part));
                }
                Shape::Record | Shape::Array => {
                    let changed = before.cells.iter().zip(&now.cells).enumerate();
                    let mut changed = changed.filter(|(_, (before, now))| before != now);
                    let same_length = before.cells.len() == now.cells.len() && before.pool == now.pool;
                    if !same_length
                        || changed.any(|(cell, _)| !is_written(Location::Heap { object: number, cell }))
                    {
                        return None;
                    }
                }
            }
        }
        for location in written {
            match location {
                Location::Global(cell) => {
                    effect.globals.push((cell as u32, *after.globals.get(cell)?));
                    effect.renumbers |= parts.global_refers(cell);
                }
                Location::Heap { object, cell } => {
                    let now = after.heap.get(object)?.as_ref()?;
                    let pool = machine.pool(now.pool);
                    if object >= state.heap.len() || matches!(pool.shape, Shape::Channel) {
                        continue;
                    }
                    effect.cells.push((object as u32, cell as u32, *now.cells.get(cell)?));
                    effect.renumbers |= parts.cell_refers(now.pool, cell);
                }
            }
        }
        for object in &after.heap[state.heap.len()..] {
            effect.made.push(parts.object(object.as_ref()?));
            effect.renumbers = true;
        }
        Some(Rc::new(effect))
    }

    /// Takes the step from `row`: `out` is the row after it, whose objects may have to be numbered anew.
    pub(crate) fn apply(
        &self,
        parts: &mut Parts<'_>,
        row: &[u32],
        slot: usize,
        partner: Option<usize>,
        out: &mut Vec<u32>,
    ) {
        out.clear();
        out.extend_from_slice(row);
        if let Some(status) = self.status {
            out[parts::STATUS] = status;
        }
        for &(cell, value) in &self.globals {
            out[parts::GLOBALS] = parts.write_global(out[parts::GLOBALS], cell, value);
        }
        let objects = parts::objects_at(row);
        for &(object, cell, value) in &self.cells {
            let part = &mut out[objects + object as usize];
            *part = parts.write(*part, cell, value);
        }
        for &(object, part) in &self.objects {
            out[objects + object as usize] = part;
        }
        out.extend_from_slice(&self.made);
        out[parts::FIRST + slot] = self.own;
        if let Some(partner) = partner {
            out[parts::FIRST + partner] = self.partner;
        }
        for &(slot, part) in &self.started {
            while out[parts::SLOTS] as usize <= slot {
                let end = parts::objects_at(out);
                out.insert(end, 0);
                out[parts::SLOTS] += 1;
            }
            out[parts::FIRST + slot] = part;
        }
        if self.frees {
            while out[parts::SLOTS] > 1 && out[parts::objects_at(out) - 1] == 0 {
                let last = parts::objects_at(out) - 1;
                out.remove(last);
                out[parts::SLOTS] -= 1;
            }
        }
    }
}
