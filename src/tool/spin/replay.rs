//! A trail of SPIN as a path of the Machine.
//!
//! In: who executed which line, and which edges the lines are. Out: steps, each of which the Machine was able to take.
//! A process of SPIN is a goroutine of the Machine; which slot it has, the Machine decides. Clocks that nobody hears
//! any more are gone in the Machine, and what they do in SPIN is left out.

use super::trail::Entry;
use crate::backend::promela::{Emitted, Origin};
use crate::machine::Machine;
use crate::machine::state::State;
use crate::machine::step::{self, Limits, Step};

/// A path, and where it begins to repeat.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) path: Vec<Step>,
    pub(super) repeats_from: Option<usize>,
}

/// Which process watches beside the goroutines.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Watcher {
    /// A process after main.
    Process,
    /// A never claim, which comes before main.
    Claim,
}

/// Replays `trail` on `machine`.
pub(super) fn run(
    machine: &Machine,
    limits: &Limits,
    model: &Emitted,
    trail: &[Entry],
    watcher: Watcher,
) -> Result<Run, String> {
    let slots = match watcher {
        Watcher::Process => vec![Some(0), None],
        Watcher::Claim => vec![None, Some(0)],
    };
    let mut replay =
        Replay { machine, limits, state: step::initial(machine), slots, group: None, path: Vec::new() };
    let mut repeats_from = None;
    for entry in trail {
        match entry {
            Entry::Cycle => {
                replay.take()?;
                repeats_from = Some(replay.path.len());
            }
            Entry::Ends(process) => {
                replay.take()?;
                replay.slots.truncate(*process);
            }
            Entry::Line { process, line, text } => replay.line(*process, origin(model, *line), text)?,
        }
    }
    replay.take()?;
    // What goes round may be the watcher alone, after the end of the run.
    let repeats_from = repeats_from.filter(|&start| start < replay.path.len());
    Ok(Run { path: replay.path, repeats_from })
}

fn origin(model: &Emitted, line: usize) -> Option<Origin> {
    let at = model.origins.binary_search_by_key(&line, |&(line, _)| line).ok()?;
    Some(model.origins[at].1)
}

/// The statements of one step.
struct Group {
    process: usize,
    edge: usize,
    at: (usize, usize),
    partner: Option<(usize, usize)>,
    /// It offers something and waits for the other half.
    sends: bool,
    climbs: i64,
    starts: usize,
}

struct Replay<'a> {
    machine: &'a Machine,
    limits: &'a Limits,
    state: State,
    /// Per process of SPIN: the slot.
    slots: Vec<Option<usize>>,
    group: Option<Group>,
    path: Vec<Step>,
}

impl Replay<'_> {
    fn line(&mut self, process: usize, origin: Option<Origin>, text: &str) -> Result<(), String> {
        match origin {
            Some(Origin::Step { routine, point, edge }) => {
                if let Some(group) = &mut self.group
                    && group.sends
                    && group.partner.is_none()
                {
                    group.partner = Some((process, edge));
                    return Ok(());
                }
                self.take()?;
                self.group = Some(Group {
                    process,
                    edge,
                    at: (routine.0 as usize, point.0 as usize),
                    partner: None,
                    sends: text.starts_with("sync[") && text.contains("]!"),
                    climbs: 0,
                    starts: 0,
                });
            }
            Some(Origin::Climb) => {
                if let Some(group) = &mut self.group {
                    group.climbs += 1;
                }
            }
            None => {}
        }
        if text.starts_with("(run ")
            && let Some(group) = &mut self.group
        {
            group.starts += 1;
        }
        Ok(())
    }

    /// Takes the step that has been gathered.
    fn take(&mut self) -> Result<(), String> {
        let Some(group) = self.group.take() else { return Ok(()) };
        let Some(slot) = self.slot(group.process) else {
            // Nobody notices what this clock does, but in SPIN its goroutines have numbers.
            self.slots.extend((0..group.starts).map(|_| None));
            return Ok(());
        };
        let goroutine =
            self.state.goroutine(slot).ok_or("SPIN's trail goes on after the end of a goroutine")?;
        if (goroutine.routine.0 as usize, goroutine.point.0 as usize) != group.at {
            return Err(format!(
                "SPIN's trail has process {} at point p{} of routine {}, where the Machine has p{} of {}",
                group.process, group.at.1, group.at.0, goroutine.point.0, goroutine.routine.0
            ));
        }
        let edge = self.machine.point(goroutine.routine, goroutine.point).edges.get(group.edge);
        let choose = edge.and_then(|edge| edge.choose.as_ref());
        let low =
            choose.map(|choose| step::scope(self.machine, &self.state, slot).eval(&choose.low)).transpose();
        let choice = low.map_err(ToOwned::to_owned)?.map(|low| low + group.climbs);
        let partner = match group.partner {
            Some((process, edge)) => {
                Some((self.slot(process).ok_or("SPIN's trail has a rendezvous with nobody")?, edge))
            }
            None => None,
        };
        let step = Step { slot, edge: group.edge, partner, choice };
        let enabled = step::enabled(self.machine, &self.state).map_err(|error| error.to_string())?;
        if !enabled.contains(&step) {
            return Err(format!("SPIN's trail takes a step that the Machine does not have: {step:?}"));
        }
        let started = free_slots(&self.state, group.starts);
        self.state =
            step::apply(self.machine, &self.state, &step, self.limits).map_err(|error| error.to_string())?;
        self.slots.extend(started.into_iter().map(Some));
        for slot in &mut self.slots {
            *slot = slot.filter(|&slot| self.state.goroutine(slot).is_some());
        }
        self.path.push(step);
        Ok(())
    }

    fn slot(&self, process: usize) -> Option<usize> {
        self.slots.get(process).copied().flatten()
    }
}

/// The slots that the next goroutines get: the lowest free ones, but never main's.
fn free_slots(state: &State, count: usize) -> Vec<usize> {
    (1..).filter(|&slot| state.goroutine(slot).is_none()).take(count).collect()
}
