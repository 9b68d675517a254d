//! Which points of a routine lead to which.

use std::collections::VecDeque;

use crate::machine::{PointId, Routine};

/// The points that control can go to from `point` in one step, unwinding included.
fn next(routine: &Routine, point: PointId) -> impl Iterator<Item = PointId> + '_ {
    let point = &routine.points[point.0 as usize];
    point.edges.iter().map(|edge| edge.target).chain(point.unwind.iter().map(|unwind| unwind.target))
}

/// For every point: how many steps from it to `to` at least; `None` where there is no way.
pub(super) fn distances(routine: &Routine, to: PointId) -> Vec<Option<usize>> {
    let mut before = vec![Vec::new(); routine.points.len()];
    for (from, number) in (0..routine.points.len()).zip(0u32..) {
        for target in next(routine, PointId(number)) {
            before[target.0 as usize].push(from);
        }
    }
    let mut distances = vec![None; routine.points.len()];
    distances[to.0 as usize] = Some(0);
    let mut queue = VecDeque::from([to.0 as usize]);
    while let Some(point) = queue.pop_front() {
        let Some(so_far) = distances[point] else { continue };
        for &from in &before[point] {
            if distances[from].is_none() {
                distances[from] = Some(so_far + 1);
                queue.push_back(from);
            }
        }
    }
    distances
}

/// How many steps, at least one, lead from `from` to the point that `distances` are to.
pub(super) fn leads_to(routine: &Routine, from: PointId, distances: &[Option<usize>]) -> Option<usize> {
    next(routine, from).filter_map(|point| distances[point.0 as usize]).min().map(|steps| steps + 1)
}
