//! Does what was found match what the model says must be found?
//!
//! In: the `expect` declarations of a model or a fix, and what a check found, as
//! [`Found`] values. Out: a [`Judgement`]. Absent: searching and printing.
//!
//! The rules (language guide, `expect`):
//! - the kind must be equal;
//! - with a block, each line needs a stuck goroutine of its own, and each stuck
//!   goroutine must be one that some line speaks of. So `worker: ch <- v` covers any
//!   number of equal workers, and two such lines ask for at least two of them;
//! - one `expect` must be among what was found; several must be all that was found.

pub mod agreement;
mod found;
mod matching;
mod name;
mod operation;

use crate::property::Kind;
use crate::sema::program::{Expect, ExpectKind, ExpectLine, ExpectOperation};

pub use found::found;
pub use name::names;
pub use operation::same_source;

/// One bug that a check found, in the words that `expect` speaks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Found {
    pub kind: Kind,
    /// The goroutines that wait for ever; empty for kinds that are no wait.
    pub stuck: Vec<Stuck>,
}

/// A goroutine that waits for ever.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Stuck {
    /// The functions on its stack, innermost first, as Go names them: `Server.Close`, `main.func1`.
    pub functions: Vec<String>,
    /// The same functions as a dump prints them: `main.(*Server).Close`.
    pub symbols: Vec<String>,
    /// What it waits at, as the source has it: the statement, and each operation in it.
    pub operations: Vec<String>,
    /// It waits at a `select`.
    pub select: bool,
    /// `sync.Mutex.Lock`, `chan receive`.
    pub reason: String,
}

/// How a check's outcome compares with what was expected.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Judgement {
    /// All is as expected.
    pub as_expected: bool,
    /// Index of the finding to show: the first that an `expect` names, else the first.
    pub violation: Option<usize>,
    /// Indices of the `expect`s that nothing matches.
    pub missing: Vec<usize>,
    /// Indices of the findings that no `expect` names; only where that matters.
    pub surplus: Vec<usize>,
}

/// Whether `found` may be what a model shows for other values of its parameters than the
/// defaults: what its `expect`s name, or nothing (the bug may need more goroutines), but
/// no other bug.
pub fn tolerable(expects: &[Expect], found: &[Found], exhausted: bool) -> bool {
    let judgement = judge(expects, found, exhausted);
    let bugs_wanted = expects.iter().any(|expect| bug(expect.kind).is_some());
    let nothing_else = judgement.surplus.is_empty() && (found.is_empty() || expects.len() > 1);
    judgement.as_expected || (bugs_wanted && nothing_else && exhausted)
}

/// Compares `found` (in the order in which findings are reported) with `expects`.
/// `exhausted` is false where a bound, the time or the memory ended the search.
pub fn judge(expects: &[Expect], found: &[Found], exhausted: bool) -> Judgement {
    let hit = |expect: &Expect| match bug(expect.kind) {
        Some(_) => found.iter().any(|found| matches(expect, found)),
        None if expect.kind == ExpectKind::Ok => found.is_empty() && exhausted,
        None => !exhausted && (found.is_empty() || expects.len() > 1),
    };
    let named = |found: &Found| expects.iter().any(|expect| matches(expect, found));
    let missing: Vec<usize> = (0..expects.len()).filter(|&at| !hit(&expects[at])).collect();
    let unnamed = || (0..found.len()).filter(|&at| !named(&found[at])).collect();
    let violation = found.iter().position(named).or(if found.is_empty() { None } else { Some(0) });
    let (surplus, as_expected) = match expects {
        [] => (unnamed(), found.is_empty() && exhausted),
        [expect] if bug(expect.kind).is_some() => (Vec::new(), missing.is_empty()),
        [_] => (unnamed(), missing.is_empty()),
        [_, _, ..] => {
            let surplus: Vec<usize> = unnamed();
            let known = exhausted || expects.iter().any(|expect| expect.kind == ExpectKind::Inconclusive);
            let as_expected = missing.is_empty() && surplus.is_empty() && known;
            (surplus, as_expected)
        }
    };
    Judgement { as_expected, violation, missing, surplus }
}

/// True where `found` is what `expect` speaks of.
pub fn matches(expect: &Expect, found: &Found) -> bool {
    bug(expect.kind) == Some(found.kind)
        && expect.stuck.as_deref().is_none_or(|lines| {
            let fits = |line: usize, goroutine: usize| speaks_of(&lines[line], &found.stuck[goroutine]);
            let known =
                (0..found.stuck.len()).all(|goroutine| (0..lines.len()).any(|line| fits(line, goroutine)));
            known && matching::saturates(lines.len(), found.stuck.len(), fits)
        })
}

/// The bug that a kind names; `None` for `ok` and `inconclusive`.
pub fn bug(kind: ExpectKind) -> Option<Kind> {
    match kind {
        ExpectKind::Ok | ExpectKind::Inconclusive => None,
        ExpectKind::Deadlock => Some(Kind::Deadlock),
        ExpectKind::Leak => Some(Kind::Leak),
        ExpectKind::Panic => Some(Kind::Panic),
        ExpectKind::Race => Some(Kind::Race),
        ExpectKind::Assert => Some(Kind::Assert),
        ExpectKind::Always => Some(Kind::Always),
        ExpectKind::Eventually => Some(Kind::Eventually),
        ExpectKind::LeadsTo => Some(Kind::LeadsTo),
        ExpectKind::Cover => Some(Kind::Cover),
    }
}

/// True where every `expect` is `ok`: nothing is to be found.
pub fn wants_ok(expects: &[Expect]) -> bool {
    expects.iter().all(|expect| expect.kind == ExpectKind::Ok)
}

fn speaks_of(line: &ExpectLine, stuck: &Stuck) -> bool {
    let functions = stuck.functions.iter().chain(&stuck.symbols);
    names(&line.goroutine, functions.map(String::as_str))
        && match &line.operation {
            ExpectOperation::Source(text) => {
                stuck.operations.iter().any(|operation| same_source(text, operation))
            }
            ExpectOperation::Select => stuck.select,
            ExpectOperation::Reason(reason) => *reason == stuck.reason,
        }
}

/// An `expect` on one line: `deadlock { main: s.wg.Wait(); servePeer: s.mu.Lock() }`.
pub fn wanted(expect: &Expect) -> String {
    let line = |line: &ExpectLine| match &line.operation {
        ExpectOperation::Source(text) => format!("{}: {text}", line.goroutine),
        ExpectOperation::Select => format!("{}: select", line.goroutine),
        ExpectOperation::Reason(reason) => format!("{}: {reason:?}", line.goroutine),
    };
    let kind = match bug(expect.kind) {
        Some(kind) => kind.name(),
        None if expect.kind == ExpectKind::Ok => "ok",
        None => "inconclusive",
    };
    block(kind, expect.stuck.iter().flatten().map(line))
}

/// A finding in the same form, equal goroutines counted.
pub fn described(found: &Found) -> String {
    let mut lines: Vec<(String, usize)> = Vec::new();
    for stuck in &found.stuck {
        let function = stuck.functions.last().map_or("?", String::as_str);
        let operation =
            if stuck.select { Some("select") } else { stuck.operations.first().map(String::as_str) };
        let line = format!("{function}: {}", operation.unwrap_or(&stuck.reason));
        match lines.iter_mut().find(|(known, _)| *known == line) {
            Some((_, count)) => *count += 1,
            None => lines.push((line, 1)),
        }
    }
    let counted = |(line, count)| if count == 1 { line } else { format!("{line} (×{count})") };
    block(found.kind.name(), lines.into_iter().map(counted))
}

fn block(word: &str, lines: impl Iterator<Item = String>) -> String {
    let lines: Vec<String> = lines.collect();
    if lines.is_empty() { word.to_owned() } else { format!("{word} {{ {} }}", lines.join("; ")) }
}

#[cfg(test)]
mod tests;
