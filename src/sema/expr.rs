//! Expressions: names, literals, unary operators, dereference, assertions.
//!
//! In: syntax. Out: [`Operand`]s. Binary operators, selectors, elements, calls and
//! literals with braces are in files of their own.

use super::checker::Checker;
use super::constant::{Const, Fault, parse_int, unary};
use super::methods::missing_method;
use super::operand::{Mode, Operand};
use super::problem::typing::MissingFact;
use super::problem::{ConstantProblem, LanguageProblem, NameProblem, StatementProblem, TypeProblem};
use super::program::{self as p, ExprKind, VarId};
use super::scope::{Entity, Node};
use super::text::{expr_text, unary_text};
use super::types::{ChanDir, Type, TypeId};
use crate::source::Span;
use crate::syntax::ast::{self, UnaryOp};

impl<'a> Checker<'a> {
    /// Whatever the expression denotes: a value, a type, a package, a word.
    pub(crate) fn expr(&mut self, expr: &'a ast::Expr) -> Operand {
        let operand = self.deeper(expr.span, |checker| checker.expr_inner(expr));
        operand.unwrap_or_else(|| self.invalid(expr.span))
    }

    /// Exactly one value.
    pub(crate) fn value(&mut self, expr: &'a ast::Expr) -> Operand {
        let operand = self.expr(expr);
        self.single(operand)
    }

    fn expr_inner(&mut self, expr: &'a ast::Expr) -> Operand {
        let span = expr.span;
        match &expr.kind {
            ast::ExprKind::Name(name) => self.name(name, span),
            ast::ExprKind::Int(text) => match parse_int(text) {
                Some(value) => self.constant(Const::Int(value), self.basic.untyped_int, span),
                None => {
                    self.report(&ConstantProblem::TooBig { span });
                    self.invalid(span)
                }
            },
            ast::ExprKind::Float(text) => {
                self.report(&LanguageProblem::Float { span, written: text.clone() });
                self.invalid(span)
            }
            ast::ExprKind::Rune(code) => {
                self.constant(Const::Int(i128::from(*code)), self.basic.untyped_rune, span)
            }
            ast::ExprKind::String(text) => {
                self.constant(Const::Str(text.as_str().into()), self.basic.untyped_string, span)
            }
            ast::ExprKind::Paren(inner) => Operand { span, ..self.expr(inner) },
            ast::ExprKind::FuncLit(literal) => self.func_literal(literal, span),
            ast::ExprKind::Composite { ty, elements } => match ty {
                Some(ty) => self.composite(ty, elements, span),
                None => {
                    self.report(&super::problem::LiteralProblem::NoType { span });
                    self.invalid(span)
                }
            },
            ast::ExprKind::Selector { operand, name } => self.selector(operand, name, span),
            ast::ExprKind::Index { operand, index } => self.index(operand, index, span),
            ast::ExprKind::Slice { operand, low, high, max } => {
                self.slice(operand, [low.as_deref(), high.as_deref(), max.as_deref()], span)
            }
            ast::ExprKind::TypeAssert { operand, ty } => self.assertion(operand, ty.as_deref(), span),
            ast::ExprKind::Call { callee, args, spread } => self.call(callee, args, *spread, span),
            ast::ExprKind::Unary { op, operand } => self.unary(*op, operand, span),
            ast::ExprKind::Binary { .. } => self.binary(expr),
            ast::ExprKind::Star(inner) => self.star(inner, span),
            ast::ExprKind::Type(ty) => {
                let ty = self.resolve_type(ty);
                self.type_operand(ty, span)
            }
            ast::ExprKind::Error => self.invalid(span),
        }
    }

    pub(crate) fn type_operand(&self, ty: TypeId, span: Span) -> Operand {
        if self.is_invalid(ty) {
            return self.invalid(span);
        }
        Operand { mode: Mode::Type, ty, span, kind: ExprKind::Zero }
    }

    fn name(&mut self, name: &str, span: Span) -> Operand {
        if name == "_" {
            self.report(&NameProblem::Blank { span });
            return self.invalid(span);
        }
        let Some(entity) = self.lookup(name, span) else {
            if name == "init" {
                self.report(&NameProblem::InitUsed { span });
            } else {
                self.unknown_operand_or_name(name, span);
            }
            return self.invalid(span);
        };
        self.entity(entity, span)
    }

    fn unknown_operand_or_name(&mut self, name: &str, span: Span) {
        self.undefined(name, span);
    }

    /// A mention of a declared name.
    pub(crate) fn entity(&mut self, entity: Entity, span: Span) -> Operand {
        match entity {
            Entity::Var(var) => {
                self.touch(var);
                self.mark_used(var);
                self.variable(var, span)
            }
            Entity::Const(ty, value) => self.constant(value, ty, span),
            Entity::Type(ty) => self.type_operand(ty, span),
            Entity::Func(func) => {
                self.depend(Node::Func(func));
                let ty = self.funcs.get(func.index()).map_or(self.basic.invalid, |func| func.ty);
                self.value_of(ExprKind::Func(func), ty, span)
            }
            Entity::Package(name) => {
                Operand { mode: Mode::Package(name), ty: self.basic.invalid, span, kind: ExprKind::Zero }
            }
            Entity::Word(word) => {
                Operand { mode: Mode::Word(word), ty: self.basic.unit, span, kind: ExprKind::Zero }
            }
            Entity::Nil => self.value_of(ExprKind::Zero, self.basic.untyped_nil, span),
            Entity::Iota => match self.env.iota {
                Some(value) => self.constant(Const::Int(value), self.basic.untyped_int, span),
                None => {
                    self.report(&ConstantProblem::Iota { span });
                    self.invalid(span)
                }
            },
            Entity::Invalid => self.invalid(span),
        }
    }

    pub(crate) fn variable(&self, var: VarId, span: Span) -> Operand {
        let ty = self.vars.get(var.index()).map_or(self.basic.invalid, |var| var.ty);
        if self.is_invalid(ty) {
            return self.invalid(span);
        }
        self.place_of(ExprKind::Var(var), ty, span)
    }

    // ---- unary operators ----

    fn unary(&mut self, op: UnaryOp, operand: &'a ast::Expr, span: Span) -> Operand {
        match op {
            UnaryOp::AddrOf => return self.address_of(operand, span),
            UnaryOp::Recv => return self.receive(operand, span),
            UnaryOp::Plus | UnaryOp::Neg | UnaryOp::Not | UnaryOp::BitNot => {}
        }
        let value = self.value(operand);
        if value.is_invalid() {
            return self.invalid(span);
        }
        let under = self.types.underlying(value.ty).clone();
        let is_bool = matches!(under, Type::Bool | Type::UntypedBool);
        let is_int = matches!(under, Type::Int(_) | Type::UntypedInt | Type::UntypedRune);
        let fits = if op == UnaryOp::Not { is_bool } else { is_int };
        if !fits {
            let ty = self.show(self.default_type(value.ty));
            let wants = if op == UnaryOp::Not { "a bool" } else { "an integer" };
            self.report(&TypeProblem::Operator { span, operator: unary_text(op), ty, wants });
            return self.invalid(span);
        }
        if let Mode::Const(constant) = &value.mode {
            let kind = if let Type::Int(kind) = under { Some(kind) } else { None };
            return match unary(op, constant, kind) {
                Ok(result) => self.typed_constant(result, value.ty, span),
                Err(fault) => self.fault(fault, span),
            };
        }
        let ty = value.ty;
        let op = match op {
            UnaryOp::Neg => p::UnaryOp::Neg,
            UnaryOp::Not => p::UnaryOp::Not,
            UnaryOp::BitNot => p::UnaryOp::BitNot,
            UnaryOp::Plus | UnaryOp::AddrOf | UnaryOp::Recv => {
                return Operand { span, mode: Mode::Value, ..value };
            }
        };
        let inner = self.expr_of(value);
        self.value_of(ExprKind::Unary(op, Box::new(inner)), ty, span)
    }

    /// A constant result, if its type can hold it.
    pub(crate) fn typed_constant(&mut self, value: Const, ty: TypeId, span: Span) -> Operand {
        if !value.fits(self.types.underlying(ty)) {
            self.report(&ConstantProblem::Overflow { span, value: value.show(), ty: self.show(ty) });
            return self.invalid(span);
        }
        self.constant(value, ty, span)
    }

    pub(crate) fn fault(&mut self, fault: Fault, span: Span) -> Operand {
        match fault {
            Fault::Overflow | Fault::Kind => self.report(&ConstantProblem::TooBig { span }),
            Fault::DivisionByZero => self.report(&ConstantProblem::DivisionByZero { span }),
        }
        self.invalid(span)
    }

    fn address_of(&mut self, operand: &'a ast::Expr, span: Span) -> Operand {
        let mut inner = operand;
        while let ast::ExprKind::Paren(next) = &inner.kind {
            inner = next;
        }
        if matches!(inner.kind, ast::ExprKind::Composite { .. }) {
            let literal = self.value(inner);
            if literal.is_invalid() {
                return self.invalid(span);
            }
            let ty = self.pointer_to(literal.ty);
            let literal = self.expr_of(literal);
            return self.value_of(ExprKind::Alloc(Box::new(literal)), ty, span);
        }
        let value = self.expr(operand);
        let value = if matches!(value.mode, Mode::Type | Mode::Package(_) | Mode::Word(_)) {
            self.single(value)
        } else {
            value
        };
        if value.is_invalid() {
            return self.invalid(span);
        }
        if !matches!(value.mode, Mode::Place) {
            self.report(&TypeProblem::NoAddress { span, written: expr_text(operand) });
            return self.invalid(span);
        }
        self.address(value, span)
    }

    /// The address of a place.
    pub(crate) fn address(&mut self, place: Operand, span: Span) -> Operand {
        self.mark_addressed(&place.kind);
        let ty = self.pointer_to(place.ty);
        let place = self.expr_of(place);
        // `&*p` is `p`.
        let kind = match place.kind {
            ExprKind::Deref(pointer) if pointer.ty == ty => pointer.kind,
            kind => ExprKind::AddrOf(Box::new(p::Expr { kind, ..place })),
        };
        self.value_of(kind, ty, span)
    }

    /// The variable that a place lies in, if it does not lie behind a pointer.
    pub(crate) fn base_var(&self, kind: &ExprKind) -> Option<VarId> {
        match kind {
            ExprKind::Var(var) => Some(*var),
            ExprKind::Field(inner, _) => self.base_var(&inner.kind),
            ExprKind::Index(inner, _) if matches!(self.types.underlying(inner.ty), Type::Array(..)) => {
                self.base_var(&inner.kind)
            }
            _ => None,
        }
    }

    pub(crate) fn mark_addressed(&mut self, kind: &ExprKind) {
        if let Some(var) = self.base_var(kind)
            && let Some(var) = self.vars.get_mut(var.index())
        {
            var.addressed = true;
        }
    }

    fn receive(&mut self, operand: &'a ast::Expr, span: Span) -> Operand {
        let channel = self.value(operand);
        self.receive_from(channel, span)
    }

    /// `<-ch` of a typed channel.
    pub(crate) fn receive_from(&mut self, channel: Operand, span: Span) -> Operand {
        if channel.is_invalid() {
            return self.invalid(span);
        }
        let Some(elem) = self.channel_element(&channel, ChanDir::Send, "receive from") else {
            return self.invalid(span);
        };
        let channel = Box::new(self.expr_of(channel));
        Operand { mode: Mode::CommaOk, ty: elem, span, kind: ExprKind::Recv { channel, comma_ok: false } }
    }

    /// The element type of a channel that is not only for direction `wrong`.
    pub(crate) fn channel_element(
        &mut self,
        channel: &Operand,
        wrong: ChanDir,
        what: &'static str,
    ) -> Option<TypeId> {
        let span = channel.span;
        match self.types.underlying(channel.ty) {
            Type::Chan(dir, _) if *dir == wrong => {
                let ty = self.show(channel.ty);
                self.report(&TypeProblem::Direction { span, ty, what });
                None
            }
            Type::Chan(_, elem) => Some(*elem),
            Type::Invalid => None,
            _ => {
                let ty = self.show(self.default_type(channel.ty));
                let what = match what {
                    "send to" => "sending",
                    "close" => "`close`",
                    _ => "receiving",
                };
                self.report(&TypeProblem::NotAChannel { span, ty, what });
                None
            }
        }
    }

    fn star(&mut self, inner: &'a ast::Expr, span: Span) -> Operand {
        let operand = self.expr(inner);
        if matches!(operand.mode, Mode::Type) {
            let ty = self.pointer_to(operand.ty);
            return self.type_operand(ty, span);
        }
        let operand = self.single(operand);
        if operand.is_invalid() {
            return self.invalid(span);
        }
        match self.types.underlying(operand.ty) {
            Type::Pointer(to) => {
                let to = *to;
                if self.is_invalid(to) {
                    return self.invalid(span);
                }
                let pointer = self.expr_of(operand);
                self.place_of(ExprKind::Deref(Box::new(pointer)), to, span)
            }
            Type::UntypedNil => {
                self.report(&TypeProblem::Nil { span: operand.span });
                self.invalid(span)
            }
            _ => {
                let ty = self.show(self.default_type(operand.ty));
                self.report(&TypeProblem::NotAPointer { span: operand.span, ty });
                self.invalid(span)
            }
        }
    }

    fn assertion(&mut self, operand: &'a ast::Expr, ty: Option<&'a ast::TypeExpr>, span: Span) -> Operand {
        let value = self.value(operand);
        let Some(ty) = ty else {
            self.report(&StatementProblem::TypeOutsideSwitch { span });
            return self.invalid(span);
        };
        let target_span = ty.span;
        let target = self.resolve_type(ty);
        if value.is_invalid() || self.is_invalid(target) {
            return self.invalid(span);
        }
        if !self.check_assertable(&value, target, target_span, "a type assertion") {
            return self.invalid(span);
        }
        let operand = Box::new(self.expr_of(value));
        let kind = ExprKind::TypeAssert { operand, target, comma_ok: false };
        Operand { mode: Mode::CommaOk, ty: target, span, kind }
    }

    /// True if a value of the interface type may hold a `target`.
    pub(crate) fn check_assertable(
        &mut self,
        value: &Operand,
        target: TypeId,
        span: Span,
        what: &'static str,
    ) -> bool {
        if !self.types.is_interface(value.ty) {
            let ty = self.show(self.default_type(value.ty));
            self.report(&TypeProblem::NotAnInterface { span: value.span, ty, what });
            return false;
        }
        if !self.types.is_interface(target)
            && let Some(missing) = missing_method(&self.types, target, value.ty)
        {
            let (operand, target) = (self.show(value.ty), self.show(target));
            let missing = MissingFact::new(missing, &target);
            self.report(&TypeProblem::ImpossibleAssertion { span, operand, target, missing });
            return false;
        }
        true
    }

    /// The constant integer that the place wants; anything else is reported.
    pub(crate) fn const_int(&mut self, expr: &'a ast::Expr, what: &'static str) -> Option<i128> {
        let operand = self.value(expr);
        if operand.is_invalid() {
            return None;
        }
        match &operand.mode {
            Mode::Const(Const::Int(value)) => Some(*value),
            Mode::Const(_) => {
                let ty = self.show(self.default_type(operand.ty));
                self.report(&TypeProblem::NotAnInteger { span: expr.span, ty, what });
                None
            }
            _ => {
                self.report(&ConstantProblem::NotConstant { span: expr.span, what });
                None
            }
        }
    }
}
