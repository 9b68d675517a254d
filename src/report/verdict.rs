//! The sentence that says what was found: who, where, why.

use super::dossier::Fixed;
use super::style::{Ink, count, listed};
use super::terminal::summary;
use super::{Race, Run, Verdict};
use crate::blame::{Blame, Stuck, words};
use crate::machine::state::MainStatus;
use crate::trace::effects::Effect;
use crate::trace::{GoroutineId, Part, Trace};

/// More groups of goroutines are not named one by one.
const NAMED: usize = 4;

/// Equal goroutines that stand at one place.
pub(super) struct Group<'a> {
    /// `worker`, `3 × worker`.
    pub name: String,
    pub first: &'a Stuck,
    pub members: Vec<GoroutineId>,
}

impl Group<'_> {
    /// `main (line 17)`.
    fn with_line(&self) -> String {
        with_line(&self.name, self.first.site.line)
    }

    /// `waits` or `wait`.
    pub fn waits(&self) -> &'static str {
        if self.members.len() == 1 { "waits" } else { "wait" }
    }
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

/// The first line of a report: `deadlock: main (line 21) and servePeer (line 14) wait for each other`.
pub(super) fn sentence(run: &Run) -> String {
    match (run.verdict, run.shown()) {
        (Verdict::Bug, Some(finding)) => format!("{}: {}", finding.kind, finding.message),
        (Verdict::Holds, _) => format!("holds: {}", summary::holds(run)),
        (Verdict::Inconclusive | Verdict::Bug, _) => format!("inconclusive: {}", summary::inconclusive(run)),
    }
}

/// What a fix has come to, and whether that is good.
pub(super) fn of_fix(fixed: &Fixed) -> (Ink, String) {
    let run = &fixed.run;
    let states = count(run.stats.states, "state");
    let came = match (run.verdict, run.shown()) {
        (Verdict::Bug, Some(finding)) => format!("{}: {}", finding.kind, finding.message),
        (Verdict::Holds, _) => format!("holds: all {states} seen"),
        (Verdict::Bug | Verdict::Inconclusive, _) => format!("inconclusive: {}", summary::inconclusive(run)),
    };
    match (run.as_expected, run.verdict) {
        (Some(false), _) => (Ink::Bad, format!("{came} (not as expected: {})", fixed.wanted)),
        (_, Verdict::Bug) => (Ink::Warn, format!("{came} (as expected)")),
        (_, Verdict::Holds) => (Ink::Good, came),
        (_, Verdict::Inconclusive) => (Ink::Warn, came),
    }
}

/// `main (line 17)`, `worker (goroutine 3, line 9)`.
pub(super) fn with_line(name: &str, line: usize) -> String {
    match name.strip_suffix(')') {
        Some(open) => format!("{open}, line {line})"),
        None => format!("{name} (line {line})"),
    }
}

/// For a deadlock or a leak.
pub(super) fn stuck(trace: &Trace, blame: &Blame) -> String {
    let groups = groups(trace, &blame.stuck);
    if let Some(cycle) = blame.knot.cycles.first() {
        let of = |id: GoroutineId| groups.iter().position(|group| group.members.contains(&id));
        let mut members: Vec<usize> = cycle.iter().filter_map(|link| of(link.from)).collect();
        members.dedup();
        members.sort_unstable();
        members.dedup();
        return circle(&groups, &members, cycle.len() == 1);
    }
    match groups.as_slice() {
        [] => "nobody can go on".to_string(),
        [group] => {
            let place = format!("{} (line {})", group.first.operation, group.first.site.line);
            format!("{} {} for ever at {place}{}", group.name, group.waits(), cause(trace, group.first))
        }
        groups => format!("{} wait for ever{}", named(groups.iter()), after_main(trace, &blame.stuck)),
    }
}

fn named<'a>(groups: impl ExactSizeIterator<Item = &'a Group<'a>>) -> String {
    let more = groups.len().saturating_sub(NAMED);
    let mut list: Vec<String> = groups.take(NAMED).map(Group::with_line).collect();
    if more > 0 {
        list.push(format!("{more} more"));
    }
    listed(&list)
}

/// The goroutines of a circle, and who waits behind them.
fn circle(groups: &[Group<'_>], members: &[usize], alone: bool) -> String {
    let inside: Vec<&Group<'_>> = members.iter().filter_map(|&index| groups.get(index)).collect();
    let how = match inside.as_slice() {
        [one] if alone => {
            let place = format!("{} (line {})", one.first.operation, one.first.site.line);
            let itself = if one.members.len() == 1 { "itself" } else { "themselves" };
            format!("{} {} for {itself} at {place}", one.name, one.waits())
        }
        [_] | [_, _] => format!("{} wait for each other", named(inside.iter().copied())),
        _ => format!("{} wait for each other in a circle", named(inside.iter().copied())),
    };
    let outside = (0..groups.len()).filter(|index| !members.contains(index));
    match outside.map(|index| groups[index].members.len()).sum() {
        0 => how,
        1 => format!("{how}, and 1 more waits behind them"),
        more => format!("{how}, and {more} more wait behind them"),
    }
}

/// The reason in a few words, where there is one that says it all.
fn cause(trace: &Trace, stuck: &Stuck) -> String {
    let [wait] = stuck.waits.as_slice() else {
        let none = if stuck.waits.is_empty() { ": a select without cases" } else { "" };
        return none.to_string();
    };
    match words::telling(wait).as_slice() {
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
    let ends = |effect: &&Effect| {
        matches!(effect, Effect::Panics { .. } | Effect::Dies { .. } | Effect::Fails { .. })
    };
    let last = trace.steps.last()?;
    let (part, effect) = last.parts().find_map(|part| Some((part, part.effects.iter().find(ends)?)))?;
    let part = origin(trace, part, effect);
    let name = &trace.goroutine(part.goroutine).label;
    let (line, operation) = (part.site.line, &part.operation);
    let text = match effect {
        Effect::Panics { text } => format!("{text} ({name}, line {line}: {operation})"),
        Effect::Dies { text } => format!("fatal error: {text} ({name}, line {line}: {operation})"),
        _ => format!("{} finds {operation} false", with_line(name, line)),
    };
    Some((text, part))
}

/// A panic that ran deferred calls before it ended the run began where it was raised.
fn origin<'a>(trace: &'a Trace, part: &'a Part, effect: &Effect) -> &'a Part {
    let Effect::Panics { text } = effect else { return part };
    let raised = |other: &Part| {
        let same = |effect: &Effect| matches!(effect, Effect::Raises { text: raised } if raised == text);
        other.goroutine == part.goroutine && other.effects.iter().any(same)
    };
    trace.parts().rev().map(|(_, part)| part).find(|part| raised(part)).unwrap_or(part)
}

/// For a `check always` that is false after the last step.
pub(super) fn always(trace: &Trace, text: &str) -> String {
    let text = text.strip_prefix("always ").unwrap_or(text);
    match trace.steps.last() {
        None => format!("{text} is false from the start"),
        Some(step) => {
            let part = step.partner.as_ref().unwrap_or(&step.actor);
            let name = with_line(&trace.goroutine(part.goroutine).label, part.site.line);
            format!("{text} is false after {} by {name}", part.operation)
        }
    }
}

/// For a data race.
pub(super) fn race(trace: &Trace, race: &Race) -> String {
    let does = |writes: bool| if writes { "writes" } else { "reads" };
    let who = |access: &super::Access| with_line(&trace.goroutine(access.goroutine).label, access.site.line);
    let [first, second] = &race.accesses;
    format!(
        "{} {} {} while {} {} it",
        who(first),
        does(first.writes),
        race.location,
        who(second),
        does(second.writes)
    )
}

/// One access of a race: `main writes x here`.
pub(super) fn access(trace: &Trace, race: &Race, access: &super::Access) -> String {
    let does = if access.writes { "writes" } else { "reads" };
    let mixed = race.accesses.iter().any(|access| !access.atomic);
    let atomically = if access.atomic && mixed { " atomically" } else { "" };
    format!("{} {does} {}{atomically} here", trace.goroutine(access.goroutine).label, race.location)
}

/// What would have to order the accesses of a race.
pub(super) fn order(trace: &Trace, race: &Race) -> String {
    let who = |access: &super::Access| trace.goroutine(access.goroutine).label.clone();
    let [first, second] = &race.accesses;
    let holds = |access: &super::Access| match access.held.as_slice() {
        [] => format!("{} holds no lock", who(access)),
        held => format!("{} holds {}", who(access), held.join(", ")),
    };
    let locks = match (first.held.is_empty(), second.held.is_empty()) {
        (true, true) => "neither of them holds a lock".to_string(),
        _ => format!("{}, {}: no lock that keeps the other out", holds(first), holds(second)),
    };
    format!(
        "{locks}; nothing happens between the two that orders them. Hold one lock around both, or let one goroutine tell the \
         other after its access and before the other's: a send and its receive, a close, Done and Wait"
    )
}

/// Two goroutines in one map: `fatal error: concurrent map writes: …`.
pub(super) fn fatal(trace: &Trace, race: &Race) -> String {
    format!("fatal error: {}: {}", race.fatal.unwrap_or_default(), self::race(trace, race))
}
