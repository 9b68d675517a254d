//! Results for a terminal: the verdict first.

use std::fmt::Write as _;

use super::outcome::{Repair, Repaired, Verdict};
use crate::cli::batch::without_a_fix;
use crate::cli::sweep::with;
use crate::cli::units::{counted, grouped};
use crate::report::{Ink, Style};

/// One line: the verdict and the model.
pub fn line(one: &Repaired, style: &Style) -> String {
    let word = match one.verdict {
        Verdict::Fixed => style.paint(Ink::Good, "fixed  "),
        Verdict::NoBug => style.paint(Ink::Good, "no bug "),
        Verdict::NotFixed => style.paint(Ink::Bad, "no fix "),
        Verdict::Inconclusive => style.paint(Ink::Warn, "open   "),
        Verdict::Broken => style.paint(Ink::Bad, "FAIL   "),
    };
    format!("{word}  {}: {}\n", one.model, one.sentence())
}

/// Behind the lines of several models.
pub fn closing(all: &[Repaired]) -> String {
    let count = |verdict: Verdict| all.iter().filter(|one| one.verdict == verdict).count();
    let clean = all.iter().filter(|one| one.fixes.first().is_some_and(Repair::clean)).count();
    let lossless =
        all.iter().filter(|one| one.fixes.first().is_some_and(|best| best.lost.is_empty())).count();
    let mut out = format!(
        "a fix was found for {} of {} models: {lossless} lose nothing that can be seen, of {clean} nothing else is to be said\n",
        count(Verdict::Fixed),
        all.len() - count(Verdict::NoBug),
    );
    for (verdict, what) in [
        (Verdict::NoBug, "have no bug"),
        (Verdict::Inconclusive, "are open"),
        (Verdict::Broken, "cannot be read"),
    ] {
        if count(verdict) > 0 {
            let _ = writeln!(out, "{} {what}", count(verdict));
        }
    }
    out
}

/// Everything, `show` of the fixes in full.
pub fn full(one: &Repaired, show: usize, style: &Style) -> String {
    let mut out = line(one, style);
    if let Some(error) = &one.error {
        out.push_str(error);
        return out;
    }
    let original = &one.original;
    without_a_fix(&mut out, original.failing, original.checks, original.states, style);
    let with = original.smallest.as_deref().map(with).unwrap_or_default();
    for found in &original.found {
        let _ = writeln!(out, "  found {found}{with}");
    }
    for (at, fix) in one.fixes.iter().take(show).enumerate() {
        section(&mut out, at + 1, fix, style);
    }
    if one.fixes.len() > show {
        let _ = writeln!(out, "\n{}", style.paint(Ink::Strong, "these hold as well"));
        for fix in &one.fixes[show..] {
            let mut said = remarks(fix);
            if said.is_empty() {
                said.push_str("nothing is lost");
            }
            let _ = writeln!(out, "  {} (in {}): {said}", fix.title, fix.within.join(", "));
        }
    }
    tried(&mut out, one, style);
    out
}

/// What speaks against a fix, in a line.
fn remarks(fix: &Repair) -> String {
    let mut said = Vec::new();
    match fix.lost.as_slice() {
        [] => {}
        [one] => said.push(format!("can no longer happen: {one}")),
        [one, more @ ..] => said.push(format!("can no longer happen: {one}, and {} more", more.len())),
    }
    said.extend(fix.caveats.iter().map(|caveat| (*caveat).to_owned()));
    said.extend(fix.not_compared.iter().map(|why| format!("not compared: {why}")));
    said.join("; ")
}

fn section(out: &mut String, number: usize, fix: &Repair, style: &Style) {
    let _ = writeln!(out, "\n{}", style.paint(Ink::Strong, &format!("{number}. {}", fix.title)));
    let _ = writeln!(
        out,
        "  {} in {}, {} states; {} changed",
        style.paint(Ink::Good, "holds"),
        counted(fix.checks, "check", "checks"),
        grouped(fix.states),
        counted(fix.lines, "line", "lines")
    );
    if !fix.lost.is_empty() {
        let _ = writeln!(out, "  {}:", style.paint(Ink::Bad, "can no longer happen"));
        for lost in &fix.lost {
            let _ = writeln!(out, "    {lost}");
        }
    } else if fix.not_compared.is_none() {
        let _ = writeln!(out, "  what could happen in runs without the bug can still happen");
    }
    for caveat in &fix.caveats {
        let _ = writeln!(out, "  {}: {caveat}", style.paint(Ink::Warn, "look at this"));
    }
    if let Some(why) = &fix.not_compared {
        let _ = writeln!(out, "  {}: {why}", style.paint(Ink::Warn, "what it loses is not known"));
    }
    out.push('\n');
    for line in fix.diff.lines() {
        let ink = match line.as_bytes().first() {
            Some(b'+') => Ink::Good,
            Some(b'-') => Ink::Bad,
            _ => Ink::Operation,
        };
        let _ = writeln!(out, "{}", style.paint(ink, line));
    }
    let _ = writeln!(out, "\nto paste into the model:\n\n{}", fix.declaration.trim_end());
}

fn tried(out: &mut String, one: &Repaired, style: &Style) {
    if one.tried.is_empty() {
        return;
    }
    let totals = one.totals();
    let _ = writeln!(
        out,
        "\ntried {}: {} hold, {} fail, {} do not compile, {} came to no end{}",
        counted(totals.candidates, "change", "changes"),
        totals.held,
        totals.failed,
        totals.rejected,
        totals.inconclusive,
        if one.pairs { "; two at a time as well" } else { "" }
    );
    if one.untried > 0 {
        let _ = writeln!(out, "{} more were not tried (--tries, --max-time)", grouped(one.untried as u64));
    }
    for fault in &one.faults {
        let _ = writeln!(
            out,
            "{} {fault}\n  this is a bug in goknot, not in your model; please report it with the model",
            style.paint(Ink::Bad, "goknot failed at")
        );
    }
    if style.verbose {
        let widest = one.tried.iter().map(|row| row.kind.len()).max().unwrap_or(0);
        for row in &one.tried {
            let _ = writeln!(
                out,
                "  {:widest$}  {:>4} tried  {:>4} hold  {:>4} fail  {:>4} do not compile  {:>4} open",
                row.kind, row.candidates, row.held, row.failed, row.rejected, row.inconclusive
            );
        }
    }
}
