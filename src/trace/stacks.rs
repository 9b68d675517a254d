//! A state as a goroutine dump, in the form that Go prints on `SIGQUIT`, on a
//! deadlock and after a panic.
//!
//! In: a [`Trace`]. Out: text. Frames of the library have no line, since there is no
//! such file; addresses and offsets are left out for the same reason.

use std::fmt::Write as _;

use super::effects::Effect;
use super::{Goroutine, StackFrame, Status, Trace};
use crate::machine::state::MainStatus;
use crate::machine::{Act, Machine, Point, PointKind};
use crate::source::Source;

/// What stands above the goroutines.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Heading {
    /// As the runtime reports that nobody can go on.
    Deadlock,
    /// As the runtime dies of what ended the run; nothing where it has not ended badly.
    End,
}

/// The last state of `trace` as a dump. `file` is what positions name.
pub fn dump(machine: &Machine, trace: &Trace, file: &str, heading: Heading) -> String {
    let mut out = String::new();
    match heading {
        Heading::Deadlock if trace.last().main == MainStatus::Goexited => {
            out.push_str("fatal error: no goroutines (main called runtime.Goexit) - deadlock!\n\n");
        }
        Heading::Deadlock => out.push_str("fatal error: all goroutines are asleep - deadlock!\n\n"),
        Heading::End => out.push_str(&ending(trace)),
    }
    // The runtime prints the goroutine that failed first.
    let (failed, others): (Vec<_>, Vec<_>) = trace
        .goroutines
        .iter()
        .filter(|goroutine| !goroutine.has_ended() && !goroutine.environment)
        .partition(|goroutine| goroutine.status == Status::Failed);
    let blocks: Vec<String> =
        failed.into_iter().chain(others).map(|goroutine| block(machine, trace, goroutine, file)).collect();
    out.push_str(&blocks.join("\n"));
    out
}

/// A dump in which goroutines with the same stack are told once.
pub fn folded(dump: &str) -> String {
    let mut blocks: Vec<(String, Vec<&str>)> = Vec::new();
    for block in dump.trim_end_matches('\n').split("\n\n") {
        let split = block.strip_prefix("goroutine ").and_then(|rest| rest.split_once(' '));
        let (id, body) = split.unwrap_or(("", block));
        match blocks.iter_mut().find(|(known, ids)| known == body && !ids.contains(&"")) {
            Some((_, ids)) if !id.is_empty() => ids.push(id),
            _ => blocks.push((body.to_string(), vec![id])),
        }
    }
    let one = |(body, ids): &(String, Vec<&str>)| match ids.as_slice() {
        [""] => body.clone(),
        [first] => format!("goroutine {first} {body}"),
        [first, rest @ ..] => {
            let reason = body.lines().next().unwrap_or_default().trim_end_matches(':');
            let (plural, rest) = (if rest.len() == 1 { "" } else { "s" }, rest.join(", "));
            format!("goroutine {first} {body}\n\ngoroutine{plural} {rest} {reason}: as goroutine {first}")
        }
        [] => String::new(),
    };
    blocks.iter().map(one).collect::<Vec<_>>().join("\n\n")
}

fn ending(trace: &Trace) -> String {
    let effects = trace.steps.last().map_or(&[][..], |step| &step.actor.effects);
    effects
        .iter()
        .find_map(|effect| match effect {
            Effect::Panics { text } => Some(format!("panic: {text}\n\n")),
            Effect::Dies { text } => Some(format!("fatal error: {text}\n\n")),
            Effect::Fails { text } => Some(format!("panic: assertion failed: {text}\n\n")),
            _ => None,
        })
        .unwrap_or_default()
}

fn block(machine: &Machine, trace: &Trace, goroutine: &Goroutine, file: &str) -> String {
    let mut out = format!("goroutine {} [{}]:\n", goroutine.id, goroutine.dump_status());
    for symbol in waiting_in(machine, goroutine) {
        let _ = writeln!(out, "{symbol}(...)");
    }
    for frame in &goroutine.stack {
        let _ = writeln!(out, "{}(...)", frame.symbol);
        if is_of_model(&frame.symbol) {
            let _ = writeln!(out, "\t{file}:{}", frame.line);
        }
    }
    if let Some(created) = &goroutine.created {
        let by = trace.goroutine(created.by).id;
        let _ = writeln!(out, "created by {} in goroutine {by}\n\t{file}:{}", created.symbol, created.line);
    }
    out
}

/// The functions of the library in which a waiting goroutine stands, innermost first:
/// `sync.(*Mutex).Lock` inside `sync.(*RWMutex).Lock`.
fn waiting_in(machine: &Machine, goroutine: &Goroutine) -> Vec<String> {
    let (Status::Blocked { reason } | Status::Idle { reason }) = goroutine.status else { return Vec::new() };
    let Some(point) = goroutine.point.map(|point| machine.point(goroutine.routine, point)) else {
        return Vec::new();
    };
    let PointKind::Operation(operation) = &point.kind else { return Vec::new() };
    let method = match operation.acts.as_slice() {
        [Act { primitive, action, .. }] => method_symbol(primitive, action),
        _ => None,
    };
    // What is in lower case is goknot's own; Go has another function in its place.
    let lower = |name: Option<&str>| name.is_some_and(|name| name.starts_with(char::is_lowercase));
    let own = operation
        .acts
        .iter()
        .any(|act| lower(Some(act.action)) || lower(act.primitive.split_once('.').map(|(_, name)| name)));
    let inner = reason.rsplit_once('.').and_then(|(ty, method)| method_symbol(ty, method));
    let mut symbols: Vec<String> = method.is_some().then_some(inner).flatten().into_iter().collect();
    let method = method.filter(|_| !own);
    symbols.extend(method.filter(|method| !symbols.contains(method)));
    let known = |symbol: &String| goroutine.stack.first().is_some_and(|frame| frame.symbol == *symbol);
    symbols.retain(|symbol| !known(symbol));
    symbols
}

/// `sync.Mutex` and `Lock` make `sync.(*Mutex).Lock`.
fn method_symbol(ty: &str, method: &str) -> Option<String> {
    let (package, name) = ty.split_once('.')?;
    Some(format!("{package}.(*{name}).{method}"))
}

/// The frames of the stack at `point`, innermost first.
pub(super) fn frames(machine: &Machine, source: &Source, point: &Point) -> Vec<StackFrame> {
    let stack = machine.stack(point.stack);
    stack
        .frames
        .iter()
        .enumerate()
        .map(|(depth, frame)| StackFrame {
            function: frame.function.clone(),
            symbol: frame.symbol.clone(),
            line: source.line(if depth == 0 { point.span } else { frame.call }),
        })
        .collect()
}

/// Whether a function is the model's own, not the library's.
pub fn is_of_model(symbol: &str) -> bool {
    symbol.starts_with("main.")
}
