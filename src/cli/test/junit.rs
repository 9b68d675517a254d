//! Results as `JUnit` XML, which every CI system reads.

use std::fmt::Write as _;
use std::time::Duration;

use super::outcome::{Case, Model};

/// The whole document: a suite a model, a test a case.
pub fn render(models: &[Model], time: Duration) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let tests: usize = models.iter().map(tests).sum();
    let failures: usize = models.iter().map(failures).sum();
    let errors = models.iter().filter(|model| model.broken.is_some()).count();
    let _ = writeln!(
        out,
        "<testsuites name=\"goknot\" tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" time=\"{:.3}\">",
        time.as_secs_f64()
    );
    for model in models {
        suite(&mut out, model);
    }
    out.push_str("</testsuites>\n");
    out
}

/// A model that could not be tested counts as one test.
fn tests(model: &Model) -> usize {
    model.cases.len() + usize::from(model.broken.is_some())
}

fn failures(model: &Model) -> usize {
    model.cases.iter().filter(|case| !case.passes()).count()
}

fn suite(out: &mut String, model: &Model) {
    let _ = writeln!(
        out,
        "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" time=\"{:.3}\">",
        escaped(&model.name),
        tests(model),
        failures(model),
        usize::from(model.broken.is_some()),
        model.time.as_secs_f64()
    );
    if let Some(broken) = &model.broken {
        let name = escaped(&model.name);
        let _ = writeln!(out, "    <testcase classname=\"{name}\" name=\"model\" time=\"0.000\">");
        let _ =
            writeln!(out, "      <error message=\"bad model\">{}</error>\n    </testcase>", escaped(broken));
    }
    for case in &model.cases {
        test(out, model, case);
    }
    out.push_str("  </testsuite>\n");
}

fn test(out: &mut String, model: &Model, case: &Case) {
    let class = escaped(&model.name);
    let name = escaped(case.fix.as_deref().unwrap_or("model"));
    let time = case.time.as_secs_f64();
    let _ = write!(out, "    <testcase classname=\"{class}\" name=\"{name}\" time=\"{time:.3}\"");
    if case.passes() {
        out.push_str("/>\n");
        return;
    }
    out.push_str(">\n");
    let lines: Vec<String> = case.failures.iter().map(|failure| failure.told(&model.path)).collect();
    let first = case.failures.first().map_or("", |failure| failure.wanted.as_str());
    let message = escaped(&format!("expected {first}"));
    let text = escaped(&lines.concat());
    let _ = writeln!(out, "      <failure message=\"{message}\">{text}</failure>\n    </testcase>");
}

/// Text for XML: markup escaped, characters that XML 1.0 cannot hold replaced.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(c),
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}
