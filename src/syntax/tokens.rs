//! Text to tokens, as far as the layout needs them.
//!
//! In: the text of a model. Out: [`Token`]s that cover everything but blanks, and
//! the problems that only a lexer sees: unclosed strings and comments, characters
//! that Go does not have. The grammar has the last word on what a token means.

use super::layout::MOST_PROBLEMS;
use super::problem::SyntaxProblem;
use crate::source::Span;

/// What a token is, no finer than layout and messages need.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// A name or a keyword.
    Word,
    Number,
    /// A closed string or rune literal.
    Text,
    /// An operator or a bracket.
    Mark,
    /// A string or rune that is not closed; reported.
    Broken,
    /// The operation of an `expect` line.
    Operation,
    Comment,
    /// A newline byte.
    Newline,
    /// The end of a line that ends a statement: a `;` that nobody wrote.
    LineEnd,
    /// Bytes to pass over: a byte order mark, a bad character; reported.
    Blank,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) span: Span,
}

const KEYWORDS: &[&str] = &[
    "break",
    "case",
    "chan",
    "const",
    "continue",
    "default",
    "defer",
    "else",
    "fallthrough",
    "for",
    "func",
    "go",
    "goto",
    "if",
    "import",
    "interface",
    "map",
    "package",
    "range",
    "return",
    "select",
    "struct",
    "switch",
    "type",
    "var",
];

/// Longest first, so that the first that fits is the right one. `=>`, `->` and `?`
/// are not Go's: they are here to be named in a message.
const MARKS: &[&str] = &[
    "<<=", ">>=", "&^=", "...", ":=", "==", "!=", "<=", ">=", "=>", "->", "&&", "||", "<-", "++", "--", "+=",
    "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<", ">>", "&^", "..", "(", ")", "[", "]", "{", "}", ",", ";",
    ":", ".", "+", "-", "*", "/", "%", "&", "|", "^", "!", "<", ">", "=", "~", "?",
];

/// True for Go's keywords, not for goknot's words.
pub(super) fn is_keyword(word: &str) -> bool {
    KEYWORDS.binary_search(&word).is_ok()
}

/// True where Go allows `c` as the first character of a name.
fn starts_word(c: char) -> bool {
    c == '_' || c.is_alphabetic()
}

fn continues_word(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

/// Tokens in one file. Building a tree of more would take many seconds.
const MOST_TOKENS: usize = 2_000_000;

/// All tokens of `text` in order. Of a monstrous file only the first are read, and
/// [`SyntaxProblem::TooLarge`] is among the problems.
pub(super) fn tokens(text: &str) -> (Vec<Token>, Vec<SyntaxProblem>) {
    let mut lexer = Lexer { text, at: 0, tokens: Vec::new(), problems: Vec::new() };
    while lexer.step() {
        if lexer.tokens.len() > MOST_TOKENS {
            let span = Span::new(lexer.at, lexer.at);
            return (lexer.tokens, vec![SyntaxProblem::TooLarge { span, limit: MOST_TOKENS }]);
        }
    }
    (lexer.tokens, lexer.problems)
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
    tokens: Vec<Token>,
    problems: Vec<SyntaxProblem>,
}

impl Lexer<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or("")
    }

    /// Reads one token or blank; false at the end.
    fn step(&mut self) -> bool {
        let Some(first) = self.rest().chars().next() else { return false };
        match first {
            ' ' | '\t' | '\r' => self.at += 1,
            '\n' => self.token(Kind::Newline, 1),
            '\u{feff}' if self.at == 0 => self.token(Kind::Blank, first.len_utf8()),
            '"' => self.quoted('"'),
            '\'' => self.quoted('\''),
            '`' => self.raw_string(),
            '/' if self.rest().starts_with("//") => self.line_comment(),
            '/' if self.rest().starts_with("/*") => self.block_comment(),
            c if starts_word(c) => self.word(),
            c if c.is_ascii_digit() => self.number(),
            '.' if self.rest().as_bytes().get(1).is_some_and(u8::is_ascii_digit) => self.number(),
            c => self.mark(c),
        }
        true
    }

    fn report(&mut self, problem: SyntaxProblem) {
        if self.problems.len() < MOST_PROBLEMS {
            self.problems.push(problem);
        }
    }

    fn token(&mut self, kind: Kind, len: usize) {
        self.tokens.push(Token { kind, span: Span::new(self.at, self.at + len) });
        self.at += len;
    }

    fn word(&mut self) {
        let len = self.rest().find(|c| !continues_word(c)).unwrap_or(self.rest().len());
        self.token(Kind::Word, len);
    }

    /// Reads as greedily as the grammar's `number`.
    fn number(&mut self) {
        let bytes = self.rest().as_bytes();
        let hex = bytes.first() == Some(&b'0') && matches!(bytes.get(1), Some(b'x' | b'X'));
        let mut len = 0_usize;
        for c in self.rest().chars() {
            let before = bytes.get(len.wrapping_sub(1)).copied().unwrap_or(b' ');
            let exponent = if hex { matches!(before, b'p' | b'P') } else { matches!(before, b'e' | b'E') };
            let fits = match c {
                '.' => bytes.get(len + 1) != Some(&b'.'),
                '+' | '-' => exponent,
                c => continues_word(c),
            };
            if !fits {
                break;
            }
            len += c.len_utf8();
        }
        self.token(Kind::Number, len.max(1));
    }

    /// A string or a rune: closed on its own line or broken.
    fn quoted(&mut self, quote: char) {
        let mut escaped = false;
        let mut close = None;
        let mut end = self.rest().len();
        for (at, c) in self.rest().char_indices().skip(1) {
            match c {
                '\n' => {
                    end = at;
                    break;
                }
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                c if c == quote => {
                    close = Some(at + 1);
                    break;
                }
                _ => {}
            }
        }
        if let Some(close) = close {
            return self.token(Kind::Text, close);
        }
        let end = self.rest().get(..end).unwrap_or("").trim_end().len().max(1);
        let span = Span::new(self.at, self.at + end);
        self.report(if quote == '"' {
            SyntaxProblem::UnclosedString { span, raw: false }
        } else {
            SyntaxProblem::UnclosedRune { span }
        });
        self.token(Kind::Broken, end);
    }

    fn raw_string(&mut self) {
        match self.rest().get(1..).and_then(|rest| rest.find('`')) {
            Some(close) => self.token(Kind::Text, close + 2),
            None => {
                let span = Span::new(self.at, self.at + 1);
                self.report(SyntaxProblem::UnclosedString { span, raw: true });
                self.token(Kind::Broken, self.rest().len());
            }
        }
    }

    fn line_comment(&mut self) {
        let len = self.rest().find('\n').unwrap_or(self.rest().len());
        self.token(Kind::Comment, len);
    }

    fn block_comment(&mut self) {
        match self.rest().get(2..).and_then(|rest| rest.find("*/")) {
            Some(close) => self.token(Kind::Comment, close + 4),
            None => {
                let span = Span::new(self.at, self.at + 2);
                self.report(SyntaxProblem::UnclosedComment { span });
                self.token(Kind::Comment, self.rest().len());
            }
        }
    }

    fn mark(&mut self, first: char) {
        if let Some(mark) = MARKS.iter().find(|mark| self.rest().starts_with(**mark)) {
            return self.token(Kind::Mark, mark.len());
        }
        let span = Span::new(self.at, self.at + first.len_utf8());
        self.report(SyntaxProblem::BadCharacter { span, character: first });
        let run = self.rest().find(|c| c != first).unwrap_or(self.rest().len());
        self.token(Kind::Blank, run);
    }
}
