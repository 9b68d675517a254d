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

#[cfg(test)]
mod tests {
    use crate::syntax::layout::lay_out;

    /// The laid out text, with a `·` for each blank so that columns show.
    fn laid_out(text: &str) -> String {
        let layout = lay_out(text);
        assert_eq!(layout.text.len(), text.len(), "spans stay true");
        layout.text.replace(' ', "·")
    }

    #[test]
    fn a_newline_ends_what_can_be_a_statement() {
        for end in [
            "x",
            "1",
            "'a'",
            "\"a\"",
            "`a`",
            "break",
            "continue",
            "fallthrough",
            "return",
            "++",
            "--",
            ")",
            "]",
            "}",
        ] {
            assert_eq!(laid_out(&format!("{end}\nx")), format!("{end};x"), "{end}");
        }
        for open in
            ["+", "(", "[", "{", ",", ".", "=", ":=", "<-", "if", "func", "else", "go", ";", ":", "&&"]
        {
            assert_eq!(laid_out(&format!("{open}\nx")), format!("{open}\nx"), "{open}");
        }
    }

    #[test]
    fn only_the_first_newline_counts() {
        assert_eq!(laid_out("x\n\n\ny"), "x;\n\ny");
        assert_eq!(laid_out("\n\nx"), "\n\nx");
    }

    #[test]
    fn comments_are_blank_and_let_the_newline_through() {
        assert_eq!(laid_out("x // y\nz"), "x·····;z");
        assert_eq!(laid_out("x /* y */\nz"), "x········;z");
        assert_eq!(laid_out("x /* y */ + z"), "x·········+·z");
        assert_eq!(laid_out("x + // é\ny"), "x·+······\ny");
    }

    #[test]
    fn a_comment_over_several_lines_acts_like_a_newline() {
        assert_eq!(laid_out("x /* a\n b */ y"), "x·····;······y");
        assert_eq!(laid_out("x + /* a\n b */ y"), "x·+············y");
    }

    #[test]
    fn strings_keep_their_newlines_and_comment_marks() {
        assert_eq!(laid_out("`a\n// b`\nx"), "`a\n//·b`;x");
        assert_eq!(laid_out("\"// a\" + '\"'\nx"), "\"//·a\"·+·'\"';x");
    }

    #[test]
    fn windows_line_ends_and_byte_order_marks_are_blanks() {
        assert_eq!(laid_out("x\r\ny\r\n"), "x\r;y\r;");
        assert_eq!(laid_out("\u{feff}x\n"), "···x;");
    }

    #[test]
    fn operations_end_their_line() {
        assert_eq!(laid_out("expect leak {\n\ta: c <-\n}"), "expect·leak·{\n\ta:·\u{3}\u{3}\u{3}\u{3};}");
    }
}
