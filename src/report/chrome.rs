//! Chrome trace events, which <https://ui.perfetto.dev> opens: a track for each goroutine, one for each lock, an arrow for each
//! message.
//!
//! A step takes a millisecond. Slices of one track never overlap: a goroutine runs or waits, and what several hold at once
//! (a lock for reading) takes more tracks. An arrow begins and ends inside a slice.

use std::collections::VecDeque;

use serde_json::{Value, json};

use super::dossier::{self, Dossier};
use super::{Finding, Style, verdict, visible};
use crate::blame::holders::{Held, Holders};
use crate::trace::effects::Effect;
use crate::trace::film::Film;
use crate::trace::{GoroutineId, ObjectId, Status, Trace};

/// The registry's entry.
pub(super) const REPORT: dossier::Format = dossier::Format {
    name: "chrome",
    endings: &["trace.json", "perfetto-trace.json"],
    about: "Chrome trace events for Perfetto: a track for each goroutine and lock",
    render,
};

/// Microseconds of a step.
const STEP: usize = 1000;
/// How long those who are stuck are shown to wait.
const TAIL: usize = 3;
/// The two groups of tracks.
const GOROUTINES: u32 = 1;
const LOCKS: u32 = 2;

fn render(dossier: &Dossier, _style: &Style) -> String {
    let run = &dossier.run;
    let mut events = Vec::new();
    let shown = run.shown().zip(dossier.film.as_ref());
    if let Some((finding, trace, film)) = shown.and_then(|(it, film)| Some((it, it.trace.as_ref()?, film))) {
        let mut drawing = Drawing { finding, trace, film, events: Vec::new(), arrows: 0 };
        drawing.tracks();
        drawing.steps();
        drawing.waits();
        drawing.locks();
        drawing.marks();
        events = drawing.events;
    }
    events.sort_by_key(|event| (event["ph"] != "M", event["ts"].as_u64().unwrap_or(0)));
    let root = json!({
        "displayTimeUnit": "ms",
        "otherData": {
            "model": visible::line(run.source.name()),
            "verdict": visible::line(&verdict::sentence(run)),
            "command": visible::line(&dossier.command),
        },
        "traceEvents": events,
    });
    let mut text = serde_json::to_string_pretty(&root).unwrap_or_default();
    text.push('\n');
    text
}

struct Drawing<'a> {
    finding: &'a Finding,
    trace: &'a Trace,
    film: &'a Film,
    events: Vec<Value>,
    arrows: usize,
}

impl Drawing<'_> {
    fn name(&mut self, pid: u32, tid: usize, name: &str) {
        let name = visible::line(name);
        self.events.push(
            json!({ "ph": "M", "name": "thread_name", "pid": pid, "tid": tid, "args": { "name": name } }),
        );
        self.events.push(
            json!({ "ph": "M", "name": "thread_sort_index", "pid": pid, "tid": tid, "args": { "sort_index": tid } }),
        );
    }

    fn slice(&mut self, pid: u32, tid: usize, (from, to): (usize, usize), name: &str, args: Value) {
        self.events.push(json!({
            "ph": "X", "pid": pid, "tid": tid, "ts": from * STEP, "dur": (to - from) * STEP,
            "name": visible::line(name), "cat": if pid == LOCKS { "lock" } else { "goroutine" }, "args": args,
        }));
    }

    /// An arrow between two steps.
    fn arrow(&mut self, name: &str, (from, step): (GoroutineId, usize), (to, end): (GoroutineId, usize)) {
        self.arrows += 1;
        let id = self.arrows;
        let mut push = |ph: &str, who: GoroutineId, ts: usize| {
            let mut event = json!({
                "ph": ph, "id": id, "pid": GOROUTINES, "tid": who.0, "ts": ts, "name": name, "cat": "flow",
            });
            if ph == "f" {
                event["bp"] = json!("e");
            }
            self.events.push(event);
        };
        push("s", from, step * STEP + STEP / 4);
        push("f", to, end * STEP + STEP / 2);
    }

    fn tracks(&mut self) {
        for (pid, name) in [(GOROUTINES, "goroutines"), (LOCKS, "locks")] {
            self.events.push(
                json!({ "ph": "M", "name": "process_name", "pid": pid, "tid": 0, "args": { "name": name } }),
            );
            self.events.push(
                json!({ "ph": "M", "name": "process_sort_index", "pid": pid, "tid": 0, "args": { "sort_index": pid } }),
            );
        }
        for goroutine in &self.trace.goroutines {
            let label = match goroutine.id {
                GoroutineId::MAIN => goroutine.name.clone(),
                _ if goroutine.environment => goroutine.label.clone(),
                id => format!("{} (goroutine {id})", goroutine.name),
            };
            self.name(GOROUTINES, goroutine.id.0 as usize, &label);
        }
    }

    /// What everybody does, and the messages.
    fn steps(&mut self) {
        // What waits in the buffers, and who put it there.
        let mut queues: Vec<(ObjectId, VecDeque<(GoroutineId, usize)>)> = Vec::new();
        let trace = self.trace;
        // A step without a text is no statement of the model's: the library makes its variables.
        for (index, part) in trace.parts().filter(|(_, part)| !part.operation.is_empty()) {
            let effects: Vec<String> = part.effects.iter().map(|effect| trace.told(part, effect)).collect();
            let args = json!({
                "step": index + 1,
                "line": part.site.line,
                "function": visible::line(&part.site.function),
                "effect": visible::line(&effects.join(", ")),
            });
            let tid = part.goroutine.0 as usize;
            self.slice(GOROUTINES, tid, (index, index + 1), &part.operation, args);
            for effect in &part.effects {
                match (effect, part.deed.as_ref().and_then(|deed| deed.object)) {
                    (Effect::Sends { to, channel, .. }, _) => {
                        self.arrow(channel, (part.goroutine, index), (*to, index));
                    }
                    (Effect::Starts { goroutine }, _) => {
                        if let Some(begin) = self.begin(*goroutine) {
                            self.arrow("go", (part.goroutine, index), (*goroutine, begin));
                        }
                    }
                    (Effect::Queues { .. }, Some(object)) => {
                        queue(&mut queues, object).push_back((part.goroutine, index));
                    }
                    (Effect::Takes { channel, .. }, Some(object)) => {
                        if let Some(from) = queue(&mut queues, object).pop_front() {
                            self.arrow(channel, from, (part.goroutine, index));
                        }
                    }
                    _ => {}
                }
            }
        }
    }

    /// The step in whose slice the arrow to a new goroutine ends: its first, or its wait. `None` where it does neither.
    fn begin(&self, id: GoroutineId) -> Option<usize> {
        let first = self.trace.parts().find(|(_, part)| part.goroutine == id).map(|(index, _)| index);
        let born = self.trace.goroutine(id).created.as_ref().map_or(0, |created| created.step + 1);
        let waits = (born..self.film.scenes.len()).find(|&at| waiting(self.film, at, id).is_some());
        match (first, waits) {
            (Some(first), Some(waits)) => Some(first.min(waits)),
            (first, waits) => first.or(waits),
        }
    }

    /// Slices of waiting, from when a goroutine cannot go on to its next step.
    fn waits(&mut self) {
        let last = self.trace.steps.len();
        for goroutine in &self.trace.goroutines {
            let id = goroutine.id;
            let busy: Vec<usize> =
                self.trace.parts().filter(|(_, part)| part.goroutine == id).map(|(index, _)| index).collect();
            let mut open: Option<(usize, String, usize)> = None;
            for at in 0..=last {
                let waits = waiting(self.film, at, id).filter(|_| !busy.contains(&at));
                let same = matches!((&open, &waits), (Some((_, reason, _)), Some((now, _))) if reason == now);
                if !same {
                    if let Some((from, reason, line)) = open.take() {
                        self.wait(id, (from, at), &reason, line);
                    }
                    open = waits.map(|(reason, line)| (at, reason, line));
                }
            }
            if let Some((from, reason, line)) = open {
                self.wait(id, (from, last + TAIL), &reason, line);
            }
        }
    }

    fn wait(&mut self, id: GoroutineId, time: (usize, usize), reason: &str, line: usize) {
        let stuck = self.finding.blame.of(id).is_some() && time.1 > self.trace.steps.len();
        let name = if stuck { format!("stuck: {reason}") } else { format!("waits: {reason}") };
        self.slice(GOROUTINES, id.0 as usize, time, &name, json!({ "line": line }));
    }

    /// Who holds which lock, a lock a track; more where several hold it at once.
    fn locks(&mut self) {
        let mut locks: Vec<(ObjectId, String)> = Vec::new();
        let mut lanes: Vec<(ObjectId, usize, usize)> = Vec::new();
        // No two tracks of the file have one number.
        let mut next = self.trace.goroutines.len() + 1;
        for Held { object, text, holder, until } in Holders::along(self.trace) {
            let from = holder.step + 1;
            let to = until.map_or(self.trace.steps.len() + TAIL, |step| step + 1).max(from);
            if from == to {
                continue;
            }
            let name = match locks.iter().find(|(known, _)| *known == object) {
                Some((_, name)) => name.clone(),
                None => {
                    let namesakes =
                        locks.iter().filter(|(_, name)| name.split(" #").next() == Some(&*text)).count();
                    let name = if namesakes == 0 { text } else { format!("{text} #{}", namesakes + 1) };
                    locks.push((object, name.clone()));
                    name
                }
            };
            let free = lanes.iter_mut().find(|(known, _, busy)| *known == object && *busy <= from);
            let tid = match free {
                Some((_, tid, busy)) => {
                    *busy = to;
                    *tid
                }
                None => {
                    let tid = next;
                    next += 1;
                    let nth = lanes.iter().filter(|(known, ..)| *known == object).count() + 1;
                    lanes.push((object, tid, to));
                    self.name(LOCKS, tid, &if nth == 1 { name.clone() } else { format!("{name} ({nth})") });
                    tid
                }
            };
            let who = &self.trace.goroutine(holder.goroutine).label;
            let args =
                json!({ "lock": visible::line(&name), "since_line": holder.line, "by": holder.action });
            self.slice(LOCKS, tid, (from, to), who, args);
        }
    }

    /// The point of no return, and where a run begins to repeat.
    fn marks(&mut self) {
        let marks =
            [(self.trace.doomed_from, "point of no return"), (self.trace.repeats_from, "repeats from here")];
        for (at, name) in marks {
            if let Some(at) = at {
                self.events.push(json!({
                    "ph": "i", "s": "g", "pid": GOROUTINES, "tid": 1, "ts": at * STEP, "name": name, "cat": "mark",
                }));
            }
        }
    }
}

fn queue(
    queues: &mut Vec<(ObjectId, VecDeque<(GoroutineId, usize)>)>,
    object: ObjectId,
) -> &mut VecDeque<(GoroutineId, usize)> {
    let at = queues.iter().position(|(known, _)| *known == object).unwrap_or_else(|| {
        queues.push((object, VecDeque::new()));
        queues.len() - 1
    });
    &mut queues[at].1
}

/// Why a goroutine waits in the state after `at` steps, and on which line.
fn waiting(film: &Film, at: usize, id: GoroutineId) -> Option<(String, usize)> {
    let person = film.scenes.get(at)?.person(id)?;
    match person.status {
        Status::Blocked { reason } => Some((reason.to_string(), person.site.line)),
        Status::Idle { reason } => Some((format!("{reason} (idle)"), person.site.line)),
        Status::Runnable | Status::Failed | Status::Ended { .. } => None,
    }
}
