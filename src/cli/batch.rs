//! Models one after the other, and what came of each: the part that `fix` and `verify` share.
//!
//! In: paths, a [`Task`]. Out: the outcomes, printed. On a terminal each is told as soon as it is known: one in full,
//! of several a line each.

use std::fmt::Write as _;
use std::path::PathBuf;

use super::failure::Failure;
use super::interrupt::interrupted;
use super::model::Model;
use super::output::{self, Output};
use super::session::Session;
use super::test::find;
use super::units::{counted, grouped};
use super::watch::Board;
use crate::report::{Ink, Style};

/// Where the results go, and how they look.
#[derive(clap::Args, Debug)]
pub struct PrintArgs {
    /// How to print the results
    #[arg(long, value_enum, default_value_t)]
    format: Format,

    /// Write the results to a file
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
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

/// What is done with a model, and how it is told.
pub trait Task {
    /// What comes of a model.
    type Outcome;

    /// Does it.
    fn outcome(&self, name: &str, model: &Model) -> Result<Self::Outcome, Failure>;

    /// For a model that cannot be read.
    fn broken(&self, name: &str, error: &str) -> Self::Outcome;

    /// Where it says how far it is.
    fn board(&self) -> &Board;

    /// In a line.
    fn line(&self, one: &Self::Outcome, style: &Style) -> String;

    /// Everything, for a terminal.
    fn full(&self, one: &Self::Outcome, style: &Style) -> String;

    /// Behind the lines of several models.
    fn closing(&self, all: &[Self::Outcome]) -> String;

    fn json(&self, all: &[Self::Outcome]) -> Result<String, serde_json::Error>;

    fn markdown(&self, all: &[Self::Outcome]) -> String;
}

/// Does `task` with every model among `paths` and prints what came of it. A single model that cannot be read is a failure.
/// After an interrupt some outcomes are missing.
pub fn run<T: Task>(
    task: &T,
    paths: &[PathBuf],
    print: &PrintArgs,
    session: &Session,
) -> Result<Vec<T::Outcome>, Failure> {
    let output = Output::open(print.output.as_deref()).map_err(Failure::Output)?;
    let paths = find::models(paths).map_err(Failure::Usage)?;
    let single = paths.len() == 1;
    let style = session.style(&output);
    let streams = print.format == Format::Text && output.is_stdout();
    let mut all = Vec::new();
    for path in &paths {
        let name = find::name(path);
        let one = match Model::load(path) {
            Ok(model) => task.outcome(&name, &model)?,
            Err(failure) if single => return Err(failure),
            Err(failure) => task.broken(&name, &failure.text(&Style::default())),
        };
        task.board().erase();
        if streams {
            let text = if single { task.full(&one, &style) } else { task.line(&one, &style) };
            output::stdout(&style.plain(&text)).map_err(Failure::Output)?;
        }
        all.push(one);
        if interrupted() {
            break;
        }
    }
    let rest = match print.format {
        Format::Text if streams && single => String::new(),
        Format::Text if streams => task.closing(&all),
        Format::Text => all.iter().map(|one| task.full(one, &style) + "\n").collect(),
        Format::Json => task.json(&all).map_err(|error| Failure::Internal(error.to_string()))?,
        Format::Markdown => task.markdown(&all),
    };
    output.write(&style.plain(&rest)).map_err(Failure::Output)?;
    if interrupted() {
        session.note(&format!("interrupted after {} of {} models", all.len(), paths.len()));
    }
    Ok(all)
}

/// The head of what is told of the model as it is.
pub fn without_a_fix(out: &mut String, failing: usize, checks: usize, states: u64, style: &Style) {
    let _ = writeln!(out, "\n{}", style.paint(Ink::Strong, "without a fix"));
    let checks = counted(checks, "check", "checks");
    let _ = writeln!(out, "  {failing} of {checks} fail, {} states", grouped(states));
}
