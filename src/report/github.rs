//! Annotations for GitHub Actions: each finding a line of the model.

use super::dossier::{self, Dossier};
use super::{Finding, Run, Style, Verdict, verdict, visible};

/// The registry's entry.
pub(super) const REPORT: dossier::Format = dossier::Format {
    name: "github",
    endings: &[],
    about: "annotations of lines, for GitHub Actions",
    render,
};

fn render(dossier: &Dossier, _style: &Style) -> String {
    let run = &dossier.run;
    let mut out = String::new();
    for finding in &run.findings {
        let (line, column) = finding.place.as_ref().map_or((1, 1), |place| (place.line, place.column));
        let place = Place { run, line, column };
        out.push_str(&place.says("error", finding.kind.name(), &finding.message));
    }
    out.push_str(&run.shown().map(|finding| who_waits(run, finding)).unwrap_or_default());
    let start = Place { run, line: 1, column: 1 };
    match run.verdict {
        Verdict::Holds => out.push_str(&start.says("notice", "holds", &verdict::sentence(run))),
        Verdict::Inconclusive => {
            out.push_str(&start.says("warning", "inconclusive", &verdict::sentence(run)));
        }
        Verdict::Bug => {}
    }
    for fixed in dossier.fixes.iter().filter(|fixed| fixed.run.as_expected == Some(false)) {
        let title = format!("fix {}", fixed.name);
        out.push_str(&start.says("error", &title, &verdict::of_fix(fixed).1));
    }
    out
}

/// Where the others of the finding that is shown stand.
fn who_waits(run: &Run, finding: &Finding) -> String {
    let Some(trace) = &finding.trace else { return String::new() };
    let others = verdict::groups(trace, &finding.blame.stuck)
        .into_iter()
        .filter(|group| finding.place.as_ref().is_none_or(|place| place.span != group.first.site.span));
    others
        .map(|group| {
            let site = &group.first.site;
            let text = format!("{} {} here for ever: {}", group.name, group.waits(), group.first.reason);
            Place { run, line: site.line, column: site.column }.says("notice", finding.kind.name(), &text)
        })
        .collect()
}

struct Place<'a> {
    run: &'a Run,
    line: usize,
    column: usize,
}

impl Place<'_> {
    fn says(&self, command: &str, title: &str, message: &str) -> String {
        let file = property(self.run.source.name());
        let Self { line, column, .. } = self;
        let title = property(&format!("goknot: {title}"));
        format!("::{command} file={file},line={line},col={column},title={title}::{}\n", data(message))
    }
}

/// As the runner unescapes it.
fn data(text: &str) -> String {
    visible::line(text).replace('%', "%25")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
