//! `goknot errors`: what a diagnostic means, at length.

use super::exit::Exit;
use super::failure::Failure;
use super::output;
use crate::diag::{Code, codes};

/// Explain a diagnostic, or list all of them
#[derive(clap::Args, Debug)]
pub struct Args {
    /// For example GK0012, or 12
    #[arg(value_name = "CODE")]
    code: Option<String>,
}

/// Prints the page, or the list.
pub fn run(args: &Args) -> Result<Exit, Failure> {
    let text = match &args.code {
        Some(code) => page(code)?.to_owned(),
        None => list(),
    };
    output::stdout(&text).map_err(Failure::Output)?;
    Ok(Exit::Success)
}

fn page(wanted: &str) -> Result<&'static str, Failure> {
    let code: Code = wanted.parse().map_err(Failure::Usage)?;
    let none = || Failure::Usage(format!("there is no diagnostic {code}; `goknot errors` lists them"));
    codes::page(code).ok_or_else(none)
}

/// A line for each code.
fn list() -> String {
    let lines: Vec<String> =
        codes::registry().map(|entry| format!("{}: {}\n", entry.code, entry.title)).collect();
    lines.concat()
}
