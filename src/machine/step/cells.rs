//! The cells that a step reads and writes, each of which goes to the log.

use super::{Run, scope};
use crate::commands::{Expr, Place, queue};
use crate::machine::eval::{Address, Fault, Scope};
use crate::machine::state::{Object, Ref};

impl Run<'_> {
    /// Copies `count` cells between two references, as if through a buffer.
    pub(super) fn copy(&mut self, dest: i64, source: i64, count: usize) -> Result<(), Fault> {
        if count == 0 {
            return Ok(());
        }
        if let Some(log) = self.log {
            log.range(source, count, false);
            log.range(dest, count, true);
        }
        let (from, start) = self.cells(source)?;
        let end = start.checked_add(count).ok_or("too many cells are copied")?;
        let buffer = from.get(start..end).ok_or("cells outside their object are copied")?.to_vec();
        let (to, start) = self.cells(dest)?;
        let room = start.checked_add(count).and_then(|end| to.get_mut(start..end));
        room.ok_or("cells are copied to outside their object")?.copy_from_slice(&buffer);
        Ok(())
    }

    /// All cells of the object that a reference names, and which of them it names.
    fn cells(&mut self, reference: i64) -> Result<(&mut [i64], usize), Fault> {
        let reference = Ref::unpack(reference).ok_or("a nil reference is followed")?;
        let cells = if reference.object == Ref::GLOBALS {
            &mut self.state.globals
        } else {
            let object = self.state.heap.get_mut(reference.object as usize).and_then(Option::as_mut);
            &mut object.ok_or("a reference to an object that is gone is followed")?.cells
        };
        Ok((cells, reference.cell as usize))
    }

    pub(super) fn scope(&self) -> Scope<'_> {
        Scope { log: self.log, ..scope(self.machine, self.state, self.slot) }
    }

    pub(super) fn eval_all(&self, exprs: &[Expr]) -> Result<Vec<i64>, Fault> {
        let scope = self.scope();
        exprs.iter().map(|expr| scope.eval(expr)).collect()
    }

    /// A queue is one location: its header stands for it.
    pub(super) fn log_queue(&self, queue: &Expr) -> Result<(), Fault> {
        if let Some(log) = self.log {
            log.queue(self.scope().eval(queue)?);
        }
        Ok(())
    }

    pub(super) fn channel(&mut self, reference: &Expr) -> Result<&mut Object, Fault> {
        let reference = Ref::unpack(self.scope().eval(reference)?).ok_or("a nil channel's queue is used")?;
        let object = self.state.heap.get_mut(reference.object as usize).and_then(Option::as_mut);
        object.filter(|it| it.cells.len() >= queue::FIRST as usize).ok_or("a queue that is no channel's")
    }

    pub(super) fn write_place(&mut self, place: &Place, value: i64) -> Result<(), Fault> {
        let address = self.scope().address(place)?;
        self.write(address, value)
    }

    /// Writes one element; all addresses are computed before the first write.
    pub(super) fn write_all(&mut self, places: &[Option<Place>], values: &[i64]) -> Result<(), Fault> {
        if let ([Some(place)], [value]) = (places, values) {
            return self.write_place(place, *value);
        }
        let scope = self.scope();
        let addresses: Vec<Option<Address>> = places
            .iter()
            .map(|place| place.as_ref().map(|place| scope.address(place)).transpose())
            .collect::<Result<_, _>>()?;
        for (address, value) in addresses.into_iter().zip(values) {
            if let Some(address) = address {
                self.write(address, *value)?;
            }
        }
        Ok(())
    }

    fn write(&mut self, address: Address, value: i64) -> Result<(), Fault> {
        if let Some(log) = self.log {
            log.write(address);
        }
        let state = &mut *self.state;
        let cell = match address {
            Address::Local(cell) => {
                let goroutine = state.goroutines.get_mut(self.slot).and_then(Option::as_mut);
                goroutine.ok_or("a frame that is gone is written")?.frame.get_mut(cell)
            }
            Address::Global(cell) => state.globals.get_mut(cell),
            Address::Heap { object, cell } => {
                let object = state.heap.get_mut(object).and_then(Option::as_mut);
                object.ok_or("a reference to an object that is gone is followed")?.cells.get_mut(cell)
            }
        };
        *cell.ok_or("a cell outside its object is written")? = value;
        Ok(())
    }
}
