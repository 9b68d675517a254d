//! Source text on one line: how a statement is named in traces and reports.

use crate::source::{Source, Span};

/// The text under `span` on one line: runs of white space are one blank, comments go,
/// and braces around several lines hold `…`.
pub fn one_line(source: &Source, span: Span) -> String {
    let text = without_comments(source.slice(span));
    let folded = fold_blocks(&text);
    folded.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Replaces `// …` and `/* … */` by blanks, outside of string and rune literals.
fn without_comments(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let skip = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |at| at + 2)
        } else if matches!(c, '"' | '\'' | '`') {
            let len = literal(rest, c);
            out.push_str(&rest[..len]);
            rest = &rest[len..];
            continue;
        } else {
            out.push(c);
            rest = &rest[c.len_utf8()..];
            continue;
        };
        out.push(' ');
        rest = &rest[skip..];
    }
    out
}

/// Length of the literal that `text` starts with.
fn literal(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' if quote != '`' => escaped = true,
            c if c == quote => return at + c.len_utf8(),
            _ => {}
        }
    }
    text.len()
}

/// Writes `{…}` for every outermost pair of braces with a line break between them.
fn fold_blocks(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        let close = matching(&rest[open..]).map_or(rest.len(), |len| open + len);
        let block = &rest[open..close];
        out.push_str(&rest[..open]);
        out.push_str(if block.contains('\n') { "{…}" } else { block });
        rest = &rest[close..];
    }
    out.push_str(rest);
    out
}

/// Length of the block that `text` starts with, both braces included.
fn matching(text: &str) -> Option<usize> {
    let mut depth = 0usize;
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => {
                depth -= 1;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> String {
        one_line(&Source::new("m", text), Span::new(0, text.len()))
    }

    #[test]
    fn blanks_and_comments_go() {
        assert_eq!(of("x  =\t1 // one"), "x = 1");
        assert_eq!(of("f(\n\ta, /* the\n first */\n\tb,\n)"), "f( a, b, )");
    }

    #[test]
    fn strings_keep_what_looks_like_a_comment() {
        assert_eq!(of("log(\"http://x\")"), "log(\"http://x\")");
    }

    #[test]
    fn blocks_over_several_lines_fold() {
        assert_eq!(of("go func() {\n\tf()\n}()"), "go func() {…}()");
        assert_eq!(of("select {\ncase <-a:\n}"), "select {…}");
        assert_eq!(of("s := &S{n: 1}"), "s := &S{n: 1}");
    }
}
