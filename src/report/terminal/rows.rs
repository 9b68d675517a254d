//! A trace as rows of a table: which steps show, and what each cell says.

use super::fold;
use crate::machine::state::End;
use crate::property::Kind;
use crate::report::{Finding, Style};
use crate::trace::effects::Effect;
use crate::trace::{GoroutineId, Part, Status, Step, Trace};

/// A line of the table.
pub(in crate::report) enum Row {
    Step {
        /// Counted from 1.
        number: usize,
        cells: Vec<Cell>,
        /// From whom to whom a value goes.
        arrow: Option<(GoroutineId, GoroutineId)>,
    },
    /// Steps that are not shown, where they are rounds of a loop how many.
    Folded { steps: usize, rounds: Option<usize> },
    /// From here on no continuation saves them.
    Doom,
    /// The run repeats what follows for ever.
    Repeats,
    /// How the stuck goroutines stand in the end.
    End { cells: Vec<Cell> },
}

/// What one goroutine does in a row.
#[derive(Debug)]
pub(in crate::report) struct Cell {
    pub goroutine: GoroutineId,
    /// It is a clock's: one is as good as another.
    pub clock: bool,
    pub line: Option<usize>,
    pub operation: String,
    pub effect: String,
    pub mood: Mood,
}

impl Cell {
    /// Whether it goes wrong here.
    pub fn is_bad(&self) -> bool {
        self.mood == Mood::Bad
    }

    /// Whether it shows something that the goroutine does itself; being started is not.
    pub fn counts(&self) -> bool {
        self.line.is_some()
    }
}

/// How a cell is coloured.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::report) enum Mood {
    Plain,
    /// It goes wrong here.
    Bad,
}

/// The rows of a finding's run.
pub(in crate::report) fn rows(finding: &Finding, trace: &Trace, style: &Style) -> Vec<Row> {
    let doom = if ends_at_once(finding, trace) { None } else { trace.doomed_from };
    let mut rows = shown(trace, doom, style);
    let cells = final_cells(finding, trace);
    if !cells.is_empty() {
        rows.push(Row::End { cells });
    }
    if style.verbose { rows } else { fold::fold(rows) }
}

/// The rows of a run that ends well.
pub(in crate::report) fn good(trace: &Trace, style: &Style) -> Vec<Row> {
    let rows = shown(trace, None, style);
    if style.verbose { rows } else { fold::fold(rows) }
}

/// The steps that show, and the marks between them.
fn shown(trace: &Trace, doom: Option<usize>, style: &Style) -> Vec<Row> {
    let mut rows = Vec::new();
    for (index, step) in trace.steps.iter().enumerate() {
        marks(trace, doom, index, &mut rows);
        if style.verbose || shows(trace, index, step) || only_turns(trace, index) {
            rows.push(of_step(trace, index, step));
        }
    }
    marks(trace, doom, trace.steps.len(), &mut rows);
    rows
}

/// How those stand in the end that wait: the stuck ones, and the idle ones that have a column anyway.
fn final_cells(finding: &Finding, trace: &Trace) -> Vec<Cell> {
    let stuck = finding.blame.stuck.iter().map(|stuck| Cell {
        goroutine: stuck.goroutine,
        clock: false,
        line: Some(stuck.site.line),
        operation: stuck.operation.clone(),
        effect: format!("stuck: {}", stuck.reason),
        mood: Mood::Bad,
    });
    let acted = |id: GoroutineId| trace.parts().any(|(_, part)| part.goroutine == id);
    let idle = trace.goroutines.iter().filter_map(|goroutine| {
        let Status::Idle { reason } = goroutine.status else { return None };
        let at = goroutine.at.as_ref().filter(|_| acted(goroutine.id))?;
        Some(Cell {
            goroutine: goroutine.id,
            clock: false,
            line: Some(at.line),
            operation: at.text.clone(),
            effect: format!("idle: {reason}"),
            mood: Mood::Plain,
        })
    });
    match finding.kind {
        Kind::Eventually | Kind::LeadsTo => left_waiting(trace).chain(idle).collect(),
        _ if finding.blame.stuck.is_empty() => Vec::new(),
        _ => stuck.chain(idle).collect(),
    }
}

/// Those who wait where a run ends, or all the time while it goes round.
fn left_waiting(trace: &Trace) -> impl Iterator<Item = Cell> + '_ {
    let from = trace.repeats_from.unwrap_or(trace.steps.len());
    let busy =
        move |id: GoroutineId| trace.parts().any(|(index, part)| index >= from && part.goroutine == id);
    trace.goroutines.iter().filter(move |goroutine| !busy(goroutine.id)).filter_map(|goroutine| {
        let Status::Blocked { reason } = goroutine.status else { return None };
        let at = goroutine.at.as_ref()?;
        Some(Cell {
            goroutine: goroutine.id,
            clock: false,
            line: Some(at.line),
            operation: at.text.clone(),
            effect: format!("waits: {reason}"),
            mood: Mood::Bad,
        })
    })
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

/// Whether a step shows: it works on an object, changes something that the statement speaks of, or is a turn of the run.
pub(in crate::report) fn shows(trace: &Trace, index: usize, step: &Step) -> bool {
    let part_shows = |part: &Part| {
        let changes = part.effects.iter().any(|effect| !is_noise(part, effect));
        part.deed.is_some() || part.took_default || changes
    };
    trace.doomed_from == Some(index + 1) || step.parts().any(part_shows)
}

/// Whether a step belongs to a loop of which no step shows by itself: there it is all that there is to see.
fn only_turns(trace: &Trace, index: usize) -> bool {
    let shown =
        |from: usize| (from..).zip(&trace.steps[from..]).any(|(index, step)| shows(trace, index, step));
    trace.repeats_from.is_some_and(|from| index >= from && !shown(from))
}

/// Arguments of a call are variables that the statement does not name.
fn is_noise(part: &Part, effect: &Effect) -> bool {
    matches!(effect, Effect::Set { place, local: true, .. } if !assigns(&part.operation, place))
}

/// Whether a statement has `place` on its left side.
fn assigns(operation: &str, place: &str) -> bool {
    let operation = operation.strip_prefix("for ").unwrap_or(operation);
    let left = match operation.strip_suffix("++").or(operation.strip_suffix("--")) {
        Some(operand) => operand,
        None => left_side(operation),
    };
    left.split(',').map(str::trim).any(|target| {
        let rest = place.strip_prefix(target.split('[').next().unwrap_or(target));
        !target.is_empty() && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    })
}

/// What stands before `=`, `:=`, `+=`, …; empty where nothing is assigned.
fn left_side(operation: &str) -> &str {
    for (at, _) in operation.match_indices('=') {
        let (before, after) = (&operation[..at], &operation[at + 1..]);
        let compares =
            before.ends_with(['=', '!', '<', '>']) && !before.ends_with("<<") && !before.ends_with(">>");
        if !compares && !after.starts_with('=') {
            return before.trim_end_matches([':', '+', '-', '*', '/', '%', '&', '|', '^', '<', '>']);
        }
    }
    ""
}

fn of_step(trace: &Trace, index: usize, step: &Step) -> Row {
    let mut cells: Vec<Cell> = step.parts().map(|part| cell(trace, part)).collect();
    let mut arrow = step.partner.as_ref().map(|partner| (step.actor.goroutine, partner.goroutine));
    let started = step.actor.effects.iter().find_map(|effect| match effect {
        Effect::Starts { goroutine } => Some(*goroutine),
        _ => None,
    });
    if let Some(goroutine) = started {
        cells.push(Cell {
            goroutine,
            clock: false,
            line: None,
            operation: "starts".to_string(),
            effect: String::new(),
            mood: Mood::Plain,
        });
        arrow = Some((step.actor.goroutine, goroutine));
    }
    Row::Step { number: index + 1, cells, arrow }
}

fn cell(trace: &Trace, part: &Part) -> Cell {
    let told: Vec<String> = part.effects.iter().filter_map(|effect| told(trace, part, effect)).collect();
    let bad = |effect: &Effect| {
        matches!(
            effect,
            Effect::Panics { .. } | Effect::Dies { .. } | Effect::Fails { .. } | Effect::Raises { .. }
        )
    };
    Cell {
        goroutine: part.goroutine,
        clock: trace.goroutine(part.goroutine).environment,
        line: Some(part.site.line),
        operation: part.operation.clone(),
        effect: told.join("; "),
        mood: if part.effects.iter().any(bad) { Mood::Bad } else { Mood::Plain },
    }
}

/// An effect in the few words that are needed beside the statement and the arrow.
fn told(trace: &Trace, part: &Part, effect: &Effect) -> Option<String> {
    let assigned = |value: &str| {
        part.effects.iter().any(|other| matches!(other, Effect::Set { value: set, .. } if set == value))
    };
    let words = match effect {
        effect if is_noise(part, effect) => return None,
        // The arrow tells.
        Effect::Starts { .. } => return None,
        Effect::Sends { value, .. } if part.operation.ends_with(value.as_str()) => return None,
        Effect::Sends { value, .. } => format!("sends {value}"),
        Effect::Receives { value, .. } | Effect::Takes { value, .. } if assigned(value) => return None,
        Effect::Receives { value, .. } | Effect::Takes { value, .. } => format!("gets {value}"),
        Effect::Queues { value, queued, room, .. } if part.operation.ends_with(value.as_str()) => {
            format!("{queued} of {room} queued")
        }
        Effect::Queues { value, queued, room, .. } => format!("queues {value}, {queued} of {room}"),
        // A new object says nothing that the statement does not.
        Effect::Set { value, .. } if makes_object(&part.operation, value) => return None,
        other => trace.told(part, other),
    };
    (!says(&part.operation, &words)).then_some(words)
}

fn makes_object(operation: &str, value: &str) -> bool {
    let new = operation.contains("make(") || operation.contains("new(") || operation.contains("= &");
    new && (value.starts_with('&') || value.starts_with("chan ") || value.starts_with("[]"))
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

#[cfg(test)]
mod tests {
    use super::assigns;

    #[test]
    fn left_sides_are_found() {
        assert!(assigns("x := f()", "x"));
        assert!(assigns("a, b = b, a", "b"));
        assert!(assigns("s.n += 2", "s.n"));
        assert!(assigns("s.n++", "s.n"));
        assert!(assigns("for r := range reqs", "r"));
        assert!(assigns("results[i] = r", "results[3]"));
        assert!(assigns("p = q", "p.x"));
        assert!(!assigns("s.wg.Add(1)", "s"));
        assert!(!assigns("if x == y", "x"));
        assert!(!assigns("assert(n <= 2, \"= n\")", "n"));
    }
}
