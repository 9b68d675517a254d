//! Types, and expressions that turn out to be types.
//!
//! In: type nodes, or built expressions. Out: [`TypeExpr`].

use super::super::ast::{ChanDir, Expr, ExprKind, FieldDecl, Ident, InterfaceElem, TypeExpr, TypeExprKind};
use super::super::problem::SyntaxProblem;
use super::cursor::{Children, children};
use super::expressions::is_expr;
use super::{Builder, Node, Rule};
use crate::source::Span;

/// True for the nodes that [`Builder::type_expr`] takes.
pub(super) fn is_type(rule: Rule) -> bool {
    matches!(
        rule,
        Rule::named_type
            | Rule::pointer_type
            | Rule::bracket_type
            | Rule::map_type
            | Rule::chan_type
            | Rule::recv_chan_type
            | Rule::func_type
            | Rule::struct_type
            | Rule::interface_type
            | Rule::paren_type
            | Rule::missing_type
    )
}

impl Builder<'_> {
    /// The next child as a type.
    pub(super) fn next_type(&self, children: &mut Children) -> Option<TypeExpr> {
        children.next_when(is_type).map(|node| self.type_expr(node))
    }

    /// A type that the grammar promises.
    fn boxed_type(&self, children: &mut Children) -> Box<TypeExpr> {
        Box::new(self.next_type(children).unwrap_or(error_type(Span::default())))
    }

    /// Any type.
    pub(super) fn type_expr(&self, node: Node) -> TypeExpr {
        let span = self.span(&node);
        let start = node.as_span().start();
        let rule = node.as_rule();
        if rule == Rule::missing_type {
            self.expected(&node, "a type");
        }
        let mut parts = children(node);
        let kind = match rule {
            Rule::named_type => return self.named_type(parts, span),
            Rule::pointer_type => {
                parts.next_if(Rule::star);
                TypeExprKind::Pointer(self.boxed_type(&mut parts))
            }
            Rule::bracket_type => return self.bracket_type(parts, span),
            Rule::map_type => self.map_type(parts, start),
            Rule::chan_type => {
                let dir = if parts.next_if(Rule::arrow).is_some() { ChanDir::Send } else { ChanDir::Both };
                TypeExprKind::Chan { dir, elem: self.boxed_type(&mut parts) }
            }
            Rule::recv_chan_type => {
                parts.next_if(Rule::arrow);
                TypeExprKind::Chan { dir: ChanDir::Recv, elem: self.boxed_type(&mut parts) }
            }
            Rule::func_type => TypeExprKind::Func(Box::new(self.next_signature(&mut parts))),
            Rule::struct_type => TypeExprKind::Struct(self.fields(parts)),
            Rule::interface_type => TypeExprKind::Interface(self.interface(parts)),
            Rule::paren_type => {
                let inside = self.boxed_type(&mut parts);
                self.closed(parts, Span::new(start, start + 1), ')');
                TypeExprKind::Paren(inside)
            }
            _ => TypeExprKind::Error,
        };
        TypeExpr { kind, span }
    }

    /// `T`, `sync.Mutex`, `List[int]`.
    fn named_type(&self, mut parts: Children, span: Span) -> TypeExpr {
        let Some(name) = parts.next_if(Rule::ident).map(|node| self.ident(&node)) else {
            return error_type(span);
        };
        let base = match parts.next_if(Rule::qualifier) {
            Some(qualifier) => return self.qualified(name, qualifier),
            None => TypeExpr { kind: TypeExprKind::Name(name.name), span: name.span },
        };
        match parts.next_if(Rule::type_args) {
            Some(args) => self.instance(base, args, span),
            None => base,
        }
    }

    /// `sync.Mutex` where `sync` has been read.
    pub(super) fn qualified(&self, package: Ident, qualifier: Node) -> TypeExpr {
        let whole = package.span.to(self.span(&qualifier));
        let mut parts = children(qualifier);
        let name = self.next_name(&mut parts, "a name after the dot");
        let span = package.span.to(name.span);
        let base = TypeExpr { kind: TypeExprKind::Qualified { package, name }, span };
        match parts.next_if(Rule::type_args) {
            Some(args) => self.instance(base, args, whole),
            None => base,
        }
    }

    fn instance(&self, base: TypeExpr, args: Node, span: Span) -> TypeExpr {
        let open = Span::new(args.as_span().start(), args.as_span().start() + 1);
        let mut parts = children(args);
        let mut types = Vec::new();
        while let Some(arg) = self.next_expr(&mut parts) {
            types.push(self.type_of(arg));
        }
        self.closed(parts, open, ']');
        self.instance_of(base, types, span)
    }

    /// An instance of a generic type. Those of packages (`atomic.Pointer[T]`) are for `sema` to
    /// judge; a model's own types are never generic.
    pub(super) fn instance_of(&self, base: TypeExpr, args: Vec<TypeExpr>, span: Span) -> TypeExpr {
        if let TypeExprKind::Name(name) = &base.kind {
            self.report(SyntaxProblem::Generics { span, name: name.clone() });
        }
        TypeExpr { kind: TypeExprKind::Instance { base: Box::new(base), args }, span }
    }

    /// `[]T`, `[N]T`, `[...]T`.
    fn bracket_type(&self, mut parts: Children, span: Span) -> TypeExpr {
        let Some(brackets) = parts.next_if(Rule::brackets) else { return error_type(span) };
        if let (Some(Rule::missing_type), Some(inside)) = (parts.peek(), list_literal(&brackets)) {
            let written = format!("[{inside}]");
            let instead = "a slice literal names its type: `[]int{1, 2, 3}`";
            self.report(SyntaxProblem::NotGo { span: self.span(&brackets), written, instead });
            return error_type(span);
        }
        let elem = self.boxed_type(&mut parts);
        self.bracketed(brackets, elem, span)
    }

    /// An array or slice type of which the brackets and the element are known.
    pub(super) fn bracketed(&self, brackets: Node, elem: Box<TypeExpr>, span: Span) -> TypeExpr {
        let open = Span::new(brackets.as_span().start(), brackets.as_span().start() + 1);
        let mut parts = children(brackets);
        let dots = parts.next_if(Rule::ellipsis).is_some();
        let len = self.next_expr(&mut parts).map(Box::new);
        if let Some(second) = parts.next_when(is_expr) {
            self.expected(&second, "one length");
        }
        self.closed(parts, open, ']');
        let kind = match len {
            None if !dots => TypeExprKind::Slice(elem),
            len => TypeExprKind::Array { len, elem },
        };
        TypeExpr { kind, span }
    }

    fn map_type(&self, mut parts: Children, start: usize) -> TypeExprKind {
        if let Some(missing) = parts.next_if(Rule::missing_open) {
            self.expected(&missing, "`[` and the type of the keys");
            return TypeExprKind::Error;
        }
        let key = self.boxed_type(&mut parts);
        if let Some(close) = parts.next_if(Rule::bad_close_bracket) {
            let open = Span::new(start + 3, start + 4);
            let at = close.as_span().start();
            let (span, found) = (self.place(at), self.found(at));
            self.report(SyntaxProblem::UnclosedList { open, span, close: ']', found });
        }
        TypeExprKind::Map { key, value: self.boxed_type(&mut parts) }
    }

    fn fields(&self, parts: Children) -> Vec<FieldDecl> {
        let mut fields = Vec::new();
        for node in parts {
            match node.as_rule() {
                Rule::field => self.field(node, &mut fields),
                Rule::missing_open => self.expected(&node, "`{`"),
                Rule::bad_item | Rule::junk => self.unexpected_item(&node, "a field"),
                _ => {}
            }
        }
        fields
    }

    /// `a, b T`, `T`, `*T`, `sync.Mutex`: each name gives a field.
    fn field(&self, node: Node, fields: &mut Vec<FieldDecl>) {
        let span = self.span(&node);
        let mut parts = children(node);
        let Some(first) = parts.next_if(Rule::ident).map(|node| self.ident(&node)) else {
            let ty = self.next_type(&mut parts).unwrap_or(error_type(span));
            return fields.push(FieldDecl { name: None, ty, span });
        };
        let mut names = vec![first];
        if let Some(more) = parts.next_if(Rule::more_names) {
            let mut more = children(more);
            while more.peek().is_some() {
                names.push(self.next_name(&mut more, "the name of a field"));
            }
        }
        let first = names[0].clone();
        let ty = match self.tail_type(&first, &mut parts) {
            Some(Tail::Type(ty)) => ty,
            Some(Tail::Whole(ty)) => return fields.push(FieldDecl { name: None, ty, span }),
            None => {
                let ty = TypeExpr { kind: TypeExprKind::Name(first.name), span: first.span };
                return fields.push(FieldDecl { name: None, ty, span });
            }
        };
        for (name, ty) in self.shared(names, ty) {
            let span = name.span.to(ty.span);
            fields.push(FieldDecl { name: Some(name), ty, span });
        }
    }

    /// What follows a name that is either a name or a type.
    pub(super) fn tail_type(&self, first: &Ident, parts: &mut Children) -> Option<Tail> {
        if let Some(qualifier) = parts.next_if(Rule::qualifier) {
            return Some(Tail::Whole(self.qualified(first.clone(), qualifier)));
        }
        let Some(brackets) = parts.next_if(Rule::brackets) else {
            return self.next_type(parts).map(Tail::Type);
        };
        let span = self.span(&brackets);
        if let Some(elem) = self.next_type(parts) {
            let whole = span.to(elem.span);
            return Some(Tail::Type(self.bracketed(brackets, Box::new(elem), whole)));
        }
        let base = TypeExpr { kind: TypeExprKind::Name(first.name.clone()), span: first.span };
        Some(Tail::Whole(self.instance(base, brackets, first.span.to(span))))
    }

    /// Each name with a copy of the type, unless that would be absurdly much.
    pub(super) fn shared(&self, mut names: Vec<Ident>, ty: TypeExpr) -> Vec<(Ident, TypeExpr)> {
        const MOST: usize = 10_000_000;
        if names.len().saturating_mul(ty.span.len()) > MOST {
            self.report(SyntaxProblem::TooLong { span: names[0].span, limit: super::nesting::MAX_CHAIN });
            names.truncate(1);
        }
        names.into_iter().map(|name| (name, ty.clone())).collect()
    }

    fn interface(&self, parts: Children) -> Vec<InterfaceElem> {
        let mut elements = Vec::new();
        for node in parts {
            match node.as_rule() {
                Rule::method_spec => {
                    let mut parts = children(node);
                    let name = self.next_name(&mut parts, "the name of a method");
                    elements.push(InterfaceElem::Method { name, signature: self.next_signature(&mut parts) });
                }
                Rule::embedded => elements.extend(self.embedded(node)),
                Rule::missing_open => self.expected(&node, "`{`"),
                Rule::bad_item | Rule::junk => self.unexpected_item(&node, "a method"),
                _ => {}
            }
        }
        elements
    }

    /// An embedded interface; unions and `~T` are for type parameters only.
    fn embedded(&self, node: Node) -> Option<InterfaceElem> {
        let span = self.span(&node);
        let mut parts = children(node);
        if parts.next_if(Rule::tilde).is_none() {
            let ty = self.next_type(&mut parts)?;
            if parts.peek() != Some(Rule::bar) {
                return Some(InterfaceElem::Embedded(ty));
            }
        }
        self.report(SyntaxProblem::Generics { span, name: self.written(span).to_string() });
        None
    }

    /// An expression where a type is wanted: `T{}`, `case *T:`, `List[T]`.
    pub(super) fn type_of(&self, expr: Expr) -> TypeExpr {
        let span = expr.span;
        let kind = match expr.kind {
            ExprKind::Name(name) => TypeExprKind::Name(name),
            ExprKind::Type(ty) => return *ty,
            ExprKind::Star(operand) => TypeExprKind::Pointer(Box::new(self.type_of(*operand))),
            ExprKind::Paren(inside) => TypeExprKind::Paren(Box::new(self.type_of(*inside))),
            ExprKind::Error => TypeExprKind::Error,
            ExprKind::Index { operand, index } => {
                let base = self.type_of(*operand);
                let arg = self.type_of(*index);
                return self.instance_of(base, vec![arg], span);
            }
            ExprKind::Selector { operand, name } => match operand.kind {
                ExprKind::Name(package) => {
                    let package = Ident { name: package, span: operand.span };
                    TypeExprKind::Qualified { package, name }
                }
                _ => return self.not_a_type(span),
            },
            _ => return self.not_a_type(span),
        };
        TypeExpr { kind, span }
    }

    fn not_a_type(&self, span: Span) -> TypeExpr {
        self.report(SyntaxProblem::NotAType { span });
        error_type(span)
    }
}

/// What the tail of a name makes of it.
pub(super) enum Tail {
    /// The name is a name, and this is its type.
    Type(TypeExpr),
    /// Name and tail together are a type.
    Whole(TypeExpr),
}

/// An error node.
pub(super) fn error_type(span: Span) -> TypeExpr {
    TypeExpr { kind: TypeExprKind::Error, span }
}

/// The inside of brackets that look like another language's list: `[1, 2]`, not `[]` and `[...]`.
fn list_literal<'s>(brackets: &Node<'s>) -> Option<&'s str> {
    let inside = brackets.as_str().trim_end().strip_prefix('[')?.strip_suffix(']')?.trim();
    (!inside.is_empty() && !inside.starts_with("...") && inside.len() < 60).then_some(inside)
}
