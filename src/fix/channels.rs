//! Changes of channels and contexts: room, another case, not waiting, closing, cancelling.

mod ending;
mod room;
mod waits;

use std::collections::BTreeSet;

use super::{Candidate, Field};
use crate::source::Span;
use crate::syntax::ast::{Decl, Expr, ExprKind, Stmt, StmtKind, TypeExprKind};
use crate::verify::edit::Edit;
use ending::{cancels, closes, closing_bodies};
use room::{buffers, globals, sizes};
use waits::waits;

pub(super) fn candidates(field: &Field<'_>, out: &mut Vec<Candidate>) {
    let closed = closed(field);
    let sizes = sizes(field.file);
    globals(field, &sizes, out);
    for place in &field.places {
        buffers(field, place, &sizes, out);
        if !place.idle {
            waits(field, place, &closed, out);
            closes(field, place, out);
            cancels(field, place, out);
        }
    }
    closing_bodies(field, out);
}

/// The last name of a path: `done` of `s.done`, `Done` of `ctx.Done()`.
pub(super) fn last_name(path: &str) -> &str {
    path.trim_end_matches("()").rsplit('.').next().unwrap_or(path)
}

/// The names of channels that somebody closes.
fn closed(field: &Field<'_>) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for place in &field.places {
        if let StmtKind::Expr(expr) | StmtKind::Defer(expr) | StmtKind::Go(expr) = &place.stmt.kind
            && let Some(channel) = closes_what(expr)
        {
            names.insert(last_name(&field.text.words(channel.span)).to_owned());
        }
    }
    names
}

/// The channel in `close(c)`.
fn closes_what(expr: &Expr) -> Option<&Expr> {
    let ExprKind::Call { callee, args, spread: _ } = &expr.kind else { return None };
    let closes = matches!(&callee.kind, ExprKind::Name(name) if name == "close");
    args.first().filter(|_| closes)
}

/// `make(chan T)` or `make(chan T, n)`, with the expression of the capacity.
fn makes_channel(expr: &Expr) -> Option<(Span, Option<&Expr>)> {
    let ExprKind::Call { callee, args, spread: _ } = &expr.kind else { return None };
    let first = args.first()?;
    let ExprKind::Type(ty) = &first.kind else { return None };
    let makes = matches!(&callee.kind, ExprKind::Name(name) if name == "make");
    (makes && matches!(ty.kind, TypeExprKind::Chan { .. })).then_some((first.span, args.get(1)))
}

pub(super) fn unlabelled(stmt: &Stmt) -> &Stmt {
    match &stmt.kind {
        StmtKind::Labeled { label: _, stmt } => stmt,
        _ => stmt,
    }
}

/// Puts a declaration behind the last one of the file.
pub(super) fn declaration(field: &Field<'_>, text: &str) -> Edit {
    Edit::insert(field.source.text().len(), format!("\n{text}\n"))
}

/// The place of the field of this name, in the first struct that has one.
pub(super) fn struct_field(field: &Field<'_>, name: &str) -> Option<Span> {
    field.file.decls.iter().find_map(|decl| {
        let Decl::Type(decl) = decl else { return None };
        let TypeExprKind::Struct(fields) = &decl.ty.kind else { return None };
        let has = |it: &&crate::syntax::ast::FieldDecl| it.name.as_ref().is_some_and(|it| it.name == name);
        fields.iter().find(has).map(|it| it.span.to(it.ty.span))
    })
}
