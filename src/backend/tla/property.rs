//! Properties, and what fairness demands.
//!
//! In: the Machine's properties and its operations. Out: an invariant or a temporal formula for each property, and for
//! each way out of an operation that has several, and that a goroutine can come to again, what strong fairness means.

use std::collections::BTreeMap;

use super::action::At;
use super::expr::{View, Writer};
use super::names;
use crate::commands::Meet;
use crate::machine::{Edge, Machine, Point, PointKind, Routine};

/// An operation at which each way on is an action of its own.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ways {
    /// Where it is.
    pub at: String,
    /// One operator a way: with a slot it says that the way is fair to whoever is there.
    pub operators: Vec<String>,
}

/// What fairness is about: a goroutine that can step again and again steps again and again. It speaks of slots: who
/// stands at an operation with one way on stays there until it takes it.
const FAIRNESS: &str = r#"
\* Strong fairness. A goroutine that can step again and again does step again and again: SF_vars of its steps, with
\* what ENABLED means spelled out. Where an operation has several ways on and can be come to again, each way is fair.
InSlot(g) == IF g \in DOMAIN goroutines THEN goroutines[g] ELSE Free
CanMove(g) == g \in DOMAIN goroutines /\ CanStep(g)
Moves(g) == InSlot(g)' # InSlot(g)
Gone(g) == InSlot(g).at # "" /\ InSlot(g)'.at = ""
FairTo(g) == ([]<>CanMove(g)) => ([]<><<Moves(g)>>_vars)
\* Tells once how many goroutines there are, and which come to an operation with several ways on.
Census ==
    LET new == {<<g, goroutines[g].at>> : g \in {h \in DOMAIN goroutines : goroutines[h].at \in Choosing}} \ TLCGet(1)
        all == Len(goroutines)
    IN  /\ all <= TLCGet(2) \/ (PrintT(<<"goknot: goroutines", all>>) /\ TLCSet(2, all))
        /\ \/ new = {}
           \/ (TLCSet(1, TLCGet(1) \cup new) /\ \A w \in new : PrintT(<<"goknot: comes", w[1], w[2]>>))
"#;

/// Which way on an edge is: `None` for those that are no case of the operation.
fn way(edge: &Edge) -> (bool, Option<usize>) {
    if edge.fallback { (true, None) } else { (false, edge.act) }
}

/// Whether a point has several ways on that fairness tells apart.
fn has_ways(point: &Point) -> bool {
    let operation = matches!(point.kind, PointKind::Operation(_));
    operation && point.edges.iter().any(|edge| way(edge) != way(&point.edges[0]))
}

/// Per point: whether a goroutine that has been there can come back.
fn on_cycles(routine: &Routine) -> Vec<bool> {
    let targets = |point: &Point| {
        let edges = point.edges.iter().map(|edge| edge.target.0 as usize);
        edges.chain(point.unwind.as_ref().map(|it| it.target.0 as usize)).collect::<Vec<_>>()
    };
    let next: Vec<Vec<usize>> = routine.points.iter().map(targets).collect();
    let back = |start: usize| {
        let (mut seen, mut pending) = (vec![false; next.len()], next[start].clone());
        while let Some(point) = pending.pop() {
            if !std::mem::replace(&mut seen[point], true) {
                pending.extend(&next[point]);
            }
        }
        seen[start]
    };
    (0..next.len()).map(|point| has_ways(&routine.points[point]) && back(point)).collect()
}

/// By routine and point: whether fairness tells the ways on apart. It need not where a goroutine comes only once: while
/// it stays, all that it can do is the same to fairness.
pub(super) fn fair_ways(machine: &Machine) -> Vec<Vec<bool>> {
    let properties = &machine.properties;
    let asked = !properties.eventually.is_empty() || !properties.leads_to.is_empty();
    let ways = |routine: &Routine| {
        if asked { on_cycles(routine) } else { vec![false; routine.points.len()] }
    };
    machine.routines.iter().map(ways).collect()
}

/// The properties, fairness, and the operations with several ways.
pub(super) fn write(writer: &Writer<'_>) -> (String, Vec<Ways>) {
    let Writer { machine, .. } = writer;
    let properties = &machine.properties;
    let mut text = String::new();
    let cond = |expr| writer.cond(expr, View::NOBODY);
    for (number, property) in (1..).zip(&properties.always) {
        text += &titled(&property.text);
        text += &format!("Always_{number} == {}\n", cond(&property.cond));
    }
    for (number, property) in (1..).zip(&properties.covers) {
        text += &titled(&property.text);
        text += &format!("NotCovered_{number} == ~{}\n", cond(&property.cond));
    }
    // Beyond a bound nothing is known.
    for (number, property) in (1..).zip(&properties.eventually) {
        text += &titled(&property.text);
        text += &format!("Eventually_{number} == <>({} \\/ ~NoBound)\n", cond(&property.cond));
    }
    for (number, property) in (1..).zip(&properties.leads_to) {
        text += &titled(&property.text);
        let (from, to) = (cond(&property.from), cond(&property.to));
        text += &format!("LeadsTo_{number} == {from} ~> ({to} \\/ ~NoBound)\n");
    }
    if properties.eventually.is_empty() && properties.leads_to.is_empty() {
        return (text, Vec::new());
    }
    text += &format!("\n\\* Operations with several ways on.\nChoosing == {{{}}}\n", choosing(writer));
    text += "ASSUME TLCSet(1, {}) /\\ TLCSet(2, 0)\n";
    text += FAIRNESS;
    let mut all = Vec::new();
    for (routine, kind) in machine.routines.iter().enumerate() {
        for (point, of) in kind.points.iter().enumerate().filter(|it| writer.ways[routine][it.0]) {
            let mut groups: BTreeMap<_, Vec<At<'_>>> = BTreeMap::new();
            for (number, edge) in of.edges.iter().enumerate() {
                groups.entry(way(edge)).or_default().push(At { routine, point, number, of, edge });
            }
            let at = writer.names.points[routine][point].clone();
            let mut operators = Vec::new();
            for (number, edges) in (1..).zip(groups.values()) {
                let name = format!("{at}_fair{number}");
                text += &writer.fair_way(&name, &at, edges);
                operators.push(name);
            }
            all.push(Ways { at, operators });
        }
    }
    // For people: TLC gets only what the model needs.
    let operators = all.iter().flat_map(|ways: &Ways| &ways.operators);
    let each: Vec<String> = operators.map(|operator| format!(" /\\ {operator}(g)")).collect();
    text += "\\* Fairness to n slots. Spec /\\ Fairness(n) has fair runs, where n goroutines are the most at once.\n";
    text += &format!("Fairness(n) == \\A g \\in 1..n : FairTo(g){}\n", each.concat());
    (text, all)
}

fn titled(text: &str) -> String {
    format!("\\* {}\n", names::comment(text))
}

fn choosing(writer: &Writer<'_>) -> String {
    let points = writer.names.points.iter().zip(&writer.ways).flat_map(|(names, ways)| {
        names.iter().zip(ways).filter(|it| *it.1).map(|it| format!("\"{}\"", it.0))
    });
    points.collect::<Vec<_>>().join(", ")
}

impl Writer<'_> {
    /// What fairness means for one way on.
    fn fair_way(&self, name: &str, place: &str, edges: &[At<'_>]) -> String {
        let (mut enabled, mut taken) = (Vec::new(), Vec::new());
        for &at in edges {
            let (edge, view) = (self.edge_name(at), View { state: None, who: Some(("g", at.routine)) });
            match &at.edge.meet {
                None => {
                    enabled.push(self.guard(at, view));
                    taken.push(format!("{edge}_by(g)"));
                }
                Some(Meet::Send { .. }) => {
                    enabled.push(format!(
                        "(\\E h \\in DOMAIN goroutines : \\E w \\in Offered(g, h) : w[1][1] = \"{edge}\")"
                    ));
                    taken.push(format!("{edge}_by(g)"));
                }
                Some(Meet::Recv { .. }) => {
                    let offered = format!(
                        "\\E h \\in DOMAIN goroutines : \\E w \\in Offered(h, g) : w[2][1] = \"{edge}\""
                    );
                    enabled.push(format!("({offered})"));
                    taken.push(format!("({offered} /\\ Become(Meeting(Now, h, w[1][1], g, \"{edge}\")))"));
                }
            }
        }
        let here = format!("InSlot(g).at = \"{place}\" /\\ end.kind = \"none\"");
        format!(
            "{name}_can(g) == IF {here} THEN {} ELSE FALSE\n{name}_does(g) == IF {here} THEN {} ELSE FALSE\n{name}(g) == \
             ([]<>{name}_can(g)) => ([]<><<{name}_does(g) \\/ Gone(g)>>_vars)\n",
            enabled.join(" \\/ "),
            taken.join(" \\/ ")
        )
    }
}
