//! What `pan` reports.
//!
//! In: its output. Out: whether it found something, whether it has seen everything, and which bounds runs have hit.

use crate::engine::question::Seen;

/// The output of one search.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(super) struct Report {
    pub(super) found: Option<Found>,
    /// There is a report at all.
    pub(super) complete: bool,
    pub(super) too_deep: bool,
    /// It has not seen everything, for some other reason.
    pub(super) truncated: bool,
    /// Why there is no report.
    pub(super) limit: Option<&'static str>,
    /// The numbers of the bounds that were hit.
    pub(super) bounds: Vec<usize>,
    pub(super) seen: Seen,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Found {
    /// What was asked for; a trail leads there.
    Trail,
    /// A limit that `pan` takes for an error of the model.
    Limit(&'static str),
    /// An error that no question asks for.
    Error(String),
}

pub(super) fn read(output: &str) -> Report {
    let mut report = Report::default();
    for line in output.lines() {
        let line = line.trim();
        if let Some(number) = line.strip_prefix("goknot: bound ") {
            report.bounds.extend(number.parse::<usize>().ok());
        } else if line.contains("max search depth too small") {
            report.too_deep = true;
        } else if let Some(limit) = limit(line) {
            report.limit = Some(limit);
            report.truncated = true;
        } else if line.starts_with("pan:") && line.contains("(at depth") {
            report.found = Some(found(line));
        } else if line.starts_with("State-vector") {
            report.complete = true;
            report.seen.depth = number_after(line, "depth reached ");
        } else if line.ends_with("states, stored") {
            report.seen.states = number_after(line, "");
        } else if line.contains(" transitions (=") {
            report.seen.transitions = number_after(line, "");
        } else if line.contains("Search not completed") && report.found.is_none() {
            report.truncated = true;
        }
    }
    if report.too_deep {
        // Nothing else was cut.
        report.truncated = report.limit.is_some();
    }
    report
}

/// The limit that a line is about.
fn limit(line: &str) -> Option<&'static str> {
    let known = [
        ("reached -DMEMLIM bound", "SPIN's limit of memory"),
        ("out of memory", "SPIN's limit of memory"),
        ("VECTORSZ is too small", "the size of SPIN's state vector"),
        ("too many processes", "SPIN's 255 processes"),
        ("too many queues", "SPIN's 255 channels"),
    ];
    known.iter().find(|(text, _)| line.contains(text)).map(|&(_, limit)| limit)
}

fn found(line: &str) -> Found {
    match limit(line) {
        Some(limit) => Found::Limit(limit),
        None if ["assertion violated", "invalid end state", "non-progress cycle", "acceptance cycle"]
            .iter()
            .any(|it| line.contains(it)) =>
        {
            Found::Trail
        }
        None => Found::Error(line.to_owned()),
    }
}

fn number_after(line: &str, prefix: &str) -> u64 {
    let rest = line.split_once(prefix).map_or(line, |(_, rest)| rest);
    let digits: String = rest.trim_start().chars().take_while(char::is_ascii_digit).collect();
    digits.parse().unwrap_or(0)
}
