//! Random texts: the parser always answers.

use proptest::prelude::*;

use super::parsed;
use crate::diag::render::{Style, render};
use crate::diag::{record::record, short::render_short};
use crate::source::Source;

/// A model that has a bit of everything.
const MODEL: &str = include_str!("everything.knot");

/// Parses, renders in every form, and looks that each place is in the text.
fn survives(text: &str) {
    let (_, found) = parsed(text);
    let source = Source::new("random.knot", text);
    render(&source, &found, Style { color: true, width: 80, unicode: false });
    render_short(&source, &found);
    for diagnostic in &found {
        record(&source, diagnostic);
        for label in &diagnostic.labels {
            assert!(
                label.span.end as usize <= text.len() && label.span.start <= label.span.end,
                "{diagnostic:?}"
            );
            assert!(text.is_char_boundary(label.span.start as usize), "{diagnostic:?}");
        }
    }
}

fn token() -> impl Strategy<Value = &'static str> {
    prop::sample::select(
        "break case chan const continue default defer else fallthrough for func go goto if import interface map \
         package range return select struct switch type var model meta param any choose idle assert check always \
         eventually leadsto cover expect fix delete loses in x y T main deadlock sync.Mutex 1 0x2a 1.5 1..4 'a' \"s\" `r` \
         ( ( ) ) [ ] { { } } , ; : . := = == != < <= > >= + - * / % & | ^ << >> &^ && || ! <- ++ -- += ... ~ ? => \
         // /* */ \" ' ` # \u{0}"
            .split_whitespace()
            .chain(["\n", "\n", "\n", "\t", " ", "func main() {\n", "\nfunc f(a, b int) {\n", "expect leak {\n"])
            .collect::<Vec<_>>(),
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn random_bytes(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        survives(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn random_characters(text in "\\PC{0,200}") {
        survives(&text);
    }

    #[test]
    fn random_tokens(tokens in prop::collection::vec(token(), 0..120), spaces in any::<bool>()) {
        survives(&tokens.join(if spaces { " " } else { "" }));
    }

    #[test]
    fn random_tokens_in_a_function(tokens in prop::collection::vec(token(), 0..60)) {
        survives(&format!("model t\nfunc main() {{\n{}\n}}\n", tokens.join(" ")));
    }

    #[test]
    fn mutated_models(cuts in prop::collection::vec((0.0..1.0f64, 0usize..12, token()), 1..6)) {
        let mut text = MODEL.to_string();
        for (place, len, insert) in cuts {
            let floor = |mut at: usize| {
                while !text.is_char_boundary(at) {
                    at -= 1;
                }
                at
            };
            let start = floor((place * text.len() as f64) as usize);
            let end = floor((start + len).min(text.len())).max(start);
            text.replace_range(start..end, insert);
        }
        survives(&text);
    }

    #[test]
    fn models_that_break_off(place in 0.0..1.0f64) {
        let mut end = (place * MODEL.len() as f64) as usize;
        while !MODEL.is_char_boundary(end) {
            end -= 1;
        }
        survives(&MODEL[..end]);
    }
}

#[test]
fn the_model_itself_is_right() {
    assert!(parsed(MODEL).1.is_empty());
}
