//! What people see: small models in every format, and the edges of each format.

#![expect(clippy::disallowed_methods, reason = "tests read files and start programs")]

#[path = "program/checked.rs"]
mod checked;

use checked::{check, check_with, model};
use goknot::engine::Options;
use goknot::report::{self, Report, Run, Style};

fn render(report: &Report<'_>, format: &str, style: &Style) -> String {
    let format = report::format(format).expect("a known format");
    (format.render)(report, style)
}

/// As a terminal shows it.
fn terminal(run: &Run, style: Style) -> String {
    render(&Report::One(run), "terminal", &style)
}

macro_rules! in_every_format {
    ($($name:ident),* $(,)?) => {$(
        #[test]
        fn $name() {
            let run = check(&model(concat!("reports/", stringify!($name))), &[]);
            for format in report::FORMATS {
                let name = format!("{}_{}", stringify!($name), format.name);
                insta::assert_snapshot!(name, render(&Report::One(&run), format.name, &Style::default()));
            }
        }
    )*};
}

in_every_format!(miniredis, timeout, close, lost, idle, rwr, limit, livelock, unanswered, timer);

/// Code of the library that is never reached is told by the call into it, once.
#[test]
fn unreached_statements_are_the_models_own() {
    let run = check(&model("reports/timer"), &[]);
    let text = model("reports/timer");
    assert!(
        run.unreached.iter().any(|it| it.operation.contains("context.WithTimeout")),
        "{:?}",
        run.unreached
    );
    for place in &run.unreached {
        assert!(text.line_text(place.line).contains(place.operation.split('{').next().unwrap_or_default()));
        assert!(place.function == "main" || place.function == "main.func1", "{place:?}");
    }
    let places: std::collections::BTreeSet<_> = run.unreached.iter().map(|it| (it.line, it.column)).collect();
    assert_eq!(places.len(), run.unreached.len(), "{:?}", run.unreached);
}

#[test]
fn more_goroutines_than_columns() {
    let run = check(&model("reports/crowd"), &[("workers", 8)]);
    insta::assert_snapshot!(terminal(&run, Style::default()));
}

#[test]
fn a_narrow_terminal_without_unicode() {
    let run = check(&model("reports/crowd"), &[]);
    let text = terminal(&run, Style { width: 60, unicode: false, ..Style::default() });
    assert!(text.is_ascii(), "{text}");
    insta::assert_snapshot!(text);
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    let run = check(&model("reports/crowd"), &[("workers", 8)]);
    for width in [40, 60, 80, 100, 140] {
        let text = terminal(&run, Style { width, ..Style::default() });
        // What quotes the source or Go's own output is as long as that is.
        let table = text.lines().take_while(|line| !line.contains("  × "));
        let wide: Vec<&str> = table.filter(|line| line.chars().count() > width).collect();
        assert!(wide.is_empty(), "{width}: {wide:#?}");
    }
}

#[test]
fn a_long_run_is_folded_unless_verbose() {
    let run = check(&model("reports/countdown"), &[]);
    let folded = terminal(&run, Style::default());
    insta::assert_snapshot!(folded);
    let all = terminal(&run, Style { verbose: true, ..Style::default() });
    assert!(!all.contains("more the same"));
    assert!(all.lines().count() > folded.lines().count() + 60);
}

#[test]
fn colours_change_no_text() {
    let run = check(&model("reports/miniredis"), &[]);
    let coloured = terminal(&run, Style { color: true, ..Style::default() });
    let mut plain = String::new();
    let mut rest = coloured.as_str();
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        plain.push_str(before);
        rest = after.split_once('m').map_or("", |(_, rest)| rest);
    }
    plain.push_str(rest);
    assert_eq!(plain, terminal(&run, Style::default()));
}

#[test]
fn every_finding_in_full() {
    let run = check(&model("reports/close"), &[]);
    let report = Report::Findings(&run);
    insta::assert_snapshot!("findings_terminal", render(&report, "terminal", &Style::default()));
    let json = render(&report, "json", &Style::default());
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let runs = json["runs"].as_array().expect("runs");
    assert_eq!(runs.len(), 2);
    assert_eq!(runs[0]["others"], serde_json::json!(["panic"]));
    assert_ne!(runs[0]["violation"]["line"], runs[1]["violation"]["line"]);
}

#[test]
fn several_runs() {
    let runs = [check(&model("reports/close"), &[]), check(&model("reports/idle"), &[])];
    let report = Report::Many(&runs);
    let json = render(&report, "json", &Style::default());
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let runs = json["runs"].as_array().expect("runs").iter();
    assert_eq!(runs.map(|run| &run["verdict"]).collect::<Vec<_>>(), ["bug", "holds"]);
    assert_eq!(render(&report, "short", &Style::default()).lines().count(), 3);
    insta::assert_snapshot!("several_runs_terminal", render(&report, "terminal", &Style::default()));
}

#[test]
fn of_several_runs_the_unexpected_one_is_shown() {
    let mut runs = [check(&model("reports/close"), &[]), check(&model("reports/rwr"), &[])];
    runs[0].as_expected = Some(true);
    runs[1].as_expected = Some(false);
    let text = render(&Report::Many(&runs), "terminal", &Style::default());
    assert!(text.contains("NOT AS EXPECTED: main (line 13)") && text.contains("\nrwr.knot\n"), "{text}");
    runs[1].as_expected = Some(true);
    let text = render(&Report::Many(&runs), "terminal", &Style::default());
    assert_eq!(text.lines().count(), 2, "{text}");
}

#[test]
fn a_search_that_was_stopped_is_inconclusive() {
    let options = Options { max_states: Some(3), ..Options::default() };
    let run = check_with(&model("reports/idle"), &[], &options);
    insta::assert_snapshot!("inconclusive_terminal", terminal(&run, Style::default()));
    insta::assert_snapshot!("inconclusive_short", render(&Report::One(&run), "short", &Style::default()));
}

#[test]
fn a_rejected_model() {
    use goknot::diag::{Code, Diagnostic, Label, Severity};
    let source = model("reports/idle");
    let at = source.text().find("handled").expect("the variable");
    let diagnostic = Diagnostic {
        code: Code(7),
        severity: Severity::Error,
        message: "handled is not welcome".into(),
        labels: vec![Label { span: goknot::source::Span::new(at, at + 7), text: "this one".into() }],
        help: "call it something else".into(),
    };
    let report = Report::Rejected(&source, std::slice::from_ref(&diagnostic));
    for format in report::FORMATS {
        let text = render(&report, format.name, &Style::default());
        insta::assert_snapshot!(format!("rejected_{}", format.name), text);
    }
}

/// The example in `docs/json.md` is what the program prints.
#[test]
fn the_documented_example_is_true() {
    let page = include_str!("../docs/json.md");
    let block = |kind: &str| page.split(&format!("```{kind}\n")).nth(1)?.split("```").next();
    let source = model("reports/close");
    assert_eq!(block("go"), Some(source.text()));
    let run = check(&source, &[]);
    assert_eq!(block("json"), Some(render(&Report::One(&run), "json", &Style::default()).as_str()));
}
