//! TLA+: SANY accepts every module, and TLC may run on many machines; that it finds what the built-in checker finds is
//! `engines.rs`'s. TLC's jar is `GOKNOT_TLA_JAR` or `target/tools/tla2tools.jar`, where `.ci/prepare` puts it.

#![expect(clippy::disallowed_methods, clippy::print_stderr, reason = "tests read files and start programs")]

#[path = "program/compile.rs"]
mod compile;
#[path = "program/files.rs"]
mod files;

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use goknot::backend::tla;
use goknot::engine::question::Answer;
use goknot::machine::Machine;
use goknot::machine::step::Limits;
use goknot::source::Source;
use goknot::tool::tlc::{self, Tlc};

use compile::compile;
use files::files;

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

fn compiled(path: &Path) -> (Source, Machine) {
    let source = Source::new(path.display().to_string(), fs::read_to_string(path).expect("readable"));
    let machine = compile(&source, &[], None).expect("the models are right");
    (source, machine)
}

#[test]
fn sany_accepts_every_module() {
    let Some(jar) = jar() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let mut written = Vec::new();
    for (number, path) in files(&["models", "tests/litmus"]).iter().enumerate() {
        let (source, machine) = compiled(path);
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
    // A worker that joins while the last states are being handed out makes the server of this TLC fall over.
    let attempts = (0..4).map(|_| distributed_once(jar, file));
    attempts.into_iter().find(|said| !said.contains("NullPointerException")).expect("one attempt of four")
}

fn distributed_once(jar: &Path, file: &str) -> String {
    let (_, machine) = compiled(&root().join(file));
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
    let (_, machine) = compiled(&root().join(file));
    let alone = tlc.count(&machine, &Limits::default(), &goknot::engine::Unwatched).expect("TLC runs");
    let Answer::No(seen) = alone else { panic!("{alone:?}") };
    assert!(said.contains(&format!("{} distinct states", seen.states)) && !said.contains("Error:"), "{said}");
    let said = distributed(&jar, "tests/litmus/mutex_abba.knot");
    assert!(said.contains("Error:") && said.contains("_Lock"), "a deadlock at the locks: {said}");
}
