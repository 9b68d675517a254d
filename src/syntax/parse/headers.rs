//! The headers of `if`, `for` and `switch`.
//!
//! In: `header` nodes: up to three simple statements between semicolons. Out: the
//! parts in their roles, and the problems of headers that do not fit theirs.

use super::super::ast::{Expr, ExprKind, ForHeader, IfArm, Stmt, StmtKind};
use super::super::problem::{HeaderMistake, SyntaxProblem};
use super::cursor::children;
use super::expressions::is_expr_list;
use super::statements::{is_range, lone_expr};
use super::{Builder, Node, Rule};
use crate::source::Span;

/// A header's parts: one more than it has semicolons.
pub(super) struct Header<'s> {
    pub(super) parts: Vec<Option<Node<'s>>>,
    semicolons: Vec<Span>,
    pub(super) span: Span,
}

impl Builder<'_> {
    pub(super) fn header<'n>(&self, node: Node<'n>) -> Header<'n> {
        let span = self.span(&node);
        let mut header = Header { parts: vec![None], semicolons: Vec::new(), span };
        for part in children(node) {
            if part.as_rule() == Rule::semi {
                header.semicolons.push(self.span(&part));
                header.parts.push(None);
            } else if let Some(last) = header.parts.last_mut() {
                *last = Some(part);
            }
        }
        header
    }

    /// True where the header's last semicolon is the end of a line and nothing follows: the
    /// brace, if there is one, stands on the next line. Reported.
    fn cut_short(&self, header: &Header, body_follows: bool) -> bool {
        let (Some(semicolon), Some(None)) = (header.semicolons.last(), header.parts.last()) else {
            return false;
        };
        let cut = self.is_line_end(semicolon.start as usize) && body_follows;
        if cut {
            let brace = self.place(semicolon.end as usize);
            self.report(SyntaxProblem::BraceOnNextLine { span: brace });
        }
        cut
    }

    /// Reports a header that runs on over the end of a line without reaching a body.
    pub(super) fn runs_on(&self, header: &Header, body_follows: bool, of: &str) -> bool {
        let end = header.semicolons.iter().find(|semicolon| self.is_line_end(semicolon.start as usize));
        let Some(end) = end.filter(|_| !body_follows) else { return false };
        let span = self.place(end.start as usize);
        self.report(SyntaxProblem::MissingBody { span, of: of.to_string() });
        true
    }

    pub(super) fn header_statement(&self, node: Node) -> Box<Stmt> {
        let span = self.span(&node);
        Box::new(Stmt { kind: self.simple(node), span })
    }

    fn bad_header(&self, span: Span, mistake: HeaderMistake) {
        self.report(SyntaxProblem::BadHeader { span, mistake });
    }

    /// `if x := f(); x > 0 { … }`.
    pub(super) fn if_arm(&self, node: Node) -> Option<IfArm> {
        let start = node.as_span().start();
        let mut parts = children(node);
        let mut header = self.header(parts.next_if(Rule::header)?);
        let body_follows = parts.peek() == Some(Rule::block);
        let span = Span::new(start, (header.span.end as usize).max(start + 2));
        let whole = !self.runs_on(&header, body_follows, "this `if`")
            && self.fits_if(&mut header, span, body_follows);
        if !whole {
            let body = self.quiet_body(&mut parts);
            return Some(IfArm { init: None, cond: super::expressions::error_at(span), body, span });
        }
        let cond = header.parts.pop().flatten();
        let init = header.parts.pop().flatten().map(|init| self.header_statement(init));
        let cond = cond.map_or(super::expressions::error_at(span), |cond| self.condition(cond));
        let body = self.next_body(&mut parts, || "this `if`".to_string());
        Some(IfArm { init, cond, body, span })
    }

    fn fits_if(&self, header: &mut Header, span: Span, body_follows: bool) -> bool {
        if self.cut_short(header, body_follows) {
            return false;
        }
        if header.parts.len() > 2 {
            self.bad_header(span, HeaderMistake::IfClauses);
            return false;
        }
        if header.parts.last().is_some_and(Option::is_none) {
            self.bad_header(span, HeaderMistake::NoCondition);
            return false;
        }
        true
    }

    /// A simple statement in the place of a condition.
    fn condition(&self, node: Node) -> Expr {
        let span = self.span(&node);
        match self.simple(node) {
            StmtKind::Expr(cond) => return cond,
            StmtKind::Assign { targets, op: None, values } => {
                let side = |exprs: &[Expr]| {
                    exprs.first().map_or(String::new(), |expr| self.written(expr.span).to_string())
                };
                let (left, right) = (side(&targets), side(&values));
                self.report(SyntaxProblem::AssignmentInCondition { span, left, right });
            }
            StmtKind::Define { .. } => {
                self.bad_header(span, HeaderMistake::DefineAsCondition);
            }
            StmtKind::Error => {}
            _ => self.bad_header(span, HeaderMistake::NotACondition),
        }
        super::expressions::error_at(span)
    }

    /// The header of a `for`; `None` where it is wrong and reported.
    pub(super) fn for_header(&self, node: Node, body_follows: bool) -> Option<ForHeader> {
        let mut header = self.header(node);
        if self.foreign_for(&header) || self.runs_on(&header, body_follows, "this `for`") {
            return None;
        }
        if header.parts.len() < 3 && self.cut_short(&header, body_follows) {
            return None;
        }
        match header.parts.len() {
            1 => match header.parts.pop().flatten() {
                None => Some(ForHeader::Forever),
                Some(only) => self.range_header(&only).or_else(|| self.while_header(only, body_follows)),
            },
            3 => {
                let post = header.parts.pop().flatten().map(|post| self.header_statement(post));
                let cond = header.parts.pop().flatten().map(|cond| self.condition(cond));
                let init = header.parts.pop().flatten().map(|init| self.header_statement(init));
                Some(ForHeader::Clauses { init, cond, post })
            }
            _ => {
                self.bad_header(header.span, HeaderMistake::ForClauses);
                None
            }
        }
    }

    /// `for (i = 0; …)` as other languages write it.
    fn foreign_for(&self, header: &Header) -> bool {
        let inside = self.text.get(header.span.range()).unwrap_or("");
        let foreign = inside.starts_with('(') && inside.contains([';', '=']) && !inside.contains("==");
        let foreign = foreign || (inside.starts_with('(') && inside.contains(';'));
        if foreign {
            self.bad_header(header.span, HeaderMistake::ForParentheses);
        }
        foreign
    }

    fn while_header(&self, node: Node, body_follows: bool) -> Option<ForHeader> {
        let span = self.span(&node);
        let tail = children(node.clone()).nth(1);
        let defines = tail.is_some_and(|tail| tail.as_rule() == Rule::header_define);
        if defines && !body_follows && self.range_hint(span.end as usize).is_some() {
            self.expected_at(span.end as usize, "`{`", self.range_hint(span.end as usize));
            return None;
        }
        if defines && (!body_follows || self.written(span).contains(',')) {
            self.bad_header(span, HeaderMistake::ForSeparators);
            return None;
        }
        Some(ForHeader::While(self.condition(node)))
    }

    /// `k, v := range x`; `None` where there is no `range`.
    fn range_header(&self, node: &Node) -> Option<ForHeader> {
        let mut parts = children(node.clone());
        if let Some(range) = parts.next_when(is_range) {
            return Some(self.range_over(Vec::new(), false, range));
        }
        let list = parts.next_when(is_expr_list)?;
        let tail = parts.next()?;
        let define = tail.as_rule() == Rule::header_define;
        let mut inside = children(tail);
        inside.next_if(Rule::assign_op);
        let range = inside.next_when(is_range)?;
        let targets = self.expr_list(list);
        if define {
            self.names(&targets);
        }
        Some(self.range_over(targets, define, range))
    }

    fn range_over(&self, targets: Vec<Expr>, define: bool, range: Node) -> ForHeader {
        if let Some(third) = targets.get(2) {
            self.bad_header(third.span, HeaderMistake::RangeValues);
        }
        let mut targets = targets.into_iter();
        let (key, value) = (targets.next(), targets.next());
        let subject = self.next_expr(&mut children(range));
        let subject = subject.unwrap_or(super::expressions::error_at(Span::default()));
        ForHeader::Range { key, value, define, subject }
    }

    /// The last part of a `switch` header: nothing, an expression, or `v := x.(type)`.
    pub(super) fn switch_header(&self, node: Node, body_follows: bool) -> SwitchHeader {
        let mut header = self.header(node);
        let wrong = SwitchHeader { init: None, subject: Subject::None };
        if self.runs_on(&header, body_follows, "this `switch`") {
            return wrong;
        }
        // `switch x := f(); {` is legal, with the brace on this line.
        if self.cut_short(&header, body_follows) {
            return wrong;
        }
        if header.parts.len() > 2 {
            self.bad_header(header.span, HeaderMistake::SwitchClauses);
            return wrong;
        }
        let subject = header.parts.pop().flatten().map_or(Subject::None, |node| self.subject(node));
        let init = header.parts.pop().flatten().map(|init| self.header_statement(init));
        SwitchHeader { init, subject }
    }

    fn subject(&self, node: Node) -> Subject {
        let span = self.span(&node);
        if lone_expr(&node).is_some()
            && let StmtKind::Expr(expr) = self.simple(node.clone())
        {
            return guard(expr).map_or_else(Subject::Value, |subject| Subject::Type { bind: None, subject });
        }
        match self.simple(node) {
            StmtKind::Define { mut names, mut values } if names.len() == 1 && values.len() == 1 => {
                let (name, value) = (names.swap_remove(0), values.swap_remove(0));
                let bind = match name.kind {
                    ExprKind::Name(text) => Some(super::super::ast::Ident { name: text, span: name.span }),
                    _ => None,
                };
                match guard(value) {
                    Ok(subject) => return Subject::Type { bind, subject },
                    Err(_) => self.bad_header(span, HeaderMistake::DefineAsValue),
                }
            }
            StmtKind::Error => {}
            _ => self.bad_header(span, HeaderMistake::NotAValue),
        }
        Subject::None
    }
}

/// What a `switch` header says.
pub(super) struct SwitchHeader {
    pub(super) init: Option<Box<Stmt>>,
    pub(super) subject: Subject,
}

/// What a `switch` switches on.
pub(super) enum Subject {
    None,
    Value(Expr),
    Type { bind: Option<super::super::ast::Ident>, subject: Expr },
}

/// The operand of `x.(type)`.
fn guard(expr: Expr) -> Result<Expr, Expr> {
    match expr.kind {
        ExprKind::TypeAssert { operand, ty: None } => Ok(*operand),
        kind => Err(Expr { kind, span: expr.span }),
    }
}
