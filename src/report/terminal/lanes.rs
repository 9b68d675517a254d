//! The interleaving in columns, one goroutine each.

use super::rows::{Cell, Mood, Row, rows};
use crate::report::style::{Ink, Style, cut, listed, pad};
use crate::report::{Finding, verdict};
use crate::trace::{Goroutine, GoroutineId, Trace};

/// More columns than this are hard to read.
const MOST_LANES: usize = 6;
/// A column narrower than this is of no use.
const LEAST_WIDTH: usize = 24;
/// A column wider than this wastes the space between.
const MOST_WIDTH: usize = 52;
/// Between two columns; an arrow needs as much.
const GAP: usize = 4;

/// Where each goroutine is drawn.
struct Layout<'a> {
    trace: &'a Trace,
    style: &'a Style,
    lanes: Vec<Lane>,
    /// Of the step numbers.
    gutter: usize,
    /// Of the line numbers.
    lines: usize,
    /// Of a column's text.
    width: usize,
}

enum Lane {
    One(GoroutineId),
    /// Everybody for whom there is no room.
    Others,
}

/// The table; empty where nothing was done.
pub(super) fn interleaving(finding: &Finding, trace: &Trace, style: &Style) -> String {
    let rows = rows(finding, trace, style);
    if rows.is_empty() {
        return String::new();
    }
    let layout = Layout::new(finding, trace, style, &rows);
    let mut out = layout.heading();
    for row in &rows {
        match row {
            Row::Step { number, cells, arrow } => out.push_str(&layout.step(*number, cells, *arrow)),
            Row::Folded(steps) => {
                let mark = style.either("⋮", ":");
                let text = format!("{mark} {steps} more steps (-v shows them)");
                out.push_str(&format!("{}{}\n", " ".repeat(layout.gutter + 2), style.paint(Ink::Dim, &text)));
            }
            Row::Doom => {
                let text = format!("point of no return: from here on nothing saves {}", doomed(finding, trace));
                out.push_str(&format!("{}\n", style.paint(Ink::Bad, &style.rule(&text))));
            }
            Row::Repeats => {
                let text = "from here on the run repeats for ever";
                out.push_str(&format!("{}\n", style.paint(Ink::Bad, &style.rule(text))));
            }
            Row::End { cells } => out.push_str(&layout.end(cells)),
        }
    }
    out
}

/// Who is lost, in a few words.
fn doomed(finding: &Finding, trace: &Trace) -> String {
    let groups = verdict::groups(trace, &finding.blame.stuck);
    let names: Vec<String> = groups.iter().map(|group| group.name.clone()).collect();
    match names.len() {
        0 => "the run".to_string(),
        1..=3 => listed(&names),
        _ => "them".to_string(),
    }
}

impl<'a> Layout<'a> {
    fn new(finding: &Finding, trace: &'a Trace, style: &'a Style, rows: &[Row]) -> Self {
        let gutter = trace.steps.len().to_string().len().max(2);
        let cells = rows.iter().flat_map(cells_of);
        let lines = cells.map(|cell| cell.line).max().unwrap_or(1).to_string().len();
        let room = style.width.saturating_sub(gutter + 2);
        let most = (room / (LEAST_WIDTH + GAP)).clamp(1, MOST_LANES);
        let lanes = choose(finding, trace, rows, most);
        let width = (room / lanes.len().max(1)).saturating_sub(GAP).clamp(LEAST_WIDTH / 2, MOST_WIDTH);
        let widest = lanes.iter().map(|lane| widest(trace, lane, rows, lines)).max().unwrap_or(width);
        Self { trace, style, lanes, gutter, lines, width: width.min(widest.max(LEAST_WIDTH)) }
    }

    fn heading(&self) -> String {
        let name = |lane: &Lane| match lane {
            Lane::One(id) => heading(self.trace.goroutine(*id)),
            Lane::Others => "the others".to_string(),
        };
        let names: Vec<String> = self.lanes.iter().map(|lane| cut(&name(lane), self.width, self.style)).collect();
        let rule = self.style.either("─", "-").repeat(self.width);
        let line = |texts: Vec<String>, ink: Ink| {
            let texts: Vec<String> =
                texts.iter().map(|text| self.style.paint(ink, &pad(text, self.width))).collect();
            format!("{}{}", " ".repeat(self.gutter + 2), texts.join(&" ".repeat(GAP))).trim_end().to_string()
        };
        let rules = names.iter().map(|_| rule.clone()).collect();
        format!("{}\n{}\n", line(names, Ink::Strong), line(rules, Ink::Dim))
    }

    fn lane_of(&self, id: GoroutineId) -> usize {
        let own = self.lanes.iter().position(|lane| matches!(lane, Lane::One(one) if *one == id));
        own.unwrap_or(self.lanes.len().saturating_sub(1))
    }

    fn step(&self, number: usize, cells: &[Cell], arrow: Option<(GoroutineId, GoroutineId)>) -> String {
        let gutter = format!("{number:>width$}  ", width = self.gutter);
        let arrow = arrow.map(|(from, to)| (self.lane_of(from), self.lane_of(to)));
        self.cells(&self.style.paint(Ink::Dim, &gutter), cells, arrow)
    }

    fn end(&self, cells: &[Cell]) -> String {
        let mut out = String::new();
        let mut rest: Vec<&Cell> = cells.iter().collect();
        // Several of one column stand below each other.
        while !rest.is_empty() {
            let mut taken: Vec<usize> = Vec::new();
            let (now, later): (Vec<&Cell>, Vec<&Cell>) = rest.into_iter().partition(|cell| {
                let lane = self.lane_of(cell.goroutine);
                let free = !taken.contains(&lane);
                taken.push(lane);
                free
            });
            out.push_str(&self.cells(&" ".repeat(self.gutter + 2), &now, None));
            rest = later;
        }
        out
    }

    /// One row: the operations, and where they do not fit beside them, what they changed below.
    fn cells<C: std::borrow::Borrow<Cell>>(
        &self,
        gutter: &str,
        cells: &[C],
        arrow: Option<(usize, usize)>,
    ) -> String {
        let mut upper: Vec<Piece> = self.lanes.iter().map(|_| Piece::default()).collect();
        let mut lower: Vec<Piece> = self.lanes.iter().map(|_| Piece::default()).collect();
        for cell in cells {
            let cell = cell.borrow();
            let lane = self.lane_of(cell.goroutine);
            let (above, below) = self.cell(cell, lane);
            upper[lane] = above;
            lower[lane] = below;
        }
        let mut out = format!("{gutter}{}", self.line(&upper, arrow)).trim_end().to_string();
        out.push('\n');
        if lower.iter().any(|piece| !piece.text.is_empty()) {
            let blank = " ".repeat(self.gutter + 2);
            out.push_str(format!("{blank}{}", self.line(&lower, None)).trim_end());
            out.push('\n');
        }
        out
    }

    fn cell(&self, cell: &Cell, lane: usize) -> (Piece, Piece) {
        let who = match self.lanes.get(lane) {
            Some(Lane::Others) => format!("{}: ", self.trace.goroutine(cell.goroutine).label),
            _ => String::new(),
        };
        let head = format!("{:>width$} ", cell.line, width = self.lines);
        let operation = format!("{who}{}", cell.operation);
        let indent = " ".repeat(head.chars().count() + 1);
        let room = self.width.saturating_sub(head.chars().count());
        let ink = if cell.mood == Mood::Bad { Ink::Bad } else { Ink::Effect };
        let shown = cut(&operation, room, self.style);
        let used = shown.chars().count();
        let mut above = Piece::default();
        above.push(self.style, Ink::Place, &head);
        above.push_plain(&shown);
        let mut below = Piece::default();
        if cell.effect.is_empty() {
            return (above, below);
        }
        let effect_len = cell.effect.chars().count();
        if used + 2 + effect_len <= room {
            above.push_plain("  ");
            above.push(self.style, ink, &cell.effect);
        } else {
            let room = self.width.saturating_sub(indent.chars().count());
            below.push_plain(&indent);
            below.push(self.style, ink, &cut(&cell.effect, room, self.style));
        }
        (above, below)
    }

    /// The pieces side by side, and the arrow between two of them.
    fn line(&self, pieces: &[Piece], arrow: Option<(usize, usize)>) -> String {
        let (left, right) = match arrow {
            Some((from, to)) if from != to => (from.min(to), from.max(to)),
            _ => (usize::MAX, usize::MAX),
        };
        let rightward = arrow.is_some_and(|(from, to)| from < to);
        let (dash, head) = match (rightward, self.style.unicode) {
            (true, true) => ("─", "▶"),
            (true, false) => ("-", ">"),
            (false, true) => ("─", "◀"),
            (false, false) => ("-", "<"),
        };
        let mut out = String::new();
        for (lane, piece) in pieces.iter().enumerate() {
            out.push_str(&piece.text);
            let fill = self.width.saturating_sub(piece.len);
            let gap = if lane + 1 == pieces.len() { 0 } else { GAP };
            if !(left..right).contains(&lane) {
                out.push_str(&" ".repeat(fill + gap));
                continue;
            }
            // The arrow runs from the end of the left text to the start of the right one.
            let space = fill + gap;
            let mut dashes = space.saturating_sub(2);
            let mut drawn = String::new();
            let first = lane == left;
            let last = lane + 1 == right;
            if !first {
                dashes += 1;
            }
            if !last {
                dashes += 1;
            }
            let line = dash.repeat(dashes.saturating_sub(usize::from((first && !rightward) || (last && rightward))));
            if first {
                drawn.push(' ');
                if !rightward {
                    drawn.push_str(head);
                }
            }
            drawn.push_str(&line);
            if last {
                if rightward {
                    drawn.push_str(head);
                }
                drawn.push(' ');
            }
            out.push_str(&self.style.paint(Ink::Dim, &drawn));
        }
        out
    }
}

/// Text with its length on the screen.
#[derive(Default)]
struct Piece {
    text: String,
    len: usize,
}

impl Piece {
    fn push(&mut self, style: &Style, ink: Ink, text: &str) {
        self.text.push_str(&style.paint(ink, text));
        self.len += text.chars().count();
    }

    fn push_plain(&mut self, text: &str) {
        self.text.push_str(text);
        self.len += text.chars().count();
    }
}

fn heading(goroutine: &Goroutine) -> String {
    match goroutine.id {
        GoroutineId::MAIN => goroutine.name.clone(),
        id => format!("{} (goroutine {id})", goroutine.name),
    }
}

fn cells_of(row: &Row) -> &[Cell] {
    match row {
        Row::Step { cells, .. } | Row::End { cells } => cells,
        Row::Folded(_) | Row::Doom | Row::Repeats => &[],
    }
}

/// The goroutines to draw, those that matter most if there is no room for all.
fn choose(finding: &Finding, trace: &Trace, rows: &[Row], most: usize) -> Vec<Lane> {
    let acts = |id: GoroutineId| rows.iter().flat_map(cells_of).filter(|cell| cell.goroutine == id).count();
    let mut seen: Vec<&Goroutine> = trace.goroutines.iter().filter(|it| acts(it.id) > 0).collect();
    if seen.len() <= most {
        return seen.iter().map(|goroutine| Lane::One(goroutine.id)).collect();
    }
    let wakes = |id: GoroutineId| {
        let waits = finding.blame.stuck.iter().flat_map(|stuck| &stuck.waits);
        waits.into_iter().flat_map(|wait| &wait.wakers).any(|waker| waker.goroutine() == Some(id))
    };
    let in_circle =
        |id: GoroutineId| finding.blame.knot.cycles.iter().flatten().any(|link| link.from == id);
    seen.sort_by_key(|goroutine| {
        let id = goroutine.id;
        let matters = [
            finding.culprit == Some(id),
            in_circle(id),
            finding.blame.of(id).is_some(),
            wakes(id),
            id == GoroutineId::MAIN,
        ];
        let rank = matters.iter().position(|matters| *matters).unwrap_or(matters.len());
        (rank, std::cmp::Reverse(acts(id)), id)
    });
    seen.truncate(most.saturating_sub(1).max(1));
    seen.sort_by_key(|goroutine| goroutine.id);
    let mut lanes: Vec<Lane> = seen.iter().map(|goroutine| Lane::One(goroutine.id)).collect();
    lanes.push(Lane::Others);
    lanes
}

/// The longest text of a column, effects beside their operations.
fn widest(trace: &Trace, lane: &Lane, rows: &[Row], lines: usize) -> usize {
    let Lane::One(id) = lane else { return MOST_WIDTH };
    let cells = rows.iter().flat_map(cells_of).filter(|cell| cell.goroutine == *id);
    let longest = cells.map(|cell| {
        let effect = cell.effect.chars().count();
        lines + 1 + cell.operation.chars().count() + if effect > 0 { effect + 2 } else { 0 }
    });
    longest.max().unwrap_or(0).max(heading(trace.goroutine(*id)).chars().count())
}
