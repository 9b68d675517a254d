//! What can be wrong with the file, the parameters and the fix that a command names: codes GK0401 and up.

use crate::diag::{Code, Diagnostic, Label, Problem, Severity};
use crate::source::Span;

/// A problem between the command line and the model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CliProblem {
    /// The file cannot be read: it is missing, a directory, forbidden …
    Unreadable { reason: String, help: String },
    /// The bytes are no UTF-8 text; `at` is the first offending byte, in the text with replacement characters.
    NotUtf8 { offset: usize, byte: u8, at: Span },
    /// Larger than any model.
    TooLarge { limit: u64 },
    /// `-p nme=3`.
    UnknownParam { name: String, nearest: Option<String>, known: Vec<String> },
    /// `-p n=99` with `param n = 2 in 1..4`.
    ParamOutOfRange { name: String, value: i64, range: (i64, i64), declared: Span },
    /// `--fix nme`.
    UnknownFix { name: String, nearest: Option<String>, known: Vec<String> },
    /// The product of all ranges is too large to be swept.
    SweepTooLarge { combinations: u128, limit: u128, widest: String, declared: Span },
    /// `-o report.txet`: no format of reports has this ending.
    UnknownEnding { known: String },
}

impl Problem for CliProblem {
    fn diagnose(&self) -> Diagnostic {
        let (code, message, label, help) = match self {
            Self::Unreadable { reason, help } => (401, reason.clone(), None, help.clone()),
            Self::NotUtf8 { offset, byte, at } => (
                402,
                format!("not UTF-8 text: byte 0x{byte:02x} at offset {offset}"),
                Some((*at, "this byte belongs to no character".to_owned())),
                "save the model as UTF-8".to_owned(),
            ),
            Self::TooLarge { limit } => (
                403,
                format!("larger than {} MiB", limit >> 20),
                None,
                "a model is a few dozen lines; is this the right file?".to_owned(),
            ),
            Self::UnknownParam { name, nearest, known } => (
                404,
                format!("the model has no parameter `{name}`"),
                None,
                suggestion(nearest.as_deref(), known, "parameters", "the model has no `param`"),
            ),
            Self::ParamOutOfRange { name, value, range: (low, high), declared } => (
                405,
                format!("`{name}` cannot be {value}"),
                Some((*declared, format!("its range is {low}..{high}"))),
                format!("give `{name}` a value from {low} to {high}, or widen the range in the model"),
            ),
            Self::UnknownFix { name, nearest, known } => (
                406,
                format!("the model has no fix `{name}`"),
                None,
                suggestion(nearest.as_deref(), known, "fixes", "the model has no `fix`"),
            ),
            Self::SweepTooLarge { combinations, limit, widest, declared } => (
                407,
                format!("{combinations} combinations of parameters are too many to sweep"),
                Some((*declared, "the widest range".to_owned())),
                format!("at most {limit} are swept: narrow a range, or fix a value with `-p {widest}=…`"),
            ),
            Self::UnknownEnding { known } => (
                408,
                "no format of reports has this ending".to_owned(),
                None,
                format!("name the format with --format, or end the name in one of: {known}"),
            ),
        };
        Diagnostic {
            code: Code(code),
            severity: Severity::Error,
            message,
            labels: label.map(|(span, text)| Label { span, text }).into_iter().collect(),
            help,
        }
    }
}

/// `did you mean …?`, or what there is, or that there is nothing.
fn suggestion(nearest: Option<&str>, known: &[String], what: &str, none: &str) -> String {
    match (nearest, known) {
        (Some(nearest), _) => format!("did you mean `{nearest}`?"),
        (None, []) => none.to_owned(),
        (None, known) => format!("its {what} are: {}", known.join(", ")),
    }
}
