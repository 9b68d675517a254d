//! Diagnostics as data, for JSON.
//!
//! In: a [`Source`] and a [`Diagnostic`]. Out: [`Record`], with lines and columns in
//! the place of offsets. The order of the fields is part of the format.

use serde::Serialize;

use super::Diagnostic;
use crate::source::{LineColumn, Source, Span};

/// One diagnostic.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Record {
    /// `GK0009`.
    pub code: String,
    /// `error` or `warning`.
    pub severity: &'static str,
    pub message: String,
    /// 1-based, as are all lines and columns here; columns count characters.
    pub line: usize,
    pub column: usize,
    pub end_line: usize,
    pub end_column: usize,
    pub labels: Vec<LabelRecord>,
    pub help: String,
}

/// A marked place; the first of a record is the place to blame.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct LabelRecord {
    pub line: usize,
    pub column: usize,
    pub end_line: usize,
    pub end_column: usize,
    pub text: String,
}

/// A diagnostic as data.
pub fn record(source: &Source, diagnostic: &Diagnostic) -> Record {
    let (start, end) = ends(source, diagnostic.span());
    let labels = diagnostic.labels.iter().map(|label| {
        let (start, end) = ends(source, label.span);
        LabelRecord {
            line: start.line,
            column: start.column,
            end_line: end.line,
            end_column: end.column,
            text: label.text.clone(),
        }
    });
    Record {
        code: diagnostic.code.to_string(),
        severity: diagnostic.severity.word(),
        message: diagnostic.message.clone(),
        line: start.line,
        column: start.column,
        end_line: end.line,
        end_column: end.column,
        labels: labels.collect(),
        help: diagnostic.help.clone(),
    }
}

fn ends(source: &Source, span: Span) -> (LineColumn, LineColumn) {
    (source.line_column(span.start), source.line_column(span.end))
}

#[cfg(test)]
mod tests {
    use crate::source::Source;

    #[test]
    fn the_format_is_fixed() {
        let source = Source::new("m.knot", "model t\nfunc main() {\n\tf(é 1)\n}\n");
        let (_, problems) = crate::syntax::parse(&source);
        let records: Vec<_> = problems.sorted().iter().map(|found| super::record(&source, found)).collect();
        let json = serde_json::to_string(&records).unwrap_or_default();
        assert_eq!(
            json,
            "[{\"code\":\"GK0014\",\"severity\":\"error\",\"message\":\"expected `,` or `)`, found the number `1`\",\
             \"line\":3,\"column\":6,\"end_line\":3,\"end_column\":7,\"labels\":[\
             {\"line\":3,\"column\":6,\"end_line\":3,\"end_column\":7,\"text\":\"expected `,` or `)`\"},\
             {\"line\":3,\"column\":3,\"end_line\":3,\"end_column\":4,\"text\":\"opened here\"}],\
             \"help\":\"separate what is in the list with `,` and close it with `)`\"}]"
        );
    }
}
