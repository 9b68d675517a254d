//! The wait-for graph of the end: who waits for whom to do what.

use std::fmt::Write as _;

use super::escape;
use super::lanes::badge;
use crate::blame::{Because, Blame, words};
use crate::trace::{GoroutineId, Trace};

/// One goroutine waits for another; several reasons are one arrow.
#[derive(Debug)]
struct Edge {
    from: GoroutineId,
    to: GoroutineId,
    label: String,
    /// It is part of a circle.
    knot: bool,
}

/// Larger graphs are no picture any more.
const MOST: usize = 12;
const WIDTH: f64 = 640.0;

/// The graph; `None` where nobody waits for anybody, or too many do.
pub(super) fn svg(trace: &Trace, blame: &Blame) -> Option<String> {
    let edges = edges(blame);
    let mut nodes: Vec<GoroutineId> = edges.iter().flat_map(|edge| [edge.from, edge.to]).collect();
    nodes.sort_unstable();
    nodes.dedup();
    if edges.is_empty() || nodes.len() > MOST {
        return None;
    }
    let nodes = in_circle_order(nodes, blame);
    let spots = spots(nodes.len());
    let height = spots.iter().map(|spot| spot.1).fold(0.0, f64::max) + 60.0;
    let mut out = format!(
        "<svg class=\"graph\" viewBox=\"0 0 {WIDTH} {height:.0}\" role=\"img\" aria-labelledby=\"graph-title graph-desc\">\
         <title id=\"graph-title\">Who waits for whom in the end</title><desc id=\"graph-desc\">{}</desc>\
         <defs>{}{}</defs>",
        escape::text(&description(trace, &edges)),
        tip("tip"),
        tip("tip-knot"),
    );
    let spot = |id: GoroutineId| nodes.iter().position(|node| *node == id).map_or((0.0, 0.0), |at| spots[at]);
    for edge in &edges {
        let both = edges.iter().any(|other| other.from == edge.to && other.to == edge.from);
        arrow(&mut out, edge, spot(edge.from), spot(edge.to), both);
    }
    for &id in &nodes {
        let (x, y) = spot(id);
        let goroutine = trace.goroutine(id);
        let class = if blame.of(id).is_some() { "node stuck" } else { "node" };
        let line = goroutine.at.as_ref().map_or(String::new(), |at| format!("line {}", at.line));
        let _ = write!(
            out,
            "<g class=\"{class}\"><rect x=\"{:.0}\" y=\"{:.0}\" width=\"184\" height=\"46\" rx=\"8\"/>\
             <circle cx=\"{:.0}\" cy=\"{y:.0}\" r=\"11\"/><text class=\"no\" x=\"{:.0}\" y=\"{:.0}\">{}</text>\
             <text x=\"{:.0}\" y=\"{:.0}\">{}</text><text class=\"sub\" x=\"{:.0}\" y=\"{:.0}\">{line}</text></g>",
            x - 92.0,
            y - 23.0,
            x - 72.0,
            x - 72.0,
            y + 4.0,
            badge(trace, id),
            x - 52.0,
            y - 2.0,
            escape::text(&short(&goroutine.name, 17)),
            x - 52.0,
            y + 14.0,
        );
    }
    out.push_str("</svg>");
    Some(out)
}

/// The head of an arrow.
fn tip(name: &str) -> String {
    format!(
        "<marker id=\"{name}\" class=\"{name}\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerUnits=\"userSpaceOnUse\" \
         markerWidth=\"11\" markerHeight=\"11\" orient=\"auto\"><path d=\"M0 0L8 4L0 8z\"/></marker>"
    )
}

fn description(trace: &Trace, edges: &[Edge]) -> String {
    let who = |id: GoroutineId| trace.goroutine(id).label.clone();
    let one = |edge: &Edge| format!("{} waits for {} to do {}.", who(edge.from), who(edge.to), edge.label);
    edges.iter().map(one).collect::<Vec<_>>().join(" ")
}

fn edges(blame: &Blame) -> Vec<Edge> {
    let mut list: Vec<Edge> = Vec::new();
    for entry in &blame.stuck {
        for waker in entry.waits.iter().flat_map(|wait| words::telling(wait)) {
            let Some(to) = waker.goroutine() else { continue };
            if !matches!(
                waker.because,
                Because::Stuck | Because::Itself | Because::Idle | Because::NeverReleases { .. }
            ) {
                continue;
            }
            let from = entry.goroutine;
            let knot = blame.knot.cycles.iter().flatten().any(|link| link.from == from && link.to == to);
            match list.iter_mut().find(|edge| edge.from == from && edge.to == to) {
                Some(edge) if edge.label != waker.operation && !edge.label.ends_with(", …") => {
                    edge.label.push_str(", …");
                }
                Some(_) => {}
                None => list.push(Edge { from, to, label: waker.operation.clone(), knot }),
            }
        }
    }
    list
}

/// Those of a circle one after the other, then the others.
fn in_circle_order(nodes: Vec<GoroutineId>, blame: &Blame) -> Vec<GoroutineId> {
    let mut order: Vec<GoroutineId> = blame.knot.cycles.iter().flatten().map(|link| link.from).collect();
    order.extend(nodes.iter().filter(|id| !blame.knot.cycles.iter().flatten().any(|link| link.from == **id)));
    order.retain(|id| nodes.contains(id));
    order
}

/// Where the nodes stand: side by side, in a triangle, or down on the left and up on the right.
fn spots(count: usize) -> Vec<(f64, f64)> {
    let (left, middle, right) = (106.0, WIDTH / 2.0, WIDTH - 106.0);
    match count {
        0 | 1 => vec![(middle, 90.0)],
        2 => vec![(left, 70.0), (right, 70.0)],
        3 => vec![(left, 60.0), (right, 60.0), (middle, 230.0)],
        count => {
            let down = count.div_ceil(2);
            let y = |row: usize| 60.0 + 110.0 * row as f64;
            let place = |at: usize| if at < down { (left, y(at)) } else { (right, y(count - 1 - at)) };
            (0..count).map(place).collect()
        }
    }
}

fn arrow(out: &mut String, edge: &Edge, from: (f64, f64), to: (f64, f64), both: bool) {
    let (class, tip) = if edge.knot { ("edge knot", "tip-knot") } else { ("edge", "tip") };
    let label = escape::text(&short(&edge.label, 30));
    if edge.from == edge.to {
        let (x, y) = (from.0, from.1 - 23.0);
        let _ = write!(
            out,
            "<g class=\"{class}\"><path d=\"M{:.0} {y:.0}C{:.0} {:.0} {:.0} {:.0} {:.0} {y:.0}\" marker-end=\"url(#{tip})\"/>\
             <text x=\"{x:.0}\" y=\"{:.0}\">{label}</text></g>",
            x - 40.0,
            x - 60.0,
            y - 60.0,
            x + 60.0,
            y - 60.0,
            x + 40.0,
            y - 52.0,
        );
        return;
    }
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let length = dx.hypot(dy).max(1.0);
    // Two that wait for each other: one arrow above, one below.
    let bow = if both { 34.0 } else { 0.0 };
    let (nx, ny) = (dy / length * bow, -dx / length * bow);
    let start = border(from, (dx + 2.0 * nx, dy + 2.0 * ny));
    let end = border(to, (-dx + 2.0 * nx, -dy + 2.0 * ny));
    let middle = (f64::midpoint(start.0, end.0) + nx, f64::midpoint(start.1, end.1) + ny);
    let above = if both && dx.abs() > dy.abs() { ny / bow * 4.0 - 2.0 } else { -6.0 };
    let text_y =
        f64::midpoint(f64::midpoint(start.1, end.1), middle.1) + above + if above > 0.0 { 10.0 } else { 0.0 };
    let _ = write!(
        out,
        "<g class=\"{class}\"><path d=\"M{:.0} {:.0}Q{:.0} {:.0} {:.0} {:.0}\" marker-end=\"url(#{tip})\"/>\
         <text x=\"{:.0}\" y=\"{text_y:.0}\">{label}</text></g>",
        start.0,
        start.1,
        middle.0,
        middle.1,
        end.0,
        end.1,
        f64::midpoint(f64::midpoint(start.0, end.0), middle.0),
    );
}

/// Where a line from the middle of a node in this direction leaves it.
fn border(at: (f64, f64), (dx, dy): (f64, f64)) -> (f64, f64) {
    let (wide, high) = (94.0, 25.0);
    let scale = (wide / dx.abs().max(0.001)).min(high / dy.abs().max(0.001));
    (at.0 + dx * scale, at.1 + dy * scale)
}

fn short(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_string();
    }
    let kept: String = text.chars().take(most - 1).collect();
    format!("{}…", kept.trim_end())
}
