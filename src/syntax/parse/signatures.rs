//! Parameters, results, receivers and functions.
//!
//! In: `signature`, `receiver` and `func_decl` nodes. Out: [`Signature`], [`FuncDecl`].

use super::super::ast::{Block, FuncDecl, Ident, Parameter, Receiver, Signature, TypeExpr, TypeExprKind};
use super::super::problem::SyntaxProblem;
use super::cursor::{Children, children};
use super::types::{Tail, error_type};
use super::{Builder, Node, Rule};
use crate::source::Span;

/// One entry of a parameter list, before the list shows which names are types.
enum Entry {
    /// A name alone: a type, or a name whose type comes later.
    Lone(Ident),
    Named(Parameter),
    Type(Parameter),
}

impl Builder<'_> {
    /// `func (s *Server) Close() error { … }`.
    pub(super) fn func_decl(&self, node: Node) -> FuncDecl {
        let span = self.span(&node);
        let mut parts = children(node);
        let receiver = parts.next_if(Rule::receiver).and_then(|node| self.receiver(node));
        let name = self.next_name(&mut parts, "the name of the function");
        if let Some(params) = parts.next_if(Rule::generic_params) {
            self.report(SyntaxProblem::Generics { span: self.span(&params), name: name.name.clone() });
        }
        let signature = self.next_signature(&mut parts);
        let body = self.next_body(&mut parts, || format!("function `{}`", name.name));
        FuncDecl { receiver, name, signature, body, span }
    }

    /// A function in a function: reported, its body read for its own mistakes.
    pub(super) fn nested_func(&self, node: Node) -> Block {
        let mut parts = children(node);
        let name = self.next_name(&mut parts, "the name of the function");
        self.report(SyntaxProblem::NestedFunction { span: name.span, name: name.name.clone() });
        self.next_signature(&mut parts);
        self.next_body(&mut parts, || format!("function `{}`", name.name))
    }

    fn receiver(&self, node: Node) -> Option<Receiver> {
        let span = self.span(&node);
        let start = node.as_span().start();
        let mut parts = children(node);
        let name = parts.next_if(Rule::ident).map(|node| self.ident(&node));
        let pointer = parts.next_if(Rule::star).is_some();
        let Some(ty) = parts.next_if(Rule::receiver_type) else {
            self.expected_at(start + 1, "a receiver such as `s *Server`", None);
            return None;
        };
        let ty = self.receiver_type(ty);
        self.closed(parts, Span::new(start, start + 1), ')');
        Some(Receiver { name, pointer, ty, span })
    }

    /// `Server`, or `sync.WaitGroup` as one dotted name.
    fn receiver_type(&self, node: Node) -> Ident {
        let span = self.span(&node);
        let mut parts = children(node);
        let mut ty = self.next_name(&mut parts, "a type");
        if let Some(qualifier) = parts.next_if(Rule::qualifier) {
            let mut parts = children(qualifier);
            let name = self.next_name(&mut parts, "a name after the dot");
            ty = Ident { name: format!("{}.{}", ty.name, name.name), span: ty.span.to(name.span) };
        }
        if parts.next_if(Rule::type_args).is_some() {
            self.report(SyntaxProblem::Generics { span, name: ty.name.clone() });
        }
        ty
    }

    /// The next child as a signature.
    pub(super) fn next_signature(&self, children_: &mut Children) -> Signature {
        let Some(node) = children_.next_if(Rule::signature) else { return empty_signature() };
        let span = self.span(&node);
        let mut parts = children(node);
        let params = match parts.next() {
            Some(params) if params.as_rule() == Rule::params => self.params(params),
            Some(missing) => {
                self.expected(&missing, "`(` and the parameters");
                Vec::new()
            }
            None => Vec::new(),
        };
        let results = parts.next_if(Rule::result).map(|result| self.results(result)).unwrap_or_default();
        Signature { params, results, span }
    }

    fn results(&self, node: Node) -> Vec<Parameter> {
        let mut parts = children(node);
        if let Some(list) = parts.next_if(Rule::params) {
            return self.params(list);
        }
        let ty = self.next_type(&mut parts);
        ty.map(|ty| Parameter { name: None, ty, variadic: false }).into_iter().collect()
    }

    fn params(&self, node: Node) -> Vec<Parameter> {
        let start = node.as_span().start();
        let mut parts = children(node);
        let mut entries = Vec::new();
        while let Some(node) = parts.next_if(Rule::param) {
            entries.push(self.param(node));
        }
        self.closed(parts, Span::new(start, start + 1), ')');
        if entries.iter().any(|entry| matches!(entry, Entry::Named(_))) {
            self.named_params(entries)
        } else {
            entries.into_iter().map(unnamed).collect()
        }
    }

    fn param(&self, node: Node) -> Entry {
        let mut parts = children(node);
        let first = parts.next_if(Rule::ident).map(|node| self.ident(&node));
        let variadic = parts.next_if(Rule::ellipsis).is_some();
        let Some(first) = first else {
            let ty = self.next_type(&mut parts).unwrap_or(error_type(Span::default()));
            return Entry::Type(Parameter { name: None, ty, variadic });
        };
        match self.tail_type(&first, &mut parts) {
            None => Entry::Lone(first),
            Some(Tail::Type(ty)) => Entry::Named(Parameter { name: Some(first), ty, variadic }),
            Some(Tail::Whole(ty)) => Entry::Type(Parameter { name: None, ty, variadic }),
        }
    }

    /// `a, b int, c string`: a lone name takes the next type.
    fn named_params(&self, entries: Vec<Entry>) -> Vec<Parameter> {
        let mut params = Vec::new();
        let mut waiting = Vec::new();
        for entry in entries {
            match entry {
                Entry::Lone(name) => waiting.push(name),
                Entry::Named(last) => {
                    let names = std::mem::take(&mut waiting).into_iter().chain(last.name).collect();
                    let variadic = last.variadic;
                    let shared = self.shared(names, last.ty);
                    params.extend(shared.into_iter().map(|(name, ty)| Parameter {
                        name: Some(name),
                        ty,
                        variadic,
                    }));
                }
                Entry::Type(param) => {
                    self.report(SyntaxProblem::MixedParameters { span: param.ty.span });
                    params.push(param);
                }
            }
        }
        if let Some(name) = waiting.first() {
            self.report(SyntaxProblem::MixedParameters { span: name.span });
        }
        params
    }
}

fn unnamed(entry: Entry) -> Parameter {
    match entry {
        Entry::Lone(name) => {
            let ty = TypeExpr { kind: TypeExprKind::Name(name.name), span: name.span };
            Parameter { name: None, ty, variadic: false }
        }
        Entry::Named(param) | Entry::Type(param) => param,
    }
}

fn empty_signature() -> Signature {
    Signature { params: Vec::new(), results: Vec::new(), span: Span::default() }
}
