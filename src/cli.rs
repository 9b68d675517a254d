//! The command line: files, clocks, signals and the terminal. The only room that touches them.
//!
//! In: the arguments. Out: text on standard output or in a file, all else on standard
//! error, and an [`Exit`]. One file a command; a new one is a file, a variant of
//! [`Command`] and an arm of [`Command::run`].

#![expect(clippy::disallowed_methods, reason = "the one room that touches the world")]

pub mod exit;

mod args;
mod batch;
mod check;
mod colour;
mod completions;
mod doctor;
mod emit;
mod engines;
mod errors;
mod failure;
mod fix;
mod guard;
mod input;
mod interrupt;
mod locale;
mod lockstep;
mod man;
mod memory;
mod model;
mod new;
mod output;
mod problem;
mod report;
mod search;
mod session;
mod stats;
mod sweep;
mod test;
mod units;
mod verify;
mod watch;
mod workers;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use exit::Exit;
use failure::Failure;
use session::Session;

/// The whole program.
pub fn main() -> ExitCode {
    guard::explain_panics();
    guard::protect(|| run(std::env::args_os().collect())).into()
}

/// Runs the command that `args` (the program's name first) ask for.
pub fn run(args: Vec<OsString>) -> Exit {
    let cli = match Cli::try_parse_from(args::go_style(args)) {
        Ok(cli) => cli,
        // Also `--help` and `--version`: clap knows which stream and that they are no error.
        Err(error) => return usage(&error),
    };
    interrupt::listen();
    let session = Session::new(cli.color, cli.quiet, cli.verbose);
    match cli.command.run(&session) {
        Ok(exit) => exit,
        Err(failure) => failure.report(&session),
    }
}

/// The command tree, for completions and the man page.
pub fn tree() -> clap::Command {
    Cli::command()
}

fn usage(error: &clap::Error) -> Exit {
    // A closed pipe is no failure; for anything else there is no better place to complain to.
    let _ = error.print();
    if error.use_stderr() { Exit::Usage } else { Exit::Success }
}

/// Finds the knot in a Go program's goroutines and proves that a fix unties it.
///
/// Models are written in a small Go-flavoured language. goknot explores every
/// interleaving of their goroutines and shows the shortest one that deadlocks,
/// leaks a goroutine, panics, races or breaks a property.
#[derive(Parser, Debug)]
#[command(name = "goknot", version = env!("GOKNOT_VERSION"), after_long_help = exit::HELP)]
#[command(max_term_width = 100, infer_long_args = false, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,

    /// When to use colours; auto looks at the terminal, `NO_COLOR` and `CLICOLOR_FORCE`
    #[arg(
        long,
        value_name = "WHEN",
        value_enum,
        default_value_t,
        global = true,
        help_heading = "Global options"
    )]
    color: colour::When,

    /// Print nothing but results and errors
    #[arg(short, long, global = true, help_heading = "Global options", conflicts_with = "verbose")]
    quiet: bool,

    /// Print more
    #[arg(short, long, global = true, help_heading = "Global options")]
    verbose: bool,
}

/// What `goknot` can do.
#[derive(clap::Subcommand, Debug)]
enum Command {
    New(new::Args),
    Check(check::Args),
    Test(test::Args),
    Verify(verify::Args),
    Fix(fix::Args),
    Report(report::Args),
    Emit(emit::Args),
    Doctor(doctor::Args),
    Errors(errors::Args),
    Completions(completions::Args),
    Man(man::Args),
}

impl Command {
    fn run(&self, session: &Session) -> Result<Exit, Failure> {
        match self {
            Self::New(args) => new::run(args, session),
            Self::Check(args) => check::run(args, session),
            Self::Test(args) => test::run(args, session),
            Self::Verify(args) => verify::run(args, session),
            Self::Fix(args) => fix::run(args, session),
            Self::Report(args) => report::run(args, session),
            Self::Emit(args) => emit::run(args, session),
            Self::Doctor(args) => doctor::run(args, session),
            Self::Errors(args) => errors::run(args),
            Self::Completions(args) => completions::run(args),
            Self::Man(args) => man::run(args),
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_command_tree_is_sound() {
        super::tree().debug_assert();
    }
}
