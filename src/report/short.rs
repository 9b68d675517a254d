//! One line per finding, as compilers and `grep -n` print them: `m.knot:21:5: deadlock: …`.

use super::{Finding, Format, Report, Run, Style, Verdict};
use crate::diag::short::render_short;
use crate::engine::lockstep::Lockstep;

/// The registry's entry.
pub(super) const FORMAT: Format =
    Format { name: "short", about: "one line per finding: file:line:column: message", render };

fn render(report: &Report<'_>, style: &Style) -> String {
    let text = match report {
        Report::One(run) | Report::Findings(run) => of_run(run),
        Report::Many(runs) => runs.iter().map(of_run).collect(),
        Report::Counted(counted) => counted_line(counted),
        Report::Rejected(source, diagnostics) => render_short(source, diagnostics),
    };
    style.plain(&text)
}

/// The numbers of a lockstep exploration: the same line on a terminal.
pub(super) fn counted_line(counted: &Lockstep) -> String {
    let Lockstep { states, transitions, depth, .. } = counted;
    let bounds: Vec<&str> = counted.limits().collect();
    let open = if bounds.is_empty() { String::new() } else { format!(", stopped by {}", bounds.join(", ")) };
    format!("{states} states, {transitions} transitions, depth {depth}{open}\n")
}

fn of_run(run: &Run) -> String {
    let file = run.source.name();
    let which = which(run);
    match run.verdict {
        Verdict::Bug => run.findings.iter().map(|finding| of_finding(file, &which, finding)).collect(),
        Verdict::Holds => format!("{file}:1:1: holds{which}\n"),
        Verdict::Inconclusive => {
            let limits: Vec<&str> = run.limits.iter().map(|limit| limit.what.as_str()).collect();
            format!("{file}:1:1: inconclusive{which}: stopped by {}\n", limits.join(", "))
        }
    }
}

fn of_finding(file: &str, which: &str, finding: &Finding) -> String {
    let (line, column) = finding.place.as_ref().map_or((1, 1), |place| (place.line, place.column));
    format!("{file}:{line}:{column}: {}{which}: {}\n", finding.kind, finding.message)
}

/// The fix and the parameters, where there are any.
fn which(run: &Run) -> String {
    let mut parts: Vec<String> = run.fix.iter().map(|fix| format!("fix {fix}")).collect();
    parts.extend(run.params.iter().map(|(name, value)| format!("{name}={value}")));
    if parts.is_empty() { String::new() } else { format!(" [{}]", parts.join(", ")) }
}
