//! Constants that do not work out (GK0160 to GK0169).

use super::{also, error};
use crate::diag::{Diagnostic, Problem};
use crate::source::Span;

/// A mistake in a constant expression.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ConstantProblem {
    /// `what` must be constant: "an array length", …
    NotConstant {
        span: Span,
        what: &'static str,
    },
    Overflow {
        span: Span,
        value: String,
        ty: String,
    },
    TooBig {
        span: Span,
    },
    DivisionByZero {
        span: Span,
    },
    ShiftCount {
        span: Span,
        why: &'static str,
    },
    Index {
        span: Span,
        index: String,
        len: String,
    },
    Negative {
        span: Span,
        what: &'static str,
        value: String,
    },
    /// `kind` is "initialisation" or "declaration"; `path` the names in order.
    Cycle {
        span: Span,
        kind: &'static str,
        path: Vec<String>,
    },
    Iota {
        span: Span,
    },
    MissingValue {
        span: Span,
        name: String,
    },
    SliceOrder {
        span: Span,
    },
    TooDeep {
        span: Span,
    },
    EmptyRange {
        span: Span,
        low: String,
        high: String,
        at: Option<Span>,
    },
}

impl Problem for ConstantProblem {
    fn diagnose(&self) -> Diagnostic {
        match self {
            Self::NotConstant { span, what } => error(
                160,
                *span,
                format!("{what} must be a constant"),
                "known only when the model runs",
                "use a literal, a `const` or a `param`",
            ),
            Self::Overflow { span, value, ty } => error(
                161,
                *span,
                format!("{value} does not fit `{ty}`"),
                format!("this is {value}"),
                "use a smaller value or a wider type",
            ),
            Self::TooBig { span } => error(
                162,
                *span,
                "this constant is too large",
                "more than 127 bits",
                "constants may have up to 127 bits here",
            ),
            Self::DivisionByZero { span } => {
                error(163, *span, "division by zero", "this is zero", "divide by something else")
            }
            Self::ShiftCount { span, why } => error(
                164,
                *span,
                "this shift count does not work",
                *why,
                "a shift count is an integer from 0 on",
            ),
            Self::Index { span, index, len } => error(
                165,
                *span,
                format!("index {index} is out of range"),
                format!("there are {len} elements"),
                "indices start at 0 and end before the length",
            ),
            Self::Negative { span, what, value } => error(
                166,
                *span,
                format!("{what} cannot be negative"),
                format!("this is {value}"),
                "write 0 or more",
            ),
            Self::Cycle { span, kind, path } => error(
                167,
                *span,
                format!("{kind} cycle: {}", path.join(" → ")),
                "needs itself",
                "break the circle: compute one of them in `main` or in `init`",
            ),
            Self::Iota { span } => error(
                168,
                *span,
                "`iota` counts the lines of a `const` declaration",
                "no `const` declaration here",
                "write the number",
            ),
            Self::MissingValue { span, name } => error(
                169,
                *span,
                format!("constant `{name}` has no value"),
                "a value is missing",
                format!("write `const {name} = …`"),
            ),
            Self::SliceOrder { span } => error(
                170,
                *span,
                "the bounds of this slice are the wrong way round",
                "the low bound is above the high one",
                "write the smaller bound first",
            ),
            Self::TooDeep { span } => error(
                171,
                *span,
                "these declarations build on each other too deeply",
                "more than a hundred declarations stand behind this one",
                "declare them in the order of their use",
            ),
            Self::EmptyRange { span, low, high, at } => {
                let diagnostic = error(
                    172,
                    *span,
                    format!("there is no value from {low} to {high}"),
                    "the lower end is above the upper end",
                    "write the lower end first; both ends are included",
                );
                match at {
                    Some(at) => also(diagnostic, *at, "of this"),
                    None => diagnostic,
                }
            }
        }
    }
}
