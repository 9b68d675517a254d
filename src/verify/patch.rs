//! A model's text with one of its fixes in place: what a diff compares with the original.
//!
//! In: a file, a fix. Out: the text in which each declaration of the fix stands where the one of the same name stood, new
//! ones after the last that is no property, and those that it deletes are gone.

use super::edit::{self, Edit};
use super::parts::{keys, span, text_of};
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
        match (decl, old) {
            (Decl::Delete(_), Some(old)) => edits.push(Edit::remove(whole_lines(text, old))),
            (Decl::Delete(_), None) => {}
            (_, Some(old)) => {
                let text = outdented(source.slice(span(decl)));
                edits.push(Edit { range: span(old).range(), text });
            }
            (_, None) => added.push_str(&format!("\n\n{}", outdented(&text_of(source, decl)))),
        }
    }
    if !added.is_empty() {
        edits.push(Edit::insert(end, added));
    }
    edit::moved(text, &edits)
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
