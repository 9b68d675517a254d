//! Values of the wrong type (GK0120 to GK0149).

use super::{count, error, meant};
use crate::diag::{Diagnostic, Problem};
use crate::sema::methods::{MissingMethod, MissingWhy};
use crate::source::Span;

/// A mistake in the use of a type.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum TypeProblem {
    /// `context` says what for: "an argument", "the assignment", …
    Mismatch {
        span: Span,
        have: String,
        want: String,
        context: &'static str,
    },
    Missing {
        span: Span,
        have: String,
        want: String,
        missing: MissingFact,
    },
    ImpossibleAssertion {
        span: Span,
        operand: String,
        target: String,
        missing: MissingFact,
    },
    Operands {
        span: Span,
        operator: &'static str,
        left: String,
        right: String,
    },
    Operator {
        span: Span,
        operator: &'static str,
        ty: String,
        wants: &'static str,
    },
    Comparison {
        span: Span,
        ty: String,
        why: String,
    },
    Conversion {
        span: Span,
        have: String,
        want: String,
        help: &'static str,
    },
    NotAPlace {
        span: Span,
        written: String,
        why: &'static str,
    },
    NoAddress {
        span: Span,
        written: String,
    },
    NotAPointer {
        span: Span,
        ty: String,
    },
    NotIndexable {
        span: Span,
        ty: String,
    },
    NotSliceable {
        span: Span,
        ty: String,
        why: &'static str,
    },
    NotRangeable {
        span: Span,
        ty: String,
    },
    NotAChannel {
        span: Span,
        ty: String,
        what: &'static str,
    },
    Direction {
        span: Span,
        ty: String,
        what: &'static str,
    },
    NotAnInterface {
        span: Span,
        ty: String,
        what: &'static str,
    },
    NotABool {
        span: Span,
        ty: String,
        what: &'static str,
    },
    NotAnInteger {
        span: Span,
        ty: String,
        what: &'static str,
    },
    Recursive {
        span: Span,
        name: String,
    },
    MapKey {
        span: Span,
        ty: String,
    },
    TooLarge {
        span: Span,
        size: String,
    },
    Nil {
        span: Span,
    },
    SeveralValues {
        span: Span,
        count: usize,
    },
    NoValue {
        span: Span,
    },
    Receiver {
        span: Span,
        name: String,
        why: &'static str,
    },
    Embedded {
        span: Span,
        ty: String,
    },
    NotCallable {
        span: Span,
        ty: String,
    },
    Arguments {
        span: Span,
        have: usize,
        want: usize,
        at_least: bool,
        signature: String,
    },
    Spread {
        span: Span,
        why: &'static str,
    },
    Builtin {
        span: Span,
        name: &'static str,
        why: String,
        form: &'static str,
    },
    MustBeCalled {
        span: Span,
        name: String,
    },
    NotStartable {
        span: Span,
        word: &'static str,
        what: String,
    },
    PointerMethod {
        span: Span,
        ty: String,
        name: String,
    },
    MisplacedDots {
        span: Span,
    },
    /// `atomic.Pointer` without `[T]`.
    TypeArgument {
        span: Span,
        name: String,
    },
}

/// A method that is missing, in words' reach.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MissingFact {
    pub name: String,
    pub why: String,
    pub help: String,
}

impl MissingFact {
    /// From the lookup's answer.
    pub(crate) fn new(missing: MissingMethod, ty: &str) -> Self {
        let MissingMethod { name, why } = missing;
        let (why, help) = match why {
            MissingWhy::Absent => (
                format!("method `{name}` is missing"),
                format!("give `{ty}` a method `{name}`, or use a type that has it"),
            ),
            MissingWhy::PointerReceiver => (
                format!("method `{name}` has a pointer receiver"),
                format!("only `*{ty}` has it: pass the address, `&x`"),
            ),
            MissingWhy::Signature { have, want } => (
                format!("method `{name}` has the wrong signature"),
                format!("have `{name}{have}`, want `{name}{want}`"),
            ),
            MissingWhy::PointerToInterface => (
                format!("`{ty}` is a pointer to an interface"),
                "use the interface itself, not a pointer to it".to_string(),
            ),
        };
        Self { name, why, help }
    }
}

impl Problem for TypeProblem {
    fn diagnose(&self) -> Diagnostic {
        match self {
            Self::Mismatch { span, have, want, context } => error(
                120,
                *span,
                format!("cannot use a value of type `{have}` as `{want}` in {context}"),
                format!("this is `{have}`"),
                mismatch_help(have, want),
            ),
            Self::Missing { span, have, want, missing } => error(
                121,
                *span,
                format!("`{have}` does not implement `{want}`: {}", missing.why),
                format!("this is `{have}`"),
                missing.help.clone(),
            ),
            Self::ImpossibleAssertion { span, operand, target, missing } => error(
                122,
                *span,
                format!("`{operand}` can never hold `{target}`: {}", missing.why),
                "impossible",
                missing.help.clone(),
            ),
            Self::Operands { span, operator, left, right } => error(
                123,
                *span,
                format!("`{operator}` between `{left}` and `{right}`"),
                "both sides must have the same type",
                format!("convert one side: `{right}(x)` or `{left}(x)`"),
            ),
            Self::Operator { span, operator, ty, wants } => error(
                124,
                *span,
                format!("operator `{operator}` is not defined on `{ty}`"),
                format!("this is `{ty}`"),
                format!("`{operator}` wants {wants}"),
            ),
            Self::Comparison { span, ty, why } => error(
                125,
                *span,
                format!("values of type `{ty}` cannot be compared: {why}"),
                "this comparison",
                "slices, maps and functions compare with `nil` only; compare what they contain",
            ),
            Self::Conversion { span, have, want, help } => error(
                126,
                *span,
                format!("cannot convert `{have}` to `{want}`"),
                format!("this is `{have}`"),
                *help,
            ),
            Self::NotAPlace { span, written, why } => error(
                127,
                *span,
                format!("cannot assign to `{written}`"),
                *why,
                "assign to a variable, a field, an element or what a pointer points at",
            ),
            Self::NoAddress { span, written } => error(
                128,
                *span,
                format!("cannot take the address of `{written}`"),
                "this value has no address",
                "store it in a variable first and take the variable's address",
            ),
            Self::NotAPointer { span, ty } => error(
                129,
                *span,
                format!("`*` wants a pointer, not `{ty}`"),
                format!("this is `{ty}`"),
                "remove the `*`",
            ),
            Self::NotIndexable { span, ty } => error(
                130,
                *span,
                format!("`{ty}` has no elements to index"),
                format!("this is `{ty}`"),
                "only arrays, slices and maps have elements",
            ),
            Self::NotSliceable { span, ty, why } => error(
                131,
                *span,
                format!("cannot slice `{ty}`"),
                *why,
                "slice a slice, or an array that is a variable",
            ),
            Self::NotRangeable { span, ty } => error(
                132,
                *span,
                format!("cannot range over `{ty}`"),
                format!("this is `{ty}`"),
                "range over an integer, an array, a slice, a map or a channel",
            ),
            Self::NotAChannel { span, ty, what } => error(
                133,
                *span,
                format!("{what} wants a channel, not `{ty}`"),
                format!("this is `{ty}`"),
                "make one: `ch := make(chan int)`",
            ),
            Self::Direction { span, ty, what } => error(
                134,
                *span,
                format!("cannot {what} a channel of type `{ty}`"),
                "the channel goes the other way only",
                "use the channel in its direction, or pass it as `chan T`",
            ),
            Self::NotAnInterface { span, ty, what } => error(
                135,
                *span,
                format!("{what} wants an interface, not `{ty}`"),
                format!("this is `{ty}`, always"),
                "the type is known here: use the value as it is",
            ),
            Self::NotABool { span, ty, what } => error(
                136,
                *span,
                format!("{what} must be a bool, not `{ty}`"),
                format!("this is `{ty}`"),
                if ty.contains("int") { "compare it: `x != 0`" } else { "write a comparison" },
            ),
            Self::NotAnInteger { span, ty, what } => error(
                137,
                *span,
                format!("{what} must be an integer, not `{ty}`"),
                format!("this is `{ty}`"),
                "write an integer",
            ),
            Self::Recursive { span, name } => error(
                138,
                *span,
                format!("type `{name}` contains itself"),
                "a value of this type would have no end",
                format!("go through a pointer: `*{name}`"),
            ),
            Self::MapKey { span, ty } => error(
                139,
                *span,
                format!("`{ty}` cannot be the key of a map"),
                "keys must be comparable",
                "use a type without slices, maps and functions as the key",
            ),
            Self::TooLarge { span, size } => error(
                140,
                *span,
                format!("{size} elements are too many for a model"),
                "the limit is 65,536 elements",
                "a model needs the smallest size that still shows the bug; 2 or 3 is mostly enough",
            ),
            Self::Nil { span } => error(
                141,
                *span,
                "`nil` alone has no type",
                "nil of which type?",
                "give the type: `var x *T`, `var ch chan int`",
            ),
            Self::SeveralValues { span, count } => error(
                142,
                *span,
                format!("{count} values where one is wanted"),
                format!("this call gives {count} values"),
                "assign them first: `a, b := f()`",
            ),
            Self::NoValue { span } => error(
                143,
                *span,
                "this call gives no value",
                "used as a value",
                "call it as a statement of its own, or give the function a result",
            ),
            Self::Receiver { span, name, why } => error(
                144,
                *span,
                format!("`{name}` cannot have methods"),
                *why,
                "methods belong to a type that this model defines with `type T …`, and to `*T`",
            ),
            Self::Embedded { span, ty } => error(
                145,
                *span,
                format!("`{ty}` cannot be embedded"),
                "an embedded field is a type name `T` or `*T`, not a pointer to an interface or to a pointer",
                "give the field a name",
            ),
            Self::NotCallable { span, ty } => error(
                146,
                *span,
                format!("`{ty}` is not a function"),
                "called here",
                "remove the parentheses, or call a function",
            ),
            Self::Arguments { span, have, want, at_least, signature } => error(
                147,
                *span,
                format!(
                    "{} for {}{}",
                    count(*have, "argument"),
                    if *at_least { "at least " } else { "" },
                    count(*want, "parameter")
                ),
                if have < want { "too few arguments" } else { "too many arguments" },
                format!("the function is `func{signature}`"),
            ),
            Self::Spread { span, why } => error(
                148,
                *span,
                "`...` does not fit here",
                *why,
                "spread a slice into the last, variadic parameter only",
            ),
            Self::Builtin { span, name, why, form } => {
                error(149, *span, format!("`{name}`: {why}"), "here", format!("write `{form}`"))
            }
            Self::MustBeCalled { span, name } => error(
                150,
                *span,
                format!("`{name}` must be called"),
                "not a value",
                format!("call it, `{name}(…)`, or wrap it: `func() {{ {name}(…) }}`"),
            ),
            Self::NotStartable { span, word, what } => error(
                151,
                *span,
                format!("`{word}` wants a call of a function, not {what}"),
                "not a function call",
                format!("wrap it: `{word} func() {{ … }}()`"),
            ),
            Self::PointerMethod { span, ty, name } => error(
                152,
                *span,
                format!("method `{name}` has a pointer receiver and this `{ty}` has no address"),
                "no address",
                "store the value in a variable first",
            ),
            Self::TypeArgument { span, name } => error(
                154,
                *span,
                format!("`{name}` needs the type that it points to"),
                "of what?",
                format!("write `{name}[T]` with the type in the place of `T`"),
            ),
            Self::MisplacedDots { span } => error(
                153,
                *span,
                "only the last parameter may be variadic",
                "`...` here",
                "move the parameter to the end, or make it a slice: `[]T`",
            ),
        }
    }
}

fn mismatch_help(have: &str, want: &str) -> String {
    if want.strip_prefix('*') == Some(have) {
        return "take the address: `&x`".to_string();
    }
    if have.strip_prefix('*') == Some(want) {
        return "dereference it: `*x`".to_string();
    }
    let integer = |name: &str| name.starts_with("int") || name.starts_with("uint");
    let convertible = integer(have) && integer(want);
    meant(
        None,
        if convertible {
            format!("convert it: `{want}(x)`")
        } else {
            format!("write a value of type `{want}`")
        },
    )
}
