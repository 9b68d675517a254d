//! The values that a piece of source text speaks of, in one state.

use super::cells::value_name;
use super::{GoroutineId, Trace, Value};
use crate::commands::CellType;
use crate::machine::state::Ref;
use crate::machine::{Cell, Machine, Shape};

/// `name = value` for every variable and field that `text` names, as `goroutine` sees them after `steps` steps.
pub fn values(
    machine: &Machine,
    trace: &Trace,
    steps: usize,
    goroutine: Option<GoroutineId>,
    text: &str,
) -> Vec<(String, String)> {
    let mut list: Vec<(String, String)> = Vec::new();
    for path in paths(text) {
        if list.iter().all(|(known, _)| *known != path)
            && let Some(value) = value(machine, trace, steps, goroutine, path)
        {
            list.push((path.to_string(), value));
        }
    }
    list
}

/// The operands of a text: `s.count` and `n` in `s.count == n+1`. String literals and calls have none.
fn paths(text: &str) -> Vec<&str> {
    let mut list = Vec::new();
    for (index, piece) in text.split('"').enumerate() {
        if index % 2 == 1 {
            continue;
        }
        let mut rest = piece;
        while let Some(start) = rest.find(|c: char| c.is_alphabetic() || c == '_') {
            rest = &rest[start..];
            let end =
                rest.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '.'))).unwrap_or(rest.len());
            let path = rest[..end].trim_end_matches('.');
            if !rest[end..].starts_with('(') {
                list.push(path);
            }
            rest = &rest[end..];
        }
    }
    list
}

/// Cells in which names are looked up.
type Cells<'a> = (&'a [Cell], &'a [i64]);

fn value(
    machine: &Machine,
    trace: &Trace,
    steps: usize,
    goroutine: Option<GoroutineId>,
    path: &str,
) -> Option<String> {
    let state = trace.states.get(steps)?;
    let mut places: Vec<Cells<'_>> = Vec::new();
    if let Some(slot) = goroutine.and_then(|id| trace.slot_at(steps, id))
        && let Some(live) = state.goroutine(slot)
    {
        places.push((&machine.routine(live.routine).frame, &live.frame));
    }
    places.push((&machine.globals, &state.globals));
    let mut path = path;
    // As long as the path goes through pointers: look up its head, go on in the object behind it.
    loop {
        if let Some((kinds, cells, index)) = find(&places, path) {
            return Some(trace.names.value(machine, state, steps, Value { kinds, cells, index }));
        }
        let (head, rest) = path.split_once('.')?;
        let (kinds, cells, index) = find(&places, head)?;
        if kinds.get(index)?.ty != CellType::Ref {
            return None;
        }
        let reference = Ref::unpack(*cells.get(index)?)?;
        let object = state.object(reference.object).filter(|_| reference.cell == 0)?;
        let pool = machine.pool(object.pool);
        if pool.shape != Shape::Record {
            return None;
        }
        places = vec![(&pool.cells, &object.cells)];
        path = rest;
    }
}

/// The last cell of this name: of several inlined calls the innermost comes last.
fn find<'a>(places: &[Cells<'a>], name: &str) -> Option<(&'a [Cell], &'a [i64], usize)> {
    places.iter().find_map(|&(kinds, cells)| {
        let index = kinds.iter().rposition(|cell| !cell.hidden && value_name(cell) == name)?;
        Some((kinds, cells, index))
    })
}

#[cfg(test)]
mod tests {
    use super::paths;

    #[test]
    fn operands_are_found() {
        assert_eq!(paths("s.count == n+1"), ["s.count", "n"]);
        assert_eq!(paths("assert(n == 2, \"both count\")"), ["n"]);
        assert_eq!(paths("len(jobs) > 0"), ["jobs"]);
    }
}
