//! Statements: the simple ones, `go`, `defer`, `return`, jumps, labels, `idle`.
//!
//! In: a block's syntax. Out: typed statements. Loops and branches are in files of
//! their own; statements that declare open no scope, blocks do.

use super::checker::Checker;
use super::constant::Const;
use super::operand::{Mode, Operand};
use super::overlay::{ItemKind, flatten_consts};
use super::problem::{LanguageProblem, ModelProblem, NameProblem, StatementProblem, TypeProblem};
use super::program::{self as p, Builtin, Callee, ExprKind, LabelId, Method, StmtKind, Values};
use super::scope::{Entity, Frame, LabelUse};
use super::types::{ChanDir, Type};
use crate::diag::{Problems, did_you_mean};
use crate::source::Span;
use crate::syntax::ast::{self, BinaryOp};

impl<'a> Checker<'a> {
    /// The statements of a block whose scope is open.
    pub(crate) fn stmts(&mut self, stmts: &'a [ast::Stmt]) -> Vec<p::Stmt> {
        let mut out = Vec::with_capacity(stmts.len());
        for stmt in stmts {
            self.stmt(stmt, &mut out);
        }
        out
    }

    /// A block with a scope of its own.
    pub(crate) fn block(&mut self, block: &'a ast::Block) -> Vec<p::Stmt> {
        self.scoped(|checker| checker.stmts(&block.stmts))
    }

    pub(crate) fn stmt(&mut self, stmt: &'a ast::Stmt, out: &mut Vec<p::Stmt>) {
        self.labeled_stmt(stmt, None, out);
    }

    fn labeled_stmt(&mut self, stmt: &'a ast::Stmt, label: Option<String>, out: &mut Vec<p::Stmt>) {
        let span = stmt.span;
        let done = self.deeper(span, |checker| checker.stmt_inner(stmt, label, out));
        debug_assert!(done.is_some() || self.problems.has_errors());
    }

    fn stmt_inner(&mut self, stmt: &'a ast::Stmt, label: Option<String>, out: &mut Vec<p::Stmt>) {
        let span = stmt.span;
        let mut push = |kind: StmtKind| out.push(p::Stmt { kind, span });
        match &stmt.kind {
            ast::StmtKind::Empty | ast::StmtKind::Error => {}
            ast::StmtKind::Expr(expr) => {
                if let Some(expr) = self.expr_stmt(expr) {
                    push(StmtKind::Expr(expr));
                }
            }
            ast::StmtKind::Send { channel, value } => {
                if let Some((channel, value)) = self.send(channel, value) {
                    push(StmtKind::Send { channel, value });
                }
            }
            ast::StmtKind::IncDec { target, increment } => {
                let one = self.constant(Const::Int(1), self.basic.untyped_int, span);
                let op = if *increment { BinaryOp::Add } else { BinaryOp::Sub };
                self.assign_op(target, op, one, span, out);
            }
            ast::StmtKind::Assign { targets, op: None, values } => {
                self.assign_stmt(targets, values, span, out);
            }
            ast::StmtKind::Assign { targets, op: Some(op), values } => {
                if let ([target], [value]) = (targets.as_slice(), values.as_slice()) {
                    let value = self.value(value);
                    self.assign_op(target, *op, value, span, out);
                } else {
                    let (targets, values) = (targets.len(), values.len());
                    self.report(&StatementProblem::AssignCount { span, targets, values });
                }
            }
            ast::StmtKind::Define { names, values } => self.define(names, values, span, out),
            ast::StmtKind::Var(decl) => self.var_stmt(decl, out),
            ast::StmtKind::Const(group) => self.const_stmt(group),
            ast::StmtKind::Type(decl) => self.type_stmt(decl),
            ast::StmtKind::Go(call) => {
                if let Some(call) = self.started_call(call, "go") {
                    push(StmtKind::Go(call));
                }
            }
            ast::StmtKind::Defer(call) => {
                if let Some(call) = self.started_call(call, "defer") {
                    push(StmtKind::Defer(call));
                }
            }
            ast::StmtKind::Return(values) => self.return_stmt(values, span, out),
            ast::StmtKind::Break(target) => {
                if let Some(label) = self.jump(target.as_ref(), "break", span) {
                    self.broken.insert(label);
                    push(StmtKind::Break(label));
                }
            }
            ast::StmtKind::Continue(target) => {
                if let Some(label) = self.jump(target.as_ref(), "continue", span) {
                    push(StmtKind::Continue(label));
                }
            }
            ast::StmtKind::Goto(label) => {
                if let Some(function) = self.function_mut() {
                    function.gotos.push(label.name.clone());
                }
                self.report(&LanguageProblem::Goto { span, label: label.name.clone() });
            }
            ast::StmtKind::Fallthrough => {
                self.report(&StatementProblem::Fallthrough { span, why: "not the end of a `switch` case" });
            }
            ast::StmtKind::Block(block) => {
                let stmts = self.block(block);
                push(StmtKind::Block(stmts));
            }
            ast::StmtKind::If(stmt) => {
                let kind = self.if_stmt(stmt);
                push(kind);
            }
            ast::StmtKind::Switch(stmt) => self.switch_stmt(stmt, label, span, out),
            ast::StmtKind::TypeSwitch(stmt) => self.type_switch(stmt, label, span, out),
            ast::StmtKind::Select(stmt) => {
                let kind = self.select_stmt(stmt, label);
                push(kind);
            }
            ast::StmtKind::For(stmt) => self.for_stmt(stmt, label, span, out),
            ast::StmtKind::Labeled { label, stmt } if self.in_library() && is_own_label(&label.name) => {
                let mut inner = Vec::new();
                self.stmt(stmt, &mut inner);
                out.extend(inner.pop().map(|inner| p::Stmt { kind: library_kind(inner.kind), span }));
            }
            ast::StmtKind::Labeled { label, stmt } => {
                self.declare_label(label);
                self.labeled_stmt(stmt, Some(label.name.clone()), out);
            }
            ast::StmtKind::Choose { cases, .. } => {
                let cases = cases
                    .iter()
                    .map(|case| (self.scoped(|checker| checker.stmts(&case.body)), case.span))
                    .collect();
                push(StmtKind::Choose(cases));
            }
            ast::StmtKind::Idle(inner) => self.idle(inner, label, span, out),
        }
    }

    // ---- expressions as statements ----

    fn expr_stmt(&mut self, expr: &'a ast::Expr) -> Option<p::Expr> {
        let operand = self.expr(expr);
        if operand.is_invalid() {
            return None;
        }
        let what = match (&operand.mode, &operand.kind) {
            (Mode::Value, ExprKind::Call(call)) => match discards(&call.callee) {
                Some(name) => format!("the result of `{name}`"),
                None => return Some(self.expr_of(operand)),
            },
            (Mode::CommaOk, ExprKind::Recv { .. }) => return Some(self.expr_of(operand)),
            (Mode::Type | Mode::Package(_) | Mode::Word(_), _) => {
                self.single(operand);
                return None;
            }
            (Mode::Value, ExprKind::Alloc(_)) => "this pointer".to_string(),
            (Mode::Value, ExprKind::Closure(_)) => {
                let what = "this function literal".to_string();
                self.report(&StatementProblem::Unused { span: expr.span, what });
                return None;
            }
            _ => "this value".to_string(),
        };
        self.report(&StatementProblem::Unused { span: expr.span, what });
        None
    }

    pub(crate) fn send(
        &mut self,
        channel: &'a ast::Expr,
        value: &'a ast::Expr,
    ) -> Option<(p::Expr, p::Expr)> {
        let channel = self.value(channel);
        let value = self.value(value);
        if channel.is_invalid() {
            return None;
        }
        let elem = self.channel_element(&channel, ChanDir::Recv, "send to")?;
        let value = self.assign(value, elem, "the send");
        Some((self.expr_of(channel), value))
    }

    /// The call of a `go` or `defer`.
    fn started_call(&mut self, expr: &'a ast::Expr, word: &'static str) -> Option<p::Call> {
        let operand = self.expr(expr);
        if operand.is_invalid() {
            return None;
        }
        let what = match operand.kind {
            ExprKind::Call(call) if matches!(operand.mode, Mode::Value) => match discards(&call.callee) {
                Some(name) => format!("`{name}`, whose result is its only use"),
                None => return Some(*call),
            },
            ExprKind::Any { .. } => "a choice, whose result is its only use".to_string(),
            _ if matches!(expr.kind, ast::ExprKind::Call { .. }) => "a conversion".to_string(),
            _ => "a value".to_string(),
        };
        self.report(&TypeProblem::NotStartable { span: expr.span, word, what });
        None
    }

    // ---- declarations ----

    fn const_stmt(&mut self, group: &'a ast::ConstGroup) {
        let mut items = Vec::new();
        let mut problems = Problems::default();
        flatten_consts(group, &mut items, &mut problems);
        self.problems.append(problems);
        let outer = self.env.iota;
        for item in items {
            let ItemKind::Const { ty, value, iota } = item.kind else { continue };
            self.env.iota = Some(iota);
            let entity = self.const_entity(&item.name.name, item.name.span, ty, value);
            self.declare(item.name, "constant", entity);
        }
        self.env.iota = outer;
    }

    fn type_stmt(&mut self, decl: &'a ast::TypeDecl) {
        if decl.alias {
            let ty = self.resolve_type(&decl.ty);
            self.declare(&decl.name, "type", Entity::Type(ty));
            return;
        }
        let (ty, index) = self.begin_type(decl.name.name.clone(), decl.name.span);
        self.declare(&decl.name, "type", Entity::Type(ty));
        self.define_type(index, &decl.ty);
        self.finish_types();
    }

    // ---- return ----

    fn return_stmt(&mut self, values: &'a [ast::Expr], span: Span, out: &mut Vec<p::Stmt>) {
        let function = self.function().and_then(|function| self.funcs.get(function.id.index()));
        let Some(func) = function else { return };
        let (named, results) = (func.named_results, func.results.clone());
        let func_span = func.span;
        let types: Vec<_> =
            results.iter().filter_map(|var| self.vars.get(var.index())).map(|var| var.ty).collect();
        let mut push = |kind: StmtKind| out.push(p::Stmt { kind, span });
        if values.is_empty() {
            if results.is_empty() {
                push(StmtKind::Return(None));
            } else if named {
                self.check_hidden_results(&results, span);
                push(StmtKind::Return(None));
            } else {
                let at = self.results_span(&results, func_span);
                self.report(&StatementProblem::ReturnCount { span, have: 0, want: results.len(), at });
            }
            return;
        }
        if let ([value], true) = (values, results.len() != 1) {
            let operand = self.expr(value);
            if operand.is_invalid() {
                return;
            }
            let tuple = match self.types.get(operand.ty) {
                Type::Tuple(own) if matches!(operand.mode, Mode::Value) && !own.is_empty() => own.clone(),
                _ => {
                    let operand = self.single(operand);
                    if !operand.is_invalid() {
                        let at = self.results_span(&results, func_span);
                        self.report(&StatementProblem::ReturnCount {
                            span,
                            have: 1,
                            want: results.len(),
                            at,
                        });
                    }
                    return;
                }
            };
            if tuple.len() != results.len() {
                let at = self.results_span(&results, func_span);
                let (have, want) = (tuple.len(), results.len());
                self.report(&StatementProblem::ReturnCount { span, have, want, at });
                return;
            }
            let expr = self.expr_of(operand);
            if tuple == types {
                push(StmtKind::Return(Some(Values::Tuple(expr))));
                return;
            }
            // Each value is converted on its way out.
            let temps: Vec<p::VarId> = tuple.iter().map(|&ty| self.temp(ty, value.span)).collect();
            let targets = temps.iter().map(|&var| p::Target::New(var)).collect();
            push(StmtKind::Assign { targets, values: Values::Tuple(expr) });
            let mut converted = Vec::new();
            for (&var, &ty) in temps.iter().zip(&types) {
                let operand = self.variable(var, value.span);
                converted.push(self.assign(operand, ty, "the returned value"));
            }
            push(StmtKind::Return(Some(Values::Each(converted))));
            return;
        }
        let operands: Vec<Operand> = values.iter().map(|value| self.value(value)).collect();
        if operands.len() != results.len() {
            let at = self.results_span(&results, func_span);
            let (have, want) = (operands.len(), results.len());
            let extra = values.get(want).map_or(span, |value| value.span);
            self.report(&StatementProblem::ReturnCount { span: extra, have, want, at });
            return;
        }
        let mut converted = Vec::new();
        for (operand, &ty) in operands.into_iter().zip(&types) {
            converted.push(self.assign(operand, ty, "the returned value"));
        }
        push(StmtKind::Return(Some(Values::Each(converted))));
    }

    fn results_span(&self, results: &[p::VarId], func: Span) -> Span {
        let spans = results.iter().filter_map(|var| self.vars.get(var.index())).map(|var| var.span);
        spans.reduce(Span::to).unwrap_or(Span { start: func.start, end: func.start.saturating_add(4) })
    }

    /// A bare `return` where an inner variable has the name of a result.
    fn check_hidden_results(&mut self, results: &[p::VarId], span: Span) {
        for &result in results {
            let Some(name) = self.vars.get(result.index()).map(|var| var.name.clone()) else { continue };
            let found = self.env.scopes.iter().rev().find_map(|scope| scope.get(&name));
            let Some(declared) = found else { continue };
            let same = matches!(declared.entity, Entity::Var(var) if var == result);
            if !same && name != "_" {
                let at = declared.span;
                self.report(&StatementProblem::ShadowedResult { span, name, at });
            }
        }
    }

    // ---- labels and jumps ----

    fn declare_label(&mut self, label: &ast::Ident) {
        let Some(function) = self.function_mut() else { return };
        let first = function.labels.iter().find(|other| other.name == label.name).map(|other| other.span);
        if let Some(first) = first {
            let (span, name) = (label.span, label.name.clone());
            self.report(&NameProblem::Redeclared { span, first, what: "label", name });
            return;
        }
        function.labels.push(LabelUse { name: label.name.clone(), span: label.span, used: false });
    }

    fn use_label(&mut self, name: &str) {
        let labels = self.function_mut().map(|function| &mut function.labels);
        if let Some(label) = labels.and_then(|labels| labels.iter_mut().find(|label| label.name == name)) {
            label.used = true;
        }
    }

    /// Where a `break` or `continue` leads.
    fn jump(&mut self, target: Option<&ast::Ident>, word: &'static str, span: Span) -> Option<LabelId> {
        let frames = self.function().map(|function| function.frames.clone()).unwrap_or_default();
        let fits = |frame: &&Frame| word == "break" || frame.is_loop;
        let Some(target) = target else {
            let found = frames.iter().rev().find(fits).map(|frame| frame.id);
            if found.is_none() {
                self.report(&StatementProblem::Outside { span, word });
            }
            return found;
        };
        self.use_label(&target.name);
        let named = |frame: &&Frame| frame.label.as_ref() == Some(&target.name);
        if let Some(frame) = frames.iter().rev().find(|frame| named(frame) && fits(frame)) {
            return Some(frame.id);
        }
        let exists = self
            .function()
            .is_some_and(|function| function.labels.iter().any(|label| label.name == target.name));
        let known = frames.iter().filter(fits).filter_map(|frame| frame.label.as_deref());
        let meant = did_you_mean(&target.name, known).map(str::to_string);
        let (span, name) = (target.span, target.name.clone());
        self.report(&StatementProblem::UnknownLabel { span, word, name, meant, exists });
        None
    }

    /// Runs `work` inside a statement that `break` (and `continue`, for loops) may leave.
    pub(crate) fn framed<T>(
        &mut self,
        label: Option<String>,
        is_loop: bool,
        work: impl FnOnce(&mut Self, LabelId) -> T,
    ) -> T {
        let id = self.new_label();
        if let Some(function) = self.function_mut() {
            function.frames.push(Frame { id, label, is_loop });
        }
        let result = work(self, id);
        if let Some(function) = self.function_mut() {
            function.frames.pop();
        }
        result
    }

    // ---- idle ----

    fn idle(&mut self, inner: &'a ast::Stmt, label: Option<String>, span: Span, out: &mut Vec<p::Stmt>) {
        let before = self.problems.len();
        let mut stmts = Vec::new();
        self.labeled_stmt(inner, label, &mut stmts);
        let mut stmts = stmts.into_iter();
        let Some(first) = stmts.next() else {
            if self.problems.len() == before {
                self.report(&ModelProblem::Idle { span: inner.span, what: "nothing" });
            }
            return;
        };
        if self.problems.len() == before
            && let Some(what) = cannot_wait(&self.funcs, &first)
        {
            self.report(&ModelProblem::Idle { span: inner.span, what });
        }
        out.push(p::Stmt { kind: StmtKind::Idle(Box::new(first)), span });
        out.extend(stmts);
    }
}

/// The builtin whose result is all it is for.
fn discards(callee: &Callee) -> Option<&'static str> {
    match callee {
        Callee::Builtin(builtin) => match builtin {
            Builtin::Append => Some("append"),
            Builtin::Cap => Some("cap"),
            Builtin::Len => Some("len"),
            Builtin::Make => Some("make"),
            Builtin::Max => Some("max"),
            Builtin::Min => Some("min"),
            Builtin::Clear
            | Builtin::Close
            | Builtin::Copy
            | Builtin::Delete
            | Builtin::Panic
            | Builtin::Recover
            | Builtin::Assert
            | Builtin::Discard
            | Builtin::Sprint(_)
            | Builtin::Exit
            | Builtin::Goexit
            | Builtin::EndTest
            | Builtin::Yield => None,
        },
        Callee::Func(_) | Callee::Closure(_) | Callee::Method { .. } | Callee::Value(_) => None,
    }
}

/// Labels that say more in library files: `atomic: { … }` is one step, `await: if cond { … }` one that waits for
/// `cond`, `environment: go f()` starts what the environment does.
fn is_own_label(name: &str) -> bool {
    matches!(name, "atomic" | "await" | "environment")
}

/// The statement after such a label.
fn library_kind(kind: StmtKind) -> StmtKind {
    match kind {
        StmtKind::Go(call) => StmtKind::Environment(call),
        StmtKind::Block(body) => StmtKind::Atomic { guard: None, body },
        StmtKind::If { mut arms, otherwise: None } if arms.len() == 1 => {
            let arm = arms.remove(0);
            StmtKind::Atomic { guard: Some(arm.cond), body: arm.body }
        }
        other => other,
    }
}

/// What the statement is, if it never waits by itself.
fn cannot_wait(funcs: &[p::Func], stmt: &p::Stmt) -> Option<&'static str> {
    match &stmt.kind {
        StmtKind::Send { .. } | StmtKind::Select { .. } => None,
        StmtKind::Range(range) if range.over == p::RangeOver::Chan => None,
        StmtKind::Range(_) => Some("a `range` that is not over a channel"),
        StmtKind::Expr(expr) => expr_cannot_wait(funcs, expr),
        StmtKind::Assign { values: Values::Each(values), .. } => {
            let why = values.iter().map(|value| expr_cannot_wait(funcs, value));
            why.reduce(std::option::Option::and).unwrap_or(Some("an assignment"))
        }
        StmtKind::Assign { values: Values::Tuple(value), .. } => expr_cannot_wait(funcs, value),
        StmtKind::Assign { values: Values::Zero, .. } => Some("a declaration"),
        StmtKind::AssignOp { .. } => Some("an assignment"),
        StmtKind::Go(_) | StmtKind::Environment(_) => Some("`go`"),
        StmtKind::Defer(_) => Some("`defer`"),
        StmtKind::Return(_) => Some("`return`"),
        StmtKind::Break(_) | StmtKind::Continue(_) => Some("a jump"),
        StmtKind::Block(_) => Some("a block"),
        StmtKind::If { .. } => Some("`if`"),
        StmtKind::Switch { .. } | StmtKind::TypeSwitch { .. } => Some("`switch`"),
        StmtKind::For(_) => Some("a `for` that is not over a channel"),
        StmtKind::Choose(_) => Some("`choose`"),
        StmtKind::Idle(_) => Some("`idle`"),
        StmtKind::Atomic { .. } => Some("an atomic step"),
    }
}

fn expr_cannot_wait(funcs: &[p::Func], expr: &p::Expr) -> Option<&'static str> {
    match &expr.kind {
        ExprKind::Recv { .. } => None,
        ExprKind::Convert(inner) | ExprKind::ToInterface(inner) => expr_cannot_wait(funcs, inner),
        ExprKind::Call(call) => match &call.callee {
            Callee::Method { method: Method::Primitive { name, method }, .. } => {
                let method = crate::sync::find(name).and_then(|primitive| primitive.method(method));
                let waits = method.is_some_and(|method| !method.woken_by.is_empty());
                if waits { None } else { Some("a call that does not wait") }
            }
            // `Cond.Wait`, `Once.Do`: of the library, so its waits are those of the call.
            Callee::Method { method: Method::Func(func), .. }
                if funcs.get(func.index()).is_some_and(|func| func.library) =>
            {
                None
            }
            // Lock of an interface: the dynamic type decides.
            Callee::Method { method: Method::Interface(_), .. } => None,
            _ => Some("a call: it covers no waits inside the function"),
        },
        _ => Some("an expression"),
    }
}
