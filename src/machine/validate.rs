//! Checks that a Machine is well formed.
//!
//! In: what `lower` has built. Out: nothing, or the first contradiction as an
//! [`InternalError`]: a mistake of the lowering is better met here than as a wrong
//! verdict. Absent: what only a run can show; [`super::step`] reports that.

use super::step::InternalError;
use super::{Cell, Edge, Machine, Point, PointId, PointKind, Pool, Routine, Shape, maps, visit};
use crate::commands::{Base, CellType, Command, Expr, MapCommand, Place, RoutineId};

/// The first structural mistake in `machine`.
pub fn validate(machine: &Machine) -> Result<(), InternalError> {
    let nowhere = |what: String| InternalError { at: None, what };
    if machine.routines.get(machine.main.0 as usize).is_none() {
        return Err(nowhere("main is no routine".to_string()));
    }
    if machine.tags.is_empty() {
        return Err(nowhere("there is no tag for nil".to_string()));
    }
    cells("the package variables", &machine.globals).map_err(nowhere)?;
    for pool in &machine.pools {
        cells(&format!("pool {}", pool.name), &pool.cells).map_err(nowhere)?;
        if maps::key_cells(pool) > pool.cells.len() {
            return Err(nowhere(format!("the keys of pool {} have more cells than its entries", pool.name)));
        }
    }
    for (text, cond) in machine.properties.conditions() {
        let mut check = Check { machine, frame: 0, problem: None };
        visit::expr(cond, &mut check);
        check.result().map_err(|what| nowhere(format!("{what} in the property {text}")))?;
    }
    for (number, routine) in machine.routines.iter().enumerate() {
        let id = RoutineId(u32::try_from(number).unwrap_or(u32::MAX));
        self::routine(machine, routine)
            .map_err(|what| nowhere(format!("{what} in routine {}", routine.name)))?;
        if super::loops::has_endless_block(routine) {
            return Err(nowhere(format!("a loop without a head in routine {}", routine.name)));
        }
        for (number, point) in routine.points.iter().enumerate() {
            let at = Some((id, PointId(u32::try_from(number).unwrap_or(u32::MAX))));
            self::point(machine, id, routine, point).map_err(|what| InternalError { at, what })?;
        }
    }
    Ok(())
}

type Check1 = Result<(), String>;

fn require(holds: bool, what: impl Into<String>) -> Check1 {
    if holds { Ok(()) } else { Err(what.into()) }
}

fn cells(owner: &str, cells: &[Cell]) -> Check1 {
    for (index, cell) in cells.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|before| cells.get(before));
        require(
            cell.ty != CellType::Payload || before.is_some_and(|before| before.ty == CellType::Tag),
            format!("the payload {} of {owner} has no tag before it", cell.name),
        )?;
    }
    Ok(())
}

fn routine(machine: &Machine, routine: &Routine) -> Check1 {
    cells("the frame", &routine.frame)?;
    require(routine.args as usize <= routine.frame.len(), "more arguments than frame cells")?;
    require(routine.points.get(routine.entry.0 as usize).is_some(), "no entry point")?;
    require(
        routine.points.iter().all(|point| machine.stacks.get(point.stack.0 as usize).is_some()),
        "a call stack that does not exist",
    )
}

fn point(machine: &Machine, id: RoutineId, routine: &Routine, point: &Point) -> Check1 {
    let exists = |target: PointId| routine.points.get(target.0 as usize).is_some();
    require(point.edges.iter().all(|edge| exists(edge.target)), "an edge to no point")?;
    require(point.unwind.iter().all(|unwind| exists(unwind.target)), "an unwinding to no point")?;
    require(
        point.live.iter().all(|local| (local.0 as usize) < routine.frame.len()) && point.live.is_sorted(),
        "live cells that are not sorted cells of the frame",
    )?;
    kind(machine, id, point)?;
    let acts = match &point.kind {
        PointKind::Operation(operation) => operation.acts.len(),
        PointKind::Plain
        | PointKind::Choice
        | PointKind::LoopHead
        | PointKind::End
        | PointKind::GoexitEnd => 0,
    };
    for edge in &point.edges {
        require(edge.act.is_none_or(|act| act < acts), "an edge that completes no act of its operation")?;
        require(edge.meet.is_none() || !edge.fallback, "a default that is a rendezvous")?;
        require(edge.meet.is_none() || edge.choose.is_none(), "a choice that is a rendezvous")?;
    }
    let mut check = Check { machine, frame: routine.frame.len(), problem: None };
    visit::point(point, &mut check);
    check.result()
}

fn kind(machine: &Machine, id: RoutineId, point: &Point) -> Check1 {
    let simple = |edge: &Edge| edge.meet.is_none() && !edge.fallback && edge.choose.is_none();
    match &point.kind {
        PointKind::Plain | PointKind::LoopHead => {
            require(!point.edges.is_empty(), "a statement without a way on")?;
            require(point.edges.iter().all(simple), "a statement that waits or chooses")?;
            let [edge] = &point.edges[..] else { return Ok(()) };
            require(edge.guard == Expr::TRUE, "a statement whose only way on is guarded")
        }
        PointKind::Choice => {
            require(!point.edges.is_empty(), "a choice without a way on")?;
            require(point.edges.iter().all(|edge| edge.meet.is_none()), "a choice that is a rendezvous")
        }
        PointKind::Operation(_) => Ok(()),
        PointKind::End => require(point.edges.is_empty(), "a way on from an end"),
        PointKind::GoexitEnd => {
            require(point.edges.is_empty(), "a way on from an end")?;
            require(id == machine.main, "Goexit's end outside main")
        }
    }
}

/// A walk that keeps the first problem.
struct Check<'a> {
    machine: &'a Machine,
    /// Cells in the frame.
    frame: usize,
    problem: Option<String>,
}

impl Check<'_> {
    fn result(self) -> Check1 {
        self.problem.map_or(Ok(()), Err)
    }

    fn require(&mut self, holds: bool, what: &str) {
        if !holds && self.problem.is_none() {
            self.problem = Some(what.to_string());
        }
    }
}

impl visit::Visit for Check<'_> {
    fn expr(&mut self, expr: &Expr) {
        match expr {
            Expr::AddrOf(place) => {
                self.require(!matches!(place.base, Base::Local(_)), "the address of a frame cell is taken");
            }
            Expr::Wrap { bits, signed: _, value: _ } => {
                self.require((1..=64).contains(bits), "an integer type of no width");
            }
            Expr::Const(_)
            | Expr::Load(_)
            | Expr::Not(_)
            | Expr::And(..)
            | Expr::Or(..)
            | Expr::If(..)
            | Expr::Binary(..)
            | Expr::Entry(_) => {}
        }
    }

    fn place(&mut self, place: &Place) {
        let last = place.index.iter().fold(place.offset as usize, |last, scaled| {
            last + scaled.limit.map_or(0, |limit| limit.saturating_sub(1) as usize * scaled.stride as usize)
        });
        match place.base {
            Base::Local(local) => {
                self.require(local.0 as usize + last < self.frame, "a cell outside the frame");
            }
            Base::Global(cell) => {
                let globals = self.machine.globals.len();
                self.require(cell as usize + last <= globals, "a cell outside the package variables");
            }
            Base::Memory(_) => {}
        }
    }

    fn command(&mut self, command: &Command) {
        let machine = self.machine;
        match command {
            Command::Alloc { dest: _, pool, len } => {
                let pool = machine.pools.get(pool.0 as usize);
                self.require(
                    pool.is_some_and(|pool| {
                        len.is_some() != matches!(pool.shape, Shape::Record | Shape::Map { .. })
                    }),
                    "an object of no pool, or with a length that its pool does not take",
                );
            }
            Command::Map(command) => {
                let pool = match command {
                    MapCommand::Iterate { pool, .. } => Some(pool),
                    MapCommand::Hash { .. }
                    | MapCommand::Insert { .. }
                    | MapCommand::Remove { .. }
                    | MapCommand::Clear { .. }
                    | MapCommand::Next { .. }
                    | MapCommand::Visit { .. } => None,
                };
                let is_map = |pool: &Pool| matches!(pool.shape, Shape::Map { .. });
                self.require(
                    pool.is_none_or(|pool| machine.pools.get(pool.0 as usize).is_some_and(is_map)),
                    "a map of a pool that is not one of maps",
                );
            }
            Command::Spawn { routine, args } => {
                let routine = machine.routines.get(routine.0 as usize);
                self.require(
                    routine.is_some_and(|routine| routine.args as usize == args.len()),
                    "a goroutine of no routine, or with the wrong number of arguments",
                );
            }
            Command::Assert { ok: _, text } => {
                self.require(machine.strings.get(*text as usize).is_some(), "a text that does not exist");
            }
            Command::Set(..)
            | Command::Check { .. }
            | Command::Raise(_)
            | Command::Push { .. }
            | Command::Pop { .. }
            | Command::Copy { .. }
            | Command::If(..)
            | Command::Fatal(_)
            | Command::Exit
            | Command::Bound(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    fn problem(machine: &Machine) -> String {
        validate(machine).map_or_else(|error| error.to_string(), |()| "none".to_string())
    }

    fn one_statement(command: Command) -> Machine {
        let mut main = RoutineBuilder::new("main", &["x"]);
        main.plain(0, vec![command], 1);
        main.end(1);
        machine(vec![main], 1)
    }

    #[test]
    fn mistakes_are_named_with_their_point() {
        assert_eq!(problem(&one_statement(set(local(0), 1.into()))), "none");
        assert_eq!(
            problem(&one_statement(set(local(1), 1.into()))),
            "a cell outside the frame at point p0 of routine 0"
        );
        assert_eq!(
            problem(&one_statement(spawn(4, vec![]))),
            "a goroutine of no routine, or with the wrong number of arguments at point p0 of routine 0"
        );
        assert_eq!(
            problem(&one_statement(alloc(local(0), 0, None))),
            "an object of no pool, or with a length that its pool does not take at point p0 of routine 0"
        );
    }

    #[test]
    fn a_guarded_statement_is_incomplete() {
        let mut main = RoutineBuilder::new("main", &["x"]);
        main.point(0, PointKind::Plain, vec![edge(get(local(0)), vec![], 1)]);
        main.end(1);
        let what = "a statement whose only way on is guarded at point p0 of routine 0";
        assert_eq!(problem(&machine(vec![main], 0)), what);
    }
}
