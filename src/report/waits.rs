//! The wait-for graph: who waits for what, and who would have to end that.
//!
//! In: a finding with its blame. Out: a [`Graph`] in words, which `mermaid` and `dot` write down.

use super::verdict::groups;
use super::{Finding, Race};
use crate::blame::{By, Link, Stuck, Wait, Waker, words};
use crate::trace::{GoroutineId, ObjectId, Status, Trace};

/// Goroutines, objects, and arrows from who waits to what or whom.
#[derive(Debug, Default)]
pub(super) struct Graph {
    pub nodes: Vec<Node>,
    pub edges: Vec<Edge>,
}

#[derive(Debug)]
pub(super) struct Node {
    pub what: What,
    /// `main`, `s.wg`; then a line each what there is to say.
    pub lines: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum What {
    /// Stuck, or the one that failed.
    Stuck,
    Goroutine,
    Object,
    /// Nobody there is.
    Nobody,
}

#[derive(Debug)]
pub(super) struct Edge {
    pub from: usize,
    pub to: usize,
    pub label: String,
    /// Part of a circle.
    pub knot: bool,
}

/// The graph of a finding; `None` where nobody waits and no two goroutines meet.
pub(super) fn graph(finding: &Finding) -> Option<Graph> {
    let trace = finding.trace.as_ref()?;
    if let Some(race) = &finding.race {
        return Some(of_race(trace, race));
    }
    if finding.blame.stuck.is_empty() {
        return None;
    }
    let mut drawing =
        Drawing { finding, trace, graph: Graph::default(), goroutines: Vec::new(), objects: Vec::new() };
    let groups = groups(trace, &finding.blame.stuck);
    for group in &groups {
        let entry = group.first;
        let place = format!("line {}: {}", entry.site.line, entry.operation);
        let node = drawing.node(What::Stuck, vec![group.name.clone(), place]);
        drawing.goroutines.extend(group.members.iter().map(|member| (*member, node)));
    }
    for group in &groups {
        for (index, wait) in group.first.waits.iter().enumerate() {
            drawing.wait(group.first, index, wait);
        }
    }
    Some(drawing.graph)
}

fn of_race(trace: &Trace, race: &Race) -> Graph {
    let mut graph = Graph::default();
    graph.nodes.push(Node { what: What::Object, lines: vec![race.location.clone()] });
    for access in &race.accesses {
        let held = if access.held.is_empty() { "no lock".to_string() } else { access.held.join(", ") };
        let does = if access.writes { "writes" } else { "reads" };
        graph.nodes.push(Node {
            what: What::Stuck,
            lines: vec![
                trace.goroutine(access.goroutine).label.clone(),
                format!("line {}: {}", access.site.line, access.site.text),
                format!("holds {held}"),
            ],
        });
        graph.edges.push(Edge {
            from: graph.nodes.len() - 1,
            to: 0,
            label: format!("{does}{}", if access.atomic { " atomically" } else { "" }),
            knot: true,
        });
    }
    graph
}

/// A graph under construction.
struct Drawing<'a> {
    finding: &'a Finding,
    trace: &'a Trace,
    graph: Graph,
    /// The node of each goroutine that has one.
    goroutines: Vec<(GoroutineId, usize)>,
    /// The node of each object; what is nil by its name.
    objects: Vec<(Option<ObjectId>, String, usize)>,
}

impl Drawing<'_> {
    fn node(&mut self, what: What, lines: Vec<String>) -> usize {
        self.graph.nodes.push(Node { what, lines });
        self.graph.nodes.len() - 1
    }

    fn edge(&mut self, from: usize, to: usize, label: String, knot: bool) {
        match self
            .graph
            .edges
            .iter_mut()
            .find(|edge| (edge.from, edge.to) == (from, to) && edge.label == label)
        {
            Some(edge) => edge.knot |= knot,
            None => self.graph.edges.push(Edge { from, to, label, knot }),
        }
    }

    fn wait(&mut self, entry: &Stuck, index: usize, wait: &Wait) {
        let links: Vec<Link> = self
            .finding
            .blame
            .knot
            .cycles
            .iter()
            .flatten()
            .filter(|link| link.from == entry.goroutine && link.wait == index)
            .copied()
            .collect();
        let object = self.object(entry, wait);
        let from = self.goroutine(entry.goroutine);
        self.edge(from, object, wait.action.to_string(), !links.is_empty());
        let mut told: Vec<GoroutineId> = Vec::new();
        for holder in &wait.holders {
            let to = self.goroutine(holder.goroutine);
            let how = if holder.announced { "wanted by, since" } else { "held by, since" };
            let knot = links.iter().any(|link| link.to == holder.goroutine);
            self.edge(object, to, format!("{how} line {}", holder.line), knot);
            told.push(holder.goroutine);
        }
        let wakers: Vec<(usize, &Waker)> = words::telling(wait)
            .into_iter()
            .filter_map(|waker| Some((wait.wakers.iter().position(|it| it == waker)?, waker)))
            .filter(|(_, waker)| waker.goroutine().is_none_or(|id| !told.contains(&id)))
            .collect();
        for &(number, waker) in &wakers {
            let to = match &waker.by {
                By::Goroutine(id) => self.goroutine(*id),
                By::Nobody { routine, .. } => {
                    let lines = vec![routine.clone(), "not started".to_string()];
                    let known = self.graph.nodes.iter().position(|node| node.lines == lines);
                    known.unwrap_or_else(|| self.node(What::Nobody, lines))
                }
            };
            let knot = links.iter().any(|link| link.waker == number);
            self.edge(object, to, format!("{} (line {})", waker.operation, waker.site.line), knot);
        }
        if told.is_empty() && wakers.is_empty() {
            let known = self.graph.edges.iter().find(|edge| edge.from == object).map(|edge| edge.to);
            let known = known.filter(|&to| self.graph.nodes[to].what == What::Nobody);
            let nobody = known.unwrap_or_else(|| self.node(What::Nobody, vec!["nobody".to_string()]));
            let needs = if wait.identity.is_none() { "nil".to_string() } else { wait.woken_by.join(" or ") };
            self.edge(object, nobody, needs, false);
        }
    }

    fn object(&mut self, entry: &Stuck, wait: &Wait) -> usize {
        let same = |(id, name, _): &&(Option<ObjectId>, String, usize)| match id {
            Some(_) => *id == wait.identity,
            None => wait.identity.is_none() && *name == wait.object,
        };
        if let Some((.., node)) = self.objects.iter().find(same) {
            return *node;
        }
        let mut lines = vec![wait.object.clone()];
        if wait.holders.is_empty() {
            let state = words::condition(self.trace, entry, wait);
            lines.push(state.strip_prefix(&format!("{} ", wait.object)).unwrap_or(&state).to_string());
        }
        let node = self.node(What::Object, lines);
        self.objects.push((wait.identity, wait.object.clone(), node));
        node
    }

    fn goroutine(&mut self, id: GoroutineId) -> usize {
        if let Some((_, node)) = self.goroutines.iter().find(|(known, _)| *known == id) {
            return *node;
        }
        let goroutine = self.trace.goroutine(id);
        let line = goroutine.at.as_ref().map_or(0, |at| at.line);
        let stands = match goroutine.status {
            Status::Ended { step } => format!("ended at step {}", step + 1),
            Status::Idle { .. } => format!("idle at line {line}"),
            Status::Blocked { .. } => format!("waits at line {line}"),
            Status::Runnable => format!("runs, at line {line}"),
            Status::Failed => format!("failed at line {line}"),
        };
        let node = self.node(What::Goroutine, vec![goroutine.label.clone(), stands]);
        self.goroutines.push((id, node));
        node
    }
}
