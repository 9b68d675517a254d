//! What a program can do that another one cannot, in runs without a bug.
//!
//! In: two Machines of one model and what each does ([`Behaviour`]). Out: the statements and cases that only the first
//! executes, the values that only its variables have at the end, each with a run that shows it; also what only the first
//! reaches in any run. Statements are compared by their text and the declared function that they are in: numbers of lines
//! and of function literals change with a fix. A fix says with `loses` what it gives up on purpose ([`Explanation`]).

use std::collections::{BTreeMap, BTreeSet};

use super::parts::words;
use crate::commands::{Base, CellType, Command, Expr, Local, Place, RoutineId};
use crate::engine::behaviour::{Behaviour, Taken};
use crate::machine::step::Step;
use crate::machine::{Edge, Machine, Point, PointId, PointKind};
use crate::source::Source;
use crate::syntax::ast::{Decl, Fix};
use crate::trace::{self, Site};

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
    /// A run that does it and ends well. Steps from the initial state; none where any run will do.
    pub run: Vec<Step>,
    /// After how many of them it has happened.
    pub after: usize,
    /// Functions of which nothing runs any more because of it.
    pub with: Vec<String>,
}

/// `loses NAME "why"`: what a fix gives up on purpose.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Explanation<'a> {
    /// The function that it is in, a variable whose values at the end it is about, or `main` where runs do not end.
    pub name: &'a str,
    pub why: &'a str,
}

/// A declared function, and the text of a statement in it.
pub type Key = (String, String);

/// What statements do, or what is reached of them.
pub type Deeds = BTreeMap<Key, Done>;

/// A statement that some run reaches or executes.
#[derive(Debug)]
pub struct Done {
    line: usize,
    /// The edges of it that are taken in runs that go well.
    taken: Vec<Taken>,
    /// Whether it does anything that somebody could notice.
    matters: bool,
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

/// Why `fix` loses what it loses.
pub fn explanations(fix: &Fix) -> impl Iterator<Item = Explanation<'_>> {
    fix.decls.iter().filter_map(|decl| match decl {
        Decl::Loses(it) => Some(Explanation { name: &it.name.name, why: &it.why.value }),
        _ => None,
    })
}

impl Explanation<'_> {
    /// Whether this is why `loss` is lost.
    pub fn is_of(&self, loss: &Loss) -> bool {
        let of = match &loss.what {
            What::End => self.name == "main",
            What::Function { name, .. } | What::Statement { within: name, .. } => self.name == name,
            What::Final(text) => text.split(", ").any(|one| one.split(" = ").next() == Some(self.name)),
        };
        of || loss.with.iter().any(|name| name == self.name)
    }
}

impl Loss {
    fn new(what: What, run: Vec<Step>, after: usize) -> Self {
        Self { what, run, after, with: Vec::new() }
    }

    fn order(&self) -> (u8, usize, String) {
        match &self.what {
            What::End => (0, 0, String::new()),
            What::Function { name, line } => (1, *line, name.clone()),
            What::Statement { within: _, text, line } => (1, *line, text.clone()),
            What::Final(text) => (2, 0, text.clone()),
        }
    }
}

/// What `one` does and `other` does not. Statements that `other` does not have are no loss: that is what the change is.
pub fn losses(one: &Program<'_>, other: &Program<'_>) -> Vec<Loss> {
    let mut losses = Vec::new();
    if one.behaviour.ends && !other.behaviour.ends {
        let run = one.behaviour.finals().next().and_then(|values| one.behaviour.run_that_ends_with(values));
        let run = run.unwrap_or_default();
        let after = run.len();
        losses.push(Loss::new(What::End, run, after));
        // Where no run goes well, nothing else happens in one that does.
        if !other.behaviour.goes_on {
            return losses;
        }
    }
    let (ours, theirs) = (deeds(one), deeds(other));
    let gone: BTreeSet<&str> = ours
        .keys()
        .filter(|(within, text)| other.functions.get(within).is_some_and(|body| contains(body, text)))
        .map(|(within, _)| within.as_str())
        .filter(|name| !runs(&theirs, name))
        .collect();
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for (key @ (within, text), done) in &ours {
        let what = if gone.contains(within.as_str()) {
            if !seen.insert(within) {
                continue;
            }
            let lines = ours.iter().filter(|((other, _), _)| other == within).map(|(_, done)| done.line);
            What::Function { name: within.clone(), line: lines.min().unwrap_or(done.line) }
        } else if done.shows(text) && is_lost(key, &theirs, &other.functions) {
            What::Statement { within: within.clone(), text: text.clone(), line: done.line }
        } else {
            continue;
        };
        if let Some((run, after)) = one.behaviour.run_that_takes(&done.taken[0]) {
            losses.push(Loss::new(what, run, after));
        }
    }
    let mut losses = folded(one, &ours, losses);
    if one.behaviour.ends && other.behaviour.ends {
        losses.extend(finals(one, other));
    }
    losses.sort_by_key(Loss::order);
    losses
}

/// Whether something of `name` runs.
fn runs(deeds: &Deeds, name: &str) -> bool {
    deeds.keys().any(|(within, _)| within == name)
}

/// Whether a statement is among `theirs` no more, though `functions` still have it. What is part of a longer statement that
/// is among them is no statement of its own there.
fn is_lost(key: &Key, theirs: &Deeds, functions: &BTreeMap<String, String>) -> bool {
    let (within, text) = key;
    let Some(body) = functions.get(within).filter(|_| !theirs.contains_key(key)) else { return false };
    // What has a block of its own does not do all that stands in it, and to start something is not to do it.
    let starts = |text: &str| text.contains(" {") || text.starts_with("go ") || text.starts_with("defer ");
    let longer = theirs.keys().filter(|(of, other)| of == within && !starts(other) && contains(other, text));
    contains(&longer.fold(body.clone(), |rest, (_, other)| rest.replace(other.as_str(), ";")), text)
}

/// A function that only ran below something else that is lost is no loss of its own: it is named there.
fn folded(program: &Program<'_>, deeds: &Deeds, mut losses: Vec<Loss>) -> Vec<Loss> {
    let above = |loss: &Loss| -> Option<usize> {
        let What::Function { name, .. } = &loss.what else { return None };
        let mut found = None;
        for taken in deeds.iter().filter(|((of, _), _)| of == name).flat_map(|(_, done)| &done.taken) {
            found = Some(outermost(program, taken, name, &losses)?);
        }
        found
    };
    let below: Vec<Option<usize>> = losses.iter().map(above).collect();
    for (at, above) in below.iter().enumerate() {
        if let (Some(above), What::Function { name, .. }) = (above, losses[at].what.clone()) {
            losses[*above].with.push(name);
        }
    }
    let matters = |name: &String| deeds.iter().any(|((of, _), done)| of == name && done.matters);
    let stays = |(loss, above): (Loss, Option<usize>)| match &loss.what {
        What::Function { name, .. } if above.is_none() => {
            std::iter::once(name).chain(&loss.with).any(matters).then_some(loss)
        }
        _ => above.is_none().then_some(loss),
    };
    losses.into_iter().zip(below).filter_map(stays).collect()
}

/// The outermost of the callers of `name` at `taken` that is one of the losses, or calls where one of them is.
fn outermost(program: &Program<'_>, taken: &Taken, name: &str, losses: &[Loss]) -> Option<usize> {
    let stack = program.machine.stack(program.machine.point(taken.routine(), taken.point()).stack);
    stack.frames.iter().skip(1).rev().find_map(|frame| {
        let caller = declared(&frame.function);
        let call = deed(program.source.slice(frame.call));
        losses.iter().position(|loss| match &loss.what {
            What::Function { name: other, .. } => other == caller && other != name,
            What::Statement { within, text, .. } => {
                within == caller && !call.is_empty() && text.contains(&call)
            }
            What::End | What::Final(_) => false,
        })
    })
}

/// What some run of the original reaches, whether it goes well or not, and no run of the other does, whose functions are
/// `functions`. What is among `known` is left out.
pub fn no_longer_reached(
    ours: &Deeds,
    theirs: &Deeds,
    functions: &BTreeMap<String, String>,
    known: &[Loss],
) -> Vec<Loss> {
    let mut losses: Vec<Loss> = Vec::new();
    for (key @ (within, text), done) in ours {
        let known = known.iter().chain(&losses).any(|loss| match &loss.what {
            What::Function { name, .. } if name == within => true,
            What::Statement { within: of, text: what, .. } if of == within && what == text => true,
            _ => loss.with.contains(within),
        });
        if known || !done.shows(text) || !is_lost(key, theirs, functions) {
            continue;
        }
        let what = if runs(theirs, within) {
            What::Statement { within: within.clone(), text: text.clone(), line: done.line }
        } else {
            What::Function { name: within.clone(), line: done.line }
        };
        losses.push(Loss::new(what, Vec::new(), 0));
    }
    losses.sort_by_key(Loss::order);
    losses
}

/// Whether a text has a statement in it: not as a part of a longer name, or of a longer path to one.
fn contains(text: &str, statement: &str) -> bool {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    let (first, last) = (statement.starts_with(word), statement.ends_with(word));
    text.match_indices(statement).any(|(at, _)| {
        let before = text[..at].chars().next_back().is_some_and(|c| c == '.' || word(c));
        let after = text[at + statement.len()..].chars().next();
        let goes_on = after.is_some_and(|c| matches!(c, '.' | '(' | '[') || (last && word(c)));
        !(goes_on || first && before)
    })
}

/// Whether it makes a difference that `edge` is taken. A plain statement that only looks, calls, or changes what its
/// goroutine alone can see does not: what comes of it does.
fn matters(point: &Point, edge: &Edge) -> bool {
    // Of several ways on, one that fails is no deed.
    let fails = point.edges.len() > 1 && matches!(edge.commands.as_slice(), [Command::Raise(_)]);
    point.kind != PointKind::Plain || !(fails || quiet(&edge.commands, &mut BTreeSet::new()))
}

/// Whether nobody else sees what `commands` do. `new` are the goroutine's names for objects that nobody else knows yet.
fn quiet(commands: &[Command], new: &mut BTreeSet<Local>) -> bool {
    let mine = |place: &Place, new: &BTreeSet<Local>| match &place.base {
        Base::Local(_) => true,
        Base::Memory(Expr::Load(of)) => matches!(of.base, Base::Local(local) if new.contains(&local)),
        _ => false,
    };
    commands.iter().all(|command| match command {
        Command::Check { .. } | Command::Bound(_) => true,
        Command::Set(place, _) => mine(place, new),
        Command::Alloc { dest, .. } => match dest.base {
            Base::Local(local) => {
                new.insert(local);
                true
            }
            _ => false,
        },
        Command::If(_, one, other) => quiet(one, new) && quiet(other, new),
        _ => false,
    })
}

/// By declared function and text: the statements that some run reaches, with their lines; `unreached` are the points that
/// none does.
pub fn reached(machine: &Machine, source: &Source, unreached: &[(RoutineId, PointId)]) -> Deeds {
    let mut reached = Deeds::new();
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
                    let matters = point.edges.iter().any(|edge| matters(point, edge));
                    let key = (declared(&site.function).to_owned(), text);
                    reached.entry(key).or_insert_with(|| Done::new(&site)).matters |= matters;
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

impl Done {
    fn new(site: &Site) -> Self {
        Self { line: site.line, taken: Vec::new(), matters: false }
    }

    /// Whether it is a loss of its own: also a way out of a function that is.
    fn shows(&self, text: &str) -> bool {
        self.matters || text.starts_with("return ")
    }
}

/// What is done in runs that go well.
fn deeds(program: &Program<'_>) -> Deeds {
    let mut deeds = Deeds::new();
    for taken in program.behaviour.taken() {
        let routine = program.machine.routine(taken.routine());
        let point = program.machine.point(taken.routine(), taken.point());
        let Some(edge) = point.edges.get(taken.edge) else { continue };
        let span = edge.span.unwrap_or(point.span);
        if span.is_empty() || routine.environment {
            continue;
        }
        let site = trace::site(program.machine, program.source, taken.routine(), taken.point(), span);
        let text = deed(program.source.slice(span));
        // The end of a body, where it returns by itself.
        if text == "}" {
            continue;
        }
        let matters = matters(point, edge);
        let key = (declared(&site.function).to_owned(), text);
        let done = deeds.entry(key).or_insert_with(|| Done::new(&site));
        done.taken.push(taken);
        done.matters |= matters;
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
            let after = run.len();
            losses.push(Loss::new(what, run, after));
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
    use super::{contains, declared};

    #[test]
    fn a_statement_is_no_part_of_a_longer_one() {
        let body = "func f() { case <-n.changed: info.exitCode = 1 x := fetch() }";
        for (text, there) in [
            ("<-n.ch", false),
            ("<-n", false),
            ("exitCode = 1", false),
            ("fetch()", true),
            ("<-n.changed", true),
        ] {
            assert_eq!(contains(body, text), there, "{text}");
        }
    }

    #[test]
    fn literals_belong_to_their_function() {
        assert_eq!(declared("Server.Close.func1.2"), "Server.Close");
        assert_eq!(declared("main"), "main");
        assert_eq!(declared("x.funcs"), "x.funcs");
    }
}
