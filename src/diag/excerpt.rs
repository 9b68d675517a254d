//! The places of a diagnostic, made fit to be shown.
//!
//! In: a [`Source`] and a [`Diagnostic`]. Out: the text to show and where its labels
//! stand in it. A label past the last character would be lost, one over several
//! lines would fill the screen, a line of a megabyte too: all that is settled here.

use std::borrow::Cow;
use std::ops::Range;

use super::Diagnostic;
use crate::source::{Source, Span};

/// Longer lines are cut around their labels.
const LONGEST_LINE: usize = 300;
/// What stays of a long line on either side of a label.
const AROUND: usize = 60;

/// A text with marked places.
#[derive(Debug)]
pub(super) struct Excerpt<'a> {
    /// Same number of lines as the source.
    pub(super) text: Cow<'a, str>,
    /// One for each label, unless there is nothing that could be marked.
    pub(super) marks: Vec<Mark>,
}

/// A label's place.
#[derive(Debug)]
pub(super) struct Mark {
    /// Bytes of the excerpt.
    pub(super) at: Range<usize>,
    /// 1-based column in the source, in characters.
    pub(super) column: usize,
}

/// Cuts the excerpt for a diagnostic.
pub(super) fn cut<'a>(source: &'a Source, diagnostic: &Diagnostic) -> Excerpt<'a> {
    let text = source.text();
    let spans = diagnostic.labels.iter().map_while(|label| clamp(text, label.span));
    let mut marks: Vec<Mark> = spans
        .map(|at| Mark { column: source.line_column(Span::new(at.start, at.start).start).column, at })
        .collect();
    if text.lines().all(|line| line.len() <= LONGEST_LINE) {
        return Excerpt { text: Cow::Borrowed(text), marks };
    }
    let text = shortened(text, &mut marks);
    Excerpt { text: Cow::Owned(text), marks }
}

/// A span that can be drawn: on one line, at least one character, none of them behind the
/// last character that is not blank. `None` where the text is blank.
fn clamp(text: &str, span: Span) -> Option<Range<usize>> {
    let inked = text.trim_end();
    let (last, _) = inked.char_indices().next_back()?;
    let mut start = (span.start as usize).min(last);
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    let line = text[start..].find('\n').map_or(text.len(), |newline| start + newline);
    let line = start + text[start..line].trim_end().len();
    let first = text[start..].chars().next().map_or(1, char::len_utf8);
    let mut end = (span.end as usize).min(line).max(start + first);
    while !text.is_char_boundary(end) {
        end += 1;
    }
    Some(start..end)
}

/// The text with each long line cut, and the marks moved along.
fn shortened(text: &str, marks: &mut [Mark]) -> String {
    let mut short = String::with_capacity(text.len().min(1 << 16));
    let mut start = 0;
    // Those done are moved; the rest still point into `text`.
    let mut moved = vec![false; marks.len()];
    for line in text.split_inclusive('\n') {
        let here = start..start + line.len();
        let on_line = |at: &Range<usize>| here.contains(&at.start);
        let waiting: Vec<usize> =
            (0..marks.len()).filter(|&index| !moved[index] && on_line(&marks[index].at)).collect();
        let window = window(line, waiting.iter().map(|&index| marks[index].at.start - start));
        if window.start > 0 {
            short.push('…');
        }
        for index in waiting {
            let at = &mut marks[index].at;
            let move_to = |offset: usize| offset.clamp(window.start, window.end) - window.start + short.len();
            *at = move_to(at.start - start)..move_to(at.end - start);
            moved[index] = true;
        }
        short.push_str(&line[window.clone()]);
        if window.end < line.len() {
            short.push_str("…\n");
        }
        start += line.len();
    }
    short
}

/// The part of a line that is shown.
fn window(line: &str, labels: impl Iterator<Item = usize>) -> Range<usize> {
    if line.len() <= LONGEST_LINE {
        return 0..line.len();
    }
    let first = labels.min().unwrap_or(0);
    let mut start = first.saturating_sub(AROUND);
    let mut end = (first + AROUND).min(line.len());
    while !line.is_char_boundary(start) {
        start -= 1;
    }
    while !line.is_char_boundary(end) {
        end += 1;
    }
    start..end
}
