//! Who waits for whom: the circles, and the chains that lead into one or to a dead end.

use std::collections::VecDeque;

use super::{Because, Stuck};
use crate::trace::GoroutineId;

/// The wait-for graph of the stuck goroutines, boiled down.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Knot {
    /// Each a shortest circle of goroutines that wait for each other; no goroutine is in two.
    pub cycles: Vec<Vec<Link>>,
    /// For those that are in no circle: link after link to whom they wait for, up to a circle or a dead end.
    pub chains: Vec<Vec<Link>>,
}

/// One goroutine waits for another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Link {
    pub from: GoroutineId,
    pub to: GoroutineId,
    /// Index into [`Stuck::waits`] of `from`.
    pub wait: usize,
    /// Index into that wait's wakers.
    pub waker: usize,
}

/// Finds the circles and chains among `stuck`.
pub(super) fn find(stuck: &[Stuck]) -> Knot {
    let links: Vec<Link> = stuck.iter().flat_map(links_of).collect();
    let mut knot = Knot::default();
    let mut taken: Vec<GoroutineId> = Vec::new();
    let mut all: Vec<Vec<Link>> = stuck.iter().filter_map(|entry| cycle(&links, entry.goroutine)).collect();
    all.sort_by_key(Vec::len);
    for cycle in all {
        if cycle.iter().all(|link| !taken.contains(&link.from)) {
            taken.extend(cycle.iter().map(|link| link.from));
            knot.cycles.push(cycle);
        }
    }
    let outside = stuck.iter().filter(|entry| !taken.contains(&entry.goroutine));
    knot.chains = outside.filter_map(|entry| chain(&links, entry.goroutine, &taken)).collect();
    knot
}

/// Whom a stuck goroutine waits for, among those that are stuck.
fn links_of(stuck: &Stuck) -> Vec<Link> {
    let mut links = Vec::new();
    for (wait, waiting) in stuck.waits.iter().enumerate() {
        for (waker, entry) in waiting.wakers.iter().enumerate() {
            if let Some(to) = entry.goroutine()
                && matches!(entry.because, Because::Stuck | Because::Itself)
            {
                links.push(Link { from: stuck.goroutine, to, wait, waker });
            }
        }
    }
    links
}

/// A shortest circle through `start`.
fn cycle(links: &[Link], start: GoroutineId) -> Option<Vec<Link>> {
    let mut came_by: Vec<Link> = Vec::new();
    let mut queue = VecDeque::from([start]);
    while let Some(at) = queue.pop_front() {
        for link in links.iter().filter(|link| link.from == at) {
            if link.to == start {
                return Some(path_back(&came_by, start, *link));
            }
            if !came_by.iter().any(|known| known.to == link.to) {
                came_by.push(*link);
                queue.push_back(link.to);
            }
        }
    }
    None
}

/// The links from `start` to the one that closes the circle.
fn path_back(came_by: &[Link], start: GoroutineId, last: Link) -> Vec<Link> {
    let mut path = vec![last];
    let mut at = last.from;
    while at != start {
        let Some(link) = came_by.iter().find(|link| link.to == at) else { break };
        path.push(*link);
        at = link.from;
    }
    path.reverse();
    path
}

/// Link after link from `start`, until a circle or somebody who waits for nobody.
fn chain(links: &[Link], start: GoroutineId, in_cycles: &[GoroutineId]) -> Option<Vec<Link>> {
    let mut path: Vec<Link> = Vec::new();
    let mut at = start;
    while !in_cycles.contains(&at) {
        let fresh = |link: &&Link| link.from == at && path.iter().all(|known| known.from != link.to);
        let Some(link) = links.iter().find(fresh) else { break };
        path.push(*link);
        at = link.to;
    }
    (!path.is_empty()).then_some(path)
}
