//! Statements: the simple ones, `go`, `defer`, `return`, jumps, labels, `idle`.
//!
//! In: a block's syntax. Out: typed statements. Loops and branches are in files of
//! their own; statements that declare open no scope, blocks do.

mod idle;
mod jumps;
mod returns;

use super::checker::Checker;
use super::constant::Const;
use super::operand::Mode;
use super::overlay::{ItemKind, flatten_consts};
use super::problem::{LanguageProblem, StatementProblem, TypeProblem};
use super::program::{self as p, Builtin, Callee, ExprKind, StmtKind};
use super::scope::Entity;
use super::types::ChanDir;
use crate::diag::Problems;
use crate::syntax::ast::{self, BinaryOp};

impl<'a> Checker<'a> {
    /// The statements of a block whose scope is open.
    pub(crate) fn stmts(&mut self, stmts: &'a [ast::Stmt]) -> Vec<p::Stmt> {
        let mut out = Vec::with_capacity(stmts.len());
        for stmt in stmts {
            self.stmt(stmt, &mut out);
        }
        out
    }

    /// A block with a scope of its own.
    pub(crate) fn block(&mut self, block: &'a ast::Block) -> Vec<p::Stmt> {
        self.scoped(|checker| checker.stmts(&block.stmts))
    }

    pub(crate) fn stmt(&mut self, stmt: &'a ast::Stmt, out: &mut Vec<p::Stmt>) {
        self.labeled_stmt(stmt, None, out);
    }

    fn labeled_stmt(&mut self, stmt: &'a ast::Stmt, label: Option<String>, out: &mut Vec<p::Stmt>) {
        let span = stmt.span;
        let done = self.deeper(span, |checker| checker.stmt_inner(stmt, label, out));
        debug_assert!(done.is_some() || self.problems.has_errors());
    }

    fn stmt_inner(&mut self, stmt: &'a ast::Stmt, label: Option<String>, out: &mut Vec<p::Stmt>) {
        let span = stmt.span;
        let mut push = |kind: StmtKind| out.push(p::Stmt { kind, span });
        match &stmt.kind {
            ast::StmtKind::Empty | ast::StmtKind::Error => {}
            ast::StmtKind::Expr(expr) => {
                if let Some(expr) = self.expr_stmt(expr) {
                    push(StmtKind::Expr(expr));
                }
            }
            ast::StmtKind::Send { channel, value } => {
                if let Some((channel, value)) = self.send(channel, value) {
                    push(StmtKind::Send { channel, value });
                }
            }
            ast::StmtKind::IncDec { target, increment } => {
                let one = self.constant(Const::Int(1), self.basic.untyped_int, span);
                let op = if *increment { BinaryOp::Add } else { BinaryOp::Sub };
                self.assign_op(target, op, one, span, out);
            }
            ast::StmtKind::Assign { targets, op: None, values } => {
                self.assign_stmt(targets, values, span, out);
            }
            ast::StmtKind::Assign { targets, op: Some(op), values } => {
                if let ([target], [value]) = (targets.as_slice(), values.as_slice()) {
                    let value = self.value(value);
                    self.assign_op(target, *op, value, span, out);
                } else {
                    let (targets, values) = (targets.len(), values.len());
                    self.report(&StatementProblem::AssignCount { span, targets, values });
                }
            }
            ast::StmtKind::Define { names, values } => self.define(names, values, span, out),
            ast::StmtKind::Var(decl) => self.var_stmt(decl, out),
            ast::StmtKind::Const(group) => self.const_stmt(group),
            ast::StmtKind::Type(decl) => self.type_stmt(decl),
            ast::StmtKind::Go(call) => {
                if let Some(call) = self.started_call(call, "go") {
                    push(StmtKind::Go(call));
                }
            }
            ast::StmtKind::Defer(call) => {
                if let Some(call) = self.started_call(call, "defer") {
                    push(StmtKind::Defer(call));
                }
            }
            ast::StmtKind::Return(values) => self.return_stmt(values, span, out),
            ast::StmtKind::Break(target) => {
                if let Some(label) = self.jump(target.as_ref(), "break", span) {
                    self.broken.insert(label);
                    push(StmtKind::Break(label));
                }
            }
            ast::StmtKind::Continue(target) => {
                if let Some(label) = self.jump(target.as_ref(), "continue", span) {
                    push(StmtKind::Continue(label));
                }
            }
            ast::StmtKind::Goto(label) => {
                if let Some(function) = self.function_mut() {
                    function.gotos.push(label.name.clone());
                }
                self.report(&LanguageProblem::Goto { span, label: label.name.clone() });
            }
            ast::StmtKind::Fallthrough => {
                self.report(&StatementProblem::Fallthrough { span, why: "not the end of a `switch` case" });
            }
            ast::StmtKind::Block(block) => {
                let stmts = self.block(block);
                push(StmtKind::Block(stmts));
            }
            ast::StmtKind::If(stmt) => {
                let kind = self.if_stmt(stmt);
                push(kind);
            }
            ast::StmtKind::Switch(stmt) => self.switch_stmt(stmt, label, span, out),
            ast::StmtKind::TypeSwitch(stmt) => self.type_switch(stmt, label, span, out),
            ast::StmtKind::Select(stmt) => {
                let kind = self.select_stmt(stmt, label);
                push(kind);
            }
            ast::StmtKind::For(stmt) => self.for_stmt(stmt, label, span, out),
            ast::StmtKind::Labeled { label, stmt } if self.in_library() && is_own_label(&label.name) => {
                let mut inner = Vec::new();
                self.stmt(stmt, &mut inner);
                out.extend(inner.pop().map(|inner| p::Stmt { kind: library_kind(inner.kind), span }));
            }
            ast::StmtKind::Labeled { label, stmt } => {
                self.declare_label(label);
                self.labeled_stmt(stmt, Some(label.name.clone()), out);
            }
            ast::StmtKind::Choose { cases, .. } => {
                let cases = cases
                    .iter()
                    .map(|case| (self.scoped(|checker| checker.stmts(&case.body)), case.span))
                    .collect();
                push(StmtKind::Choose(cases));
            }
            ast::StmtKind::Idle(inner) => self.idle(inner, label, span, out),
        }
    }

    fn expr_stmt(&mut self, expr: &'a ast::Expr) -> Option<p::Expr> {
        let operand = self.expr(expr);
        if operand.is_invalid() {
            return None;
        }
        let what = match (&operand.mode, &operand.kind) {
            (Mode::Value, ExprKind::Call(call)) => match discards(&call.callee) {
                Some(name) => format!("the result of `{name}`"),
                None => return Some(self.expr_of(operand)),
            },
            (Mode::CommaOk, ExprKind::Recv { .. }) => return Some(self.expr_of(operand)),
            (Mode::Type | Mode::Package(_) | Mode::Word(_), _) => {
                self.single(operand);
                return None;
            }
            (Mode::Value, ExprKind::Alloc(_)) => "this pointer".to_string(),
            (Mode::Value, ExprKind::Closure(_)) => {
                let what = "this function literal".to_string();
                self.report(&StatementProblem::Unused { span: expr.span, what });
                return None;
            }
            _ => "this value".to_string(),
        };
        self.report(&StatementProblem::Unused { span: expr.span, what });
        None
    }

    pub(crate) fn send(
        &mut self,
        channel: &'a ast::Expr,
        value: &'a ast::Expr,
    ) -> Option<(p::Expr, p::Expr)> {
        let channel = self.value(channel);
        let value = self.value(value);
        if channel.is_invalid() {
            return None;
        }
        let elem = self.channel_element(&channel, ChanDir::Recv, "send to")?;
        let value = self.assign(value, elem, "the send");
        Some((self.expr_of(channel), value))
    }

    /// The call of a `go` or `defer`.
    fn started_call(&mut self, expr: &'a ast::Expr, word: &'static str) -> Option<p::Call> {
        let operand = self.expr(expr);
        if operand.is_invalid() {
            return None;
        }
        let what = match operand.kind {
            ExprKind::Call(call) if matches!(operand.mode, Mode::Value) => match discards(&call.callee) {
                Some(name) => format!("`{name}`, whose result is its only use"),
                None => return Some(*call),
            },
            ExprKind::Any { .. } => "a choice, whose result is its only use".to_string(),
            _ if matches!(expr.kind, ast::ExprKind::Call { .. }) => "a conversion".to_string(),
            _ => "a value".to_string(),
        };
        self.report(&TypeProblem::NotStartable { span: expr.span, word, what });
        None
    }

    fn const_stmt(&mut self, group: &'a ast::ConstGroup) {
        let mut items = Vec::new();
        let mut problems = Problems::default();
        flatten_consts(group, &mut items, &mut problems);
        self.problems.append(problems);
        let outer = self.env.iota;
        for item in items {
            let ItemKind::Const { ty, value, iota } = item.kind else { continue };
            self.env.iota = Some(iota);
            let entity = self.const_entity(&item.name.name, item.name.span, ty, value);
            self.declare(item.name, "constant", entity);
        }
        self.env.iota = outer;
    }

    fn type_stmt(&mut self, decl: &'a ast::TypeDecl) {
        if decl.alias {
            let ty = self.resolve_type(&decl.ty);
            self.declare(&decl.name, "type", Entity::Type(ty));
            return;
        }
        let (ty, index) = self.begin_type(decl.name.name.clone(), decl.name.span);
        self.declare(&decl.name, "type", Entity::Type(ty));
        self.define_type(index, &decl.ty);
        self.finish_types();
    }
}

/// The builtin whose result is all it is for.
fn discards(callee: &Callee) -> Option<&'static str> {
    match callee {
        Callee::Builtin(builtin) => match builtin {
            Builtin::Append => Some("append"),
            Builtin::Cap => Some("cap"),
            Builtin::Len => Some("len"),
            Builtin::Make => Some("make"),
            Builtin::Max => Some("max"),
            Builtin::Min => Some("min"),
            Builtin::Clear
            | Builtin::Close
            | Builtin::Copy
            | Builtin::Delete
            | Builtin::Panic
            | Builtin::Recover
            | Builtin::Assert
            | Builtin::Discard
            | Builtin::Sprint(_)
            | Builtin::Exit
            | Builtin::Goexit
            | Builtin::EndTest
            | Builtin::Yield => None,
        },
        Callee::Func(_) | Callee::Closure(_) | Callee::Method { .. } | Callee::Value(_) => None,
    }
}

/// Labels that say more in library files: `atomic: { … }` is one step, `await: if cond { … }` one that waits for
/// `cond`, `environment: go f()` starts what the environment does.
fn is_own_label(name: &str) -> bool {
    matches!(name, "atomic" | "await" | "environment")
}

/// The statement after such a label.
fn library_kind(kind: StmtKind) -> StmtKind {
    match kind {
        StmtKind::Go(call) => StmtKind::Environment(call),
        StmtKind::Block(body) => StmtKind::Atomic { guard: None, body },
        StmtKind::If { mut arms, otherwise: None } if arms.len() == 1 => {
            let arm = arms.remove(0);
            StmtKind::Atomic { guard: Some(arm.cond), body: arm.body }
        }
        other => other,
    }
}
