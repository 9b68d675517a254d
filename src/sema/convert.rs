//! Explicit conversions `T(x)`.
//!
//! Follows "Conversions" of the Go specification for the types that models have.

use super::calls::Arity;
use super::checker::Checker;
use super::constant::Const;
use super::operand::{Mode, Operand};
use super::problem::{ConstantProblem, TypeProblem};
use super::program::{self as p, ExprKind};
use super::types::{Type, TypeId};
use crate::source::Span;
use crate::syntax::ast;

impl<'a> Checker<'a> {
    pub(crate) fn conversion(
        &mut self,
        target: TypeId,
        target_span: Span,
        args: &'a [ast::Expr],
        spread: bool,
        span: Span,
    ) -> Operand {
        let [arg] = args else {
            let form = Arity { have: args.len(), want: 1, span };
            self.wrong_conversion(target, &form);
            for arg in args {
                self.expr(arg);
            }
            return self.invalid(span);
        };
        if spread {
            self.report(&TypeProblem::Spread { span, why: "a conversion takes one value" });
            return self.invalid(span);
        }
        let _ = target_span;
        let value = self.value(arg);
        if value.is_invalid() || self.is_invalid(target) {
            return self.invalid(span);
        }
        if let Mode::Const(constant) = &value.mode
            && matches!(self.types.underlying(target), Type::Int(_) | Type::Bool | Type::String)
        {
            let constant = constant.clone();
            return self.convert_constant(&value, constant, target, span);
        }
        self.convert_value(value, target, span)
    }

    fn wrong_conversion(&mut self, target: TypeId, arity: &Arity) {
        let signature = format!("(x) {}", self.show(target));
        let Arity { have, want, span } = *arity;
        self.report(&TypeProblem::Arguments { span, have, want, at_least: false, signature });
    }

    fn convert_constant(&mut self, value: &Operand, constant: Const, target: TypeId, span: Span) -> Operand {
        let under = self.types.underlying(target).clone();
        match (&constant, &under) {
            (Const::Int(_), Type::Int(_)) | (Const::Bool(_), Type::Bool) | (Const::Str(_), Type::String) => {
                if constant.fits(&under) {
                    return self.constant(constant, target, span);
                }
                let ty = self.show(target);
                self.report(&ConstantProblem::Overflow { span: value.span, value: constant.show(), ty });
                self.invalid(span)
            }
            // `string(65)` is "A".
            (Const::Int(code), Type::String) => {
                let rune = u32::try_from(*code).ok().and_then(char::from_u32).unwrap_or('\u{fffd}');
                self.constant(Const::Str(rune.to_string().into()), target, span)
            }
            _ => self.cannot_convert(value, target, span, "only integers convert to integers"),
        }
    }

    fn cannot_convert(&mut self, value: &Operand, target: TypeId, span: Span, help: &'static str) -> Operand {
        let have = match self.types.get(value.ty) {
            Type::UntypedNil => "nil".to_string(),
            _ => self.show(self.default_type(value.ty)),
        };
        let want = self.show(target);
        self.report(&TypeProblem::Conversion { span: value.span, have, want, help });
        self.invalid(span)
    }

    fn convert_value(&mut self, value: Operand, target: TypeId, span: Span) -> Operand {
        let untyped = self.is_untyped(value.ty);
        let fits = if untyped {
            match self.types.get(value.ty) {
                Type::UntypedNil => self.has_nil(target),
                _ => self.types.is_interface(target) || self.kinds_agree(value.ty, target),
            }
        } else {
            self.assignable(value.ty, target)
        };
        if fits {
            let expr = self.assign(value, target, "this conversion");
            return self.value_of(expr.kind, target, span);
        }
        let from = self.types.underlying(value.ty).clone();
        let to = self.types.underlying(target).clone();
        match (&from, &to) {
            (Type::Int(_), Type::Int(_)) => self.converted(value, target, span),
            (Type::UntypedInt | Type::UntypedRune, Type::Int(_)) => self.converted(value, target, span),
            (Type::Int(_) | Type::Slice(_), Type::String) | (Type::String, Type::Slice(_)) => {
                self.no_string(span, "a conversion to or from a string that is not constant");
                self.invalid(span)
            }
            (Type::UntypedString, Type::Slice(_)) => {
                self.no_string(span, "the bytes of a string");
                self.invalid(span)
            }
            _ if !untyped && from == to && !matches!(from, Type::Interface(_)) => {
                self.converted(value, target, span)
            }
            (Type::Pointer(x), Type::Pointer(y))
                if self.types.underlying(*x) == self.types.underlying(*y) =>
            {
                self.converted(value, target, span)
            }
            (_, Type::Interface(_)) => {
                // Says which method is missing.
                self.assign(value, target, "this conversion");
                self.invalid(span)
            }
            (_, Type::Int(_)) => {
                self.cannot_convert(&value, target, span, "only integers convert to integers")
            }
            _ => self.cannot_convert(&value, target, span, "both types must have the same underlying type"),
        }
    }

    fn converted(&mut self, value: Operand, target: TypeId, span: Span) -> Operand {
        let inner = self.expr_of(value);
        let inner = if self.is_untyped(inner.ty) {
            p::Expr { ty: self.default_type(inner.ty), ..inner }
        } else {
            inner
        };
        if inner.ty == target {
            return self.value_of(inner.kind, target, span);
        }
        self.value_of(ExprKind::Convert(Box::new(inner)), target, span)
    }
}
