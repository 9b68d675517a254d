//! Results for a pull request.

use std::fmt::Write as _;

use super::outcome::{Compared, Deed, Fixed, Need, Standing, Verified, summary};
use crate::cli::sweep::with;
use crate::cli::units::{counted, grouped};

/// One model in full, several as a table.
pub fn render(all: &[Verified]) -> String {
    match all {
        [one] => full(one),
        all => table(all),
    }
}

fn table(all: &[Verified]) -> String {
    let mut out = String::from(
        "| model | verdict | fix | parts needed | lost | mutants caught |\n|---|---|---|--:|--:|--:|\n",
    );
    for one in all {
        if one.fixes.is_empty() {
            let _ = writeln!(out, "| {} | {} | | | | |", cell(&one.model), cell(&one.verdict()));
        }
        for fix in &one.fixes {
            let needed =
                fix.parts.iter().filter(|part| matches!(part.need, Need::Needed | Need::Tied)).count();
            let caught = fix.mutants.iter().filter(|mutant| mutant.caught.is_some()).count();
            let _ = writeln!(
                out,
                "| {} | {} | {} | {needed} of {} | {} | {caught} of {} |",
                cell(&one.model),
                cell(&one.verdict()),
                cell(&fix.name),
                fix.parts.len(),
                lost(fix),
                fix.mutants.len()
            );
        }
    }
    let _ = writeln!(out, "\n{}", summary(all));
    out
}

/// The number of things lost, and whether the model says why.
fn lost(fix: &Fixed) -> String {
    match (fix.lost.len(), fix.unexplained().count()) {
        (0, _) if fix.compared == Compared::Nothing || fix.not_compared.is_some() => "?".to_owned(),
        (0, _) => "0".to_owned(),
        (lost, 0) if fix.to_hold => format!("{lost}, explained"),
        (lost, 0) => lost.to_string(),
        (lost, _) => format!("**{lost}**"),
    }
}

fn full(one: &Verified) -> String {
    let mut out = format!("**{}**: {}\n", cell(&one.model), cell(&one.verdict()));
    let original = &one.original;
    for found in &original.found {
        let _ = writeln!(out, "\nWithout a fix: {}", cell(found));
    }
    let checks = counted(original.checks, "check", "checks");
    let fail = if original.checks == 1 { "fails" } else { "fail" };
    let trigger =
        trigger(original.checks, original.failing, original.smallest.as_deref(), original.rule.as_deref());
    let _ = writeln!(out, "\nWithout a fix {} of {checks} {fail}{trigger}.", original.failing);
    if let Some(wrong) = &original.wrong {
        let _ = writeln!(out, "\n**Not as expected**: {}", cell(wrong));
    }
    for fix in &one.fixes {
        section(&mut out, fix);
    }
    out
}

/// For which parameters: the smallest, the rule.
fn trigger(checks: usize, failing: usize, smallest: Option<&str>, rule: Option<&str>) -> String {
    if failing == 0 || checks < 2 {
        return String::new();
    }
    let smallest = smallest.map(|it| format!(", the smallest{}", with(it))).unwrap_or_default();
    match rule {
        Some("always") => format!("{smallest}: for every combination that was swept"),
        Some(rule) => format!("{smallest}: exactly when `{rule}` (in what was swept; beyond it no proof)"),
        None => format!("{smallest}; no simple rule says when"),
    }
}

fn section(out: &mut String, fix: &Fixed) {
    let title = if fix.title.is_empty() { String::new() } else { format!(": {}", cell(&fix.title)) };
    let _ = writeln!(out, "\n### fix {}{title}\n", cell(&fix.name));
    let checks = counted(fix.checks, "check", "checks");
    let states = grouped(fix.states);
    if fix.standing == Standing::AsExpected && fix.to_hold {
        let _ = writeln!(out, "**Holds** in {checks}, {states} states.");
    } else {
        let trigger = trigger(fix.checks, fix.failing, fix.smallest.as_deref(), fix.rule.as_deref());
        let says = if fix.standing == Standing::AsExpected {
            format!("**Leaves what it says**, {}: ", cell(&fix.expects))
        } else {
            String::new()
        };
        let _ = writeln!(out, "{says}{} of {checks} fail{trigger}. {states} states.", fix.failing);
    }
    if let Some(wrong) = &fix.wrong {
        let _ = writeln!(out, "\n**Not as expected**: {}", cell(wrong));
    }
    if !fix.parts.is_empty() {
        out.push_str("\n| line | change | needed | without it |\n|--:|---|---|---|\n");
        for part in &fix.parts {
            let need = match part.need {
                Need::Needed => "yes",
                Need::NotNeeded => "**no**",
                Need::Tied => "the rest does not compile without it",
                Need::Unknown => "not known",
            };
            let _ = writeln!(
                out,
                "| {} | {} | {need} | {} |",
                part.line,
                cell(&part.shortened()),
                part.without.as_deref().map(cell).unwrap_or_default()
            );
        }
    }
    let list = |out: &mut String, head: &str, deeds: &[Deed]| {
        if !deeds.is_empty() {
            let _ = writeln!(out, "\n{head}:\n");
        }
        for deed in deeds {
            let line = deed.line.map_or(String::new(), |line| format!("line {line}: "));
            let why = deed.explained.as_ref().map(|why| format!(": *{}*", cell(why))).unwrap_or_default();
            let _ = writeln!(out, "- {line}{}{}{why}", cell(&deed.what), cell(&deed.with()));
        }
    };
    for told in fix.compared() {
        let _ = writeln!(out, "\n{}.", capital(&told));
    }
    list(out, "What it can no longer do", &fix.lost);
    if let Some(first) = fix.unexplained().next() {
        let name = cell(&first.of);
        let _ = writeln!(out, "\n**Not explained**: if it is meant, say why in the fix: loses {name} \"…\"");
    }
    for name in &fix.not_lost {
        let _ = writeln!(out, "\n**Not lost**: {}, for which the fix says why it is lost.", cell(name));
    }
    list(out, "What it can do now", &fix.gained);
    if !fix.mutants.is_empty() {
        let caught = fix.mutants.iter().filter(|mutant| mutant.caught.is_some()).count();
        let _ = writeln!(
            out,
            "\nThe checks notice {caught} of {}.\n",
            counted(fix.mutants.len(), "damage", "damages")
        );
        for mutant in fix.mutants.iter().filter(|mutant| mutant.caught.is_none()) {
            let _ = writeln!(
                out,
                "- line {}: {}: {}",
                mutant.line,
                cell(&mutant.what),
                mutant.question.unwrap_or("")
            );
        }
    }
    for vacuous in &fix.vacuous {
        let _ = writeln!(out, "\n**Vacuous**: nothing breaks {}.", cell(vacuous));
    }
}

/// The first letter a capital.
fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// Text that cannot end its cell, start a tag or a list.
fn cell(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '|' | '*' | '_' | '`' | '[' | ']' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            '<' => out.push_str("&lt;"),
            '\n' => out.push(' '),
            c => out.push(c),
        }
    }
    out
}
