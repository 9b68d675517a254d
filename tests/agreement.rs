//! Random models, as text: the checker agrees with a search that is too simple to be wrong.
//!
//! The naive search keeps plain states in a hash set, renames nothing, and is written
//! from `docs/semantics.md`. Verdicts and the lengths of the shortest counterexamples
//! must be equal. `GOKNOT_RANDOM_MODELS=10000 cargo test --release --test agreement`
//! tries more of them.

#![allow(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "the test reads the environment and says what the random models were"
)]

#[path = "agreement/generate.rs"]
mod generate;
#[path = "agreement/naive.rs"]
mod naive;

use std::collections::{BTreeMap, BTreeSet};

use goknot::commands::RoutineId;
use goknot::engine::{Finding, Options, Outcome, RACE_BOUND, Unwatched, check};
use goknot::machine::{Machine, PointId, step};
use goknot::property::Kind;
use goknot::source::{Source, Span};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

/// How many models a plain `cargo test` tries.
const MODELS: u32 = 300;
/// Larger spaces than this are left out: the naive search compares every state with every other.
const STATES: usize = 1_500;

fn compile(text: &str) -> Machine {
    let source = Source::new("random.knot", text);
    let (file, mut problems) = goknot::syntax::parse(&source);
    let (program, more) = goknot::sema::analyze(&file, &[], None);
    problems.append(more);
    let Some(program) = program.filter(|_| !problems.has_errors()) else {
        panic!("a generated model is wrong: {:#?}\n{text}", problems.sorted())
    };
    match goknot::lower::lower(&program, &goknot::lower::Options::default()) {
        Ok(machine) => machine,
        Err(problems) => panic!("a generated model cannot be lowered: {:#?}\n{text}", problems.sorted()),
    }
}

fn run(machine: &Machine, unfused: bool) -> Outcome {
    let options = Options { unfused, ..Options::default() };
    let outcome = check(machine, &options, &mut Unwatched).expect("no internal error");
    let stats = &outcome.stats;
    let seen = stats.exhaustive || (stats.stopped.is_none() && stats.bounds == [RACE_BOUND]);
    assert!(seen, "random models are finite");
    outcome
}

/// The kinds found, each with the length of its shortest counterexample. The naive search knows no races.
fn checked(machine: &Machine) -> BTreeMap<Kind, usize> {
    let mut found = BTreeMap::new();
    for finding in run(machine, true).findings.into_iter().filter(|finding| finding.race.is_none()) {
        let length = found.entry(finding.kind).or_insert(finding.path.len());
        *length = finding.path.len().min(*length);
    }
    found
}

/// How many models a test tries: `GOKNOT_RANDOM_MODELS`, else `usual`.
fn cases(usual: u32) -> u32 {
    let wanted = std::env::var("GOKNOT_RANDOM_MODELS").ok().and_then(|count| count.parse().ok());
    wanted.unwrap_or(usual)
}

/// What must be the same with and without fusion.
#[derive(PartialEq, Eq, Debug)]
struct Verdict {
    /// Kinds, each with the operations at which goroutines are stuck.
    found: BTreeSet<(Kind, Vec<(RoutineId, Span)>)>,
    unreached: Vec<(RoutineId, PointId)>,
    covered: Vec<bool>,
    /// No race is left open.
    exhaustive: bool,
}

fn verdict(machine: &Machine, outcome: Outcome) -> Verdict {
    let stuck = |finding: &Finding| {
        let mut state = step::initial(machine);
        for taken in &finding.path {
            state = step::apply(machine, &state, taken, &Options::default().limits).expect("the path is one");
        }
        let place = |&slot: &usize| {
            let goroutine = state.goroutine(slot)?;
            Some((goroutine.routine, machine.point(goroutine.routine, goroutine.point).span))
        };
        let mut places: Vec<_> = finding.stuck.iter().filter_map(place).collect();
        places.sort_unstable();
        places.dedup();
        (finding.kind, places)
    };
    Verdict {
        found: outcome.findings.iter().map(stuck).collect(),
        unreached: outcome.unreached,
        covered: outcome.covered,
        exhaustive: outcome.stats.exhaustive,
    }
}

#[test]
fn fusion_changes_no_verdict() {
    let cases = cases(500);
    let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
    let states = std::cell::RefCell::new((0, 0, 0, 0));
    let outcome = runner.run(&generate::model_with_properties(), |text| {
        let machine = compile(&text);
        let (fused, unfused) = (run(&machine, false), run(&machine, true));
        let mut sum = states.borrow_mut();
        let raced = unfused.findings.iter().any(|finding| finding.kind == Kind::Race);
        *sum = (
            sum.0 + fused.stats.states,
            sum.1 + unfused.stats.states,
            sum.2 + u32::from(raced),
            sum.3 + u32::from(!unfused.stats.exhaustive),
        );
        let (fused, unfused) = (verdict(&machine, fused), verdict(&machine, unfused));
        prop_assert_eq!(fused, unfused, "with fusion (left) and without (right) on\n{}", text);
        Ok(())
    });
    let (fused, unfused, raced, open) = states.into_inner();
    eprintln!(
        "{cases} random models, {raced} with a race, {open} where one may hide: {fused} states with fusion, {unfused} without"
    );
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
    assert!(raced * 4 < cases * 3, "nearly all models have a race, and are explored without fusion anyway");
}

#[test]
fn the_checker_agrees_with_a_naive_search() {
    let cases = cases(MODELS);
    let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
    let seen = std::cell::RefCell::new(BTreeMap::<String, u32>::new());
    let outcome = runner.run(&generate::model(), |text| {
        let machine = compile(&text);
        let Some(expected) = naive::search(&machine, STATES) else {
            *seen.borrow_mut().entry("too large".into()).or_default() += 1;
            return Ok(());
        };
        let found = checked(&machine);
        prop_assert_eq!(&found, &expected, "checker (left) and naive search (right) on\n{}", text);
        for kind in found.keys() {
            *seen.borrow_mut().entry(kind.name().into()).or_default() += 1;
        }
        if found.is_empty() {
            *seen.borrow_mut().entry("holds".into()).or_default() += 1;
        }
        Ok(())
    });
    let seen = seen.into_inner();
    eprintln!("{cases} random models: {seen:?}");
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
    // A generator that makes only one kind of model tests nothing.
    for kind in ["deadlock", "leak", "panic", "assert", "holds"] {
        assert!(
            seen.get(kind).is_some_and(|&count| count * 100 >= cases),
            "few models with {kind}: {seen:?}"
        );
    }
    assert!(
        seen.get("too large").is_none_or(|&count| count * 2 < cases),
        "most models are too large: {seen:?}"
    );
}
