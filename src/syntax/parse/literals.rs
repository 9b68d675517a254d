//! Numbers, strings and runes: from their spelling to their value.
//!
//! In: literal nodes. Out: values; problems of digits and escapes. Go
//! specification, "Lexical elements", from "Integer literals" on.

use super::super::ast::{Expr, ExprKind, Text};
use super::super::problem::SyntaxProblem;
use super::found::shortened;
use super::{Builder, Node};
use crate::source::Span;

impl Builder<'_> {
    /// A number; integers and floats keep their spelling.
    pub(super) fn number(&self, node: &Node) -> Expr {
        let span = self.span(node);
        let written = self.written(span);
        let kind = match classify(written) {
            Ok(Number::Int) => ExprKind::Int(written.to_string()),
            Ok(Number::Float) => ExprKind::Float(written.to_string()),
            Err(why) => {
                self.report(SyntaxProblem::BadNumber { span, written: shortened(written), why });
                ExprKind::Error
            }
        };
        Expr { kind, span }
    }

    /// A string's value; empty where the string is broken.
    pub(super) fn text(&self, node: &Node) -> Text {
        let span = self.span(node);
        let written = self.written(span);
        let value = match written.strip_prefix('`').and_then(|rest| rest.strip_suffix('`')) {
            Some(raw) => raw.replace('\r', ""),
            None if node.as_str().starts_with('"') => self.unquoted(span),
            None => String::new(),
        };
        Text { value, span }
    }

    /// A rune's code point.
    pub(super) fn rune(&self, node: &Node) -> Expr {
        let span = self.span(node);
        let bytes = self.unescaped(span, '\'');
        let runes: Vec<u32> = match bytes {
            Ok(Unescaped::Byte(byte)) => vec![u32::from(byte)],
            Ok(Unescaped::Text(text)) => text.chars().map(u32::from).collect(),
            Err(()) => return Expr { kind: ExprKind::Error, span },
        };
        if let [rune] = runes.as_slice() {
            return Expr { kind: ExprKind::Rune(*rune), span };
        }
        self.report(SyntaxProblem::BadRune { span, count: runes.len() });
        Expr { kind: ExprKind::Error, span }
    }

    fn unquoted(&self, span: Span) -> String {
        match self.unescaped(span, '"') {
            Ok(Unescaped::Text(text)) => text,
            Ok(Unescaped::Byte(_)) | Err(()) => String::new(),
        }
    }

    /// The value between the quotes; a problem is reported here.
    fn unescaped(&self, span: Span, quote: char) -> Result<Unescaped, ()> {
        let written = self.written(span);
        let inside = written.get(1..written.len().saturating_sub(1)).unwrap_or("");
        let bad = |at: usize, len: usize, why: &'static str| {
            let start = span.start as usize + 1 + at;
            let span = Span::new(start, start + len);
            self.report(SyntaxProblem::BadEscape { span, written: self.written(span).to_string(), why });
        };
        let mut bytes = Vec::with_capacity(inside.len());
        let mut at = 0;
        while let Some(c) = inside.get(at..).and_then(|rest| rest.chars().next()) {
            if c != '\\' {
                bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                at += c.len_utf8();
                continue;
            }
            let (len, value) = escape(&inside[at..], quote);
            match value {
                Ok(Escaped::Char(c)) => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
                Ok(Escaped::Byte(byte)) if quote == '\'' && len == inside.len() => {
                    return Ok(Unescaped::Byte(byte));
                }
                Ok(Escaped::Byte(byte)) => bytes.push(byte),
                Err(why) => {
                    bad(at, len, why);
                    return Err(());
                }
            }
            at += len;
        }
        String::from_utf8(bytes).map(Unescaped::Text).map_err(|_| {
            bad(0, inside.len(), "these bytes are not UTF-8");
        })
    }
}

enum Unescaped {
    Text(String),
    /// `'\xff'`: a rune literal may give a byte.
    Byte(u8),
}

enum Escaped {
    Char(char),
    Byte(u8),
}

/// Reads the escape at the start of `text`: its length and its value.
fn escape(text: &str, quote: char) -> (usize, Result<Escaped, &'static str>) {
    let Some(kind) = text.chars().nth(1) else { return (text.len(), Err("nothing to escape")) };
    let simple = |c| (2, Ok(Escaped::Char(c)));
    match kind {
        'a' => simple('\u{7}'),
        'b' => simple('\u{8}'),
        'f' => simple('\u{c}'),
        'n' => simple('\n'),
        'r' => simple('\r'),
        't' => simple('\t'),
        'v' => simple('\u{b}'),
        '\\' => simple('\\'),
        c if c == quote => simple(c),
        '0'..='7' => digits(text, 1, 3, 8),
        'x' => digits(text, 2, 2, 16),
        'u' => digits(text, 2, 4, 16),
        'U' => digits(text, 2, 8, 16),
        c => (1 + c.len_utf8(), Err("unknown escape")),
    }
}

/// `\x41`, `\101`, `\u0041`: `count` digits of a base, `skip` characters in.
fn digits(text: &str, skip: usize, count: usize, base: u32) -> (usize, Result<Escaped, &'static str>) {
    let digits: String = text.chars().skip(skip).take(count).take_while(|c| c.is_digit(base)).collect();
    let len = skip + digits.len();
    if digits.len() < count {
        return (len, Err("too few digits"));
    }
    let value = u32::from_str_radix(&digits, base).unwrap_or(u32::MAX);
    let result = if count > 3 {
        char::from_u32(value).map(Escaped::Char).ok_or("not a Unicode character")
    } else {
        u8::try_from(value).map(Escaped::Byte).map_err(|_| "more than a byte holds")
    };
    (len, result)
}

enum Number {
    Int,
    Float,
}

/// What kind of number this is, or what is wrong with it.
fn classify(written: &str) -> Result<Number, &'static str> {
    let lower = written.to_ascii_lowercase();
    if let Some(digits) = lower.strip_prefix("0x") {
        return if digits.contains(['.', 'p']) { float(digits, 16) } else { integer(digits, 16) };
    }
    if let Some(digits) = lower.strip_prefix("0b") {
        return integer(digits, 2);
    }
    if let Some(digits) = lower.strip_prefix("0o") {
        return integer(digits, 8);
    }
    if lower.contains(['.', 'e', 'i']) {
        return float(&lower, 10);
    }
    match lower.strip_prefix('0') {
        Some(digits) if !digits.is_empty() => integer(digits, 8),
        _ => integer(&lower, 10),
    }
}

/// Digits of a base with single underscores between them (one may follow the prefix).
fn integer(digits: &str, base: u32) -> Result<Number, &'static str> {
    let bare = digits.strip_prefix('_').unwrap_or(digits);
    if bare.is_empty() {
        return Err("no digits after the prefix");
    }
    if bare.starts_with('_') || bare.ends_with('_') || bare.contains("__") || (base == 10 && bare != digits) {
        return Err("`_` must separate digits");
    }
    match bare.chars().find(|c| *c != '_' && !c.is_digit(base)) {
        None => Ok(Number::Int),
        Some(c) if c.is_ascii_digit() && base == 8 => Err("a digit that octal numbers do not have"),
        Some(c) if c.is_ascii_digit() => Err("a digit that binary numbers do not have"),
        Some(_) => Err("a letter in a number"),
    }
}

/// Only the shape matters: floats are outside the language.
fn float(digits: &str, base: u32) -> Result<Number, &'static str> {
    let mark = if base == 16 { 'p' } else { 'e' };
    let digits = digits.strip_suffix('i').unwrap_or(digits);
    let (mantissa, exponent) = digits.split_once(mark).map_or((digits, "0"), |(m, e)| (m, e));
    let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    if exponent.is_empty() || !exponent.chars().all(|c| c.is_ascii_digit() || c == '_') {
        return Err("an exponent without digits");
    }
    if mantissa.matches('.').count() > 1 {
        return Err("two decimal points");
    }
    match mantissa.chars().all(|c| c.is_digit(base) || matches!(c, '.' | '_')) {
        true => Ok(Number::Float),
        false => Err("a letter in a number"),
    }
}
