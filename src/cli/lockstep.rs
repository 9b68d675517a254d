//! `goknot check --lockstep`: how many states and steps there are when nothing is reduced.
//!
//! In: a model and limits. Out: numbers that other engines must come to as well. Nothing is searched for, so the exit
//! code says only whether the numbers are complete.

use super::args::{LimitArgs, ModelArgs};
use super::exit::Exit;
use super::failure::Failure;
use super::model::Model;
use super::search;
use super::session::Session;
use super::watch::Watcher;
use crate::engine::StopReason;
use crate::engine::lockstep::{self, Lockstep};

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

/// 0 where all has been counted.
pub fn exit(counted: &Lockstep) -> Exit {
    match counted.stopped {
        Some(StopReason::Interrupt) => Exit::Interrupted,
        _ if counted.limits().next().is_some() => Exit::Inconclusive,
        _ => Exit::Success,
    }
}
