//! Operands: an expression on its way to being typed.
//!
//! In: what `expr` found. Out: [`p::Expr`]s of the type that the place wants; the
//! rules of "Assignability", "Constants" (untyped ones) and "Conversions, implicit".

use super::checker::Checker;
use super::constant::Const;
use super::methods::missing_method;
use super::problem::typing::MissingFact;
use super::problem::{ConstantProblem, LanguageProblem, NameProblem, TypeProblem};
use super::program::{self as p, ExprKind};
use super::types::{ChanDir, Type, TypeId};
use super::words::Word;
use crate::source::Span;

/// What kind of thing an expression denotes.
#[derive(Clone, Debug)]
pub(crate) enum Mode {
    /// After a mistake that has been reported.
    Invalid,
    Type,
    Package(&'static str),
    /// A function that exists in no source; can only be called.
    Word(Word),
    Const(Const),
    /// A variable: has an address, can be assigned.
    Place,
    /// An element of a map: can be assigned, has no address, has a comma-ok form.
    MapElement,
    /// A receive or a type assertion: has a comma-ok form.
    CommaOk,
    /// Any other value; of tuple type where a call gives none or several.
    Value,
}

#[derive(Clone, Debug)]
pub(crate) struct Operand {
    pub(crate) mode: Mode,
    pub(crate) ty: TypeId,
    pub(crate) span: Span,
    /// Not yet there for constants.
    pub(crate) kind: ExprKind,
}

impl Operand {
    pub(crate) fn is_invalid(&self) -> bool {
        matches!(self.mode, Mode::Invalid)
    }

    pub(crate) fn constant(&self) -> Option<&Const> {
        match &self.mode {
            Mode::Const(value) => Some(value),
            _ => None,
        }
    }
}

impl<'a> Checker<'a> {
    pub(crate) fn constant(&self, value: Const, ty: TypeId, span: Span) -> Operand {
        Operand { mode: Mode::Const(value), ty, span, kind: ExprKind::Zero }
    }

    pub(crate) fn value_of(&self, kind: ExprKind, ty: TypeId, span: Span) -> Operand {
        Operand { mode: Mode::Value, ty, span, kind }
    }

    pub(crate) fn place_of(&self, kind: ExprKind, ty: TypeId, span: Span) -> Operand {
        Operand { mode: Mode::Place, ty, span, kind }
    }

    /// The expression as it is, of the type it has.
    pub(crate) fn expr_of(&mut self, operand: Operand) -> p::Expr {
        match operand.mode {
            Mode::Const(value) => self.const_expr(&value, operand.ty, operand.span),
            Mode::Invalid => self.poison(operand.span),
            _ => p::Expr { ty: operand.ty, span: operand.span, kind: operand.kind },
        }
    }

    pub(crate) fn is_untyped(&self, ty: TypeId) -> bool {
        matches!(
            self.types.get(ty),
            Type::UntypedBool | Type::UntypedInt | Type::UntypedRune | Type::UntypedString | Type::UntypedNil
        )
    }

    /// The type that an untyped value gets where nothing asks for another.
    pub(crate) fn default_type(&self, ty: TypeId) -> TypeId {
        match self.types.get(ty) {
            Type::UntypedBool => self.basic.bool,
            Type::UntypedInt => self.basic.int,
            Type::UntypedRune => self.basic.int_of(super::types::IntKind::Int32),
            Type::UntypedString => self.basic.string,
            _ => ty,
        }
    }

    /// Exactly one value, or invalid (reported).
    pub(crate) fn single(&mut self, operand: Operand) -> Operand {
        match &operand.mode {
            Mode::Invalid => operand,
            Mode::Type => {
                let name = self.show(operand.ty);
                self.report(&NameProblem::TypeAsValue { span: operand.span, name });
                self.invalid(operand.span)
            }
            Mode::Package(name) => {
                self.report(&NameProblem::PackageAsValue { span: operand.span, name: (*name).to_string() });
                self.invalid(operand.span)
            }
            Mode::Word(word) => {
                self.report(&TypeProblem::MustBeCalled { span: operand.span, name: word.name() });
                self.invalid(operand.span)
            }
            _ => match self.types.get(operand.ty) {
                Type::Tuple(types) => {
                    let count = types.len();
                    if count == 0 {
                        self.report(&TypeProblem::NoValue { span: operand.span });
                    } else {
                        self.report(&TypeProblem::SeveralValues { span: operand.span, count });
                    }
                    self.invalid(operand.span)
                }
                _ => operand,
            },
        }
    }

    /// The value with the type it has by itself: untyped constants get their default type.
    pub(crate) fn with_default(&mut self, operand: Operand) -> p::Expr {
        if operand.is_invalid() {
            return self.poison(operand.span);
        }
        if matches!(self.types.get(operand.ty), Type::UntypedNil) {
            self.report(&TypeProblem::Nil { span: operand.span });
            return self.poison(operand.span);
        }
        let ty = self.default_type(operand.ty);
        self.assign(operand, ty, "this place")
    }

    /// The value as one of type `target`, by the rules of assignment; a misfit is reported.
    pub(crate) fn assign(&mut self, operand: Operand, target: TypeId, context: &'static str) -> p::Expr {
        let span = operand.span;
        let wrong = p::Expr { ty: target, span, kind: ExprKind::Zero };
        if operand.is_invalid() || self.is_invalid(target) || self.is_invalid(operand.ty) {
            return wrong;
        }
        if self.is_untyped(operand.ty) {
            return self.assign_untyped(operand, target, context).unwrap_or(wrong);
        }
        if operand.ty == target {
            return self.expr_of(operand);
        }
        if self.types.is_interface(target) {
            if let Some(missing) = missing_method(&self.types, operand.ty, target) {
                let have = self.show(operand.ty);
                let want = self.show(target);
                let missing = MissingFact::new(missing, &have);
                self.report(&TypeProblem::Missing { span, have, want, missing });
                return wrong;
            }
            let inner = self.expr_of(operand);
            return p::Expr { ty: target, span, kind: ExprKind::ToInterface(Box::new(inner)) };
        }
        if self.same_but_for_name(operand.ty, target) || self.narrows_channel(operand.ty, target) {
            let inner = self.expr_of(operand);
            return p::Expr { ty: target, span, kind: ExprKind::Convert(Box::new(inner)) };
        }
        let (have, want) = (self.show(operand.ty), self.show(target));
        self.report(&TypeProblem::Mismatch { span, have, want, context });
        wrong
    }

    /// True if a value of type `from` may be assigned to `to` (both typed), without reporting.
    pub(crate) fn assignable(&self, from: TypeId, to: TypeId) -> bool {
        from == to
            || (self.types.is_interface(to) && missing_method(&self.types, from, to).is_none())
            || self.same_but_for_name(from, to)
            || self.narrows_channel(from, to)
    }

    /// One underlying type, and at least one of the two has no name.
    fn same_but_for_name(&self, from: TypeId, to: TypeId) -> bool {
        (!self.has_name(from) || !self.has_name(to))
            && self.types.underlying(from) == self.types.underlying(to)
    }

    fn has_name(&self, ty: TypeId) -> bool {
        matches!(
            self.types.get(ty),
            Type::Named(_) | Type::Primitive(_) | Type::Bool | Type::Int(_) | Type::String
        )
    }

    fn narrows_channel(&self, from: TypeId, to: TypeId) -> bool {
        match (self.types.underlying(from), self.types.underlying(to)) {
            (Type::Chan(ChanDir::Both, x), Type::Chan(_, y)) => {
                x == y && (!self.has_name(from) || !self.has_name(to))
            }
            _ => false,
        }
    }

    pub(crate) fn has_nil(&self, ty: TypeId) -> bool {
        matches!(
            self.types.underlying(ty),
            Type::Pointer(_)
                | Type::Slice(_)
                | Type::Map(..)
                | Type::Chan(..)
                | Type::Func(_)
                | Type::Interface(_)
                | Type::UntypedNil
                | Type::Invalid
        )
    }

    fn assign_untyped(&mut self, operand: Operand, target: TypeId, context: &'static str) -> Option<p::Expr> {
        let span = operand.span;
        if matches!(self.types.get(operand.ty), Type::UntypedNil) {
            if self.has_nil(target) {
                return Some(p::Expr { ty: target, span, kind: ExprKind::Zero });
            }
            self.report(&TypeProblem::Mismatch {
                span,
                have: "nil".into(),
                want: self.show(target),
                context,
            });
            return None;
        }
        if self.types.is_interface(target) {
            let ty = self.default_type(operand.ty);
            let typed = self.assign_untyped(operand, ty, context)?;
            let typed = Operand { mode: Mode::Value, ty, span, kind: typed.kind };
            return Some(self.assign(typed, target, context));
        }
        if !self.kinds_agree(operand.ty, target) {
            let problem = if let Type::Int(_) = self.types.underlying(target)
                && matches!(self.types.get(operand.ty), Type::UntypedString)
            {
                TypeProblem::Mismatch { span, have: "string".into(), want: self.show(target), context }
            } else {
                let have = self.show(self.default_type(operand.ty));
                TypeProblem::Mismatch { span, have, want: self.show(target), context }
            };
            self.report(&problem);
            return None;
        }
        if let Mode::Const(value) = &operand.mode {
            if !value.fits(self.types.underlying(target)) {
                let problem = ConstantProblem::Overflow { span, value: value.show(), ty: self.show(target) };
                self.report(&problem);
                return None;
            }
            let value = value.clone();
            return Some(self.const_expr(&value, target, span));
        }
        let mut expr = p::Expr { ty: operand.ty, span, kind: operand.kind };
        self.retag(&mut expr, target);
        Some(expr)
    }

    /// True if an untyped value of kind `untyped` may become a `target`.
    pub(crate) fn kinds_agree(&self, untyped: TypeId, target: TypeId) -> bool {
        matches!(
            (self.types.get(untyped), self.types.underlying(target)),
            (Type::UntypedBool, Type::Bool | Type::UntypedBool)
                | (Type::UntypedInt | Type::UntypedRune, Type::Int(_) | Type::UntypedInt | Type::UntypedRune)
                | (Type::UntypedString, Type::String | Type::UntypedString)
        )
    }

    /// Gives an untyped expression that is no constant (a comparison, a shift) its type.
    fn retag(&mut self, expr: &mut p::Expr, ty: TypeId) {
        if !self.is_untyped(expr.ty) {
            return;
        }
        expr.ty = ty;
        match &mut expr.kind {
            ExprKind::Binary(op, left, right) => match op {
                p::BinaryOp::Shl | p::BinaryOp::Shr => self.retag(left, ty),
                p::BinaryOp::Eq
                | p::BinaryOp::Ne
                | p::BinaryOp::Lt
                | p::BinaryOp::Le
                | p::BinaryOp::Gt
                | p::BinaryOp::Ge => {}
                _ => {
                    self.retag(left, ty);
                    self.retag(right, ty);
                }
            },
            ExprKind::Unary(_, operand) => self.retag(operand, ty),
            ExprKind::Int(value) => {
                let value = Const::Int(i128::from(*value));
                if !value.fits(self.types.underlying(ty)) {
                    let problem =
                        ConstantProblem::Overflow { span: expr.span, value: value.show(), ty: self.show(ty) };
                    self.report(&problem);
                }
            }
            _ => {}
        }
    }

    /// An integer value for an index, a size or a count: untyped ones become `int`.
    pub(crate) fn integer(&mut self, operand: Operand, what: &'static str) -> p::Expr {
        let operand = self.single(operand);
        if operand.is_invalid() || self.is_invalid(operand.ty) {
            return self.poison(operand.span);
        }
        let span = operand.span;
        match self.types.underlying(operand.ty) {
            Type::UntypedInt | Type::UntypedRune => self.assign(operand, self.basic.int, what),
            Type::Int(_) => self.expr_of(operand),
            _ => {
                let ty = self.show(self.default_type(operand.ty));
                self.report(&TypeProblem::NotAnInteger { span, ty, what });
                self.poison(span)
            }
        }
    }

    /// A condition.
    pub(crate) fn condition(&mut self, operand: Operand, what: &'static str) -> p::Expr {
        let operand = self.single(operand);
        if operand.is_invalid() || self.is_invalid(operand.ty) {
            return self.poison(operand.span);
        }
        match self.types.underlying(operand.ty) {
            Type::UntypedBool => self.assign(operand, self.basic.bool, what),
            Type::Bool => self.expr_of(operand),
            _ => {
                let ty = self.show(self.default_type(operand.ty));
                self.report(&TypeProblem::NotABool { span: operand.span, ty, what });
                self.poison(operand.span)
            }
        }
    }

    /// Reports a use of a string that would need its characters at run time.
    pub(crate) fn no_string(&mut self, span: Span, what: impl Into<String>) {
        self.report(&LanguageProblem::StringValue { span, what: what.into() });
    }
}
