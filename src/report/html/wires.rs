//! What goes from one goroutine to another: values, wakes, births.

use rustc_hash::FxHashMap;
use std::collections::VecDeque;

use crate::trace::effects::Effect;
use crate::trace::film::{Film, Wake};
use crate::trace::{GoroutineId, ObjectId, Trace};

/// An arrow of the diagram.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Wire {
    pub kind: Kind,
    pub from: GoroutineId,
    pub to: GoroutineId,
    /// The steps at which it leaves and arrives.
    pub at: usize,
    pub until: usize,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Message,
    Wake,
    Birth,
}

impl Kind {
    /// How `style.css` calls it.
    pub fn class(self) -> &'static str {
        match self {
            Self::Message => "message",
            Self::Wake => "wake",
            Self::Birth => "birth",
        }
    }
}

impl Wire {
    /// In words.
    pub fn words(&self, trace: &Trace) -> String {
        let who = |id: GoroutineId| trace.goroutine(id).label.clone();
        let (from, to, at, until) = (who(self.from), who(self.to), self.at + 1, self.until + 1);
        match self.kind {
            Kind::Message if at == until => format!("step {at}: a value goes from {from} to {to}"),
            Kind::Message => format!("a value goes from {from} (step {at}) to {to} (step {until})"),
            Kind::Wake => format!("{from} (step {at}) lets {to} go on (step {until})"),
            Kind::Birth => format!("step {at}: {from} starts {to}"),
        }
    }
}

/// All arrows of a run, in the order of their steps.
pub(super) fn wires(trace: &Trace, film: &Film) -> Vec<Wire> {
    let mut list: Vec<Wire> = Vec::new();
    // Who put the values into a channel that are in there, oldest first.
    let mut queues: FxHashMap<ObjectId, VecDeque<(GoroutineId, usize)>> = FxHashMap::default();
    for (at, step) in trace.steps.iter().enumerate() {
        let from = step.actor.goroutine;
        if let Some(partner) = &step.partner {
            list.push(Wire { kind: Kind::Message, from, to: partner.goroutine, at, until: at });
        }
        for part in step.parts() {
            let channel = part.deed.as_ref().and_then(|deed| deed.object);
            for effect in &part.effects {
                match (effect, channel) {
                    (Effect::Starts { goroutine }, _) => {
                        list.push(Wire {
                            kind: Kind::Birth,
                            from: part.goroutine,
                            to: *goroutine,
                            at,
                            until: at,
                        });
                    }
                    (Effect::Queues { .. }, Some(channel)) => {
                        queues.entry(channel).or_default().push_back((part.goroutine, at));
                    }
                    (Effect::Takes { .. }, Some(channel)) => {
                        let sent = queues.get_mut(&channel).and_then(VecDeque::pop_front);
                        if let Some((from, sent)) = sent {
                            list.push(Wire {
                                kind: Kind::Message,
                                from,
                                to: part.goroutine,
                                at: sent,
                                until: at,
                            });
                        }
                    }
                    _ => {}
                }
            }
        }
    }
    for &Wake { by, step, woken, goes_on } in &film.wakes {
        let told = |wire: &Wire| wire.to == woken && wire.until == goes_on && wire.from == by;
        if !list.iter().any(told) {
            list.push(Wire { kind: Kind::Wake, from: by, to: woken, at: step, until: goes_on });
        }
    }
    list.sort_by_key(|wire| (wire.at, wire.until));
    list
}
