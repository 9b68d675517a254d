//! `goknot doctor`: which tools are here that goknot can use, and how to get the others.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use super::exit::Exit;
use super::failure::Failure;
use super::output::Output;
use super::session::Session;
use super::watch::Watcher;
use crate::report::Ink;
use crate::tool::find::{self, Missing, Program, Wanted};
use crate::tool::{process, tlc};

/// Say which engines and tools are here, and how to install those that are not
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Where TLC is: tla2tools.jar
    #[arg(long, value_name = "FILE")]
    tla_jar: Option<PathBuf>,
}

/// Go runs what `emit go` prints.
const GO: Wanted = Wanted {
    what: "go",
    variables: &["GOKNOT_GO"],
    names: &["go"],
    install: "apt install golang-go, or https://go.dev/dl",
};

/// A tool, what it is for, and how it tells its version.
const TOOLS: &[(&Wanted, &str, &[&str])] = &[
    (&find::SPIN, "check --engine spin", &["-V"]),
    (&find::C_COMPILER, "compiles what SPIN makes", &["-v"]),
    (&find::JAVA, "runs TLC", &["-version"]),
    (&GO, "runs what emit go prints", &["version"]),
];

/// A program that takes longer to say its version is not asked further.
const PATIENCE: Duration = Duration::from_secs(20);

struct Row {
    what: String,
    purpose: &'static str,
    found: Result<String, Missing>,
}

/// Looks for everything. What is missing is no failure: the built-in checker needs none of it.
pub fn run(args: &Args, session: &Session) -> Result<Exit, Failure> {
    let output = Output::open(None).map_err(Failure::Output)?;
    let style = session.style(&output);
    let mut rows = vec![Row {
        what: "built-in checker".to_owned(),
        purpose: "check",
        found: Ok(format!("goknot {}", env!("GOKNOT_VERSION"))),
    }];
    rows.extend(TOOLS.iter().map(|&(wanted, purpose, version)| Row {
        what: wanted.what.to_owned(),
        purpose,
        found: wanted.find().map(|program| described(&program, version)),
    }));
    rows.push(Row {
        what: "TLC".to_owned(),
        purpose: "check --engine tlc",
        found: tlc::Tools::find(args.tla_jar.as_deref()).map(|tools| where_tlc_is(&tools)),
    });
    let width = rows.iter().map(|row| row.what.chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    for row in &rows {
        let what = format!("{:<width$}", row.what);
        match &row.found {
            Ok(found) => {
                text.push_str(&format!("{}  {what}  {found}\n", style.paint(Ink::Good, "here   ")));
            }
            Err(missing) => {
                let indent = " ".repeat(width + 11);
                text.push_str(&format!(
                    "{}  {what}  {}\n{indent}looked for {}\n{indent}install: {}\n",
                    style.paint(Ink::Warn, "missing"),
                    row.purpose,
                    missing.tried.join(", "),
                    missing.install,
                ));
            }
        }
    }
    output.write(&style.plain(&text)).map_err(Failure::Output)?;
    Ok(Exit::Success)
}

fn where_tlc_is(tools: &tlc::Tools) -> String {
    match tools {
        tlc::Tools::Jar { jar, .. } => {
            let mut command = tools.tlc(&[]);
            command.arg("-h");
            let version = said(&mut command, |line| line.contains("Version"));
            with(jar.display().to_string(), version)
        }
        tlc::Tools::Program(program) => described(program, &["-h"]),
    }
}

/// Where it is, what named it, and the first line in which it speaks of its version.
fn described(program: &Program, version: &[&str]) -> String {
    let mut text = program.path.display().to_string();
    if let Some(variable) = program.variable {
        text.push_str(&format!(" (from {variable})"));
    }
    let mut command = program.command();
    command.args(version);
    with(text, said(&mut command, |line| line.to_lowercase().contains("version")))
}

fn with(text: String, version: Option<String>) -> String {
    match version {
        Some(version) => format!("{text}: {version}"),
        None => text,
    }
}

/// The first line that is `telling`, else the first with a digit, of what a program prints.
fn said(command: &mut Command, telling: impl Fn(&str) -> bool) -> Option<String> {
    let ended = process::run(command, &Watcher::silent(Some(PATIENCE))).ok()?;
    let lines = || ended.stdout.lines().chain(ended.stderr.lines()).map(str::trim);
    let line = lines().find(|line| telling(line));
    line.or_else(|| lines().find(|line| line.chars().any(|c| c.is_ascii_digit()))).map(str::to_owned)
}
