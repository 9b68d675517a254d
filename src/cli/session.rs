//! What every command needs to know about how it was called.

use std::io::{self, IsTerminal};
use std::os::fd::AsFd;

use super::colour::{self, When};
use super::locale;
use super::output::{self, Output};
use crate::diag::Diagnostic;
use crate::report::{self, Report, Style};
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

    /// How a report that goes to `output` looks.
    pub fn style(&self, output: &Output) -> Style {
        let terminal = output.is_terminal();
        Style {
            color: colour::enabled(self.when, terminal),
            width: if terminal { width(io::stdout()) } else { FILE_WIDTH },
            unicode: !terminal || locale::has_unicode(),
            verbose: self.verbose,
        }
    }

    /// Whether a line that erases itself may be drawn on standard error.
    pub fn shows_progress(&self) -> bool {
        !self.quiet && io::stderr().is_terminal()
    }

    /// Diagnostics as they are printed on standard error.
    pub fn diagnostics(&self, source: &Source, diagnostics: &[Diagnostic]) -> String {
        let terminal = io::stderr().is_terminal();
        let style = Style {
            color: colour::enabled(self.when, terminal),
            width: if terminal { width(io::stderr()) } else { FILE_WIDTH },
            unicode: !terminal || locale::has_unicode(),
            verbose: self.verbose,
        };
        let render = report::format("human").map(|format| format.render);
        render.map(|render| render(&Report::Rejected(source, diagnostics), &style)).unwrap_or_default()
    }

    /// What is doubtful about a model that can be checked, unless `-q`.
    pub fn warn(&self, source: &Source, warnings: &[Diagnostic]) {
        if !self.quiet && !warnings.is_empty() {
            output::stderr(&self.diagnostics(source, warnings));
        }
    }

    /// A remark on standard error, unless `-q`.
    pub fn note(&self, text: &str) {
        if !self.quiet {
            output::stderr(&format!("goknot: {text}\n"));
        }
    }
}

/// Columns where nobody knows better: what fits on a screen and in a pull request.
const FILE_WIDTH: usize = 100;

/// Columns of the terminal at `stream`.
fn width(stream: impl AsFd) -> usize {
    terminal_size::terminal_size_of(stream).map_or(FILE_WIDTH, |(width, _)| usize::from(width.0))
}
