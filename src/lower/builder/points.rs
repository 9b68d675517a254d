//! Points and edges: where control goes.

use super::{Builder, Draft, plain_edge};
use crate::commands::{Command, Expr, PanicValue};
use crate::lower::value;
use crate::machine::{Edge, Point, PointId, PointKind, StackId, Unwind};
use crate::source::Span;

impl Builder<'_, '_> {
    /// Goes on after an operation, at a fresh point that only its first `count` edges lead to.
    pub fn start_after_edges(&mut self, at: PointId, next: PointId, edges: std::ops::Range<usize>) {
        self.start_after(next, edges.map(|edge| (at, edge)).collect());
    }

    /// Where the builder stands.
    pub fn here(&self) -> PointId {
        self.cur
    }

    pub fn new_point(&mut self) -> PointId {
        self.points.push(Draft::Open);
        PointId(u32::try_from(self.points.len() - 1).unwrap_or(u32::MAX))
    }

    /// Goes on at `point`, to which others may lead.
    pub fn start(&mut self, point: PointId) {
        debug_assert!(self.pending.is_empty(), "control moves with commands pending");
        self.cur = point;
        self.incoming.clear();
    }

    /// Goes on at a fresh point that only `incoming` leads to.
    pub(super) fn start_after(&mut self, point: PointId, incoming: Vec<(PointId, usize)>) {
        self.cur = point;
        self.incoming = incoming;
    }

    /// Ends the plain step that is being gathered, if there is one.
    pub fn flush(&mut self, span: Span) {
        if !self.atomic && !self.pending.is_empty() {
            let next = self.new_point();
            let at = self.cur;
            self.finish_plain(span, next);
            self.start_after(next, vec![(at, 0)]);
        }
    }

    /// The same where something shared is read or written in it.
    pub fn flush_shared(&mut self, span: Span) {
        if !value::are_private(&self.pending) {
            self.flush(span);
        }
    }

    pub(super) fn finish_plain(&mut self, span: Span, target: PointId) {
        let commands = std::mem::take(&mut self.pending);
        let edge = Edge { commands, ..plain_edge(Expr::TRUE, target) };
        self.fill(PointKind::Plain, span, vec![edge]);
    }

    /// A plain step, also when it does nothing.
    pub fn step(&mut self, span: Span, target: PointId) {
        self.finish_plain(span, target);
        self.start_dead();
    }

    /// Goes to `target`; what is pending becomes a step.
    pub fn jump(&mut self, span: Span, target: PointId) {
        self.settle();
        if !self.pending.is_empty() || self.resolve(self.cur) == self.resolve(target) {
            self.finish_plain(span, target);
        } else {
            self.points[self.cur.0 as usize] = Draft::Same(target);
        }
        self.start_dead();
    }

    /// Code that follows here is never reached (but lowered all the same).
    pub(super) fn start_dead(&mut self) {
        let dead = self.new_point();
        self.start(dead);
    }

    /// Moves private commands into the steps that lead here, so that passing an argument is no step of its own.
    pub(super) fn settle(&mut self) {
        if self.incoming.is_empty() || !value::are_private(&self.pending) {
            return;
        }
        let commands = std::mem::take(&mut self.pending);
        for (point, edge) in self.incoming.clone() {
            if let Draft::Done(point) = &mut self.points[point.0 as usize] {
                point.edges[edge].commands.extend(commands.iter().cloned());
            }
        }
    }

    /// Leaves only checks of private values pending; they become edges of the next point. The rest becomes a step.
    pub(super) fn settle_for_guard(&mut self, span: Span) -> Vec<(Expr, PanicValue)> {
        self.settle();
        let checks_only = self.pending.iter().all(|command| {
            matches!(command, Command::Check { ok, raise }
                if value::is_private(ok) && value::is_private(&raise.tag) && value::is_private(&raise.payload))
        });
        if !checks_only {
            self.flush(span);
        }
        let checks = std::mem::take(&mut self.pending).into_iter();
        checks
            .filter_map(|command| match command {
                Command::Check { ok, raise } => Some((ok, raise)),
                _ => None,
            })
            .collect()
    }

    /// Two ways on, in one step with the evaluation of the condition.
    pub fn branch(&mut self, span: Span, cond: Expr, then: PointId, otherwise: PointId) {
        if let Expr::Const(value) = cond {
            return self.jump(span, if value == 0 { otherwise } else { then });
        }
        self.choose_edge(span, vec![(cond.clone(), then), (cond.negate(), otherwise)]);
    }

    /// Several ways on of which exactly one guard holds.
    pub fn choose_edge(&mut self, span: Span, ways: Vec<(Expr, PointId)>) {
        // Checks that read shared state may stay with the branch: both are one plain step.
        self.settle();
        if !self.pending.iter().all(|command| matches!(command, Command::Check { .. })) {
            self.flush(span);
        }
        let checks = std::mem::take(&mut self.pending).into_iter().filter_map(|command| match command {
            Command::Check { ok, raise } => Some((ok, raise)),
            _ => None,
        });
        let (mut edges, ok) = self.raise_edges(checks.collect());
        edges.extend(ways.into_iter().map(|(guard, target)| plain_edge(ok.clone().and(guard), target)));
        self.fill(PointKind::Plain, span, edges);
        self.start_dead();
    }

    /// An edge per check that fails, and what holds when none does.
    pub(super) fn raise_edges(&mut self, checks: Vec<(Expr, PanicValue)>) -> (Vec<Edge>, Expr) {
        let mut edges = Vec::new();
        let mut so_far = Expr::TRUE;
        for (ok, raise) in checks {
            let guard = so_far.clone().and(ok.clone().negate());
            let target = self.end();
            edges.push(Edge { commands: vec![Command::Raise(raise)], ..plain_edge(guard, target) });
            so_far = so_far.and(ok);
        }
        (edges, so_far)
    }

    /// Completes the current point.
    pub fn fill(&mut self, kind: PointKind, span: Span, edges: Vec<Edge>) {
        debug_assert!(self.pending.is_empty(), "a point is completed with commands pending");
        let raises = edges.iter().any(|edge| can_raise(&edge.commands));
        let unwind = if raises { self.unwind() } else { None };
        let stack = self.instances.last().map_or(StackId(0), |instance| instance.stack);
        let point = Point { kind, span: self.visible(span), stack, edges, unwind, live: Vec::new() };
        self.points[self.cur.0 as usize] = Draft::Done(point);
        self.reg.points += 1;
        if self.reg.points > self.reg.options.max_points {
            self.too_large = true;
        }
    }

    /// True once the Machine has grown too large: the lowering then only winds up.
    pub fn is_too_large(&self) -> bool {
        self.too_large
    }

    /// Where goroutines of this routine end.
    pub fn end(&mut self) -> PointId {
        if let Some(end) = self.end {
            return end;
        }
        let end = self.new_point();
        let point = Point {
            kind: PointKind::End,
            span: Span::default(),
            stack: self.instances.first().map_or(StackId(0), |instance| instance.stack),
            edges: Vec::new(),
            unwind: None,
            live: Vec::new(),
        };
        self.points[end.0 as usize] = Draft::Done(point);
        self.end = Some(end);
        end
    }

    pub(super) fn unwind(&mut self) -> Option<Unwind> {
        self.handler().map(|handler| {
            let (mode, value, target) = self.defer_handler(handler);
            Unwind { value, mode, target }
        })
    }

    pub(super) fn resolve(&self, mut point: PointId) -> PointId {
        while let Some(Draft::Same(next)) = self.points.get(point.0 as usize) {
            point = *next;
        }
        point
    }
}

pub(super) fn can_raise(commands: &[Command]) -> bool {
    commands.iter().any(|command| match command {
        Command::Check { .. } | Command::Raise(_) => true,
        Command::If(_, then, otherwise) => can_raise(then) || can_raise(otherwise),
        Command::Map(command) => command.raises(),
        _ => false,
    })
}
