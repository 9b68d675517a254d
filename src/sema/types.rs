//! Go's types, interned: equal types have equal [`TypeId`]s.
//!
//! In: type descriptions from `sema`. Out: the table [`Types`] with the questions
//! that typing and lowering ask (underlying type, method sets, printing).

use rustc_hash::FxHashMap;

use super::program::FuncId;
pub use crate::syntax::ast::ChanDir;

/// An interned type. Two types are identical in Go's sense exactly if their ids are equal.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct TypeId(pub u32);

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub enum IntKind {
    Int,
    Int8,
    Int16,
    Int32,
    Int64,
    Uint,
    Uint8,
    Uint16,
    Uint32,
    Uint64,
    Uintptr,
}

impl IntKind {
    /// Width in bits and whether it is signed.
    pub fn shape(self) -> (u32, bool) {
        match self {
            Self::Int | Self::Int64 => (64, true),
            Self::Int8 => (8, true),
            Self::Int16 => (16, true),
            Self::Int32 => (32, true),
            Self::Uint | Self::Uint64 | Self::Uintptr => (64, false),
            Self::Uint8 => (8, false),
            Self::Uint16 => (16, false),
            Self::Uint32 => (32, false),
        }
    }
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Type {
    /// Stands for anything after an error; never reaches lowering.
    Invalid,
    Bool,
    Int(IntKind),
    String,
    /// Untyped constants and nil; gone once `sema` is done.
    UntypedBool,
    UntypedInt,
    UntypedRune,
    UntypedString,
    UntypedNil,
    Pointer(TypeId),
    Array(TypeId, u64),
    Slice(TypeId),
    Map(TypeId, TypeId),
    Chan(ChanDir, TypeId),
    Func(FuncType),
    Struct(Vec<Field>),
    /// Methods sorted by name, embedded interfaces flattened.
    Interface(Vec<InterfaceMethod>),
    /// A defined type: index into [`Types::named`].
    Named(u32),
    /// A primitive of the registry, by its name: `sync.Mutex`.
    Primitive(&'static str),
    /// Results of a call: none or several; also comma-ok forms.
    Tuple(Vec<TypeId>),
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct FuncType {
    /// The last is a slice where `variadic`.
    pub params: Vec<TypeId>,
    pub results: Vec<TypeId>,
    pub variadic: bool,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Field {
    pub name: String,
    pub ty: TypeId,
    pub embedded: bool,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct InterfaceMethod {
    pub name: String,
    /// A [`Type::Func`].
    pub ty: TypeId,
}

/// A defined type.
#[derive(Clone, Debug)]
pub struct NamedType {
    /// `Server`; library types with their package: `errors.errorString`.
    pub name: String,
    pub underlying: TypeId,
    pub methods: Vec<DeclaredMethod>,
}

/// A method declared on a defined type.
#[derive(Clone, Debug)]
pub struct DeclaredMethod {
    pub name: String,
    pub func: FuncId,
    pub pointer: bool,
    /// The signature without the receiver, a [`Type::Func`].
    pub ty: TypeId,
}

/// All types of a program.
#[derive(Clone, Debug, Default)]
pub struct Types {
    list: Vec<Type>,
    ids: FxHashMap<Type, TypeId>,
    pub named: Vec<NamedType>,
    /// Methods that a library file adds to a primitive: `sync.WaitGroup` has `Go`.
    pub primitive_methods: Vec<(&'static str, DeclaredMethod)>,
}

impl Types {
    /// The id of `ty`, new or known.
    pub fn intern(&mut self, ty: Type) -> TypeId {
        if let Some(&id) = self.ids.get(&ty) {
            return id;
        }
        let id = TypeId(u32::try_from(self.list.len()).unwrap_or(u32::MAX));
        self.list.push(ty.clone());
        self.ids.insert(ty, id);
        id
    }

    /// The type behind an id; a defined type stays [`Type::Named`].
    pub fn get(&self, id: TypeId) -> &Type {
        &self.list[id.0 as usize]
    }

    /// The underlying type: never [`Type::Named`].
    pub fn underlying(&self, id: TypeId) -> &Type {
        let mut ty = self.get(id);
        while let Type::Named(index) = ty {
            ty = self.get(self.named[*index as usize].underlying);
        }
        ty
    }

    /// The id of `ty` where some expression of the program has it.
    pub fn find(&self, ty: &Type) -> Option<TypeId> {
        self.ids.get(ty).copied()
    }

    /// Every type with its id.
    pub fn iter(&self) -> impl Iterator<Item = (TypeId, &Type)> {
        self.list.iter().enumerate().map(|(index, ty)| (TypeId(u32::try_from(index).unwrap_or(u32::MAX)), ty))
    }

    /// True for interface types.
    pub fn is_interface(&self, id: TypeId) -> bool {
        matches!(self.underlying(id), Type::Interface(_))
    }
}
