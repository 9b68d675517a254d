//! Programs outside goknot: finding them, running them, and the engines behind them.
//!
//! In: a Machine and a question. Out: an answer, or what is missing and where it was looked for. Beside `cli` the only
//! room that touches files, processes and the environment. `find` looks for programs, `process` runs one and makes
//! sure that it dies with us, `workdir` is where it leaves its files.

#![expect(clippy::disallowed_methods, reason = "this room is for files, programs and the environment")]

pub mod find;
pub mod process;
pub mod spin;
pub mod tlc;
pub mod workdir;

use std::fmt;

use find::Missing;

/// Why an external engine has no answer.
#[derive(Debug)]
pub enum Failure {
    /// A program is not there.
    Missing(Missing),
    /// It failed: which one, with what command line, and what it said, with lines of the model where it named lines.
    Failed { program: String, command: String, said: String },
    /// A file or folder of ours cannot be written or read.
    Files(String),
    /// The run was interrupted.
    Interrupted,
    /// goknot contradicts itself: a counterexample that does not replay.
    Internal(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(missing) => write!(f, "{missing}"),
            Self::Failed { program, command, said } => {
                write!(f, "{program} failed: {said}\n  ran: {command}")
            }
            Self::Files(text) | Self::Internal(text) => write!(f, "{text}"),
            Self::Interrupted => write!(f, "interrupted"),
        }
    }
}
