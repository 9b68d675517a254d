//! A run of a model, followed in another variant of it: what the schedule that breaks the program does to its fix.
//!
//! In: the trace of a run, the Machine of the other variant. Out: a path there, and which of its steps is which of the
//! run's. The schedule is followed as long as its steps exist: same goroutine, same statement. A statement that the other
//! variant has changed, added or left out stands alone. Where the schedule ends or a step of it is not possible any more,
//! the path goes on to an end in which nobody is stuck, by the fewest steps.

mod ending;

use super::{GoroutineId, Part, ReplayError, Site, Trace, site};
use crate::commands::RoutineId;
use crate::machine::state::State;
use crate::machine::step::{InternalError, Limits, Step as Elementary, apply, enabled, initial};
use crate::machine::{Machine, PointId, PointKind};
use crate::source::Source;

/// How far to look for the next statement that both variants have.
const WINDOW: usize = 6;

/// A path that follows a run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Followed {
    /// From the initial state of the other variant.
    pub path: Vec<Elementary>,
    /// The steps of both, in order.
    pub pairs: Vec<Pair>,
    /// How many of the pairs there are before the two go separate ways.
    pub together: usize,
    /// The path ends where nobody is stuck. Otherwise it goes on, and is only cut off.
    pub ends_well: bool,
}

/// What the run and the path do next to each other: indices of their steps.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pair {
    pub run: Option<usize>,
    pub path: Option<usize>,
    /// They do the same statement.
    pub same: bool,
}

/// Follows in `machine` a run of `from`.
pub fn follow(
    machine: &Machine,
    source: &Source,
    (from, trace): (&Machine, &Trace),
    limits: &Limits,
) -> Result<Followed, ReplayError> {
    let mut follower = Follower {
        machine,
        from,
        source,
        trace,
        limits,
        state: initial(machine),
        seats: vec![Some(GoroutineId::MAIN)],
        born: 1,
        known: vec![(GoroutineId::MAIN, GoroutineId::MAIN)],
        path: Vec::new(),
        pairs: Vec::new(),
    };
    follower.run().map_err(|error| ReplayError { after: 0, what: error.to_string() })
}

struct Follower<'a> {
    machine: &'a Machine,
    /// The variant that the run is of.
    from: &'a Machine,
    source: &'a Source,
    trace: &'a Trace,
    limits: &'a Limits,
    state: State,
    /// Who sits in which slot, numbered as a trace of the path numbers them.
    seats: Vec<Option<GoroutineId>>,
    born: u32,
    /// Which goroutine of the run is which of the path.
    known: Vec<(GoroutineId, GoroutineId)>,
    path: Vec<Elementary>,
    pairs: Vec<Pair>,
}

/// A point that a goroutine comes to.
struct Stop {
    /// What it can do there.
    keys: Vec<Key>,
    /// The one step that leads on, where there is one.
    only: Option<Elementary>,
}

/// What to do about a step of the run.
enum Next {
    Take(Elementary),
    /// The goroutine does something else instead.
    Change(Elementary),
    /// The goroutine does something else before; `same`: it only takes one step more for the same statement.
    Insert {
        step: Elementary,
        same: bool,
    },
    /// The goroutine does not do it; `same`: it takes one step less for the same statement.
    Skip {
        same: bool,
    },
    Part,
}

impl Follower<'_> {
    fn run(&mut self) -> Result<Followed, InternalError> {
        let mut at = 0;
        let mut inserted = 0;
        while at < self.trace.steps.len() {
            let next = self.next(at)?;
            match next {
                Next::Take(step) => {
                    self.pairs.push(Pair { run: Some(at), path: Some(self.path.len()), same: true });
                    self.take(&step, Some(at))?;
                    (at, inserted) = (at + 1, 0);
                }
                Next::Change(step) => {
                    self.pairs.push(Pair { run: Some(at), path: Some(self.path.len()), same: false });
                    self.take(&step, Some(at))?;
                    (at, inserted) = (at + 1, 0);
                }
                Next::Insert { step, same } if inserted < WINDOW => {
                    self.pairs.push(Pair { run: None, path: Some(self.path.len()), same });
                    self.take(&step, None)?;
                    inserted += 1;
                }
                Next::Skip { same } => {
                    self.pairs.push(Pair { run: Some(at), path: None, same });
                    (at, inserted) = (at + 1, 0);
                }
                Next::Insert { .. } | Next::Part => break,
            }
        }
        // What only one of them does right before they part belongs to what comes after.
        while self.pairs.last().is_some_and(|pair| pair.path.is_none()) {
            self.pairs.pop();
            at -= 1;
        }
        let together = self.pairs.len();
        let followed = self.path.len();
        let (rest, ends_well) = ending::shortest(self.machine, &self.state, self.limits)?;
        self.path.extend(rest);
        let left = (self.trace.steps.len() - at, self.path.len() - followed);
        for index in 0..left.0.max(left.1) {
            self.pairs.push(Pair {
                run: (index < left.0).then_some(at + index),
                path: (index < left.1).then_some(followed + index),
                same: false,
            });
        }
        let (path, pairs) = (std::mem::take(&mut self.path), std::mem::take(&mut self.pairs));
        Ok(Followed { path, pairs, together, ends_well })
    }

    /// What the path does when the run takes its step `at`.
    fn next(&self, at: usize) -> Result<Next, InternalError> {
        let wanted = &self.trace.steps[at];
        let open = enabled(self.machine, &self.state)?;
        if let Some(step) = open.iter().find(|step| self.is(step, at)) {
            return Ok(Next::Take(*step));
        }
        let who = wanted.actor.goroutine;
        let Some(slot) = self.slot_of(who) else { return Ok(Next::Skip { same: false }) };
        let mine: Vec<&Part> = self.trace.steps[at..]
            .iter()
            .flat_map(super::Step::parts)
            .filter(|part| part.goroutine == who)
            .take(WINDOW)
            .collect();
        let ahead = self.ahead(slot)?;
        // The nearest statement that both come to; of equally near ones that which leaves out least.
        let meeting = (1..2 * WINDOW)
            .flat_map(|far| (0..=far).map(move |skipped| (skipped, far - skipped)))
            .find(|&(skipped, inserted)| {
                mine.get(skipped)
                    .zip(ahead.get(inserted))
                    .is_some_and(|(part, stop)| self.wanted(part).is_some_and(|key| stop.keys.contains(&key)))
            });
        let first = ahead.first().and_then(|stop| stop.only);
        let statement = |part: Option<&&Part>| part.and_then(|part| self.wanted(part)).map(Key::statement);
        let now = statement(mine.first());
        Ok(match (meeting, first) {
            (Some((0, _)), Some(step)) => {
                let keys = ahead.into_iter().next().map(|stop| stop.keys).unwrap_or_default();
                Next::Insert { step, same: keys.into_iter().any(|key| Some(key.statement()) == now) }
            }
            (Some((_, 0)), _) => Next::Skip { same: statement(mine.get(1)) == now },
            (Some(_), Some(step)) => Next::Change(step),
            _ => Next::Part,
        })
    }

    /// Where the goroutine in `slot` gets to by itself.
    fn ahead(&self, slot: usize) -> Result<Vec<Stop>, InternalError> {
        let mut list = Vec::new();
        let mut state = self.state.clone();
        while list.len() < WINDOW {
            let Some(live) = state.goroutine(slot) else { break };
            let point = self.machine.point(live.routine, live.point);
            let at = (live.routine, live.point);
            let keys = (0..point.edges.len()).filter_map(|edge| key(self.machine, self.source, at, edge));
            let keys = keys.collect();
            let mut own = enabled(self.machine, &state)?.into_iter().filter(|step| step.slot == slot);
            let step = own.next().filter(|step| step.partner.is_none());
            let only = step.filter(|_| own.next().is_none() && point.kind != PointKind::Choice);
            list.push(Stop { keys, only });
            let Some(step) = only else { break };
            state = apply(self.machine, &state, &step, self.limits)?;
        }
        Ok(list)
    }

    /// Whether `step`, one that the path can take now, is what the run does at `at`.
    fn is(&self, step: &Elementary, at: usize) -> bool {
        let wanted = &self.trace.steps[at];
        let half = |slot: usize, edge: usize, part: &Part| {
            self.slot_of(part.goroutine) == Some(slot) && self.key(slot, edge) == self.wanted(part)
        };
        let partners = match (step.partner, &wanted.partner) {
            (None, None) => true,
            (Some((slot, edge)), Some(part)) => half(slot, edge, part),
            _ => false,
        };
        partners && half(step.slot, step.edge, &wanted.actor) && step.choice == wanted.choice
    }

    fn key(&self, slot: usize, edge: usize) -> Option<Key> {
        let live = self.state.goroutine(slot)?;
        key(self.machine, self.source, (live.routine, live.point), edge)
    }

    /// What a part of the run does.
    fn wanted(&self, part: &Part) -> Option<Key> {
        key(self.from, self.source, (part.routine, part.point), part.edge)
    }

    /// Where the path's counterpart of the run's `id` sits.
    fn slot_of(&self, id: GoroutineId) -> Option<usize> {
        let (_, own) = self.known.iter().find(|(run, _)| *run == id)?;
        self.seats.iter().position(|seat| *seat == Some(*own))
    }

    /// Takes `step`; whom it starts is whom step `at` of the run starts.
    fn take(&mut self, step: &Elementary, at: Option<usize>) -> Result<(), InternalError> {
        let next = apply(self.machine, &self.state, step, self.limits)?;
        let mut fresh = Vec::new();
        let mut row = vec![None; next.goroutines.len()];
        for (slot, seat) in row.iter_mut().enumerate() {
            if next.goroutine(slot).is_none() {
                continue;
            }
            if self.state.goroutine(slot).is_some() {
                *seat = self.seats.get(slot).copied().flatten();
            } else {
                self.born += 1;
                *seat = Some(GoroutineId(self.born));
                fresh.push((GoroutineId(self.born), next.goroutine(slot).map(|it| it.routine)));
            }
        }
        let created = |at: usize| {
            let all = self.trace.goroutines.iter();
            all.filter(move |it| it.created.as_ref().is_some_and(|created| created.step == at))
        };
        if let Some(at) = at {
            // Whom one step starts it starts in order.
            self.known.extend(created(at).map(|it| it.id).zip(fresh.into_iter().map(|(id, _)| id)));
        }
        self.path.push(*step);
        self.seats = row;
        self.state = next;
        Ok(())
    }
}

/// What is the same in both variants of a model: a fix has its own copy of the functions that it changes.
#[derive(PartialEq, Eq)]
struct Key {
    text: String,
    function: String,
    /// It works on a primitive. A statement may be several steps: one that prepares, and the operation itself.
    operates: bool,
}

impl Key {
    fn statement(self) -> (String, String) {
        (self.text, self.function)
    }
}

fn key(machine: &Machine, source: &Source, (routine, at): (RoutineId, PointId), edge: usize) -> Option<Key> {
    let point = machine.point(routine, at);
    let span = point.edges.get(edge)?.span.unwrap_or(point.span);
    let Site { text, function, .. } = site(machine, source, routine, at, span);
    Some(Key { text, function, operates: matches!(point.kind, PointKind::Operation(_)) })
}
