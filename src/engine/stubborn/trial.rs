//! Whether stubborn sets are worth their price: asked about some states of a search that does without.
//!
//! To find who goes alone costs more, in a state, than to take its steps. Where one step is nearly always enough, there are
//! so many states less that this is nothing; where two remain, it may cost more than it saves.

use super::Stubborn;

/// The first state that is asked about, of how many with a choice one is, and how many are. What comes close together is alike.
/// (Tests are about small models, and shall come by here.)
const FIRST: u32 = if cfg!(test) { 8 } else { 4096 };
const EACH: u32 = if cfg!(test) { 2 } else { 16 };
const ASKED: u32 = if cfg!(test) { 4 } else { 256 };
/// Worth it are so many steps of so many such states at most.
const FEW: (u32, u32) = (5, 4);

/// Some states of a search without stubborn sets.
#[derive(Debug)]
pub(crate) struct Trial<'m> {
    pub(crate) stubborn: Stubborn<'m>,
    /// States with a choice that have come by, those that were asked about, and how many steps would have done.
    seen: u32,
    asked: u32,
    steps: u32,
}

impl<'m> Trial<'m> {
    /// Whether it is time to ask.
    pub(crate) fn is_due(state: u32) -> bool {
        state >= FIRST
    }

    /// Nothing is known yet.
    pub(crate) fn new(stubborn: Stubborn<'m>) -> Self {
        Self { stubborn, seen: 0, asked: 0, steps: 0 }
    }

    /// Whether to ask about a state with a choice.
    pub(crate) fn asks(&mut self) -> bool {
        self.seen += 1;
        self.seen.is_multiple_of(EACH)
    }

    /// In a state that was asked about `steps` would do. What it has come to, when these are enough.
    pub(crate) fn count(&mut self, steps: usize) -> Option<bool> {
        self.asked += 1;
        self.steps += steps as u32;
        (self.asked == ASKED).then_some(self.steps * FEW.1 <= self.asked * FEW.0)
    }
}
