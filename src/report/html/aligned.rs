//! The bug and a fix on one timeline: what both do once, what only one of them does on its side.

use super::diagram::{self, LINE, MARK};
use super::frames::{Kind, Line, Shown};
use super::lanes::Lanes;
use super::scenes::Act;
use crate::report::dossier::Good;

/// The whole of it.
#[derive(Debug)]
pub(super) struct Aligned {
    /// The lanes of the bug, of the fix.
    pub left: String,
    pub right: String,
    pub rows: Vec<Row>,
}

/// A line of the aligned timeline.
#[derive(Debug)]
pub(super) struct Row {
    /// `same`, `differ`, `doom`, `split`, `first`, `end`.
    pub class: &'static str,
    /// Of a line that is no step.
    pub mark: String,
    pub bug: Vec<Act>,
    pub fix: Vec<Act>,
}

impl Row {
    /// Whether it is a mark between steps.
    pub fn is_mark(&self) -> bool {
        !self.mark.is_empty()
    }
}

impl Shown<'_> {
    /// The frame that shows step `at`, at the first step that it shows.
    fn frame(&self, at: Option<usize>) -> Option<usize> {
        let at = at?;
        self.frames.list.iter().position(|frame| match frame.kind {
            Kind::Step => frame.after == at + 1,
            Kind::Folded { .. } => frame.from == at,
            Kind::Start | Kind::End => false,
        })
    }

    /// What is done at a step that no frame shows.
    fn part(&self, at: Option<usize>) -> Vec<Act> {
        let Some(step) = at.and_then(|at| self.trace.steps.get(at)) else { return Vec::new() };
        step.parts().map(|part| Act::quiet(self.trace, part)).collect()
    }

    fn acts_at(&self, frame: Option<usize>) -> Vec<Act> {
        let Some(frame) = frame.and_then(|frame| self.frames.list.get(frame)) else {
            return Vec::new();
        };
        match frame.kind {
            Kind::Folded { rounds } => {
                vec![Act::folded(rounds, frame.after - frame.from)]
            }
            Kind::Start | Kind::Step | Kind::End => self.acts(frame),
        }
    }
}

/// A row with the frames that it shows.
struct Draft {
    row: Row,
    frames: (Option<usize>, Option<usize>),
}

/// Puts the two side by side.
pub(super) fn aligned(bug: &Shown<'_>, fix: &Shown<'_>, good: &Good, prefix: &str) -> Aligned {
    let mut drafts = Vec::new();
    let mut told = false;
    let mut seen = 0;
    if bug.trace.doomed_from == Some(0) && bug.frames.lines.contains(&Line::Doom) {
        drafts.push(mark("doom", "without the fix there is no way out from the start"));
    }
    for pair in good.pairs.iter().take(good.together) {
        let frames = (bug.frame(pair.run), fix.frame(pair.path));
        if !pair.same && !told {
            told = true;
            drafts.push(mark("first", "the first difference: what the fix changes"));
            // Even where it changes nothing of note.
            if frames == (None, None) {
                drafts.push(quiet(bug.part(pair.run), fix.part(pair.path)));
            }
        }
        drafts.extend(step(bug, fix, frames, pair.same));
        doom(bug, pair.run, &mut seen, &mut drafts);
    }
    let rest = good.pairs.get(good.together..).unwrap_or(&[]);
    if !rest.is_empty() {
        let text = match (good.together, rest.iter().any(|pair| pair.run.is_some()), bug.trace.repeats_from) {
            (0, _, _) => "with the fix the program goes its own way from the start",
            (_, true, _) => {
                "from here on they go separate ways: the bug's next step is not possible any more"
            }
            (_, false, Some(_)) => "here the bug begins to repeat itself, and the fix goes on",
            (_, false, None) => "here the bug has nowhere to go, and the fix goes on",
        };
        drafts.push(mark("split", text));
    }
    let left: Vec<usize> = rest.iter().filter_map(|pair| bug.frame(pair.run)).collect();
    let right: Vec<usize> = rest.iter().filter_map(|pair| fix.frame(pair.path)).collect();
    for at in 0..left.len().max(right.len()) {
        let frames = (left.get(at).copied(), right.get(at).copied());
        drafts.extend(step(bug, fix, frames, false));
        let run = frames.0.and_then(|frame| bug.frames.list[frame].after.checked_sub(1));
        doom(bug, run, &mut seen, &mut drafts);
    }
    ends(bug, fix, good.ends, &mut drafts);
    draw(bug, fix, drafts, prefix)
}

fn mark(class: &'static str, text: &str) -> Draft {
    let row = Row { class, mark: text.to_string(), bug: Vec::new(), fix: Vec::new() };
    Draft { row, frames: (None, None) }
}

fn quiet(bug: Vec<Act>, fix: Vec<Act>) -> Draft {
    Draft { row: Row { class: "differ", mark: String::new(), bug, fix }, frames: (None, None) }
}

fn step(
    bug: &Shown<'_>,
    fix: &Shown<'_>,
    frames: (Option<usize>, Option<usize>),
    same: bool,
) -> Option<Draft> {
    if frames == (None, None) {
        return None;
    }
    let class = if same { "same" } else { "differ" };
    let row = Row { class, mark: String::new(), bug: bug.acts_at(frames.0), fix: fix.acts_at(frames.1) };
    Some(Draft { row, frames })
}

/// The point of no return, once, right after the step of the bug that leads to it.
fn doom(bug: &Shown<'_>, run: Option<usize>, seen: &mut usize, drafts: &mut Vec<Draft>) {
    let Some(taken) = run.map(|at| at + 1) else { return };
    let from = bug.trace.doomed_from.filter(|_| bug.frames.lines.contains(&Line::Doom));
    if from.is_some_and(|from| from > *seen && from <= taken) {
        drafts.push(mark("doom", "point of no return: without the fix no run ends well from here on"));
    }
    *seen = (*seen).max(taken);
}

/// How each of them ends.
fn ends(bug: &Shown<'_>, fix: &Shown<'_>, over: bool, drafts: &mut Vec<Draft>) {
    let last = bug.frames.list.len() - 1;
    let end = &bug.frames.list[last];
    let acts = if end.kind == Kind::End { bug.acts(end) } else { Vec::new() };
    let left = fix.trace.goroutines.iter().any(|it| !it.environment && !it.has_ended());
    let well = match (over, left) {
        (false, _) => "and so on: nobody is stuck",
        (true, true) => "nobody is stuck: who still waits may wait for ever",
        (true, false) => "everybody has returned",
    };
    let mut rows: Vec<Vec<Act>> = acts.into_iter().map(|act| vec![act]).collect();
    if rows.is_empty() {
        rows.push(vec![Act::remark("here the run goes wrong")]);
    }
    for (at, bug_acts) in rows.into_iter().enumerate() {
        let fix_frame = (at == 0).then_some(fix.frames.list.len() - 1);
        let row = Row {
            class: "end",
            mark: String::new(),
            bug: bug_acts,
            fix: if at == 0 { vec![Act::remark(well)] } else { Vec::new() },
        };
        drafts.push(Draft { row, frames: (Some(last), fix_frame) });
    }
}

/// Draws the lanes of both at the heights of the rows.
fn draw(bug: &Shown<'_>, fix: &Shown<'_>, drafts: Vec<Draft>, prefix: &str) -> Aligned {
    let mut places = [vec![None; bug.frames.lines.len()], vec![None; fix.frames.lines.len()]];
    let mut top = 0;
    for draft in &drafts {
        let bottom = top + if draft.row.is_mark() { MARK } else { LINE };
        let sides = [(bug, draft.frames.0), (fix, draft.frames.1)];
        for ((side, frame), places) in sides.into_iter().zip(&mut places) {
            // The last frame has several lines: each row takes the next.
            let found = (0..places.len()).find(|&at| {
                places[at].is_none()
                    && matches!(side.frames.lines[at], Line::Frame { frame: of, .. } if Some(of) == frame)
            });
            if let Some(at) = found {
                places[at] = Some((top, bottom));
            }
            if draft.row.class == "doom"
                && std::ptr::eq(side, bug)
                && let Some(at) = side.frames.lines.iter().position(|line| *line == Line::Doom)
            {
                places[at] = Some((top, bottom));
            }
        }
        top = bottom;
    }
    let picture = |side: &Shown<'_>, places: &[Option<(usize, usize)>], title: &str, name: &str| {
        let mut last = (0, 0);
        let spots: Vec<(usize, usize)> = places
            .iter()
            .map(|place| {
                last = place.unwrap_or((last.1, last.1));
                last
            })
            .collect();
        diagram::svg(&diagram::Subject {
            run: *side,
            lanes: &Lanes::of(side.trace, side.frames),
            spots: Some(&spots),
            height: Some(top),
            title,
            prefix: &format!("{prefix}-{name}"),
        })
    };
    Aligned {
        left: picture(bug, &places[0], "The run that goes wrong", "bug"),
        right: picture(fix, &places[1], "The same schedule with the fix", "fix"),
        rows: drafts.into_iter().map(|draft| draft.row).collect(),
    }
}
