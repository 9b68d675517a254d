//! The text as the grammar wants it: same length, so that spans stay true.
//!
//! In: the text of a model. Out: a [`Layout`]: comments blank, newlines that end a
//! statement as `;`, and three control characters for what only a lexer can know
//! (they are listed at the head of `grammar/knot.pest`).

use super::problem::SyntaxProblem;
use super::tokens::{self, Kind, Token};
use super::{brackets, nesting, operations, semicolons};
use crate::source::Span;

/// The grammar's `broken`, `unclosed` and `operation`.
const BROKEN: u8 = 1;
const UNCLOSED: u8 = 2;
const OPERATION: u8 = 3;

/// More problems than anybody reads are not even collected.
pub(super) const MOST_PROBLEMS: usize = 1_000;

/// A laid out text and what its layout showed.
pub(super) struct Layout {
    pub(super) text: String,
    /// The tokens that count, in order.
    pub(super) tokens: Vec<Token>,
    pub(super) problems: Vec<SyntaxProblem>,
    /// The text is not fit for the grammar: too deep, or no text at all.
    pub(super) hopeless: bool,
}

/// Lays out a model's text.
pub(super) fn lay_out(text: &str) -> Layout {
    if let Some(nul) = text.find('\0') {
        return hopeless(vec![SyntaxProblem::Binary { span: Span::new(nul, nul + 1) }]);
    }
    let (all, mut problems) = tokens::tokens(text);
    if matches!(problems.as_slice(), [SyntaxProblem::TooLarge { .. }]) {
        return hopeless(problems);
    }
    let all = operations::fold(text, all);
    let tokens = semicolons::insert(text, &all);
    let unclosed = brackets::find_unclosed(text, &tokens);
    problems.extend(unclosed.problems.into_iter().take(MOST_PROBLEMS));
    let too_deep = nesting::check(text, &tokens);
    let hopeless = too_deep.is_some();
    problems.extend(too_deep);
    let text = masked(text, &all, &tokens, &unclosed.newlines);
    Layout { text, tokens, problems, hopeless }
}

/// No text at all, and why.
fn hopeless(problems: Vec<SyntaxProblem>) -> Layout {
    Layout { text: String::new(), tokens: Vec::new(), problems, hopeless: true }
}

/// The text with its masks on.
fn masked(text: &str, all: &[Token], kept: &[Token], unclosed: &[usize]) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let mut fill = |span: Span, with: u8| {
        if let Some(bytes) = bytes.get_mut(span.range()) {
            bytes.fill(with);
        }
    };
    for token in all {
        match token.kind {
            Kind::Comment | Kind::Blank => fill(token.span, b' '),
            Kind::Broken => fill(token.span, BROKEN),
            Kind::Operation => fill(token.span, OPERATION),
            Kind::Word | Kind::Number | Kind::Text | Kind::Mark | Kind::Newline | Kind::LineEnd => {}
        }
    }
    for token in kept.iter().filter(|token| token.kind == Kind::LineEnd) {
        fill(token.span, b';');
    }
    for &newline in unclosed {
        fill(Span::new(newline, newline + 1), UNCLOSED);
    }
    // Whole characters were overwritten with ASCII, so this is still UTF-8.
    String::from_utf8(bytes).unwrap_or_default()
}
