//! Cells of frames that keep what a goroutine was started with.
//!
//! In: a routine. Out: for each cell of its frame whether anything writes it. What nothing writes tells goroutines of one routine
//! apart for as long as they live.

use crate::commands::{Expr, Place};
use crate::machine::Routine;
use crate::machine::visit::{self, Visit};

/// Per cell of the frame of `routine`: whether it is written after the start.
pub(crate) fn written(routine: &Routine) -> Vec<bool> {
    let none = || vec![0; routine.frame.len()];
    let mut uses = Uses { routine, reads: none(), all: none() };
    routine.points.iter().for_each(|point| visit::point(point, &mut uses));
    uses.all.iter().zip(&uses.reads).map(|(all, reads)| all > reads).collect()
}

/// How often each cell is read, and how often it is named at all.
struct Uses<'m> {
    routine: &'m Routine,
    reads: Vec<u32>,
    all: Vec<u32>,
}

impl Visit for Uses<'_> {
    fn expr(&mut self, expr: &Expr) {
        if let Expr::Load(place) = expr {
            self.routine.cells_of(place).for_each(|cell| self.reads[cell] += 1);
        }
    }

    fn place(&mut self, place: &Place) {
        self.routine.cells_of(place).for_each(|cell| self.all[cell] += 1);
    }
}
