//! What a piece of a model's text is, for whoever shows it in colours.

use super::tokens::{Kind, is_keyword, tokens};
use crate::source::Span;

/// A colour's reason.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Paint {
    Keyword,
    Text,
    Number,
    Comment,
}

/// goknot's own words. They are words only where the form fits; a colour need not know that.
const OWN: &[&str] = &[
    "any", "assert", "check", "choose", "cover", "delete", "expect", "fix", "idle", "leadsto", "loses",
    "meta", "model", "param",
];

/// The pieces of `text` that have a colour, in order.
pub fn paint(text: &str) -> Vec<(Span, Paint)> {
    let (tokens, _) = tokens(text);
    let painted = tokens.into_iter().filter_map(|token| {
        let word = text.get(token.span.range()).unwrap_or_default();
        let paint = match token.kind {
            Kind::Word if is_keyword(word) || OWN.contains(&word) => Paint::Keyword,
            Kind::Number => Paint::Number,
            Kind::Text => Paint::Text,
            Kind::Comment => Paint::Comment,
            Kind::Word
            | Kind::Mark
            | Kind::Broken
            | Kind::Operation
            | Kind::Newline
            | Kind::LineEnd
            | Kind::Blank => return None,
        };
        Some((token.span, paint))
    });
    painted.collect()
}

#[cfg(test)]
mod tests {
    use super::{Paint, paint};

    #[test]
    fn words_texts_and_comments_have_colours() {
        let text = "func f() { // go\n\tx := \"go\" + 1\n}\n";
        let pieces = paint(text);
        let pieces: Vec<_> = pieces.iter().map(|(span, paint)| (&text[span.range()], *paint)).collect();
        assert_eq!(
            pieces,
            [
                ("func", Paint::Keyword),
                ("// go", Paint::Comment),
                ("\"go\"", Paint::Text),
                ("1", Paint::Number)
            ]
        );
    }
}
