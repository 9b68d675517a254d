//! The sentence about a run on which what a model promises never comes: what, and why
//! fairness does not help.

use super::style::listed;
use super::verdict::{ended, with_line};
use crate::machine::state::End;
use crate::machine::{Machine, PointKind, Response, step};
use crate::trace::{GoroutineId, Part, Status, Trace};

/// More goroutines are not named one by one.
const NAMED: usize = 3;

/// For a `check eventually`.
pub(super) fn eventually(machine: &Machine, trace: &Trace, text: &str) -> String {
    let cond = text.strip_prefix("eventually ").unwrap_or(text);
    format!("{cond} never becomes true: {}", why(machine, trace))
}

/// For a `check … leadsto …`.
pub(super) fn leads_to(machine: &Machine, trace: &Trace, response: Option<&Response>) -> String {
    let Some((response, (from, to))) = response.and_then(|it| Some((it, it.text.split_once(" leadsto ")?)))
    else {
        return format!("the second never follows the first: {}", why(machine, trace));
    };
    let made = match made_at(machine, trace, response) {
        0 => format!("{from} is true from the start"),
        steps => format!("{from} is true after step {steps}"),
    };
    format!("{made}, and {to} is never true then or later: {}", why(machine, trace))
}

/// After how many steps the first condition holds for the first time of those after which the second no longer does.
fn made_at(machine: &Machine, trace: &Trace, response: &Response) -> usize {
    let holds = |at: usize, cond| step::holds(machine, &trace.states[at], cond) == Ok(true);
    let last = (0..trace.states.len()).rev().find(|&at| holds(at, &response.to));
    let open = last.map_or(0, |at| at + 1);
    (open..trace.states.len()).find(|&at| holds(at, &response.from)).unwrap_or(open)
}

fn why(machine: &Machine, trace: &Trace) -> String {
    match trace.repeats_from {
        Some(from) => goes_round(machine, trace, from),
        None => stops(trace),
    }
}

/// The run ends: how.
fn stops(trace: &Trace) -> String {
    if let Some((message, _)) = ended(trace) {
        return format!("the run ends before, {message}");
    }
    if trace.last().end == Some(End::Exit) {
        let exit = trace.parts().last();
        return exit.map_or("the run ends before".to_string(), |(_, part)| {
            let name = &trace.goroutine(part.goroutine).label;
            format!("{} ends the run before", with_line(name, part.site.line))
        });
    }
    let waiting = waiting(trace, &[]);
    if waiting.is_empty() {
        let idle = trace.goroutines.iter().any(|it| matches!(it.status, Status::Idle { .. }));
        return if idle { "all that is left waits at idle" } else { "every goroutine has ended" }.to_string();
    }
    format!("nobody goes on, {}", waits(&waiting))
}

/// The run goes round: who does, and what nobody has to do.
fn goes_round(machine: &Machine, trace: &Trace, from: usize) -> String {
    let mut movers: Vec<GoroutineId> = Vec::new();
    for (_, part) in trace.parts().filter(|(index, _)| *index >= from) {
        if !movers.contains(&part.goroutine) {
            movers.push(part.goroutine);
        }
    }
    movers.sort_unstable();
    let names: Vec<String> = movers.iter().map(|&id| trace.goroutine(id).label.clone()).collect();
    let rounds = if names.len() == 1 { "goes round for ever" } else { "go round for ever" };
    let how = format!("{} {rounds}", shortened(names));
    if let Some(line) = unkind_choice(machine, trace, from) {
        return format!("{how}, and the choice at line {line} may fall like this every time");
    }
    let waiting = waiting(trace, &movers);
    if waiting.is_empty() { how } else { format!("{how} while {}", waits(&waiting)) }
}

/// The line of a choice that the loop makes without trying every way: fairness does not say that it ever must.
fn unkind_choice(machine: &Machine, trace: &Trace, from: usize) -> Option<usize> {
    let round: Vec<&Part> = trace.parts().filter(|(index, _)| *index >= from).map(|(_, part)| part).collect();
    let misses = |part: &&&Part| {
        let point = machine.point(part.routine, part.point);
        let same = |other: &&Part| (other.routine, other.point) == (part.routine, part.point);
        let tried = |edge: usize| round.iter().any(|other| same(other) && other.edge == edge);
        let ways = point.edges.iter().enumerate();
        point.kind == PointKind::Choice
            && ways.into_iter().any(|(edge, way)| way.choose.is_some() || !tried(edge))
    };
    round.iter().filter(misses).map(|part| part.site.line).min()
}

/// `main waits at <-done (line 9)`, of those who are not `busy`.
fn waiting(trace: &Trace, busy: &[GoroutineId]) -> Vec<(String, String, usize)> {
    let blocked = trace.goroutines.iter().filter(|it| matches!(it.status, Status::Blocked { .. }));
    blocked
        .filter(|goroutine| !busy.contains(&goroutine.id))
        .filter_map(|goroutine| {
            let at = goroutine.at.as_ref()?;
            Some((goroutine.label.clone(), at.text.clone(), at.line))
        })
        .collect()
}

fn waits(waiting: &[(String, String, usize)]) -> String {
    match waiting {
        [(name, text, line)] => format!("{name} waits at {text} (line {line})"),
        many => {
            let names = many.iter().map(|(name, _, line)| with_line(name, *line)).collect();
            format!("{} wait", shortened(names))
        }
    }
}

fn shortened(mut names: Vec<String>) -> String {
    let more = names.len().saturating_sub(NAMED);
    if more > 1 {
        names.truncate(NAMED);
        names.push(format!("{more} more"));
    }
    listed(&names)
}
