//! What fairness speaks of: a goroutine at a statement, one for each case of a select and its default.

use rustc_hash::FxHashMap;

use super::transitions::{Label, NONE};
use crate::commands::RoutineId;
use crate::machine::state::State;
use crate::machine::step::Step;
use crate::machine::{Machine, Point, PointId, PointKind};

/// An action. The slot is the goroutine: it keeps its slot until it ends, and what has ended owes nothing.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
struct Action {
    slot: usize,
    routine: RoutineId,
    point: PointId,
    way: Way,
}

/// Which of the actions at a statement.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Way {
    /// The only one: an `if` is taken whichever way it goes, a choice whichever way it falls.
    Statement,
    /// A case of a select, by its number among the operation's acts.
    Case(usize),
    Default,
}

/// Actions and labels of arcs, numbered as they are met.
#[derive(Debug, Default)]
pub(super) struct Labels {
    actions: FxHashMap<Action, u32>,
    numbers: FxHashMap<Label, u32>,
    /// Per action: the slot of its goroutine.
    pub(super) slots: Vec<u32>,
    /// By number.
    pub(super) all: Vec<Label>,
}

impl Labels {
    /// The label of `step` from `before` to `after`.
    pub(super) fn of(&mut self, machine: &Machine, before: &State, step: &Step, after: &State) -> u32 {
        let freed = |&slot: &usize| before.goroutine(slot).is_some() && after.goroutine(slot).is_none();
        let ended = (0..before.goroutines.len()).filter(freed).map(number).collect();
        let mut label = Label { taken: [NONE; 2], ended };
        for (side, (slot, edge)) in
            [Some((step.slot, step.edge)), step.partner].into_iter().flatten().enumerate()
        {
            let Some(goroutine) = before.goroutine(slot) else { continue };
            let point = machine.point(goroutine.routine, goroutine.point);
            let (routine, at) = (goroutine.routine, goroutine.point);
            label.taken[side] = self.action(Action { slot, routine, point: at, way: way(point, edge) });
        }
        let fresh = number(self.all.len());
        let all = &mut self.all;
        *self.numbers.entry(label).or_insert_with_key(|label| {
            all.push(label.clone());
            fresh
        })
    }

    fn action(&mut self, action: Action) -> u32 {
        let fresh = number(self.slots.len());
        let slots = &mut self.slots;
        *self.actions.entry(action).or_insert_with(|| {
            slots.push(number(action.slot));
            fresh
        })
    }
}

fn number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(NONE)
}

fn way(point: &Point, edge: usize) -> Way {
    let PointKind::Operation(_) = &point.kind else { return Way::Statement };
    match point.edges.get(edge) {
        Some(edge) if edge.fallback => Way::Default,
        // Several edges may be one case: a value from the queue, a value from a sender, a closed channel.
        Some(edge) => edge.act.map_or(Way::Statement, Way::Case),
        None => Way::Statement,
    }
}
