//! Which goroutine has which lane of the diagram. Clocks share one.

use super::frames::Frames;
use crate::trace::{Goroutine, GoroutineId, Trace};

/// More lanes than this are no diagram any more.
const MOST: usize = 32;
/// With fewer goroutines everybody has a lane.
const FEW: usize = 12;

/// The lanes from left to right.
#[derive(Debug)]
pub(super) struct Lanes {
    pub list: Vec<GoroutineId>,
    /// Those that share the last lane.
    clocks: Vec<GoroutineId>,
    /// How wide one is.
    pub width: usize,
}

impl Lanes {
    /// The lanes of a run.
    pub fn of(trace: &Trace, frames: &Frames) -> Self {
        let all = trace.goroutines.len();
        let has =
            |goroutine: &&Goroutine| frames.speaks_of(goroutine.id) || (all <= FEW && !goroutine.environment);
        let (clocks, own): (Vec<_>, Vec<_>) =
            trace.goroutines.iter().filter(has).partition(|goroutine| goroutine.environment);
        let clocks: Vec<GoroutineId> = clocks.into_iter().map(|clock| clock.id).collect();
        let list: Vec<GoroutineId> =
            own.into_iter().map(|goroutine| goroutine.id).take(MOST).chain(clocks.first().copied()).collect();
        let width = match list.len() {
            0..=6 => 38,
            7..=10 => 28,
            _ => 20,
        };
        Self { list, clocks, width }
    }

    /// The middle of somebody's lane.
    pub fn x(&self, id: GoroutineId) -> Option<usize> {
        let id = if self.clocks.contains(&id) { *self.clocks.first()? } else { id };
        let at = self.list.iter().position(|lane| *lane == id)?;
        Some(at * self.width + self.width / 2)
    }

    /// All lanes together.
    pub fn total(&self) -> usize {
        self.list.len().max(1) * self.width
    }
}

/// What stands for a goroutine where there is little room: its number, `t` for a clock.
pub(super) fn badge(trace: &Trace, id: GoroutineId) -> String {
    if trace.goroutine(id).environment { "t".to_string() } else { id.to_string() }
}
