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
    let mut walk =
        Walk { text, line: 0, read: 0, open: Vec::new(), suspect: None, found: Unclosed::default() };
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

/// A bracket that waits to be closed.
struct Open<'t> {
    is_brace: bool,
    span: Span,
    /// How its line is indented.
    indentation: &'t str,
}

struct Walk<'t> {
    text: &'t str,
    /// Where the current line starts.
    line: usize,
    /// Up to where newlines have been looked for.
    read: usize,
    open: Vec<Open<'t>>,
    /// The first brace whose closing brace has another indentation: very likely its own is missing.
    suspect: Option<Span>,
    found: Unclosed,
}

impl<'t> Walk<'t> {
    fn token(&mut self, token: &Token) {
        let start = token.span.start as usize;
        let before = self.text.get(self.read..start).unwrap_or("");
        if let Some(newline) = before.rfind('\n') {
            self.line = self.read + newline + 1;
        }
        self.read = start;
        match written(self.text, token) {
            _ if token.kind != Kind::Mark => {}
            mark @ ("{" | "(" | "[") => {
                let indentation = self.indentation();
                self.open.push(Open { is_brace: mark == "{", span: token.span, indentation });
            }
            "}" => self.close_brace(start),
            // A mark that closes nothing here is the grammar's to report.
            ")" | "]" if self.open.last().is_some_and(|open| !open.is_brace) => {
                self.open.pop();
            }
            _ => {}
        }
    }

    /// The blanks at the start of the current line.
    fn indentation(&self) -> &'t str {
        let line = self.text.get(self.line..).unwrap_or("");
        line.split_at(line.len() - line.trim_start_matches([' ', '\t']).len()).0
    }

    /// Closes the innermost brace and whatever is open inside it.
    fn close_brace(&mut self, at: usize) {
        let Some(index) = self.open.iter().rposition(|open| open.is_brace) else { return };
        let indentation = self.indentation();
        let first_on_line = self.line + indentation.len() == at;
        let open = &self.open[index];
        if first_on_line && open.indentation != indentation && self.suspect.is_none() {
            self.suspect = Some(open.span);
        }
        self.open.truncate(index);
        if self.open.is_empty() {
            self.suspect = None;
        }
    }

    /// Reports the brace that is most likely the unclosed one; `end` is where that became plain.
    fn give_up(&mut self, end: Span) {
        let braces = self.open.iter().filter(|open| open.is_brace);
        if let Some(innermost) = braces.map(|open| open.span).next_back() {
            let open = self.suspect.unwrap_or(innermost);
            self.found.problems.push(SyntaxProblem::UnclosedBrace { open, end });
        }
        self.open.clear();
        self.suspect = None;
    }
}

fn written<'t>(text: &'t str, token: &Token) -> &'t str {
    text.get(token.span.range()).unwrap_or("")
}
