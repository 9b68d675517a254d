//! TLC, asked about the module of a Machine.
//!
//! In: a Machine and a question. Out: TLC's answer, its counterexample told in steps of the Machine. The module is
//! [`crate::backend::tla`]'s. `find` says where TLC is, `run` starts it, `messages` reads what it says by the numbers
//! of its messages, `replay` finds the Machine's steps between the states that it prints, `graph` searches the states
//! that it has dumped.

mod find;
mod graph;
mod messages;
mod replay;
mod run;

use std::path::PathBuf;

use super::Failure;
use super::workdir::WorkDir;
use crate::backend::tla::{self, Ask, Decoder, Fair, Module, Told};
use crate::engine::Watch;
use crate::engine::question::{Answer, External, Question, Seen};
use crate::machine::Machine;
use crate::machine::step::Limits;
use crate::source::Source;
use messages::{Outcome, Report};
use replay::Replayed;

pub use find::Tools;

/// How TLC is to be run.
#[derive(Clone, Debug)]
pub struct Options {
    /// The jar, where the user has named one.
    pub jar: Option<PathBuf>,
    /// The model's text, for names and comments in the module.
    pub source: Option<Source>,
    /// Where work files are to stay.
    pub keep: Option<PathBuf>,
    pub workers: u32,
    /// The most memory for TLC's heap, in megabytes.
    pub heap: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self { jar: None, source: None, keep: None, workers: 1, heap: 1024 }
    }
}

/// TLC takes the negation of a fairness apart into cases, two for each condition: with more than this it does not come
/// to an end.
const MOST_FAIR: usize = 12;
/// A graph of more states is not dumped.
const MOST_DUMPED: u64 = 100_000;

/// TLC with its Java.
#[derive(Debug)]
pub struct Tlc {
    tools: Tools,
    options: Options,
    /// Questions asked so far: each has a folder of its own.
    asked: u32,
    /// A module of which all states have been seen, and how many these are.
    known: Option<(String, Seen)>,
}

/// One run of TLC on one Machine.
struct Session<'a> {
    tlc: &'a mut Tlc,
    machine: &'a Machine,
    module: Module,
    limits: &'a Limits,
}

impl Tlc {
    /// Finds TLC and Java.
    pub fn new(options: Options) -> Result<Self, Failure> {
        let tools = Tools::find(options.jar.as_deref()).map_err(Failure::Missing)?;
        Ok(Self { tools, options, asked: 0, known: None })
    }

    /// The graph of all states of `machine`: how many states and steps TLC finds.
    pub fn count(
        &mut self,
        machine: &Machine,
        limits: &Limits,
        watch: &dyn Watch,
    ) -> Result<Answer, Failure> {
        let Ok(mut session) = Session::new(self, machine, limits) else { return Ok(too_large()) };
        let (report, _) = session.run(&Ask::All, false, watch)?;
        Ok(session.unless_found(&Ask::All, &report))
    }
}

impl External for Tlc {
    type Failure = Failure;

    fn ask(
        &mut self,
        machine: &Machine,
        limits: &Limits,
        question: &Question,
        watch: &mut dyn Watch,
    ) -> Result<Answer, Failure> {
        let Ok(mut session) = Session::new(self, machine, limits) else { return Ok(too_large()) };
        match question {
            Question::Reach(targets) => session.find(&Ask::Reach(targets.clone()), watch),
            Question::Endless => session.find(&Ask::Endless, watch),
            Question::Leak => session.leak(watch),
            Question::Eventually(index) => session.fair(watch, |fair| Ask::Eventually(*index, fair)),
            Question::LeadsTo(index) => session.fair(watch, |fair| Ask::LeadsTo(*index, fair)),
        }
    }
}

const STANDS_STILL: &str = "a statement that changes nothing, which is no step to TLA+";

fn too_large() -> Answer {
    Answer::Open("its 32-bit integers".to_owned())
}

impl<'a> Session<'a> {
    fn new(tlc: &'a mut Tlc, machine: &'a Machine, limits: &'a Limits) -> Result<Self, tla::TooLarge> {
        let module = tla::emit(machine, tlc.options.source.as_ref())?;
        if Module::has_room(machine, limits) {
            Ok(Self { tlc, machine, module, limits })
        } else {
            Err(tla::TooLarge)
        }
    }

    /// Runs TLC once, in a folder of its own.
    fn run(&mut self, ask: &Ask, dump: bool, watch: &dyn Watch) -> Result<(Report, WorkDir), Failure> {
        self.tlc.asked += 1;
        let name = format!("tlc-{}", self.tlc.asked);
        let folder = WorkDir::new(self.tlc.options.keep.as_deref(), &name)?;
        folder.write(&format!("{}.tla", self.module.name), &self.module.text_for(ask))?;
        folder.write(&format!("{}.cfg", self.module.name), &self.module.config(ask, self.limits, false))?;
        let report = run::run(&self.tlc.tools, &self.tlc.options, &folder, &self.module.name, dump, watch)?;
        if report.outcome == Outcome::Nothing {
            self.tlc.known = Some((self.module.text.clone(), report.seen));
        }
        Ok((report, folder))
    }

    /// Lets TLC look for a bad run.
    fn find(&mut self, ask: &Ask, watch: &dyn Watch) -> Result<Answer, Failure> {
        let (report, _) = self.run(ask, false, watch)?;
        let Outcome::Found = report.outcome else { return Ok(self.unless_found(ask, &report)) };
        let decoder = Decoder::new(self.machine, &self.module);
        let Replayed { path, repeats_from } =
            replay::replay(self.machine, self.limits, &decoder, &report.trace)?;
        Ok(Answer::Yes { path, repeats_from, seen: report.seen })
    }

    /// The answer of a run that has found nothing.
    fn unless_found(&self, ask: &Ask, report: &Report) -> Answer {
        let bound = report.told.iter().find_map(|told| match told {
            Told::Bound(flag) => Some(flag.clone()),
            Told::StandsStill | Told::Goroutines(_) | Told::Comes { .. } => None,
        });
        match (&report.outcome, bound) {
            (Outcome::Open(why), _) => Answer::Open(why.clone()),
            (_, Some(bound)) => Answer::Open(bound),
            _ if *ask == Ask::Endless && report.told.contains(&Told::StandsStill) => {
                Answer::Open(STANDS_STILL.to_owned())
            }
            _ => Answer::No(report.seen),
        }
    }

    /// A question about fair runs: first TLC tells which goroutines there are and where they come to.
    fn fair(&mut self, watch: &dyn Watch, ask: impl Fn(Fair) -> Ask) -> Result<Answer, Failure> {
        let (census, _) = self.run(&Ask::Census, false, watch)?;
        if let Outcome::Open(why) = census.outcome {
            return Ok(Answer::Open(why));
        }
        if census.told.contains(&Told::StandsStill) {
            return Ok(Answer::Open(STANDS_STILL.to_owned()));
        }
        let mut fair = Fair::default();
        for told in &census.told {
            match told {
                Told::Goroutines(count) => fair.slots = (1..=*count).collect(),
                Told::Comes { slot, at } => {
                    let ways = self.module.ways.iter().filter(|ways| ways.at == *at);
                    let operators = ways.flat_map(|ways| &ways.operators);
                    fair.ways.extend(operators.map(|operator| (operator.clone(), *slot)));
                }
                Told::Bound(_) | Told::StandsStill => {}
            }
        }
        let conditions = fair.slots.len() + fair.ways.len();
        if conditions > MOST_FAIR {
            return Ok(Answer::Open(format!(
                "{conditions} strongly fair actions, of which it takes {MOST_FAIR}"
            )));
        }
        self.find(&ask(fair), watch)
    }

    /// A leak beside others that go on is no property of single runs: the graph of all states is searched.
    fn leak(&mut self, watch: &dyn Watch) -> Result<Answer, Failure> {
        // How large it is, before it is written to a file.
        let known = self.tlc.known.as_ref().filter(|known| known.0 == self.module.text);
        let states = match known {
            Some((_, seen)) => seen.states,
            None => {
                let (report, _) = self.run(&Ask::All, false, watch)?;
                if let answer @ Answer::Open(_) = self.unless_found(&Ask::All, &report) {
                    return Ok(answer);
                }
                report.seen.states
            }
        };
        if states > MOST_DUMPED {
            return Ok(Answer::Open(format!("a graph of {states} states, of which it dumps {MOST_DUMPED}")));
        }
        let (report, folder) = self.run(&Ask::All, true, watch)?;
        if let answer @ Answer::Open(_) = self.unless_found(&Ask::All, &report) {
            return Ok(answer);
        }
        let text =
            folder.read(run::DUMP)?.ok_or_else(|| Failure::Files("TLC has dumped nothing".to_owned()))?;
        let decoder = Decoder::new(self.machine, &self.module);
        let path = graph::leak(self.machine, self.limits, &decoder, &text)?;
        let seen: Seen = report.seen;
        Ok(path.map_or(Answer::No(seen), |path| Answer::Yes { path, repeats_from: None, seen }))
    }
}
