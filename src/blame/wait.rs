//! What a stuck goroutine waits for, and in which state that is.

use super::{Case, Condition, Holder, Stuck, Wait, holders, wakers};
use crate::commands::queue;
use crate::machine::state::Ref;
use crate::machine::step::scope;
use crate::machine::{Act, Operation, PointKind};
use crate::trace::{GoroutineId, ObjectId, Status, fields, object_text, one_line};

/// The entry of the goroutine `id`; `None` where it stands at no operation.
pub(super) fn explain(case: &Case<'_>, id: GoroutineId) -> Option<Stuck> {
    let goroutine = case.trace.goroutine(id);
    let point = case.machine.point(goroutine.routine, goroutine.point?);
    let PointKind::Operation(operation) = &point.kind else { return None };
    let slot = case.trace.slot_of(id)?;
    let reason = match goroutine.status {
        Status::Blocked { reason } | Status::Idle { reason } => reason,
        Status::Runnable | Status::Failed | Status::Ended { .. } => {
            operation.wait_reason.unwrap_or(operation.name)
        }
    };
    Some(Stuck {
        goroutine: id,
        reason,
        name: operation.name,
        operation: statement(case, operation, &one_line(case.source, point.span)),
        site: goroutine.at.clone()?,
        waits: operation.acts.iter().map(|act| wait(case, id, slot, act)).collect(),
    })
}

/// The statement; of a select with one case, that case.
fn statement(case: &Case<'_>, operation: &Operation, whole: &str) -> String {
    match operation.acts.as_slice() {
        [act] if whole.starts_with("select") => one_line(case.source, act.span),
        _ => whole.to_string(),
    }
}

fn wait(case: &Case<'_>, id: GoroutineId, slot: usize, act: &Act) -> Wait {
    let last = case.trace.last();
    let reference = scope(case.machine, last, slot).eval(&act.object).unwrap_or(0);
    let identity = case.trace.names.identify(case.trace.steps.len(), reference);
    let holders = identity.map(|object| blocking(case, id, act, object)).unwrap_or_default();
    let wakers = identity.map(|object| wakers::of(case, id, act, object, &holders)).unwrap_or_default();
    Wait {
        primitive: act.primitive,
        action: act.action,
        woken_by: act.woken_by,
        object: object_text(case.source, act),
        operation: one_line(case.source, act.span),
        span: act.span,
        identity,
        condition: condition(case, act, reference),
        holders,
        wakers,
    }
}

/// The holders that keep a goroutine from doing `act`.
fn blocking(case: &Case<'_>, id: GoroutineId, act: &Act, object: ObjectId) -> Vec<Holder> {
    let in_the_way = |holder: &&Holder| {
        let own_announcement = holder.announced && holder.goroutine == id;
        let release = holders::release_of(holder.action);
        !own_announcement && release.is_none_or(|release| act.woken_by.contains(&release))
    };
    case.holders.of(object).filter(in_the_way).cloned().collect()
}

fn condition(case: &Case<'_>, act: &Act, reference: i64) -> Condition {
    let last = case.trace.last();
    let Some(reference) = Ref::unpack(reference) else { return Condition::Nil };
    if let Some(fields) =
        fields::of_primitive(case.machine, case.trace, case.trace.steps.len(), reference, act.primitive)
    {
        return Condition::Fields(fields);
    }
    let cell = |at: u32| fields::cell(last, reference, at as usize);
    Condition::Channel { room: cell(queue::CAP), queued: cell(queue::LEN), closed: cell(queue::CLOSED) != 0 }
}
