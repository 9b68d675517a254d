//! What the template is filled with.

use askama::Template;

use super::aligned::{Aligned, aligned};
use super::frames::{Frames, Kind, Line, Shown};
use super::lanes::{Lanes, badge};
use super::scenes::{Act, Panel};
use super::{diagram, graph, source};
use crate::blame::{Stuck, words};
use crate::report::dossier::{Dossier, Fixed};
use crate::report::style::{Ink, count};
use crate::report::terminal::summary;
use crate::report::{Finding, Run, Verdict, verdict};
use crate::trace::{GoroutineId, Trace, stacks};

/// The page.
#[derive(Template)]
#[template(path = "page.html")]
pub(super) struct Page<'a> {
    model: &'a str,
    title: &'a str,
    /// `deadlock`, `holds`.
    verdict: String,
    /// `bad`, `good`, `open`.
    class: &'static str,
    message: String,
    file: &'a str,
    description: &'a str,
    facts: Vec<Fact<'a>>,
    play: Option<Play>,
    source: Vec<Text>,
    graph: Option<String>,
    stuck: Vec<Waiting>,
    /// What is wrong where nobody is stuck.
    reasons: Vec<String>,
    others: Vec<String>,
    fixes: Vec<Fix<'a>>,
    dump: String,
    numbers: Vec<(&'static str, String)>,
    unreached: Vec<String>,
    command: &'a str,
    style: &'static str,
    script: &'static str,
}

/// A line of `meta`.
struct Fact<'a> {
    key: &'a str,
    value: &'a str,
    is_link: bool,
}

/// The run, to be stepped through.
struct Play {
    svg: String,
    rows: Vec<Row>,
    panels: Vec<Panel>,
    people: Vec<(String, String)>,
    has_locks: bool,
    has_messages: bool,
    has_wakes: bool,
    has_doom: bool,
    has_stuck: bool,
    last: usize,
    /// How wide the diagram is.
    lanes: usize,
}

/// A line of the timeline.
struct Row {
    /// `start`, `step`, `folded`, `end`, `doom`, `repeats`.
    class: &'static str,
    frame: usize,
    anchor: String,
    number: String,
    acts: Vec<Act>,
    text: String,
    /// What a small screen has no room for.
    more: &'static str,
}

impl Row {
    fn is_mark(&self) -> bool {
        matches!(self.class, "doom" | "repeats")
    }
}

/// A line of the model.
struct Text {
    line: source::Line,
    /// The goroutines that stand here in the end.
    here: Vec<(String, &'static str)>,
    /// The failure's place.
    bad: bool,
}

/// A goroutine that nobody wakes.
struct Waiting {
    badge: String,
    name: String,
    operation: String,
    line: usize,
    reason: &'static str,
    waits: Vec<(String, Vec<String>)>,
}

/// A fix.
struct Fix<'a> {
    name: &'a str,
    title: &'a str,
    class: &'static str,
    badge: &'static str,
    verdict: String,
    diff: Vec<(&'static str, &'a str)>,
    aligned: Option<Aligned>,
}

impl<'a> Page<'a> {
    /// The page of a dossier.
    pub fn of(dossier: &'a Dossier) -> Self {
        let run = &dossier.run;
        let finding = run.shown().filter(|_| run.verdict == Verdict::Bug);
        let trace = finding.and_then(|finding| finding.trace.as_ref());
        let stuck = finding.map(stuck_of).unwrap_or_default();
        let scene = finding.zip(trace).zip(dossier.film.as_ref());
        let frames = scene.map(|((finding, trace), _)| Frames::of(finding, trace));
        let shown = scene.zip(frames.as_ref()).map(|(((_, trace), film), frames)| Shown {
            trace,
            film,
            frames,
            stuck: &stuck,
        });
        let (class, verdict, message) = headline(run, finding);
        let play = shown.as_ref().map(play);
        let fixes = dossier.fixes.iter().zip(1..).map(|(fixed, number)| fix(fixed, number, shown.as_ref()));
        Self {
            model: &run.model,
            title: &dossier.title,
            verdict,
            class,
            message,
            file: run.source.name(),
            description: dossier.meta("description").unwrap_or_default(),
            facts: facts(dossier),
            source: text(run, finding, play.as_ref()),
            graph: finding.zip(trace).and_then(|(finding, trace)| graph::svg(trace, &finding.blame)),
            stuck: finding.zip(trace).map(|(finding, trace)| waiting(finding, trace)).unwrap_or_default(),
            reasons: finding.map(reasons).unwrap_or_default(),
            others: run.others().map(|other| format!("{}: {}", other.kind, other.message)).collect(),
            fixes: fixes.collect(),
            dump: finding.map(|finding| stacks::folded(&finding.dump)).unwrap_or_default(),
            numbers: numbers(run),
            unreached: run
                .unreached
                .iter()
                .map(|place| format!("{}:{} {}", place.line, place.column, place.operation))
                .collect(),
            command: &dossier.command,
            style: include_str!("style.css"),
            script: include_str!("player.js"),
            play,
        }
    }
}

fn stuck_of(finding: &Finding) -> Vec<GoroutineId> {
    finding.blame.stuck.iter().map(|stuck| stuck.goroutine).collect()
}

fn headline(run: &Run, finding: Option<&Finding>) -> (&'static str, String, String) {
    match (run.verdict, finding) {
        (Verdict::Bug, Some(finding)) => ("bad", finding.kind.to_string(), finding.message.clone()),
        (Verdict::Holds, _) => ("good", "holds".to_string(), summary::holds(run)),
        (Verdict::Inconclusive | Verdict::Bug, _) => {
            ("open", "inconclusive".to_string(), summary::inconclusive(run))
        }
    }
}

/// All of `meta` but the description.
fn facts(dossier: &Dossier) -> Vec<Fact<'_>> {
    let all = dossier.meta.iter().filter(|(key, value)| key != "description" && !value.is_empty());
    all.map(|(key, value)| {
        let is_link = ["https://", "http://"].iter().any(|scheme| value.starts_with(scheme));
        Fact { key, value, is_link: is_link && !value.contains(char::is_whitespace) }
    })
    .collect()
}

fn play(run: &Shown<'_>) -> Play {
    let Shown { trace, frames, .. } = *run;
    let lanes = Lanes::of(trace, frames);
    let title = "Who does what, when";
    let subject =
        diagram::Subject { run: *run, lanes: &lanes, spots: None, height: None, title, prefix: "run" };
    let svg = diagram::svg(&subject);
    Play {
        rows: frames.lines.iter().map(|line| row(run, *line)).collect(),
        panels: run.panels(),
        people: lanes.list.iter().map(|&id| (badge(trace, id), trace.goroutine(id).name.clone())).collect(),
        has_locks: svg.contains("class=\"lock"),
        has_messages: svg.contains("wire message"),
        has_wakes: svg.contains("wire wake"),
        has_doom: frames.lines.contains(&Line::Doom),
        has_stuck: svg.contains("class=\"sign\""),
        last: frames.list.len() - 1,
        lanes: lanes.total(),
        svg,
    }
}

fn row(run: &Shown<'_>, line: Line) -> Row {
    let mark = |class, text: &str, more| Row {
        class,
        frame: 0,
        anchor: String::new(),
        number: String::new(),
        acts: Vec::new(),
        text: text.to_string(),
        more,
    };
    let (index, only) = match line {
        Line::Doom if run.trace.doomed_from == Some(0) => {
            return mark("doom", "no way out from the start", ": every run ends badly");
        }
        Line::Doom => return mark("doom", "point of no return", ": from here on no run ends well"),
        Line::Repeats => return mark("repeats", "from here on this repeats for ever", ""),
        Line::Frame { frame, cell } => (frame, cell),
    };
    let frame = &run.frames.list[index];
    let mut acts = run.acts(frame);
    if let Some(only) = only {
        acts = acts.into_iter().skip(only).take(1).collect();
    }
    let (class, number, text) = match frame.kind {
        Kind::Start => ("start", String::new(), "The program starts".to_string()),
        Kind::Step => ("step", frame.after.to_string(), String::new()),
        Kind::Folded { rounds } => (
            "folded",
            format!("{}–{}", frame.from + 1, frame.after),
            Act::folded(rounds, frame.after - frame.from).operation,
        ),
        Kind::End if acts.is_empty() => ("end", String::new(), ending(run.trace)),
        Kind::End => ("end", String::new(), String::new()),
    };
    Row { class, frame: index, anchor: frame.anchor(), number, acts, text, more: "" }
}

/// What the last line says where nobody is stuck.
fn ending(trace: &Trace) -> String {
    match trace.repeats_from {
        Some(from) => format!("and so on, from step {}", from + 1),
        None => "Here the run stops".to_string(),
    }
}

/// The model's text, with who stands where in the end.
fn text(run: &Run, finding: Option<&Finding>, play: Option<&Play>) -> Vec<Text> {
    let end = play.and_then(|play| play.panels.last());
    let mut bad: Vec<usize> = Vec::new();
    if let Some(finding) = finding {
        bad.extend(finding.place.as_ref().map(|place| place.line));
        bad.extend(finding.race.iter().flat_map(|race| &race.accesses).map(|access| access.site.line));
        bad.extend(finding.property.iter().map(|(_, span)| run.source.line(*span)));
    }
    let lines = source::lines(&run.source).into_iter();
    lines
        .map(|line| {
            let standing = end.iter().flat_map(|panel| &panel.people);
            let mut here: Vec<(String, &'static str)> = standing
                .filter(|it| it.line == Some(line.number))
                .map(|it| (it.badge.clone(), it.class))
                .collect();
            // There is room for three.
            if let [_, (_, class), _, _, ..] = here.as_slice() {
                let rest = (format!("+{}", here.len() - 1), *class);
                here.truncate(1);
                here.push(rest);
            }
            Text { here, bad: bad.contains(&line.number), line }
        })
        .collect()
}

fn waiting(finding: &Finding, trace: &Trace) -> Vec<Waiting> {
    let one = |entry: &Stuck| Waiting {
        badge: badge(trace, entry.goroutine),
        name: trace.goroutine(entry.goroutine).name.clone(),
        operation: entry.operation.clone(),
        line: entry.site.line,
        reason: entry.reason,
        waits: entry
            .waits
            .iter()
            .map(|wait| (words::condition(trace, entry, wait), words::reasons(trace, wait)))
            .collect(),
    };
    finding.blame.stuck.iter().map(one).collect()
}

/// What there is to say about a failure besides its message.
fn reasons(finding: &Finding) -> Vec<String> {
    let mut list = Vec::new();
    if let (Some(race), Some(trace)) = (&finding.race, &finding.trace) {
        for access in &race.accesses {
            let what = verdict::access(trace, race, access);
            list.push(format!("line {}: {what}: {}", access.site.line, access.site.text));
        }
        list.push(verdict::order(trace, race));
    }
    if let Some((text, _)) = &finding.property {
        list.push(format!("what does not hold: {text}"));
    }
    let values: Vec<String> =
        finding.values.iter().map(|(name, value)| format!("{name} = {value}")).collect();
    if !values.is_empty() {
        list.push(format!("at that time {}", values.join(", ")));
    }
    list
}

fn fix<'a>(fixed: &'a Fixed, number: usize, bug: Option<&Shown<'_>>) -> Fix<'a> {
    let (ink, verdict) = verdict::of_fix(fixed);
    let aligned = bug.zip(fixed.good.as_ref()).map(|(bug, good)| {
        let frames = Frames::good(&good.trace);
        let side = Shown { trace: &good.trace, film: &good.film, frames: &frames, stuck: &[] };
        aligned(bug, &side, good, &format!("fix{number}"))
    });
    Fix {
        name: &fixed.name,
        title: &fixed.title,
        class: match ink {
            Ink::Good => "good",
            Ink::Bad => "bad",
            _ => "open",
        },
        badge: match (ink, fixed.run.verdict) {
            (Ink::Good, _) => "holds",
            (Ink::Bad, _) => "not as expected",
            (_, Verdict::Bug) => "no cure, as expected",
            (_, Verdict::Holds | Verdict::Inconclusive) => "inconclusive",
        },
        verdict,
        diff: fixed
            .diff
            .lines()
            .filter(|line| !line.starts_with("---") && !line.starts_with("+++"))
            .map(of_diff)
            .collect(),
        aligned,
    }
}

fn of_diff(line: &str) -> (&'static str, &str) {
    let class = match line.as_bytes().first() {
        Some(b'+') => "added",
        Some(b'-') => "gone",
        Some(b'@') => "hunk",
        _ => "",
    };
    (class, line)
}

fn numbers(run: &Run) -> Vec<(&'static str, String)> {
    let stats = &run.stats;
    let mut list = vec![("Model", run.source.name().to_string())];
    if let Some(fix) = &run.fix {
        list.push(("Fix", fix.clone()));
    }
    if !run.params.is_empty() {
        let params: Vec<String> =
            run.params.iter().map(|(name, value)| format!("{name} = {value}")).collect();
        list.push(("Parameters", params.join(", ")));
    }
    let all = if stats.exhaustive { "all " } else { "" };
    let searched = format!(
        "{all}{}, {}, depth {}",
        count(stats.states, "state"),
        count(stats.transitions, "transition"),
        stats.depth
    );
    list.push(("Searched", searched));
    list.push(("Engine", run.engine.clone()));
    list.push(("Checked", run.checked.join(", ")));
    let limits: Vec<String> = run
        .limits
        .iter()
        .map(|limit| match &limit.flag {
            Some(flag) => format!("{} (raise {flag})", limit.what),
            None => limit.what.clone(),
        })
        .collect();
    if !limits.is_empty() {
        list.push(("Limits reached", limits.join(", ")));
    }
    list
}
