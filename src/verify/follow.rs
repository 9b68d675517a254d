//! A run of the fixed model beside one of the model that goes wrong: the same as far as the fix lets it, then on to an end.
//!
//! In: the fixed model's Machine, the trace of the bug. Out: a path for `trace::replay`. It proves nothing (the search has
//! done that); it shows what the schedule of the bug comes to with the fix.

use crate::machine::Machine;
use crate::machine::state::State;
use crate::machine::step::{InternalError, Limits, Step, apply, enabled, initial};
use crate::source::Source;
use crate::trace::effects::Effect;
use crate::trace::{self, Part, Trace};

/// Who a goroutine is in any variant of a model: which of its creator's children, up to main, which has no creator.
type Lineage = Vec<u32>;

/// A path of `machine` that does what `wanted` does, as long and as far as it can, and then goes on, everybody in turn,
/// until nobody has a step. `None` where it has not come to an end after `most` steps, or meets a bound.
pub fn follow(
    machine: &Machine,
    source: &Source,
    wanted: &Trace,
    limits: &Limits,
    most: usize,
) -> Result<Option<Vec<Step>>, InternalError> {
    let mut walk = Walk {
        machine,
        source,
        limits,
        state: initial(machine),
        people: vec![Some(Vec::new())],
        children: vec![(Vec::new(), 0)],
        path: Vec::new(),
    };
    let deeds = deeds(wanted);
    for (at, deed) in deeds.iter().enumerate() {
        if walk.path.len() >= most {
            return Ok(None);
        }
        walk.catch_up(deed, &deeds[at..], most)?;
    }
    walk.finish(most)?;
    let good = walk.state.end.is_none() && enabled(machine, &walk.state)?.is_empty();
    Ok(good.then_some(walk.path))
}

/// A step of the wanted run.
struct Deed {
    actor: (Lineage, String),
    partner: Option<(Lineage, String)>,
    choice: Option<i64>,
}

fn deeds(trace: &Trace) -> Vec<Deed> {
    let mut lineages: Vec<Lineage> = Vec::new();
    let mut born: Vec<u32> = Vec::new();
    for goroutine in &trace.goroutines {
        let lineage = match goroutine.created.as_ref() {
            Some(creation) => {
                let by = creation.by.index();
                let mut lineage = lineages.get(by).cloned().unwrap_or_default();
                let count = born.get_mut(by).map_or(0, |count| {
                    *count += 1;
                    *count
                });
                lineage.push(count);
                lineage
            }
            None => Vec::new(),
        };
        lineages.push(lineage);
        born.push(0);
    }
    let named = |part: &Part| (lineages[part.goroutine.index()].clone(), part.operation.clone());
    let choice = |part: &Part| {
        part.effects.iter().find_map(|effect| match effect {
            Effect::Chooses { value } => Some(*value),
            _ => None,
        })
    };
    let steps = trace.steps.iter();
    steps
        .map(|step| Deed {
            actor: named(&step.actor),
            partner: step.partner.as_ref().map(named),
            choice: choice(&step.actor),
        })
        .collect()
}

/// A run under way.
struct Walk<'a> {
    machine: &'a Machine,
    source: &'a Source,
    limits: &'a Limits,
    state: State,
    /// Who sits in which slot.
    people: Vec<Option<Lineage>>,
    /// How many goroutines each has started.
    children: Vec<(Lineage, u32)>,
    path: Vec<Step>,
}

impl Walk<'_> {
    /// Takes the step of `deed`, after the statements that its goroutine has before it and the wanted run (`rest`) has not.
    fn catch_up(&mut self, deed: &Deed, rest: &[Deed], most: usize) -> Result<(), InternalError> {
        while self.path.len() < most {
            let steps = enabled(self.machine, &self.state)?;
            if let Some(step) = steps.iter().find(|step| self.fits(step, deed)) {
                return self.take(*step);
            }
            let (who, _) = &deed.actor;
            let fresh = steps.iter().find(|step| {
                let (actor, text) = self.named(step.slot, step.edge);
                let later = |deed: &Deed| {
                    [Some(&deed.actor), deed.partner.as_ref()]
                        .into_iter()
                        .flatten()
                        .any(|it| *it == (actor.clone(), text.clone()))
                };
                step.partner.is_none() && actor == *who && !rest.iter().any(later)
            });
            match fresh.copied() {
                Some(step) => self.take(step)?,
                None => return Ok(()),
            }
        }
        Ok(())
    }

    /// Goes on, those first that have waited longest for their turn.
    fn finish(&mut self, most: usize) -> Result<(), InternalError> {
        let mut turns: Vec<usize> = Vec::new();
        while self.path.len() < most {
            let steps = enabled(self.machine, &self.state)?;
            turns.resize(turns.len().max(self.state.goroutines.len()), 0);
            // What the environment chooses, it chooses in the first way; clocks wait until nobody else can go on.
            let clock = |slot: usize| {
                let live = self.state.goroutine(slot);
                live.is_some_and(|live| self.machine.routine(live.routine).environment)
            };
            let Some(step) = steps.iter().min_by_key(|step| (clock(step.slot), turns[step.slot])).copied()
            else {
                return Ok(());
            };
            let now = self.path.len() + 1;
            turns[step.slot] = now;
            if let Some((partner, _)) = step.partner {
                turns[partner] = now;
            }
            self.take(step)?;
        }
        Ok(())
    }

    fn take(&mut self, step: Step) -> Result<(), InternalError> {
        let next = apply(self.machine, &self.state, &step, self.limits)?;
        self.people.resize(self.people.len().max(next.goroutines.len()), None);
        let by = self.people[step.slot].clone().unwrap_or_default();
        for slot in 0..next.goroutines.len() {
            match (self.state.goroutine(slot).is_some(), next.goroutine(slot).is_some()) {
                (false, true) => self.people[slot] = Some(self.child(&by)),
                (true, false) => self.people[slot] = None,
                (true, true) | (false, false) => {}
            }
        }
        self.state = next;
        self.path.push(step);
        Ok(())
    }

    fn child(&mut self, by: &Lineage) -> Lineage {
        let at = self.children.iter().position(|(who, _)| who == by).unwrap_or_else(|| {
            self.children.push((by.clone(), 0));
            self.children.len() - 1
        });
        self.children[at].1 += 1;
        let mut child = by.clone();
        child.push(self.children[at].1);
        child
    }

    fn named(&self, slot: usize, edge: usize) -> (Lineage, String) {
        let who = self.people.get(slot).cloned().flatten().unwrap_or_default();
        let text = self.state.goroutine(slot).and_then(|live| {
            let point = self.machine.point(live.routine, live.point);
            point.edges.get(edge).map(|edge| trace::operation(self.source, point, edge))
        });
        (who, text.unwrap_or_default())
    }

    fn fits(&self, step: &Step, deed: &Deed) -> bool {
        self.named(step.slot, step.edge) == deed.actor
            && step.choice == deed.choice
            && step.partner.map(|(slot, edge)| self.named(slot, edge)) == deed.partner
    }
}
