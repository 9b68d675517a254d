//! What others have published about the models of `models/textbook`, see the page there.

#![expect(clippy::disallowed_methods, reason = "tests read models")]

#[path = "program/compile.rs"]
mod compile;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use goknot::engine::{Options, Unwatched, check};
use goknot::machine::state::State;
use goknot::machine::step::{self, Limits};
use goknot::machine::{Machine, PointKind};
use goknot::property::Kind;
use goknot::source::Source;
use rustc_hash::FxHashSet;

use compile::compile;

/// The model with these values of its params.
fn textbook(name: &str, params: &[(&str, i64)]) -> Machine {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/textbook").join(name);
    let source = Source::new(name, fs::read_to_string(path).expect("readable"));
    compile(&source, params, None).expect("a model")
}

fn finds(machine: &Machine, kind: Kind) -> bool {
    let outcome = check(machine, &Options::default(), &mut Unwatched).expect("no internal error");
    assert!(outcome.stats.exhaustive);
    outcome.findings.iter().any(|finding| finding.kind == kind)
}

#[test]
fn a_blocking_queue_deadlocks_where_it_is_too_small() {
    for producers in 1..=2 {
        for consumers in 1..=2 {
            for capacity in 1..=2 {
                let params = [("producers", producers), ("consumers", consumers), ("capacity", capacity)];
                let machine = textbook("bounded_buffer.knot", &params);
                let expected = 2 * capacity < producers + consumers;
                assert_eq!(finds(&machine, Kind::Deadlock), expected, "{params:?}");
            }
        }
    }
}

#[test]
fn a_blocking_queue_has_the_states_that_tlc_drew() {
    for (consumers, published) in [(1, 4), (2, 14)] {
        let params = [("producers", 1), ("consumers", consumers), ("capacity", 1)];
        let goroutines = usize::try_from(1 + consumers).expect("small");
        let states = queue_states(&textbook("bounded_buffer.knot", &params), goroutines);
        assert_eq!(states.len(), published, "{params:?}: {states:?}");
    }
}

/// How much is in the buffer, and who waits: while nobody is at it, and all goroutines have been started.
fn queue_states(machine: &Machine, goroutines: usize) -> BTreeSet<(i64, Vec<usize>)> {
    let limits = Limits::default();
    let mut initial = step::initial(machine);
    initial.collect(machine);
    let mut seen = FxHashSet::from_iter([initial.clone()]);
    let mut pending = vec![initial];
    let mut found = BTreeSet::new();
    while let Some(state) = pending.pop() {
        found.extend(projection(machine, &state, goroutines));
        for taken in step::enabled(machine, &state).expect("the steps of a state") {
            let mut next = step::apply(machine, &state, &taken, &limits).expect("a step");
            next.collect(machine);
            if seen.insert(next.clone()) {
                pending.push(next);
            }
        }
    }
    found
}

fn projection(machine: &Machine, state: &State, goroutines: usize) -> Option<(i64, Vec<usize>)> {
    let global = |name: &str| {
        let cell = machine.globals.iter().position(|cell| cell.name == name);
        state.globals[cell.unwrap_or_else(|| panic!("no {name} among {:?}", machine.globals))]
    };
    let steps = step::enabled(machine, state).expect("the steps of a state");
    let mut waiting = Vec::new();
    for slot in state.live_slots() {
        let goroutine = state.goroutine(slot)?;
        let PointKind::Operation(operation) = &machine.point(goroutine.routine, goroutine.point).kind else {
            return None;
        };
        if operation.wait_reason == Some("sync.Cond.Wait") && steps.iter().all(|step| step.slot != slot) {
            waiting.push(slot);
        }
    }
    let free = global("mu.locked") == 0 && state.goroutines.len() == goroutines;
    free.then(|| (global("count"), waiting))
}

#[test]
fn philosophers_starve_together() {
    for n in 2..=4 {
        assert!(finds(&textbook("dining_philosophers.knot", &[("n", n)]), Kind::Deadlock), "{n}");
    }
}

#[test]
fn a_writer_may_wait_for_ever() {
    let machine = textbook("readers_writers.knot", &[]);
    assert!(finds(&machine, Kind::LeadsTo));
    assert!(!finds(&machine, Kind::Always));
}
