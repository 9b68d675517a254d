//! What other engines are asked, and what they answer.
//!
//! In: nothing but words. A question is about all runs of a Machine, statement by statement: engines that are no
//! part of goknot explore the Machine as [`crate::machine::step`] has it, without fusion. Out: an
//! [`Answer`], whose path is one of the Machine's own. `external` asks, and `claim` confirms.

use super::Watch;
use crate::machine::Machine;
use crate::machine::step::{Limits, Step};

/// A question about all runs of a Machine.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Question {
    /// Is one of these states reachable?
    Reach(Targets),
    /// Does some run go on for ever (environment included)?
    Endless,
    /// Is some goroutine stuck beside others that go on for ever? The path leads to where it is stuck for good.
    Leak,
    /// Is there a fair run on which `properties.eventually[i]` never holds?
    Eventually(usize),
    /// Is there a fair run on which `properties.leads_to[i]` fails?
    LeadsTo(usize),
}

/// Kinds of states; any of them will do.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Targets {
    /// The run has ended by a panic or a fatal error.
    pub panics: bool,
    /// The run has ended by a failed `assert`.
    pub asserts: bool,
    /// Nobody has a step, main has not returned, and somebody is stuck (main too, if `runtime.Goexit` ended it).
    pub deadlocks: bool,
    /// Nobody has a step, main has returned, and somebody is stuck.
    pub leaks: bool,
    /// `properties.always[i]` does not hold.
    pub always: Vec<usize>,
    /// `properties.covers[i]` holds.
    pub covers: Vec<usize>,
}

/// What an engine has found out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Answer {
    /// Yes: these steps of the Machine, from [`crate::machine::step::initial`], show it. For `Eventually` and `LeadsTo` the
    /// run repeats from after `repeats_from` steps, or ends there.
    Yes { path: Vec<Step>, repeats_from: Option<usize>, seen: Seen },
    /// No, in all runs.
    No(Seen),
    /// Not known: the limit of the engine that was hit, in words that end the sentence "it stopped at …".
    Open(String),
}

/// How much an engine has seen, by its own account.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Seen {
    pub states: u64,
    pub transitions: u64,
    pub depth: u64,
}

/// An engine that is no part of goknot.
pub trait External {
    /// What goes wrong with the tools behind it.
    type Failure;

    /// Answers one question about `machine`.
    fn ask(
        &mut self,
        machine: &Machine,
        limits: &Limits,
        question: &Question,
        watch: &mut dyn Watch,
    ) -> Result<Answer, Self::Failure>;
}
