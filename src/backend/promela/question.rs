//! Questions: what must not be reached, and which ends of a run are fine.
//!
//! In: a question. Out: a process that watches. Every state is its to see, since it may always take the next step; the
//! steps inside of an `atomic` are not states.

use super::Unsupported;
use super::exprs::Scope;
use super::text::Text;
use crate::engine::question::{Question, Targets};
use crate::machine::Machine;

/// The watching process, where there is something to watch.
pub(super) fn watch(
    machine: &Machine,
    scope: Scope<'_>,
    question: &Question,
    out: &mut Text,
) -> Result<(), Unsupported> {
    let Question::Reach(targets) = question else { return Ok(()) };
    let bad = bad(machine, scope, targets)?;
    let excused = excused(targets);
    out.blank();
    out.line("/* Sees every state. Where a run may end it goes round in it, so that no end is there to be reported. */");
    out.line(&format!("#define BAD\t(ended != BOUNDED && ({bad}))"));
    out.line(&format!("#define EXCUSED\t({excused})"));
    out.line("active proctype watch()");
    out.line("{");
    out.line("end:\tdo");
    if bad != "false" {
        out.line("\t:: atomic { BAD -> assert(false) }");
    }
    out.line("\t:: EXCUSED -> skip");
    out.line("\tod");
    out.line("}");
    Ok(())
}

fn bad(machine: &Machine, scope: Scope<'_>, targets: &Targets) -> Result<String, Unsupported> {
    let mut parts = Vec::new();
    if targets.panics {
        parts.push("ended == PANICKED".to_owned());
    }
    if targets.asserts {
        parts.push("ended == FAILED".to_owned());
    }
    for &number in &targets.always {
        let property =
            machine.properties.always.get(number).ok_or(Unsupported::Construct("no such property"))?;
        parts.push(format!("!{}", parenthesized(&scope.operand(&property.cond)?)));
    }
    for &number in &targets.covers {
        let property =
            machine.properties.covers.get(number).ok_or(Unsupported::Construct("no such property"))?;
        parts.push(parenthesized(&scope.operand(&property.cond)?));
    }
    Ok(if parts.is_empty() { "false".into() } else { parts.join(" || ") })
}

fn parenthesized(text: &str) -> String {
    if text.starts_with('(') || text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        text.to_owned()
    } else {
        format!("({text})")
    }
}

fn excused(targets: &Targets) -> String {
    let mut parts = vec!["ended"];
    if !targets.deadlocks {
        parts.push("main_ended != RETURNED");
    }
    if !targets.leaks {
        parts.push("main_ended == RETURNED");
    }
    parts.join(" || ")
}
