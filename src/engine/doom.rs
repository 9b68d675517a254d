//! The point of no return: from which step on every continuation ends badly.

use super::terminal::{Fates, Outlook};

/// How many steps along `path` lead to the first state from which nothing can end well. `None` where that is not known,
/// because not every continuation has been explored.
pub(crate) fn point_of_no_return(fates: &Fates, path: &[u32]) -> Option<usize> {
    // Doom is never left, so the first doomed state follows the last one with any other outlook.
    let steps = path.partition_point(|&state| fates.outlook(state) != Outlook::Doom);
    match steps.checked_sub(1).map(|before| fates.outlook(path[before])) {
        // Something before might have been doomed already.
        Some(Outlook::Unknown) => None,
        // The path ends with a bug that some continuation survives (`os.Exit` beside a stuck goroutine): it is in the last step.
        Some(Outlook::Hope) if steps == path.len() => Some(path.len() - 1),
        Some(Outlook::Hope | Outlook::Doom) | None => Some(steps),
    }
}
