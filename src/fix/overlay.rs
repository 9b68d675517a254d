//! A changed text as a `fix` declaration to paste into the model.

use std::collections::BTreeMap;

use super::text::deeper;
use crate::source::Source;
use crate::syntax::ast::{Decl, File};
use crate::verify::parts::{keys, text_of};

/// The declarations of `new` that are not those of `old`, as a `fix` of this name and title.
pub fn declaration(old: (&Source, &File), new: (&Source, &File), name: &str, title: &str) -> String {
    let texts = |(source, file): (&Source, &File)| -> Vec<(String, String)> {
        let of = |decl: &Decl| keys(decl).into_iter().next().map(|key| (key, text_of(source, decl)));
        file.decls.iter().filter_map(of).collect()
    };
    let before: BTreeMap<String, String> = texts(old).into_iter().collect();
    let changed = texts(new).into_iter().filter(|(key, text)| before.get(key) != Some(text));
    let declarations: Vec<String> = changed.map(|(_, text)| indented(&text)).collect();
    let title = title.replace('\\', "\\\\").replace('"', "\\\"");
    format!("fix {name} \"{title}\" {{\n{}\n}}\n", declarations.join("\n\n"))
}

/// One tab deeper, but for what stands between backquotes.
fn indented(text: &str) -> String {
    if text.contains('`') { text.to_owned() } else { deeper(text) }
}
