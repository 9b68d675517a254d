//! Changes of what comes when: neighbours in the other order, out of the loop, earlier than a goroutine, and of wait groups and
//! conditions.

use super::channels::{declaration, unlabelled};
use super::locks::short;
use super::places::Place;
use super::types::Ty;
use super::{Candidate, Field, Kind};
use crate::syntax::ast::{Expr, ExprKind, For, ForHeader, Stmt, StmtKind, UnaryOp};
use crate::verify::edit::Edit;

pub(super) fn candidates(field: &Field<'_>, out: &mut Vec<Candidate>) {
    for place in &field.places {
        if place.idle {
            continue;
        }
        groups(field, place, out);
        swaps(field, place, out);
        conditions(field, place, out);
        loops(field, place, out);
        calls(field, place, out);
        leaves_out(field, place, out);
    }
    missing_done(field, out);
}

fn push(
    field: &Field<'_>,
    place: &Place<'_>,
    out: &mut Vec<Candidate>,
    kind: Kind,
    what: String,
    edits: Vec<Edit>,
) {
    out.push(Candidate::at(place, kind, what, object(field, place.stmt), edits));
}

/// The object of a call: `wg` of `s.wg.Wait()`.
fn object(field: &Field<'_>, stmt: &Stmt) -> Option<String> {
    let (StmtKind::Expr(expr) | StmtKind::Defer(expr) | StmtKind::Go(expr)) = &stmt.kind else { return None };
    let (operand, _) = method(expr)?;
    Some(super::channels::last_name(&field.text.words(operand.span)).to_owned())
}

/// `operand.name(…)`.
fn method(expr: &Expr) -> Option<(&Expr, &str)> {
    let ExprKind::Call { callee, args: _, spread: _ } = &expr.kind else { return None };
    match &callee.kind {
        ExprKind::Selector { operand, name } => Some((operand, &name.name)),
        _ => None,
    }
}

/// `Add` before the goroutine that it counts, `Done` whichever way it ends.
fn groups(field: &Field<'_>, place: &Place<'_>, out: &mut Vec<Candidate>) {
    let StmtKind::Expr(expr) = &place.stmt.kind else { return };
    let Some((_, name)) = method(expr) else { return };
    let text = field.text.words(place.stmt.span);
    match name {
        "Add" => {
            if let Some(started) = place.body.started_by {
                let edits = vec![field.text.remove(place.stmt.span), field.text.before(started.span, &text)];
                push(
                    field,
                    place,
                    out,
                    Kind::AddFirst,
                    format!("{text} before the goroutine is started"),
                    edits,
                );
            }
        }
        "Done" => {
            let edits = vec![
                field.text.remove(place.stmt.span),
                field.text.first_in(place.body.block.span, &format!("defer {text}")),
            ];
            push(field, place, out, Kind::Done, format!("{text} whichever way the function ends"), edits);
        }
        _ => {}
    }
}

/// A goroutine that does not say to a group in scope that it is done.
fn missing_done(field: &Field<'_>, out: &mut Vec<Candidate>) {
    let mut seen = std::collections::BTreeSet::new();
    for place in &field.places {
        let body = &place.body;
        if body.started_by.is_none() || !seen.insert(body.block.span.start) {
            continue;
        }
        let text = field.text.of(body.block.span);
        for (name, ty) in body.scope.iter() {
            let group = |ty: &Ty| matches!(ty, Ty::Package(package, name) if package == "sync" && name == "WaitGroup");
            let is = match ty {
                Ty::Pointer(to) => group(to),
                other => group(other),
            };
            if is && !text.contains(&format!("{name}.Done()")) {
                let edit = field.text.first_in(body.block.span, &format!("defer {name}.Done()"));
                let what = format!("{name}.Done() when the goroutine ends");
                out.push(Candidate::of(body, Kind::Done, what, Some(name.to_owned()), vec![edit]));
            }
        }
    }
}

/// Statements that may change places.
fn movable(stmt: &Stmt) -> bool {
    // For how long a lock is held is the subject of `locks`.
    if let StmtKind::Expr(expr) | StmtKind::Defer(expr) = &stmt.kind
        && matches!(method(expr), Some((_, "Lock" | "RLock" | "Unlock" | "RUnlock")))
    {
        return false;
    }
    matches!(
        unlabelled(stmt).kind,
        StmtKind::Expr(_)
            | StmtKind::Send { .. }
            | StmtKind::IncDec { .. }
            | StmtKind::Assign { .. }
            | StmtKind::Define { .. }
            | StmtKind::Go(_)
            | StmtKind::Defer(_)
            | StmtKind::Select(_)
            | StmtKind::If(_)
            | StmtKind::For(_)
    )
}

/// It does something that others notice.
fn acts(field: &Field<'_>, stmt: &Stmt) -> bool {
    let text = field.text.of(stmt.span);
    text.contains('(')
        || text.contains("<-")
        || matches!(stmt.kind, StmtKind::Assign { .. } | StmtKind::IncDec { .. })
}

fn swaps(field: &Field<'_>, place: &Place<'_>, out: &mut Vec<Candidate>) {
    // With the one behind it.
    if let Some(next) = place.list.get(place.at + 1)
        && movable(place.stmt)
        && movable(next)
        && acts(field, place.stmt)
        && acts(field, next)
    {
        let (one, other) = (field.text.of(place.stmt.span), field.text.of(next.span));
        if one != other {
            let what = format!(
                "{} before {}",
                short(&field.text.words(next.span)),
                short(&field.text.words(place.stmt.span))
            );
            // What moves is what the line before it names.
            let edits = vec![
                Edit { range: place.stmt.span.range(), text: other.to_owned() },
                Edit { range: next.span.range(), text: one.to_owned() },
            ];
            push(field, place, out, Kind::Swap, what, edits);
        }
    }
    // In front of the nearest goroutine that is started before it.
    let started = place.list[..place.at].iter().rposition(|stmt| matches!(stmt.kind, StmtKind::Go(_)));
    if let Some(at) = started
        && at + 1 < place.at
        && movable(place.stmt)
        && acts(field, place.stmt)
    {
        let what = format!("{} before the goroutine is started", short(&field.text.words(place.stmt.span)));
        let text = field.text.relative(place.stmt.span);
        let edits = vec![field.text.remove(place.stmt.span), field.text.before(place.list[at].span, &text)];
        push(field, place, out, Kind::Swap, what, edits);
    }
    // Behind all the others of its list.
    if place.at + 2 < place.list.len()
        && let Some(last) = place.list.last()
        && movable(place.stmt)
        && acts(field, place.stmt)
        && !matches!(last.kind, StmtKind::Return(_) | StmtKind::Break(_) | StmtKind::Continue(_))
    {
        let what = format!("{} behind the rest", short(&field.text.words(place.stmt.span)));
        let text = field.text.relative(place.stmt.span);
        let edits = vec![field.text.remove(place.stmt.span), field.text.after(last.span, &text)];
        push(field, place, out, Kind::Swap, what, edits);
    }
    // Out of the loop.
    if let Some((list, at)) = place.around.last()
        && let StmtKind::For(it) = &unlabelled(&list[*at]).kind
        && std::ptr::eq(it.body.stmts.as_ptr(), place.list.as_ptr())
        && matches!(place.stmt.kind, StmtKind::Expr(_) | StmtKind::Send { .. })
        && movable(place.stmt)
    {
        let text = field.text.relative(place.stmt.span);
        let words = short(&field.text.words(place.stmt.span));
        for (edit, word) in [
            (field.text.after(list[*at].span, &text), "behind"),
            (field.text.before(list[*at].span, &text), "before"),
        ] {
            let edits = vec![field.text.remove(place.stmt.span), edit];
            push(field, place, out, Kind::MoveOut, format!("{words} {word} the loop"), edits);
        }
    }
}

fn conditions(field: &Field<'_>, place: &Place<'_>, out: &mut Vec<Candidate>) {
    match &place.stmt.kind {
        StmtKind::If(it) => {
            let [arm] = it.arms.as_slice() else { return };
            let waits = arm.body.stmts.iter().any(|stmt| match &stmt.kind {
                StmtKind::Expr(expr) => method(expr).is_some_and(|(_, name)| name == "Wait"),
                _ => false,
            });
            if waits && arm.init.is_none() && it.otherwise.is_none() {
                let start = place.stmt.span.start as usize;
                let edits = vec![Edit { range: start..start + 2, text: "for".into() }];
                let what = format!("look again after {}", short(&field.text.words(arm.body.span)));
                push(field, place, out, Kind::WaitInLoop, what, edits);
            }
        }
        StmtKind::Expr(expr) => {
            let Some((operand, "Signal" | "Broadcast")) = method(expr) else { return };
            let cond = field.text.words(operand.span);
            let call = field.text.words(place.stmt.span);
            if call.ends_with("Signal()") {
                let edits = vec![field.text.replace(place.stmt.span, &format!("{cond}.Broadcast()"))];
                push(field, place, out, Kind::Broadcast, format!("{cond}: wake all who wait"), edits);
            }
            let lines = format!("{cond}.L.Lock()\n{call}\n{cond}.L.Unlock()");
            let edits = vec![field.text.replace(place.stmt.span, &lines)];
            push(field, place, out, Kind::HoldLonger, format!("{call} with its lock"), edits);
        }
        _ => {}
    }
}

/// A variable for each round.
fn loops(field: &Field<'_>, place: &Place<'_>, out: &mut Vec<Candidate>) {
    let old = field.file.go.as_ref().is_some_and(|go| (go.major, go.minor) < (1, 22));
    let StmtKind::For(it) = &unlabelled(place.stmt).kind else { return };
    if !old || !field.text.of(it.body.span).contains("func") {
        return;
    }
    let names = declared(it);
    if names.is_empty() {
        return;
    }
    let list = names.join(", ");
    let edits = vec![field.text.first_in(it.body.span, &format!("{list} := {list}"))];
    push(field, place, out, Kind::LoopVariable, format!("{list}: one for each round"), edits);
}

fn declared(it: &For) -> Vec<&str> {
    let exprs: Vec<&Expr> = match &it.header {
        ForHeader::Range { key, value, define: true, subject: _ } => {
            [key, value].into_iter().flatten().collect()
        }
        ForHeader::Clauses { init: Some(init), .. } => match &init.kind {
            StmtKind::Define { names, values: _ } => names.iter().collect(),
            _ => Vec::new(),
        },
        _ => Vec::new(),
    };
    let names = exprs.into_iter().filter_map(|expr| match &expr.kind {
        ExprKind::Name(name) if name != "_" => Some(name.as_str()),
        _ => None,
    });
    names.collect()
}

const BUILTINS: &[&str] =
    &["close", "panic", "delete", "append", "copy", "print", "println", "recover", "assert", "clear"];

/// A call that waits: in a goroutine of its own.
fn calls(field: &Field<'_>, place: &Place<'_>, out: &mut Vec<Candidate>) {
    let StmtKind::Expr(expr) = &place.stmt.kind else { return };
    let ExprKind::Call { callee, .. } = &expr.kind else { return };
    let fits = match &callee.kind {
        ExprKind::Name(name) => !BUILTINS.contains(&name.as_str()),
        ExprKind::Selector { operand: _, name } => !matches!(
            name.name.as_str(),
            "Lock" | "RLock" | "Unlock" | "RUnlock" | "Add" | "Done" | "Signal" | "Broadcast"
        ),
        _ => false,
    };
    if fits {
        let text = field.text.words(place.stmt.span);
        let edits = vec![Edit::insert(place.stmt.span.start as usize, "go ".into())];
        push(
            field,
            place,
            out,
            Kind::Goroutine,
            format!("{}: in a goroutine of its own", short(&text)),
            edits,
        );
    }
}

/// Without a statement.
fn leaves_out(field: &Field<'_>, place: &Place<'_>, out: &mut Vec<Candidate>) {
    let fits = match &place.stmt.kind {
        StmtKind::Send { .. } | StmtKind::Go(_) => true,
        StmtKind::Expr(expr) | StmtKind::Defer(expr) => match &expr.kind {
            ExprKind::Unary { op: UnaryOp::Recv, .. } => true,
            // Not to ask is no answer.
            ExprKind::Call { callee, .. } => {
                let asserts = matches!(&callee.kind, ExprKind::Name(name) if name == "assert");
                !asserts && !matches!(method(expr), Some((_, "Lock" | "RLock")))
            }
            _ => false,
        },
        _ => false,
    };
    if fits {
        let words = short(&field.text.words(place.stmt.span));
        push(
            field,
            place,
            out,
            Kind::LeaveOut,
            format!("without {words}"),
            vec![field.text.remove(place.stmt.span)],
        );
    }
}

/// A new lock for all of the package, with a name that the file does not have.
pub(super) fn fresh_lock(field: &Field<'_>, name: &str) -> (String, Edit) {
    let text = field.source.text();
    let mut fresh = name.to_owned();
    while text.contains(&fresh) {
        fresh.push('_');
    }
    let edit = declaration(field, &format!("var {fresh} sync.Mutex"));
    (fresh, edit)
}

/// The lines of a statement under a lock.
pub(super) fn guarded(lock: &str, lines: &str) -> String {
    format!("{lock}.Lock()\n{lines}\n{lock}.Unlock()")
}
