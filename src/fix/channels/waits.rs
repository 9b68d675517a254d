//! What a wait for a channel may do instead: listen to others as well, or not wait.

use std::collections::BTreeSet;

use super::{last_name, unlabelled};
use crate::fix::places::Place;
use crate::fix::text::deeper;
use crate::fix::types::Ty;
use crate::fix::{Candidate, Field, Kind};
use crate::source::Span;
use crate::syntax::ast::{ChanDir, Comm, Expr, ExprKind, Select, Stmt, StmtKind, UnaryOp};
use crate::verify::edit::Edit;

/// Other channels that a wait may listen to are tried up to this many.
const MOST_CASES: usize = 6;
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
pub(super) fn waits(
    field: &Field<'_>,
    place: &Place<'_>,
    closed: &BTreeSet<String>,
    out: &mut Vec<Candidate>,
) {
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
fn returning(field: &Field<'_>, place: &Place<'_>) -> Option<String> {
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
