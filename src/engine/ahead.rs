//! What lies ahead of a goroutine, up to its next stop.
//!
//! In: a Machine. Out: per point whether statements from it on may look into maps, make objects or start goroutines: what it
//! takes to remember what they do.

use std::rc::Rc;

use super::tables::Tables;
use crate::commands::{Command, Expr, Place, RoutineId};
use crate::machine::{Machine, PointId, PointKind, visit};

/// What the statements at and after a point may do before the next stop.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) struct Reach {
    pub(crate) maps: bool,
    pub(crate) makes: bool,
    pub(crate) starts: bool,
}

impl Reach {
    pub(crate) fn add(&mut self, more: Self) {
        self.maps |= more.maps;
        self.makes |= more.makes;
        self.starts |= more.starts;
    }
}

/// Per point, by its number in `tables`, what may be done from it on before the next stop.
pub(crate) fn reaches(machine: &Machine, tables: &Tables) -> Rc<[Reach]> {
    struct Own(Reach);
    impl visit::Visit for Own {
        fn expr(&mut self, expr: &Expr) {
            self.0.maps |= matches!(expr, Expr::Entry(_));
        }
        fn place(&mut self, _place: &Place) {}
        fn command(&mut self, command: &Command) {
            self.0.maps |= matches!(command, Command::Map(_));
            self.0.makes |= matches!(command, Command::Alloc { .. });
            self.0.starts |= matches!(command, Command::Spawn { .. });
        }
    }
    let own = |&(routine, point): &(RoutineId, PointId)| {
        let mut own = Own(Reach::default());
        visit::point(machine.point(routine, point), &mut own);
        own.0
    };
    let mut reach: Vec<Reach> = tables.by_number.iter().map(own).collect();
    loop {
        let mut changed = false;
        for (number, &(routine, at)) in tables.by_number.iter().enumerate() {
            let point = machine.point(routine, at);
            if !matches!(point.kind, PointKind::Plain | PointKind::LoopHead) {
                continue;
            }
            let targets =
                point.edges.iter().map(|edge| edge.target).chain(point.unwind.as_ref().map(|it| it.target));
            let before = reach[number];
            for target in targets {
                let more = reach[tables.point(routine, target).number];
                reach[number].add(more);
            }
            changed |= before != reach[number];
        }
        if !changed {
            return reach.into();
        }
    }
}
