//! Mermaid, which GitHub and GitLab draw: a run as a sequence diagram, and the wait-for graph.

use super::dossier::{self, Dossier};
use super::terminal::columns::{Column, column_of, columns};
use super::terminal::rows::{Cell, Row, rows};
use super::waits::{Graph, What};
use super::{Finding, Style, verdict, visible};
use crate::trace::Trace;

/// The registry's entry.
pub(super) const REPORT: dossier::Format = dossier::Format {
    name: "mermaid",
    endings: &["mmd", "mermaid"],
    about: "the run as a sequence diagram for Mermaid",
    render,
};

/// Wide enough for as many columns as can be read.
const WIDTH: usize = 400;

fn render(dossier: &Dossier, style: &Style) -> String {
    let style = Style { verbose: style.verbose, width: WIDTH, ..Style::default() };
    let shown = dossier.run.shown().and_then(|finding| Some((finding, finding.trace.as_ref()?)));
    let mut out = String::from("sequenceDiagram\n");
    out.push_str(&format!("    title {}\n", text(&verdict::sentence(&dossier.run))));
    match shown {
        Some((finding, trace)) => out.push_str(&sequence(finding, trace, &style)),
        None => {
            out.push_str(&format!("    participant M as {}\n", text(&dossier.run.model)));
            out.push_str(&format!("    Note over M: {}\n", text(&verdict::sentence(&dossier.run))));
        }
    }
    out
}

fn sequence(finding: &Finding, trace: &Trace, style: &Style) -> String {
    let rows = rows(finding, trace, style);
    let columns = columns(finding, trace, &rows, style, 0, 0);
    let mut out = String::new();
    for (index, column) in columns.iter().enumerate() {
        out.push_str(&format!("    participant G{index} as {}\n", text(&column.heading)));
    }
    let all = match columns.len() {
        0 | 1 => "G0".to_string(),
        many => format!("G0,G{}", many - 1),
    };
    for row in &rows {
        match row {
            Row::Step { cells, arrow, .. } => out.push_str(&step(&columns, cells, arrow.is_some())),
            Row::Folded { rounds: Some(rounds), .. } => {
                out.push_str(&format!("    Note over {all}: {rounds} times more the same\n"));
            }
            Row::Folded { steps, rounds: None } => {
                out.push_str(&format!("    Note over {all}: {steps} more steps\n"));
            }
            Row::Doom => out.push_str(&format!(
                "    rect rgb(255, 220, 220)\n    Note over {all}: point of no return: from here on no run ends well\n    end\n"
            )),
            Row::Repeats => out.push_str(&format!("    Note over {all}: from here on this repeats for ever\n")),
            Row::End { cells } => {
                let mut told: Vec<(usize, String)> = Vec::new();
                for cell in cells {
                    let note = (column_of(&columns, cell.goroutine), said(cell));
                    if !told.contains(&note) {
                        out.push_str(&self::note(note.0, &note.1));
                        told.push(note);
                    }
                }
            }
        }
    }
    out
}

fn step(columns: &[Column], cells: &[Cell], arrow: bool) -> String {
    let at = |cell: &Cell| column_of(columns, cell.goroutine);
    match cells {
        [from, to] if arrow && !to.counts() => format!("    G{}-)G{}: {}\n", at(from), at(to), said(from)),
        [from, to] if arrow => {
            format!("    G{}->>G{}: {} / {}\n", at(from), at(to), said(from), said(to))
        }
        cells => cells.iter().map(|cell| note(at(cell), &said(cell))).collect(),
    }
}

fn note(column: usize, text: &str) -> String {
    format!("    Note over G{column}: {text}\n")
}

/// `48 s.wg.Wait() // stuck`.
fn said(cell: &Cell) -> String {
    let line = cell.line.map(|line| format!("{line} ")).unwrap_or_default();
    let effect = if cell.effect.is_empty() { String::new() } else { format!(" // {}", cell.effect) };
    text(&format!("{line}{}{effect}", cell.operation))
}

/// The graph as a flow chart.
pub(super) fn flowchart(graph: &Graph) -> String {
    let mut out = String::from("flowchart LR\n");
    for (index, node) in graph.nodes.iter().enumerate() {
        let label = node.lines.iter().map(|line| text(line)).collect::<Vec<_>>().join("<br/>");
        let (open, close, class) = match node.what {
            What::Stuck => ("[", "]", ":::stuck"),
            What::Goroutine => ("[", "]", ""),
            What::Object => ("([", "])", ""),
            What::Nobody => ("[", "]", ":::nobody"),
        };
        out.push_str(&format!("    n{index}{open}\"{label}\"{close}{class}\n"));
    }
    for edge in &graph.edges {
        out.push_str(&format!("    n{} -->|\"{}\"| n{}\n", edge.from, text(&edge.label), edge.to));
    }
    let knot: Vec<String> = graph
        .edges
        .iter()
        .enumerate()
        .filter(|(_, edge)| edge.knot)
        .map(|(index, _)| index.to_string())
        .collect();
    if !knot.is_empty() {
        out.push_str(&format!("    linkStyle {} stroke:#c00,stroke-width:3px\n", knot.join(",")));
    }
    out.push_str("    classDef stuck stroke:#c00,stroke-width:2px\n    classDef nobody stroke-dasharray:4\n");
    out
}

/// Text that ends no statement, opens no tag and is no directive: Mermaid's own entities.
fn text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in visible::line(text).chars() {
        match c {
            '<' => out.push_str("#lt;"),
            '>' => out.push_str("#gt;"),
            '"' => out.push_str("#quot;"),
            '&' => out.push_str("#amp;"),
            '#' | ';' | '`' | '\\' | '%' | '{' | '}' | '$' | '*' | '_' | '~' => {
                out.push_str(&format!("#{};", u32::from(c)));
            }
            c => out.push(c),
        }
    }
    out
}
