//! Cells as parts of values: which of them a value is made of, what it is called, which of them differ.

use crate::commands::CellType;
use crate::machine::Cell;

// The names that `lower` gives to the cells of compound values.
const SLICE_SUFFIX: &str = ".ptr";
pub(super) const FUNC_SUFFIX: &str = ".code";
const INTERFACE_SUFFIX: &str = ".type";

pub(super) fn is_slice(kind: &Cell) -> bool {
    kind.ty == CellType::Ref && kind.name.ends_with(SLICE_SUFFIX)
}

/// The first cell of the value that the cell at `index` belongs to: slices and interface values are shown whole.
pub(super) fn head(kinds: &[Cell], index: usize) -> usize {
    let is_slice_at = |at: usize| kinds.get(at).is_some_and(is_slice);
    match kinds.get(index).map(|kind| kind.ty) {
        Some(CellType::Payload) => index.saturating_sub(1),
        Some(CellType::Int { .. }) if index >= 1 && is_slice_at(index - 1) => index - 1,
        Some(CellType::Int { .. }) if index >= 2 && is_slice_at(index - 2) => index - 2,
        Some(_) | None => index,
    }
}

/// The name of the value that starts with this cell.
pub(super) fn value_name(cell: &Cell) -> &str {
    let suffix = match cell.ty {
        CellType::Ref => SLICE_SUFFIX,
        CellType::Tag if cell.name.ends_with(FUNC_SUFFIX) => FUNC_SUFFIX,
        CellType::Tag => INTERFACE_SUFFIX,
        CellType::Bool | CellType::Int { .. } | CellType::String | CellType::Payload => "",
    };
    cell.name.strip_suffix(suffix).unwrap_or(&cell.name)
}

/// Which of the cells have another value.
pub(super) fn different<'a>(old: &'a [i64], new: &'a [i64]) -> impl Iterator<Item = usize> + 'a {
    old.iter().zip(new).enumerate().filter(|(_, (old, new))| old != new).map(|(index, _)| index)
}
