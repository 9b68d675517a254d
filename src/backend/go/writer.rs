//! The text under construction: lines, indentation, `//line` directives, imports.
//!
//! A directive says which line of the model the next line is. The compiler counts on from
//! there, so one is written only where the count goes wrong. gofmt leaves directives at the
//! left margin.

use std::collections::BTreeSet;

use super::facts::Facts;
use super::helpers::{Helper, Helpers};
use super::{Model, Options};
use crate::sema::overlay::Declarations;
use crate::source::{Source, Span};

/// What the helpers need.
const OLDEST: u32 = 19;

/// Prints declarations, statements and expressions.
#[derive(Debug)]
pub(super) struct Writer<'a> {
    pub(super) model: Model<'a>,
    pub(super) source: &'a Source,
    pub(super) facts: Facts,
    pub(super) options: Options,
    /// What names of helpers begin with; no name of the model does.
    pub(super) prefix: &'static str,
    pub(super) helpers: Helpers,
    /// Names that the model declares at package level.
    pub(super) declared: BTreeSet<String>,
    /// The value of `iota` where one is being printed.
    pub(super) iota: Option<i128>,
    /// The release of Go 1 that has all that is used.
    pub(super) release: u32,
    imports: BTreeSet<String>,
    out: String,
    indent: usize,
    /// Nothing is on the current line yet.
    fresh: bool,
    /// Which line of the model the current line counts as.
    line: Option<usize>,
}

/// What [`Writer`] has written.
#[derive(Debug)]
pub(super) struct Body {
    pub(super) text: String,
    /// Names of packages.
    pub(super) imports: BTreeSet<String>,
    /// Of these the ones that some variable hides: there may be no use of the package but what looks like one.
    pub(super) hidden: Vec<String>,
    /// Names that the model declares at package level.
    pub(super) declared: BTreeSet<String>,
    pub(super) prefix: &'static str,
}

impl<'a> Writer<'a> {
    pub(super) fn new(
        model: &Model<'a>,
        declarations: &Declarations<'_>,
        facts: Facts,
        options: Options,
    ) -> Self {
        let text = model.source.text();
        let prefix = ["knot", "goknot", "theKnot"].into_iter().find(|prefix| !begins_a_name(text, prefix));
        Self {
            model: *model,
            source: model.source,
            release: facts.release.max(OLDEST),
            facts,
            options,
            prefix: prefix.unwrap_or("goknot_"),
            helpers: Helpers::default(),
            declared: declarations.items.iter().map(|item| item.key.clone()).collect(),
            iota: None,
            imports: BTreeSet::new(),
            out: String::new(),
            indent: 0,
            fresh: true,
            line: None,
        }
    }

    pub(super) fn finish(self) -> Body {
        let hidden = self.imports.iter().filter(|package| self.facts.variables.contains(*package)).cloned();
        let hidden = hidden.collect();
        Body { text: self.out, imports: self.imports, hidden, declared: self.declared, prefix: self.prefix }
    }

    pub(super) fn text(&mut self, text: &str) {
        if self.fresh {
            self.fresh = false;
            for _ in 0..self.indent {
                self.out.push('\t');
            }
        }
        self.out.push_str(text);
    }

    pub(super) fn newline(&mut self) {
        self.out.push('\n');
        self.fresh = true;
        self.line = self.line.map(|line| line + 1);
    }

    pub(super) fn indent(&mut self) {
        self.indent += 1;
    }

    pub(super) fn outdent(&mut self) {
        self.indent -= 1;
    }

    /// The line that now begins is that of `span`.
    pub(super) fn at(&mut self, span: Span) {
        if span.is_empty() || !self.fresh {
            return;
        }
        let line = self.source.line(span);
        if self.line != Some(line) {
            let name = if self.source.name() == "-" { "model.knot" } else { self.source.name() };
            self.out.push_str(&format!("//line {name}:{line}\n"));
            self.line = Some(line);
        }
    }

    /// The name of a helper, which the program then has.
    pub(super) fn helper(&mut self, helper: Helper) -> String {
        self.helpers.need(helper);
        helper.name(self.prefix)
    }

    pub(super) fn import(&mut self, package: &str) {
        self.imports.insert(package.to_string());
    }

    pub(super) fn imported(&self, package: &str) -> bool {
        self.imports.contains(package)
    }

    /// Calls `each` for every item, with a comma and a blank between them.
    pub(super) fn list<T>(&mut self, items: impl IntoIterator<Item = T>, mut each: impl FnMut(&mut Self, T)) {
        for (index, item) in items.into_iter().enumerate() {
            if index > 0 {
                self.text(", ");
            }
            each(self, item);
        }
    }
}

/// Whether a word of `text` is `prefix` and then a capital letter.
fn begins_a_name(text: &str, prefix: &str) -> bool {
    text.match_indices(prefix).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + prefix.len()..].chars().next();
        !before.is_some_and(|c| c == '_' || c.is_alphanumeric()) && after.is_some_and(char::is_uppercase)
    })
}
