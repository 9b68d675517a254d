//! Walks over expressions, places and commands.
//!
//! For passes that look for something wherever it is. A pass that treats the forms
//! differently matches on them itself.

use super::{Edge, Point, PointKind};
use crate::commands::{Base, Command, Expr, Meet, PanicValue, Place};

/// What a walk reports.
pub trait Visit {
    /// Every expression, the outer before its parts.
    fn expr(&mut self, _expr: &Expr) {}
    /// Every place, read (as part of an expression), addressed or written.
    fn place(&mut self, _place: &Place) {}
    /// Every command, the outer before its parts.
    fn command(&mut self, _command: &Command) {}
}

/// Everything in a point's edges, unwinding and operation.
pub fn point(point: &Point, visit: &mut dyn Visit) {
    for edge in &point.edges {
        self::edge(edge, visit);
    }
    if let Some(unwind) = &point.unwind {
        place(&unwind.value.0, visit);
        place(&unwind.value.1, visit);
        place(&unwind.mode, visit);
    }
    if let PointKind::Operation(operation) = &point.kind {
        for act in &operation.acts {
            expr(&act.object, visit);
        }
    }
}

/// Everything in an edge.
pub fn edge(edge: &Edge, visit: &mut dyn Visit) {
    expr(&edge.guard, visit);
    match &edge.meet {
        Some(Meet::Send { channel, values }) => {
            expr(channel, visit);
            exprs(values, visit);
        }
        Some(Meet::Recv { channel, dests }) => {
            expr(channel, visit);
            places(dests, visit);
        }
        None => {}
    }
    if let Some(choose) = &edge.choose {
        expr(&choose.low, visit);
        expr(&choose.high, visit);
        place(&choose.dest, visit);
    }
    commands(&edge.commands, visit);
}

/// Everything in a list of commands.
pub fn commands(commands: &[Command], visit: &mut dyn Visit) {
    for command in commands {
        visit.command(command);
        match command {
            Command::Set(dest, value) => {
                place(dest, visit);
                expr(value, visit);
            }
            Command::Check { ok, raise } => {
                expr(ok, visit);
                panic_value(raise, visit);
            }
            Command::Raise(value) => panic_value(value, visit),
            Command::Alloc { dest, pool: _, len } => {
                place(dest, visit);
                exprs(len.as_slice(), visit);
            }
            Command::Push { queue, values } => {
                expr(queue, visit);
                exprs(values, visit);
            }
            Command::Pop { queue, dests } => {
                expr(queue, visit);
                places(dests, visit);
            }
            Command::Map(command) => {
                command.exprs().into_iter().for_each(|part| expr(part, visit));
                command.dests().into_iter().for_each(|dest| place(dest, visit));
            }
            Command::Spawn { routine: _, args } => exprs(args, visit),
            Command::Copy { dest, source, count, stride: _ } => {
                for part in [dest, source, count] {
                    expr(part, visit);
                }
            }
            Command::If(cond, yes, no) => {
                expr(cond, visit);
                self::commands(yes, visit);
                self::commands(no, visit);
            }
            Command::Assert { ok, text: _ } => expr(ok, visit),
            Command::Fatal(_) | Command::Exit | Command::Bound(_) => {}
        }
    }
}

/// An expression and everything in it.
pub fn expr(expr: &Expr, visit: &mut dyn Visit) {
    visit.expr(expr);
    match expr {
        Expr::Const(_) => {}
        Expr::Load(place) | Expr::AddrOf(place) => self::place(place, visit),
        Expr::Not(inner) | Expr::Wrap { bits: _, signed: _, value: inner } => self::expr(inner, visit),
        Expr::And(left, right) | Expr::Or(left, right) | Expr::Binary(_, left, right) => {
            self::expr(left, visit);
            self::expr(right, visit);
        }
        Expr::Entry(entry) => {
            entry.exprs().for_each(|part| self::expr(part, visit));
        }
        Expr::If(cond, yes, no) => {
            for part in [cond, yes, no] {
                self::expr(part, visit);
            }
        }
    }
}

/// A place and everything that says where it is.
pub fn place(place: &Place, visit: &mut dyn Visit) {
    visit.place(place);
    if let Base::Memory(reference) = &place.base {
        expr(reference, visit);
    }
    for scaled in &place.index {
        expr(&scaled.index, visit);
    }
}

fn exprs(list: &[Expr], visit: &mut dyn Visit) {
    for part in list {
        expr(part, visit);
    }
}

fn places(list: &[Option<Place>], visit: &mut dyn Visit) {
    for part in list.iter().flatten() {
        place(part, visit);
    }
}

fn panic_value(value: &PanicValue, visit: &mut dyn Visit) {
    expr(&value.tag, visit);
    expr(&value.payload, visit);
}
