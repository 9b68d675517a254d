//! A race is a failing `assert` of the monitored Machine, and nothing else is.
//!
//! The monitored Machine is searched as an engine would that knows nothing of races: step by step, for an `assert`
//! that fails. On all litmus models and on random ones it must find what the checker finds by comparing footprints, and
//! its path must lead to the state of the original in which both accesses are next.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "the test reads models and says how many there were"
)]

#[path = "program/compile.rs"]
mod compile;
#[path = "agreement/generate.rs"]
mod generate;
#[path = "program/number.rs"]
mod number;

use std::collections::VecDeque;
use std::fs;
use std::path::Path;

use goknot::engine::reduction::Reductions;
use goknot::engine::{Options, Unwatched, check, races_after};
use goknot::machine::monitor::{Monitored, TEXT, Watched, monitor};
use goknot::machine::state::{End, State};
use goknot::machine::step::{self, Limits, Step};
use goknot::machine::{Machine, validate::validate};
use goknot::property::Kind;
use goknot::source::Source;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use rustc_hash::FxHashMap;

use compile::compile;
use number::number;

/// Larger spaces are left out.
const STATES: usize = 60_000;

/// What a plain search for a failing `assert` finds.
enum Found {
    Race(Vec<Step>),
    None,
    TooLarge,
}

fn search(monitored: &Monitored, limits: &Limits) -> Found {
    let machine = &monitored.machine;
    let mut initial = step::initial(machine);
    initial.collect(machine);
    let mut seen: FxHashMap<State, Option<(State, Step)>> = FxHashMap::default();
    seen.insert(initial.clone(), None);
    let mut queue = VecDeque::from([initial]);
    while let Some(state) = queue.pop_front() {
        if seen.len() > STATES {
            return Found::TooLarge;
        }
        if let Some(End::Assert { text, .. }) = state.end {
            assert_eq!(machine.strings[text as usize], TEXT, "the only assert");
            let mut path = Vec::new();
            let mut at = &state;
            while let Some((before, step)) = &seen[at] {
                path.push(*step);
                at = before;
            }
            path.reverse();
            return Found::Race(path);
        }
        for taken in step::enabled(machine, &state).expect("the steps of a state") {
            let mut next = step::apply(machine, &state, &taken, limits).expect("a step");
            next.collect(machine);
            if !seen.contains_key(&next) {
                seen.insert(next.clone(), Some((state.clone(), taken)));
                queue.push_back(next);
            }
        }
    }
    Found::None
}

/// How the monitor and the checker compare on one model.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Outcome {
    Race,
    /// States of the original, unfused and without renaming.
    None,
    /// No two accesses can be in conflict, says the analysis.
    Trivial,
    TooLarge,
}

fn compare(machine: &Machine) -> Result<Outcome, String> {
    let limits = Limits::default();
    let Some(monitored) = monitor(machine, Watched::Everything) else {
        return if races(machine) {
            Err("no race is possible, says the analysis".into())
        } else {
            Ok(Outcome::Trivial)
        };
    };
    validate(&monitored.machine).map_err(|error| error.to_string())?;
    match search(&monitored, &limits) {
        Found::TooLarge => Ok(Outcome::TooLarge),
        Found::None if races(machine) => Err("the monitor misses a race".into()),
        Found::None => Ok(Outcome::None),
        Found::Race(path) => {
            let original = monitored.original(&path, &limits).map_err(|error| error.to_string())?;
            let mut state = step::initial(machine);
            for (number, taken) in original.iter().enumerate() {
                if !step::enabled(machine, &state).map_err(|error| error.to_string())?.contains(taken) {
                    return Err(format!("step {number} of the path is none of the original"));
                }
                state = step::apply(machine, &state, taken, &limits).map_err(|error| error.to_string())?;
            }
            let found = races_after(machine, &original, &limits).map_err(|error| error.to_string())?;
            if !found.iter().any(|finding| finding.kind == Kind::Race) {
                return Err(format!("no race at the end of {original:?} from {path:?}"));
            }
            if races(machine) { Ok(Outcome::Race) } else { Err("the checker knows no race".into()) }
        }
    }
}

/// Whether the checker finds a race, statement by statement.
fn races(machine: &Machine) -> bool {
    let options = Options { reductions: Reductions::NONE, ..Options::default() };
    let outcome = check(machine, &options, &mut Unwatched).expect("no internal error");
    outcome.findings.iter().any(|finding| finding.kind == Kind::Race)
}

#[test]
fn on_the_litmus_models() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/litmus");
    let mut paths: Vec<_> =
        fs::read_dir(folder).expect("a folder").map(|it| it.expect("a file").path()).collect();
    paths.sort();
    let mut counts = std::collections::BTreeMap::<Outcome, usize>::new();
    let mut wrong = Vec::new();
    for path in paths.iter().filter(|path| path.extension().is_some_and(|it| it == "knot")) {
        let source = Source::new("model.knot", fs::read_to_string(path).expect("readable"));
        let Ok(machine) = compile(&source, &[], None) else { continue };
        match compare(&machine) {
            Ok(outcome) => *counts.entry(outcome).or_default() += 1,
            Err(what) => wrong.push(format!("{}: {what}", path.display())),
        }
    }
    eprintln!("{counts:?}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(counts[&Outcome::Race] > 20 && counts[&Outcome::None] > 20, "{counts:?}");
}

#[test]
fn on_random_models() {
    let cases = number("GOKNOT_RANDOM_MODELS").unwrap_or(300);
    let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
    let counts = std::cell::RefCell::new(std::collections::BTreeMap::<Outcome, u32>::new());
    let outcome = runner.run(&generate::model(), |text| {
        let machine = compile(&Source::new("random.knot", text.as_str()), &[], None)
            .expect("a generated model is right");
        match compare(&machine) {
            Ok(outcome) => *counts.borrow_mut().entry(outcome).or_default() += 1,
            Err(what) => prop_assert!(false, "{} on\n{}", what, text),
        }
        Ok(())
    });
    let counts = counts.into_inner();
    eprintln!("{cases} random models: {counts:?}");
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
    assert!(counts.get(&Outcome::Race).is_some_and(|&races| races * 10 > cases), "{counts:?}");
    assert!(counts.get(&Outcome::None).is_some_and(|&none| none * 10 > cases), "{counts:?}");
}
