//! Statements as a tree of texts, for comparing and editing: what a fix changes is found here, without types.
//!
//! In: a function's body. Out: [`Item`]s, one a statement or a case, each with the lists of statements inside it. Spans are
//! those of the source.

use crate::source::Span;
use crate::syntax::ast::{Block, Clause, Comm, Expr, ExprKind, ForHeader, Stmt, StmtKind};

/// A statement, or a case of a `select`, `switch` or `choose`.
#[derive(Clone, Debug)]
pub struct Item<'a> {
    pub span: Span,
    pub what: What<'a>,
    pub lists: Vec<List<'a>>,
}

/// What an item is.
#[derive(Clone, Copy, Debug)]
pub enum What<'a> {
    Stmt(&'a Stmt),
    /// A case with what it waits for; `None` where that is no communication.
    Case(Option<&'a Comm>),
}

/// Items one after the other.
#[derive(Clone, Debug)]
pub struct List<'a> {
    pub items: Vec<Item<'a>>,
    /// Where something can be put before the first.
    pub start: u32,
}

/// The statements of a block.
pub fn block(block: &Block) -> List<'_> {
    list(&block.stmts, block.span.start + 1)
}

impl<'a> List<'a> {
    /// This list and all lists inside it.
    pub fn all(&self, visit: &mut dyn FnMut(&List<'a>)) {
        visit(self);
        self.items.iter().flat_map(|item| &item.lists).for_each(|list| list.all(visit));
    }
}

fn list(stmts: &[Stmt], start: u32) -> List<'_> {
    List {
        items: stmts.iter().filter(|stmt| !matches!(stmt.kind, StmtKind::Empty)).map(item).collect(),
        start,
    }
}

fn item(stmt: &Stmt) -> Item<'_> {
    let mut lists = Vec::new();
    inside(stmt, &mut lists);
    Item { span: stmt.span, what: What::Stmt(stmt), lists }
}

fn case<'a>(clause: &'a Clause, comm: Option<&'a Comm>) -> Item<'a> {
    let start = clause.body.first().map_or(clause.span.end, |first| first.span.start);
    Item { span: clause.span, what: What::Case(comm), lists: vec![list(&clause.body, start)] }
}

fn cases<'a>(span: Span, items: Vec<Item<'a>>) -> List<'a> {
    // After the brace that opens them.
    let start = items.first().map_or(span.end.saturating_sub(1), |first| first.span.start);
    List { items, start }
}

/// The lists in a statement, in the order of the text.
fn inside<'a>(stmt: &'a Stmt, lists: &mut Vec<List<'a>>) {
    match &stmt.kind {
        StmtKind::Empty
        | StmtKind::Break(_)
        | StmtKind::Continue(_)
        | StmtKind::Goto(_)
        | StmtKind::Fallthrough
        | StmtKind::Type(_)
        | StmtKind::Error => {}
        StmtKind::Expr(expr) | StmtKind::Go(expr) | StmtKind::Defer(expr) => literals(expr, lists),
        StmtKind::Send { channel, value } => exprs([channel, value], lists),
        StmtKind::IncDec { target, increment: _ } => literals(target, lists),
        StmtKind::Assign { targets, op: _, values } => exprs(targets.iter().chain(values), lists),
        StmtKind::Define { names: _, values } | StmtKind::Return(values) => exprs(values, lists),
        StmtKind::Var(decl) => exprs(&decl.values, lists),
        StmtKind::Const(group) => exprs(group.specs.iter().flat_map(|spec| &spec.values), lists),
        StmtKind::Block(body) => lists.push(block(body)),
        StmtKind::If(it) => {
            for arm in &it.arms {
                if let Some(init) = &arm.init {
                    inside(init, lists);
                }
                literals(&arm.cond, lists);
                lists.push(block(&arm.body));
            }
            lists.extend(it.otherwise.as_ref().map(block));
        }
        StmtKind::Switch(it) => {
            if let Some(init) = &it.init {
                inside(init, lists);
            }
            exprs(&it.tag, lists);
            lists.push(cases(stmt.span, it.cases.iter().map(|one| case(&one.clause, None)).collect()));
        }
        StmtKind::TypeSwitch(it) => {
            if let Some(init) = &it.init {
                inside(init, lists);
            }
            literals(&it.subject, lists);
            lists.push(cases(stmt.span, it.cases.iter().map(|one| case(&one.clause, None)).collect()));
        }
        StmtKind::Select(it) => {
            lists.push(cases(
                stmt.span,
                it.cases.iter().map(|one| case(&one.clause, Some(&one.comm))).collect(),
            ));
        }
        StmtKind::Choose { cases: all, span: _ } => {
            lists.push(cases(stmt.span, all.iter().map(|clause| case(clause, None)).collect()));
        }
        StmtKind::For(it) => {
            match &it.header {
                ForHeader::Forever => {}
                ForHeader::While(cond) => literals(cond, lists),
                ForHeader::Clauses { init, cond, post } => {
                    if let Some(init) = init {
                        inside(init, lists);
                    }
                    exprs(cond, lists);
                    if let Some(post) = post {
                        inside(post, lists);
                    }
                }
                ForHeader::Range { subject, .. } => literals(subject, lists),
            }
            lists.push(block(&it.body));
        }
        StmtKind::Labeled { label: _, stmt } | StmtKind::Idle(stmt) => inside(stmt, lists),
    }
}

fn exprs<'a>(all: impl IntoIterator<Item = &'a Expr>, lists: &mut Vec<List<'a>>) {
    all.into_iter().for_each(|expr| literals(expr, lists));
}

/// The bodies of the function literals in an expression.
fn literals<'a>(expr: &'a Expr, lists: &mut Vec<List<'a>>) {
    match &expr.kind {
        ExprKind::FuncLit(literal) => lists.push(block(&literal.body)),
        _ => parts(expr).into_iter().for_each(|part| literals(part, lists)),
    }
}

/// The expressions directly inside an expression; not those in the body of a function literal.
pub fn parts(expr: &Expr) -> Vec<&Expr> {
    match &expr.kind {
        ExprKind::Name(_)
        | ExprKind::Int(_)
        | ExprKind::Float(_)
        | ExprKind::Rune(_)
        | ExprKind::String(_)
        | ExprKind::Type(_)
        | ExprKind::FuncLit(_)
        | ExprKind::Error => Vec::new(),
        ExprKind::Paren(one) | ExprKind::Star(one) => vec![one],
        ExprKind::Unary { op: _, operand } => vec![operand],
        ExprKind::Selector { operand, name: _ } | ExprKind::TypeAssert { operand, ty: _ } => vec![operand],
        ExprKind::Composite { ty: _, elements } => {
            elements.iter().flat_map(|element| element.key.iter().chain([&element.value])).collect()
        }
        ExprKind::Index { operand, index } => vec![operand, index],
        ExprKind::Slice { operand, low, high, max } => {
            let bounds = [low, high, max].into_iter().filter_map(|bound| bound.as_deref());
            std::iter::once(operand.as_ref()).chain(bounds).collect()
        }
        ExprKind::Call { callee, args, spread: _ } => std::iter::once(callee.as_ref()).chain(args).collect(),
        ExprKind::Binary { left, right, .. } => vec![left, right],
    }
}

/// Every expression in `expr`, itself first.
pub fn each<'a>(expr: &'a Expr, visit: &mut dyn FnMut(&'a Expr)) {
    visit(expr);
    parts(expr).into_iter().for_each(|part| each(part, visit));
}

/// The expressions that stand directly in a statement, those of its lists left out.
pub fn own(stmt: &Stmt) -> Vec<&Expr> {
    match &stmt.kind {
        StmtKind::Expr(expr) | StmtKind::Go(expr) | StmtKind::Defer(expr) => vec![expr],
        StmtKind::Send { channel, value } => vec![channel, value],
        StmtKind::IncDec { target, increment: _ } => vec![target],
        StmtKind::Assign { targets, op: _, values } => targets.iter().chain(values).collect(),
        StmtKind::Define { names: _, values } | StmtKind::Return(values) => values.iter().collect(),
        StmtKind::Var(decl) => decl.values.iter().collect(),
        StmtKind::Labeled { label: _, stmt } | StmtKind::Idle(stmt) => own(stmt),
        StmtKind::If(it) => it.arms.iter().map(|arm| &arm.cond).collect(),
        _ => Vec::new(),
    }
}
