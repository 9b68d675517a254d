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

use std::collections::BTreeMap;

use goknot::engine::{Options, Unwatched, check};
use goknot::machine::Machine;
use goknot::property::Kind;
use goknot::source::Source;
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

/// The kinds found, each with the length of its shortest counterexample.
fn checked(machine: &Machine) -> BTreeMap<Kind, usize> {
    let outcome = check(machine, &Options::default(), &mut Unwatched).expect("no internal error");
    assert!(outcome.stats.exhaustive, "random models are finite");
    let mut found = BTreeMap::new();
    for finding in outcome.findings {
        let length = found.entry(finding.kind).or_insert(finding.path.len());
        *length = finding.path.len().min(*length);
    }
    found
}

#[test]
fn the_checker_agrees_with_a_naive_search() {
    let wanted = std::env::var("GOKNOT_RANDOM_MODELS").ok().and_then(|count| count.parse().ok());
    let cases = wanted.unwrap_or(MODELS);
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
