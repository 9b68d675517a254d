//! Tests of the repository itself: what the recipes in `docs/` promise stays true.

#![expect(clippy::disallowed_methods, reason = "tests read files and start programs")]
#![expect(clippy::unwrap_used, reason = "a test may stop where it stands")]

use std::fs;
use std::path::{Path, PathBuf};

/// Every `.rs` file under a folder.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut out = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            out.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            out.push(path);
        }
    }
    out.sort();
    out
}

/// The code of a file without comments and without its tests.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let text = text.split("#[cfg(test)]").next().unwrap_or_default().to_owned();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// `docs/adding-a-primitive.md` says: a primitive takes changes in this many places of the source.
const PLACES: usize = 2;

#[test]
fn a_primitive_is_known_in_its_file_and_in_the_registry_only() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let recipe = fs::read_to_string(root.join("docs/adding-a-primitive.md")).unwrap();
    assert!(recipe.contains(&format!("**{PLACES}** places")), "the recipe states the count");
    let registry = code(&root.join("src/sync.rs"));
    // One without a package in its name is operations on plain variables; it is called after the package of its
    // functions, whose name others mention.
    for primitive in goknot::sync::PRIMITIVES.iter().filter(|primitive| primitive.name.contains('.')) {
        let quoted = format!("\"{}\"", primitive.name);
        let mentions = |path: &PathBuf| {
            let is_test = path.components().any(|part| part.as_os_str().to_string_lossy().contains("test"));
            !is_test && code(path).contains(&quoted)
        };
        let files: Vec<PathBuf> = sources(&root.join("src")).into_iter().filter(mentions).collect();
        let [file] = files.as_slice() else {
            panic!("{} is mentioned in {files:?}", primitive.name);
        };
        assert_eq!(file.parent(), Some(&*root.join("src/sync")), "{} is a file of its room", primitive.name);
        let module = file.file_stem().unwrap().to_string_lossy();
        assert!(registry.contains(&format!("pub mod {module};")), "{module} is declared");
        assert!(registry.contains(&format!("&{module}::")), "{module} is registered");
    }
}

/// `docs/report.md` says: a format of reports takes changes in this many places of the source.
const PLACES_OF_A_FORMAT: usize = 3;

#[test]
fn a_format_is_known_in_its_file_and_in_two_lines() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let recipe = fs::read_to_string(root.join("docs/report.md")).unwrap();
    assert!(recipe.contains(&format!("**{PLACES_OF_A_FORMAT}** places")), "the recipe states the count");
    for format in goknot::report::dossier::FORMATS {
        assert!(
            recipe.contains(&format!("| `{}` |", format.name)),
            "docs/report.md has no row for {}",
            format.name
        );
        for ending in format.endings {
            assert!(recipe.contains(&format!("`.{ending}`")), "docs/report.md does not name .{ending}");
        }
        let quoted = format!("name: \"{}\"", format.name);
        let own = |path: &PathBuf| {
            code(path).contains(&quoted) && code(path).contains("dossier::Format = dossier::Format {")
        };
        let files: Vec<PathBuf> = sources(&root.join("src")).into_iter().filter(own).collect();
        let [file] = files.as_slice() else { panic!("{} is in {files:?}", format.name) };
        let module = file.file_stem().unwrap().to_string_lossy().into_owned();
        assert!(
            code(&root.join("src/report.rs")).contains(&format!("mod {module};")),
            "{module} is declared"
        );
        assert!(
            code(&root.join("src/report/dossier.rs")).contains(&format!("{module}::REPORT")),
            "{module} is registered"
        );
    }
}
