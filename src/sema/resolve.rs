//! Type expressions to types.
//!
//! In: types as written. Out: interned [`TypeId`]s; a name that is no type is
//! reported and gives the invalid type.

use super::checker::{Checker, Later};
use super::problem::{ConstantProblem, LanguageProblem, NameProblem, TypeProblem};
use super::scope::Entity;
use super::types::{Field, FuncType, InterfaceMethod, Type, TypeId};
use super::words::Word;
use crate::source::Span;
use crate::syntax::ast::{self, TypeExpr, TypeExprKind};

/// Elements that an array may have in all.
pub(crate) const MAX_ELEMENTS: u64 = 65_536;

impl<'a> Checker<'a> {
    /// The type that is written.
    pub(crate) fn resolve_type(&mut self, ty: &'a TypeExpr) -> TypeId {
        self.deeper(ty.span, |checker| checker.resolve_inner(ty)).unwrap_or(self.basic.invalid)
    }

    fn resolve_inner(&mut self, ty: &'a TypeExpr) -> TypeId {
        match &ty.kind {
            TypeExprKind::Name(name) => self.named_type(name, ty.span),
            TypeExprKind::Qualified { package, name } => self.qualified_type(package, name),
            TypeExprKind::Pointer(to) => {
                let to = self.resolve_type(to);
                self.pointer_to(to)
            }
            TypeExprKind::Array { len, elem } => self.array_type(len.as_deref(), elem, ty.span),
            TypeExprKind::Slice(elem) => {
                let elem = self.resolve_type(elem);
                self.types.intern(Type::Slice(elem))
            }
            TypeExprKind::Map { key, value } => {
                let key_type = self.resolve_type(key);
                let value = self.resolve_type(value);
                self.later.push(Later::MapKey(key_type, key.span));
                self.types.intern(Type::Map(key_type, value))
            }
            TypeExprKind::Chan { dir, elem } => {
                let elem = self.resolve_type(elem);
                self.types.intern(Type::Chan(*dir, elem))
            }
            TypeExprKind::Func(signature) => self.signature(signature),
            TypeExprKind::Struct(fields) => self.struct_type(fields),
            TypeExprKind::Interface(elements) => self.interface_type(elements),
            TypeExprKind::Paren(inner) => self.resolve_type(inner),
            TypeExprKind::Instance { base, args } => {
                if let TypeExprKind::Qualified { package, name } = &base.kind
                    && let Some(ty) = self.generic_type(package, name, args, ty.span)
                {
                    return ty;
                }
                let name = match &base.kind {
                    TypeExprKind::Qualified { package, name } => format!("{}.{}", package.name, name.name),
                    TypeExprKind::Name(name) => name.clone(),
                    _ => "this type".to_string(),
                };
                self.report(&LanguageProblem::Generics { span: ty.span, name });
                self.basic.invalid
            }
            TypeExprKind::Error => self.basic.invalid,
        }
    }

    fn named_type(&mut self, name: &str, span: Span) -> TypeId {
        if name == "_" {
            self.report(&NameProblem::Blank { span });
            return self.basic.invalid;
        }
        match self.lookup(name, span) {
            Some(Entity::Type(ty)) => ty,
            Some(Entity::Invalid) => self.basic.invalid,
            Some(_) => {
                self.report(&NameProblem::NotAType { span, name: name.to_string() });
                self.basic.invalid
            }
            None => {
                self.undefined(name, span);
                self.basic.invalid
            }
        }
    }

    /// Reports a name that is not declared, with what Go would have meant by it.
    pub(crate) fn undefined(&mut self, name: &str, span: Span) {
        let name = name.to_string();
        match name.as_str() {
            "float32" | "float64" | "complex64" | "complex128" => {
                self.report(&LanguageProblem::Number { span, name });
            }
            _ => {
                let meant = self.nearest(&name);
                self.report(&NameProblem::Undefined { span, name, meant });
            }
        }
    }

    fn qualified_type(&mut self, package: &'a ast::Ident, name: &'a ast::Ident) -> TypeId {
        let entity = match self.lookup(&package.name, package.span) {
            Some(Entity::Package(package)) => self.member(package, name),
            Some(_) => {
                let span = package.span.to(name.span);
                self.report(&NameProblem::NotAType { span, name: format!("{}.{}", package.name, name.name) });
                Entity::Invalid
            }
            None => {
                self.unknown_package(package);
                Entity::Invalid
            }
        };
        match entity {
            Entity::Type(ty) => ty,
            Entity::Invalid => self.basic.invalid,
            Entity::Word(Word::Generic(template)) if template.name == "Pointer" => {
                let span = package.span.to(name.span);
                let name = format!("{}.{}", package.name, name.name);
                self.report(&TypeProblem::TypeArgument { span, name });
                self.basic.invalid
            }
            _ => {
                let written = format!("{}.{}", package.name, name.name);
                self.report(&NameProblem::NotAType { span: package.span.to(name.span), name: written });
                self.basic.invalid
            }
        }
    }

    fn array_type(&mut self, len: Option<&'a ast::Expr>, elem: &'a TypeExpr, span: Span) -> TypeId {
        let len = match len {
            Some(len) => self.length(len),
            None => {
                self.report(&ConstantProblem::NotConstant {
                    span,
                    what: "an array length outside a literal",
                });
                None
            }
        };
        let elem = self.resolve_type(elem);
        let Some(len) = len else { return self.basic.invalid };
        let ty = self.types.intern(Type::Array(elem, len));
        self.later.push(Later::Size(ty, span));
        ty
    }

    /// A constant array length within the limit.
    fn length(&mut self, expr: &'a ast::Expr) -> Option<u64> {
        let value = self.const_int(expr, "an array length")?;
        match u64::try_from(value) {
            Ok(len) if len <= MAX_ELEMENTS => Some(len),
            Ok(_) => {
                self.report(&TypeProblem::TooLarge { span: expr.span, size: value.to_string() });
                None
            }
            Err(_) if value < 0 => {
                let problem = ConstantProblem::Negative {
                    span: expr.span,
                    what: "an array length",
                    value: value.to_string(),
                };
                self.report(&problem);
                None
            }
            Err(_) => {
                self.report(&TypeProblem::TooLarge { span: expr.span, size: value.to_string() });
                None
            }
        }
    }

    /// A function's type, without its receiver.
    pub(crate) fn signature(&mut self, signature: &'a ast::Signature) -> TypeId {
        let mut params = Vec::new();
        let mut variadic = false;
        for (index, param) in signature.params.iter().enumerate() {
            let ty = self.resolve_type(&param.ty);
            if param.variadic && index + 1 == signature.params.len() {
                variadic = true;
                params.push(self.types.intern(Type::Slice(ty)));
            } else {
                if param.variadic {
                    self.report(&TypeProblem::MisplacedDots { span: param.ty.span });
                }
                params.push(ty);
            }
        }
        let results = signature.results.iter().map(|result| self.resolve_type(&result.ty)).collect();
        self.types.intern(Type::Func(FuncType { params, results, variadic }))
    }

    fn struct_type(&mut self, fields: &'a [ast::FieldDecl]) -> TypeId {
        let mut out: Vec<Field> = Vec::new();
        let mut spans: Vec<Span> = Vec::new();
        for field in fields {
            let ty = self.resolve_type(&field.ty);
            let (name, span, embedded) = match &field.name {
                Some(name) => (name.name.clone(), name.span, false),
                None => {
                    self.later.push(Later::Embedded(ty, field.ty.span));
                    (embedded_name(&field.ty), field.ty.span, true)
                }
            };
            let first = out.iter().position(|other| other.name == name && name != "_");
            if let Some(&first) = first.and_then(|first| spans.get(first)) {
                self.report(&NameProblem::Redeclared { span, first, what: "field", name });
                continue;
            }
            spans.push(span);
            out.push(Field { name, ty, embedded });
        }
        self.types.intern(Type::Struct(out))
    }

    fn interface_type(&mut self, elements: &'a [ast::InterfaceElem]) -> TypeId {
        let mut methods: Vec<InterfaceMethod> = Vec::new();
        let mut spans: Vec<(String, Span)> = Vec::new();
        for element in elements {
            match element {
                ast::InterfaceElem::Method { name, signature } => {
                    let ty = self.signature(signature);
                    if let Some((_, first)) = spans.iter().find(|(other, _)| *other == name.name) {
                        let (span, first) = (name.span, *first);
                        let name = name.name.clone();
                        self.report(&NameProblem::Redeclared { span, first, what: "method", name });
                        continue;
                    }
                    spans.push((name.name.clone(), name.span));
                    methods.push(InterfaceMethod { name: name.name.clone(), ty });
                }
                ast::InterfaceElem::Embedded(ty) => self.embed_interface(ty, &mut methods, &mut spans),
            }
        }
        methods.sort_by(|a, b| a.name.cmp(&b.name));
        self.types.intern(Type::Interface(methods))
    }

    fn embed_interface(
        &mut self,
        ty: &'a TypeExpr,
        methods: &mut Vec<InterfaceMethod>,
        spans: &mut Vec<(String, Span)>,
    ) {
        let id = self.resolve_type(ty);
        if let Type::Named(index) = self.types.get(id)
            && self.constructing.contains(index)
        {
            let name = self.show(id);
            self.report(&TypeProblem::Recursive { span: ty.span, name });
            return;
        }
        let inner = match self.types.underlying(id) {
            Type::Interface(inner) => inner.clone(),
            Type::Invalid => return,
            _ => {
                let ty_text = self.show(id);
                self.report(&TypeProblem::NotAnInterface {
                    span: ty.span,
                    ty: ty_text,
                    what: "embedding in an interface",
                });
                return;
            }
        };
        for method in inner {
            match methods.iter().find(|other| other.name == method.name) {
                Some(other) if other.ty == method.ty => {}
                Some(_) => {
                    let first = spans.iter().find(|(name, _)| *name == method.name);
                    let first = first.map_or(ty.span, |(_, span)| *span);
                    let name = method.name;
                    self.report(&NameProblem::Redeclared { span: ty.span, first, what: "method", name });
                }
                None => {
                    spans.push((method.name.clone(), ty.span));
                    methods.push(method);
                }
            }
        }
    }
}

/// The field name of an embedded type: `Mutex` for `sync.Mutex` and `*sync.Mutex`.
fn embedded_name(ty: &TypeExpr) -> String {
    match &ty.kind {
        TypeExprKind::Name(name) => name.clone(),
        TypeExprKind::Qualified { name, .. } => name.name.clone(),
        TypeExprKind::Pointer(inner) | TypeExprKind::Paren(inner) => embedded_name(inner),
        TypeExprKind::Instance { base, .. } => embedded_name(base),
        _ => "_".to_string(),
    }
}
