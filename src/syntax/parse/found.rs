//! What stands at a place, in words.
//!
//! In: an offset. Out: the token there and how a message names it, and the
//! "expected …, found …" problems that most `missing_…` nodes become.

use super::super::problem::SyntaxProblem;
use super::super::tokens::{Kind, Token, is_keyword};
use super::{Builder, Node};
use crate::source::Span;

impl Builder<'_> {
    /// The index of the token at `offset` or next after it.
    pub(super) fn token_index(&self, offset: usize) -> usize {
        self.tokens.partition_point(|token| token.span.end as usize <= offset)
    }

    /// The token at `offset` or next after it; `None` at the end of the file.
    pub(super) fn token_at(&self, offset: usize) -> Option<Token> {
        self.tokens.get(self.token_index(offset)).copied()
    }

    /// The token before the one at `offset`.
    pub(super) fn token_before(&self, offset: usize) -> Option<Token> {
        self.tokens.get(self.token_index(offset).checked_sub(1)?).copied()
    }

    /// How the token at `offset` is written; empty for the ends of lines and of the file.
    pub(super) fn word_at(&self, offset: usize) -> &str {
        match self.token_at(offset) {
            Some(token) if token.kind != Kind::LineEnd => self.written(token.span),
            _ => "",
        }
    }

    /// True where the token at `offset` is the end of a line, not a `;` that somebody wrote.
    pub(super) fn is_line_end(&self, offset: usize) -> bool {
        self.token_at(offset).is_some_and(|token| token.kind == Kind::LineEnd)
    }

    /// What stands at `offset`, for a message.
    pub(super) fn found(&self, offset: usize) -> String {
        let Some(token) = self.token_at(offset) else { return "the end of the file".to_string() };
        let written = self.written(token.span);
        match token.kind {
            Kind::LineEnd | Kind::Newline | Kind::Comment | Kind::Blank => "the end of the line".to_string(),
            Kind::Word if is_keyword(written) => format!("the keyword `{written}`"),
            Kind::Number => format!("the number `{}`", shortened(written)),
            Kind::Text if written.starts_with('\'') => "a rune".to_string(),
            Kind::Text | Kind::Broken => "a string".to_string(),
            Kind::Word | Kind::Mark | Kind::Operation => format!("`{}`", shortened(written)),
        }
    }

    /// The place to mark for what stands at `offset`: a token, or just behind the last one of the line.
    pub(super) fn place(&self, offset: usize) -> Span {
        match self.token_at(offset) {
            Some(token) if token.kind != Kind::LineEnd => token.span,
            _ => self.token_before(offset).map_or(Span::new(offset, offset), |before| Span {
                start: before.span.end,
                end: before.span.end,
            }),
        }
    }

    /// Reports that something else was expected where `node` starts.
    pub(super) fn expected(&self, node: &Node, what: &str) {
        self.expected_at(node.as_span().start(), what, None);
    }

    /// Reports that something else was expected at `offset`.
    pub(super) fn expected_at(&self, offset: usize, what: &str, hint: Option<String>) {
        if let Some(before) = self.cut_off(self.token_index(offset)) {
            return self.cut_off_after(before, what, hint);
        }
        if let Some(problem) = self.keyword_as_name(offset) {
            return self.report(problem);
        }
        let Some(problem) = self.not_go(offset) else {
            return self.report(SyntaxProblem::Unexpected {
                span: self.place(offset),
                found: self.found(offset),
                expected: what.to_string(),
                hint: hint.or_else(|| self.keyword_hint(offset, what)),
            });
        };
        self.report(problem);
    }

    /// The token before the one at `index` where it ends its line and wants more: `x :=`, `sync.`.
    pub(super) fn cut_off(&self, index: usize) -> Option<Token> {
        let before = self.tokens.get(index.checked_sub(1)?)?;
        let next = self.tokens.get(index).filter(|next| next.kind != Kind::LineEnd)?;
        let between = Span { start: before.span.end, end: next.span.start };
        let written = self.written(before.span);
        let wants_more = match before.kind {
            Kind::Mark => !matches!(written, "{" | "}" | "(" | "[" | "," | ";" | ":"),
            Kind::Word => is_keyword(written),
            _ => false,
        };
        (wants_more && self.written(between).contains('\n')).then_some(*before)
    }

    /// Reports that a line ends too early, with `before`.
    pub(super) fn cut_off_after(&self, before: Token, what: &str, hint: Option<String>) {
        self.report(SyntaxProblem::Unexpected {
            span: Span { start: before.span.end, end: before.span.end },
            found: "the end of the line".to_string(),
            expected: what.to_string(),
            hint,
        });
    }

    /// `select := 1`: the keyword is the mistake, not what follows.
    fn keyword_as_name(&self, offset: usize) -> Option<SyntaxProblem> {
        let before = self.token_before(offset)?;
        let word = self.written(before.span);
        let assigns = matches!(self.word_at(offset), ":=" | "=" | "++" | "--" | "+=" | "-=");
        (assigns && is_keyword(word)).then(|| SyntaxProblem::Unexpected {
            span: before.span,
            found: format!("the keyword `{word}`"),
            expected: "a name".to_string(),
            hint: Some(format!("`{word}` is a keyword of Go; choose another name")),
        })
    }

    /// A keyword where a name is wanted needs another name.
    fn keyword_hint(&self, offset: usize, what: &str) -> Option<String> {
        let word = self.word_at(offset);
        (what.contains("name") && is_keyword(word))
            .then(|| format!("`{word}` is a keyword of Go; choose another name"))
    }
}

/// The first 40 characters of a token, for a message.
pub(super) fn shortened(written: &str) -> String {
    let line = written.lines().next().unwrap_or("");
    if line.chars().count() <= 40 && line.len() == written.len() {
        return line.to_string();
    }
    line.chars().take(39).chain(std::iter::once('…')).collect()
}
