//! `goknot verify`: is the bug there, does each fix hold, and what is it worth?
//!
//! In: models. Out: for each a verdict in a line, then what a reviewer asks: for which parameters the bug shows, whether
//! every part of a fix is needed, what the program can no longer do, whether there is a new bug, and whether the checks
//! would notice damages.

mod fix;
mod json;
mod markdown;
mod outcome;
mod sweep;
mod text;

use std::path::PathBuf;

use super::args::LimitArgs;
use super::batch::{self, PrintArgs, Task};
use super::exit::Exit;
use super::failure::Failure;
use super::interrupt::interrupted;
use super::model::Model;
use super::session::Session;
use super::watch::Board;
use crate::report::Style;
use outcome::Verified;
use sweep::Plan;

/// Prove that the fixes of a model hold, and say what each of them is worth
///
/// The bug must be there without a fix. Each fix must do what its `expect` says for every
/// combination of the parameters; without an `expect` nothing may be found. Then each changed
/// statement is taken back alone, what the program can still do is compared, and small damages
/// show whether the checks would notice.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Models, and folders with models
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,

    /// Only the fix of this name
    #[arg(long, value_name = "NAME")]
    fix: Option<String>,

    #[command(flatten)]
    print: PrintArgs,

    /// Look only whether the bug is there and the fixes hold
    #[arg(long)]
    quick: bool,

    #[command(flatten)]
    limits: LimitArgs,
}

/// Verifies and prints.
pub fn run(args: &Args, session: &Session) -> Result<Exit, Failure> {
    let plan = Plan::new(&args.limits, args.quick, args.fix.clone(), session);
    let all = batch::run(&plan, &args.paths, &args.print, session)?;
    Ok(match (interrupted(), all.iter().all(Verified::good)) {
        (true, _) => Exit::Interrupted,
        (false, true) => Exit::Success,
        (false, false) if all.iter().any(Verified::bad) => Exit::Failure,
        (false, false) => Exit::Inconclusive,
    })
}

impl Task for Plan {
    type Outcome = Verified;

    fn outcome(&self, name: &str, model: &Model) -> Result<Verified, Failure> {
        if let Some(fix) = &self.only {
            model.has_fix(fix)?;
        }
        self.verify(name, model)
    }

    fn broken(&self, name: &str, error: &str) -> Verified {
        Verified::broken(name, error)
    }

    fn board(&self) -> &Board {
        &self.board
    }

    fn line(&self, one: &Verified, style: &Style) -> String {
        text::line(one, style)
    }

    fn full(&self, one: &Verified, style: &Style) -> String {
        text::full(one, style)
    }

    fn closing(&self, all: &[Verified]) -> String {
        outcome::summary(all) + "\n"
    }

    fn json(&self, all: &[Verified]) -> Result<String, serde_json::Error> {
        json::render(all)
    }

    fn markdown(&self, all: &[Verified]) -> String {
        markdown::render(all)
    }
}
