//! The shared variables that a run changes: package variables, fields, elements, entries.
//!
//! What primitives are made of is left out ([`Thing`] has it), and so is what stays as it was made: a page
//! that shows everything shows nothing.

use super::things::Thing;
use crate::machine::footprint::Location;
use crate::machine::state::{Object, Ref};
use crate::machine::{Machine, Shape};
use crate::sync;
use crate::trace::cells::{different, head, value_name};
use crate::trace::names::Value;
use crate::trace::{ObjectId, Trace};

/// A variable that goroutines share. Of a map: all of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Place {
    name: String,
    at: ObjectId,
}

/// The places whose values differ along the run, in the order of the package's variables and of creation.
pub(super) fn places(machine: &Machine, trace: &Trace, things: &[Thing]) -> Vec<Place> {
    let mut list: Vec<Place> = Vec::new();
    let mut add = |place: Place| {
        let private = things.iter().any(|thing| {
            let size = sync::find(thing.primitive).map_or(0, |primitive| primitive.fields.len());
            let first = thing.id.cell as usize;
            thing.id.object == place.at.object && (first..first + size).contains(&(place.at.cell as usize))
        });
        if !private && list.iter().all(|known| known.at != place.at) {
            list.push(place);
        }
    };
    for pair in trace.states.windows(2) {
        for cell in different(&pair[0].globals, &pair[1].globals) {
            let index = head(&machine.globals, cell);
            let Some(kind) = machine.globals.get(index).filter(|kind| !kind.hidden) else { continue };
            let at = ObjectId { object: Ref::GLOBALS, cell: u32::try_from(index).unwrap_or(u32::MAX) };
            add(Place { name: value_name(kind).to_string(), at });
        }
    }
    for (after, pair) in trace.states.windows(2).enumerate() {
        for (number, object) in pair[1].heap.iter().enumerate() {
            let old = pair[0].heap.get(number).and_then(Option::as_ref);
            let (Some(object), Some(old)) = (object, old) else { continue };
            if old.pool != object.pool || old.cells == object.cells {
                continue;
            }
            changed(machine, trace, after + 1, number, old, object).into_iter().for_each(&mut add);
        }
    }
    list.sort_by_key(|place| (place.at.object != Ref::GLOBALS, place.at));
    list
}

/// The places of an object that a step has changed.
fn changed(
    machine: &Machine,
    trace: &Trace,
    at: usize,
    number: usize,
    old: &Object,
    new: &Object,
) -> Vec<Place> {
    let pool = machine.pool(new.pool);
    let reference = Ref { object: u32::try_from(number).unwrap_or(u32::MAX), cell: 0 }.pack();
    let Some(id) = trace.names.identify(at, reference) else { return Vec::new() };
    let whole = || vec![Place { name: trace.names.object(machine, id), at: id }];
    match pool.shape {
        // What waits in a channel is the channel's; primitives of the library are pools of their own.
        Shape::Channel => Vec::new(),
        _ if sync::find(&pool.name).is_some() => Vec::new(),
        Shape::Map { .. } => whole(),
        Shape::Record | Shape::Array => different(&old.cells, &new.cells)
            .filter_map(|cell| {
                let kind = pool.cell(cell)?;
                let stride = pool.stride();
                let index = cell / stride * stride + head(&pool.cells, cell % stride);
                if kind.hidden || kind.name.starts_with(['~', '&']) {
                    return None;
                }
                let name = trace.names.location(machine, at, Location::Heap { object: number, cell: index });
                Some(Place { name, at: ObjectId { cell: u32::try_from(index).ok()?, ..id } })
            })
            .collect(),
    }
}

impl Place {
    /// Its name and value after `at` steps, where it exists.
    pub(super) fn value(&self, machine: &Machine, trace: &Trace, at: usize) -> Option<(String, String)> {
        let state = trace.states.get(at)?;
        let reference = trace.reference(at, self.at)?;
        let index = reference.cell as usize;
        let shown = if reference.object == Ref::GLOBALS {
            let value = Value { kinds: &machine.globals, cells: &state.globals, index };
            trace.names.value(machine, state, at, value)
        } else {
            let object = state.object(reference.object)?;
            let pool = machine.pool(object.pool);
            match pool.shape {
                Shape::Map { .. } => trace.names.inside(machine, state, at, reference),
                Shape::Record | Shape::Array | Shape::Channel => {
                    let stride = pool.stride();
                    let first = if pool.shape == Shape::Array { index / stride * stride } else { 0 };
                    let cells = object.cells.get(first..)?;
                    trace.names.value(
                        machine,
                        state,
                        at,
                        Value { kinds: &pool.cells, cells, index: index - first },
                    )
                }
            }
        };
        Some((self.name.clone(), shown))
    }
}
