//! Expressions, with the blanks that gofmt puts around binary operators.
//!
//! gofmt shows precedence by leaving blanks out: `a + b*c`, `f(x, n-1)`. The rules are those
//! of Go's `go/printer`: an expression has a depth, and operators that bind tighter than a
//! cutoff have no blanks.

use super::writer::Writer;
use crate::syntax::ast::{BinaryOp, Expr, ExprKind, TypeExprKind, UnaryOp};
use crate::syntax::quoted;

/// Of unary operators; binary ones have 1 to 5.
const UNARY: u32 = 6;
/// Of operands.
const HIGHEST: u32 = 7;

impl Writer<'_> {
    pub(super) fn expr(&mut self, expr: &Expr) {
        self.expr_at(expr, 0, 1);
    }

    pub(super) fn exprs(&mut self, list: &[Expr], depth: u32) {
        self.list(list, |writer, expr| writer.expr_at(expr, 0, depth));
    }

    /// `outer`: the precedence of the operator around it.
    pub(super) fn expr_at(&mut self, expr: &Expr, outer: u32, depth: u32) {
        match &expr.kind {
            ExprKind::Name(name) => match (name.as_str(), self.iota) {
                ("iota", Some(value)) => self.text(&value.to_string()),
                _ => self.text(name),
            },
            ExprKind::Int(text) | ExprKind::Float(text) => self.text(text),
            ExprKind::Rune(code) => {
                let written = self.source.slice(expr.span).to_string();
                if written.starts_with('\'') {
                    self.text(&written);
                } else {
                    self.text(&code.to_string());
                }
            }
            ExprKind::String(value) => self.text(&quoted(value)),
            ExprKind::Paren(inner) => {
                if matches!(inner.kind, ExprKind::Paren(_)) {
                    self.expr_at(inner, 0, depth);
                } else {
                    self.text("(");
                    self.expr_at(inner, 0, reduced(depth));
                    self.text(")");
                }
            }
            ExprKind::FuncLit(literal) => {
                self.text("func");
                self.signature(&literal.signature);
                self.text(" ");
                self.body(&literal.body, &[]);
            }
            ExprKind::Composite { ty, elements } => {
                if let Some(ty) = ty {
                    self.ty(ty);
                }
                self.text("{");
                self.list(elements, |writer, element| {
                    if let Some(key) = &element.key {
                        writer.expr(key);
                        writer.text(": ");
                    }
                    writer.expr(&element.value);
                });
                self.text("}");
            }
            ExprKind::Selector { operand, name } => match &operand.kind {
                ExprKind::Name(package) if self.is_package(package) => self.member(package, &name.name),
                _ => {
                    self.expr_at(operand, HIGHEST, depth);
                    self.text(".");
                    self.text(&name.name);
                }
            },
            ExprKind::Index { operand, index } => {
                self.expr_at(operand, HIGHEST, 1);
                self.text("[");
                self.expr_at(index, 0, depth + 1);
                self.text("]");
            }
            ExprKind::Slice { operand, low, high, max } => {
                self.expr_at(operand, HIGHEST, 1);
                let (low, high) = (low.as_deref(), high.as_deref());
                let bounds = [low, high].into_iter().chain(max.as_deref().map(Some)).collect::<Vec<_>>();
                self.bounds(&bounds, depth);
            }
            ExprKind::TypeAssert { operand, ty } => {
                self.expr_at(operand, HIGHEST, depth);
                self.text(".(");
                match ty {
                    Some(ty) => self.ty(ty),
                    None => self.text("type"),
                }
                self.text(")");
            }
            ExprKind::Call { callee, args, spread } => {
                self.call(expr.span, callee, args, *spread, if args.len() > 1 { depth + 1 } else { depth });
            }
            ExprKind::Unary { op, operand } => self.parenthesised(outer > UNARY, |writer| {
                writer.text(match op {
                    UnaryOp::Plus => "+",
                    UnaryOp::Neg => "-",
                    UnaryOp::Not => "!",
                    UnaryOp::BitNot => "^",
                    UnaryOp::AddrOf => "&",
                    UnaryOp::Recv => "<-",
                });
                writer.expr_at(operand, UNARY, depth);
            }),
            ExprKind::Star(inner) => self.parenthesised(outer > UNARY, |writer| {
                writer.text("*");
                writer.expr(inner);
            }),
            ExprKind::Binary { op, left, right, .. } => {
                let own = precedence(*op);
                if own < outer {
                    self.text("(");
                    self.expr_at(expr, 0, reduced(depth));
                    self.text(")");
                    return;
                }
                let blank = if own < cutoff(expr, depth) { " " } else { "" };
                let deeper = u32::from(binary(left).is_none_or(|op| precedence(op) != own));
                self.expr_at(left, own, depth + deeper);
                self.text(&format!("{blank}{}{blank}", symbol(*op)));
                self.expr_at(right, own + 1, depth + 1);
            }
            ExprKind::Type(ty) => {
                // `func()(f)`, `<-chan int(c)` and `*T(p)` would be read otherwise.
                let wrap = outer == HIGHEST
                    && matches!(
                        ty.kind,
                        TypeExprKind::Func(_) | TypeExprKind::Chan { .. } | TypeExprKind::Pointer(_)
                    );
                self.parenthesised(wrap, |writer| writer.ty(ty));
            }
            ExprKind::Error => self.text("0"),
        }
    }

    fn parenthesised(&mut self, wanted: bool, inner: impl FnOnce(&mut Self)) {
        if wanted {
            self.text("(");
        }
        inner(self);
        if wanted {
            self.text(")");
        }
    }

    fn bounds(&mut self, bounds: &[Option<&Expr>], depth: u32) {
        let written = bounds.iter().flatten().count();
        let computed = bounds.iter().flatten().any(|bound| binary(bound).is_some());
        let blanks = depth <= 1 && written > 1 && computed;
        self.text("[");
        for (index, bound) in bounds.iter().enumerate() {
            if index > 0 {
                let before = if blanks && bounds[index - 1].is_some() { " " } else { "" };
                let after = if blanks && bound.is_some() { " " } else { "" };
                self.text(&format!("{before}:{after}"));
            }
            if let Some(bound) = bound {
                self.expr_at(bound, 0, depth + 1);
            }
        }
        self.text("]");
    }

    /// In the header of a statement, where parentheses around all of it are too many.
    pub(super) fn condition(&mut self, expr: &Expr) {
        let mut inner = expr;
        while let ExprKind::Paren(next) = &inner.kind {
            if has_bare_literal(next) {
                break;
            }
            inner = next;
        }
        self.expr(inner);
    }
}

/// A composite literal with a plain name, which the braces of a statement would swallow.
fn has_bare_literal(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Composite { .. } => true,
        ExprKind::Selector { operand, .. }
        | ExprKind::TypeAssert { operand, .. }
        | ExprKind::Unary { operand, .. }
        | ExprKind::Star(operand)
        | ExprKind::Index { operand, .. }
        | ExprKind::Slice { operand, .. } => has_bare_literal(operand),
        ExprKind::Binary { left, right, .. } => has_bare_literal(left) || has_bare_literal(right),
        ExprKind::Call { callee, .. } => has_bare_literal(callee),
        _ => false,
    }
}

fn reduced(depth: u32) -> u32 {
    depth.saturating_sub(1).max(1)
}

fn binary(expr: &Expr) -> Option<BinaryOp> {
    match &expr.kind {
        ExprKind::Binary { op, .. } => Some(*op),
        _ => None,
    }
}

/// Operators from this precedence on have no blanks.
fn cutoff(expr: &Expr, depth: u32) -> u32 {
    let mut seen = Seen::default();
    seen.walk(expr);
    match seen {
        Seen { problem: 1.., .. } => seen.problem + 1,
        Seen { four: true, five: true, .. } if depth == 1 => 5,
        Seen { four: true, five: true, .. } => 4,
        _ if depth == 1 => 6,
        _ => 4,
    }
}

/// Which precedences an expression has, and where leaving the blanks out would make another operator.
#[derive(Default)]
struct Seen {
    four: bool,
    five: bool,
    problem: u32,
}

impl Seen {
    fn walk(&mut self, expr: &Expr) {
        let ExprKind::Binary { op, left, right, .. } = &expr.kind else { return };
        let own = precedence(*op);
        self.four |= own == 4;
        self.five |= own == 5;
        if binary(left).is_some_and(|op| precedence(op) >= own) {
            self.walk(left);
        }
        let problem = match (&right.kind, op) {
            (ExprKind::Binary { op: inner, .. }, _) => {
                if precedence(*inner) > own {
                    self.walk(right);
                }
                0
            }
            (ExprKind::Star(_), BinaryOp::Div) => 5,
            (ExprKind::Unary { op: UnaryOp::AddrOf, .. }, BinaryOp::And) => 5,
            (ExprKind::Unary { op: UnaryOp::BitNot, .. }, BinaryOp::And) => 5,
            (ExprKind::Unary { op: UnaryOp::Plus, .. }, BinaryOp::Add) => 4,
            (ExprKind::Unary { op: UnaryOp::Neg, .. }, BinaryOp::Sub) => 4,
            _ => 0,
        };
        self.problem = self.problem.max(problem);
    }
}

/// Go specification, "Operator precedence".
fn precedence(op: BinaryOp) -> u32 {
    match op {
        BinaryOp::OrOr => 1,
        BinaryOp::AndAnd => 2,
        BinaryOp::Eq | BinaryOp::Ne | BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge => 3,
        BinaryOp::Add | BinaryOp::Sub | BinaryOp::Or | BinaryOp::Xor => 4,
        BinaryOp::Mul
        | BinaryOp::Div
        | BinaryOp::Rem
        | BinaryOp::Shl
        | BinaryOp::Shr
        | BinaryOp::And
        | BinaryOp::AndNot => 5,
    }
}

pub(super) fn symbol(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::OrOr => "||",
        BinaryOp::AndAnd => "&&",
        BinaryOp::Eq => "==",
        BinaryOp::Ne => "!=",
        BinaryOp::Lt => "<",
        BinaryOp::Le => "<=",
        BinaryOp::Gt => ">",
        BinaryOp::Ge => ">=",
        BinaryOp::Add => "+",
        BinaryOp::Sub => "-",
        BinaryOp::Or => "|",
        BinaryOp::Xor => "^",
        BinaryOp::Mul => "*",
        BinaryOp::Div => "/",
        BinaryOp::Rem => "%",
        BinaryOp::Shl => "<<",
        BinaryOp::Shr => ">>",
        BinaryOp::And => "&",
        BinaryOp::AndNot => "&^",
    }
}
