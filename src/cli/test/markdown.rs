//! Results as a table for a pull request.

use std::fmt::Write as _;
use std::time::Duration;

use super::outcome::{Model, Totals};
use crate::cli::units::grouped;

/// The whole page.
pub fn render(models: &[Model], time: Duration) -> String {
    let mut out = String::from("| model | fix | expected | result | checks | states | time |\n");
    out.push_str("|---|---|---|---|--:|--:|--:|\n");
    for model in models {
        if model.broken.is_some() {
            let _ = writeln!(out, "| {} | | | **bad model** | | | |", cell(&model.name));
        }
        for case in &model.cases {
            let found = case.failures.first().map_or("as expected".to_owned(), |failure| {
                let found = failure.found.first().map_or("", String::as_str);
                let with = if failure.params.is_empty() { "" } else { " with " };
                format!("**{}**{with}{}", cell(found), cell(&failure.params))
            });
            let _ = writeln!(
                out,
                "| {} | {} | {} | {found} | {} | {} | {:.2} s |",
                cell(&model.name),
                cell(case.fix.as_deref().unwrap_or("")),
                cell(&case.wanted),
                case.runs,
                grouped(case.states),
                case.time.as_secs_f64()
            );
        }
    }
    let Totals { failed, runs, states, .. } = Totals::of(models);
    let verdict = if failed == 0 { "**PASS**".to_owned() } else { format!("**FAIL** ({failed})") };
    let _ = writeln!(
        out,
        "\n{verdict}: {} models, {runs} checks, {} states, {:.2} s",
        models.len(),
        grouped(states),
        time.as_secs_f64()
    );
    out
}

/// Text that cannot end its cell or start a tag.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "&lt;").replace('\n', " ")
}
