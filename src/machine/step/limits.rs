//! Bounds on what a state may hold, and what they are called.

/// Bounds on what a state may hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Live objects per pool.
    pub objects: u32,
    /// Live goroutines.
    pub goroutines: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { objects: 64, goroutines: 64 }
    }
}

/// What [`Limits::objects`] is called on the command line.
pub const OBJECTS_FLAG: &str = "--objects";
/// What [`Limits::goroutines`] is called on the command line.
pub const GOROUTINES_FLAG: &str = "--goroutines";
/// The bound that has no flag: an array, channel or map of more than
/// [`MAX_CELLS`](crate::machine::state::Ref::MAX_CELLS) cells.
pub const CELLS_BOUND: &str = "cells in one object";

/// What the bounds are called: a run that hits one says which.
pub const BOUNDS: [&str; 3] = [OBJECTS_FLAG, GOROUTINES_FLAG, CELLS_BOUND];

/// More values than this in one choice are not enumerated.
pub const MAX_CHOICES: i64 = 1 << 20;
