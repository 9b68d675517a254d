//! Changes of who holds a lock and for how long.

use std::collections::BTreeSet;

use super::places::Place;
use super::{Candidate, Field, Kind};
use crate::source::Span;
use crate::syntax::ast::{Expr, ExprKind, Stmt, StmtKind};
use crate::verify::edit::Edit;

pub(super) fn candidates(field: &Field<'_>, out: &mut Vec<Candidate>) {
    for place in &field.places {
        if place.idle {
            continue;
        }
        if let Some(lock) = Lock::of(field, place.stmt) {
            held(field, place, &lock, out);
            order(field, place, &lock, out);
        }
        before_leaving(field, place, out);
    }
}

/// `mu.Lock()` or `mu.RLock()`.
#[derive(Clone, PartialEq, Eq)]
struct Lock {
    /// The lock as written.
    object: String,
    reads: bool,
}

impl Lock {
    fn of(field: &Field<'_>, stmt: &Stmt) -> Option<Self> {
        let StmtKind::Expr(expr) = &stmt.kind else { return None };
        Self::called(field, expr, &[("Lock", false), ("RLock", true)])
    }

    fn called(field: &Field<'_>, expr: &Expr, names: &[(&str, bool)]) -> Option<Self> {
        let ExprKind::Call { callee, args, spread: _ } = &expr.kind else { return None };
        let ExprKind::Selector { operand, name } = &callee.kind else { return None };
        let (_, reads) = names.iter().find(|(known, _)| *known == name.name).filter(|_| args.is_empty())?;
        Some(Self { object: field.text.words(operand.span), reads: *reads })
    }

    /// The statement gives it back: now, or deferred.
    fn given_back(&self, field: &Field<'_>, stmt: &Stmt) -> Option<bool> {
        let (expr, deferred) = match &stmt.kind {
            StmtKind::Expr(expr) => (expr, false),
            StmtKind::Defer(expr) => (expr, true),
            _ => return None,
        };
        let lock = Self::called(field, expr, &[("Unlock", false), ("RUnlock", true)])?;
        (lock == *self).then_some(deferred)
    }

    fn take(&self) -> String {
        format!("{}.{}()", self.object, if self.reads { "RLock" } else { "Lock" })
    }

    fn give(&self) -> String {
        format!("{}.{}()", self.object, if self.reads { "RUnlock" } else { "Unlock" })
    }
}

/// What is inside the same function as `place`, where it stands in the statement `inside`.
fn within<'f, 'a>(
    field: &'f Field<'a>,
    place: &'f Place<'a>,
    inside: Span,
) -> impl Iterator<Item = &'f Place<'a>> {
    field.places.iter().filter(move |other| {
        std::rc::Rc::ptr_eq(&other.body, &place.body)
            && other.stmt.span.start >= inside.start
            && other.stmt.span.end <= inside.end
    })
}

/// It may wait: worth to be done without the lock.
fn may_wait(field: &Field<'_>, stmt: &Stmt) -> bool {
    let text = field.text.of(stmt.span);
    match &stmt.kind {
        StmtKind::Go(_) | StmtKind::Defer(_) | StmtKind::Empty => false,
        _ => text.contains("<-") || text.contains("select") || text.contains('('),
    }
}

/// A lock that is taken in this list: give it back earlier, around something, later, on each way out, or do without.
fn held(field: &Field<'_>, place: &Place<'_>, lock: &Lock, out: &mut Vec<Candidate>) {
    let rest = &place.list[place.at + 1..];
    let function: Vec<&Place<'_>> = within(field, place, place.body.block.span).collect();
    let backs: Vec<(&Place<'_>, bool)> = function
        .iter()
        .filter(|other| other.stmt.span.start > place.stmt.span.start)
        .filter_map(|other| lock.given_back(field, other.stmt).map(|deferred| (*other, deferred)))
        .collect();
    let deferred: Option<&Place<'_>> = backs.iter().find(|(_, deferred)| *deferred).map(|(place, _)| *place);
    let mut push = |kind: Kind, span: Span, what: String, edits: Vec<Edit>| {
        out.push(Candidate {
            kind,
            what,
            within: place.body.key.clone(),
            span,
            about: Some(super::channels::last_name(&lock.object).to_owned()),
            edits,
        });
    };
    for (at, stmt) in rest.iter().enumerate() {
        if lock.given_back(field, stmt) == Some(false) {
            break;
        }
        if !may_wait(field, stmt) || lock.given_back(field, stmt).is_some() {
            continue;
        }
        let words = short(&field.text.words(stmt.span));
        // Given back before it, once and for all.
        let back_in_list = rest[at..].iter().find(|other| lock.given_back(field, other) == Some(false));
        let mut first = vec![field.text.before(stmt.span, &lock.give())];
        let mut sound = true;
        match (deferred, back_in_list) {
            (Some(deferred), _) => {
                first.push(field.text.remove(deferred.stmt.span));
                // On each way out before.
                for stmt in &rest[..at] {
                    for other in within(field, place, stmt.span) {
                        if matches!(other.stmt.kind, StmtKind::Return(_)) {
                            first.push(field.text.before(other.stmt.span, &lock.give()));
                        }
                    }
                }
                sound = deferred.stmt.span.end <= stmt.span.start
                    || deferred.list.as_ptr() == place.list.as_ptr();
            }
            (None, Some(back)) => {
                first.push(field.text.remove(back.span));
                // Those on the ways out behind it.
                for (other, _) in &backs {
                    if other.stmt.span.start > stmt.span.start && other.stmt.span.end <= back.span.start {
                        first.push(field.text.remove(other.stmt.span));
                    }
                }
            }
            (None, None) => {
                for (other, _) in &backs {
                    if other.stmt.span.start > stmt.span.start {
                        first.push(field.text.remove(other.stmt.span));
                    }
                }
            }
        }
        if sound {
            push(Kind::UnlockFirst, stmt.span, format!("give {} back before {words}", lock.object), first);
        }
        around(field, place, lock, stmt, &words, &mut push);
    }
    // Deeper inside: a call, a send, a select.
    for stmt in rest {
        for inner in within(field, place, stmt.span) {
            if inner.stmt.span == stmt.span
                || !may_wait(field, inner.stmt)
                || lock.given_back(field, inner.stmt).is_some()
            {
                continue;
            }
            if Lock::of(field, inner.stmt).as_ref() == Some(lock) {
                continue;
            }
            let words = short(&field.text.words(inner.stmt.span));
            around(field, inner, lock, inner.stmt, &words, &mut push);
        }
    }
    keeping(field, place, lock, &backs, &mut push);
}

/// Without the lock while `stmt` runs.
fn around(
    field: &Field<'_>,
    place: &Place<'_>,
    lock: &Lock,
    stmt: &Stmt,
    words: &str,
    push: &mut dyn FnMut(Kind, Span, String, Vec<Edit>),
) {
    let mut edits = vec![field.text.before(stmt.span, &lock.give())];
    let what = format!("let go of {} during {words}", lock.object);
    if let StmtKind::Select(select) = &super::channels::unlabelled(stmt).kind {
        // Also on the ways out of its cases the lock is held again.
        for case in &select.cases {
            match case.clause.body.first() {
                Some(first) => edits.push(field.text.before(first.span, &lock.take())),
                None => {
                    let indent = field.text.indent(stmt.span);
                    let end = case.clause.span.end as usize;
                    edits.push(Edit::insert(end, format!("\n{indent}\t{}", lock.take())));
                }
            }
        }
        push(Kind::UnlockAround, stmt.span, what, edits);
        return;
    }
    let leaves = within(field, place, stmt.span).any(|other| {
        matches!(
            other.stmt.kind,
            StmtKind::Return(_) | StmtKind::Break(_) | StmtKind::Continue(_) | StmtKind::Goto(_)
        ) && (other.stmt.span == stmt.span
            || matches!(other.stmt.kind, StmtKind::Return(_) | StmtKind::Goto(_)))
    });
    if !leaves {
        edits.push(field.text.after(stmt.span, &lock.take()));
        push(Kind::UnlockAround, stmt.span, what, edits);
    }
}

/// Held until the function ends, or not taken at all.
fn keeping(
    field: &Field<'_>,
    place: &Place<'_>,
    lock: &Lock,
    backs: &[(&Place<'_>, bool)],
    push: &mut dyn FnMut(Kind, Span, String, Vec<Edit>),
) {
    let span = place.stmt.span;
    let object = &lock.object;
    if !backs.iter().any(|(_, deferred)| *deferred) {
        let mut edits = vec![field.text.after(span, &format!("defer {}", lock.give()))];
        let again = again(field, place, lock);
        // What takes it once more under the same name gives it back before.
        if again.is_empty() {
            edits.extend(backs.iter().map(|(other, _)| field.text.remove(other.stmt.span)));
            push(
                Kind::DeferUnlock,
                span,
                format!("give {object} back whichever way the function ends"),
                edits,
            );
        } else {
            // A second Lock where an Unlock was meant.
            for other in &again {
                let edit = field.text.replace(other.stmt.span, &lock.give());
                push(
                    Kind::UnlockReturn,
                    other.stmt.span,
                    format!("{} in the place of {}", lock.give(), lock.take()),
                    vec![edit],
                );
            }
            edits.extend(backs.iter().map(|(other, _)| field.text.remove(other.stmt.span)));
            edits.extend(again.iter().map(|other| field.text.remove(other.stmt.span)));
            push(
                Kind::DeferUnlock,
                span,
                format!("take {object} once, and give it back whichever way the function ends"),
                edits,
            );
        }
        if backs.is_empty() && again_after(field, place).is_none() {
            let edit = field.text.last_in(place.body.block.span, &lock.give());
            push(Kind::UnlockReturn, span, format!("give {object} back at the end"), vec![edit]);
        }
        // One or two statements later.
        for (back, _) in backs.iter().filter(|(other, _)| other.list.as_ptr() == place.list.as_ptr()) {
            for next in back.list.iter().skip(back.at + 1).take(2) {
                if matches!(next.kind, StmtKind::Return(_)) {
                    break;
                }
                let words = short(&field.text.words(next.span));
                push(
                    Kind::HoldLonger,
                    next.span,
                    format!("hold {object} until after {words}"),
                    vec![field.text.remove(back.stmt.span), field.text.after(next.span, &lock.give())],
                );
            }
        }
    }
    // Earlier: a statement before it goes under the lock.
    if let Some(before) = place.at.checked_sub(1).and_then(|at| place.list.get(at)) {
        let words = short(&field.text.words(before.span));
        push(
            Kind::HoldLonger,
            before.span,
            format!("take {object} before {words}"),
            vec![field.text.remove(span), field.text.before(before.span, &lock.take())],
        );
    }
    if lock.reads {
        let mut edits = vec![field.text.replace(span, &format!("{object}.Lock()"))];
        for (other, deferred) in backs {
            let word = if *deferred { "defer " } else { "" };
            edits.push(field.text.replace(other.stmt.span, &format!("{word}{object}.Unlock()")));
        }
        push(Kind::WriteLock, span, format!("take {object} for writing"), edits);
    }
    let mut edits = vec![field.text.remove(span)];
    edits.extend(backs.iter().map(|(other, _)| field.text.remove(other.stmt.span)));
    push(Kind::DropLock, span, format!("do not take {object}"), edits);
    if !backs.is_empty() {
        push(Kind::DropLock, span, format!("do not take {object} there"), vec![field.text.remove(span)]);
    }
}

/// Other places in the function that take the same lock.
fn again<'f, 'a>(field: &'f Field<'a>, place: &'f Place<'a>, lock: &Lock) -> Vec<&'f Place<'a>> {
    within(field, place, place.body.block.span)
        .filter(|other| other.stmt.span.start > place.stmt.span.start)
        .filter(|other| Lock::of(field, other.stmt).as_ref() == Some(lock))
        .collect()
}

/// The function ends with a return: what is put behind it is never run.
fn again_after<'a>(_field: &Field<'a>, place: &Place<'a>) -> Option<&'a Stmt> {
    place.body.block.stmts.last().filter(|last| matches!(last.kind, StmtKind::Return(_)))
}

/// Before a statement that leaves: give back what was taken above.
fn before_leaving(field: &Field<'_>, place: &Place<'_>, out: &mut Vec<Candidate>) {
    if !matches!(
        place.stmt.kind,
        StmtKind::Return(_) | StmtKind::Break(_) | StmtKind::Continue(_) | StmtKind::Goto(_)
    ) {
        return;
    }
    let mut seen = BTreeSet::new();
    for (list, at) in place.lists() {
        for (index, stmt) in list[..at].iter().enumerate().rev() {
            let Some(lock) = Lock::of(field, stmt) else { continue };
            let back = list[index..at].iter().any(|other| lock.given_back(field, other).is_some());
            if back || !seen.insert(lock.give()) {
                continue;
            }
            let words = field.text.words(place.stmt.span);
            let what = format!("give {} back before {}", lock.object, short(&words));
            let about = Some(super::channels::last_name(&lock.object).to_owned());
            let edit = field.text.before(place.stmt.span, &lock.give());
            out.push(Candidate::at(place, Kind::UnlockReturn, what, about, vec![edit]));
        }
    }
}

/// Two locks in the other order.
fn order(field: &Field<'_>, place: &Place<'_>, lock: &Lock, out: &mut Vec<Candidate>) {
    for other in &place.list[place.at + 1..] {
        let Some(second) = Lock::of(field, other) else { continue };
        if second.object == lock.object {
            continue;
        }
        out.push(Candidate {
            kind: Kind::LockOrder,
            what: format!("{} before {}", second.take(), lock.take()),
            within: place.body.key.clone(),
            span: other.span,
            about: Some(super::channels::last_name(&second.object).to_owned()),
            edits: vec![
                field.text.replace(place.stmt.span, &second.take()),
                field.text.replace(other.span, &lock.take()),
            ],
        });
    }
}

/// A text that is not too long to be named.
pub(super) fn short(words: &str) -> String {
    const MOST: usize = 48;
    let head = words.split_once('{').map_or(words, |(head, _)| head.trim_end());
    if head.chars().count() <= MOST && head.len() == words.len() {
        return words.to_owned();
    }
    let cut: String = head.chars().take(MOST).collect();
    format!("{} …", cut.trim_end())
}
