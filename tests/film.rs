//! What a reader sees of each state of a run, and the same schedule in another variant of the model.

#![expect(clippy::disallowed_methods, reason = "tests read files and start programs")]

#[path = "program/compile.rs"]
mod compile;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use goknot::engine::{self, Options, Unwatched};
use goknot::machine::Machine;
use goknot::machine::step::Limits;
use goknot::source::Source;
use goknot::trace::film::{Content, Film, film};
use goknot::trace::follow::follow;
use goknot::trace::{self, Goroutine, Trace};

use compile::compile;

const MINIREDIS: &str = "models/seeds/miniredis/miniredis.knot";

/// The first finding of a model, a path below the repository, replayed.
fn bug(name: &str) -> (Machine, Source, Trace) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    let source = Source::new(name, fs::read_to_string(path).expect("a model"));
    let machine = compile(&source, &[], None).expect("a model");
    let outcome = engine::check(&machine, &Options::default(), &mut Unwatched).expect("the machine is sound");
    let path = &outcome.findings[0].path;
    let trace = trace::replay(&machine, &source, path, &Limits::default()).expect("it replays");
    (machine, source, trace)
}

fn told(film: &Film, trace: &Trace) -> String {
    let mut out = String::new();
    for (at, scene) in film.scenes.iter().enumerate() {
        let step = at.checked_sub(1).map(|before| &trace.steps[before].actor);
        let did = step.map(|part| format!(": {} {}", part.goroutine, part.operation)).unwrap_or_default();
        let _ = writeln!(out, "after {at}{did}");
        for person in &scene.people {
            let id = person.goroutine;
            let _ =
                writeln!(out, "  {id} {:?} at {} {:?}", person.status, person.site.line, person.variables);
        }
        for (thing, content) in film.things.iter().zip(&scene.contents) {
            let shown = match content {
                Some(Content::Channel { room, queued, closed }) => {
                    format!("{queued:?} of {room}, closed {closed}")
                }
                Some(Content::Fields(fields)) => format!("{fields:?}"),
                None => continue,
            };
            let _ = writeln!(out, "  {} ({}) {shown}", thing.name, thing.primitive);
        }
        for (name, value) in &scene.shared {
            let _ = writeln!(out, "  {name} = {value}");
        }
        for other in &scene.others {
            let _ = writeln!(out, "  or {} {} {:?}", other.goroutine, other.operation, other.choices);
        }
    }
    for wake in &film.wakes {
        let _ = writeln!(
            out,
            "{} wakes {} at {} (goes on at {})",
            wake.by,
            wake.woken,
            wake.step + 1,
            wake.goes_on + 1
        );
    }
    out
}

#[test]
fn every_state_as_people_see_it() {
    let (machine, source, trace) = bug("tests/page/wake.knot");
    let film = film(&machine, &source, &trace).expect("the machine is sound");
    assert_eq!(film.scenes.len(), trace.steps.len() + 1);
    insta::assert_snapshot!(told(&film, &trace));
}

#[test]
fn a_run_followed_in_its_own_model_is_the_same_run() {
    for name in ["tests/page/wake.knot", MINIREDIS, "tests/reports/crowd.knot"] {
        let (machine, source, trace) = bug(name);
        let followed = follow(&machine, &source, (&machine, &trace), &Limits::default()).expect("sound");
        assert_eq!(followed.together, trace.steps.len(), "{name}");
        assert!(
            followed.pairs[..followed.together].iter().all(|pair| pair.same && pair.run == pair.path),
            "{name}"
        );
        let replayed = trace::replay(&machine, &source, &followed.path, &Limits::default());
        assert!(replayed.is_ok(), "{name}: {replayed:?}");
    }
}

#[test]
fn with_a_fix_the_path_ends_well() {
    let (machine, source, trace) = bug(MINIREDIS);
    let fixed = compile(&source, &[], Some("unlock_first")).expect("a fix");
    let followed = follow(&fixed, &source, (&machine, &trace), &Limits::default()).expect("sound");
    assert!(followed.ends_well);
    assert!(followed.together > 0 && followed.together < followed.pairs.len());
    let good = trace::replay(&fixed, &source, &followed.path, &Limits::default()).expect("it replays");
    assert!(good.goroutines.iter().all(Goroutine::has_ended));
    // Every step of both stands there once, in order.
    let runs: Vec<usize> = followed.pairs.iter().filter_map(|pair| pair.run).collect();
    let paths: Vec<usize> = followed.pairs.iter().filter_map(|pair| pair.path).collect();
    assert_eq!(runs, (0..trace.steps.len()).collect::<Vec<_>>());
    assert_eq!(paths, (0..good.steps.len()).collect::<Vec<_>>());
}
