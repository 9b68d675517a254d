//! Whether several engines say the same about one model.
//!
//! In: what each has found, and whether it has seen everything. Out: each contradiction, in a sentence. An engine that left
//! something open contradicts nobody by what it has not found.

use std::collections::BTreeSet;

use super::{Found, described};
use crate::property::Kind;

/// What one engine says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Statement {
    /// `built-in`, `SPIN`, `TLC`.
    pub engine: &'static str,
    pub found: Vec<Found>,
    /// It has answered every question.
    pub exhaustive: bool,
    /// Its list of deadlocks and leaks is complete, one for each set of stuck goroutines; others have one of a kind.
    pub complete: bool,
}

impl Statement {
    /// The kinds of bugs.
    pub fn kinds(&self) -> BTreeSet<Kind> {
        self.found.iter().map(|found| found.kind).collect()
    }
}

/// All contradictions, between pairs of engines.
pub fn contradictions(statements: &[Statement]) -> Vec<String> {
    let mut list = Vec::new();
    for (at, one) in statements.iter().enumerate() {
        for other in &statements[at + 1..] {
            list.extend(missing(one, other));
            list.extend(missing(other, one));
            list.extend(strangers(one, other));
            list.extend(strangers(other, one));
        }
    }
    list
}

/// Kinds that `one` has found and `other` says are not there.
fn missing(one: &Statement, other: &Statement) -> Vec<String> {
    if !other.exhaustive {
        return Vec::new();
    }
    let sentence =
        |kind: &Kind| format!("{} finds a {}, {} says there is none", one.engine, kind.name(), other.engine);
    one.kinds().difference(&other.kinds()).map(sentence).collect()
}

/// Stuck goroutines that `one` has found together and `other`, whose list is complete, has not.
fn strangers(one: &Statement, other: &Statement) -> Vec<String> {
    if !other.exhaustive || !other.complete {
        return Vec::new();
    }
    let stuck = |found: &Found| -> BTreeSet<(Vec<String>, Vec<String>)> {
        found.stuck.iter().map(|stuck| (stuck.symbols.clone(), stuck.operations.clone())).collect()
    };
    let waits = |found: &&Found| matches!(found.kind, Kind::Deadlock | Kind::Leak);
    let known: Vec<_> = other.found.iter().filter(waits).map(|found| (found.kind, stuck(found))).collect();
    let strange = one.found.iter().filter(waits).filter(|found| {
        known.iter().any(|(kind, _)| *kind == found.kind) && !known.contains(&(found.kind, stuck(found)))
    });
    strange
        .map(|found| {
            format!(
                "{} finds a {} that {} does not have: {}",
                one.engine,
                found.kind.name(),
                other.engine,
                described(found)
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Statement, contradictions};
    use crate::expect::{Found, Stuck};
    use crate::property::Kind;

    fn says(engine: &'static str, kinds: &[(Kind, &str)], exhaustive: bool) -> Statement {
        let found = kinds.iter().map(|&(kind, place)| Found {
            kind,
            stuck: vec![Stuck { symbols: vec![place.to_owned()], ..Stuck::default() }],
        });
        Statement { engine, found: found.collect(), exhaustive, complete: engine == "built-in" }
    }

    #[test]
    fn what_is_found_must_be_found_by_all_that_have_seen_everything() {
        let bug = says("built-in", &[(Kind::Deadlock, "main")], true);
        assert_eq!(contradictions(&[bug.clone(), says("SPIN", &[(Kind::Deadlock, "main")], true)]), [""; 0]);
        assert_eq!(
            contradictions(&[bug.clone(), says("SPIN", &[], true)]),
            ["built-in finds a deadlock, SPIN says there is none"]
        );
        assert_eq!(contradictions(&[bug.clone(), says("SPIN", &[], false)]), [""; 0]);
        assert_eq!(
            contradictions(&[says("built-in", &[], true), says("TLC", &[(Kind::Panic, "main")], false)]),
            ["TLC finds a panic, built-in says there is none"]
        );
    }

    #[test]
    fn the_stuck_goroutines_must_be_known() {
        let two = says("built-in", &[(Kind::Leak, "main"), (Kind::Leak, "worker")], true);
        assert_eq!(contradictions(&[two.clone(), says("SPIN", &[(Kind::Leak, "worker")], true)]), [""; 0]);
        assert_eq!(contradictions(&[two, says("SPIN", &[(Kind::Leak, "other")], true)]).len(), 1);
    }
}
