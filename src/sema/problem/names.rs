//! Names that mean nothing, too much, or the wrong thing (GK0100 to GK0119).

use super::{also, error, list, meant};
use crate::diag::{Diagnostic, Problem, Severity};
use crate::source::Span;

/// A mistake in a name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum NameProblem {
    Undefined {
        span: Span,
        name: String,
        meant: Option<String>,
    },
    /// `what` is "function", "field", "parameter", …
    Redeclared {
        span: Span,
        first: Span,
        what: &'static str,
        name: String,
    },
    UnknownMember {
        span: Span,
        package: String,
        name: String,
        meant: Option<String>,
        exist: Vec<String>,
    },
    /// Go has it, goknot does not have it yet.
    NotYet {
        span: Span,
        what: String,
        instead: String,
    },
    UnknownImport {
        span: Span,
        path: String,
    },
    UnknownSelector {
        span: Span,
        ty: String,
        name: String,
        meant: Option<String>,
        fields: Vec<String>,
        methods: Vec<String>,
    },
    Ambiguous {
        span: Span,
        ty: String,
        name: String,
    },
    PackageAsValue {
        span: Span,
        name: String,
    },
    TypeAsValue {
        span: Span,
        name: String,
    },
    NotAType {
        span: Span,
        name: String,
    },
    NoNewVariables {
        span: Span,
    },
    Unused {
        span: Span,
        name: String,
    },
    UnusedLabel {
        span: Span,
        name: String,
    },
    Blank {
        span: Span,
    },
    PointerToInterface {
        span: Span,
        ty: String,
        name: String,
    },
    NotAPackage {
        span: Span,
        name: String,
        meant: Option<String>,
    },
    InitUsed {
        span: Span,
    },
}

impl Problem for NameProblem {
    fn diagnose(&self) -> Diagnostic {
        match self {
            Self::Undefined { span, name, meant: near } => error(
                100,
                *span,
                format!("`{name}` is not declared"),
                "nothing of this name is in scope here",
                meant(near.as_deref(), format!("declare `{name}`, or use a name that is declared")),
            ),
            Self::Redeclared { span, first, what, name } => also(
                error(
                    101,
                    *span,
                    format!("{what} `{name}` is declared twice"),
                    "declared again here",
                    "rename one of the two, or remove it",
                ),
                *first,
                "first declared here",
            ),
            Self::UnknownMember { span, package, name, meant: near, exist } => error(
                102,
                *span,
                format!("package `{package}` has no `{name}`"),
                "not there",
                meant(near.as_deref(), format!("goknot's `{package}` has {}", list(exist))),
            ),
            Self::NotYet { span, what, instead } => error(
                103,
                *span,
                format!("`{what}` is not in the language yet"),
                "Go has this, goknot does not",
                instead.clone(),
            ),
            Self::UnknownImport { span, path } => error(
                104,
                *span,
                format!("package `{path}` is not in the language"),
                "cannot be imported",
                "a model stands alone: write the few lines that matter of that package as functions and types of the \
                 model. `sync`, `time`, `errors`, `fmt`, `log`, `math/rand`, `runtime` and `os` are in scope without \
                 an import",
            ),
            Self::UnknownSelector { span, ty, name, meant: near, fields, methods } => error(
                105,
                *span,
                format!("`{ty}` has no field or method `{name}`"),
                "not there",
                meant(
                    near.as_deref(),
                    match (fields.is_empty(), methods.is_empty()) {
                        (true, true) => format!("`{ty}` has no fields and no methods"),
                        (false, true) => format!("its fields are {}", list(fields)),
                        (true, false) => format!("its methods are {}", list(methods)),
                        (false, false) => {
                            format!("its fields are {}, its methods {}", list(fields), list(methods))
                        }
                    },
                ),
            ),
            Self::Ambiguous { span, ty, name } => error(
                106,
                *span,
                format!("`{name}` of `{ty}` is ambiguous"),
                "two embedded types have it at the same depth",
                format!("name the embedded field first: `x.Embedded.{name}`"),
            ),
            Self::PackageAsValue { span, name } => error(
                107,
                *span,
                format!("package `{name}` is no value"),
                "a package must be followed by `.` and a name",
                format!("write `{name}.Something`, or declare a variable `{name}`"),
            ),
            Self::TypeAsValue { span, name } => error(
                108,
                *span,
                format!("`{name}` is a type, not a value"),
                "a value is wanted here",
                format!("write a value: `{name}(x)` converts, `new({name})` gives a pointer to a new one"),
            ),
            Self::NotAType { span, name } => error(
                109,
                *span,
                format!("`{name}` is not a type"),
                "a type is wanted here",
                "write the name of a type",
            ),
            Self::NoNewVariables { span } => error(
                110,
                *span,
                "no new variable on the left side of `:=`",
                "all of these are declared already",
                "write `=` to assign to them",
            ),
            Self::Unused { span, name } => Diagnostic {
                severity: Severity::Warning,
                ..error(
                    111,
                    *span,
                    format!("`{name}` is declared and not used"),
                    "Go's compiler rejects this",
                    format!("remove `{name}`, or write `_` in its place"),
                )
            },
            Self::UnusedLabel { span, name } => error(
                112,
                *span,
                format!("label `{name}` is not used"),
                "no `break` or `continue` names it",
                "remove the label",
            ),
            Self::Blank { span } => error(
                113,
                *span,
                "`_` has no value",
                "only to be assigned to",
                "give the value a name where it is declared, and use that name",
            ),
            Self::PointerToInterface { span, ty, name } => error(
                114,
                *span,
                format!("`{ty}` is a pointer to an interface and has no `{name}`"),
                "pointers to interfaces have no methods",
                format!("use the interface itself, or `(*x).{name}`"),
            ),
            Self::NotAPackage { span, name, meant: near } => error(
                115,
                *span,
                format!("there is no package `{name}`"),
                "not a package that models can use",
                meant(
                    near.as_deref(),
                    "the packages in scope are `sync`, `time`, `errors`, `fmt`, `log`, `rand`, `runtime` and `os`",
                ),
            ),
            Self::InitUsed { span } => error(
                116,
                *span,
                "`init` cannot be used as a name",
                "Go calls it before `main`, nothing else may",
                "give the function another name and call it from `init`",
            ),
        }
    }
}
