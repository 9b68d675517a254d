//! From a state's number to the steps that lead there.
//!
//! In: numbers of canonical states. Out: concrete steps from the initial state, as
//! [`crate::machine::step::apply`] takes them, without any renaming. Each concrete
//! state is compared with the canonical one that it must be: a path is a proof.
//! Of the shortest paths it is one with the fewest context switches, because people
//! read it.

use rustc_hash::{FxHashMap, FxHashSet};

use super::arcs;
use super::explored::Explored;
use super::graph::Arc;
use super::permutation::Permutations;
use super::successors::Successors;
use super::who::Who;
use crate::machine::Machine;
use crate::machine::state::State;
use crate::machine::step::{self, InternalError, Step};

/// A path from the initial state.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Path {
    pub(crate) arcs: Vec<Arc>,
}

/// With more arcs than this on shortest paths, any of the paths will do.
const MOST_ARCS: usize = 1 << 20;

impl Path {
    /// A shortest path to `target`; among these one with few context switches.
    pub(crate) fn to(
        explored: &Explored,
        successors: &mut Successors<'_>,
        target: u32,
    ) -> Result<Self, InternalError> {
        let arcs = match calmest(explored, target) {
            Some(arcs) => arcs,
            None => any_path(explored, successors, target)?,
        };
        Ok(Self { arcs })
    }

    /// The states on the path, both ends included.
    pub(crate) fn states(&self) -> Vec<u32> {
        std::iter::once(0).chain(self.arcs.iter().map(|arc| arc.target)).collect()
    }

    /// The concrete steps along the path, the state that they lead to, and per state of the path how many steps lead there.
    pub(crate) fn steps(
        &self,
        machine: &Machine,
        explored: &Explored,
        successors: &mut Successors<'_>,
    ) -> Result<Walk, InternalError> {
        let mut state = step::initial(machine);
        let mut steps = Vec::with_capacity(self.arcs.len());
        let mut lengths = vec![0];
        let mut who = Who::default();
        for arc in &self.arcs {
            // A choice among the entries of a map counts in the order that the concrete state has.
            successors.load_concrete(&state);
            let to = explored.store.row(arc.target);
            let found = successors.find(arc, &explored.graph.permutations, &who, &to)?;
            let (step, after) = found.ok_or_else(|| broken("an edge of the graph is no step"))?;
            if successors.replay(&mut state, step, &after, &mut steps)? != to {
                return Err(broken("a path does not replay"));
            }
            who = after;
            lengths.push(steps.len());
        }
        Ok(Walk { steps, state, who, lengths })
    }
}

/// A path in steps of the Machine.
#[derive(Debug)]
pub(crate) struct Walk {
    pub(crate) steps: Vec<Step>,
    /// Where they lead.
    pub(crate) state: State,
    /// Who is who in it.
    pub(crate) who: Who,
    /// Per state of the path: how many of the steps lead there.
    pub(crate) lengths: Vec<usize>,
}

fn broken(what: &str) -> InternalError {
    InternalError { at: None, what: what.to_string() }
}

/// Any shortest path. Predecessors are not kept: the level before is looked through.
fn any_path(
    explored: &Explored,
    successors: &mut Successors<'_>,
    target: u32,
) -> Result<Vec<Arc>, InternalError> {
    let mut path = Vec::new();
    let mut state = target;
    for level in (0..level_of(explored, target)).rev() {
        let mut found = None;
        for source in explored.levels[level]..explored.levels[level + 1] {
            let arcs = arcs::of(explored, successors, source)?;
            if let Some(arc) = arcs.into_iter().find(|arc| arc.target == state) {
                found = Some((source, arc));
                break;
            }
        }
        let (source, arc) = found.ok_or_else(|| broken("a state has no predecessor"))?;
        path.push(arc);
        state = source;
    }
    path.reverse();
    Ok(path)
}

fn level_of(explored: &Explored, state: u32) -> usize {
    explored.levels.partition_point(|&first| first <= state) - 1
}

/// An arc on some shortest path.
struct Candidate {
    source: u32,
    arc: Arc,
    /// The fewest switches of a path that ends with it, and the arc before it on such a path.
    switches: u32,
    before: Option<usize>,
}

/// A shortest path to `target` with the fewest context switches; `None` where there are too many to look at, or their arcs are
/// not kept.
fn calmest(explored: &Explored, target: u32) -> Option<Vec<Arc>> {
    let mut levels = shortest_arcs(explored, target)?;
    for level in 1..levels.len() {
        let (done, rest) = levels.split_at_mut(level);
        let before = &done[level - 1];
        let mut into: FxHashMap<u32, Vec<usize>> = FxHashMap::default();
        for (index, candidate) in before.iter().enumerate() {
            into.entry(candidate.arc.target).or_default().push(index);
        }
        for candidate in &mut rest[0] {
            let cost = |&index: &usize| {
                let switches = is_switch(&explored.graph.permutations, &before[index].arc, &candidate.arc);
                before[index].switches + u32::from(switches)
            };
            // Of equals the first one: the same path every time.
            let best = into.get(&candidate.source)?.iter().min_by_key(|index| (cost(index), **index))?;
            candidate.switches = cost(best);
            candidate.before = Some(*best);
        }
    }
    let mut path = Vec::new();
    let mut next = levels.last().map_or(Some(None), |last| {
        (0..last.len()).min_by_key(|&index| (last[index].switches, index)).map(Some)
    })?;
    for level in levels.iter().rev() {
        let candidate = &level[next?];
        path.push(candidate.arc);
        next = candidate.before;
    }
    path.reverse();
    Some(path)
}

/// Whether `next` is a step of others than the step before it.
fn is_switch(permutations: &Permutations, before: &Arc, next: &Arc) -> bool {
    let after = |slot| permutations.of(before.moved, slot);
    let sides = (after(before.slot), before.partner.map(after));
    let takes_part = |slot: usize| sides.0 == slot || sides.1 == Some(slot);
    !takes_part(next.slot) && !next.partner.is_some_and(takes_part)
}

/// Level by level, all arcs on shortest paths to `target`.
fn shortest_arcs(explored: &Explored, target: u32) -> Option<Vec<Vec<Candidate>>> {
    let level = level_of(explored, target);
    if (explored.levels[level] as usize) > explored.graph.kept() {
        return None;
    }
    let mut levels = Vec::with_capacity(level);
    let mut wanted = FxHashSet::from_iter([target]);
    let mut count = 0;
    for level in (0..level).rev() {
        let mut candidates = Vec::new();
        let mut sources = FxHashSet::default();
        for source in explored.levels[level]..explored.levels[level + 1] {
            for arc in explored.graph.arcs(source).filter(|arc| wanted.contains(&arc.target)) {
                candidates.push(Candidate { source, arc, switches: 0, before: None });
                sources.insert(source);
            }
        }
        count += candidates.len();
        if count > MOST_ARCS {
            return None;
        }
        levels.push(candidates);
        wanted = sources;
    }
    levels.reverse();
    Some(levels)
}
