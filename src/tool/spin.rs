//! SPIN as an engine: `spin -a`, a C compiler, `pan`, and the trail read back.
//!
//! In: a Machine and a question. Out: an answer whose path the Machine has taken itself. Promela wants to know sizes
//! beforehand: a search starts with small ones, and again with larger ones when a run has hit one, until they are as
//! large as the limits allow. A search that was cut anywhere never says no.

mod pan;
mod replay;
mod trail;

use std::path::PathBuf;
use std::process::Command;

use super::Failure;
use super::find::{C_COMPILER, Program, SPIN};
use super::process::{self, Ended};
use super::workdir::WorkDir;
use crate::backend::promela::{self, Embedded, Emitted, Running, Sizes};
use crate::engine::question::{Answer, External, Question, Seen, Targets};
use crate::engine::{StopReason, Watch, external};
use crate::machine::Machine;
use crate::machine::step::{GOROUTINES_FLAG, Limits, OBJECTS_FLAG};
use crate::source::Source;
use pan::{Found, Report};
use replay::{Run, Watcher};

/// How SPIN is run.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Keep the files in this folder.
    pub keep: Option<PathBuf>,
    /// More arguments for `spin -a`.
    pub spin_args: Vec<String>,
    /// More arguments for the C compiler.
    pub cc_args: Vec<String>,
    /// More arguments for `pan`.
    pub pan_args: Vec<String>,
    /// Megabytes that `pan` may use.
    pub memory: Option<u64>,
}

/// SPIN, found on this computer.
#[derive(Debug)]
#[expect(clippy::struct_field_names, reason = "the program is called so too")]
pub struct Spin {
    options: Options,
    spin: Program,
    compiler: Program,
    /// The model, for comments and messages.
    source: Option<Source>,
    /// Every command that was run, as a shell would read it.
    pub ran: Vec<String>,
    questions: usize,
}

/// SPIN is fair to processes only: a run that it finds may be unfair to a case of a `select`, or to who waits for a lock.
const UNFAIR: &str = "a run that is fair to goroutines, but not to all that they could do";
const MODEL: &str = "model.pml";
/// What `pan` may use unless told otherwise.
const MEGABYTES: u64 = 4096;
/// Depths of the search, one after the other.
const DEPTHS: [u64; 4] = [10_000, 200_000, 2_000_000, 20_000_000];
/// `pan` has numbers for no more, its own process among them.
const MOST_PROCESSES: u32 = 250;
const MOST_CHANNELS: u32 = 250;
/// Cells of memory for each object that a pool may have.
const CELLS_PER_OBJECT: u32 = 64;

impl Spin {
    /// Finds SPIN and a C compiler.
    pub fn new(options: Options, source: Option<Source>) -> Result<Self, Failure> {
        let spin = SPIN.find().map_err(Failure::Missing)?;
        let compiler = C_COMPILER.find().map_err(Failure::Missing)?;
        Ok(Self { options, spin, compiler, source, ran: Vec::new(), questions: 0 })
    }

    fn answer(
        &mut self,
        machine: &Machine,
        limits: &Limits,
        question: &Question,
        watch: &dyn Watch,
    ) -> Result<Answer, Failure> {
        self.questions += 1;
        let folder = WorkDir::new(self.options.keep.as_deref(), &format!("spin-{}", self.questions))?;
        let mut sizes = Sizes { processes: limits.goroutines.min(MOST_PROCESSES), ..Sizes::default() };
        let mut depth = 0;
        loop {
            let model =
                match promela::translate(machine, self.source.as_ref(), question, &sizes, Embedded::Yes) {
                    Ok(model) => model,
                    Err(unsupported) => return Ok(Answer::Open(unsupported.to_string())),
                };
            if let Some(reason) = self.build(&folder, &model, question, watch)? {
                return stopped(reason);
            }
            let (ended, report) = loop {
                let ended = self.search(&folder, question, DEPTHS[depth], watch)?;
                if let Some(reason) = ended.stopped {
                    return stopped(reason);
                }
                let report = pan::read(&ended.stdout);
                let deeper = report.found.is_none() && report.too_deep && depth + 1 < DEPTHS.len();
                if !deeper {
                    break (ended, report);
                }
                depth += 1;
            };
            match &report.found {
                Some(Found::Trail) => {
                    return self.replay(&folder, machine, limits, question, &model, report.seen);
                }
                Some(Found::Limit(limit)) => return Ok(Answer::Open((*limit).to_owned())),
                Some(Found::Error(text)) => return Err(self.failed("pan", &ended, text)),
                None => {}
            }
            if let Some(answer) = self.verdict(&report, &ended, &model, &mut sizes, limits)? {
                return Ok(answer);
            }
        }
    }

    /// What a search that found nothing means; `None`: search again with the new sizes.
    fn verdict(
        &self,
        report: &Report,
        ended: &Ended,
        model: &Emitted,
        sizes: &mut Sizes,
        limits: &Limits,
    ) -> Result<Option<Answer>, Failure> {
        let open = |text: &str| Ok(Some(Answer::Open(text.to_owned())));
        if !report.complete {
            if let Some(limit) = report.limit {
                return open(limit);
            }
            return Err(self.failed("pan", ended, "no report"));
        }
        if report.too_deep {
            return open("the depth of SPIN's search");
        }
        if report.truncated {
            return open("a limit of SPIN's search");
        }
        let mut grown = false;
        for &number in &report.bounds {
            let Some(bound) = model.bounds.get(number) else {
                return Err(Failure::Internal(format!("SPIN names bound {number}, which there is not")));
            };
            let (size, most, limit) = match bound {
                Running::Model(what) => return open(what),
                Running::Integers => return open("SPIN's 32-bit integers"),
                Running::Processes if sizes.processes < limits.goroutines => {
                    return open("SPIN's 255 processes");
                }
                Running::Processes => return open(GOROUTINES_FLAG),
                Running::Cells => {
                    (&mut sizes.cells, limits.objects.saturating_mul(CELLS_PER_OBJECT), OBJECTS_FLAG)
                }
                Running::Channels if limits.objects > MOST_CHANNELS => {
                    (&mut sizes.channels, MOST_CHANNELS, "SPIN's 255 channels")
                }
                Running::Channels => (&mut sizes.channels, limits.objects, OBJECTS_FLAG),
                Running::Entries => (&mut sizes.entries, limits.objects, OBJECTS_FLAG),
                Running::Waiting => (&mut sizes.waiting, limits.goroutines, GOROUTINES_FLAG),
            };
            if *size >= most {
                return open(limit);
            }
            *size = size.saturating_mul(2).min(most);
            grown = true;
        }
        Ok((!grown).then_some(Answer::No(report.seen)))
    }

    /// Makes `pan`. Gives the reason why it was stopped, if it was.
    fn build(
        &mut self,
        folder: &WorkDir,
        model: &Emitted,
        question: &Question,
        watch: &dyn Watch,
    ) -> Result<Option<StopReason>, Failure> {
        folder.write(MODEL, &model.text)?;
        let mut spin = self.spin.command();
        spin.current_dir(folder.path()).arg("-a").args(&self.options.spin_args).arg(MODEL);
        let ended = self.run(&mut spin, watch)?;
        if ended.stopped.is_some() {
            return Ok(ended.stopped);
        }
        let said = format!("{}{}", ended.stdout, ended.stderr);
        if !ended.status.success() || said.contains("Error:") || said.contains("syntax error") {
            return Err(process::failed(&spin, &self.with_lines(&said, model)));
        }
        let mut compiler = self.compiler.command();
        compiler.current_dir(folder.path()).args(["-w", "-o", "pan"]);
        if !self.compiler.is("tcc") {
            compiler.args(["-O2", "-fwrapv"]);
        }
        let megabytes = self.options.memory.unwrap_or(MEGABYTES);
        compiler.args(["-DVECTORSZ=65536".to_owned(), format!("-DMEMLIM={megabytes}")]);
        compiler.args(match question {
            Question::Reach(_) => &["-DSAFETY", "-DCOLLAPSE"][..],
            // Whether partial orders may be left aside where cycles are looked for depends on more than is known here.
            Question::Endless | Question::Leak => &["-DNP", "-DNOREDUCE", "-DCOLLAPSE"],
            // Fair to 30 processes; `pan` says when there are more.
            Question::Eventually(_) | Question::LeadsTo(_) => &["-DNOREDUCE", "-DCOLLAPSE", "-DNFAIR=4"],
        });
        compiler.args(&self.options.cc_args).arg("pan.c");
        let ended = self.run(&mut compiler, watch)?;
        if ended.stopped.is_none() && !ended.status.success() {
            let said = format!("{}{}", ended.stdout, ended.stderr);
            return Err(process::failed(&compiler, &self.with_lines(&said, model)));
        }
        Ok(ended.stopped)
    }

    fn search(
        &mut self,
        folder: &WorkDir,
        question: &Question,
        depth: u64,
        watch: &dyn Watch,
    ) -> Result<Ended, Failure> {
        let mut pan = self.pan(folder);
        // A small table of states to begin with, which grows: to clear a large one takes longer than most searches.
        pan.args(["-n".to_owned(), "-w18".to_owned(), format!("-m{depth}")]);
        match question {
            Question::Reach(Targets { deadlocks: false, leaks: false, .. }) => pan.arg("-E"),
            Question::Reach(_) => &mut pan,
            Question::Endless | Question::Leak => pan.args(["-l", "-E"]),
            Question::Eventually(_) | Question::LeadsTo(_) => pan.args(["-a", "-f", "-E"]),
        };
        pan.args(&self.options.pan_args);
        self.run(&mut pan, watch)
    }

    fn replay(
        &self,
        folder: &WorkDir,
        machine: &Machine,
        limits: &Limits,
        question: &Question,
        model: &Emitted,
        seen: Seen,
    ) -> Result<Answer, Failure> {
        let read = |name: &str| {
            folder
                .read(name)?
                .ok_or_else(|| Failure::Internal(format!("pan found something and left no {name}")))
        };
        let trail = trail::read(&read(&format!("{MODEL}.trail"))?, &read("pan.t")?, &read("pan.c")?)
            .ok_or_else(|| Failure::Internal("a trail of SPIN that is none".to_owned()))?;
        let watcher = if matches!(question, Question::Reach(_)) { Watcher::Process } else { Watcher::Claim };
        let Run { path, repeats_from } =
            replay::run(machine, limits, model, &trail, watcher).map_err(Failure::Internal)?;
        if matches!(question, Question::Eventually(_) | Question::LeadsTo(_)) {
            let breaks = external::breaks(machine, limits, &path, repeats_from, question);
            if !breaks.map_err(|error| Failure::Internal(error.to_string()))? {
                return Ok(Answer::Open(UNFAIR.to_owned()));
            }
        }
        Ok(Answer::Yes { path, repeats_from, seen })
    }

    fn pan(&self, folder: &WorkDir) -> Command {
        let mut pan = Command::new(folder.path().join("pan"));
        pan.current_dir(folder.path());
        pan
    }

    fn run(&mut self, command: &mut Command, watch: &dyn Watch) -> Result<Ended, Failure> {
        self.ran.push(process::shown(command));
        process::run(command, watch)
    }

    fn failed(&self, program: &str, ended: &Ended, text: &str) -> Failure {
        let command = self.ran.last().cloned().unwrap_or_default();
        let said = format!("{text} ({})\n{}{}", ended.how(), ended.stdout.trim(), ended.stderr.trim());
        Failure::Failed { program: program.to_owned(), command, said }
    }

    /// A message, with the lines of Promela that it names and the lines of the model that they are for.
    fn with_lines(&self, said: &str, model: &Emitted) -> String {
        let lines: Vec<&str> = model.text.lines().collect();
        let mut out = String::new();
        for message in said.lines() {
            out.push_str(message);
            out.push('\n');
            let named = message.split(&format!("{MODEL}:")).nth(1).unwrap_or("");
            let digits: String = named.chars().take_while(char::is_ascii_digit).collect();
            let Some(number) = digits.parse::<usize>().ok().filter(|&it| it >= 1 && it <= lines.len()) else {
                continue;
            };
            out.push_str(&format!("  {MODEL}:{number}: {}\n", lines[number - 1].trim()));
            let label = lines[..number].iter().rev().find(|line| line.contains(":\t/* "));
            if let (Some(label), Some(source)) = (label, &self.source) {
                let comment = label.split("/* ").nth(1).unwrap_or("").trim_end_matches(" */");
                out.push_str(&format!("  {}:{comment}\n", source.name()));
            }
        }
        out
    }
}

fn stopped(reason: StopReason) -> Result<Answer, Failure> {
    match reason {
        StopReason::Interrupt => Err(Failure::Interrupted),
        StopReason::States | StopReason::Memory | StopReason::Timeout | StopReason::First => {
            Ok(Answer::Open(reason.flag().unwrap_or("a limit").to_owned()))
        }
    }
}

impl External for Spin {
    type Failure = Failure;

    fn ask(
        &mut self,
        machine: &Machine,
        limits: &Limits,
        question: &Question,
        watch: &mut dyn Watch,
    ) -> Result<Answer, Failure> {
        match question {
            Question::Reach(_) | Question::Endless | Question::Eventually(_) | Question::LeadsTo(_) => {
                self.answer(machine, limits, question, watch)
            }
            Question::Leak => {
                Ok(Answer::Open("what SPIN cannot say: that nobody ever moves again".to_owned()))
            }
        }
    }
}
