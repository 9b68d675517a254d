//! What the lowering cannot express.

use crate::diag::{Code, Diagnostic, Label, Problem, Severity};
use crate::source::Span;

/// A construct that types well and has no Machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LowerProblem {
    /// Inlining made more points than [`super::Options::max_points`].
    TooLarge { limit: usize, span: Span },
    /// A construct that the language knows and the Machine does not yet.
    Unsupported { what: &'static str, instead: &'static str, span: Span },
    /// A property reads something that only a goroutine has.
    NotObservable { span: Span },
}

impl Problem for LowerProblem {
    fn diagnose(&self) -> Diagnostic {
        let error = |code, message: String, span, label: &str, help: &str| Diagnostic {
            code: Code(code),
            severity: Severity::Error,
            message,
            labels: vec![Label { span, text: label.into() }],
            help: help.into(),
        };
        match self {
            Self::TooLarge { limit, span } => error(
                300,
                format!("the model has more than {limit} control points once its calls are inlined"),
                *span,
                "while inlining this call",
                "lower --unwind, or break the recursion: each level of a recursive call is copied",
            ),
            Self::Unsupported { what, instead, span } => {
                error(301, format!("{what} cannot be modelled"), *span, "used here", instead)
            }
            Self::NotObservable { span } => error(
                302,
                "a property can read package variables only".into(),
                *span,
                "not a package variable, nor reached from one",
                "make it a package variable, or write `assert(…)` where it is in scope",
            ),
        }
    }
}
