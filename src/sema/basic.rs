//! The types that every program has, interned once.

use super::types::{IntKind, InterfaceMethod, NamedType, Type, TypeId, Types};

/// Ids of predeclared types.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Basic {
    pub(crate) invalid: TypeId,
    pub(crate) bool: TypeId,
    pub(crate) string: TypeId,
    pub(crate) int: TypeId,
    pub(crate) untyped_bool: TypeId,
    pub(crate) untyped_int: TypeId,
    pub(crate) untyped_rune: TypeId,
    pub(crate) untyped_string: TypeId,
    pub(crate) untyped_nil: TypeId,
    /// `interface{}`.
    pub(crate) any: TypeId,
    /// `interface{ Error() string }`, a defined type.
    pub(crate) error: TypeId,
    /// The type of a call without results.
    pub(crate) unit: TypeId,
    ints: [TypeId; KINDS.len()],
}

const KINDS: [IntKind; 11] = [
    IntKind::Int,
    IntKind::Int8,
    IntKind::Int16,
    IntKind::Int32,
    IntKind::Int64,
    IntKind::Uint,
    IntKind::Uint8,
    IntKind::Uint16,
    IntKind::Uint32,
    IntKind::Uint64,
    IntKind::Uintptr,
];

impl Basic {
    /// Interns them in an empty table.
    pub(crate) fn new(types: &mut Types) -> Self {
        let invalid = types.intern(Type::Invalid);
        let bool = types.intern(Type::Bool);
        let string = types.intern(Type::String);
        let ints = KINDS.map(|kind| types.intern(Type::Int(kind)));
        let any = types.intern(Type::Interface(Vec::new()));
        let text = super::types::FuncType { params: Vec::new(), results: vec![string], variadic: false };
        let text = types.intern(Type::Func(text));
        let method = InterfaceMethod { name: "Error".to_string(), ty: text };
        let underlying = types.intern(Type::Interface(vec![method]));
        let error = types.intern(Type::Named(0));
        types.named.push(NamedType { name: "error".to_string(), underlying, methods: Vec::new() });
        Self {
            invalid,
            bool,
            string,
            int: types.intern(Type::Int(IntKind::Int)),
            untyped_bool: types.intern(Type::UntypedBool),
            untyped_int: types.intern(Type::UntypedInt),
            untyped_rune: types.intern(Type::UntypedRune),
            untyped_string: types.intern(Type::UntypedString),
            untyped_nil: types.intern(Type::UntypedNil),
            any,
            error,
            unit: types.intern(Type::Tuple(Vec::new())),
            ints,
        }
    }

    /// The type of an integer kind.
    pub(crate) fn int_of(&self, kind: IntKind) -> TypeId {
        let at = KINDS.iter().position(|&other| other == kind);
        at.and_then(|at| self.ints.get(at)).copied().unwrap_or(self.int)
    }
}
