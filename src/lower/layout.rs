//! Types to cells: how many, in which order, under which names.
//!
//! In: a type of the program. Out: its run of cells. A field's cells, an array
//! element's cells are a sub-run, so a place is a base and an offset.

use crate::commands::CellType;
use crate::machine::Cell;
use crate::sema::types::{Type, TypeId, Types};
use crate::sync;

/// Cells of a slice value.
pub mod slice {
    /// Reference to the first element, 0 for nil.
    pub const POINTER: usize = 0;
    pub const LEN: usize = 1;
    pub const CAP: usize = 2;
}

/// How many cells a value of `ty` takes.
pub fn size(types: &Types, ty: TypeId) -> u32 {
    match types.underlying(ty) {
        Type::Array(elem, len) => size(types, *elem) * u32::try_from(*len).unwrap_or(u32::MAX),
        Type::Struct(fields) => fields.iter().map(|field| size(types, field.ty)).sum(),
        Type::Tuple(parts) => parts.iter().map(|&part| size(types, part)).sum(),
        Type::Slice(_) => 3,
        Type::Interface(_) | Type::Func(_) => 2,
        Type::Primitive(name) => primitive_fields(name).len().try_into().unwrap_or(u32::MAX),
        Type::Bool
        | Type::Int(_)
        | Type::String
        | Type::Pointer(_)
        | Type::Map(..)
        | Type::Chan(..)
        | Type::UntypedBool
        | Type::UntypedInt
        | Type::UntypedRune
        | Type::UntypedString
        | Type::UntypedNil => 1,
        Type::Named(_) | Type::Invalid => 0,
    }
}

/// Where field `index` of struct type `ty` starts.
pub fn field_offset(types: &Types, ty: TypeId, index: usize) -> u32 {
    match types.underlying(ty) {
        Type::Struct(fields) => fields.iter().take(index).map(|field| size(types, field.ty)).sum(),
        Type::Tuple(parts) => parts.iter().take(index).map(|&part| size(types, part)).sum(),
        _ => 0,
    }
}

/// The cells of a value of `ty` that is called `name`.
pub fn cells(types: &Types, ty: TypeId, name: &str) -> Vec<Cell> {
    let mut out = Vec::new();
    push_cells(types, ty, name, &mut out);
    out
}

fn push_cells(types: &Types, ty: TypeId, name: &str, out: &mut Vec<Cell>) {
    let first = out.len();
    push_value(types, ty, name, out);
    // What a struct of the library is made of, no source has a name for.
    let library =
        matches!(types.get(ty), Type::Named(index) if types.named[*index as usize].name.contains('.'));
    if library && matches!(types.underlying(ty), Type::Struct(_)) {
        out[first..].iter_mut().for_each(|cell| cell.hidden = true);
    }
}

fn push_value(types: &Types, ty: TypeId, name: &str, out: &mut Vec<Cell>) {
    let mut leaf = |suffix: &str, ty: CellType| {
        out.push(Cell { name: format!("{name}{suffix}"), ty, hidden: false });
    };
    match types.underlying(ty) {
        Type::Bool | Type::UntypedBool => leaf("", CellType::Bool),
        Type::Int(kind) => {
            let (bits, signed) = kind.shape();
            leaf("", CellType::Int { bits, signed });
        }
        Type::UntypedInt | Type::UntypedRune => leaf("", CellType::Int { bits: 64, signed: true }),
        Type::String | Type::UntypedString => leaf("", CellType::String),
        Type::Pointer(_) | Type::Map(..) | Type::Chan(..) | Type::UntypedNil => leaf("", CellType::Ref),
        Type::Slice(_) => {
            leaf(".ptr", CellType::Ref);
            leaf(".len", CellType::Int { bits: 64, signed: true });
            leaf(".cap", CellType::Int { bits: 64, signed: true });
        }
        Type::Interface(_) => {
            leaf(".type", CellType::Tag);
            leaf(".value", CellType::Payload);
        }
        Type::Func(_) => {
            leaf(".code", CellType::Tag);
            leaf(".env", CellType::Payload);
        }
        Type::Primitive(primitive) => {
            for (field, ty) in primitive_fields(primitive) {
                leaf(&format!(".{field}"), *ty);
            }
        }
        Type::Struct(fields) => {
            for field in fields {
                let dot = if name.is_empty() { "" } else { "." };
                push_cells(types, field.ty, &format!("{name}{dot}{}", field.name), out);
            }
        }
        Type::Array(elem, len) => {
            for index in 0..*len {
                push_cells(types, *elem, &format!("{name}[{index}]"), out);
            }
        }
        Type::Tuple(parts) => {
            for (index, &part) in parts.iter().enumerate() {
                push_cells(types, part, &format!("{name}.{index}"), out);
            }
        }
        Type::Named(_) | Type::Invalid => {}
    }
}

/// The single cell type of `ty`, where it has just one cell.
pub fn only_cell(types: &Types, ty: TypeId) -> Option<CellType> {
    let cells = if size(types, ty) == 1 { cells(types, ty, "") } else { Vec::new() };
    cells.first().map(|cell| cell.ty)
}

fn primitive_fields(name: &str) -> &'static [(&'static str, CellType)] {
    sync::find(name).map_or(&[], |primitive| primitive.fields)
}

/// A type as Go prints it with `%T`: `*main.Server`, `[]int`, `func(int) bool`.
pub fn type_name(types: &Types, ty: TypeId) -> String {
    let join = |list: &[TypeId]| list.iter().map(|&ty| type_name(types, ty)).collect::<Vec<_>>().join(", ");
    match types.get(ty) {
        Type::Named(index) => {
            let name = &types.named[*index as usize].name;
            if name.contains('.') { name.clone() } else { format!("main.{name}") }
        }
        Type::Bool | Type::UntypedBool => "bool".into(),
        Type::Int(kind) => format!("{kind:?}").to_lowercase(),
        Type::UntypedInt | Type::UntypedRune => "int".into(),
        Type::String | Type::UntypedString => "string".into(),
        Type::UntypedNil => "nil".into(),
        Type::Pointer(to) => format!("*{}", type_name(types, *to)),
        Type::Array(elem, len) => format!("[{len}]{}", type_name(types, *elem)),
        Type::Slice(elem) => format!("[]{}", type_name(types, *elem)),
        Type::Map(key, value) => format!("map[{}]{}", type_name(types, *key), type_name(types, *value)),
        Type::Chan(_, elem) => format!("chan {}", type_name(types, *elem)),
        Type::Func(func) => {
            let results = match func.results.as_slice() {
                [] => String::new(),
                [one] => format!(" {}", type_name(types, *one)),
                many => format!(" ({})", join(many)),
            };
            format!("func({}){results}", join(&func.params))
        }
        Type::Struct(fields) if fields.is_empty() => "struct {}".into(),
        Type::Struct(fields) => {
            let fields: Vec<String> =
                fields.iter().map(|field| format!("{} {}", field.name, type_name(types, field.ty))).collect();
            format!("struct {{ {} }}", fields.join("; "))
        }
        Type::Interface(methods) if methods.is_empty() => "interface {}".into(),
        Type::Interface(methods) => {
            let names: Vec<String> = methods.iter().map(|method| format!("{}()", method.name)).collect();
            format!("interface {{ {} }}", names.join("; "))
        }
        Type::Primitive(name) => (*name).into(),
        Type::Tuple(parts) => format!("({})", join(parts)),
        Type::Invalid => "invalid".into(),
    }
}
