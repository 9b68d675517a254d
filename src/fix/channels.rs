//! Changes of channels and contexts: room, another case, not waiting, closing, cancelling.

use std::collections::BTreeSet;

use super::places::Place;
use super::text::deeper;
use super::types::{Ty, is_context};
use super::{Candidate, Field, Kind};
use crate::source::Span;
use crate::syntax::ast::{
    ChanDir, Comm, Decl, Expr, ExprKind, File, Select, Stmt, StmtKind, TypeExprKind, UnaryOp,
};
use crate::verify::edit::Edit;
use crate::verify::tree;

/// Other channels that a wait may listen to are tried up to this many.
const MOST_CASES: usize = 6;
/// Constants that may be a capacity are tried up to this many.
const MOST_SIZES: usize = 3;

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

/// Constants and parameters that may be a capacity.
fn sizes(file: &File) -> Vec<String> {
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

/// `make(chan T)` or `make(chan T, n)`, with the expression of the capacity.
fn makes_channel(expr: &Expr) -> Option<(Span, Option<&Expr>)> {
    let ExprKind::Call { callee, args, spread: _ } = &expr.kind else { return None };
    let first = args.first()?;
    let ExprKind::Type(ty) = &first.kind else { return None };
    let makes = matches!(&callee.kind, ExprKind::Name(name) if name == "make");
    (makes && matches!(ty.kind, TypeExprKind::Chan { .. })).then_some((first.span, args.get(1)))
}

/// Room in channels that are made in package variables.
fn globals(field: &Field<'_>, sizes: &[String], out: &mut Vec<Candidate>) {
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

fn buffers(field: &Field<'_>, place: &Place<'_>, sizes: &[String], out: &mut Vec<Candidate>) {
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

/// A statement that sends or receives, as a case of a select, and what the case then does.
struct Wait<'a> {
    head: String,
    /// What follows in the case.
    then: Vec<String>,
    channel: &'a Expr,
    sends: bool,
    /// Statements behind it have to move into the case: it declares what they use.
    declares: bool,
}

fn wait<'a>(field: &Field<'_>, stmt: &'a Stmt) -> Option<Wait<'a>> {
    let received = |expr: &'a Expr| match &expr.kind {
        ExprKind::Unary { op: UnaryOp::Recv, operand } => Some(&**operand),
        _ => None,
    };
    let head = field.text.words(stmt.span);
    match &stmt.kind {
        StmtKind::Send { channel, value: _ } => {
            let head = field.text.relative(stmt.span);
            Some(Wait { head, then: Vec::new(), channel, sends: true, declares: false })
        }
        StmtKind::Expr(expr) => received(expr).map(|channel| Wait {
            head,
            then: Vec::new(),
            channel,
            sends: false,
            declares: false,
        }),
        StmtKind::Assign { targets: _, op: None, values } => {
            let channel = received(values.first().filter(|_| values.len() == 1)?)?;
            Some(Wait { head, then: Vec::new(), channel, sends: false, declares: false })
        }
        StmtKind::Define { names: _, values } => {
            let channel = received(values.first().filter(|_| values.len() == 1)?)?;
            Some(Wait { head, then: Vec::new(), channel, sends: false, declares: true })
        }
        StmtKind::Return(values) => {
            let channel = received(values.first().filter(|_| values.len() == 1)?)?;
            let head = format!("v := {}", field.text.words(values.first()?.span));
            Some(Wait { head, then: vec!["return v".into()], channel, sends: false, declares: false })
        }
        _ => None,
    }
}

/// Other cases for what waits, and not to wait.
fn waits(field: &Field<'_>, place: &Place<'_>, closed: &BTreeSet<String>, out: &mut Vec<Candidate>) {
    if let StmtKind::Select(select) = &unlabelled(place.stmt).kind {
        select_cases(field, place, select, closed, out);
        return;
    }
    let Some(wait) = wait(field, place.stmt) else { return };
    let channel = field.text.words(wait.channel.span);
    let name = last_name(&channel).to_owned();
    let text = field.text.words(place.stmt.span);
    let mut push = |kind: Kind, what: String, edits: Vec<Edit>| {
        out.push(Candidate::at(place, kind, what, Some(name.clone()), edits));
    };
    let returns = returning(field, place);
    for done in listening(field, place, closed, &[&channel]) {
        for leave in leaving(returns.as_ref(), &wait) {
            let how = if leave.is_empty() { " and go on" } else { "" };
            let edits = as_select(field, place, &wait, &format!("case <-{done}:"), leave);
            push(Kind::DoneCase, format!("{text}: also listen to {done}{how}"), edits);
        }
    }
    for leave in leaving(returns.as_ref(), &wait) {
        let how = match (leave.is_empty(), wait.declares || !wait.then.is_empty()) {
            (true, _) => "",
            (false, _) => ", and return",
        };
        let edits = as_select(field, place, &wait, "default:", leave);
        push(Kind::NonBlocking, format!("{text}: do not wait for it{how}"), edits);
    }
    if wait.sends {
        push(
            Kind::Goroutine,
            format!("{text}: in a goroutine of its own"),
            vec![field.text.replace(
                place.stmt.span,
                &format!("go func() {{\n{}\n}}()", deeper(&field.text.relative(place.stmt.span))),
            )],
        );
        let close = format!("close({channel})");
        push(
            Kind::CloseForSend,
            format!("{close} in the place of {text}"),
            vec![field.text.replace(place.stmt.span, &close)],
        );
    }
}

/// What the other case may do: go on (nothing), or return.
fn leaving<'a>(returns: Option<&'a String>, wait: &Wait<'_>) -> Vec<&'a str> {
    let go_on = (wait.then.is_empty()).then_some("");
    returns.map(String::as_str).into_iter().chain(go_on).collect()
}

/// The select that has the statement of `place` and one more case.
fn as_select(field: &Field<'_>, place: &Place<'_>, wait: &Wait<'_>, other: &str, leave: &str) -> Vec<Edit> {
    let mut lines = vec!["select {".to_owned(), format!("case {}:", wait.head)];
    lines.extend(wait.then.iter().map(|line| deeper(line)));
    let rest = &place.list[place.at + 1..];
    let mut edits = Vec::new();
    let mut span = place.stmt.span;
    if wait.declares
        && let Some(last) = rest.last()
    {
        let first = &rest[0];
        lines.push(deeper(&field.text.relative(first.span.to(last.span))));
        span = span.to(last.span);
    }
    lines.push(other.to_owned());
    if !leave.is_empty() {
        lines.push(deeper(leave));
    }
    lines.push("}".to_owned());
    edits.push(field.text.replace(span, &lines.join("\n")));
    edits
}

/// More cases for a select.
fn select_cases(
    field: &Field<'_>,
    place: &Place<'_>,
    select: &Select,
    closed: &BTreeSet<String>,
    out: &mut Vec<Candidate>,
) {
    if select.cases.iter().any(|case| matches!(case.comm, Comm::Default)) {
        return;
    }
    let has: Vec<String> = select
        .cases
        .iter()
        .filter_map(|case| match &case.comm {
            Comm::Recv { channel, .. } | Comm::Send { channel, .. } => Some(field.text.words(channel.span)),
            Comm::Default | Comm::Error => None,
        })
        .collect();
    let known: Vec<&str> = has.iter().map(String::as_str).collect();
    let returns = returning(field, place);
    let mut push = |kind: Kind, what: String, case: String, leave: &str| {
        let mut lines = case;
        if !leave.is_empty() {
            lines.push('\n');
            lines.push_str(&deeper(leave));
        }
        // Before the closing brace, at the indentation of the select.
        let brace = Span { start: place.stmt.span.end.saturating_sub(1), end: place.stmt.span.end };
        let about = known.first().map(|channel| last_name(channel).to_owned());
        out.push(Candidate::at(place, kind, what, about, vec![field.text.before(brace, &lines)]));
    };
    for done in listening(field, place, closed, &known) {
        for leave in returns.iter().map(String::as_str).chain([""]) {
            let how = if leave.is_empty() { " and go on" } else { "" };
            let what = format!("select: also listen to {done}{how}");
            push(Kind::DoneCase, what, format!("case <-{done}:"), leave);
        }
    }
    for leave in [""].into_iter().chain(returns.as_deref()) {
        let how = if leave.is_empty() { "" } else { ", and return" };
        push(Kind::NonBlocking, format!("select: do not wait{how}"), "default:".into(), leave);
    }
}

/// `return` with values that say nothing; `None` where they are not known.
pub(super) fn returning(field: &Field<'_>, place: &Place<'_>) -> Option<String> {
    let body = &place.body;
    if body.results.is_empty() || body.named {
        return Some("return".into());
    }
    let zeros: Option<Vec<String>> = body.results.iter().map(|ty| field.types.zero(ty)).collect();
    zeros.map(|zeros| format!("return {}", zeros.join(", ")))
}

/// The channels in scope that tell that something is over, the most likely first.
fn listening(field: &Field<'_>, place: &Place<'_>, closed: &BTreeSet<String>, but: &[&str]) -> Vec<String> {
    let mut found: Vec<(u8, usize, String)> = Vec::new();
    for (name, ty) in place.scope.iter() {
        for (path, ty) in field.types.channels(name, ty) {
            let Ty::Chan(dir, _) = ty else { continue };
            if dir == ChanDir::Send || but.contains(&path.as_str()) || found.iter().any(|it| it.2 == path) {
                continue;
            }
            let last = last_name(&path);
            let rank = match (sounds_over(last), closed.contains(last)) {
                (true, _) => 0,
                (false, true) => 1,
                (false, false) => continue,
            };
            found.push((rank, path.matches('.').count(), path));
        }
    }
    found.sort();
    found.truncate(MOST_CASES);
    found.into_iter().map(|(_, _, path)| path).collect()
}

/// Names that channels have which are closed when something ends.
fn sounds_over(name: &str) -> bool {
    const WORDS: &[&str] = &[
        "done", "stop", "quit", "clos", "cancel", "abort", "exit", "term", "kill", "shut", "quies", "finish",
        "end",
    ];
    let name = name.to_lowercase();
    WORDS.iter().any(|word| name.contains(word))
}

pub(super) fn unlabelled(stmt: &Stmt) -> &Stmt {
    match &stmt.kind {
        StmtKind::Labeled { label: _, stmt } => stmt,
        _ => stmt,
    }
}

/// Closing once only, and not at all where it is closed.
fn closes(field: &Field<'_>, place: &Place<'_>, out: &mut Vec<Candidate>) {
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

/// Puts a declaration behind the last one of the file.
pub(super) fn declaration(field: &Field<'_>, text: &str) -> Edit {
    Edit::insert(field.source.text().len(), format!("\n{text}\n"))
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

/// The place of the field of this name, in the first struct that has one.
pub(super) fn struct_field(field: &Field<'_>, name: &str) -> Option<Span> {
    field.file.decls.iter().find_map(|decl| {
        let Decl::Type(decl) = decl else { return None };
        let TypeExprKind::Struct(fields) = &decl.ty.kind else { return None };
        let has = |it: &&crate::syntax::ast::FieldDecl| it.name.as_ref().is_some_and(|it| it.name == name);
        fields.iter().find(has).map(|it| it.span.to(it.ty.span))
    })
}

/// A goroutine that closes a channel on its way out.
fn closing_bodies(field: &Field<'_>, out: &mut Vec<Candidate>) {
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
fn cancels(field: &Field<'_>, place: &Place<'_>, out: &mut Vec<Candidate>) {
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
