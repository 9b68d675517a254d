//! Which points of a routine lead to which.

use std::collections::VecDeque;

use crate::commands::{Base, Command, Expr, Local, Meet, Place};
use crate::machine::{Edge, PointId, Routine};

/// The points that control can go to from `point` in one step, unwinding included.
fn next(routine: &Routine, point: PointId) -> impl Iterator<Item = PointId> + '_ {
    let point = &routine.points[point.0 as usize];
    point.edges.iter().map(|edge| edge.target).chain(point.unwind.iter().map(|unwind| unwind.target))
}

/// For every point: how many steps from it to `to` at least; `None` where there is no way.
pub(super) fn distances(routine: &Routine, to: PointId) -> Vec<Option<usize>> {
    let mut before = vec![Vec::new(); routine.points.len()];
    for (from, number) in (0..routine.points.len()).zip(0u32..) {
        for target in next(routine, PointId(number)) {
            before[target.0 as usize].push(from);
        }
    }
    let mut distances = vec![None; routine.points.len()];
    distances[to.0 as usize] = Some(0);
    let mut queue = VecDeque::from([to.0 as usize]);
    while let Some(point) = queue.pop_front() {
        let Some(so_far) = distances[point] else { continue };
        for &from in &before[point] {
            if distances[from].is_none() {
                distances[from] = Some(so_far + 1);
                queue.push_back(from);
            }
        }
    }
    distances
}

/// How many steps, at least one, lead from `from` to the point that `distances` are to.
pub(super) fn leads_to(routine: &Routine, from: PointId, distances: &[Option<usize>]) -> Option<usize> {
    next(routine, from).filter_map(|point| distances[point.0 as usize]).min().map(|steps| steps + 1)
}

/// Whether some way from `from` to `to` writes one of `locals`.
pub(super) fn writes_between(routine: &Routine, from: PointId, to: PointId, locals: &[Local]) -> bool {
    let distances = distances(routine, to);
    let mut seen = vec![false; routine.points.len()];
    let mut todo = vec![from];
    while let Some(point) = todo.pop() {
        if std::mem::replace(&mut seen[point.0 as usize], true) {
            continue;
        }
        let leads = |edge: &&Edge| distances[edge.target.0 as usize].is_some();
        for edge in routine.points[point.0 as usize].edges.iter().filter(leads) {
            if writes(edge, locals) {
                return true;
            }
            todo.push(edge.target);
        }
    }
    false
}

fn commands(list: &[Command], written: &dyn Fn(&Place) -> bool) -> bool {
    list.iter().any(|command| match command {
        Command::Set(place, _) | Command::Alloc { dest: place, .. } => written(place),
        Command::Pop { dests, .. } => dests.iter().flatten().any(written),
        Command::Map(command) => command.dests().into_iter().any(written),
        Command::If(_, yes, no) => commands(yes, written) || commands(no, written),
        Command::Check { .. }
        | Command::Raise(_)
        | Command::Push { .. }
        | Command::Spawn { .. }
        | Command::Copy { .. }
        | Command::Assert { .. }
        | Command::Fatal(_)
        | Command::Exit
        | Command::Bound(_) => false,
    })
}

fn writes(edge: &Edge, locals: &[Local]) -> bool {
    let written = |place: &Place| matches!(place.base, Base::Local(local) if locals.contains(&Local(local.0 + place.offset)));
    let received = match &edge.meet {
        Some(Meet::Recv { dests, .. }) => dests.iter().flatten().any(written),
        Some(Meet::Send { .. }) | None => false,
    };
    let chosen = edge.choose.as_ref().is_some_and(|choose| written(&choose.dest));
    received || chosen || commands(&edge.commands, &written)
}

/// The frame cells that an expression reads.
pub(super) fn locals(expr: &Expr) -> Vec<Local> {
    fn place(place: &Place, out: &mut Vec<Local>) {
        match &place.base {
            Base::Local(local) => out.push(Local(local.0 + place.offset)),
            Base::Global(_) => {}
            Base::Memory(reference) => visit(reference, out),
        }
        place.index.iter().for_each(|scaled| visit(&scaled.index, out));
    }
    fn visit(expr: &Expr, out: &mut Vec<Local>) {
        match expr {
            Expr::Const(_) => {}
            Expr::Load(of) | Expr::AddrOf(of) => place(of, out),
            Expr::Not(inner) | Expr::Wrap { value: inner, .. } => visit(inner, out),
            Expr::And(left, right) | Expr::Or(left, right) | Expr::Binary(_, left, right) => {
                visit(left, out);
                visit(right, out);
            }
            Expr::Entry(entry) => {
                entry.exprs().for_each(|part| visit(part, out));
            }
            Expr::If(cond, yes, no) => {
                visit(cond, out);
                visit(yes, out);
                visit(no, out);
            }
        }
    }
    let mut out = Vec::new();
    visit(expr, &mut out);
    out
}
