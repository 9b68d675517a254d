//! The graph of all states, as TLC has dumped it, searched for leaks.
//!
//! In: the text of a `dot` file. Out: a way to where some goroutine is stuck for good beside others that go on: in a
//! component that nothing leaves it takes part in no step, has not ended, and does not wait where it may for ever.

use std::collections::{HashMap, VecDeque};

use super::replay::step_to;
use crate::backend::tla::Decoder;
use crate::machine::state::{MainStatus, State};
use crate::machine::step::{self, Limits, Step};
use crate::machine::{Machine, PointKind};
use crate::tool::Failure;

/// The states and the steps between them, those that change nothing left out.
struct Graph {
    states: Vec<State>,
    next: Vec<Vec<usize>>,
    /// Initial states come first.
    first: usize,
}

/// A way to a leak.
pub fn leak(
    machine: &Machine,
    limits: &Limits,
    decoder: &Decoder<'_>,
    text: &str,
) -> Result<Option<Vec<Step>>, Failure> {
    let graph = read(machine, decoder, text)?;
    let (from, order) = ways(&graph);
    let component = components(&graph);
    // Only components that nothing leaves, and in which somebody steps.
    let count = component.iter().max().map_or(0, |last| last + 1);
    let mut leaves = vec![false; count];
    let mut moves: Vec<Vec<usize>> = vec![Vec::new(); count];
    for (state, nexts) in graph.next.iter().enumerate() {
        for &next in nexts {
            if component[next] != component[state] {
                leaves[component[state]] = true;
            }
        }
    }
    for (state, nexts) in graph.next.iter().enumerate() {
        let own = component[state];
        if !leaves[own] {
            moves[own].extend(movers(machine, limits, &graph, state, nexts)?);
        }
    }
    let stuck = |state: usize| {
        let own = component[state];
        let it = &graph.states[state];
        !leaves[own]
            && !moves[own].is_empty()
            && it.live_slots().any(|slot| !moves[own].contains(&slot) && waits(machine, it, slot))
    };
    let Some(&goal) = order.iter().find(|&&state| stuck(state)) else { return Ok(None) };
    let mut way = vec![goal];
    while let Some(before) = from[way[way.len() - 1]] {
        way.push(before);
    }
    way.reverse();
    let steps =
        way.windows(2).map(|pair| step_to(machine, limits, &graph.states[pair[0]], &graph.states[pair[1]]));
    steps.collect::<Result<_, _>>().map(Some)
}

/// Whether the goroutine in `slot` is one of the program's that may not wait there for ever.
fn waits(machine: &Machine, state: &State, slot: usize) -> bool {
    state.goroutine(slot).is_some_and(|it| {
        let kind = &machine.point(it.routine, it.point).kind;
        let over = *kind == PointKind::GoexitEnd && slot == 0 && state.main == MainStatus::Goexited;
        !over && !kind.is_idle() && !machine.routine(it.routine).environment
    })
}

/// Who takes part in the steps from a state. Those that change nothing are no steps to TLA+.
fn movers(
    machine: &Machine,
    limits: &Limits,
    graph: &Graph,
    state: usize,
    nexts: &[usize],
) -> Result<Vec<usize>, Failure> {
    let internal = |error: step::InternalError| Failure::Internal(error.to_string());
    let mut slots = Vec::new();
    let from = &graph.states[state];
    for each in step::enabled(machine, from).map_err(internal)? {
        let to = step::apply(machine, from, &each, limits).map_err(internal)?;
        if to != *from && !nexts.iter().any(|&next| graph.states[next] == to) {
            return Err(Failure::Internal(format!(
                "TLC does not take a step that the Machine has: {each:?}"
            )));
        }
        slots.push(each.slot);
        slots.extend(each.partner.map(|partner| partner.0));
    }
    Ok(slots)
}

/// Reads the file: `id [label="…"]` is a state, `id -> id […]` a step.
fn read(machine: &Machine, decoder: &Decoder<'_>, text: &str) -> Result<Graph, Failure> {
    let mut numbers: HashMap<&str, usize> = HashMap::new();
    let mut graph = Graph { states: Vec::new(), next: Vec::new(), first: 0 };
    let mut arcs = Vec::new();
    for line in text.lines() {
        if let Some((from, rest)) = line.split_once(" -> ") {
            let to = rest.split([' ', ';']).next().unwrap_or_default();
            if is_id(from) && from != to {
                arcs.push((from, to));
            }
        } else if let Some((id, rest)) = line.split_once(" [label=\"")
            && is_id(id)
        {
            let label = unescaped(rest);
            let state = decoder.state(&label).ok_or_else(|| {
                Failure::Internal(format!("TLC dumps a state that cannot be read: {label}"))
            })?;
            if let std::collections::hash_map::Entry::Vacant(place) = numbers.entry(id) {
                place.insert(graph.states.len());
                graph.states.push(state);
                graph.next.push(Vec::new());
            }
        }
    }
    for (from, to) in arcs {
        let (Some(&from), Some(&to)) = (numbers.get(from), numbers.get(to)) else {
            return Err(Failure::Internal("TLC dumps a step between states that it does not".to_owned()));
        };
        if !graph.next[from].contains(&to) {
            graph.next[from].push(to);
        }
    }
    let first = step::initial(machine);
    graph.first = graph
        .states
        .iter()
        .position(|state| *state == first)
        .ok_or_else(|| Failure::Internal("TLC begins in another state".to_owned()))?;
    Ok(graph)
}

fn is_id(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// The label that begins here, up to its closing quote.
fn unescaped(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => break,
            '\\' => match chars.next() {
                Some('n') => out.push('\n'),
                Some(other) => out.push(other),
                None => {}
            },
            c => out.push(c),
        }
    }
    out
}

/// Per state the state before it on a shortest way; and all states, the nearest first.
fn ways(graph: &Graph) -> (Vec<Option<usize>>, Vec<usize>) {
    let mut from = vec![None; graph.states.len()];
    let mut seen = vec![false; graph.states.len()];
    let (mut order, mut queue) = (Vec::new(), VecDeque::from([graph.first]));
    seen[graph.first] = true;
    while let Some(state) = queue.pop_front() {
        order.push(state);
        for &next in &graph.next[state] {
            if !std::mem::replace(&mut seen[next], true) {
                from[next] = Some(state);
                queue.push_back(next);
            }
        }
    }
    (from, order)
}

/// Per state the number of its strongly connected component (Tarjan, with a stack of its own).
fn components(graph: &Graph) -> Vec<usize> {
    const NONE: usize = usize::MAX;
    let states = graph.states.len();
    let (mut index, mut low) = (vec![NONE; states], vec![0; states]);
    let mut component = vec![NONE; states];
    let (mut stack, mut count, mut found) = (Vec::new(), 0, 0);
    for root in 0..states {
        if index[root] != NONE {
            continue;
        }
        let mut calls = vec![(root, 0)];
        while let Some(&mut (state, ref mut child)) = calls.last_mut() {
            if *child == 0 {
                index[state] = count;
                low[state] = count;
                count += 1;
                stack.push(state);
            }
            if let Some(&next) = graph.next[state].get(*child) {
                *child += 1;
                if index[next] == NONE {
                    calls.push((next, 0));
                } else if component[next] == NONE {
                    low[state] = low[state].min(index[next]);
                }
                continue;
            }
            calls.pop();
            if let Some(&(before, _)) = calls.last() {
                low[before] = low[before].min(low[state]);
            }
            if low[state] == index[state] {
                while let Some(member) = stack.pop() {
                    component[member] = found;
                    if member == state {
                        break;
                    }
                }
                found += 1;
            }
        }
    }
    component
}
