//! Calls: functions, methods, function values, conversions.
//!
//! Arguments are converted to the parameter types, variadic ones packed into a slice;
//! `f(g())` with several values stays one argument of tuple type where no conversion
//! is needed, and goes through a small function otherwise.

use super::checker::{Checker, blank_func};
use super::operand::{Mode, Operand};
use super::problem::TypeProblem;
use super::program::{self as p, Call, Callee, ExprKind};
use super::scope::FunctionContext;
use super::selectors::return_call;
use super::types::{FuncType, Type, TypeId};
use crate::source::Span;
use crate::syntax::ast;

impl<'a> Checker<'a> {
    pub(crate) fn call(
        &mut self,
        callee: &'a ast::Expr,
        args: &'a [ast::Expr],
        spread: bool,
        span: Span,
    ) -> Operand {
        let mut function = callee;
        while let ast::ExprKind::Paren(inner) = &function.kind {
            function = inner;
        }
        match &function.kind {
            // `any(lo, hi)` is goknot's; with one argument it is Go's type.
            ast::ExprKind::Name(name) if name == "any" && args.len() == 2 => {
                let basic = self.basic.any;
                if matches!(self.lookup(name, callee.span), Some(super::scope::Entity::Type(ty)) if ty == basic)
                {
                    return self.any_call(args, span);
                }
            }
            ast::ExprKind::FuncLit(literal) => {
                let literal = self.func_literal(literal, function.span);
                let ExprKind::Closure(id) = literal.kind else { return self.invalid(span) };
                return self.finish_call(Callee::Closure(id), literal.ty, args, spread, span);
            }
            ast::ExprKind::Selector { operand, name } => {
                if let Some(result) = self.method_call(operand, name, args, spread, span) {
                    return result;
                }
            }
            _ => {}
        }
        let function = self.expr(callee);
        self.call_operand(function, args, spread, span)
    }

    /// `operand.name(args)`, unless `operand` is a package or a type.
    fn method_call(
        &mut self,
        operand: &'a ast::Expr,
        name: &'a ast::Ident,
        args: &'a [ast::Expr],
        spread: bool,
        span: Span,
    ) -> Option<Operand> {
        if let ast::ExprKind::Name(written) = &operand.kind {
            match self.lookup(written, operand.span) {
                None | Some(super::scope::Entity::Package(_) | super::scope::Entity::Type(_)) => return None,
                Some(_) => {}
            }
        }
        let value = self.expr(operand);
        if matches!(value.mode, Mode::Type) {
            // A method expression.
            return None;
        }
        let value = self.single(value);
        if value.is_invalid() {
            self.check_loose(args);
            return Some(self.invalid(span));
        }
        let callee_span = operand.span.to(name.span);
        match self.method_callee(value, name, callee_span) {
            None => {
                self.check_loose(args);
                Some(self.invalid(span))
            }
            Some(Err(field)) => Some(self.call_operand(field, args, spread, span)),
            Some(Ok((callee, ty))) => Some(self.finish_call(callee, ty, args, spread, span)),
        }
    }

    /// Arguments of a call that is wrong already: for their own mistakes.
    fn check_loose(&mut self, args: &'a [ast::Expr]) {
        for arg in args {
            self.expr(arg);
        }
    }

    fn call_operand(
        &mut self,
        function: Operand,
        args: &'a [ast::Expr],
        spread: bool,
        span: Span,
    ) -> Operand {
        match function.mode {
            Mode::Type => return self.conversion(function.ty, function.span, args, spread, span),
            Mode::Word(word) => return self.word_call(word, function.span, args, spread, span),
            _ => {}
        }
        let function = self.single(function);
        if function.is_invalid() {
            self.check_loose(args);
            return self.invalid(span);
        }
        if !matches!(self.types.underlying(function.ty), Type::Func(_)) {
            let ty = self.show(self.default_type(function.ty));
            self.report(&TypeProblem::NotCallable { span: function.span, ty });
            self.check_loose(args);
            return self.invalid(span);
        }
        let ty = function.ty;
        let function = self.expr_of(function);
        let callee = match function.kind {
            ExprKind::Func(id) => Callee::Func(id),
            ExprKind::Closure(id) => Callee::Closure(id),
            kind => Callee::Value(Box::new(p::Expr { kind, ..function })),
        };
        self.finish_call(callee, ty, args, spread, span)
    }

    /// Checks the arguments and builds the call.
    fn finish_call(
        &mut self,
        callee: Callee,
        ty: TypeId,
        args: &'a [ast::Expr],
        spread: bool,
        span: Span,
    ) -> Operand {
        let Type::Func(func) = self.types.underlying(ty).clone() else { return self.invalid(span) };
        let result = self.result_type(&func.results);
        let operands = self.arguments(args, spread);
        if let [only] = operands.as_slice()
            && let Type::Tuple(types) = self.types.get(only.ty).clone()
            && types.len() != 1
            && !only.is_invalid()
        {
            let Some(only) = operands.into_iter().next() else { return self.invalid(span) };
            return self.call_with_tuple(callee, ty, &func, only, &types, span);
        }
        let operands: Vec<Operand> = operands.into_iter().map(|operand| self.single(operand)).collect();
        let Some(args) = self.match_arguments(&func, ty, operands, spread, span) else {
            return self.invalid(span);
        };
        self.call_result(Call { callee, args, span, ty: result })
    }

    pub(crate) fn call_result(&self, call: Call) -> Operand {
        let (ty, span) = (call.ty, call.span);
        self.value_of(ExprKind::Call(Box::new(call)), ty, span)
    }

    fn arguments(&mut self, args: &'a [ast::Expr], spread: bool) -> Vec<Operand> {
        match args {
            [only] if !spread => vec![self.expr(only)],
            several => several.iter().map(|arg| self.value(arg)).collect(),
        }
    }

    pub(crate) fn match_arguments(
        &mut self,
        func: &FuncType,
        ty: TypeId,
        operands: Vec<Operand>,
        spread: bool,
        span: Span,
    ) -> Option<Vec<p::Expr>> {
        if spread && !func.variadic {
            self.report(&TypeProblem::Spread { span, why: "the function is not variadic" });
            return None;
        }
        let fixed = if func.variadic { func.params.len().saturating_sub(1) } else { func.params.len() };
        let have = operands.len();
        let fits = match (func.variadic, spread) {
            (false, _) => have == fixed,
            (true, true) => have == fixed + 1,
            (true, false) => have >= fixed,
        };
        if !fits {
            let signature = self.types.show_signature(ty);
            let at_least = func.variadic && !spread;
            let want = if spread { fixed + 1 } else { fixed };
            // What is too many is marked, else the whole call.
            let extra = operands.get(want).filter(|_| have > want).map(|operand| operand.span);
            let span = extra.unwrap_or(span);
            self.report(&TypeProblem::Arguments { span, have, want, at_least, signature });
            return None;
        }
        let mut out = Vec::with_capacity(func.params.len());
        let mut rest = operands.into_iter();
        for &param in func.params.iter().take(fixed) {
            let operand = rest.next()?;
            out.push(self.assign(operand, param, "an argument"));
        }
        if func.variadic {
            let slice = *func.params.last()?;
            if spread {
                let operand = rest.next()?;
                out.push(self.assign(operand, slice, "the variadic argument"));
            } else {
                out.push(self.pack(rest.collect(), slice, span));
            }
        }
        Some(out)
    }

    /// Variadic arguments as a slice; nil for none.
    pub(crate) fn pack(&mut self, operands: Vec<Operand>, slice: TypeId, span: Span) -> p::Expr {
        if operands.is_empty() {
            return p::Expr { ty: slice, span, kind: ExprKind::Zero };
        }
        let elem = self.element_type(slice).unwrap_or(self.basic.invalid);
        let len = operands.len() as u64;
        let elements = operands.into_iter().enumerate();
        let elements =
            elements.map(|(at, operand)| (at as u64, self.assign(operand, elem, "an argument"))).collect();
        p::Expr { ty: slice, span, kind: ExprKind::SliceLit { len, elements } }
    }

    /// `f(g())` where `g` gives none or several values.
    fn call_with_tuple(
        &mut self,
        callee: Callee,
        ty: TypeId,
        func: &FuncType,
        tuple: Operand,
        types: &[TypeId],
        span: Span,
    ) -> Operand {
        let result = self.result_type(&func.results);
        if types.is_empty() {
            self.report(&TypeProblem::NoValue { span: tuple.span });
            return self.invalid(span);
        }
        if !func.variadic && func.params == types {
            let args = vec![self.expr_of(tuple)];
            return self.call_result(Call { callee, args, span, ty: result });
        }
        // Some value has to be converted or packed: `func(a A, b B) R { return f(a, b) }` does that.
        let id = self.new_func(blank_func("func".to_string(), "main.func".to_string(), span, true));
        let parent = self.function().map(|function| function.id);
        self.env.functions.push(FunctionContext::new(id));
        let params: Vec<p::VarId> = types.iter().map(|&ty| self.temp(ty, tuple.span)).collect();
        let results: Vec<p::VarId> = func.results.iter().map(|&ty| self.temp(ty, span)).collect();
        let operands = params.iter().map(|&var| self.variable(var, tuple.span)).collect();
        let args = self.match_arguments(func, ty, operands, false, tuple.span);
        self.capture_callee(&callee);
        self.env.functions.pop();
        let Some(args) = args else { return self.invalid(span) };
        let full = FuncType { params: types.to_vec(), results: func.results.clone(), variadic: false };
        let full = self.types.intern(Type::Func(full));
        let inner = Call { callee, args, span, ty: result };
        if let Some(wrapper) = self.funcs.get_mut(id.index()) {
            wrapper.ty = full;
            wrapper.params = params;
            wrapper.results = results;
            wrapper.parent = parent;
            wrapper.body = return_call(inner, func.results.len());
        }
        let args = vec![self.expr_of(tuple)];
        self.call_result(Call { callee: Callee::Closure(id), args, span, ty: result })
    }

    /// The callee moved into a function literal: its variables are captured there.
    fn capture_callee(&mut self, callee: &Callee) {
        match callee {
            Callee::Func(_) | Callee::Builtin(_) => {}
            Callee::Closure(id) => {
                let captures = self.funcs.get(id.index()).map(|func| func.captures.clone());
                for var in captures.unwrap_or_default() {
                    self.touch(var);
                }
            }
            Callee::Method { recv, .. } => self.capture_expr(recv),
            Callee::Value(value) => self.capture_expr(value),
        }
    }

    fn capture_expr(&mut self, expr: &p::Expr) {
        match &expr.kind {
            ExprKind::Var(var) => self.touch(*var),
            ExprKind::Field(inner, _)
            | ExprKind::Deref(inner)
            | ExprKind::AddrOf(inner)
            | ExprKind::Convert(inner)
            | ExprKind::ToInterface(inner)
            | ExprKind::Alloc(inner)
            | ExprKind::TypeAssert { operand: inner, .. }
            | ExprKind::Recv { channel: inner, .. }
            | ExprKind::MethodValue { recv: inner, .. }
            | ExprKind::Unary(_, inner) => self.capture_expr(inner),
            ExprKind::Index(left, right)
            | ExprKind::Binary(_, left, right)
            | ExprKind::MapIndex { map: left, key: right, .. } => {
                self.capture_expr(left);
                self.capture_expr(right);
            }
            ExprKind::Call(call) => {
                self.capture_callee(&call.callee);
                for arg in &call.args {
                    self.capture_expr(arg);
                }
            }
            ExprKind::Closure(id) => self.capture_callee(&Callee::Closure(*id)),
            _ => {}
        }
    }
}

/// How many arguments there are and should be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arity {
    pub(crate) have: usize,
    pub(crate) want: usize,
    pub(crate) span: Span,
}
