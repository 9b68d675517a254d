//! Running a program: in a process group of its own that dies with us, its output read while it runs.
//!
//! In: a command and somebody to ask whether to stop. Out: how it ended and what it printed. Nothing is left running when
//! the time is up, when somebody presses Ctrl-C, or when this process ends by [`kill_all`].

use std::io::{self, Read};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use super::Failure;
use crate::engine::{StopReason, Watch};

/// Between two looks at the clock.
const TICK: Duration = Duration::from_millis(50);
/// How long a program that has closed its output takes to end; then twice that, and so on.
const MOMENT: Duration = Duration::from_micros(100);

/// The process groups that are running now.
static RUNNING: Mutex<Vec<i32>> = Mutex::new(Vec::new());

/// A program that has ended.
#[derive(Debug)]
pub struct Ended {
    pub status: ExitStatus,
    pub stdout: String,
    pub stderr: String,
    /// It was killed, and why.
    pub stopped: Option<StopReason>,
}

/// Kills every program that is running: the last thing that a process does.
pub fn kill_all() {
    let running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
    for &group in running.iter() {
        let _ = killpg(Pid::from_raw(group), Signal::SIGKILL);
    }
}

/// Runs `command` to its end, or kills it with all that it has started when `watch` says stop.
pub fn run(command: &mut Command, watch: &dyn Watch) -> Result<Ended, Failure> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
    watch.runs(&shown(command));
    let child = command.spawn().map_err(|error| failed(command, &error.to_string()))?;
    let mut group = Group::new(child);
    // Nobody sends anything: it is closed when both readers have come to an end, as most programs do when they end.
    let (open, closed) = mpsc::channel();
    let stdout = reader(group.child.stdout.take(), open.clone());
    let stderr = reader(group.child.stderr.take(), open);
    let mut moment = MOMENT;
    let mut stopped = None;
    let status = loop {
        match group.child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) => {}
            Err(error) => return Err(failed(command, &error.to_string())),
        }
        if stopped.is_none()
            && let Some(reason) = watch.stop()
        {
            stopped = Some(reason);
            group.kill();
        }
        if let Ok(()) | Err(RecvTimeoutError::Disconnected) = closed.recv_timeout(TICK) {
            thread::sleep(moment);
            moment = (moment * 2).min(TICK);
        }
    };
    // What it has started and left behind holds the pipes open.
    group.kill();
    let text = |reader: thread::JoinHandle<Vec<u8>>| {
        String::from_utf8_lossy(&reader.join().unwrap_or_default()).into_owned()
    };
    Ok(Ended { status, stdout: text(stdout), stderr: text(stderr), stopped })
}

impl Ended {
    /// How it ended, in words: `exit status 3`, `killed by signal 9`.
    pub fn how(&self) -> String {
        match (self.status.code(), self.status.signal()) {
            (Some(code), _) => format!("exit status {code}"),
            (None, Some(signal)) => format!("killed by signal {signal}"),
            (None, None) => self.status.to_string(),
        }
    }
}

/// A command line as a shell would read it.
pub fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|text| word(&text.to_string_lossy())).collect::<Vec<_>>().join(" ")
}

/// A word of a command line, in quotes where a shell would read something else.
pub fn word(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./=:,+@%".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

/// The failure of a command.
pub fn failed(command: &Command, said: &str) -> Failure {
    let program = command.get_program().to_string_lossy().into_owned();
    Failure::Failed { program, command: shown(command), said: said.trim().to_owned() }
}

fn reader(pipe: Option<impl Read + Send + 'static>, open: Sender<()>) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let _open = open;
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            // A pipe that breaks ends the output.
            let _: io::Result<usize> = pipe.read_to_end(&mut bytes);
        }
        bytes
    })
}

/// A child and all that it starts.
struct Group {
    child: Child,
    id: i32,
}

impl Group {
    fn new(child: Child) -> Self {
        let id = i32::try_from(child.id()).unwrap_or(0);
        RUNNING.lock().unwrap_or_else(PoisonError::into_inner).push(id);
        Self { child, id }
    }

    fn kill(&self) {
        if self.id > 1 {
            let _ = killpg(Pid::from_raw(self.id), Signal::SIGKILL);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.kill();
        // No zombie is left.
        let _ = self.child.wait();
        RUNNING.lock().unwrap_or_else(PoisonError::into_inner).retain(|&id| id != self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::word;

    #[test]
    fn words_of_a_shell() {
        assert_eq!(word("models/a.knot"), "models/a.knot");
        assert_eq!(word("it's.knot"), r"'it'\''s.knot'");
        assert_eq!(word(""), "''");
    }
}
