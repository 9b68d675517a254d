//! `return`: its values, and results that are hidden by another name.

use crate::sema::checker::Checker;
use crate::sema::operand::{Mode, Operand};
use crate::sema::problem::StatementProblem;
use crate::sema::program::{self as p, StmtKind, Values};
use crate::sema::scope::Entity;
use crate::sema::types::Type;
use crate::source::Span;
use crate::syntax::ast;

impl<'a> Checker<'a> {
    pub(super) fn return_stmt(&mut self, values: &'a [ast::Expr], span: Span, out: &mut Vec<p::Stmt>) {
        let function = self.function().and_then(|function| self.funcs.get(function.id.index()));
        let Some(func) = function else { return };
        let (named, results) = (func.named_results, func.results.clone());
        let func_span = func.span;
        let types: Vec<_> =
            results.iter().filter_map(|var| self.vars.get(var.index())).map(|var| var.ty).collect();
        let mut push = |kind: StmtKind| out.push(p::Stmt { kind, span });
        if values.is_empty() {
            if results.is_empty() {
                push(StmtKind::Return(None));
            } else if named {
                self.check_hidden_results(&results, span);
                push(StmtKind::Return(None));
            } else {
                let at = self.results_span(&results, func_span);
                self.report(&StatementProblem::ReturnCount { span, have: 0, want: results.len(), at });
            }
            return;
        }
        if let ([value], true) = (values, results.len() != 1) {
            let operand = self.expr(value);
            if operand.is_invalid() {
                return;
            }
            let tuple = match self.types.get(operand.ty) {
                Type::Tuple(own) if matches!(operand.mode, Mode::Value) && !own.is_empty() => own.clone(),
                _ => {
                    let operand = self.single(operand);
                    if !operand.is_invalid() {
                        let at = self.results_span(&results, func_span);
                        self.report(&StatementProblem::ReturnCount {
                            span,
                            have: 1,
                            want: results.len(),
                            at,
                        });
                    }
                    return;
                }
            };
            if tuple.len() != results.len() {
                let at = self.results_span(&results, func_span);
                let (have, want) = (tuple.len(), results.len());
                self.report(&StatementProblem::ReturnCount { span, have, want, at });
                return;
            }
            let expr = self.expr_of(operand);
            if tuple == types {
                push(StmtKind::Return(Some(Values::Tuple(expr))));
                return;
            }
            // Each value is converted on its way out.
            let temps: Vec<p::VarId> = tuple.iter().map(|&ty| self.temp(ty, value.span)).collect();
            let targets = temps.iter().map(|&var| p::Target::New(var)).collect();
            push(StmtKind::Assign { targets, values: Values::Tuple(expr) });
            let mut converted = Vec::new();
            for (&var, &ty) in temps.iter().zip(&types) {
                let operand = self.variable(var, value.span);
                converted.push(self.assign(operand, ty, "the returned value"));
            }
            push(StmtKind::Return(Some(Values::Each(converted))));
            return;
        }
        let operands: Vec<Operand> = values.iter().map(|value| self.value(value)).collect();
        if operands.len() != results.len() {
            let at = self.results_span(&results, func_span);
            let (have, want) = (operands.len(), results.len());
            let extra = values.get(want).map_or(span, |value| value.span);
            self.report(&StatementProblem::ReturnCount { span: extra, have, want, at });
            return;
        }
        let mut converted = Vec::new();
        for (operand, &ty) in operands.into_iter().zip(&types) {
            converted.push(self.assign(operand, ty, "the returned value"));
        }
        push(StmtKind::Return(Some(Values::Each(converted))));
    }

    pub(super) fn results_span(&self, results: &[p::VarId], func: Span) -> Span {
        let spans = results.iter().filter_map(|var| self.vars.get(var.index())).map(|var| var.span);
        spans.reduce(Span::to).unwrap_or(Span { start: func.start, end: func.start.saturating_add(4) })
    }

    /// A bare `return` where an inner variable has the name of a result.
    pub(super) fn check_hidden_results(&mut self, results: &[p::VarId], span: Span) {
        for &result in results {
            let Some(name) = self.vars.get(result.index()).map(|var| var.name.clone()) else { continue };
            let found = self.env.scopes.iter().rev().find_map(|scope| scope.get(&name));
            let Some(declared) = found else { continue };
            let same = matches!(declared.entity, Entity::Var(var) if var == result);
            if !same && name != "_" {
                let at = declared.span;
                self.report(&StatementProblem::ShadowedResult { span, name, at });
            }
        }
    }
}
