//! What the documentation says an engine leaves open, and whether that is true.
//!
//! In: the models with their reasons. Out: a table in `docs/engines.md`, one for each engine, between two marks.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::PathBuf;

use super::corpus::root;
use super::verdict::Engine;

/// How long an engine takes depends on the computer.
const TIME: &str = "--timeout";

type Open = BTreeMap<String, BTreeSet<String>>;

fn page() -> PathBuf {
    root().join("docs/engines.md")
}

fn marks(engine: Engine) -> (String, String) {
    (format!("<!-- open: {} -->\n", engine.name()), format!("<!-- end: {} -->", engine.name()))
}

/// A model's name in the table.
fn short(name: &str) -> String {
    name.replace("tests/litmus/", "").replace("models/", "").replace(".knot", "")
}

/// Writes the table: of all models, or only what it says about these.
pub fn write(engine: Engine, open: &Open, all: bool) {
    let text = fs::read_to_string(page()).expect("the page is readable");
    let mut models = if all { Open::new() } else { documented(engine, &text) };
    models.extend(open.iter().map(|(name, reasons)| (short(name), reasons.clone())));
    let mut by_reason = BTreeMap::<&String, Vec<&str>>::new();
    for (name, reasons) in &models {
        reasons.iter().for_each(|reason| by_reason.entry(reason).or_default().push(name));
    }
    let count = models.values().filter(|reasons| !reasons.is_empty()).count();
    let mut table =
        format!("{count} models and fixes stay open.\n\n| why | models | which |\n|---|---|---|\n");
    for (reason, names) in by_reason {
        let _ = writeln!(table, "| {reason} | {} | {} |", names.len(), names.join(", "));
    }
    let (begin, end) = marks(engine);
    let (before, rest) = text.split_once(&begin).expect("the page has a place for the table");
    let (_, after) = rest.split_once(&end).expect("the page has an end of the table");
    fs::write(page(), format!("{before}{begin}{table}{end}{after}")).expect("the page can be written");
}

/// What the table says.
fn documented(engine: Engine, page: &str) -> Open {
    let (begin, end) = marks(engine);
    let table = page.split_once(&begin).and_then(|(_, rest)| rest.split_once(&end)).expect("a table").0;
    let mut documented = Open::new();
    for row in table.lines().filter(|line| line.starts_with("| ")).skip(1) {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        for name in cells[2].split(", ") {
            documented.entry(name.to_owned()).or_default().insert(cells[0].to_owned());
        }
    }
    documented
}

/// Compares the table with what has been measured of some of its models.
pub fn check(engine: Engine, open: &Open) {
    let documented = documented(engine, &fs::read_to_string(page()).expect("the page is readable"));
    for (name, reasons) in open {
        let written = documented.get(&short(name)).cloned().unwrap_or_default();
        let timed = reasons.contains(TIME) || written.contains(TIME);
        assert!(
            timed || written == *reasons,
            "docs/engines.md says that {} leaves {name} open for {written:?}, and it is {reasons:?}; \
             write it anew with GOKNOT_ENGINES=sample",
            engine.name()
        );
    }
}
