//! What can be wrong with the text of a model, as facts.
//!
//! In: nothing. Out: [`SyntaxProblem`], one variant a mistake, one code a variant
//! (GK0001 to GK0099). Codes and words are in `wording`, the pages in `docs/errors`.

mod wording;

use crate::diag::{Diagnostic, Problem};
use crate::source::Span;

/// A mistake in the text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SyntaxProblem {
    /// No `model` line. `package` is the span of the word `package`, if that is what stands there.
    MissingModel {
        span: Span,
        package: bool,
    },
    /// Nothing but blanks and comments.
    EmptyFile {
        span: Span,
    },
    SecondModel {
        span: Span,
        first: Span,
    },
    /// A `model` or `go` line that stands where it cannot.
    MisplacedLine {
        span: Span,
        word: &'static str,
    },
    BadGoLine {
        span: Span,
        written: String,
    },
    /// A word that starts no declaration.
    UnknownDeclaration {
        span: Span,
        word: String,
        meant: Option<&'static str>,
    },
    StatementOutside {
        span: Span,
        found: String,
    },
    DefineOutside {
        span: Span,
        name: String,
    },
    /// `expected` and `found` are words for people; `hint` replaces the usual help.
    Unexpected {
        span: Span,
        found: String,
        expected: String,
        hint: Option<String>,
    },
    /// `of` is what has no body: "`func main`", "this `if`".
    MissingBody {
        span: Span,
        of: String,
    },
    BraceOnNextLine {
        span: Span,
    },
    ElseOnNextLine {
        span: Span,
    },
    UnclosedBrace {
        open: Span,
        end: Span,
    },
    /// A `(` or `[` whose list goes on with something that cannot stand there.
    UnclosedList {
        open: Span,
        span: Span,
        close: char,
        found: String,
    },
    StrayClose {
        span: Span,
        written: String,
    },
    UnclosedString {
        span: Span,
        raw: bool,
    },
    UnclosedComment {
        span: Span,
    },
    UnclosedRune {
        span: Span,
    },
    BadRune {
        span: Span,
        count: usize,
    },
    BadEscape {
        span: Span,
        written: String,
        why: &'static str,
    },
    BadNumber {
        span: Span,
        written: String,
        why: &'static str,
    },
    BadCharacter {
        span: Span,
        character: char,
    },
    Binary {
        span: Span,
    },
    TooDeep {
        span: Span,
        limit: usize,
    },
    TooLong {
        span: Span,
        limit: usize,
    },
    /// The whole file has more words and marks than `limit`.
    TooLarge {
        span: Span,
        limit: usize,
    },
    /// `name` is the declaration or type that has type parameters or arguments.
    Generics {
        span: Span,
        name: String,
    },
    /// Something of another language, and what Go writes.
    NotGo {
        span: Span,
        written: String,
        instead: &'static str,
    },
    /// A statement that starts with a word that is nearly a keyword.
    Misspelled {
        span: Span,
        written: String,
        meant: &'static str,
    },
    NestedFunction {
        span: Span,
        name: String,
    },
    /// `case` or `default` outside `switch`, `select` and `choose`.
    StrayClause {
        span: Span,
    },
    BeforeFirstCase {
        span: Span,
    },
    /// A `select` case that neither sends nor receives.
    BadCommunication {
        span: Span,
    },
    /// A `choose` clause with a value, or `default`.
    BadChoice {
        span: Span,
    },
    AssignmentInCondition {
        span: Span,
        left: String,
        right: String,
    },
    BadHeader {
        span: Span,
        mistake: HeaderMistake,
    },
    LiteralInHeader {
        span: Span,
    },
    /// The left side of `:=` is not a name.
    NotAName {
        span: Span,
        written: String,
    },
    /// `go` or `defer` without a call.
    NotACall {
        span: Span,
        word: &'static str,
        function: bool,
    },
    MixedParameters {
        span: Span,
    },
    BadExpectLine {
        span: Span,
        why: &'static str,
    },
    BadCheck {
        span: Span,
    },
    BadParam {
        span: Span,
        name: String,
        why: &'static str,
    },
    AfterExpect {
        span: Span,
        expect: Span,
    },
    NotInFix {
        span: Span,
        word: &'static str,
    },
    OnlyInFix {
        span: Span,
        word: &'static str,
    },
    NotAType {
        span: Span,
    },
    /// A line of a list that ends without a comma.
    MissingComma {
        span: Span,
        close: char,
    },
    /// `import` with a name of its own.
    ImportName {
        span: Span,
    },
}

/// How the header of `if`, `for` or `switch` does not fit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum HeaderMistake {
    IfClauses,
    NoCondition,
    DefineAsCondition,
    NotACondition,
    ForClauses,
    ForParentheses,
    ForSeparators,
    RangeValues,
    SwitchClauses,
    DefineAsValue,
    NotAValue,
}

impl Problem for SyntaxProblem {
    fn diagnose(&self) -> Diagnostic {
        wording::diagnose(self)
    }
}
