//! Statements.
//!
//! Each begins a line and leaves the line open; blocks end it. `idle` is dropped: in Go nobody
//! minds who waits. `choose` becomes an `if`, in which `break` and `continue` belong to the loop
//! around, as in the model.

use super::expr::symbol;
use super::helpers::Helper;
use super::writer::Writer;
use crate::source::Span;
use crate::syntax::ast::{
    Block, Clause, Comm, Expr, ExprKind, If, Select, Stmt, StmtKind, Switch, TypeSwitch, UnaryOp,
};

impl Writer<'_> {
    /// A function's body: braces on their own lines unless there is nothing between them.
    pub(super) fn body(&mut self, block: &Block, prelude: &[String]) {
        if block.stmts.iter().all(|stmt| matches!(stmt.kind, StmtKind::Empty)) && prelude.is_empty() {
            self.text("{}");
            return;
        }
        self.braces(block, prelude);
        // Deferred calls run at the closing brace.
    }

    pub(super) fn braces(&mut self, block: &Block, prelude: &[String]) {
        self.text("{");
        self.newline();
        self.indent();
        for line in prelude {
            self.text(line);
            self.newline();
        }
        self.stmts(&block.stmts);
        self.outdent();
        if !block.span.is_empty() {
            self.at(Span { start: block.span.end - 1, end: block.span.end });
        }
        self.text("}");
    }

    pub(super) fn stmts(&mut self, list: &[Stmt]) {
        for stmt in list {
            if !matches!(stmt.kind, StmtKind::Empty | StmtKind::Error) {
                self.stmt(stmt);
                self.newline();
            }
        }
    }

    fn stmt(&mut self, stmt: &Stmt) {
        if self.options.yields && is_operation(stmt) {
            self.at(stmt.span);
            let helper = self.helper(Helper::Yield);
            self.text(&format!("{helper}()"));
            self.newline();
        }
        self.without_yield(stmt);
    }

    fn without_yield(&mut self, stmt: &Stmt) {
        self.at(stmt.span);
        match &stmt.kind {
            StmtKind::Var(decl) => self.variables(decl),
            StmtKind::Const(group) => self.constants(group),
            StmtKind::Type(decl) => self.type_declaration(decl),
            StmtKind::Go(call) => {
                self.text("go ");
                self.expr(call);
            }
            StmtKind::Defer(call) => {
                self.text("defer ");
                self.expr(call);
            }
            StmtKind::Return(values) => {
                self.text("return");
                if !values.is_empty() {
                    self.text(" ");
                    self.exprs(values, 1);
                }
            }
            StmtKind::Break(label) => self.jump("break", label.as_ref().map(|label| label.name.as_str())),
            StmtKind::Continue(label) => {
                self.jump("continue", label.as_ref().map(|label| label.name.as_str()));
            }
            StmtKind::Goto(label) => self.jump("goto", Some(&label.name)),
            StmtKind::Fallthrough => self.text("fallthrough"),
            StmtKind::Block(block) => self.braces(block, &[]),
            StmtKind::If(stmt) => self.if_chain(stmt),
            StmtKind::Switch(stmt) => self.switch(stmt),
            StmtKind::TypeSwitch(stmt) => self.type_switch(stmt),
            StmtKind::Select(stmt) => self.select(stmt),
            StmtKind::For(stmt) => self.for_loop(stmt),
            StmtKind::Labeled { label, stmt } => {
                self.outdent();
                self.text(&format!("{}:", label.name));
                self.indent();
                self.newline();
                // A call between a label and its loop would part them.
                self.without_yield(stmt);
            }
            StmtKind::Choose { cases, .. } => self.choose(cases),
            StmtKind::Idle(inner) => self.without_yield(inner),
            StmtKind::Empty
            | StmtKind::Error
            | StmtKind::Expr(_)
            | StmtKind::Send { .. }
            | StmtKind::IncDec { .. }
            | StmtKind::Assign { .. }
            | StmtKind::Define { .. } => self.simple(stmt),
        }
        self.discard(&declared(stmt));
    }

    fn jump(&mut self, word: &str, label: Option<&str>) {
        self.text(word);
        if let Some(label) = label {
            self.text(&format!(" {label}"));
        }
    }

    /// A statement that may stand in a header.
    pub(super) fn simple(&mut self, stmt: &Stmt) {
        match &stmt.kind {
            StmtKind::Expr(expr) => self.expr(expr),
            StmtKind::Send { channel, value } => {
                self.expr(channel);
                self.text(" <- ");
                self.expr(value);
            }
            StmtKind::IncDec { target, increment } => {
                self.expr_at(target, 0, 2);
                self.text(if *increment { "++" } else { "--" });
            }
            StmtKind::Assign { targets, op, values } => {
                let op = op.map_or("=".to_string(), |op| format!("{}=", symbol(op)));
                self.assign(targets, &op, values);
            }
            StmtKind::Define { names, values } => self.assign(names, ":=", values),
            _ => {}
        }
    }

    fn assign(&mut self, targets: &[Expr], op: &str, values: &[Expr]) {
        let depth = if targets.len() > 1 && values.len() > 1 { 2 } else { 1 };
        self.exprs(targets, depth);
        self.text(&format!(" {op} "));
        self.exprs(values, depth);
    }

    /// `_ = x` for those that are never read: goknot warns, Go refuses.
    fn discard(&mut self, names: &[(&str, Span)]) {
        for (name, span) in names {
            if self.facts.unused.contains(span) {
                self.newline();
                self.text(&format!("_ = {name}"));
            }
        }
    }

    /// The same as the first statements of a block.
    pub(super) fn discard_first(&mut self, names: &[(&str, Span)]) {
        for (name, span) in names {
            if self.facts.unused.contains(span) {
                self.text(&format!("_ = {name}"));
                self.newline();
            }
        }
    }

    fn if_chain(&mut self, stmt: &If) {
        for (index, arm) in stmt.arms.iter().enumerate() {
            self.text(if index == 0 { "if " } else { " else if " });
            let mut names = Vec::new();
            if let Some(init) = &arm.init {
                self.simple(init);
                self.text("; ");
                names = declared(init);
            }
            self.condition(&arm.cond);
            self.text(" ");
            self.block_with(&arm.body, &names);
        }
        if let Some(block) = &stmt.otherwise {
            self.text(" else ");
            self.braces(block, &[]);
        }
    }

    /// A block that begins with `_ = x` for the unused ones of `names`.
    fn block_with(&mut self, block: &Block, names: &[(&str, Span)]) {
        let unused = names.iter().filter(|(_, span)| self.facts.unused.contains(span));
        let prelude: Vec<String> = unused.map(|(name, _)| format!("_ = {name}")).collect();
        self.braces(block, &prelude);
    }

    fn switch(&mut self, stmt: &Switch) {
        self.text("switch ");
        if let Some(init) = &stmt.init {
            self.simple(init);
            self.text(";");
            self.text(if stmt.tag.is_some() { " " } else { "" });
        }
        if let Some(tag) = &stmt.tag {
            self.condition(tag);
        }
        self.text(if stmt.tag.is_some() || stmt.init.is_some() { " {" } else { "{" });
        self.newline();
        for case in &stmt.cases {
            self.at(case.clause.span);
            match &case.values {
                Some(values) => {
                    self.text("case ");
                    self.exprs(values, 1);
                    self.text(":");
                }
                None => self.text("default:"),
            }
            self.clause(&case.clause, &[]);
        }
        self.text("}");
    }

    fn type_switch(&mut self, stmt: &TypeSwitch) {
        self.text("switch ");
        if let Some(init) = &stmt.init {
            self.simple(init);
            self.text("; ");
        }
        if let Some(bind) = &stmt.bind
            && !self.facts.unused.contains(&bind.span)
        {
            self.text(&format!("{} := ", bind.name));
        }
        self.expr_at(&stmt.subject, 7, 1);
        self.text(".(type) {");
        self.newline();
        for case in &stmt.cases {
            self.at(case.clause.span);
            match &case.types {
                Some(types) => {
                    self.text("case ");
                    self.list(types, Self::ty);
                    self.text(":");
                }
                None => self.text("default:"),
            }
            self.clause(&case.clause, &[]);
        }
        self.text("}");
    }

    fn select(&mut self, stmt: &Select) {
        self.text("select {");
        if stmt.cases.is_empty() {
            self.text("}");
            return;
        }
        self.newline();
        for case in &stmt.cases {
            self.at(case.comm_span);
            let mut names = Vec::new();
            match &case.comm {
                Comm::Default | Comm::Error => self.text("default"),
                Comm::Send { channel, value } => {
                    self.text("case ");
                    self.expr(channel);
                    self.text(" <- ");
                    self.expr(value);
                }
                Comm::Recv { targets, define, channel } => {
                    self.text("case ");
                    if !targets.is_empty() {
                        self.exprs(targets, 1);
                        self.text(if *define { " := " } else { " = " });
                    }
                    if *define {
                        names = targets.iter().filter_map(name).collect();
                    }
                    self.text("<-");
                    self.expr_at(channel, 6, 1);
                }
            }
            self.text(":");
            self.clause(&case.clause, &names);
        }
        self.text("}");
    }

    fn clause(&mut self, clause: &Clause, names: &[(&str, Span)]) {
        self.newline();
        self.indent();
        self.discard_first(names);
        self.stmts(&clause.body);
        self.outdent();
    }

    fn choose(&mut self, cases: &[Clause]) {
        if let [only] = cases {
            self.text("{");
            self.clause(only, &[]);
            self.text("}");
            return;
        }
        let helper = self.helper(Helper::Choose);
        let count = cases.len();
        let variable = format!("{}Case", self.prefix);
        for (index, case) in cases.iter().enumerate() {
            if index + 1 == count {
                self.text(" else {");
            } else if index > 0 {
                self.text(&format!(" else if {variable} == {index} {{"));
            } else if count == 2 {
                self.text(&format!("if {helper}(2) == 0 {{"));
            } else {
                self.text(&format!("if {variable} := {helper}({count}); {variable} == 0 {{"));
            }
            self.clause(case, &[]);
            self.text("}");
        }
    }
}

fn name(expr: &Expr) -> Option<(&str, Span)> {
    match &expr.kind {
        ExprKind::Name(name) => Some((name, expr.span)),
        _ => None,
    }
}

/// The variables that a statement declares for what follows it.
pub(super) fn declared(stmt: &Stmt) -> Vec<(&str, Span)> {
    match &stmt.kind {
        StmtKind::Define { names, .. } => names.iter().filter_map(name).collect(),
        StmtKind::Var(decl) => decl.names.iter().map(|name| (name.name.as_str(), name.span)).collect(),
        _ => Vec::new(),
    }
}

/// Whether a statement may do more than compute: where other goroutines may come in between.
fn is_operation(stmt: &Stmt) -> bool {
    match &stmt.kind {
        StmtKind::Send { .. } | StmtKind::Select(_) | StmtKind::Go(_) | StmtKind::Switch(_) => true,
        StmtKind::Expr(expr) => has_operation(expr),
        StmtKind::IncDec { target, .. } => has_operation(target) || matches!(target.kind, ExprKind::Name(_)),
        StmtKind::Assign { .. } => true,
        StmtKind::Define { values, .. } | StmtKind::Return(values) => values.iter().any(has_operation),
        StmtKind::Var(decl) => decl.values.iter().any(has_operation),
        StmtKind::If(stmt) => stmt
            .arms
            .iter()
            .any(|arm| has_operation(&arm.cond) || arm.init.as_deref().is_some_and(is_operation)),
        StmtKind::For(_) => true,
        StmtKind::Labeled { stmt, .. } => is_operation(stmt),
        StmtKind::Idle(inner) => is_operation(inner),
        _ => false,
    }
}

/// Whether evaluating `expr` calls or receives.
fn has_operation(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Call { .. } | ExprKind::Unary { op: UnaryOp::Recv, .. } => true,
        ExprKind::Paren(inner)
        | ExprKind::Star(inner)
        | ExprKind::Unary { operand: inner, .. }
        | ExprKind::Selector { operand: inner, .. }
        | ExprKind::TypeAssert { operand: inner, .. }
        | ExprKind::Slice { operand: inner, .. } => has_operation(inner),
        ExprKind::Index { operand: left, index: right } | ExprKind::Binary { left, right, .. } => {
            has_operation(left) || has_operation(right)
        }
        ExprKind::Composite { elements, .. } => elements.iter().any(|element| has_operation(&element.value)),
        ExprKind::Name(_)
        | ExprKind::Int(_)
        | ExprKind::Float(_)
        | ExprKind::Rune(_)
        | ExprKind::String(_)
        | ExprKind::FuncLit(_)
        | ExprKind::Type(_)
        | ExprKind::Error => false,
    }
}
