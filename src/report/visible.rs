//! Text of a model as a reader may safely see it: what would steer a terminal or a viewer is spelled out.
//!
//! In: names, messages, `meta` of a model. Out: the same text without control characters and without the marks that
//! change the direction of writing or cannot be seen. Quoting for a format is that format's own.

/// `text` on as many lines as it has.
pub(super) fn lines(text: &str) -> String {
    spelled(text, |c| matches!(c, '\n' | '\t'))
}

/// As [`lines`], with the colours that it has.
pub(super) fn coloured(text: &str) -> String {
    let mut pieces = text.split('\u{1b}');
    let mut out = lines(pieces.next().unwrap_or_default());
    for piece in pieces {
        let end = piece.find(|c: char| !matches!(c, '[' | ';') && !c.is_ascii_digit()).unwrap_or(piece.len());
        let colours = piece.starts_with('[') && piece[end..].starts_with('m');
        out.push_str(if colours { "\u{1b}" } else { "\\u001b" });
        out.push_str(&lines(piece));
    }
    out
}

/// `text` on one line, white space made single blanks.
pub(super) fn line(text: &str) -> String {
    let text = spelled(text, |c| matches!(c, '\n' | '\t' | '\r'));
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Replaces every troublesome character that is not `kept` as Go would escape it.
fn spelled(text: &str, kept: impl Fn(char) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match u32::from(c) {
            _ if kept(c) || !steers(c) => out.push(c),
            code @ 0x1_0000.. => out.push_str(&format!("\\U{code:08x}")),
            code => out.push_str(&format!("\\u{code:04x}")),
        }
    }
    out
}

/// Control characters, marks of direction, what cannot be seen, separators of lines that programs read as line ends.
fn steers(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{061c}'
                | '\u{200b}'
                | '\u{200e}'
                | '\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{fffe}'
                | '\u{ffff}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

#[cfg(test)]
mod tests {
    use super::{coloured, line, lines};

    #[test]
    fn marks_are_spelled_out() {
        assert_eq!(lines("a\u{202e}b\u{1b}[31m\nc\td"), "a\\u202eb\\u001b[31m\nc\td");
        assert_eq!(line(" a\r\n\tb  c\u{e0041}"), "a b c\\U000e0041");
        assert_eq!(line("añb ✓ 日本"), "añb ✓ 日本");
        assert_eq!(
            coloured("\u{1b}[1;31mred\u{1b}[0m\u{1b}[2J\u{1b}"),
            "\u{1b}[1;31mred\u{1b}[0m\\u001b[2J\\u001b"
        );
    }
}
