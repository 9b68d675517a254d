//! What a program can do that another one cannot, in runs without a bug.
//!
//! In: two Machines of one model and what each does ([`Behaviour`]). Out: the statements and cases that only the first
//! executes, the values that only its variables have at the end, each with a run that shows it. Statements are compared by
//! their text and the declared function that they are in: numbers of lines and of function literals change with a fix.

use std::collections::BTreeMap;

use super::parts::words;
use crate::commands::{CellType, RoutineId};
use crate::engine::behaviour::{Behaviour, Taken};
use crate::machine::step::Step;
use crate::machine::{Machine, PointId, PointKind};
use crate::source::Source;
use crate::trace;

/// A program with what it does.
#[derive(Debug)]
pub struct Program<'a> {
    pub machine: &'a Machine,
    pub source: &'a Source,
    pub behaviour: &'a Behaviour,
    /// The text of each declared function, by its key: `Server.Close`.
    pub functions: BTreeMap<String, String>,
}

/// Something that one program does and the other does not.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Loss {
    pub what: What,
    /// A run that does it and ends well. Steps from the initial state.
    pub run: Vec<Step>,
    /// After how many of them it has happened.
    pub after: usize,
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum What {
    /// No run comes to its end any more.
    End,
    /// A function of which nothing runs any more.
    Function { name: String, line: usize },
    /// A statement, or a case that is taken.
    Statement { within: String, text: String, line: usize },
    /// `done = true, n = 2`: values at the end.
    Final(String),
}

/// What `one` does and `other` does not. Statements that `other` does not have are no loss: that is what the change is.
pub fn losses(one: &Program<'_>, other: &Program<'_>) -> Vec<Loss> {
    let mut losses = Vec::new();
    if one.behaviour.ends && !other.behaviour.ends {
        let run = one.behaviour.finals().next().and_then(|values| one.behaviour.run_that_ends_with(values));
        let run = run.unwrap_or_default();
        losses.push(Loss { what: What::End, after: run.len(), run });
    }
    let (ours, theirs) = (deeds(one), deeds(other));
    let runs = |name: &str| theirs.keys().any(|(within, _)| within == name);
    let mut gone: Vec<&str> = Vec::new();
    for ((within, text), (line, taken)) in &ours {
        let has = other.functions.get(within).is_some_and(|body| body.contains(text.as_str()));
        if theirs.contains_key(&(within.clone(), text.clone())) || !has || gone.contains(&within.as_str()) {
            continue;
        }
        let Some((run, after)) = one.behaviour.run_that_takes(taken) else { continue };
        let what = if runs(within) {
            What::Statement { within: within.clone(), text: text.clone(), line: *line }
        } else {
            gone.push(within);
            let lines = ours.iter().filter(|((other, _), _)| other == within).map(|(_, (line, _))| *line);
            What::Function { name: within.clone(), line: lines.min().unwrap_or(*line) }
        };
        losses.push(Loss { what, run, after });
    }
    if one.behaviour.ends && other.behaviour.ends {
        losses.extend(finals(one, other));
    }
    losses.sort_by_key(|loss| match &loss.what {
        What::End => (0, 0, String::new()),
        What::Function { name, line } => (1, *line, name.clone()),
        What::Statement { within: _, text, line } => (1, *line, text.clone()),
        What::Final(text) => (2, 0, text.clone()),
    });
    losses
}

/// By declared function and text: the statements that some run reaches, with their lines; `unreached` are the points that
/// none does.
pub fn reached(
    machine: &Machine,
    source: &Source,
    unreached: &[(RoutineId, PointId)],
) -> BTreeMap<(String, String), usize> {
    let mut reached = BTreeMap::new();
    for (number, routine) in machine.routines.iter().enumerate().filter(|(_, routine)| !routine.environment) {
        let id = RoutineId(number as u32);
        for (at, point) in routine.points.iter().enumerate() {
            let here = PointId(at as u32);
            if point.span.is_empty() || unreached.contains(&(id, here)) {
                continue;
            }
            let cases = match &point.kind {
                PointKind::Operation(operation) => operation.acts.as_slice(),
                _ => &[],
            };
            for span in cases.iter().map(|act| act.span).chain([point.span]) {
                let text = deed(source.slice(span));
                if text != "}" {
                    let site = trace::site(machine, source, id, here, span);
                    reached.entry((declared(&site.function).to_owned(), text)).or_insert(site.line);
                }
            }
        }
    }
    reached
}

/// What is done, in one form for a statement and for a case of a select.
fn deed(text: &str) -> String {
    let text = words(text);
    match text.strip_prefix("case ") {
        Some(case) => case.trim_end_matches(':').to_owned(),
        None => text,
    }
}

/// By declared function and text: the line, and an edge that does it.
fn deeds(program: &Program<'_>) -> BTreeMap<(String, String), (usize, Taken)> {
    let mut deeds = BTreeMap::new();
    for taken in program.behaviour.taken() {
        let point = program.machine.point(taken.routine(), taken.point());
        let Some(edge) = point.edges.get(taken.edge) else { continue };
        let span = edge.span.unwrap_or(point.span);
        if span.is_empty() || program.machine.routine(taken.routine()).environment {
            continue;
        }
        let site = trace::site(program.machine, program.source, taken.routine(), taken.point(), span);
        let text = deed(program.source.slice(span));
        // The end of a body, where it returns by itself.
        if text == "}" {
            continue;
        }
        deeds.entry((declared(&site.function).to_owned(), text)).or_insert((site.line, taken));
    }
    deeds
}

/// The declared function of a function literal: `Server.Close` of `Server.Close.func1.2`.
pub fn declared(function: &str) -> &str {
    function.find(".func").map_or(function, |at| {
        let literal = function[at + 5..].starts_with(|c: char| c.is_ascii_digit());
        if literal { &function[..at] } else { function }
    })
}

/// Values of the variables that both have.
fn finals(one: &Program<'_>, other: &Program<'_>) -> Vec<Loss> {
    let names = |program: &Program<'_>| -> Vec<String> {
        let cells = program.behaviour.variables.iter();
        cells.map(|&cell| program.machine.globals[cell].name.clone()).collect()
    };
    let (ours, theirs) = (names(one), names(other));
    let both: Vec<&String> = ours.iter().filter(|name| theirs.contains(name)).collect();
    if both.is_empty() {
        return Vec::new();
    }
    let show = |program: &Program<'_>, names: &[String], values: &[i64]| -> String {
        let pairs = both.iter().filter_map(|name| {
            let at = names.iter().position(|known| known == *name)?;
            let cell = &program.machine.globals[program.behaviour.variables[at]];
            Some(format!("{name} = {}", value(program.machine, &cell.ty, values[at])))
        });
        pairs.collect::<Vec<_>>().join(", ")
    };
    let known: Vec<String> = other.behaviour.finals().map(|values| show(other, &theirs, values)).collect();
    let mut losses: Vec<Loss> = Vec::new();
    for values in one.behaviour.finals() {
        let text = show(one, &ours, values);
        let what = What::Final(text.clone());
        if !known.contains(&text)
            && losses.iter().all(|loss| loss.what != what)
            && let Some(run) = one.behaviour.run_that_ends_with(values)
        {
            losses.push(Loss { what, after: run.len(), run });
        }
    }
    losses
}

fn value(machine: &Machine, ty: &CellType, value: i64) -> String {
    match ty {
        CellType::Bool => (value != 0).to_string(),
        CellType::String => {
            let text = usize::try_from(value).ok().and_then(|at| machine.strings.get(at));
            text.map_or_else(|| value.to_string(), |text| format!("{text:?}"))
        }
        _ => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::declared;

    #[test]
    fn literals_belong_to_their_function() {
        assert_eq!(declared("Server.Close.func1.2"), "Server.Close");
        assert_eq!(declared("main"), "main");
        assert_eq!(declared("x.funcs"), "x.funcs");
    }
}
