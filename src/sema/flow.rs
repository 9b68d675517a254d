//! Terminating statements: does control come out at the end?
//!
//! In: typed statements and the set of statements that some `break` leaves. Follows
//! "Terminating statements" of the Go specification.

use rustc_hash::FxHashSet;

use super::program::{Builtin, Callee, ExprKind, LabelId, Stmt, StmtKind};

/// True if control never comes out at the end of the list.
pub(crate) fn terminates(stmts: &[Stmt], broken: &FxHashSet<LabelId>) -> bool {
    stmts.last().is_some_and(|stmt| stmt_terminates(stmt, broken))
}

fn stmt_terminates(stmt: &Stmt, broken: &FxHashSet<LabelId>) -> bool {
    match &stmt.kind {
        StmtKind::Return(_) => true,
        StmtKind::Expr(expr) => match &expr.kind {
            ExprKind::Call(call) => matches!(call.callee, Callee::Builtin(Builtin::Panic)),
            _ => false,
        },
        StmtKind::Block(stmts) => terminates(stmts, broken),
        StmtKind::If { arms, otherwise } => {
            let end = otherwise.as_ref().is_some_and(|stmts| terminates(stmts, broken));
            end && arms.iter().all(|arm| terminates(&arm.body, broken))
        }
        StmtKind::For(stmt) => stmt.cond.is_none() && !broken.contains(&stmt.label),
        StmtKind::Switch { label, cases, .. } => {
            !broken.contains(label)
                && cases.iter().any(|case| case.values.is_none())
                && cases.iter().all(|case| case.fallthrough || terminates(&case.body, broken))
        }
        StmtKind::TypeSwitch { label, cases, .. } => {
            !broken.contains(label)
                && cases.iter().any(|case| case.types.is_none())
                && cases.iter().all(|case| terminates(&case.body, broken))
        }
        StmtKind::Select { label, cases, .. } => {
            !broken.contains(label) && cases.iter().all(|case| terminates(&case.body, broken))
        }
        StmtKind::Choose(cases) => {
            !cases.is_empty() && cases.iter().all(|(body, _)| terminates(body, broken))
        }
        StmtKind::Idle(stmt) => stmt_terminates(stmt, broken),
        StmtKind::Send { .. }
        | StmtKind::Assign { .. }
        | StmtKind::AssignOp { .. }
        | StmtKind::Go(_)
        | StmtKind::Environment(_)
        | StmtKind::Atomic { .. }
        | StmtKind::Defer(_)
        | StmtKind::Break(_)
        | StmtKind::Continue(_)
        | StmtKind::Range(_) => false,
    }
}
