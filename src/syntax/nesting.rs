//! Bounds on the depth of the tree, checked before anything recurses.
//!
//! In: the tokens that count. Out: a problem where brackets and type constructors
//! nest deeper than [`MAX_DEPTH`], or one expression is a chain of more than
//! [`MAX_CHAIN`] operators. Within the bounds the parser, the passes after it and
//! the tree's own `Drop` may recurse freely.

use super::problem::SyntaxProblem;
use super::tokens::{Kind, Token};

/// Brackets and type constructors (`chan`, `map`, `*`, …) open at one place.
pub(super) const MAX_DEPTH: usize = 200;
/// Operators, selectors and calls in one expression.
pub(super) const MAX_CHAIN: usize = 500;

/// What is known about the inside of one pair of brackets.
#[derive(Default)]
struct Level {
    /// An upper bound of the height of the expression that is being read.
    chain: usize,
    /// The highest one that has been read.
    highest: usize,
    /// Words and marks since the last separator that nest to the right without brackets.
    constructors: usize,
}

impl Level {
    fn end_expression(&mut self) {
        self.highest = self.highest.max(self.chain);
        self.chain = 0;
    }

    fn end_item(&mut self) {
        self.end_expression();
        self.constructors = 0;
    }
}

/// The first place where the text is too deep or too long.
pub(super) fn check(text: &str, tokens: &[Token]) -> Option<SyntaxProblem> {
    let mut depth = Depth { levels: vec![Level::default()], constructors: 0 };
    let mut after_operand = false;
    for token in tokens {
        let written = text.get(token.span.range()).unwrap_or("");
        depth.token(token.kind, written, after_operand);
        if depth.levels.len() + depth.constructors > MAX_DEPTH {
            return Some(SyntaxProblem::TooDeep { span: token.span, limit: MAX_DEPTH });
        }
        if depth.top().chain > MAX_CHAIN {
            return Some(SyntaxProblem::TooLong { span: token.span, limit: MAX_CHAIN });
        }
        after_operand = match token.kind {
            Kind::Mark => matches!(written, ")" | "]" | "}"),
            kind => kind != Kind::LineEnd,
        };
    }
    None
}

struct Depth {
    levels: Vec<Level>,
    /// The sum over all levels.
    constructors: usize,
}

impl Depth {
    fn top(&mut self) -> &mut Level {
        if self.levels.is_empty() {
            self.levels.push(Level::default());
        }
        let last = self.levels.len() - 1;
        &mut self.levels[last]
    }

    fn token(&mut self, kind: Kind, written: &str, after_operand: bool) {
        match kind {
            Kind::Word => self.word(written),
            Kind::Mark => self.mark(written, after_operand),
            Kind::LineEnd => self.end_item(),
            _ => {}
        }
    }

    fn word(&mut self, written: &str) {
        match written {
            "chan" | "map" | "func" | "idle" => self.constructor(),
            "if" | "else" | "for" | "switch" | "select" | "case" | "default" | "go" | "defer" | "return" => {
                self.top().end_expression();
            }
            _ => {}
        }
    }

    fn mark(&mut self, written: &str, after_operand: bool) {
        match written {
            "(" | "{" => self.levels.push(Level::default()),
            "[" => {
                self.constructor();
                self.levels.push(Level::default());
            }
            ")" | "]" | "}" => self.close(),
            "," | ";" | "=" | ":=" => self.end_item(),
            // A label holds its statement.
            ":" => {
                self.constructor();
                self.top().end_expression();
            }
            "*" if !after_operand => {
                self.constructor();
                self.top().chain += 1;
            }
            _ => self.top().chain += 1,
        }
    }

    fn constructor(&mut self) {
        self.top().constructors += 1;
        self.constructors += 1;
    }

    fn end_item(&mut self) {
        self.constructors -= self.top().constructors;
        self.top().end_item();
    }

    /// What was inside the brackets is part of the expression around them.
    fn close(&mut self) {
        if self.levels.len() < 2 {
            return;
        }
        self.end_item();
        let inside = self.levels.pop().map_or(0, |level| level.highest);
        let top = self.top();
        top.chain = top.chain.max(inside) + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::{MAX_CHAIN, MAX_DEPTH};
    use crate::syntax::layout::lay_out;

    fn hopeless(text: &str) -> bool {
        lay_out(text).hopeless
    }

    #[test]
    fn the_bounds_are_sharp() {
        let parens = |count: usize| format!("{}x{}", "(".repeat(count), ")".repeat(count));
        assert!(!hopeless(&parens(MAX_DEPTH - 1)));
        assert!(hopeless(&parens(MAX_DEPTH)));
        assert!(!hopeless(&format!("x{}", "+x".repeat(MAX_CHAIN))));
        assert!(hopeless(&format!("x{}", "+x".repeat(MAX_CHAIN + 1))));
    }

    #[test]
    fn what_stands_side_by_side_does_not_add_up() {
        assert!(!hopeless(&"x := a + b[1] * f(c)\n".repeat(1_000)));
        assert!(!hopeless(&format!("f({})", "[]*T{a + b}, ".repeat(1_000))));
        assert!(!hopeless(&format!("if a == 1 {{}}{}", " else if a == 1 {}".repeat(1_000))));
        assert!(!hopeless(&format!("switch x {{\n{}}}", "case a + b: c: d()\n".repeat(1_000))));
    }

    #[test]
    fn types_nest_without_brackets() {
        for constructor in ["*", "[]", "chan ", "<-chan ", "map[k]", "func() ", "[]*"] {
            assert!(hopeless(&format!("var x {}int", constructor.repeat(250))), "{constructor}");
            assert!(!hopeless(&format!("var x {}int", constructor.repeat(90))), "{constructor}");
        }
    }

    /// Each sum alone is short; the tree would be as high as all of them together.
    #[test]
    fn heights_of_nested_chains_add_up() {
        let tower = |levels: usize| {
            format!("{}x{}", "(".repeat(levels), format!("{})", "+x".repeat(100)).repeat(levels))
        };
        assert!(!hopeless(&tower(4)));
        assert!(hopeless(&tower(5)));
    }
}
