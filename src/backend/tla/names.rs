//! Names of a module: readable, unique, and never a word of TLA+.
//!
//! In: names of the model, in any script. Out: identifiers. Those of a model always have an underscore, those that are
//! the same in every module never have one, so the two cannot meet.

use std::collections::BTreeSet;

use crate::machine::{Cell, Machine, Point, PointKind};
use crate::source::Source;

/// Longer names are cut: some are whole expressions.
const LONGEST: usize = 40;

/// Every identifier of one module.
#[derive(Debug)]
pub(super) struct Names {
    pub(super) module: String,
    /// By routine.
    pub(super) routines: Vec<String>,
    /// By routine and point: the name of the place, and of the action where there is only one.
    pub(super) points: Vec<Vec<String>>,
    /// By routine and cell: the definition that has the cell's index.
    pub(super) frames: Vec<Vec<String>>,
    pub(super) globals: Vec<String>,
    /// By pool.
    pub(super) pools: Vec<String>,
    taken: BTreeSet<String>,
}

impl Names {
    pub(super) fn new(machine: &Machine, source: Option<&Source>) -> Self {
        let mut names = Self {
            module: module(&machine.name),
            routines: Vec::new(),
            points: Vec::new(),
            frames: Vec::new(),
            globals: Vec::new(),
            pools: Vec::new(),
            taken: BTreeSet::new(),
        };
        for routine in &machine.routines {
            let base = names.fresh(&plain(&routine.name));
            let point = |number: usize, point: &Point| match source {
                Some(source) => format!("{base}_{}{}", source.line(point.span), operation(&point.kind)),
                None => format!("{base}_p{number}{}", operation(&point.kind)),
            };
            let points = routine.points.iter().enumerate().map(|(number, it)| point(number, it));
            let points: Vec<String> = points.map(|name| names.fresh(&name)).collect();
            let frame = names.cells(&base, &routine.frame);
            names.points.push(points);
            names.frames.push(frame);
            names.routines.push(base);
        }
        names.globals = names.cells("var", &machine.globals);
        names.pools = machine.pools.iter().map(|pool| names.fresh(&plain(&pool.name))).collect();
        names
    }

    /// `wanted`, with a number where it is taken.
    pub(super) fn fresh(&mut self, wanted: &str) -> String {
        let mut name = wanted.to_owned();
        let mut number = 2;
        while !self.taken.insert(name.clone()) {
            name = format!("{wanted}_{number}");
            number += 1;
        }
        name
    }

    fn cells(&mut self, base: &str, cells: &[Cell]) -> Vec<String> {
        let name = |cell: &Cell| match plain(&cell.name) {
            name if cell.name.is_empty() || name.is_empty() => format!("{base}_cell"),
            name => format!("{base}_{name}"),
        };
        cells.iter().map(|cell| self.fresh(&name(cell))).collect()
    }
}

fn operation(kind: &PointKind) -> String {
    match kind {
        PointKind::Operation(operation) => format!("_{}", plain(operation.name)),
        PointKind::Choice => "_choose".to_owned(),
        PointKind::End | PointKind::GoexitEnd => "_end".to_owned(),
        PointKind::Plain | PointKind::LoopHead => String::new(),
    }
}

/// Letters, digits and single underscores of `name`; it begins with a letter.
fn plain(name: &str) -> String {
    let mut plain = String::new();
    for c in name.chars() {
        let c = if c.is_ascii_alphanumeric() { c } else { '_' };
        if c != '_' || !(plain.is_empty() || plain.ends_with('_')) {
            plain.push(c);
        }
        if plain.len() >= LONGEST {
            break;
        }
    }
    let plain = plain.trim_end_matches('_');
    // `WF_` and `SF_` are words of their own.
    if plain.starts_with("WF_")
        || plain.starts_with("SF_")
        || !plain.starts_with(|c: char| c.is_ascii_alphabetic())
    {
        return format!("x{plain}");
    }
    plain.to_owned()
}

/// The module's name, which is its file's too: not one that TLC has already.
fn module(model: &str) -> String {
    let name = plain(model);
    // A number in it, or an underscore: none of TLA+'s own words and modules has one.
    if name.contains('_') { name } else { format!("{name}_model") }
}

/// A string of TLA+.
pub(super) fn string(text: &str) -> String {
    format!("\"{}\"", ascii(text).replace('\\', "\\\\").replace('"', "\\\""))
}

/// What strings and comments may hold. SANY takes a backtick for the beginning of something.
pub(super) fn ascii(text: &str) -> String {
    let plain = |c: char| match c {
        '`' => '\'',
        ' '..='~' => c,
        _ => '?',
    };
    text.chars().map(plain).collect()
}

/// What may stand in a comment `(* … *)` or after `\*`.
pub(super) fn comment(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default().trim();
    ascii(line).replace("(*", "( *").replace("*)", "* )")
}
