//! One goroutine's part of a step to its [`Effect`]s.
//!
//! In: the states before and after, the edge taken, what it did to which object.
//! Out: effects in the order in which a reader wants them: the operation's own
//! first, then what else was written, then who started or ended.

use super::{Effect, panics, writes};
use crate::commands::{Command, MapCommand, Meet, queue};
use crate::machine::state::{End, Ref, State};
use crate::machine::step::{Step as Elementary, scope};
use crate::machine::{Edge, Machine, Point, PointKind};
use crate::trace::{Deed, GoroutineId, Status, Trace, fields, names};

/// What channels are called among the primitives.
pub(in crate::trace) const CHANNEL: &str = "chan";

/// A step under description.
pub(in crate::trace) struct Moment<'a> {
    pub machine: &'a Machine,
    pub trace: &'a Trace,
    /// Number of the step: it leads from state `index` to the next.
    pub index: usize,
    pub step: &'a Elementary,
    pub slot: usize,
    pub goroutine: GoroutineId,
    /// Who sits in which slot before the step.
    pub seats: &'a [Option<GoroutineId>],
    /// This goroutine is the receiver of a rendezvous.
    pub receiving: bool,
}

impl Moment<'_> {
    pub fn before(&self) -> &State {
        &self.trace.states[self.index]
    }

    pub fn after(&self) -> &State {
        &self.trace.states[self.index + 1]
    }

    /// The goroutine at the other end of a rendezvous.
    fn other(&self) -> Option<(usize, GoroutineId)> {
        let (receiver, _) = self.step.partner?;
        let slot = if self.receiving { self.step.slot } else { receiver };
        Some((slot, self.seats.get(slot).copied().flatten()?))
    }
}

/// Everything that the part changed and that shows.
pub(in crate::trace) fn effects(
    moment: &Moment<'_>,
    point: &Point,
    edge: &Edge,
    deed: Option<&Deed>,
    operation: &str,
) -> Vec<Effect> {
    let mut effects = Vec::new();
    if let Some(deed) = deed {
        effects.extend(of_deed(moment, point, edge, deed));
    }
    let writes = writes::writes(moment, point, edge, deed, operation);
    if let Some(value) = moment.step.choice
        && !moment.receiving
        && matches!(point.kind, PointKind::Choice)
        && writes.is_empty()
        && !takes_key(edge)
    {
        effects.push(Effect::Chooses { value });
    }
    let branches = point.edges.iter().all(|edge| edge.choose.is_none());
    if point.kind == PointKind::Choice && branches {
        let case = point.edges.iter().position(|other| std::ptr::eq(other, edge)).unwrap_or(0);
        effects.push(Effect::TakesCase { case: case + 1 });
    }
    effects.extend(writes);
    effects.extend(started(moment));
    effects.extend(ending(moment, point, edge));
    effects
}

/// A step of a `range` over a map: which key it came to shows in the loop's variable, if it has one.
fn takes_key(edge: &Edge) -> bool {
    edge.commands.iter().any(|command| matches!(command, Command::Map(MapCommand::Next { .. })))
}

/// What the operation itself did.
fn of_deed(moment: &Moment<'_>, point: &Point, edge: &Edge, deed: &Deed) -> Option<Effect> {
    let object = deed.text.clone();
    if deed.primitive == CHANNEL {
        return of_channel(moment, point, edge, deed);
    }
    if !deed.changed {
        return None;
    }
    if !deed.completes {
        return Some(Effect::Begins { action: deed.action, object });
    }
    if let Some(verb) = lock_verb(deed.action) {
        return Some(Effect::Locks { verb, object });
    }
    let fields = changed_fields(moment, point, deed);
    (!fields.is_empty()).then_some(Effect::Counts { object, fields })
}

fn lock_verb(action: &str) -> Option<&'static str> {
    Some(match action {
        "Lock" | "TryLock" => "locks",
        "Unlock" => "unlocks",
        "RLock" | "TryRLock" => "read-locks",
        "RUnlock" => "read-unlocks",
        _ => return None,
    })
}

/// The fields of a primitive that differ after the step.
fn changed_fields(moment: &Moment<'_>, point: &Point, deed: &Deed) -> Vec<(String, String)> {
    let fields = |steps: usize, reference: Ref| {
        fields::of_primitive(moment.machine, moment.trace, steps, reference, deed.primitive)
    };
    let Some(reference) = object_of(moment, point, deed) else { return Vec::new() };
    let (Some(before), Some(after)) = (fields(moment.index, reference), fields(moment.index + 1, reference))
    else {
        return Vec::new();
    };
    before.into_iter().zip(after).filter(|(before, after)| before != after).map(|(_, after)| after).collect()
}

/// The reference that the deed's act evaluated to.
fn object_of(moment: &Moment<'_>, point: &Point, deed: &Deed) -> Option<Ref> {
    let PointKind::Operation(operation) = &point.kind else { return None };
    let act = operation.acts.get(deed.act)?;
    Ref::unpack(scope(moment.machine, moment.before(), moment.slot).eval(&act.object).ok()?)
}

/// Whether the step changed the cells of the object that a deed is about.
pub(in crate::trace) fn changed(before: &State, after: &State, reference: i64, primitive: &str) -> bool {
    let Some(reference) = Ref::unpack(reference) else { return false };
    match fields::cells(before, reference, primitive) {
        Some(cells) => fields::cells(after, reference, primitive) != Some(cells),
        None => true,
    }
}

fn of_channel(moment: &Moment<'_>, point: &Point, edge: &Edge, deed: &Deed) -> Option<Effect> {
    let channel = deed.text.clone();
    let reference = object_of(moment, point, deed)?;
    match deed.action {
        "send" => Some(match moment.other() {
            Some((_, to)) => Effect::Sends { channel, value: handed_over(moment, edge, reference), to },
            None if moment.after().end.is_some() => return None,
            None => {
                let queue = queued(moment, moment.after(), 1, reference);
                Effect::Queues {
                    channel,
                    value: queue.last().cloned().unwrap_or_default(),
                    queued: fields::cell(moment.after(), reference, queue::LEN as usize),
                    room: fields::cell(moment.after(), reference, queue::CAP as usize),
                }
            }
        }),
        "receive" => Some(match moment.other() {
            Some((slot, from)) => {
                let sender = moment.before().goroutine(slot)?;
                let sending =
                    moment.machine.point(sender.routine, sender.point).edges.get(moment.step.edge)?;
                Effect::Receives { channel, value: value_sent(moment, sending, slot, reference), from }
            }
            None if fields::cell(moment.before(), reference, queue::LEN as usize) > 0 => {
                let queue = queued(moment, moment.before(), 0, reference);
                Effect::Takes { channel, value: queue.first().cloned().unwrap_or_default() }
            }
            None => Effect::FindsClosed { channel },
        }),
        "close" if moment.after().end.is_none() && deed.changed => Some(Effect::Closes { channel }),
        _ => None,
    }
}

fn queued(moment: &Moment<'_>, state: &State, later: usize, channel: Ref) -> Vec<String> {
    moment.trace.names.queued(moment.machine, state, moment.index + later, channel.pack())
}

fn handed_over(moment: &Moment<'_>, edge: &Edge, channel: Ref) -> String {
    value_sent(moment, edge, moment.slot, channel)
}

/// The element that the sender in `slot` hands over along `edge`.
fn value_sent(moment: &Moment<'_>, edge: &Edge, slot: usize, channel: Ref) -> String {
    let Some(Meet::Send { values, .. }) = &edge.meet else { return String::new() };
    let Some(pool) = moment.before().object(channel.object).map(|object| object.pool) else {
        return String::new();
    };
    let scope = scope(moment.machine, moment.before(), slot);
    let cells: Vec<i64> = values.iter().map(|value| scope.eval(value).unwrap_or(0)).collect();
    moment.trace.names.element(moment.machine, moment.before(), moment.index, pool, &cells)
}

/// The goroutines that the step started.
fn started(moment: &Moment<'_>) -> Vec<Effect> {
    if moment.receiving {
        return Vec::new();
    }
    let new = moment.trace.goroutines.iter().filter(|goroutine| {
        !goroutine.environment
            && goroutine
                .created
                .as_ref()
                .is_some_and(|created| created.step == moment.index && created.by == moment.goroutine)
    });
    new.map(|goroutine| Effect::Starts { goroutine: goroutine.id }).collect()
}

/// How the goroutine, or the run, ended with the step.
fn ending(moment: &Moment<'_>, point: &Point, edge: &Edge) -> Option<Effect> {
    let (machine, after) = (moment.machine, moment.after());
    let mine = |slot: usize| slot == moment.slot;
    match after.end {
        Some(End::Panic { slot, tag, payload }) if mine(slot) => {
            let text = panics::text(machine, &moment.trace.names, after, moment.index + 1, tag, payload);
            return Some(Effect::Panics { text });
        }
        Some(End::Fatal { slot, text }) if mine(slot) => {
            return Some(Effect::Dies { text: text.to_string() });
        }
        Some(End::Assert { slot, text }) if mine(slot) => {
            return Some(Effect::Fails { text: names::text(machine, i64::from(text)).to_string() });
        }
        Some(End::Exit) if !moment.receiving => return Some(Effect::Exits),
        Some(End::Bound(what)) if !moment.receiving => {
            return Some(Effect::HitsBound { what: what.to_string() });
        }
        Some(_) | None => {}
    }
    let ended = Status::Ended { step: moment.index };
    if moment.trace.goroutine(moment.goroutine).status == ended {
        return Some(Effect::Ends { by_goexit: false });
    }
    let now = after.goroutine(moment.slot)?;
    if machine.point(now.routine, now.point).kind == PointKind::GoexitEnd {
        return Some(Effect::Ends { by_goexit: true });
    }
    raised(moment, point, edge)
}

/// A panic that goes to the deferred calls.
fn raised(moment: &Moment<'_>, point: &Point, edge: &Edge) -> Option<Effect> {
    let unwind = point.unwind.as_ref()?;
    let now = moment.after().goroutine(moment.slot)?;
    if now.point != unwind.target || edge.target == unwind.target || !raises(&edge.commands) {
        return None;
    }
    let scope = scope(moment.machine, moment.after(), moment.slot);
    let read =
        |place: &crate::commands::Place| scope.eval(&crate::commands::Expr::load(place.clone())).unwrap_or(0);
    let (tag, payload) = (read(&unwind.value.0), read(&unwind.value.1));
    let names = &moment.trace.names;
    let text = panics::text(moment.machine, names, moment.after(), moment.index + 1, tag, payload);
    Some(Effect::Raises { text })
}

fn raises(commands: &[Command]) -> bool {
    commands.iter().any(|command| match command {
        Command::Check { .. } | Command::Raise(_) => true,
        Command::If(_, yes, no) => raises(yes) || raises(no),
        Command::Map(command) => command.raises(),
        Command::Set(..)
        | Command::Alloc { .. }
        | Command::Push { .. }
        | Command::Pop { .. }
        | Command::Spawn { .. }
        | Command::Copy { .. }
        | Command::Assert { .. }
        | Command::Fatal(_)
        | Command::Exit
        | Command::Bound(_) => false,
    })
}
