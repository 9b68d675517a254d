//! Visiting every expression and statement of a typed program, once, in source order.
//!
//! In: a body and a visitor. The analyses that precede the lowering (escape, flow)
//! say what they do at a node and leave the walking to this room.

use crate::sema::program::{
    Call, Callee, Comm, Expr, ExprKind, Range, SelectCase, Stmt, StmtKind, Target, Values,
};

/// What an analysis wants to know. Default methods do nothing; children are visited in any case.
pub trait Visitor {
    fn expr(&mut self, _expr: &Expr) {}
    fn stmt(&mut self, _stmt: &Stmt) {}
    /// An existing place or a new variable gets a value.
    fn target(&mut self, _target: &Target) {}
    /// Any call, also that of `go` and `defer`; before its parts.
    fn call(&mut self, _call: &Call) {}
    fn enter_loop(&mut self) {}
    fn leave_loop(&mut self) {}
}

pub fn stmts(list: &[Stmt], visitor: &mut dyn Visitor) {
    for stmt in list {
        self::stmt(stmt, visitor);
    }
}

pub fn stmt(stmt: &Stmt, visitor: &mut dyn Visitor) {
    visitor.stmt(stmt);
    match &stmt.kind {
        StmtKind::Expr(value) => expr(value, visitor),
        StmtKind::Send { channel, value } => {
            expr(channel, visitor);
            expr(value, visitor);
        }
        StmtKind::Assign { targets, values: list } => {
            for each in targets {
                target(each, visitor);
            }
            values(list, visitor);
        }
        StmtKind::AssignOp { target, value, .. } => {
            expr(target, visitor);
            expr(value, visitor);
        }
        StmtKind::Go(each) | StmtKind::Environment(each) | StmtKind::Defer(each) => call(each, visitor),
        StmtKind::Return(Some(list)) => values(list, visitor),
        StmtKind::Return(None) | StmtKind::Break(_) | StmtKind::Continue(_) => {}
        StmtKind::Block(list) => stmts(list, visitor),
        StmtKind::If { arms, otherwise } => {
            for arm in arms {
                stmts(&arm.init, visitor);
                expr(&arm.cond, visitor);
                stmts(&arm.body, visitor);
            }
            stmts(otherwise.as_deref().unwrap_or_default(), visitor);
        }
        StmtKind::Switch { tag, cases, .. } => {
            tag.iter().for_each(|tag| expr(tag, visitor));
            for case in cases {
                case.values.iter().flatten().for_each(|value| expr(value, visitor));
                stmts(&case.body, visitor);
            }
        }
        StmtKind::TypeSwitch { subject, cases, .. } => {
            expr(subject, visitor);
            cases.iter().for_each(|case| stmts(&case.body, visitor));
        }
        StmtKind::Select { cases, .. } => cases.iter().for_each(|case| select_case(case, visitor)),
        StmtKind::For(each) => {
            stmts(&each.init, visitor);
            visitor.enter_loop();
            each.cond.iter().for_each(|cond| expr(cond, visitor));
            stmts(&each.body, visitor);
            stmts(&each.post, visitor);
            visitor.leave_loop();
        }
        StmtKind::Range(each) => range(each, visitor),
        StmtKind::Choose(cases) => cases.iter().for_each(|(body, _)| stmts(body, visitor)),
        StmtKind::Idle(inner) => self::stmt(inner, visitor),
        StmtKind::Atomic { guard, body } => {
            guard.iter().for_each(|guard| expr(guard, visitor));
            stmts(body, visitor);
        }
    }
}

fn range(each: &Range, visitor: &mut dyn Visitor) {
    expr(&each.subject, visitor);
    visitor.enter_loop();
    target(&each.key, visitor);
    target(&each.value, visitor);
    stmts(&each.body, visitor);
    visitor.leave_loop();
}

fn select_case(case: &SelectCase, visitor: &mut dyn Visitor) {
    match &case.comm {
        Comm::Default => {}
        Comm::Send { channel, value } => {
            expr(channel, visitor);
            expr(value, visitor);
        }
        Comm::Recv { channel, value, ok } => {
            expr(channel, visitor);
            target(value, visitor);
            target(ok, visitor);
        }
    }
    stmts(&case.body, visitor);
}

pub fn target(each: &Target, visitor: &mut dyn Visitor) {
    visitor.target(each);
    if let Target::Place(place) = each {
        expr(place, visitor);
    }
}

pub fn values(list: &Values, visitor: &mut dyn Visitor) {
    match list {
        Values::Zero => {}
        Values::Each(list) => list.iter().for_each(|value| expr(value, visitor)),
        Values::Tuple(value) => expr(value, visitor),
    }
}

pub fn call(call: &Call, visitor: &mut dyn Visitor) {
    visitor.call(call);
    match &call.callee {
        Callee::Func(_) | Callee::Closure(_) | Callee::Builtin(_) => {}
        Callee::Method { recv: value, .. } | Callee::Value(value) => expr(value, visitor),
    }
    call.args.iter().for_each(|arg| expr(arg, visitor));
}

pub fn expr(value: &Expr, visitor: &mut dyn Visitor) {
    visitor.expr(value);
    children(value, &mut |child| match child {
        Child::Expr(child) => expr(child, visitor),
        Child::Call(child) => call(child, visitor),
    });
}

/// A part of an expression.
pub enum Child<'a> {
    Expr(&'a Expr),
    Call(&'a Call),
}

/// Calls `visit` for each direct part of `value`, in source order.
pub fn children(value: &Expr, visit: &mut dyn FnMut(Child<'_>)) {
    let mut each = |child: &Expr| visit(Child::Expr(child));
    match &value.kind {
        ExprKind::Int(_)
        | ExprKind::Bool(_)
        | ExprKind::Str(_)
        | ExprKind::Zero
        | ExprKind::Var(_)
        | ExprKind::Func(_)
        | ExprKind::Closure(_) => {}
        ExprKind::MethodValue { recv: inner, .. }
        | ExprKind::Field(inner, _)
        | ExprKind::Deref(inner)
        | ExprKind::AddrOf(inner)
        | ExprKind::Alloc(inner)
        | ExprKind::Unary(_, inner)
        | ExprKind::Convert(inner)
        | ExprKind::ToInterface(inner)
        | ExprKind::TypeAssert { operand: inner, .. }
        | ExprKind::Recv { channel: inner, .. } => each(inner),
        ExprKind::Index(left, right)
        | ExprKind::Binary(_, left, right)
        | ExprKind::MapIndex { map: left, key: right, .. }
        | ExprKind::Any { low: left, high: right } => {
            each(left);
            each(right);
        }
        ExprKind::SliceOf { operand, low, high, max } => {
            each(operand);
            [low, high, max].into_iter().flatten().for_each(|bound| each(bound));
        }
        ExprKind::StructLit(parts) => parts.iter().for_each(each),
        ExprKind::ArrayLit(parts) | ExprKind::SliceLit { elements: parts, .. } => {
            parts.iter().for_each(|(_, part)| each(part));
        }
        ExprKind::MapLit(parts) => {
            for (key, part) in parts {
                each(key);
                each(part);
            }
        }
        ExprKind::Call(call) => visit(Child::Call(call)),
    }
}
