//! `goknot check`: explore a model and show what was found.

use std::path::PathBuf;

use super::args::{LimitArgs, ModelArgs, one_of};
use super::engines::EngineArgs;
use super::exit::Exit;
use super::failure::Failure;
use super::interrupt::interrupted;
use super::lockstep;
use super::model::Model;
use super::output::{self, Output};
use super::search::{self, Searched, as_expected};
use super::session::Session;
use super::stats;
use super::sweep::{self, Values};
use super::watch::Watcher;
use crate::expect::agreement;
use crate::report::{self, Report, Run, Subject, Verdict};
use crate::tool::process::word;

/// Explore every interleaving of a model and show what goes wrong
///
/// Looks for deadlocks, leaked goroutines, panics, data races, failed assertions and broken
/// properties. Shows the one that the model's `expect` names, else the worst, by the shortest
/// run that leads to it, with the reason why nobody wakes the goroutines that are stuck.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(flatten)]
    model: ModelArgs,

    /// Check the model and each of its fixes, each against its `expect`
    #[arg(long, conflicts_with = "fix")]
    all: bool,

    /// Check every combination of the params' values; those given with -p stay as they are
    #[arg(long)]
    sweep: bool,

    /// Stop at the first finding; its run need not be the shortest
    #[arg(long, conflicts_with_all = ["all_bugs", "all"])]
    first: bool,

    /// Show every finding in full: one for each kind and set of stuck goroutines
    #[arg(long)]
    all_bugs: bool,

    /// Only count: every statement a step, no reduction, no finding. SPIN counts the same on
    /// `emit promela --lockstep`
    #[arg(long, conflicts_with_all = ["all", "sweep", "first", "all_bugs", "no_reduction", "no_fusion", "no_releases", "no_symmetry", "stubborn", "no_stubborn", "stats"])]
    lockstep: bool,

    /// Say on standard error what the search has cost, and which reductions it used
    #[arg(long)]
    stats: bool,

    /// How to print the result
    #[arg(long, value_name = "FORMAT", default_value = "terminal", value_parser = one_of(report::FORMATS.iter().map(|it| (it.name, it.about.to_owned()))))]
    format: String,

    /// Write the result to a file
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    #[command(flatten)]
    engine: EngineArgs,

    #[command(flatten)]
    limits: LimitArgs,
}

/// Checks and prints.
pub fn run(args: &Args, session: &Session) -> Result<Exit, Failure> {
    let output = Output::open(args.output.as_deref()).map_err(Failure::Output)?;
    let Some(format) = report::format(&args.format) else {
        return Err(Failure::Internal(format!("no format {}", args.format)));
    };
    let style = session.style(&output);
    if args.lockstep {
        let counted = lockstep::count(&args.model, &args.limits, session)?;
        output.write(&(format.render)(&Report::Counted(&counted), &style)).map_err(Failure::Output)?;
        return Ok(lockstep::exit(&counted));
    }
    let checks = match checks(args, session) {
        // Who reads JSON finds the reason there too.
        Err(Failure::Model { source, diagnostics }) if format.name == "json" => {
            let text = (format.render)(&Report::Rejected(&source, &diagnostics), &style);
            output.write(&text).map_err(Failure::Output)?;
            return Ok(Exit::Usage);
        }
        checks => checks?,
    };
    let exit = checks.exit(args);
    let report = match checks.runs.as_slice() {
        [run] if args.all_bugs => Report::Findings(run),
        [run] if !args.all && !args.sweep && !args.engine.compares() => Report::One(run),
        runs => Report::Many(runs),
    };
    output.write(&(format.render)(&report, &style)).map_err(Failure::Output)?;
    for text in &checks.contradictions {
        output::stderr(&format!("goknot: the engines disagree: {text}\n"));
    }
    Ok(exit)
}

/// All checks that were asked for, as far as they got.
#[derive(Debug, Default)]
struct Checks {
    runs: Vec<Run>,
    /// What engines say that cannot all be true, and how to see it again.
    contradictions: Vec<String>,
    interrupted: bool,
}

impl Checks {
    fn exit(&self, args: &Args) -> Exit {
        let verdict = |run: &Run| match run.verdict {
            Verdict::Holds => Exit::Success,
            Verdict::Bug => Exit::Failure,
            Verdict::Inconclusive => Exit::Inconclusive,
        };
        if self.interrupted {
            Exit::Interrupted
        } else if !self.contradictions.is_empty() {
            Exit::Disagree
        } else if args.all {
            let good = self.runs.iter().all(|run| run.as_expected == Some(true));
            if good { Exit::Success } else { Exit::Failure }
        } else {
            self.runs.iter().map(verdict).fold(Exit::Success, Exit::and)
        }
    }
}

fn checks(args: &Args, session: &Session) -> Result<Checks, Failure> {
    let model = Model::load(&args.model.file)?;
    if let Some(fix) = &args.model.fix {
        model.has_fix(fix)?;
    }
    let given = &args.model.params;
    let defaults = model.values(&[])?;
    let combinations = if args.sweep { model.sweep(given)? } else { vec![model.values(given)?] };
    let fixes: Vec<Option<&str>> = if args.all {
        std::iter::once(None).chain(model.fixes().iter().map(|fix| Some(fix.as_str()))).collect()
    } else {
        vec![args.model.fix.as_deref()]
    };
    let options = search::options(&args.limits, args.first);
    let engines = args.engine.engines(session);
    let mut watcher = Watcher::new(session, args.limits.timeout);
    let mut checks = Checks::default();
    for &fix in &fixes {
        for (at, values) in combinations.iter().enumerate() {
            let compiled = model.compile(values, fix, args.limits.unwind)?;
            if at == 0 {
                session.warn(&model.source, &compiled.warnings);
            }
            watcher.next(if fixes.len() * combinations.len() > 1 {
                label(fix, values)
            } else {
                String::new()
            });
            let mut statements = Vec::new();
            for &engine in &engines {
                watcher.again();
                let outcome =
                    args.engine.check(engine, &compiled.machine, &model.source, &options, &mut watcher)?;
                let searched = search::judged(&model.source, &compiled, outcome, &options)?;
                if args.stats {
                    for line in stats::lines(&searched.outcome.stats, options.reductions, &compiled.machine) {
                        session.note(&format!("{}: {line}", engine.name()));
                    }
                }
                let subject = Subject {
                    machine: &compiled.machine,
                    source: &model.source,
                    fix,
                    engine: engine.name(),
                    limits: &options.limits,
                    seconds: watcher.search_time().as_secs_f64(),
                };
                let mut run = assemble(&subject, &searched)?;
                if args.all {
                    run.as_expected = Some(as_expected(&compiled, &searched, *values == defaults));
                }
                checks.runs.push(run);
                statements.push(search::statement(engine, &searched));
            }
            checks.contradictions.extend(
                agreement::contradictions(&statements)
                    .into_iter()
                    .map(|text| format!("{text}\n  again: {}", command(args, fix, values))),
            );
            if interrupted() {
                checks.interrupted = true;
                return Ok(checks);
            }
        }
    }
    Ok(checks)
}

/// The command line that shows a contradiction again, with what the engines work on kept.
fn command(args: &Args, fix: Option<&str>, values: &Values) -> String {
    let mut words = vec!["goknot check --engine all --keep engines".to_owned()];
    words.extend(fix.map(|fix| format!("--fix {fix}")));
    words.extend(values.iter().map(|(name, value)| format!("-p {name}={value}")));
    words.push(word(&args.model.file.display().to_string()));
    words.join(" ")
}

fn assemble(subject: &Subject<'_>, searched: &Searched) -> Result<Run, Failure> {
    let mut run =
        report::assemble(subject, &searched.outcome).map_err(|error| Failure::Internal(error.to_string()))?;
    run.violation = searched.judgement.violation.unwrap_or_default();
    Ok(run)
}

/// What the progress line calls a check among several.
fn label(fix: Option<&str>, values: &Values) -> String {
    let words = sweep::words(values);
    match (fix, words.is_empty()) {
        (None, _) => words,
        (Some(fix), true) => fix.to_owned(),
        (Some(fix), false) => format!("{fix} {words}"),
    }
}
