//! The wait-for graph for Graphviz.

use super::dossier::{self, Dossier};
use super::waits::{Graph, What, graph};
use super::{Style, verdict, visible};

/// The registry's entry.
pub(super) const REPORT: dossier::Format = dossier::Format {
    name: "dot",
    endings: &["dot", "gv"],
    about: "the wait-for graph for Graphviz",
    render,
};

fn render(dossier: &Dossier, _style: &Style) -> String {
    let mut out = format!("digraph {} {{\n", quoted(&dossier.run.model));
    out.push_str(&format!("    label = {};\n", quoted(&verdict::sentence(&dossier.run))));
    out.push_str("    labelloc = t;\n    rankdir = LR;\n    node [shape = box, fontname = \"monospace\"];\n");
    out.push_str("    edge [fontname = \"monospace\"];\n");
    if let Some(graph) = dossier.run.shown().and_then(graph) {
        out.push_str(&body(&graph));
    }
    out.push_str("}\n");
    out
}

fn body(graph: &Graph) -> String {
    let mut out = String::new();
    for (index, node) in graph.nodes.iter().enumerate() {
        let look = match node.what {
            What::Stuck => ", color = red, penwidth = 2",
            What::Goroutine => "",
            What::Object => ", shape = ellipse",
            What::Nobody => ", style = dashed",
        };
        out.push_str(&format!("    n{index} [label = {}{look}];\n", quoted_lines(&node.lines)));
    }
    for edge in &graph.edges {
        let look = if edge.knot { ", color = red, penwidth = 2" } else { "" };
        out.push_str(&format!(
            "    n{} -> n{} [label = {}{look}];\n",
            edge.from,
            edge.to,
            quoted(&edge.label)
        ));
    }
    out
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", escaped(text))
}

fn quoted_lines(lines: &[String]) -> String {
    let lines: Vec<String> = lines.iter().map(|line| escaped(line)).collect();
    format!("\"{}\"", lines.join("\\n"))
}

/// Backslashes are doubled: `\N` and `\G` would be names of the graph's own. Graphviz reads entities, so `&` is one.
fn escaped(text: &str) -> String {
    visible::line(text).replace('\\', "\\\\").replace('"', "\\\"").replace('&', "&amp;")
}
