//! SPIN and TLC decide the same models, and come to the same verdicts, as the built-in checker.
//!
//! Without the programs there is nothing to compare, and the test says so; on CI they must be there. A plain `cargo test`
//! compares a sample. `GOKNOT_ENGINES=all cargo test --release --test engines` compares all models of the repository with all
//! their fixes, and writes what stays open into `docs/engines.md`; `GOKNOT_ENGINES=sample` does so for the sample,
//! `GOKNOT_ENGINES=chan_` for those whose names contain that. `GOKNOT_RANDOM_MODELS=10000` says how many random models there are,
//! `GOKNOT_RANDOM_FROM=5000` how many of these are left out at the beginning: they are always the same ones.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "the test reads models and the environment, and says what is left open"
)]

#[path = "program/compile.rs"]
mod compile;
#[path = "engines/corpus.rs"]
mod corpus;
#[path = "program/files.rs"]
mod files;
#[path = "agreement/generate.rs"]
mod generate;
#[path = "program/number.rs"]
mod number;
#[path = "engines/open.rs"]
mod open;
#[path = "program/threads.rs"]
mod threads;
#[path = "engines/verdict.rs"]
mod verdict;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use goknot::expect::agreement::contradictions;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use corpus::Case;
use number::number;
use threads::on_threads;
use verdict::{Engine, Verdict, built_in};

/// What an engine is given for a model: in a plain `cargo test`, and for the lists of the documentation.
fn patience(engine: Engine) -> Duration {
    match (engine, wanted()) {
        (Engine::Tlc, None) => Duration::from_mins(2),
        (Engine::Tlc, Some(_)) => Duration::from_mins(1),
        (Engine::Spin, None) => Duration::from_secs(10),
        (Engine::Spin, Some(_)) => Duration::from_secs(30),
    }
}

/// What is found out about many models.
#[derive(Default)]
struct Tally {
    /// Per model, why it is open; empty where it is decided.
    open: BTreeMap<String, BTreeSet<String>>,
    wrong: Vec<String>,
    states: u64,
}

impl Tally {
    fn decided(&self) -> usize {
        self.open.values().filter(|reasons| reasons.is_empty()).count()
    }

    /// The models that are open, by reason.
    fn reasons(&self) -> BTreeMap<&String, Vec<&String>> {
        let mut reasons = BTreeMap::<_, Vec<_>>::new();
        for (name, open) in &self.open {
            open.iter().for_each(|reason| reasons.entry(reason).or_default().push(name));
        }
        reasons
    }

    fn take(&mut self, case: &Case, engine: Engine, compared: Result<Verdict, Vec<String>>) {
        match compared {
            Ok(verdict) => {
                self.states += verdict.states;
                self.open.insert(case.name.clone(), verdict.open.into_iter().collect());
            }
            Err(wrong) => {
                let wrong = wrong.iter().map(|wrong| format!("{}: {}: {wrong}", engine.name(), case.name));
                self.wrong.extend(wrong.inspect(|wrong| eprintln!("{wrong}")));
            }
        }
    }
}

/// The verdict of `engine`, or how it contradicts the built-in checker.
fn compare(case: &Case, engine: Engine, patience: Duration) -> Result<Verdict, Vec<String>> {
    let one = |wrong: String| vec![wrong];
    let own = built_in(case, patience).map_err(one)?;
    let verdict = engine.verdict(case, patience).map_err(one)?;
    let Some(own) = own else { return Ok(verdict) };
    let wrong = contradictions(&[own.statement, verdict.statement.clone()]);
    if wrong.is_empty() { Ok(verdict) } else { Err(wrong) }
}

/// Compares each of `files`, with its fixes, on so many threads.
fn compare_all(engine: Engine, files: &[String], patience: Duration, threads: usize) -> Tally {
    let tally = Mutex::new(Tally::default());
    let next = AtomicUsize::new(0);
    let verbose = wanted().is_some();
    let worker = || {
        while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
            for case in corpus::cases(file) {
                let begun = Instant::now();
                let compared = compare(&case, engine, patience);
                if verbose {
                    let open = compared.as_ref().map(|verdict| verdict.open.join("; ")).unwrap_or_default();
                    eprintln!("{:6.1}s {} {open}", begun.elapsed().as_secs_f64(), case.name);
                }
                tally.lock().expect("no panic").take(&case, engine, compared);
            }
        }
    };
    on_threads(threads, &worker);
    tally.into_inner().expect("no panic")
}

fn wanted() -> Option<String> {
    std::env::var("GOKNOT_ENGINES").ok()
}

/// Compares `engine` on `sample`, or on what the environment names; the list in the documentation must be true.
fn agrees(engine: Engine, sample: Vec<String>, threads: usize) {
    if !engine.is_here() {
        return;
    }
    let wanted = wanted();
    let files = match wanted.as_deref() {
        None | Some("sample") => sample,
        Some("all") => corpus::names(CORPUS),
        Some(part) => corpus::names(CORPUS).into_iter().filter(|file| file.contains(part)).collect(),
    };
    let begun = Instant::now();
    let tally = compare_all(engine, &files, patience(engine), threads);
    eprintln!(
        "{}: {} models, {} decided, {} states, {:.0} s",
        engine.name(),
        tally.open.len(),
        tally.decided(),
        tally.states,
        begun.elapsed().as_secs_f64()
    );
    assert!(tally.wrong.is_empty(), "{}", tally.wrong.join("\n"));
    match wanted.as_deref() {
        Some(part) => open::write(engine, &tally.open, part == "all"),
        None => open::check(engine, &tally.open),
    }
}

const CORPUS: &[&str] = &["tests/litmus", "tests/engines/models", "models"];

#[test]
fn spin_agrees() {
    agrees(Engine::Spin, corpus::names(&["tests/litmus", "tests/engines/models", "models/seeds"]), 2);
}

/// What TLC is always asked about: a bit of everything. It takes a second for each question.
const SAMPLE: &[&str] = &[
    "models/seeds/miniredis/miniredis.knot",
    "tests/engines/models",
    "tests/litmus/any_both_ends.knot",
    "tests/litmus/cond_signal_wakes_one.knot",
    "tests/litmus/end_goexit_main_deadlock.knot",
    "tests/litmus/end_leak_beside_ticking.knot",
    "tests/litmus/eventually_livelock.knot",
    "tests/litmus/fair_select.knot",
    "tests/litmus/idle_select.knot",
    "tests/litmus/int_wraps.knot",
    "tests/litmus/leadsto_not_answered.knot",
    "tests/litmus/map_range_added_may_come.knot",
    "tests/litmus/mutex_abba.knot",
    "tests/litmus/race_behind_len.knot",
    "tests/litmus/select_two_meet.knot",
    "tests/litmus/timer_stop_discards.knot",
];

#[test]
fn tlc_agrees() {
    agrees(Engine::Tlc, corpus::names(SAMPLE), 1);
}

/// How many random models a plain `cargo test` puts to an engine.
fn random_models(usual: u32) -> u32 {
    number("GOKNOT_RANDOM_MODELS").unwrap_or(usual)
}

/// Who puts thousands of models to an engine is told how far it is.
const BETWEEN: u32 = 500;

/// Compares `engine` on random models, always the same ones in the same order; the smallest that is wrong is shown.
fn agrees_at_random(engine: Engine, models: u32, threads: usize) {
    if !engine.is_here() {
        return;
    }
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let runner = Mutex::new((0, TestRunner::new_with_rng(Config::default(), rng)));
    let tally = Mutex::new(Tally::default());
    let from = number("GOKNOT_RANDOM_FROM").unwrap_or(0);
    let wrong = |text: &str| compare(&corpus::case("random.knot", text), engine, patience(engine)).err();
    let worker = || {
        loop {
            let (number, mut tree) = {
                let mut runner = runner.lock().expect("no panic");
                runner.0 += 1;
                (runner.0, generate::model_with_properties().new_tree(&mut runner.1).expect("a model"))
            };
            if number <= from {
                continue;
            }
            if number.is_multiple_of(BETWEEN) {
                eprintln!("{}: at random model {number}", engine.name());
            }
            if number > models || !tally.lock().expect("no panic").wrong.is_empty() {
                return;
            }
            let case = corpus::case(&format!("random {number}"), &tree.current());
            let compared = compare(&case, engine, patience(engine)).map_err(|first| {
                let text = smallest(&mut tree, |text| wrong(text).is_some());
                vec![format!("{} on\n{text}", wrong(&text).unwrap_or(first).join("\n"))]
            });
            tally.lock().expect("no panic").take(&case, engine, compared);
        }
    };
    let begun = Instant::now();
    on_threads(threads, &worker);
    let tally = tally.into_inner().expect("no panic");
    eprintln!(
        "{}: {} random models, {} decided, {} states, {:.0} s; open: {:#?}",
        engine.name(),
        tally.open.len(),
        tally.decided(),
        tally.states,
        begun.elapsed().as_secs_f64(),
        tally.reasons()
    );
    assert!(tally.wrong.is_empty(), "{}", tally.wrong.join("\n"));
    assert!(tally.decided() * 4 > tally.open.len() * 3, "most are decided");
}

/// The smallest model below `tree` that is still wrong, as far as a few tries find it.
fn smallest(tree: &mut impl ValueTree<Value = String>, is_wrong: impl Fn(&str) -> bool) -> String {
    let mut best = tree.current();
    for _ in 0..200 {
        let goes_on = if is_wrong(&tree.current()) {
            best = tree.current();
            tree.simplify()
        } else {
            tree.complicate()
        };
        if !goes_on {
            break;
        }
    }
    best
}

#[test]
fn spin_agrees_on_random_models() {
    agrees_at_random(Engine::Spin, random_models(500), 2);
}

#[test]
fn tlc_agrees_on_random_models() {
    agrees_at_random(Engine::Tlc, random_models(500) / 10, 2);
}

/// Thousands of statements, one after the other.
fn long_model(statements: usize) -> Case {
    let mut text = "model long\n\nvar mu sync.Mutex\nvar x int\n\nfunc main() {\n".to_owned();
    for number in 0..statements {
        text += match number % 4 {
            0 => "\tmu.Lock()\n",
            1 => "\tx++\n",
            2 => "\tmu.Unlock()\n",
            _ => "\tif x > 5 {\n\t\tx = 0\n\t}\n",
        };
    }
    corpus::case("long.knot", &(text + "\tselect {}\n}\n"))
}

#[test]
fn spin_decides_a_long_model() {
    if Engine::Spin.is_here() {
        // SPIN's own time grows with the square of their number.
        let statements = if wanted().is_some() { 4_000 } else { 1_000 };
        let patience = Duration::from_mins(10);
        let verdict = compare(&long_model(statements), Engine::Spin, patience).expect("they agree");
        assert_eq!((verdict.statement.found.len(), verdict.open), (1, Vec::new()));
    }
}

#[test]
fn tlc_decides_a_long_model() {
    if Engine::Tlc.is_here() {
        let verdict = compare(&long_model(500), Engine::Tlc, patience(Engine::Tlc)).expect("they agree");
        assert_eq!((verdict.statement.found.len(), verdict.open), (1, Vec::new()));
    }
}
