//! `switch`, `select` and `choose`: statements of clauses.
//!
//! In: their nodes; the grammar has one form of clause for all three. Out: each
//! statement with its own form of clause, and what does not fit it.

use super::super::ast::{
    Clause, Comm, Expr, ExprKind, Select, SelectCase, StmtKind, Switch, SwitchCase, TypeCase, TypeSwitch,
    UnaryOp,
};
use super::super::problem::SyntaxProblem;
use super::cursor::{Children, children};
use super::expressions::is_expr_list;
use super::headers::{Subject, SwitchHeader};
use super::{Builder, Node, Rule};
use crate::source::Span;

/// A clause before its statement gives it a meaning.
struct RawClause<'s> {
    /// What stands between `case` and `:`; `None` for `case:`.
    value: Option<Node<'s>>,
    is_default: bool,
    /// `case …:` without the colon.
    head: Span,
    clause: Clause,
}

impl Builder<'_> {
    pub(super) fn switch_stmt(&self, node: Node) -> StmtKind {
        let start = node.as_span().start();
        let mut parts = children(node);
        let Some(header) = parts.next_if(Rule::header) else { return StmtKind::Error };
        let span = Span::new(start, (self.span(&header).end as usize).max(start + "switch".len()));
        let body_follows = parts.peek() == Some(Rule::clauses);
        let SwitchHeader { init, subject } = self.switch_header(header, body_follows);
        let clauses = self.next_clauses(&mut parts, "this `switch`");
        match subject {
            Subject::Type { bind, subject } => {
                let cases = clauses.into_iter().map(|raw| self.type_case(raw)).collect();
                StmtKind::TypeSwitch(TypeSwitch { init, bind, subject, cases, span })
            }
            Subject::Value(tag) => self.value_switch(init, Some(tag), clauses, span),
            Subject::None => self.value_switch(init, None, clauses, span),
        }
    }

    fn value_switch(
        &self,
        init: Option<Box<super::super::ast::Stmt>>,
        tag: Option<Expr>,
        clauses: Vec<RawClause>,
        span: Span,
    ) -> StmtKind {
        let cases = clauses.into_iter().map(|raw| {
            let values = (!raw.is_default).then(|| self.case_values(raw.value, raw.head));
            SwitchCase { values, clause: raw.clause }
        });
        StmtKind::Switch(Switch { init, tag, cases: cases.collect(), span })
    }

    fn type_case(&self, raw: RawClause) -> TypeCase {
        let types = (!raw.is_default).then(|| {
            let values = self.case_values(raw.value, raw.head);
            values.into_iter().map(|value| self.type_of(value)).collect()
        });
        TypeCase { types, clause: raw.clause }
    }

    /// The values of a `case`.
    fn case_values(&self, value: Option<Node>, head: Span) -> Vec<Expr> {
        let Some(node) = value else {
            self.expected_at(
                head.end as usize,
                "a value",
                Some("write `case value:` or `default:`".to_string()),
            );
            return Vec::new();
        };
        let mut parts = children(node);
        let Some(list) = parts.next_when(is_expr_list) else { return Vec::new() };
        let values = self.expr_list(list);
        if let Some(tail) = parts.next() {
            let hint = "a `case` of a `switch` lists values; sends and receives belong to `select`";
            self.expected_at(tail.as_span().start(), "`,` or `:`", Some(hint.to_string()));
        }
        values
    }

    pub(super) fn select_stmt(&self, node: Node) -> StmtKind {
        let mut parts = children(node);
        let keyword = parts.next_if(Rule::kw_select).map(|word| self.span(&word)).unwrap_or_default();
        let clauses = self.next_clauses(&mut parts, "this `select`");
        let cases = clauses.into_iter().map(|raw| {
            let comm_span = raw.value.as_ref().map_or(raw.head, |value| self.span(value));
            let comm = match raw.value {
                _ if raw.is_default => Comm::Default,
                Some(value) => self.communication(value, comm_span),
                None => self.bad_communication(comm_span),
            };
            SelectCase { comm, comm_span, clause: raw.clause }
        });
        StmtKind::Select(Select { cases: cases.collect(), keyword })
    }

    fn communication(&self, node: Node, span: Span) -> Comm {
        match self.simple(node) {
            StmtKind::Send { channel, value } => Comm::Send { channel, value },
            StmtKind::Expr(expr) => match received(expr) {
                Some(channel) => Comm::Recv { targets: Vec::new(), define: false, channel },
                None => self.bad_communication(span),
            },
            StmtKind::Define { names, values } => self.receive(names, true, values, span),
            StmtKind::Assign { targets, op: None, values } => self.receive(targets, false, values, span),
            StmtKind::Error => Comm::Error,
            _ => self.bad_communication(span),
        }
    }

    fn receive(&self, targets: Vec<Expr>, define: bool, mut values: Vec<Expr>, span: Span) -> Comm {
        let channel = values.pop().filter(|_| values.is_empty()).and_then(received);
        match channel {
            Some(channel) if targets.len() <= 2 => Comm::Recv { targets, define, channel },
            _ => self.bad_communication(span),
        }
    }

    fn bad_communication(&self, span: Span) -> Comm {
        self.report(SyntaxProblem::BadCommunication { span });
        Comm::Error
    }

    pub(super) fn choose_stmt(&self, node: Node) -> StmtKind {
        let span = self.span(&node);
        let clauses = self.next_clauses(&mut children(node), "this `choose`");
        let cases = clauses.into_iter().map(|raw| {
            if raw.is_default || raw.value.is_some() {
                self.report(SyntaxProblem::BadChoice { span: raw.head });
            }
            raw.clause
        });
        StmtKind::Choose { cases: cases.collect(), span }
    }

    /// The next child's clauses.
    fn next_clauses<'n>(&self, parts: &mut Children<'n>, of: &str) -> Vec<RawClause<'n>> {
        let Some(node) = parts.next() else { return Vec::new() };
        if self.is_literal(&node) {
            return Vec::new();
        }
        let clauses = match node.as_rule() {
            Rule::clauses => Some(node),
            _ => self.bad_body(node, Rule::clauses, || of.to_string()),
        };
        let mut found = Vec::new();
        let mut stray = false;
        for item in clauses.into_iter().flat_map(children) {
            match item.as_rule() {
                Rule::clause => found.extend(self.clause(item)),
                Rule::missing_brace => {}
                _ if !stray => {
                    stray = true;
                    self.before_first_case(&item);
                }
                _ => {}
            }
        }
        found
    }

    fn clause<'n>(&self, node: Node<'n>) -> Option<RawClause<'n>> {
        let span = self.span(&node);
        let mut parts = children(node);
        let head = parts.next_if(Rule::clause_head)?;
        let start = head.as_span().start();
        let mut inside = children(head.clone());
        let is_default = inside.next_if(Rule::kw_default).is_some();
        let word = inside.next_if(Rule::kw_case);
        let value = inside.next_if(Rule::simple_stmt);
        let end = match (&value, &word) {
            (Some(value), _) => self.span(value).end as usize,
            (None, Some(word)) => self.span(word).end as usize,
            (None, None) => start + "default".len(),
        };
        if let Some(colon) = inside.next_if(Rule::bad_colon) {
            self.expected(&colon, "`:`");
        }
        let clause = Clause { body: self.statements(parts), span };
        Some(RawClause { value, is_default, head: Span::new(start, end), clause })
    }
}

/// The channel of `<-ch`, in parentheses or not.
fn received(expr: Expr) -> Option<Expr> {
    match expr.kind {
        ExprKind::Unary { op: UnaryOp::Recv, operand } => Some(*operand),
        ExprKind::Paren(inside) => received(*inside),
        _ => None,
    }
}
