//! The real Go toolchain as referee: every outcome that Go shows is an outcome of the Machine.
//!
//! Models are emitted as Go programs, compiled with and without `-race`, and run many times with
//! random seeds and pauses on one processor and on two. What a run comes to (who waits where and
//! why, the package variables, the panic, the failed assertion) must be among the ends of the
//! plain, unreduced search. `docs/conformance.md` has the whole story; the long run is
//!
//! ```text
//! GOKNOT_CONFORMANCE_MODELS=2000 GOKNOT_CONFORMANCE_RUNS=40 cargo test --release --test conformance -- --nocapture
//! ```

#![expect(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "the test starts compilers and programs, and says what it has compared"
)]

#[path = "program/files.rs"]
mod files;
#[path = "conformance/generate.rs"]
mod generate;
#[path = "program/number.rs"]
mod number;
#[path = "conformance/outcome.rs"]
mod outcome;
#[path = "agreement/generate.rs"]
mod racy;
#[path = "program/threads.rs"]
mod threads;
#[path = "conformance/workshop.rs"]
mod workshop;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use files::files;
use goknot::backend::go::{self, Options};
use goknot::diag::Diagnostic;
use goknot::engine::outcomes::outcomes;
use goknot::engine::{self, Unwatched};
use goknot::machine::Machine;
use goknot::machine::step::Limits;
use goknot::property::Kind;
use goknot::sema::program::Program;
use goknot::source::Source;
use goknot::syntax::ast::File;
use number::number;
use outcome::{Outcome, Shown};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use threads::on_threads;
use workshop::{Job, Package, Workshop};

/// Random models and runs of each model in a plain `cargo test`.
const MODELS: usize = 200;
const RUNS: usize = 12;
/// Larger models are left out, and counted.
const STATES: usize = 30_000;

/// Models of the repository that are not compared, and why.
const LEFT_OUT: &[(&str, &str)] = &[];

/// A model, typed and lowered with its default parameters.
struct Model {
    name: String,
    source: Source,
    file: File,
    program: Program,
    warnings: Vec<Diagnostic>,
    machine: Machine,
}

/// A model and all that the Machine says of it.
struct Subject {
    model: Model,
    ends: BTreeSet<Outcome>,
    endless: bool,
    /// Has goroutines of the environment: clocks.
    timed: bool,
    racy: bool,
}

fn compile(name: &str, text: &str) -> Model {
    let source = Source::new(format!("{name}.knot"), text);
    let (file, mut problems) = goknot::syntax::parse(&source);
    let (program, more) = goknot::sema::analyze(&file, &[], None);
    problems.append(more);
    let Some(program) = program.filter(|_| !problems.has_errors()) else {
        panic!("{name}: {:#?}\n{text}", problems.sorted())
    };
    let machine = goknot::lower::lower(&program, &goknot::lower::Options::default());
    let machine = machine.unwrap_or_else(|problems| panic!("{name}: {:#?}\n{text}", problems.sorted()));
    Model { name: name.to_owned(), source, file, program, warnings: problems.sorted(), machine }
}

impl Model {
    fn emit(&self, options: Options) -> String {
        let model = go::Model {
            source: &self.source,
            file: &self.file,
            program: &self.program,
            warnings: &self.warnings,
            fix: None,
        };
        go::emit(&model, options)
    }

    fn package(&self) -> Package {
        let made_by_calls = self.program.globals.iter().any(|global| {
            let text = self.source.slice(global.span);
            text.replace("make(", "").replace("new(", "").contains('(') || text.contains("<-")
        });
        Package {
            name: format!("p_{}", self.name),
            text: self.emit(Options { yields: true, observe: true }),
            alone: made_by_calls || !self.program.inits.is_empty(),
        }
    }
}

fn setting(name: &str, default: usize) -> usize {
    number(name).map_or(default, |number| number as usize)
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The models of the repository, by name.
fn repository() -> BTreeMap<String, PathBuf> {
    let named = |path: PathBuf| {
        let name = path.file_stem().and_then(|stem| stem.to_str()).expect("a plain name");
        (name.replace('-', "_"), path)
    };
    files(&["models", "tests/litmus"]).into_iter().map(named).collect()
}

fn random(count: usize) -> Vec<(String, String)> {
    let seed = setting("GOKNOT_CONFORMANCE_SEED", 1) as u64;
    let mut bytes = [0u8; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let (own, racy) = (generate::model().boxed(), racy::model().boxed());
    (0..count)
        .map(|number| {
            let strategy = if number % 5 == 4 { &racy } else { &own };
            let tree = strategy.new_tree(&mut runner).expect("a model");
            (format!("r{number:04}"), tree.current())
        })
        .collect()
}

/// Whether the Go that is here is older than an emitted program asks for, or lacks a module that it imports.
fn too_new(text: &str) -> bool {
    let number = |text: &str, word: &str| {
        let rest = text.split_once(word)?.1;
        rest.split(|c: char| !c.is_ascii_digit()).next()?.parse::<u32>().ok()
    };
    number(text, "Needs Go 1.") > workshop::release() || text.contains("\"golang.org/x/")
}

/// The model as it is meant by the Go that is here: before 1.23 its timers keep what they have sent. (Loop variables
/// are one for each iteration from `go 1.22` on, and emitted so for any Go.)
fn as_of_this_go(text: &str) -> String {
    if workshop::release() >= Some(23) || text.lines().any(|line| line.starts_with("go 1.")) {
        return text.to_owned();
    }
    let with = |line: &str| {
        let own = if line.starts_with("model ") { "go 1.22\n" } else { "" };
        format!("{line}\n{own}")
    };
    text.lines().map(with).collect()
}

/// Go, or the reason to do without it.
fn referee() -> bool {
    let there = workshop::has_go();
    assert!(
        there || std::env::var_os("CI").is_none(),
        "no `go` on the PATH: .ci/prepare installs golang-go, and CI does not do without"
    );
    if !there {
        eprintln!("SKIPPED: no `go` on the PATH, so nothing is compared with Go (.ci/prepare installs it)");
    }
    there
}

#[test]
fn every_model_is_go_that_gofmt_leaves_alone_and_go_compiles() {
    if !referee() {
        return;
    }
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("emitted");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder");
    fs::write(folder.join("go.mod"), "module emitted\n\ngo 1.18\n").expect("written");
    for (name, path) in repository() {
        let text = fs::read_to_string(&path).expect("readable");
        let model = compile(&name, &text);
        let package = folder.join(&name);
        let plain = model.emit(Options::default());
        if too_new(&plain) {
            continue;
        }
        fs::create_dir_all(&package).expect("a folder");
        fs::write(package.join("main.go"), plain).expect("written");
        for fix in goknot::sema::fixes(&model.file) {
            let (program, problems) = goknot::sema::analyze(&model.file, &[], Some(&fix.name));
            let program = program.expect("fixes are typed");
            let package = folder.join(format!("{name}__{}", fix.name));
            let fixed = go::Model {
                source: &model.source,
                file: &model.file,
                program: &program,
                warnings: &problems.sorted(),
                fix: Some(&fix.name),
            };
            let options = Options { yields: true, ..Options::default() };
            let text = go::emit(&fixed, options);
            if !too_new(&text) {
                fs::create_dir_all(&package).expect("a folder");
                fs::write(package.join("main.go"), text).expect("written");
            }
        }
    }
    let run = |program: &str, args: &[&str]| {
        let output = std::process::Command::new(program).args(args).current_dir(&folder).output();
        let output = output.expect("it starts");
        String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
    };
    assert_eq!(run("gofmt", &["-l", "."]), "", "gofmt would lay these out otherwise");
    assert_eq!(run("go", &["build", "./..."]), "", "Go refuses these");
}

#[test]
fn a_seed_model_as_a_go_program() {
    let text = fs::read_to_string(root().join("models/seeds/grpc_shim/grpc_shim.knot")).expect("readable");
    insta::with_settings!({ snapshot_path => "conformance", prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!("grpc_shim", compile("grpc_shim", &text).emit(Options::default()));
    });
}

/// What has been compared.
#[derive(Debug, Default)]
struct Tally {
    models: usize,
    too_large: usize,
    too_new: usize,
    with_testing: usize,
    bounded: usize,
    runs: usize,
    endless_runs: usize,
    racy_models: usize,
    misuse: usize,
    unnoticed: usize,
    race_reports: usize,
    shown: usize,
    possible: usize,
}

#[test]
fn go_shows_only_what_the_machine_has() {
    if !referee() {
        return;
    }
    let only = std::env::var("GOKNOT_CONFORMANCE_ONLY").ok();
    let mut texts: Vec<(String, String)> = repository()
        .into_iter()
        .filter(|(name, _)| !LEFT_OUT.iter().any(|(left_out, _)| left_out == name))
        .map(|(name, path)| (name, fs::read_to_string(path).expect("readable")))
        .collect();
    texts.extend(random(setting("GOKNOT_CONFORMANCE_MODELS", MODELS)));
    texts.retain(|(name, _)| only.as_ref().is_none_or(|only| name.contains(only.as_str())));
    let mut tally = Tally::default();
    let races = finds_races();
    let mut subjects = Vec::new();
    for found in subjects_of(&texts, races) {
        match found {
            Ok(subject) => subjects.push(subject),
            Err(Unfit::WithTesting) => tally.with_testing += 1,
            Err(Unfit::TooNew) => tally.too_new += 1,
            Err(Unfit::TooLarge) => tally.too_large += 1,
            Err(Unfit::Bounded) => tally.bounded += 1,
        }
    }
    tally.models = subjects.len();
    let packages: Vec<Package> = subjects.iter().map(|subject| subject.model.package()).collect();
    let workshop = Workshop::new(&PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("conformance"), &packages);
    for race in [true, false] {
        if let Err(message) = workshop.build(race) {
            panic!("Go refuses emitted programs:\n{message}");
        }
    }
    let jobs = jobs(&subjects, setting("GOKNOT_CONFORMANCE_RUNS", RUNS));
    let printed = workshop.run(&packages, &jobs);
    let mut mismatches = Vec::new();
    for (number, subject) in subjects.iter().enumerate() {
        let runs = jobs.iter().zip(&printed).filter(|(job, _)| job.package == number);
        mismatches.extend(compare(subject, &runs.collect::<Vec<_>>(), races, &mut tally));
    }
    eprintln!("goknot finds races: {races}\n{tally:#?}");
    assert!(mismatches.is_empty(), "{} mismatches\n\n{}", mismatches.len(), mismatches.join("\n\n"));
}

/// Whether the checker looks for races yet.
fn finds_races() -> bool {
    let model =
        compile("probe", "model probe\n\nvar x int\n\nfunc main() {\n\tgo func() { x++ }()\n\tx++\n}\n");
    is_racy(&model.machine)
}

fn is_racy(machine: &Machine) -> bool {
    let outcome = engine::check(machine, &engine::Options::default(), &mut Unwatched);
    let outcome = outcome.expect("no internal error");
    // Where the verdict stays open, goknot has not said that there is none.
    outcome.findings.iter().any(|finding| finding.kind == Kind::Race)
        || outcome.stats.bounds.contains(&engine::RACE_BOUND)
}

/// Why a model is not compared.
enum Unfit {
    WithTesting,
    TooNew,
    TooLarge,
    Bounded,
}

/// What becomes of each model, in order.
fn subjects_of(texts: &[(String, String)], races: bool) -> Vec<Result<Subject, Unfit>> {
    let next = AtomicUsize::new(0);
    let found = Mutex::new(BTreeMap::new());
    let worker = || {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some((name, text)) = texts.get(number) else { return };
            let subject = subject(name, text, races);
            found.lock().expect("no panic").insert(number, subject);
        }
    };
    // Deep models are searched and typed on a large stack, as `goknot` does.
    on_threads(thread::available_parallelism().map_or(2, usize::from), &worker);
    found.into_inner().expect("no panic").into_values().collect()
}

fn subject(name: &str, text: &str, races: bool) -> Result<Subject, Unfit> {
    // A test that is `main` has no testing package around it: `t.Run` needs one, and `t.Fatal` is a Goexit.
    if text.contains("testing.") {
        return Err(Unfit::WithTesting);
    }
    let model = compile(name, &as_of_this_go(text));
    if too_new(&model.emit(Options::default())) {
        return Err(Unfit::TooNew);
    }
    let all = outcomes(&model.machine, &Limits::default(), STATES).expect("no internal error");
    let all = all.ok_or(Unfit::TooLarge)?;
    let ends = outcome::of_machine(&model.machine, &model.program, &model.source, &all);
    let ends = ends.ok_or(Unfit::Bounded)?;
    let racy = races && is_racy(&model.machine);
    let timed = model.machine.routines.iter().any(|routine| routine.environment);
    Ok(Subject { model, ends, endless: all.endless, timed, racy })
}

/// A third of the runs with the race detector; half of all on one processor, half with pauses.
fn jobs(subjects: &[Subject], runs: usize) -> Vec<Job> {
    let each = |(package, subject): (usize, &Subject)| {
        let patience = if subject.endless { 150 } else { 20_000 };
        (0..runs)
            .map(|run| Job {
                package,
                race: run % 3 == 0,
                processors: 1 + run % 2,
                yields: run % 4 < 2,
                seed: (package * 1000 + run) as u64,
                patience,
            })
            .collect::<Vec<_>>()
    };
    subjects.iter().enumerate().flat_map(each).collect()
}

/// What Go shows of a model and the Machine has not.
fn compare(
    subject: &Subject,
    runs: &[(&Job, &workshop::Printed)],
    races: bool,
    tally: &mut Tally,
) -> Vec<String> {
    let mut mismatches = Vec::new();
    let mut reported = BTreeSet::new();
    for (_, printed) in runs.iter().filter(|(job, _)| job.race) {
        // While the runtime writes its last words the others still run; two wrong `RUnlock`s even pass each other.
        let is_dying = printed.stderr.contains("fatal error: sync: ");
        if subject.racy || !is_dying {
            reported.extend(outcome::races(&printed.stderr));
        }
    }
    tally.race_reports += reported.len();
    let text = subject.model.source.text();
    if races && !reported.is_empty() && !subject.racy {
        mismatches
            .push(format!("{}: a race that goknot does not find: {reported:?}\n{text}", subject.model.name));
    }
    // A program with a race is not sequentially consistent: what it comes to is no matter of the Machine.
    let racy = subject.racy || !reported.is_empty();
    tally.racy_models += usize::from(racy);
    let mut seen = BTreeSet::new();
    for (job, printed) in runs {
        tally.runs += 1;
        // In a program of many models the package has another name.
        let stderr = printed.stderr.replace(&format!("p_{}.", subject.model.name), "main.");
        let what = match outcome::of_run(&printed.stdout, &stderr, printed.killed) {
            Shown::Misuse => {
                tally.misuse += 1;
                continue;
            }
            Shown::Running if subject.endless => {
                tally.endless_runs += 1;
                continue;
            }
            _ if racy => continue,
            Shown::Outcome(shown) => {
                if subject.ends.iter().any(|end| end.covers(&shown)) {
                    seen.insert(shown);
                    continue;
                }
                if subject.ends.iter().any(Outcome::may_pass_unnoticed) {
                    tally.unnoticed += 1;
                    continue;
                }
                // Who waits for one timer after the other looks the same whenever one looks.
                if subject.endless && subject.timed && matches!(shown, Outcome::Rest { .. }) {
                    tally.endless_runs += 1;
                    continue;
                }
                if !seen.insert(shown.clone()) {
                    continue;
                }
                format!("{shown:#?}")
            }
            Shown::Running => "still running, and the Machine always comes to an end".to_owned(),
            Shown::Unclear(text) => format!("unclear: {text}"),
        };
        let ends: Vec<String> = subject.ends.iter().take(6).map(|end| format!("{end:?}")).collect();
        mismatches.push(format!(
            "{} (race detector {}, {} processors, seed {}): Go shows\n{what}\nthe Machine has {}:\n{}\n{text}",
            subject.model.name,
            job.race,
            job.processors,
            job.seed,
            subject.ends.len(),
            ends.join("\n"),
        ));
    }
    if !racy {
        tally.shown += seen.len();
        tally.possible += subject.ends.len();
    }
    mismatches
}
