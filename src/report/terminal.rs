//! The report for people at a terminal.
//!
//! First line the verdict. Then the interleaving, one goroutine a column; each stuck
//! goroutine as a place in the source with the reason why nobody wakes it; the knot;
//! the last state as Go would dump it; the numbers.

pub(super) mod columns;
mod fold;
pub(super) mod lanes;
pub(super) mod reasons;
pub(super) mod rows;
pub(super) mod summary;
mod table;

use super::dossier::{self, Dossier};
use super::short::counted_line;
use super::style::{Ink, Style, wrap};
use super::{Finding, Format, Report, Run, Verdict};
use crate::diag::{self, Label};
use crate::machine::state::MainStatus;
use crate::property::Kind;
use crate::trace::{Trace, stacks};

/// The registry's entry.
pub(super) const FORMAT: Format =
    Format { name: "terminal", about: "for people: the interleaving, who waits for whom and why", render };

/// The registry's entry for reports.
pub(super) const REPORT: dossier::Format = dossier::Format {
    name: "terminal",
    endings: &[],
    about: "for people: the interleaving, who waits for whom and why, the fixes",
    render: page,
};

fn page(dossier: &Dossier, style: &Style) -> String {
    let mut sections = vec![one(&dossier.run, style)];
    sections.push(fixes(dossier, style));
    sections.push(format!(
        "{}\n    {}",
        style.paint(Ink::Strong, "to see it again"),
        style.paint(Ink::Operation, &dossier.command)
    ));
    style.plain(&join(sections))
}

/// The fixes, a line each, and what each changes.
fn fixes(dossier: &Dossier, style: &Style) -> String {
    let mut out = String::new();
    for fixed in &dossier.fixes {
        let (ink, verdict) = super::verdict::of_fix(fixed);
        let title = if fixed.title.is_empty() { String::new() } else { format!(" ({})", fixed.title) };
        let head = format!("fix {}{title}: ", fixed.name);
        out.push_str(&format!("{}{}\n", style.paint(Ink::Strong, &head), style.paint(ink, &verdict)));
        for line in fixed.diff.lines() {
            let ink = match line.as_bytes().first() {
                Some(b'+') => Ink::Good,
                Some(b'-') => Ink::Bad,
                _ => Ink::Dim,
            };
            out.push_str(&format!("    {}\n", style.paint(ink, line)));
        }
        out.push('\n');
    }
    out
}

fn render(report: &Report<'_>, style: &Style) -> String {
    let text = match report {
        Report::One(run) => one(run, style),
        Report::Findings(run) => findings(run, style),
        Report::Many(runs) => table::table(runs, style),
        Report::Counted(counted) => counted_line(counted),
        Report::Rejected(source, diagnostics) => diag::render::render(source, diagnostics, look(style)),
    };
    style.plain(&text)
}

fn one(run: &Run, style: &Style) -> String {
    let mut sections = vec![headline(run, run.shown(), style)];
    if let Some(finding) = run.shown() {
        sections.extend(of_finding(run, finding, style));
        sections.extend(summary::others(run, style));
    }
    sections.push(summary::summary(run, style));
    join(sections)
}

fn findings(run: &Run, style: &Style) -> String {
    if run.findings.is_empty() {
        return one(run, style);
    }
    let mut sections = Vec::new();
    for finding in &run.findings {
        sections.push(headline(run, Some(finding), style));
        sections.extend(of_finding(run, finding, style));
    }
    sections.push(summary::summary(run, style));
    join(sections)
}

fn join(sections: Vec<String>) -> String {
    let full = sections.into_iter().filter(|section| !section.is_empty());
    full.map(|section| format!("{}\n", section.trim_end_matches('\n'))).collect::<Vec<_>>().join("\n")
}

/// The verdict: `deadlock: main (line 21) and servePeer (line 14) wait for each other`.
fn headline(run: &Run, finding: Option<&Finding>, style: &Style) -> String {
    let (ink, word, text) = match (run.verdict, finding) {
        (Verdict::Bug, Some(finding)) => (Ink::Bad, finding.kind.name(), finding.message.clone()),
        (Verdict::Holds, _) => (Ink::Good, "holds", summary::holds(run)),
        (Verdict::Inconclusive | Verdict::Bug, _) => (Ink::Warn, "inconclusive", summary::inconclusive(run)),
    };
    let lines = wrap(&format!("{word}: {text}"), style.width.max(40));
    let mut out = String::new();
    for (index, line) in lines.iter().enumerate() {
        let line = match line.strip_prefix(&format!("{word}:")).filter(|_| index == 0) {
            Some(rest) => {
                format!("{}{}", style.paint(ink, &format!("{word}:")), style.paint(Ink::Strong, rest))
            }
            None => style.paint(Ink::Strong, line),
        };
        out.push_str(&line);
        out.push('\n');
    }
    let context = summary::context(run);
    if !context.is_empty() {
        out.push_str(&style.paint(Ink::Dim, &context));
        out.push('\n');
    }
    out
}

fn of_finding(run: &Run, finding: &Finding, style: &Style) -> Vec<String> {
    let mut sections = Vec::new();
    if let Some(trace) = &finding.trace {
        sections.push(lanes::interleaving(finding, trace, style));
        sections.extend(reasons::stuck(run, finding, trace, style));
        sections.extend(failure(run, finding, style));
        sections.extend(finding.race.as_ref().map(|race| order(trace, race, style)));
        sections.push(reasons::knot(finding, trace, style));
        sections.push(dump(finding, style));
    } else {
        sections.extend(failure(run, finding, style));
    }
    sections
}

/// The place of a panic, a failed assertion, a violated property.
fn failure(run: &Run, finding: &Finding, style: &Style) -> Option<String> {
    if matches!(finding.kind, Kind::Deadlock | Kind::Leak) {
        return None;
    }
    let mut labels = Vec::new();
    if let Some(race) = &finding.race {
        labels.extend(race.accesses.iter().map(|access| Label {
            span: access.site.span,
            text: match &finding.trace {
                Some(trace) => super::verdict::access(trace, race, access),
                None => race.location.clone(),
            },
        }));
    } else if let Some(place) = finding.place.as_ref().filter(|_| !of_whole_run(finding.kind)) {
        let who = finding.culprit.zip(finding.trace.as_ref());
        let who = who.map_or(String::new(), |(id, trace)| format!("{} ", trace.goroutine(id).label));
        let values: Vec<String> =
            finding.values.iter().map(|(name, value)| format!("{name} = {value}")).collect();
        let values = if values.is_empty() { String::new() } else { format!(": {}", values.join(", ")) };
        let text = match finding.kind {
            Kind::Panic => format!("{who}fails here{values}"),
            Kind::Assert => format!("{who}finds this false{values}"),
            _ => format!("after this step of {}{values}", who.trim_end()),
        };
        labels.push(Label { span: place.span, text });
    }
    if let Some((text, span)) = &finding.property {
        let what = match finding.kind {
            Kind::Cover => "no state satisfies this",
            Kind::Eventually => "this is never true on that run",
            Kind::LeadsTo => "on that run the first is true, and after that the second never",
            _ => "this is violated",
        };
        let shown = run.source.slice(*span);
        labels.push(Label {
            span: *span,
            text: if shown.is_empty() { text.clone() } else { what.to_string() },
        });
    }
    let title = match finding.kind {
        Kind::Panic => "where it fails",
        Kind::Assert => "what is false",
        Kind::Race => "what nothing orders",
        Kind::Cover => "what is not covered",
        _ => "what is violated",
    };
    (!labels.is_empty()).then(|| diag::render::render_places(&run.source, title, &labels, look(style)))
}

/// Whether no single step breaks a property of this kind.
fn of_whole_run(kind: Kind) -> bool {
    matches!(kind, Kind::Cover | Kind::Eventually | Kind::LeadsTo)
}

/// What would have to order the accesses of a race.
fn order(trace: &Trace, race: &super::Race, style: &Style) -> String {
    let text = super::verdict::order(trace, race);
    let lines = wrap(&text, style.width.max(40).saturating_sub(6));
    let marked = |(at, line): (usize, &String)| format!("    {} {line}", if at == 0 { "•" } else { " " });
    lines.iter().enumerate().map(marked).collect::<Vec<_>>().join("\n")
}

fn look(style: &Style) -> diag::render::Style {
    diag::render::Style { color: style.color, width: style.width, unicode: style.unicode }
}

fn dump(finding: &Finding, style: &Style) -> String {
    if finding.dump.is_empty() {
        return String::new();
    }
    let heading = match finding.kind {
        Kind::Deadlock => "what Go prints",
        Kind::Panic | Kind::Assert => "what Go prints (with GOTRACEBACK=all)",
        _ if finding.trace.as_ref().is_some_and(|trace| trace.last().main == MainStatus::Returned) => {
            "the goroutines then, main has returned, as SIGQUIT prints them"
        }
        _ => "the goroutines then, as SIGQUIT prints them",
    };
    let body: Vec<String> = stacks::folded(&finding.dump).lines().map(indented).collect();
    format!("{}\n{}", style.paint(Ink::Strong, heading), style.paint(Ink::Dim, &body.join("\n")))
}

fn indented(line: &str) -> String {
    if line.is_empty() { String::new() } else { format!("    {line}") }
}
