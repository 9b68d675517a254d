//! The heads of loops that have a path round without a stop.
//!
//! In: a lowered Machine. Out: the same, with such heads marked [`PointKind::LoopHead`]:
//! the targets of the back edges of a depth-first walk over plain points. A block ends
//! there, so that every block ends.

use super::{Machine, Point, PointKind, Routine};

/// Marks the loop heads of all routines.
pub fn mark_heads(machine: &mut Machine) {
    for routine in &mut machine.routines {
        for head in heads(routine) {
            routine.points[head].kind = PointKind::LoopHead;
        }
    }
}

/// Whether some path round a loop meets neither a stop nor a marked head: a block would never end there.
pub fn has_endless_block(routine: &Routine) -> bool {
    !back_edges(routine, |point| point.kind == PointKind::Plain).is_empty()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Color {
    New,
    /// On the path of the walk.
    Open,
    Done,
}

fn heads(routine: &Routine) -> Vec<usize> {
    let mut heads = back_edges(routine, |point| matches!(point.kind, PointKind::Plain | PointKind::LoopHead));
    heads.sort_unstable();
    heads.dedup();
    heads
}

/// The targets of back edges among the points that `belongs` takes.
fn back_edges(routine: &Routine, belongs: fn(&Point) -> bool) -> Vec<usize> {
    let mut colors = vec![Color::New; routine.points.len()];
    let mut heads = Vec::new();
    for start in 0..routine.points.len() {
        if colors[start] != Color::New || !belongs(&routine.points[start]) {
            continue;
        }
        colors[start] = Color::Open;
        let mut path = vec![(start, targets(routine, start, belongs))];
        while let Some((at, rest)) = path.last_mut() {
            let Some(next) = rest.pop() else {
                colors[*at] = Color::Done;
                path.pop();
                continue;
            };
            match colors[next] {
                Color::New => {
                    colors[next] = Color::Open;
                    path.push((next, targets(routine, next, belongs)));
                }
                Color::Open => heads.push(next),
                Color::Done => {}
            }
        }
    }
    heads
}

fn targets(routine: &Routine, at: usize, belongs: fn(&Point) -> bool) -> Vec<usize> {
    let point = &routine.points[at];
    let targets = point.edges.iter().map(|edge| edge.target);
    let all = targets.chain(point.unwind.as_ref().map(|unwind| unwind.target));
    all.map(|target| target.0 as usize).filter(|&target| belongs(&routine.points[target])).collect()
}
