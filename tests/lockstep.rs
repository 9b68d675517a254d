//! The same states and the same steps: the built-in exploration against SPIN's, on the lockstep form.
//!
//! Every litmus and seed model that is not too large, and that the form can say, is counted by both. SPIN's stored
//! states must be the Machine's states, and its transitions (stored + matched - 1) the Machine's. Without `spin` and a C
//! compiler nothing is compared, and the test says so. `GOKNOT_LOCKSTEP=all cargo test --test lockstep` takes all of
//! them, not one in four. Of a few models TLC's distinct
//! states are compared too; what it generates counts some steps more than once.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "tests read files and start programs, and this one says what it has compared"
)]

#[path = "program/compile.rs"]
mod compile;
#[path = "program/files.rs"]
mod files;
#[path = "program/threads.rs"]
mod threads;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use goknot::backend::lockstep::emit;
use goknot::engine::lockstep::count;
use goknot::engine::question::Answer;
use goknot::engine::{Options, Unwatched};
use goknot::source::Source;
use goknot::tool::tlc::{self, Tlc};

use compile::compile;
use files::files;
use threads::on_threads;

/// Larger spaces are left out.
const STATES: u64 = 20_000;

/// Runs a program in `folder`: what it says, if it succeeds.
fn run(folder: &Path, program: &str, args: &[&str]) -> Result<String, String> {
    let ended = Command::new(program).args(args).current_dir(folder).output();
    let ended = ended.map_err(|error| format!("{program}: {error}"))?;
    let text = String::from_utf8_lossy(&ended.stdout).into_owned() + &String::from_utf8_lossy(&ended.stderr);
    if ended.status.success() { Ok(text) } else { Err(format!("{program} {args:?}: {text}")) }
}

fn compiler() -> Option<&'static str> {
    ["tcc", "cc", "gcc", "clang"].into_iter().find(|it| Command::new(it).arg("-v").output().is_ok())
}

/// SPIN's states and transitions.
fn spin(promela: &str, compiler: &str) -> Result<(u64, u64), String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let path = folder.path();
    fs::write(path.join("model.pml"), promela).map_err(|error| error.to_string())?;
    let said = run(path, "spin", &["-o1", "-o2", "-o3", "-a", "model.pml"])?;
    if said.contains("Error") || said.contains("error") {
        return Err(format!("spin: {said}"));
    }
    run(path, compiler, &["-w", "-DSAFETY", "-DNOREDUCE", "-DVECTORSZ=32768", "-o", "pan", "pan.c"])?;
    let said = run(path, "./pan", &["-E", "-w18", "-m400000"])?;
    let number = |what: &str| {
        let line = said.lines().find(|line| line.contains(what))?;
        line.split_whitespace().next()?.parse::<u64>().ok()
    };
    match (number("states, stored"), number("states, matched")) {
        (Some(stored), Some(matched)) if said.contains("errors: 0") && !said.contains("too small") => {
            Ok((stored, stored + matched - 1))
        }
        _ => Err(format!("pan: {said}")),
    }
}

#[derive(Default)]
struct Tally {
    /// What became of the models.
    outcomes: BTreeMap<String, u32>,
    wrong: Vec<String>,
}

fn compare(path: &Path, compiler: &str) -> Result<String, String> {
    let source = Source::new("model.knot", fs::read_to_string(path).expect("readable"));
    let Ok(machine) = compile(&source, &[], None) else {
        return Ok("not a model by itself".into());
    };
    let options = Options { max_states: Some(STATES), ..Options::default() };
    let own = count(&machine, &options, &mut Unwatched).map_err(|error| error.to_string())?;
    if own.stopped.is_some() || own.bounds.contains(&"--objects") {
        return Ok("too large".into());
    }
    let promela = match emit(&machine, &own.sizes, &options.limits) {
        Ok(promela) => promela,
        Err(unsaid) => return Ok(format!("cannot say {}", unsaid.0)),
    };
    let spin = spin(&promela, compiler)?;
    if spin == (own.states, own.transitions) {
        Ok("compared".into())
    } else {
        Err(format!("{:?} states and transitions, spin has {spin:?}", (own.states, own.transitions)))
    }
}

/// What TLC always counts: a bit of everything.
const SAMPLE: &[&str] = &[
    "any_both_ends",
    "chan_buffered_fifo_waiting_sender",
    "chan_close_pending_send_panics",
    "cond_signal_wakes_one",
    "map_range_added_may_come",
    "mutex_abba",
    "panic_runs_deferred_first",
    "race_two_mutexes",
    "rwmutex_writer_behind_writer",
    "select_two_meet",
    "slice_append_copies",
    "timer_fires",
    "waitgroup_waits_for_all",
];

#[test]
fn tlc_counts_the_same() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let jar = std::env::var_os("GOKNOT_TLA_JAR").map(PathBuf::from);
    let jar = jar.unwrap_or_else(|| root.join("target/tools/tla2tools.jar"));
    if !jar.is_file() {
        eprintln!("there is no {}: nothing is compared", jar.display());
        return;
    }
    let mut wrong = Vec::new();
    let mut compared = 0;
    for name in SAMPLE {
        let text = fs::read_to_string(root.join("tests/litmus").join(name).with_extension("knot"));
        let source = Source::new("model.knot", text.expect("readable"));
        let machine = compile(&source, &[], None).expect("a model");
        let options = Options::default();
        let own = count(&machine, &options, &mut Unwatched).expect("no internal error");
        let named = tlc::Options { jar: Some(jar.clone()), ..tlc::Options::default() };
        let mut tlc = Tlc::new(named).unwrap_or_else(|failure| panic!("{failure}"));
        match tlc.count(&machine, &options.limits, &Unwatched) {
            // Its module may also stand still, and a disjunction may come to one successor in two ways: TLC counts both.
            Ok(Answer::No(seen)) if seen.states == own.states && seen.transitions >= own.transitions => {
                compared += 1;
            }
            other => wrong.push(format!("{name}: {:?}, TLC {other:?}", (own.states, own.transitions))),
        }
    }
    eprintln!("{compared} compared");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn spin_counts_the_same() {
    let (Some(compiler), Ok(_)) = (compiler(), Command::new("spin").arg("-V").output()) else {
        eprintln!("there is no spin, or no C compiler: nothing is compared");
        return;
    };
    let every = if std::env::var("GOKNOT_LOCKSTEP").is_ok_and(|it| it == "all") { 1 } else { 4 };
    let litmus = files(&["tests/litmus"]).into_iter().step_by(every);
    let paths: Vec<PathBuf> = litmus.chain(files(&["models/seeds"])).collect();
    let next = AtomicUsize::new(0);
    let tally = Mutex::new(Tally::default());
    let worker = || {
        while let Some(path) = paths.get(next.fetch_add(1, Ordering::Relaxed)) {
            let outcome = compare(path, compiler);
            let mut tally = tally.lock().expect("no panic");
            match outcome {
                Ok(outcome) => *tally.outcomes.entry(outcome).or_default() += 1,
                Err(what) => tally.wrong.push(format!("{}: {what}", path.display())),
            }
        }
    };
    on_threads(2, &worker);
    let Tally { outcomes, wrong } = tally.into_inner().expect("no panic");
    eprintln!("{outcomes:?}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(
        outcomes.get("compared").is_some_and(|&compared| compared * 2 > paths.len() as u32),
        "{outcomes:?}"
    );
}
