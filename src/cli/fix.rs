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
use super::batch::{self, PrintArgs, Task};
use super::exit::Exit;
use super::failure::Failure;
use super::interrupt::interrupted;
use super::model::Model;
use super::session::Session;
use super::units;
use super::watch::Board;
use crate::report::Style;
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

    #[command(flatten)]
    print: PrintArgs,

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

/// Looks for fixes and prints them.
pub fn run(args: &Args, session: &Session) -> Result<Exit, Failure> {
    let all = batch::run(&Plan::new(args, session), &args.paths, &args.print, session)?;
    if interrupted() {
        return Ok(Exit::Interrupted);
    }
    Ok(all.iter().map(Repaired::exit).fold(Exit::Success, Exit::and))
}

impl Task for Plan {
    type Outcome = Repaired;

    fn outcome(&self, name: &str, model: &Model) -> Result<Repaired, Failure> {
        self.repair(name, model)
    }

    fn broken(&self, name: &str, error: &str) -> Repaired {
        Repaired::broken(name, error)
    }

    fn board(&self) -> &Board {
        &self.board
    }

    fn line(&self, one: &Repaired, style: &Style) -> String {
        text::line(one, style)
    }

    fn full(&self, one: &Repaired, style: &Style) -> String {
        text::full(one, self.show, style)
    }

    fn closing(&self, all: &[Repaired]) -> String {
        text::closing(all)
    }

    fn json(&self, all: &[Repaired]) -> Result<String, serde_json::Error> {
        json::render(all)
    }

    fn markdown(&self, all: &[Repaired]) -> String {
        markdown::render(all, self.show)
    }
}
