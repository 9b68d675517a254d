//! Cells of frames that keep what a goroutine was started with.
//!
//! In: a routine. Out: for each cell of its frame whether anything writes it. What nothing writes tells goroutines of one routine
//! apart for as long as they live.

use crate::commands::{Base, Expr, Place};
use crate::machine::Routine;
use crate::machine::visit::{self, Visit};

/// Per cell of the frame of `routine`: whether it is written after the start.
pub(crate) fn written(routine: &Routine) -> Vec<bool> {
    let mut uses = Uses { reads: vec![0; routine.frame.len()], all: vec![0; routine.frame.len()] };
    routine.points.iter().for_each(|point| visit::point(point, &mut uses));
    uses.all.iter().zip(&uses.reads).map(|(all, reads)| all > reads).collect()
}

/// How often each cell is read, and how often it is named at all.
struct Uses {
    reads: Vec<u32>,
    all: Vec<u32>,
}

/// Adds one for each cell of a frame that `place` may be.
fn count(counts: &mut [u32], place: &Place) {
    if let Base::Local(local) = place.base {
        let first = local.0 as usize;
        // Where an index says which cell, it may be any that follows.
        let end = if place.index.is_empty() { first + 1 } else { counts.len() };
        counts[first..end].iter_mut().for_each(|count| *count += 1);
    }
}

impl Visit for Uses {
    fn expr(&mut self, expr: &Expr) {
        if let Expr::Load(place) = expr {
            count(&mut self.reads, place);
        }
    }

    fn place(&mut self, place: &Place) {
        count(&mut self.all, place);
    }
}
