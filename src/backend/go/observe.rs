//! The package variables of a model, printed as the Machine has them: a name and a number a line.
//!
//! In: the typed program. Out: a function of Go. Only numbers, truth values and strings are
//! printed, inside structs and arrays too, but for durations; what a reference leads to is not compared.

use super::writer::Writer;
use crate::sema::program::{Program, Var};
use crate::sema::types::{Type, TypeId};

/// Larger arrays are left out.
const MOST: u64 = 16;

/// What to print of a package variable: its name in the Machine, and how Go reads it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Leaf {
    /// `x`, `s.f`, `a[0]`.
    pub path: String,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Bool,
    Int,
    String,
}

/// The leaves of all package variables that have a name.
pub fn leaves(program: &Program) -> Vec<Leaf> {
    let mut out = Vec::new();
    let named = |var: &&Var| var.owner.is_none() && var.name != "_" && !var.name.contains('.');
    for var in program.vars.iter().filter(named) {
        add(program, var.ty, var.name.clone(), &mut out);
    }
    out
}

fn add(program: &Program, ty: TypeId, path: String, out: &mut Vec<Leaf>) {
    if let Type::Named(index) = program.types.get(ty)
        && program.types.named[*index as usize].name == "time.Duration"
    {
        // Durations are made short: they are not what the model has.
        return;
    }
    match program.types.underlying(ty) {
        Type::Bool => out.push(Leaf { path, kind: Kind::Bool }),
        Type::Int(_) => out.push(Leaf { path, kind: Kind::Int }),
        Type::String => out.push(Leaf { path, kind: Kind::String }),
        Type::Struct(fields) => {
            for field in fields.iter().filter(|field| field.name != "_") {
                add(program, field.ty, format!("{path}.{}", field.name), out);
            }
        }
        Type::Array(elem, len) if *len <= MOST => {
            for index in 0..*len {
                add(program, *elem, format!("{path}[{index}]"), out);
            }
        }
        _ => {}
    }
}

impl Writer<'_> {
    /// Prints `knotGlobals`.
    pub(super) fn observe(&mut self) {
        let mut text = format!("\n//go:norace\nfunc {}Globals(out *strings.Builder) {{\n", self.prefix);
        for leaf in leaves(self.model.program) {
            let path = &leaf.path;
            // A conversion keeps the type's own `String` method out of it.
            let (verb, value) = match leaf.kind {
                Kind::Bool => ("%t", path.clone()),
                Kind::Int => ("%d", path.clone()),
                Kind::String => ("%q", format!("string({path})")),
            };
            text.push_str(&format!("\tfmt.Fprintf(out, \"var %s {verb}\\n\", {path:?}, {value})\n"));
        }
        text.push_str("}\n");
        self.import("fmt");
        self.import("strings");
        self.newline();
        self.text(&text);
    }
}
