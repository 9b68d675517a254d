//! What an engine has found to what people see: replay, explain, name.

use rustc_hash::FxHashSet;

use super::{Access, Finding, Limit, Race, Run, Stats, Unreached, Verdict, promise, verdict};
use crate::blame::holders::Holders;
use crate::blame::{self, Blame};
use crate::commands::{Command, maps};
use crate::engine::{self, Outcome, StopReason};
use crate::machine::footprint::Location;
use crate::machine::step::Limits;
use crate::machine::{Machine, Property, Shape};
use crate::property::Kind;
use crate::source::{Source, Span};
use crate::trace::stacks::{self, Heading};
use crate::trace::{GoroutineId, ReplayError, Site, Trace, lookup, one_line, replay, site};

/// What was checked, and how.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    pub machine: &'a Machine,
    pub source: &'a Source,
    pub fix: Option<&'a str>,
    /// `built-in`, `spin`, …
    pub engine: &'a str,
    pub limits: &'a Limits,
    /// The time it took, by the caller's clock.
    pub seconds: f64,
}

/// The report's view of an outcome. An error is a mistake of goknot's: a counterexample that does not replay.
pub fn assemble(subject: &Subject<'_>, outcome: &Outcome) -> Result<Run, ReplayError> {
    let machine = subject.machine;
    let findings =
        outcome.findings.iter().map(|finding| explained(subject, finding)).collect::<Result<Vec<_>, _>>()?;
    let stats = &outcome.stats;
    let verdict = match (findings.is_empty(), stats.exhaustive) {
        (false, _) => Verdict::Bug,
        (true, true) => Verdict::Holds,
        (true, false) => Verdict::Inconclusive,
    };
    Ok(Run {
        model: machine.name.clone(),
        source: subject.source.clone(),
        fix: subject.fix.map(str::to_string),
        params: machine.params.clone(),
        engine: subject.engine.to_string(),
        verdict,
        as_expected: None,
        findings,
        violation: 0,
        stats: Stats {
            states: stats.states,
            transitions: stats.transitions,
            depth: u64::from(stats.depth),
            seconds: Some(subject.seconds),
            exhaustive: stats.exhaustive,
        },
        limits: limits(stats),
        unreached: if stats.exhaustive { unreached(subject, outcome) } else { Vec::new() },
        checked: checked(machine),
    })
}

fn explained(subject: &Subject<'_>, finding: &engine::Finding) -> Result<Finding, ReplayError> {
    let Subject { machine, source, limits, .. } = *subject;
    let named = property(machine, finding);
    let property_text = named.as_ref().map(|(text, _)| text.clone()).unwrap_or_default();
    let property_place = named.as_ref().map(|(_, span)| at(source, *span));
    if finding.kind == Kind::Cover {
        return Ok(Finding {
            kind: finding.kind,
            message: format!("{property_text} is never reached"),
            place: property_place,
            culprit: None,
            trace: None,
            blame: Blame::default(),
            dump: String::new(),
            property: named,
            values: Vec::new(),
            race: None,
        });
    }
    let mut trace = replay(machine, source, &finding.path, limits)?;
    trace.doomed_from = finding.doomed_from;
    trace.repeats_from = finding.repeats_from;
    let stuck: Vec<GoroutineId> = finding.stuck.iter().filter_map(|&slot| trace.in_slot(slot)).collect();
    let blame = blame::explain(machine, source, &trace, &stuck);
    let race = finding.race.as_ref().and_then(|race| race_of(machine, source, &trace, race));
    let (message, place, culprit) = match finding.kind {
        Kind::Eventually => (promise::eventually(machine, &trace, &property_text), None, None),
        Kind::LeadsTo => {
            let response = finding.property.and_then(|index| machine.properties.leads_to.get(index));
            (promise::leads_to(machine, &trace, response), None, None)
        }
        kind => tell(kind, &trace, &blame, &property_text, race.as_ref()),
    };
    let values = values(machine, &trace, finding.kind, culprit, &property_text);
    let heading = if finding.kind == Kind::Deadlock { Heading::Deadlock } else { Heading::End };
    Ok(Finding {
        kind: finding.kind,
        message,
        place: place.or(property_place),
        culprit,
        dump: stacks::dump(machine, &trace, source.name(), heading),
        trace: Some(trace),
        blame,
        property: named,
        values,
        race,
    })
}

/// A race in the words of the source.
fn race_of(machine: &Machine, source: &Source, trace: &Trace, race: &engine::Race) -> Option<Race> {
    let holders = Holders::at_end(trace);
    let access = |access: engine::RaceAccess| {
        let goroutine = trace.seats.get(race.at)?.get(access.slot).copied().flatten()?;
        let held = holders.held_by(goroutine).map(|(_, holder)| one_line(source, holder.span)).collect();
        let span = machine.point(access.routine, access.point).span;
        let site = site(machine, source, access.routine, access.point, span);
        Some(Access { goroutine, writes: access.writes, atomic: access.atomic, site, held })
    };
    let [first, second] = race.accesses.map(access);
    let location = trace.names.location(machine, race.at, race.location);
    Some(Race { location, fatal: fatal(machine, trace, race), accesses: [first?, second?] })
}

/// What Go's runtime says of two goroutines in one map.
fn fatal(machine: &Machine, trace: &Trace, race: &engine::Race) -> Option<&'static str> {
    let Location::Heap { object, .. } = race.location else { return None };
    let object = trace.states.get(race.at)?.heap.get(object)?.as_ref()?;
    if !matches!(machine.pool(object.pool).shape, Shape::Map { .. }) {
        return None;
    }
    let iterates = |access: &engine::RaceAccess| {
        let commands =
            machine.point(access.routine, access.point).edges.iter().flat_map(|edge| &edge.commands);
        commands.into_iter().any(|command| match command {
            Command::Map(map) => map.access().is_some_and(|(_, access)| access == maps::Access::Iterate),
            _ => false,
        })
    };
    let reader = race.accesses.iter().find(|access| !access.writes);
    Some(match reader {
        None => "concurrent map writes",
        Some(reader) if iterates(reader) => "concurrent map iteration and map write",
        Some(_) => "concurrent map read and map write",
    })
}

/// What the text that failed speaks of.
fn values(
    machine: &Machine,
    trace: &Trace,
    kind: Kind,
    culprit: Option<GoroutineId>,
    property: &str,
) -> Vec<(String, String)> {
    let steps = trace.steps.len();
    match kind {
        Kind::Always => lookup::values(machine, trace, steps, None, property),
        Kind::Assert | Kind::Panic => {
            let part = trace.parts().last().map(|(_, part)| part);
            // The failing step is the last: look before it, since it may have cleared what it read.
            let text = part.map_or("", |part| part.operation.as_str());
            lookup::values(machine, trace, steps.saturating_sub(1), culprit, text)
        }
        Kind::Race | Kind::Deadlock | Kind::Leak | Kind::Eventually | Kind::LeadsTo | Kind::Cover => {
            Vec::new()
        }
    }
}

/// The sentence, the place and the goroutine to blame.
fn tell(
    kind: Kind,
    trace: &Trace,
    blame: &Blame,
    property: &str,
    race: Option<&Race>,
) -> (String, Option<Site>, Option<GoroutineId>) {
    match kind {
        Kind::Deadlock | Kind::Leak => {
            let place = blame.stuck.first().map(|stuck| stuck.site.clone());
            (verdict::stuck(trace, blame), place, None)
        }
        Kind::Panic if race.is_some_and(|race| race.fatal.is_some()) => {
            let place = race.map(|race| race.accesses[0].site.clone());
            (race.map_or_else(String::new, |race| verdict::fatal(trace, race)), place, None)
        }
        Kind::Panic | Kind::Assert => match verdict::ended(trace) {
            Some((message, part)) => (message, Some(part.site.clone()), Some(part.goroutine)),
            None => ("the run fails".to_string(), None, None),
        },
        Kind::Always => {
            let part = trace.steps.last().map(|step| step.partner.as_ref().unwrap_or(&step.actor));
            (
                verdict::always(trace, property),
                part.map(|part| part.site.clone()),
                part.map(|part| part.goroutine),
            )
        }
        Kind::Eventually | Kind::LeadsTo => (format!("a fair run breaks {property}"), None, None),
        Kind::Race => {
            let place = race.map(|race| race.accesses[0].site.clone());
            let message = race.map(|race| verdict::race(trace, race));
            (message.unwrap_or_else(|| "two accesses that nothing orders".to_string()), place, None)
        }
        Kind::Cover => (format!("{property} is never reached"), None, None),
    }
}

/// The text and the place of the property that is violated.
fn property(machine: &Machine, finding: &engine::Finding) -> Option<(String, Span)> {
    let properties = &machine.properties;
    let index = finding.property?;
    let plain = |list: &[Property]| list.get(index).map(|it| (it.text.clone(), it.span));
    match finding.kind {
        Kind::Always => plain(&properties.always),
        Kind::Eventually => plain(&properties.eventually),
        Kind::LeadsTo => properties.leads_to.get(index).map(|it| (it.text.clone(), it.span)),
        Kind::Cover => plain(&properties.covers),
        Kind::Panic | Kind::Assert | Kind::Race | Kind::Deadlock | Kind::Leak => None,
    }
}

fn at(source: &Source, span: Span) -> Site {
    let at = source.line_column(span.start);
    Site { text: one_line(source, span), function: String::new(), span, line: at.line, column: at.column }
}

fn limits(stats: &engine::Stats) -> Vec<Limit> {
    let mut list: Vec<Limit> = Vec::new();
    if let Some(reason) = stats.stopped {
        let what = match reason {
            StopReason::States => "the number of states",
            StopReason::Memory => "the memory",
            StopReason::Timeout => "the time",
            StopReason::Interrupt => "an interrupt",
            StopReason::First => "the first finding",
        };
        list.push(Limit { what: what.to_string(), flag: reason.flag().map(str::to_string) });
    }
    for bound in &stats.bounds {
        let flag = bound.starts_with("--").then(|| (*bound).to_string());
        let what = match *bound {
            "--objects" => "the number of objects of one kind",
            "--goroutines" => "the number of goroutines",
            "--unwind" => "the depth of recursion",
            other => other,
        };
        list.push(Limit { what: what.to_string(), flag });
    }
    list.extend(stats.open.iter().map(|reason| Limit { what: reason.clone(), flag: None }));
    list
}

/// The statements that no state reaches, each once: a function that is inlined twice counts as reached when one copy is.
fn unreached(subject: &Subject<'_>, outcome: &Outcome) -> Vec<Unreached> {
    let Subject { machine, source, .. } = *subject;
    let all: FxHashSet<(usize, usize)> =
        outcome.unreached.iter().map(|(routine, point)| (routine.0 as usize, point.0 as usize)).collect();
    let missing = |routine: usize, point: usize| all.contains(&(routine, point));
    let mut reached: FxHashSet<Span> = FxHashSet::default();
    for (number, routine) in machine.routines.iter().enumerate() {
        let points = routine.points.iter().enumerate();
        reached.extend(points.filter(|(point, _)| !missing(number, *point)).map(|(_, point)| point.span));
    }
    let mut list = Vec::new();
    for &(routine, point) in &outcome.unreached {
        let here = machine.point(routine, point);
        // Code of the library is told by the call into it, which is a statement of its own.
        let own = machine.stack(here.stack).frames.iter().any(|frame| stacks::is_of_model(&frame.symbol));
        if here.kind.is_end() || !own || here.span.is_empty() || reached.contains(&here.span) {
            continue;
        }
        let at = site(machine, source, routine, point, here.span);
        let operation = one_line(source, here.span);
        list.push(Unreached { line: at.line, column: at.column, function: at.function, operation });
    }
    list.sort();
    list.dedup();
    list
}

fn checked(machine: &Machine) -> Vec<String> {
    let kinds = [Kind::Deadlock, Kind::Leak, Kind::Panic, Kind::Race];
    let mut list: Vec<String> = kinds.iter().map(|kind| kind.name().to_string()).collect();
    let prefixed = |text: &str, word: &str| {
        if text.starts_with(word) { text.to_string() } else { format!("{word} {text}") }
    };
    list.extend(machine.properties.always.iter().map(|it| prefixed(&it.text, "always")));
    list.extend(machine.properties.eventually.iter().map(|it| prefixed(&it.text, "eventually")));
    list.extend(machine.properties.leads_to.iter().map(|it| it.text.clone()));
    list.extend(machine.properties.covers.iter().map(|it| prefixed(&it.text, "cover")));
    list
}
