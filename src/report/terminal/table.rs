//! Several runs: a line each, then in full the one that needs a look.

use super::{one, summary};
use crate::report::style::{Ink, Style, count, cut, pad};
use crate::report::{Run, Verdict};

/// The table, and the first run that is not as it should be.
pub(super) fn table(runs: &[Run], style: &Style) -> String {
    let several = runs.iter().any(|run| run.engine != runs[0].engine);
    let which: Vec<String> = runs.iter().map(|run| variant(run, several)).collect();
    let verdicts: Vec<&str> = runs.iter().map(word).collect();
    let width = |texts: &mut dyn Iterator<Item = usize>| texts.max().unwrap_or(0);
    let first = width(&mut which.iter().map(|text| text.chars().count()));
    let second = width(&mut verdicts.iter().map(|text| text.len()));
    let mut out = String::new();
    for ((run, which), verdict) in runs.iter().zip(&which).zip(&verdicts) {
        let ink = match run.verdict {
            Verdict::Holds => Ink::Good,
            Verdict::Bug => Ink::Bad,
            Verdict::Inconclusive => Ink::Warn,
        };
        let head = format!("{}  {}", pad(which, first), style.paint(ink, &pad(verdict, second)));
        let room = style.width.saturating_sub(first + second + 4).max(20);
        let text = match run.as_expected {
            Some(false) => format!("NOT AS EXPECTED: {}", told(run)),
            Some(true) | None => told(run),
        };
        out.push_str(format!("{head}  {}", cut(&text, room, style)).trim_end());
        out.push('\n');
    }
    if let Some(run) = worth_a_look(runs) {
        out.push('\n');
        out.push_str(&one(run, style));
    }
    out
}

/// What is not as expected; without expectations the first bug, then what is inconclusive.
fn worth_a_look(runs: &[Run]) -> Option<&Run> {
    let judged = runs.iter().any(|run| run.as_expected.is_some());
    let wrong = runs.iter().find(|run| run.as_expected == Some(false));
    let bad = |verdict: Verdict| runs.iter().find(move |run| run.verdict == verdict);
    wrong.or_else(|| if judged { None } else { bad(Verdict::Bug).or(bad(Verdict::Inconclusive)) })
}

/// `deadlock`, `holds`.
fn word(run: &Run) -> &'static str {
    match (run.verdict, run.shown()) {
        (Verdict::Bug, Some(finding)) => finding.kind.name(),
        (verdict, _) => verdict.name(),
    }
}

fn told(run: &Run) -> String {
    match (run.verdict, run.shown()) {
        (Verdict::Bug, Some(finding)) => finding.message.clone(),
        (Verdict::Inconclusive, _) => summary::inconclusive(run),
        (Verdict::Holds | Verdict::Bug, _) => count(run.stats.states, "state"),
    }
}

/// The fix, the parameters, and the engine where there are several.
fn variant(run: &Run, several: bool) -> String {
    let mut parts: Vec<String> = vec![match &run.fix {
        Some(fix) => format!("fix {fix}"),
        None => run.model.clone(),
    }];
    parts.extend(run.params.iter().map(|(name, value)| format!("{name} = {value}")));
    parts.extend(several.then(|| run.engine.clone()));
    parts.join(", ")
}
