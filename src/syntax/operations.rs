//! The operations of `expect` lines: free text that the grammar must not read.
//!
//! In: all tokens. Out: the same, where each line `NAME: OPERATION` of an
//! `expect KIND { … }` has the tokens of its operation folded into one
//! [`Kind::Operation`]. Comments are no part of it. A line without a colon becomes
//! an operation alone, which the tree builder reports.

use super::brackets;
use super::tokens::{Kind, Token};
use crate::source::Span;

/// Folds every operation of the file.
pub(super) fn fold(text: &str, tokens: Vec<Token>) -> Vec<Token> {
    let mut folded = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        if let Some(open) = expect_block(text, &tokens, at) {
            folded.extend_from_slice(&tokens[at..=open]);
            at = fold_block(text, &tokens, open + 1, &mut folded);
        } else {
            folded.push(*token);
            at += 1;
        }
    }
    folded
}

/// The index of the `{` where `expect KIND {` starts at `at`.
fn expect_block(text: &str, tokens: &[Token], at: usize) -> Option<usize> {
    let starts_item = tokens[..at].last().is_none_or(|before| {
        matches!(before.kind, Kind::Newline | Kind::Comment | Kind::Blank)
            || matches!(written(text, before), ";" | "{" | "}")
    });
    let is_block = starts_item
        && written(text, tokens.get(at)?) == "expect"
        && tokens.get(at + 1)?.kind == Kind::Word
        && written(text, tokens.get(at + 2)?) == "{";
    is_block.then_some(at + 2)
}

/// Folds the lines from `at` up to the closing brace, which stays; gives the index after it.
fn fold_block(text: &str, tokens: &[Token], mut at: usize, folded: &mut Vec<Token>) -> usize {
    while at < tokens.len() {
        let end = line_end(text, tokens, at);
        let line: Vec<Token> = tokens[at..end].iter().filter(|token| is_written(token)).copied().collect();
        let rest = &tokens[at..end];
        match line.as_slice() {
            [] => folded.extend_from_slice(rest),
            [first, ..] if written(text, first) == "}" => return at,
            line if brackets::starts_declaration(text, line) => return at,
            [inside @ .., last] if closes_block(text, &line) => {
                fold_line(text, inside, folded);
                folded.push(*last);
                return end;
            }
            whole => {
                fold_line(text, whole, folded);
                folded.extend(rest.iter().filter(|token| !is_written(token)));
            }
        }
        at = end;
    }
    at
}

/// One past the token that ends the line: a newline, or a comment with one.
fn line_end(text: &str, tokens: &[Token], at: usize) -> usize {
    let ends = |token: &Token| match token.kind {
        Kind::Newline => true,
        Kind::Comment => written(text, token).contains('\n'),
        _ => false,
    };
    tokens[at..].iter().position(ends).map_or(tokens.len(), |len| at + len + 1)
}

fn is_written(token: &Token) -> bool {
    !matches!(token.kind, Kind::Newline | Kind::Comment | Kind::Blank)
}

/// True for `main: wg.Wait() }`, the block on one line; false for `main: select {}`.
fn closes_block(text: &str, line: &[Token]) -> bool {
    let count = |mark| line.iter().filter(|token| written(text, token) == mark).count();
    line.last().is_some_and(|last| written(text, last) == "}") && count("}") > count("{")
}

/// Keeps the name and its colon, folds the rest.
fn fold_line(text: &str, line: &[Token], folded: &mut Vec<Token>) {
    let after_colon = line.iter().position(|token| written(text, token) == ":").map_or(0, |colon| colon + 1);
    folded.extend_from_slice(&line[..after_colon]);
    if let [first, .., last] | [first @ last] = &line[after_colon..] {
        let span = Span::new(first.span.start as usize, last.span.end as usize);
        folded.push(Token { kind: Kind::Operation, span });
    }
}

fn written<'t>(text: &'t str, token: &Token) -> &'t str {
    text.get(token.span.range()).unwrap_or("")
}
