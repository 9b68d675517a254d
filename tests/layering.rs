//! The architecture as a test: data flows one way, so a room of `src/` uses only rooms before it.
//!
//! Reads every `crate::room` in the code of `src/` (comments and test code aside). A new
//! room takes its place in [`ROOMS`].

#![expect(clippy::disallowed_methods, reason = "tests read files and start programs")]

use std::fs;
use std::path::{Path, PathBuf};

/// The rooms in the order of the data flow. The page that explains it: `docs/architecture.md`.
const ROOMS: &[&str] = &[
    "source", "diag", "syntax", "commands", "sync", "sema", "machine", "lower", "property", "engine",
    "backend", "tool", "trace", "expect", "blame", "verify", "fix", "report", "cli",
];

#[test]
fn a_room_uses_only_rooms_before_it() {
    let mut wrong = Vec::new();
    for (room, path) in files() {
        let code = code(&fs::read_to_string(&path).expect("a source file is readable"));
        for (line, used) in rooms_in(&code) {
            let fault = match (rank(&room), rank(used)) {
                (Some(own), Some(other)) if other <= own => continue,
                (Some(_), Some(_)) => format!("`{room}` uses `{used}`"),
                _ => format!("`{used}` is no room"),
            };
            wrong.push(format!("{}:{line}: {fault}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "against the data flow:\n{}", wrong.join("\n"));
}

#[test]
fn every_room_has_a_place() {
    let unknown: Vec<_> =
        files().into_iter().map(|(room, _)| room).filter(|room| rank(room).is_none()).collect();
    assert!(unknown.is_empty(), "add to ROOMS in tests/layering.rs: {unknown:?}");
}

#[test]
fn every_file_says_what_it_is() {
    let silent: Vec<_> = files()
        .into_iter()
        .filter(|(_, path)| !fs::read_to_string(path).expect("readable").starts_with("//!"))
        .map(|(_, path)| path)
        .collect();
    assert!(silent.is_empty(), "start these with a `//!` line: {silent:?}");
}

#[test]
fn the_reader_of_paths_reads_paths() {
    let rooms = |text: &str| rooms_in(text).map(|(line, room)| format!("{line} {room}")).collect::<Vec<_>>();
    assert_eq!(rooms("use crate::machine::{Machine, tag};"), ["1 machine"]);
    assert_eq!(rooms("\nuse crate::{\n    diag::{Code, Label},\n    source,\n};"), ["2 diag", "2 source"]);
    assert_eq!(rooms("let x: crate::sync::Call = crate::commands::f();"), ["1 sync", "1 commands"]);
    assert_eq!(rooms("pub(crate) fn f()"), [""; 0]);
    let text = "use crate::a;\n// crate::b\n#[cfg(test)]\nmod tests { use crate::c; }\n";
    assert_eq!(code(text), "use crate::a;\n\n");
}

fn rank(room: &str) -> Option<usize> {
    ROOMS.iter().position(|known| *known == room)
}

/// Every file of the library with the room it belongs to; test files aside.
fn files() -> Vec<(String, PathBuf)> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    let mut folders = vec![src.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("src is readable") {
            let path = entry.expect("src is readable").path();
            let inner = path.strip_prefix(&src).expect("below src");
            let name = inner.file_name().and_then(|name| name.to_str()).expect("a plain name");
            if path.is_dir() {
                folders.push(path.clone());
            } else if path.extension().is_some_and(|extension| extension == "rs")
                && !["lib.rs", "main.rs", "tests.rs", "testing.rs"].contains(&name)
            {
                let first = inner.iter().next().and_then(|first| first.to_str()).expect("a plain name");
                found.push((first.trim_end_matches(".rs").to_owned(), path));
            }
        }
    }
    found.sort();
    found
}

/// The text up to the test module, comments cut off.
fn code(text: &str) -> String {
    let lines = text.lines().take_while(|line| line.trim() != "#[cfg(test)]");
    lines.flat_map(|line| [line.split("//").next().unwrap_or(""), "\n"]).collect()
}

/// The rooms that the code names after `crate::`, with their lines.
fn rooms_in(code: &str) -> impl Iterator<Item = (usize, &str)> {
    const PREFIX: &str = "crate::";
    code.match_indices(PREFIX).flat_map(move |(at, _)| {
        let line = code[..at].matches('\n').count() + 1;
        let rest = &code[at + PREFIX.len()..];
        let heads = match rest.strip_prefix('{') {
            Some(group) => heads(group),
            None => vec![word(rest)],
        };
        heads.into_iter().map(move |room| (line, room))
    })
}

/// The first words of the items of an import group: `a::{b, c}, d}` gives `a` and `d`.
fn heads(group: &str) -> Vec<&str> {
    let mut depth = 1;
    let mut from = 0;
    let mut found = Vec::new();
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 || (depth == 1 && c == ',') {
            found.push(word(group[from..at].trim_start()));
            from = at + 1;
        }
        if depth == 0 {
            break;
        }
    }
    found.retain(|word| !word.is_empty());
    found
}

fn word(text: &str) -> &str {
    let end = text.find(|c: char| !(c == '_' || c.is_ascii_alphanumeric())).unwrap_or(text.len());
    &text[..end]
}
