//! What a run comes to, in the same words for the Machine and for Go.

use std::collections::{BTreeMap, BTreeSet};

use goknot::backend::go::observe;
use goknot::commands::CellType;
use goknot::engine::outcomes::Outcomes;
use goknot::machine::state::{End, MainStatus, State};
use goknot::machine::step::scope;
use goknot::machine::{Machine, PointKind, tag};
use goknot::sema::program::Program;
use goknot::source::Source;

/// How a run ends.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Outcome {
    /// Nobody can run any more.
    Rest {
        /// `running`, `returned`, `goexited`.
        main: String,
        vars: BTreeMap<String, String>,
        waiting: Vec<Waiting>,
    },
    Panic(String),
    Fatal(String),
    Assert(String),
    Exit,
}

/// A goroutine that waits.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Waiting {
    /// The declared function, without `.func1`.
    pub function: String,
    /// 0: wherever the function is left. There Go's dump shows a call that was deferred, and the Machine where it was.
    pub line: usize,
    pub reason: String,
}

/// The Machine's outcomes; `None` where a bound was hit.
pub fn of_machine(
    machine: &Machine,
    program: &Program,
    source: &Source,
    outcomes: &Outcomes,
) -> Option<BTreeSet<Outcome>> {
    let leaves: Vec<String> = observe::leaves(program).into_iter().map(|leaf| leaf.path).collect();
    outcomes.terminal.iter().map(|state| of_state(machine, &leaves, source, state)).collect()
}

fn of_state(machine: &Machine, leaves: &[String], source: &Source, state: &State) -> Option<Outcome> {
    Some(match state.end {
        Some(End::Panic { tag, payload, .. }) => Outcome::Panic(panic_text(machine, tag, payload)),
        Some(End::Fatal { text, .. }) => Outcome::Fatal(text.to_owned()),
        Some(End::Assert { text, .. }) => Outcome::Assert(machine.strings[text as usize].clone()),
        Some(End::Exit) => Outcome::Exit,
        Some(End::Bound(_)) => return None,
        None => Outcome::Rest {
            main: match state.main {
                MainStatus::Running => "running",
                MainStatus::Returned => "returned",
                MainStatus::Goexited => "goexited",
            }
            .to_owned(),
            vars: vars(machine, leaves, state),
            waiting: waiting(machine, source, state),
        },
    })
}

fn vars(machine: &Machine, leaves: &[String], state: &State) -> BTreeMap<String, String> {
    let cells = machine.globals.iter().zip(&state.globals);
    cells
        .filter(|(cell, _)| leaves.contains(&cell.name))
        .map(|(cell, &value)| {
            let text = match cell.ty {
                CellType::Bool => (value != 0).to_string(),
                CellType::Int { signed: false, .. } => (value as u64).to_string(),
                CellType::String => format!("{:?}", machine.strings[value as usize]),
                _ => value.to_string(),
            };
            (cell.name.clone(), text)
        })
        .collect()
}

fn waiting(machine: &Machine, source: &Source, state: &State) -> Vec<Waiting> {
    let mut list: Vec<Waiting> = state
        .live_slots()
        .filter_map(|slot| {
            let goroutine = state.goroutine(slot)?;
            if machine.routine(goroutine.routine).environment {
                return None;
            }
            let point = machine.point(goroutine.routine, goroutine.point);
            let reason = match &point.kind {
                PointKind::Operation(operation) => {
                    let scope = scope(machine, state, slot);
                    let nil = operation.acts.iter().all(|act| scope.eval(&act.object) == Ok(0));
                    let nil = operation.nil_reason.filter(|_| nil && !operation.acts.is_empty());
                    nil.or(operation.wait_reason).unwrap_or(operation.name)
                }
                _ => "",
            };
            let frames = &machine.stack(point.stack).frames;
            let own = frames.iter().position(|frame| frame.symbol.starts_with("main."));
            let span = match own {
                Some(0) | None => point.span,
                Some(at) => frames[at].call,
            };
            let function = own.map_or(String::new(), |at| declared(&frames[at].symbol));
            let deferred = source.slice(span).starts_with("defer ")
                || source.text()[..span.start as usize].trim_end().ends_with("defer");
            let line = if deferred { 0 } else { source.line(span) };
            Some(Waiting { function, line, reason: reason.to_owned() })
        })
        .collect();
    list.sort();
    list
}

/// `Server.Close` of `main.(*Server).Close.func1`.
pub fn declared(symbol: &str) -> String {
    let name = symbol.rsplit('/').next().unwrap_or(symbol);
    let name = name.split_once('.').map_or(name, |(_, rest)| rest);
    let plain: String = name.chars().filter(|c| !"(*)".contains(*c)).collect();
    let literal = plain
        .match_indices(".func")
        .find(|(at, _)| plain[at + 5..].starts_with(|c: char| c.is_ascii_digit()));
    let end = literal.map_or(plain.len(), |(at, _)| at);
    plain[..end].trim_end_matches("-fm").to_owned()
}

/// What follows `panic: `; empty where that depends on more than the value's own text.
fn panic_text(machine: &Machine, tag: i64, payload: i64) -> String {
    let string = || machine.strings[payload as usize].clone();
    match tag {
        tag::STRING => string(),
        tag::RUNTIME_ERROR => string().trim_start_matches("runtime error: ").to_owned(),
        _ => String::new(),
    }
}

impl Ord for Waiting {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let key = |it: &Self| (it.line, it.function.clone(), it.reason.clone());
        key(self).cmp(&key(other))
    }
}

impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Outcome {
    /// Whether what Go shows is this outcome of the Machine. Texts of runtime errors have more in Go: `[5] with length 3`.
    pub fn covers(&self, shown: &Self) -> bool {
        match (self, shown) {
            (Self::Panic(text), Self::Panic(shown)) => {
                let shown = shown.trim_start_matches("runtime error: ");
                // The dynamic type, too: `interface {} is int, not string`.
                let typed = text.split_once(" is not ").is_some_and(|(interface, wanted)| {
                    shown.starts_with(interface) && shown.ends_with(&format!("not {wanted}"))
                });
                typed || shown.starts_with(text.as_str())
            }
            (
                Self::Rest { main, vars, waiting },
                Self::Rest { main: shown_main, vars: shown_vars, waiting: shown },
            ) => main == shown_main && vars == shown_vars && same_places(waiting, shown),
            // Two misuses at once: which text is printed depends on how far each has got.
            (Self::Fatal(text), Self::Fatal(shown)) if text.starts_with("sync: ") => {
                shown.starts_with("sync: ")
            }
            _ => self == shown,
        }
    }

    /// Errors that Go's documentation names and its runtime need not notice. While a writer waits for readers, an
    /// `Unlock` takes back what that writer has announced; while a reader waits for a writer, an `RUnlock` takes that
    /// reader for one that has the lock.
    pub fn may_pass_unnoticed(&self) -> bool {
        let texts = ["sync: Unlock of unlocked RWMutex", "sync: RUnlock of unlocked RWMutex"];
        matches!(self, Self::Fatal(text) if texts.contains(&text.as_str()))
    }
}

/// Whether the goroutines wait at the same places, deferred calls anywhere in their function.
fn same_places(waiting: &[Waiting], shown: &[Waiting]) -> bool {
    let mut left = shown.to_vec();
    // Those without a line come first in the order; they take what the others leave.
    waiting.len() == shown.len()
        && waiting.iter().rev().all(|one| {
            let same = |other: &Waiting| {
                one.function == other.function
                    && one.reason == other.reason
                    && (one.line == 0 || one.line == other.line)
            };
            let at = left.iter().position(same);
            at.map(|at| left.remove(at)).is_some()
        })
}

/// What a run of the observed program has printed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Shown {
    Outcome(Outcome),
    /// Still running when its time was up.
    Running,
    /// `sync: WaitGroup misuse`: the runtime happened to notice a race.
    Misuse,
    /// What cannot be read.
    Unclear(String),
}

/// Reads what a run has printed.
pub fn of_run(stdout: &str, stderr: &str, killed: bool) -> Shown {
    if killed {
        return Shown::Unclear(format!("killed\n{stderr}"));
    }
    if let Some((_, report)) = stdout.rsplit_once("goknot: quiet\n") {
        return of_report(report);
    }
    if stdout.contains("goknot: running") {
        return Shown::Running;
    }
    let after = |word: &str| {
        let last = stderr.lines().rev().find_map(|line| line.trim_start().strip_prefix(word));
        last.map(|text| text.split(" [recovered]").next().unwrap_or(text).to_owned())
    };
    if let Some(text) = after("goknot: assertion failed: ") {
        return Shown::Outcome(Outcome::Assert(text));
    }
    if let Some(text) = after("fatal error: ") {
        return Shown::Outcome(Outcome::Fatal(text));
    }
    match after("panic: ") {
        Some(text) if text.starts_with("sync: WaitGroup") && !text.contains("negative") => Shown::Misuse,
        Some(text) => Shown::Outcome(Outcome::Panic(text)),
        None => Shown::Outcome(Outcome::Exit),
    }
}

fn of_report(report: &str) -> Shown {
    let Some((head, stacks)) = report.split_once("stacks\n") else {
        return Shown::Unclear(report.to_owned());
    };
    let mut main = String::new();
    let mut vars = BTreeMap::new();
    for line in head.lines() {
        match line.split_once(' ') {
            Some(("main", status)) => status.clone_into(&mut main),
            Some(("var", rest)) => {
                let (name, value) = rest.split_once(' ').unwrap_or((rest, ""));
                vars.insert(name.to_owned(), value.to_owned());
            }
            _ => return Shown::Unclear(report.to_owned()),
        }
    }
    let others = stacks.split("\n\n").filter(|stack| !stack.trim().is_empty());
    let others = others.filter(|stack| !stack.contains("knotObserve") && !stack.contains("knotEnd("));
    let mut waiting: Vec<Waiting> = others.map(goroutine).collect();
    waiting.sort();
    Shown::Outcome(Outcome::Rest { main, vars, waiting })
}

/// Whether a `//line` directive has named the file.
fn of_model(file: &str) -> bool {
    std::path::Path::new(file).extension().is_some_and(|extension| extension == "knot")
}

/// One goroutine of a dump.
fn goroutine(stack: &str) -> Waiting {
    let state = stack.split_once('[').map_or("", |(_, rest)| rest);
    let state = state.split([']', ',']).next().unwrap_or("");
    let frames = frames(stack);
    let own = frames.iter().find(|(_, file, _)| of_model(file));
    let reason = if state.starts_with("sem") {
        let inner = frames
            .iter()
            .map(|(function, ..)| function.as_str())
            .find(|function| function.starts_with("sync.(") || !function.starts_with("sync."));
        match inner.unwrap_or("") {
            "sync.(*Mutex).lockSlow" | "sync.(*Mutex).Lock" => "sync.Mutex.Lock",
            "sync.(*RWMutex).RLock" => "sync.RWMutex.RLock",
            "sync.(*RWMutex).Lock" => "sync.RWMutex.Lock",
            "sync.(*WaitGroup).Wait" => "sync.WaitGroup.Wait",
            other => other,
        }
    } else {
        state
    };
    Waiting {
        function: own.map_or(String::new(), |(function, ..)| declared(function)),
        line: own.map_or(0, |(.., line)| *line),
        reason: reason.to_owned(),
    }
}

/// Function, file and line of each frame, innermost first.
pub fn frames(stack: &str) -> Vec<(String, String, usize)> {
    let mut list = Vec::new();
    let mut lines = stack.lines().peekable();
    while let Some(line) = lines.next() {
        let Some(place) = lines.peek().and_then(|next| next.trim_start().rsplit_once(':')) else { continue };
        let number = place.1.split(' ').next().unwrap_or("").parse();
        let line = line.trim_start();
        if let (Ok(number), true) = (number, line.ends_with(')') && !line.starts_with("created by")) {
            let function = line.rfind('(').map_or(line, |at| &line[..at]);
            list.push((function.to_owned(), place.0.to_owned(), number));
        }
        if line.starts_with("created by") {
            break;
        }
    }
    list
}

/// The pairs of lines of the model that the race detector names, each sorted.
pub fn races(stderr: &str) -> BTreeSet<(usize, usize)> {
    let mut found = BTreeSet::new();
    for report in stderr.split("WARNING: DATA RACE").skip(1) {
        let report = report.split("==================").next().unwrap_or(report);
        // An unordered close and send are no race in goknot: they show as the panic.
        let on_channel = |access: &str| {
            frames(access).first().is_some_and(|(function, ..)| {
                function == "runtime.closechan" || function.starts_with("runtime.chan")
            })
        };
        if report.split("\n\n").take(2).all(on_channel) {
            continue;
        }
        let line = |access: &str| {
            let first = frames(access).into_iter().find(|(_, file, _)| of_model(file));
            first.map(|(.., line)| line)
        };
        let accesses: Vec<Option<usize>> = report.split("\n\n").take(2).map(line).collect();
        if let [Some(one), Some(two)] = accesses[..] {
            found.insert((one.min(two), one.max(two)));
        }
    }
    found
}
