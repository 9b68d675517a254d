//! `check always` and `cover`: conditions that observe a state from outside.
//!
//! In: the typed conditions. Out: scalar expressions over package variables and
//! what they reach. A condition that cannot be evaluated (a nil pointer on the way)
//! is neither violated nor covered.

use super::builder::Builder;
use super::problem::LowerProblem;
use super::registry::Registry;
use crate::commands::{Base, Command, Expr, Place};
use crate::machine::{Properties, Property};
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
            CheckKind::Eventually(_) | CheckKind::LeadsTo(..) => reg.problem(&LowerProblem::Unsupported {
                what: "a liveness property",
                instead: "check a safety property: `check always E`, `cover NAME: E` or `assert(E)`",
                span: check.span,
            }),
        }
    }
    for cover in &program.covers {
        let (safe, cond) = observe(reg, &cover.cond);
        out.covers.push(Property {
            text: cover.name.clone(),
            cond: ready.clone().and(safe).and(cond),
            span: cover.span,
        });
    }
    out
}

/// The condition, and what must hold for it to have a value.
fn observe(reg: &mut Registry<'_>, cond: &Typed) -> (Expr, Expr) {
    let mut builder = Builder::new(reg);
    let value = builder.expr(cond).first();
    let commands = builder.take_pending();
    let mut safe = Expr::TRUE;
    let mut observable = !super::expr::may_stop(cond) && reads_no_frame(&value);
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
