//! Room in channels: where they are made, with another capacity.

use super::{last_name, makes_channel};
use crate::fix::places::Place;
use crate::fix::{Candidate, Field, Kind};
use crate::syntax::ast::{Decl, Expr, ExprKind, File, StmtKind};
use crate::verify::edit::Edit;
use crate::verify::tree;

/// Constants that may be a capacity are tried up to this many.
const MOST_SIZES: usize = 3;

/// Constants and parameters that may be a capacity.
pub(super) fn sizes(file: &File) -> Vec<String> {
    let mut sizes = Vec::new();
    for decl in &file.decls {
        match decl {
            Decl::Param(param) => sizes.push(param.name.name.clone()),
            Decl::Const(group) => {
                let plain = group.specs.iter().filter(|spec| {
                    spec.ty.is_none()
                        && matches!(spec.values.first().map(|it| &it.kind), Some(ExprKind::Int(_)))
                });
                sizes.extend(plain.flat_map(|spec| &spec.names).map(|name| name.name.clone()));
            }
            _ => {}
        }
    }
    sizes.truncate(MOST_SIZES);
    sizes
}

/// Room in channels that are made in package variables.
pub(super) fn globals(field: &Field<'_>, sizes: &[String], out: &mut Vec<Candidate>) {
    for decl in &field.file.decls {
        let Decl::Var(decl) = decl else { continue };
        for (name, value) in decl.names.iter().zip(&decl.values) {
            each_make(value, &mut |expr, _| room(field, &name.name, expr, Some(&name.name), sizes, out));
        }
    }
}

/// Every `make(chan …)` with the field or variable that it is given to, where the expression tells.
fn each_make<'a>(expr: &'a Expr, visit: &mut dyn FnMut(&'a Expr, Option<&'a str>)) {
    fn go<'a>(expr: &'a Expr, name: Option<&'a str>, visit: &mut dyn FnMut(&'a Expr, Option<&'a str>)) {
        if makes_channel(expr).is_some() {
            visit(expr, name);
            return;
        }
        if let ExprKind::Composite { ty: _, elements } = &expr.kind {
            for element in elements {
                let key = match element.key.as_ref().map(|key| &key.kind) {
                    Some(ExprKind::Name(key)) => Some(key.as_str()),
                    _ => name,
                };
                go(&element.value, key, visit);
            }
            return;
        }
        tree::parts(expr).into_iter().for_each(|part| go(part, name, visit));
    }
    go(expr, None, visit);
}

pub(super) fn buffers(field: &Field<'_>, place: &Place<'_>, sizes: &[String], out: &mut Vec<Candidate>) {
    let (names, values): (Vec<&Expr>, Vec<&Expr>) = match &place.stmt.kind {
        StmtKind::Define { names, values } => (names.iter().collect(), values.iter().collect()),
        StmtKind::Assign { targets, op: _, values } => (targets.iter().collect(), values.iter().collect()),
        StmtKind::Var(decl) => {
            for (name, value) in decl.names.iter().zip(&decl.values) {
                each_make(value, &mut |expr, key| {
                    room(field, &place.body.key, expr, key.or(Some(&name.name)), sizes, out);
                });
            }
            return;
        }
        StmtKind::Return(values) => (Vec::new(), values.iter().collect()),
        StmtKind::Expr(expr) => (Vec::new(), vec![expr]),
        _ => return,
    };
    for (at, value) in values.iter().enumerate() {
        let name = names.get(at).map(|name| field.text.words(name.span));
        let name = name.as_deref().map(last_name);
        each_make(value, &mut |expr, key| room(field, &place.body.key, expr, key.or(name), sizes, out));
    }
}

fn room(
    field: &Field<'_>,
    within: &str,
    expr: &Expr,
    name: Option<&str>,
    sizes: &[String],
    out: &mut Vec<Candidate>,
) {
    let Some((ty, capacity)) = makes_channel(expr) else { return };
    let of = name.map_or_else(|| "a channel".to_owned(), str::to_owned);
    let mut push = |what: String, edit: Edit| {
        out.push(Candidate {
            kind: Kind::Buffer,
            what,
            within: within.to_owned(),
            span: expr.span,
            about: name.map(str::to_owned),
            edits: vec![edit],
        });
    };
    let put = |text: String| Edit::insert(ty.end as usize, format!(", {text}"));
    match capacity {
        None => {
            push(format!("room for one value in {of}"), put("1".into()));
            for size in sizes {
                push(format!("room for {size} values in {of}"), put(size.clone()));
            }
            push(format!("room for two values in {of}"), put("2".into()));
        }
        Some(capacity) => {
            let text = field.text.of(capacity.span);
            for more in [1, 2] {
                let larger = match text.parse::<i64>() {
                    Ok(number) => (number.saturating_add(more)).to_string(),
                    Err(_) => format!("{text} + {more}"),
                };
                let edit = Edit { range: capacity.span.range(), text: larger.clone() };
                push(format!("room for {larger} values in {of}"), edit);
            }
        }
    }
}
