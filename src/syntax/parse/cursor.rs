//! Walking the children of a node.
//!
//! In: a node. Out: its children one by one, keywords left out: a rule has told
//! already which keyword stood there.

use pest::iterators::Pairs;

use super::{Node, Rule};

/// The children of a node, keywords left out.
#[derive(Clone)]
pub(super) struct Children<'s>(Pairs<'s, Rule>);

/// The children of `node`.
pub(super) fn children(node: Node<'_>) -> Children<'_> {
    Children(node.into_inner())
}

impl<'s> Children<'s> {
    /// The next child's rule.
    pub(super) fn peek(&mut self) -> Option<Rule> {
        while self.0.peek().is_some_and(|node| is_word(node.as_rule())) {
            self.0.next();
        }
        self.0.peek().map(|node| node.as_rule())
    }

    /// The next child where it has this rule.
    pub(super) fn next_if(&mut self, rule: Rule) -> Option<Node<'s>> {
        (self.peek() == Some(rule)).then(|| self.0.next()).flatten()
    }

    /// The next child where the rule passes the test.
    pub(super) fn next_when(&mut self, test: impl Fn(Rule) -> bool) -> Option<Node<'s>> {
        self.peek().is_some_and(test).then(|| self.0.next()).flatten()
    }
}

impl<'s> Iterator for Children<'s> {
    type Item = Node<'s>;

    fn next(&mut self) -> Option<Node<'s>> {
        self.peek()?;
        self.0.next()
    }
}

fn is_word(rule: Rule) -> bool {
    matches!(
        rule,
        Rule::kw_break
            | Rule::kw_chan
            | Rule::kw_const
            | Rule::kw_continue
            | Rule::kw_defer
            | Rule::kw_else
            | Rule::kw_fallthrough
            | Rule::kw_for
            | Rule::kw_func
            | Rule::kw_go
            | Rule::kw_goto
            | Rule::kw_if
            | Rule::kw_import
            | Rule::kw_interface
            | Rule::kw_map
            | Rule::kw_range
            | Rule::kw_return
            | Rule::kw_struct
            | Rule::kw_switch
            | Rule::kw_var
            | Rule::word_always
            | Rule::word_check
            | Rule::word_choose
            | Rule::word_cover
            | Rule::word_delete
            | Rule::word_eventually
            | Rule::word_expect
            | Rule::word_fix
            | Rule::word_idle
            | Rule::word_in
            | Rule::word_leadsto
            | Rule::word_loses
            | Rule::word_meta
            | Rule::word_model
            | Rule::word_param
    )
}
