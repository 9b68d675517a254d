//! The file and Go's declarations.
//!
//! In: the `file` node. Out: [`File`]; also the order of `model`, `go` and the rest.

use super::super::ast::{ConstGroup, ConstSpec, Decl, File, Ident, Import, TypeDecl, VarDecl};
use super::super::problem::SyntaxProblem;
use super::cursor::{Children, children};
use super::{Builder, Node, Rule};
use crate::source::Span;

/// A line of a `var` or `const` declaration.
struct ValueSpec {
    names: Vec<Ident>,
    ty: Option<super::ast::TypeExpr>,
    values: Vec<super::ast::Expr>,
    span: Span,
}

impl Builder<'_> {
    /// The whole file.
    pub(super) fn file(&self, node: Node) -> File {
        let mut file = File::default();
        let mut after_bad = false;
        let mut names_model = false;
        for item in children(node) {
            let bad = item.as_rule() == Rule::bad_declaration;
            match item.as_rule() {
                Rule::EOI => continue,
                Rule::model_line => self.model_line(item, &mut file),
                Rule::go_line => self.go_line(item, &mut file),
                Rule::junk => self.unexpected_end(&item, "declaration"),
                Rule::bad_declaration => names_model |= self.bad_declaration(&item, after_bad),
                Rule::delete_decl => {
                    self.report(SyntaxProblem::OnlyInFix { span: self.span(&item), word: "delete" });
                }
                Rule::loses_decl => {
                    self.report(SyntaxProblem::OnlyInFix { span: self.span(&item), word: "loses" });
                }
                _ => self.declaration(item, &mut file.decls),
            }
            after_bad = bad;
        }
        if file.model.is_none() && !names_model {
            self.missing_model();
        }
        file
    }

    fn missing_model(&self) {
        let all = Span::new(0, self.text.len());
        self.report(match self.tokens.first() {
            None => SyntaxProblem::EmptyFile { span: all },
            Some(first) => {
                let package = self.written(first.span) == "package";
                SyntaxProblem::MissingModel { span: first.span, package }
            }
        });
    }

    /// One declaration; groups give several.
    pub(super) fn declaration(&self, node: Node, decls: &mut Vec<Decl>) {
        match node.as_rule() {
            Rule::import_decl => decls.extend(self.imports(node).into_iter().map(Decl::Import)),
            Rule::const_decl => decls.push(Decl::Const(self.const_group(node))),
            Rule::var_decl => decls.extend(self.var_decls(node).into_iter().map(Decl::Var)),
            Rule::type_decl => decls.extend(self.type_decls(node).into_iter().map(Decl::Type)),
            Rule::func_decl => decls.push(Decl::Func(self.func_decl(node))),
            Rule::meta_decl => decls.push(Decl::Meta(self.meta(node))),
            Rule::param_decl => decls.extend(self.param_decl(node).map(Decl::Param)),
            Rule::check_decl => decls.extend(self.check(node).map(Decl::Check)),
            Rule::cover_decl => decls.push(Decl::Cover(self.cover(node))),
            Rule::expect_decl => decls.push(Decl::Expect(self.expect(node))),
            Rule::fix_decl => decls.push(Decl::Fix(self.fix(node))),
            Rule::delete_decl => decls.push(Decl::Delete(self.delete(node))),
            Rule::loses_decl => decls.extend(self.loses(node).map(Decl::Loses)),
            _ => {}
        }
    }

    /// The next child as a name; a missing one is reported and called `_`.
    pub(super) fn next_name(&self, children: &mut Children, what: &str) -> Ident {
        match children.next_when(|rule| matches!(rule, Rule::ident | Rule::missing_name)) {
            Some(node) if node.as_rule() == Rule::ident => self.ident(&node),
            Some(node) => {
                self.expected(&node, what);
                Ident { name: "_".to_string(), span: self.span(&node) }
            }
            None => Ident { name: "_".to_string(), span: Span::default() },
        }
    }

    fn imports(&self, node: Node) -> Vec<Import> {
        self.specs(
            node,
            Rule::import_spec,
            Rule::import_group,
            "an import path in quotes",
            |builder, spec| {
                let span = builder.span(&spec);
                let mut parts = children(spec);
                if let Some(name) = parts.next_when(|rule| matches!(rule, Rule::ident | Rule::dot)) {
                    builder.report(SyntaxProblem::ImportName { span: builder.span(&name) });
                }
                let path = parts.next_if(Rule::string_lit)?;
                Some(Import { path: builder.text(&path), span })
            },
        )
    }

    /// `const ( … )` as one group.
    pub(super) fn const_group(&self, node: Node) -> ConstGroup {
        let span = self.span(&node);
        let specs = self.value_specs(node).into_iter().map(|spec| {
            let ValueSpec { names, ty, values, span } = spec;
            ConstSpec { names, ty, values, span }
        });
        ConstGroup { specs: specs.collect(), span }
    }

    /// One declaration for each line of `var ( … )`.
    pub(super) fn var_decls(&self, node: Node) -> Vec<VarDecl> {
        let mut decls = Vec::new();
        for ValueSpec { names, ty, values, span } in self.value_specs(node) {
            if ty.is_none() && values.is_empty() {
                let hint = match self.word_at(span.end as usize) {
                    ":=" => "write `x := value` or `var x = value`",
                    _ => "write `var x T`, `var x = value` or both",
                };
                self.expected_at(span.end as usize, "a type or `=`", Some(hint.to_string()));
            }
            decls.push(VarDecl { names, ty, values, span });
        }
        decls
    }

    fn value_specs(&self, node: Node) -> Vec<ValueSpec> {
        self.specs(node, Rule::value_spec, Rule::value_group, "a name", |builder, spec| {
            let span = builder.span(&spec);
            let mut parts = children(spec);
            let mut names = vec![builder.next_name(&mut parts, "a name")];
            while matches!(parts.peek(), Some(Rule::ident | Rule::missing_name)) {
                names.push(builder.next_name(&mut parts, "a name"));
            }
            let ty = builder.next_type(&mut parts);
            let values = builder.next_initial(&mut parts).unwrap_or_default();
            Some(ValueSpec { names, ty, values, span })
        })
    }

    /// `= a, b`.
    pub(super) fn next_initial(&self, parts: &mut Children) -> Option<Vec<super::ast::Expr>> {
        let mut inside = children(parts.next_if(Rule::initial)?);
        inside.next_if(Rule::equals);
        inside.next().map(|list| self.expr_list(list))
    }

    /// Each spec of `type ( … )`.
    pub(super) fn type_decls(&self, node: Node) -> Vec<TypeDecl> {
        self.specs(node, Rule::type_spec, Rule::type_group, "the name of the type", |builder, spec| {
            let span = builder.span(&spec);
            let mut parts = children(spec);
            let name = builder.next_name(&mut parts, "the name of the type");
            if let Some(params) = parts.next_if(Rule::generic_params) {
                let span = builder.span(&params);
                builder.report(SyntaxProblem::Generics { span, name: name.name.clone() });
            }
            let alias = parts.next_if(Rule::equals).is_some();
            let ty = builder.next_type(&mut parts)?;
            Some(TypeDecl { name, alias, ty, span })
        })
    }

    /// The specs of a declaration, in a group or alone.
    fn specs<'n, T>(
        &self,
        node: Node<'n>,
        spec_rule: Rule,
        group_rule: Rule,
        wanted: &str,
        build: impl Fn(&Self, Node<'n>) -> Option<T>,
    ) -> Vec<T> {
        let mut specs = Vec::new();
        for part in children(node) {
            let rule = part.as_rule();
            if rule == spec_rule {
                specs.extend(build(self, part));
            } else if rule == group_rule {
                let start = part.as_span().start();
                for item in children(part) {
                    match item.as_rule() {
                        rule if rule == spec_rule => specs.extend(build(self, item)),
                        Rule::group_junk => self.unexpected_item(&item, wanted),
                        Rule::bad_close_group => self.unclosed_group(&item, start),
                        _ => {}
                    }
                }
            } else if matches!(rule, Rule::missing_name | Rule::missing_string) {
                self.expected(&part, wanted);
            }
        }
        specs
    }

    fn unclosed_group(&self, node: &Node, open: usize) {
        let at = node.as_span().start();
        let open = Span::new(open, open + 1);
        let (span, found) = (self.place(at), self.found(at));
        self.report(SyntaxProblem::UnclosedList { open, span, close: ')', found });
    }
}
