//! TLA+: SANY accepts every module, and TLC finds what the built-in checker finds.
//!
//! `GOKNOT_TLC=all cargo test --test tla` asks TLC about every model and litmus model, `GOKNOT_TLC=chan_` about those
//! whose names contain that. TLC's jar is `GOKNOT_TLA_JAR` or `target/tools/tla2tools.jar`, where `.ci/prepare` puts it.

#![allow(clippy::disallowed_methods, clippy::print_stderr, reason = "tests read files and start programs")]

use std::collections::BTreeSet;
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use goknot::backend::tla;
use goknot::engine::question::{Answer, External, Question, Targets};
use goknot::engine::{Options, Progress, StopReason, Watch, check};
use goknot::machine::state::{End, MainStatus, State};
use goknot::machine::step::{self, Limits};
use goknot::machine::{Machine, PointKind};
use goknot::property::Kind;
use goknot::source::Source;
use goknot::tool::tlc::{self, Tlc};

/// What TLC is always asked about: a bit of everything.
const SAMPLE: &[&str] = &[
    "miniredis",
    "any_both_ends",
    "chan_buffered_fifo",
    "chan_close_pending_send_panics",
    "cond_signal_wakes_one",
    "context_children",
    "end_goexit_main_deadlock",
    "end_leak_beside_ticking",
    "eventually_livelock",
    "fair_select",
    "idle_select",
    "leadsto_not_answered",
    "map_range_added_may_come",
    "mutex_abba",
    "select_two_meet",
    "timer_stop_discards",
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The jar; `None`, with a word about it, where there is none. On CI there must be one.
fn jar() -> Option<PathBuf> {
    let named = std::env::var_os("GOKNOT_TLA_JAR").map(PathBuf::from);
    let jar = named.unwrap_or_else(|| root().join("target/tools/tla2tools.jar"));
    if jar.is_file() {
        return Some(jar);
    }
    assert!(std::env::var_os("CI").is_none(), "no {}: run .ci/prepare", jar.display());
    eprintln!("skipped: no {}; .ci/prepare fetches it", jar.display());
    None
}

/// All `.knot` files below `folder`, in order.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the folder is readable");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("readable").path()).collect();
    paths.sort();
    let below = |path: PathBuf| {
        if path.is_dir() {
            files(&path)
        } else {
            Vec::from_iter((path.extension() == Some("knot".as_ref())).then_some(path))
        }
    };
    paths.into_iter().flat_map(below).collect()
}

fn models() -> Vec<PathBuf> {
    ["models", "tests/litmus"].iter().flat_map(|folder| files(&root().join(folder))).collect()
}

fn compile(path: &Path) -> (Source, Machine) {
    let source = Source::new(path.display().to_string(), fs::read_to_string(path).expect("readable"));
    let (file, mut problems) = goknot::syntax::parse(&source);
    let (program, more) = goknot::sema::analyze(&file, &[], None);
    problems.append(more);
    let program = program.filter(|_| !problems.has_errors()).expect("the models are right");
    let machine =
        goknot::lower::lower(&program, &goknot::lower::Options::default()).expect("it can be lowered");
    (source, machine)
}

fn name(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

#[test]
fn sany_accepts_every_module() {
    let Some(jar) = jar() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let mut written = Vec::new();
    for (number, path) in models().iter().enumerate() {
        let (source, machine) = compile(path);
        // Two models may have the same name.
        let below = folder.path().join(number.to_string());
        fs::create_dir(&below).expect("a folder");
        let Ok(module) = tla::emit(&machine, Some(&source)) else { continue };
        let file = below.join(format!("{}.tla", module.name));
        fs::write(&file, &module.text).expect("the module can be written");
        written.push((path.clone(), file));
    }
    assert!(written.len() > 500, "nearly all models are written");
    for some in written.chunks(150) {
        let mut command = Command::new("java");
        command.args(["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xss16m", "-Xmx1g"]);
        command.arg(format!("-Djava.io.tmpdir={}", folder.path().display()));
        command.arg("-cp").arg(&jar).arg("tla2sany.SANY").args(some.iter().map(|it| &it.1));
        let output = command.output().expect("java runs");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let wrong = |line: &&str| {
            ["error", "Error", "onflict", "Abort", "Unknown", "Could not", "Warnings"]
                .iter()
                .any(|word| line.contains(word))
        };
        let wrong: Vec<&str> = said
            .lines()
            .filter(|line| !line.starts_with("Parsing") && !line.starts_with("Semantic p"))
            .filter(wrong)
            .take(20)
            .collect();
        let processed = said.lines().filter(|line| line.starts_with("Semantic processing of module")).count();
        assert!(
            output.status.success() && wrong.is_empty() && processed >= some.len(),
            "{processed} of {} modules: {wrong:#?}\n{}",
            some.len(),
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

/// A watch with a deadline.
struct Deadline(Instant);

impl Watch for Deadline {
    fn progress(&mut self, _progress: &Progress) {}

    fn stop(&self) -> Option<StopReason> {
        (Instant::now() > self.0).then_some(StopReason::Timeout)
    }
}

/// One kind of bug, as a question.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Bug {
    Panic,
    Assert,
    Deadlock,
    /// In a state in which nobody moves, or beside others.
    Leak,
    Always(usize),
    Covered(usize),
    Eventually(usize),
    LeadsTo(usize),
}

fn questions(bug: &Bug) -> Vec<Question> {
    let targets = match bug {
        Bug::Panic => Targets { panics: true, ..Targets::default() },
        Bug::Assert => Targets { asserts: true, ..Targets::default() },
        Bug::Deadlock => Targets { deadlocks: true, ..Targets::default() },
        Bug::Leak => {
            return vec![Question::Reach(Targets { leaks: true, ..Targets::default() }), Question::Leak];
        }
        Bug::Always(index) => Targets { always: vec![*index], ..Targets::default() },
        Bug::Covered(index) => Targets { covers: vec![*index], ..Targets::default() },
        Bug::Eventually(index) => return vec![Question::Eventually(*index)],
        Bug::LeadsTo(index) => return vec![Question::LeadsTo(*index)],
    };
    vec![Question::Reach(targets)]
}

/// What the built-in checker finds, and whether it has seen everything.
fn found(machine: &Machine) -> (BTreeSet<Bug>, bool) {
    let outcome =
        check(machine, &Options::default(), &mut goknot::engine::Unwatched).expect("no internal error");
    let mut bugs = BTreeSet::new();
    for finding in &outcome.findings {
        let index = finding.property.unwrap_or(0);
        bugs.extend(match finding.kind {
            Kind::Panic if finding.race.is_none() => Some(Bug::Panic),
            Kind::Assert => Some(Bug::Assert),
            Kind::Deadlock => Some(Bug::Deadlock),
            Kind::Leak => Some(Bug::Leak),
            Kind::Always => Some(Bug::Always(index)),
            Kind::Eventually => Some(Bug::Eventually(index)),
            Kind::LeadsTo => Some(Bug::LeadsTo(index)),
            Kind::Panic | Kind::Race | Kind::Cover => None,
        });
    }
    let covered = outcome.covered.iter().enumerate().filter(|it| *it.1);
    bugs.extend(covered.map(|(index, _)| Bug::Covered(index)));
    (bugs, outcome.stats.bounds.iter().all(|&bound| bound == goknot::engine::RACE_BOUND))
}

/// Whether the last state of `path` is what was asked for; liveness aside.
fn shows(machine: &Machine, question: &Question, path: &[step::Step]) -> bool {
    let limits = Limits::default();
    let mut state = step::initial(machine);
    for each in path {
        let enabled = step::enabled(machine, &state).expect("no internal error");
        if !enabled.contains(each) {
            return false;
        }
        state = step::apply(machine, &state, each, &limits).expect("no internal error");
    }
    let Question::Reach(targets) = question else { return true };
    let properties = &machine.properties;
    let holds = |cond| step::holds(machine, &state, cond).expect("no internal error");
    let still = state.end.is_none() && step::enabled(machine, &state).expect("no internal error").is_empty();
    let stuck = still && (somebody_waits(machine, &state) || state.main == MainStatus::Goexited);
    targets.panics && matches!(state.end, Some(End::Panic { .. } | End::Fatal { .. }))
        || targets.asserts && matches!(state.end, Some(End::Assert { .. }))
        || targets.deadlocks && stuck && state.main != MainStatus::Returned
        || targets.leaks && stuck && state.main == MainStatus::Returned
        || targets.always.iter().any(|&index| !holds(&properties.always[index].cond))
        || targets.covers.iter().any(|&index| holds(&properties.covers[index].cond))
}

fn somebody_waits(machine: &Machine, state: &State) -> bool {
    state.live_slots().any(|slot| {
        state.goroutine(slot).is_some_and(|it| {
            let point = machine.point(it.routine, it.point);
            let idle = matches!(&point.kind, PointKind::Operation(operation) if operation.idle);
            !idle && !machine.routine(it.routine).environment
        })
    })
}

#[derive(Default, Debug)]
struct Tally {
    agree: u32,
    open: Vec<String>,
    disagree: Vec<String>,
}

/// Asks TLC about each kind of bug that there can be in `machine`.
fn compare(tlc: &mut Tlc, name: &str, machine: &Machine, tally: &mut Tally) {
    let (expected, complete) = found(machine);
    let properties = &machine.properties;
    // What is not there is asked for in one question.
    let mut absent = Targets::default();
    let mut asked = Vec::new();
    let mut reach = |bug: Bug, note: &mut dyn FnMut(&mut Targets)| {
        if expected.contains(&bug) { asked.push(bug) } else { note(&mut absent) }
    };
    reach(Bug::Panic, &mut |it| it.panics = true);
    reach(Bug::Assert, &mut |it| it.asserts = true);
    reach(Bug::Deadlock, &mut |it| it.deadlocks = true);
    (0..properties.always.len()).for_each(|i| reach(Bug::Always(i), &mut |it| it.always.push(i)));
    (0..properties.covers.len()).for_each(|i| reach(Bug::Covered(i), &mut |it| it.covers.push(i)));
    if !expected.contains(&Bug::Leak) {
        absent.leaks = true;
    }
    asked.extend((0..properties.eventually.len()).map(Bug::Eventually));
    asked.extend((0..properties.leads_to.len()).map(Bug::LeadsTo));
    if !complete {
        // Only what was found is known.
        asked.retain(|bug| expected.contains(bug));
    }
    if expected.contains(&Bug::Leak) {
        asked.push(Bug::Leak);
    }
    let mut rounds: Vec<(String, Vec<Question>, bool)> =
        asked.iter().map(|bug| (format!("{bug:?}"), questions(bug), expected.contains(bug))).collect();
    if complete {
        rounds.push(("the rest".to_owned(), vec![Question::Reach(absent)], false));
        if !expected.contains(&Bug::Leak) {
            rounds.push(("leaks beside others".to_owned(), vec![Question::Leak], false));
        }
    }
    let mut open = BTreeSet::new();
    for (what, questions, expected) in rounds {
        let (mut yes, mut unknown) = (false, None);
        for question in questions {
            let mut watch = Deadline(Instant::now() + Duration::from_mins(2));
            match tlc.ask(machine, &Limits::default(), &question, &mut watch) {
                Ok(Answer::Yes { path, .. }) if shows(machine, &question, &path) => yes = true,
                Ok(Answer::Yes { .. }) => {
                    tally.disagree.push(format!("{name}: the path for {what} does not show it"));
                }
                Ok(Answer::No(_)) => {}
                Ok(Answer::Open(why)) => unknown = Some(why),
                Err(failure) => tally.disagree.push(format!("{name}: {what}: {failure}")),
            }
            if yes {
                break;
            }
        }
        match unknown {
            Some(why) if !yes => drop(open.insert(format!("{name}: {what}: {why}"))),
            _ if yes != expected => {
                tally.disagree.push(format!("{name}: {what}: TLC says {yes}, the checker {expected}"));
            }
            _ => {}
        }
    }
    if open.is_empty() {
        tally.agree += 1;
    }
    tally.open.extend(open);
}

#[test]
fn tlc_agrees_with_the_checker() {
    let Some(jar) = jar() else { return };
    let wanted = std::env::var("GOKNOT_TLC").ok();
    let is_wanted = |path: &PathBuf| match wanted.as_deref() {
        None => SAMPLE.contains(&name(path).as_str()),
        Some("all") => true,
        Some(part) => name(path).contains(part),
    };
    let mut tally = Tally::default();
    for path in models().into_iter().filter(is_wanted) {
        let (source, machine) = compile(&path);
        let options =
            tlc::Options { jar: Some(jar.clone()), source: Some(source), ..tlc::Options::default() };
        let mut tlc = Tlc::new(options).expect("TLC is there");
        let before = (tally.open.len(), tally.disagree.len());
        compare(&mut tlc, &name(&path), &machine, &mut tally);
        tally.open[before.0..].iter().for_each(|open| eprintln!("open: {open}"));
        tally.disagree[before.1..].iter().for_each(|wrong| eprintln!("wrong: {wrong}"));
    }
    eprintln!("{} models agree, {} open questions", tally.agree, tally.open.len());
    assert!(tally.disagree.is_empty(), "{:#?}", tally.disagree);
}

/// A process that does not outlive its test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What the master of a distributed TLC with two workers says about the model in `file`.
fn distributed(jar: &Path, file: &str) -> String {
    let (_, machine) = compile(&root().join(file));
    let module = tla::emit(&machine, None).expect("it fits");
    let folder = tempfile::tempdir().expect("a folder");
    let config = module.config(&tla::Ask::everything(&machine.properties), &Limits::default(), true);
    // The workers have folders of their own, without the module.
    let folders = ["master", "one", "two"].map(|name| folder.path().join(name));
    folders.iter().for_each(|folder| fs::create_dir(folder).expect("a folder"));
    fs::write(folders[0].join(&module.name).with_extension("tla"), &module.text).expect("written");
    fs::write(folders[0].join(&module.name).with_extension("cfg"), config).expect("written");
    let port = TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr()).expect("a free port").port();
    let start = |folder: &Path, arguments: &[&str]| {
        let said = fs::File::create(folder.join("said")).expect("a file");
        let mut command = Command::new("java");
        command.args(["-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]);
        command.arg("-Djava.rmi.server.hostname=127.0.0.1");
        command.arg("-Dtlc2.tool.distributed.TLCWorker.threadCount=1");
        command.arg(format!("-Dtlc2.tool.distributed.TLCServer.port={port}"));
        command.arg(format!("-Djava.io.tmpdir={}", folder.display()));
        command.arg("-cp").arg(jar).args(arguments).current_dir(folder);
        command.stdin(Stdio::null()).stdout(said).stderr(Stdio::null());
        Running(command.spawn().expect("java runs"))
    };
    let config = format!("{}.cfg", module.name);
    let server = ["tlc2.tool.distributed.TLCServer", "-config", &config, &module.name];
    let mut master = start(&folders[0], &server);
    let deadline = Instant::now() + Duration::from_mins(3);
    let worker = ["tlc2.tool.distributed.TLCWorker", "127.0.0.1"];
    // A worker that comes before the master waits for it.
    let _workers = [start(&folders[1], &worker), start(&folders[2], &worker)];
    while master.0.try_wait().expect("its status").is_none() {
        assert!(Instant::now() < deadline, "the master does not come to an end");
        std::thread::sleep(Duration::from_millis(50));
    }
    let said = |folder: &PathBuf| fs::read_to_string(folder.join("said")).expect("readable");
    assert!(folders[1..].iter().any(|worker| said(worker).contains("Computed")), "somebody has worked");
    said(&folders[0])
}

#[test]
fn two_workers_share_a_model() {
    let Some(jar) = jar() else { return };
    let file = "tests/litmus/mutex_excludes.knot";
    let said = distributed(&jar, file);
    let mut tlc = Tlc::new(tlc::Options { jar: Some(jar.clone()), ..tlc::Options::default() }).expect("TLC");
    let (_, machine) = compile(&root().join(file));
    let alone = tlc.count(&machine, &Limits::default(), &goknot::engine::Unwatched).expect("TLC runs");
    let Answer::No(seen) = alone else { panic!("{alone:?}") };
    assert!(said.contains(&format!("{} distinct states", seen.states)) && !said.contains("Error:"), "{said}");
    let said = distributed(&jar, "tests/litmus/mutex_abba.knot");
    assert!(said.contains("Error:") && said.contains("_Lock"), "a deadlock at the locks: {said}");
}
