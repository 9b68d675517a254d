//! Elements and slices: `x[i]`, `x[a:b]`.

use super::checker::Checker;
use super::constant::Const;
use super::operand::{Mode, Operand};
use super::problem::{ConstantProblem, LanguageProblem, TypeProblem};
use super::program::{self as p, ExprKind};
use super::scope::Entity;
use super::types::{IntKind, Type, TypeId};
use super::words::Word;
use crate::source::Span;
use crate::syntax::ast;

impl<'a> Checker<'a> {
    pub(crate) fn index(&mut self, operand: &'a ast::Expr, index: &'a ast::Expr, span: Span) -> Operand {
        let value = self.expr(operand);
        // `atomic.Pointer[T]` where a value could stand: in `new(…)`.
        if let Mode::Word(Word::Generic(template)) = value.mode
            && template.params.len() == 1
        {
            let of = self.expr(index);
            if matches!(of.mode, Mode::Type)
                && let Entity::Type(ty) = self.instance(template, &[of.ty], span)
            {
                return Operand { mode: Mode::Type, ty, span, kind: ExprKind::Zero };
            }
        }
        let generic = match &value.mode {
            Mode::Type => true,
            _ => matches!(value.kind, ExprKind::Func(_)),
        };
        if generic {
            let name = super::text::expr_text(operand);
            self.report(&LanguageProblem::Generics { span, name });
            return self.invalid(span);
        }
        let value = self.single(value);
        if value.is_invalid() {
            self.value(index);
            return self.invalid(span);
        }
        let value = self.through_array_pointer(value);
        match self.types.underlying(value.ty).clone() {
            Type::Array(elem, len) => {
                let place = matches!(value.mode, Mode::Place);
                let (index, _) = self.index_value(index, Some(len));
                let value = self.expr_of(value);
                let kind = ExprKind::Index(Box::new(value), Box::new(index));
                if place { self.place_of(kind, elem, span) } else { self.value_of(kind, elem, span) }
            }
            Type::Slice(elem) => {
                let (index, _) = self.index_value(index, None);
                let value = self.expr_of(value);
                self.place_of(ExprKind::Index(Box::new(value), Box::new(index)), elem, span)
            }
            Type::Map(key, elem) => {
                let key_value = self.value(index);
                let key = Box::new(self.assign(key_value, key, "the key of a map"));
                let map = Box::new(self.expr_of(value));
                let kind = ExprKind::MapIndex { map, key, comma_ok: false };
                Operand { mode: Mode::MapElement, ty: elem, span, kind }
            }
            Type::String | Type::UntypedString => self.string_index(&value, index, span),
            Type::Invalid => self.invalid(span),
            _ => {
                let ty = self.show(self.default_type(value.ty));
                self.report(&TypeProblem::NotIndexable { span: value.span, ty });
                self.value(index);
                self.invalid(span)
            }
        }
    }

    /// A pointer to an array stands for the array.
    fn through_array_pointer(&mut self, value: Operand) -> Operand {
        let Type::Pointer(to) = self.types.underlying(value.ty) else { return value };
        let to = *to;
        if !matches!(self.types.underlying(to), Type::Array(..)) {
            return value;
        }
        let span = value.span;
        let pointer = self.expr_of(value);
        self.place_of(ExprKind::Deref(Box::new(pointer)), to, span)
    }

    /// An index or bound; a constant one is checked against the length where that is known.
    fn index_value(&mut self, index: &'a ast::Expr, len: Option<u64>) -> (p::Expr, Option<i128>) {
        let operand = self.value(index);
        let constant = operand.constant().and_then(Const::int);
        let span = operand.span;
        if let Some(value) = constant {
            if value < 0 {
                let value = value.to_string();
                self.report(&ConstantProblem::Negative { span, what: "an index", value });
                return (self.poison(span), None);
            }
            if let Some(len) = len
                && value >= i128::from(len)
            {
                let (index, len) = (value.to_string(), len.to_string());
                self.report(&ConstantProblem::Index { span, index, len });
                return (self.poison(span), None);
            }
        }
        (self.integer(operand, "an index"), constant)
    }

    fn string_index(&mut self, value: &Operand, index: &'a ast::Expr, span: Span) -> Operand {
        let text = match value.constant() {
            Some(Const::Str(text)) => text.clone(),
            _ => {
                self.value(index);
                self.no_string(span, "an index into a string that is not constant");
                return self.invalid(span);
            }
        };
        let (_, constant) = self.index_value(index, Some(text.len() as u64));
        let byte = constant.and_then(|at| usize::try_from(at).ok()).and_then(|at| text.as_bytes().get(at));
        match byte {
            Some(&byte) => {
                let ty = self.basic.int_of(IntKind::Uint8);
                // Not a constant in Go: an element of a constant string.
                self.value_of(ExprKind::Int(i64::from(byte)), ty, span)
            }
            None if constant.is_some() => self.invalid(span),
            None => {
                self.no_string(span, "an index into a string that is not constant");
                self.invalid(span)
            }
        }
    }

    /// `operand[low:high:max]`.
    pub(crate) fn slice(
        &mut self,
        operand: &'a ast::Expr,
        bounds: [Option<&'a ast::Expr>; 3],
        span: Span,
    ) -> Operand {
        let value = self.value(operand);
        if value.is_invalid() {
            for bound in bounds.into_iter().flatten() {
                self.value(bound);
            }
            return self.invalid(span);
        }
        let value = self.through_array_pointer(value);
        let (ty, len) = match self.types.underlying(value.ty).clone() {
            Type::Slice(_) => (value.ty, None),
            Type::Array(elem, len) => {
                if !matches!(value.mode, Mode::Place) {
                    let ty = self.show(value.ty);
                    self.report(&TypeProblem::NotSliceable {
                        span: value.span,
                        ty,
                        why: "this array has no address",
                    });
                    return self.invalid(span);
                }
                self.mark_addressed(&value.kind);
                (self.types.intern(Type::Slice(elem)), Some(len))
            }
            Type::String | Type::UntypedString => return self.string_slice(&value, bounds, span),
            Type::Invalid => return self.invalid(span),
            _ => {
                let ty = self.show(self.default_type(value.ty));
                self.report(&TypeProblem::NotSliceable {
                    span: value.span,
                    ty,
                    why: "neither a slice nor an array",
                });
                return self.invalid(span);
            }
        };
        let operand = Box::new(self.expr_of(value));
        let [low, high, max] = self.bounds(bounds, len);
        self.value_of(ExprKind::SliceOf { operand, low, high, max }, ty, span)
    }

    fn bounds(&mut self, bounds: [Option<&'a ast::Expr>; 3], len: Option<u64>) -> [Option<Box<p::Expr>>; 3] {
        let mut last: Option<i128> = None;
        bounds.map(|bound| {
            let bound = bound?;
            // A bound may be equal to the length.
            let (expr, constant) = self.index_value(bound, len.map(|len| len.saturating_add(1)));
            if let (Some(before), Some(value)) = (last, constant)
                && before > value
            {
                self.report(&ConstantProblem::SliceOrder { span: bound.span });
            }
            last = constant.or(last);
            Some(Box::new(expr))
        })
    }

    fn string_slice(&mut self, value: &Operand, bounds: [Option<&'a ast::Expr>; 3], span: Span) -> Operand {
        let Some(Const::Str(text)) = value.constant().cloned() else {
            self.no_string(span, "a part of a string that is not constant");
            return self.invalid(span);
        };
        let limit = (text.len() as u64).saturating_add(1);
        let mut constants = [Some(0), Some(text.len() as i128)];
        for (slot, bound) in constants.iter_mut().zip(bounds) {
            if let Some(bound) = bound {
                *slot = self.index_value(bound, Some(limit)).1;
            }
        }
        let [Some(low), Some(high)] = constants else {
            self.no_string(span, "a part of a string with bounds that are not constant");
            return self.invalid(span);
        };
        let range = usize::try_from(low).ok().zip(usize::try_from(high).ok());
        match range.and_then(|(low, high)| text.get(low..high)) {
            Some(part) => {
                let ty = self.default_type(value.ty);
                let id = self.intern(part);
                self.value_of(ExprKind::Str(id), ty, span)
            }
            None => {
                self.report(&ConstantProblem::SliceOrder { span });
                self.invalid(span)
            }
        }
    }

    /// The type of the elements of an array or slice.
    pub(crate) fn element_type(&self, ty: TypeId) -> Option<TypeId> {
        match self.types.underlying(ty) {
            Type::Array(elem, _) | Type::Slice(elem) => Some(*elem),
            _ => None,
        }
    }
}
