//! Where a promise is open: made and not yet kept. And the way there.

use rustc_hash::{FxHashMap, FxHashSet};

use super::transitions::{Arc, Transitions};

/// `eventually to`, or `from leadsto to`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Promise<'a> {
    /// Per state; `None`: the promise is made once, at the start.
    pub(super) from: Option<&'a Vec<bool>>,
    /// Per state.
    pub(super) to: &'a [bool],
}

impl Promise<'_> {
    /// Whether the promise is open in `state`, where `before` says whether it was on the way there.
    fn is_open(&self, before: bool, state: u32) -> bool {
        let made = before || self.from.is_some_and(|from| from[state as usize]);
        made && !self.to[state as usize]
    }
}

/// A state on the way, and whether the promise is open by then.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
struct Node {
    state: u32,
    open: bool,
}

/// A step from a node: the position of its arc among those of the state, and where it leads.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Hop {
    pub(super) source: u32,
    pub(super) arc: usize,
    pub(super) target: u32,
}

/// The calmest way to a node on which certain slots make the last step.
#[derive(Clone, Copy, Debug)]
struct Entry {
    slots: [Option<u32>; 2],
    switches: u32,
    /// The last step, and the entry before it.
    hop: Hop,
    before: Option<usize>,
}

const UNSEEN: u32 = u32::MAX;

/// Everything that can be reached, with and without the promise open, by its distance from the start.
#[derive(Debug)]
pub(super) struct Region<'a> {
    transitions: &'a Transitions,
    promise: Promise<'a>,
    /// Distance per state, without and with the promise open.
    depth: [Vec<u32>; 2],
    /// All nodes, the nearest first.
    order: Vec<Node>,
}

impl<'a> Region<'a> {
    pub(super) fn new(transitions: &'a Transitions, promise: &Promise<'a>) -> Self {
        let states = promise.to.len();
        let mut region = Self {
            transitions,
            promise: *promise,
            depth: [vec![UNSEEN; states], vec![UNSEEN; states]],
            order: Vec::new(),
        };
        let start = Node { state: 0, open: promise.is_open(promise.from.is_none(), 0) };
        region.reach(start, 0);
        let mut next = 0;
        while let Some(&node) = region.order.get(next) {
            let depth = region.depth(node);
            for arc in transitions.of(node.state) {
                let target = region.follow(node, *arc);
                region.reach(target, depth + 1);
            }
            next += 1;
        }
        region
    }

    /// The states in which the promise is open and whose steps are known, the nearest first.
    pub(super) fn open(&self) -> impl Iterator<Item = u32> + '_ {
        let expanded = self.transitions.expanded();
        self.order.iter().filter(move |node| node.open && (node.state as usize) < expanded).map(|it| it.state)
    }

    /// How many steps lead to `state` with the promise open.
    pub(super) fn distance(&self, state: u32) -> u32 {
        self.depth[1][state as usize]
    }

    /// A shortest way to `target` with the promise open; of these one with the fewest context switches.
    pub(super) fn way(&self, target: u32) -> Vec<Hop> {
        let goal = Node { state: target, open: true };
        let (nodes, useful) = self.useful(goal);
        let mut entries: Vec<Entry> = Vec::new();
        // Per node its entries, one for each pair of slots that can have made the last step.
        let mut at: FxHashMap<Node, Vec<usize>> = FxHashMap::default();
        for node in nodes {
            let known = at.remove(&node).unwrap_or_default();
            for (position, &arc) in self.transitions.of(node.state).iter().enumerate() {
                let next = self.follow(node, arc);
                if self.depth(next) != self.depth(node) + 1 || !useful.contains(&next) {
                    continue;
                }
                let slots = self.slots(arc);
                let cost = |&before: &usize| {
                    let last: &Entry = &entries[before];
                    let same = last.slots.iter().flatten().any(|slot| slots.contains(&Some(*slot)));
                    (last.switches + u32::from(!same), before)
                };
                // Of equals the first one: the same way every time.
                let best = known.iter().map(cost).min();
                let (switches, before) =
                    best.map_or((0, None), |(switches, before)| (switches, Some(before)));
                let hop = Hop { source: node.state, arc: position, target: next.state };
                let entry = Entry { slots, switches, hop, before };
                let list = at.entry(next).or_default();
                match list.iter().find(|&&other| entries[other].slots == slots) {
                    Some(&other) if entries[other].switches <= switches => {}
                    Some(&other) => entries[other] = entry,
                    None => {
                        list.push(entries.len());
                        entries.push(entry);
                    }
                }
            }
        }
        let ends = at.remove(&goal).unwrap_or_default();
        let mut last = ends.into_iter().min_by_key(|&entry| (entries[entry].switches, entry));
        let mut way = Vec::new();
        while let Some(entry) = last {
            way.push(entries[entry].hop);
            last = entries[entry].before;
        }
        way.reverse();
        way
    }

    /// The nodes on shortest ways to `goal`, the nearest to the start first and without `goal`; and all of them as a set.
    fn useful(&self, goal: Node) -> (Vec<Node>, FxHashSet<Node>) {
        let mut set = FxHashSet::from_iter([goal]);
        let mut nodes = Vec::new();
        let nearer = self.order.partition_point(|&node| self.depth(node) < self.depth(goal));
        for &node in self.order[..nearer].iter().rev() {
            let leads = self.transitions.of(node.state).iter().any(|&arc| {
                let next = self.follow(node, arc);
                self.depth(next) == self.depth(node) + 1 && set.contains(&next)
            });
            if leads {
                set.insert(node);
                nodes.push(node);
            }
        }
        nodes.reverse();
        (nodes, set)
    }

    fn slots(&self, arc: Arc) -> [Option<u32>; 2] {
        let mut taken = self.transitions.taken(arc).map(|action| self.transitions.slots[action as usize]);
        [taken.next(), taken.next()]
    }

    fn follow(&self, node: Node, arc: Arc) -> Node {
        Node { state: arc.target, open: self.promise.is_open(node.open, arc.target) }
    }

    fn depth(&self, node: Node) -> u32 {
        self.depth[usize::from(node.open)][node.state as usize]
    }

    fn reach(&mut self, node: Node, depth: u32) {
        // A promise that is made only once and has been kept is kept for ever.
        let kept = !node.open && self.promise.from.is_none();
        let known = &mut self.depth[usize::from(node.open)][node.state as usize];
        if !kept && *known == UNSEEN {
            *known = depth;
            self.order.push(node);
        }
    }
}
