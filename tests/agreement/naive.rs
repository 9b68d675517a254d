//! The naive search: plain states in a hash map, breadth first, nothing renamed.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use goknot::machine::state::{End, MainStatus, State};
use goknot::machine::step::{Limits, apply, enabled, initial};
use goknot::machine::{Machine, PointKind};
use goknot::property::Kind;

struct Node {
    distance: usize,
    /// Successors, each with the slots that took part.
    next: Vec<(usize, BTreeSet<usize>)>,
}

/// The kinds that can be found and the distance of the nearest state that shows each; `None` when there are too many states.
pub fn search(machine: &Machine, most: usize) -> Option<BTreeMap<Kind, usize>> {
    let limits = Limits::default();
    let mut numbers: HashMap<State, usize> = HashMap::new();
    let mut states = vec![initial(machine)];
    let mut nodes = vec![Node { distance: 0, next: Vec::new() }];
    numbers.insert(states[0].clone(), 0);
    let mut at = 0;
    while at < states.len() {
        for step in enabled(machine, &states[at]).expect("no internal error") {
            let state = apply(machine, &states[at], &step, &limits).expect("no internal error");
            let number = numbers.get(&state).copied().unwrap_or_else(|| {
                let number = states.len();
                numbers.insert(state.clone(), number);
                states.push(state);
                nodes.push(Node { distance: nodes[at].distance + 1, next: Vec::new() });
                number
            });
            let slots = [Some(step.slot), step.partner.map(|(slot, _)| slot)].into_iter().flatten().collect();
            nodes[at].next.push((number, slots));
        }
        if states.len() > most {
            return None;
        }
        at += 1;
    }
    Some(verdicts(machine, &states, &nodes))
}

fn verdicts(machine: &Machine, states: &[State], nodes: &[Node]) -> BTreeMap<Kind, usize> {
    let mut found: BTreeMap<Kind, usize> = BTreeMap::new();
    let mut add = |kind: Kind, distance: usize| {
        let best = found.entry(kind).or_insert(distance);
        *best = distance.min(*best);
    };
    let stuck: Vec<BTreeSet<usize>> = stuck_sets(machine, states, nodes);
    let is_deadlock = |at: usize| {
        nodes[at].next.is_empty() && states[at].main != MainStatus::Returned && !stuck[at].is_empty()
    };
    for (at, state) in states.iter().enumerate() {
        match state.end {
            Some(End::Panic { .. } | End::Fatal { .. }) => add(Kind::Panic, nodes[at].distance),
            Some(End::Assert { .. }) => add(Kind::Assert, nodes[at].distance),
            Some(End::Exit | End::Bound(_)) | None if is_deadlock(at) => {
                add(Kind::Deadlock, nodes[at].distance);
            }
            Some(End::Exit | End::Bound(_)) | None => {}
        }
    }
    if stuck.iter().all(BTreeSet::is_empty) {
        return found;
    }
    // A leak is shown where the stuck goroutines are all that will ever be, on some way that does not end in a deadlock.
    let reach: Vec<Vec<bool>> = (0..states.len()).map(|at| reachable(nodes, at)).collect();
    let ends: Vec<usize> = (0..states.len())
        .filter(|&end| (0..states.len()).all(|next| !reach[end][next] || reach[next][end]))
        .filter(|&end| states[end].end.is_none() && !is_deadlock(end))
        .collect();
    for at in 0..states.len() {
        if !stuck[at].is_empty() && ends.iter().any(|&end| reach[at][end] && stuck[end] == stuck[at]) {
            add(Kind::Leak, nodes[at].distance);
        }
    }
    found
}

/// Per state the goroutines that are live, not idle, and take part in no step of any continuation.
fn stuck_sets(machine: &Machine, states: &[State], nodes: &[Node]) -> Vec<BTreeSet<usize>> {
    let mut moves: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); states.len()];
    let mut changed = true;
    while changed {
        changed = false;
        for at in (0..states.len()).rev() {
            let mut all = moves[at].clone();
            for (next, slots) in &nodes[at].next {
                all.extend(slots);
                all.extend(moves[*next].iter().copied());
            }
            changed |= all.len() > moves[at].len();
            moves[at] = all;
        }
    }
    states
        .iter()
        .zip(moves)
        .map(|(state, moves)| {
            let live = state.goroutines.iter().enumerate().filter(|(slot, goroutine)| {
                let idle = goroutine.as_ref().is_some_and(|goroutine| {
                    matches!(&machine.point(goroutine.routine, goroutine.point).kind,
                        PointKind::Operation(operation) if operation.idle)
                });
                goroutine.is_some() && !idle && !moves.contains(slot) && state.end.is_none()
            });
            live.map(|(slot, _)| slot).collect()
        })
        .collect()
}

/// Which states can be reached from a state, itself included.
fn reachable(nodes: &[Node], from: usize) -> Vec<bool> {
    let mut seen = vec![false; nodes.len()];
    let mut todo = vec![from];
    seen[from] = true;
    while let Some(at) = todo.pop() {
        for &(next, _) in &nodes[at].next {
            if !std::mem::replace(&mut seen[next], true) {
                todo.push(next);
            }
        }
    }
    seen
}
