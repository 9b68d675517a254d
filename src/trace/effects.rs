//! What a step changed, as facts, and the words for each.
//!
//! In: nothing. Out: [`Effect`]s, which `describe` derives from the states around a
//! step and which every report renders. Absent: colours and layout.

pub(super) mod describe;
pub(super) mod panics;
mod writes;

use super::{GoroutineId, Trace};

/// One visible change.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Effect {
    /// A variable, field or element has this value now; `local`: only this goroutine sees it.
    Set {
        place: String,
        value: String,
        local: bool,
    },
    /// An entry of a map is gone: `m["a"]`.
    Deletes {
        place: String,
    },
    /// A value went into a channel's buffer, which now holds `queued` of `room`.
    Queues {
        channel: String,
        value: String,
        queued: i64,
        room: i64,
    },
    /// A value went straight to a receiver.
    Sends {
        channel: String,
        value: String,
        to: GoroutineId,
    },
    /// A value came straight from a sender.
    Receives {
        channel: String,
        value: String,
        from: GoroutineId,
    },
    /// A value came out of a channel's buffer.
    Takes {
        channel: String,
        value: String,
    },
    /// A closed and drained channel gave its zero value.
    FindsClosed {
        channel: String,
    },
    Closes {
        channel: String,
    },
    /// A lock changed hands; the verb is `locks`, `unlocks`, `read-locks`, …
    Locks {
        verb: &'static str,
        object: String,
    },
    /// The first of several steps of an operation, as a writer's announcement.
    Begins {
        action: &'static str,
        object: String,
    },
    /// A primitive's state has changed; one field without a name is its value.
    Counts {
        object: String,
        fields: Vec<(String, String)>,
    },
    Starts {
        goroutine: GoroutineId,
    },
    Chooses {
        value: i64,
    },
    /// A case of `choose` was taken, counted from 1.
    TakesCase {
        case: usize,
    },
    /// The goroutine has ended.
    Ends {
        by_goexit: bool,
    },
    /// A panic begins that deferred calls can see.
    Raises {
        text: String,
    },
    /// A panic that nothing recovered has ended the run.
    Panics {
        text: String,
    },
    /// A fatal error has ended the run.
    Dies {
        text: String,
    },
    /// A failed assertion has ended the run.
    Fails {
        text: String,
    },
    Exits,
    /// A bound was hit; the run is not followed further.
    HitsBound {
        what: String,
    },
}

impl Effect {
    /// The change in words, without the goroutine that made it.
    pub fn words(&self, trace: &Trace) -> String {
        let label = |id: &GoroutineId| trace.goroutine(*id).label.clone();
        match self {
            Self::Set { place, value, .. } => format!("{place} = {value}"),
            Self::Deletes { place } => format!("deletes {place}"),
            Self::Queues { channel, value, queued, room } => {
                format!("{channel} <- {value} ({queued} of {room} queued)")
            }
            Self::Sends { value, to, .. } => format!("sent {value} to {}", label(to)),
            Self::Receives { value, from, .. } => format!("got {value} from {}", label(from)),
            Self::Takes { channel, value } => format!("got {value} out of {channel}"),
            Self::FindsClosed { channel } => format!("{channel} is closed"),
            Self::Closes { channel } => format!("closes {channel}"),
            Self::Locks { verb, object } => format!("{verb} {object}"),
            Self::Begins { action, object } => format!("announces {action} of {object}"),
            Self::Counts { object, fields } => counts(object, fields),
            Self::Starts { goroutine } => {
                format!("starts {} (goroutine {goroutine})", trace.goroutine(*goroutine).name)
            }
            Self::Chooses { value } => format!("chooses {value}"),
            Self::TakesCase { case } => format!("takes case {case}"),
            Self::Ends { by_goexit: false } => "returns".to_string(),
            Self::Ends { by_goexit: true } => "ends by runtime.Goexit".to_string(),
            Self::Raises { text } | Self::Panics { text } => format!("panics: {text}"),
            Self::Dies { text } => format!("fatal error: {text}"),
            Self::Fails { text } => format!("assertion fails: {text}"),
            Self::Exits => "the program exits".to_string(),
            Self::HitsBound { what } => format!("reaches the bound {what}"),
        }
    }
}

fn counts(object: &str, fields: &[(String, String)]) -> String {
    let list: Vec<String> = fields
        .iter()
        .map(|(name, value)| if name.is_empty() { value.clone() } else { format!("{name} {value}") })
        .collect();
    match fields {
        [(name, value)] if name.is_empty() => format!("{object} = {value}"),
        _ => format!("{object}: {}", list.join(", ")),
    }
}
