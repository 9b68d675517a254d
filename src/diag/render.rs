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
        let dots = if style.unicode { "…" } else { "..." };
        text.push_str(&format!("{dots} and {rest} more\n"));
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
        // Without a place that can be shown no header names the file.
        if self.excerpt.marks.is_empty() {
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

#[cfg(test)]
mod tests {
    use super::{MOST_SHOWN, Style, render};
    use crate::diag::{Code, Diagnostic, Label, Severity};
    use crate::source::{Source, Span};

    fn diagnostic(labels: &[(usize, usize)]) -> Diagnostic {
        let label =
            |&(start, end): &(usize, usize)| Label { span: Span::new(start, end), text: "LABEL".to_string() };
        Diagnostic {
            code: Code(9),
            severity: Severity::Error,
            message: "MESSAGE".to_string(),
            labels: labels.iter().map(label).collect(),
            help: "HELP".to_string(),
        }
    }

    fn shown(text: &str, start: usize, end: usize) -> String {
        render(&Source::new("t.knot", text), &[diagnostic(&[(start, end)])], Style::default())
    }

    /// miette drops a label at the end of the text and gives up on one behind it.
    #[test]
    fn labels_at_and_behind_the_end_are_drawn() {
        for text in ["a\nbc", "a\nbc\n", "a\nbc  \r\n\n\n"] {
            for (start, end) in [(4, 4), (4, 9), (5, 5), (99, 99), (99, 100), (2, 99)] {
                let shown = shown(text, start, end);
                assert!(
                    shown.contains("LABEL") && shown.contains("2 │ bc"),
                    "{text:?} {start}..{end}\n{shown}"
                );
            }
        }
    }

    #[test]
    fn a_blank_text_has_no_places() {
        for text in ["", "\n", "  \r\n\t"] {
            let shown = shown(text, 0, 5);
            assert!(shown.contains("MESSAGE") && shown.contains("HELP"), "{shown}");
        }
    }

    #[test]
    fn a_label_over_several_lines_shows_its_first() {
        let shown = shown("one\ntwo three\nfour\nfive\nsix\n", 4, 26);
        assert!(shown.contains("two three") && !shown.contains("five"), "{shown}");
    }

    #[test]
    fn long_lines_are_cut_around_the_label() {
        let text = format!("short\n{} HERE {}\nlast\n", "a".repeat(5_000), "é".repeat(5_000));
        let at = text.find("HERE").unwrap_or(0);
        let shown = shown(&text, at, at + 4);
        assert!(shown.contains("t.knot:2:5002"), "the column of the whole line\n{shown}");
        assert!(
            shown.contains("aaa HERE éé") && shown.lines().all(|line| line.chars().count() < 200),
            "{shown}"
        );
    }

    #[test]
    fn columns_count_characters() {
        assert!(shown("ééé x\n", 7, 8).contains("t.knot:1:5"));
    }

    #[test]
    fn several_places_and_several_diagnostics() {
        let source = Source::new("t.knot", "one\ntwo\nthree\nfour\nfive\nsix\nseven\n");
        let two = render(&source, &[diagnostic(&[(29, 34), (0, 3)])], Style::default());
        assert!(two.contains("7 │ seven") && two.contains("1 │ one"), "{two}");
        let many = render(&source, &vec![diagnostic(&[(0, 3)]); MOST_SHOWN + 5], Style::default());
        assert!(many.contains("… and 5 more"), "{many}");
        assert_eq!(many.matches("MESSAGE").count(), MOST_SHOWN);
    }

    #[test]
    fn colour_and_box_drawing_are_choices() {
        let source = Source::new("t.knot", "one\n");
        let styled =
            |color, unicode| render(&source, &[diagnostic(&[(0, 3)])], Style { color, width: 80, unicode });
        assert!(styled(true, true).contains('\u{1b}') && !styled(false, true).contains('\u{1b}'));
        assert!(styled(false, false).is_ascii() && styled(false, true).contains('╭'));
    }

    #[test]
    fn a_diagnostic_without_a_place() {
        let source = Source::new("t.knot", "one\n");
        assert!(render(&source, &[diagnostic(&[])], Style::default()).contains("HELP"));
    }
}
