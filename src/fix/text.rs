//! Edits that leave a text as gofmt would have it: lines are put in and taken out whole, with the indentation of their place.

use crate::source::{Source, Span};
use crate::verify::edit::Edit;
use crate::verify::parts::words;

/// A text that is to be edited.
#[derive(Clone, Copy, Debug)]
pub(super) struct Text<'a> {
    source: &'a Source,
}

impl<'a> Text<'a> {
    pub fn new(source: &'a Source) -> Self {
        Self { source }
    }

    fn all(&self) -> &'a str {
        self.source.text()
    }

    /// What stands there.
    pub fn of(&self, span: Span) -> &'a str {
        self.source.slice(span)
    }

    /// What stands there, on one line and without comments.
    pub fn words(&self, span: Span) -> String {
        words(self.of(span))
    }

    fn line_start(&self, at: usize) -> usize {
        self.all()[..at].rfind('\n').map_or(0, |newline| newline + 1)
    }

    fn line_end(&self, at: usize) -> usize {
        self.all()[at..].find('\n').map_or(self.all().len(), |newline| at + newline)
    }

    /// The white space at the start of the line.
    pub fn indent(&self, span: Span) -> &'a str {
        let line = &self.all()[self.line_start(span.start as usize)..];
        &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
    }

    fn starts_line(&self, span: Span) -> bool {
        let start = span.start as usize;
        self.all()[self.line_start(start)..start].trim().is_empty()
    }

    fn ends_line(&self, span: Span) -> bool {
        let end = span.end as usize;
        let rest = self.all()[end..self.line_end(end)].trim();
        rest.is_empty() || rest.starts_with("//")
    }

    /// Lines in the place of lines, at the indentation of `span`.
    fn lines(&self, span: Span, lines: &str) -> String {
        lines.replace('\n', &format!("\n{}", self.indent(span)))
    }

    /// Puts statements before the one at `span`.
    pub fn before(&self, span: Span, lines: &str) -> Edit {
        let text = self.lines(span, lines);
        let gap = if self.starts_line(span) { format!("\n{}", self.indent(span)) } else { "; ".to_owned() };
        Edit::insert(span.start as usize, text + &gap)
    }

    /// Puts statements behind the one at `span`.
    pub fn after(&self, span: Span, lines: &str) -> Edit {
        let text = self.lines(span, lines);
        let end = span.end as usize;
        if self.ends_line(span) {
            Edit::insert(self.line_end(end), format!("\n{}{text}", self.indent(span)))
        } else {
            Edit::insert(end, format!("; {text}"))
        }
    }

    /// Puts statements first into a block, of which `body` is the span with its braces.
    pub fn first_in(&self, body: Span, lines: &str) -> Edit {
        let open = body.start as usize + 1;
        let line = self.line_end(open);
        // The brace ends its line, but for a comment.
        let rest = self.all()[open..line.min(body.end as usize)].trim();
        if (rest.is_empty() || rest.starts_with("//")) && line < body.end as usize {
            let text = lines.replace('\n', &format!("\n{}\t", self.indent(body)));
            Edit::insert(line, format!("\n{}\t{text}", self.indent(body)))
        } else {
            Edit::insert(open, format!(" {}; ", lines.replace('\n', "; ")))
        }
    }

    /// Puts statements last into a block.
    pub fn last_in(&self, body: Span, lines: &str) -> Edit {
        let close = body.end as usize - 1;
        let start = self.line_start(close);
        if self.all()[start..close].trim().is_empty() && start > body.start as usize {
            let outer = &self.all()[start..close];
            let text = lines.replace('\n', &format!("\n{outer}\t"));
            Edit::insert(start, format!("{outer}\t{text}\n"))
        } else {
            Edit::insert(close, format!("; {} ", lines.replace('\n', "; ")))
        }
    }

    /// Takes a statement away, with its lines where nothing else is on them.
    pub fn remove(&self, span: Span) -> Edit {
        if self.starts_line(span) && self.ends_line(span) {
            let (start, end) = (self.line_start(span.start as usize), self.line_end(span.end as usize));
            Edit::remove(start..(end + 1).min(self.all().len()))
        } else {
            Edit::remove(span.range())
        }
    }

    /// Puts lines in the place of a statement.
    pub fn replace(&self, span: Span, lines: &str) -> Edit {
        Edit { range: span.range(), text: self.lines(span, lines) }
    }

    /// The text of a statement, its lines one tab deeper and relative to its own indentation: to be put into lines.
    pub fn relative(&self, span: Span) -> String {
        self.of(span).replace(&format!("\n{}", self.indent(span)), "\n")
    }
}

/// Every line one tab deeper.
pub(super) fn deeper(lines: &str) -> String {
    lines
        .lines()
        .map(|line| if line.is_empty() { String::new() } else { format!("\t{line}") })
        .collect::<Vec<_>>()
        .join("\n")
}
