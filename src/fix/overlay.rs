//! A changed text as a `fix` declaration to paste into the model, and as a diff.

use std::collections::BTreeMap;

use similar::TextDiff;

use super::text::deeper;
use crate::source::Source;
use crate::syntax::ast::{Decl, File};
use crate::verify::parts::{keys, span};

/// The declarations of `new` that are not those of `old`, as a `fix` of this name and title.
pub fn declaration(old: (&Source, &File), new: (&Source, &File), name: &str, title: &str) -> String {
    let texts = |(source, file): (&Source, &File)| -> Vec<(String, String)> {
        let of = |decl: &Decl| keys(decl).into_iter().next().map(|key| (key, text(source, decl)));
        file.decls.iter().filter_map(of).collect()
    };
    let before: BTreeMap<String, String> = texts(old).into_iter().collect();
    let changed = texts(new).into_iter().filter(|(key, text)| before.get(key) != Some(text));
    let declarations: Vec<String> = changed.map(|(_, text)| indented(&text)).collect();
    let title = title.replace('\\', "\\\\").replace('"', "\\\"");
    format!("fix {name} \"{title}\" {{\n{}\n}}\n", declarations.join("\n\n"))
}

/// The text of a declaration, with the word that a group shares.
fn text(source: &Source, decl: &Decl) -> String {
    let text = source.slice(span(decl));
    let word = match decl {
        Decl::Var(_) => "var",
        Decl::Type(_) => "type",
        Decl::Const(_) => "const",
        _ => return text.to_owned(),
    };
    let starts = text.strip_prefix(word).is_some_and(|rest| rest.starts_with([' ', '\t', '(', '\n']));
    if starts { text.to_owned() } else { format!("{word} {text}") }
}

/// One tab deeper, but for what stands between backquotes.
fn indented(text: &str) -> String {
    if text.contains('`') { text.to_owned() } else { deeper(text) }
}

/// The lines that are different, with those around them.
pub fn diff(name: &str, old: &str, new: &str) -> String {
    let diff = TextDiff::from_lines(old, new);
    diff.unified_diff().context_radius(2).header(name, name).to_string()
}

/// How many lines are different.
pub fn size(old: &str, new: &str) -> usize {
    let diff = TextDiff::from_lines(old, new);
    diff.iter_all_changes().filter(|change| change.tag() != similar::ChangeTag::Equal).count()
}
