//! What Go has and models do not (GK0210 to GK0229).

use super::error;
use crate::diag::{Diagnostic, Problem};
use crate::source::Span;

/// Something that is out of the language.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum LanguageProblem {
    Goto { span: Span, label: String },
    Generics { span: Span, name: String },
    RangeFunc { span: Span },
    Float { span: Span, written: String },
    StringValue { span: Span, what: String },
    Number { span: Span, name: String },
    Package { span: Span, name: String },
    RandomInt { span: Span, name: String },
    Member { span: Span, name: String, instead: &'static str },
}

impl Problem for LanguageProblem {
    fn diagnose(&self) -> Diagnostic {
        match self {
            Self::Goto { span, label } => error(
                210,
                *span,
                "`goto` is not in the language",
                "jumps from here",
                format!(
                    "write a loop, and `break` or `continue` with a label; label `{label}` may stay on the loop"
                ),
            ),
            Self::Generics { span, name } => error(
                211,
                *span,
                format!("`{name}` is used with type arguments: generics are not in the language"),
                "type arguments",
                "write the type out for the one type argument that the bug needs",
            ),
            Self::RangeFunc { span } => error(
                212,
                *span,
                "`range` over a function is not in the language",
                "this is a function",
                "call the function with a function literal: `seq(func(v int) bool { …; return true })`",
            ),
            Self::Float { span, written } => error(
                213,
                *span,
                format!("`{written}` is not an integer: floating point numbers are not in the language"),
                "not an integer",
                "a model decides on integers: scale the value, or choose with `any(lo, hi)`",
            ),
            Self::StringValue { span, what } => error(
                214,
                *span,
                format!("{what} is not in the language"),
                "strings are constants in a model: they are compared, copied and sent, nothing else",
                "write out the constant strings, or use small integers in their place",
            ),
            Self::Number { span, name } => error(
                215,
                *span,
                format!("type `{name}` is not in the language"),
                "no such numbers in a model",
                "use `int` or one of the sized integers",
            ),
            Self::Package { span, name } => error(
                216,
                *span,
                format!("package `{name}` is not in the language"),
                "models cannot use it",
                "write the few lines that matter as functions and types of the model",
            ),
            Self::RandomInt { span, name } => error(
                217,
                *span,
                format!("`{name}` can give any of too many numbers"),
                "each would be a branch of the search",
                "say which range matters: `any(0, 2)`, or `rand.Intn(3)`",
            ),
            Self::Member { span, name, instead } => error(
                218,
                *span,
                format!("`{name}` is not in the language"),
                "goknot does not model this",
                *instead,
            ),
        }
    }
}
