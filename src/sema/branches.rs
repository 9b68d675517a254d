//! `if`, `switch`, type switches, `select`.

use rustc_hash::FxHashMap;

use super::assign::Slot;
use super::checker::Checker;
use super::constant::Const;
use super::operand::{Mode, Operand};
use super::problem::StatementProblem;
use super::program::{self as p, ExprKind, StmtKind, Target, VarId};
use super::scope::{Entity, Scope};
use super::types::TypeId;
use crate::source::Span;
use crate::syntax::ast::{self, BinaryOp, TypeExprKind};

impl<'a> Checker<'a> {
    pub(crate) fn if_stmt(&mut self, stmt: &'a ast::If) -> StmtKind {
        // Each arm is inside the scope of the arms before it, where they have one: long chains
        // without `init` must not make every name a long way to look up.
        let depth = self.env.scopes.len();
        let mut arms = Vec::new();
        for arm in &stmt.arms {
            let mut init = Vec::new();
            if let Some(stmt) = &arm.init {
                self.env.scopes.push(Scope::default());
                self.stmt(stmt, &mut init);
            }
            let operand = self.expr(&arm.cond);
            let cond = self.condition(operand, "the condition of `if`");
            let body = self.block(&arm.body);
            arms.push(p::IfArm { init, cond, body });
        }
        let otherwise = stmt.otherwise.as_ref().map(|block| self.block(block));
        self.env.scopes.truncate(depth);
        StmtKind::If { arms, otherwise }
    }

    // ---- switch ----

    pub(crate) fn switch_stmt(
        &mut self,
        stmt: &'a ast::Switch,
        label: Option<String>,
        span: Span,
        out: &mut Vec<p::Stmt>,
    ) {
        let kind = self.scoped(|checker| {
            if let Some(init) = &stmt.init {
                checker.stmt(init, out);
            }
            checker.framed(label, false, |checker, label| {
                let tag = stmt.tag.as_ref().map(|tag| checker.tag(tag));
                let values = checker.case_values(stmt, tag.as_ref());
                let (tag, values) = checker.agree_on_tag(tag, values);
                let count = stmt.cases.len();
                let mut cases = Vec::new();
                for (index, (case, values)) in stmt.cases.iter().zip(values).enumerate() {
                    let (body, fallthrough) = checker.case_body(&case.clause, index + 1 == count);
                    cases.push(p::SwitchCase { values, body, fallthrough, span: case.clause.span });
                }
                StmtKind::Switch { label, tag, cases }
            })
        });
        out.push(p::Stmt { kind, span });
    }

    /// The tag with its own type; constants get their default type.
    fn tag(&mut self, tag: &'a ast::Expr) -> Operand {
        let operand = self.value(tag);
        if operand.is_invalid() {
            return operand;
        }
        let expr = self.with_default(operand);
        if self.is_invalid(expr.ty) {
            return self.invalid(tag.span);
        }
        self.value_of(expr.kind, expr.ty, tag.span)
    }

    /// The values of each case: operands compared with the tag, or conditions.
    fn case_values(&mut self, stmt: &'a ast::Switch, tag: Option<&Operand>) -> Vec<Option<Vec<p::Expr>>> {
        let mut seen: FxHashMap<Const, Span> = FxHashMap::default();
        let mut default: Option<Span> = None;
        let mut all = Vec::new();
        for case in &stmt.cases {
            let Some(values) = &case.values else {
                let head = Span { start: case.clause.span.start, end: case.clause.span.start + 7 };
                if let Some(first) = default {
                    self.report(&StatementProblem::DuplicateDefault { span: head, first });
                }
                default = default.or(Some(head));
                all.push(None);
                continue;
            };
            let mut exprs = Vec::new();
            for value in values {
                let operand = self.value(value);
                self.check_duplicate(&operand, &mut seen);
                exprs.push(match tag {
                    Some(tag) => self.case_value(tag.clone(), operand),
                    None => self.condition(operand, "a case without a tag"),
                });
            }
            all.push(Some(exprs));
        }
        all
    }

    fn check_duplicate(&mut self, operand: &Operand, seen: &mut FxHashMap<Const, Span>) {
        let Mode::Const(value) = &operand.mode else { return };
        if matches!(value, Const::Bool(_)) {
            return;
        }
        match seen.get(value) {
            Some(&first) => {
                let (span, value) = (operand.span, value.show());
                self.report(&StatementProblem::DuplicateCase { span, first, value });
            }
            None => {
                seen.insert(value.clone(), operand.span);
            }
        }
    }

    /// `tag == value`, of which only the right side is kept.
    fn case_value(&mut self, tag: Operand, value: Operand) -> p::Expr {
        let span = value.span;
        if tag.is_invalid() || value.is_invalid() {
            return self.poison(span);
        }
        let result = self.comparison(BinaryOp::Eq, span, tag, value, span);
        match result.kind {
            ExprKind::Binary(_, _, right) => *right,
            _ => self.poison(span),
        }
    }

    /// Values of an interface type turn the tag, and all other values, into that type.
    fn agree_on_tag(
        &mut self,
        tag: Option<Operand>,
        values: Vec<Option<Vec<p::Expr>>>,
    ) -> (Option<p::Expr>, Vec<Option<Vec<p::Expr>>>) {
        let Some(tag) = tag else { return (None, values) };
        let tag = self.expr_of(tag);
        let wider = values
            .iter()
            .flatten()
            .flatten()
            .map(|value| value.ty)
            .find(|&ty| ty != tag.ty && !self.is_invalid(ty) && self.types.is_interface(ty));
        let Some(wider) = wider else { return (Some(tag), values) };
        let widen = |checker: &mut Self, expr: p::Expr| {
            let operand = checker.value_of(expr.kind, expr.ty, expr.span);
            checker.assign(operand, wider, "this comparison")
        };
        let values = values
            .into_iter()
            .map(|case| Some(case?.into_iter().map(|value| widen(self, value)).collect()))
            .collect();
        (Some(widen(self, tag)), values)
    }

    /// A clause's statements without their `fallthrough`.
    fn case_body(&mut self, clause: &'a ast::Clause, last: bool) -> (Vec<p::Stmt>, bool) {
        let end = clause.body.iter().rposition(|stmt| !matches!(stmt.kind, ast::StmtKind::Empty));
        let falls = end
            .and_then(|end| clause.body.get(end))
            .filter(|stmt| matches!(stmt.kind, ast::StmtKind::Fallthrough));
        let Some(stmt) = falls else {
            return (self.scoped(|checker| checker.stmts(&clause.body)), false);
        };
        if last {
            let why = "this is the last case";
            self.report(&StatementProblem::Fallthrough { span: stmt.span, why });
        }
        let body = clause.body.get(..end.unwrap_or(0)).unwrap_or(&[]);
        (self.scoped(|checker| checker.stmts(body)), true)
    }

    // ---- type switch ----

    pub(crate) fn type_switch(
        &mut self,
        stmt: &'a ast::TypeSwitch,
        label: Option<String>,
        span: Span,
        out: &mut Vec<p::Stmt>,
    ) {
        let kind = self.scoped(|checker| {
            if let Some(init) = &stmt.init {
                checker.stmt(init, out);
            }
            checker.framed(label, false, |checker, label| {
                let subject = checker.value(&stmt.subject);
                let interface = !subject.is_invalid()
                    && checker.check_assertable(&subject, subject.ty, subject.span, "a type switch");
                let mut seen: Vec<(Option<TypeId>, Span)> = Vec::new();
                let mut default: Option<Span> = None;
                let mut cases = Vec::new();
                let mut binds = Vec::new();
                for case in &stmt.cases {
                    let types = case
                        .types
                        .as_ref()
                        .map(|types| checker.case_types(types, interface.then_some(&subject), &mut seen));
                    if types.is_none() {
                        let head = Span { start: case.clause.span.start, end: case.clause.span.start + 7 };
                        if let Some(first) = default {
                            checker.report(&StatementProblem::DuplicateDefault { span: head, first });
                        }
                        default = default.or(Some(head));
                    }
                    let bound = match types.as_deref() {
                        Some([Some(only)]) => *only,
                        _ => subject.ty,
                    };
                    let (bind, body) = checker.type_case(stmt.bind.as_ref(), bound, &case.clause);
                    binds.extend(bind);
                    cases.push(p::TypeCase { types, bind, body, span: case.clause.span });
                }
                checker.warn_unused_bind(stmt.bind.as_ref(), &binds);
                let subject = checker.expr_of(subject);
                StmtKind::TypeSwitch { label, subject, cases }
            })
        });
        out.push(p::Stmt { kind, span });
    }

    fn case_types(
        &mut self,
        types: &'a [ast::TypeExpr],
        subject: Option<&Operand>,
        seen: &mut Vec<(Option<TypeId>, Span)>,
    ) -> Vec<Option<TypeId>> {
        let mut out = Vec::new();
        for ty in types {
            let span = ty.span;
            let nil = matches!(&ty.kind, TypeExprKind::Name(name) if name == "nil")
                && matches!(self.lookup("nil", span), Some(Entity::Nil));
            let id = if nil { None } else { Some(self.resolve_type(ty)) };
            let invalid = id.is_some_and(|id| self.is_invalid(id));
            if let (Some(subject), Some(id), false) = (subject, id, invalid) {
                self.check_assertable(subject, id, span, "a type switch");
            }
            if let Some(&(_, first)) = seen.iter().find(|(other, _)| *other == id)
                && !invalid
            {
                let value = id.map_or_else(|| "nil".to_string(), |id| self.show(id));
                self.report(&StatementProblem::DuplicateCase { span, first, value });
            }
            seen.push((id, span));
            out.push(id);
        }
        out
    }

    fn type_case(
        &mut self,
        bind: Option<&'a ast::Ident>,
        ty: TypeId,
        clause: &'a ast::Clause,
    ) -> (Option<VarId>, Vec<p::Stmt>) {
        self.scoped(|checker| {
            let bind = bind.filter(|name| name.name != "_").map(|name| {
                let var = checker.new_var(&name.name, ty, name.span);
                checker.exempt(var);
                checker.declare(name, "variable", Entity::Var(var));
                var
            });
            // The clause is a block inside the one that has the variable.
            (bind, checker.scoped(|checker| checker.stmts(&clause.body)))
        })
    }

    /// The variable of a type switch is unused if no clause uses its own.
    fn warn_unused_bind(&mut self, bind: Option<&'a ast::Ident>, vars: &[VarId]) {
        let used = vars.iter().any(|var| self.facts.get(var.index()).is_some_and(|facts| facts.used));
        if let Some(name) = bind.filter(|name| name.name != "_")
            && !used
            && !self.in_library()
        {
            self.unused_binds
                .push(super::problem::NameProblem::Unused { span: name.span, name: name.name.clone() });
        }
    }

    // ---- select ----

    pub(crate) fn select_stmt(&mut self, stmt: &'a ast::Select, label: Option<String>) -> StmtKind {
        self.framed(label, false, |checker, label| {
            let mut default: Option<Span> = None;
            let mut cases = Vec::new();
            for case in &stmt.cases {
                if matches!(case.comm, ast::Comm::Default) {
                    if let Some(first) = default {
                        let span = case.comm_span;
                        checker.report(&StatementProblem::DuplicateDefault { span, first });
                    }
                    default = default.or(Some(case.comm_span));
                }
                cases.extend(checker.scoped(|checker| checker.select_case(case)));
            }
            StmtKind::Select { label, cases, keyword: stmt.keyword }
        })
    }

    fn select_case(&mut self, case: &'a ast::SelectCase) -> Option<p::SelectCase> {
        let span = case.comm_span;
        let mut prefix = Vec::new();
        let comm = match &case.comm {
            ast::Comm::Default => Some(p::Comm::Default),
            ast::Comm::Send { channel, value } => {
                self.send(channel, value).map(|(channel, value)| p::Comm::Send { channel, value })
            }
            ast::Comm::Recv { targets, define, channel } => {
                self.recv_case(targets, *define, channel, span, &mut prefix)
            }
            ast::Comm::Error => None,
        };
        let body = self.scoped(|checker| checker.stmts(&case.clause.body));
        prefix.extend(body);
        Some(p::SelectCase { comm: comm?, body: prefix, span })
    }

    fn recv_case(
        &mut self,
        targets: &'a [ast::Expr],
        define: bool,
        channel: &'a ast::Expr,
        span: Span,
        prefix: &mut Vec<p::Stmt>,
    ) -> Option<p::Comm> {
        let channel_span = channel.span;
        let channel = self.value(channel);
        let received = self.receive_from(channel, channel_span);
        let slots: Vec<Slot> = if define {
            self.define_slots(targets, span)
        } else {
            targets.iter().map(|target| self.target(target)).collect()
        };
        let ExprKind::Recv { channel, .. } = received.kind else { return None };
        let mut placed = Vec::new();
        for (slot, ty) in slots.into_iter().zip([received.ty, self.basic.bool]) {
            let (target, stmt) = self.receive_into(slot, ty, channel_span, span);
            placed.push(target);
            prefix.extend(stmt);
        }
        let mut placed = placed.into_iter();
        let value = placed.next().unwrap_or(Target::Blank);
        let ok = placed.next().unwrap_or(Target::Blank);
        Some(p::Comm::Recv { channel: *channel, value, ok })
    }
}
