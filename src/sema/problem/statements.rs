//! Statements that cannot stand as they are (GK0190 to GK0209).

use super::{also, count, error, meant};
use crate::diag::{Diagnostic, Problem};
use crate::source::Span;

/// A mistake in a statement.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum StatementProblem {
    AssignCount {
        span: Span,
        targets: usize,
        values: usize,
    },
    ReturnCount {
        span: Span,
        have: usize,
        want: usize,
        at: Span,
    },
    MissingReturn {
        span: Span,
        name: String,
    },
    /// `word` is `break` or `continue`.
    Outside {
        span: Span,
        word: &'static str,
    },
    UnknownLabel {
        span: Span,
        word: &'static str,
        name: String,
        meant: Option<String>,
        exists: bool,
    },
    Fallthrough {
        span: Span,
        why: &'static str,
    },
    DuplicateCase {
        span: Span,
        first: Span,
        value: String,
    },
    DuplicateDefault {
        span: Span,
        first: Span,
    },
    Unused {
        span: Span,
        what: String,
    },
    ShadowedResult {
        span: Span,
        name: String,
        at: Span,
    },
    TypeOutsideSwitch {
        span: Span,
    },
    RangeTargets {
        span: Span,
        over: String,
        allowed: usize,
    },
}

impl Problem for StatementProblem {
    fn diagnose(&self) -> Diagnostic {
        match self {
            Self::AssignCount { span, targets, values } => error(
                190,
                *span,
                format!("{} for {}", count(*values, "value"), count(*targets, "variable")),
                "the two sides do not match",
                "write one value for each variable, or one call that gives them all",
            ),
            Self::ReturnCount { span, have, want, at } => also(
                error(
                    191,
                    *span,
                    format!(
                        "returns {} where the function has {}",
                        count(*have, "value"),
                        count(*want, "result")
                    ),
                    if have < want { "too few values" } else { "too many values" },
                    "return one value for each result",
                ),
                *at,
                "the function's results",
            ),
            Self::MissingReturn { span, name } => error(
                192,
                *span,
                format!("`{name}` can end without returning its result"),
                "this end can be reached",
                "end the function with `return`, `panic` or a loop without an end",
            ),
            Self::Outside { span, word } => error(
                193,
                *span,
                format!("`{word}` outside a loop"),
                if *word == "break" {
                    "no `for`, `switch` or `select` around it"
                } else {
                    "no `for` around it"
                },
                "a function literal is a function of its own: leave it with `return`",
            ),
            Self::UnknownLabel { span, word, name, meant: near, exists } => error(
                194,
                *span,
                format!("`{word} {name}` leads nowhere"),
                match (exists, *word) {
                    (true, "continue") => "the label is not on a loop around this statement",
                    (true, _) => "the label is not on a statement around this one",
                    (false, _) => "there is no such label",
                },
                meant(near.as_deref(), format!("put `{name}:` before the loop that is meant")),
            ),
            Self::Fallthrough { span, why } => error(
                195,
                *span,
                "`fallthrough` cannot stand here",
                *why,
                "it is the last statement of a `switch` case that is not the last case",
            ),
            Self::DuplicateCase { span, first, value } => also(
                error(
                    196,
                    *span,
                    format!("case `{value}` stands twice"),
                    "again here",
                    "remove one of the two",
                ),
                *first,
                "first here",
            ),
            Self::DuplicateDefault { span, first } => also(
                error(197, *span, "a second `default`", "again here", "remove one of the two"),
                *first,
                "first here",
            ),
            Self::Unused { span, what } => error(
                198,
                *span,
                format!("{what} is computed and not used"),
                "does nothing",
                "assign it, `_ = …` if it is only for show; a statement is a call, a send or a receive",
            ),
            Self::ShadowedResult { span, name, at } => also(
                error(
                    199,
                    *span,
                    format!("result `{name}` is hidden at this `return`"),
                    "which value?",
                    format!("rename the inner `{name}`, or write `return {name}`"),
                ),
                *at,
                "hidden by this one",
            ),
            Self::TypeOutsideSwitch { span } => error(
                200,
                *span,
                "`.(type)` belongs in a type switch",
                "no type switch here",
                "write `switch v := x.(type) { case T: … }`, or `x.(T)`",
            ),
            Self::RangeTargets { span, over, allowed } => error(
                202,
                *span,
                format!("`range` over {over} gives {}", count(*allowed, "value")),
                "one too many",
                "remove the last variable",
            ),
        }
    }
}
