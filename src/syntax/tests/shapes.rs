//! Trees as fully parenthesised text, so that tests can say what they expect.

use crate::syntax::ast::{ChanDir, Element, Expr, ExprKind, TypeExpr, TypeExprKind};

/// `a + b * c` as `(a Add (b Mul c))`.
pub(super) fn shape(expr: &Expr) -> String {
    match &expr.kind {
        ExprKind::Name(name) => name.clone(),
        ExprKind::Int(text) | ExprKind::Float(text) => text.clone(),
        ExprKind::Rune(rune) => format!("rune {rune}"),
        ExprKind::String(text) => format!("{text:?}"),
        ExprKind::Paren(inside) => format!("paren {}", shape(inside)),
        ExprKind::FuncLit(lit) => format!("func of {}", lit.body.stmts.len()),
        ExprKind::Composite { ty, elements } => {
            let ty = ty.as_deref().map(type_shape).unwrap_or_default();
            let elements: Vec<String> = elements.iter().map(element).collect();
            format!("{ty}{{{}}}", elements.join(", "))
        }
        ExprKind::Selector { operand, name } => format!("{}.{}", shape(operand), name.name),
        ExprKind::Index { operand, index } => format!("{}[{}]", shape(operand), shape(index)),
        ExprKind::Slice { operand, low, high, max } => {
            let bound = |bound: &Option<Box<Expr>>| bound.as_deref().map(shape).unwrap_or_default();
            format!("{}[{}:{}:{}]", shape(operand), bound(low), bound(high), bound(max))
        }
        ExprKind::TypeAssert { operand, ty } => {
            format!("{}.({})", shape(operand), ty.as_deref().map_or("type".to_string(), type_shape))
        }
        ExprKind::Call { callee, args, spread } => {
            let args: Vec<String> = args.iter().map(shape).collect();
            format!("{}({}{})", shape(callee), args.join(", "), if *spread { "..." } else { "" })
        }
        ExprKind::Unary { op, operand } => format!("({op:?} {})", shape(operand)),
        ExprKind::Binary { op, left, right, .. } => format!("({} {op:?} {})", shape(left), shape(right)),
        ExprKind::Star(operand) => format!("(* {})", shape(operand)),
        ExprKind::Type(ty) => format!("type {}", type_shape(ty)),
        ExprKind::Error => "error".to_string(),
    }
}

fn element(element: &Element) -> String {
    match &element.key {
        Some(key) => format!("{}: {}", shape(key), shape(&element.value)),
        None => shape(&element.value),
    }
}

/// A type as Go writes it, with parentheses where Go has them.
pub(super) fn type_shape(ty: &TypeExpr) -> String {
    match &ty.kind {
        TypeExprKind::Name(name) => name.clone(),
        TypeExprKind::Qualified { package, name } => format!("{}.{}", package.name, name.name),
        TypeExprKind::Pointer(to) => format!("*{}", type_shape(to)),
        TypeExprKind::Array { len, elem } => {
            let len = len.as_deref().map_or("...".to_string(), shape);
            format!("[{len}]{}", type_shape(elem))
        }
        TypeExprKind::Slice(elem) => format!("[]{}", type_shape(elem)),
        TypeExprKind::Map { key, value } => format!("map[{}]{}", type_shape(key), type_shape(value)),
        TypeExprKind::Chan { dir, elem } => {
            let word = match dir {
                ChanDir::Both => "chan",
                ChanDir::Send => "chan<-",
                ChanDir::Recv => "<-chan",
            };
            format!("{word} ({})", type_shape(elem))
        }
        TypeExprKind::Func(signature) => {
            let types = |list: &[crate::syntax::ast::Parameter]| {
                list.iter().map(|param| type_shape(&param.ty)).collect::<Vec<_>>().join(", ")
            };
            format!("func({})({})", types(&signature.params), types(&signature.results))
        }
        TypeExprKind::Struct(fields) => {
            let fields = fields.iter().map(|field| {
                let name = field.name.as_ref().map(|name| format!("{} ", name.name)).unwrap_or_default();
                format!("{name}{}", type_shape(&field.ty))
            });
            format!("struct{{{}}}", fields.collect::<Vec<_>>().join("; "))
        }
        TypeExprKind::Interface(elements) => format!("interface of {}", elements.len()),
        TypeExprKind::Paren(inside) => format!("({})", type_shape(inside)),
        TypeExprKind::Instance { base, args } => {
            let args: Vec<String> = args.iter().map(type_shape).collect();
            format!("{}[{}]", type_shape(base), args.join(", "))
        }
        TypeExprKind::Error => "error".to_string(),
    }
}
