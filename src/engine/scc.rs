//! Strongly connected components.
//!
//! In: a graph. Out: the component of each state; a component's number is larger than
//! those of the components that it reaches. Pearce's form of Tarjan's algorithm
//! (*A space-efficient algorithm for finding strongly connected components*, IPL
//! 2016), without recursion: one number per state and the two stacks.

use super::graph::Graph;

/// The components of a graph, those that can be reached first.
#[derive(Debug)]
pub(crate) struct Components {
    /// Per state.
    pub(crate) of: Vec<u32>,
    /// All states, component by component.
    order: Vec<u32>,
    /// Per component: where it begins in `order`. One more at the end.
    starts: Vec<u32>,
}

impl Components {
    pub(crate) fn count(&self) -> usize {
        self.starts.len() - 1
    }

    /// The states of a component.
    pub(crate) fn states(&self, component: usize) -> &[u32] {
        &self.order[self.starts[component] as usize..self.starts[component + 1] as usize]
    }
}

/// A state whose arcs are being followed.
struct Frame {
    state: u32,
    /// Position of the arc that is being followed.
    at: u32,
    /// Nothing before it on the stack has been reached from it yet.
    root: bool,
}

/// The components of the states `0..count`. Arcs out of an `absorbing` state do not count.
pub(crate) fn components(graph: &Graph, count: u32, absorbing: impl Fn(u32) -> bool) -> Components {
    components_of(count, |state, at| {
        let mut arcs = graph.arcs_from(state, at as usize);
        let arc = if absorbing(state) { None } else { arcs.next() };
        arc.map(|arc| (arc.target, arcs.position() as u32))
    })
}

/// The components of the states `0..count` of any graph. `next_arc` gives the target of a state's next arc and the position
/// after it; positions begin at 0.
pub(crate) fn components_of(count: u32, next_arc: impl Fn(u32, u32) -> Option<(u32, u32)>) -> Components {
    let mut result = Components {
        of: vec![0; count as usize],
        order: Vec::with_capacity(count as usize),
        starts: vec![0],
    };
    // While the search runs: 0 unvisited; else the lowest reachable visiting number, or, counting down from `count`, the
    // component. A component's number here is never below a visiting number in use.
    let lowest = &mut result.of;
    let mut next = 1;
    let mut component = count;
    let mut stack: Vec<u32> = Vec::new();
    let mut frames: Vec<Frame> = Vec::new();
    for start in 0..count {
        if lowest[start as usize] != 0 {
            continue;
        }
        lowest[start as usize] = next;
        next += 1;
        frames.push(Frame { state: start, at: 0, root: true });
        'frames: while let Some(frame) = frames.last_mut() {
            let state = frame.state;
            while let Some((target, after)) = next_arc(state, frame.at) {
                if lowest[target as usize] == 0 {
                    // The same arc is looked at again when the target is done.
                    lowest[target as usize] = next;
                    next += 1;
                    frames.push(Frame { state: target, at: 0, root: true });
                    continue 'frames;
                }
                if lowest[target as usize] < lowest[state as usize] {
                    lowest[state as usize] = lowest[target as usize];
                    frame.root = false;
                }
                frame.at = after;
            }
            if frame.root {
                next -= 1;
                while let Some(&top) = stack.last()
                    && lowest[state as usize] <= lowest[top as usize]
                {
                    stack.pop();
                    next -= 1;
                    lowest[top as usize] = component;
                    result.order.push(top);
                }
                lowest[state as usize] = component;
                result.order.push(state);
                result.starts.push(result.order.len() as u32);
                component -= 1;
            } else {
                stack.push(state);
            }
            frames.pop();
        }
    }
    for number in &mut result.of {
        *number = count - *number;
    }
    result
}

#[cfg(test)]
mod tests {
    use super::super::graph::Arc;
    use super::super::permutation::Permutation;
    use super::*;
    use proptest::prelude::*;

    fn graph(lists: &[Vec<u32>]) -> Graph {
        let mut graph = Graph::default();
        for list in lists {
            let arc = |&target| Arc { target, slot: 0, partner: None, moved: Permutation::IDENTITY };
            let arcs: Vec<Arc> = list.iter().map(arc).collect();
            assert!(graph.push(&arcs));
        }
        graph
    }

    fn reach(lists: &[Vec<u32>]) -> Vec<Vec<bool>> {
        let from = |start: usize| {
            let mut seen = vec![false; lists.len()];
            let mut pending = vec![start];
            while let Some(state) = pending.pop() {
                if !std::mem::replace(&mut seen[state], true) {
                    pending.extend(lists[state].iter().map(|&target| target as usize));
                }
            }
            seen
        };
        (0..lists.len()).map(from).collect()
    }

    proptest! {
        #[test]
        fn mutual_reachability(lists in (1usize..12).prop_flat_map(|count| {
            prop::collection::vec(prop::collection::vec(0..count as u32, 0..3), count)
        })) {
            let count = lists.len();
            let components = components(&graph(&lists), count as u32, |_| false);
            let reach = reach(&lists);
            for a in 0..count {
                for b in 0..count {
                    let same = components.of[a] == components.of[b];
                    prop_assert_eq!(same, reach[a][b] && reach[b][a]);
                    if reach[a][b] {
                        prop_assert!(components.of[a] >= components.of[b]);
                    }
                }
                prop_assert!(components.states(components.of[a] as usize).contains(&(a as u32)));
            }
            let total: usize = (0..components.count()).map(|it| components.states(it).len()).sum();
            prop_assert_eq!(total, count);
        }
    }
}
