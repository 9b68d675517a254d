//! Diagnostics as compilers print them, one line each, for editors and scripts.
//!
//! In: a [`Source`] and its [`Diagnostic`]s. Out: lines `file:line:col: error[GK0001]: message`.

use super::{Diagnostic, Severity};
use crate::source::Source;

/// One line for each diagnostic, all of them.
pub fn render_short(source: &Source, diagnostics: &[Diagnostic]) -> String {
    diagnostics.iter().map(|diagnostic| line(source, diagnostic)).collect()
}

/// The line of one diagnostic, with its newline.
pub(super) fn line(source: &Source, diagnostic: &Diagnostic) -> String {
    let at = source.line_column(diagnostic.span().start);
    let Diagnostic { code, severity, message, .. } = diagnostic;
    format!("{}:{}:{}: {}[{code}]: {message}\n", source.name(), at.line, at.column, severity.word())
}

impl Severity {
    /// `error` or `warning`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::source::Source;

    #[test]
    fn one_line_each() {
        let source = Source::new("m.knot", "model t\nfunc main() {\n\tx := \n\ty := 1 2\n}\n");
        let (_, problems) = crate::syntax::parse(&source);
        assert_eq!(
            super::render_short(&source, &problems.sorted()),
            "m.knot:3:6: error[GK0009]: expected an expression, found the end of the line\n"
        );
    }
}
