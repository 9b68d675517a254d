//! The interleaving in columns, one goroutine each.

use super::columns::{Column, GAP, Who, cells_of, column_of, columns};
use super::rows::{Cell, Mood, Row, rows};
use crate::report::Finding;
use crate::report::style::{Ink, Style, cut, pad, wrap};
use crate::trace::Trace;

/// What a step changed takes at most so many lines.
const MOST_LINES: usize = 2;

/// Where everything is drawn.
struct Layout<'a> {
    style: &'a Style,
    columns: Vec<Column>,
    /// What the step numbers take, blanks included.
    gutter: usize,
    /// What the line numbers take.
    lines: usize,
}

/// The table; empty where nothing was done.
pub(in crate::report) fn interleaving(finding: &Finding, trace: &Trace, style: &Style) -> String {
    let rows = rows(finding, trace, style);
    if rows.is_empty() {
        return String::new();
    }
    let gutter = trace.steps.len().to_string().len().max(2) + 2;
    let lines = rows.iter().flat_map(cells_of).filter_map(|cell| cell.line).max().unwrap_or(1);
    let lines = lines.to_string().len();
    let columns = columns(finding, trace, &rows, style, gutter, lines);
    let layout = Layout { style, columns, gutter, lines };
    let mut out = layout.heading();
    for row in &rows {
        out.push_str(&layout.row(row, trace));
    }
    out
}

impl Layout<'_> {
    fn heading(&self) -> String {
        let line = self.style.either("─", "-");
        let names = self.columns.iter().map(|column| {
            let fits = column.heading.chars().count() <= column.width;
            cut(if fits { &column.heading } else { &column.short }, column.width, self.style)
        });
        let rules = self.columns.iter().map(|column| line.repeat(column.width));
        let names = self.side_by_side(names.collect(), Ink::Strong);
        format!("{names}\n{}\n", self.side_by_side(rules.collect(), Ink::Dim))
    }

    fn side_by_side(&self, texts: Vec<String>, ink: Ink) -> String {
        let mut out = " ".repeat(self.gutter);
        let last = texts.len().saturating_sub(1);
        for (index, (text, column)) in texts.iter().zip(&self.columns).enumerate() {
            out.push_str(&self.style.paint(ink, text));
            if index < last {
                out.push_str(&" ".repeat((column.width + GAP).saturating_sub(text.chars().count())));
            }
        }
        out
    }

    fn row(&self, row: &Row, trace: &Trace) -> String {
        match row {
            Row::Step { number, cells, arrow } => {
                let number = pad(&format!("{number:>width$}", width = self.gutter - 2), self.gutter);
                let column = |id| column_of(&self.columns, id);
                let arrow = arrow.map(|(from, to)| (column(from), column(to)));
                self.cells(&self.style.paint(Ink::Dim, &number), cells, arrow)
            }
            Row::Folded { steps, rounds } => {
                let mark = self.style.either("⋮", ":");
                let text = match rounds {
                    Some(1) => format!("{mark} once more the same"),
                    Some(rounds) => format!("{mark} {rounds} times more the same"),
                    None => format!("{mark} {steps} more steps (-v shows them)"),
                };
                format!("{}{}\n", " ".repeat(self.gutter), self.style.paint(Ink::Dim, &text))
            }
            Row::Doom => {
                let text = match trace.doomed_from {
                    Some(0) => "there is no way out from the start: every run ends badly",
                    _ => "point of no return: from here on no run ends well",
                };
                self.mark(text)
            }
            Row::Repeats => self.mark("from here on this repeats for ever"),
            Row::End { cells } => self.end(cells),
        }
    }

    fn mark(&self, text: &str) -> String {
        format!("{}\n", self.style.paint(Ink::Bad, &self.style.rule(text)))
    }

    /// The stuck goroutines; several of one column stand below each other, equal ones once.
    fn end(&self, cells: &[Cell]) -> String {
        let mut rows: Vec<Vec<&Cell>> = Vec::new();
        let mut counts = vec![0; self.columns.len()];
        for cell in cells {
            let column = column_of(&self.columns, cell.goroutine);
            let equal = matches!(self.columns[column].who, Who::Equal(_));
            if equal && counts[column] > 0 {
                continue;
            }
            if rows.len() == counts[column] {
                rows.push(Vec::new());
            }
            rows[counts[column]].push(cell);
            counts[column] += 1;
        }
        let blank = " ".repeat(self.gutter);
        rows.iter().map(|cells| self.cells(&blank, cells, None)).collect()
    }

    /// One row: the operations, and where they do not fit beside them, what they changed below.
    fn cells<C: std::borrow::Borrow<Cell>>(
        &self,
        gutter: &str,
        cells: &[C],
        arrow: Option<(usize, usize)>,
    ) -> String {
        let mut columns: Vec<Vec<Piece>> = self.columns.iter().map(|_| Vec::new()).collect();
        for cell in cells {
            let cell = cell.borrow();
            let column = column_of(&self.columns, cell.goroutine);
            columns[column].extend(self.cell(cell, column));
        }
        let height = columns.iter().map(Vec::len).max().unwrap_or(0);
        let blank = " ".repeat(self.gutter);
        let mut out = String::new();
        for row in 0..height {
            let mut piece =
                |column: &mut Vec<Piece>| column.get_mut(row).map(std::mem::take).unwrap_or_default();
            let pieces: Vec<Piece> = columns.iter_mut().map(&mut piece).collect();
            let (head, arrow) = if row == 0 { (gutter, arrow) } else { (blank.as_str(), None) };
            out.push_str(format!("{head}{}", self.line(&pieces, arrow)).trim_end());
            out.push('\n');
        }
        out
    }

    /// The lines of a cell: line number and operation, then what changed, as a Go comment.
    fn cell(&self, cell: &Cell, column: usize) -> Vec<Piece> {
        let Column { who, width, .. } = &self.columns[column];
        let id = cell.goroutine;
        let who = match who {
            Who::One(_) => String::new(),
            // Their one stuck row speaks of them all.
            Who::Equal(_) if cell.mood == Mood::Bad => String::new(),
            Who::Equal(_) | Who::Others => format!("[{id}] "),
        };
        let line = cell.line.map(|line| line.to_string()).unwrap_or_default();
        let head = format!("{line:>width$} ", width = self.lines);
        let room = width.saturating_sub(head.chars().count());
        let indent = " ".repeat(head.chars().count());
        let ink = if cell.counts() { Ink::Operation } else { Ink::Dim };
        let mut lines: Vec<Piece> = Vec::new();
        for (index, text) in self.folded(&format!("{who}{}", cell.operation), room).iter().enumerate() {
            let mut piece = Piece::default();
            piece.push(self.style, Ink::Place, if index == 0 { &head } else { &indent });
            piece.push(self.style, ink, text);
            lines.push(piece);
        }
        self.add_effect(cell, *width, &indent, &mut lines);
        lines
    }

    /// A statement on at most two lines.
    fn folded(&self, text: &str, room: usize) -> Vec<String> {
        if text.chars().count() <= room {
            return vec![text.to_string()];
        }
        let mut lines = wrap(text, room);
        if let [_, second, _, ..] = lines.as_mut_slice() {
            second.push_str(self.style.either(" …", " .."));
        }
        lines.truncate(2);
        lines.iter().map(|line| cut(line, room, self.style)).collect()
    }

    /// What changed: beside the statement where it fits, else below.
    fn add_effect(&self, cell: &Cell, width: usize, indent: &str, lines: &mut Vec<Piece>) {
        if cell.effect.is_empty() {
            return;
        }
        let (ink, effect) = match cell.mood {
            Mood::Bad => (Ink::Bad, cell.effect.clone()),
            Mood::Plain => (Ink::Effect, format!("// {}", cell.effect)),
        };
        if let Some(last) = lines.last_mut()
            && last.len + 2 + effect.chars().count() <= width
        {
            last.push(self.style, Ink::Operation, "  ");
            last.push(self.style, ink, &effect);
            return;
        }
        let room = width.saturating_sub(indent.chars().count());
        let texts = wrap(&effect, room);
        let kept = if cell.mood == Mood::Bad { texts.len() } else { texts.len().min(MOST_LINES) };
        for text in texts.iter().take(kept) {
            let mut piece = Piece::default();
            piece.push(self.style, Ink::Operation, indent);
            piece.push(self.style, ink, &cut(text, room, self.style));
            lines.push(piece);
        }
    }

    /// The pieces side by side, and the arrow between two of them.
    fn line(&self, pieces: &[Piece], arrow: Option<(usize, usize)>) -> String {
        let mut out = String::new();
        let last = pieces.len().saturating_sub(1);
        for (index, (piece, column)) in pieces.iter().zip(&self.columns).enumerate() {
            out.push_str(&piece.text);
            let space = column.width.saturating_sub(piece.len) + if index == last { 0 } else { GAP };
            match arrow {
                Some((from, to)) if from != to && (from.min(to)..from.max(to)).contains(&index) => {
                    out.push_str(&self.style.paint(Ink::Dim, &self.shaft(space, index, from, to)));
                }
                _ => out.push_str(&" ".repeat(space)),
            }
        }
        out
    }

    /// The part of an arrow that follows the text of column `index`.
    fn shaft(&self, space: usize, index: usize, from: usize, to: usize) -> String {
        let (start, end) = (from.min(to) == index, from.max(to) == index + 1);
        let dash = self.style.either("─", "-");
        let head = if from < to { self.style.either("▶", ">") } else { self.style.either("◀", "<") };
        let left = match start {
            true if from < to => " ".to_string(),
            true => format!(" {head}"),
            false => String::new(),
        };
        let right = match end {
            true if from < to => format!("{head} "),
            true => " ".to_string(),
            false => String::new(),
        };
        let dashes = space.saturating_sub(left.chars().count() + right.chars().count());
        format!("{left}{}{right}", dash.repeat(dashes))
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
}
