//! Colours, width and characters of text reports: values, decided by who calls.

use super::visible;

/// How a text report may look.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Style {
    /// Whether to write ANSI colours.
    pub color: bool,
    /// Characters in a line.
    pub width: usize,
    /// Whether box drawing and other characters beyond ASCII may be used.
    pub unicode: bool,
    /// Show every step, also those that change nothing, and fold nothing.
    pub verbose: bool,
}

impl Default for Style {
    fn default() -> Self {
        Self { color: false, width: 100, unicode: true, verbose: false }
    }
}

/// What a piece of text is, which decides its colour.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ink {
    Bad,
    Good,
    Warn,
    /// Names and headings.
    Strong,
    Dim,
    /// Files and lines.
    Place,
    /// What a step changed.
    Effect,
    /// Code; never coloured.
    Operation,
}

impl Style {
    /// `text` in the colour of `ink`.
    pub fn paint(&self, ink: Ink, text: &str) -> String {
        if !self.color || text.is_empty() || ink == Ink::Operation {
            return text.to_string();
        }
        let code = match ink {
            Ink::Bad => "1;31",
            Ink::Good => "1;32",
            Ink::Warn => "1;33",
            Ink::Strong => "1",
            Ink::Dim => "2",
            Ink::Place => "36",
            Ink::Effect => "33",
            Ink::Operation => "0",
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }

    /// The first text where Unicode may be used, else the second.
    pub fn either<'a>(&self, unicode: &'a str, ascii: &'a str) -> &'a str {
        if self.unicode { unicode } else { ascii }
    }

    /// A line of `text` filled up with a rule to the width.
    pub fn rule(&self, text: &str) -> String {
        let line = self.either("─", "-");
        let text = cut(text, self.width.saturating_sub(6), self);
        let head = format!("{} {text} ", line.repeat(2));
        let fill = self.width.min(100).saturating_sub(head.chars().count()).max(2);
        format!("{head}{}", line.repeat(fill))
    }

    /// Text with every character that the terminal may not know replaced, and none of the model's that steers it.
    pub fn plain(&self, text: &str) -> String {
        let text = if self.color { visible::coloured(text) } else { visible::lines(text) };
        if self.unicode {
            return text;
        }
        let mut out = String::with_capacity(text.len());
        for c in text.chars() {
            match c {
                '…' => out.push_str("..."),
                '×' => out.push('x'),
                '→' => out.push_str("->"),
                c => out.push(c),
            }
        }
        out
    }
}

/// `text` cut to `width` characters, the last of them `…` where something is missing.
pub(super) fn cut(text: &str, width: usize, style: &Style) -> String {
    if text.chars().count() <= width {
        return text.to_string();
    }
    let mark = style.either("…", "..");
    let keep = width.saturating_sub(mark.chars().count());
    let kept: String = text.chars().take(keep).collect();
    format!("{}{mark}", kept.trim_end())
}

/// `text` filled with blanks to `width` characters.
pub(super) fn pad(text: &str, width: usize) -> String {
    let fill = width.saturating_sub(text.chars().count());
    format!("{text}{}", " ".repeat(fill))
}

/// `text` in lines of at most `width` characters, broken at blanks.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        let fits = line.is_empty() || line.chars().count() + 1 + word.chars().count() <= width;
        if !fits {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    lines
}

/// `1234567` as `1,234,567`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 state`, `2 states`.
pub(super) fn count(number: u64, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {what}{plural}", grouped(number))
}

/// `a`, `a and b`, `a, b and c`.
pub(super) fn listed(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [all @ .., last] => format!("{} and {last}", all.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1000), "1,000");
        assert_eq!(grouped(12_345_678), "12,345,678");
        assert_eq!(count(1, "state"), "1 state");
    }

    #[test]
    fn text_is_cut_and_wrapped_by_characters() {
        let style = Style::default();
        assert_eq!(cut("añb", 3, &style), "añb");
        assert_eq!(cut("añbcd", 3, &style), "añ…");
        assert_eq!(cut("abcdef", 5, &Style { unicode: false, ..style }), "abc..");
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(listed(&["a".into(), "b".into(), "c".into()]), "a, b and c");
    }

    #[test]
    fn colours_are_written_only_where_wanted() {
        let style = Style { color: true, ..Style::default() };
        assert_eq!(style.paint(Ink::Dim, "x"), "\u{1b}[2mx\u{1b}[0m");
        assert_eq!(Style::default().paint(Ink::Dim, "x"), "x");
    }
}
