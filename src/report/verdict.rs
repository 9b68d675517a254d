//! The sentence that says what was found: who, where, why.

use super::Race;
use super::style::listed;
use crate::blame::{Blame, Stuck, words};
use crate::machine::state::MainStatus;
use crate::trace::effects::Effect;
use crate::trace::{GoroutineId, Part, Trace};

/// More goroutines are not named one by one.
const NAMED: usize = 4;

/// For a deadlock or a leak.
pub(super) fn stuck(trace: &Trace, blame: &Blame) -> String {
    if let Some(cycle) = blame.knot.cycles.first() {
        let members: Vec<GoroutineId> = cycle.iter().map(|link| link.from).collect();
        return format!("{}{}", circle(trace, blame, &members), beside(blame, members.len()));
    }
    let groups = groups(trace, &blame.stuck);
    match groups.as_slice() {
        [] => "nobody can go on".to_string(),
        [group] => format!("{} for ever at {}{}", waits(group), place(group.first), cause(trace, group.first)),
        groups => {
            let list: Vec<String> =
                groups.iter().take(NAMED).map(|group| format!("{} (line {})", group.name, group.first.site.line)).collect();
            let more = groups.len().saturating_sub(NAMED);
            let list = if more > 0 { format!("{} and {more} more", list.join(", ")) } else { listed(&list) };
            format!("{list} wait for ever{}", after_main(trace, &blame.stuck))
        }
    }
}

/// The goroutines of a circle.
fn circle(trace: &Trace, blame: &Blame, members: &[GoroutineId]) -> String {
    let named = |id: &GoroutineId| {
        let line = blame.of(*id).map_or(0, |stuck| stuck.site.line);
        format!("{} (line {line})", trace.goroutine(*id).label)
    };
    match members {
        [one] => {
            let name = &trace.goroutine(*one).label;
            let at = blame.of(*one).map(place).unwrap_or_default();
            format!("{name} waits for itself at {at}")
        }
        members if members.len() <= NAMED => {
            let list: Vec<String> = members.iter().map(named).collect();
            let how = if members.len() == 2 { "wait for each other" } else { "wait for each other in a circle" };
            format!("{} {how}", listed(&list))
        }
        members => {
            let list: Vec<String> = members.iter().take(NAMED - 1).map(named).collect();
            let more = members.len() + 1 - NAMED;
            format!("{} and {more} more wait for each other in a circle", list.join(", "))
        }
    }
}

/// How many are stuck besides those of the circle.
fn beside(blame: &Blame, members: usize) -> String {
    match blame.stuck.len().saturating_sub(members) {
        0 => String::new(),
        1 => ", and 1 more waits behind them".to_string(),
        more => format!(", and {more} more wait behind them"),
    }
}

/// Equal goroutines that stand at one place.
pub(super) struct Group<'a> {
    /// `worker`, `3 workers`.
    pub name: String,
    pub first: &'a Stuck,
    pub members: Vec<GoroutineId>,
}

/// The stuck goroutines, those of one function at one statement together.
pub(super) fn groups<'a>(trace: &Trace, stuck: &'a [Stuck]) -> Vec<Group<'a>> {
    let mut groups: Vec<Group<'a>> = Vec::new();
    for entry in stuck {
        let name = &trace.goroutine(entry.goroutine).name;
        let same = |group: &&mut Group<'_>| {
            group.first.site == entry.site && trace.goroutine(group.first.goroutine).name == *name
        };
        match groups.iter_mut().find(same) {
            Some(group) => group.members.push(entry.goroutine),
            None => groups.push(Group { name: String::new(), first: entry, members: vec![entry.goroutine] }),
        }
    }
    for group in &mut groups {
        let first = trace.goroutine(group.first.goroutine);
        group.name = match group.members.len() {
            1 => first.label.clone(),
            many => format!("{many} × {}", first.name),
        };
    }
    groups
}

fn waits(group: &Group<'_>) -> String {
    let verb = if group.members.len() == 1 { "waits" } else { "wait" };
    format!("{} {verb}", group.name)
}

fn place(stuck: &Stuck) -> String {
    format!("{} (line {})", stuck.operation, stuck.site.line)
}

/// The reason in a few words, where there is one that says it all.
fn cause(trace: &Trace, stuck: &Stuck) -> String {
    let [wait] = stuck.waits.as_slice() else {
        let none = if stuck.waits.is_empty() { ": a select without cases" } else { "" };
        return none.to_string();
    };
    let wakers = words::telling(wait);
    match wakers.as_slice() {
        [] if wait.identity.is_none() => format!(": {} is nil", wait.object),
        [] => format!(": {}", words::nobody(wait)),
        [one] => format!(": {}", words::because(trace, one)),
        _ => String::new(),
    }
}

/// That main is gone, where it is.
fn after_main(trace: &Trace, stuck: &[Stuck]) -> &'static str {
    let main_waits = stuck.iter().any(|entry| entry.goroutine == GoroutineId::MAIN);
    match trace.last().main {
        MainStatus::Returned if !main_waits => " after main has returned",
        MainStatus::Returned | MainStatus::Running | MainStatus::Goexited => "",
    }
}

/// For what ended the run: who did it, where, and what it says.
pub(super) fn ended(trace: &Trace) -> Option<(String, &Part)> {
    let (_, part, effect) = trace.parts().rev().take(2).find_map(|(step, part)| {
        let ends = |effect: &&Effect| {
            matches!(effect, Effect::Panics { .. } | Effect::Dies { .. } | Effect::Fails { .. })
        };
        part.effects.iter().find(ends).map(|effect| (step, part, effect))
    })?;
    let text = match effect {
        Effect::Panics { text } => text.clone(),
        Effect::Dies { text } => format!("fatal error: {text}"),
        Effect::Fails { text } if text.is_empty() => "the condition is false".to_string(),
        Effect::Fails { text } => text.clone(),
        _ => return None,
    };
    let name = &trace.goroutine(part.goroutine).label;
    Some((format!("{text} ({name}, line {}: {})", part.site.line, part.operation), part))
}

/// For a `check always` that is false after the last step.
pub(super) fn always(trace: &Trace, text: &str) -> String {
    let text = text.strip_prefix("always ").unwrap_or(text);
    match trace.steps.last() {
        None => format!("{text} is false from the start"),
        Some(step) => {
            let part = step.partner.as_ref().unwrap_or(&step.actor);
            let name = &trace.goroutine(part.goroutine).label;
            format!("{text} is false after {} ({name}, line {})", part.operation, part.site.line)
        }
    }
}

/// For a data race.
pub(super) fn race(trace: &Trace, race: &Race) -> String {
    let [first, second] = &race.accesses;
    let does = |writes: bool| if writes { "writes" } else { "reads" };
    let label = |id: GoroutineId| &trace.goroutine(id).label;
    format!(
        "{} {} {} (line {}) while {} {} it (line {})",
        label(first.goroutine),
        does(first.writes),
        race.location,
        first.site.line,
        label(second.goroutine),
        does(second.writes),
        second.site.line
    )
}
