//! Results as one JSON document.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use super::outcome::{Case, Failure, Model, Opinion, Totals};

#[derive(Serialize)]
struct Document<'a> {
    schema: u32,
    pass: bool,
    models: Vec<ModelJson<'a>>,
    totals: TotalsJson,
    seconds: f64,
}

#[derive(Serialize)]
struct TotalsJson {
    models: usize,
    fixes: usize,
    checks: usize,
    states: u64,
    failed: usize,
}

#[derive(Serialize)]
struct ModelJson<'a> {
    name: &'a str,
    file: String,
    pass: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
    cases: Vec<CaseJson<'a>>,
    seconds: f64,
}

#[derive(Serialize)]
struct CaseJson<'a> {
    fix: Option<&'a str>,
    expected: &'a str,
    pass: bool,
    checks: usize,
    states: u64,
    failures: Vec<FailureJson<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    engines: Vec<OpinionJson<'a>>,
    seconds: f64,
}

#[derive(Serialize)]
struct OpinionJson<'a> {
    engine: &'a str,
    agrees: usize,
    open: &'a BTreeMap<String, usize>,
}

#[derive(Serialize)]
struct FailureJson<'a> {
    line: usize,
    params: &'a str,
    expected: &'a str,
    found: &'a [String],
}

/// The whole document.
pub fn render(models: &[Model], time: Duration) -> Result<String, serde_json::Error> {
    let totals = Totals::of(models);
    let document = Document {
        schema: 1,
        pass: totals.failed == 0,
        models: models.iter().map(model_json).collect(),
        totals: TotalsJson {
            models: totals.models,
            fixes: totals.fixes,
            checks: totals.runs,
            states: totals.states,
            failed: totals.failed,
        },
        seconds: rounded(time),
    };
    serde_json::to_string_pretty(&document).map(|text| text + "\n")
}

fn model_json(model: &Model) -> ModelJson<'_> {
    ModelJson {
        name: &model.name,
        file: model.path.display().to_string(),
        pass: model.passes(),
        error: model.broken.as_deref(),
        cases: model.cases.iter().map(case_json).collect(),
        seconds: rounded(model.time),
    }
}

fn case_json(case: &Case) -> CaseJson<'_> {
    CaseJson {
        fix: case.fix.as_deref(),
        expected: &case.wanted,
        pass: case.passes(),
        checks: case.runs,
        states: case.states,
        failures: case.failures.iter().map(failure_json).collect(),
        engines: case.opinions.iter().map(opinion_json).collect(),
        seconds: rounded(case.time),
    }
}

fn opinion_json(opinion: &Opinion) -> OpinionJson<'_> {
    let Opinion { engine, agrees, open } = opinion;
    OpinionJson { engine, agrees: *agrees, open }
}

fn failure_json(failure: &Failure) -> FailureJson<'_> {
    let Failure { line, params, wanted, found } = failure;
    FailureJson { line: *line, params, expected: wanted, found }
}

/// To the millisecond.
fn rounded(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e3).round() / 1e3
}
