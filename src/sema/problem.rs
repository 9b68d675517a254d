//! What can be wrong with a model's names and types, as facts.
//!
//! In: nothing. Out: one enum a subject, one variant a kind of mistake (codes GK0100
//! to GK0299); each says in words what is wrong and what to write instead.

pub mod constants;
pub mod language;
pub mod literals;
pub mod model;
pub mod names;
pub mod statements;
pub mod typing;

pub use constants::ConstantProblem;
pub use language::LanguageProblem;
pub use literals::LiteralProblem;
pub use model::ModelProblem;
pub use names::NameProblem;
pub use statements::StatementProblem;
pub use typing::TypeProblem;

use crate::diag::{Code, Diagnostic, Label, Severity};
use crate::source::Span;

/// The code of a variable that is declared and not used.
pub const UNUSED: Code = Code(111);

/// One error: code, place, message, label, help.
fn error(
    code: u16,
    span: Span,
    message: impl Into<String>,
    label: impl Into<String>,
    help: impl Into<String>,
) -> Diagnostic {
    Diagnostic {
        code: Code(code),
        severity: Severity::Error,
        message: message.into(),
        labels: vec![Label { span, text: label.into() }],
        help: help.into(),
    }
}

/// Adds a second place.
fn also(mut diagnostic: Diagnostic, span: Span, text: impl Into<String>) -> Diagnostic {
    diagnostic.labels.push(Label { span, text: text.into() });
    diagnostic
}

/// "did you mean `x`?", or the other help where nothing is near.
fn meant(candidate: Option<&str>, otherwise: impl Into<String>) -> String {
    candidate.map_or_else(|| otherwise.into(), |name| format!("did you mean `{name}`?"))
}

/// "`a`, `b` and `c`".
fn list(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.as_slice() {
        [] => "nothing".to_string(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// "1 value", "2 values".
pub(crate) fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}
