//! Rendezvous: who offers a half of one, and which halves fit.

use super::Step;
use crate::machine::state::{Ref, State};

/// The halves of rendezvous on offer in a state.
#[derive(Default, Debug)]
pub(crate) struct Meets {
    pub(super) senders: Vec<Half>,
    pub(super) receivers: Vec<Half>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Half {
    pub(crate) slot: usize,
    pub(crate) edge: usize,
    pub(super) channel: i64,
    /// Its goroutine can do nothing else.
    pub(super) passive: bool,
}

impl Half {
    /// The reference to the channel.
    pub(crate) fn channel(&self) -> i64 {
        self.channel
    }
}

impl Meets {
    /// What is on offer: senders and receivers.
    pub(crate) fn halves(&self) -> [&[Half]; 2] {
        [&self.senders, &self.receivers]
    }

    /// Adds what somebody has on offer, as [`Meets::halves`] gave it, from `slot`.
    pub(crate) fn add(&mut self, halves: [&[Half]; 2], slot: usize) {
        self.senders.extend(halves[0].iter().map(|&half| Half { slot, ..half }));
        self.receivers.extend(halves[1].iter().map(|&half| Half { slot, ..half }));
    }

    pub(crate) fn clear(&mut self) {
        self.senders.clear();
        self.receivers.clear();
    }

    /// Whether there are no senders or no receivers.
    pub(crate) fn is_one_sided(&self) -> bool {
        self.senders.is_empty() || self.receivers.is_empty()
    }

    /// Keeps what is on offer over channels that exist in `state`.
    pub(crate) fn retain_existing(&mut self, state: &State) {
        let exists = |half: &Half| {
            Ref::unpack(half.channel)
                .is_some_and(|channel| state.heap.get(channel.object as usize).is_some_and(Option::is_some))
        };
        self.senders.retain(exists);
        self.receivers.retain(exists);
    }

    /// Adds a step for every pair of halves on one channel of which at least one is passive.
    pub(crate) fn pair(&self, steps: &mut Vec<Step>) {
        for sender in &self.senders {
            for receiver in &self.receivers {
                if sender.channel == receiver.channel
                    && sender.slot != receiver.slot
                    && (sender.passive || receiver.passive)
                {
                    steps.push(Step {
                        slot: sender.slot,
                        edge: sender.edge,
                        partner: Some((receiver.slot, receiver.edge)),
                        choice: None,
                    });
                }
            }
        }
        steps.sort_by_key(|step| (step.slot, step.edge, step.partner));
    }
}
