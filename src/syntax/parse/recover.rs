//! Text that the grammar could not place: what was probably meant.
//!
//! In: `junk`, `bad_…` and `stray_…` nodes. Out: the most helpful problem for each,
//! and the blocks inside them, which are read for their own mistakes.

use super::super::ast::Block;
use super::super::problem::SyntaxProblem;
use super::super::tokens::{Kind, Token};
use super::cursor::children;
use super::statements::lone_expr;
use super::{Builder, Node, Rule};
use crate::diag::did_you_mean;
use crate::source::Span;

const DECLARATION_WORDS: &[&str] = &[
    "func", "type", "var", "const", "import", "model", "meta", "param", "check", "cover", "expect", "fix",
    "delete", "loses",
];

const STATEMENT_WORDS: &[&str] = &[
    "break",
    "case",
    "choose",
    "const",
    "continue",
    "default",
    "defer",
    "else",
    "fallthrough",
    "for",
    "func",
    "go",
    "goto",
    "idle",
    "if",
    "return",
    "select",
    "switch",
    "type",
    "var",
];

/// Words that start a statement in other languages, and what Go writes.
const FOREIGN_WORDS: &[(&str, &str)] = &[
    ("while", "write `for condition {`"),
    ("until", "write `for !condition {`"),
    ("loop", "write `for {`"),
    ("do", "write `for { …; if !condition { break } }`"),
    ("foreach", "write `for _, x := range xs {`"),
    ("elif", "write `} else if condition {`"),
    ("elseif", "write `} else if condition {`"),
    ("elsif", "write `} else if condition {`"),
    ("unless", "write `if !condition {`"),
    ("match", "write `switch value {`"),
    ("let", "declare a variable with `x := value`"),
    ("mut", "declare a variable with `x := value`"),
    ("auto", "declare a variable with `x := value`"),
    ("int", "declare a variable with `x := value` or `var x int`"),
    ("bool", "declare a variable with `x := value` or `var x bool`"),
    ("string", "declare a variable with `x := value` or `var x string`"),
    (
        "try",
        "errors are values: `if err := f(); err != nil {`; a panic is caught by `recover` in a deferred call",
    ),
    ("throw", "write `panic(\"text\")`, or return an error"),
    ("raise", "write `panic(\"text\")`, or return an error"),
    ("async", "start a goroutine with `go f()`"),
    ("spawn", "start a goroutine with `go f()`"),
    ("await", "receive from a channel with `<-ch`, or wait with `wg.Wait()`"),
    ("yield", "send on a channel: `ch <- v`"),
    ("def", "write `func`"),
    ("fn", "write `func`"),
    ("function", "write `func`"),
    ("proctype", "write `func`, and start it with `go`"),
    ("class", "write `type Name struct { … }`"),
    ("struct", "write `type Name struct { … }`"),
    ("enum", "write `const ( A = iota … )`"),
];

/// Marks and words that Go does not have in the middle of a line.
const FOREIGN_MARKS: &[(&str, &str)] = &[
    ("=>", "Go has no arrow functions and no such operator; write `func() { … }`, or `>=` to compare"),
    (
        "->",
        "a receive is `<-ch`, a result type stands after the parameters without an arrow, a field of a pointer is `p.f`",
    ),
    ("?", "Go has no conditional expression; write `if condition { x = a } else { x = b }`"),
    ("and", "write `&&`"),
    ("or", "write `||`"),
    ("not", "write `!`"),
    ("is", "write `==`"),
    ("then", "the body follows directly: `if condition {`"),
];

fn lookup(table: &[(&str, &'static str)], word: &str) -> Option<&'static str> {
    table.iter().find(|(foreign, _)| *foreign == word).map(|(_, instead)| *instead)
}

impl Builder<'_> {
    /// The problem of a mark or word of another language at `offset`.
    pub(super) fn not_go(&self, offset: usize) -> Option<SyntaxProblem> {
        let written = self.word_at(offset);
        let instead = lookup(FOREIGN_MARKS, written)?;
        let span = self.place(offset);
        Some(SyntaxProblem::NotGo { span, written: written.to_string(), instead })
    }

    /// What follows a statement that was complete. Blocks in it come back.
    pub(super) fn trailing(&self, before: Option<&Node>, junk: &Node) -> Vec<Block> {
        let at = junk.as_span().start();
        let first = before.map(|node| node.as_span().start());
        if let Some(problem) = first.and_then(|first| self.wrong_word(first, before)) {
            let descend =
                !matches!(problem, SyntaxProblem::Misspelled { meant: "switch" | "select" | "choose", .. });
            self.report(problem);
            return if descend { self.blocks(junk) } else { Vec::new() };
        }
        let written = self.word_at(at);
        if let Some(operator) = before.and_then(|node| self.cut_off_operator(node, at)) {
            self.cut_off_after(operator, "an expression", None);
            return self.blocks(junk);
        }
        if before.is_some_and(lacks_body) {
            // Reported, and the rest of the line was taken for the header.
            return self.blocks(junk);
        }
        let after_header = before
            .is_some_and(|node| matches!(node.as_rule(), Rule::if_stmt | Rule::for_stmt | Rule::switch_stmt));
        if written == "{" && after_header {
            self.report(SyntaxProblem::LiteralInHeader { span: self.place(at) });
        } else if let Some(problem) = self.closing(at) {
            self.report(problem);
        } else {
            let hint = match written {
                "++" | "--" => {
                    Some(format!("`x{written}` is a statement of its own in Go, not an expression"))
                }
                ":=" => Some("write `x := value`, or `var x = value`, or `var x T = value`".to_string()),
                _ => Some("start a new line, or separate statements with `;`".to_string()),
            };
            self.expected_at(at, "the end of the statement", hint);
        }
        self.blocks(junk)
    }

    /// The operator at the end of a line that a statement went on after, where an assignment shows
    /// that the next line was a statement of its own: `x :=`, then `y = 1`.
    fn cut_off_operator(&self, statement: &Node, at: usize) -> Option<Token> {
        if !matches!(self.word_at(at), "=" | ":=" | "+=" | "-=" | "++" | "--" | "<-") {
            return None;
        }
        let first = self.token_index(statement.as_span().start());
        (first + 1..self.token_index(at)).rev().find_map(|index| self.cut_off(index))
    }

    /// The blocks in a piece of junk.
    fn blocks(&self, junk: &Node) -> Vec<Block> {
        let blocks = children(junk.clone()).filter(|part| part.as_rule() == Rule::block);
        blocks.map(|block| self.block(block)).collect()
    }

    /// A statement that starts with a word that was meant to be a keyword.
    fn wrong_word(&self, first: usize, before: Option<&Node>) -> Option<SyntaxProblem> {
        let statement = before.filter(|node| node.as_rule() == Rule::simple_stmt);
        let lone = statement.and_then(lone_expr).is_some();
        let token = self.token_at(first).filter(|token| lone && token.kind == Kind::Word)?;
        let word = self.written(token.span);
        self.meant(word, token.span)
    }

    fn meant(&self, word: &str, span: Span) -> Option<SyntaxProblem> {
        let mut written = word.to_string();
        if let Some(instead) = lookup(FOREIGN_WORDS, word) {
            // `int k = 3`: it is the form that Go does not have, not the word.
            if let (true, Some(name)) = (instead.contains("var x"), self.token_at(span.end as usize)) {
                written = format!("{word} {}", self.written(name.span));
            }
            return Some(SyntaxProblem::NotGo { span, written, instead });
        }
        let meant = did_you_mean(word, STATEMENT_WORDS.iter().copied())?;
        let meant = STATEMENT_WORDS.iter().find(|candidate| **candidate == meant)?;
        Some(SyntaxProblem::Misspelled { span, written, meant })
    }

    /// `slect {` with its block.
    pub(super) fn unknown_block(&self, node: &Node) {
        let Some(word) = children(node.clone()).next() else { return };
        let span = self.span(&word);
        let written = self.written(span);
        let problem = self.meant(written, span).unwrap_or_else(|| SyntaxProblem::Unexpected {
            span: self.place(span.end as usize),
            found: "`{`".to_string(),
            expected: "the rest of a statement".to_string(),
            hint: Some(format!(
                "`{written}` starts no block; a composite literal is written `{written}{{…}}`"
            )),
        });
        self.report(problem);
    }

    /// Text that starts no statement.
    pub(super) fn bad_statement(&self, node: &Node) {
        let at = node.as_span().start();
        if let Some(problem) = self.closing(at).or_else(|| self.not_go(at)) {
            return self.report(problem);
        }
        let hint = match self.word_at(at) {
            "++" | "--" => Some("write `x++` or `x--`; Go has no prefix form".to_string()),
            "import" => Some("imports stand at the top of the file".to_string()),
            _ => None,
        };
        self.expected_at(at, "a statement", hint);
        self.blocks(node);
    }

    fn closing(&self, at: usize) -> Option<SyntaxProblem> {
        let written = self.word_at(at);
        matches!(written, ")" | "]" | "}")
            .then(|| SyntaxProblem::StrayClose { span: self.place(at), written: written.to_string() })
    }

    /// `else` without an `if` before it on the line.
    pub(super) fn stray_else(&self, span: Span) {
        let at = span.start as usize;
        let word = Span::new(at, at + "else".len());
        let index = self.token_index(at);
        let before = index.checked_sub(2).and_then(|index| self.tokens.get(index..index + 2));
        match before {
            Some([close, end]) if end.kind == Kind::LineEnd && self.written(close.span) == "}" => {
                self.report(SyntaxProblem::ElseOnNextLine { span: word });
            }
            _ => self.expected_at(at, "a statement", Some("`else` follows the `}` of an `if`".to_string())),
        }
    }

    /// A statement before the first clause.
    pub(super) fn before_first_case(&self, node: &Node) {
        let at = node.as_span().start();
        let token = self.token_at(at).filter(|token| token.kind == Kind::Word);
        let misspelled = token.and_then(|token| {
            let meant = did_you_mean(self.written(token.span), ["case", "default"])?;
            let meant = if meant == "case" { "case" } else { "default" };
            let written = self.written(token.span).to_string();
            Some(SyntaxProblem::Misspelled { span: token.span, written, meant })
        });
        self.report(misspelled.unwrap_or(SyntaxProblem::BeforeFirstCase { span: self.place(at) }));
    }

    /// What should be a body and is not; the body that follows further on the line, if any.
    pub(super) fn bad_body<'n>(
        &self,
        node: Node<'n>,
        body: Rule,
        of: impl Fn() -> String,
    ) -> Option<Node<'n>> {
        let at = node.as_span().start();
        let inside = children(node).find(|inside| inside.as_rule() == body);
        match &inside {
            Some(body) if self.is_line_end(at) => {
                let brace = body.as_span().start();
                self.report(SyntaxProblem::BraceOnNextLine { span: Span::new(brace, brace + 1) });
            }
            _ if self.word_at(at) == "in" => self.report(SyntaxProblem::NotGo {
                span: self.place(at),
                written: "for … in".to_string(),
                instead: "write `for _, x := range xs {`",
            }),
            Some(_) => self.expected_at(at, "`{`", self.range_hint(at)),
            None if self.word_at(at).is_empty() => {
                self.report(SyntaxProblem::MissingBody { span: self.place(at), of: of() });
            }
            None => self.expected_at(at, "`{`", Some(format!("{} needs a body: `{{ … }}`", of()))),
        }
        inside
    }

    /// `for x := rnage xs {`.
    pub(super) fn range_hint(&self, at: usize) -> Option<String> {
        let before = self.token_before(at)?;
        let word = self.written(before.span);
        did_you_mean(word, ["range"]).map(|range| format!("did you mean `{range}` where it says `{word}`?"))
    }

    /// An item of a list in braces that is none.
    pub(super) fn unexpected_item(&self, node: &Node, wanted: &str) {
        let at = node.as_span().start();
        let starts_item = self.token_before(at).is_none_or(|before| {
            before.kind == Kind::LineEnd || matches!(self.written(before.span), ";" | "{" | "(")
        });
        if starts_item {
            return self.expected(node, wanted);
        }
        let hint = "start a new line, or remove this".to_string();
        self.expected_at(at, "the end of the line", Some(hint));
    }

    /// What follows a declaration that was complete.
    pub(super) fn unexpected_end(&self, junk: &Node, what: &str) {
        let at = junk.as_span().start();
        let hint = match self.word_at(at) {
            ":=" => "outside functions write `var x = value`".to_string(),
            _ => "start a new line".to_string(),
        };
        self.expected_at(at, &format!("the end of the {what}"), Some(hint));
        self.blocks(junk);
    }

    /// Text that starts no declaration. Of several statements in a row only the first is reported:
    /// they are the rest of a function that was closed too early. True where `model` was meant.
    pub(super) fn bad_declaration(&self, node: &Node, after_bad: bool) -> bool {
        let at = node.as_span().start();
        let junk: Vec<_> = children(node.clone()).filter(|part| part.as_rule() == Rule::junk).collect();
        let Some(token) = self.token_at(at) else { return false };
        let word = self.written(token.span);
        if word == "package" {
            self.report(SyntaxProblem::MissingModel { span: token.span, package: true });
            return true;
        }
        let meant = did_you_mean(word, DECLARATION_WORDS.iter().copied())
            .filter(|_| self.is_two_words(at))
            .and_then(|meant| DECLARATION_WORDS.iter().find(|candidate| **candidate == meant).copied());
        let problem = self.bad_declaration_problem(token.span, meant);
        let own = matches!(problem, SyntaxProblem::UnknownDeclaration { .. } | SyntaxProblem::NotGo { .. });
        let known = !matches!(problem, SyntaxProblem::UnknownDeclaration { meant: None, .. });
        if own || !after_bad {
            self.report(problem);
        }
        for part in junk.iter().filter(|_| known) {
            self.blocks(part);
        }
        meant == Some("model")
    }

    /// True where a name, a string or a bracket follows the word: the shape of a declaration.
    fn is_two_words(&self, at: usize) -> bool {
        let index = self.token_index(at);
        self.tokens.get(index + 1).is_some_and(|next| {
            matches!(next.kind, Kind::Word | Kind::Text) || matches!(self.written(next.span), "(" | "{")
        })
    }

    fn bad_declaration_problem(&self, first: Span, meant: Option<&'static str>) -> SyntaxProblem {
        let at = first.start as usize;
        let word = self.written(first).to_string();
        let index = self.token_index(at);
        let next = self.tokens.get(index + 1);
        let is_word = self.tokens.get(index).is_some_and(|token| token.kind == Kind::Word);
        match next.map(|next| self.written(next.span)) {
            _ if meant.is_some() => SyntaxProblem::UnknownDeclaration { span: first, word, meant },
            Some(":=") if is_word => {
                let span = next.map_or(first, |next| next.span);
                SyntaxProblem::DefineOutside { span, name: word }
            }
            _ if matches!(word.as_str(), ")" | "]" | "}") => {
                SyntaxProblem::StrayClose { span: first, written: word }
            }
            Some("(" | "." | "=" | "++" | "--" | "[" | "<-" | ",") if is_word => {
                SyntaxProblem::StatementOutside { span: first, found: "a statement".to_string() }
            }
            _ if super::super::tokens::is_keyword(&word) => {
                SyntaxProblem::StatementOutside { span: first, found: format!("`{word}`") }
            }
            _ if is_word => match lookup(FOREIGN_WORDS, &word) {
                Some(instead) => SyntaxProblem::NotGo { span: first, written: word, instead },
                None => SyntaxProblem::UnknownDeclaration { span: first, word, meant: None },
            },
            _ => SyntaxProblem::Unexpected {
                span: first,
                found: self.found(at),
                expected: "a declaration".to_string(),
                hint: None,
            },
        }
    }
}

/// True for a statement whose body is missing.
fn lacks_body(node: &Node) -> bool {
    let whole = |rule| matches!(rule, Rule::block | Rule::clauses);
    match node.as_rule() {
        Rule::bad_body | Rule::bad_clauses => !children(node.clone()).any(|inside| whole(inside.as_rule())),
        Rule::if_stmt | Rule::if_arm | Rule::for_stmt | Rule::switch_stmt | Rule::select_stmt => {
            children(node.clone()).last().is_some_and(|last| lacks_body(&last))
        }
        _ => false,
    }
}
