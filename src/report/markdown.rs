//! Markdown in the shape of `GoKer`'s kernels, with what they lack: why nobody wakes them, the wait-for graph, the point of
//! no return, the fixes with their verdicts, how to see it again.

mod escape;

use escape::{block, code, fenced, link, prose, text};

use super::dossier::{self, Dossier, Fixed};
use super::terminal::lanes::interleaving;
use super::terminal::reasons::reasons;
use super::terminal::summary;
use super::{Finding, Run, Style, Verdict, mermaid, verdict, visible, waits};
use crate::blame::words;
use crate::property::Kind;
use crate::source::{Source, Span};
use crate::trace::{Trace, stacks};

/// The registry's entry.
pub(super) const REPORT: dossier::Format = dossier::Format {
    name: "markdown",
    endings: &["md", "markdown"],
    about: "for a pull request or an issue, as GoKer's pages",
    render,
};

/// Columns of a table; a page scrolls what is wider.
const WIDTH: usize = 120;
/// Lines of the model before and after a place that is shown.
const AROUND: usize = 2;
/// More statements that are never reached are counted.
const MOST_UNREACHED: usize = 20;

fn render(dossier: &Dossier, style: &Style) -> String {
    let run = &dossier.run;
    let style = Style { verbose: style.verbose, width: WIDTH, ..Style::default() };
    let mut sections = vec![title(dossier), verdict_line(run), classes(dossier), description(dossier)];
    if let Some(finding) = run.shown() {
        sections.extend(of_finding(run, finding, &style));
    }
    sections.push(unreached(run));
    sections.extend(dossier.fixes.iter().map(fix));
    sections.push(others(run));
    sections.push(search(dossier));
    let full = sections.iter().filter(|section| !section.is_empty());
    let mut out = full.map(|section| section.trim_end_matches('\n')).collect::<Vec<_>>().join("\n\n");
    out.push('\n');
    out
}

fn title(dossier: &Dossier) -> String {
    let fix = dossier.run.fix.as_ref().map(|fix| format!(" with fix {}", text(fix))).unwrap_or_default();
    let model = text(&dossier.run.model);
    match dossier.title.as_str() {
        "" => format!("# {model}{fix}"),
        title => format!("# {model}{fix}: {}", text(title)),
    }
}

fn verdict_line(run: &Run) -> String {
    let sentence = verdict::sentence(run);
    let (word, rest) = sentence.split_once(": ").unwrap_or((&sentence, ""));
    format!("**{word}**: {}", text(rest))
}

/// `GoKer`'s table.
fn classes(dossier: &Dossier) -> String {
    let meta = |key: &str| dossier.meta(key).map(text).unwrap_or_default();
    if ["ref", "patch", "type", "subtype", "cause"].iter().all(|key| dossier.meta(key).is_none()) {
        return String::new();
    }
    let linked = |key: &str| {
        let target = dossier.meta(key).unwrap_or_default();
        let name = match key {
            _ if target.contains("/pull/") && key == "ref" => "pull request",
            _ if target.contains("/issues/") => "issue",
            "patch" => "patch",
            _ => "reference",
        };
        link(name, target).unwrap_or_else(|| text(target))
    };
    let row = [bug_id(dossier), linked("ref"), linked("patch"), meta("type"), meta("subtype"), meta("cause")];
    format!(
        "| Bug ID | Ref | Patch | Type | SubType | SubsubType |\n\
         | ---- | ---- | ---- | ---- | ---- | ---- |\n\
         | {} |\n",
        row.join(" | ")
    )
}

/// `cockroach#2448`, as `GoKer` has it; without a number the model's name.
fn bug_id(dossier: &Dossier) -> String {
    let project = dossier.meta("project").map(|project| project.rsplit('/').next().unwrap_or(project));
    let number = dossier.meta("number").or_else(|| dossier.meta("ref").and_then(number_in));
    match (project, number) {
        (Some(project), Some(number)) => text(&format!("{project}#{number}")),
        _ => text(&dossier.run.model),
    }
}

/// The number of a pull request or an issue, from its address.
fn number_in(address: &str) -> Option<&str> {
    let (_, rest) = address.split_once("/pull/").or_else(|| address.split_once("/issues/"))?;
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    (end > 0).then(|| &rest[..end])
}

fn description(dossier: &Dossier) -> String {
    match dossier.meta("description") {
        Some(description) => format!("## Description\n\n{}", prose(description)),
        None => String::new(),
    }
}

fn of_finding(run: &Run, finding: &Finding, style: &Style) -> Vec<String> {
    let Some(trace) = &finding.trace else { return vec![places(run, finding)] };
    let mut sections = Vec::new();
    let table = interleaving(finding, trace, style);
    if !table.is_empty() {
        sections.push(format!("### Possible interleaving\n\n{}", fenced("text", &table)));
    }
    if !finding.dump.is_empty() {
        sections.push(format!("### Backtrace\n\n{}", fenced("text", &stacks::folded(&finding.dump))));
    }
    sections.push(point_of_no_return(finding, trace));
    sections.push(why(run, finding, trace));
    sections.push(places(run, finding));
    if let Some(graph) = waits::graph(finding) {
        let heading = if finding.race.is_some() { "Who meets where" } else { "Who waits for whom" };
        sections.push(format!("### {heading}\n\n{}", fenced("mermaid", &mermaid::flowchart(&graph))));
    }
    sections
}

/// The step after which nothing helps any more.
fn point_of_no_return(finding: &Finding, trace: &Trace) -> String {
    let Some(doomed) = trace.doomed_from else { return String::new() };
    if !matches!(finding.kind, Kind::Deadlock | Kind::Leak) {
        return String::new();
    }
    let told = match doomed.checked_sub(1).and_then(|last| trace.steps.get(last)) {
        None => "There is no way out from the start: every run ends badly.".to_string(),
        Some(step) => {
            let parts: Vec<String> = step
                .parts()
                .map(|part| {
                    let who = text(&trace.goroutine(part.goroutine).label);
                    format!("{who} at line {}, {}", part.site.line, code(&part.operation))
                })
                .collect();
            format!(
                "Step {doomed}: {}. Before it there is a run that ends well; after it there is none, whatever the \
                 scheduler, the selects and the timers do.",
                parts.join(" meets ")
            )
        }
    };
    format!("### Point of no return\n\n{told}")
}

/// For each goroutine that is stuck: where, on what, and why nobody ends that.
fn why(run: &Run, finding: &Finding, trace: &Trace) -> String {
    let mut out = String::new();
    for group in verdict::groups(trace, &finding.blame.stuck) {
        let entry = group.first;
        let at = format!("line {}", entry.site.line);
        out.push_str(&format!(
            "- **{}** {} at {at}, {} ({}).\n",
            text(&group.name),
            group.waits(),
            code(&entry.operation),
            entry.reason
        ));
        for wait in &entry.waits {
            out.push_str(&format!("  - {}\n", text(&words::condition(trace, entry, wait))));
        }
        for reason in reasons(trace, entry) {
            out.push_str(&format!("  - {}\n", text(&reason)));
        }
    }
    if let Some(race) = &finding.race {
        for access in &race.accesses {
            let place = format!("line {}, {}", access.site.line, code(&access.site.text));
            out.push_str(&format!("- {} ({place})\n", text(&verdict::access(trace, race, access))));
        }
        out.push_str(&format!("- {}\n", text(&verdict::order(trace, race))));
        return format!("### Why nothing orders them\n\n{out}");
    }
    if out.is_empty() {
        return String::new();
    }
    let heading = if run.findings.is_empty() { "Who waits" } else { "Why nobody wakes them" };
    format!("### {heading}\n\n{out}")
}

/// The lines of the model at the place of a panic, a failed assertion, a broken property.
fn places(run: &Run, finding: &Finding) -> String {
    if matches!(finding.kind, Kind::Deadlock | Kind::Leak | Kind::Race) {
        return String::new();
    }
    let mut out = String::from("### Where it goes wrong\n\n");
    let site = finding.place.as_ref().map(|place| place.span);
    let property = finding.property.as_ref().map(|(_, span)| *span);
    for span in [site, property].into_iter().flatten().filter(|span| !span.is_empty()) {
        out.push_str(&excerpt(&run.source, span));
        out.push('\n');
    }
    for (name, value) in &finding.values {
        out.push_str(&format!("- {}\n", code(&format!("{name} = {value}"))));
    }
    out
}

/// Lines of the model around a place, with their numbers.
fn excerpt(source: &Source, span: Span) -> String {
    let line = source.line(span);
    let last = source.line_count();
    let shown = line.saturating_sub(AROUND).max(1)..=(line + AROUND).min(last);
    let width = shown.end().to_string().len();
    let lines: Vec<String> = shown
        .map(|number| {
            let mark = if number == line { '>' } else { ' ' };
            format!("{mark} {number:>width$}  {}", source.line_text(number)).trim_end().to_string()
        })
        .collect();
    fenced("text", &lines.join("\n"))
}

fn unreached(run: &Run) -> String {
    if run.unreached.is_empty() || run.verdict == Verdict::Bug {
        return String::new();
    }
    let mut out = String::from("### Never reached\n\n");
    for place in run.unreached.iter().take(MOST_UNREACHED) {
        out.push_str(&format!("- line {}, {}\n", place.line, code(&place.operation)));
    }
    let more = run.unreached.len().saturating_sub(MOST_UNREACHED);
    if more > 0 {
        out.push_str(&format!("- and {more} more\n"));
    }
    out
}

fn fix(fixed: &Fixed) -> String {
    let name = text(&fixed.name);
    let title = if fixed.title.is_empty() { String::new() } else { format!(": {}", text(&fixed.title)) };
    let came = verdict::of_fix(fixed).1;
    let (word, rest) = came.split_once(": ").unwrap_or((&came, ""));
    let rest = if rest.is_empty() { String::new() } else { format!(": {}", text(rest)) };
    let mut out = format!("### Fix {name}{title}\n\n**{word}**{rest}\n\n");
    if !fixed.diff.is_empty() {
        out.push_str(&fenced("diff", &fixed.diff));
    }
    out
}

fn others(run: &Run) -> String {
    let others: Vec<String> =
        run.others().map(|other| format!("- **{}**: {}\n", other.kind, text(&other.message))).collect();
    if others.is_empty() { String::new() } else { format!("### Also found\n\n{}", others.concat()) }
}

fn search(dossier: &Dossier) -> String {
    let run = &dossier.run;
    let mut out = format!("### The search\n\n- model: {}\n", code(run.source.name()));
    if !run.params.is_empty() {
        let params: Vec<String> =
            run.params.iter().map(|(name, value)| format!("{name} = {value}")).collect();
        out.push_str(&format!("- parameters: {}\n", code(&params.join(", "))));
    }
    let checked: Vec<String> =
        run.checked.iter().map(|it| if it.contains(' ') { code(it) } else { text(it) }).collect();
    out.push_str(&format!("- looked for: {}\n", checked.join(", ")));
    out.push_str(&format!("- searched: {}\n", text(&summary::numbers(run))));
    if run.verdict == Verdict::Inconclusive {
        let flags: Vec<String> =
            run.limits.iter().filter_map(|limit| limit.flag.as_deref().map(code)).collect();
        if !flags.is_empty() {
            out.push_str(&format!("- to see more, raise {}\n", flags.join(", ")));
        }
    }
    format!("{out}\nTo see it again:\n\n{}", block("sh", &visible::line(&dossier.command)))
}
