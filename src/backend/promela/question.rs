//! Questions: what must not be reached, and which ends of a run are fine.
//!
//! In: a question. Out: a process that watches, whose every state is to see, since it may always take the next step (those
//! inside of an `atomic` are not states); or, for a promise, a never claim that the runs break it.

use super::Unsupported;
use super::exprs::Scope;
use super::text::Text;
use crate::commands::Expr;
use crate::engine::question::{Question, Targets};
use crate::machine::Machine;

/// What watches, where there is something to watch.
pub(super) fn watch(
    machine: &Machine,
    scope: Scope<'_>,
    question: &Question,
    out: &mut Text,
) -> Result<(), Unsupported> {
    let properties = &machine.properties;
    let missing = Unsupported::Construct("no such property");
    let targets = match question {
        Question::Reach(targets) => targets,
        Question::Eventually(number) => {
            let property = properties.eventually.get(*number).ok_or(missing)?;
            never(&scope, None, &property.cond, out)?;
            return Ok(());
        }
        Question::LeadsTo(number) => {
            let response = properties.leads_to.get(*number).ok_or(missing)?;
            never(&scope, Some(&response.from), &response.to, out)?;
            return Ok(());
        }
        Question::Endless | Question::Leak => return Ok(()),
    };
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

/// The runs on which `to` never holds, or never again after some state in which `from` holds. A run that has hit a bound is
/// none of them.
fn never(scope: &Scope<'_>, from: Option<&Expr>, to: &Expr, out: &mut Text) -> Result<(), Unsupported> {
    let open = format!("!{} && ended != BOUNDED", parenthesized(&scope.operand(to)?));
    out.blank();
    out.line("never {");
    if let Some(from) = from {
        out.line("\tdo");
        out.line("\t:: true");
        out.line(&format!("\t:: {} && {open} -> break", parenthesized(&scope.operand(from)?)));
        out.line("\tod;");
    }
    out.line("accept_open:");
    out.line("\tdo");
    out.line(&format!("\t:: {open}"));
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
