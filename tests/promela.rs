//! SPIN decides the models of the repository as the Machine's own steps do.
//!
//! Every question about terminal states is answered by SPIN and by the plain search of `engine::outcomes`, those about
//! every state by SPIN and by the checker. Without `spin` on the PATH there is nothing to compare, and the test says
//! so. `GOKNOT_SPIN_MODELS=litmus cargo test --test promela -- --nocapture` asks about all litmus models;
//! `GOKNOT_SPIN_MODELS=chan_` about those with that in their names.

#![allow(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "the test reads models and the environment, and says what SPIN left open"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use goknot::backend::promela;
use goknot::engine::outcomes::outcomes;
use goknot::engine::question::{Answer, External, Question, Targets};
use goknot::engine::reduction::Reductions;
use goknot::engine::{Options, Progress, StopReason, Unwatched, Watch, check};
use goknot::machine::state::{End, MainStatus, State};
use goknot::machine::step::Limits;
use goknot::machine::{Machine, PointKind, step};
use goknot::property::Kind;
use goknot::source::Source;
use goknot::tool::spin::{self, Spin};

/// What a plain `cargo test` asks SPIN about.
const SAMPLE: &[&str] = &[
    "any_both_ends",
    "always_between_statements",
    "array_of_arrays",
    "assert_finds_interleaving",
    "atomic_spin",
    "chan_buffered_fifo",
    "chan_close_drains",
    "chan_close_pending_send_panics",
    "chan_of_struct",
    "chan_range_until_close",
    "cond_signal_wakes_one",
    "context_cancel",
    "cover_momentary",
    "defer_changes_named_result",
    "end_goexit_main_deadlock",
    "end_stuck_deadlock_or_leak",
    "idle_server",
    "mutex_abba",
    "recover_runtime_error",
    "rwmutex_writer_behind_writer",
    "select_default_meets_plain",
    "select_two_meet_either_way",
    "timer_stop_discards",
    "waitgroup_reuse",
];
/// Larger spaces are not searched plainly.
const STATES: usize = 4_000;
/// For one question.
const PATIENCE: Duration = Duration::from_secs(10);

fn models() -> Vec<PathBuf> {
    fn gather(folder: &Path, out: &mut Vec<PathBuf>) {
        for entry in
            fs::read_dir(folder).expect("a folder is readable").map(|entry| entry.expect("an entry").path())
        {
            if entry.is_dir() {
                gather(&entry, out);
            } else if entry.extension().is_some_and(|extension| extension == "knot") {
                out.push(entry);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut out = Vec::new();
    gather(&root.join("tests/litmus"), &mut out);
    gather(&root.join("models"), &mut out);
    out.sort();
    out
}

fn name(path: &Path) -> String {
    path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
}

fn compile(path: &Path) -> Option<(Source, Machine)> {
    let source =
        Source::new(path.display().to_string(), fs::read_to_string(path).expect("a model is readable"));
    let (file, problems) = goknot::syntax::parse(&source);
    if problems.has_errors() {
        return None;
    }
    let (program, problems) = goknot::sema::analyze(&file, &[], None);
    let program = program.filter(|_| !problems.has_errors())?;
    let machine = goknot::lower::lower(&program, &goknot::lower::Options::default()).ok()?;
    Some((source, machine))
}

#[test]
fn every_model_is_emitted_or_says_why_not() {
    let mut open = BTreeMap::<String, usize>::new();
    for path in models() {
        let Some((source, machine)) = compile(&path) else { continue };
        if let Err(unsupported) = promela::emit(&machine, &source) {
            *open.entry(unsupported.to_string()).or_default() += 1;
        }
    }
    eprintln!("not in Promela: {open:#?}");
}

/// Stops SPIN after a while.
struct Patience(Instant);

impl Watch for Patience {
    fn progress(&mut self, _progress: &Progress) {}

    fn stop(&self) -> Option<StopReason> {
        (self.0.elapsed() > PATIENCE).then_some(StopReason::Timeout)
    }
}

/// The kinds of terminal states.
fn kind(machine: &Machine, state: &State) -> Option<&'static str> {
    match state.end {
        Some(End::Panic { .. } | End::Fatal { .. }) => return Some("panics"),
        Some(End::Assert { .. }) => return Some("asserts"),
        Some(End::Exit) => return None,
        Some(End::Bound(_)) => return Some("bound"),
        None => {}
    }
    let live = || {
        let program = |&slot: &usize| {
            state.goroutine(slot).is_some_and(|goroutine| !machine.routine(goroutine.routine).environment)
        };
        state.live_slots().filter(program)
    };
    let idle = |slot: usize| {
        let point = state.goroutine(slot).map(|it| &machine.point(it.routine, it.point).kind);
        matches!(point, Some(PointKind::Operation(operation)) if operation.idle)
    };
    let stuck = live().any(|slot| !idle(slot));
    match state.main {
        MainStatus::Returned => stuck.then_some("leaks"),
        MainStatus::Running => stuck.then_some("deadlocks"),
        MainStatus::Goexited => (stuck || live().next().is_none()).then_some("deadlocks"),
    }
}

/// Each question with what it is called and whether it is true; what is not known is left out.
fn questions(machine: &Machine) -> Vec<(String, Question, bool)> {
    let mut out = Vec::new();
    let plain = outcomes(machine, &Limits::default(), STATES).expect("the Machine is sound");
    let bounded = plain
        .as_ref()
        .is_none_or(|plain| plain.terminal.iter().any(|state| kind(machine, state) == Some("bound")));
    let none = Targets::default;
    if let Some(plain) = plain {
        for (kind_name, targets) in [
            ("panics", Targets { panics: true, ..none() }),
            ("asserts", Targets { asserts: true, ..none() }),
            ("deadlocks", Targets { deadlocks: true, ..none() }),
            ("leaks", Targets { leaks: true, ..none() }),
        ] {
            let expected = plain.terminal.iter().any(|state| kind(machine, state) == Some(kind_name));
            if expected || !bounded {
                out.push((kind_name.to_owned(), Question::Reach(targets), expected));
            }
        }
        out.push(("endless".to_owned(), Question::Endless, plain.endless));
    }
    if !machine.properties.always.is_empty() || !machine.properties.covers.is_empty() {
        let options =
            Options { max_states: Some(200_000), reductions: Reductions::NONE, ..Options::default() };
        let outcome = check(machine, &options, &mut Unwatched).expect("the Machine is sound");
        if outcome.stats.exhaustive {
            let violated = outcome.findings.iter().any(|finding| finding.kind == Kind::Always);
            let always = (0..machine.properties.always.len()).collect();
            out.push(("always".to_owned(), Question::Reach(Targets { always, ..none() }), violated));
            for (number, &covered) in outcome.covered.iter().enumerate() {
                let targets = Targets { covers: vec![number], ..none() };
                out.push((format!("cover {number}"), Question::Reach(targets), covered));
            }
        }
    }
    out
}

/// Whether the last state of a path is what was asked for.
fn shows(machine: &Machine, question: &Question, path: &[step::Step]) -> bool {
    let mut state = step::initial(machine);
    let mut states = vec![state.clone()];
    for taken in path {
        assert!(step::enabled(machine, &state).expect("sound").contains(taken), "the path is one");
        state = step::apply(machine, &state, taken, &Limits::default()).expect("sound");
        states.push(state.clone());
    }
    let Question::Reach(targets) = question else { return true };
    let holds = |cond| step::holds(machine, &state, cond).expect("sound");
    let ended = kind(machine, &state);
    let still = step::enabled(machine, &state).expect("sound").is_empty();
    targets.panics && ended == Some("panics") && state.end.is_some()
        || targets.asserts && ended == Some("asserts")
        || still
            && (targets.deadlocks && ended == Some("deadlocks") || targets.leaks && ended == Some("leaks"))
        || targets.always.iter().any(|&number| !holds(&machine.properties.always[number].cond))
        || targets.covers.iter().any(|&number| holds(&machine.properties.covers[number].cond))
}

#[test]
fn spin_agrees_with_the_machine() {
    if let Err(failure) = Spin::new(spin::Options::default(), None) {
        eprintln!("nothing to compare: {failure}");
        return;
    }
    let wanted = std::env::var("GOKNOT_SPIN_MODELS").ok();
    let chosen = |path: &Path| match wanted.as_deref() {
        None => SAMPLE.contains(&name(path).as_str()),
        Some("litmus") => path.components().any(|part| part.as_os_str() == "litmus"),
        Some(part) => name(path).contains(part),
    };
    let (mut wrong, mut agreed, mut open) = (Vec::new(), 0, BTreeMap::<String, Vec<String>>::new());
    let (mut models_agreed, mut printed) = (0, 0);
    for path in models().into_iter().filter(|path| chosen(path)) {
        let Some((source, machine)) = compile(&path) else { continue };
        let begun = Instant::now();
        let mut spin = Spin::new(spin::Options::default(), Some(source)).expect("found before");
        let mut all = true;
        for (what, question, expected) in questions(&machine) {
            let told = format!("{} {what}", name(&path));
            match spin.ask(&machine, &Limits::default(), &question, &mut Patience(Instant::now())) {
                Ok(Answer::Yes { path, .. }) if expected && shows(&machine, &question, &path) => agreed += 1,
                Ok(Answer::Yes { path, .. }) if expected => {
                    wrong.push(format!("{told}: not shown by {path:?}"));
                }
                Ok(Answer::No(_)) if !expected => agreed += 1,
                Ok(Answer::Open(why)) => {
                    all = false;
                    open.entry(why).or_default().push(told);
                }
                Ok(Answer::Yes { .. }) => wrong.push(format!("{told}: yes, where there is none")),
                Ok(Answer::No(_)) => wrong.push(format!("{told}: no, where there is one")),
                Err(failure) => wrong.push(format!("{told}: {failure}")),
            }
        }
        models_agreed += usize::from(all);
        if wanted.is_some() {
            wrong[printed..].iter().for_each(|told| eprintln!("{told}"));
            printed = wrong.len();
        }
        if wanted.is_some() {
            eprintln!("{} {:.1}s; wrong so far: {}", name(&path), begun.elapsed().as_secs_f64(), wrong.len());
        }
    }
    eprintln!("{agreed} answers agree, {models_agreed} models in every answer; open: {open:#?}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
