//! Which brackets are left open, and where the text plainly goes on without them.
//!
//! In: the tokens that count. Out: the problems of unclosed braces, and the places
//! where a declaration starts in column one inside an open bracket. The grammar
//! closes everything there, so that one forgotten `}` does not swallow the file.
//! Parentheses and square brackets are left to the grammar, which knows what they enclose.

use super::problem::SyntaxProblem;
use super::tokens::{Kind, Token};
use crate::source::Span;

/// What [`find_unclosed`] found.
#[derive(Default)]
pub(super) struct Unclosed {
    /// Offsets of the newlines before declarations that start inside an open bracket.
    pub(super) newlines: Vec<usize>,
    pub(super) problems: Vec<SyntaxProblem>,
}

/// Walks the brackets.
pub(super) fn find_unclosed(text: &str, tokens: &[Token]) -> Unclosed {
    let mut walk = Walk { text, open: Vec::new(), suspect: None, found: Unclosed::default() };
    for (at, token) in tokens.iter().enumerate() {
        if !walk.open.is_empty() && starts_declaration(text, &tokens[at..]) {
            walk.found.newlines.push((token.span.start as usize).saturating_sub(1));
            walk.give_up(token.span);
        }
        walk.token(token);
    }
    if !walk.open.is_empty() {
        walk.give_up(Span::new(text.len(), text.len()));
    }
    walk.found
}

/// True where `tokens` start in column one with what only a declaration starts with.
pub(super) fn starts_declaration(text: &str, tokens: &[Token]) -> bool {
    let [first, second, ..] = tokens else { return false };
    let start = first.span.start as usize;
    if start > 0 && text.as_bytes().get(start - 1) != Some(&b'\n') {
        return false;
    }
    match written(text, first) {
        "func" => second.kind == Kind::Word || is_method(text, tokens),
        "model" | "param" | "check" | "cover" | "expect" | "fix" => second.kind == Kind::Word,
        "import" => second.kind == Kind::Text,
        "meta" => written(text, second) == "{",
        _ => false,
    }
}

/// `func (s *Server) Close(`, not `func (s *Server) {`.
fn is_method(text: &str, tokens: &[Token]) -> bool {
    // A receiver is at most `( name * package . Type )`.
    let close = tokens.iter().take(9).position(|token| written(text, token) == ")");
    let after = close.and_then(|close| tokens.get(close + 1..)).unwrap_or(&[]);
    matches!(after, [name, paren, ..] if name.kind == Kind::Word && written(text, paren) == "(")
}

struct Walk<'t> {
    text: &'t str,
    open: Vec<Token>,
    /// The first brace whose closing brace has another indentation: very likely its own is missing.
    suspect: Option<Span>,
    found: Unclosed,
}

impl Walk<'_> {
    fn token(&mut self, token: &Token) {
        match written(self.text, token) {
            _ if token.kind != Kind::Mark => {}
            "{" | "(" | "[" => self.open.push(*token),
            "}" => self.close_brace(token),
            // A mark that closes nothing here is the grammar's to report.
            ")" | "]" if self.open.last().is_some_and(|open| written(self.text, open) != "{") => {
                self.open.pop();
            }
            _ => {}
        }
    }

    /// Closes the innermost brace and whatever is open inside it.
    fn close_brace(&mut self, close: &Token) {
        let is_brace = |token: &Token| written(self.text, token) == "{";
        let Some(index) = self.open.iter().rposition(is_brace) else { return };
        let open = self.open[index].span;
        self.open.truncate(index);
        let (opened, closed) = (line_of(self.text, open), line_of(self.text, close.span));
        let first_on_line = closed.trim_start().starts_with('}');
        if first_on_line && indentation(opened) != indentation(closed) && self.suspect.is_none() {
            self.suspect = Some(open);
        }
        if self.open.is_empty() {
            self.suspect = None;
        }
    }

    /// Reports the brace that is most likely the unclosed one; `end` is where that became plain.
    fn give_up(&mut self, end: Span) {
        let braces = self.open.iter().filter(|token| written(self.text, token) == "{");
        if let Some(innermost) = braces.map(|token| token.span).next_back() {
            let open = self.suspect.unwrap_or(innermost);
            self.found.problems.push(SyntaxProblem::UnclosedBrace { open, end });
        }
        self.open.clear();
        self.suspect = None;
    }
}

/// The text of the line from its start to the token.
fn line_of(text: &str, token: Span) -> &str {
    let start = token.start as usize;
    let line = text.get(..start).and_then(|before| before.rfind('\n')).map_or(0, |newline| newline + 1);
    text.get(line..token.end as usize).unwrap_or("")
}

fn indentation(line: &str) -> &str {
    &line[..line.len() - line.trim_start().len()]
}

fn written<'t>(text: &'t str, token: &Token) -> &'t str {
    text.get(token.span.range()).unwrap_or("")
}
