//! Statements and blocks.
//!
//! In: `block` nodes and the statements in them. Out: [`Block`], [`Stmt`].

use super::super::ast::{Block, Expr, ExprKind, For, ForHeader, If, Stmt, StmtKind};
use super::super::problem::SyntaxProblem;
use super::cursor::{Children, children};
use super::expressions::{binary_op, is_expr, is_expr_list};
use super::{Builder, Node, Rule};
use crate::source::Span;

impl Builder<'_> {
    pub(super) fn block(&self, node: Node) -> Block {
        let span = self.span(&node);
        Block { stmts: self.statements(children(node)), span }
    }

    /// A list of statements with what went wrong between them.
    pub(super) fn statements(&self, items: Children) -> Vec<Stmt> {
        let mut stmts = Vec::new();
        let mut before: Option<Node> = None;
        for item in items {
            match item.as_rule() {
                Rule::junk => {
                    let inside = self.trailing(before.as_ref(), &item);
                    stmts.extend(inside.into_iter().map(block_stmt));
                }
                Rule::bad_statement => self.bad_statement(&item),
                Rule::stray_clause => {
                    self.report(SyntaxProblem::StrayClause { span: self.span(&item) });
                }
                Rule::missing_brace => {}
                _ => self.statement(item.clone(), &mut stmts),
            }
            before = Some(item);
        }
        stmts
    }

    /// One statement; a grouped `var` gives several.
    fn statement(&self, node: Node, stmts: &mut Vec<Stmt>) {
        let span = self.span(&node);
        match node.as_rule() {
            Rule::var_decl => stmts.extend(
                self.var_decls(node).into_iter().map(|var| Stmt { span: var.span, kind: StmtKind::Var(var) }),
            ),
            Rule::type_decl => stmts.extend(
                self.type_decls(node).into_iter().map(|ty| Stmt { span: ty.span, kind: StmtKind::Type(ty) }),
            ),
            Rule::stray_else => {
                self.stray_else(span);
                let inside = children(node);
                stmts.extend(inside.filter_map(|inside| self.single(inside)));
            }
            _ => stmts.push(Stmt { kind: self.statement_kind(node), span }),
        }
    }

    fn statement_kind(&self, node: Node) -> StmtKind {
        match node.as_rule() {
            Rule::const_decl => StmtKind::Const(self.const_group(node)),
            Rule::return_stmt => StmtKind::Return(self.next_list(&mut children(node))),
            Rule::go_stmt => StmtKind::Go(self.called(node, "go")),
            Rule::defer_stmt => StmtKind::Defer(self.called(node, "defer")),
            Rule::break_stmt => StmtKind::Break(children(node).next().map(|label| self.ident(&label))),
            Rule::continue_stmt => StmtKind::Continue(children(node).next().map(|label| self.ident(&label))),
            Rule::goto_stmt => StmtKind::Goto(self.next_name(&mut children(node), "the name of a label")),
            Rule::fallthrough_stmt => StmtKind::Fallthrough,
            Rule::block => StmtKind::Block(self.block(node)),
            Rule::labeled_stmt => self.labeled(node),
            Rule::idle_stmt => self.idle(node),
            Rule::if_stmt => self.if_stmt(node),
            Rule::for_stmt => self.for_stmt(node),
            Rule::switch_stmt => self.switch_stmt(node),
            Rule::select_stmt => self.select_stmt(node),
            Rule::choose_stmt => self.choose_stmt(node),
            Rule::simple_stmt => self.simple(node),
            Rule::nested_func => {
                self.nested_func(node);
                StmtKind::Error
            }
            Rule::unknown_block => {
                self.unknown_block(&node);
                StmtKind::Error
            }
            _ => StmtKind::Error,
        }
    }

    /// A statement in a place that has room for one: after a label, after `idle`.
    fn single(&self, node: Node) -> Option<Stmt> {
        let span = self.span(&node);
        let mut stmts = Vec::new();
        self.statement(node, &mut stmts);
        if stmts.len() > 1 {
            return Some(Stmt { kind: StmtKind::Block(Block { stmts, span }), span });
        }
        stmts.pop()
    }

    fn labeled(&self, node: Node) -> StmtKind {
        let end = self.span(&node).end;
        let mut parts = children(node);
        let label = self.next_name(&mut parts, "a label");
        parts.next_if(Rule::label_colon);
        let stmt = parts.next().and_then(|stmt| self.single(stmt));
        let empty = Stmt { kind: StmtKind::Empty, span: Span { start: end, end } };
        StmtKind::Labeled { label, stmt: Box::new(stmt.unwrap_or(empty)) }
    }

    fn idle(&self, node: Node) -> StmtKind {
        let stmt = children(node).next().and_then(|stmt| self.single(stmt));
        stmt.map_or(StmtKind::Error, |stmt| StmtKind::Idle(Box::new(stmt)))
    }

    /// The operand of `go` and `defer`, which must be a call.
    fn called(&self, node: Node, word: &'static str) -> Expr {
        let expr =
            self.next_expr(&mut children(node)).unwrap_or(super::expressions::error_at(Span::default()));
        if !matches!(expr.kind, ExprKind::Call { .. } | ExprKind::Error) {
            let function = matches!(expr.kind, ExprKind::FuncLit(_));
            let start = if function { expr.span.end.saturating_sub(1) } else { expr.span.start };
            let span = Span { start, end: expr.span.end };
            self.report(SyntaxProblem::NotACall { span, word, function });
        }
        expr
    }

    /// A list of expressions that may be left out.
    pub(super) fn next_list(&self, parts: &mut Children) -> Vec<Expr> {
        parts.next_when(is_expr_list).map(|list| self.expr_list(list)).unwrap_or_default()
    }

    /// A simple statement where `range` cannot stand.
    pub(super) fn simple(&self, node: Node) -> StmtKind {
        let mut parts = children(node);
        let Some(list) = parts.next_when(is_expr_list) else {
            if let Some(range) = parts.next() {
                self.stray_range(&range);
            }
            return StmtKind::Error;
        };
        let left = self.expr_list(list);
        let Some(tail) = parts.next() else { return self.expr_statement(left) };
        let rule = tail.as_rule();
        match rule {
            Rule::increment | Rule::decrement => {
                let increment = rule == Rule::increment;
                let Some(target) = self.only(left, "`++` and `--`") else { return StmtKind::Error };
                StmtKind::IncDec { target, increment }
            }
            Rule::send | Rule::header_send => {
                let value = self.next_expr(&mut children(tail));
                match (self.only(left, "a send"), value) {
                    (Some(channel), Some(value)) => StmtKind::Send { channel, value },
                    _ => StmtKind::Error,
                }
            }
            _ => self.assignment(left, tail),
        }
    }

    fn expr_statement(&self, left: Vec<Expr>) -> StmtKind {
        let end = left.last().map_or(0, |last| last.span.end as usize);
        let mut left = left;
        if left.len() > 1 {
            self.expected_at(end, "`:=` or `=`", None);
            return StmtKind::Error;
        }
        left.pop().map_or(StmtKind::Empty, StmtKind::Expr)
    }

    /// The only expression of a list; several are reported.
    fn only(&self, mut left: Vec<Expr>, of: &str) -> Option<Expr> {
        if let Some(second) = left.get(1) {
            let hint = format!("{of} takes one operand");
            self.expected_at(second.span.start as usize, "one operand", Some(hint));
        }
        (!left.is_empty()).then(|| left.swap_remove(0))
    }

    /// `a, b := …`, `a, b = …`, `a += …`.
    fn assignment(&self, left: Vec<Expr>, tail: Node) -> StmtKind {
        let define = matches!(tail.as_rule(), Rule::define | Rule::header_define);
        let mut parts = children(tail);
        let op = parts.next_if(Rule::assign_op);
        let op = op.and_then(|op| binary_op(op.as_str().trim_end().strip_suffix('=')?));
        if let Some(range) = parts.next_when(is_range) {
            self.stray_range(&range);
            return StmtKind::Error;
        }
        let values = self.next_list(&mut parts);
        if define {
            self.names(&left);
            return StmtKind::Define { names: left, values };
        }
        StmtKind::Assign { targets: left, op, values }
    }

    fn stray_range(&self, range: &Node) {
        let hint = "`range` stands in the header of a `for`: `for v := range ch {`".to_string();
        self.expected_at(range.as_span().start(), "an expression", Some(hint));
    }

    /// Reports what stands on the left of `:=` and is no name.
    pub(super) fn names(&self, left: &[Expr]) {
        for expr in left {
            if !matches!(expr.kind, ExprKind::Name(_) | ExprKind::Error) {
                let written = super::found::shortened(self.written(expr.span));
                self.report(SyntaxProblem::NotAName { span: expr.span, written });
            }
        }
    }

    fn if_stmt(&self, node: Node) -> StmtKind {
        let mut arms = Vec::new();
        let mut otherwise = None;
        for part in children(node) {
            match part.as_rule() {
                Rule::if_arm => arms.extend(self.if_arm(part)),
                Rule::block => otherwise = Some(self.block(part)),
                _ => {
                    otherwise =
                        self.bad_body(part, Rule::block, || "this `else`".to_string()).map(|b| self.block(b));
                }
            }
        }
        if arms.is_empty() {
            return otherwise.map_or(StmtKind::Error, StmtKind::Block);
        }
        StmtKind::If(If { arms, otherwise })
    }

    /// The next child as a body; a missing one is reported.
    pub(super) fn next_body(&self, parts: &mut Children, of: impl Fn() -> String) -> Block {
        let missing = Block::default();
        let Some(node) = parts.next() else { return missing };
        if self.is_literal(&node) {
            return missing;
        }
        let block = match node.as_rule() {
            Rule::block => Some(node),
            _ => self.bad_body(node, Rule::block, of),
        };
        block.map(|block| self.block(block)).unwrap_or(missing)
    }

    /// True where the braces after a header are a composite literal's: the body follows. Reported.
    pub(super) fn is_literal(&self, braces: &Node) -> bool {
        let span = self.span(braces);
        let literal = self.word_at(span.end as usize) == "{" && self.word_at(span.start as usize) == "{";
        if literal {
            self.report(SyntaxProblem::LiteralInHeader { span });
        }
        literal
    }

    fn for_stmt(&self, node: Node) -> StmtKind {
        let start = node.as_span().start();
        let mut parts = children(node);
        let Some(header) = parts.next_if(Rule::header) else { return StmtKind::Error };
        let end = self.span(&header).end as usize;
        let body_follows = parts.peek() == Some(Rule::block);
        let header = self.for_header(header, body_follows);
        let body = match header {
            // What is wrong with the header often shows as a body that does not start.
            None => self.quiet_body(&mut parts),
            Some(_) => self.next_body(&mut parts, || "this `for`".to_string()),
        };
        let header_span = Span::new(start, end.max(start + "for".len()));
        StmtKind::For(For { header: header.unwrap_or(ForHeader::Forever), body, header_span })
    }

    /// A body whose absence has been reported already.
    pub(super) fn quiet_body(&self, parts: &mut Children) -> Block {
        let body = parts.find_map(|node| match node.as_rule() {
            Rule::block => Some(node),
            _ => children(node).find(|inside| inside.as_rule() == Rule::block),
        });
        body.map(|body| self.block(body)).unwrap_or_default()
    }
}

/// A block that stood in the rest of a line.
fn block_stmt(block: Block) -> Stmt {
    Stmt { span: block.span, kind: StmtKind::Block(block) }
}

/// True for `range x`.
pub(super) fn is_range(rule: Rule) -> bool {
    matches!(rule, Rule::range_clause | Rule::header_range)
}

/// The expression of a simple statement that is nothing else.
pub(super) fn lone_expr<'s>(node: &Node<'s>) -> Option<Node<'s>> {
    let mut parts = children(node.clone());
    let list = parts.next_when(is_expr_list)?;
    let mut exprs = children(list);
    let only = exprs.next_when(is_expr)?;
    (parts.peek().is_none() && exprs.peek().is_none()).then_some(only)
}
