//! What every command needs to know about how it was called.

use std::io::{self, IsTerminal};

use super::colour::{self, When};
use super::output::{self, Output};
use crate::diag::{Diagnostic, Severity};
use crate::source::Source;

/// Colour, loudness and width, decided once.
#[derive(Debug)]
pub struct Session {
    when: When,
    /// `-q`: nothing but results and errors.
    pub quiet: bool,
    /// `-v`: more.
    pub verbose: bool,
}

impl Session {
    /// From the global options.
    pub fn new(when: When, quiet: bool, verbose: bool) -> Self {
        Self { when, quiet, verbose }
    }

    /// Whether what goes to `output` is coloured.
    pub fn colours(&self, output: &Output) -> bool {
        colour::enabled(self.when, output.is_terminal())
    }

    /// Whether what goes to standard error is coloured.
    pub fn colours_stderr(&self) -> bool {
        colour::enabled(self.when, io::stderr().is_terminal())
    }

    /// Whether a line that erases itself may be drawn on standard error.
    pub fn shows_progress(&self) -> bool {
        !self.quiet && io::stderr().is_terminal()
    }

    /// Diagnostics as they are printed on standard error.
    pub fn diagnostics(&self, source: &Source, diagnostics: &[Diagnostic]) -> String {
        diagnostics.iter().map(|diagnostic| short(source, diagnostic)).collect()
    }

    /// A remark on standard error, unless `-q`.
    pub fn note(&self, text: &str) {
        if !self.quiet {
            output::stderr(&format!("goknot: {text}\n"));
        }
    }
}

/// `m.knot:12:3: error: message [GK0012]`.
fn short(source: &Source, diagnostic: &Diagnostic) -> String {
    let Diagnostic { code, severity, message, .. } = diagnostic;
    let severity = match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let place = match diagnostic.labels.first() {
        Some(label) => {
            let at = source.line_column(label.span.start);
            format!("{}:{}:{}", source.name(), at.line, at.column)
        }
        None => source.name().to_owned(),
    };
    format!("{place}: {severity}: {message} [{code}]\n")
}
