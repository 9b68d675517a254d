//! Runs the `goknot` program for the tests: arguments, standard input, a time limit.

#![allow(clippy::disallowed_methods, reason = "tests read files and start programs")]
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How a run ended.
#[derive(Debug)]
pub struct Ended {
    /// `None`: killed by a signal, or by us because the time was up.
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

/// One run of the program.
#[derive(Debug)]
pub struct Run {
    command: Command,
    stdin: Vec<u8>,
    limit: Duration,
}

/// `goknot ARGS`.
pub fn goknot<S: AsRef<std::ffi::OsStr>>(args: impl IntoIterator<Item = S>) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_goknot"));
    command.args(args);
    // The environment of whoever runs the tests must not show.
    for name in ["NO_COLOR", "CLICOLOR_FORCE", "COLUMNS", "RUST_BACKTRACE"] {
        command.env_remove(name);
    }
    Run { command, stdin: Vec::new(), limit: Duration::from_mins(4) }
}

/// `sh -c SCRIPT`, in which `$GOKNOT` is the program.
pub fn shell(script: &str) -> Run {
    let mut command = Command::new("sh");
    command.args(["-c", script]).env("GOKNOT", env!("CARGO_BIN_EXE_goknot"));
    Run { command, stdin: Vec::new(), limit: Duration::from_mins(4) }
}

impl Run {
    /// What it reads from standard input.
    pub fn stdin(mut self, bytes: impl AsRef<[u8]>) -> Self {
        self.stdin = bytes.as_ref().to_vec();
        self
    }

    /// An environment variable.
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// The folder that it runs in.
    pub fn inside(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// Kills it after so many seconds (60 without this).
    pub fn within(mut self, seconds: u64) -> Self {
        self.limit = Duration::from_secs(seconds);
        self
    }

    /// Runs it to its end.
    pub fn end(mut self) -> Ended {
        self.command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = self.command.spawn().expect("goknot starts");
        let mut stdin = child.stdin.take().expect("piped");
        let (mut stdout, mut stderr) =
            (child.stdout.take().expect("piped"), child.stderr.take().expect("piped"));
        let input = self.stdin;
        // Reading and writing at once: neither side may block on a full pipe.
        let writer = thread::spawn(move || drop(stdin.write_all(&input)));
        let out = thread::spawn(move || text(&mut stdout));
        let err = thread::spawn(move || text(&mut stderr));
        let start = Instant::now();
        let code = loop {
            if let Some(status) = child.try_wait().expect("a child") {
                break status.code();
            }
            if start.elapsed() > self.limit {
                child.kill().expect("killed");
                child.wait().expect("a child");
                break None;
            }
            thread::sleep(Duration::from_millis(5));
        };
        writer.join().expect("written");
        Ended { code, stdout: out.join().expect("read"), stderr: err.join().expect("read") }
    }
}

impl Ended {
    /// Fails unless it ended with `code`.
    #[track_caller]
    pub fn exits(&self, code: i32) -> &Self {
        assert_eq!(
            self.code,
            Some(code),
            "\n--- stdout\n{}\n--- stderr\n{}",
            head(&self.stdout),
            head(&self.stderr)
        );
        self
    }

    /// Fails unless standard output has `text`.
    #[track_caller]
    pub fn says(&self, text: &str) -> &Self {
        assert!(self.stdout.contains(text), "no {text:?} in\n{}\n--- stderr\n{}", self.stdout, self.stderr);
        self
    }

    /// Fails unless standard error has `text`.
    #[track_caller]
    pub fn complains(&self, text: &str) -> &Self {
        assert!(self.stderr.contains(text), "no {text:?} in\n{}\n--- stdout\n{}", self.stderr, self.stdout);
        self
    }
}

/// A scratch folder with files in it.
#[derive(Debug)]
pub struct Folder(tempfile::TempDir);

impl Folder {
    /// An empty one.
    pub fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    /// The path of something in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes a file and returns its path.
    pub fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("inside")).expect("made");
        fs::write(&path, bytes).expect("written");
        path
    }
}

fn text(from: &mut impl Read) -> String {
    let mut bytes = Vec::new();
    from.read_to_end(&mut bytes).expect("read");
    String::from_utf8_lossy(&bytes).into_owned()
}

fn head(text: &str) -> String {
    text.chars().take(3000).collect()
}
