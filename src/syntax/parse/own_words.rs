//! goknot's own declarations: model, go, meta, param, check, cover, expect, fix, delete, loses.
//!
//! In: their nodes. Out: their declarations.

use super::super::ast::{
    Check, CheckKind, Cover, Decl, Delete, Expect, ExpectLine, ExpectOperation, File, Fix, GoLine, Ident,
    Loses, Meta, ModelLine, Param, Text,
};
use super::super::problem::SyntaxProblem;
use super::cursor::{Children, children};
use super::{Builder, Node, Rule};
use crate::source::Span;

impl Builder<'_> {
    pub(super) fn model_line(&self, node: Node, file: &mut File) {
        let span = self.span(&node);
        let mut parts = children(node);
        let name = self.next_name(&mut parts, "the name of the model");
        let title = self.next_title(&mut parts);
        if let Some(first) = &file.model {
            return self.report(SyntaxProblem::SecondModel { span, first: first.span });
        }
        if !file.decls.is_empty() || file.go.is_some() {
            self.report(SyntaxProblem::MisplacedLine { span, word: "model" });
        }
        file.model = Some(ModelLine { name, title, span });
    }

    pub(super) fn go_line(&self, node: Node, file: &mut File) {
        let span = self.span(&node);
        let Some(number) = children(node).next() else { return };
        let release = self.written(self.span(&number));
        let Some((major, minor)) = release_numbers(release) else {
            let span = self.span(&number);
            return self.report(SyntaxProblem::BadGoLine { span, written: release.to_string() });
        };
        if !file.decls.is_empty() || file.go.is_some() {
            return self.report(SyntaxProblem::MisplacedLine { span, word: "go" });
        }
        file.go = Some(GoLine { major, minor, span });
    }

    fn next_title(&self, parts: &mut Children) -> Option<Text> {
        parts.next_if(Rule::string_lit).map(|text| self.text(&text))
    }

    pub(super) fn meta(&self, node: Node) -> Meta {
        let span = self.span(&node);
        let mut entries = Vec::new();
        for item in children(node) {
            match item.as_rule() {
                Rule::meta_entry => entries.extend(self.meta_entry(item)),
                Rule::missing_open => self.expected(&item, "`{`"),
                Rule::bad_item | Rule::junk => self.unexpected_item(&item, "a key and a text in quotes"),
                _ => {}
            }
        }
        Meta { entries, span }
    }

    fn meta_entry(&self, node: Node) -> Option<(Ident, Text)> {
        let mut parts = children(node);
        let key = self.ident(&parts.next_if(Rule::meta_key)?);
        let value = parts.next()?;
        if value.as_rule() == Rule::missing_string {
            let hint = format!("write `{} \"…\"`", key.name);
            self.expected_at(value.as_span().start(), "a text in quotes", Some(hint));
            return None;
        }
        Some((key, self.text(&value)))
    }

    pub(super) fn param_decl(&self, node: Node) -> Option<Param> {
        let span = self.span(&node);
        let mut parts = children(node);
        let name = self.next_name(&mut parts, "the name of the parameter");
        let incomplete = |node: &Node, why| {
            let span = self.place(node.as_span().start());
            self.report(SyntaxProblem::BadParam { span, name: name.name.clone(), why });
        };
        if let Some(missing) = parts.next_if(Rule::missing_value) {
            incomplete(&missing, "expected `=` and a value");
            return None;
        }
        let value = self.next_initial(&mut parts)?.into_iter().next()?;
        let range = match parts.next_if(Rule::param_range) {
            None => None,
            Some(range) => {
                let mut ends = children(range);
                let low = self.next_expr(&mut ends)?;
                if let Some(missing) = ends.next_if(Rule::missing_range) {
                    incomplete(&missing, "expected `..` and the end of the range");
                    return None;
                }
                ends.next_if(Rule::dots);
                Some((low, self.next_expr(&mut ends)?))
            }
        };
        Some(Param { name, value, range, span })
    }

    pub(super) fn check(&self, node: Node) -> Option<Check> {
        let span = self.span(&node);
        let form = children(node).next()?;
        let rule = form.as_rule();
        let mut parts = children(form);
        let first = self.next_expr(&mut parts)?;
        let kind = match rule {
            Rule::check_always => CheckKind::Always(first),
            Rule::check_eventually => CheckKind::Eventually(first),
            _ => match self.next_expr(&mut parts) {
                Some(then) => CheckKind::LeadsTo(first, then),
                None if matches!(first.kind, super::ast::ExprKind::Error) => return None,
                None => {
                    self.report(SyntaxProblem::BadCheck { span: first.span });
                    return None;
                }
            },
        };
        Some(Check { kind, span })
    }

    pub(super) fn cover(&self, node: Node) -> Cover {
        let span = self.span(&node);
        let mut parts = children(node);
        let name = self.next_name(&mut parts, "the name of the cover");
        if let Some(colon) = parts.next_if(Rule::bad_colon) {
            self.expected(&colon, "`:`");
        }
        let cond = self.next_expr(&mut parts).unwrap_or(super::expressions::error_at(span));
        Cover { name, cond, span }
    }

    pub(super) fn expect(&self, node: Node) -> Expect {
        let span = self.span(&node);
        let mut parts = children(node);
        let kind = self.next_name(&mut parts, "what checking must find, such as deadlock");
        let stuck = parts.next_if(Rule::expect_block).map(|block| {
            let mut lines = Vec::new();
            for item in children(block) {
                match item.as_rule() {
                    Rule::expect_line => lines.extend(self.expect_line(item)),
                    Rule::bad_item | Rule::junk => self.bad_expect_line(&item, "not NAME: OPERATION"),
                    _ => {}
                }
            }
            lines
        });
        Expect { kind, stuck, span }
    }

    fn bad_expect_line(&self, node: &Node, why: &'static str) {
        self.report(SyntaxProblem::BadExpectLine { span: self.span(node), why });
    }

    fn expect_line(&self, node: Node) -> Option<ExpectLine> {
        let span = self.span(&node);
        let mut parts = children(node.clone());
        let Some(name) = parts.next_if(Rule::expect_name) else {
            self.bad_expect_line(&node, "no name and colon before it");
            return None;
        };
        let name_span = self.span(&name);
        let goroutine = Ident { name: dump_name(self.written(name_span)), span: name_span };
        let Some(operation) = parts.next_if(Rule::operation) else {
            self.bad_expect_line(&node, "no operation after the colon");
            return None;
        };
        let operation = self.expect_operation(self.span(&operation));
        Some(ExpectLine { goroutine, operation, span })
    }

    fn expect_operation(&self, span: Span) -> ExpectOperation {
        // A pasted source line brings the mark that opens its body or ends its case.
        let written = self.written(span);
        let opens = written.ends_with('{') || !written.starts_with('"');
        let written = if opens { written.trim_end_matches(['{', ';', ':', ' ', '\t']) } else { written };
        let span = Span { start: span.start, end: span.start + u32::try_from(written.len()).unwrap_or(0) };
        if written == "select" {
            return ExpectOperation::Select(span);
        }
        let reason = written.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        match reason.filter(|reason| !reason.contains('"')) {
            Some(reason) => ExpectOperation::Reason(Text { value: reason.to_string(), span }),
            None => ExpectOperation::Source(Text { value: written.to_string(), span }),
        }
    }

    pub(super) fn fix(&self, node: Node) -> Fix {
        let span = self.span(&node);
        let mut parts = children(node);
        let name = self.next_name(&mut parts, "the name of the fix");
        let title = self.next_title(&mut parts);
        let decls = match parts.next() {
            Some(body) if body.as_rule() == Rule::fix_body => self.fix_body(body),
            Some(bad) => self
                .bad_body(bad, Rule::fix_body, || format!("fix `{}`", name.name))
                .map(|body| self.fix_body(body))
                .unwrap_or_default(),
            None => Vec::new(),
        };
        Fix { name, title, decls, span }
    }

    fn fix_body(&self, node: Node) -> Vec<Decl> {
        let mut decls = Vec::new();
        let mut expect = None;
        let mut after_bad = false;
        for item in children(node) {
            let span = self.span(&item);
            let rule = item.as_rule();
            let whole_model = match rule {
                Rule::fix_decl => Some("fix"),
                Rule::model_line => Some("model"),
                Rule::go_line => Some("go"),
                _ => None,
            };
            if let Some(word) = whole_model {
                let span = Span::new(span.start as usize, span.start as usize + word.len());
                self.report(SyntaxProblem::NotInFix { span, word });
                continue;
            }
            match rule {
                Rule::junk => self.unexpected_end(&item, "declaration"),
                Rule::bad_item => {
                    self.bad_declaration(&item, after_bad);
                }
                Rule::missing_brace => {}
                _ => {
                    match expect {
                        _ if rule == Rule::expect_decl => expect = Some(span),
                        Some(expect) => self.report(SyntaxProblem::AfterExpect { span, expect }),
                        None => {}
                    }
                    self.declaration(item, &mut decls);
                }
            }
            after_bad = rule == Rule::bad_item;
        }
        decls
    }

    pub(super) fn delete(&self, node: Node) -> Delete {
        let span = self.span(&node);
        let name = self.next_dotted(&mut children(node), "the name of what the fix removes");
        Delete { name, span }
    }

    pub(super) fn loses(&self, node: Node) -> Option<Loses> {
        let span = self.span(&node);
        let mut parts = children(node);
        let name = self.next_dotted(&mut parts, "the name of the function or variable that loses something");
        let why = parts.next()?;
        if why.as_rule() == Rule::missing_string {
            let hint = format!("write `loses {} \"why\"`", name.name);
            self.expected_at(why.as_span().start(), "a text in quotes", Some(hint));
            return None;
        }
        Some(Loses { name, why: self.text(&why), span })
    }

    /// The next child as a name, dotted for a method.
    fn next_dotted(&self, parts: &mut Children, what: &str) -> Ident {
        match parts.next_if(Rule::dotted_name) {
            Some(name) => {
                let span = self.span(&name);
                Ident { name: dump_name(self.written(span)), span }
            }
            None => self.next_name(parts, what),
        }
    }
}

/// `Server.Close` for a dump's `(*Server).Close`.
fn dump_name(written: &str) -> String {
    written.replace(['(', '*', ')'], "")
}

/// `1.21` as numbers.
fn release_numbers(release: &str) -> Option<(u32, u32)> {
    let (major, minor) = release.split_once('.')?;
    let plain = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    (plain(major) && plain(minor)).then(|| Some((major.parse().ok()?, minor.parse().ok()?)))?
}
