//! A run of a model as people read it: goroutines with ids, steps with source lines,
//! what each step changed.
//!
//! In: a [`Machine`], its [`Source`], a path of elementary steps from any engine.
//! Out: a [`Trace`], which exists only if the Machine itself has taken every step of
//! the path. Absent: why it is a bug (`blame`) and how it looks (`report`).

mod cells;
pub mod datum;
pub mod effects;
pub mod fields;
pub mod film;
pub mod follow;
pub mod lookup;
mod names;
mod oneline;
mod replay;
pub mod stacks;
mod status;
pub mod values;

pub use names::{Names, ObjectId, Value};
pub use oneline::{object_text, one_line};
pub use replay::{ReplayError, operation, replay};

use std::fmt;

use crate::commands::RoutineId;
use crate::machine::state::{Ref, State};
use crate::machine::{Machine, PointId};
use crate::source::{Source, Span};
use effects::Effect;

/// A goroutine's number in a trace: main is 1, the others follow in order of creation.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct GoroutineId(pub u32);

impl GoroutineId {
    /// The goroutine that runs `main`.
    pub const MAIN: Self = Self(1);

    /// As an index into [`Trace::goroutines`].
    pub fn index(self) -> usize {
        self.0 as usize - 1
    }
}

impl fmt::Display for GoroutineId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// A replayed run.
#[derive(Clone, Debug)]
pub struct Trace {
    /// Every goroutine that ever lived, by id.
    pub goroutines: Vec<Goroutine>,
    pub steps: Vec<Step>,
    /// The states along the run: `states[k]` is the one after `k` steps.
    pub states: Vec<State>,
    /// Who sits in which slot of each state.
    pub seats: Vec<Vec<Option<GoroutineId>>>,
    /// Which object is which along the run.
    pub names: Names,
    /// How many steps until no continuation saves the goroutines that are stuck at the end.
    /// `None` where that was not asked or makes no sense.
    pub doomed_from: Option<usize>,
    /// For a run that goes on for ever: it repeats from after this many steps.
    pub repeats_from: Option<usize>,
}

/// One goroutine of a run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Goroutine {
    pub id: GoroutineId,
    pub routine: RoutineId,
    /// The function that it runs: `main`, `servePeer`, `main.func1`; `timer` for the environment.
    pub name: String,
    /// No goroutine of the program: a timer. It is in no dump.
    pub environment: bool,
    /// Its name in a sentence: the function, with the id where several goroutines run it.
    pub label: String,
    /// Who started it; `None` for main.
    pub created: Option<Creation>,
    pub status: Status,
    /// Where it stands at the end of the run, innermost frame first; empty once it has ended.
    pub stack: Vec<StackFrame>,
    /// The statement that it stands at, where it has not ended.
    pub at: Option<Site>,
    /// The point that it stands at, where it has not ended.
    pub point: Option<PointId>,
}

/// Where a goroutine comes from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Creation {
    pub by: GoroutineId,
    /// Index of the step that started it.
    pub step: usize,
    /// The creating function as a dump prints it.
    pub symbol: String,
    pub line: usize,
}

/// How a goroutine stands at the end of a run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Status {
    /// It could take a step, or the run was over before it could.
    Runnable,
    /// It broke the run: panic, fatal error, failed assertion.
    Failed,
    /// It waits.
    Blocked { reason: &'static str },
    /// It waits where waiting for ever is fine.
    Idle { reason: &'static str },
    /// It has ended, at the step with this index.
    Ended { step: usize },
}

/// A frame of a call stack.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StackFrame {
    /// `Server.Close`.
    pub function: String,
    /// `main.(*Server).Close`.
    pub symbol: String,
    pub line: usize,
}

/// A place in the source.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Site {
    /// The statement on one line.
    pub text: String,
    /// The innermost function.
    pub function: String,
    pub span: Span,
    pub line: usize,
    pub column: usize,
}

/// One elementary step: what one goroutine does, or two that meet at a channel.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Step {
    /// The goroutine that steps; in a rendezvous the sender.
    pub actor: Part,
    /// The receiver in a rendezvous.
    pub partner: Option<Part>,
    /// What `any` gave.
    pub choice: Option<i64>,
}

/// One goroutine's part of a step.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Part {
    pub goroutine: GoroutineId,
    pub routine: RoutineId,
    /// Where it stood before the step, and which edge it took.
    pub point: PointId,
    pub edge: usize,
    pub site: Site,
    /// The statement, or the case of the select, on one line.
    pub operation: String,
    /// What it did to which synchronisation object, where it did.
    pub deed: Option<Deed>,
    /// It took `default`: nothing changed, but it is a turn of the run.
    pub took_default: bool,
    pub effects: Vec<Effect>,
}

/// An operation on a synchronisation object, or a step of one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Deed {
    /// `None` for nil.
    pub object: Option<ObjectId>,
    pub primitive: &'static str,
    pub action: &'static str,
    pub acquires: bool,
    /// Whether the object is different after it; a failed `TryLock` changes nothing.
    pub changed: bool,
    /// False for all but the last step of an operation of several.
    pub completes: bool,
    /// The object as written.
    pub text: String,
    /// Which act of the operation: the case of a select.
    pub act: usize,
    /// How many acts the operation has.
    pub of: usize,
}

impl Trace {
    /// The state in which the run stops.
    pub fn last(&self) -> &State {
        &self.states[self.states.len() - 1]
    }

    /// The goroutine with this id.
    pub fn goroutine(&self, id: GoroutineId) -> &Goroutine {
        &self.goroutines[id.index()]
    }

    /// Who sits in `slot` of the last state.
    pub fn in_slot(&self, slot: usize) -> Option<GoroutineId> {
        self.seats.last()?.get(slot).copied().flatten()
    }

    /// The slot of a goroutine in the last state.
    pub fn slot_of(&self, id: GoroutineId) -> Option<usize> {
        self.slot_at(self.steps.len(), id)
    }

    /// The slot of a goroutine after `steps` steps, where it is alive then.
    pub fn slot_at(&self, steps: usize, id: GoroutineId) -> Option<usize> {
        self.seats.get(steps)?.iter().position(|&seat| seat == Some(id))
    }

    /// The reference that names `id` after `steps` steps, where it is in use then.
    pub fn reference(&self, steps: usize, id: ObjectId) -> Option<Ref> {
        if id.object == Ref::GLOBALS {
            return Some(Ref { object: Ref::GLOBALS, cell: id.cell });
        }
        let state = self.states.get(steps)?;
        let here = |number: usize| Ref { object: u32::try_from(number).unwrap_or(u32::MAX), cell: id.cell };
        let mut used = state.heap.iter().enumerate().filter(|(_, object)| object.is_some());
        let found = used.find(|&(number, _)| self.names.identify(steps, here(number).pack()) == Some(id));
        found.map(|(number, _)| here(number))
    }

    /// What a step changed, in words; empty where nothing shows.
    pub fn effect(&self, step: &Step) -> String {
        let words =
            |part: &Part| part.effects.iter().map(|effect| self.told(part, effect)).collect::<Vec<_>>();
        let mut all = words(&step.actor);
        if let Some(partner) = &step.partner {
            let name = &self.goroutine(partner.goroutine).label;
            all.extend(words(partner).into_iter().map(|words| format!("{name}: {words}")));
        }
        all.join(", ")
    }

    /// An effect of a part in words. A timer that has done its part fires.
    pub fn told(&self, part: &Part, effect: &Effect) -> String {
        match effect {
            Effect::Ends { .. } if self.goroutine(part.goroutine).environment => "fires".to_string(),
            other => other.words(self),
        }
    }

    /// The parts of all steps, in order, with the index of their step.
    pub fn parts(&self) -> impl DoubleEndedIterator<Item = (usize, &Part)> {
        self.steps.iter().enumerate().flat_map(|(index, step)| step.parts().map(move |part| (index, part)))
    }
}

impl Step {
    /// Its one or two parts, the sender's first.
    pub fn parts(&self) -> impl DoubleEndedIterator<Item = &Part> {
        std::iter::once(&self.actor).chain(self.partner.as_ref())
    }
}

impl Goroutine {
    /// Whether it has ended.
    pub fn has_ended(&self) -> bool {
        matches!(self.status, Status::Ended { .. })
    }

    /// What a goroutine dump has in the brackets.
    pub fn dump_status(&self) -> &'static str {
        match self.status {
            Status::Runnable | Status::Ended { .. } => "runnable",
            Status::Failed => "running",
            Status::Blocked { reason } | Status::Idle { reason } => reason,
        }
    }
}

/// The place that `span` at `point` of `routine` is.
pub fn site(machine: &Machine, source: &Source, routine: RoutineId, point: PointId, span: Span) -> Site {
    let stack = machine.stack(machine.point(routine, point).stack);
    let frame = stack.frames.iter().find(|frame| stacks::is_of_model(&frame.symbol)).or(stack.frames.first());
    let at = source.line_column(span.start);
    let function = frame.map(|frame| frame.function.clone()).unwrap_or_default();
    Site { text: one_line(source, span), function, span, line: at.line, column: at.column }
}
