//! Questions about types that wait until all of them are complete: do they end, are
//! they small enough, can they be keys, may they be embedded.

use rustc_hash::{FxHashMap, FxHashSet};

use super::checker::{Checker, Later};
use super::problem::TypeProblem;
use super::resolve::MAX_ELEMENTS;
use super::types::{Type, TypeId, Types};

impl<'a> Checker<'a> {
    /// Checks the types that came since the last time.
    pub(crate) fn finish_types(&mut self) {
        self.check_recursion();
        let mut sizes = FxHashMap::default();
        for later in std::mem::take(&mut self.later) {
            match later {
                Later::Size(ty, span) => {
                    let size = cells(&self.types, ty, &mut sizes);
                    if size > MAX_ELEMENTS {
                        let size = if size == u64::MAX { "too many".to_string() } else { size.to_string() };
                        self.report(&TypeProblem::TooLarge { span, size });
                    }
                }
                Later::MapKey(ty, span) => {
                    if incomparable(&self.types, ty).is_some() {
                        let ty = self.show(ty);
                        self.report(&TypeProblem::MapKey { span, ty });
                    }
                }
                Later::Embedded(ty, span) => {
                    let wrong = match self.types.get(ty) {
                        Type::Pointer(to) => {
                            matches!(self.types.underlying(*to), Type::Interface(_) | Type::Pointer(_))
                        }
                        _ => matches!(self.types.underlying(ty), Type::Pointer(_)),
                    };
                    if wrong {
                        let ty = self.show(ty);
                        self.report(&TypeProblem::Embedded { span, ty });
                    }
                }
            }
        }
    }

    /// `type T struct { t T }` has no end. Its right side becomes invalid, so that
    /// later passes may walk types without care.
    fn check_recursion(&mut self) {
        for index in self.finite..self.types.named.len() {
            let mut done = FxHashSet::default();
            let Some(root) = self.types.find(&Type::Named(u32::try_from(index).unwrap_or(u32::MAX))) else {
                continue;
            };
            if contains(&self.types, root, root, &mut done, true) {
                let name = self.show(root);
                let span = u32::try_from(index).ok().and_then(|index| self.named_spans.get(&index)).copied();
                self.report(&TypeProblem::Recursive { span: span.unwrap_or_default(), name });
                if let Some(named) = self.types.named.get_mut(index) {
                    named.underlying = self.basic.invalid;
                }
            }
        }
        self.finite = self.types.named.len();
    }
}

/// True if a value of type `ty` has a `wanted` directly inside.
fn contains(types: &Types, ty: TypeId, wanted: TypeId, done: &mut FxHashSet<TypeId>, first: bool) -> bool {
    if !first && ty == wanted {
        return true;
    }
    if !done.insert(ty) {
        return false;
    }
    match types.underlying(ty) {
        Type::Array(elem, _) => contains(types, *elem, wanted, done, false),
        Type::Struct(fields) => fields.iter().any(|field| contains(types, field.ty, wanted, done, false)),
        _ => false,
    }
}

/// How many scalar places a value has.
fn cells(types: &Types, ty: TypeId, known: &mut FxHashMap<TypeId, u64>) -> u64 {
    if let Some(&size) = known.get(&ty) {
        return size;
    }
    // A type that contains itself was cut before.
    let size = match types.underlying(ty) {
        Type::Array(elem, len) => cells(types, *elem, known).max(1).saturating_mul(*len),
        Type::Struct(fields) => {
            fields.iter().fold(0u64, |sum, field| sum.saturating_add(cells(types, field.ty, known)))
        }
        _ => 1,
    };
    known.insert(ty, size);
    size
}

/// Why values of the type cannot be compared with `==`, if they cannot.
pub(crate) fn incomparable(types: &Types, ty: TypeId) -> Option<String> {
    reason(types, ty, &mut FxHashSet::default())
}

fn reason(types: &Types, ty: TypeId, seen: &mut FxHashSet<TypeId>) -> Option<String> {
    if !seen.insert(ty) {
        return None;
    }
    match types.underlying(ty) {
        Type::Slice(_) => Some("slices have no equality".to_string()),
        Type::Map(..) => Some("maps have no equality".to_string()),
        Type::Func(_) => Some("functions have no equality".to_string()),
        Type::Primitive(name) => Some(format!("a `{name}` is not to be compared or copied")),
        Type::Array(elem, _) => reason(types, *elem, seen),
        Type::Struct(fields) => fields.iter().find_map(|field| {
            reason(types, field.ty, seen).map(|why| format!("field `{}`: {why}", field.name))
        }),
        _ => None,
    }
}
