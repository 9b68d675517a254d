//! Diagnostics to text through miette: the only room that knows it.
//!
//! In: a [`Source`] and its [`Diagnostic`]s. Out: what a terminal shows: the message,
//! the lines of the source with the places marked, the help. Nothing here asks the
//! environment; [`Style`] says it all.

use std::fmt;

use miette::{
    GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents, SourceCode,
    SourceSpan, SpanContents, ThemeCharacters, ThemeStyles,
};

use super::excerpt::{self, Excerpt};
use super::{Code, Diagnostic, Label, Severity};
use crate::source::Source;

/// More than this are counted, not shown.
pub const MOST_SHOWN: usize = 20;

/// How diagnostics look.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Style {
    pub color: bool,
    /// Columns of the terminal.
    pub width: usize,
    /// Box drawing characters rather than ASCII.
    pub unicode: bool,
}

impl Default for Style {
    fn default() -> Self {
        Self { color: false, width: 100, unicode: true }
    }
}

/// All diagnostics, as people read them.
pub fn render(source: &Source, diagnostics: &[Diagnostic], style: Style) -> String {
    let handler = handler(style);
    let mut text = String::new();
    for diagnostic in diagnostics.iter().take(MOST_SHOWN) {
        let code = Some(diagnostic.code);
        let shown = Shown { diagnostic, code, excerpt: excerpt::cut(source, diagnostic), source };
        // Writing to a String fails only where miette itself gives up on a place.
        if handler.render_report(&mut text, &shown).is_err() {
            text.push_str(&super::short::line(source, diagnostic));
        }
        text.push('\n');
    }
    let rest = diagnostics.len().saturating_sub(MOST_SHOWN);
    if rest > 0 {
        text.push_str(&format!("… and {rest} more\n"));
    }
    text
}

/// A title and places of the source with a word on each, for reports: what is said has no code.
pub fn render_places(source: &Source, title: &str, labels: &[Label], style: Style) -> String {
    let diagnostic = Diagnostic {
        code: Code(0),
        severity: Severity::Error,
        message: title.to_string(),
        labels: labels.to_vec(),
        help: String::new(),
    };
    let excerpt = excerpt::cut(source, &diagnostic);
    let shown = Shown { diagnostic: &diagnostic, code: None, excerpt, source };
    let mut text = String::new();
    if handler(style).render_report(&mut text, &shown).is_err() {
        text = format!("{title}\n");
    }
    text
}

fn handler(style: Style) -> GraphicalReportHandler {
    GraphicalReportHandler::new_themed(theme(style))
        .with_width(style.width.max(40))
        .with_links(false)
        .with_urls(false)
        .with_context_lines(1)
        .with_break_words(false)
}

fn theme(style: Style) -> GraphicalTheme {
    GraphicalTheme {
        characters: if style.unicode { ThemeCharacters::unicode() } else { ThemeCharacters::ascii() },
        styles: if style.color { ThemeStyles::ansi() } else { ThemeStyles::none() },
    }
}

/// A diagnostic as miette wants it.
#[derive(Debug)]
struct Shown<'a> {
    diagnostic: &'a Diagnostic,
    /// `None`: do not print one.
    code: Option<Code>,
    excerpt: Excerpt<'a>,
    source: &'a Source,
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without a place there is no header that names the file.
        if self.diagnostic.labels.is_empty() {
            write!(f, "{}: ", self.source.name())?;
        }
        f.write_str(&self.diagnostic.message)
    }
}

impl std::error::Error for Shown<'_> {}

impl miette::Diagnostic for Shown<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.code.map(|code| Box::new(code) as Box<dyn fmt::Display>)
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.diagnostic.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        let help = &self.diagnostic.help;
        (!help.is_empty()).then(|| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(self)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let marks = self.excerpt.marks.iter().zip(&self.diagnostic.labels).enumerate();
        Some(Box::new(marks.map(|(index, (mark, label))| {
            let text = (!label.text.is_empty()).then(|| label.text.clone());
            let span = SourceSpan::new(mark.at.start.into(), mark.at.len());
            if index == 0 {
                LabeledSpan::new_primary_with_span(text, span)
            } else {
                LabeledSpan::new_with_span(text, span)
            }
        })))
    }
}

impl SourceCode for Shown<'_> {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let read = self.excerpt.text.as_bytes().read_span(span, before, after)?;
        // Without context miette asks for the place in the header: the excerpt knows it in
        // characters, as editors count, and in the whole line where the line was cut.
        let mark = self.excerpt.marks.iter().find(|mark| mark.at.start == span.offset());
        let column = match mark {
            Some(mark) if before == 0 && after == 0 => mark.column.saturating_sub(1),
            _ => read.column(),
        };
        Ok(Box::new(MietteSpanContents::new_named(
            self.source.name().to_string(),
            read.data(),
            *read.span(),
            read.line(),
            column,
            read.line_count(),
        )))
    }
}
