//! What a reader sees of the state at each stop of the player.

use super::frames::{Frame, Kind, Shown};
use super::lanes::badge;
use crate::blame::{Holder, Holders};
use crate::trace::film::{Content, Other, Person, Scene, Thing};
use crate::trace::{GoroutineId, Part, Status, Trace};

/// One stop.
#[derive(Debug)]
pub(super) struct Panel {
    pub anchor: String,
    /// `Step 7`.
    pub title: String,
    /// What the player says here.
    pub said: String,
    /// What is done, one entry a goroutine.
    pub acts: Vec<Act>,
    /// Steps that are not shown, in words.
    pub before: Vec<String>,
    pub people: Vec<Standing>,
    pub channels: Vec<Channel>,
    /// Locks, wait groups and the like.
    pub things: Vec<Value>,
    pub shared: Vec<Value>,
    pub others: Vec<Choice>,
}

/// What a goroutine does in a step.
#[derive(Debug)]
pub(super) struct Act {
    pub badge: String,
    pub name: String,
    pub operation: String,
    pub line: Option<usize>,
    pub effect: String,
    pub bad: bool,
}

impl Act {
    /// What is left out.
    pub fn folded(rounds: Option<usize>, steps: usize) -> Self {
        Self::remark(&match rounds {
            Some(1) => "once more the same".to_string(),
            Some(rounds) => format!("{rounds} times more the same"),
            None => format!("{steps} more steps"),
        })
    }

    /// A part of a step that changes nothing of note.
    pub fn quiet(trace: &Trace, part: &Part) -> Self {
        Self {
            badge: badge(trace, part.goroutine),
            name: trace.goroutine(part.goroutine).name.clone(),
            operation: part.operation.clone(),
            line: Some(part.site.line),
            effect: String::new(),
            bad: false,
        }
    }

    /// Something that nobody does.
    pub fn remark(text: &str) -> Self {
        Self {
            badge: String::new(),
            name: String::new(),
            operation: text.to_string(),
            line: None,
            effect: String::new(),
            bad: false,
        }
    }
}

/// How a goroutine stands.
#[derive(Debug)]
pub(super) struct Standing {
    pub badge: String,
    pub name: String,
    /// `ready`, `waits`, `idle`, `stuck`, `failed`, `ended`.
    pub class: &'static str,
    pub stance: String,
    pub line: Option<usize>,
    pub operation: String,
    /// The locks that it holds.
    pub holds: Vec<String>,
    pub variables: Vec<Value>,
}

/// Something with a value.
#[derive(Debug)]
pub(super) struct Value {
    pub name: String,
    /// `sync.Mutex`; empty for a variable.
    pub kind: &'static str,
    pub now: String,
    /// Not as it was at the stop before.
    pub new: bool,
    /// It is a lock, and somebody has it.
    pub held: bool,
}

/// A channel with its places.
#[derive(Debug)]
pub(super) struct Channel {
    pub name: String,
    /// Values first, then empty places.
    pub places: Vec<Option<String>>,
    /// Empty places that are not drawn.
    pub more: usize,
    pub state: &'static str,
    pub new: bool,
}

/// A step that was possible.
#[derive(Debug)]
pub(super) struct Choice {
    pub badge: String,
    pub name: String,
    pub operation: String,
    pub line: usize,
    /// `with worker`, `for 0 to 3`.
    pub how: String,
}

/// More empty places of a channel are only counted.
const MOST_PLACES: usize = 12;

impl Shown<'_> {
    /// The panels, one a frame.
    pub fn panels(&self) -> Vec<Panel> {
        let list = &self.frames.list;
        (0..list.len())
            .map(|index| self.panel(&list[index], index.checked_sub(1).map(|before| &list[before])))
            .collect()
    }

    fn panel(&self, frame: &Frame, before: Option<&Frame>) -> Panel {
        let holders = Holders::after(self.trace, frame.after);
        let empty = Scene::default();
        let scene = |frame: &Frame| self.film.scenes.get(frame.after).unwrap_or(&empty);
        let (now, old) = (scene(frame), before.map_or(&empty, scene));
        let stays = before.is_some();
        Panel {
            anchor: frame.anchor(),
            said: self.said(frame),
            title: self.title(frame),
            // In the end the goroutines themselves say it.
            acts: if frame.kind == Kind::End { Vec::new() } else { self.acts(frame) },
            before: self.hidden(frame),
            people: self.people(frame, now, old, &holders),
            channels: self.channels(now, old, stays),
            things: self.things(now, old, before.map(|it| it.after), &holders),
            shared: now
                .shared
                .iter()
                .map(|(name, value)| Value {
                    new: stays && !old.shared.contains(&(name.clone(), value.clone())),
                    name: name.clone(),
                    kind: "",
                    now: value.clone(),
                    held: false,
                })
                .collect(),
            others: now.others.iter().map(|other| self.choice(other)).collect(),
        }
    }

    fn title(&self, frame: &Frame) -> String {
        match frame.kind {
            Kind::Start => "Start".to_string(),
            Kind::Step => format!("Step {}", frame.after),
            Kind::Folded { .. } => format!("Steps {} to {}", frame.from + 1, frame.after),
            Kind::End => match self.trace.repeats_from {
                Some(from) => format!("From here it repeats from step {}", from + 1),
                None => format!("The end, after {} steps", self.trace.steps.len()),
            },
        }
    }

    /// The title and what is done, in a sentence.
    fn said(&self, frame: &Frame) -> String {
        let act = |act: &Act| {
            let line = act.line.map_or(String::new(), |line| format!(" (line {line})"));
            let effect = if act.effect.is_empty() { String::new() } else { format!(", {}", act.effect) };
            format!("{} {}: {}{line}{effect}", act.badge, act.name, act.operation)
        };
        let acts: Vec<String> = self.acts(frame).iter().map(act).collect();
        let what = match frame.kind {
            Kind::Start => "main is about to run".to_string(),
            Kind::Folded { rounds } => Act::folded(rounds, frame.after - frame.from).operation,
            Kind::Step | Kind::End => acts.join("; "),
        };
        let doomed = self.trace.doomed_from.is_some_and(|from| frame.from < from && from <= frame.after);
        let doomed = if doomed { ". Point of no return" } else { "" };
        let title = self.title(frame);
        if what.is_empty() { format!("{title}{doomed}") } else { format!("{title}. {what}{doomed}") }
    }

    /// What a frame shows.
    pub fn acts(&self, frame: &Frame) -> Vec<Act> {
        let cells = frame.cells.iter().filter(|cell| cell.counts());
        cells
            .map(|cell| Act {
                badge: badge(self.trace, cell.goroutine),
                name: self.trace.goroutine(cell.goroutine).name.clone(),
                operation: cell.operation.clone(),
                line: cell.line,
                effect: cell.effect.clone(),
                bad: cell.is_bad(),
            })
            .collect()
    }

    /// The steps of a frame but for the one that it shows.
    fn hidden(&self, frame: &Frame) -> Vec<String> {
        let last = if frame.kind == Kind::Step { frame.after - 1 } else { frame.after };
        let words = |part: &Part| {
            format!(
                "{}, line {}: {}",
                self.trace.goroutine(part.goroutine).label,
                part.site.line,
                part.operation
            )
        };
        let steps = self.trace.steps.get(frame.from..last).unwrap_or(&[]);
        let all = steps.iter().zip(frame.from + 1..);
        all.map(|(step, number)| {
            let parts: Vec<String> = step.parts().map(words).collect();
            format!("{number}. {}", parts.join("; "))
        })
        .collect()
    }

    fn people(&self, frame: &Frame, now: &Scene, old: &Scene, holders: &Holders) -> Vec<Standing> {
        let born = |id: GoroutineId| {
            let created = &self.trace.goroutine(id).created;
            created.as_ref().is_none_or(|created| created.step < frame.after)
        };
        let all = self.trace.goroutines.iter().filter(|it| !it.environment && born(it.id));
        all.map(|goroutine| {
            let id = goroutine.id;
            let (badge, name) = (badge(self.trace, id), goroutine.name.clone());
            let Some(person) = now.person(id) else {
                return Standing {
                    badge,
                    name,
                    class: "ended",
                    stance: "has ended".to_string(),
                    line: None,
                    operation: String::new(),
                    holds: self.held(holders, id),
                    variables: Vec::new(),
                };
            };
            let (class, stance) = self.stance(frame, person);
            let before = old.person(id).map_or(&[][..], |it| &it.variables);
            Standing {
                badge,
                name,
                class,
                stance,
                line: Some(person.site.line),
                operation: person.site.text.clone(),
                holds: self.held(holders, id),
                variables: person
                    .variables
                    .iter()
                    .map(|variable| Value {
                        name: variable.0.clone(),
                        kind: "",
                        now: variable.1.clone(),
                        new: frame.kind != Kind::Start && !before.contains(variable),
                        held: false,
                    })
                    .collect(),
            }
        })
        .collect()
    }

    fn stance(&self, frame: &Frame, person: &Person) -> (&'static str, String) {
        let for_ever = frame.after == self.trace.steps.len() && self.stuck.contains(&person.goroutine);
        match person.status {
            Status::Failed => ("failed", "has failed".to_string()),
            Status::Blocked { reason } if for_ever => ("stuck", format!("stuck: {reason}")),
            Status::Blocked { reason } => ("waits", format!("waits: {reason}")),
            Status::Idle { reason } => ("idle", format!("idle: {reason}")),
            Status::Runnable | Status::Ended { .. } => ("ready", "can go on".to_string()),
        }
    }

    fn held(&self, holders: &Holders, id: GoroutineId) -> Vec<String> {
        let held = holders.held_by(id).filter(|(_, holder)| !holder.announced);
        held.map(|(object, _)| self.film.thing(object).map_or_else(String::new, |thing| thing.name.clone()))
            .collect()
    }

    fn channels(&self, now: &Scene, old: &Scene, stays: bool) -> Vec<Channel> {
        let mut list = Vec::new();
        for (index, thing) in self.film.things.iter().enumerate() {
            let Some(Some(content)) = now.contents.get(index) else { continue };
            let Content::Channel { room, queued, closed } = content else { continue };
            let room = usize::try_from(*room).unwrap_or(0);
            let shown = queued.len().max(room.min(MOST_PLACES));
            let mut places: Vec<Option<String>> = queued.iter().cloned().map(Some).collect();
            places.resize(shown, None);
            list.push(Channel {
                name: thing.name.clone(),
                places,
                more: room.saturating_sub(shown),
                state: match (closed, room) {
                    (true, _) => "closed",
                    (false, 0) => "no buffer",
                    (false, room) if queued.len() == room => "full",
                    (false, _) if queued.is_empty() => "empty",
                    (false, _) => "",
                },
                new: stays && old.contents.get(index).and_then(Option::as_ref) != Some(content),
            });
        }
        list
    }

    fn things(&self, now: &Scene, old: &Scene, before: Option<usize>, holders: &Holders) -> Vec<Value> {
        let then = before.map(|steps| Holders::after(self.trace, steps));
        let mut list = Vec::new();
        for (index, thing) in self.film.things.iter().enumerate() {
            let Some(Some(content)) = now.contents.get(index) else { continue };
            let Content::Fields(fields) = content else { continue };
            let held: Vec<String> = holders.of(thing.id).map(|holder| self.holder(holder)).collect();
            let (value, is_lock) = match (held.is_empty(), self.is_lock(thing)) {
                (false, _) => (held.join("; "), true),
                (true, true) => ("free".to_string(), false),
                (true, false) => (words(fields), false),
            };
            let was: Option<Vec<String>> =
                then.as_ref().map(|then| then.of(thing.id).map(|holder| self.holder(holder)).collect());
            let same = old.contents.get(index).and_then(Option::as_ref) == Some(content);
            list.push(Value {
                name: thing.name.clone(),
                kind: thing.primitive,
                now: value,
                new: before.is_some() && (!same || was != Some(held)),
                held: is_lock,
            });
        }
        list
    }

    /// Whether somebody takes hold of it in this run.
    fn is_lock(&self, thing: &Thing) -> bool {
        let mut deeds = self.trace.parts().filter_map(|(_, part)| part.deed.as_ref());
        deeds.any(|deed| deed.acquires && deed.object == Some(thing.id))
    }

    fn holder(&self, holder: &Holder) -> String {
        let who = &self.trace.goroutine(holder.goroutine).label;
        let since = format!("since step {}, line {}", holder.step + 1, holder.line);
        match (holder.announced, holder.action) {
            (true, _) => format!("{who} wants it ({since})"),
            (false, "RLock" | "TryRLock") => format!("read by {who} ({since})"),
            (false, _) => format!("held by {who} ({since})"),
        }
    }

    fn choice(&self, other: &Other) -> Choice {
        let mut how = Vec::new();
        if let Some(partner) = other.partner {
            how.push(format!("with {}", self.trace.goroutine(partner).label));
        }
        match other.choices {
            Some((low, high)) if low == high => how.push(format!("giving {low}")),
            Some((low, high)) => how.push(format!("giving {low} to {high}")),
            None => {}
        }
        Choice {
            badge: badge(self.trace, other.goroutine),
            name: self.trace.goroutine(other.goroutine).name.clone(),
            operation: other.operation.clone(),
            line: other.line,
            how: how.join(", "),
        }
    }
}

/// `count 1, waiters 0`; an only field is its value.
fn words(fields: &[(String, String)]) -> String {
    let one = |(name, value): &(String, String)| {
        if name.is_empty() { value.clone() } else { format!("{name} {value}") }
    };
    fields.iter().map(one).collect::<Vec<_>>().join(", ")
}
