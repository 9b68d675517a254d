//! A stored state, as far as it is looked at here.

use super::super::parts::{self, Parts};
use crate::commands::{PoolId, RoutineId};
use crate::machine::PointId;
use crate::machine::footprint::Location;

/// A row and its parts.
#[derive(Clone, Copy, Debug)]
pub(super) struct View<'a> {
    pub(super) parts: &'a Parts<'a>,
    pub(super) row: &'a [u32],
}

impl View<'_> {
    /// The slots in which somebody is.
    pub(super) fn slots(&self) -> impl Iterator<Item = usize> + Clone + '_ {
        (0..self.row[parts::SLOTS] as usize).filter(|&slot| self.row[parts::FIRST + slot] != 0)
    }

    pub(super) fn place(&self, slot: usize) -> (RoutineId, PointId) {
        self.parts.place(self.row[parts::FIRST + slot])
    }

    /// Whether two goroutines are the same in all.
    pub(super) fn is_same(&self, one: usize, other: usize) -> bool {
        self.row[parts::FIRST + one] == self.row[parts::FIRST + other]
    }

    pub(super) fn frame(&self, slot: usize) -> &[i64] {
        self.parts.frame(self.row[parts::FIRST + slot])
    }

    pub(super) fn cell(&self, location: Location) -> Option<i64> {
        match location {
            Location::Global(cell) => self.parts.globals(self.row[parts::GLOBALS]).get(cell).copied(),
            Location::Heap { object, cell } => self.parts.cells(self.object(object)?).get(cell + 1).copied(),
        }
    }

    pub(super) fn pool(&self, object: usize) -> Option<PoolId> {
        let cells = self.parts.cells(self.object(object)?);
        cells.first().map(|&pool| PoolId(pool as u32))
    }

    fn object(&self, number: usize) -> Option<u32> {
        self.row.get(parts::objects_at(self.row) + number).copied()
    }

    /// Which objects the goroutines in `slots` and the package variables lead to.
    pub(super) fn reached(&self, slots: impl Iterator<Item = usize>) -> Vec<bool> {
        let objects = parts::objects_at(self.row);
        let mut reached = vec![false; self.row.len() - objects];
        let mut pending: Vec<u32> = Vec::new();
        for slot in slots {
            pending.extend(self.parts.objects_of_goroutine(self.row[parts::FIRST + slot]));
        }
        pending.extend(self.parts.objects_of_globals(self.row[parts::GLOBALS]));
        while let Some(object) = pending.pop() {
            if let Some(reached) = reached.get_mut(object as usize)
                && !std::mem::replace(reached, true)
            {
                pending.extend(self.parts.objects_of_object(self.row[objects + object as usize]));
            }
        }
        reached
    }
}
