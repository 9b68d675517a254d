//! Go's rule for semicolons: which newlines end a statement.
//!
//! In: all tokens. Out: the tokens that count, with a [`Kind::LineEnd`] wherever
//! Go's lexer would insert a `;` (Go specification, "Semicolons"). The second rule
//! of that section, which lets `;` be left out before `)` and `}`, is the grammar's.

use super::tokens::{Kind, Token, is_keyword};
use crate::source::Span;

/// Drops comments and blanks, turns newlines that end a statement into line ends.
pub(super) fn insert(text: &str, tokens: &[Token]) -> Vec<Token> {
    let mut kept: Vec<Token> = Vec::with_capacity(tokens.len());
    let mut open_statement = false;
    for token in tokens {
        let newline = match token.kind {
            Kind::Newline => Some(token.span.start as usize),
            // A comment with a newline in it acts like a newline.
            Kind::Comment => newline_in(text, token.span),
            Kind::Blank => None,
            _ => {
                open_statement = ends_statement(text, token);
                kept.push(*token);
                None
            }
        };
        if let Some(at) = newline
            && std::mem::take(&mut open_statement)
        {
            kept.push(Token { kind: Kind::LineEnd, span: Span::new(at, at + 1) });
        }
    }
    kept
}

fn newline_in(text: &str, comment: Span) -> Option<usize> {
    let inside = text.get(comment.range())?.find('\n')?;
    Some(comment.start as usize + inside)
}

/// True where a newline after `token` ends the statement.
fn ends_statement(text: &str, token: &Token) -> bool {
    let written = text.get(token.span.range()).unwrap_or("");
    match token.kind {
        Kind::Word => {
            !is_keyword(written) || matches!(written, "break" | "continue" | "fallthrough" | "return")
        }
        Kind::Number | Kind::Text | Kind::Broken | Kind::Operation => true,
        Kind::Mark => matches!(written, "++" | "--" | ")" | "]" | "}"),
        Kind::Comment | Kind::Newline | Kind::LineEnd | Kind::Blank => false,
    }
}
