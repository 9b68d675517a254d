//! What a goroutine can do: the steps that it can take alone, and the halves of rendezvous that it offers.

use super::meets::{Half, Meets};
use super::{InternalError, MAX_CHOICES, Step, scope};
use crate::commands::Meet;
use crate::machine::eval::{Fault, Scope};
use crate::machine::footprint::Footprint;
use crate::machine::state::{Goroutine, Ref, State};
use crate::machine::{Edge, Machine, PointKind};

/// The steps that the goroutine in `slot` can take by itself, and what it offers to others. The shared cells that tell go
/// to `log`.
pub(crate) fn offers(
    machine: &Machine,
    state: &State,
    slot: usize,
    steps: &mut Vec<Step>,
    meets: &mut Meets,
    log: Option<&Footprint>,
) -> Result<(), InternalError> {
    let Some(goroutine) = state.goroutine(slot) else { return Ok(()) };
    let scope = Scope { log, ..scope(machine, state, slot) };
    alone(scope, slot, goroutine, steps, meets).map_err(|fault| InternalError::new(goroutine, fault))
}

pub(super) fn alone(
    scope: Scope<'_>,
    slot: usize,
    goroutine: &Goroutine,
    steps: &mut Vec<Step>,
    meets: &mut Meets,
) -> Result<(), Fault> {
    let point = scope.machine.point(goroutine.routine, goroutine.point);
    let before = steps.len();
    let mut fallback = false;
    let mut meeting = false;
    for (number, edge) in point.edges.iter().enumerate() {
        if edge.meet.is_some() {
            meeting = true;
        } else if edge.fallback {
            fallback = true;
        } else if scope.holds(&edge.guard)? {
            push_steps(&scope, slot, number, edge, steps)?;
        }
    }
    if fallback && steps.len() == before {
        for (number, edge) in point.edges.iter().enumerate() {
            if edge.fallback && edge.meet.is_none() && scope.holds(&edge.guard)? {
                push_steps(&scope, slot, number, edge, steps)?;
            }
        }
    }
    match point.kind {
        PointKind::Plain | PointKind::LoopHead if steps.len() != before + 1 => {
            return Err("a statement has not exactly one way on");
        }
        PointKind::Choice if steps.len() == before => return Err("a choice has no way on"),
        PointKind::Plain
        | PointKind::LoopHead
        | PointKind::Choice
        | PointKind::Operation(_)
        | PointKind::End
        | PointKind::GoexitEnd => {}
    }
    if !meeting {
        return Ok(());
    }
    // "Arriving is not parking": only who can do nothing else counts as waiting.
    let passive = steps.len() == before;
    for (number, edge) in point.edges.iter().enumerate() {
        let Some(meet) = &edge.meet else { continue };
        if !scope.holds(&edge.guard)? {
            continue;
        }
        let (channel, halves) = match meet {
            Meet::Send { channel, .. } => (channel, &mut meets.senders),
            Meet::Recv { channel, .. } => (channel, &mut meets.receivers),
        };
        let channel = scope.eval(channel)?;
        if channel != Ref::NIL {
            halves.push(Half { slot, edge: number, channel, passive });
        }
    }
    Ok(())
}

fn push_steps(
    scope: &Scope<'_>,
    slot: usize,
    edge: usize,
    body: &Edge,
    steps: &mut Vec<Step>,
) -> Result<(), Fault> {
    let Some(choose) = &body.choose else {
        steps.push(Step { slot, edge, partner: None, choice: None });
        return Ok(());
    };
    let (low, high) = (scope.eval(&choose.low)?, scope.eval(&choose.high)?);
    if high.checked_sub(low).is_none_or(|width| width >= MAX_CHOICES) {
        return Err("a choice among more than a million values");
    }
    steps.extend((low..=high).map(|value| Step { slot, edge, partner: None, choice: Some(value) }));
    Ok(())
}
