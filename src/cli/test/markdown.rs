//! Results as a table for a pull request.

use std::fmt::Write as _;
use std::time::Duration;

use super::outcome::{Figures, Model, Opinion, Totals};
use crate::cli::units::grouped;

/// The whole page: a row a model, with the figures of its default parameters; then what is not as expected.
pub fn render(models: &[Model], opinions: &[Opinion], time: Duration) -> String {
    let mut out = String::from(
        "| model | class | goroutines | states | verdict | steps | fixes | checks | time |\n\
         |---|---|--:|--:|---|--:|---|--:|--:|\n",
    );
    let mut wrong = String::new();
    for model in models {
        let name = cell(&model.name);
        if model.broken.is_some() {
            let _ = writeln!(out, "| {name} | | | | **bad model** | | | | |");
        }
        for case in &model.cases {
            for failure in &case.failures {
                let found = failure.found.first().map_or("", String::as_str);
                let with = if failure.params.is_empty() { "" } else { " with " };
                let case = cell(&model.case_name(case));
                let _ = writeln!(
                    wrong,
                    "- {case}{with}{}: expected {}, found **{}**",
                    cell(&failure.params),
                    cell(&failure.wanted),
                    cell(found)
                );
            }
        }
        if let Some(row) = row(model) {
            out.push_str(&row);
        }
    }
    let Totals { failed, runs, states, .. } = Totals::of(models);
    let verdict = if failed == 0 { "**PASS**".to_owned() } else { format!("**FAIL** ({failed})") };
    if !wrong.is_empty() {
        let _ = write!(out, "\n{wrong}");
    }
    let _ = writeln!(
        out,
        "\n{verdict}: {} models, {runs} checks, {} states, {:.2} s",
        models.len(),
        grouped(states),
        time.as_secs_f64()
    );
    for opinion in opinions {
        let _ = writeln!(out, "\n{}", opinion.told().replace("\n  ", "\n- "));
    }
    out
}

fn row(model: &Model) -> Option<String> {
    let bug = model.cases.iter().find(|case| case.fix.is_none())?;
    let Figures { class, verdict, goroutines, states, steps } = &bug.default;
    let fixes: Vec<String> = model
        .cases
        .iter()
        .filter_map(|case| case.fix.as_ref().map(|fix| format!("{} {}", cell(fix), case.default.verdict)))
        .collect();
    Some(format!(
        "| {} | {} | {goroutines} | {} | {verdict} | {} | {} | {} | {:.2} s |\n",
        cell(&model.name),
        cell(class),
        grouped(*states),
        steps.map_or(String::new(), |steps| steps.to_string()),
        fixes.join(", "),
        model.cases.iter().map(|case| case.runs).sum::<usize>(),
        model.time.as_secs_f64()
    ))
}

/// Text that cannot end its cell or start a tag.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "&lt;").replace('\n', " ")
}
