//! Verdicts on hand-built machines, and random machines against a naive search.

mod memo;
mod models;
pub(super) mod random;
mod stubborn;
mod threads;

use super::*;
use crate::machine::state::MainStatus;
use crate::machine::step;
use crate::machine::testing::*;
use crate::source::Span;

/// Every statement a step: what these tests count.
fn unfused() -> Options {
    Options { reductions: Reductions::NONE, ..Options::default() }
}

/// Checks `machine`, and that each path replays to what its finding says.
fn run(machine: &Machine) -> Outcome {
    run_with(machine, &unfused())
}

fn run_with(machine: &Machine, options: &Options) -> Outcome {
    let outcome = check(machine, options, &mut Unwatched).unwrap_or_else(|error| panic!("{error}"));
    for finding in &outcome.findings {
        let last = replay(machine, &finding.path, &options.limits);
        for &slot in &finding.stuck {
            assert!(last.goroutine(slot).is_some(), "{finding:?}");
        }
        match finding.kind {
            // Two goroutines in one map.
            Kind::Panic if finding.race.is_some() => {}
            Kind::Panic | Kind::Assert => assert_eq!(last.end, finding.end),
            Kind::Deadlock => {
                assert_ne!(last.main, MainStatus::Returned);
                assert_eq!(step::enabled(machine, &last), Ok(vec![]));
            }
            Kind::Always => {
                let always = &machine.properties.always[finding.property.unwrap()];
                assert_eq!(step::holds(machine, &last, &always.cond), Ok(false));
            }
            Kind::Leak => assert!(!finding.stuck.is_empty()),
            Kind::Race => assert!(finding.race.is_some()),
            // `liveness::tests` looks at the runs.
            Kind::Eventually | Kind::LeadsTo => assert!(finding.property.is_some()),
            Kind::Cover => assert!(finding.path.is_empty()),
        }
        assert!(finding.doomed_from.is_none_or(|from| from <= finding.path.len()));
    }
    outcome
}

/// The state after `path`.
fn replay(machine: &Machine, path: &[Step], limits: &Limits) -> State {
    path.iter().fold(step::initial(machine), |state, taken| {
        assert!(step::enabled(machine, &state).unwrap().contains(taken));
        step::apply(machine, &state, taken, limits).unwrap()
    })
}

/// The findings, briefly: kind, steps, stuck slots, point of no return.
fn found(outcome: &Outcome) -> Vec<(Kind, usize, Vec<usize>, Option<usize>)> {
    let brief = |it: &Finding| (it.kind, it.path.len(), it.stuck.clone(), it.doomed_from);
    outcome.findings.iter().filter(|it| it.kind != Kind::Race).map(brief).collect()
}

/// What must be the same with and without fusion: kinds with the operations at which goroutines are stuck, what was not
/// reached, what was covered.
type Gist = (Vec<(Kind, Vec<(RoutineId, Span)>)>, Vec<(RoutineId, PointId)>, Vec<bool>);

fn gist(machine: &Machine, outcome: &Outcome, limits: &Limits) -> Gist {
    let told = |finding: &Finding| {
        let last = replay(machine, &finding.path, limits);
        let place = |&slot: &usize| {
            let goroutine = last.goroutine(slot)?;
            Some((goroutine.routine, machine.point(goroutine.routine, goroutine.point).span))
        };
        let mut places: Vec<_> = finding.stuck.iter().filter_map(place).collect();
        places.sort_unstable();
        places.dedup();
        (finding.kind, places)
    };
    let mut all: Vec<_> = outcome.findings.iter().map(told).collect();
    all.sort_unstable();
    all.dedup();
    (all, outcome.unreached.clone(), outcome.covered.clone())
}
