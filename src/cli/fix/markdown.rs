//! Results for a pull request or a page: one model in full, several as a table.

use std::fmt::Write as _;

use super::outcome::{Repair, Repaired, Verdict};

/// One model in full, several as a table.
pub fn render(all: &[Repaired], show: usize) -> String {
    match all {
        [one] => full(one, show),
        all => table(all),
    }
}

fn table(all: &[Repaired]) -> String {
    let mut out = String::from(
        "| model | fix that holds | kind | lost | to be looked at | tried | time | the model's own fix |\n\
         |---|---|---|--:|---|--:|--:|---|\n",
    );
    for one in all {
        let totals = one.totals();
        let own = one.own.as_deref().unwrap_or_default();
        let tail = format!("{} | {:.1} s | {} |", totals.candidates, one.seconds, cell(own));
        let _ = match one.fixes.first() {
            Some(best) => writeln!(
                out,
                "| {} | {} | {} | {} | {} | {tail}",
                cell(&one.model),
                cell(&best.title),
                best.kinds.join(", "),
                lost(best),
                if best.caveats.is_empty() { "" } else { "yes" },
            ),
            None => writeln!(out, "| {} | **{}** | | | | {tail}", cell(&one.model), cell(&one.sentence())),
        };
    }
    out.push('\n');
    out.push_str(&super::text::closing(all));
    out
}

fn lost(fix: &Repair) -> String {
    fix.not_compared.as_ref().map_or_else(|| fix.lost.len().to_string(), |_| "?".to_owned())
}

fn full(one: &Repaired, show: usize) -> String {
    let mut out = format!("**{}**: {}\n", cell(&one.model), cell(&one.sentence()));
    if let Some(error) = &one.error {
        let _ = writeln!(out, "\n```\n{error}```");
        return out;
    }
    for fix in one.fixes.iter().take(show) {
        let _ = writeln!(
            out,
            "\n### {}\n\nHolds in {} checks ({} states), {} lines changed.",
            cell(&fix.title),
            fix.checks,
            fix.states,
            fix.lines
        );
        if !fix.lost.is_empty() {
            out.push_str("\nCan no longer happen:\n\n");
            for lost in &fix.lost {
                let _ = writeln!(out, "- `{}`", lost.replace('`', "'"));
            }
        }
        for remark in fix
            .caveats
            .iter()
            .map(|it| (*it).to_owned())
            .chain(fix.not_compared.iter().map(|why| format!("What it loses is not known: {why}.")))
        {
            let _ = writeln!(out, "\nLook at this: {remark}");
        }
        let _ = writeln!(out, "\n```diff\n{}\n```", fix.diff.trim_end());
        let _ = writeln!(out, "\n```go\n{}\n```", fix.declaration.trim_end());
    }
    if one.verdict != Verdict::NoBug {
        let totals = one.totals();
        let _ = writeln!(
            out,
            "\nTried {} changes: {} hold, {} fail, {} do not compile, {} came to no end.",
            totals.candidates, totals.held, totals.failed, totals.rejected, totals.inconclusive
        );
    }
    out
}

/// A text inside a cell.
fn cell(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '|' | '*' | '_' | '<' | '>' | '[' | ']' | '`' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            '\n' => out.push(' '),
            c => out.push(c),
        }
    }
    out
}
