//! Composite literals: structs, arrays, slices, maps, with inner types left out.

use rustc_hash::FxHashMap;

use super::checker::{Checker, Later};
use super::constant::Const;
use super::operand::Operand;
use super::problem::{ConstantProblem, LiteralProblem, TypeProblem};
use super::program::{self as p, ExprKind};
use super::resolve::MAX_ELEMENTS;
use super::types::{Field, Type, TypeId};
use crate::diag::did_you_mean;
use crate::source::Span;
use crate::syntax::ast::{self, Element, TypeExprKind};

impl<'a> Checker<'a> {
    /// `T{…}`.
    pub(crate) fn composite(
        &mut self,
        ty: &'a ast::TypeExpr,
        elements: &'a [Element],
        span: Span,
    ) -> Operand {
        if let TypeExprKind::Array { len: None, elem } = &ty.kind {
            let elem = self.resolve_type(elem);
            let (elements, len) = self.elements(elem, elements, None);
            let array = self.types.intern(Type::Array(elem, len));
            self.later.push(Later::Size(array, span));
            return self.value_of(ExprKind::ArrayLit(elements), array, span);
        }
        let id = self.resolve_type(ty);
        self.literal(id, elements, span, ty.span)
    }

    /// A literal of a known type.
    fn literal(&mut self, ty: TypeId, elements: &'a [Element], span: Span, type_span: Span) -> Operand {
        let under = self.types.underlying(ty).clone();
        let kind = match under {
            Type::Struct(fields) => match self.struct_literal(ty, &fields, elements, span) {
                Some(values) => ExprKind::StructLit(values),
                None => return self.invalid(span),
            },
            Type::Array(elem, len) => ExprKind::ArrayLit(self.elements(elem, elements, Some(len)).0),
            Type::Slice(elem) => {
                let (elements, len) = self.elements(elem, elements, None);
                ExprKind::SliceLit { len, elements }
            }
            Type::Map(key, value) => self.map_literal(key, value, elements),
            Type::Invalid => {
                // Names inside may be wrong too.
                for element in elements {
                    if !matches!(element.value.kind, ast::ExprKind::Composite { ty: None, .. }) {
                        self.expr(&element.value);
                    }
                }
                return self.invalid(span);
            }
            Type::Primitive(_) if elements.is_empty() => ExprKind::Zero,
            _ => {
                let ty = self.show(ty);
                self.report(&LiteralProblem::Type { span: type_span, ty });
                return self.invalid(span);
            }
        };
        self.value_of(kind, ty, span)
    }

    fn struct_literal(
        &mut self,
        ty: TypeId,
        fields: &[Field],
        elements: &'a [Element],
        span: Span,
    ) -> Option<Vec<p::Expr>> {
        let zero = |field: &Field| p::Expr { ty: field.ty, span, kind: ExprKind::Zero };
        if elements.is_empty() {
            return Some(fields.iter().map(zero).collect());
        }
        let keyed = elements.iter().any(|element| element.key.is_some());
        if keyed {
            return Some(self.keyed_fields(ty, fields, elements, span));
        }
        if elements.len() != fields.len() {
            let (have, want) = (elements.len(), fields.len());
            let at = elements.get(want).or(elements.last()).map_or(span, |element| element.value.span);
            let shown = self.show(ty);
            self.report(&LiteralProblem::Count { span: at, ty: shown, have, want });
        }
        let mut values = Vec::new();
        for (element, field) in elements.iter().zip(fields) {
            values.push(self.element_value(&element.value, field.ty, "a field"));
        }
        (values.len() == fields.len()).then_some(values)
    }

    fn keyed_fields(
        &mut self,
        ty: TypeId,
        fields: &[Field],
        elements: &'a [Element],
        span: Span,
    ) -> Vec<p::Expr> {
        let mut values: Vec<Option<p::Expr>> = vec![None; fields.len()];
        let mut seen: FxHashMap<&str, Span> = FxHashMap::default();
        for element in elements {
            let Some(key) = &element.key else {
                self.report(&LiteralProblem::Mixed { span: element.value.span });
                continue;
            };
            let ast::ExprKind::Name(name) = &key.kind else {
                self.report(&LiteralProblem::Mixed { span: key.span });
                continue;
            };
            let Some(index) = fields.iter().position(|field| field.name == *name) else {
                self.unknown_field(ty, fields, name, key.span);
                self.element_loose(&element.value);
                continue;
            };
            if let Some(&first) = seen.get(name.as_str()) {
                self.report(&LiteralProblem::Duplicate { span: key.span, first, key: name.clone() });
            }
            seen.insert(name, key.span);
            let Some(field) = fields.get(index) else { continue };
            let value = self.element_value(&element.value, field.ty, "a field");
            if let Some(slot) = values.get_mut(index) {
                *slot = Some(value);
            }
        }
        let zeros = fields.iter().map(|field| p::Expr { ty: field.ty, span, kind: ExprKind::Zero });
        values.into_iter().zip(zeros).map(|(value, zero)| value.unwrap_or(zero)).collect()
    }

    fn unknown_field(&mut self, ty: TypeId, fields: &[Field], name: &str, span: Span) {
        let promoted = matches!(
            super::methods::lookup(&self.types, ty, name),
            super::methods::Lookup::Found(selection)
                if matches!(selection.member, super::methods::Member::Field(_))
        );
        let names: Vec<String> = fields.iter().map(|field| field.name.clone()).collect();
        let meant = did_you_mean(name, names.iter().map(String::as_str)).map(str::to_string);
        let ty = self.show(ty);
        let name = name.to_string();
        self.report(&LiteralProblem::UnknownField { span, ty, name, meant, fields: names, promoted });
    }

    /// A value whose place is wrong: for its own mistakes.
    fn element_loose(&mut self, value: &'a ast::Expr) {
        if !matches!(value.kind, ast::ExprKind::Composite { ty: None, .. }) {
            self.expr(value);
        }
    }

    /// One value of a literal; a literal without a type takes the element's, or `&T` where that is `*T`.
    fn element_value(&mut self, value: &'a ast::Expr, ty: TypeId, context: &'static str) -> p::Expr {
        if let ast::ExprKind::Composite { ty: None, elements } = &value.kind {
            let operand = match *self.types.underlying(ty) {
                Type::Interface(_) => {
                    self.report(&LiteralProblem::NoType { span: value.span });
                    self.invalid(value.span)
                }
                Type::Pointer(to) => {
                    let literal = self.literal(to, elements, value.span, value.span);
                    if literal.is_invalid() {
                        return self.poison(value.span);
                    }
                    let literal = Box::new(self.expr_of(literal));
                    self.value_of(ExprKind::Alloc(literal), ty, value.span)
                }
                _ => self.literal(ty, elements, value.span, value.span),
            };
            return self.expr_of(operand);
        }
        let operand = self.value(value);
        self.assign(operand, ty, context)
    }

    /// The elements of an array or slice with their indices, and the length.
    fn elements(
        &mut self,
        elem: TypeId,
        elements: &'a [Element],
        len: Option<u64>,
    ) -> (Vec<(u64, p::Expr)>, u64) {
        let mut out = Vec::with_capacity(elements.len());
        let mut seen: FxHashMap<u64, Span> = FxHashMap::default();
        let (mut next, mut end) = (0u64, 0u64);
        for element in elements {
            let at = match &element.key {
                None => Some(next),
                Some(key) => self.element_index(key),
            };
            let value = self.element_value(&element.value, elem, "an element");
            let Some(at) = at else { continue };
            let span = element.key.as_ref().unwrap_or(&element.value).span;
            if len.is_some_and(|len| at >= len) {
                let (index, len) = (at.to_string(), len.unwrap_or(0).to_string());
                self.report(&ConstantProblem::Index { span, index, len });
            } else if at >= MAX_ELEMENTS {
                self.report(&TypeProblem::TooLarge { span, size: at.saturating_add(1).to_string() });
                continue;
            }
            if let Some(&first) = seen.get(&at) {
                self.report(&LiteralProblem::Duplicate { span, first, key: at.to_string() });
            }
            seen.insert(at, span);
            out.push((at, value));
            next = at.saturating_add(1);
            end = end.max(next);
        }
        (out, len.unwrap_or(end))
    }

    fn element_index(&mut self, key: &'a ast::Expr) -> Option<u64> {
        let value = self.const_int(key, "the index of an element")?;
        let index = u64::try_from(value).ok();
        if index.is_none() {
            let (span, value) = (key.span, value.to_string());
            self.report(&ConstantProblem::Negative { span, what: "an index", value });
        }
        index
    }

    fn map_literal(&mut self, key_type: TypeId, value_type: TypeId, elements: &'a [Element]) -> ExprKind {
        let mut out = Vec::with_capacity(elements.len());
        // In an interface, constants of different types are different keys.
        let mut seen: FxHashMap<(TypeId, Const), Span> = FxHashMap::default();
        for element in elements {
            let Some(key) = &element.key else {
                self.report(&LiteralProblem::MissingKey { span: element.value.span });
                self.element_loose(&element.value);
                continue;
            };
            let key_expr = if let ast::ExprKind::Composite { ty: None, .. } = key.kind {
                self.element_value(key, key_type, "the key of a map")
            } else {
                let operand = self.value(key);
                if let Some(constant) = operand.constant() {
                    let own = if self.types.is_interface(key_type) {
                        self.default_type(operand.ty)
                    } else {
                        key_type
                    };
                    let constant = (own, constant.clone());
                    if let Some(&first) = seen.get(&constant) {
                        let shown = constant.1.show();
                        self.report(&LiteralProblem::Duplicate { span: key.span, first, key: shown });
                    }
                    seen.insert(constant, key.span);
                }
                self.assign(operand, key_type, "the key of a map")
            };
            let value = self.element_value(&element.value, value_type, "an element");
            out.push((key_expr, value));
        }
        ExprKind::MapLit(out)
    }
}
