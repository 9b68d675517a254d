//! `if`, `switch`, type switch, `for`, `choose`, `break`, `continue`.

use super::builder::{Builder, Loop, Storage, plain_edge};
use super::value::Value;
use crate::commands::Expr;
use crate::machine::PointId;
use crate::sema::program::{
    Expr as Typed, ExprKind, For, IfArm, LabelId, Stmt, SwitchCase, TypeCase, UnaryOp, VarId,
};
use crate::source::Span;

impl Builder<'_, '_> {
    pub fn if_(&mut self, arms: &[IfArm], otherwise: Option<&[Stmt]>, span: Span) {
        let join = self.new_point();
        for arm in arms {
            self.stmts(&arm.init);
            let (then, next) = (self.new_point(), self.new_point());
            self.condition(&arm.cond, then, next);
            self.start(then);
            self.conditionally(|this| this.stmts(&arm.body));
            self.jump(span, join);
            self.start(next);
        }
        self.conditionally(|this| this.stmts(otherwise.unwrap_or_default()));
        self.jump(span, join);
        self.start(join);
    }

    /// Branches on a condition; `!c` swaps the ways.
    fn condition(&mut self, cond: &Typed, then: PointId, otherwise: PointId) {
        if let ExprKind::Unary(UnaryOp::Not, inner) = &cond.kind {
            return self.condition(inner, otherwise, then);
        }
        let value = self.expr(cond).first();
        self.branch(cond.span, value, then, otherwise);
    }

    /// Makes a statement the target of `break` and `continue`.
    pub fn label(&mut self, label: LabelId, on_break: PointId, on_continue: Option<PointId>) {
        if let Some(instance) = self.instances.last_mut() {
            instance.labels.insert(label, Loop { on_break, on_continue });
        }
    }

    pub fn jump_to_label(&mut self, label: LabelId, on_break: bool, span: Span) {
        let target = self.instances.last().and_then(|instance| instance.labels.get(&label)).copied();
        let target = target.and_then(|ways| if on_break { Some(ways.on_break) } else { ways.on_continue });
        if let Some(target) = target {
            self.jump(span, target);
        }
    }

    pub fn switch(&mut self, label: LabelId, tag: Option<&Typed>, cases: &[SwitchCase], span: Span) {
        let join = self.new_point();
        self.label(label, join, None);
        let tag = tag.map(|tag| {
            let value = self.expr(tag);
            (tag.ty, self.stable(value))
        });
        let bodies: Vec<PointId> = cases.iter().map(|_| self.new_point()).collect();
        for (case, &body) in cases.iter().zip(&bodies) {
            for value in case.values.iter().flatten() {
                let next = self.new_point();
                match &tag {
                    None => self.condition(value, body, next),
                    Some((ty, tag)) => {
                        let each = self.expr(value);
                        let equal = self.equal(*ty, tag, &each);
                        self.branch(value.span, equal, body, next);
                    }
                }
                self.start(next);
            }
        }
        let default = cases.iter().position(|case| case.values.is_none());
        self.jump(span, default.map_or(join, |index| bodies[index]));
        for (index, case) in cases.iter().enumerate() {
            self.start(bodies[index]);
            self.conditionally(|this| this.stmts(&case.body));
            let next = if case.fallthrough { bodies.get(index + 1) } else { None };
            self.jump(case.span, next.copied().unwrap_or(join));
        }
        self.start(join);
    }

    pub fn type_switch(&mut self, label: LabelId, subject: &Typed, cases: &[TypeCase], span: Span) {
        let join = self.new_point();
        self.label(label, join, None);
        let value = self.private_interface(subject);
        let value = self.stable(value);
        let bodies: Vec<PointId> = cases.iter().map(|_| self.new_point()).collect();
        for (case, &body) in cases.iter().zip(&bodies) {
            for &ty in case.types.iter().flatten() {
                let next = self.new_point();
                let holds = self.has_type(&value, ty);
                self.branch(case.span, holds, body, next);
                self.start(next);
            }
        }
        let default = cases.iter().position(|case| case.types.is_none());
        self.jump(span, default.map_or(join, |index| bodies[index]));
        for (case, &body) in cases.iter().zip(&bodies) {
            self.start(body);
            if let Some(bind) = case.bind {
                self.bind_case(bind, case, &value);
            }
            self.conditionally(|this| this.stmts(&case.body));
            self.jump(case.span, join);
        }
        self.start(join);
    }

    /// The variable of a type switch: of the one type of its clause, else the interface value.
    fn bind_case(&mut self, bind: VarId, case: &TypeCase, value: &Value) {
        let only = match case.types.as_deref() {
            Some([Some(ty)]) => Some(*ty),
            _ => None,
        };
        let value = only.map_or_else(|| value.clone(), |ty| self.unpack(value, ty));
        let facts = self.reg.escape.of(bind);
        if facts.constant && !facts.boxed && value.exprs.iter().all(|expr| self.is_stable(expr)) {
            self.bind(bind, Storage::Value(value));
        } else {
            let place = self.declare(bind);
            self.store(&place, value);
            self.flush(case.span);
        }
    }

    pub fn for_(&mut self, each: &For) {
        self.stmts(&each.init);
        let (head, body, next, done) =
            (self.new_point(), self.new_point(), self.new_point(), self.new_point());
        self.label(each.label, done, Some(next));
        self.jump(each.header, head);
        self.start(head);
        match &each.cond {
            Some(cond) => self.condition(cond, body, done),
            None => self.jump(each.header, body),
        }
        self.start(body);
        self.conditionally(|this| this.stmts(&each.body));
        self.jump(each.header, next);
        self.start(next);
        if !each.shared_vars {
            self.copy_loop_vars(&each.vars, each.header);
        }
        self.conditionally(|this| this.stmts(&each.post));
        self.jump(each.header, head);
        self.start(done);
    }

    /// Each iteration has variables of its own: a box is left to those who hold it, and the next iteration gets a copy.
    fn copy_loop_vars(&mut self, vars: &[VarId], span: Span) {
        for &var in vars.iter().filter(|&&var| self.reg.escape.of(var).boxed).collect::<Vec<_>>() {
            let Storage::Cells(old) = self.storage(var) else { continue };
            let crate::commands::Base::Memory(Expr::Load(reference)) = &old.base else { continue };
            let types = self.types_of(self.reg.program.var(var).ty);
            let value = self.save("iteration", Value::load(&old, types));
            let pool = self.reg.pool(super::registry::PoolKey::Var(var));
            let dest = (**reference).clone();
            self.push(crate::commands::Command::Alloc { dest, pool, len: None });
            self.store(&old, value);
        }
        self.flush(span);
    }

    /// `choose { case: … case: … }`.
    pub fn choose(&mut self, cases: &[(Vec<Stmt>, Span)], span: Span) {
        let join = self.new_point();
        let bodies: Vec<PointId> = cases.iter().map(|_| self.new_point()).collect();
        let edges = bodies
            .iter()
            .zip(cases)
            .map(|(&body, (_, span))| {
                let shown = Some(self.visible(*span));
                crate::machine::Edge { span: shown, ..plain_edge(Expr::TRUE, body) }
            })
            .collect();
        self.choice(span, edges);
        for ((body, _), point) in cases.iter().zip(bodies) {
            self.start(point);
            self.conditionally(|this| this.stmts(body));
            self.jump(span, join);
        }
        self.start(join);
    }
}
