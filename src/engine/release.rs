//! Who has just taken a step, and comes to give something back, gives it back at once.
//!
//! In: the state after a step. Out: the same state after the operations that are in nobody's way whatever the state
//! ([`Releases`]), with the statements before them, where these touch nothing that others can get at. So the states between
//! are not stored.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::ahead::Reach;
use super::blocks::{Block, Runner, Stand};
use super::stubborn::Releases;
use super::tables::Tables;
use crate::commands::RoutineId;
use crate::machine::footprint::Footprint;
use crate::machine::state::State;
use crate::machine::step::{self, InternalError, Limits, Meets, Step};
use crate::machine::{Machine, PointId};

/// Lets goroutines give back.
#[derive(Debug)]
pub(crate) struct Release<'m> {
    machine: &'m Machine,
    tables: &'m Tables,
    limits: Limits,
    /// By [`super::tables::PointTable::number`].
    reach: Rc<[Reach]>,
    /// `None` where nothing is given back, or each time as a step of its own.
    releases: Option<Releases>,
    /// Where goroutines have come by.
    points: RefCell<Vec<(RoutineId, PointId)>>,
    has_happened: Cell<bool>,
}

impl<'m> Release<'m> {
    pub(crate) fn new(
        machine: &'m Machine,
        tables: &'m Tables,
        limits: Limits,
        reach: Rc<[Reach]>,
        wanted: bool,
    ) -> Self {
        Self {
            machine,
            tables,
            limits,
            reach,
            releases: if wanted { Releases::new(machine) } else { None },
            points: RefCell::default(),
            has_happened: Cell::new(false),
        }
    }

    /// Whether anything may be given back as part of another step.
    pub(crate) fn is_used(&self) -> bool {
        self.releases.is_some()
    }

    /// Whether anything was.
    pub(crate) fn has_happened(&self) -> bool {
        self.has_happened.get()
    }

    /// Where goroutines have come by since this was asked last.
    pub(crate) fn points(&self) -> Vec<(RoutineId, PointId)> {
        self.points.take()
    }

    /// Goes on with those in `slots`, who have just taken the step to `next`. What is read for it is logged. Gives the steps of the
    /// Machine.
    pub(crate) fn after(
        &self,
        runner: &Runner<'m>,
        next: &mut State,
        slots: [Option<usize>; 2],
        log: Option<&Footprint>,
    ) -> Result<Vec<Step>, InternalError> {
        let mut path = Vec::new();
        let Some(releases) = &self.releases else { return Ok(path) };
        let mut block = Block::default();
        let (mut steps, mut meets) = (Vec::new(), Meets::default());
        for slot in slots.into_iter().flatten() {
            while let (None, Some(goroutine)) = (next.end, next.goroutine(slot)) {
                let number = self.tables.point(goroutine.routine, goroutine.point).number;
                if self.reach[number] != Reach::default() {
                    break;
                }
                runner.run(next, slot, &mut block)?;
                // What the statements before it touch may be in somebody's way. Up to the first such touch nothing depends on
                // anything but the goroutine.
                if block.stand != Stand::Waits || !block.accesses.is_empty() {
                    break;
                }
                let Some(&(routine, point)) = block.points.last() else { break };
                let Some(edge) = releases.edge(routine, point) else { break };
                steps.clear();
                meets.clear();
                step::offers(self.machine, &block.after, slot, &mut steps, &mut meets, log)?;
                let &[step] = &steps[..] else { break };
                if step.edge != edge {
                    break;
                }
                std::mem::swap(next, &mut block.after);
                step::apply_logged(self.machine, next, &step, &self.limits, log)?;
                path.append(&mut block.steps);
                path.push(step);
                self.points.borrow_mut().append(&mut block.points);
                self.has_happened.set(true);
            }
        }
        Ok(path)
    }
}
