//! Names and types: syntax tree to typed program.
//!
//! In: an [`ast::File`](crate::syntax::ast::File), values for its `param`s and the
//! name of a fix. Out: a [`program::Program`] and the problems met on the way.
//!
//! The way of a model: `overlay` (which declarations) → `declare` (package level, in
//! whatever order) → `functions`, `statements`, `expr` and their siblings (bodies) →
//! `init_order`, `properties`, `expects`. `checker` holds the state of all of them.

mod assign;
mod basic;
mod binary;
mod branches;
mod builtins;
mod calls;
mod checker;
mod constant;
mod convert;
mod declare;
pub mod expects;
mod expr;
mod flow;
mod functions;
mod generics;
mod index;
mod init_order;
mod library;
mod literals;
mod loops;
pub mod methods;
mod operand;
pub(crate) mod overlay;
mod package_calls;
mod packages;
mod params;
pub mod problem;
pub mod program;
mod properties;
mod receivers;
mod resolve;
mod scope;
mod selectors;
mod show;
mod statements;
mod text;
pub mod types;
mod validity;
mod words;

use self::checker::Checker;
use self::overlay::Declarations;
use self::problem::ModelProblem;
use self::program::{FuncId, Param, Program};
use crate::diag::Problems;
use crate::source::Span;
use crate::syntax::ast::{Decl, File};

/// One `fix` of a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FixInfo {
    pub name: String,
    pub title: Option<String>,
    pub span: Span,
}

/// The parameters of a model with their defaults and ranges, in source order.
pub fn params(file: &File) -> (Vec<Param>, Problems) {
    let mut ignored = Problems::default();
    let mut declarations = overlay::flatten(&file.decls, &mut ignored);
    // Parameters may use constants, and those types; nothing else is needed.
    declarations.items.retain(|item| {
        matches!(
            item.kind,
            overlay::ItemKind::Param(_) | overlay::ItemKind::Const { .. } | overlay::ItemKind::Type(_)
        )
    });
    declarations.imports.clear();
    if !declarations.items.iter().any(|item| matches!(item.kind, overlay::ItemKind::Param(_))) {
        return (Vec::new(), ignored);
    }
    let mut checker = Checker::new(&[]);
    checker.only_params(&declarations);
    (checker.params, checker.problems)
}

/// The fixes of a model, in source order.
pub fn fixes(file: &File) -> Vec<FixInfo> {
    overlay::fixes(file)
        .map(|fix| FixInfo {
            name: fix.name.name.clone(),
            title: fix.title.as_ref().map(|title| title.value.clone()),
            span: fix.span,
        })
        .collect()
}

/// Types a model for one valuation of its parameters (those not named in `values` have their
/// default; names that the model does not have are ignored) and with one fix applied.
///
/// There is a program exactly if there are no errors.
pub fn analyze(file: &File, values: &[(String, i64)], fix: Option<&str>) -> (Option<Program>, Problems) {
    let mut problems = Problems::default();
    let declarations = overlay::overlay(file, fix, &mut problems);
    let mut checker = Checker::new(values);
    checker.go = file.go.as_ref().map(|go| (go.major, go.minor));
    checker.shared_loop_vars = checker.go.is_some_and(|go| go < (1, 22));
    checker.problems = problems;
    let program = checker.program(file, &declarations);
    let problems = checker.problems;
    (program.filter(|_| !problems.has_errors()), problems)
}

/// Checks the model and every fix at the default parameters.
pub fn analyze_all(file: &File) -> Problems {
    let (_, mut problems) = analyze(file, &[], None);
    for fix in overlay::fixes(file) {
        let (_, more) = analyze(file, &[], Some(&fix.name.name));
        problems.append(more);
    }
    problems
}

impl<'a> Checker<'a> {
    fn program(&mut self, file: &'a File, declarations: &Declarations<'a>) -> Option<Program> {
        self.add_model(declarations);
        self.check_bodies();
        self.finish_types();
        let globals = self.order_globals();
        let checks = self.checks(&declarations.checks);
        let covers = self.covers(&declarations.covers);
        let expects = self.expects(&declarations.expects);
        let main = self.find_main(file);
        self.finish_vars();
        if self.problems.has_errors() {
            return None;
        }
        self.warn_unused();
        let model = file.model.as_ref();
        Some(Program {
            name: model.map(|model| model.name.name.clone()).unwrap_or_default(),
            title: model.and_then(|model| model.title.as_ref()).map(|title| title.value.clone()),
            meta: declarations.meta.clone(),
            params: std::mem::take(&mut self.params),
            types: std::mem::take(&mut self.types),
            strings: std::mem::take(&mut self.strings),
            vars: std::mem::take(&mut self.vars),
            funcs: std::mem::take(&mut self.funcs),
            globals,
            inits: std::mem::take(&mut self.inits),
            main: main?,
            checks,
            covers,
            expects,
        })
    }

    fn find_main(&mut self, file: &File) -> Option<FuncId> {
        let main = self.funcs.iter().position(|func| func.symbol == "main.main" && !func.library);
        if main.is_none() {
            let model = file.model.as_ref().map(|model| model.span);
            let span = model.or_else(|| file.decls.first().map(decl_span)).unwrap_or_default();
            self.report(&ModelProblem::NoMain { span });
        }
        main.and_then(|main| u32::try_from(main).ok()).map(FuncId)
    }
}

fn decl_span(decl: &Decl) -> Span {
    match decl {
        Decl::Import(decl) => decl.span,
        Decl::Meta(decl) => decl.span,
        Decl::Param(decl) => decl.span,
        Decl::Const(decl) => decl.span,
        Decl::Var(decl) => decl.span,
        Decl::Type(decl) => decl.span,
        Decl::Func(decl) => decl.span,
        Decl::Check(decl) => decl.span,
        Decl::Cover(decl) => decl.span,
        Decl::Expect(decl) => decl.span,
        Decl::Fix(decl) => decl.span,
        Decl::Delete(decl) => decl.span,
        Decl::Loses(decl) => decl.span,
    }
}

#[cfg(test)]
mod tests;
