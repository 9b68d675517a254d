//! Text of a model inside a page: no character of it is markup, and none turns the text around it.

use std::fmt::{self, Write};

use crate::report::visible;

/// The escaper of the templates (see `askama.toml`), and of what is drawn.
#[derive(Clone, Copy, Debug)]
pub(in crate::report) struct Html;

impl askama::filters::Escaper for Html {
    fn write_escaped_str<W: Write>(&self, mut dest: W, text: &str) -> fmt::Result {
        let text = visible::lines(text);
        let mut plain = 0;
        for (at, c) in text.char_indices() {
            let instead = match c {
                '&' => "&amp;",
                '<' => "&lt;",
                '>' => "&gt;",
                '"' => "&quot;",
                '\'' => "&#39;",
                _ => continue,
            };
            dest.write_str(&text[plain..at])?;
            dest.write_str(instead)?;
            plain = at + c.len_utf8();
        }
        dest.write_str(&text[plain..])
    }
}

/// `text` between tags or inside a quoted attribute.
pub(super) fn text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    // Writing to a String cannot fail.
    let _ = askama::filters::Escaper::write_escaped_str(&Html, &mut out, text);
    out
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn nothing_is_markup() {
        assert_eq!(text("</script><b a='\"&"), "&lt;/script&gt;&lt;b a=&#39;&quot;&amp;");
        assert_eq!(text("x := \"añ\"\n\t1"), "x := &quot;añ&quot;\n\t1");
    }

    #[test]
    fn nothing_turns_the_text_around_it() {
        assert_eq!(text("a\u{202e}b\u{2069}c\u{7}"), "a\\u202eb\\u2069c\\u0007");
    }
}
