//! Expressions as text again, in Go's usual spacing: for messages and for the text of properties.

use crate::syntax::ast::{BinaryOp, Expr, ExprKind, TypeExpr, TypeExprKind, UnaryOp};

/// The expression as gofmt would write it, on one line; function and struct bodies as `{…}`.
pub(crate) fn expr_text(expr: &Expr) -> String {
    let mut out = String::new();
    write(expr, &mut out);
    out
}

/// The operator as written.
pub(crate) fn binary_text(op: BinaryOp) -> &'static str {
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

pub(crate) fn unary_text(op: UnaryOp) -> &'static str {
    match op {
        UnaryOp::Plus => "+",
        UnaryOp::Neg => "-",
        UnaryOp::Not => "!",
        UnaryOp::BitNot => "^",
        UnaryOp::AddrOf => "&",
        UnaryOp::Recv => "<-",
    }
}

fn write(expr: &Expr, out: &mut String) {
    match &expr.kind {
        ExprKind::Name(text) | ExprKind::Int(text) | ExprKind::Float(text) => out.push_str(text),
        ExprKind::Rune(code) => match char::from_u32(*code) {
            Some(rune) => out.push_str(&format!("{rune:?}")),
            None => out.push_str(&code.to_string()),
        },
        ExprKind::String(text) => out.push_str(&format!("{text:?}")),
        ExprKind::Paren(inner) => {
            out.push('(');
            write(inner, out);
            out.push(')');
        }
        ExprKind::FuncLit(_) => out.push_str("func(…) {…}"),
        ExprKind::Composite { ty, .. } => {
            if let Some(ty) = ty {
                write_type(ty, out);
            }
            out.push_str("{…}");
        }
        ExprKind::Selector { operand, name } => {
            write(operand, out);
            out.push('.');
            out.push_str(&name.name);
        }
        ExprKind::Index { operand, index } => {
            write(operand, out);
            out.push('[');
            write(index, out);
            out.push(']');
        }
        ExprKind::Slice { operand, low, high, max } => {
            write(operand, out);
            out.push('[');
            let bound = |bound: &Option<Box<Expr>>, out: &mut String| {
                if let Some(bound) = bound {
                    write(bound, out);
                }
            };
            bound(low, out);
            out.push(':');
            bound(high, out);
            if max.is_some() {
                out.push(':');
                bound(max, out);
            }
            out.push(']');
        }
        ExprKind::TypeAssert { operand, ty } => {
            write(operand, out);
            out.push_str(".(");
            match ty {
                Some(ty) => write_type(ty, out),
                None => out.push_str("type"),
            }
            out.push(')');
        }
        ExprKind::Call { callee, args, spread } => {
            write(callee, out);
            out.push('(');
            for (index, arg) in args.iter().enumerate() {
                if index > 0 {
                    out.push_str(", ");
                }
                write(arg, out);
            }
            out.push_str(if *spread { "...)" } else { ")" });
        }
        ExprKind::Unary { op, operand } => {
            out.push_str(unary_text(*op));
            write(operand, out);
        }
        ExprKind::Binary { op, left, right, .. } => {
            write(left, out);
            out.push(' ');
            out.push_str(binary_text(*op));
            out.push(' ');
            write(right, out);
        }
        ExprKind::Star(inner) => {
            out.push('*');
            write(inner, out);
        }
        ExprKind::Type(ty) => write_type(ty, out),
        ExprKind::Error => out.push('…'),
    }
}

fn write_type(ty: &TypeExpr, out: &mut String) {
    match &ty.kind {
        TypeExprKind::Name(name) => out.push_str(name),
        TypeExprKind::Qualified { package, name } => {
            out.push_str(&package.name);
            out.push('.');
            out.push_str(&name.name);
        }
        TypeExprKind::Pointer(to) => {
            out.push('*');
            write_type(to, out);
        }
        TypeExprKind::Array { len, elem } => {
            out.push('[');
            match len {
                Some(len) => write(len, out),
                None => out.push_str("..."),
            }
            out.push(']');
            write_type(elem, out);
        }
        TypeExprKind::Slice(elem) => {
            out.push_str("[]");
            write_type(elem, out);
        }
        TypeExprKind::Map { key, value } => {
            out.push_str("map[");
            write_type(key, out);
            out.push(']');
            write_type(value, out);
        }
        TypeExprKind::Chan { dir, elem } => {
            out.push_str(match dir {
                crate::syntax::ast::ChanDir::Both => "chan ",
                crate::syntax::ast::ChanDir::Send => "chan<- ",
                crate::syntax::ast::ChanDir::Recv => "<-chan ",
            });
            write_type(elem, out);
        }
        TypeExprKind::Func(_) => out.push_str("func(…)"),
        TypeExprKind::Struct(_) => out.push_str("struct{…}"),
        TypeExprKind::Interface(_) => out.push_str("interface{…}"),
        TypeExprKind::Paren(inner) => {
            out.push('(');
            write_type(inner, out);
            out.push(')');
        }
        TypeExprKind::Instance { base, .. } => {
            write_type(base, out);
            out.push_str("[…]");
        }
        TypeExprKind::Error => out.push('…'),
    }
}
