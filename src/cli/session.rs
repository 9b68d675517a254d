//! What every command needs to know about how it was called.

use std::io::{self, IsTerminal};

use super::colour::{self, When};
use super::locale;
use super::output::{self, Output};
use crate::diag::{Diagnostic, render};
use crate::report::Style;
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
        self.style_of(output.is_terminal())
    }

    /// How diagnostics on standard error look.
    pub fn stderr_style(&self) -> Style {
        self.style_of(io::stderr().is_terminal())
    }

    fn style_of(&self, terminal: bool) -> Style {
        Style {
            color: colour::enabled(self.when, terminal),
            width: if terminal { width() } else { FILE_WIDTH },
            unicode: !terminal || locale::has_unicode(),
            verbose: self.verbose,
        }
    }

    /// `--verbose`.
    pub fn verbose(&self) -> bool {
        self.verbose
    }

    /// Whether a line that erases itself may be drawn on standard error.
    pub fn shows_progress(&self) -> bool {
        !self.quiet && io::stderr().is_terminal()
    }

    /// What is doubtful about a model that can be checked, unless `-q`.
    pub fn warn(&self, source: &Source, warnings: &[Diagnostic]) {
        if !self.quiet && !warnings.is_empty() {
            output::stderr(&diagnostics(source, warnings, &self.stderr_style()));
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

/// Columns of the terminal.
fn width() -> usize {
    terminal_size::terminal_size().map_or(FILE_WIDTH, |(width, _)| usize::from(width.0))
}

/// Diagnostics for people.
pub fn diagnostics(source: &Source, diagnostics: &[Diagnostic], style: &Style) -> String {
    let Style { color, width, unicode, .. } = *style;
    render::render(source, diagnostics, render::Style { color, width, unicode })
}
