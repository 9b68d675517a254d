//! The documents keep their word: every whole model in them is checked, every litmus model they name exists.

#![expect(clippy::disallowed_methods, reason = "tests read files and start programs")]

use std::fs;
use std::path::{Path, PathBuf};

use goknot::source::Source;
use goknot::syntax;

/// The documents whose ```` ```knot ```` blocks are whole models.
const GUIDES: &[&str] = &["docs/language.md", "README.md"];

/// A fenced block with the line on which its text begins.
struct Fence {
    language: String,
    line: usize,
    text: String,
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn fences(document: &str) -> Vec<Fence> {
    let mut found: Vec<Fence> = Vec::new();
    let mut open = false;
    for (number, line) in document.lines().enumerate() {
        match (open, line.strip_prefix("```")) {
            (false, Some(language)) => {
                found.push(Fence { language: language.trim().into(), line: number + 2, text: String::new() });
                open = true;
            }
            (true, Some(_)) => open = false,
            (true, None) => {
                let text = &mut found.last_mut().expect("an open block").text;
                text.push_str(line);
                text.push('\n');
            }
            (false, None) => {}
        }
    }
    assert!(!open, "a block that is not closed");
    found
}

/// Every whole model, with a name that says where it stands.
fn models() -> Vec<(String, String)> {
    let mut models = Vec::new();
    for guide in GUIDES {
        let path = root().join(guide);
        if !path.exists() {
            continue;
        }
        for fence in fences(&read(&path)) {
            if fence.language == "knot" {
                // Lines before the block keep the line numbers of diagnostics those of the document.
                models.push((format!("{guide}:{}", fence.line), fence.text));
            }
        }
    }
    models
}

#[test]
fn guides_have_models() {
    assert!(models().len() >= 10, "the language guide shows whole models");
    for (place, text) in models() {
        assert!(text.starts_with("model "), "{place}: a whole model, or a ```knot-fragment");
    }
}

#[test]
fn models_of_the_guides_parse() {
    for (place, text) in models() {
        let (_, problems) = syntax::parse(&Source::new(&place, &text));
        assert!(problems.is_empty(), "{place}: {problems:?}");
    }
}

#[test]
fn the_tables_of_the_semantics_name_every_litmus_model() {
    let document = read(&root().join("docs/semantics.md"));
    let named: Vec<&str> = document
        .lines()
        .filter(|line| line.starts_with('|'))
        .flat_map(|line| line.split('`').skip(1).step_by(2))
        .filter(|name| name.contains('_') && name.chars().all(|c| c == '_' || c.is_ascii_alphanumeric()))
        .collect();
    let mut files: Vec<String> = fs::read_dir(root().join("tests/litmus"))
        .expect("tests/litmus")
        .map(|entry| entry.expect("a file").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "knot"))
        .map(|path| path.file_stem().expect("a name").to_string_lossy().into_owned())
        .collect();
    files.sort();
    for name in &named {
        assert!(
            files.iter().any(|file| file == name),
            "docs/semantics.md names {name}, which is not in tests/litmus"
        );
    }
    for file in &files {
        assert!(named.contains(&file.as_str()), "docs/semantics.md does not name tests/litmus/{file}.knot");
    }
}

#[test]
fn the_table_of_patterns_names_every_pattern_and_no_other() {
    let document = read(&root().join("docs/patterns.md"));
    let rows = document.lines().filter(|line| line.starts_with("| `"));
    let mut named: Vec<&str> = rows.filter_map(|line| line.split('`').nth(1)).collect();
    named.sort_unstable();
    let mut files: Vec<String> = fs::read_dir(root().join("models/patterns"))
        .expect("models/patterns")
        .map(|entry| {
            entry.expect("a file").path().file_stem().expect("a name").to_string_lossy().into_owned()
        })
        .collect();
    files.sort();
    assert_eq!(named, files);
}

/// The command of the README shows what the README says, up to its dots.
#[test]
fn the_readme_shows_what_is_seen() {
    let readme = read(&root().join("README.md"));
    let seen = fences(&readme).into_iter().find(|fence| fence.language == "text").expect("a report");
    let (shown, _) = seen.text.split_once("\n…").expect("a report that is cut short");
    let model = "models/seeds/miniredis/miniredis.knot";
    assert!(readme.contains(&format!("check {model}\n")), "the command is there");
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_goknot"))
        .args(["check", model])
        .current_dir(root())
        .env_remove("NO_COLOR")
        .output()
        .expect("goknot runs");
    let said = String::from_utf8(output.stdout).expect("text");
    assert!(said.starts_with(shown), "the README has\n{shown}\n\nand goknot says\n{said}");
}
