//! From a replayed run to what `expect` can speak of.

use super::{Found, Stuck};
use crate::machine::{Machine, PointKind};
use crate::property::Kind;
use crate::source::Source;
use crate::trace::{Goroutine, GoroutineId, Status, Trace, one_line};

/// What `trace` shows: a bug of this kind, in which `stuck` wait for ever.
pub fn found(machine: &Machine, source: &Source, kind: Kind, trace: &Trace, stuck: &[GoroutineId]) -> Found {
    let stuck = stuck.iter().map(|&id| waiting(machine, source, trace.goroutine(id))).collect();
    Found { kind, stuck }
}

fn waiting(machine: &Machine, source: &Source, goroutine: &Goroutine) -> Stuck {
    let reason = match goroutine.status {
        Status::Blocked { reason } | Status::Idle { reason } => reason,
        Status::Runnable | Status::Failed | Status::Ended { .. } => "",
    };
    let mut stuck = Stuck {
        functions: goroutine.stack.iter().map(|frame| frame.function.clone()).collect(),
        symbols: goroutine.stack.iter().map(|frame| frame.symbol.clone()).collect(),
        reason: reason.to_owned(),
        ..Stuck::default()
    };
    let Some(point) = goroutine.point.map(|point| machine.point(goroutine.routine, point)) else {
        return stuck;
    };
    let statement = one_line(source, point.span);
    if let PointKind::Operation(operation) = &point.kind {
        stuck.select = operation.name == "select";
        // A select of several cases is no single one of them.
        if let [act] = operation.acts.as_slice() {
            stuck.operations.push(one_line(source, act.span));
        }
    }
    // `for r := range reqs` may be called by its range alone.
    if let Some(clause) = statement.strip_prefix("for ") {
        stuck.operations.push(clause.to_owned());
        stuck.operations.extend(clause.find("range ").map(|at| clause[at..].to_owned()));
    }
    stuck.operations.push(statement);
    stuck
}
