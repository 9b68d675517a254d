//! Mistakes in goknot's own words: parameters, properties, expectations, fixes (GK0230 to GK0259).

use super::{also, error, list, meant};
use crate::diag::{Diagnostic, Problem};
use crate::source::Span;

/// A mistake in a declaration that only models have.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ModelProblem {
    NoMain { span: Span },
    Signature { span: Span, name: &'static str },
    ParamRange { span: Span, name: String, low: String, high: String },
    ParamDefault { span: Span, name: String, value: String, low: String, high: String },
    ParamValue { span: Span, name: String, value: String, low: String, high: String },
    ParamOfParam { span: Span, name: String, other: String },
    Idle { span: Span, what: &'static str },
    Effect { span: Span, what: &'static str },
    Local { span: Span, name: String, function: String, at: Span },
    AssertText { span: Span },
    ExpectKind { span: Span, kind: String, meant: Option<&'static str> },
    ExpectName { span: Span, name: String, meant: Option<String>, exist: Vec<String> },
    ExpectBlock { span: Span, kind: String },
    UnknownFix { span: Span, name: String, meant: Option<String>, exist: Vec<String> },
    EmptyFix { span: Span, name: String },
    DeleteMissing { span: Span, name: String, meant: Option<String> },
    Partial { span: Span, name: String, rest: Vec<String>, at: Span },
    Conflict { span: Span, name: String, first: Span },
    LosesMissing { span: Span, name: String, meant: Option<String> },
}

/// Every kind an `expect` may name.
pub const EXPECT_KINDS: &[&str] = &[
    "ok",
    "deadlock",
    "leak",
    "panic",
    "race",
    "assert",
    "always",
    "eventually",
    "leadsto",
    "cover",
    "inconclusive",
];

impl Problem for ModelProblem {
    fn diagnose(&self) -> Diagnostic {
        match self {
            Self::NoMain { span } => error(
                230,
                *span,
                "this model has no `func main`",
                "nothing starts",
                "write `func main() { … }`: checking starts there",
            ),
            Self::Signature { span, name } => error(
                231,
                *span,
                format!("`{name}` takes nothing and returns nothing"),
                "parameters or results here",
                format!("write `func {name}() {{ … }}`; values from outside are a `param`"),
            ),
            Self::ParamRange { span, name, low, high } => error(
                232,
                *span,
                format!("the range of `{name}` is empty: {low}..{high}"),
                "the lower end is above the upper end",
                format!("write the lower end first: `{high}..{low}`; both ends are included"),
            ),
            Self::ParamDefault { span, name, value, low, high } => error(
                233,
                *span,
                format!("the default of `{name}` is outside its range"),
                format!("{value} is not in {low}..{high}"),
                "change the default or widen the range; both ends are included",
            ),
            Self::ParamValue { span, name, value, low, high } => error(
                // As the command line says it.
                405,
                *span,
                format!("{value} is outside the range of `{name}`"),
                format!("the range is {low}..{high}"),
                format!("give `{name}` a value in its range, or widen the range in the model"),
            ),
            Self::ParamOfParam { span, name, other } => error(
                235,
                *span,
                format!("`{name}` depends on another parameter, `{other}`"),
                "a parameter's default and range are fixed numbers",
                format!("write the number, or a `const` that depends on `{other}` instead of a `param`"),
            ),
            Self::Idle { span, what } => error(
                236,
                *span,
                format!("`idle` before {what}"),
                "does not wait by itself",
                "`idle` stands before a receive, a send, `select`, `for … range` over a channel, or a call that waits, \
                 such as `mu.Lock()` or `wg.Wait()`",
            ),
            Self::Effect { span, what } => error(
                237,
                *span,
                format!("{what} in a property"),
                "a property only looks",
                "use variables, fields, elements, operators, `len`, `cap`, `min`, `max` and conversions; compute \
                 anything else into a package variable",
            ),
            Self::Local { span, name, function, at } => also(
                error(
                    238,
                    *span,
                    format!("`{name}` is local to `{function}`"),
                    "a property sees package variables only",
                    format!("make it a package variable: `var {name} …` outside the function"),
                ),
                *at,
                "declared here",
            ),
            Self::AssertText { span } => error(
                239,
                *span,
                "the text of `assert` must be a constant string",
                "not a constant string",
                "write `assert(condition, \"what must hold\")`; the text may be left out",
            ),
            Self::ExpectKind { span, kind, meant: near } => error(
                240,
                *span,
                format!("`{kind}` is nothing that can be expected"),
                "unknown kind",
                meant(
                    *near,
                    format!(
                        "the kinds are {}",
                        list(&EXPECT_KINDS.iter().map(ToString::to_string).collect::<Vec<_>>())
                    ),
                ),
            ),
            Self::ExpectName { span, name, meant: near, exist } => error(
                241,
                *span,
                format!("there is no function `{name}`"),
                "no goroutine can have this on its stack",
                meant(near.as_deref(), format!("the functions are {}", list(exist))),
            ),
            Self::ExpectBlock { span, kind } => error(
                242,
                *span,
                format!("`expect {kind}` has no stuck goroutines to list"),
                "this block",
                "remove the block: only `deadlock` and `leak` have one",
            ),
            Self::UnknownFix { span, name, meant: near, exist } => error(
                // As the command line says it.
                406,
                *span,
                format!("there is no fix `{name}`"),
                "this model",
                meant(
                    near.as_deref(),
                    if exist.is_empty() {
                        "the model has no fixes".to_string()
                    } else {
                        format!("its fixes are {}", list(exist))
                    },
                ),
            ),
            Self::EmptyFix { span, name } => error(
                244,
                *span,
                format!("fix `{name}` changes nothing"),
                "no declarations",
                "write the functions, types or variables that the fix replaces",
            ),
            Self::DeleteMissing { span, name, meant: near } => error(
                245,
                *span,
                format!("`delete {name}`: there is no `{name}` to remove"),
                "not in the model",
                meant(near.as_deref(), "remove this line"),
            ),
            Self::Partial { span, name, rest, at } => also(
                error(
                    246,
                    *span,
                    format!("the fix replaces `{name}` and not {}", list(rest)),
                    "replaced here",
                    format!("they are declared together: replace {} too", list(rest)),
                ),
                *at,
                "declared by one value",
            ),
            Self::LosesMissing { span, name, meant: near } => error(
                248,
                *span,
                format!("`loses {name}`: the model has no function and no variable `{name}`"),
                "not in the model",
                meant(
                    near.as_deref(),
                    "name the function in which something can no longer happen, as `goknot verify` does",
                ),
            ),
            Self::Conflict { span, name, first } => also(
                error(
                    247,
                    *span,
                    format!("`{name}` is both declared and deleted in this fix"),
                    "deleted here",
                    "keep one of the two; a declaration of the same name replaces the old one by itself",
                ),
                *first,
                "declared here",
            ),
        }
    }
}
