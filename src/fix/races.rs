//! Changes where two accesses race: under a common lock, with a variable of one's own.

use super::aim::Aim;
use super::order::{fresh_lock, guarded};
use super::places::Place;
use super::types::Ty;
use super::{Candidate, Field, Kind};
use crate::source::Span;
use crate::syntax::ast::{ExprKind, Stmt, StmtKind};
use crate::verify::edit::Edit;

/// Locks in scope are tried up to this many.
const MOST_LOCKS: usize = 4;

pub(super) fn candidates(field: &Field<'_>, aim: &Aim, out: &mut Vec<Candidate>) {
    let mut pairs: Vec<[Span; 2]> = Vec::new();
    for pair in &aim.races {
        if !pairs.contains(pair) {
            pairs.push(*pair);
        }
    }
    all_together(field, &pairs, out);
    for [one, other] in pairs {
        let (Some(first), Some(second)) = (at(field, one), at(field, other)) else { continue };
        together(field, first, second, out);
        for place in [first, second] {
            own_variable(field, place, out);
        }
    }
}

/// All accesses that race with any under one lock.
fn all_together(field: &Field<'_>, pairs: &[[Span; 2]], out: &mut Vec<Candidate>) {
    let mut places: Vec<&Place<'_>> = pairs.iter().flatten().filter_map(|span| at(field, *span)).collect();
    places.sort_by_key(|place| (place.stmt.span.start, place.stmt.span.end));
    places.dedup_by_key(|place| place.stmt.span);
    let [first, _, _, ..] = places.as_slice() else { return };
    // A statement inside another one is under its lock.
    let outermost: Vec<&&Place<'_>> = places
        .iter()
        .filter(|place| {
            let around = |other: &&Place<'_>| {
                other.stmt.span != place.stmt.span
                    && other.stmt.span.start <= place.stmt.span.start
                    && place.stmt.span.end <= other.stmt.span.end
            };
            !places.iter().any(around)
        })
        .collect();
    let (fresh, declared) = fresh_lock(field, "guard");
    let mut edits = vec![declared];
    for place in &outermost {
        let Some(more) = under(field, place, &fresh) else { return };
        edits.extend(more);
    }
    let what = format!("the {} statements that race under {fresh}", outermost.len());
    out.push(Candidate::at(first, Kind::Guard, what, None, edits));
}

/// The innermost statement around an access.
fn at<'f, 'a>(field: &'f Field<'a>, access: Span) -> Option<&'f Place<'a>> {
    let around =
        |place: &&Place<'_>| place.stmt.span.start <= access.start && access.end <= place.stmt.span.end;
    field.places.iter().filter(around).min_by_key(|place| place.stmt.span.len())
}

/// Both under one lock: one in scope, or a new one.
fn together(field: &Field<'_>, first: &Place<'_>, second: &Place<'_>, out: &mut Vec<Candidate>) {
    let mut push = |what: String, place: &Place<'_>, edits: Vec<Edit>| {
        out.push(Candidate::at(place, Kind::Guard, what, None, edits));
    };
    let same = first.stmt.span == second.stmt.span;
    for place in [first, second] {
        for lock in locks(field, place) {
            if let Some(edits) = under(field, place, &lock) {
                push(format!("{} under {lock}", words(field, place)), place, edits);
            }
        }
        if same {
            break;
        }
    }
    let (one, other) = (locks(field, first), locks(field, second));
    let named = |lock: &str| super::channels::last_name(lock).to_owned();
    let mut pairs: Vec<(String, String, Option<Edit>)> = Vec::new();
    for lock in &one {
        if let Some(twin) = other.iter().find(|twin| named(twin) == named(lock)) {
            pairs.push((lock.clone(), twin.clone(), None));
        }
    }
    let (fresh, declared) = fresh_lock(field, "guard");
    pairs.push((fresh.clone(), fresh, Some(declared)));
    for (lock, twin, declared) in pairs {
        if same {
            if let (Some(mut edits), Some(declared)) = (under(field, first, &lock), declared) {
                edits.push(declared);
                push(format!("{} under {lock}", words(field, first)), first, edits);
            }
            continue;
        }
        if let (Some(mut edits), Some(more)) = (under(field, first, &lock), under(field, second, &twin)) {
            edits.extend(more);
            edits.extend(declared.clone());
            let what = format!("{} and {} under {lock}", words(field, first), words(field, second));
            push(what, first, edits);
        }
        // The whole functions that they are in.
        if !std::rc::Rc::ptr_eq(&first.body, &second.body) {
            let whole = |place: &Place<'_>, lock: &str| {
                field.text.first_in(place.body.block.span, &format!("{lock}.Lock()\ndefer {lock}.Unlock()"))
            };
            if declared.is_some() {
                let mut edits = vec![whole(first, &lock), whole(second, &twin)];
                edits.extend(declared);
                let (one, other) = (&first.body.key, &second.body.key);
                let what = if one == other {
                    format!("both functions in {one} under {lock}")
                } else {
                    format!("{one} and {other} under {lock}")
                };
                push(what, first, edits);
            }
        }
    }
}

fn words(field: &Field<'_>, place: &Place<'_>) -> String {
    super::locks::short(&field.text.words(place.stmt.span))
}

/// The mutexes that a place can name.
fn locks(field: &Field<'_>, place: &Place<'_>) -> Vec<String> {
    fn reach(field: &Field<'_>, path: &str, ty: &Ty, depth: usize, found: &mut Vec<String>) {
        let mutex = |ty: &Ty| matches!(ty, Ty::Package(package, name) if package == "sync" && (name == "Mutex" || name == "RWMutex"));
        let is = match ty {
            Ty::Pointer(to) => mutex(to),
            other => mutex(other),
        };
        if is {
            found.push(path.to_owned());
        } else if depth > 0
            && let Ty::Struct(fields) = field.types.under(ty)
        {
            for inner in fields {
                if inner.embedded && mutex(&inner.ty) {
                    found.push(path.to_owned());
                } else {
                    reach(field, &format!("{path}.{}", inner.name), &inner.ty, depth - 1, found);
                }
            }
        }
    }
    let mut found = Vec::new();
    for (name, ty) in place.scope.iter() {
        reach(field, name, ty, 2, &mut found);
    }
    found.sort_by_key(|path| (path.matches('.').count(), path.clone()));
    found.dedup();
    found.truncate(MOST_LOCKS);
    found
}

/// A statement under a lock; `None` where that has no simple form.
fn under(field: &Field<'_>, place: &Place<'_>, lock: &str) -> Option<Vec<Edit>> {
    let span = place.stmt.span;
    match &place.stmt.kind {
        StmtKind::Expr(_)
        | StmtKind::IncDec { .. }
        | StmtKind::Assign { .. }
        | StmtKind::Define { .. }
        | StmtKind::Send { .. } => {
            Some(vec![field.text.replace(span, &guarded(lock, &field.text.relative(span)))])
        }
        StmtKind::Return(_) => {
            Some(vec![field.text.before(span, &format!("{lock}.Lock()\ndefer {lock}.Unlock()"))])
        }
        StmtKind::If(it) => {
            let [arm] = it.arms.as_slice() else { return None };
            if arm.init.is_some() {
                return None;
            }
            let cond = field.text.of(arm.cond.span);
            Some(vec![
                field.text.before(span, &guarded(lock, &format!("seen := {cond}"))),
                Edit { range: arm.cond.span.range(), text: "seen".into() },
            ])
        }
        StmtKind::Go(_) | StmtKind::Defer(_) => Some(vec![
            field.text.before(span, &format!("{lock}.Lock()")),
            field.text.after(span, &format!("{lock}.Unlock()")),
        ]),
        StmtKind::For(_) | StmtKind::Switch(_) => {
            let inner = |stmt: &Stmt| field.text.of(stmt.span).contains("return");
            (!inner(place.stmt)).then(|| {
                vec![
                    field.text.before(span, &format!("{lock}.Lock()")),
                    field.text.after(span, &format!("{lock}.Unlock()")),
                ]
            })
        }
        _ => None,
    }
}

/// A goroutine that assigns to a variable of its own.
fn own_variable(field: &Field<'_>, place: &Place<'_>, out: &mut Vec<Candidate>) {
    let StmtKind::Assign { targets, op: None, values: _ } = &place.stmt.kind else { return };
    if !place.body.literal || !targets.iter().all(|target| matches!(target.kind, ExprKind::Name(_))) {
        return;
    }
    let text = field.text.of(place.stmt.span);
    let Some(at) = text.find('=') else { return };
    let at = place.stmt.span.start as usize + at;
    let what = format!("{}: with a variable of its own", words(field, place));
    out.push(Candidate::at(place, Kind::OwnVariable, what, None, vec![Edit::insert(at, ":".into())]));
}
