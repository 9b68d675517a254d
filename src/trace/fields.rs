//! The state of a primitive, field by field.

use super::{Trace, Value};
use crate::commands::CellType;
use crate::machine::state::{Ref, State};
use crate::machine::{Cell, Machine};
use crate::sync;

/// A cell of an object or of the package variables; 0 where there is none.
pub fn cell(state: &State, reference: Ref, skip: usize) -> i64 {
    let index = reference.cell as usize + skip;
    let cells = match reference.object {
        Ref::GLOBALS => Some(&state.globals),
        object => state.object(object).map(|object| &object.cells),
    };
    cells.and_then(|cells| cells.get(index)).copied().unwrap_or(0)
}

/// The cells of the primitive that `reference` names, in `state`.
pub fn cells(state: &State, reference: Ref, primitive: &str) -> Option<Vec<i64>> {
    let primitive = sync::find(primitive)?;
    Some((0..primitive.fields.len()).map(|field| cell(state, reference, field)).collect())
}

/// Names and values of the fields after `steps` steps; an only field has no name. `None` for what is no primitive of fields.
pub fn of_primitive(
    machine: &Machine,
    trace: &Trace,
    steps: usize,
    reference: Ref,
    primitive: &str,
) -> Option<Vec<(String, String)>> {
    let state = trace.states.get(steps)?;
    let cells = cells(state, reference, primitive)?;
    let fields = sync::find(primitive)?.fields;
    let kinds: Vec<Cell> =
        fields.iter().map(|&(name, ty)| Cell { name: name.to_string(), ty, hidden: false }).collect();
    let alone = kinds.len() == 1;
    // References lead to what the primitive is made of: nothing that the model has a name for.
    let named = kinds.iter().enumerate().filter(|(_, kind)| kind.ty != CellType::Ref);
    let shown = named.map(|(index, kind)| {
        let value = Value { kinds: &kinds, cells: &cells, index };
        let name = if alone { String::new() } else { kind.name.clone() };
        (name, trace.names.value(machine, state, steps, value))
    });
    Some(shown.collect())
}
