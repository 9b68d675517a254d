//! The space-time diagram: a lane for each goroutine, time downwards, one line of the timeline after the other.
//!
//! In: a run, cut into frames. Out: SVG. The texts beside it are the page's; both know the heights below.

use std::fmt::Write as _;

use super::frames::{Kind, Line, Shown};
use super::lanes::{Lanes, badge};
use super::{escape, wires};
use crate::blame::Holders;
use crate::report::terminal::rows::Mood;
use crate::trace::{GoroutineId, ObjectId, Status};

/// How high a frame's line and a mark are, in CSS pixels. `style.css` has the same numbers.
pub(super) const LINE: usize = 48;
pub(super) const MARK: usize = 30;
/// The lanes' heads.
const HEAD: usize = 34;

/// What is drawn.
pub(super) struct Subject<'a> {
    pub run: Shown<'a>,
    pub lanes: &'a Lanes,
    /// Where each line of the frames is, from and to; each below the other where this does not tell.
    pub spots: Option<&'a [(usize, usize)]>,
    /// How much of the lines there is.
    pub height: Option<usize>,
    /// What it is a picture of.
    pub title: &'a str,
    /// Makes the numbers of elements unique in the page.
    pub prefix: &'a str,
}

/// The diagram.
pub(super) fn svg(subject: &Subject<'_>) -> String {
    let spots = spots(subject);
    let last = spots.iter().map(|spot| spot.1).max().unwrap_or(HEAD);
    let bottom = subject.height.map_or(last, |height| height + HEAD);
    let mut drawing = Drawing { subject, out: String::new(), spots, bottom };
    drawing.draw();
    drawing.out
}

/// Where each line of the timeline is.
fn spots(subject: &Subject<'_>) -> Vec<(usize, usize)> {
    if let Some(spots) = subject.spots {
        return spots.iter().map(|(from, to)| (from + HEAD, to + HEAD)).collect();
    }
    let mut top = HEAD;
    let lines = subject.run.frames.lines.iter();
    lines
        .map(|line| {
            let from = top;
            top += match line {
                Line::Frame { .. } => LINE,
                Line::Doom | Line::Repeats => MARK,
            };
            (from, top)
        })
        .collect()
}

struct Drawing<'a> {
    subject: &'a Subject<'a>,
    out: String,
    /// From where to where each line is.
    spots: Vec<(usize, usize)>,
    bottom: usize,
}

/// How a lane looks between two lines.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Look {
    Runs,
    Waits,
    Idles,
    Stuck,
}

impl Drawing<'_> {
    fn draw(&mut self) {
        let Subject { lanes, title, prefix, .. } = *self.subject;
        let (width, height) = (lanes.total(), self.bottom);
        let _ = write!(
            self.out,
            "<svg class=\"diagram\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" role=\"img\" \
             aria-labelledby=\"{prefix}-title {prefix}-desc\"><title id=\"{prefix}-title\">{}</title>\
             <desc id=\"{prefix}-desc\">{}</desc>",
            escape::text(title),
            escape::text(&self.description()),
        );
        self.locks();
        for &id in &lanes.list {
            self.lane(id);
        }
        self.marks();
        self.arrows();
        self.dots();
        for &id in &lanes.list {
            self.head(id);
        }
        self.out.push_str("</svg>");
    }

    fn description(&self) -> String {
        let Subject { run: Shown { trace, stuck, .. }, lanes, .. } = *self.subject;
        let names: Vec<String> = lanes
            .list
            .iter()
            .map(|&id| format!("{}: {}", badge(trace, id), trace.goroutine(id).name))
            .collect();
        let end: Vec<String> = stuck.iter().map(|&id| trace.goroutine(id).label.clone()).collect();
        let end =
            if end.is_empty() { String::new() } else { format!(" Stuck in the end: {}.", end.join(", ")) };
        format!(
            "One lane for each goroutine, time downwards. {}.{end} The list beside it tells every step.",
            names.join(", ")
        )
    }

    /// The middle of a line.
    fn y(&self, line: usize) -> usize {
        self.spots.get(line).map_or(HEAD, |&(from, to)| usize::midpoint(from, to))
    }

    fn head(&mut self, id: GoroutineId) {
        let Subject { run: Shown { trace, .. }, lanes, .. } = *self.subject;
        let Some(x) = lanes.x(id) else { return };
        let (name, badge) = (escape::text(&trace.goroutine(id).label), badge(trace, id));
        let (y, radius) = (HEAD / 2 - 2, if lanes.width < 24 { 9 } else { 11 });
        let _ = write!(
            self.out,
            "<g class=\"head\"><title>{name}</title><circle cx=\"{x}\" cy=\"{y}\" r=\"{radius}\"/>\
             <text x=\"{x}\" y=\"{}\">{badge}</text></g>",
            y + 4
        );
    }

    /// The line of a goroutine's life, in pieces.
    fn lane(&mut self, id: GoroutineId) {
        let Subject { run: Shown { trace, frames, .. }, lanes, .. } = *self.subject;
        let Some(x) = lanes.x(id) else { return };
        let goroutine = trace.goroutine(id);
        if goroutine.environment {
            // Clocks come and go: their lane is there all the time.
            self.piece(x, HEAD, self.bottom - 8, Look::Idles);
            return;
        }
        let first = goroutine.created.as_ref().map_or(0, |created| frames.line_of_step(created.step));
        let last = match goroutine.status {
            Status::Ended { step } => frames.line_of_step(step),
            _ => self.end_line(id),
        };
        let mut from = if goroutine.created.is_none() { HEAD } else { self.y(first) };
        let mut look = Look::Runs;
        for line in first..last {
            let Some(Line::Frame { frame, .. }) = frames.lines.get(line) else { continue };
            let now = self.look(id, *frame).unwrap_or(look);
            if now != look {
                let at = self.y(line);
                self.piece(x, from, at, look);
                (from, look) = (at, now);
            }
        }
        let to = self.y(last);
        self.piece(x, from, to, look);
        if matches!(goroutine.status, Status::Ended { .. }) && !goroutine.environment {
            let _ = write!(self.out, "<path class=\"ended\" d=\"M{} {to}h12\"/>", x - 6);
        }
    }

    /// The line at which a goroutine's life is cut off: its own of the last frame's, else the last.
    fn end_line(&self, id: GoroutineId) -> usize {
        let frames = self.subject.run.frames;
        let last = frames.list.len() - 1;
        let cell = frames.list[last].cells.iter().position(|cell| cell.goroutine == id);
        let own = |line: &Line| *line == Line::Frame { frame: last, cell };
        frames.lines.iter().position(own).unwrap_or_else(|| frames.last_line_of(last))
    }

    fn piece(&mut self, x: usize, from: usize, to: usize, look: Look) {
        if from < to {
            let class = match look {
                Look::Runs => "runs",
                Look::Waits => "waits",
                Look::Idles => "idles",
                Look::Stuck => "stuck",
            };
            let _ = write!(self.out, "<path class=\"lane {class}\" d=\"M{x} {from}V{to}\"/>");
        }
    }

    /// How a goroutine stands after a frame.
    fn look(&self, id: GoroutineId, frame: usize) -> Option<Look> {
        let Shown { film, frames, stuck, .. } = self.subject.run;
        let at = frames.list.get(frame)?.after;
        let blocked = |at: usize| matches!(film.status(at, id), Some(Status::Blocked { .. }));
        Some(match film.status(at, id)? {
            Status::Blocked { .. } if stuck.contains(&id) && (at..film.scenes.len()).all(blocked) => {
                Look::Stuck
            }
            Status::Blocked { .. } => Look::Waits,
            Status::Idle { .. } => Look::Idles,
            Status::Runnable | Status::Failed | Status::Ended { .. } => Look::Runs,
        })
    }

    /// A bar for each lock that is held, beside the lane of who holds it.
    fn locks(&mut self) {
        let Subject { run: Shown { trace, frames, film, .. }, lanes, .. } = *self.subject;
        // Who, what, since which step, to which line (none: to the end).
        let mut bars: Vec<(GoroutineId, ObjectId, usize, Option<usize>)> = Vec::new();
        for (index, frame) in frames.list.iter().enumerate() {
            let holders = Holders::after(trace, frame.after);
            let held: Vec<(GoroutineId, ObjectId, usize)> = holders
                .all()
                .filter(|(_, holder)| !holder.announced)
                .map(|(object, holder)| (holder.goroutine, object, holder.step))
                .collect();
            for bar in bars.iter_mut().filter(|bar| bar.3.is_none()) {
                if !held.contains(&(bar.0, bar.1, bar.2)) {
                    bar.3 = Some(frames.last_line_of(index));
                }
            }
            for (who, what, since) in held {
                if bars.iter().all(|bar| (bar.0, bar.1, bar.2) != (who, what, since)) {
                    bars.push((who, what, since, None));
                }
            }
        }
        for (index, &(who, what, since, to)) in bars.iter().enumerate() {
            let Some(x) = lanes.x(who) else { continue };
            let from = self.y(frames.line_of_step(since));
            let end = to.map_or(self.bottom - 6, |line| self.y(line));
            // Beside bars of the same goroutine that are there at the same time.
            let beside = bars[..index]
                .iter()
                .filter(|bar| bar.0 == who && bar.3.is_none_or(|line| self.y(line) > from))
                .count();
            let wide = if lanes.width < 24 { 4 } else { 6 };
            let left = x + if lanes.width < 24 { 4 } else { 8 } + (beside % 3) * (wide + 1);
            let name = film.thing(what).map_or("a lock", |thing| thing.name.as_str());
            let class = if to.is_none() { "lock kept" } else { "lock" };
            let _ = write!(
                self.out,
                "<rect class=\"{class}\" x=\"{left}\" y=\"{from}\" width=\"{wide}\" height=\"{}\" rx=\"2\"><title>{}</title></rect>",
                end.saturating_sub(from).max(4),
                escape::text(&format!(
                    "{} holds {name} since step {}",
                    trace.goroutine(who).label,
                    since + 1
                )),
            );
        }
    }

    /// The point of no return, and where a run begins to repeat itself.
    fn marks(&mut self) {
        let width = self.subject.lanes.total();
        for (index, line) in self.subject.run.frames.lines.iter().enumerate() {
            let class = match line {
                Line::Doom => "doom",
                Line::Repeats => "repeats",
                Line::Frame { .. } => continue,
            };
            let y = self.y(index);
            let _ = write!(self.out, "<path class=\"{class}\" d=\"M0 {y}H{width}\"/>");
        }
    }

    fn arrows(&mut self) {
        let Subject { run: Shown { trace, film, frames, .. }, lanes, .. } = *self.subject;
        for wire in wires::wires(trace, film) {
            let (Some(x), Some(to)) = (lanes.x(wire.from), lanes.x(wire.to)) else { continue };
            let (line, until) = (frames.line_of_step(wire.at), frames.line_of_step(wire.until));
            if x == to || until < line {
                continue;
            }
            let (y, end) = (self.y(line), self.y(until));
            let class = wire.kind.class();
            let right = to > x;
            let gap = 7;
            let (start, tip) = if right { (x + gap, to - gap) } else { (x - gap, to + gap) };
            let path = if y == end {
                format!("M{start} {y}H{tip}")
            } else {
                let middle = usize::midpoint(y, end);
                format!("M{start} {y}C{to} {y} {to} {middle} {to} {}", end - gap)
            };
            let head = if y == end {
                let back = if right { tip - 6 } else { tip + 6 };
                format!("M{back} {}L{tip} {y}L{back} {}z", y - 4, y + 4)
            } else {
                let tip = end - gap + 1;
                format!("M{} {}L{to} {tip}L{} {}z", to - 4, tip - 7, to + 4, tip - 7)
            };
            let _ = write!(
                self.out,
                "<g class=\"wire {class}\"><title>{}</title><path class=\"shaft\" d=\"{path}\"/><path class=\"tip\" d=\"{head}\"/></g>",
                escape::text(&wire.words(trace)),
            );
        }
    }

    /// What happens: a dot for each step, a cross where it goes wrong, a sign for who is stuck.
    fn dots(&mut self) {
        let Subject { run: Shown { frames, .. }, lanes, .. } = *self.subject;
        for (index, line) in frames.lines.iter().enumerate() {
            let Line::Frame { frame, cell: only } = line else { continue };
            let y = self.y(index);
            let kind = frames.list[*frame].kind;
            for (at, cell) in frames.list[*frame].cells.iter().enumerate() {
                if only.is_some_and(|only| only != at) {
                    continue;
                }
                let Some(x) = lanes.x(cell.goroutine) else { continue };
                match (kind, cell.mood) {
                    (Kind::End, Mood::Bad) => self.sign(x, y),
                    (_, Mood::Bad) => self.cross(x, y),
                    _ => {
                        let class = if cell.counts() { "dot" } else { "dot born" };
                        let _ = write!(self.out, "<circle class=\"{class}\" cx=\"{x}\" cy=\"{y}\" r=\"5\"/>");
                    }
                }
            }
            if matches!(kind, Kind::Folded { .. }) {
                for &id in &lanes.list {
                    let Some(x) = lanes.x(id).filter(|_| self.look(id, *frame).is_some()) else { continue };
                    let _ = write!(
                        self.out,
                        "<rect class=\"folded\" x=\"{}\" y=\"{}\" width=\"8\" height=\"14\"/>",
                        x - 4,
                        y - 7
                    );
                }
            }
        }
    }

    /// A stop sign.
    fn sign(&mut self, x: usize, y: usize) {
        let _ = write!(
            self.out,
            "<g class=\"sign\"><title>stuck</title><path d=\"M{} {}h8l6 6v8l-6 6h-8l-6-6v-8z\"/>\
             <path class=\"bar\" d=\"M{} {y}h10\"/></g>",
            x - 4,
            y - 10,
            x - 5,
        );
    }

    fn cross(&mut self, x: usize, y: usize) {
        let _ = write!(
            self.out,
            "<g class=\"cross\"><title>fails here</title><circle cx=\"{x}\" cy=\"{y}\" r=\"9\"/>\
             <path d=\"M{} {}l8 8m0-8l-8 8\"/></g>",
            x - 4,
            y - 4,
        );
    }
}
