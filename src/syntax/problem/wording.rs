//! The code and the words of each syntax problem, as one table.
//!
//! In: the facts. Out: a [`Diagnostic`]. A message says what is wrong, the label
//! says it of the marked place, the help shows what to write instead.

use super::{HeaderMistake, SyntaxProblem as P};
use crate::diag::{Code, Diagnostic, Label, Severity};
use crate::source::Span;

/// Turns facts into words.
pub(super) fn diagnose(problem: &P) -> Diagnostic {
    let mut diagnostic = table(problem);
    diagnostic.labels.extend(context(problem));
    diagnostic
}

/// Further places that explain the first.
fn context(problem: &P) -> Option<Label> {
    let (span, text) = match problem {
        P::SecondModel { first, .. } => (*first, "the first `model` line"),
        P::UnclosedBrace { end, .. } if end.is_empty() => (*end, "the file ends here"),
        P::UnclosedBrace { end, .. } => (*end, "the next declaration starts here"),
        P::UnclosedList { open, .. } => (*open, "opened here"),
        P::AfterExpect { expect, .. } => (*expect, "what checking this fix must find"),
        _ => return None,
    };
    Some(Label { span, text: text.to_string() })
}

fn row(
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

/// One row a variant: code, place, message, label, help.
fn table(problem: &P) -> Diagnostic {
    match problem {
        P::MissingModel { span, package: false } => row(
            1,
            *span,
            "this file has no `model` line",
            "the file starts with something else",
            "start the file with a name and a title:\n\n    model queue \"a producer that nobody waits for\"",
        ),
        P::MissingModel { span, package: true } => row(
            1,
            *span,
            "a model starts with `model`, not with `package`",
            "write `model` here",
            "one file is one model; it needs no package:\n\n    model queue \"a producer that nobody waits for\"",
        ),
        P::EmptyFile { span } => row(
            2,
            *span,
            "there is no model in this file",
            "nothing but blanks and comments",
            "the smallest model is\n\n    model smallest \"a receive that nobody answers\"\n\n    func main() {\n        <-make(chan int)\n    }\n\n    expect deadlock",
        ),
        P::SecondModel { span, .. } => row(
            3,
            *span,
            "a second `model` line",
            "one file is one model",
            "give this model a file of its own, or remove the line; a variant of the same model is a `fix`",
        ),
        P::MisplacedLine { span, word } => row(
            4,
            *span,
            format!("the `{word}` line stands too late"),
            "must come first",
            "a file starts with its `model` line; `go 1.21`, where there is one, is the next line",
        ),
        P::BadGoLine { span, written } => row(
            5,
            *span,
            format!("`{written}` is no Go release"),
            "expected a release such as 1.21",
            "write the major and minor number of the release whose rules the model follows: `go 1.21`",
        ),
        P::UnknownDeclaration { span, word, meant: Some(meant) } => row(
            6,
            *span,
            format!("`{word}` starts no declaration"),
            format!("did you mean `{meant}`?"),
            format!("write `{meant}`"),
        ),
        P::UnknownDeclaration { span, word, meant: None } => row(
            6,
            *span,
            format!("`{word}` starts no declaration"),
            "expected a declaration",
            "a declaration starts with func, type, var, const, import, or one of goknot's words: meta, param, check, cover, expect, fix",
        ),
        P::StatementOutside { span, found } => row(
            7,
            *span,
            format!("{found} outside a function"),
            "statements stand inside functions",
            "put it into `func main() { … }`, or see whether a `}` above closes the function too early",
        ),
        P::DefineOutside { span, name } => row(
            8,
            *span,
            "`:=` outside a function",
            "only inside functions",
            format!("write `var {name} = …`"),
        ),
        P::Unexpected { span, found, expected, hint } => row(
            9,
            *span,
            format!("expected {expected}, found {found}"),
            format!("expected {expected}"),
            hint.clone().unwrap_or_else(|| format!("write {expected} here, or remove what is not wanted")),
        ),
        P::MissingBody { span, of } => row(
            10,
            *span,
            format!("{of} has no body"),
            "expected `{` here",
            "open the body with `{` on the same line and close it with `}`",
        ),
        P::BraceOnNextLine { span } => row(
            11,
            *span,
            "the `{` of a body must be on the line that it belongs to",
            "move this up",
            "Go ends the statement at the end of the line before; put the `{` at that line's end",
        ),
        P::ElseOnNextLine { span } => row(
            12,
            *span,
            "`else` must be on the line of the `}` before it",
            "no `if` to belong to",
            "Go ends the `if` at the end of the line of its `}`; write `} else {` on one line",
        ),
        P::UnclosedBrace { open, .. } => row(
            13,
            *open,
            "this `{` is never closed",
            "opened here",
            "add the missing `}`; the indentation shows where the block was meant to end",
        ),
        P::UnclosedList { span, close, found, .. } => row(
            14,
            *span,
            format!("expected `,` or `{close}`, found {found}"),
            format!("expected `,` or `{close}`"),
            format!("separate what is in the list with `,` and close it with `{close}`"),
        ),
        P::StrayClose { span, written } => row(
            15,
            *span,
            format!("`{written}` closes nothing"),
            "no open bracket",
            "remove it, or look above for a block that is closed one `}` too early",
        ),
        P::UnclosedString { span, raw: false } => row(
            16,
            *span,
            "this string is not closed",
            "the line ends inside the string",
            "close it with `\"` on the same line; a string over several lines stands between backquotes",
        ),
        P::UnclosedString { span, raw: true } => row(
            16,
            *span,
            "this raw string is not closed",
            "the file ends inside the string",
            "close it with a backquote",
        ),
        P::UnclosedComment { span } => row(
            17,
            *span,
            "this comment is not closed",
            "the file ends inside the comment",
            "close it with `*/`; such comments do not nest",
        ),
        P::UnclosedRune { span } => row(
            18,
            *span,
            "this rune is not closed",
            "the line ends before the closing `'`",
            "a rune is one character between single quotes: 'a'; a text stands between double quotes: \"a text\"",
        ),
        P::BadRune { span, count } => row(
            18,
            *span,
            if *count == 0 { "an empty rune" } else { "a rune of several characters" },
            "expected one character",
            "a rune is one character between single quotes: 'a'; a text stands between double quotes: \"a text\"",
        ),
        P::BadEscape { span, written, why } => row(
            19,
            *span,
            format!("`{written}` is no escape that can stand here"),
            *why,
            "Go knows \\n \\t \\r \\\\ \\\" \\' \\a \\b \\f \\v, \\x41, \\101, \\u0041 and \\U00000041; a backslash itself is \\\\",
        ),
        P::BadNumber { span, written, why } => row(
            20,
            *span,
            format!("`{written}` is no number"),
            *why,
            "Go writes 42, 1_000, 0x2a, 0o52 and 0b101010",
        ),
        P::BadCharacter { span, character } => bad_character(*span, *character),
        P::Binary { span } => row(
            22,
            *span,
            "this is not a text file",
            "a NUL byte",
            "a model is a text file in UTF-8; give goknot the .knot source",
        ),
        P::TooDeep { span, limit } => row(
            23,
            *span,
            format!("more than {limit} brackets and type constructors inside each other"),
            "too deep from here on",
            "move an inner part into a function, a variable or a named type of its own",
        ),
        P::TooLong { span, limit } => row(
            24,
            *span,
            format!("an expression of more than {limit} operators"),
            "too long from here on",
            "compute it in several statements",
        ),
        P::TooLarge { span, limit } => row(
            24,
            *span,
            format!("a model of more than {limit} words and marks"),
            "too large from here on",
            "a model keeps the few dozen lines that matter for the bug",
        ),
        P::Generics { span, name } => row(
            25,
            *span,
            format!("`{name}` is generic"),
            "type parameters are outside the language",
            "write it for the one type that the bug needs",
        ),
        P::NotGo { span, written, instead } => {
            row(26, *span, format!("Go has no `{written}`"), "not Go", *instead)
        }
        P::Misspelled { span, written, meant } => row(
            27,
            *span,
            format!("`{written}` starts no statement"),
            format!("did you mean `{meant}`?"),
            format!("write `{meant}`"),
        ),
        P::NestedFunction { span, name } => row(
            28,
            *span,
            format!("function `{name}` is declared inside a function"),
            "only at the top level",
            format!("move it out, or write it as a closure: `{name} := func() {{ … }}`"),
        ),
        P::StrayClause { span } => row(
            29,
            *span,
            "a clause that belongs to no statement",
            "outside `switch`, `select` and `choose`",
            "put it directly inside the braces of the `switch`, `select` or `choose` that it is a branch of",
        ),
        P::BeforeFirstCase { span } => row(
            29,
            *span,
            "a statement before the first `case`",
            "belongs to no branch",
            "start with `case …:`, or move the statement before the `switch`, `select` or `choose`",
        ),
        P::BadCommunication { span } => row(
            30,
            *span,
            "a `select` case must send or receive",
            "neither a send nor a receive",
            "write `case v := <-ch:`, `case <-ch:` or `case ch <- v:`; to branch on a value use `switch`",
        ),
        P::BadChoice { span } => row(
            31,
            *span,
            "a branch of `choose` has no condition",
            "nobody says which branch is taken",
            "write `case:` for each branch; to branch on a value use `switch`",
        ),
        P::AssignmentInCondition { span, left, right } => row(
            32,
            *span,
            "an assignment where a condition is wanted",
            "`=` assigns",
            format!("compare with `==`: `{left} == {right}`"),
        ),
        P::BadHeader { span, mistake } => {
            let (message, label, help) = header(*mistake);
            row(33, *span, message, label, help)
        }
        P::LiteralInHeader { span } => row(
            34,
            *span,
            "the `{` of a composite literal reads as the start of the body",
            "taken for the body",
            "put the literal into parentheses: `if p == (Point{1, 2}) {`",
        ),
        P::NotAName { span, written } => row(
            35,
            *span,
            format!("`{written}` on the left of `:=` is not a name"),
            "`:=` declares new variables",
            "assign to what exists with `=`",
        ),
        P::NotACall { span, word, function: true } => row(
            36,
            *span,
            format!("`{word}` needs a call"),
            "`()` is missing here",
            format!("call the function: `{word} func() {{ … }}()`"),
        ),
        P::NotACall { span, word, function: false } => row(
            36,
            *span,
            format!("`{word}` needs a call"),
            "not a call",
            format!("write `{word} f(x)`, or wrap it: `{word} func() {{ … }}()`"),
        ),
        P::MixedParameters { span } => row(
            37,
            *span,
            "parameters with and without names in one list",
            "a type without a name",
            "name all parameters or none; `_` is a name that nobody uses",
        ),
        P::BadExpectLine { span, why } => row(
            38,
            *span,
            "a line of `expect` names a goroutine and what it waits at",
            *why,
            "write NAME: OPERATION with the operation as it stands in the source (`main: wg.Wait()`), the bare word `select`, or a wait reason in quotes",
        ),
        P::BadCheck { span } => row(
            39,
            *span,
            "a `check` says when its condition must hold",
            "only a condition",
            "write `check always E`, `check eventually E` or `check A leadsto B`",
        ),
        P::BadParam { span, name, why } => row(
            40,
            *span,
            format!("parameter `{name}` is incomplete"),
            *why,
            format!("give it a default and, to sweep over, a range: `param {name} = 2 in 1..4`"),
        ),
        P::AfterExpect { span, .. } => row(
            41,
            *span,
            "a declaration after the `expect` of a fix",
            "comes too late",
            "`expect` ends a fix; move it below the fix's other declarations",
        ),
        P::NotInFix { span, word } => row(
            42,
            *span,
            format!("`{word}` inside a fix"),
            "belongs to the whole model",
            if *word == "fix" {
                "fixes stand side by side; a second way to fix the bug is a `fix` of its own at the top level"
            } else {
                "move it out of the fix, to the top of the file"
            },
        ),
        P::OnlyInFix { span, word } => row(
            43,
            *span,
            format!("`{word}` outside a fix"),
            if *word == "delete" { "nothing to delete it from" } else { "nothing that could lose it" },
            if *word == "delete" {
                "`delete NAME` stands inside `fix … { … }` and removes a declaration of the model; here simply leave the declaration out"
            } else {
                "`loses NAME \"why\"` stands inside `fix … { … }` and explains what can no longer happen with that fix"
            },
        ),
        P::NotAType { span } => row(
            44,
            *span,
            "expected a type",
            "not a type",
            "a type is a name, or starts with `*`, `[`, `map[`, `chan`, `func`, `struct` or `interface`",
        ),
        P::MissingComma { span, close } => row(
            45,
            *span,
            format!("the line ends before the list does: expected `,` or `{close}`"),
            "expected `,` here",
            format!(
                "end each line of the list with `,`, also the last one, or write the `{close}` on the same line"
            ),
        ),
        P::ImportName { span } => row(
            46,
            *span,
            "an import with a name of its own",
            "packages keep their names",
            "write `import \"sync\"`; the packages that models may use are always in scope",
        ),
    }
}

/// GK0033: message, label, help.
fn header(mistake: HeaderMistake) -> (&'static str, &'static str, &'static str) {
    let three = "write `for i := 0; i < n; i++ {`, `for i := range n {`, `for condition {` or `for {`";
    match mistake {
        HeaderMistake::IfClauses => {
            ("an `if` has at most two clauses", "too many clauses", "write `if init; condition {`")
        }
        HeaderMistake::NoCondition => (
            "this `if` has no condition",
            "expected a condition",
            "write `if condition {` or `if init; condition {`",
        ),
        HeaderMistake::DefineAsCondition => (
            "a `:=` where a condition is wanted",
            "no condition",
            "add the condition after a semicolon: `if v, ok := m[k]; ok {`",
        ),
        HeaderMistake::NotACondition => {
            ("a statement where a condition is wanted", "no condition", "write a condition: `x > 0`")
        }
        HeaderMistake::ForClauses => ("a `for` has one clause or three", "two clauses", three),
        HeaderMistake::ForParentheses => {
            ("the clauses of a `for` stand without parentheses", "remove the parentheses", three)
        }
        HeaderMistake::ForSeparators => {
            ("the clauses of a `for` are separated by `;`", "one clause without `;`", three)
        }
        HeaderMistake::RangeValues => {
            ("`range` gives at most two values", "one too many", "write `for k, v := range x {`")
        }
        HeaderMistake::SwitchClauses => {
            ("a `switch` has at most two clauses", "too many clauses", "write `switch init; value {`")
        }
        HeaderMistake::DefineAsValue => (
            "a `:=` where the value to switch on is wanted",
            "no value",
            "add the value after a semicolon: `switch x := f(); x {`",
        ),
        HeaderMistake::NotAValue => {
            ("a statement where the value to switch on is wanted", "no value", "write `switch x {`")
        }
    }
}

/// GK0021, worded for the characters that editors and word processors leave behind.
fn bad_character(span: Span, character: char) -> Diagnostic {
    let code_point = u32::from(character);
    let visible = !character.is_control() && !character.is_whitespace() && !is_invisible(character);
    let shown =
        if visible { format!("`{character}` (U+{code_point:04X})") } else { format!("U+{code_point:04X}") };
    let message = format!("{shown} cannot stand in a model");
    let (label, help) = match character {
        '“' | '”' | '„' | '«' | '»' => ("a typographic quotation mark", "write a plain `\"`"),
        '‘' | '’' | '‚' => ("a typographic quotation mark", "write a plain `'`"),
        '–' | '—' | '−' => ("a typographic dash", "write a plain `-`"),
        '…' => ("a typographic ellipsis", "write three dots"),
        '\u{a0}' | '\u{2003}' | '\u{2009}' | '\u{202f}' | '\u{3000}' => {
            ("a blank that is not a plain space", "write a plain space")
        }
        c if is_invisible(c) => ("an invisible character", "remove it"),
        '\u{fffd}' => ("bytes that are not UTF-8", "save the file as UTF-8"),
        '#' => ("not a comment in Go", "write a comment with `//`"),
        '$' | '@' | '\\' => ("not a character of Go", "remove it"),
        c if c.is_control() => ("a control character", "remove it"),
        _ => (
            "not a character of Go",
            "outside strings and comments only letters, digits and Go's operators can stand",
        ),
    };
    row(21, span, message, label, help)
}

fn is_invisible(character: char) -> bool {
    matches!(character, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
}
