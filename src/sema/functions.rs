//! Function bodies and function literals: parameters, names as Go gives them, captures.

use super::checker::{Checker, Pending, blank_func};
use super::flow::terminates;
use super::operand::Operand;
use super::problem::{NameProblem, StatementProblem};
use super::program::{ExprKind, FuncId, VarId};
use super::scope::{Entity, Env, FunctionContext, Scope};
use super::types::{FuncType, Type, TypeId};
use crate::source::Span;
use crate::syntax::ast;

impl<'a> Checker<'a> {
    /// Checks the bodies that wait, and those that they add.
    pub(crate) fn check_bodies(&mut self) {
        let mut at = 0;
        while at < self.queue.len() {
            // Taken out of the queue one by one: a body may add library functions to its end.
            let Some(pending) = self.queue.get_mut(at) else { break };
            let empty = Pending { receiver: None, node: None, ..*pending };
            let pending = std::mem::replace(pending, empty);
            at += 1;
            let env = Env::top(pending.package, pending.node);
            self.within(env, |checker| {
                checker.body(pending.func, pending.receiver, pending.signature, pending.body);
            });
        }
        self.queue.clear();
    }

    /// `func(…) {…}` as a value.
    pub(crate) fn func_literal(&mut self, literal: &'a ast::FuncLit, span: Span) -> Operand {
        let ty = self.signature(&literal.signature);
        let (name, symbol, parent) = self.literal_name();
        let library = self.in_library();
        let mut func = blank_func(name, symbol, span, library);
        func.ty = ty;
        func.parent = parent;
        func.end = closing_brace(literal.body.span);
        let id = self.new_func(func);
        if self.env.functions.is_empty() {
            // In the initialiser of a package variable: the body may use what is not resolved yet.
            self.queue.push(Pending {
                func: id,
                package: self.env.package,
                receiver: None,
                signature: &literal.signature,
                body: &literal.body,
                node: self.env.node,
            });
        } else {
            self.body(id, None, &literal.signature, &literal.body);
        }
        self.value_of(ExprKind::Closure(id), ty, span)
    }

    /// The name and symbol of the next literal here: `main.func1`, inside it `main.func1.1`.
    fn literal_name(&mut self) -> (String, String, Option<FuncId>) {
        let Some(function) = self.function_mut() else {
            self.global_literals += 1;
            let number = self.global_literals;
            return (format!("init.func{number}"), format!("main.init.func{number}"), None);
        };
        function.literals += 1;
        let (number, id) = (function.literals, function.id);
        let Some(parent) = self.funcs.get(id.index()) else {
            return (format!("func{number}"), format!("main.func{number}"), Some(id));
        };
        let suffix = if parent.parent.is_some() || parent.name.starts_with("init.func") {
            format!(".{number}")
        } else {
            format!(".func{number}")
        };
        (format!("{}{suffix}", parent.name), format!("{}{suffix}", parent.symbol), Some(id))
    }

    fn body(
        &mut self,
        id: FuncId,
        receiver: Option<&'a ast::Receiver>,
        signature: &'a ast::Signature,
        body: &'a ast::Block,
    ) {
        let ty = self.funcs.get(id.index()).map_or(self.basic.invalid, |func| func.ty);
        let Type::Func(func) = self.types.get(ty).clone() else { return };
        self.env.functions.push(FunctionContext::new(id));
        self.env.scopes.push(Scope::default());
        let params = self.declare_params(receiver, signature, &func);
        let results = self.declare_results(signature, &func);
        let named_results = signature.results.iter().any(|result| result.name.is_some());
        let first_result = signature.results.first().map(|result| result.ty.span);
        let end = closing_brace(body.span);
        if let Some(func) = self.funcs.get_mut(id.index()) {
            func.params = params;
            func.results = results;
            func.named_results = named_results;
        }
        let before = self.problems.len();
        let stmts = self.stmts(&body.stmts);
        // After a mistake the end may only seem to be reached.
        let broken_end = before != self.problems.len();
        if first_result.is_some() && !broken_end && !terminates(&stmts, &self.broken) {
            let name = self.funcs.get(id.index()).map(|func| func.name.clone()).unwrap_or_default();
            self.report(&StatementProblem::MissingReturn { span: end, name });
        }
        self.env.scopes.pop();
        if let Some(context) = self.env.functions.pop() {
            let FunctionContext { labels, gotos, .. } = context;
            for label in labels.into_iter().filter(|label| !label.used && !gotos.contains(&label.name)) {
                self.report(&NameProblem::UnusedLabel { span: label.span, name: label.name });
            }
        }
        if let Some(func) = self.funcs.get_mut(id.index()) {
            func.body = stmts;
        }
    }

    fn declare_params(
        &mut self,
        receiver: Option<&'a ast::Receiver>,
        signature: &'a ast::Signature,
        func: &FuncType,
    ) -> Vec<VarId> {
        let mut params = Vec::new();
        if let Some(receiver) = receiver {
            let ty = self.receiver_type(receiver);
            params.push(self.declare_param(receiver.name.as_ref(), "receiver", ty, receiver.span));
        }
        for (param, &ty) in signature.params.iter().zip(&func.params) {
            params.push(self.declare_param(param.name.as_ref(), "parameter", ty, param.ty.span));
        }
        params
    }

    fn declare_param(
        &mut self,
        name: Option<&ast::Ident>,
        what: &'static str,
        ty: TypeId,
        span: Span,
    ) -> VarId {
        let (text, at) = name.map_or(("_", span), |name| (name.name.as_str(), name.span));
        let var = self.new_var(text, ty, at);
        self.exempt(var);
        if let Some(name) = name {
            self.declare(name, what, Entity::Var(var));
        }
        var
    }

    fn declare_results(&mut self, signature: &'a ast::Signature, func: &FuncType) -> Vec<VarId> {
        let mut results = Vec::new();
        for (index, (result, &ty)) in signature.results.iter().zip(&func.results).enumerate() {
            let var = match &result.name {
                Some(_) => self.declare_param(result.name.as_ref(), "result", ty, result.ty.span),
                None => {
                    let var = self.new_var(&format!("~r{index}"), ty, result.ty.span);
                    self.exempt(var);
                    var
                }
            };
            // A `return` writes it.
            self.mark_written(var);
            results.push(var);
        }
        results
    }

    fn receiver_type(&mut self, receiver: &ast::Receiver) -> TypeId {
        let name = receiver.ty.name.as_str();
        let base = match crate::sync::find_type(name) {
            Some(primitive) => self.primitive(primitive),
            None => {
                let package = self.env.package;
                let entity =
                    self.within(Env::top(package, None), |checker| checker.lookup(name, receiver.ty.span));
                match entity {
                    Some(Entity::Type(ty)) => ty,
                    _ => self.basic.invalid,
                }
            }
        };
        if receiver.pointer { self.pointer_to(base) } else { base }
    }

    /// Warns about local variables that nothing reads.
    pub(crate) fn warn_unused(&mut self) {
        let unused: Vec<NameProblem> = self
            .vars
            .iter()
            .zip(&self.facts)
            .filter(|(var, facts)| !facts.used && !facts.exempt && var.owner.is_some() && var.name != "_")
            .filter(|(var, _)| {
                let owner = var.owner.and_then(|owner| self.funcs.get(owner.index()));
                owner.is_some_and(|owner| !owner.library)
            })
            .map(|(var, _)| NameProblem::Unused { span: var.span, name: var.name.clone() })
            .collect();
        let binds = std::mem::take(&mut self.unused_binds);
        for problem in unused.into_iter().chain(binds) {
            self.report(&problem);
        }
    }

    /// Sets [`super::program::Var::constant`], when everything has been seen.
    pub(crate) fn finish_vars(&mut self) {
        for (var, facts) in self.vars.iter_mut().zip(&self.facts) {
            var.constant = !facts.written && !var.addressed;
        }
    }
}

pub(crate) fn closing_brace(block: Span) -> Span {
    Span { start: block.end.saturating_sub(1).max(block.start), end: block.end }
}
