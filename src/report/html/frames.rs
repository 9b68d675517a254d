//! Where the player stops: the steps of a run that show, each with what came before it and does not.

use super::super::terminal::rows::{self, Cell, Row};
use super::super::{Finding, Style};
use crate::trace::film::Film;
use crate::trace::{GoroutineId, Trace};

/// A stop of the player.
#[derive(Debug)]
pub(super) struct Frame {
    /// The first step that belongs to it, and how many steps the run has taken by then.
    pub from: usize,
    pub after: usize,
    pub kind: Kind,
    pub cells: Vec<Cell>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Start,
    Step,
    /// Steps that repeat what is shown; where they are rounds of a loop, how many.
    Folded {
        rounds: Option<usize>,
    },
    End,
}

/// A line of the timeline.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Line {
    /// A frame; of the last one each cell has a line of its own.
    Frame { frame: usize, cell: Option<usize> },
    /// From here on no continuation saves them.
    Doom,
    /// What follows repeats for ever.
    Repeats,
}

/// A run, cut into frames.
#[derive(Debug)]
pub(super) struct Frames {
    pub list: Vec<Frame>,
    pub lines: Vec<Line>,
}

/// A run as the page shows it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shown<'a> {
    pub trace: &'a Trace,
    pub film: &'a Film,
    pub frames: &'a Frames,
    /// Those that nobody wakes.
    pub stuck: &'a [GoroutineId],
}

impl Frames {
    /// Of a run that goes wrong.
    pub fn of(finding: &Finding, trace: &Trace) -> Self {
        Self::cut(rows::rows(finding, trace, &Style::default()), trace)
    }

    /// Of a run that does not.
    pub fn good(trace: &Trace) -> Self {
        Self::cut(rows::good(trace, &Style::default()), trace)
    }

    fn cut(rows: Vec<Row>, trace: &Trace) -> Self {
        let start = Frame { from: 0, after: 0, kind: Kind::Start, cells: Vec::new() };
        let mut frames = Self { list: vec![start], lines: vec![Line::Frame { frame: 0, cell: None }] };
        let mut folded = None;
        let mut end = Vec::new();
        for row in rows {
            match row {
                Row::Step { number, cells, .. } => {
                    if let Some(rounds) = folded.take() {
                        frames.push(number - 1, Kind::Folded { rounds }, Vec::new());
                    }
                    frames.push(number, Kind::Step, cells);
                }
                Row::Folded { rounds, .. } => folded = Some(rounds),
                Row::Doom => frames.lines.push(Line::Doom),
                Row::Repeats => frames.lines.push(Line::Repeats),
                Row::End { cells } => end = cells,
            }
        }
        if let Some(rounds) = folded {
            frames.push(trace.steps.len(), Kind::Folded { rounds }, Vec::new());
        }
        // A run that goes wrong at a step has its end there.
        let shown =
            frames.list.last().is_some_and(|last| last.kind == Kind::Step && last.after == trace.steps.len());
        if !shown || !end.is_empty() {
            frames.push(trace.steps.len(), Kind::End, end);
        }
        frames
    }

    fn push(&mut self, after: usize, kind: Kind, cells: Vec<Cell>) {
        let from = self.list.last().map_or(0, |last| last.after);
        let frame = self.list.len();
        match kind {
            Kind::End if !cells.is_empty() => {
                self.lines.extend((0..cells.len()).map(|cell| Line::Frame { frame, cell: Some(cell) }));
            }
            Kind::Start | Kind::Step | Kind::Folded { .. } | Kind::End => {
                self.lines.push(Line::Frame { frame, cell: None });
            }
        }
        self.list.push(Frame { from, after, kind, cells });
    }

    /// The line that shows step `step`, counted from 0.
    pub fn line_of_step(&self, step: usize) -> usize {
        let shows = |line: &Line| match line {
            Line::Frame { frame, .. } => {
                let frame = &self.list[*frame];
                frame.kind != Kind::Start && frame.after > step
            }
            Line::Doom | Line::Repeats => false,
        };
        self.lines.iter().position(shows).unwrap_or(self.lines.len().saturating_sub(1))
    }

    /// The last line that shows `frame`.
    pub fn last_line_of(&self, frame: usize) -> usize {
        let is = |line: &Line| matches!(line, Line::Frame { frame: of, .. } if *of == frame);
        self.lines.iter().rposition(is).unwrap_or(0)
    }

    /// Whether some cell speaks of `id`.
    pub fn speaks_of(&self, id: GoroutineId) -> bool {
        self.list.iter().flat_map(|frame| &frame.cells).any(|cell| cell.goroutine == id)
    }
}

impl Frame {
    /// What the address of the page calls it: how many steps have been taken.
    pub fn anchor(&self) -> String {
        match self.kind {
            Kind::End => "end".to_string(),
            Kind::Start | Kind::Step | Kind::Folded { .. } => self.after.to_string(),
        }
    }
}
