//! What people see: small models in every format, and the edges of each format.

#[path = "reports/hand.rs"]
mod hand;
#[path = "reports/models.rs"]
mod models;

use goknot::engine::{self, Options, Unwatched};
use goknot::machine::Machine;
use goknot::machine::step::Limits;
use goknot::report::{self, Report, Run, Style, Subject};
use goknot::source::Source;

/// Checks a model; no time passes.
fn check(model: (Source, Machine)) -> Run {
    check_with(model, &Options::default())
}

fn check_with((source, machine): (Source, Machine), options: &Options) -> Run {
    let outcome = engine::check(&machine, options, &mut Unwatched).expect("the machine is sound");
    let limits = Limits::default();
    let subject = Subject {
        machine: &machine,
        source: &source,
        fix: None,
        engine: "built-in",
        limits: &limits,
        seconds: 0.0,
    };
    report::assemble(&subject, &outcome).expect("the counterexample replays")
}

fn render(run: &Run, format: &str) -> String {
    let format = report::format(format).expect("a known format");
    (format.render)(&Report::One(run), &Style::default())
}

macro_rules! in_every_format {
    ($($model:ident),* $(,)?) => {$(
        #[test]
        fn $model() {
            let run = check(models::$model());
            for format in report::FORMATS {
                let name = format!("{}_{}", stringify!($model), format.name);
                insta::assert_snapshot!(name, render(&run, format.name));
            }
        }
    )*};
}

in_every_format!(miniredis, timeout_leak, double_close, lost_update, idle_server, reader_writer_reader);

/// Many goroutines, many steps.
fn crowd(workers: i64) -> Run {
    check(models::crowd(workers))
}

fn terminal(run: &Run, style: Style) -> String {
    let format = report::format("human").expect("a known format");
    (format.render)(&Report::One(run), &style)
}

#[test]
fn more_goroutines_than_columns() {
    insta::assert_snapshot!(terminal(&crowd(8), Style::default()));
}

#[test]
fn a_narrow_terminal_without_unicode() {
    let text = terminal(&crowd(3), Style { width: 60, unicode: false, ..Style::default() });
    assert!(text.is_ascii(), "{text}");
    insta::assert_snapshot!(text);
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    for width in [40, 60, 80, 100, 140] {
        let text = terminal(&crowd(8), Style { width, ..Style::default() });
        // What quotes the source or Go's own output is as long as that is.
        let table = text.lines().take_while(|line| !line.contains('×'));
        let wide: Vec<&str> = table.filter(|line| line.chars().count() > width).collect();
        assert!(wide.is_empty(), "{width}: {wide:#?}");
    }
}

#[test]
fn a_long_run_is_folded_unless_verbose() {
    let run = check(models::countdown(40));
    insta::assert_snapshot!(terminal(&run, Style::default()));
    let all = terminal(&run, Style { verbose: true, ..Style::default() });
    assert!(
        !all.contains("more steps") && all.lines().count() > terminal(&run, Style::default()).lines().count()
    );
}

#[test]
fn colours_change_no_text() {
    let run = check(models::miniredis());
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
    let run = check(models::double_close());
    let render = |format: &str| {
        let format = report::format(format).expect("a known format");
        (format.render)(&Report::Findings(&run), &Style::default())
    };
    insta::assert_snapshot!("findings_terminal", render("human"));
    let json: serde_json::Value = serde_json::from_str(&render("json")).expect("JSON");
    let runs = json["runs"].as_array().expect("runs");
    assert_eq!(runs.len(), 2);
    assert_eq!(runs[0]["others"], serde_json::json!(["panic"]));
    assert_ne!(runs[0]["violation"]["line"], runs[1]["violation"]["line"]);
}

#[test]
fn several_runs() {
    let runs = [check(models::double_close()), check(models::idle_server())];
    let render = |format: &str| {
        let format = report::format(format).expect("a known format");
        (format.render)(&Report::Many(&runs), &Style::default())
    };
    let json: serde_json::Value = serde_json::from_str(&render("json")).expect("JSON");
    let verdicts: Vec<&serde_json::Value> =
        json["runs"].as_array().expect("runs").iter().map(|run| &run["verdict"]).collect();
    assert_eq!(verdicts, ["bug", "holds"]);
    assert_eq!(render("short").lines().count(), 3);
    insta::assert_snapshot!("several_runs_terminal", render("human"));
}

#[test]
fn a_search_that_was_stopped_is_inconclusive() {
    let (source, machine) = models::idle_server();
    let options = Options { max_states: Some(3), ..Options::default() };
    let run = check_with((source, machine), &options);
    insta::assert_snapshot!("inconclusive_terminal", terminal(&run, Style::default()));
    insta::assert_snapshot!("inconclusive_short", render(&run, "short"));
}

#[test]
fn a_rejected_model() {
    use goknot::diag::{Code, Diagnostic, Label, Severity};
    let (source, _) = models::idle_server();
    let at = source.text().find("handle").expect("the call");
    let diagnostic = Diagnostic {
        code: Code(7),
        severity: Severity::Error,
        message: "undefined: handle".into(),
        labels: vec![Label { span: goknot::source::Span::new(at, at + 6), text: "not declared".into() }],
        help: "declare the function".into(),
    };
    for format in report::FORMATS {
        let text =
            (format.render)(&Report::Rejected(&source, std::slice::from_ref(&diagnostic)), &Style::default());
        insta::assert_snapshot!(format!("rejected_{}", format.name), text);
    }
}

/// The example in `docs/json.md` is what the program prints.
#[test]
fn the_documented_example_is_true() {
    let page = include_str!("../docs/json.md");
    let example = page.split("```json\n").nth(1).and_then(|rest| rest.split("```").next());
    assert_eq!(example, Some(render(&check(models::double_close()), "json").as_str()));
}
