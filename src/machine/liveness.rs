//! Which frame cells are live at each point.
//!
//! In: a Machine as lowered. Out: [`super::Point::live`]. The classic backward
//! analysis, per routine: a cell is live where some path reads it before writing it.
//! States that differ only in dead cells are one state, so this is what keeps the
//! temporaries of the lowering from multiplying the state space. Absent: package
//! variables and objects, which others can read at any time.

use super::{Cell, Edge, Machine, Point, PointId, PointKind, Routine, Unwind};
use crate::commands::{Base, CellType, Command, Expr, Local, Meet, PanicValue, Place};

/// Fills [`super::Point::live`] of every point.
pub fn fill_live(machine: &mut Machine) {
    for routine in &mut machine.routines {
        let live = analyse(routine);
        for (point, cells) in routine.points.iter_mut().zip(live) {
            point.live = cells.locals();
        }
    }
}

/// The live cells of each point of `routine`: the least fixed point of [`transfer`].
fn analyse(routine: &Routine) -> Vec<Cells> {
    let empty = Cells::new(routine.frame.len());
    let mut live = vec![empty; routine.points.len()];
    let mut users: Vec<Vec<usize>> = vec![Vec::new(); routine.points.len()];
    for (number, point) in routine.points.iter().enumerate() {
        for target in targets(point) {
            if let Some(users) = users.get_mut(target.0 as usize) {
                users.push(number);
            }
        }
    }
    let mut pending: Vec<usize> = (0..routine.points.len()).collect();
    let mut queued = vec![true; routine.points.len()];
    while let Some(number) = pending.pop() {
        queued[number] = false;
        let cells = transfer(routine, &routine.points[number], &live);
        if cells != live[number] {
            live[number] = cells;
            for &user in &users[number] {
                if !std::mem::replace(&mut queued[user], true) {
                    pending.push(user);
                }
            }
        }
    }
    live
}

fn targets(point: &Point) -> impl Iterator<Item = PointId> + '_ {
    point.edges.iter().map(|edge| edge.target).chain(point.unwind.iter().map(|unwind| unwind.target))
}

/// What is live at `point`, given what is live at its targets.
fn transfer(routine: &Routine, point: &Point, live: &[Cells]) -> Cells {
    let none = Cells::new(routine.frame.len());
    let at = |target: PointId| live.get(target.0 as usize).unwrap_or(&none);
    let raised = point.unwind.as_ref().map(|unwind| unwound(unwind, at(unwind.target)));
    let mut result = none.clone();
    for edge in &point.edges {
        let mut pass = Pass { live: at(edge.target).clone(), raised: raised.as_ref() };
        pass.edge(edge);
        result.add_all(&pass.live);
    }
    if let PointKind::Operation(operation) = &point.kind {
        for act in &operation.acts {
            // Reports say which object a goroutine waits for.
            result.read(&act.object);
        }
    }
    result.add_tags(&routine.frame);
    result
}

/// What is live where a raise starts to unwind.
fn unwound(unwind: &Unwind, target: &Cells) -> Cells {
    let mut cells = target.clone();
    cells.write(&unwind.mode);
    cells.write(&unwind.value.1);
    cells.write(&unwind.value.0);
    cells.read_place(&unwind.mode);
    cells
}

/// A walk backwards over the commands of one edge.
struct Pass<'a> {
    live: Cells,
    raised: Option<&'a Cells>,
}

impl Pass<'_> {
    fn edge(&mut self, edge: &Edge) {
        self.commands(&edge.commands);
        if let Some(choose) = &edge.choose {
            self.live.write(&choose.dest);
            self.live.read(&choose.low);
            self.live.read(&choose.high);
        }
        match &edge.meet {
            Some(Meet::Send { channel, values }) => {
                self.live.read_all(values);
                self.live.read(channel);
            }
            Some(Meet::Recv { channel, dests }) => {
                self.live.write_all(dests);
                self.live.read(channel);
            }
            None => {}
        }
        self.live.read(&edge.guard);
    }

    fn commands(&mut self, commands: &[Command]) {
        for command in commands.iter().rev() {
            self.command(command);
        }
    }

    fn command(&mut self, command: &Command) {
        match command {
            Command::Set(place, expr) => {
                self.live.write(place);
                self.live.read(expr);
            }
            Command::Check { ok, raise } => {
                self.unwind();
                self.raise(raise);
                self.live.read(ok);
            }
            Command::Raise(value) => {
                self.live.clear();
                self.unwind();
                self.raise(value);
            }
            Command::Alloc { dest, pool: _, len } => {
                self.live.write(dest);
                if let Some(len) = len {
                    self.live.read(len);
                }
            }
            Command::Push { queue, values } => {
                self.live.read_all(values);
                self.live.read(queue);
            }
            Command::Pop { queue, dests } => {
                self.live.write_all(dests);
                self.live.read(queue);
            }
            Command::Map(command) => {
                if command.raises() {
                    self.unwind();
                }
                command.dests().into_iter().for_each(|dest| self.live.write(dest));
                command.exprs().into_iter().for_each(|expr| self.live.read(expr));
            }
            Command::Spawn { routine: _, args } => self.live.read_all(args),
            Command::Copy { dest, source, count, stride: _ } => {
                for expr in [dest, source, count] {
                    self.live.read(expr);
                }
            }
            Command::If(cond, yes, no) => {
                let mut other = Pass { live: self.live.clone(), raised: self.raised };
                other.commands(no);
                self.commands(yes);
                self.live.add_all(&other.live);
                self.live.read(cond);
            }
            Command::Assert { ok, text: _ } => self.live.read(ok),
            Command::Fatal(_) | Command::Exit | Command::Bound(_) => self.live.clear(),
        }
    }

    fn unwind(&mut self) {
        if let Some(raised) = self.raised {
            self.live.add_all(raised);
        }
    }

    fn raise(&mut self, value: &PanicValue) {
        self.live.read(&value.tag);
        self.live.read(&value.payload);
    }
}

/// A set of frame cells.
#[derive(Clone, PartialEq, Eq)]
struct Cells {
    words: Vec<u64>,
    count: usize,
}

impl Cells {
    fn new(count: usize) -> Self {
        Self { words: vec![0; count.div_ceil(64)], count }
    }

    fn locals(&self) -> Vec<Local> {
        (0..self.count)
            .filter(|&cell| self.has(cell))
            .filter_map(|cell| u32::try_from(cell).ok().map(Local))
            .collect()
    }

    fn has(&self, cell: usize) -> bool {
        self.words[cell / 64] & (1 << (cell % 64)) != 0
    }

    fn add(&mut self, cell: usize) {
        if cell < self.count {
            self.words[cell / 64] |= 1 << (cell % 64);
        }
    }

    fn remove(&mut self, cell: usize) {
        if cell < self.count {
            self.words[cell / 64] &= !(1 << (cell % 64));
        }
    }

    fn add_all(&mut self, other: &Self) {
        for (word, other) in self.words.iter_mut().zip(&other.words) {
            *word |= other;
        }
    }

    fn clear(&mut self) {
        self.words.fill(0);
    }

    /// A payload means nothing without the tag before it.
    fn add_tags(&mut self, frame: &[Cell]) {
        for (index, cell) in frame.iter().enumerate().skip(1) {
            if cell.ty == CellType::Payload && self.has(index) {
                self.add(index - 1);
            }
        }
    }

    fn read_all(&mut self, exprs: &[Expr]) {
        for expr in exprs {
            self.read(expr);
        }
    }

    fn read(&mut self, expr: &Expr) {
        match expr {
            Expr::Const(_) => {}
            Expr::Load(place) => self.read_place(place),
            Expr::AddrOf(place) => self.read_address(place),
            Expr::Not(inner) | Expr::Wrap { bits: _, signed: _, value: inner } => self.read(inner),
            Expr::And(left, right) | Expr::Or(left, right) | Expr::Binary(_, left, right) => {
                self.read(left);
                self.read(right);
            }
            Expr::Entry(entry) => {
                entry.exprs().for_each(|part| self.read(part));
            }
            Expr::If(cond, yes, no) => {
                self.read(cond);
                self.read(yes);
                self.read(no);
            }
        }
    }

    /// The cell itself, and what says where it is.
    fn read_place(&mut self, place: &Place) {
        if let Base::Local(local) = &place.base {
            let first = (local.0 + place.offset) as usize;
            let mut last = first;
            for scaled in &place.index {
                // Any element may be meant; without a limit, any cell to the end of the frame.
                last = match scaled.limit {
                    Some(limit) => last + limit.saturating_sub(1) as usize * scaled.stride as usize,
                    None => self.count,
                };
            }
            for cell in first..=last.min(self.count) {
                self.add(cell);
            }
        }
        self.read_address(place);
    }

    fn read_address(&mut self, place: &Place) {
        if let Base::Memory(reference) = &place.base {
            self.read(reference);
        }
        for scaled in &place.index {
            self.read(&scaled.index);
        }
    }

    fn write_all(&mut self, places: &[Option<Place>]) {
        for place in places.iter().flatten() {
            if is_cell(place) {
                self.write(place);
            }
        }
        for place in places.iter().flatten() {
            self.read_address(place);
        }
    }

    /// A write ends the life of a cell that it surely hits; what says where it is, is read.
    fn write(&mut self, place: &Place) {
        if let Base::Local(local) = &place.base
            && place.index.is_empty()
        {
            self.remove((local.0 + place.offset) as usize);
        }
        self.read_address(place);
    }
}

/// Whether `place` is one fixed frame cell.
fn is_cell(place: &Place) -> bool {
    matches!(place.base, Base::Local(_)) && place.index.is_empty()
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

    fn live(machine: &Machine, point: u32) -> Vec<u32> {
        machine.point(machine.main, PointId(point)).live.iter().map(|local| local.0).collect()
    }

    #[test]
    fn a_cell_lives_from_its_write_to_its_last_read() {
        let mut main = RoutineBuilder::new("main", &["x", "y"]);
        main.plain(0, vec![set(local(0), 1.into())], 1);
        main.plain(1, vec![set(local(1), get(local(0)))], 2);
        main.plain(2, vec![set(global(0), get(local(1)))], 3);
        main.end(3);
        let mut machine = machine(vec![main], 1);
        fill_live(&mut machine);
        assert_eq!([live(&machine, 0), live(&machine, 1), live(&machine, 2)], [vec![], vec![0], vec![1]]);
    }

    #[test]
    fn a_raise_keeps_what_the_unwinding_target_reads() {
        let mut main = RoutineBuilder::new("main", &["tag", "payload", "mode", "kept"]);
        main.cell_type(0, CellType::Tag).cell_type(1, CellType::Payload);
        main.plain(0, vec![set(local(3), 7.into())], 1);
        main.plain(1, vec![raise(2, 5)], 1);
        main.unwind(1, (local(0), local(1)), local(2), 2);
        main.plain(2, vec![set(global(0), get(local(3))), set(global(1), get(local(1)))], 3);
        main.end(3);
        let mut machine = machine(vec![main], 2);
        fill_live(&mut machine);
        // The payload keeps its tag; the unwinding reads the old mode and writes tag and payload.
        assert_eq!(live(&machine, 2), [0, 1, 3]);
        assert_eq!(live(&machine, 1), [2, 3]);
        assert_eq!(live(&machine, 0), [2]);
    }

    #[test]
    fn an_indexed_read_keeps_the_whole_array() {
        let mut main = RoutineBuilder::new("main", &["i", "a.0", "a.1", "a.2", "b"]);
        let element = Place::local(Local(1)).indexed(get(local(0)), 1, Some(3));
        main.plain(0, vec![set(element.clone(), 1.into())], 1);
        main.plain(1, vec![set(global(0), get(element))], 2);
        main.end(2);
        let mut machine = machine(vec![main], 1);
        fill_live(&mut machine);
        assert_eq!([live(&machine, 0), live(&machine, 1)], [vec![0, 1, 2, 3], vec![0, 1, 2, 3]]);
    }
}
