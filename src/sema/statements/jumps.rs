//! Labels, `break`, `continue` and `goto`.

use crate::diag::did_you_mean;
use crate::sema::checker::Checker;
use crate::sema::problem::{NameProblem, StatementProblem};
use crate::sema::program::LabelId;
use crate::sema::scope::{Frame, LabelUse};
use crate::source::Span;
use crate::syntax::ast;

impl<'a> Checker<'a> {
    pub(super) fn declare_label(&mut self, label: &ast::Ident) {
        let Some(function) = self.function_mut() else { return };
        let first = function.labels.iter().find(|other| other.name == label.name).map(|other| other.span);
        if let Some(first) = first {
            let (span, name) = (label.span, label.name.clone());
            self.report(&NameProblem::Redeclared { span, first, what: "label", name });
            return;
        }
        function.labels.push(LabelUse { name: label.name.clone(), span: label.span, used: false });
    }

    pub(super) fn use_label(&mut self, name: &str) {
        let labels = self.function_mut().map(|function| &mut function.labels);
        if let Some(label) = labels.and_then(|labels| labels.iter_mut().find(|label| label.name == name)) {
            label.used = true;
        }
    }

    /// Where a `break` or `continue` leads.
    pub(super) fn jump(
        &mut self,
        target: Option<&ast::Ident>,
        word: &'static str,
        span: Span,
    ) -> Option<LabelId> {
        let frames = self.function().map(|function| function.frames.clone()).unwrap_or_default();
        let fits = |frame: &&Frame| word == "break" || frame.is_loop;
        let Some(target) = target else {
            let found = frames.iter().rev().find(fits).map(|frame| frame.id);
            if found.is_none() {
                self.report(&StatementProblem::Outside { span, word });
            }
            return found;
        };
        self.use_label(&target.name);
        let named = |frame: &&Frame| frame.label.as_ref() == Some(&target.name);
        if let Some(frame) = frames.iter().rev().find(|frame| named(frame) && fits(frame)) {
            return Some(frame.id);
        }
        let exists = self
            .function()
            .is_some_and(|function| function.labels.iter().any(|label| label.name == target.name));
        let known = frames.iter().filter(fits).filter_map(|frame| frame.label.as_deref());
        let meant = did_you_mean(&target.name, known).map(str::to_string);
        let (span, name) = (target.span, target.name.clone());
        self.report(&StatementProblem::UnknownLabel { span, word, name, meant, exists });
        None
    }

    /// Runs `work` inside a statement that `break` (and `continue`, for loops) may leave.
    pub(crate) fn framed<T>(
        &mut self,
        label: Option<String>,
        is_loop: bool,
        work: impl FnOnce(&mut Self, LabelId) -> T,
    ) -> T {
        let id = self.new_label();
        if let Some(function) = self.function_mut() {
            function.frames.push(Frame { id, label, is_loop });
        }
        let result = work(self, id);
        if let Some(function) = self.function_mut() {
            function.frames.pop();
        }
        result
    }
}
