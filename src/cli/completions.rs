//! `goknot completions`: a completion script for a shell.

use clap_complete::Shell;

use super::exit::Exit;
use super::failure::Failure;
use super::output;

/// Print a completion script for a shell
///
/// For example `goknot completions bash > ~/.local/share/bash-completion/completions/goknot`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[arg(value_enum)]
    shell: Shell,
}

/// Prints it.
pub fn run(args: &Args) -> Result<Exit, Failure> {
    // Into memory first: the generator panics when a write fails.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut super::tree(), "goknot", &mut script);
    output::stdout(&String::from_utf8_lossy(&script)).map_err(Failure::Output)?;
    Ok(Exit::Success)
}
