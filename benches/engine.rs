//! Micro benchmarks: from text to Machine, steps, store, and whole checks, on the families of `benches/models`.
//!
//! `cargo bench --bench engine`, or `cargo bench --bench engine -- store` for those with that in their names.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::redundant_closure_for_method_calls,
    reason = "benchmarks read models, and stop where something is wrong"
)]

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use goknot::engine::bench::{Sample, sample};
use goknot::engine::reduction::Reductions;
use goknot::engine::{self, Options, Unwatched};
use goknot::lower;
use goknot::machine::Machine;
use goknot::machine::step::Limits;
use goknot::sema;
use goknot::source::Source;
use goknot::syntax;

const MODELS: &[&str] = &["connections", "philosophers", "pool", "raft", "shim"];
/// States in a sample: more than the caches hold, few enough for many rounds.
const STATES: usize = 20_000;

fn main() {
    divan::main();
}

fn text(model: &str) -> String {
    std::fs::read_to_string(format!("{}/benches/models/{model}.knot", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn compile(model: &str, text: &str) -> Machine {
    let (file, _) = syntax::parse(&Source::new(model, text));
    let (program, _) = sema::analyze(&file, &[], None);
    lower::lower(&program.unwrap(), &lower::Options::default()).unwrap()
}

/// What an edit costs before anything is explored.
#[divan::bench(args = MODELS)]
fn text_to_machine(bencher: Bencher<'_, '_>, model: &str) {
    let text = text(model);
    bencher.bench(|| compile(model, black_box(&text)));
}

/// A whole check with everything on.
#[divan::bench(args = MODELS, sample_count = 10)]
fn check(bencher: Bencher<'_, '_>, model: &str) {
    let machine = compile(model, &text(model));
    bencher.bench(|| engine::check(&machine, &Options::default(), &mut Unwatched).unwrap());
}

/// One of the sample's parts, in states a second.
fn of_sample<R>(bencher: Bencher<'_, '_>, model: &str, part: impl Fn(&mut Sample<'_>) -> R + Sync) {
    let machine = compile(model, &text(model));
    sample(&machine, Limits::default(), Reductions::NONE, STATES, |sample| {
        let states = sample.states();
        bencher.counter(ItemsCount::new(states)).bench_local(|| part(sample));
    })
    .unwrap();
}

/// All steps of all states, remembered.
#[divan::bench(args = MODELS)]
fn successors(bencher: Bencher<'_, '_>, model: &str) {
    of_sample(bencher, model, |sample| sample.take_steps().unwrap());
}

/// All steps of all states, by the reference semantics.
#[divan::bench(args = MODELS)]
fn successors_of_the_machine(bencher: Bencher<'_, '_>, model: &str) {
    of_sample(bencher, model, |sample| sample.take_steps_of_the_machine().unwrap());
}

/// States into an empty store: hashing, pairs, growth.
#[divan::bench(args = MODELS)]
fn store_new(bencher: Bencher<'_, '_>, model: &str) {
    of_sample(bencher, model, |sample| sample.store());
}

/// States that the store has: hashing and comparing.
#[divan::bench(args = MODELS)]
fn store_known(bencher: Bencher<'_, '_>, model: &str) {
    of_sample(bencher, model, |sample| sample.look_up());
}

/// States out of the store.
#[divan::bench(args = MODELS)]
fn store_read(bencher: Bencher<'_, '_>, model: &str) {
    of_sample(bencher, model, |sample| sample.read());
}
