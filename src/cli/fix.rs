//! `goknot fix`: which small change repairs the model?
//!
//! In: models. Out: for each the changes that hold for every combination of the parameters, what each of them loses, and a
//! `fix` declaration to paste; and how many were tried. The model's own fixes play no part in it.

mod compare;
mod json;
mod markdown;
mod outcome;
mod search;
mod text;

use std::path::PathBuf;
use std::time::Duration;

use super::args::LimitArgs;
use super::exit::Exit;
use super::failure::Failure;
use super::interrupt::interrupted;
use super::model::Model;
use super::output::{self, Output};
use super::session::Session;
use super::test::find;
use super::units;
use outcome::Repaired;
use search::Plan;

/// Look for small changes that repair a model, and prove them
///
/// Tries what an engineer would try first, at the places that the counterexample names: room in
/// a channel, another case for a select, giving a lock back before waiting, closing a channel,
/// cancelling a context, another order. Each change is checked like any model; one that holds for
/// every combination of the parameters is compared with the original, ranked by what it loses
/// and by its size, and printed as a diff and as a `fix` to paste. Fixes that the model has play
/// no part in it.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Models, and folders with models
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,

    /// How to print the results
    #[arg(long, value_enum, default_value_t)]
    format: Format,

    /// Write the results to a file
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Changes to try at once [default: one per core]
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    jobs: Option<u16>,

    /// Changes to try for a model
    #[arg(long, value_name = "N", default_value_t = 400, help_heading = "Limits")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    tries: u32,

    /// Time for a model
    #[arg(long, value_name = "TIME", default_value = "2m", value_parser = units::duration, help_heading = "Limits")]
    max_time: Duration,

    /// Fixes to show in full
    #[arg(long, value_name = "N", default_value_t = 1)]
    show: u16,

    #[command(flatten)]
    limits: LimitArgs,
}

#[derive(clap::ValueEnum, Clone, Copy, PartialEq, Eq, Debug, Default)]
enum Format {
    /// For a terminal.
    #[default]
    Text,
    Json,
    /// For a pull request.
    Markdown,
}

/// Looks for fixes and prints them.
pub fn run(args: &Args, session: &Session) -> Result<Exit, Failure> {
    let output = Output::open(args.output.as_deref()).map_err(Failure::Output)?;
    let paths = find::models(&args.paths).map_err(Failure::Usage)?;
    let single = paths.len() == 1;
    let style = session.style(&output);
    let plan = Plan::new(args, session);
    let show = plan.show;
    let mut all: Vec<Repaired> = Vec::new();
    for path in &paths {
        let repaired = match Model::load(path) {
            Ok(model) => plan.repair(&find::name(path), &model)?,
            Err(failure) if single => return Err(failure),
            Err(failure) => {
                Repaired::broken(&find::name(path), &failure.text(&crate::report::Style::default()))
            }
        };
        plan.board.erase();
        if args.format == Format::Text && output.is_stdout() {
            let text =
                if single { text::full(&repaired, show, &style) } else { text::line(&repaired, &style) };
            output::stdout(&style.plain(&text)).map_err(Failure::Output)?;
        }
        all.push(repaired);
        if interrupted() {
            break;
        }
    }
    let rest = match args.format {
        Format::Text if output.is_stdout() && single => String::new(),
        Format::Text if output.is_stdout() => text::closing(&all),
        Format::Text => all.iter().map(|one| text::full(one, show, &style) + "\n").collect(),
        Format::Json => json::render(&all).map_err(|error| Failure::Internal(error.to_string()))?,
        Format::Markdown => markdown::render(&all, show),
    };
    output.write(&style.plain(&rest)).map_err(Failure::Output)?;
    if interrupted() {
        session.note(&format!("interrupted after {} of {} models", all.len(), paths.len()));
        return Ok(Exit::Interrupted);
    }
    Ok(all.iter().map(Repaired::exit).fold(Exit::Success, Exit::and))
}
