//! Composite literals that do not fit their type (GK0180 to GK0189).

use super::{also, count, error, list, meant};
use crate::diag::{Diagnostic, Problem};
use crate::source::Span;

/// A mistake in a composite literal.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum LiteralProblem {
    Type {
        span: Span,
        ty: String,
    },
    NoType {
        span: Span,
    },
    UnknownField {
        span: Span,
        ty: String,
        name: String,
        meant: Option<String>,
        fields: Vec<String>,
        promoted: bool,
    },
    Mixed {
        span: Span,
    },
    Count {
        span: Span,
        ty: String,
        have: usize,
        want: usize,
    },
    Duplicate {
        span: Span,
        first: Span,
        key: String,
    },
    MissingKey {
        span: Span,
    },
}

impl Problem for LiteralProblem {
    fn diagnose(&self) -> Diagnostic {
        match self {
            Self::Type { span, ty } => error(
                180,
                *span,
                format!("`{ty}` has no literal with braces"),
                format!("this is `{ty}`"),
                "only structs, arrays, slices and maps are written with braces",
            ),
            Self::NoType { span } => error(
                181,
                *span,
                "this literal has no type",
                "the type cannot be left out here",
                "write the type before the brace: `T{…}`",
            ),
            Self::UnknownField { span, ty, name, meant: near, fields, promoted } => error(
                182,
                *span,
                format!("`{ty}` has no field `{name}`"),
                if *promoted { "a field of an embedded type" } else { "not there" },
                if *promoted {
                    "set it in a literal of the embedded type: `T{Embedded: Embedded{…}}`".to_string()
                } else {
                    meant(near.as_deref(), format!("its fields are {}", list(fields)))
                },
            ),
            Self::Mixed { span } => error(
                183,
                *span,
                "some fields have names and some have not",
                "does not fit the others",
                "name every field, or none",
            ),
            Self::Count { span, ty, have, want } => error(
                184,
                *span,
                format!("{} for the {} of `{ty}`", count(*have, "value"), count(*want, "field")),
                "every field needs a value here",
                "name the fields that you set: `T{field: value}`; the others are zero",
            ),
            Self::Duplicate { span, first, key } => also(
                error(185, *span, format!("`{key}` is set twice"), "again here", "remove one of the two"),
                *first,
                "first here",
            ),
            Self::MissingKey { span } => {
                error(186, *span, "an element of a map needs a key", "no key", "write `key: value`")
            }
        }
    }
}
