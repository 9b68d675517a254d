//! Results for a terminal: the verdict first.

use std::fmt::Write as _;

use super::outcome::{Deed, Fixed, Need, Standing, Verified};
use crate::cli::batch::without_a_fix;
use crate::cli::sweep::with;
use crate::cli::units::{counted, grouped};
use crate::report::{Ink, Style};

/// More of a list are only counted, unless `-v`.
const MOST: usize = 8;

/// One line: the verdict and the model.
pub fn line(one: &Verified, style: &Style) -> String {
    let word = if one.good() {
        style.paint(Ink::Good, "verified")
    } else if one.bad() {
        style.paint(Ink::Bad, "FAIL    ")
    } else {
        style.paint(Ink::Warn, "open    ")
    };
    format!("{word}  {}: {}\n", one.model, one.verdict())
}

/// Everything.
pub fn full(one: &Verified, style: &Style) -> String {
    let mut out = line(one, style);
    if let Some(error) = &one.error {
        out.push_str(error);
        return out;
    }
    let original = &one.original;
    without_a_fix(&mut out, original.failing, original.checks, original.states, style);
    for found in &original.found {
        let _ = writeln!(out, "  found {found}");
    }
    if original.failing == 0 {
        let _ = writeln!(out, "  nothing goes wrong: there is nothing to fix");
    }
    trigger(
        &mut out,
        original.checks,
        original.failing,
        original.smallest.as_deref(),
        original.rule.as_deref(),
    );
    wrong(&mut out, original.standing, original.wrong.as_deref(), style);
    if one.fixes.is_empty() {
        let _ = writeln!(out, "\nthe model has no fix: `goknot new --pattern double_lock -` shows one");
    }
    for fix in &one.fixes {
        section(&mut out, fix, style);
    }
    out
}

fn section(out: &mut String, fix: &Fixed, style: &Style) {
    let title = if fix.title.is_empty() { String::new() } else { format!(": {}", fix.title) };
    let _ = writeln!(out, "\n{}{title}", style.paint(Ink::Strong, &format!("fix {}", fix.name)));
    let checks = counted(fix.checks, "check", "checks");
    let states = grouped(fix.states);
    match (fix.standing, fix.to_hold) {
        (Standing::AsExpected, true) => {
            let _ = writeln!(out, "  {} in {checks}, {states} states", style.paint(Ink::Good, "holds"));
        }
        (Standing::AsExpected, false) => {
            let _ = writeln!(
                out,
                "  leaves what it says: {}; {} of {checks} fail, {states} states",
                fix.expects, fix.failing
            );
            trigger(out, fix.checks, fix.failing, fix.smallest.as_deref(), fix.rule.as_deref());
        }
        (standing, _) => wrong(out, standing, fix.wrong.as_deref(), style),
    }
    for new in &fix.new_bugs {
        let _ = writeln!(
            out,
            "  {} that the model without it does not have: {new}",
            style.paint(Ink::Bad, "a bug")
        );
    }
    parts(out, fix, style);
    for told in fix.compared() {
        let _ = writeln!(out, "  {told}");
    }
    deeds(out, "can no longer happen", &fix.lost, Ink::Warn, style);
    if let Some(first) = fix.unexplained().next() {
        let word = style.paint(Ink::Bad, "NOT EXPLAINED");
        let _ = writeln!(out, "    {word}: if it is meant, say why in the fix: loses {} \"…\"", first.of);
    }
    for name in &fix.not_lost {
        let word = style.paint(Ink::Bad, "NOT LOST");
        let _ = writeln!(out, "  {word}: {name}, for which the fix says why it is lost");
    }
    deeds(out, "can happen now", &fix.gained, Ink::Dim, style);
    damages(out, fix, style);
}

fn trigger(out: &mut String, checks: usize, failing: usize, smallest: Option<&str>, rule: Option<&str>) {
    if failing == 0 || checks < 2 {
        return;
    }
    if let Some(smallest) = smallest {
        let _ = writeln!(out, "  smallest{}", with(smallest));
    }
    match rule {
        Some("always") => {
            let _ = writeln!(out, "  fails for every combination that was swept");
        }
        Some(rule) => {
            let _ = writeln!(
                out,
                "  fails exactly when {rule} (in what was swept; beyond it this is evidence, no proof)"
            );
        }
        None => {
            let _ = writeln!(out, "  no simple rule says for which parameters it fails");
        }
    }
}

fn wrong(out: &mut String, standing: Standing, text: Option<&str>, style: &Style) {
    let word = match standing {
        Standing::AsExpected => return,
        Standing::NotAsExpected => style.paint(Ink::Bad, "NOT AS EXPECTED"),
        Standing::Inconclusive => style.paint(Ink::Warn, "inconclusive"),
    };
    let _ = writeln!(out, "  {word}: {}", text.unwrap_or_default());
}

fn parts(out: &mut String, fix: &Fixed, style: &Style) {
    if fix.parts.is_empty() {
        return;
    }
    let _ = writeln!(out, "  its {}:", counted(fix.parts.len(), "change", "changes"));
    for part in &fix.parts {
        let word = match part.need {
            Need::Needed => style.paint(Ink::Good, "needed    "),
            Need::NotNeeded => style.paint(Ink::Warn, "NOT NEEDED"),
            Need::Tied => style.paint(Ink::Dim, "tied      "),
            Need::Unknown => style.paint(Ink::Warn, "not known "),
        };
        let change = if style.verbose { part.change.clone() } else { part.shortened() };
        let _ = writeln!(out, "    {word}  {:>4}  {change}", part.line);
        if let (Need::Needed, Some(without)) = (part.need, &part.without) {
            let _ = writeln!(out, "                      without it: {without}");
        }
    }
    for (need, word, means) in [
        (
            Need::NotNeeded,
            "NOT NEEDED",
            "everything that is checked holds without it, so it is not what repairs the bug",
        ),
        (Need::Tied, "tied", "the rest does not compile without it"),
        (Need::Unknown, "not known", "without it there are too many states to say"),
    ] {
        if fix.parts.iter().any(|part| part.need == need) {
            let _ = writeln!(out, "    {}", style.paint(Ink::Dim, &format!("{word}: {means}")));
        }
    }
}

fn deeds(out: &mut String, head: &str, deeds: &[Deed], ink: Ink, style: &Style) {
    if deeds.is_empty() {
        return;
    }
    let _ = writeln!(out, "  {}:", style.paint(ink, head));
    let most = if style.verbose { deeds.len() } else { MOST };
    for deed in deeds.iter().take(most) {
        let line = deed.line.map_or_else(|| "    ".to_owned(), |line| format!("{line:>4}"));
        let _ = writeln!(out, "    {line}  {}{}", deed.what, deed.with());
        if let Some(why) = &deed.explained {
            let _ = writeln!(out, "          explained: {why}");
        }
        if style.verbose {
            for step in &deed.run {
                let _ = writeln!(out, "            {step}");
            }
        }
    }
    if deeds.len() > most {
        let _ = writeln!(out, "          and {} more (-v shows all, each with a run)", deeds.len() - most);
    }
}

fn damages(out: &mut String, fix: &Fixed, style: &Style) {
    if !fix.mutants.is_empty() {
        let caught = fix.mutants.iter().filter(|mutant| mutant.caught.is_some()).count();
        let _ = writeln!(
            out,
            "  the checks notice {caught} of {}",
            counted(fix.mutants.len(), "damage", "damages")
        );
        for mutant in &fix.mutants {
            match (&mutant.caught, mutant.question) {
                (Some(caught), _) if style.verbose => {
                    let _ = writeln!(out, "    {:>4}  {}: {caught}", mutant.line, mutant.what);
                }
                (None, Some(question)) => {
                    let _ = writeln!(out, "    {:>4}  {}: not noticed; {question}", mutant.line, mutant.what);
                }
                _ => {}
            }
        }
    }
    for vacuous in &fix.vacuous {
        let _ = writeln!(out, "  {} nothing breaks {vacuous}", style.paint(Ink::Warn, "vacuous:"));
    }
}
