//! JSON for tools. The schema is a contract: `docs/json.md` has it field by field.

use serde::Serialize;

use super::dossier::{self, Dossier};
use super::{Finding, Format, Report, Run, Style};
use crate::blame::{Stuck, Wait, words};
use crate::diag::record::{Record, record};
use crate::trace::{GoroutineId, Step, Trace};

/// The registry's entry.
pub(super) const FORMAT: Format = Format { name: "json", about: "one JSON object, see docs/json.md", render };

/// The registry's entry for reports.
pub(super) const REPORT: dossier::Format = dossier::Format {
    name: "json",
    endings: &["json"],
    about: "one JSON object, see docs/json.md",
    render: file,
};

/// Grows only when a field changes its meaning or goes away.
const SCHEMA: u32 = 1;

fn render(report: &Report<'_>, _style: &Style) -> String {
    let text = match report {
        Report::One(run) => serde_json::to_string_pretty(&One { schema: SCHEMA, run: of_run(run) }),
        Report::Findings(run) if run.findings.is_empty() => many(vec![of_run(run)]),
        Report::Findings(run) => {
            let each = (0..run.findings.len()).map(|index| of_finding(run, run.findings.get(index)));
            many(each.collect())
        }
        Report::Many(runs) => many(runs.iter().map(of_run).collect()),
        Report::Counted(counted) => serde_json::to_string_pretty(&Counted {
            schema: SCHEMA,
            lockstep: CountedJson {
                states: counted.states,
                transitions: counted.transitions,
                depth: counted.depth,
                exhaustive: counted.limits().next().is_none(),
                limits: counted.limits().collect(),
            },
        }),
        Report::Rejected(source, diagnostics) => serde_json::to_string_pretty(&Rejected {
            schema: SCHEMA,
            verdict: "error",
            diagnostics: diagnostics.iter().map(|it| record(source, it)).collect(),
        }),
    };
    // Serialising plain structs of strings and numbers into a string cannot fail.
    let mut text = text.unwrap_or_default();
    text.push('\n');
    text
}

/// A run as `check` prints it, with what else a report knows.
fn file(dossier: &Dossier, _style: &Style) -> String {
    let text = serde_json::to_string_pretty(&File {
        schema: SCHEMA,
        title: &dossier.title,
        meta: Meta(&dossier.meta),
        command: &dossier.command,
        run: of_run(&dossier.run),
        fixes: dossier.fixes.iter().map(of_fix).collect(),
    });
    let mut text = text.unwrap_or_default();
    text.push('\n');
    text
}

fn of_fix(fixed: &dossier::Fixed) -> FixJson<'_> {
    FixJson {
        name: &fixed.name,
        title: &fixed.title,
        wanted: &fixed.wanted,
        as_expected: fixed.run.as_expected,
        diff: &fixed.diff,
        run: of_run(&fixed.run),
    }
}

fn many(runs: Vec<RunJson<'_>>) -> serde_json::Result<String> {
    serde_json::to_string_pretty(&Many { schema: SCHEMA, runs })
}

#[derive(Serialize)]
struct One<'a> {
    schema: u32,
    #[serde(flatten)]
    run: RunJson<'a>,
}

#[derive(Serialize)]
struct Many<'a> {
    schema: u32,
    runs: Vec<RunJson<'a>>,
}

#[derive(Serialize)]
struct File<'a> {
    schema: u32,
    title: &'a str,
    meta: Meta<'a>,
    command: &'a str,
    #[serde(flatten)]
    run: RunJson<'a>,
    fixes: Vec<FixJson<'a>>,
}

#[derive(Serialize)]
struct FixJson<'a> {
    name: &'a str,
    title: &'a str,
    wanted: &'a str,
    as_expected: Option<bool>,
    diff: &'a str,
    run: RunJson<'a>,
}

/// The keys of `meta` in the order of the model.
struct Meta<'a>(&'a [(String, String)]);

impl Serialize for Meta<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, text)| (key, text)))
    }
}

#[derive(Serialize)]
struct Counted {
    schema: u32,
    lockstep: CountedJson,
}

#[derive(Serialize)]
struct CountedJson {
    states: u64,
    transitions: u64,
    depth: u32,
    exhaustive: bool,
    limits: Vec<&'static str>,
}

#[derive(Serialize)]
struct Rejected {
    schema: u32,
    verdict: &'static str,
    diagnostics: Vec<Record>,
}

#[derive(Serialize)]
struct RunJson<'a> {
    model: &'a str,
    fix: Option<&'a str>,
    params: Params<'a>,
    verdict: &'static str,
    violation: Option<Violation<'a>>,
    others: Vec<&'static str>,
    stuck: Vec<StuckJson<'a>>,
    point_of_no_return: Option<usize>,
    loop_start: Option<usize>,
    steps: Vec<StepJson<'a>>,
    stats: StatsJson,
    unreached: Vec<UnreachedJson<'a>>,
    engine: &'a str,
}

/// Parameters in the order of the model.
struct Params<'a>(&'a [(String, i64)]);

impl Serialize for Params<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

#[derive(Serialize)]
struct Violation<'a> {
    kind: &'static str,
    message: &'a str,
    line: Option<usize>,
}

#[derive(Serialize)]
struct GoroutineJson<'a> {
    id: u32,
    name: &'a str,
}

#[derive(Serialize)]
struct StuckJson<'a> {
    goroutine: GoroutineJson<'a>,
    function: &'a str,
    operation: &'a str,
    wait_reason: &'static str,
    line: usize,
    waits_for: Vec<WaitJson<'a>>,
    stack: Vec<FrameJson<'a>>,
}

#[derive(Serialize)]
struct WaitJson<'a> {
    object: &'a str,
    operation: &'a str,
    state: String,
    held_by: Vec<u32>,
    because: Vec<String>,
}

#[derive(Serialize)]
struct FrameJson<'a> {
    function: &'a str,
    line: usize,
}

#[derive(Serialize)]
struct StepJson<'a> {
    goroutine: GoroutineJson<'a>,
    function: &'a str,
    line: usize,
    column: usize,
    operation: &'a str,
    effect: String,
}

#[derive(Serialize)]
struct StatsJson {
    states: u64,
    transitions: u64,
    depth: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    seconds: Option<f64>,
    exhaustive: bool,
}

#[derive(Serialize)]
struct UnreachedJson<'a> {
    line: usize,
    column: usize,
    function: &'a str,
    operation: &'a str,
}

fn of_run(run: &Run) -> RunJson<'_> {
    of_finding(run, run.shown())
}

fn of_finding<'a>(run: &'a Run, finding: Option<&'a Finding>) -> RunJson<'a> {
    let trace = finding.and_then(|finding| finding.trace.as_ref());
    let mut others: Vec<&'static str> = Vec::new();
    for other in run.findings.iter().filter(|other| finding.is_none_or(|shown| !std::ptr::eq(*other, shown)))
    {
        if !others.contains(&other.kind.name()) {
            others.push(other.kind.name());
        }
    }
    RunJson {
        model: &run.model,
        fix: run.fix.as_deref(),
        params: Params(&run.params),
        verdict: run.verdict.name(),
        violation: finding.map(|finding| Violation {
            kind: finding.kind.name(),
            message: &finding.message,
            line: finding.place.as_ref().map(|place| place.line),
        }),
        others,
        stuck: finding.zip(trace).map(|(finding, trace)| stuck(finding, trace)).unwrap_or_default(),
        point_of_no_return: trace.and_then(|trace| trace.doomed_from),
        loop_start: trace.and_then(|trace| trace.repeats_from),
        steps: trace.map(|trace| trace.steps.iter().map(|it| step(trace, it)).collect()).unwrap_or_default(),
        stats: StatsJson {
            states: run.stats.states,
            transitions: run.stats.transitions,
            depth: run.stats.depth,
            seconds: run.stats.seconds,
            exhaustive: run.stats.exhaustive,
        },
        unreached: run
            .unreached
            .iter()
            .map(|it| UnreachedJson {
                line: it.line,
                column: it.column,
                function: &it.function,
                operation: &it.operation,
            })
            .collect(),
        engine: &run.engine,
    }
}

fn goroutine(trace: &Trace, id: GoroutineId) -> GoroutineJson<'_> {
    GoroutineJson { id: id.0, name: &trace.goroutine(id).name }
}

fn stuck<'a>(finding: &'a Finding, trace: &'a Trace) -> Vec<StuckJson<'a>> {
    let one = |entry: &'a Stuck| StuckJson {
        goroutine: goroutine(trace, entry.goroutine),
        function: &entry.site.function,
        operation: &entry.operation,
        wait_reason: entry.reason,
        line: entry.site.line,
        waits_for: entry.waits.iter().map(|it| wait(trace, entry, it)).collect(),
        stack: trace
            .goroutine(entry.goroutine)
            .stack
            .iter()
            .map(|frame| FrameJson { function: &frame.symbol, line: frame.line })
            .collect(),
    };
    finding.blame.stuck.iter().map(one).collect()
}

fn wait<'a>(trace: &Trace, entry: &Stuck, wait: &'a Wait) -> WaitJson<'a> {
    WaitJson {
        object: &wait.object,
        operation: &wait.operation,
        state: words::condition(trace, entry, wait),
        held_by: wait.holders.iter().map(|holder| holder.goroutine.0).collect(),
        because: words::reasons(trace, wait),
    }
}

fn step<'a>(trace: &'a Trace, step: &'a Step) -> StepJson<'a> {
    let part = &step.actor;
    StepJson {
        goroutine: goroutine(trace, part.goroutine),
        function: &part.site.function,
        line: part.site.line,
        column: part.site.column,
        operation: &part.operation,
        effect: trace.effect(step),
    }
}
