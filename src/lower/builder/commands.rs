//! The commands that are gathered for the next step, with their checks.

use super::Builder;
use crate::commands::{Command, Expr, PanicValue};
use crate::machine::tag;

impl Builder<'_, '_> {
    pub fn push(&mut self, command: Command) {
        self.pending.push(command);
    }

    /// The commands that `body` gives, instead of leaving them pending.
    pub fn gathered(&mut self, body: impl FnOnce(&mut Self)) -> Vec<Command> {
        let before = std::mem::take(&mut self.pending);
        body(self);
        std::mem::replace(&mut self.pending, before)
    }

    /// What is pending, taken away.
    pub fn take_pending(self) -> Vec<Command> {
        self.pending
    }

    /// Raises unless `ok`; what is surely true is not checked.
    pub fn check(&mut self, ok: Expr, raise: PanicValue) {
        let mut known = self.pending.iter().rev().map_while(|command| match command {
            Command::Check { ok, .. } => Some(ok),
            _ => None,
        });
        // What an atomic step follows has been looked at before.
        if !self.atomic && ok != Expr::TRUE && !known.any(|known| *known == ok) {
            self.push(Command::Check { ok, raise });
        }
    }

    /// How many commands are pending: pass it to [`Builder::end_checks`].
    pub fn begin_checks(&self) -> usize {
        self.pending.len()
    }

    /// The checks pushed since `before` count only where `unless` is false.
    pub fn end_checks(&mut self, before: usize, unless: &Expr) {
        for command in self.pending.iter_mut().skip(before) {
            if let Command::Check { ok, .. } = command {
                *ok = unless.clone().or(ok.clone());
            }
        }
    }

    pub fn runtime_error(&mut self, text: &str) -> PanicValue {
        let payload = self.reg.string(text);
        PanicValue { tag: Expr::Const(tag::RUNTIME_ERROR), payload: Expr::Const(payload) }
    }

    pub fn nil_dereference(&mut self) -> PanicValue {
        self.runtime_error("invalid memory address or nil pointer dereference")
    }
}
