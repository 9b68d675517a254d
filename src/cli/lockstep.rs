//! `goknot check --lockstep`: how many states and steps there are when nothing is reduced.
//!
//! In: a model and limits. Out: numbers that other engines must come to as well. Nothing is searched for, so the exit
//! code says only whether the numbers are complete.

use super::args::{LimitArgs, ModelArgs};
use super::exit::Exit;
use super::failure::Failure;
use super::memory;
use super::model::Model;
use super::search;
use super::session::Session;
use super::watch::Watcher;
use crate::backend;
use crate::engine::lockstep::{self, Lockstep};
use crate::engine::{Options, StopReason};
use crate::machine::Machine;
use crate::machine::step::OBJECTS_FLAG;

/// Larger models are not explored for the sake of a form whose states have to be explored again.
const MOST: u64 = 1_000_000;

/// Counts.
pub fn count(model: &ModelArgs, limits: &LimitArgs, session: &Session) -> Result<Lockstep, Failure> {
    let loaded = Model::load(&model.file)?;
    if let Some(fix) = &model.fix {
        loaded.has_fix(fix)?;
    }
    let values = loaded.values(&model.params)?;
    let compiled = loaded.compile(&values, model.fix.as_deref(), limits.unwind)?;
    session.warn(&loaded.source, &compiled.warnings);
    let mut watcher = Watcher::new(session, limits.timeout);
    let options = search::options(limits, false);
    lockstep::count(&compiled.machine, &options, &mut watcher)
        .map_err(|error| Failure::Internal(error.to_string()))
}

/// `machine` in Promela, step for step. How much room its states take is found out by exploring it.
pub fn promela(machine: &Machine, session: &Session) -> Result<String, Failure> {
    let options =
        Options { max_states: Some(MOST), max_memory: Some(memory::default_limit()), ..Options::default() };
    let mut watcher = Watcher::new(session, None);
    let counted = lockstep::count(machine, &options, &mut watcher)
        .map_err(|error| Failure::Internal(error.to_string()))?;
    // A bound on goroutines is an end of the run that the form has.
    let open = counted
        .stopped
        .and_then(StopReason::flag)
        .or(counted.bounds.contains(&OBJECTS_FLAG).then_some(OBJECTS_FLAG));
    if let Some(what) = open {
        return Err(Failure::Usage(format!("this model is too large for the lockstep form: {what}")));
    }
    backend::lockstep::emit(machine, &counted.sizes, &options.limits)
        .map_err(|unsaid| Failure::Usage(format!("the lockstep form has no words for {}", unsaid.0)))
}

/// 0 where all has been counted.
pub fn exit(counted: &Lockstep) -> Exit {
    match counted.stopped {
        Some(StopReason::Interrupt) => Exit::Interrupted,
        _ if counted.limits().next().is_some() => Exit::Inconclusive,
        _ => Exit::Success,
    }
}
