//! `check` and `cover`: conditions over package variables, without effects.

use super::checker::Checker;
use super::problem::ModelProblem;
use super::program::{Check, CheckKind, Cover, Expr};
use super::scope::Env;
use super::text::expr_text;
use crate::source::Span;
use crate::syntax::ast::{self, ExprKind, UnaryOp};

impl<'a> Checker<'a> {
    pub(crate) fn checks(&mut self, checks: &[&'a ast::Check]) -> Vec<Check> {
        checks
            .iter()
            .map(|check| {
                let (kind, text) = match &check.kind {
                    ast::CheckKind::Always(cond) => {
                        (CheckKind::Always(self.property(cond)), format!("always {}", expr_text(cond)))
                    }
                    ast::CheckKind::Eventually(cond) => (
                        CheckKind::Eventually(self.property(cond)),
                        format!("eventually {}", expr_text(cond)),
                    ),
                    ast::CheckKind::LeadsTo(from, to) => {
                        let text = format!("{} leadsto {}", expr_text(from), expr_text(to));
                        (CheckKind::LeadsTo(self.property(from), self.property(to)), text)
                    }
                };
                Check { kind, text, span: check.span }
            })
            .collect()
    }

    pub(crate) fn covers(&mut self, covers: &[&'a ast::Cover]) -> Vec<Cover> {
        let mut seen: Vec<(&str, Span)> = Vec::new();
        let mut out = Vec::new();
        for cover in covers {
            let (name, span) = (cover.name.name.as_str(), cover.name.span);
            if let Some(&(_, first)) = seen.iter().find(|(other, _)| *other == name) {
                let name = name.to_string();
                self.report(&super::problem::NameProblem::Redeclared { span, first, what: "cover", name });
            }
            seen.push((name, span));
            out.push(Cover { name: name.to_string(), cond: self.property(&cover.cond), span: cover.span });
        }
        out
    }

    /// A condition that only looks.
    fn property(&mut self, cond: &'a ast::Expr) -> Expr {
        let before = self.problems.len();
        self.check_effects(cond);
        if self.problems.len() > before {
            return self.poison(cond.span);
        }
        self.within(Env::top(0, None), |checker| {
            let operand = checker.expr(cond);
            checker.condition(operand, "a property")
        })
    }

    /// Reports what a property must not do, and names that only some function knows.
    fn check_effects(&mut self, expr: &'a ast::Expr) {
        let mut work = vec![expr];
        while let Some(expr) = work.pop() {
            match &expr.kind {
                ExprKind::Name(name) => self.check_local(name, expr.span),
                ExprKind::Call { callee, args, .. } => {
                    let choice =
                        args.len() == 2 && matches!(&callee.kind, ExprKind::Name(name) if name == "any");
                    if choice {
                        self.report(&ModelProblem::Effect { span: expr.span, what: "a choice" });
                    } else if self.pure_callee(callee) {
                        work.extend(args);
                    } else {
                        self.report(&ModelProblem::Effect { span: expr.span, what: "a call" });
                    }
                }
                ExprKind::Unary { op: UnaryOp::Recv, .. } => {
                    self.report(&ModelProblem::Effect { span: expr.span, what: "a receive" });
                }
                ExprKind::FuncLit(_) => {
                    self.report(&ModelProblem::Effect { span: expr.span, what: "a function literal" });
                }
                ExprKind::Unary { op: UnaryOp::AddrOf, operand } => {
                    if matches!(operand.kind, ExprKind::Composite { .. }) {
                        self.report(&ModelProblem::Effect { span: expr.span, what: "a new object" });
                    }
                    work.push(operand);
                }
                ExprKind::Paren(inner) | ExprKind::Star(inner) => work.push(inner),
                ExprKind::Unary { operand, .. }
                | ExprKind::Selector { operand, .. }
                | ExprKind::TypeAssert { operand, .. } => work.push(operand),
                ExprKind::Index { operand, index } => work.extend([&**operand, &**index]),
                ExprKind::Binary { left, right, .. } => work.extend([&**left, &**right]),
                ExprKind::Slice { operand, low, high, max } => {
                    work.push(operand);
                    work.extend([low, high, max].into_iter().flatten().map(|bound| &**bound));
                }
                ExprKind::Composite { elements, .. } => {
                    work.extend(elements.iter().map(|element| &element.value));
                }
                ExprKind::Int(_)
                | ExprKind::Float(_)
                | ExprKind::Rune(_)
                | ExprKind::String(_)
                | ExprKind::Type(_)
                | ExprKind::Error => {}
            }
        }
    }

    /// `len`, `cap`, `min`, `max` and types.
    fn pure_callee(&mut self, callee: &'a ast::Expr) -> bool {
        use super::scope::Entity;
        use super::words::Word;
        match &callee.kind {
            ExprKind::Paren(inner) => self.pure_callee(inner),
            ExprKind::Name(name) => {
                let entity = self.within(Env::top(0, None), |checker| checker.lookup(name, callee.span));
                matches!(
                    entity,
                    Some(Entity::Type(_) | Entity::Word(Word::Len | Word::Cap | Word::Min | Word::Max))
                        | None
                )
            }
            ExprKind::Type(_) | ExprKind::Star(_) => true,
            ExprKind::Selector { operand, name } => match &operand.kind {
                ExprKind::Name(package) => {
                    let entity =
                        self.within(Env::top(0, None), |checker| checker.lookup(package, operand.span));
                    match entity {
                        Some(Entity::Package(package)) => {
                            matches!(self.member(package, name), Entity::Type(_))
                        }
                        _ => false,
                    }
                }
                _ => false,
            },
            _ => false,
        }
    }

    /// A name that no package declaration has, but some function.
    fn check_local(&mut self, name: &str, span: Span) {
        let known = self.within(Env::top(0, None), |checker| checker.lookup(name, span).is_some());
        if known {
            return;
        }
        let local = self.vars.iter().find_map(|var| {
            let owner = self.funcs.get(var.owner?.index())?;
            (var.name == name && !owner.library).then(|| (owner.name.clone(), var.span))
        });
        if let Some((function, at)) = local {
            self.report(&ModelProblem::Local { span, name: name.to_string(), function, at });
        }
    }
}
