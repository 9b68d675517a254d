//! An edge taken: from its point to its target, to where a panic goes on, or to the end of the run.

use super::{Flow, Run};
use crate::commands::{Expr, Meet};
use crate::machine::eval::Fault;
use crate::machine::state::{End, MainStatus, State};
use crate::machine::{Edge, Machine, Point, PointId, PointKind};

impl Run<'_> {
    /// Runs `edge` from `point` to its target, its unwinding target, or the end of the run.
    pub(super) fn edge(&mut self, point: &Point, edge: &Edge, choice: Option<i64>) -> Result<(), Fault> {
        if let Some(choose) = &edge.choose {
            self.write_place(&choose.dest, choice.ok_or("a choice without a value")?)?;
        }
        match self.commands(&edge.commands)? {
            Flow::Next => arrive(self.machine, self.state, self.slot, edge.target),
            Flow::Raise(tag, payload) => self.raise(point, tag, payload)?,
            Flow::Over => {}
        }
        Ok(())
    }

    /// Moves the sender's values to the receiver's places.
    pub(super) fn hand_over(
        &mut self,
        sending: &Edge,
        receiver: usize,
        receiving: &Edge,
    ) -> Result<(), Fault> {
        let (Some(Meet::Send { values, .. }), Some(Meet::Recv { dests, .. })) =
            (&sending.meet, &receiving.meet)
        else {
            return Err("a rendezvous of edges that do not match");
        };
        if values.len() != dests.len() {
            return Err("a rendezvous of elements of different size");
        }
        let sent = self.eval_all(values)?;
        let Self { machine, limits, log, .. } = *self;
        let mut other = Run { machine, limits, slot: receiver, state: self.state, log };
        other.write_all(dests, &sent)
    }

    fn raise(&mut self, point: &Point, tag: i64, payload: i64) -> Result<(), Fault> {
        let Some(unwind) = &point.unwind else {
            self.state.end = Some(End::Panic { slot: self.slot, tag, payload });
            return Ok(());
        };
        let mode = self.scope().eval(&Expr::load(unwind.mode.clone()))?;
        self.write_place(&unwind.value.0, tag)?;
        self.write_place(&unwind.value.1, payload)?;
        self.write_place(&unwind.mode, mode | 1)?;
        arrive(self.machine, self.state, self.slot, unwind.target);
        Ok(())
    }
}

/// Puts the goroutine in `slot` at `target`: it may end there; cells that nobody reads any more become zero.
pub(super) fn arrive(machine: &Machine, state: &mut State, slot: usize, target: PointId) {
    let Some(goroutine) = &mut state.goroutines[slot] else { return };
    let point = machine.point(goroutine.routine, target);
    match point.kind {
        PointKind::End => {
            state.goroutines[slot] = None;
            if slot == 0 {
                state.main = MainStatus::Returned;
            }
            while state.goroutines.len() > 1 && state.goroutines.last().is_some_and(Option::is_none) {
                state.goroutines.pop();
            }
            return;
        }
        PointKind::GoexitEnd if slot == 0 => state.main = MainStatus::Goexited,
        PointKind::GoexitEnd
        | PointKind::Plain
        | PointKind::Operation(_)
        | PointKind::Choice
        | PointKind::LoopHead => {}
    }
    goroutine.point = target;
    let mut live = point.live.iter().map(|local| local.0 as usize).peekable();
    for (index, cell) in goroutine.frame.iter_mut().enumerate() {
        if live.next_if_eq(&index).is_none() {
            *cell = 0;
        }
    }
}
