//! `JUnit` XML for CI systems: what was checked is a test each, and so is each fix.

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::dossier::{self, Dossier, Fixed};
use super::{Finding, Run, Style, Verdict, terminal, verdict, visible};
use crate::property::Kind;

/// The registry's entry.
pub(super) const REPORT: dossier::Format = dossier::Format {
    name: "junit",
    endings: &["xml"],
    about: "JUnit XML for CI systems: a test for each thing checked and each fix",
    render,
};

/// One test.
struct Test {
    name: String,
    outcome: Outcome,
}

enum Outcome {
    Passed,
    /// In a line, and in full.
    Failed(String, String),
    Skipped(String),
}

fn render(dossier: &Dossier, _style: &Style) -> String {
    let run = &dossier.run;
    let mut tests = of_run(run);
    tests.extend(dossier.fixes.iter().map(of_fix));
    let mut out = Writer::new_with_indent(Vec::new(), b' ', 2);
    // Writing into memory cannot fail.
    let _ = write(&mut out, run, &tests);
    let mut text = String::from_utf8(out.into_inner()).unwrap_or_default();
    text.push('\n');
    text
}

fn write(out: &mut Writer<Vec<u8>>, run: &Run, tests: &[Test]) -> std::io::Result<()> {
    let count = |is: fn(&Outcome) -> bool| tests.iter().filter(|test| is(&test.outcome)).count().to_string();
    let total = tests.len().to_string();
    let failures = count(|outcome| matches!(outcome, Outcome::Failed(..)));
    let skipped = count(|outcome| matches!(outcome, Outcome::Skipped(_)));
    let suite = visible::line(&run.model);
    let file = visible::line(run.source.name());
    out.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let totals = [("tests", total.as_str()), ("failures", &failures), ("errors", "0")];
    out.create_element("testsuites")
        .with_attribute(("name", "goknot"))
        .with_attributes(totals)
        .write_inner_content(|out| {
            out.create_element("testsuite")
                .with_attribute(("name", suite.as_str()))
                .with_attributes(totals)
                .with_attribute(("skipped", skipped.as_str()))
                .write_inner_content(|out| {
                    if !run.params.is_empty() {
                        out.create_element("properties").write_inner_content(|out| {
                            for (name, value) in &run.params {
                                out.create_element("property")
                                    .with_attribute(("name", visible::line(name).as_str()))
                                    .with_attribute(("value", value.to_string().as_str()))
                                    .write_empty()?;
                            }
                            Ok(())
                        })?;
                    }
                    for test in tests {
                        write_test(out, &file, &suite, test)?;
                    }
                    Ok(())
                })?;
            Ok(())
        })?;
    Ok(())
}

fn write_test(out: &mut Writer<Vec<u8>>, file: &str, suite: &str, test: &Test) -> std::io::Result<()> {
    let element = out
        .create_element("testcase")
        .with_attribute(("classname", suite))
        .with_attribute(("name", visible::line(&test.name).as_str()))
        .with_attribute(("file", file));
    match &test.outcome {
        Outcome::Passed => element.write_empty()?,
        Outcome::Failed(message, text) => element.write_inner_content(|out| {
            out.create_element("failure")
                .with_attribute(("message", visible::line(message).as_str()))
                .write_text_content(BytesText::new(&visible::lines(text)))?;
            Ok(())
        })?,
        Outcome::Skipped(message) => element.write_inner_content(|out| {
            out.create_element("skipped")
                .with_attribute(("message", visible::line(message).as_str()))
                .write_empty()?;
            Ok(())
        })?,
    };
    Ok(())
}

/// A test for each kind of bug and each property. What a search that was cut short has not found is not proved absent.
fn of_run(run: &Run) -> Vec<Test> {
    let mut names: Vec<String> = run.checked.clone();
    let found: Vec<(String, &Finding)> =
        run.findings.iter().map(|finding| (tested_by(finding), finding)).collect();
    names.extend(found.iter().map(|(name, _)| name.clone()));
    let mut tests: Vec<Test> = Vec::new();
    for name in names {
        if tests.iter().any(|test| test.name == name) {
            continue;
        }
        let failed: Vec<&Finding> =
            found.iter().filter(|(test, _)| *test == name).map(|(_, finding)| *finding).collect();
        let outcome = match failed.as_slice() {
            [] if run.stats.exhaustive => Outcome::Passed,
            [] => Outcome::Skipped(format!("inconclusive: {}", terminal::summary::inconclusive(run))),
            [first, ..] => {
                let texts: Vec<String> = failed.iter().map(|finding| in_full(run, finding)).collect();
                Outcome::Failed(first.message.clone(), texts.join("\n"))
            }
        };
        tests.push(Test { name, outcome });
    }
    tests
}

/// The name in [`Run::checked`] of what a finding breaks.
fn tested_by(finding: &Finding) -> String {
    let prefixed = |word: &str, text: &str| match text.starts_with(word) {
        true => text.to_string(),
        false => format!("{word} {text}"),
    };
    match (finding.kind, &finding.property) {
        (Kind::Always, Some((text, _))) => prefixed("always", text),
        (Kind::Eventually, Some((text, _))) => prefixed("eventually", text),
        (Kind::Cover, Some((text, _))) => prefixed("cover", text),
        (Kind::LeadsTo, Some((text, _))) => text.clone(),
        (kind, _) => kind.name().to_string(),
    }
}

/// Place, sentence, and the goroutines at the end of the run.
fn in_full(run: &Run, finding: &Finding) -> String {
    let line = finding.place.as_ref().map_or(1, |place| place.line);
    let head = format!("{}:{line}: {}: {}\n", run.source.name(), finding.kind, finding.message);
    if finding.dump.is_empty() { head } else { format!("{head}\n{}", finding.dump) }
}

fn of_fix(fixed: &Fixed) -> Test {
    let told = verdict::of_fix(fixed).1;
    let outcome = match (fixed.run.as_expected, fixed.run.verdict) {
        (Some(true), _) => Outcome::Passed,
        (_, Verdict::Inconclusive) => Outcome::Skipped(told),
        _ => {
            let text = fixed.run.shown().map(|finding| in_full(&fixed.run, finding)).unwrap_or_default();
            Outcome::Failed(told, text)
        }
    };
    Test { name: format!("fix {}", fixed.name), outcome }
}
