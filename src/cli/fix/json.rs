//! Results as one JSON document.

use serde::Serialize;

use super::outcome::{Repaired, Verdict};

#[derive(Serialize)]
struct Document<'a> {
    schema: u32,
    fixed: usize,
    models: &'a [Repaired],
}

/// The whole document.
pub fn render(all: &[Repaired]) -> Result<String, serde_json::Error> {
    let fixed = all.iter().filter(|one| one.verdict == Verdict::Fixed).count();
    let document = Document { schema: 1, fixed, models: all };
    serde_json::to_string_pretty(&document).map(|text| text + "\n")
}
