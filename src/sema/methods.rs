//! Fields and methods by name: embedding, promotion, method sets, satisfaction.
//!
//! In: the table of types. Out: how to walk from a value to a field or method
//! ([`lookup`]), what a dynamic type does for an interface's method
//! ([`resolve_method`]) and whether it has them all ([`implements`]).
//! Follows "Selectors" and "Method sets" of the Go specification.

use super::program;
use super::types::{ChanDir, DeclaredMethod, FuncType, IntKind, Type, TypeId, Types};
use crate::sync;

/// One step from an outer value towards an embedded one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathStep {
    /// Into the field of this index of the underlying struct.
    Field(usize),
    /// From a pointer to what it points at.
    Deref,
}

/// How a method is reached from a value of a concrete type.
#[derive(Clone, Debug)]
pub struct MethodPath {
    /// To be walked from the value.
    pub steps: Vec<PathStep>,
    /// Take the address of the place at the end.
    pub address: bool,
    pub method: program::Method,
}

/// What a name selects.
#[derive(Clone, Debug)]
pub(crate) enum Member {
    Field(TypeId),
    Method(DeclaredMethod),
    /// Of an interface, with its signature.
    Interface(TypeId),
    Primitive(&'static str, &'static sync::Method),
}

/// A field or method and the way to it.
#[derive(Clone, Debug)]
pub(crate) struct Selection {
    /// Ends at the struct that has the field, or at the value that has the method (pointers dereferenced).
    pub(crate) steps: Vec<PathStep>,
    pub(crate) member: Member,
    /// The index of the field.
    pub(crate) field: usize,
}

impl Selection {
    /// True where the way goes through a pointer: what it reaches is a variable then.
    pub(crate) fn indirect(&self) -> bool {
        self.steps.contains(&PathStep::Deref)
    }
}

/// The answer to a lookup.
#[derive(Clone, Debug)]
pub(crate) enum Lookup {
    Found(Selection),
    /// Two embedded types have it at the same depth.
    Ambiguous,
    Missing,
}

/// The type that `ty` points to, where it is a pointer type (and not a defined one).
pub(crate) fn deref(types: &Types, ty: TypeId) -> Option<TypeId> {
    match types.get(ty) {
        Type::Pointer(to) => Some(*to),
        _ => None,
    }
}

struct Candidate {
    ty: TypeId,
    steps: Vec<PathStep>,
    /// Reached twice at this depth: whatever it has is ambiguous.
    multiple: bool,
}

/// Finds field or method `name` of a value of type `ty`.
pub(crate) fn lookup(types: &Types, ty: TypeId, name: &str) -> Lookup {
    if let Type::Named(_) = types.get(ty)
        && let Type::Pointer(to) = types.underlying(ty)
    {
        // A defined pointer type has the fields of what it points to, not the methods.
        return match lookup_from(types, *to, vec![PathStep::Deref], name) {
            Lookup::Found(selection) if !matches!(selection.member, Member::Field(_)) => Lookup::Missing,
            other => other,
        };
    }
    match deref(types, ty) {
        Some(to) if types.is_interface(to) => Lookup::Missing,
        Some(to) => lookup_from(types, to, vec![PathStep::Deref], name),
        None => lookup_from(types, ty, Vec::new(), name),
    }
}

fn lookup_from(types: &Types, ty: TypeId, steps: Vec<PathStep>, name: &str) -> Lookup {
    let mut current = vec![Candidate { ty, steps, multiple: false }];
    let mut seen: Vec<TypeId> = Vec::new();
    while !current.is_empty() {
        let mut found: Option<(Selection, bool)> = None;
        let mut hits = 0;
        let mut next: Vec<Candidate> = Vec::new();
        for candidate in current {
            if matches!(types.get(candidate.ty), Type::Named(_)) {
                if seen.contains(&candidate.ty) {
                    continue;
                }
                seen.push(candidate.ty);
            }
            match own_member(types, candidate.ty, name) {
                Some((member, field)) => {
                    hits += 1;
                    let selection = Selection { steps: candidate.steps, member, field };
                    found = Some((selection, candidate.multiple));
                }
                None => embedded(types, &candidate, &mut next),
            }
        }
        if let Some((selection, multiple)) = found {
            return if hits > 1 || multiple { Lookup::Ambiguous } else { Lookup::Found(selection) };
        }
        current = next;
    }
    Lookup::Missing
}

/// What `ty` itself has under this name, without its embedded fields.
fn own_member(types: &Types, ty: TypeId, name: &str) -> Option<(Member, usize)> {
    if let Some(method) = declared_methods(types, ty).find(|method| method.name == name) {
        return Some((Member::Method(method.clone()), 0));
    }
    match types.underlying(ty) {
        Type::Struct(fields) => {
            let index = fields.iter().position(|field| field.name == name && name != "_")?;
            Some((Member::Field(fields.get(index)?.ty), index))
        }
        Type::Interface(methods) => {
            let method = methods.iter().find(|method| method.name == name)?;
            Some((Member::Interface(method.ty), 0))
        }
        // A type defined from a primitive has its state and not its methods.
        Type::Primitive(primitive) if matches!(types.get(ty), Type::Primitive(_)) => {
            let method = sync::find(primitive)?.method(name)?;
            Some((Member::Primitive(primitive, method), 0))
        }
        _ => None,
    }
}

/// Methods declared on exactly this type.
pub(crate) fn declared_methods(types: &Types, ty: TypeId) -> impl Iterator<Item = &DeclaredMethod> {
    let (named, primitive) = match types.get(ty) {
        Type::Named(index) => (types.named.get(*index as usize), None),
        Type::Primitive(name) => (None, Some(*name)),
        _ => (None, None),
    };
    let added = types.primitive_methods.iter().filter(move |(owner, _)| Some(*owner) == primitive);
    named.into_iter().flat_map(|named| named.methods.iter()).chain(added.map(|(_, method)| method))
}

fn embedded(types: &Types, candidate: &Candidate, next: &mut Vec<Candidate>) {
    let Type::Struct(fields) = types.underlying(candidate.ty) else { return };
    for (index, field) in fields.iter().enumerate().filter(|(_, field)| field.embedded) {
        let mut steps = candidate.steps.clone();
        steps.push(PathStep::Field(index));
        let ty = match deref(types, field.ty) {
            Some(to) => {
                steps.push(PathStep::Deref);
                to
            }
            None => field.ty,
        };
        match next.iter_mut().find(|other| other.ty == ty) {
            Some(other) => other.multiple = true,
            None => next.push(Candidate { ty, steps, multiple: candidate.multiple }),
        }
    }
}

/// How method `name` of the interface is reached in a value of the dynamic type `concrete`.
pub fn resolve_method(types: &Types, concrete: TypeId, name: &str) -> Option<MethodPath> {
    let Lookup::Found(selection) = lookup(types, concrete, name) else { return None };
    let indirect = selection.indirect();
    method_path(selection, indirect, name)
}

/// The path of a selected method. `addressable`: the place at the end has an address.
pub(crate) fn method_path(selection: Selection, addressable: bool, name: &str) -> Option<MethodPath> {
    let mut steps = selection.steps;
    let mut address = false;
    let method = match selection.member {
        Member::Field(_) => return None,
        Member::Method(declared) => {
            if declared.pointer {
                if steps.last() == Some(&PathStep::Deref) {
                    steps.pop();
                } else if addressable {
                    address = true;
                } else {
                    return None;
                }
            }
            program::Method::Func(declared.func)
        }
        Member::Interface(_) => program::Method::Interface(name.to_string()),
        Member::Primitive(name, method) => {
            if !addressable {
                return None;
            }
            program::Method::Primitive { name, method: method.name }
        }
    };
    Some(MethodPath { steps, address, method })
}

/// Why a type does not satisfy an interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MissingMethod {
    pub(crate) name: String,
    pub(crate) why: MissingWhy,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum MissingWhy {
    Absent,
    /// `*T` has it, `T` does not.
    PointerReceiver,
    /// The same name with another signature.
    Signature {
        have: String,
        want: String,
    },
    /// The type is a pointer to an interface.
    PointerToInterface,
}

/// True if a value of type `concrete` (an interface type or not) has all methods of `interface`.
pub fn implements(types: &Types, concrete: TypeId, interface: TypeId) -> bool {
    missing_method(types, concrete, interface).is_none()
}

/// The first method of `interface` that `concrete` has not.
pub(crate) fn missing_method(types: &Types, concrete: TypeId, interface: TypeId) -> Option<MissingMethod> {
    let Type::Interface(wanted) = types.underlying(interface) else { return None };
    wanted.iter().find_map(|method| {
        let why = lack(types, concrete, &method.name, method.ty)?;
        Some(MissingMethod { name: method.name.clone(), why })
    })
}

fn lack(types: &Types, concrete: TypeId, name: &str, want: TypeId) -> Option<MissingWhy> {
    if deref(types, concrete).is_some_and(|to| types.is_interface(to)) {
        return Some(MissingWhy::PointerToInterface);
    }
    let Lookup::Found(selection) = lookup(types, concrete, name) else { return Some(MissingWhy::Absent) };
    let (matches, have, pointer) = match &selection.member {
        Member::Field(_) => return Some(MissingWhy::Absent),
        Member::Method(declared) => {
            (declared.ty == want, types.show_signature(declared.ty), declared.pointer)
        }
        Member::Interface(ty) => (*ty == want, types.show_signature(*ty), false),
        Member::Primitive(_, method) => {
            let matches = primitive_signature(types, method).is_some_and(|ty| ty == want);
            (matches, primitive_text(method), true)
        }
    };
    if !matches {
        return Some(MissingWhy::Signature { have, want: types.show_signature(want) });
    }
    (pointer && !selection.indirect()).then_some(MissingWhy::PointerReceiver)
}

/// The type of a primitive's method, where some expression of the program has it.
fn primitive_signature(types: &Types, method: &sync::Method) -> Option<TypeId> {
    let kinds = |kinds: &[sync::Kind]| -> Option<Vec<TypeId>> {
        kinds.iter().map(|&kind| kind_type(kind, None, &mut |ty| types.find(&ty))).collect()
    };
    let func = FuncType { params: kinds(method.params)?, results: kinds(method.results)?, variadic: false };
    types.find(&Type::Func(func))
}

/// The Go type of a primitive's parameter or result; `id` finds or makes the id of a type, `this` is the type of the
/// variable that an atomic operation is on.
pub(crate) fn kind_type(
    kind: sync::Kind,
    this: Option<TypeId>,
    id: &mut dyn FnMut(Type) -> Option<TypeId>,
) -> Option<TypeId> {
    let ty = match kind {
        sync::Kind::Int => Type::Int(IntKind::Int),
        sync::Kind::Int32 => Type::Int(IntKind::Int32),
        sync::Kind::Int64 => Type::Int(IntKind::Int64),
        sync::Kind::Uint32 => Type::Int(IntKind::Uint32),
        sync::Kind::Uint64 => Type::Int(IntKind::Uint64),
        sync::Kind::Uintptr => Type::Int(IntKind::Uintptr),
        sync::Kind::Bool => Type::Bool,
        sync::Kind::Any => Type::Interface(Vec::new()),
        sync::Kind::Pointer(name) => Type::Pointer(id(Type::Primitive(name))?),
        sync::Kind::Queue(name) => {
            let pointer = kind_type(sync::Kind::Pointer(name), this, id)?;
            Type::Chan(ChanDir::Both, pointer)
        }
        sync::Kind::Map => {
            let any = id(Type::Interface(Vec::new()))?;
            Type::Map(any, any)
        }
        sync::Kind::This => return this,
    };
    id(ty)
}

fn primitive_text(method: &sync::Method) -> String {
    let name = |kind: &sync::Kind| match kind {
        sync::Kind::Int => "int".to_string(),
        sync::Kind::Int32 => "int32".to_string(),
        sync::Kind::Int64 => "int64".to_string(),
        sync::Kind::Uint32 => "uint32".to_string(),
        sync::Kind::Uint64 => "uint64".to_string(),
        sync::Kind::Uintptr => "uintptr".to_string(),
        sync::Kind::Bool => "bool".to_string(),
        sync::Kind::Any => "any".to_string(),
        sync::Kind::Pointer(name) => format!("*{name}"),
        sync::Kind::Queue(name) => format!("chan *{name}"),
        sync::Kind::Map => "map[any]any".to_string(),
        sync::Kind::This => "*T".to_string(),
    };
    let list = |kinds: &[sync::Kind]| kinds.iter().map(name).collect::<Vec<_>>().join(", ");
    let results = list(method.results);
    let blank = if results.is_empty() { "" } else { " " };
    format!("({}){blank}{results}", list(method.params))
}

/// The names that can be selected from a value of type `ty`, promoted ones included: for suggestions.
pub(crate) fn member_names(types: &Types, ty: TypeId) -> (Vec<String>, Vec<String>) {
    let (mut fields, mut methods) = (Vec::new(), Vec::new());
    let mut seen = Vec::new();
    let mut work = vec![deref(types, ty).unwrap_or(ty)];
    while let Some(ty) = work.pop() {
        if seen.contains(&ty) {
            continue;
        }
        seen.push(ty);
        methods.extend(declared_methods(types, ty).map(|method| method.name.clone()));
        match types.underlying(ty) {
            Type::Struct(own) => {
                for field in own {
                    fields.push(field.name.clone());
                    if field.embedded {
                        work.push(deref(types, field.ty).unwrap_or(field.ty));
                    }
                }
            }
            Type::Interface(own) => methods.extend(own.iter().map(|method| method.name.clone())),
            Type::Primitive(name) => {
                let own = sync::find(name).map_or(&[][..], |primitive| primitive.methods);
                methods.extend(own.iter().map(|method| method.name.to_string()));
            }
            _ => {}
        }
    }
    (fields, methods)
}
