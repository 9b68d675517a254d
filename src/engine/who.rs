//! Who is who: the goroutines of a stored state among those of a concrete one.
//!
//! In: a path of stored states, each with its goroutines in an order of its own. Out:
//! for each slot of a stored state the slot of the same goroutine in the concrete
//! state that the path stands for, which is what people see.

use crate::machine::state::{End, State};

/// Per slot of a stored state: the slot of a concrete one. Slots that are not listed are the same.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(crate) struct Who(Vec<usize>);

impl Who {
    /// The slot, in the concrete state, of the goroutine in `slot` of the stored one.
    pub(crate) fn concrete(&self, slot: usize) -> usize {
        self.0.get(slot).copied().unwrap_or(slot)
    }

    /// Who is who after a step from `before` to `after`, both concrete. `moved` says where the slots of the stored state
    /// are after the step; goroutines that it has started come after all others there.
    pub(crate) fn after(&self, before: &State, after: &State, moved: impl Fn(usize) -> usize) -> Self {
        let mut slots = Vec::new();
        let mut put = |stored: usize, concrete: usize| {
            let to = moved(stored);
            if slots.len() <= to {
                // Free, until somebody is put there.
                slots.resize(to + 1, after.goroutines.len());
            }
            slots[to] = concrete;
        };
        put(0, 0);
        // Without a list everybody is where they were.
        let known = self.0.len().max(if self.0.is_empty() { before.goroutines.len() } else { 0 });
        let stays = |slot: &usize| before.goroutine(*slot).is_some() && after.goroutine(*slot).is_some();
        let old = (1..known).map(|stored| (stored, self.concrete(stored)));
        old.filter(|(_, concrete)| stays(concrete)).for_each(|(stored, concrete)| put(stored, concrete));
        let started = (1..after.goroutines.len())
            .filter(|&slot| before.goroutine(slot).is_none() && after.goroutine(slot).is_some());
        started.zip(known..).for_each(|(concrete, stored)| put(stored, concrete));
        Self(slots)
    }

    /// A concrete state, with its goroutines as in the stored one.
    pub(crate) fn arrange(&self, state: &State) -> State {
        if self.0.is_empty() {
            return state.clone();
        }
        let goroutine = |&slot: &usize| state.goroutine(slot).cloned();
        let mut arranged = State { goroutines: self.0.iter().map(goroutine).collect(), ..state.clone() };
        if let Some(End::Panic { slot, .. } | End::Fatal { slot, .. } | End::Assert { slot, .. }) =
            &mut arranged.end
        {
            *slot = self.0.iter().position(|concrete| concrete == slot).unwrap_or(*slot);
        }
        arranged
    }
}
