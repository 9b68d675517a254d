//! What the typed program knows and the text does not say.
//!
//! In: a typed program and the warnings of its typing. Out: [`Facts`], by span of the source,
//! as the syntax tree has no other names for its parts.

use rustc_hash::{FxHashMap, FxHashSet};

use super::Model;
use crate::diag::Diagnostic;
use crate::lower::walk::{self, Visitor};
use crate::sema::problem::UNUSED;
use crate::sema::program::{
    Call, Callee, Expr, ExprKind, For, Method, Program, Range, RangeOver, Stmt, StmtKind, Target, VarId,
};
use crate::sema::types::Type;
use crate::source::Span;
use crate::sync;

/// Facts about a model.
#[derive(Debug, Default)]
pub(super) struct Facts {
    /// Headers of loops over an integer, with the type of that.
    pub(super) int_ranges: FxHashMap<Span, String>,
    /// Subjects of these loops that are constant.
    pub(super) constants: FxHashSet<Span>,
    /// Variables of loop headers of which each iteration needs its own.
    pub(super) own_per_iteration: FxHashSet<Span>,
    /// Variables of loop headers that the body changes.
    pub(super) changed: FxHashSet<Span>,
    /// Declared and never read: Go's compiler refuses them.
    pub(super) unused: FxHashSet<Span>,
    /// Calls of methods that Go 1.19 does not have, by the function's name.
    pub(super) library_calls: FxHashMap<Span, String>,
    /// The release of Go 1 that has all methods that are called; 0 where any has.
    pub(super) release: u32,
    /// `any(lo, hi)` and `rand.Intn(n)`.
    pub(super) choices: FxHashSet<Span>,
    /// Names of variables: a package of such a name may be hidden.
    pub(super) variables: FxHashSet<String>,
}

impl Facts {
    pub(super) fn new(model: &Model<'_>) -> Self {
        let program = model.program;
        let mut facts = Self::default();
        facts.unused.extend(model.warnings.iter().filter(|it| it.code == UNUSED).map(Diagnostic::span));
        let mut gather = Gather { program, facts: &mut facts };
        for func in program.funcs.iter().filter(|func| !func.library) {
            walk::stmts(&func.body, &mut gather);
        }
        for (index, func) in program.funcs.iter().enumerate().filter(|(_, func)| !func.library) {
            // A literal may run at any time.
            let elsewhere = |var: VarId| program.var(var).owner.is_none_or(|owner| owner.index() != index);
            gather.facts.changed.extend(
                written(&func.body)
                    .into_iter()
                    .filter(|&var| elsewhere(var))
                    .map(|var| program.var(var).span),
            );
        }
        for global in &program.globals {
            walk::values(&global.values, &mut gather);
        }
        facts.variables.extend(program.vars.iter().map(|var| var.name.clone()));
        facts
    }
}

struct Gather<'a> {
    program: &'a Program,
    facts: &'a mut Facts,
}

impl Gather<'_> {
    fn own(&mut self, var: VarId) {
        let var = self.program.var(var);
        if var.captured || var.addressed {
            self.facts.own_per_iteration.insert(var.span);
        }
    }

    fn changed(&mut self, body: &[Stmt]) {
        let spans = written(body).into_iter().map(|var| self.program.var(var).span);
        self.facts.changed.extend(spans);
    }

    fn range(&mut self, range: &Range) {
        if range.over == RangeOver::Int {
            self.facts.int_ranges.insert(range.header, self.int_type(&range.subject));
            if matches!(range.subject.kind, ExprKind::Int(_)) {
                self.facts.constants.insert(range.header);
            }
        }
        if range.shared_vars {
            return;
        }
        for target in [&range.key, &range.value] {
            if let Target::New(var) = target {
                self.own(*var);
            }
        }
    }

    fn int_type(&self, subject: &Expr) -> String {
        let types = &self.program.types;
        match types.get(subject.ty) {
            Type::Named(index) => types.named[*index as usize].name.clone(),
            Type::Int(kind) => format!("{kind:?}").to_lowercase(),
            _ => "int".to_string(),
        }
    }
}

/// The variables that a body gives values, or keeps the addresses of.
fn written(body: &[Stmt]) -> Vec<VarId> {
    struct Written(Vec<VarId>);
    impl Written {
        fn place(&mut self, place: &Expr) {
            if let ExprKind::Var(var) = place.kind {
                self.0.push(var);
            }
        }
    }
    impl Visitor for Written {
        fn stmt(&mut self, stmt: &Stmt) {
            if let StmtKind::AssignOp { target, .. } = &stmt.kind {
                self.place(target);
            }
        }

        fn target(&mut self, target: &Target) {
            if let Target::Place(place) = target {
                self.place(place);
            }
        }

        fn expr(&mut self, expr: &Expr) {
            if let ExprKind::AddrOf(place) = &expr.kind {
                self.place(place);
            }
        }
    }
    let mut visitor = Written(Vec::new());
    walk::stmts(body, &mut visitor);
    visitor.0
}

impl Visitor for Gather<'_> {
    fn stmt(&mut self, stmt: &Stmt) {
        match &stmt.kind {
            StmtKind::Range(range) => {
                self.changed(&range.body);
                self.range(range);
            }
            StmtKind::For(For { vars, body, shared_vars: false, .. }) => {
                self.changed(body);
                vars.iter().for_each(|&var| self.own(var));
            }
            _ => {}
        }
    }

    fn expr(&mut self, expr: &Expr) {
        if matches!(expr.kind, ExprKind::Any { .. }) {
            self.facts.choices.insert(expr.span);
        }
    }

    fn call(&mut self, call: &Call) {
        if let Callee::Method { method: Method::Func(func), .. } | Callee::Func(func) = &call.callee
            && self.program.func(*func).library
        {
            let name = self.program.func(*func).name.clone();
            self.facts.library_calls.insert(call.span, name);
        }
        if let Callee::Method { method: Method::Primitive { name, method }, .. } = &call.callee {
            let method = sync::find(name).and_then(|it| it.method(method));
            self.facts.release = self.facts.release.max(method.map_or(0, |it| it.since));
        }
    }
}
