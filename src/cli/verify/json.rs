//! Results as one JSON document.

use serde::Serialize;

use super::outcome::Verified;

#[derive(Serialize)]
struct Document<'a> {
    schema: u32,
    verified: bool,
    models: Vec<ModelJson<'a>>,
}

#[derive(Serialize)]
struct ModelJson<'a> {
    verdict: String,
    verified: bool,
    #[serde(flatten)]
    all: &'a Verified,
}

/// The whole document.
pub fn render(all: &[Verified]) -> Result<String, serde_json::Error> {
    let models = all.iter().map(|it| ModelJson { verdict: it.verdict(), verified: it.good(), all: it });
    let document = Document { schema: 1, verified: all.iter().all(Verified::good), models: models.collect() };
    serde_json::to_string_pretty(&document).map(|text| text + "\n")
}
