//! SPIN and TLC decide the same models, and come to the same verdicts, as the built-in checker.
//!
//! Without the programs there is nothing to compare, and the test says so; on CI they must be there. A plain `cargo test`
//! compares a sample. `GOKNOT_ENGINES=all cargo test --release --test engines` compares all models of the repository with all
//! their fixes, and writes what stays open into `docs/engines.md`; `GOKNOT_ENGINES=chan_` those whose names contain
//! that. `GOKNOT_RANDOM_MODELS=10000` says how many random models there are.

#![allow(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "the test reads models and the environment, and says what is left open"
)]

#[path = "engines/corpus.rs"]
mod corpus;
#[path = "engines/verdict.rs"]
mod verdict;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use goknot::expect::agreement::contradictions;

use corpus::Case;
use verdict::{Engine, Verdict, built_in};

/// What an engine is given for a model.
const PATIENCE: Duration = Duration::from_secs(20);
const MORE_PATIENCE: Duration = Duration::from_secs(30);

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
    thread::scope(|scope| {
        for _ in 0..threads {
            // The stacks of test threads are small.
            thread::Builder::new().stack_size(256 << 20).spawn_scoped(scope, worker).expect("a thread");
        }
    });
    tally.into_inner().expect("no panic")
}

fn wanted() -> Option<String> {
    std::env::var("GOKNOT_ENGINES").ok()
}

#[test]
fn spin_agrees() {
    if !Engine::Spin.is_here() {
        return;
    }
    let wanted = wanted();
    let folders = match wanted.as_deref() {
        None => &["tests/litmus", "models/seeds"][..],
        Some(_) => &["tests/litmus", "models"],
    };
    let mut files = corpus::files(folders);
    match wanted.as_deref() {
        None | Some("all") => {}
        Some(part) => files.retain(|file| file.contains(part)),
    }
    let patience = if wanted.is_some() { MORE_PATIENCE } else { PATIENCE };
    let begun = Instant::now();
    let tally = compare_all(Engine::Spin, &files, patience, 2);
    eprintln!(
        "SPIN: {} models, {} decided, {} states, {:.0} s",
        tally.open.len(),
        tally.decided(),
        tally.states,
        begun.elapsed().as_secs_f64()
    );
    let mut reasons = BTreeMap::<&String, Vec<&String>>::new();
    for (name, open) in &tally.open {
        open.iter().for_each(|reason| reasons.entry(reason).or_default().push(name));
    }
    eprintln!("{reasons:#?}");
    assert!(tally.wrong.is_empty(), "{}", tally.wrong.join("\n"));
}
