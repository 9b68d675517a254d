//! Scopes: which name means what, where.
//!
//! In: declarations as the checker meets them. Out: the innermost meaning of a name.
//! Package-level names are resolved when first used (`declare`); the names of Go's
//! universe and the packages that need no import are fixed here.

use std::rc::Rc;

use super::constant::Const;
use super::packages::{self, PackageId};
use super::program::{FuncId, VarId};
use super::types::{IntKind, TypeId};
use super::words::Word;
use crate::source::Span;

/// What a name means.
#[derive(Clone, Debug)]
pub(crate) enum Entity {
    Var(VarId),
    Const(TypeId, Const),
    Type(TypeId),
    Func(FuncId),
    Package(&'static str),
    /// A function that exists in no source: `len`, `any(lo, hi)`, `fmt.Println`.
    Word(Word),
    Nil,
    /// `iota`: only inside a constant declaration.
    Iota,
    /// Declared, with a mistake that has been reported.
    Invalid,
}

#[derive(Clone, Debug)]
pub(crate) struct Declared {
    pub(crate) name: Rc<str>,
    pub(crate) entity: Entity,
    pub(crate) span: Span,
}

/// One block's names; few, so a list.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scope {
    pub(crate) names: Vec<Declared>,
}

impl Scope {
    pub(crate) fn get(&self, name: &str) -> Option<&Declared> {
        self.names.iter().rev().find(|declared| &*declared.name == name)
    }
}

/// Where the checker stands: replaced while it resolves a declaration elsewhere.
#[derive(Clone, Debug, Default)]
pub(crate) struct Env {
    pub(crate) package: PackageId,
    pub(crate) scopes: Vec<Scope>,
    /// The function being checked and those around it, outermost first.
    pub(crate) functions: Vec<FunctionContext>,
    /// `iota` inside a constant declaration.
    pub(crate) iota: Option<i128>,
    /// What initialisation depends on, of the declaration being checked.
    pub(crate) node: Option<Node>,
}

/// A package-level declaration in the graph of initialisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Node {
    Var(VarId),
    Func(FuncId),
}

/// What a function body needs to know while it is checked.
#[derive(Clone, Debug)]
pub(crate) struct FunctionContext {
    pub(crate) id: FuncId,
    /// Statements that `break` and `continue` may leave, outermost first.
    pub(crate) frames: Vec<Frame>,
    /// Labels of this function.
    pub(crate) labels: Vec<LabelUse>,
    /// Labels that a `goto` names: it has been reported, they count as used.
    pub(crate) gotos: Vec<String>,
    /// Function literals met so far directly inside: for their names.
    pub(crate) literals: u32,
}

#[derive(Clone, Debug)]
pub(crate) struct Frame {
    pub(crate) id: super::program::LabelId,
    pub(crate) label: Option<String>,
    pub(crate) is_loop: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct LabelUse {
    pub(crate) name: String,
    pub(crate) span: Span,
    pub(crate) used: bool,
}

/// Go's predeclared names, goknot's words and the packages in scope.
pub(crate) fn universe(basic: &super::basic::Basic, name: &str) -> Option<Entity> {
    let int = |kind: IntKind| Some(Entity::Type(basic.int_of(kind)));
    match name {
        "bool" => Some(Entity::Type(basic.bool)),
        "string" => Some(Entity::Type(basic.string)),
        "int" => int(IntKind::Int),
        "int8" => int(IntKind::Int8),
        "int16" => int(IntKind::Int16),
        "int32" | "rune" => int(IntKind::Int32),
        "int64" => int(IntKind::Int64),
        "uint" => int(IntKind::Uint),
        "uint8" | "byte" => int(IntKind::Uint8),
        "uint16" => int(IntKind::Uint16),
        "uint32" => int(IntKind::Uint32),
        "uint64" => int(IntKind::Uint64),
        "uintptr" => int(IntKind::Uintptr),
        "error" => Some(Entity::Type(basic.error)),
        "any" => Some(Entity::Type(basic.any)),
        "true" => Some(Entity::Const(basic.untyped_bool, Const::Bool(true))),
        "false" => Some(Entity::Const(basic.untyped_bool, Const::Bool(false))),
        "nil" => Some(Entity::Nil),
        "iota" => Some(Entity::Iota),
        _ => Word::builtin(name).map(Entity::Word).or_else(|| packages::known(name).map(Entity::Package)),
    }
}

/// Every name of the universe: for suggestions.
pub(crate) const UNIVERSE: &[&str] = &[
    "bool", "string", "int", "int8", "int16", "int32", "int64", "uint", "uint8", "uint16", "uint32",
    "uint64", "rune", "byte", "error", "any", "true", "false", "nil", "append", "assert", "cap", "clear",
    "close", "copy", "delete", "len", "make", "max", "min", "new", "panic", "print", "println", "recover",
];
