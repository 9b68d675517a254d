//! Source text on one line: how a statement is named in traces and reports.

use crate::machine::Act;
use crate::source::{Source, Span};

/// The text under `span` on one line: runs of white space are one blank, comments go,
/// and braces around several lines hold `…`.
pub fn one_line(source: &Source, span: Span) -> String {
    let text = without_comments(source.slice(span));
    let folded = fold_blocks(&text);
    folded.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The object of an act as written. Inside a function of the library there is no such text: there it is what the
/// model's call is on, `c` in `c.Wait()`.
pub fn object_text(source: &Source, act: &Act) -> String {
    let text = one_line(source, act.text);
    if act.text != act.span {
        return text;
    }
    receiver(&text).map(str::to_string).unwrap_or(text)
}

/// `c` of `c.Wait()`, also in `go c.Wait()`.
fn receiver(call: &str) -> Option<&str> {
    let call = ["go ", "defer "].into_iter().find_map(|word| call.strip_prefix(word)).unwrap_or(call);
    let before = call.strip_suffix(')')?;
    let mut depth = 1;
    let open = before.char_indices().rev().find_map(|(at, c)| {
        depth += match c {
            ')' => 1,
            '(' => -1,
            _ => 0,
        };
        (depth == 0).then_some(at)
    })?;
    let (receiver, method) = before[..open].rsplit_once('.')?;
    let is_name = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || c == '_');
    (is_name(method) && !receiver.contains('=')).then_some(receiver)
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
    fn a_call_is_on_its_receiver() {
        assert_eq!(receiver("c.Wait()"), Some("c"));
        assert_eq!(receiver("go s.conds[f(1)].Wait()"), Some("s.conds[f(1)]"));
        assert_eq!(receiver("once.Do(func() {…})"), Some("once"));
        assert_eq!(receiver("load()"), None);
        assert_eq!(receiver("v := once.load()"), None);
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
