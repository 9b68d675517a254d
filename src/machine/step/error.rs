//! What the Machine cannot do: it contradicts itself.

use std::fmt;

use crate::commands::RoutineId;
use crate::machine::PointId;
use crate::machine::eval::Fault;
use crate::machine::state::{Goroutine, State};

/// The Machine contradicts itself: a mistake in goknot, never in the model.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InternalError {
    /// The goroutine's place, where there is one.
    pub at: Option<(RoutineId, PointId)>,
    pub what: String,
}

impl fmt::Display for InternalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.at {
            Some((routine, point)) => {
                write!(f, "{} at point p{} of routine {}", self.what, point.0, routine.0)
            }
            None => write!(f, "{}", self.what),
        }
    }
}

impl std::error::Error for InternalError {}

impl InternalError {
    pub(super) fn new(goroutine: &Goroutine, what: Fault) -> Self {
        Self { at: Some((goroutine.routine, goroutine.point)), what: what.to_string() }
    }

    pub(super) fn nowhere(what: Fault) -> Self {
        Self { at: None, what: what.to_string() }
    }
}

/// A fault of the goroutine in `slot`, told with its place.
pub(super) fn fault_of(state: &State, slot: usize, fault: Fault) -> InternalError {
    state.goroutine(slot).map_or_else(|| InternalError::nowhere(fault), |it| InternalError::new(it, fault))
}
