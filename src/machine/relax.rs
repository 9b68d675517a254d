//! The same Machine, in which what an operation finds says nothing about how far others have come.
//!
//! In: a Machine. Out: one with more runs, or nothing where it would be the same. A failed
//! `TryLock`, a `default`, `len`, a buffer closed and drained, the order in which several
//! receivers get elements, a panic that is recovered: each tells a goroutine something about
//! others without ordering it after them (Go's memory model). Here such an operation may come
//! out that way whatever the others have done. So where two accesses are unordered in some run
//! of the Machine, some run of the relaxed one has them side by side. The converse does not hold.

use super::{Cell, Choose, Edge, Machine, Operation, PointId, PointKind, Routine, Shape, liveness};
use crate::commands::{BinaryOp, CellType, Command, Expr, Local, Place, queue};

/// The relaxed Machine, where it differs.
pub fn relax(machine: &Machine) -> Option<Machine> {
    let capacities: Vec<&Expr> = capacities(machine);
    let buffered = capacities.iter().any(|&capacity| *capacity != Expr::Const(0));
    let wide = capacities.iter().any(|&capacity| !matches!(capacity, Expr::Const(0 | 1)));
    let mut relaxed = machine.clone();
    let mut changed = false;
    for routine in &mut relaxed.routines {
        for at in 0..routine.points.len() {
            let PointKind::Operation(operation) = routine.points[at].kind.clone() else { continue };
            let mut added = attempt(&operation, routine, at);
            added |= length(&operation, routine, at);
            if buffered {
                added |= default(&operation, routine, at);
                added |= drained(&operation, routine, at);
            }
            if wide {
                added |= any_element(routine, at);
            }
            if machine.recovers {
                added |= recovered(&operation, routine, at);
            }
            changed |= added;
        }
    }
    if changed {
        liveness::fill_live(&mut relaxed);
    }
    changed.then_some(relaxed)
}

/// The capacities with which channels are made.
fn capacities(machine: &Machine) -> Vec<&Expr> {
    fn gather<'a>(machine: &Machine, commands: &'a [Command], out: &mut Vec<&'a Expr>) {
        for command in commands {
            if let Command::Alloc { pool, len: Some(len), .. } = command
                && machine.pool(*pool).shape == Shape::Channel
            {
                out.push(len);
            } else if let Command::If(_, yes, no) = command {
                gather(machine, yes, out);
                gather(machine, no, out);
            }
        }
    }
    let mut out = Vec::new();
    let points = machine.points();
    for edge in points.flat_map(|point| &point.edges) {
        gather(machine, &edge.commands, &mut out);
    }
    out
}

/// Adds a copy of each edge that `wanted` takes, with the guard that it gives.
fn also_when(routine: &mut Routine, at: usize, wanted: impl Fn(&Edge) -> Option<Expr>) -> bool {
    let edges = &mut routine.points[at].edges;
    let more: Vec<Edge> = edges
        .iter()
        .filter_map(|edge| {
            let guard = wanted(edge)?;
            (guard != edge.guard || edge.fallback).then(|| Edge { guard, fallback: false, ..edge.clone() })
        })
        .collect();
    let added = !more.is_empty();
    edges.extend(more);
    added
}

/// `TryLock` may fail.
fn attempt(operation: &Operation, routine: &mut Routine, at: usize) -> bool {
    let tries = operation.acts.iter().any(|act| act.action.starts_with("Try"));
    let fails = |edge: &Edge| matches!(edge.commands.as_slice(), [Command::Set(_, Expr::Const(0))]);
    tries && also_when(routine, at, |edge| fails(edge).then_some(Expr::TRUE))
}

/// `len` of a channel may be anything up to its capacity.
fn length(operation: &Operation, routine: &mut Routine, at: usize) -> bool {
    let ("len", [act]) = (operation.name, operation.acts.as_slice()) else { return false };
    let mut changed = false;
    for edge in &mut routine.points[at].edges {
        if let [Command::Set(dest, _)] = edge.commands.as_slice() {
            let nil = Expr::eq(act.object.clone(), Expr::NIL);
            let capacity = header(&act.object, queue::CAP);
            let high = Expr::If(Box::new(nil), Box::new(Expr::Const(0)), Box::new(capacity));
            edge.choose = Some(Choose { dest: dest.clone(), low: Expr::Const(0), high });
            edge.commands.clear();
            changed = true;
        }
    }
    changed
}

/// `default` may be taken beside buffered channels, ready or not.
fn default(operation: &Operation, routine: &mut Routine, at: usize) -> bool {
    let buffered = operation.acts.iter().fold(Expr::FALSE, |any, act| {
        let capacity = Expr::binary(BinaryOp::Lt, Expr::Const(0), header(&act.object, queue::CAP));
        any.or(Expr::ne(act.object.clone(), Expr::NIL).and(capacity))
    });
    also_when(routine, at, |edge| edge.fallback.then(|| edge.guard.clone().and(buffered.clone())))
}

/// A closed channel may look drained.
fn drained(operation: &Operation, routine: &mut Routine, at: usize) -> bool {
    let pops = |edge: &Edge| edge.commands.iter().any(|command| matches!(command, Command::Pop { .. }));
    let acts = operation.acts.clone();
    also_when(routine, at, |edge| {
        let act = acts.get(edge.act?).filter(|act| act.primitive == "chan" && act.action == "receive")?;
        let closed = Expr::ne(act.object.clone(), Expr::NIL).and(header(&act.object, queue::CLOSED));
        (edge.meet.is_none() && !pops(edge) && !raises(edge)).then_some(closed)
    })
}

/// Receivers get the elements in any order: before a receive the queue may turn.
fn any_element(routine: &mut Routine, at: usize) -> bool {
    let commands = routine.points[at].edges.iter().flat_map(|edge| &edge.commands);
    let pops = commands.filter_map(|command| {
        let Command::Pop { queue, dests } = command else { return None };
        Some((queue.clone(), dests.len()))
    });
    let pops: Vec<(Expr, usize)> = pops.collect();
    for (queue, cells) in &pops {
        let first = u32::try_from(routine.frame.len()).unwrap_or(u32::MAX);
        let ty = CellType::Int { bits: 64, signed: true };
        routine.frame.extend((0..*cells).map(|_| Cell { name: "turned".into(), ty, hidden: true }));
        let places: Vec<Place> = (first..).take(*cells).map(|cell| Place::local(Local(cell))).collect();
        let several = Expr::binary(BinaryOp::Lt, Expr::Const(1), header(queue, queue::LEN));
        let turn = vec![
            Command::Pop { queue: queue.clone(), dests: places.iter().cloned().map(Some).collect() },
            Command::Push { queue: queue.clone(), values: places.into_iter().map(Expr::load).collect() },
        ];
        routine.points[at].edges.push(Edge {
            guard: Expr::ne(queue.clone(), Expr::NIL).and(several),
            fallback: false,
            meet: None,
            choose: None,
            commands: turn,
            target: PointId(u32::try_from(at).unwrap_or(u32::MAX)),
            act: None,
            races_with: None,
            span: None,
        });
    }
    !pops.is_empty()
}

/// A panic of a channel or a wait group that is recovered may come at any time.
fn recovered(operation: &Operation, routine: &mut Routine, at: usize) -> bool {
    let recovers = routine.points[at].unwind.is_some() && !operation.acts.is_empty();
    recovers && also_when(routine, at, |edge| raises(edge).then_some(Expr::TRUE))
}

fn raises(edge: &Edge) -> bool {
    edge.commands.iter().any(|command| matches!(command, Command::Raise(_)))
}

fn header(channel: &Expr, cell: u32) -> Expr {
    Expr::load(Place::memory(channel.clone()).at(cell))
}
