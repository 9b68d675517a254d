//! A model's text with one of its fixes in place: what a diff compares with the original.
//!
//! In: a file, a fix. Out: the text in which each declaration of the fix stands where the one of the same name stood, new
//! ones after the last that is no property, and those that it deletes are gone.

use super::edit::Edit;
use super::parts::{keys, span};
use crate::source::Source;
use crate::syntax::ast::{Decl, File, Fix};

/// The text of `source` with `fix` in place. The fix itself stays where it is.
pub fn patched(source: &Source, file: &File, fix: &Fix) -> String {
    let text = source.text();
    let program = |decl: &&Decl| !keys(decl).is_empty();
    let end =
        file.decls.iter().filter(program).map(|decl| span(decl).range().end).max().unwrap_or(text.len());
    let mut edits: Vec<Edit> = Vec::new();
    let mut added = String::new();
    for decl in fix.decls.iter().filter(program) {
        let key = keys(decl);
        let old = file.decls.iter().find(|old| keys(old).iter().any(|name| key.contains(name)));
        let new = outdented(source.slice(span(decl)));
        match (decl, old) {
            (Decl::Delete(_), Some(old)) => edits.push(Edit::remove(whole_lines(text, old))),
            (Decl::Delete(_), None) => {}
            (_, Some(old)) => edits.push(Edit { range: span(old).range(), text: new }),
            (_, None) => added.push_str(&format!("\n\n{}{new}", word(decl, &new))),
        }
    }
    if !added.is_empty() {
        edits.push(Edit::insert(end, added));
    }
    apply(text, edits)
}

/// The word that is missing before a declaration whose span begins after it: a group shares it.
fn word(decl: &Decl, text: &str) -> &'static str {
    let word = match decl {
        Decl::Var(_) => "var ",
        Decl::Type(_) => "type ",
        _ => "",
    };
    if text.starts_with(word) { "" } else { word }
}

/// A declaration with its line's end and the comment lines right above.
fn whole_lines(text: &str, decl: &Decl) -> std::ops::Range<usize> {
    let range = span(decl).range();
    let mut start = text[..range.start].rfind('\n').map_or(0, |at| at + 1);
    while let Some(above) = start.checked_sub(1) {
        let line = text[..above].rfind('\n').map_or(0, |at| at + 1);
        if !text[line..above].trim_start().starts_with("//") {
            break;
        }
        start = line;
    }
    let end = text[range.end..].find('\n').map_or(text.len(), |at| range.end + at + 1);
    start..end
}

/// Unlike [`super::edit::apply`] this lets the lines below move.
fn apply(text: &str, mut edits: Vec<Edit>) -> String {
    edits.sort_by_key(|edit| (edit.range.start, edit.range.end));
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for edit in edits {
        out.push_str(&text[at..edit.range.start.max(at)]);
        out.push_str(&edit.text);
        at = edit.range.end.max(at);
    }
    out.push_str(&text[at..]);
    out
}

/// A declaration of a fix as it stands at the top level.
fn outdented(text: &str) -> String {
    let lines: Vec<&str> = text.split('\n').collect();
    lines.iter().map(|line| line.strip_prefix('\t').unwrap_or(line)).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::patched;
    use crate::source::Source;
    use crate::syntax;

    #[test]
    fn replaced_added_and_deleted() {
        let text = "model m\n\nvar a int\n\n// Old.\nfunc old() {\n}\n\nfunc f() {\n\told()\n}\n\nfix x \"t\" {\n\tdelete old\n\tvar b int\n\tfunc f() {\n\t\tb++\n\t}\n}\n";
        let source = Source::new("m.knot", text);
        let (file, _) = syntax::parse(&source);
        let fix = super::super::fix(&file, "x").expect("the fix");
        let new = patched(&source, &file, fix);
        let whole = "model m\n\nvar a int\n\n\nfunc f() {\n\tb++\n}\n\nvar b int\n\nfix x";
        assert!(new.starts_with(whole), "{new}");
    }
}
