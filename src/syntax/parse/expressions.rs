//! Expressions: operands, what follows them, and operators by precedence.
//!
//! In: `expr` and `header_expr` nodes. Out: [`Expr`].

use std::sync::LazyLock;

use pest::pratt_parser::{Assoc::Left, Op, PrattParser};

use super::super::ast::{
    BinaryOp, ChanDir, Element, Expr, ExprKind, FuncLit, TypeExpr, TypeExprKind, UnaryOp,
};
use super::super::problem::SyntaxProblem;
use super::cursor::{Children, children};
use super::{Builder, Node, Rule};
use crate::source::Span;

/// Go specification, "Operator precedence", lowest first.
static PRECEDENCE: LazyLock<PrattParser<Rule>> = LazyLock::new(|| {
    let infix = |rule| Op::infix(rule, Left);
    PrattParser::new()
        .op(infix(Rule::or_or))
        .op(infix(Rule::and_and))
        .op(infix(Rule::eq)
            | infix(Rule::ne)
            | infix(Rule::lt)
            | infix(Rule::le)
            | infix(Rule::gt)
            | infix(Rule::ge))
        .op(infix(Rule::add) | infix(Rule::sub) | infix(Rule::bit_or) | infix(Rule::bit_xor))
        .op(infix(Rule::mul)
            | infix(Rule::div)
            | infix(Rule::rem)
            | infix(Rule::shl)
            | infix(Rule::shr)
            | infix(Rule::bit_and)
            | infix(Rule::and_not))
        .op(Op::prefix(Rule::positive)
            | Op::prefix(Rule::negative)
            | Op::prefix(Rule::not)
            | Op::prefix(Rule::bit_not)
            | Op::prefix(Rule::address_of)
            | Op::prefix(Rule::receive)
            | Op::prefix(Rule::star))
});

/// True for the nodes that [`Builder::expr`] takes.
pub(super) fn is_expr(rule: Rule) -> bool {
    matches!(rule, Rule::expr | Rule::header_expr | Rule::missing_expr)
}

/// True for the nodes that [`Builder::expr_list`] takes.
pub(super) fn is_expr_list(rule: Rule) -> bool {
    matches!(rule, Rule::expr_list | Rule::header_expr_list | Rule::missing_expr)
}

impl Builder<'_> {
    /// An expression, or an error node where one is missing.
    pub(super) fn expr(&self, node: Node) -> Expr {
        if node.as_rule() == Rule::missing_expr {
            return self.missing_expr(&node);
        }
        PRECEDENCE
            .map_primary(|operand| self.primary(operand))
            .map_prefix(|op, operand| self.unary(&op, operand))
            .map_infix(|left, op, right| self.binary(left, &op, right))
            .parse(node.into_inner())
    }

    /// The next child as an expression.
    pub(super) fn next_expr(&self, children: &mut Children) -> Option<Expr> {
        children.next_when(is_expr).map(|node| self.expr(node))
    }

    /// `a, b, c`.
    pub(super) fn expr_list(&self, node: Node) -> Vec<Expr> {
        if node.as_rule() == Rule::missing_expr {
            return vec![self.missing_expr(&node)];
        }
        children(node).map(|node| self.expr(node)).collect()
    }

    fn missing_expr(&self, node: &Node) -> Expr {
        self.expected(node, "an expression");
        error_at(self.span(node))
    }

    fn unary(&self, op: &Node, operand: Expr) -> Expr {
        let span = self.span(op).to(operand.span);
        let op = match op.as_rule() {
            Rule::star => return Expr { kind: ExprKind::Star(Box::new(operand)), span },
            Rule::negative => UnaryOp::Neg,
            Rule::not => UnaryOp::Not,
            Rule::bit_not => UnaryOp::BitNot,
            Rule::address_of => UnaryOp::AddrOf,
            Rule::receive => return receive(operand, span),
            _ => UnaryOp::Plus,
        };
        Expr { kind: ExprKind::Unary { op, operand: Box::new(operand) }, span }
    }

    fn binary(&self, left: Expr, op: &Node, right: Expr) -> Expr {
        let op_span = self.span(op);
        let span = left.span.to(right.span);
        let kind = ExprKind::Binary {
            op: binary_op(op.as_str()).unwrap_or(BinaryOp::Add),
            op_span,
            left: Box::new(left),
            right: Box::new(right),
        };
        Expr { kind, span }
    }

    /// An operand with everything that follows it: `s.queue[i].Push(x)`.
    fn primary(&self, node: Node) -> Expr {
        if node.as_rule() == Rule::missing_expr {
            return self.missing_expr(&node);
        }
        let mut parts = children(node);
        let Some(first) = parts.next() else { return error_at(Span::default()) };
        parts.fold(self.operand(first), |operand, postfix| self.postfix(operand, postfix))
    }

    fn operand(&self, node: Node) -> Expr {
        let span = self.span(&node);
        let kind = match node.as_rule() {
            Rule::ident => ExprKind::Name(self.written(span).to_string()),
            Rule::number => return self.number(&node),
            Rule::string_lit => ExprKind::String(self.text(&node).value),
            Rule::rune_lit => return self.rune(&node),
            Rule::func_lit => self.func_lit(node),
            Rule::paren_expr => self.paren(node),
            Rule::broken => ExprKind::Error,
            _ => return self.type_operand(node),
        };
        Expr { kind, span }
    }

    /// A type in the place of an operand; `[1, 2]` is not one.
    fn type_operand(&self, node: Node) -> Expr {
        let ty = self.type_expr(node);
        let span = ty.span;
        let kind = if matches!(ty.kind, TypeExprKind::Error) {
            ExprKind::Error
        } else {
            ExprKind::Type(Box::new(ty))
        };
        Expr { kind, span }
    }

    fn func_lit(&self, node: Node) -> ExprKind {
        let span = self.span(&node);
        let mut parts = children(node);
        let signature = self.next_signature(&mut parts);
        match parts.next_if(Rule::block) {
            Some(body) => ExprKind::FuncLit(Box::new(FuncLit { signature, body: self.block(body) })),
            None => {
                ExprKind::Type(Box::new(TypeExpr { kind: TypeExprKind::Func(Box::new(signature)), span }))
            }
        }
    }

    fn paren(&self, node: Node) -> ExprKind {
        let open = Span::new(node.as_span().start(), node.as_span().start() + 1);
        let mut parts = children(node);
        let inside = self.next_expr(&mut parts).unwrap_or_else(|| error_at(open));
        self.closed(parts, open, ')');
        ExprKind::Paren(Box::new(inside))
    }

    fn postfix(&self, operand: Expr, node: Node) -> Expr {
        let span = operand.span.to(self.span(&node));
        let open = Span::new(node.as_span().start(), node.as_span().start() + 1);
        let rule = node.as_rule();
        let mut parts = children(node);
        let kind = match rule {
            Rule::selector => {
                let name = self.next_name(&mut parts, "a name after the dot");
                ExprKind::Selector { operand: Box::new(operand), name }
            }
            Rule::index => self.index(operand, parts, open),
            Rule::call => self.call(operand, parts, open),
            Rule::type_assert => {
                let ty = match parts.next_if(Rule::kw_type) {
                    Some(_) => None,
                    None => self.next_type(&mut parts).map(Box::new),
                };
                self.closed(parts, open, ')');
                ExprKind::TypeAssert { operand: Box::new(operand), ty }
            }
            Rule::literal_value => {
                let ty = Some(Box::new(self.type_of(operand)));
                ExprKind::Composite { ty, elements: self.elements(parts, open) }
            }
            _ => ExprKind::Error,
        };
        Expr { kind, span }
    }

    fn call(&self, callee: Expr, mut parts: Children, open: Span) -> ExprKind {
        let mut args = Vec::new();
        let mut spread = false;
        while let Some(arg) = self.next_expr(&mut parts) {
            args.push(arg);
            if let Some(dots) = parts.next_if(Rule::ellipsis) {
                if parts.peek().is_some_and(is_expr) {
                    self.expected_at(dots.as_span().end(), "`)`", Some(LAST_SPREAD.to_string()));
                }
                spread = true;
            }
        }
        self.closed(parts, open, ')');
        ExprKind::Call { callee: Box::new(callee), args, spread }
    }

    /// `a[i]`, `a[lo:hi]`, and `F[int, string]`, which is generic.
    fn index(&self, operand: Expr, mut parts: Children, open: Span) -> ExprKind {
        let operand_span = operand.span;
        let operand = Box::new(operand);
        let mut bounds = [None, None, None];
        let mut colons = 0;
        let mut many = false;
        loop {
            if let Some(bound) = self.next_expr(&mut parts) {
                many |= bounds[colons].is_some();
                bounds[colons].get_or_insert(Box::new(bound));
            } else if parts.next_if(Rule::slice_colon).is_some() {
                colons = (colons + 1).min(2);
            } else {
                break;
            }
        }
        self.closed(parts, open, ']');
        if many {
            let name = self.written(operand_span).to_string();
            self.report(SyntaxProblem::Generics { span: operand_span, name });
        }
        let [low, high, max] = bounds;
        match low {
            Some(index) if colons == 0 => ExprKind::Index { operand, index },
            None if colons == 0 => {
                self.expected_at(open.end as usize, "an index", None);
                ExprKind::Error
            }
            low => ExprKind::Slice { operand, low, high, max },
        }
    }

    fn elements(&self, mut parts: Children, open: Span) -> Vec<Element> {
        let mut elements = Vec::new();
        while let Some(node) = parts.next_if(Rule::element) {
            let mut sides = children(node).map(|side| self.element_side(side));
            let Some(first) = sides.next() else { continue };
            elements.push(match sides.next() {
                Some(value) => Element { key: Some(first), value },
                None => Element { key: None, value: first },
            });
        }
        self.closed(parts, open, '}');
        elements
    }

    /// A key or a value; a literal may leave its type out here.
    fn element_side(&self, node: Node) -> Expr {
        if node.as_rule() != Rule::literal_value {
            return self.expr(node);
        }
        let span = self.span(&node);
        let open = Span::new(node.as_span().start(), node.as_span().start() + 1);
        let elements = self.elements(children(node), open);
        Expr { kind: ExprKind::Composite { ty: None, elements }, span }
    }

    /// Reports what stands where a list should go on or be closed.
    pub(super) fn closed(&self, mut parts: Children, open: Span, close: char) {
        let bad = |rule| {
            matches!(
                rule,
                Rule::bad_close_paren
                    | Rule::bad_close_bracket
                    | Rule::bad_close_literal
                    | Rule::bad_close_group
            )
        };
        let Some(node) = parts.next_when(bad) else { return };
        let at = node.as_span().start();
        if let Some(problem) = self.not_go(at) {
            return self.report(problem);
        }
        // The line is the trouble where the list goes on below.
        if self.is_line_end(at) && (close == '}' || !node.as_str().is_empty()) {
            return self.report(SyntaxProblem::MissingComma { span: self.place(at), close });
        }
        let (span, found) = (self.place(at), self.found(at));
        self.report(SyntaxProblem::UnclosedList { open, span, close, found });
    }
}

const LAST_SPREAD: &str = "only the last argument can be spread with `...`";

/// An error node.
pub(super) fn error_at(span: Span) -> Expr {
    Expr { kind: ExprKind::Error, span }
}

/// `<-x`; `<-chan T` is a type. `<-chan int(c)` stays a receive, as in Go.
fn receive(operand: Expr, span: Span) -> Expr {
    let kind = match operand.kind {
        ExprKind::Type(ty) if matches!(ty.kind, TypeExprKind::Chan { .. }) => {
            ExprKind::Type(Box::new(receive_only(*ty, span)))
        }
        kind => ExprKind::Unary { op: UnaryOp::Recv, operand: Box::new(Expr { kind, span: operand.span }) },
    };
    Expr { kind, span }
}

/// Reads `<-` before a channel type as part of it: `<-chan T`, and in `<-chan<- chan T` the
/// second arrow belongs to the element.
fn receive_only(ty: TypeExpr, span: Span) -> TypeExpr {
    let kind = match ty.kind {
        TypeExprKind::Chan { dir: ChanDir::Send, elem } => {
            let inner = elem.span;
            TypeExprKind::Chan { dir: ChanDir::Recv, elem: Box::new(receive_only(*elem, inner)) }
        }
        TypeExprKind::Chan { elem, .. } => TypeExprKind::Chan { dir: ChanDir::Recv, elem },
        other => other,
    };
    TypeExpr { kind, span }
}

/// A binary operator by its spelling.
pub(super) fn binary_op(written: &str) -> Option<BinaryOp> {
    Some(match written.trim_end() {
        "||" => BinaryOp::OrOr,
        "&&" => BinaryOp::AndAnd,
        "==" => BinaryOp::Eq,
        "!=" => BinaryOp::Ne,
        "<" => BinaryOp::Lt,
        "<=" => BinaryOp::Le,
        ">" => BinaryOp::Gt,
        ">=" => BinaryOp::Ge,
        "+" => BinaryOp::Add,
        "-" => BinaryOp::Sub,
        "|" => BinaryOp::Or,
        "^" => BinaryOp::Xor,
        "*" => BinaryOp::Mul,
        "/" => BinaryOp::Div,
        "%" => BinaryOp::Rem,
        "<<" => BinaryOp::Shl,
        ">>" => BinaryOp::Shr,
        "&" => BinaryOp::And,
        "&^" => BinaryOp::AndNot,
        _ => return None,
    })
}
