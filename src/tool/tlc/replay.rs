//! TLC's counterexample as steps of the Machine.

use super::messages::Trace;
use crate::backend::tla::Decoder;
use crate::machine::Machine;
use crate::machine::state::State;
use crate::machine::step::{self, Limits, Step};
use crate::tool::Failure;

/// A run of the Machine.
#[derive(Clone, Debug)]
pub struct Replayed {
    pub path: Vec<Step>,
    /// It repeats from after so many steps.
    pub repeats_from: Option<usize>,
}

/// The steps between the states of `trace`.
pub fn replay(
    machine: &Machine,
    limits: &Limits,
    decoder: &Decoder<'_>,
    trace: &Trace,
) -> Result<Replayed, Failure> {
    let mut current = step::initial(machine);
    let mut path = Vec::new();
    // Per state of the trace how many steps lead to it: a state may be printed twice in a row, when nothing happens.
    let mut steps_to = Vec::new();
    let mut states = Vec::new();
    for text in &trace.states {
        let state =
            decoder.state(text).ok_or_else(|| broken("TLC prints a state that cannot be read", text))?;
        if steps_to.is_empty() {
            if state != current {
                return Err(broken("TLC begins in another state", text));
            }
        } else if state != current {
            path.push(step_to(machine, limits, &current, &state)?);
        }
        steps_to.push(path.len());
        current.clone_from(&state);
        states.push(state);
    }
    let Some(back_to) = trace.back_to else { return Ok(Replayed { path, repeats_from: None }) };
    let (Some(&repeats_from), Some(first)) = (steps_to.get(back_to), states.get(back_to)) else {
        return Err(broken("TLC goes back to a state that it has not printed", &back_to.to_string()));
    };
    if *first != current {
        path.push(step_to(machine, limits, &current, first)?);
    }
    // Nothing happens any more: the run ends there.
    let repeats_from = (path.len() > repeats_from).then_some(repeats_from);
    Ok(Replayed { path, repeats_from })
}

/// The step of the Machine between two states.
pub fn step_to(machine: &Machine, limits: &Limits, from: &State, to: &State) -> Result<Step, Failure> {
    let internal = |error: step::InternalError| Failure::Internal(error.to_string());
    for each in step::enabled(machine, from).map_err(internal)? {
        if step::apply(machine, from, &each, limits).map_err(internal)? == *to {
            return Ok(each);
        }
    }
    Err(broken("TLC takes a step that the Machine does not have", &format!("{from:?}\n  to {to:?}")))
}

fn broken(what: &str, text: &str) -> Failure {
    Failure::Internal(format!("{what}: {text}"))
}
