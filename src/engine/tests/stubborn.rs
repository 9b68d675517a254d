//! Stubborn sets find what a search without them finds, all of it, in whichever states.

#![allow(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "reads how many machines are wanted, and says what they were"
)]

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::random::random_machine_with_sections;
use super::*;
use crate::machine::step::Limits;

const LIMITS: Limits = Limits { objects: 12, goroutines: 5 };
const MOST: u64 = 20_000;

/// How many states fewer there were because releases are part of other steps.
static RELEASED: AtomicU64 = AtomicU64::new(0);
/// How many searches began anew, because stubborn sets are worth it.
static ANEW: AtomicU64 = AtomicU64::new(0);

/// All that a search can find, apart from how long the runs are.
#[derive(PartialEq, Eq, Debug)]
struct Everything {
    found: BTreeSet<String>,
    reached: Vec<bool>,
    covered: Vec<bool>,
    raced: bool,
}

/// Explores `machine`. `None` where there is too much, or a bound was hit. With how many states were spared.
fn explore(machine: &Machine, reductions: Reductions) -> Option<(Everything, u64, u64)> {
    let tables = Tables::new(machine);
    let options = Options {
        limits: LIMITS,
        max_states: Some(MOST),
        reductions,
        any_length: true,
        ..Options::default()
    };
    let mut successors = Successors::new(machine, &tables, LIMITS, reductions);
    let mut explored = search::explore(machine, &tables, &options, &mut successors, &mut Unwatched).unwrap();
    let (spared, states) = (explored.spared, explored.stats.states);
    if explored.raced {
        let everything =
            Everything { found: BTreeSet::new(), reached: Vec::new(), covered: Vec::new(), raced: true };
        return Some((everything, spared, states));
    }
    if !explored.stats.exhaustive {
        return None;
    }
    if explored.graph.is_thin() {
        let stopped = arcs::complete(&mut explored, &mut successors, &options, &mut Unwatched).unwrap();
        assert_eq!(stopped, None);
    }
    let mut hits = std::mem::take(&mut explored.hits);
    let fates = Fates::new(&tables, &explored, false, &successors).unwrap();
    hits.extend(leaks(&tables, &explored, &fates, &successors).unwrap());
    let mut state = State::empty();
    let mut found = BTreeSet::new();
    for hit in hits {
        successors.unpack(&explored.store.row(hit.state), &mut state);
        // What is pending of those that are stuck is run.
        successors
            .settle(&mut state, |slot| hit.kind == Kind::Deadlock || hit.stuck.contains(&slot))
            .unwrap();
        let key = match hit.kind {
            Kind::Deadlock | Kind::Leak => format!("{:?}", Key::stuck(&tables, hit.kind, &state, &hit.stuck)),
            Kind::Race => format!("{:?}", hit.race.map(|race| Key::race(hit.kind, &race))),
            Kind::Always => format!("{:?}", (hit.kind, hit.property)),
            Kind::Panic | Kind::Assert | Kind::Eventually | Kind::LeadsTo | Kind::Cover
                if hit.race.is_some() =>
            {
                format!("{:?}", hit.race.map(|race| Key::race(hit.kind, &race)))
            }
            Kind::Panic | Kind::Assert | Kind::Eventually | Kind::LeadsTo | Kind::Cover => {
                let place = match state.end {
                    Some(End::Panic { slot, .. } | End::Fatal { slot, .. } | End::Assert { slot, .. }) => {
                        tables.place(&state, slot)
                    }
                    Some(End::Exit | End::Bound(_)) | None => None,
                };
                format!("{:?}", (hit.kind, place))
            }
        };
        found.insert(key);
    }
    let everything = Everything {
        found,
        reached: explored.reached.clone(),
        covered: explored.covered.clone(),
        raced: false,
    };
    Some((everything, spared, states))
}

/// How many states there are without and with, how many are spared, and how much is found.
fn compare(machine: &Machine) -> Result<[u64; 4], TestCaseError> {
    let mut sums = [0; 4];
    for fusion in [false, true] {
        for symmetry in [false, true] {
            let without = Reductions { fusion, symmetry, ..Reductions::NONE };
            let Some((whole, _, states)) = explore(machine, without) else { continue };
            let Some((reduced, spared, few)) =
                explore(machine, Reductions { stubborn: When::Always, ..without })
            else {
                // A race ends a search, which may come to a bound without it.
                if whole.raced {
                    continue;
                }
                return Err(TestCaseError::fail("more states with stubborn sets than without"));
            };
            if !whole.raced {
                let with = Reductions { stubborn: When::Worthwhile, ..without };
                let Some((tried, spared, _)) = explore(machine, with) else {
                    return Err(TestCaseError::fail("more states where stubborn sets are tried"));
                };
                ANEW.fetch_add(u64::from(spared > 0), Ordering::Relaxed);
                prop_assert!(
                    tried == whole,
                    "tried, fusion {fusion}, symmetry {symmetry}, {spared} spared:\n{tried:#?}\n{whole:#?}\n{}",
                    crate::machine::print::print(machine, &crate::source::Source::new("m.knot", ""))
                );
            }
            if fusion {
                let with = Reductions { releases: true, ..without };
                let Some((reduced, _, fewer)) = explore(machine, with) else {
                    if whole.raced {
                        continue;
                    }
                    return Err(TestCaseError::fail("more states where releases are part of other steps"));
                };
                // A search ends at a race, which may come sooner without.
                prop_assert!(
                    whole.raced || fewer <= states,
                    "releases, symmetry {symmetry}: {fewer} states, {states} without"
                );
                prop_assert!(
                    reduced == whole,
                    "releases, symmetry {symmetry}, {fewer} states of {states}:\n{reduced:#?}\n{whole:#?}\n{}",
                    crate::machine::print::print(machine, &crate::source::Source::new("m.knot", ""))
                );
                RELEASED.fetch_add(states.saturating_sub(fewer), Ordering::Relaxed);
            }
            sums.iter_mut()
                .zip([states, few, spared, whole.found.len() as u64])
                .for_each(|(sum, more)| *sum += more);
            prop_assert!(
                reduced == whole,
                "fusion {fusion}, symmetry {symmetry}, {few} states of {states}, {spared} spared:\n{reduced:#?}\n{whole:#?}\n{}",
                crate::machine::print::print(machine, &crate::source::Source::new("m.knot", ""))
            );
        }
    }
    Ok(sums)
}

#[test]
fn nothing_is_lost_on_random_machines() {
    let cases =
        std::env::var("GOKNOT_RANDOM_MODELS").ok().and_then(|count| count.parse().ok()).unwrap_or(300);
    let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
    let seen = std::cell::Cell::new([0; 4]);
    let genes = prop::collection::vec(any::<u8>(), 10..140);
    let more = prop::collection::vec(any::<u8>(), 0..40);
    let outcome = runner.run(&(genes, more, any::<bool>()), |(genes, more, watched)| {
        let mut machine = random_machine_with_sections(&genes, &more);
        if !watched {
            machine.properties.always.clear();
            machine.properties.covers.clear();
        }
        let found = compare(&machine)?;
        let mut all = seen.get();
        all.iter_mut().zip(found).for_each(|(sum, more)| *sum += more);
        seen.set(all);
        Ok(())
    });
    let [states, few, spared, found] = seen.get();
    let (released, anew) = (RELEASED.load(Ordering::Relaxed), ANEW.load(Ordering::Relaxed));
    eprintln!(
        "{cases} random machines: {few} of {states} states, {spared} spared, {released} released, {anew} searches begun anew, {found} found"
    );
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
    assert!(released > u64::from(cases), "hardly anything is given back");
    assert!(anew * 20 > u64::from(cases), "stubborn sets are hardly ever worth a try");
    assert!(spared * 4 > u64::from(cases) && found > u64::from(cases), "hardly anything is compared");
}
