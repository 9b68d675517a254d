//! How two texts differ: the lines that one has and the other has not.

use similar::{ChangeTag, TextDiff};

/// The difference as `diff -u` writes it, with `context` lines around each change; each text comes with what it is called.
/// Empty where there is none.
pub fn unified(old: (&str, &str), new: (&str, &str), context: usize) -> String {
    let diff = TextDiff::from_lines(old.1, new.1);
    diff.unified_diff().context_radius(context).header(old.0, new.0).to_string()
}

/// How many lines are different.
pub fn size(old: &str, new: &str) -> usize {
    let diff = TextDiff::from_lines(old, new);
    diff.iter_all_changes().filter(|change| change.tag() != ChangeTag::Equal).count()
}

#[cfg(test)]
mod tests {
    use super::{size, unified};

    #[test]
    fn equal_texts_have_no_diff() {
        assert_eq!(unified(("a/m", "a\n"), ("b/m", "a\n"), 3), "");
        assert_eq!(unified(("a/m", "a\n"), ("b/m", "b\n"), 3), "--- a/m\n+++ b/m\n@@ -1 +1 @@\n-a\n+b\n");
        assert_eq!(size("a\nb\n", "a\nc\nd\n"), 3);
    }
}
