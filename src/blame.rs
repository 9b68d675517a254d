//! Why nobody wakes the goroutines that are stuck.
//!
//! In: a [`Trace`] and who is stuck at its end. Out: for each of them what it waits
//! for, which code could have ended the wait, why each goroutine that runs such code
//! does not get there any more, and the [`Knot`]: who waits for whom in a circle.
//! Absent: the question whether they are stuck (the engine's) and layout.

mod flow;
pub mod holders;
mod knot;
mod wait;
mod wakers;
pub mod words;

pub use holders::{Holder, Holders};
pub use knot::{Knot, Link};

use crate::machine::Machine;
use crate::source::{Source, Span};
use crate::trace::{GoroutineId, ObjectId, Site, Trace};

/// Why a state is stuck.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Blame {
    pub stuck: Vec<Stuck>,
    pub knot: Knot,
}

/// A goroutine that nobody wakes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stuck {
    pub goroutine: GoroutineId,
    /// As a goroutine dump has it.
    pub reason: &'static str,
    /// `send`, `receive`, `select`, `Lock`.
    pub name: &'static str,
    /// The statement on one line.
    pub operation: String,
    pub site: Site,
    /// One per case of a select; none for `select {}`.
    pub waits: Vec<Wait>,
}

/// One thing that a stuck goroutine waits for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Wait {
    pub primitive: &'static str,
    /// `Lock`, `receive`.
    pub action: &'static str,
    /// What ends the wait: `Unlock`, `send`.
    pub woken_by: &'static [&'static str],
    /// The object as written.
    pub object: String,
    /// The operation as written, and where.
    pub operation: String,
    pub span: Span,
    /// Which object it is; `None` for nil.
    pub identity: Option<ObjectId>,
    pub condition: Condition,
    /// Who holds the lock that it waits for.
    pub holders: Vec<Holder>,
    pub wakers: Vec<Waker>,
}

/// The state of the object waited for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Condition {
    /// There is no object: the wait lasts for ever.
    Nil,
    Channel {
        room: i64,
        queued: i64,
        closed: bool,
    },
    /// The primitive's fields with their values; an only field has no name.
    Fields(Vec<(String, String)>),
}

/// Code that could have ended a wait, and who was to run it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Waker {
    pub by: By,
    /// `Unlock`, `send`.
    pub action: &'static str,
    /// The operation as written, and where.
    pub operation: String,
    pub site: Site,
    pub because: Because,
}

/// Who was to run it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum By {
    Goroutine(GoroutineId),
    /// A function that no goroutine of the run was started with, and the line that would have started it.
    Nobody {
        routine: String,
        line: Option<usize>,
    },
}

/// Why a waker does not wake.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Because {
    /// It is itself stuck, before it gets there.
    Stuck,
    /// The waiting goroutine itself would have to do it, later.
    Itself,
    /// It has ended.
    Ended { step: usize, missed: Missed },
    /// It goes on, but there is no way from where it is.
    Past(Missed),
    /// It holds the lock, since this step and line, and no code that it can still reach gives it back.
    NeverReleases { step: usize, line: usize, missed: Missed },
    /// It waits where waiting for ever is fine.
    Idle,
    /// It can go on for ever without getting there.
    Running,
    /// No goroutine runs this code.
    NotStarted,
    /// It is a clock, and its timer is stopped or has fired.
    Disarmed,
}

/// How a goroutine came to be past the code that could have ended the wait.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Missed {
    /// It did it, the last time at this step.
    Did { step: usize },
    /// At this step it went another way.
    Turned { step: usize, line: usize, taken: String, by: Turn },
    /// The run does not tell.
    Unknown,
}

/// What made a goroutine go another way.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Turn {
    /// The same select, by another case.
    Case,
    /// Another select, or a `choose`.
    Choice,
    /// A condition.
    Condition,
}

/// Explains why `stuck`, goroutines of the last state of `trace`, are stuck.
pub fn explain(machine: &Machine, source: &Source, trace: &Trace, stuck: &[GoroutineId]) -> Blame {
    let holders = Holders::at_end(trace);
    let case = Case { machine, source, trace, stuck, holders: &holders };
    let stuck = stuck.iter().filter_map(|&id| wait::explain(&case, id)).collect::<Vec<_>>();
    let knot = knot::find(&stuck);
    Blame { stuck, knot }
}

/// What every part of the explanation needs.
struct Case<'a> {
    machine: &'a Machine,
    source: &'a Source,
    trace: &'a Trace,
    stuck: &'a [GoroutineId],
    holders: &'a Holders,
}

impl Blame {
    /// The entry of a goroutine, where it is stuck.
    pub fn of(&self, id: GoroutineId) -> Option<&Stuck> {
        self.stuck.iter().find(|stuck| stuck.goroutine == id)
    }
}

impl Waker {
    /// The goroutine that was to run it.
    pub fn goroutine(&self) -> Option<GoroutineId> {
        match self.by {
            By::Goroutine(id) => Some(id),
            By::Nobody { .. } => None,
        }
    }

    /// Whether its goroutine may have done its part: it did it, and is gone or past it.
    pub fn has_done_it(&self) -> bool {
        matches!(
            self.because,
            Because::Ended { missed: Missed::Did { .. }, .. } | Because::Past(Missed::Did { .. })
        )
    }
}
