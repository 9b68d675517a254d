//! Calls of `any(lo, hi)` and of the functions of packages that the checker knows by name.

use super::checker::Checker;
use super::constant::Const;
use super::operand::Operand;
use super::packages::{Action, Function};
use super::problem::ConstantProblem;
use super::program::{self as p, Builtin, Call, Callee, ExprKind};
use super::scope::{Entity, Node};
use super::types::{IntKind, Type};
use super::words::Word;
use crate::source::Span;
use crate::syntax::ast;

impl<'a> Checker<'a> {
    pub(crate) fn any_call(&mut self, args: &'a [ast::Expr], span: Span) -> Operand {
        let values: Vec<Operand> = args.iter().map(|arg| self.value(arg)).collect();
        let constants: Vec<Option<i128>> =
            values.iter().map(|value| value.constant().and_then(Const::int)).collect();
        if let [Some(low), Some(high)] = constants.as_slice()
            && low > high
        {
            let (low, high) = (low.to_string(), high.to_string());
            self.report(&ConstantProblem::EmptyRange { span, low, high, at: None });
            return self.invalid(span);
        }
        let ty = values
            .iter()
            .map(|value| value.ty)
            .find(|&ty| !self.is_untyped(ty) && matches!(self.types.underlying(ty), Type::Int(_)));
        let ty = ty.unwrap_or(self.basic.int);
        let mut values = values.into_iter();
        let (Some(low), Some(high)) = (values.next(), values.next()) else { return self.invalid(span) };
        let bound = |checker: &mut Self, value: Operand| {
            let is_int = matches!(
                checker.types.underlying(value.ty),
                Type::Int(_) | Type::UntypedInt | Type::UntypedRune
            );
            if is_int {
                checker.assign(value, ty, "`any(lo, hi)`")
            } else {
                checker.integer(value, "a bound of `any(lo, hi)`")
            }
        };
        let low = Box::new(bound(self, low));
        let high = Box::new(bound(self, high));
        self.value_of(ExprKind::Any { low, high }, ty, span)
    }

    // ---- packages ----

    pub(crate) fn package_call(
        &mut self,
        function: &'static Function,
        word_span: Span,
        args: &'a [ast::Expr],
        spread: bool,
        span: Span,
    ) -> Operand {
        let word = Word::Package(function);
        let unit = self.basic.unit;
        match function.action {
            Action::Discard => {
                let args = self.loose(args);
                self.builtin(Builtin::Discard, args, unit, span)
            }
            Action::Sprint => {
                let (text, args) = self.text_and_args(args);
                self.builtin(Builtin::Sprint(text), args, self.basic.string, span)
            }
            Action::Errorf => self.errorf(args, span),
            Action::Fatal => {
                let args = self.loose(args);
                self.builtin(Builtin::Exit, args, unit, span)
            }
            Action::Panic => {
                let (text, args) = self.text_and_args(args);
                let text = self.builtin(Builtin::Sprint(text), args, self.basic.string, span);
                let value = self.assign(text, self.basic.any, "an argument");
                self.builtin(Builtin::Panic, vec![value], unit, span)
            }
            Action::Exit => {
                if spread || !self.arity(word, args, 1, span) {
                    return self.invalid(span);
                }
                let code = args.iter().map(|arg| {
                    let value = self.value(arg);
                    self.assign(value, self.basic.int, "an argument")
                });
                let code = code.collect();
                self.builtin(Builtin::Exit, code, unit, span)
            }
            Action::Goexit | Action::EndTest | Action::Gosched => {
                if !self.arity(word, args, 0, span) {
                    return self.invalid(span);
                }
                let builtin = match function.action {
                    Action::Goexit => Builtin::Goexit,
                    Action::EndTest => Builtin::EndTest,
                    _ => Builtin::Yield,
                };
                self.builtin(builtin, Vec::new(), unit, span)
            }
            Action::Sleep => {
                let Some(value) = self.only_argument(word, args, span) else { return self.invalid(span) };
                let duration = self.library_entity("time", "Duration", word_span);
                let Some(Entity::Type(ty)) = duration else { return self.invalid(span) };
                let value = self.assign(value, ty, "an argument");
                self.builtin(Builtin::Yield, vec![value], unit, span)
            }
            Action::Random(kind) => self.random(word, kind, args, span),
        }
    }

    /// A declaration of a library file.
    fn library_entity(&mut self, package: &'static str, name: &str, span: Span) -> Option<Entity> {
        let id = self.library_package(package)?;
        let object = self.packages.get(id)?.names.get(name).copied()?;
        Some(self.resolve_object(object, span))
    }

    /// The text that stands for what is printed (a constant first argument), and all arguments.
    fn text_and_args(&mut self, args: &'a [ast::Expr]) -> (p::StrId, Vec<p::Expr>) {
        let text = match args.first().map(|arg| &arg.kind) {
            Some(ast::ExprKind::String(text)) => text.clone(),
            _ => String::new(),
        };
        let args = self.loose(args);
        (self.intern(&text), args)
    }

    fn errorf(&mut self, args: &'a [ast::Expr], span: Span) -> Operand {
        let (text, args) = self.text_and_args(args);
        let text = self.builtin(Builtin::Sprint(text), args, self.basic.string, span);
        let text = self.expr_of(text);
        let Some(Entity::Func(func)) = self.library_entity("fmt", "errorf", span) else {
            return self.invalid(span);
        };
        self.depend(Node::Func(func));
        self.call_result(Call { callee: Callee::Func(func), args: vec![text], span, ty: self.basic.error })
    }

    /// `rand.Intn(n)` is `any(0, n-1)`.
    fn random(&mut self, word: Word, kind: IntKind, args: &'a [ast::Expr], span: Span) -> Operand {
        let Some(value) = self.only_argument(word, args, span) else { return self.invalid(span) };
        let ty = self.basic.int_of(kind);
        if let Some(count) = value.constant().and_then(Const::int)
            && count <= 0
        {
            self.misuse(word, value.span, "the count must be at least 1");
            return self.invalid(span);
        }
        let constant = value.constant().and_then(Const::int).and_then(|count| i64::try_from(count - 1).ok());
        let at = value.span;
        let count = self.assign(value, ty, "an argument");
        let high = match constant {
            Some(high) => self.int_expr(high, ty, at),
            None => {
                let one = self.int_expr(1, ty, at);
                let kind = ExprKind::Binary(p::BinaryOp::Sub, Box::new(count), Box::new(one));
                p::Expr { ty, span: at, kind }
            }
        };
        let low = Box::new(self.int_expr(0, ty, span));
        self.value_of(ExprKind::Any { low, high: Box::new(high) }, ty, span)
    }
}
