//! Edits of a text.

use std::ops::Range;

/// Puts a text in the place of another.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Edit {
    pub range: Range<usize>,
    pub text: String,
}

impl Edit {
    /// Takes a text away.
    pub fn remove(range: Range<usize>) -> Self {
        Self { range, text: String::new() }
    }

    /// Puts a text somewhere.
    pub fn insert(at: usize, text: String) -> Self {
        Self { range: at..at, text }
    }
}

/// `text` with `edits`, none of which overlap. A text that is taken away leaves its lines: those below keep their numbers.
pub fn apply(text: &str, edits: &[Edit]) -> String {
    let lines = |text: &str| text.bytes().filter(|&byte| byte == b'\n').count();
    spliced(text, edits, |edit| lines(&text[edit.range.clone()]).saturating_sub(lines(&edit.text)))
}

/// `text` with `edits` and nothing else changed: the lines below move. What two of them take away is taken away once.
pub fn moved(text: &str, edits: &[Edit]) -> String {
    spliced(text, edits, |_| 0)
}

/// `text` with `edits` and nothing else changed; `None` where two of them overlap.
pub fn replaced(text: &str, edits: &[Edit]) -> Option<String> {
    let sorted = sorted(edits);
    let apart = sorted.windows(2).all(|pair| pair[0].range.end <= pair[1].range.start);
    apart.then(|| moved(text, edits))
}

/// `text` with `edits`, and empty lines behind each: as many as `lost` says.
fn spliced(text: &str, edits: &[Edit], lost: impl Fn(&Edit) -> usize) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for edit in sorted(edits) {
        out.push_str(&text[at..edit.range.start.max(at)]);
        out.push_str(&edit.text);
        out.extend(std::iter::repeat_n('\n', lost(edit)));
        at = edit.range.end.max(at);
    }
    out.push_str(&text[at..]);
    out
}

/// In the order of the text.
fn sorted(edits: &[Edit]) -> Vec<&Edit> {
    let mut sorted: Vec<&Edit> = edits.iter().collect();
    sorted.sort_by_key(|edit| (edit.range.start, edit.range.end));
    sorted
}

#[cfg(test)]
mod tests {
    use super::{Edit, apply, moved, replaced};

    #[test]
    fn nothing_else_is_changed() {
        let edits = [Edit::remove(2..4), Edit::insert(2, "x\n".into())];
        assert_eq!(replaced("a\nb\nc\n", &edits).as_deref(), Some("a\nx\nc\n"));
        let twice = [Edit::remove(0..2), Edit::remove(1..3)];
        assert_eq!(replaced("abcd", &twice), None);
        assert_eq!(moved("abcd", &twice), "d");
    }

    #[test]
    fn lines_keep_their_numbers() {
        let text = "a\nb {\nc\n}\nd\n";
        assert_eq!(apply(text, &[Edit::remove(2..9)]), "a\n\n\n\nd\n");
        let both = [Edit::insert(12, "e\n".into()), Edit { range: 0..1, text: "x".into() }];
        assert_eq!(apply(text, &both), "x\nb {\nc\n}\nd\ne\n");
    }
}
