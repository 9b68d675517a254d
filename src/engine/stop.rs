//! When a search stops before it is through: too many states, too little memory, or somebody says so.

use super::stats::{Progress, StopReason};
use super::{Options, Watch};

/// States between two looks at memory, and between two looks at the clock.
const INTERVALS: (u32, u32) = (16, 2048);

/// Whether a search that has stored so many `states` has to stop before `source` is explored. What it has come to is only
/// asked for where it matters.
pub(super) fn reason(
    options: &Options,
    watch: &mut dyn Watch,
    source: u32,
    states: u64,
    progress: impl FnOnce() -> Progress,
) -> Option<StopReason> {
    if options.max_states.is_some_and(|most| states > most) {
        return Some(StopReason::States);
    }
    if !source.is_multiple_of(INTERVALS.0) {
        return None;
    }
    let progress = progress();
    if options.max_memory.is_some_and(|most| progress.memory > most) {
        return Some(StopReason::Memory);
    }
    if !source.is_multiple_of(INTERVALS.1) {
        return None;
    }
    watch.progress(&progress);
    watch.stop()
}
