//! `goknot test`: every model and every fix, over all their parameters, against `expect`.
//!
//! Models are tested in parallel, each by one thread; results come in the order of the
//! paths, as soon as all before them are known.

pub mod find;
mod json;
mod junit;
mod markdown;
mod outcome;
mod pattern;
pub mod run;
mod text;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::args::LimitArgs;
use super::engines::EngineArgs;
use super::exit::Exit;
use super::failure::Failure;
use super::interrupt::interrupted;
use super::output::{self, Output};
use super::session::Session;
use super::workers;
use outcome::{Model, Opinion, Totals};
use pattern::Pattern;
use run::Plan;

/// Check models and their fixes against their `expect`, as `go test` does
///
/// Takes files and folders; in folders every `.knot` file, but for those in `testdata` and in
/// folders that start with `.` or `_`. Each model and each fix is checked for every combination
/// of its parameters. With the default values exactly what `expect` names must be found;
/// with other values also nothing, but never another bug. With --engine, SPIN or TLC check
/// all this as well, and must not contradict the built-in checker.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Models, and folders with models
    #[arg(value_name = "PATH", default_value = ".")]
    paths: Vec<PathBuf>,

    /// Only models and fixes whose name (models/x, models/x/fix) has this in it; * ? ^ $ | work
    #[arg(long, value_name = "PATTERN", allow_hyphen_values = true)]
    run: Option<String>,

    /// How to print the results
    #[arg(long, value_enum, default_value_t)]
    format: Format,

    /// Write the results to a file
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Models to test at once [default: one per core]
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    jobs: Option<u16>,

    #[command(flatten)]
    engine: EngineArgs,

    #[command(flatten)]
    limits: LimitArgs,
}

#[derive(clap::ValueEnum, Clone, Copy, PartialEq, Eq, Debug, Default)]
enum Format {
    /// As `go test` prints it.
    #[default]
    Text,
    Json,
    /// XML that every CI system reads.
    Junit,
    /// A table for a pull request.
    Markdown,
}

/// Time for one model where `--timeout` is not given: that of `go test`.
const TIMEOUT: Duration = Duration::from_mins(10);

/// Tests the models and prints what came out.
pub fn run(args: &Args, session: &Session) -> Result<Exit, Failure> {
    let output = Output::open(args.output.as_deref()).map_err(Failure::Output)?;
    let start = Instant::now();
    let paths = find::models(&args.paths).map_err(Failure::Usage)?;
    let streams = args.format == Format::Text && output.is_stdout();
    let mut written = Ok(());
    let mut print = |model: &Model| {
        if streams && written.is_ok() && !(session.quiet && model.passes()) {
            written = output::stdout(&text::model(model, session.verbose));
        }
    };
    let models = test_all(&paths, args, session, &mut print)?;
    written.map_err(Failure::Output)?;
    let time = start.elapsed();
    let totals = Totals::of(&models);
    let opinions = Opinion::of(&models);
    let closing = text::closing(totals, &opinions, time);
    let all = match args.format {
        Format::Text if streams => closing.clone(),
        Format::Text => {
            models.iter().map(|model| text::model(model, session.verbose)).collect::<String>() + &closing
        }
        Format::Json => json::render(&models, time).map_err(|error| Failure::Internal(error.to_string()))?,
        Format::Junit => junit::render(&models, time),
        Format::Markdown => markdown::render(&models, &opinions, time),
    };
    output.write(&all).map_err(Failure::Output)?;
    if interrupted() {
        session.note(&format!("interrupted after {} of {} models", models.len(), paths.len()));
        return Ok(Exit::Interrupted);
    }
    if models.is_empty() {
        session.note("no model or fix has such a name");
    }
    Ok(if totals.failed == 0 { Exit::Success } else { Exit::Failure })
}

/// Tests all models and calls `print` for each in order. Without those that `-run` leaves out.
fn test_all(
    paths: &[PathBuf],
    args: &Args,
    session: &Session,
    print: &mut dyn FnMut(&Model),
) -> Result<Vec<Model>, Failure> {
    let others = args.engine.others(session)?;
    let workers = args.jobs.map_or_else(workers::cores, usize::from).min(paths.len()).max(1);
    let plan = Plan::new(args.run.as_deref().map(Pattern::new), &args.limits, TIMEOUT, workers)
        .beside(&args.engine, others);
    let mut done = Vec::new();
    let take = |model: Option<Model>| {
        if let Some(model) = model {
            print(&model);
            done.push(model);
        }
    };
    workers::in_order(paths, workers, |path| Ok(plan.test(path)), take)?;
    Ok(done)
}
