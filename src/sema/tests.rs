//! The typing rules from text: what is accepted, and what is said of the rest.

mod accept;
mod library;
mod names;
mod statements;
mod typing;
mod words;

use super::program::Program;
use super::{analyze, analyze_all};
use crate::diag::{Problems, Severity};
use crate::source::Source;
use crate::syntax;

/// A model around declarations.
pub(super) fn model(decls: &str) -> String {
    format!("model m \"\"\n\n{decls}\n")
}

/// A model around the statements of `main`.
pub(super) fn main_with(stmts: &str) -> String {
    model(&format!("func main() {{\n{stmts}\n}}"))
}

fn render(source: &Source, problems: Problems) -> Vec<String> {
    problems
        .sorted()
        .iter()
        .map(|problem| {
            let place = source.slice(problem.span()).lines().next().unwrap_or("");
            let warning = if problem.severity == Severity::Warning { "warning " } else { "" };
            format!("{warning}{} [{place}] {} / {}", problem.code, problem.message, problem.help)
        })
        .collect()
}

/// The typed program; a problem of any kind fails the test.
#[track_caller]
pub(super) fn accept(text: &str) -> Program {
    accept_with(text, &[], None)
}

#[track_caller]
pub(super) fn accept_with(text: &str, values: &[(&str, i64)], fix: Option<&str>) -> Program {
    let source = Source::new("m.knot", text);
    let (file, problems) = syntax::parse(&source);
    assert!(problems.is_empty(), "syntax:\n{}", render(&source, problems).join("\n"));
    let values: Vec<(String, i64)> = values.iter().map(|(name, value)| (name.to_string(), *value)).collect();
    let (program, problems) = analyze(&file, &values, fix);
    assert!(problems.is_empty(), "{text}\n{}", render(&source, problems).join("\n"));
    let program = program.expect("a program where there are no errors");
    assert_clean(&program);
    program
}

/// What is said about a model, one line a problem: code, place, message, help.
#[track_caller]
pub(super) fn problems(text: &str) -> Vec<String> {
    problems_with(text, &[], None)
}

#[track_caller]
pub(super) fn problems_with(text: &str, values: &[(&str, i64)], fix: Option<&str>) -> Vec<String> {
    let source = Source::new("m.knot", text);
    let (file, problems) = syntax::parse(&source);
    assert!(problems.is_empty(), "syntax:\n{}", render(&source, problems).join("\n"));
    let values: Vec<(String, i64)> = values.iter().map(|(name, value)| (name.to_string(), *value)).collect();
    let (program, problems) = analyze(&file, &values, fix);
    assert_eq!(program.is_none(), problems.has_errors(), "a program exactly where there are no errors");
    render(&source, problems)
}

pub(super) fn all_problems(text: &str) -> Vec<String> {
    let source = Source::new("m.knot", text);
    let (file, problems) = syntax::parse(&source);
    assert!(problems.is_empty(), "syntax:\n{}", render(&source, problems).join("\n"));
    render(&source, analyze_all(&file))
}

/// Exactly these problems, each given by its code and the marked text: `GK0100 [x]`.
#[track_caller]
pub(super) fn reject(text: &str, expected: &[&str]) {
    let found = problems(text);
    let short: Vec<&str> =
        found.iter().map(|line| line.split_once("] ").map_or(line.as_str(), |(short, _)| short)).collect();
    let short: Vec<String> = short.iter().map(|short| format!("{short}]")).collect();
    assert_eq!(short, expected, "\n{text}\n{}", found.join("\n"));
}

/// [`reject`] for statements of `main`.
#[track_caller]
pub(super) fn reject_main(stmts: &str, expected: &[&str]) {
    reject(&main_with(stmts), expected);
}

/// Nothing untyped or invalid is left in a program.
#[track_caller]
fn assert_clean(program: &Program) {
    let text = format!("{:?}", program.funcs) + &format!("{:?}", program.globals);
    for (id, ty) in program.types.iter() {
        let shown = program.types.show(id);
        let bad = shown.contains("untyped") || shown.contains("invalid");
        let used = text.contains(&format!("ty: {id:?},"));
        assert!(!(bad && used), "an expression of type {shown} ({ty:?}) is left:\n{:#?}", program.funcs);
    }
}
