//! What a search may know of the outside world: whether its time is up, whether somebody
//! pressed Ctrl-C, and a line on the terminal that says how far it is.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::interrupt;
use super::output;
use super::session::Session;
use super::units::{bytes, grouped};
use crate::engine::{Progress, StopReason, Watch};

/// Anything quicker needs no progress line.
const PATIENCE: Duration = Duration::from_secs(1);

/// Time between two drawings.
const REFRESH: Duration = Duration::from_millis(100);

/// Back to the first column, erase to the end of the line.
const ERASE: &str = "\r\x1b[K";

/// Watches searches, one after the other, under one deadline.
#[derive(Debug)]
pub struct Watcher {
    started: Instant,
    deadline: Option<Instant>,
    /// May draw at all.
    shows: bool,
    drawn: Option<Instant>,
    /// When the present search began, and what it is about where there are several.
    began: Instant,
    label: String,
    /// Tells which programs run.
    tells: bool,
}

impl Watcher {
    /// Starts the clock.
    pub fn new(session: &Session, timeout: Option<Duration>) -> Self {
        let mut watcher = Self::silent(timeout);
        watcher.shows = session.shows_progress();
        watcher.tells = session.verbose();
        watcher
    }

    /// Starts the clock of a search among others: nothing is drawn.
    pub fn silent(timeout: Option<Duration>) -> Self {
        let started = Instant::now();
        let deadline = timeout.and_then(|timeout| started.checked_add(timeout));
        Self {
            started,
            deadline,
            shows: false,
            drawn: None,
            began: started,
            label: String::new(),
            tells: false,
        }
    }

    /// The next search is that of `label`.
    pub fn next(&mut self, label: String) {
        self.label = label;
        self.began = Instant::now();
    }

    /// The next search is about the same as the last one.
    pub fn again(&mut self) {
        self.began = Instant::now();
    }

    /// Moves the deadline: so much time was somebody else's.
    pub fn grant(&mut self, time: Duration) {
        self.deadline = self.deadline.and_then(|deadline| deadline.checked_add(time));
    }

    /// Time since the clock was started.
    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// Time since the present search began.
    pub fn search_time(&self) -> Duration {
        self.began.elapsed()
    }

    /// Removes the line, before anything else is printed.
    pub fn erase(&mut self) {
        if self.drawn.take().is_some() {
            output::stderr(ERASE);
        }
    }

    fn draw(&mut self, progress: &Progress) {
        let fresh = self.drawn.is_some_and(|drawn| drawn.elapsed() < REFRESH);
        if self.elapsed() >= PATIENCE && !fresh {
            self.drawn = Some(Instant::now());
            output::stderr(&line(&self.label, progress, self.search_time(), self.elapsed()));
        }
    }
}

impl Watch for Watcher {
    fn progress(&mut self, progress: &Progress) {
        if self.shows {
            self.draw(progress);
        }
    }

    fn stop(&self) -> Option<StopReason> {
        if interrupt::interrupted() {
            Some(StopReason::Interrupt)
        } else if self.deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            Some(StopReason::Timeout)
        } else {
            None
        }
    }

    fn runs(&self, command: &str) {
        if self.tells {
            output::stderr(&format!("goknot: runs {command}\n"));
        }
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.erase();
    }
}

/// Says on the terminal how far work in many small searches is. Threads share one.
#[derive(Debug)]
pub struct Board {
    shows: bool,
    started: Instant,
    now: Mutex<Now>,
}

/// What is being done, and when that was last shown.
#[derive(Debug, Default)]
struct Now {
    label: String,
    done: usize,
    of: usize,
    drawn: Option<Instant>,
}

impl Board {
    /// Draws where a person looks at the terminal.
    pub fn new(session: &Session) -> Self {
        Self { shows: session.shows_progress(), started: Instant::now(), now: Mutex::default() }
    }

    /// `of` pieces of work begin.
    pub fn begin(&self, label: &str, of: usize) {
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        *now = Now { label: label.to_owned(), of, drawn: now.drawn, done: 0 };
    }

    /// One of them is done.
    pub fn step(&self) {
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        now.done += 1;
        let fresh = now.drawn.is_some_and(|drawn| drawn.elapsed() < REFRESH);
        if self.shows && !fresh && self.started.elapsed() >= PATIENCE {
            now.drawn = Some(Instant::now());
            output::stderr(&now.line(self.started.elapsed()));
        }
    }

    /// Removes the line, before anything else is printed.
    pub fn erase(&self) {
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        if now.drawn.take().is_some() {
            output::stderr(ERASE);
        }
    }
}

impl Now {
    fn line(&self, elapsed: Duration) -> String {
        format!(
            "{ERASE}{}: {} of {}  {}:{:02}",
            self.label,
            grouped(self.done as u64),
            grouped(self.of as u64),
            elapsed.as_secs() / 60,
            elapsed.as_secs() % 60
        )
    }
}

impl Drop for Board {
    fn drop(&mut self) {
        self.erase();
    }
}

/// `\r` and erase first: the new line may be shorter than the old one.
fn line(label: &str, progress: &Progress, search: Duration, elapsed: Duration) -> String {
    let label = if label.is_empty() { String::new() } else { format!("{label}: ") };
    let rate = (progress.states as f64 / search.as_secs_f64().max(1e-3)) as u64;
    format!(
        "{ERASE}{label}{} states  {}/s  depth {}  {}  {}:{:02}",
        grouped(progress.states),
        grouped(rate),
        grouped(u64::from(progress.depth)),
        bytes(progress.memory),
        elapsed.as_secs() / 60,
        elapsed.as_secs() % 60
    )
}

#[cfg(test)]
mod tests {
    use super::{Duration, Now, Progress, StopReason, Watch, Watcher, line};

    const PROGRESS: Progress =
        Progress { states: 1_204_333, transitions: 0, depth: 41, waiting: 0, memory: 310 << 20 };

    #[test]
    fn the_line_of_many_searches() {
        let now = Now { label: "m: damages".into(), done: 3, of: 1200, drawn: None };
        assert_eq!(now.line(Duration::from_secs(61)), "\r\u{1b}[Km: damages: 3 of 1,200  1:01");
    }

    #[test]
    fn the_line() {
        let text = line("conns=3", &PROGRESS, Duration::from_secs(4), Duration::from_secs(65));
        assert_eq!(text, "\r\x1b[Kconns=3: 1,204,333 states  301,083/s  depth 41  310 MB  1:05");
    }

    #[test]
    fn time_runs_out() {
        assert_eq!(Watcher::silent(None).stop(), None);
        assert_eq!(Watcher::silent(Some(Duration::from_hours(1))).stop(), None);
        assert_eq!(Watcher::silent(Some(Duration::ZERO)).stop(), Some(StopReason::Timeout));
    }
}
