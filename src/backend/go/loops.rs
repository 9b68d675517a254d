//! `for` in Go 1.19: a range over an integer is written out, and a variable of the header
//! that somebody keeps is copied, one per iteration.

use super::helpers::Helper;
use super::stmt::declared;
use super::writer::Writer;
use crate::source::Span;
use crate::syntax::ast::{Block, Expr, ExprKind, For, ForHeader, Stmt, StmtKind};

impl Writer<'_> {
    pub(super) fn for_loop(&mut self, stmt: &For) {
        match &stmt.header {
            ForHeader::Forever => {
                self.text("for ");
                self.loop_body(&stmt.body, &[]);
            }
            ForHeader::While(cond) => {
                self.text("for ");
                self.condition(cond);
                self.text(" ");
                self.loop_body(&stmt.body, &[]);
            }
            ForHeader::Clauses { init, cond, post } => {
                self.clauses(stmt, init.as_deref(), cond.as_ref(), post.as_deref());
            }
            ForHeader::Range { key, value, define, subject } => {
                let targets = [key.as_ref(), value.as_ref()];
                if self.facts.int_ranges.contains_key(&stmt.header_span) {
                    self.int_range(stmt, key.as_ref(), *define, subject);
                } else {
                    self.range(stmt, targets, *define, subject);
                }
            }
        }
    }

    fn loop_body(&mut self, block: &Block, first: &[String]) {
        let mut prelude = first.to_vec();
        if self.options.yields {
            prelude.push(format!("{}()", self.helper(Helper::Yield)));
        }
        self.braces(block, &prelude);
    }

    fn clauses(&mut self, stmt: &For, init: Option<&Stmt>, cond: Option<&Expr>, post: Option<&Stmt>) {
        let names = init.map(declared).unwrap_or_default();
        let kept: Vec<&str> = self.kept(&names);
        if names.iter().any(|(name, span)| kept.contains(name) && self.facts.changed.contains(span)) {
            self.carried(stmt, init, cond, post);
            return;
        }
        self.text("for ");
        if init.is_some() || post.is_some() {
            if let Some(init) = init {
                self.simple(init);
            }
            self.text("; ");
            if let Some(cond) = cond {
                self.condition(cond);
            }
            self.text(";");
            if let Some(post) = post {
                self.text(" ");
                self.simple(post);
            }
            self.text(" ");
        } else if let Some(cond) = cond {
            self.condition(cond);
            self.text(" ");
        }
        let mut first = self.unused(&names);
        first.extend(kept.iter().map(|name| format!("{name} := {name}")));
        self.loop_body(&stmt.body, &first);
    }

    /// A variable that is both kept and changed by the body: the next iteration's copy is made from this one's.
    fn carried(&mut self, stmt: &For, init: Option<&Stmt>, cond: Option<&Expr>, post: Option<&Stmt>) {
        let names: Vec<&str> = init.map(declared).unwrap_or_default().iter().map(|(name, _)| *name).collect();
        let real: Vec<&str> = names.into_iter().filter(|name| *name != "_").collect();
        let last: Vec<String> = real.iter().map(|name| format!("{}Last{name}", self.prefix)).collect();
        let again = format!("{}Again", self.prefix);
        // A label belongs to the loop, so what comes before it goes into the header.
        let helper = self.helper(Helper::Carry);
        self.text(&format!("for {}, {again} := ", last.join(", ")));
        if let Some(StmtKind::Define { values, .. }) = init.map(|init| &init.kind) {
            self.list(values, |writer, value| {
                writer.text(&format!("{helper}("));
                writer.expr(value);
                writer.text(")");
            });
        }
        self.text(&format!(", false; ; {again} = true {{"));
        self.newline();
        self.indent();
        let copies: Vec<String> = last.iter().map(|last| format!("*{last}")).collect();
        self.text(&format!("{} := {}", real.join(", "), copies.join(", ")));
        self.newline();
        if let Some(post) = post {
            self.text(&format!("if {again} {{"));
            self.newline();
            self.indent();
            self.simple(post);
            self.newline();
            self.outdent();
            self.text("}");
            self.newline();
        }
        if let Some(cond) = cond {
            self.text("if !(");
            self.condition(cond);
            self.text(") {");
            self.newline();
            self.indent();
            self.text("break");
            self.newline();
            self.outdent();
            self.text("}");
            self.newline();
        }
        let addresses: Vec<String> = real.iter().map(|name| format!("&{name}")).collect();
        self.text(&format!("{} = {}", last.join(", "), addresses.join(", ")));
        self.newline();
        if self.options.yields {
            let helper = self.helper(Helper::Yield);
            self.text(&format!("{helper}()"));
            self.newline();
        }
        self.stmts(&stmt.body.stmts);
        self.outdent();
        self.text("}");
    }

    /// `for i := range n`.
    fn int_range(&mut self, stmt: &For, key: Option<&Expr>, define: bool, subject: &Expr) {
        let ty = self.facts.int_ranges.get(&stmt.header_span).cloned().unwrap_or_default();
        let constant = self.facts.constants.contains(&stmt.header_span);
        let (index, end) = (format!("{}I", self.prefix), format!("{}N", self.prefix));
        let key = key.filter(|key| !matches!(&key.kind, ExprKind::Name(name) if name == "_"));
        let named = key.filter(|_| define).and_then(|key| match &key.kind {
            ExprKind::Name(name) => Some((name.as_str(), key.span)),
            _ => None,
        });
        let names: Vec<(&str, Span)> = named.into_iter().collect();
        // The body may change the variable; that does not change what comes next.
        let changed = named.is_some_and(|(_, span)| self.facts.changed.contains(&span));
        let counter = named.map_or(index, |(name, _)| name.to_string());
        let zero = if ty == "int" { "0".to_string() } else { format!("{ty}(0)") };
        if constant {
            self.text(&format!("for {counter} := {zero}; {counter} < "));
            self.expr_at(subject, 4, 2);
            self.text(&format!("; {counter}++ "));
        } else {
            self.text(&format!("for {counter}, {end} := {zero}, "));
            self.expr_at(subject, 0, 2);
            self.text(&format!("; {counter} < {end}; {counter}++ "));
        }
        let mut first = self.unused(&names);
        if named.is_some_and(|(_, span)| changed || self.facts.own_per_iteration.contains(&span)) {
            first.push(format!("{counter} := {counter}"));
        }
        match key.filter(|_| !define) {
            Some(key) => {
                self.text("{");
                self.newline();
                self.indent();
                self.expr(key);
                self.text(&format!(" = {counter}"));
                self.newline();
                self.stmts(&stmt.body.stmts);
                self.outdent();
                self.text("}");
            }
            None => self.loop_body(&stmt.body, &first),
        }
    }

    fn range(&mut self, stmt: &For, targets: [Option<&Expr>; 2], define: bool, subject: &Expr) {
        self.text("for ");
        let written: Vec<&Expr> = targets.into_iter().flatten().collect();
        if !written.is_empty() {
            self.list(&written, |writer, target| writer.expr_at(target, 0, 2));
            self.text(if define { " := " } else { " = " });
        }
        self.text("range ");
        self.condition(subject);
        self.text(" ");
        let names: Vec<(&str, Span)> = match define {
            true => written
                .iter()
                .filter_map(|target| match &target.kind {
                    ExprKind::Name(name) if name != "_" => Some((name.as_str(), target.span)),
                    _ => None,
                })
                .collect(),
            false => Vec::new(),
        };
        let mut first = self.unused(&names);
        first.extend(self.kept(&names).into_iter().map(|name| format!("{name} := {name}")));
        self.loop_body(&stmt.body, &first);
    }

    /// Those of which each iteration has one of its own.
    fn kept<'n>(&self, names: &[(&'n str, Span)]) -> Vec<&'n str> {
        let kept = names.iter().filter(|(_, span)| self.facts.own_per_iteration.contains(span));
        kept.map(|(name, _)| *name).collect()
    }

    fn unused(&self, names: &[(&str, Span)]) -> Vec<String> {
        let unused = names.iter().filter(|(_, span)| self.facts.unused.contains(span));
        unused.map(|(name, _)| format!("_ = {name}")).collect()
    }
}
