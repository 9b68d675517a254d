//! Steps of library code that are atomic: `atomic: { … }` and `await: if cond { … }`.
//!
//! In: assignments, `if`, `close`, sends and receives of a channel's queue. Out: one
//! operation whose one edge has all of it as commands. Nothing in it may wait, be
//! called or raise: the library looks before it steps. A send puts an element into
//! the queue and a receive takes one out of it; `len` asks whether there is one.

use super::builder::{Builder, plain_edge};
use crate::commands::{Command, Expr, Place, queue};
use crate::machine::{Act, Edge, Operation, PointKind};
use crate::sema::program::{Builtin, Callee, Expr as Typed, ExprKind, IfArm, Stmt, StmtKind};
use crate::source::Span;

impl Builder<'_, '_> {
    /// One step that does all of `body`, as soon as `guard` holds.
    pub fn atomic(&mut self, guard: Option<&Typed>, body: &[Stmt], span: Span) {
        let next = self.new_point();
        let (mut edges, ok) = self.operation_prelude(span);
        self.atomic = true;
        self.acts.clear();
        let holds = guard.map_or(Expr::TRUE, |guard| self.expr(guard).first());
        let commands = self.gathered(|this| this.stmts(body));
        self.atomic = false;
        let first = edges.len();
        edges.push(Edge { commands, ..plain_edge(ok.and(holds), next) });
        let operation = Operation {
            wait_reason: None,
            nil_reason: None,
            idle: false,
            name: if self.environment { "clock" } else { "call" },
            acts: std::mem::take(&mut self.acts),
        };
        let at = self.here();
        self.fill(PointKind::Operation(operation), span, edges);
        self.start_after_edges(at, next, first..first + 1);
    }

    /// A statement of an atomic step that is lowered otherwise than elsewhere; `false` for any other.
    pub fn atomic_stmt(&mut self, kind: &StmtKind) -> bool {
        match kind {
            StmtKind::If { arms, otherwise } => {
                self.atomic_if(arms, otherwise.as_deref().unwrap_or_default());
            }
            StmtKind::Send { channel, value } => {
                let queue = self.expr(channel).first();
                let values = self.expr(value).exprs;
                self.acts(channel, "send", &queue);
                self.push(Command::Push { queue, values });
            }
            StmtKind::Expr(Typed { kind: ExprKind::Recv { channel, .. }, .. }) => {
                let elem = self.channel_element(channel);
                let queue = self.expr(channel).first();
                let dests = self.types_of(elem).iter().map(|_| None).collect();
                self.push(Command::Pop { queue, dests });
            }
            StmtKind::Expr(Typed { kind: ExprKind::Call(call), .. })
                if matches!(call.callee, Callee::Builtin(Builtin::Close)) =>
            {
                for each in &call.args {
                    let channel = self.expr(each).first();
                    self.acts(each, "close", &channel);
                    let closed = Place::memory(channel).at(queue::CLOSED);
                    self.push(Command::Set(closed, Expr::TRUE));
                }
            }
            _ => return false,
        }
        true
    }

    /// The step may end a wait for this channel: reports look for that.
    fn acts(&mut self, channel: &Typed, action: &'static str, value: &Expr) {
        let at = self.visible(channel.span);
        let act = self.channel_act(action, channel, value, at);
        self.acts.push(Act { text: at, ..act });
    }

    fn atomic_if(&mut self, arms: &[IfArm], otherwise: &[Stmt]) {
        let Some((arm, rest)) = arms.split_first() else { return self.stmts(otherwise) };
        self.stmts(&arm.init);
        let cond = self.expr(&arm.cond).first();
        let then = self.gathered(|this| this.stmts(&arm.body));
        let otherwise = self.gathered(|this| this.atomic_if(rest, otherwise));
        self.push(Command::If(cond, then, otherwise));
    }
}
