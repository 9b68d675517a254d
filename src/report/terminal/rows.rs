//! A trace as rows of a table: which steps show, and what each cell says.

use crate::machine::state::End;
use crate::report::{Finding, Style};
use crate::trace::effects::Effect;
use crate::trace::{GoroutineId, Part, Step, Trace};

/// A line of the table.
pub(super) enum Row {
    Step {
        /// Counted from 1.
        number: usize,
        cells: Vec<Cell>,
        /// From whom to whom a value goes.
        arrow: Option<(GoroutineId, GoroutineId)>,
    },
    /// Steps that are not shown.
    Folded(usize),
    /// From here on no continuation saves them.
    Doom,
    /// The run repeats what follows for ever.
    Repeats,
    /// How the stuck goroutines stand in the end.
    End { cells: Vec<Cell> },
}

/// What one goroutine does in a row.
pub(super) struct Cell {
    pub goroutine: GoroutineId,
    pub line: usize,
    pub operation: String,
    pub effect: String,
    pub mood: Mood,
}

/// How a cell is coloured.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Mood {
    Plain,
    /// It goes wrong here.
    Bad,
}

/// More rows than this are folded in the middle, where nothing of note happens.
const MOST_ROWS: usize = 60;
/// So many rows are kept at the start of a long run; the rest at its end.
const KEPT_AT_START: usize = 10;

/// The rows of a finding's run.
pub(super) fn rows(finding: &Finding, trace: &Trace, style: &Style) -> Vec<Row> {
    let mut rows = Vec::new();
    let doom = if ends_at_once(finding, trace) { None } else { trace.doomed_from };
    for (index, step) in trace.steps.iter().enumerate() {
        marks(trace, doom, index, &mut rows);
        if style.verbose || shows(step) {
            rows.push(of_step(trace, index, step));
        }
    }
    marks(trace, doom, trace.steps.len(), &mut rows);
    let cells: Vec<Cell> = finding.blame.stuck.iter().map(|stuck| Cell {
        goroutine: stuck.goroutine,
        line: stuck.site.line,
        operation: stuck.operation.clone(),
        effect: format!("stuck: {}", stuck.reason),
        mood: Mood::Bad,
    }).collect();
    if !cells.is_empty() {
        rows.push(Row::End { cells });
    }
    if style.verbose { rows } else { fold(rows) }
}

/// The step that breaks the run is its own point of no return: no rule is needed.
fn ends_at_once(finding: &Finding, trace: &Trace) -> bool {
    let broken = matches!(trace.last().end, Some(End::Panic { .. } | End::Fatal { .. } | End::Assert { .. }));
    broken && trace.doomed_from == Some(trace.steps.len()) && finding.blame.stuck.is_empty()
}

fn marks(trace: &Trace, doom: Option<usize>, steps: usize, rows: &mut Vec<Row>) {
    if trace.repeats_from == Some(steps) {
        rows.push(Row::Repeats);
    }
    if doom == Some(steps) {
        rows.push(Row::Doom);
    }
}

/// Whether a step shows: it works on an object, or changes something.
fn shows(step: &Step) -> bool {
    step.parts().any(|part| part.deed.is_some() || !part.effects.is_empty())
}

fn of_step(trace: &Trace, index: usize, step: &Step) -> Row {
    let cells = step.parts().map(|part| cell(trace, part)).collect();
    let arrow = step.partner.as_ref().map(|partner| (step.actor.goroutine, partner.goroutine));
    let started = step.actor.effects.iter().find_map(|effect| match effect {
        Effect::Starts { goroutine } => Some((step.actor.goroutine, *goroutine)),
        _ => None,
    });
    Row::Step { number: index + 1, cells, arrow: arrow.or(started) }
}

fn cell(trace: &Trace, part: &Part) -> Cell {
    let told: Vec<String> = part
        .effects
        .iter()
        .filter(|effect| !drawn(effect))
        .map(|effect| effect.words(trace))
        .filter(|words| !says(&part.operation, words))
        .collect();
    let bad = |effect: &Effect| {
        matches!(effect, Effect::Panics { .. } | Effect::Dies { .. } | Effect::Fails { .. } | Effect::Raises { .. })
    };
    Cell {
        goroutine: part.goroutine,
        line: part.site.line,
        operation: part.operation.clone(),
        effect: told.join(", "),
        mood: if part.effects.iter().any(bad) { Mood::Bad } else { Mood::Plain },
    }
}

/// What the arrow of the row tells.
fn drawn(effect: &Effect) -> bool {
    matches!(effect, Effect::Sends { .. })
}

/// Whether the statement itself says what changed: `x := 1` needs no `x = 1`.
fn says(operation: &str, words: &str) -> bool {
    let squeeze = |text: &str| text.replace(":=", "=").split_whitespace().collect::<String>();
    let (operation, words) = (squeeze(operation), squeeze(words));
    let lock = |verb: &str, method: &str| {
        words.strip_prefix(verb).is_some_and(|object| operation == format!("{object}.{method}()"))
    };
    operation == words
        || lock("locks", "Lock")
        || lock("unlocks", "Unlock")
        || lock("read-locks", "RLock")
        || lock("read-unlocks", "RUnlock")
        || words.strip_prefix("closes").is_some_and(|object| operation == format!("close({object})"))
}

/// Leaves out the middle of a long run.
fn fold(rows: Vec<Row>) -> Vec<Row> {
    let Some(extra) = rows.len().checked_sub(MOST_ROWS + 1) else { return rows };
    let (first, last) = (KEPT_AT_START, KEPT_AT_START + extra);
    let mut folded = Vec::new();
    let mut hidden = 0;
    for (index, row) in rows.into_iter().enumerate() {
        let plain = matches!(row, Row::Step { .. });
        if (first..=last).contains(&index) && plain {
            hidden += 1;
            continue;
        }
        if hidden > 0 {
            folded.push(Row::Folded(hidden));
            hidden = 0;
        }
        folded.push(row);
    }
    folded
}
