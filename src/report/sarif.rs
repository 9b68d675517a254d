//! SARIF 2.1.0, for code scanning and editors: a result for each finding, a thread flow for each goroutine.
//!
//! Steps have their number as execution order; two goroutines that meet have the same. Viewers show a thousand places of a
//! result: what is of no interest is left out first.

mod fingerprint;

use serde_json::{Value, json};

use super::dossier::{self, Dossier};
use super::terminal::rows::shows;
use super::{Finding, Run, Style, Verdict, verdict, visible};
use crate::property::Kind;
use crate::source::{Source, Span};
use crate::trace::{GoroutineId, Part, Site, Status, Trace};

/// The registry's entry.
pub(super) const REPORT: dossier::Format = dossier::Format {
    name: "sarif",
    endings: &["sarif", "sarif.json"],
    about: "SARIF 2.1.0 for code scanning and editors, a thread flow for each goroutine",
    render,
};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";
/// GitHub shows so many places of a result.
const MOST_PLACES: usize = 1000;
/// Of a run that is cut, so many steps at its start are kept.
const KEPT_AT_START: usize = 100;

fn render(dossier: &Dossier, _style: &Style) -> String {
    let run = &dossier.run;
    let results: Vec<Value> = run.findings.iter().map(|finding| result(run, finding)).collect();
    let fixes: Vec<Value> = dossier
        .fixes
        .iter()
        .map(|fixed| {
            json!({
                "name": visible::line(&fixed.name),
                "verdict": fixed.run.verdict.name(),
                "asExpected": fixed.run.as_expected,
            })
        })
        .collect();
    let params: serde_json::Map<String, Value> =
        run.params.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "goknot",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": Kind::ALL.iter().map(|kind| rule(*kind)).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "artifacts": [{ "location": artifact(&run.source) }],
            "invocations": [invocation(dossier)],
            "results": results,
            "properties": {
                "model": visible::line(&run.model),
                "verdict": run.verdict.name(),
                "parameters": params,
                "engine": run.engine,
                "states": run.stats.states,
                "fixes": fixes,
            },
        }],
    });
    // A value of strings and numbers always has a text.
    let mut text = serde_json::to_string_pretty(&log).unwrap_or_default();
    text.push('\n');
    text
}

fn rule(kind: Kind) -> Value {
    let (short, full) = match kind {
        Kind::Panic => (
            "A panic or a fatal error",
            "A run ends in an unrecovered panic or a fatal error of Go's runtime.",
        ),
        Kind::Assert => ("A failed assertion", "A run reaches an assertion that is false."),
        Kind::Race => (
            "A data race",
            "Two goroutines access one location, one of them writes, and nothing orders them.",
        ),
        Kind::Always => ("A broken invariant", "A reachable state violates a `check always`."),
        Kind::Deadlock => ("A deadlock", "Main has not ended, and no goroutine can ever take a step again."),
        Kind::Leak => ("A leaked goroutine", "A goroutine waits for something that nobody will ever do."),
        Kind::Eventually => ("A broken promise", "A fair run violates a `check eventually`."),
        Kind::LeadsTo => ("A missing response", "A fair run violates a `check … leadsto …`."),
        Kind::Cover => ("A state that is never reached", "No run reaches a state that a `cover` names."),
    };
    json!({
        "id": kind.name(),
        "shortDescription": { "text": short },
        "fullDescription": { "text": full },
        "defaultConfiguration": { "level": "error" },
        "properties": { "tags": ["concurrency", "correctness"] },
    })
}

fn invocation(dossier: &Dossier) -> Value {
    let run = &dossier.run;
    let notes: Vec<Value> = match run.verdict {
        Verdict::Inconclusive => {
            vec![json!({ "level": "warning", "message": message(&verdict::sentence(run)) })]
        }
        Verdict::Holds | Verdict::Bug => Vec::new(),
    };
    json!({
        "commandLine": visible::line(&dossier.command),
        "executionSuccessful": run.verdict != Verdict::Inconclusive,
        "toolExecutionNotifications": notes,
    })
}

fn result(run: &Run, finding: &Finding) -> Value {
    let index = Kind::ALL.iter().position(|kind| *kind == finding.kind).unwrap_or_default();
    let place = finding.place.as_ref();
    let start = Span::default();
    let mut result = json!({
        "ruleId": finding.kind.name(),
        "ruleIndex": index,
        "kind": "fail",
        "level": "error",
        "message": message(&finding.message),
        "locations": [location(&run.source, place.map_or(start, |it| it.span), place.map_or("", |it| &it.function), None)],
        "partialFingerprints": { "goknotFinding/v1": fingerprint::of(run, finding) },
    });
    if let Some(trace) = &finding.trace {
        let related = others(run, finding, trace);
        if !related.is_empty() {
            result["relatedLocations"] = json!(related);
        }
        result["codeFlows"] = json!([{
            "message": message("what each goroutine does, in the order of execution"),
            "threadFlows": flows(run, finding, trace),
        }]);
    }
    result
}

/// Where the others that are part of it stand.
fn others(run: &Run, finding: &Finding, trace: &Trace) -> Vec<Value> {
    let mut list: Vec<(&Site, String)> = Vec::new();
    for group in verdict::groups(trace, &finding.blame.stuck) {
        let text = format!("{} {} here for ever: {}", group.name, group.waits(), group.first.reason);
        list.push((&group.first.site, text));
    }
    if let Some(race) = &finding.race {
        let told = race.accesses.iter().map(|it| (&it.site, verdict::access(trace, race, it)));
        list.extend(told);
    }
    list.iter()
        .enumerate()
        .map(|(id, (site, text))| {
            let mut place = location(&run.source, site.span, &site.function, Some(text));
            place["id"] = json!(id);
            place
        })
        .collect()
}

/// One flow for each goroutine that does something or is part of it, in the order of their ids.
fn flows(run: &Run, finding: &Finding, trace: &Trace) -> Vec<Value> {
    let kept = kept(trace);
    let mut flows = Vec::new();
    for goroutine in trace.goroutines.iter().filter(|goroutine| !goroutine.environment) {
        let mut places: Vec<Value> = trace
            .parts()
            // A step without a text is no statement of the model's: the library makes its variables.
            .filter(|(index, part)| {
                part.goroutine == goroutine.id && kept(*index) && !part.operation.is_empty()
            })
            .map(|(index, part)| step(run, trace, index, part))
            .collect();
        places.extend(last(run, finding, trace, goroutine.id));
        if !places.is_empty() {
            flows.push(json!({
                "id": format!("goroutine {}", goroutine.id),
                "message": message(&goroutine.label),
                "locations": places,
            }));
        }
    }
    flows
}

/// Which steps of a long run are told.
fn kept(trace: &Trace) -> impl Fn(usize) -> bool + use<> {
    let shown: Vec<bool> =
        trace.steps.iter().enumerate().map(|(index, step)| shows(trace, index, step)).collect();
    let parts = trace.parts().count();
    let told = trace.parts().filter(|(index, _)| shown[*index]).count();
    let room = MOST_PLACES.saturating_sub(2 * trace.goroutines.len()) / 2;
    let all = parts <= MOST_PLACES - trace.goroutines.len().min(MOST_PLACES);
    let (steps, long) = (trace.steps.len(), told > 2 * room);
    move |index: usize| {
        let near = index < KEPT_AT_START || index + room.saturating_sub(KEPT_AT_START) >= steps;
        all || (shown.get(index).copied().unwrap_or(false) && (!long || near))
    }
}

fn step(run: &Run, trace: &Trace, index: usize, part: &Part) -> Value {
    let effects: Vec<String> = part.effects.iter().map(|effect| trace.told(part, effect)).collect();
    let mut text = part.operation.clone();
    if !effects.is_empty() {
        text.push_str(&format!(" // {}", effects.join(", ")));
    }
    let doomed = trace.doomed_from == Some(index + 1);
    if doomed {
        text.push_str(" (point of no return: from here on no run ends well)");
    }
    let importance = match (doomed, trace.steps.get(index).is_some_and(|step| shows(trace, index, step))) {
        (true, _) => "essential",
        (false, true) => "important",
        (false, false) => "unimportant",
    };
    json!({
        "location": location(&run.source, part.site.span, &part.site.function, Some(&text)),
        "executionOrder": index + 1,
        "importance": importance,
    })
}

/// How a goroutine stands in the end, where it waits.
fn last(run: &Run, finding: &Finding, trace: &Trace, id: GoroutineId) -> Option<Value> {
    let goroutine = trace.goroutine(id);
    let at = goroutine.at.as_ref()?;
    let text = match (finding.blame.of(id), goroutine.status) {
        (Some(stuck), _) => format!("waits here for ever: {}", stuck.reason),
        (None, Status::Blocked { reason }) => format!("waits here: {reason}"),
        (None, Status::Idle { reason }) => format!("idle: {reason}"),
        (None, Status::Runnable | Status::Failed | Status::Ended { .. }) => return None,
    };
    let span = finding.blame.of(id).map_or(at.span, |stuck| stuck.site.span);
    Some(json!({
        "location": location(&run.source, span, &at.function, Some(&text)),
        "executionOrder": trace.steps.len() + 1,
        "importance": "essential",
    }))
}

fn location(source: &Source, span: Span, function: &str, text: Option<&str>) -> Value {
    let (start, end) = (source.line_column(span.start), source.line_column(span.end));
    let mut location = json!({
        "physicalLocation": {
            "artifactLocation": artifact(source),
            "region": {
                "startLine": start.line,
                "startColumn": start.column,
                "endLine": end.line,
                "endColumn": end.column,
            },
        },
    });
    if !function.is_empty() {
        location["logicalLocations"] =
            json!([{ "fullyQualifiedName": visible::line(function), "kind": "function" }]);
    }
    if let Some(text) = text {
        location["message"] = message(text);
    }
    location
}

/// The model's path as a relative URI.
fn artifact(source: &Source) -> Value {
    let mut uri = String::new();
    for byte in source.name().bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(byte));
            }
            byte => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    json!({ "uri": uri })
}

/// In a message of SARIF `[text](id)` is a link and `{0}` a placeholder; only then brackets and braces are escaped, since
/// not every viewer takes the escapes back.
fn message(text: &str) -> Value {
    let mut text = visible::line(text);
    if text.contains("](") {
        text = text.replace('\\', "\\\\").replace('[', "\\[").replace(']', "\\]");
    }
    let number = |inside: &str| !inside.is_empty() && inside.bytes().all(|byte| byte.is_ascii_digit());
    let mut opened = text.split('{').skip(1);
    if opened.any(|rest| rest.split_once('}').is_some_and(|(inside, _)| number(inside))) {
        text = text.replace('{', "{{").replace('}', "}}");
    }
    json!({ "text": text })
}
