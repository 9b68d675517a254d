//! Text of a model inside Markdown, where it must stay text.

use crate::report::visible;

/// Text within a line: no emphasis, no link, no tag, no cell of a table, no heading or list where a line begins with it.
pub(super) fn text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let text = visible::line(text);
    for (at, c) in text.char_indices() {
        match c {
            '\\' | '`' | '*' | '[' | ']' | '|' | '~' | '$' | '!' => {
                out.push('\\');
                out.push(c);
            }
            // Inside a word it is text.
            '_' if !is_within_word(&text, at) => out.push_str("\\_"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '#' | '+' | '-' | '=' | ':' if at == 0 => {
                out.push('\\');
                out.push(c);
            }
            // `1.` begins a list.
            '.' | ')' if at > 0 && text[..at].chars().all(|c| c.is_ascii_digit()) => {
                out.push('\\');
                out.push(c);
            }
            // Nobody is to be called by a report: no name follows the sign.
            '@' => out.push_str("@<!-- -->"),
            c => out.push(c),
        }
    }
    out
}

fn is_within_word(text: &str, at: usize) -> bool {
    let before = text[..at].chars().next_back().is_some_and(char::is_alphanumeric);
    let after = text[at + 1..].chars().next().is_some_and(char::is_alphanumeric);
    before && after
}

/// Paragraphs, as a quotation.
pub(super) fn prose(written: &str) -> String {
    let mut out = String::new();
    let text_of = |paragraph: &str| text(paragraph);
    for paragraph in written.replace("\r\n", "\n").split("\n\n") {
        let line = text_of(paragraph);
        if line.is_empty() {
            continue;
        }
        if !out.is_empty() {
            out.push_str(">\n");
        }
        for line in wrapped(&line) {
            out.push_str(&format!("> {line}\n"));
        }
    }
    out
}

/// Lines of about a hundred characters. Breaks only before words that begin nothing.
fn wrapped(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        let opens = word.starts_with(|c: char| c.is_ascii_digit() || "#+-=:>\\&".contains(c));
        match lines.last_mut() {
            Some(line) if opens || line.chars().count() + 1 + word.chars().count() <= 100 => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_string()),
        }
    }
    lines
}

/// A piece of code within a line.
pub(super) fn code(code: &str) -> String {
    let code = visible::line(code);
    let ticks = "`".repeat(longest_run(&code) + 1);
    let pad = if code.starts_with('`') || code.ends_with('`') || code.is_empty() { " " } else { "" };
    format!("{ticks}{pad}{code}{pad}{ticks}")
}

/// A block of code that nothing inside can end.
pub(super) fn fenced(language: &str, code: &str) -> String {
    block(language, &visible::lines(code))
}

/// As [`fenced`], of text that is visible already.
pub(super) fn block(language: &str, code: &str) -> String {
    let fence = "`".repeat((longest_run(code) + 1).max(3));
    format!("{fence}{language}\n{}\n{fence}\n", code.trim_end_matches('\n'))
}

/// The longest run of backticks.
fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

/// A link, where the target is one of the web.
pub(super) fn link(name: &str, target: &str) -> Option<String> {
    let rest = target.strip_prefix("https://").or_else(|| target.strip_prefix("http://"))?;
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._~/?#@!$&+,;=:%".contains(c);
    if rest.is_empty() || !rest.chars().all(plain) {
        return None;
    }
    Some(format!("[{name}]({target})"))
}

#[cfg(test)]
mod tests {
    use super::{block, code, link, prose, text};

    #[test]
    fn text_stays_text() {
        assert_eq!(
            text("a*b* `c` |d| <e> & f_g _h_"),
            "a\\*b\\* \\`c\\` \\|d\\| &lt;e&gt; &amp; f_g \\_h\\_"
        );
        assert_eq!(text("# x"), "\\# x");
        assert_eq!(text("1. x"), "1\\. x");
        assert_eq!(text("![a](b)"), "\\!\\[a\\](b)");
        assert_eq!(text("a\n# b"), "a # b");
    }

    #[test]
    fn code_stays_code() {
        assert_eq!(code("a`b"), "``a`b``");
        assert_eq!(code("`"), "`` ` ``");
        assert_eq!(block("", "a\n```\nb"), "````\na\n```\nb\n````\n");
    }

    #[test]
    fn only_the_web_is_linked() {
        assert_eq!(link("x", "https://a.b/c?d=1"), Some("[x](https://a.b/c?d=1)".into()));
        for bad in ["javascript:alert(1)", "https://a b", "https://a)b", "", "https://"] {
            assert_eq!(link("x", bad), None, "{bad}");
        }
    }

    #[test]
    fn no_line_of_a_quotation_begins_anything() {
        let long = format!("{} # no heading {} 1. no list", "word ".repeat(20), "word ".repeat(18));
        let lines: Vec<String> = prose(&long).lines().map(str::to_owned).collect();
        assert!(lines.len() > 2);
        assert!(
            lines.iter().all(|line| line.starts_with("> w")
                || line.starts_with("> n")
                || line.starts_with("> h")
                || line.starts_with("> l")),
            "{lines:#?}"
        );
    }
}
