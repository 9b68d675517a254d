//! Tests of the whole way from text to tree, by subject.
//!
//! Small ones of a single step stand beside the step. What people see of a mistake
//! is in `tests/diagnostics.rs`.

mod grammar;
mod hostile;
mod random;
mod recovery;
mod shapes;
mod words;

use super::ast::{Decl, Expr, File, Stmt, StmtKind};
use crate::diag::Diagnostic;
use crate::source::Source;

/// Parses a file.
fn parsed(text: &str) -> (File, Vec<Diagnostic>) {
    let (file, problems) = super::parse(&Source::new("test.knot", text));
    (file, problems.sorted())
}

/// Parses a file that is right.
fn file(text: &str) -> File {
    let (file, problems) = parsed(text);
    assert!(problems.is_empty(), "{text}\n{problems:#?}");
    file
}

/// The statements of a function that is right.
fn statements(body: &str) -> Vec<Stmt> {
    let file = file(&format!("model t\nfunc main() {{\n{body}\n}}\n"));
    match file.decls.into_iter().next() {
        Some(Decl::Func(func)) => func.body.stmts,
        other => panic!("no function: {other:?}"),
    }
}

/// The only statement of a function that is right.
fn statement(body: &str) -> StmtKind {
    let mut stmts = statements(body);
    assert_eq!(stmts.len(), 1, "{body}");
    stmts.remove(0).kind
}

/// An expression that is right.
fn expression(text: &str) -> Expr {
    match statement(&format!("_ = {text}")) {
        StmtKind::Assign { mut values, .. } => values.remove(0),
        other => panic!("{other:?}"),
    }
}

/// Line and code of each problem: `3:GK0009`.
fn problems(text: &str) -> Vec<String> {
    let source = Source::new("test.knot", text);
    let (_, problems) = super::parse(&source);
    problems.sorted().iter().map(|found| format!("{}:{}", source.line(found.span()), found.code)).collect()
}
