//! Results as `go test` prints them.

use std::fmt::Write as _;
use std::time::Duration;

use super::outcome::{Case, Model, Opinion, Totals};
use crate::cli::units::{counted, grouped};

/// One model's lines: `ok` alone where all is well, unless `verbose`.
pub fn model(model: &Model, verbose: bool) -> String {
    let mut out = String::new();
    if let Some(broken) = &model.broken {
        let _ = writeln!(out, "--- FAIL: {} ({})", model.name, seconds(model.time));
        for line in broken.lines() {
            let _ = writeln!(out, "    {line}");
        }
    }
    for case in &model.cases {
        if verbose || !case.passes() {
            case_lines(&mut out, model, case);
        }
    }
    let (word, states) = (if model.passes() { "ok  " } else { "FAIL" }, grouped(model.states()));
    let _ = writeln!(out, "{word}\t{}\t{states} states\t{}", model.name, seconds(model.time));
    out
}

/// The last lines: what was done altogether, and `PASS` or `FAIL`.
pub fn closing(totals: Totals, opinions: &[Opinion], time: Duration) -> String {
    let Totals { models, fixes, runs, states, failed } = totals;
    let failed_words = if failed == 0 { String::new() } else { format!("{failed} failed, ") };
    let fixes_words = counted(fixes, "fix", "fixes");
    let opinions_words: String = opinions.iter().map(|opinion| opinion.told() + "\n").collect();
    format!(
        "{opinions_words}{failed_words}{} with {fixes_words}, {}, {} states, {}\n{}\n",
        counted(models, "model", "models"),
        counted(runs, "check", "checks"),
        grouped(states),
        seconds(time),
        if failed == 0 { "PASS" } else { "FAIL" }
    )
}

fn case_lines(out: &mut String, model: &Model, case: &Case) {
    let word = if case.passes() { "PASS" } else { "FAIL" };
    let _ = writeln!(out, "--- {word}: {} ({})", model.case_name(case), seconds(case.time));
    if case.passes() {
        let checks = counted(case.runs, "check", "checks");
        let _ = writeln!(out, "    {}, {checks}, {} states", case.wanted, grouped(case.states));
    }
    for failure in &case.failures {
        for line in failure.told(&model.path).lines() {
            let _ = writeln!(out, "    {line}");
        }
    }
}

fn seconds(time: Duration) -> String {
    format!("{:.2}s", time.as_secs_f64())
}
