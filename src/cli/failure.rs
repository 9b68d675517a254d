//! Why a command could not do its work.

use super::exit::Exit;
use super::input::Unreadable;
use super::output;
use super::session::{Session, diagnostics as diagnostics_text};
use crate::diag::Diagnostic;
use crate::report::Style;
use crate::source::Source;
use crate::tool;

/// A command's work did not get done.
#[derive(Debug)]
pub enum Failure {
    /// The model is at fault, or how it was asked for: diagnostics.
    Model { source: Source, diagnostics: Vec<Diagnostic> },
    /// The command line is at fault.
    Usage(String),
    /// The output cannot be written.
    Output(String),
    /// A tool that is no part of goknot is missing or failed.
    Tool(tool::Failure),
    /// goknot is at fault: a counterexample that does not replay, a Machine that breaks its own rules.
    Internal(String),
}

impl Failure {
    /// Says so on standard error.
    pub fn report(self, session: &Session) -> Exit {
        let exit = match &self {
            Self::Model { .. } | Self::Usage(_) | Self::Output(_) => Exit::Usage,
            Self::Tool(tool::Failure::Interrupted) => Exit::Interrupted,
            Self::Tool(tool::Failure::Internal(_)) | Self::Internal(_) => Exit::Internal,
            Self::Tool(_) => Exit::Tool,
        };
        output::stderr(&self.text(&session.stderr_style()));
        exit
    }

    /// What is said.
    pub fn text(&self, style: &Style) -> String {
        match self {
            Self::Model { source, diagnostics } => diagnostics_text(source, diagnostics, style),
            Self::Usage(text) | Self::Output(text) => format!("goknot: {text}\n"),
            Self::Tool(tool::Failure::Interrupted) => "goknot: interrupted\n".to_owned(),
            Self::Tool(tool::Failure::Internal(text)) | Self::Internal(text) => format!(
                "goknot: internal error: {text}\n\
                 goknot: this is a bug in goknot {}, not in your model; please report it with the model.\n",
                env!("GOKNOT_VERSION")
            ),
            Self::Tool(failure @ tool::Failure::Missing(_)) => {
                format!("goknot: {failure}\n  goknot doctor says what is here\n")
            }
            Self::Tool(failure) => format!("goknot: {failure}\n"),
        }
    }
}

impl From<Unreadable> for Failure {
    fn from(unreadable: Unreadable) -> Self {
        Self::Model { source: unreadable.source, diagnostics: unreadable.diagnostics }
    }
}
