//! The primitives and channels of a run, and what each of them holds in a state.

use crate::commands::queue;
use crate::machine::state::{Ref, State};
use crate::machine::step::scope;
use crate::machine::{Act, Machine, PointKind};
use crate::source::Source;
use crate::sync;
use crate::trace::{ObjectId, Trace, fields, object_text};

/// A channel, a lock, a wait group, …
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Thing {
    pub id: ObjectId,
    /// `chan`, `sync.Mutex`.
    pub primitive: &'static str,
    /// As the run first calls it, with a number where several things are called that.
    pub name: String,
}

/// What a thing holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Content {
    Channel {
        room: i64,
        queued: Vec<String>,
        closed: bool,
    },
    /// The fields of a primitive; an only field has no name.
    Fields(Vec<(String, String)>),
}

/// Everything that a step works on or somebody waits for in the end.
pub(super) fn of(machine: &Machine, source: &Source, trace: &Trace) -> Vec<Thing> {
    let mut things: Vec<Thing> = Vec::new();
    let mut add = |id: Option<ObjectId>, primitive: &'static str, text: &str| {
        if let Some(id) = id
            && things.iter().all(|known| known.id != id)
        {
            things.push(Thing { id, primitive, name: text.to_string() });
        }
    };
    for (_, part) in trace.parts() {
        if let Some(deed) = part.deed.as_ref().filter(|_| !trace.goroutine(part.goroutine).environment) {
            add(deed.object, deed.primitive, &deed.text);
        }
    }
    for goroutine in trace.goroutines.iter().filter(|goroutine| !goroutine.environment) {
        let standing = trace.slot_of(goroutine.id).zip(goroutine.point);
        let Some((slot, point)) = standing else { continue };
        let PointKind::Operation(operation) = &machine.point(goroutine.routine, point).kind else { continue };
        for Act { object, primitive, .. } in &operation.acts {
            let reference = scope(machine, trace.last(), slot).eval(object).unwrap_or(Ref::NIL);
            let act = operation.acts.iter().find(|act| act.object == *object);
            let text = act.map(|act| object_text(source, act)).unwrap_or_default();
            add(trace.names.identify(trace.steps.len(), reference), primitive, &text);
        }
    }
    number(&mut things);
    things
}

/// Tells things of one name apart.
fn number(things: &mut [Thing]) {
    let names: Vec<String> = things.iter().map(|thing| thing.name.clone()).collect();
    for (index, thing) in things.iter_mut().enumerate() {
        if names.iter().filter(|name| **name == thing.name).count() > 1 {
            let number = names[..=index].iter().filter(|name| **name == thing.name).count();
            thing.name = format!("{} ({number})", thing.name);
        }
    }
}

impl Thing {
    /// What it holds after `at` steps; `None` before it is made and when it is not among what is `known` any more.
    pub(super) fn content(
        &self,
        machine: &Machine,
        trace: &Trace,
        at: usize,
        known: &State,
    ) -> Option<Content> {
        let reference = trace.reference(at, self.id)?;
        if reference.object != Ref::GLOBALS {
            known.object(reference.object)?;
        }
        if let Some(fields) = fields::of_primitive(machine, trace, at, reference, self.primitive) {
            return Some(Content::Fields(fields));
        }
        if sync::find(self.primitive).is_some() {
            return None;
        }
        let state = trace.states.get(at)?;
        let cell = |skip: u32| fields::cell(state, reference, skip as usize);
        Some(Content::Channel {
            room: cell(queue::CAP),
            queued: trace.names.queued(machine, state, at, reference.pack()),
            closed: cell(queue::CLOSED) != 0,
        })
    }
}
