//! A run, state by state: where everybody stands, what is where, and what else could have happened.
//!
//! In: a [`Trace`] and its Machine. Out: a [`Film`], one [`Scene`] per state, and the [`Wake`]s: who ended whose wait.
//! Absent: who holds which lock (`blame`) and how it looks (`report`).

mod shared;
mod things;
mod wakes;

pub use things::{Content, Thing};
pub use wakes::Wake;

use super::cells::{head, value_name};
use super::names::Value;
use super::status::stands;
use super::{GoroutineId, ObjectId, ReplayError, Site, Status, Trace, operation, site};
use crate::machine::Machine;
use crate::machine::state::{Goroutine as Live, State};
use crate::machine::step::{Step as Elementary, enabled};
use crate::source::Source;

/// The states of a run as people look at them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Film {
    /// The channels, locks and other primitives that the run works on or waits for, in the order in which it comes to them.
    pub things: Vec<Thing>,
    /// One per state: one more than there are steps.
    pub scenes: Vec<Scene>,
    /// Who was woken by whom.
    pub wakes: Vec<Wake>,
}

/// One state.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Scene {
    /// The goroutines that live, by id.
    pub people: Vec<Person>,
    /// Of each thing of [`Film::things`] what it holds; `None` while it does not exist.
    pub contents: Vec<Option<Content>>,
    /// Shared variables that the run changes, with their values.
    pub shared: Vec<(String, String)>,
    /// The steps that the run does not take here.
    pub others: Vec<Other>,
}

/// A goroutine in one state.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Person {
    pub goroutine: GoroutineId,
    pub status: Status,
    /// The statement that it is about to run, or waits at.
    pub site: Site,
    /// Its variables that it still reads, with their values.
    pub variables: Vec<(String, String)>,
}

/// A step that could have been taken.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Other {
    pub goroutine: GoroutineId,
    /// The receiver of a rendezvous.
    pub partner: Option<GoroutineId>,
    pub operation: String,
    pub line: usize,
    /// What `any` would have given: the least and the greatest.
    pub choices: Option<(i64, i64)>,
}

impl Film {
    /// The thing with this identity.
    pub fn thing(&self, id: ObjectId) -> Option<&Thing> {
        self.things.iter().find(|thing| thing.id == id)
    }

    /// How a goroutine stands after `steps` steps, if it lives then.
    pub fn status(&self, steps: usize, id: GoroutineId) -> Option<Status> {
        self.scenes.get(steps)?.person(id).map(|person| person.status)
    }
}

impl Scene {
    /// A goroutine that lives.
    pub fn person(&self, id: GoroutineId) -> Option<&Person> {
        self.people.iter().find(|person| person.goroutine == id)
    }
}

/// Looks at every state of `trace`. An error is a mistake of goknot's: the Machine contradicts itself.
pub fn film(machine: &Machine, source: &Source, trace: &Trace) -> Result<Film, ReplayError> {
    let mut open = Vec::with_capacity(trace.states.len());
    for (after, state) in trace.states.iter().enumerate() {
        // A run that is over has no steps: ask what there would be without its end.
        let steps = enabled(machine, &State { end: None, ..state.clone() });
        open.push(steps.map_err(|error| ReplayError { after, what: error.to_string() })?);
    }
    let things = things::of(machine, source, trace);
    let shared = shared::places(machine, trace, &things);
    let camera = Camera { machine, source, trace, things: &things, shared: &shared };
    let scenes = (0..trace.states.len()).map(|at| camera.scene(at, &open[at])).collect();
    Ok(Film { scenes, wakes: wakes::of(machine, trace, &open), things })
}

/// The goroutines that have a part in a step.
fn takes_part(step: &Elementary, slot: usize) -> bool {
    step.slot == slot || step.partner.is_some_and(|(partner, _)| partner == slot)
}

struct Camera<'a> {
    machine: &'a Machine,
    source: &'a Source,
    trace: &'a Trace,
    things: &'a [Thing],
    shared: &'a [shared::Place],
}

impl Camera<'_> {
    fn scene(&self, at: usize, open: &[Elementary]) -> Scene {
        let state = &self.trace.states[at];
        let mut people: Vec<Person> =
            state.live_slots().filter_map(|slot| self.person(at, state, slot, open)).collect();
        people.sort_by_key(|person| person.goroutine);
        // What nobody can name any more is gone, though a run need not have cleared it away yet.
        let mut known = state.clone();
        known.collect(self.machine);
        Scene {
            people,
            contents: self.things.iter().map(|it| it.content(self.machine, self.trace, at, &known)).collect(),
            shared: self.shared.iter().filter_map(|it| it.value(self.machine, self.trace, at)).collect(),
            others: self.others(at, state, open),
        }
    }

    fn person(&self, at: usize, state: &State, slot: usize, open: &[Elementary]) -> Option<Person> {
        let goroutine = self.trace.seats.get(at)?.get(slot).copied().flatten()?;
        let live = state.goroutine(slot)?;
        if self.machine.routine(live.routine).environment {
            return None;
        }
        let point = self.machine.point(live.routine, live.point);
        let failed =
            at + 1 == self.trace.states.len() && self.trace.goroutine(goroutine).status == Status::Failed;
        let status = if failed { Status::Failed } else { stands(self.machine, state, open, slot) };
        Some(Person {
            goroutine,
            status,
            site: site(self.machine, self.source, live.routine, live.point, point.span),
            variables: self.variables(at, state, live),
        })
    }

    /// The named values that the goroutine will read; of several of one name the innermost.
    fn variables(&self, at: usize, state: &State, live: &Live) -> Vec<(String, String)> {
        let kinds = &self.machine.routine(live.routine).frame;
        let mut list: Vec<(String, String)> = Vec::new();
        for local in &self.machine.point(live.routine, live.point).live {
            let index = local.0 as usize;
            let Some(kind) = kinds.get(index) else { continue };
            let name = value_name(kind);
            let named = name.chars().next().is_some_and(|c| c.is_alphabetic() || c == '_') && name != "_";
            if kind.hidden || !named || head(kinds, index) != index {
                continue;
            }
            let value = Value { kinds, cells: &live.frame, index };
            let shown = self.trace.names.value(self.machine, state, at, value);
            list.retain(|(known, _)| known != name);
            list.push((name.to_string(), shown));
        }
        list
    }

    /// What else was possible; the values of one choice together.
    fn others(&self, at: usize, state: &State, open: &[Elementary]) -> Vec<Other> {
        let taken = self.trace.steps.get(at);
        let mut list: Vec<Other> = Vec::new();
        for step in open.iter().filter(|_| state.end.is_none()) {
            let Some(other) = self.other(at, state, step) else { continue };
            let is_taken = taken.is_some_and(|taken| {
                let part = &taken.actor;
                part.goroutine == other.goroutine
                    && part.edge == step.edge
                    && taken.partner.as_ref().map(|it| (it.goroutine, Some(it.edge)))
                        == other.partner.map(|it| (it, step.partner.map(|(_, edge)| edge)))
            });
            if is_taken && taken.is_some_and(|taken| taken.choice == step.choice) {
                continue;
            }
            let same = |known: &&mut Other| {
                Other { choices: None, ..(*known).clone() } == Other { choices: None, ..other.clone() }
            };
            match (list.iter_mut().find(same), other.choices) {
                (Some(known), Some((low, high))) => {
                    let (least, most) = known.choices.unwrap_or((low, high));
                    known.choices = Some((least.min(low), most.max(high)));
                }
                (Some(_), None) => {}
                (None, _) => list.push(other),
            }
        }
        list
    }

    fn other(&self, at: usize, state: &State, step: &Elementary) -> Option<Other> {
        let who = |slot: usize| self.trace.seats.get(at)?.get(slot).copied().flatten();
        let live = state.goroutine(step.slot)?;
        if self.machine.routine(live.routine).environment {
            return None;
        }
        let point = self.machine.point(live.routine, live.point);
        let edge = point.edges.get(step.edge)?;
        let span = edge.span.unwrap_or(point.span);
        let at = site(self.machine, self.source, live.routine, live.point, span);
        Some(Other {
            goroutine: who(step.slot)?,
            partner: match step.partner {
                Some((slot, _)) => Some(who(slot)?),
                None => None,
            },
            operation: operation(self.source, point, edge),
            line: at.line,
            choices: step.choice.map(|value| (value, value)),
        })
    }
}
