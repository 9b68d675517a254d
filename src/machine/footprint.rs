//! Which shared cells a piece of a run reads and writes.
//!
//! In: addresses, as the evaluation comes by them. Out: a list of [`Access`]es. Frame
//! cells are nobody else's and are left out. Absent: what an access means.

use std::cell::RefCell;

use super::eval::Address;
use super::state::Ref;
use crate::commands::queue;

/// A cell that goroutines share.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Location {
    Global(usize),
    Heap { object: usize, cell: usize },
}

/// One access.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Access {
    pub location: Location,
    pub write: bool,
}

/// A log of accesses. What evaluates only reads its own state, so it logs through a shared reference.
#[derive(Clone, Default, Debug)]
pub struct Footprint(RefCell<Vec<Access>>);

impl Footprint {
    /// Logs a read.
    pub fn read(&self, address: Address) {
        self.push(address, false);
    }

    /// Logs a write.
    pub fn write(&self, address: Address) {
        self.push(address, true);
    }

    /// Logs `count` cells from where `reference` points to.
    pub fn range(&self, reference: i64, count: usize, write: bool) {
        let Some(reference) = Ref::unpack(reference) else { return };
        for cell in (reference.cell as usize..).take(count) {
            let address = match reference.object {
                Ref::GLOBALS => Address::Global(cell),
                object => Address::Heap { object: object as usize, cell },
            };
            self.push(address, write);
        }
    }

    /// Logs a change of a channel's queue: all of its header but the capacity, which never changes.
    pub fn queue(&self, reference: i64) {
        let Some(at) = Ref::unpack(reference) else { return };
        let header = Ref { cell: at.cell + queue::CLOSED, ..at };
        self.range(header.pack(), (queue::FIRST - queue::CLOSED) as usize, true);
    }

    /// Logs an access that has been logged elsewhere.
    pub fn add(&self, access: Access) {
        self.0.borrow_mut().push(access);
    }

    /// A log of `before`, and of what is here from the position `mark` on.
    #[must_use]
    pub fn part(&self, before: &[Access], mark: usize) -> Self {
        Self(RefCell::new(before.iter().chain(&self.0.borrow()[mark..]).copied().collect()))
    }

    /// Empties the log.
    pub fn clear(&self) {
        self.0.borrow_mut().clear();
    }

    /// What has been logged so far, in order.
    pub fn accesses(&self) -> std::cell::Ref<'_, Vec<Access>> {
        self.0.borrow()
    }

    fn push(&self, address: Address, write: bool) {
        let location = match address {
            Address::Local(_) => return,
            Address::Global(cell) => Location::Global(cell),
            Address::Heap { object, cell } => Location::Heap { object, cell },
        };
        self.0.borrow_mut().push(Access { location, write });
    }
}
