//! What was searched, how far, and what is left to know.

use crate::report::style::{Ink, Style, count, listed, pad};
use crate::report::{Run, Verdict};

/// More statements than this are counted, not listed.
const MOST_UNREACHED: usize = 12;

/// After `holds:`.
pub(in crate::report) fn holds(run: &Run) -> String {
    let kinds: Vec<String> = run.checked.iter().filter(|it| !it.contains(' ')).cloned().collect();
    let states = count(run.stats.states, "state");
    match kinds.split_last() {
        Some((last, [])) => format!("no {last} in {states}"),
        Some((last, most)) => format!("no {} or {last} in {states}", most.join(", ")),
        None => format!("nothing bad in {states}"),
    }
}

/// After `inconclusive:`.
pub(in crate::report) fn inconclusive(run: &Run) -> String {
    let what: Vec<String> = run.limits.iter().map(|limit| limit.what.clone()).collect();
    let by = if what.is_empty() { "a limit".to_string() } else { listed(&what) };
    if what == [crate::engine::RACE_BOUND] {
        return format!("no bug in any state, but there may be {by}");
    }
    format!("no bug so far, but {by} kept the search from seeing every state")
}

/// Model, fix and parameters on one line.
pub(super) fn context(run: &Run) -> String {
    let mut parts = vec![run.source.name().to_string()];
    parts.extend(run.fix.iter().map(|fix| format!("with fix {fix}")));
    parts.extend(run.params.iter().map(|(name, value)| format!("{name} = {value}")));
    parts.join(", ")
}

/// The other findings, a line each.
pub(super) fn others(run: &Run, style: &Style) -> Option<String> {
    let others: Vec<String> =
        run.others().map(|other| format!("    {}: {}\n", other.kind, other.message)).collect();
    if others.is_empty() {
        return None;
    }
    let heading = format!("also found (--all-bugs shows {})", if others.len() == 1 { "it" } else { "them" });
    Some(format!("{}\n{}", style.paint(Ink::Strong, &heading), others.concat()))
}

/// The last section.
pub(super) fn summary(run: &Run, style: &Style) -> String {
    let numbers = numbers(run);
    if run.verdict == Verdict::Bug {
        return style.paint(Ink::Dim, &format!("searched {numbers}"));
    }
    let mut rows: Vec<(&str, String)> = vec![("checked", run.checked.join(", "))];
    if !run.params.is_empty() {
        let params: Vec<String> =
            run.params.iter().map(|(name, value)| format!("{name} = {value}")).collect();
        rows.push(("parameters", params.join(", ")));
    }
    rows.push(("search", numbers));
    if run.verdict == Verdict::Inconclusive {
        let flags: Vec<String> = run.limits.iter().filter_map(|limit| limit.flag.clone()).collect();
        if !flags.is_empty() {
            rows.push(("to see more", format!("raise {}", listed(&flags))));
        }
    } else {
        rows.push(("bounds", "none was reached".to_string()));
    }
    let width = rows.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let mut out = String::new();
    for (name, value) in rows {
        out.push_str(&format!("    {}  {value}\n", style.paint(Ink::Dim, &pad(name, width))));
    }
    if !run.unreached.is_empty() {
        out.push('\n');
        out.push_str(&unreached(run, style));
    }
    out
}

/// States, transitions, depth, engine.
pub(in crate::report) fn numbers(run: &Run) -> String {
    let stats = &run.stats;
    let extent = if stats.exhaustive { "all " } else { "" };
    let time = stats.seconds.map_or_else(String::new, |seconds| format!(" in {}", duration(seconds)));
    format!(
        "{extent}{} ({}, depth {}){time}, {} checker",
        count(stats.states, "state"),
        count(stats.transitions, "transition"),
        stats.depth,
        run.engine
    )
}

/// A time as people say it.
fn duration(seconds: f64) -> String {
    if seconds < 1.0 {
        format!("{:.0} ms", seconds * 1000.0)
    } else if seconds < 100.0 {
        format!("{seconds:.1} s")
    } else {
        format!("{:.0} min {:.0} s", (seconds / 60.0).floor(), seconds % 60.0)
    }
}

/// Statements that no run reaches: perhaps a fix "works" by doing nothing.
fn unreached(run: &Run, style: &Style) -> String {
    let mut out = format!("{}\n", style.paint(Ink::Warn, "never reached"));
    let file = run.source.name();
    for place in run.unreached.iter().take(MOST_UNREACHED) {
        let at = style.paint(Ink::Place, &format!("{file}:{}:{}", place.line, place.column));
        out.push_str(&format!("    {at}  {}\n", place.operation));
    }
    let more = run.unreached.len().saturating_sub(MOST_UNREACHED);
    if more > 0 {
        out.push_str(&format!("    and {more} more\n"));
    }
    out
}
