//! Steps that change maps, and iterations over them.

use super::{CELLS_BOUND, Flow, Run};
use crate::commands::{MapCommand, table};
use crate::machine::eval::Fault;
use crate::machine::state::{End, Object, Ref};
use crate::machine::{Shape, maps, tag};

/// The flag of an iteration's key: it was there at the start, so the iteration must come to it.
const MUST: i64 = 1;
/// It was added since: the iteration may come to it.
const MAY: i64 = 0;

impl Run<'_> {
    pub(super) fn map(&mut self, command: &MapCommand) -> Result<Flow, Fault> {
        match command {
            MapCommand::Hash { kinds, key } => {
                let key = self.eval_all(key)?;
                let kinds = &mut kinds.iter().copied();
                if let Some(text) = maps::unhashable(self.machine, &self.state.heap, kinds, &key) {
                    return Ok(Flow::Raise(tag::RUNTIME_ERROR, i64::from(text)));
                }
            }
            MapCommand::Insert { map, key, values } => {
                let (key, values) = (self.eval_all(key)?, self.eval_all(values)?);
                let map = self.named(self.scope().eval(map)?)?.ok_or("a nil map is written")?;
                return self.insert(map, &key, &values);
            }
            MapCommand::Remove { map, key } => {
                let key = self.eval_all(key)?;
                let Some(map) = self.named(self.scope().eval(map)?)? else { return Ok(Flow::Next) };
                if self.remove(map, &key)? {
                    for iteration in self.iterations(map) {
                        self.remove(iteration, &key)?;
                    }
                }
            }
            MapCommand::Clear { map } => {
                let Some(map) = self.named(self.scope().eval(map)?)? else { return Ok(Flow::Next) };
                for number in self.iterations(map).into_iter().chain([map]) {
                    let cells = &mut self.table(number)?.cells;
                    cells.truncate(table::FIRST as usize);
                    cells[table::LEN as usize] = 0;
                    cells[table::DUE as usize] = 0;
                }
            }
            MapCommand::Iterate { dest, pool, map } => {
                let map = self.scope().eval(map)?;
                if let Flow::Over = self.alloc(dest, *pool, None)? {
                    return Ok(Flow::Over);
                }
                let iteration = self.scope().eval(&crate::commands::Expr::load(dest.clone()))?;
                self.fill(iteration, map)?;
            }
            MapCommand::Next { iteration, index, key } => {
                let scope = self.scope();
                let (iteration, index) = (scope.eval(iteration)?, scope.eval(index)?);
                let index = usize::try_from(index).map_err(|_| "an iteration goes on at a negative index")?;
                let number = self.named(iteration)?.ok_or("nothing is iterated over")?;
                let pool = self.machine.pool(self.table(number)?.pool);
                if index >= maps::len(self.table(number)?) {
                    return Err("an iteration goes on after its end");
                }
                let next = maps::entry(pool, self.table(number)?, index).0.to_vec();
                self.take(number, index)?;
                self.write_all(key, &next)?;
            }
            MapCommand::Visit { map: _ } => {}
        }
        Ok(Flow::Next)
    }

    /// The number of the object that a reference names; `None` for nil.
    fn named(&self, reference: i64) -> Result<Option<u32>, Fault> {
        if reference == Ref::NIL {
            return Ok(None);
        }
        Ref::unpack(reference).map(|it| Some(it.object)).ok_or("a map that is no reference")
    }

    fn table(&mut self, number: u32) -> Result<&mut Object, Fault> {
        let object = self.state.heap.get_mut(number as usize).and_then(Option::as_mut);
        object.ok_or("a reference to an object that is gone is followed")
    }

    /// The iterations over the map that is object `map`. Those that nothing reaches any more among them: nobody sees what
    /// is done to them.
    fn iterations(&self, map: u32) -> Vec<u32> {
        let over = Ref { object: map, cell: 0 }.pack();
        let goes_over = |object: &Object| {
            matches!(self.machine.pool(object.pool).shape, Shape::Map { .. })
                && object.cells.get(table::OVER as usize) == Some(&over)
        };
        (0..)
            .zip(&self.state.heap)
            .filter(|(_, it)| it.as_ref().is_some_and(goes_over))
            .map(|it| it.0)
            .collect()
    }

    fn insert(&mut self, number: u32, key: &[i64], values: &[i64]) -> Result<Flow, Fault> {
        let machine = self.machine;
        let map = self.state.object(number).ok_or("a reference to an object that is gone is followed")?;
        let pool = machine.pool(map.pool);
        if key.len() + values.len() != pool.cells.len() {
            return Err("an entry that does not fit its map");
        }
        if map.cells.len() + pool.stride() >= Ref::MAX_CELLS {
            return Ok(self.over(End::Bound(CELLS_BOUND)));
        }
        let index = match maps::find(machine, &self.state.heap, map, key)? {
            Ok(index) => {
                let start = maps::start(pool, index) + key.len();
                self.table(number)?.cells[start..start + values.len()].copy_from_slice(values);
                return Ok(Flow::Next);
            }
            Err(index) => index,
        };
        self.put(number, index, key, values)?;
        for iteration in self.iterations(number) {
            let object = self.state.object(iteration).ok_or("an iteration that is gone")?;
            if let Err(index) = maps::find(machine, &self.state.heap, object, key)? {
                self.put(iteration, index, key, &[MAY])?;
            }
        }
        Ok(Flow::Next)
    }

    /// A new entry at `index`.
    fn put(&mut self, number: u32, index: usize, key: &[i64], values: &[i64]) -> Result<(), Fault> {
        let machine = self.machine;
        let object = self.table(number)?;
        let start = maps::start(machine.pool(object.pool), index);
        object.cells.splice(start..start, key.iter().chain(values).copied());
        object.cells[table::LEN as usize] += 1;
        Ok(())
    }

    /// Removes the entry under `key`; whether there was one.
    fn remove(&mut self, number: u32, key: &[i64]) -> Result<bool, Fault> {
        let object = self.state.object(number).ok_or("a reference to an object that is gone is followed")?;
        let found = maps::find(self.machine, &self.state.heap, object, key)?;
        if let Ok(index) = found {
            self.take(number, index)?;
        }
        Ok(found.is_ok())
    }

    /// Takes the entry at `index` out of a map or an iteration.
    fn take(&mut self, number: u32, index: usize) -> Result<(), Fault> {
        let machine = self.machine;
        let object = self.table(number)?;
        let pool = machine.pool(object.pool);
        let must = maps::entry(pool, object, index).1 == [MUST];
        if must && object.cells[table::OVER as usize] != Ref::NIL {
            object.cells[table::DUE as usize] -= 1;
        }
        let start = maps::start(pool, index);
        object.cells.drain(start..start + pool.stride());
        object.cells[table::LEN as usize] -= 1;
        Ok(())
    }

    /// Puts the keys of `map` into a new iteration: it must come to all of them.
    fn fill(&mut self, iteration: i64, map: i64) -> Result<(), Fault> {
        let Some(number) = self.named(map)? else { return Ok(()) };
        let object = self.state.object(number).ok_or("a reference to an object that is gone is followed")?;
        let pool = self.machine.pool(object.pool);
        let keys: Vec<i64> =
            maps::entries(pool, object).flat_map(|(key, _)| key.iter().copied().chain([MUST])).collect();
        let len = object.cells[table::LEN as usize];
        let iteration = self.named(iteration)?.ok_or("an iteration that is nil")?;
        let cells = &mut self.table(iteration)?.cells;
        cells.extend(keys);
        cells[table::LEN as usize] = len;
        cells[table::OVER as usize] = Ref { object: number, cell: 0 }.pack();
        cells[table::DUE as usize] = len;
        Ok(())
    }
}
