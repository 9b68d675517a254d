//! Why nobody wakes them: each stuck goroutine as a place in the source, and the knot.

use super::look;
use crate::blame::{Blame, Holder, Link, Stuck, Wait, Waker, words};
use crate::diag::Label;
use crate::diag::render::render_places;
use crate::report::style::{Ink, Style, pad, wrap};
use crate::report::verdict::{Group, groups};
use crate::report::{Finding, Run};
use crate::trace::{GoroutineId, Trace};

/// One section per group of equal stuck goroutines.
pub(super) fn stuck(run: &Run, finding: &Finding, trace: &Trace, style: &Style) -> Vec<String> {
    groups(trace, &finding.blame.stuck).iter().map(|group| section(run, group, trace, style)).collect()
}

fn section(run: &Run, group: &Group<'_>, trace: &Trace, style: &Style) -> String {
    let entry = group.first;
    let title = format!("{} {} for ever: {}", group.name, group.waits(), entry.reason);
    let labels = labels(trace, entry);
    let mut out = render_places(&run.source, &title, &labels, look(style)).trim_end_matches('\n').to_string();
    out.push('\n');
    for reason in reasons(trace, entry) {
        bullet(&mut out, &reason, style);
    }
    out
}

/// Why nobody wakes a goroutine, a sentence each.
pub(in crate::report) fn reasons(trace: &Trace, entry: &Stuck) -> Vec<String> {
    if entry.waits.is_empty() {
        return vec!["a select without cases waits for ever".to_string()];
    }
    let several = entry.waits.len() > 1;
    let mut list = Vec::new();
    for wait in &entry.waits {
        let wakers = words::telling(wait);
        let case = if several { format!("{}: ", wait.operation) } else { String::new() };
        if wakers.is_empty() && wait.identity.is_some() {
            list.push(format!("{case}{}", words::nobody(wait)));
        }
        list.extend(alike(trace, wait).into_iter().map(|reason| format!("{case}{reason}")));
    }
    list
}

/// The wakers' reasons; many goroutines with the same one are counted.
fn alike(trace: &Trace, wait: &Wait) -> Vec<String> {
    let mut list: Vec<(String, String, usize)> = Vec::new();
    for waker in words::telling(wait) {
        let reason = words::because(trace, waker);
        let who = words::who(trace, waker);
        let rest = reason.strip_prefix(&who).unwrap_or(&reason).to_string();
        match list.iter_mut().find(|(_, other, _)| *other == rest) {
            Some((_, _, count)) => *count += 1,
            None => list.push((who, rest, 1)),
        }
    }
    let told = list.into_iter().map(|(who, rest, count)| match count {
        1 => format!("{who}{rest}"),
        count => format!("{who}{rest}; and so for {} more", count - 1),
    });
    told.collect()
}

fn bullet(out: &mut String, text: &str, style: &Style) {
    let mark = style.either("•", "*");
    for (index, line) in wrap(text, style.width.saturating_sub(6).max(30)).into_iter().enumerate() {
        let head = if index == 0 { mark } else { " " };
        out.push_str(&format!("    {head} {line}\n"));
    }
}

/// The place where it waits, and where the locks that it waits for were taken.
fn labels(trace: &Trace, entry: &Stuck) -> Vec<Label> {
    let mut labels = match entry.waits.as_slice() {
        [wait] if wait.holders.is_empty() => {
            vec![Label { span: entry.site.span, text: words::condition(trace, entry, wait) }]
        }
        [wait] => {
            let mut labels =
                vec![Label { span: entry.site.span, text: format!("waits for {}", wait.object) }];
            labels.extend(wait.holders.iter().map(|holder| taken(trace, wait, holder)));
            labels
        }
        [] => vec![Label { span: entry.site.span, text: "no case can ever be ready".to_string() }],
        cases => {
            let case = |wait: &Wait| Label { span: wait.span, text: words::condition(trace, entry, wait) };
            cases.iter().map(case).collect()
        }
    };
    // Two labels on one place say too much.
    let mut seen = Vec::new();
    labels.retain(|label| {
        let fresh = !seen.contains(&label.span);
        seen.push(label.span);
        fresh
    });
    labels
}

fn taken(trace: &Trace, wait: &Wait, holder: &Holder) -> Label {
    let who = &trace.goroutine(holder.goroutine).label;
    let step = holder.step + 1;
    let text = match (holder.announced, holder.action) {
        (true, action) => format!("{who} waits for its {action} here: no new readers (step {step})"),
        (false, "RLock" | "TryRLock") => format!("{who} took {} here for reading (step {step})", wait.object),
        (false, _) => format!("{who} took {} here (step {step})", wait.object),
    };
    Label { span: holder.span, text }
}

/// Who waits for whom.
pub(super) fn knot(finding: &Finding, trace: &Trace, style: &Style) -> String {
    let Blame { stuck, knot } = &finding.blame;
    let groups = groups(trace, stuck);
    let mut told: Vec<GoroutineId> = Vec::new();
    let mut rows = |links: &mut dyn Iterator<Item = &Link>| {
        let mut rows = Vec::new();
        for link in links {
            let group = groups.iter().find(|group| group.members.contains(&link.from));
            if let Some(group) = group.filter(|_| !told.contains(&link.from))
                && let Some(waker) = words::link(stuck, link)
            {
                told.extend(&group.members);
                rows.push(row(&groups, group, link, waker));
            }
        }
        rows
    };
    let circles = rows(&mut knot.cycles.iter().flatten());
    let chains = rows(&mut knot.chains.iter().filter_map(|links| links.first()));
    let mut out = String::new();
    if !circles.is_empty() {
        out.push_str(&table(&style.paint(Ink::Strong, "the knot"), &circles));
    }
    if !chains.is_empty() {
        let heading = if circles.is_empty() { "who waits for whom" } else { "behind it" };
        out.push_str(&table(&style.paint(Ink::Strong, heading), &chains));
    }
    out
}

/// Who waits, for whom, to do what.
fn row(groups: &[Group<'_>], from: &Group<'_>, link: &Link, waker: &Waker) -> [String; 3] {
    let to = groups.iter().find(|group| group.members.contains(&link.to));
    let to = match to {
        _ if link.from == link.to && from.members.len() == 1 => "itself",
        _ if link.from == link.to => "themselves",
        Some(group) => group.name.as_str(),
        None => "",
    };
    let whom = format!("{:5} for {to}", from.waits());
    [from.name.clone(), whom, format!("to do {} (line {})", waker.operation, waker.site.line)]
}

fn table(heading: &str, rows: &[[String; 3]]) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let mut out = format!("{heading}\n");
    for [who, whom, what] in rows {
        out.push_str(&format!("    {} {} {what}\n", pad(who, width(0)), pad(whom, width(1))));
    }
    out
}
