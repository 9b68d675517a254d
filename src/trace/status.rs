//! How each goroutine stands when the run stops.

use super::{Goroutine, Status, Trace, site, stacks};
use crate::machine::state::{End, MainStatus, State};
use crate::machine::step::{Step as Elementary, enabled, scope};
use crate::machine::{Machine, Operation, PointKind};
use crate::source::Source;

/// Fills in status, stack and place of the goroutines that have not ended.
pub(super) fn settle(machine: &Machine, source: &Source, trace: &mut Trace) {
    let last = trace.last().clone();
    // A run that is over has no steps: ask what there would be without its end.
    let open = State { end: None, ..last.clone() };
    let steps = enabled(machine, &open).unwrap_or_default();
    let failed = match last.end {
        Some(End::Panic { slot, .. } | End::Fatal { slot, .. } | End::Assert { slot, .. }) => Some(slot),
        Some(End::Exit | End::Bound(_)) | None => None,
    };
    for slot in last.live_slots() {
        let (Some(id), Some(live)) = (trace.in_slot(slot), last.goroutine(slot)) else { continue };
        if machine.routine(live.routine).environment {
            continue;
        }
        let point = machine.point(live.routine, live.point);
        let status = if failed == Some(slot) { Status::Failed } else { stands(machine, &last, &steps, slot) };
        let at = site(machine, source, live.routine, live.point, point.span);
        let stack = stacks::frames(machine, source, point);
        trace.goroutines[id.index()] =
            Goroutine { status, stack, at: Some(at), point: Some(live.point), ..trace.goroutine(id).clone() };
    }
    if last.main == MainStatus::Goexited
        && let Some(main) = trace.goroutines.first_mut()
        && !main.has_ended()
    {
        main.status = Status::Ended { step: trace.steps.len().saturating_sub(1) };
    }
}

/// How the live goroutine in `slot` of `state` stands, where `steps` are those that can be taken.
pub(super) fn stands(machine: &Machine, state: &State, steps: &[Elementary], slot: usize) -> Status {
    let Some(live) = state.goroutine(slot) else { return Status::Runnable };
    match &machine.point(live.routine, live.point).kind {
        PointKind::Operation(operation) if !can_step(steps, slot) => waiting(machine, state, slot, operation),
        PointKind::Operation(_)
        | PointKind::Plain
        | PointKind::Choice
        | PointKind::LoopHead
        | PointKind::End
        | PointKind::GoexitEnd => Status::Runnable,
    }
}

fn can_step(steps: &[Elementary], slot: usize) -> bool {
    steps.iter().any(|step| step.slot == slot || step.partner.is_some_and(|(partner, _)| partner == slot))
}

/// Blocked or idle, and on what.
fn waiting(machine: &Machine, state: &State, slot: usize, operation: &Operation) -> Status {
    let scope = scope(machine, state, slot);
    let all_nil = operation.acts.iter().all(|act| scope.eval(&act.object) == Ok(0));
    let nil = operation.nil_reason.filter(|_| all_nil && !operation.acts.is_empty());
    let reason = nil.or(operation.wait_reason).unwrap_or(operation.name);
    if operation.idle { Status::Idle { reason } } else { Status::Blocked { reason } }
}
