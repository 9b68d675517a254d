//! Binary operators: arithmetic, shifts, comparisons, logic.
//!
//! Follows "Operators" and "Comparison operators" of the Go specification: untyped
//! operands take the type of the other side, constants fold, comparisons make the
//! conversion to an interface explicit.

use super::checker::Checker;
use super::constant::{Const, binary, shift};
use super::operand::{Mode, Operand};
use super::problem::{ConstantProblem, TypeProblem};
use super::program::{self as p, ExprKind};
use super::text::binary_text;
use super::types::Type;
use super::validity::incomparable;
use crate::source::Span;
use crate::syntax::ast::{self, BinaryOp};

impl<'a> Checker<'a> {
    /// A chain `a + b + c` is walked without recursion: chains are long.
    pub(crate) fn binary(&mut self, expr: &'a ast::Expr) -> Operand {
        let mut links: Vec<(BinaryOp, Span, &'a ast::Expr, Span)> = Vec::new();
        let mut first = expr;
        while let ast::ExprKind::Binary { op, op_span, left, right } = &first.kind {
            links.push((*op, *op_span, right, first.span));
            first = left;
        }
        let mut result = self.value(first);
        while let Some((op, op_span, right, span)) = links.pop() {
            let right = self.value(right);
            result = self.combine(op, op_span, result, right, span);
        }
        result
    }

    /// `left op right` of two values.
    pub(crate) fn combine(
        &mut self,
        op: BinaryOp,
        op_span: Span,
        left: Operand,
        right: Operand,
        span: Span,
    ) -> Operand {
        if left.is_invalid() || right.is_invalid() {
            return self.invalid(span);
        }
        match op {
            BinaryOp::Shl | BinaryOp::Shr => self.shift(op, left, right, span),
            BinaryOp::Eq | BinaryOp::Ne | BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge => {
                self.comparison(op, op_span, left, right, span)
            }
            _ => self.arithmetic(op, op_span, left, right, span),
        }
    }

    fn arithmetic(
        &mut self,
        op: BinaryOp,
        op_span: Span,
        left: Operand,
        right: Operand,
        span: Span,
    ) -> Operand {
        let Some((left, right)) = self.match_types(op, op_span, left, right) else {
            return self.invalid(span);
        };
        let ty = left.ty;
        let under = self.types.underlying(ty).clone();
        let is_bool = matches!(under, Type::Bool | Type::UntypedBool);
        let is_int = matches!(under, Type::Int(_) | Type::UntypedInt | Type::UntypedRune);
        let is_string = matches!(under, Type::String | Type::UntypedString);
        let (fits, wants) = match op {
            BinaryOp::AndAnd | BinaryOp::OrOr => (is_bool, "bools"),
            BinaryOp::Add => (is_int || is_string, "integers or constant strings"),
            _ => (is_int, "integers"),
        };
        if !fits {
            let ty = self.show(self.default_type(ty));
            self.report(&TypeProblem::Operator { span: op_span, operator: binary_text(op), ty, wants });
            return self.invalid(span);
        }
        if let (Mode::Const(x), Mode::Const(y)) = (&left.mode, &right.mode) {
            return match binary(op, x, y) {
                Ok(value) => self.typed_constant(value, ty, span),
                Err(super::constant::Fault::DivisionByZero) => {
                    self.report(&ConstantProblem::DivisionByZero { span: right.span });
                    self.invalid(span)
                }
                Err(fault) => self.fault(fault, span),
            };
        }
        if is_string {
            self.no_string(span, "concatenation of strings that are not constant");
            return self.invalid(span);
        }
        let by_zero = matches!(op, BinaryOp::Div | BinaryOp::Rem)
            && right.constant().and_then(Const::int).is_some_and(|value| value == 0);
        if by_zero {
            self.report(&ConstantProblem::DivisionByZero { span: right.span });
            return self.invalid(span);
        }
        let (left, right) = (self.expr_of(left), self.expr_of(right));
        let kind = ExprKind::Binary(operator(op), Box::new(left), Box::new(right));
        self.value_of(kind, ty, span)
    }

    /// Gives both sides one type: an untyped side takes the other's.
    fn match_types(
        &mut self,
        op: BinaryOp,
        op_span: Span,
        left: Operand,
        right: Operand,
    ) -> Option<(Operand, Operand)> {
        let (untyped_left, untyped_right) = (self.is_untyped(left.ty), self.is_untyped(right.ty));
        let agreed = match (untyped_left, untyped_right) {
            (true, true) => {
                let both = (self.types.get(left.ty), self.types.get(right.ty));
                match both {
                    (a, b) if a == b => Some(left.ty),
                    (Type::UntypedInt | Type::UntypedRune, Type::UntypedInt | Type::UntypedRune) => {
                        Some(self.basic.untyped_rune)
                    }
                    _ => None,
                }
            }
            (true, false) => self.kinds_agree(left.ty, right.ty).then_some(right.ty),
            (false, true) => self.kinds_agree(right.ty, left.ty).then_some(left.ty),
            (false, false) => (left.ty == right.ty).then_some(left.ty),
        };
        let Some(ty) = agreed else {
            self.mismatch(op, op_span, &left, &right);
            return None;
        };
        let before = self.problems.len();
        let left = self.take_type(left, ty);
        let right = self.take_type(right, ty);
        (self.problems.len() == before).then_some((left, right))
    }

    fn mismatch(&mut self, op: BinaryOp, op_span: Span, left: &Operand, right: &Operand) {
        let text = |checker: &Self, operand: &Operand| match checker.types.get(operand.ty) {
            Type::UntypedNil => "nil".to_string(),
            _ => checker.show(checker.default_type(operand.ty)),
        };
        let (left, right) = (text(self, left), text(self, right));
        self.report(&TypeProblem::Operands { span: op_span, operator: binary_text(op), left, right });
    }

    /// The operand with the agreed type; constants stay constants.
    fn take_type(&mut self, operand: Operand, ty: super::types::TypeId) -> Operand {
        if operand.ty == ty {
            return operand;
        }
        match &operand.mode {
            Mode::Const(value) => {
                let (value, span) = (value.clone(), operand.span);
                self.typed_constant(value, ty, span)
            }
            _ => {
                let span = operand.span;
                let expr = self.assign(operand, ty, "this expression");
                Operand { mode: Mode::Value, ty, span, kind: expr.kind }
            }
        }
    }

    fn shift(&mut self, op: BinaryOp, left: Operand, right: Operand, span: Span) -> Operand {
        if right.constant().and_then(Const::int).is_some_and(|count| count < 0) {
            self.report(&ConstantProblem::ShiftCount { span: right.span, why: "the count is negative" });
            return self.invalid(span);
        }
        let is_int = |checker: &Self, operand: &Operand| {
            matches!(
                checker.types.underlying(operand.ty),
                Type::Int(_) | Type::UntypedInt | Type::UntypedRune
            )
        };
        if !is_int(self, &right) {
            self.report(&ConstantProblem::ShiftCount { span: right.span, why: "the count is no integer" });
            return self.invalid(span);
        }
        if !is_int(self, &left) {
            let ty = self.show(self.default_type(left.ty));
            self.report(&TypeProblem::Operator {
                span: left.span,
                operator: binary_text(op),
                ty,
                wants: "integers",
            });
            return self.invalid(span);
        }
        let ty = left.ty;
        let constants = (left.constant().and_then(Const::int), right.constant().and_then(Const::int));
        if let (Some(value), Some(count)) = constants {
            let count = u32::try_from(count).unwrap_or(u32::MAX);
            return match shift(op == BinaryOp::Shl, value, count) {
                Ok(value) => self.typed_constant(Const::Int(value), ty, span),
                Err(fault) => self.fault(fault, span),
            };
        }
        let count = if self.is_untyped(right.ty) {
            let target = self.basic.int_of(super::types::IntKind::Uint);
            self.assign(right, target, "a shift count")
        } else {
            self.expr_of(right)
        };
        let value = self.expr_of(left);
        let kind = ExprKind::Binary(operator(op), Box::new(value), Box::new(count));
        self.value_of(kind, ty, span)
    }

    // ---- comparisons ----

    pub(crate) fn comparison(
        &mut self,
        op: BinaryOp,
        op_span: Span,
        left: Operand,
        right: Operand,
        span: Span,
    ) -> Operand {
        if let (Mode::Const(_), Mode::Const(_)) = (&left.mode, &right.mode) {
            let Some((left, right)) = self.match_types(op, op_span, left, right) else {
                return self.invalid(span);
            };
            if let (Mode::Const(x), Mode::Const(y)) = (&left.mode, &right.mode)
                && let Ok(value) = binary(op, x, y)
            {
                return self.constant(value, self.basic.untyped_bool, span);
            }
            let ty = self.show(self.default_type(left.ty));
            self.report(&TypeProblem::Operator {
                span: op_span,
                operator: binary_text(op),
                ty,
                wants: "integers or strings",
            });
            return self.invalid(span);
        }
        let Some((left, right)) = self.comparable_pair(op, op_span, left, right) else {
            return self.invalid(span);
        };
        let kind = ExprKind::Binary(operator(op), Box::new(left), Box::new(right));
        self.value_of(kind, self.basic.untyped_bool, span)
    }

    /// Both sides with one type that has the operator.
    fn comparable_pair(
        &mut self,
        op: BinaryOp,
        op_span: Span,
        left: Operand,
        right: Operand,
    ) -> Option<(p::Expr, p::Expr)> {
        let nil =
            |checker: &Self, operand: &Operand| matches!(checker.types.get(operand.ty), Type::UntypedNil);
        let (left_nil, right_nil) = (nil(self, &left), nil(self, &right));
        if left_nil && right_nil {
            self.report(&TypeProblem::Comparison {
                span: op_span,
                ty: "nil".into(),
                why: "neither side has a type".into(),
            });
            return None;
        }
        let ty = self.common_type(&left, &right);
        let Some(ty) = ty else {
            self.mismatch(op, op_span, &left, &right);
            return None;
        };
        let equality = matches!(op, BinaryOp::Eq | BinaryOp::Ne);
        if equality {
            let against_nil = left_nil || right_nil;
            // The sides themselves count: an interface compares with a concrete value only if that compares.
            let why = [left.ty, right.ty]
                .into_iter()
                .find_map(|ty| incomparable(&self.types, ty).filter(|_| !against_nil).map(|why| (ty, why)));
            if let Some((ty, why)) = why {
                let ty = self.show(ty);
                self.report(&TypeProblem::Comparison { span: op_span, ty, why });
                return None;
            }
        } else {
            match self.types.underlying(ty) {
                Type::Int(_) | Type::UntypedInt | Type::UntypedRune => {}
                Type::String | Type::UntypedString => {
                    self.no_string(op_span, "the order of strings that are not constant");
                    return None;
                }
                _ => {
                    let ty = self.show(self.default_type(ty));
                    self.report(&TypeProblem::Operator {
                        span: op_span,
                        operator: binary_text(op),
                        ty,
                        wants: "integers",
                    });
                    return None;
                }
            }
        }
        let ty = self.default_type(ty);
        let before = self.problems.len();
        let left = self.assign(left, ty, "this comparison");
        let right = self.assign(right, ty, "this comparison");
        (self.problems.len() == before).then_some((left, right))
    }

    /// The type in which two values are compared: one must be assignable to the other's.
    fn common_type(&mut self, left: &Operand, right: &Operand) -> Option<super::types::TypeId> {
        match (self.is_untyped(left.ty), self.is_untyped(right.ty)) {
            (true, true) => {
                let agree = self.kinds_agree(left.ty, right.ty);
                agree.then_some(left.ty)
            }
            (true, false) => self.untyped_against(left, right.ty),
            (false, true) => self.untyped_against(right, left.ty),
            (false, false) => {
                let into_right = self.assignable(left.ty, right.ty);
                let into_left = self.assignable(right.ty, left.ty);
                match (into_left, into_right) {
                    // Between an interface and a concrete type it is the interface.
                    (true, _) => Some(left.ty),
                    (false, true) => Some(right.ty),
                    (false, false) => None,
                }
            }
        }
    }

    fn untyped_against(&self, untyped: &Operand, ty: super::types::TypeId) -> Option<super::types::TypeId> {
        let fits = match self.types.get(untyped.ty) {
            Type::UntypedNil => self.has_nil(ty),
            _ => self.types.is_interface(ty) || self.kinds_agree(untyped.ty, ty),
        };
        fits.then_some(ty)
    }
}

/// The operator of the typed program.
pub(crate) fn operator(op: BinaryOp) -> p::BinaryOp {
    match op {
        BinaryOp::OrOr => p::BinaryOp::OrOr,
        BinaryOp::AndAnd => p::BinaryOp::AndAnd,
        BinaryOp::Eq => p::BinaryOp::Eq,
        BinaryOp::Ne => p::BinaryOp::Ne,
        BinaryOp::Lt => p::BinaryOp::Lt,
        BinaryOp::Le => p::BinaryOp::Le,
        BinaryOp::Gt => p::BinaryOp::Gt,
        BinaryOp::Ge => p::BinaryOp::Ge,
        BinaryOp::Add => p::BinaryOp::Add,
        BinaryOp::Sub => p::BinaryOp::Sub,
        BinaryOp::Or => p::BinaryOp::Or,
        BinaryOp::Xor => p::BinaryOp::Xor,
        BinaryOp::Mul => p::BinaryOp::Mul,
        BinaryOp::Div => p::BinaryOp::Div,
        BinaryOp::Rem => p::BinaryOp::Rem,
        BinaryOp::Shl => p::BinaryOp::Shl,
        BinaryOp::Shr => p::BinaryOp::Shr,
        BinaryOp::And => p::BinaryOp::And,
        BinaryOp::AndNot => p::BinaryOp::AndNot,
    }
}
