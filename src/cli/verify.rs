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
use super::exit::Exit;
use super::failure::Failure;
use super::interrupt::interrupted;
use super::model::Model;
use super::output::{self, Output};
use super::session::Session;
use super::test::find;
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

    /// How to print the results
    #[arg(long, value_enum, default_value_t)]
    format: Format,

    /// Write the results to a file
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Look only whether the bug is there and the fixes hold
    #[arg(long)]
    quick: bool,

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

/// Verifies and prints.
pub fn run(args: &Args, session: &Session) -> Result<Exit, Failure> {
    let output = Output::open(args.output.as_deref()).map_err(Failure::Output)?;
    let paths = find::models(&args.paths).map_err(Failure::Usage)?;
    let single = paths.len() == 1;
    let style = session.style(&output);
    let plan = Plan::new(&args.limits, args.quick, session);
    let mut all: Vec<Verified> = Vec::new();
    for path in &paths {
        let model = match Model::load(path) {
            Ok(model) => model,
            Err(failure) if single => return Err(failure),
            Err(failure) => {
                all.push(Verified::broken(
                    &find::name(path),
                    &failure.text(&crate::report::Style::default()),
                ));
                continue;
            }
        };
        if let Some(fix) = &args.fix {
            model.has_fix(fix)?;
        }
        let verified = plan.verify(&find::name(path), &model, args.fix.as_deref())?;
        plan.board.erase();
        if args.format == Format::Text && output.is_stdout() {
            let text = if single { text::full(&verified, &style) } else { text::line(&verified, &style) };
            output::stdout(&style.plain(&text)).map_err(Failure::Output)?;
        }
        all.push(verified);
        if interrupted() {
            break;
        }
    }
    let good = all.iter().filter(|verified| verified.good()).count();
    let closing = format!("{good} of {} models verified\n", all.len());
    let rest = match args.format {
        Format::Text if output.is_stdout() => {
            if single {
                String::new()
            } else {
                closing
            }
        }
        Format::Text => all.iter().map(|verified| text::full(verified, &style) + "\n").collect(),
        Format::Json => json::render(&all).map_err(|error| Failure::Internal(error.to_string()))?,
        Format::Markdown => markdown::render(&all),
    };
    output.write(&style.plain(&rest)).map_err(Failure::Output)?;
    Ok(match (interrupted(), good == all.len()) {
        (true, _) => Exit::Interrupted,
        (false, true) => Exit::Success,
        (false, false) if all.iter().any(Verified::bad) => Exit::Failure,
        (false, false) => Exit::Inconclusive,
    })
}
