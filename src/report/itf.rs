//! The Informal Trace Format of Apalache (its ADR-015): a run as a list of states, for its viewers.
//!
//! Integers are always `#bigint`, as the format's later revision wants them. Variables are the model's package variables,
//! the goroutines and the objects; what a state came from is in its `#meta`.

use serde_json::{Map, Value, json};

use super::dossier::{self, Dossier};
use super::{Style, verdict, visible};
use crate::trace::datum::Datum;
use crate::trace::film::{Person, Scene};
use crate::trace::values::Values;
use crate::trace::{Status, Trace};

/// The registry's entry.
pub(super) const REPORT: dossier::Format = dossier::Format {
    name: "itf",
    endings: &["itf.json"],
    about: "the run as states in the Informal Trace Format",
    render,
};

const ABOUT: &str = "https://apalache-mc.org/docs/adr/015adr-trace.html";

fn render(dossier: &Dossier, _style: &Style) -> String {
    let run = &dossier.run;
    let trace = run.shown().and_then(|finding| finding.trace.as_ref());
    let scenes = dossier.film.as_ref().map_or(&[][..], |film| &film.scenes);
    let names: Vec<&str> = dossier
        .values
        .first()
        .map(|values| values.variables.iter().map(|(name, _)| name.as_str()).collect())
        .unwrap_or_default();
    let goroutines = own_name("goroutines", &names);
    let objects = own_name("objects", &names);
    let mut vars: Vec<String> = names.iter().map(|name| (*name).to_string()).collect();
    vars.extend([goroutines.clone(), objects.clone()]);
    let states: Vec<Value> = scenes
        .iter()
        .zip(&dossier.values)
        .enumerate()
        .map(|(at, (scene, values))| {
            let mut state = Map::new();
            state.insert("#meta".into(), step(trace, at));
            for (name, datum) in &values.variables {
                state.insert(name.clone(), expression(datum));
            }
            state.insert(goroutines.clone(), people(trace, scene, values));
            let things = values.objects.iter();
            let things: Vec<Value> = things.map(|(name, datum)| json!([name, expression(datum)])).collect();
            state.insert(objects.clone(), json!({ "#map": things }));
            Value::Object(state)
        })
        .collect();
    let params: Map<String, Value> =
        run.params.iter().map(|(name, value)| (name.clone(), integer((*value).into()))).collect();
    let mut root = json!({
        "#meta": {
            "format": "ITF",
            "format-description": ABOUT,
            "source": visible::line(run.source.name()),
            "description": visible::line(&verdict::sentence(run)),
            "parameters": params,
            "command": visible::line(&dossier.command),
        },
        "vars": vars,
        "states": states,
    });
    if let Some(from) = trace.and_then(|trace| trace.repeats_from) {
        root["loop"] = json!(from);
    }
    let mut text = serde_json::to_string_pretty(&root).unwrap_or_default();
    text.push('\n');
    text
}

/// A name that no variable of the model has.
fn own_name(wanted: &str, taken: &[&str]) -> String {
    let mut name = wanted.to_string();
    while taken.contains(&name.as_str()) {
        name.push('_');
    }
    name
}

/// What has led to the state after `at` steps.
fn step(trace: Option<&Trace>, at: usize) -> Value {
    let mut meta = json!({ "index": integer(at as i128) });
    let step = trace.and_then(|trace| Some((trace, trace.steps.get(at.checked_sub(1)?)?)));
    if let Some((trace, step)) = step {
        let part = &step.actor;
        meta["action"] = json!(visible::line(&part.operation));
        meta["goroutine"] = json!(visible::line(&trace.goroutine(part.goroutine).label));
        meta["line"] = integer(part.site.line as i128);
        meta["effect"] = json!(visible::line(&trace.effect(step)));
        if let Some(partner) = &step.partner {
            meta["with"] = json!(visible::line(&trace.goroutine(partner.goroutine).label));
            meta["with_line"] = integer(partner.site.line as i128);
        }
    }
    if let Some(trace) = trace {
        meta["point_of_no_return"] = json!(trace.doomed_from == Some(at));
    }
    meta
}

fn people(trace: Option<&Trace>, scene: &Scene, values: &Values) -> Value {
    let label = |person: &Person| {
        trace.map_or_else(String::new, |trace| trace.goroutine(person.goroutine).label.clone())
    };
    let one = |person: &Person| {
        let status = match person.status {
            Status::Runnable => "runnable",
            Status::Failed => "failed",
            Status::Blocked { .. } => "waits",
            Status::Idle { .. } => "idle",
            Status::Ended { .. } => "ended",
        };
        let reason = match person.status {
            Status::Blocked { reason } | Status::Idle { reason } => reason,
            Status::Runnable | Status::Failed | Status::Ended { .. } => "",
        };
        let locals = values.locals(person.goroutine).into_iter().flatten();
        let locals: Vec<Value> = locals.map(|(name, datum)| json!([name, expression(datum)])).collect();
        json!([label(person), {
            "line": integer(person.site.line as i128),
            "operation": visible::line(&person.site.text),
            "status": status,
            "reason": reason,
            "locals": { "#map": locals },
        }])
    };
    json!({ "#map": scene.people.iter().map(one).collect::<Vec<_>>() })
}

fn integer(number: i128) -> Value {
    json!({ "#bigint": number.to_string() })
}

/// Names of fields are those of Go: none begins with a `#`.
fn expression(datum: &Datum) -> Value {
    match datum {
        Datum::Bool(it) => json!(it),
        Datum::Int(it) => integer(*it),
        Datum::Text(it) | Datum::Name(it) => json!(it),
        Datum::List(all) => Value::Array(all.iter().map(expression).collect()),
        Datum::Record(fields) => {
            Value::Object(fields.iter().map(|(name, it)| (name.clone(), expression(it))).collect())
        }
        Datum::Map(entries) => {
            let all: Vec<Value> =
                entries.iter().map(|(key, it)| json!([expression(key), expression(it)])).collect();
            json!({ "#map": all })
        }
    }
}
