//! `check` and `cover`: conditions that observe a state from outside.
//!
//! In: the typed conditions. Out: scalar expressions over package variables and
//! what they reach. A condition that cannot be evaluated (a nil pointer on the way, or
//! package variables that have not got their values yet) is not violated where it must
//! always hold, and does not hold where it must at some time.

use super::builder::Builder;
use super::problem::LowerProblem;
use super::registry::Registry;
use crate::commands::{Base, Command, Expr, Place};
use crate::machine::{Properties, Property, Response};
use crate::sema::program::{CheckKind, Expr as Typed};

pub(super) fn lower(reg: &mut Registry<'_>) -> Properties {
    let program = reg.program;
    let ready = reg.ready.map_or(Expr::TRUE, |cell| Expr::load(Place::global(cell)));
    let mut out = Properties::default();
    for check in &program.checks {
        match &check.kind {
            CheckKind::Always(cond) => {
                let (safe, cond) = observe(reg, cond);
                let cond = ready.clone().and(safe).negate().or(cond);
                out.always.push(Property { text: check.text.clone(), cond, span: check.span });
            }
            CheckKind::Eventually(cond) => {
                let cond = holds(reg, &ready, cond);
                out.eventually.push(Property { text: check.text.clone(), cond, span: check.span });
            }
            CheckKind::LeadsTo(from, to) => {
                let (from, to) = (holds(reg, &ready, from), holds(reg, &ready, to));
                out.leads_to.push(Response { text: check.text.clone(), from, to, span: check.span });
            }
        }
    }
    for cover in &program.covers {
        let cond = holds(reg, &ready, &cover.cond);
        out.covers.push(Property { text: cover.name.clone(), cond, span: cover.span });
    }
    out
}

/// That the condition has a value, and that this is true.
fn holds(reg: &mut Registry<'_>, ready: &Expr, cond: &Typed) -> Expr {
    let (safe, cond) = observe(reg, cond);
    ready.clone().and(safe).and(cond)
}

/// The condition, and what must hold for it to have a value.
fn observe(reg: &mut Registry<'_>, cond: &Typed) -> (Expr, Expr) {
    let program = reg.program;
    let mut builder = Builder::new(reg);
    let value = builder.expr(cond).first();
    let commands = builder.take_pending();
    let mut safe = Expr::TRUE;
    let mut observable = !super::expr::may_stop(&program.types, cond) && reads_no_frame(&value);
    for command in commands {
        match command {
            Command::Check { ok, .. } => {
                observable &= reads_no_frame(&ok);
                safe = safe.and(ok);
            }
            _ => observable = false,
        }
    }
    if !observable {
        reg.problem(&LowerProblem::NotObservable { span: cond.span });
    }
    (safe, value)
}

fn reads_no_frame(expr: &Expr) -> bool {
    let mut outside = true;
    super::value::visit_places(expr, &mut |place| outside &= !matches!(place.base, Base::Local(_)));
    outside
}
