//! Why nobody wakes them: one small model per reason in `tests/blame/`, each with what is said about it.

#![expect(clippy::disallowed_methods, reason = "tests read files and start programs")]

#[path = "program/checked.rs"]
mod checked;

use std::fmt::Write as _;

use checked::{check, model};
use goknot::blame::words;
use goknot::report::Finding;

#[test]
fn every_reason_is_told() {
    insta::glob!("blame/*.knot", |path| {
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let source = model(&format!("blame/{name}"));
        let run = check(&source, &[]);
        let told: Vec<String> = run.findings.iter().map(explained).collect();
        insta::assert_snapshot!(format!("{}\n----\n{}", source.text(), told.join("\n----\n")));
    });
}

fn explained(finding: &Finding) -> String {
    let mut out = format!("{}: {}\n", finding.kind, finding.message);
    let Some(trace) = &finding.trace else { return out };
    for stuck in &finding.blame.stuck {
        let label = &trace.goroutine(stuck.goroutine).label;
        let _ = writeln!(out, "\n{label} waits at {} (line {})", stuck.operation, stuck.site.line);
        for wait in &stuck.waits {
            let _ = writeln!(out, "  {}", words::condition(trace, stuck, wait));
            for waker in words::telling(wait) {
                let _ = writeln!(out, "  - {}", words::because(trace, waker));
            }
            if wait.wakers.is_empty() && wait.identity.is_some() {
                let _ = writeln!(out, "  - {}", words::nobody(wait));
            }
        }
    }
    let _ = write!(out, "\n{}", finding.dump);
    out
}
