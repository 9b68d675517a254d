//! Operations and choices: points where a goroutine may wait, or has several ways on.

use super::{Builder, plain_edge};
use crate::commands::{BinaryOp, Command, Expr, PanicValue, Place};
use crate::machine::step::MAX_CHOICES;
use crate::machine::{Choose, Edge, Operation, PointId, PointKind, tag};
use crate::source::Span;
use crate::sync::{Alternative, Outcome, Step};

impl Builder<'_, '_> {
    /// A point of the environment's choice.
    pub fn choice(&mut self, span: Span, edges: Vec<Edge>) {
        self.settle();
        self.flush(span);
        self.fill(PointKind::Choice, span, edges);
        self.start_dead();
    }

    /// `dest` gets any value from `low` to `high`. Too many of them are a bound, not a search.
    pub fn choose_value(&mut self, span: Span, dest: Place, low: Expr, high: Expr) {
        let next = self.new_point();
        let (some, few) = match (&low, &high) {
            (&Expr::Const(low), &Expr::Const(high)) => {
                let few = high.wrapping_sub(low).cast_unsigned() < MAX_CHOICES.cast_unsigned();
                (Expr::Const(i64::from(low <= high)), Expr::Const(i64::from(few)))
            }
            _ => {
                let width = Expr::binary(BinaryOp::Sub, high.clone(), low.clone());
                (
                    Expr::binary(BinaryOp::Le, low.clone(), high.clone()),
                    Expr::binary(BinaryOp::LtU, width, Expr::Const(MAX_CHOICES)),
                )
            }
        };
        let empty = Command::Raise(self.runtime_error("any: the range is empty"));
        let many = Command::Bound("the number of values of one `any`");
        let end = self.end();
        let stop = |guard: Expr, command| Edge { commands: vec![command], ..plain_edge(guard, end) };
        let choose = Choose { dest, low, high };
        let pick = Edge { choose: Some(choose), ..plain_edge(some.clone().and(few.clone()), next) };
        let edges = [pick, stop(some.clone().negate(), empty), stop(some.and(few.negate()), many)];
        let possible = edges.into_iter().filter(|edge| edge.guard != Expr::FALSE);
        self.choice(span, possible.collect());
        self.start(next);
    }

    /// An operation of several steps; control goes on after the last.
    pub fn operation(&mut self, span: Span, operation: &Operation, steps: Vec<Step>) {
        let count = steps.len();
        for (index, step) in steps.into_iter().enumerate() {
            let next = self.new_point();
            let last = index + 1 == count;
            let (mut edges, ok) = self.operation_prelude(span);
            let mut incoming = Vec::new();
            for alternative in step.alternatives {
                let done = matches!(alternative.outcome, Outcome::Done);
                let act = (last && done && !operation.acts.is_empty()).then_some(0);
                let edge = self.alternative_edge(alternative, &ok, next, act);
                if done {
                    incoming.push((self.cur, edges.len()));
                }
                edges.push(edge);
            }
            let operation = Operation { wait_reason: step.wait, idle: self.idle, ..operation.clone() };
            self.fill(PointKind::Operation(operation), span, edges);
            self.start_after(next, incoming);
        }
    }

    /// Gets ready for an operation: its operands are private, its nil checks are edges. Gives these and their negation.
    pub fn operation_prelude(&mut self, span: Span) -> (Vec<Edge>, Expr) {
        let checks = self.settle_for_guard(span);
        self.raise_edges(checks)
    }

    /// The edge for one alternative of an operation.
    pub fn alternative_edge(
        &mut self,
        alternative: Alternative,
        ok: &Expr,
        target: PointId,
        act: Option<usize>,
    ) -> Edge {
        let mut commands = alternative.commands;
        let text_panic = |text: i64, tag: i64| {
            Command::Raise(PanicValue { tag: Expr::Const(tag), payload: Expr::Const(text) })
        };
        let target = match alternative.outcome {
            Outcome::Done => target,
            Outcome::Panic(text) => {
                commands.push(text_panic(self.reg.string(text), tag::STRING));
                self.end()
            }
            Outcome::RuntimeError(text) => {
                commands.push(text_panic(self.reg.string(text), tag::RUNTIME_ERROR));
                self.end()
            }
            Outcome::Fatal(text) => {
                commands.push(Command::Fatal(text));
                self.end()
            }
        };
        let guard = ok.clone().and(alternative.when);
        Edge {
            meet: alternative.meet,
            choose: alternative.choose,
            races_with: alternative.races_with,
            commands,
            act,
            ..plain_edge(guard, target)
        }
    }
}
