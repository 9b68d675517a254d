//! What commands make: objects and goroutines, within the limits.

use super::edge::arrive;
use super::{CELLS_BOUND, Flow, GOROUTINES_FLAG, OBJECTS_FLAG, Run};
use crate::commands::{Expr, Place, PoolId, RoutineId, queue, table};
use crate::machine::Shape;
use crate::machine::eval::Fault;
use crate::machine::state::{End, Goroutine, Object, Ref};

impl Run<'_> {
    pub(super) fn alloc(&mut self, dest: &Place, pool: PoolId, len: Option<&Expr>) -> Result<Flow, Fault> {
        let kind = self.machine.pool(pool);
        let len = len.map(|len| self.scope().eval(len)).transpose()?;
        let cells = match (kind.shape, len) {
            (Shape::Record, None) => vec![0; kind.cells.len()],
            (Shape::Array, Some(len)) => {
                let len = usize::try_from(len).map_err(|_| "an array of negative length")?;
                match len.checked_mul(kind.stride()) {
                    Some(cells) if cells < Ref::MAX_CELLS => vec![0; cells],
                    _ => return Ok(self.over(End::Bound(CELLS_BOUND))),
                }
            }
            (Shape::Channel, Some(cap)) if cap >= 0 => {
                let mut cells = vec![0; queue::FIRST as usize];
                cells[queue::CAP as usize] = cap;
                cells
            }
            (Shape::Map { .. }, None) => vec![0; table::FIRST as usize],
            (Shape::Record | Shape::Array | Shape::Channel | Shape::Map { .. }, _) => {
                return Err("an object is made with a length that its pool does not take");
            }
        };
        if self.count(pool) >= self.limits.objects {
            // Only live objects count.
            self.state.collect(self.machine);
            if self.count(pool) >= self.limits.objects {
                return Ok(self.over(End::Bound(OBJECTS_FLAG)));
            }
        }
        let heap = &mut self.state.heap;
        let number = heap.iter().position(Option::is_none).unwrap_or(heap.len());
        if number == heap.len() {
            heap.push(None);
        }
        heap[number] = Some(Object { pool, cells });
        let object = u32::try_from(number).map_err(|_| "too many objects")?;
        self.write_place(dest, Ref { object, cell: 0 }.pack())?;
        Ok(Flow::Next)
    }

    fn count(&self, pool: PoolId) -> u32 {
        let count = self.state.heap.iter().flatten().filter(|object| object.pool == pool).count();
        u32::try_from(count).unwrap_or(u32::MAX)
    }

    pub(super) fn spawn(&mut self, routine: RoutineId, args: &[Expr]) -> Result<Flow, Fault> {
        let machine = self.machine;
        let kind = machine.routine(routine);
        let mut frame = self.eval_all(args)?;
        if frame.len() != kind.args as usize || frame.len() > kind.frame.len() {
            return Err("a goroutine is started with the wrong number of arguments");
        }
        frame.resize(kind.frame.len(), 0);
        let goroutines = &mut self.state.goroutines;
        let alike = |other: &&Goroutine| machine.routine(other.routine).environment == kind.environment;
        if goroutines.iter().flatten().filter(alike).count() >= self.limits.goroutines as usize {
            return Ok(self.over(End::Bound(GOROUTINES_FLAG)));
        }
        // Slot 0 is main's, also after main has returned.
        let free = goroutines.iter().skip(1).position(Option::is_none).map(|at| at + 1);
        let slot = free.unwrap_or(goroutines.len());
        if slot == goroutines.len() {
            goroutines.push(None);
        }
        goroutines[slot] = Some(Goroutine { routine, point: kind.entry, frame });
        arrive(self.machine, self.state, slot, kind.entry);
        Ok(Flow::Next)
    }
}
