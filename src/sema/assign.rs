//! Assignments and declarations of variables: `=`, `:=`, `op=`, `++`, `var`.
//!
//! Several values of one call that need a conversion go through variables of their
//! own, so that each assignment that comes out is between equal types.

use super::checker::Checker;
use super::operand::{Mode, Operand};
use super::problem::{NameProblem, StatementProblem, TypeProblem};
use super::program::{self as p, ExprKind, StmtKind, Target, Values, VarId};
use super::scope::Entity;
use super::text::expr_text;
use super::types::{Type, TypeId};
use crate::source::Span;
use crate::syntax::ast::{self, BinaryOp, Ident};

/// Where a value goes, before its type is known.
#[derive(Clone, Debug)]
pub(crate) enum Slot {
    Blank,
    /// A variable of this statement; with a type where the source gives it.
    New(VarId, Option<TypeId>),
    Place(p::Expr),
    /// Wrong, and reported.
    Invalid,
}

impl<'a> Checker<'a> {
    // ---- values ----

    /// Values for `count` targets from one expression that gives them all: a call or a comma-ok form.
    pub(crate) fn several(
        &mut self,
        value: &'a ast::Expr,
        count: usize,
        targets_span: Span,
    ) -> Option<(p::Expr, Vec<TypeId>)> {
        let operand = self.expr(value);
        if operand.is_invalid() {
            return None;
        }
        if count == 2 && matches!(operand.mode, Mode::CommaOk | Mode::MapElement) {
            return Some(self.with_ok(operand));
        }
        let types = match self.types.get(operand.ty) {
            Type::Tuple(types) if matches!(operand.mode, Mode::Value) => types.clone(),
            _ => {
                let operand = self.single(operand);
                if !operand.is_invalid() {
                    let span = targets_span;
                    self.report(&StatementProblem::AssignCount { span, targets: count, values: 1 });
                }
                return None;
            }
        };
        if types.len() != count {
            let values = types.len();
            self.report(&StatementProblem::AssignCount { span: targets_span, targets: count, values });
            return None;
        }
        Some((self.expr_of(operand), types))
    }

    /// The comma-ok form of a receive, assertion or map element.
    pub(crate) fn with_ok(&mut self, operand: Operand) -> (p::Expr, Vec<TypeId>) {
        let types = vec![operand.ty, self.basic.bool];
        let ty = self.tuple(types.clone());
        let mut expr = self.expr_of(operand);
        match &mut expr.kind {
            ExprKind::Recv { comma_ok, .. }
            | ExprKind::TypeAssert { comma_ok, .. }
            | ExprKind::MapIndex { comma_ok, .. } => *comma_ok = true,
            _ => {}
        }
        expr.ty = ty;
        (expr, types)
    }

    /// Reports if the two sides of an assignment do not match in number.
    fn counts_match(&mut self, targets: usize, values: usize, span: Span) -> bool {
        if targets == values {
            return true;
        }
        self.report(&StatementProblem::AssignCount { span, targets, values });
        false
    }

    // ---- := and var ----

    /// `a, b := x, y`.
    pub(crate) fn define(
        &mut self,
        names: &'a [ast::Expr],
        values: &'a [ast::Expr],
        span: Span,
        out: &mut Vec<p::Stmt>,
    ) {
        let targets_span = match (names.first(), names.last()) {
            (Some(first), Some(last)) => first.span.to(last.span),
            _ => span,
        };
        if values.len() == 1 && names.len() > 1 {
            let several = values.first().and_then(|value| self.several(value, names.len(), targets_span));
            let slots = self.define_slots(names, targets_span);
            match several {
                Some((expr, types)) => self.assign_several(slots, expr, &types, span, out),
                None => self.poison_slots(&slots),
            }
            return;
        }
        let operands: Vec<Operand> = values.iter().map(|value| self.value(value)).collect();
        let fits = self.counts_match(names.len(), values.len(), targets_span);
        let slots = self.define_slots(names, targets_span);
        if fits {
            self.assign_each(slots, operands, span, out);
        } else {
            self.poison_slots(&slots);
        }
    }

    /// New variables get the invalid type, which silences their uses.
    fn poison_slots(&mut self, slots: &[Slot]) {
        for slot in slots {
            if let Slot::New(var, None) = slot {
                self.exempt(*var);
            }
        }
    }

    /// The targets of a `:=`: names declared in this block are assigned, others are new.
    pub(crate) fn define_slots(&mut self, names: &'a [ast::Expr], span: Span) -> Vec<Slot> {
        let mut new = false;
        let mut seen: Vec<(&str, Span)> = Vec::new();
        let mut fresh: Vec<(Ident, VarId)> = Vec::new();
        let mut slots = Vec::new();
        for name in names {
            let ast::ExprKind::Name(text) = &name.kind else {
                // The parser has reported what is no name.
                new = true;
                slots.push(Slot::Invalid);
                continue;
            };
            if text == "_" {
                slots.push(Slot::Blank);
                continue;
            }
            if let Some(&(_, first)) = seen.iter().find(|(other, _)| other == text) {
                let (span, name) = (name.span, text.clone());
                self.report(&NameProblem::Redeclared { span, first, what: "variable", name });
                slots.push(Slot::Invalid);
                continue;
            }
            seen.push((text, name.span));
            let here = self.env.scopes.last().and_then(|scope| scope.get(text));
            match here.map(|declared| declared.entity.clone()) {
                Some(Entity::Var(var)) => {
                    self.touch(var);
                    self.mark_written(var);
                    let place = self.var_expr(var, name.span);
                    let invalid = self.is_invalid(place.ty);
                    slots.push(if invalid { Slot::Invalid } else { Slot::Place(place) });
                }
                _ => {
                    new = true;
                    let var = self.new_var(text, self.basic.invalid, name.span);
                    fresh.push((Ident { name: text.clone(), span: name.span }, var));
                    slots.push(Slot::New(var, None));
                }
            }
        }
        if !new {
            self.report(&NameProblem::NoNewVariables { span });
        }
        for (name, var) in fresh {
            self.declare(&name, "variable", Entity::Var(var));
        }
        slots
    }

    /// `var a, b T = x, y` inside a function.
    pub(crate) fn var_stmt(&mut self, decl: &'a ast::VarDecl, out: &mut Vec<p::Stmt>) {
        let ty = decl.ty.as_ref().map(|ty| self.resolve_type(ty));
        let span = decl.span;
        let count = decl.names.len();
        let vars: Vec<VarId> = decl
            .names
            .iter()
            .map(|name| {
                let ty = ty.unwrap_or(self.basic.invalid);
                let var = self.new_var(&name.name, ty, name.span);
                if name.name == "_" {
                    self.exempt(var);
                }
                var
            })
            .collect();
        let values = &decl.values;
        if values.is_empty() {
            let targets = vars.iter().map(|&var| Target::New(var)).collect();
            out.push(p::Stmt { kind: StmtKind::Assign { targets, values: Values::Zero }, span });
        } else {
            let slots: Vec<Slot> = decl
                .names
                .iter()
                .zip(&vars)
                .map(
                    |(name, &var)| {
                        if name.name == "_" && ty.is_none() { Slot::Blank } else { Slot::New(var, ty) }
                    },
                )
                .collect();
            let names_span = decl.names.first().zip(decl.names.last());
            let names_span = names_span.map_or(span, |(first, last)| first.span.to(last.span));
            if values.len() == 1 && count > 1 {
                let several = values.first().and_then(|value| self.several(value, count, names_span));
                match several {
                    Some((expr, types)) => self.assign_several(slots, expr, &types, span, out),
                    None => self.poison_slots(&slots),
                }
            } else {
                let operands: Vec<Operand> = values.iter().map(|value| self.value(value)).collect();
                if self.counts_match(count, values.len(), names_span) {
                    self.assign_each(slots, operands, span, out);
                } else {
                    self.poison_slots(&slots);
                }
            }
        }
        for (name, &var) in decl.names.iter().zip(&vars) {
            self.declare(name, "variable", Entity::Var(var));
        }
    }

    /// The initialiser of package variables.
    pub(crate) fn var_values(
        &mut self,
        vars: &[VarId],
        ty: Option<TypeId>,
        values: &'a [ast::Expr],
        span: Span,
    ) -> Values {
        let Some(value) = values.first() else { return Values::Zero };
        if let [var] = vars {
            let operand = self.value(value);
            let expr = match ty {
                Some(ty) => self.assign(operand, ty, "the declaration"),
                None => self.with_default(operand),
            };
            if ty.is_none() {
                self.set_var_type(*var, expr.ty);
            }
            return Values::Each(vec![expr]);
        }
        let Some((expr, types)) = self.several(value, vars.len(), span) else { return Values::Zero };
        for (&var, &own) in vars.iter().zip(&types) {
            if ty.is_none() {
                self.set_var_type(var, own);
            }
        }
        match ty {
            Some(ty) if types.iter().any(|&own| own != ty) => self.converted_tuple(expr, &types, ty, span),
            _ => Values::Tuple(expr),
        }
    }

    /// `func() (T, T) { a, b := f(); return a, b }()`: each value converted on the way.
    fn converted_tuple(&mut self, expr: p::Expr, types: &[TypeId], ty: TypeId, span: Span) -> Values {
        let wrapper = super::checker::blank_func("init".to_string(), "main.init".to_string(), span, true);
        let id = self.new_func(wrapper);
        self.env.functions.push(super::scope::FunctionContext::new(id));
        let temps: Vec<VarId> = types.iter().map(|&ty| self.temp(ty, span)).collect();
        let results: Vec<VarId> = types.iter().map(|_| self.temp(ty, span)).collect();
        let values = temps
            .iter()
            .map(|&var| {
                let operand = self.variable(var, span);
                self.assign(operand, ty, "the declaration")
            })
            .collect();
        self.env.functions.pop();
        let targets = temps.iter().map(|&var| Target::New(var)).collect();
        let body = vec![
            p::Stmt { kind: StmtKind::Assign { targets, values: Values::Tuple(expr) }, span },
            p::Stmt { kind: StmtKind::Return(Some(Values::Each(values))), span },
        ];
        let results_types = vec![ty; types.len()];
        let full =
            super::types::FuncType { params: Vec::new(), results: results_types.clone(), variadic: false };
        let full = self.types.intern(Type::Func(full));
        if let Some(func) = self.funcs.get_mut(id.index()) {
            func.ty = full;
            func.results = results;
            func.body = body;
        }
        let ty = self.tuple(results_types);
        let call = p::Call { callee: p::Callee::Closure(id), args: Vec::new(), span, ty };
        Values::Tuple(p::Expr { ty, span, kind: ExprKind::Call(Box::new(call)) })
    }

    // ---- = ----

    pub(crate) fn assign_stmt(
        &mut self,
        targets: &'a [ast::Expr],
        values: &'a [ast::Expr],
        span: Span,
        out: &mut Vec<p::Stmt>,
    ) {
        let targets_span = match (targets.first(), targets.last()) {
            (Some(first), Some(last)) => first.span.to(last.span),
            _ => span,
        };
        let slots: Vec<Slot> = targets.iter().map(|target| self.target(target)).collect();
        if values.len() == 1 && targets.len() > 1 {
            let several = values.first().and_then(|value| self.several(value, targets.len(), targets_span));
            if let Some((expr, types)) = several {
                self.assign_several(slots, expr, &types, span, out);
            }
            return;
        }
        let operands: Vec<Operand> = values.iter().map(|value| self.value(value)).collect();
        if self.counts_match(targets.len(), values.len(), targets_span) {
            self.assign_each(slots, operands, span, out);
        }
    }

    /// What may stand on the left of `=`.
    pub(crate) fn target(&mut self, target: &'a ast::Expr) -> Slot {
        let mut inner = target;
        while let ast::ExprKind::Paren(next) = &inner.kind {
            inner = next;
        }
        if let ast::ExprKind::Name(name) = &inner.kind {
            if name == "_" {
                return Slot::Blank;
            }
            if let Some(Entity::Var(var)) = self.lookup(name, inner.span) {
                // Writing alone is no use.
                self.touch(var);
                self.mark_written(var);
                let place = self.var_expr(var, target.span);
                return if self.is_invalid(place.ty) { Slot::Invalid } else { Slot::Place(place) };
            }
        }
        let operand = self.expr(inner);
        match operand.mode {
            Mode::Invalid => Slot::Invalid,
            Mode::Place | Mode::MapElement => {
                if let Some(var) = self.base_var(&operand.kind) {
                    self.mark_written(var);
                }
                Slot::Place(self.expr_of(operand))
            }
            _ => {
                let why = match (&operand.mode, &operand.kind) {
                    (Mode::Const(_), _) => "a constant",
                    (_, ExprKind::Func(_)) => "a function",
                    (_, ExprKind::Field(inner, _)) if matches!(inner.kind, ExprKind::MapIndex { .. }) => {
                        "a field of a map's element: assign the whole element"
                    }
                    (Mode::Type, _) => "a type",
                    _ => "a value that is nowhere stored",
                };
                let written = expr_text(target);
                self.report(&TypeProblem::NotAPlace { span: target.span, written, why });
                Slot::Invalid
            }
        }
    }

    // ---- both ----

    /// One value for each target.
    fn assign_each(&mut self, slots: Vec<Slot>, operands: Vec<Operand>, span: Span, out: &mut Vec<p::Stmt>) {
        let mut targets = Vec::new();
        let mut values = Vec::new();
        for (slot, operand) in slots.into_iter().zip(operands) {
            match slot {
                Slot::Blank => {
                    values.push(self.with_default(operand));
                    targets.push(Target::Blank);
                }
                Slot::New(var, Some(ty)) => {
                    values.push(self.assign(operand, ty, "the declaration"));
                    targets.push(Target::New(var));
                }
                Slot::New(var, None) => {
                    let value = self.with_default(operand);
                    if self.is_invalid(value.ty) {
                        self.exempt(var);
                    }
                    self.set_var_type(var, value.ty);
                    values.push(value);
                    targets.push(Target::New(var));
                }
                Slot::Place(place) => {
                    values.push(self.assign(operand, place.ty, "the assignment"));
                    targets.push(Target::Place(place));
                }
                Slot::Invalid => {}
            }
        }
        out.push(p::Stmt { kind: StmtKind::Assign { targets, values: Values::Each(values) }, span });
    }

    /// All targets from one expression.
    pub(crate) fn assign_several(
        &mut self,
        slots: Vec<Slot>,
        expr: p::Expr,
        types: &[TypeId],
        span: Span,
        out: &mut Vec<p::Stmt>,
    ) {
        let value_span = expr.span;
        let mut targets = Vec::new();
        let mut after = Vec::new();
        for (slot, &ty) in slots.into_iter().zip(types) {
            let (target, stmt) = self.receive_into(slot, ty, value_span, span);
            targets.push(target);
            after.extend(stmt);
        }
        out.push(p::Stmt { kind: StmtKind::Assign { targets, values: Values::Tuple(expr) }, span });
        out.append(&mut after);
    }

    /// The target for one of several values of type `ty`; where it needs a conversion the
    /// value goes into a variable of its own first, and the statement that follows converts it.
    pub(crate) fn receive_into(
        &mut self,
        slot: Slot,
        ty: TypeId,
        value_span: Span,
        span: Span,
    ) -> (Target, Option<p::Stmt>) {
        let (wanted, target) = match slot {
            Slot::Blank | Slot::Invalid => return (Target::Blank, None),
            Slot::New(var, None) => {
                self.set_var_type(var, ty);
                return (Target::New(var), None);
            }
            Slot::New(var, Some(wanted)) => (wanted, Target::New(var)),
            Slot::Place(place) => (place.ty, Target::Place(place)),
        };
        if wanted == ty || self.is_invalid(wanted) {
            return (target, None);
        }
        let temp = self.temp(ty, value_span);
        let operand = self.variable(temp, value_span);
        let value = if ty == self.basic.bool && matches!(self.types.underlying(wanted), Type::Bool) {
            // The `ok` of a comma-ok form is untyped in Go.
            let inner = self.expr_of(operand);
            p::Expr { ty: wanted, span: value_span, kind: ExprKind::Convert(Box::new(inner)) }
        } else {
            self.assign(operand, wanted, "the assignment")
        };
        let kind = StmtKind::Assign { targets: vec![target], values: Values::Each(vec![value]) };
        (Target::New(temp), Some(p::Stmt { kind, span }))
    }

    /// `x op= y`, `x++`.
    pub(crate) fn assign_op(
        &mut self,
        target: &'a ast::Expr,
        op: BinaryOp,
        value: Operand,
        span: Span,
        out: &mut Vec<p::Stmt>,
    ) {
        let place = self.value(target);
        if place.is_invalid() || value.is_invalid() {
            return;
        }
        if !matches!(place.mode, Mode::Place | Mode::MapElement) {
            let written = expr_text(target);
            let problem =
                TypeProblem::NotAPlace { span: target.span, written, why: "a value that is nowhere stored" };
            self.report(&problem);
            return;
        }
        if let Some(var) = self.base_var(&place.kind) {
            self.mark_written(var);
        }
        let result = self.combine(op, span, place, value, span);
        let ExprKind::Binary(op, left, right) = result.kind else { return };
        out.push(p::Stmt { kind: StmtKind::AssignOp { target: *left, op, value: *right }, span });
    }
}
