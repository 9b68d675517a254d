//! Questions about types that wait until all of them are complete: do they end, are
//! they small enough, can they be keys, may they be embedded.

use rustc_hash::{FxHashMap, FxHashSet};

use super::checker::{Checker, Later};
use super::problem::{ConstantProblem, TypeProblem};
use super::resolve::MAX_ELEMENTS;
use super::types::{Type, TypeId, Types};

/// How deep structs and arrays may lie inside each other.
const MAX_NESTING: u32 = 200;

impl<'a> Checker<'a> {
    /// Checks the types that came since the last time.
    pub(crate) fn finish_types(&mut self) {
        self.check_recursion();
        let mut sizes = FxHashMap::default();
        for later in std::mem::take(&mut self.later) {
            match later {
                Later::Size(ty, span) => {
                    let Extent { cells, depth } = extent(&self.types, ty, 0, &mut sizes);
                    if depth >= MAX_NESTING {
                        self.report(&ConstantProblem::TooDeep { span });
                    } else if cells > MAX_ELEMENTS {
                        let size = if cells == u64::MAX { "too many".to_string() } else { cells.to_string() };
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
            let Some(root) = self.types.find(&Type::Named(u32::try_from(index).unwrap_or(u32::MAX))) else {
                continue;
            };
            if contains_itself(&self.types, root) {
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

/// True if a value of type `root` has a value of the same type directly inside.
fn contains_itself(types: &Types, root: TypeId) -> bool {
    let mut seen = FxHashSet::default();
    let mut work = vec![root];
    while let Some(ty) = work.pop() {
        let inside: Vec<TypeId> = match types.underlying(ty) {
            Type::Array(elem, _) => vec![*elem],
            Type::Struct(fields) => fields.iter().map(|field| field.ty).collect(),
            _ => continue,
        };
        if inside.contains(&root) {
            return true;
        }
        work.extend(inside.into_iter().filter(|&ty| seen.insert(ty)));
    }
    false
}

/// How large a value is: its scalar places, and how deep its structs and arrays lie inside each other.
#[derive(Clone, Copy)]
struct Extent {
    cells: u64,
    depth: u32,
}

fn extent(types: &Types, ty: TypeId, level: u32, known: &mut FxHashMap<TypeId, Extent>) -> Extent {
    if let Some(&extent) = known.get(&ty) {
        return extent;
    }
    if level >= MAX_NESTING {
        return Extent { cells: 1, depth: MAX_NESTING };
    }
    // A type that contains itself was cut before.
    let extent = match types.underlying(ty) {
        Type::Array(elem, len) => {
            let inner = extent(types, *elem, level + 1, known);
            Extent { cells: inner.cells.max(1).saturating_mul(*len), depth: inner.depth.saturating_add(1) }
        }
        Type::Struct(fields) => fields.iter().fold(Extent { cells: 0, depth: 1 }, |sum, field| {
            let inner = extent(types, field.ty, level + 1, known);
            Extent {
                cells: sum.cells.saturating_add(inner.cells),
                depth: sum.depth.max(inner.depth.saturating_add(1)),
            }
        }),
        _ => Extent { cells: 1, depth: 1 },
    };
    known.insert(ty, extent);
    extent
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
