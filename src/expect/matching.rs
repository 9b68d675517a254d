//! Bipartite matching by augmenting paths.
//!
//! Greedy assignment is wrong here: with the lines `main: "chan send"` and
//! `main: ch <- 1`, the first may take the only goroutine that the second fits.

/// True where every left node can have a right node of its own that it `fits`.
pub(super) fn saturates(left: usize, right: usize, fits: impl Fn(usize, usize) -> bool) -> bool {
    let mut owner: Vec<Option<usize>> = vec![None; right];
    left <= right && (0..left).all(|node| augment(node, &fits, &mut owner, &mut vec![false; right]))
}

/// Finds `node` a right node, moving earlier owners on where they have another choice.
fn augment(
    node: usize,
    fits: &impl Fn(usize, usize) -> bool,
    owner: &mut [Option<usize>],
    tried: &mut [bool],
) -> bool {
    for right in 0..owner.len() {
        if tried[right] || !fits(node, right) {
            continue;
        }
        tried[right] = true;
        if owner[right].is_none_or(|other| augment(other, fits, owner, tried)) {
            owner[right] = Some(node);
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::saturates;

    #[test]
    fn moves_earlier_choices() {
        // Left 0 fits both, left 1 only right 0.
        assert!(saturates(2, 2, |left, right| left == 0 || right == 0));
        assert!(!saturates(2, 2, |_, right| right == 0));
        assert!(!saturates(2, 1, |_, _| true));
        assert!(saturates(0, 0, |_, _| false));
    }
}
