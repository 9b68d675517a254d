//! Random models, as text: the checker agrees with a search that is too simple to be wrong.
//!
//! The naive search keeps plain states in a hash set, renames nothing, and is written
//! from `docs/semantics.md`. Verdicts and the lengths of the shortest counterexamples
//! must be equal. `GOKNOT_RANDOM_MODELS=10000 cargo test --release --test agreement`
//! tries more of them.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "the test reads the environment and says what the random models were"
)]

#[path = "program/compile.rs"]
mod compile;
#[path = "agreement/families.rs"]
mod families;
#[path = "agreement/generate.rs"]
mod generate;
#[path = "agreement/naive.rs"]
mod naive;
#[path = "program/number.rs"]
mod number;

use std::collections::{BTreeMap, BTreeSet};

use goknot::commands::RoutineId;
use goknot::engine::reduction::{Reductions, When};
use goknot::engine::{Finding, Options, Outcome, RACE_BOUND, Unwatched, check};
use goknot::machine::{Machine, PointId, step};
use goknot::property::Kind;
use goknot::source::{Source, Span};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use compile::compile;
use number::number;

/// How many models a plain `cargo test` tries.
const MODELS: u32 = 300;
/// Larger spaces than this are left out: the naive search compares every state with every other.
const STATES: usize = 1_500;
/// And larger ones than this, where reductions are compared with none.
const MOST: u64 = 5_000;

/// Explores all of `machine`; `None` where it has more than `most` states.
fn run(machine: &Machine, reductions: Reductions, most: u64) -> Option<Outcome> {
    run_with(machine, Options { reductions, max_states: Some(most), ..Options::default() })
}

fn run_with(machine: &Machine, options: Options) -> Option<Outcome> {
    let outcome = check(machine, &options, &mut Unwatched).expect("no internal error");
    let stats = &outcome.stats;
    if stats.stopped.is_some() {
        return None;
    }
    assert!(stats.exhaustive || stats.bounds == [RACE_BOUND], "random models are finite");
    Some(outcome)
}

/// The kinds found, each with the length of its shortest counterexample. The naive search knows no races.
fn checked(machine: &Machine) -> BTreeMap<Kind, usize> {
    let mut found = BTreeMap::new();
    let outcome = run(machine, Reductions::NONE, u64::MAX).expect("no limit");
    for finding in outcome.findings.into_iter().filter(|finding| finding.race.is_none()) {
        let length = found.entry(finding.kind).or_insert(finding.path.len());
        *length = finding.path.len().min(*length);
    }
    found
}

/// How many models a test tries: `GOKNOT_RANDOM_MODELS`, else `usual`.
fn cases(usual: u32) -> u32 {
    number("GOKNOT_RANDOM_MODELS").unwrap_or(usual)
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

/// The reductions that are compared with none. The step of each but the last is the same as without: there the shortest
/// counterexamples must be as long.
const REDUCTIONS: [(&str, Reductions); 8] = [
    ("symmetry", Reductions { symmetry: true, ..Reductions::NONE }),
    ("stubborn sets", Reductions { stubborn: When::Always, ..Reductions::NONE }),
    ("stubborn sets and symmetry", Reductions { fusion: false, ..Reductions::ALL }),
    ("fusion", Reductions { fusion: true, ..Reductions::NONE }),
    ("fusion and releases", Reductions { fusion: true, releases: true, ..Reductions::NONE }),
    ("fusion, releases and symmetry", Reductions { stubborn: When::Never, ..Reductions::ALL }),
    ("fusion, releases and stubborn sets", Reductions { symmetry: false, ..Reductions::ALL }),
    ("all", Reductions::ALL),
];

/// The kinds found, each with the number of steps to the nearest, as far as steps can be compared.
fn lengths(outcome: &Outcome) -> BTreeMap<Kind, usize> {
    let mut lengths = BTreeMap::new();
    for finding in &outcome.findings {
        let length = lengths.entry(finding.kind).or_insert(finding.path.len());
        *length = finding.path.len().min(*length);
    }
    lengths
}

fn reductions_change_no_verdict(models: impl Strategy<Value = String>, usual: u32) {
    let cases = cases(usual);
    let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
    let seen = std::cell::RefCell::new(BTreeMap::<&str, u64>::new());
    let outcome = runner.run(&models, |text| {
        let machine = compile(&Source::new("random.knot", text.as_str()), &[], None).expect("a model");
        let count = |what, number| *seen.borrow_mut().entry(what).or_default() += number;
        let Some(whole) = run(&machine, Reductions::NONE, MOST) else {
            count("too large", 1);
            return Ok(());
        };
        count("states without", whole.stats.states);
        let raced = whole.findings.iter().any(|finding| finding.kind == Kind::Race);
        count("with a race", u64::from(raced));
        count("where one may hide", u64::from(!whole.stats.exhaustive));
        let shortest = lengths(&whole);
        let expected = verdict(&machine, whole);
        for (name, reductions) in REDUCTIONS {
            let reduced = run(&machine, reductions, MOST).expect("no more states than without");
            count(name, reduced.stats.states);
            if !reductions.fusion {
                prop_assert_eq!(
                    lengths(&reduced),
                    shortest.clone(),
                    "lengths with {} (left) and without on\n{}",
                    name,
                    text
                );
            }
            let found = verdict(&machine, reduced);
            prop_assert_eq!(&found, &expected, "with {} (left) and without (right) on\n{}", name, text);
            if reductions.stubborn != When::Never || reductions.releases {
                // All that there is to be found is found, in whichever states.
                let options =
                    Options { reductions, max_states: Some(MOST), any_length: true, ..Options::default() };
                let reduced = run_with(&machine, options).expect("no more states than without");
                count("states in runs of any length", reduced.stats.states);
                count("spared", reduced.stats.reduced.map_or(0, |reduced| reduced.spared));
                count("gave back", reduced.stats.reduced.map_or(0, |reduced| u64::from(reduced.gave_back)));
                let found = verdict(&machine, reduced);
                prop_assert_eq!(&found, &expected, "with {} alone (left) and without on\n{}", name, text);
            }
        }
        Ok(())
    });
    let seen = seen.into_inner();
    eprintln!("{cases} random models: {seen:?}");
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
    let raced = seen.get("with a race").copied().unwrap_or(0);
    assert!(
        raced * 4 < u64::from(cases) * 3,
        "nearly all models have a race, and are explored without fusion anyway"
    );
}

#[test]
fn reductions_change_no_verdict_on_single_goroutines() {
    reductions_change_no_verdict(generate::model_with_properties(), 150);
}

#[test]
fn reductions_change_no_verdict_on_families() {
    reductions_change_no_verdict(families::model(), 80);
}

#[test]
fn the_checker_agrees_with_a_naive_search() {
    let cases = cases(MODELS);
    let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
    let seen = std::cell::RefCell::new(BTreeMap::<String, u32>::new());
    let outcome = runner.run(&generate::model(), |text| {
        let machine = compile(&Source::new("random.knot", text.as_str()), &[], None).expect("a model");
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
