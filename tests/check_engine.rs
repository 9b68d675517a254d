//! `check --engine` as its users meet it: what is printed, exit statuses, what is left behind. Programs that pretend to be a
//! C compiler stand in for one that fails, for a `pan` that never ends, that dies, and that says what is not true.

#![expect(clippy::disallowed_methods, reason = "tests read files and start programs")]
#![expect(clippy::print_stderr, reason = "a test that cannot be run says so")]

mod program;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use program::{Folder, Run, goknot, shell};

const KNOT: &str = "\
model knot

func main() {
	c := make(chan int)
	c <- 1
}

expect deadlock

fix room {
	func main() {
		c := make(chan int, 1)
		c <- 1
	}
}
";

/// Whether SPIN is here. On CI it must be.
fn spin() -> bool {
    let there = Command::new("spin").arg("-V").output().is_ok();
    assert!(there || std::env::var_os("CI").is_none(), "no spin: run .ci/prepare");
    if !there {
        eprintln!("not tested: no spin on the PATH");
    }
    there
}

/// A model, a folder for temporary files, and perhaps a false compiler.
struct Place {
    folder: Folder,
    model: PathBuf,
}

impl Place {
    fn new() -> Self {
        let folder = Folder::new();
        let model = folder.file("knot.knot", KNOT);
        fs::create_dir(folder.path("tmp")).expect("made");
        Self { folder, model }
    }

    fn check(&self, args: &str) -> Run {
        let model = self.model.to_str().expect("text");
        let words = ["check"].into_iter().chain(args.split_whitespace()).chain([model]);
        goknot(words).env("TMPDIR", self.tmp().to_str().expect("text"))
    }

    fn tmp(&self) -> PathBuf {
        self.folder.path("tmp")
    }

    /// A compiler whose `pan` is this script.
    fn compiler(&self, pan: &str) -> String {
        self.script("compiler", &format!("cat > pan <<'END'\n#!/bin/sh\n{pan}\nEND\nchmod +x pan"))
    }

    fn script(&self, name: &str, text: &str) -> String {
        let path = self.folder.file(name, format!("#!/bin/sh\n{text}\n"));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("executable");
        path.to_str().expect("text").to_owned()
    }

    #[track_caller]
    fn is_clean(&self) {
        let left: Vec<_> = fs::read_dir(self.tmp()).expect("a folder").collect();
        assert!(left.is_empty(), "left behind: {left:?}");
    }
}

/// Whether a process with this in its command line runs.
fn runs(text: &str) -> bool {
    let of = |path: &Path| fs::read(path.join("cmdline")).unwrap_or_default();
    let all = fs::read_dir("/proc").expect("processes");
    all.flatten().any(|entry| String::from_utf8_lossy(&of(&entry.path())).contains(text))
}

#[test]
fn spin_shows_the_same_run() {
    if !spin() {
        return;
    }
    let place = Place::new();
    let own = place.check("--format short").end();
    own.exits(1).says("deadlock: main waits for ever at c <- 1");
    let spins = place.check("--engine spin --format short").end();
    spins.exits(1);
    assert_eq!(own.stdout, spins.stdout);
    place.check("--engine spin").end().exits(1).says("SPIN");
    place.check("--engine spin --fix room").end().exits(0).says("holds").says("SPIN");
    place.check("--engine auto --fix room").end().exits(0).says("SPIN");
    place.is_clean();
}

#[test]
fn what_it_works_on_can_be_kept_and_its_commands_seen() {
    if !spin() {
        return;
    }
    let place = Place::new();
    let kept = place.folder.path("kept");
    let args = format!("--engine spin -v --spin-args=-o3 --cc-args=-DNOFAIR --keep {}", kept.display());
    let ended = place.check(&args).end();
    ended.exits(1).complains("-a -o3 model.pml").complains("-DNOFAIR pan.c").complains("/pan -n");
    assert!(kept.join("spin-1/model.pml").is_file(), "{:?}", fs::read_dir(&kept));
    place.is_clean();
}

#[test]
fn all_engines_in_one_table() {
    if !spin() {
        return;
    }
    let place = Place::new();
    let ended = place.check("--engine all --tla-jar /nowhere.jar").end();
    ended.exits(1).says("built-in").says("SPIN").complains("without TLC").complains("/nowhere.jar");
    place.check("--engine all --all --tla-jar /nowhere.jar").end().exits(0).says("fix room, SPIN");
    // A liar: it has seen everything, and there is nothing.
    let liar = place.compiler(
        "echo 'State-vector 28 byte, depth reached 3, errors: 0'\n\
         echo '        4 states, stored'\necho '        4 transitions (= stored+matched)'",
    );
    let ended = place.check("--engine all --tla-jar /nowhere.jar").env("CC", &liar).end();
    ended.exits(5).complains("the engines disagree").complains("SPIN says there is none");
    ended.complains("again: goknot check --engine all --keep");
    place.is_clean();
}

#[test]
fn what_is_missing_or_fails_is_status_4() {
    let place = Place::new();
    let ended = place.check("--engine spin").env("GOKNOT_SPIN", "/nowhere/spin").end();
    ended.exits(4).complains("GOKNOT_SPIN=/nowhere/spin").complains("apt install spin").complains("doctor");
    let ended = place.check("--engine tlc").env("GOKNOT_TLA_JAR", "/nowhere.jar").end();
    ended.exits(4).complains("/nowhere.jar").complains("--tla-jar");
    place.check("--engine auto").env("GOKNOT_SPIN", "/nowhere/spin").end().exits(1).says("deadlock");
    place.check("--engine spin --keep /proc/nowhere").end().exits(4).complains("/proc/nowhere");
    if !spin() {
        return;
    }
    let broken = place.script("broken", "echo 'pan.c:12: no such thing' >&2; exit 1");
    let ended = place.check("--engine spin").env("CC", &broken).end();
    ended.exits(4).complains("broken failed").complains("no such thing").complains("pan.c");
    let dying = place.compiler("kill -9 $$");
    place.check("--engine spin").env("CC", &dying).end().exits(4).complains("killed by signal 9");
    place.is_clean();
}

#[test]
fn a_spin_that_fails_and_a_java_that_dies_are_told() {
    let place = Place::new();
    let failing = place.script("failing", "echo 'spin: model.pml:1, Error: no such luck'; exit 1");
    let ended = place.check("--engine spin").env("GOKNOT_SPIN", &failing).end();
    if spin() {
        ended.exits(4).complains("failing failed").complains("no such luck").complains("-a model.pml");
    }
    let jar = place.folder.file("tla2tools.jar", "");
    let args = format!("--engine tlc --tla-jar {}", jar.display());
    let dying = place.script("dying", "echo 'TLC2 Version 2.15'; kill -9 $$");
    let ended = place.check(&args).env("GOKNOT_JAVA", &dying).end();
    ended.exits(4).complains("dying failed").complains("killed by signal 9");
    let mute = place.script("mute", "exit 0");
    place.check(&args).env("GOKNOT_JAVA", &mute).end().exits(4).complains("mute failed");
    let slow = place.script("slow", "sleep 984");
    let ended = place.check(&format!("{args} --timeout 500ms")).env("GOKNOT_JAVA", &slow).end();
    ended.exits(3).says("inconclusive").says("--timeout");
    assert!(!runs("sleep\u{0}984"), "java lives");
    place.is_clean();
}

#[test]
fn nothing_runs_on_when_the_time_is_up_or_somebody_interrupts() {
    if !spin() {
        return;
    }
    let place = Place::new();
    let slow = place.compiler("sleep 987 & sleep 986");
    let ended = place.check("--engine spin --timeout 500ms").env("CC", &slow).end();
    ended.exits(3).says("inconclusive").says("--timeout");
    assert!(!runs("sleep\u{0}987") && !runs("sleep\u{0}986"), "pan's processes live");
    place.is_clean();
    let slow = place.compiler("sleep 985");
    let script = format!(
        "\"$GOKNOT\" check --engine spin '{}' & it=$!; sleep 1; kill -INT $it; wait $it",
        place.model.display()
    );
    let tmp = place.tmp();
    // A shell without job control starts what is in the background deaf to SIGINT.
    let ended =
        shell(&format!("set -m\n{script}")).env("CC", &slow).env("TMPDIR", tmp.to_str().expect("text")).end();
    ended.exits(130);
    assert!(!runs("sleep\u{0}985"), "pan lives");
    place.is_clean();
}

#[test]
fn a_disk_that_takes_nothing_is_told() {
    // A file for a folder: nothing can be written below it.
    let place = Place::new();
    let not_a_folder = place.folder.file("file", "");
    let ended = place.check("--engine spin").env("TMPDIR", not_a_folder.to_str().expect("text")).end();
    if spin() {
        ended.exits(4).complains("no folder to work in").complains("file");
        // The device that is always full.
        let full = place.script("full", "ln -sf /dev/full pan.c.out; cat pan.c > pan.c.out");
        place.check("--engine spin").env("CC", &full).end().exits(4).complains("No space left");
    }
    place.is_clean();
}

#[test]
fn the_doctor_knows_what_is_here() {
    let ended = goknot(["doctor"]).end();
    ended.exits(0).says("built-in checker").says("spin").says("TLC").says("java");
    let ended = goknot(["doctor"]).env("GOKNOT_SPIN", "/nowhere/spin").end();
    ended.exits(0).says("missing").says("GOKNOT_SPIN=/nowhere/spin").says("apt install spin");
}

#[test]
fn models_are_tested_by_two_engines() {
    if !spin() {
        return;
    }
    let place = Place::new();
    let model = place.model.to_str().expect("text");
    let tested = goknot(["test", "--engine", "spin", model]).end();
    tested.exits(0).says("SPIN: the same in 2 of 2 checks").says("PASS");
    goknot(["test", "--engine", "spin", model]).env("GOKNOT_SPIN", "/nowhere").end().exits(4);
}
