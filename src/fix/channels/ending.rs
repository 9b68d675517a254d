//! Telling that something is over: closing a channel, once and in time, and cancelling a context.

use std::collections::BTreeSet;

use super::{closes_what, declaration, last_name, makes_channel, struct_field};
use crate::fix::places::Place;
use crate::fix::types::{Ty, is_context};
use crate::fix::{Candidate, Field, Kind};
use crate::source::Span;
use crate::syntax::ast::{ChanDir, ExprKind, StmtKind};
use crate::verify::edit::Edit;

/// Closing once only, and not at all where it is closed.
pub(super) fn closes(field: &Field<'_>, place: &Place<'_>, out: &mut Vec<Candidate>) {
    let (StmtKind::Expr(expr) | StmtKind::Defer(expr)) = &place.stmt.kind else { return };
    let Some(channel) = closes_what(expr) else { return };
    let deferred = matches!(place.stmt.kind, StmtKind::Defer(_));
    let path = field.text.words(channel.span);
    let name = last_name(&path).to_owned();
    let mut push = |kind: Kind, what: String, edits: Vec<Edit>| {
        out.push(Candidate::at(place, kind, what, Some(name.clone()), edits));
    };
    // sync.Once beside the channel: a field of the same struct, or a package variable.
    let once = |path: &str| {
        let call = format!("{path}.Do(func() {{ close({}) }})", field.text.words(channel.span));
        let call = if deferred { format!("defer {call}") } else { call };
        field.text.replace(place.stmt.span, &call)
    };
    let fresh = format!("{name}Once");
    match path.rsplit_once('.') {
        Some((owner, _)) if !owner.contains('(') => {
            if let Some(beside) = beside_field(field, &name, &fresh) {
                push(
                    Kind::CloseOnce,
                    format!("close {path} once only"),
                    vec![once(&format!("{owner}.{fresh}")), beside],
                );
            }
        }
        _ => {
            if let Some(declared) = declared_at(field, place, &name) {
                let edit = field.text.before(declared, &format!("var {fresh} sync.Once"));
                push(Kind::CloseOnce, format!("close {path} once only"), vec![once(&fresh), edit]);
            } else if field.types.globals().any(|(global, _)| *global == name) {
                push(
                    Kind::CloseOnce,
                    format!("close {path} once only"),
                    vec![once(&fresh), declaration(field, &format!("var {fresh} sync.Once"))],
                );
            }
        }
    }
    if !deferred {
        let lines = format!("select {{\ncase <-{path}:\ndefault:\n\tclose({path})\n}}");
        push(
            Kind::CloseOnce,
            format!("close {path} only where it is not closed"),
            vec![field.text.replace(place.stmt.span, &lines)],
        );
    }
    // Later, when the function ends; or once all of it is done.
    if !deferred && place.at + 1 < place.list.len() {
        push(
            Kind::Close,
            format!("close {path} at the end"),
            vec![
                field.text.remove(place.stmt.span),
                field.text.first_in(place.body.block.span, &format!("defer close({path})")),
            ],
        );
    }
}

/// Where the local variable is declared.
fn declared_at(field: &Field<'_>, place: &Place<'_>, name: &str) -> Option<Span> {
    let declares = |other: &&Place<'_>| match &other.stmt.kind {
        StmtKind::Define { names, values: _ } => {
            names.iter().any(|expr| matches!(&expr.kind, ExprKind::Name(known) if known == name))
        }
        StmtKind::Var(decl) => decl.names.iter().any(|known| known.name == name),
        _ => false,
    };
    let before = field.places.iter().filter(|other| other.body.key == place.body.key);
    let mut before = before.filter(|other| other.stmt.span.start < place.stmt.span.start);
    before.find(declares).map(|other| other.stmt.span)
}

/// Puts a `sync.Once` behind the field of this name, in the first struct that has it.
fn beside_field(field: &Field<'_>, name: &str, fresh: &str) -> Option<Edit> {
    struct_field(field, name).map(|span| field.text.after(span, &format!("{fresh} sync.Once")))
}

/// A goroutine that closes a channel on its way out.
pub(super) fn closing_bodies(field: &Field<'_>, out: &mut Vec<Candidate>) {
    let mut seen: BTreeSet<u32> = BTreeSet::new();
    for place in &field.places {
        let body = &place.body;
        if !seen.insert(body.block.span.start) {
            continue;
        }
        let text = field.text.of(body.block.span);
        // Whoever wrote the function had it given, or uses it.
        for (name, ty) in body.scope.iter() {
            for (path, ty) in field.types.channels(name, ty) {
                let Ty::Chan(dir, _) = ty else { continue };
                let known = path == name || text.contains(&path);
                if dir == ChanDir::Recv
                    || path.ends_with("()")
                    || !known
                    || text.contains(&format!("close({path})"))
                {
                    continue;
                }
                let line = format!("close({path})");
                let edit = field.text.first_in(body.block.span, &format!("defer {line}"));
                let what = format!("close {path} at the end");
                let about = Some(last_name(&path).to_owned());
                out.push(Candidate::of(body, Kind::Close, what, about, vec![edit]));
            }
        }
    }
    // Local channels: at the end of the list that declares them.
    for place in &field.places {
        let StmtKind::Define { names, values } = &place.stmt.kind else { continue };
        for (name, value) in names.iter().zip(values) {
            let (ExprKind::Name(name), Some(_)) = (&name.kind, makes_channel(value)) else { continue };
            if place.list.iter().any(|stmt| field.text.of(stmt.span).contains(&format!("close({name})"))) {
                continue;
            }
            let Some(last) = place.list.last() else { continue };
            let mut push = |edit: Edit, what: String| {
                out.push(Candidate::at(place, Kind::Close, what, Some(name.clone()), vec![edit]));
            };
            push(
                field.text.after(place.stmt.span, &format!("defer close({name})")),
                format!("close {name} at the end"),
            );
            if !matches!(last.kind, StmtKind::Return(_)) && last.span != place.stmt.span {
                push(
                    field.text.after(last.span, &format!("close({name})")),
                    format!("close {name} behind all that"),
                );
            }
        }
    }
}

/// Cancelling a context that nobody cancels.
pub(super) fn cancels(field: &Field<'_>, place: &Place<'_>, out: &mut Vec<Candidate>) {
    let (names, values) = match &place.stmt.kind {
        StmtKind::Define { names, values } => (names, values),
        StmtKind::Assign { targets, op: None, values } => (targets, values),
        _ => return,
    };
    let ([_, cancel], [value]) = (names.as_slice(), values.as_slice()) else { return };
    let made = field.types.results(value, &|name| place.scope.of(name));
    if !made.first().is_some_and(is_context) {
        return;
    }
    let cancel = field.text.words(cancel.span);
    if cancel == "_" {
        return;
    }
    let mut push = |what: String, edit: Edit| {
        out.push(Candidate::at(place, Kind::Cancel, what, Some("ctx".into()), vec![edit]));
    };
    push(
        format!("cancel the context when {} returns", place.body.key),
        field.text.after(place.stmt.span, &format!("defer {cancel}()")),
    );
}
