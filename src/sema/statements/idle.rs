//! `idle`: what may stand behind it.

use crate::sema::checker::Checker;
use crate::sema::problem::ModelProblem;
use crate::sema::program::{self as p, Callee, ExprKind, Method, StmtKind, Values};
use crate::source::Span;
use crate::syntax::ast;

impl<'a> Checker<'a> {
    pub(super) fn idle(
        &mut self,
        inner: &'a ast::Stmt,
        label: Option<String>,
        span: Span,
        out: &mut Vec<p::Stmt>,
    ) {
        let before = self.problems.len();
        let mut stmts = Vec::new();
        self.labeled_stmt(inner, label, &mut stmts);
        let mut stmts = stmts.into_iter();
        let Some(first) = stmts.next() else {
            if self.problems.len() == before {
                self.report(&ModelProblem::Idle { span: inner.span, what: "nothing" });
            }
            return;
        };
        if self.problems.len() == before
            && let Some(what) = cannot_wait(&self.funcs, &first)
        {
            self.report(&ModelProblem::Idle { span: inner.span, what });
        }
        out.push(p::Stmt { kind: StmtKind::Idle(Box::new(first)), span });
        out.extend(stmts);
    }
}

/// What the statement is, if it never waits by itself.
pub(super) fn cannot_wait(funcs: &[p::Func], stmt: &p::Stmt) -> Option<&'static str> {
    match &stmt.kind {
        StmtKind::Send { .. } | StmtKind::Select { .. } => None,
        StmtKind::Range(range) if range.over == p::RangeOver::Chan => None,
        StmtKind::Range(_) => Some("a `range` that is not over a channel"),
        StmtKind::Expr(expr) => expr_cannot_wait(funcs, expr),
        StmtKind::Assign { values: Values::Each(values), .. } => {
            let why = values.iter().map(|value| expr_cannot_wait(funcs, value));
            why.reduce(std::option::Option::and).unwrap_or(Some("an assignment"))
        }
        StmtKind::Assign { values: Values::Tuple(value), .. } => expr_cannot_wait(funcs, value),
        StmtKind::Assign { values: Values::Zero, .. } => Some("a declaration"),
        StmtKind::AssignOp { .. } => Some("an assignment"),
        StmtKind::Go(_) | StmtKind::Environment(_) => Some("`go`"),
        StmtKind::Defer(_) => Some("`defer`"),
        StmtKind::Return(_) => Some("`return`"),
        StmtKind::Break(_) | StmtKind::Continue(_) => Some("a jump"),
        StmtKind::Block(_) => Some("a block"),
        StmtKind::If { .. } => Some("`if`"),
        StmtKind::Switch { .. } | StmtKind::TypeSwitch { .. } => Some("`switch`"),
        StmtKind::For(_) => Some("a `for` that is not over a channel"),
        StmtKind::Choose(_) => Some("`choose`"),
        StmtKind::Idle(_) => Some("`idle`"),
        StmtKind::Atomic { .. } => Some("an atomic step"),
    }
}

pub(super) fn expr_cannot_wait(funcs: &[p::Func], expr: &p::Expr) -> Option<&'static str> {
    match &expr.kind {
        ExprKind::Recv { .. } => None,
        ExprKind::Convert(inner) | ExprKind::ToInterface(inner) => expr_cannot_wait(funcs, inner),
        ExprKind::Call(call) => match &call.callee {
            Callee::Method { method: Method::Primitive { name, method }, .. } => {
                let method = crate::sync::find(name).and_then(|primitive| primitive.method(method));
                let waits = method.is_some_and(|method| !method.woken_by.is_empty());
                if waits { None } else { Some("a call that does not wait") }
            }
            // `Cond.Wait`, `Once.Do`: of the library, so its waits are those of the call.
            Callee::Method { method: Method::Func(func), .. }
                if funcs.get(func.index()).is_some_and(|func| func.library) =>
            {
                None
            }
            // Lock of an interface: the dynamic type decides.
            Callee::Method { method: Method::Interface(_), .. } => None,
            _ => Some("a call: it covers no waits inside the function"),
        },
        _ => Some("an expression"),
    }
}
