//! From pest's pairs to the tree.
//!
//! In: a [`Source`]. Out: an [`ast::File`] and the problems. Nothing here fails: where
//! the grammar matched a `missing_…`, `bad_…` or `junk` rule, a problem is reported
//! and an error node stands in the tree. One file a subject.

mod clauses;
mod cursor;
mod declarations;
mod expressions;
mod found;
mod headers;
mod literals;
mod own_words;
mod recover;
mod signatures;
mod statements;
mod types;

use std::cell::RefCell;

use pest::Parser as _;
use pest::iterators::Pair;

use super::ast;
use super::layout::{self, Layout, MOST_PROBLEMS};
use super::nesting;
use super::problem::SyntaxProblem;
use crate::diag::{Problem as _, Problems};
use crate::source::{Source, Span};

/// pest's parser; `Rule` has one variant for each rule of the grammar.
mod grammar {
    #[derive(pest_derive::Parser)]
    #[grammar = "../grammar/knot.pest"]
    pub(super) struct Knot;
}

use grammar::{Knot, Rule};

type Node<'s> = Pair<'s, Rule>;

/// Reads a model. A file always comes out; it is whole where there are no problems.
pub fn parse(source: &Source) -> (ast::File, Problems) {
    let Layout { text, tokens, problems, hopeless } = layout::lay_out(source.text());
    let builder = Builder { source, text: &text, tokens: &tokens, problems: RefCell::new(problems) };
    let file = if hopeless { ast::File::default() } else { builder.parse() };
    (file, builder.into_problems())
}

/// Builds the tree; holds what every part of it needs.
struct Builder<'s> {
    source: &'s Source,
    /// The laid out text.
    text: &'s str,
    tokens: &'s [super::tokens::Token],
    problems: RefCell<Vec<SyntaxProblem>>,
}

impl Builder<'_> {
    fn parse(&self) -> ast::File {
        match Knot::parse(Rule::file, self.text) {
            Ok(mut pairs) => pairs.next().map(|file| self.file(file)).unwrap_or_default(),
            // The grammar matches every text; only pest's own stack guard can stop it.
            Err(error) => {
                let at = match error.location {
                    pest::error::InputLocation::Pos(at) | pest::error::InputLocation::Span((at, _)) => at,
                };
                self.report(SyntaxProblem::TooDeep {
                    span: Span::new(at, at + 1),
                    limit: nesting::MAX_DEPTH,
                });
                ast::File::default()
            }
        }
    }

    fn report(&self, problem: SyntaxProblem) {
        let mut problems = self.problems.borrow_mut();
        if problems.len() < MOST_PROBLEMS {
            problems.push(problem);
        }
    }

    /// The first problem of each line, as Go's compiler does it: the rest of a line
    /// that went wrong is seldom worth a word.
    fn into_problems(self) -> Problems {
        let found = self.problems.into_inner();
        let swallower =
            found.iter().find(|problem| swallows_rest(problem)).map(|problem| problem.diagnose().span());
        let mut found: Vec<(Span, SyntaxProblem)> =
            found.into_iter().map(|problem| (problem.diagnose().span(), problem)).collect();
        if let Some(swallower) = swallower {
            let braces = |problem: &SyntaxProblem| matches!(problem, SyntaxProblem::UnclosedBrace { .. });
            found.retain(|(span, problem)| *span <= swallower && !braces(problem));
        }
        found.sort_by_key(|(span, _)| *span);
        found.dedup_by_key(|(span, _)| self.source.line(*span));
        let mut problems = Problems::default();
        for (_, problem) in &found {
            problems.push(problem);
        }
        problems
    }

    /// The span of a node without the blanks that pest leaves at its end.
    fn span(&self, node: &Node) -> Span {
        let span = node.as_span();
        let written = self.text.get(span.start()..span.end()).unwrap_or("");
        Span::new(span.start(), span.start() + written.trim_end_matches([' ', '\t', '\r', '\n']).len())
    }

    /// The text of a span as it was written.
    fn written(&self, span: Span) -> &str {
        self.source.slice(span)
    }

    fn ident(&self, node: &Node) -> ast::Ident {
        let span = self.span(node);
        ast::Ident { name: self.written(span).to_string(), span }
    }
}

/// True for what takes the rest of the file with it.
fn swallows_rest(problem: &SyntaxProblem) -> bool {
    matches!(problem, SyntaxProblem::UnclosedComment { .. } | SyntaxProblem::UnclosedString { raw: true, .. })
}
