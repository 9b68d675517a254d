//! Commands: what one step does.
//!
//! In: the commands of an edge. Out: statements of Promela that do the same, and whether they jump: what jumps or may
//! end the run stands in an `atomic`, everything else in a `d_step`.

use super::Unsupported;
use super::exprs::Scope;
use super::prelude::{Needs, Running};
use super::range::TooWide;
use super::routine::Proctype;
use super::statements::Statement;
use crate::commands::{Choose, Command, Expr, Local, Meet, PanicValue, Place, PoolId, RoutineId, queue};
use crate::machine::visit::{self, Visit};
use crate::machine::{Point, PointKind, Shape};

/// Translates the commands of one edge.
pub(super) struct Body<'a> {
    pub(super) scope: Scope<'a>,
    pub(super) proctype: &'a Proctype<'a>,
    pub(super) point: &'a Point,
    pub(super) needs: &'a mut Needs,
    /// Control may leave before the end.
    pub(super) jumps: bool,
}

impl Body<'_> {
    /// All of `commands`; `live` are the cells that somebody reads after them.
    pub(super) fn commands(
        &mut self,
        commands: &[Command],
        live: &[Local],
        out: &mut Vec<Statement>,
    ) -> Result<(), Unsupported> {
        for (at, command) in commands.iter().enumerate() {
            self.command(command, &Later { live, commands: &commands[at + 1..] }, out)?;
        }
        Ok(())
    }

    fn command(
        &mut self,
        command: &Command,
        later: &Later<'_>,
        out: &mut Vec<Statement>,
    ) -> Result<(), Unsupported> {
        match command {
            Command::Set(place, value) => {
                let (place, text) = (self.scope.place(place)?, self.scope.expr(value)?);
                out.push(Statement::set(&place, &text));
                self.fits(value, &place, out)?;
            }
            Command::Check { ok, raise } => {
                let raised = self.raise(raise)?;
                out.push(Statement::If(self.scope.expr(ok)?, Vec::new(), raised));
            }
            Command::Raise(value) => out.extend(self.raise(value)?),
            Command::Alloc { dest, pool, len } => self.alloc(dest, *pool, len.as_ref(), out)?,
            Command::Push { queue, values } => {
                let mut operands = vec![self.scope.expr(queue)?];
                for value in values {
                    let text = self.scope.expr(value)?;
                    self.fits(value, &text, out)?;
                    operands.push(text);
                }
                if !self.has_room(queue) {
                    self.needs.waiting = true;
                    self.jumps = true;
                    out.push(Statement::Do(format!("ROOM_TO_WAIT({})", operands[0])));
                }
                self.needs.push(values.len());
                out.push(Statement::Do(format!("push_{}({})", values.len(), operands.join(", "))));
            }
            Command::Pop { queue, dests } => self.pop(queue, dests, later, out)?,
            Command::Map(command) => self.map(command, out)?,
            Command::Spawn { routine, args } => self.spawn(*routine, args, out)?,
            Command::Copy { dest, source, count, stride } => {
                self.needs.copies = true;
                let (dest, source) = (self.scope.expr(dest)?, self.scope.expr(source)?);
                let count = self.scope.operand(count)?;
                let count = if *stride == 1 { count } else { format!("{count} * {stride}") };
                out.push(Statement::Do(format!("copy({dest}, {source}, {count})")));
            }
            Command::If(cond, yes, no) => {
                let cond = self.scope.expr(cond)?;
                let (mut then, mut otherwise) = (Vec::new(), Vec::new());
                // What follows the whole command follows both lists.
                for (list, to) in [(yes, &mut then), (no, &mut otherwise)] {
                    for (at, command) in list.iter().enumerate() {
                        let rest: Vec<Command> =
                            list[at + 1..].iter().chain(later.commands).cloned().collect();
                        self.command(command, &Later { live: later.live, commands: &rest }, to)?;
                    }
                }
                out.push(Statement::If(cond, then, otherwise));
            }
            Command::Assert { ok, text: _ } => {
                let failed = over("FAILED");
                out.push(Statement::If(self.scope.expr(ok)?, Vec::new(), failed));
            }
            Command::Fatal(_) => out.extend(over("PANICKED")),
            Command::Exit => out.extend(over("EXITED")),
            Command::Bound(what) => {
                self.jumps = true;
                let number = self.needs.bound(Running::Model(what));
                out.push(Statement::Do(format!("OUT_OF({number})")));
            }
        }
        Ok(())
    }

    /// A check that what was written to a cell, or is handed over, is no wider than a cell may be.
    pub(super) fn fits(
        &mut self,
        value: &Expr,
        text: &str,
        out: &mut Vec<Statement>,
    ) -> Result<(), Unsupported> {
        let range = self.scope.cells.of(value).map_err(|TooWide| Unsupported::Integers)?;
        if !range.within(self.scope.cells.limit) {
            self.needs.wide = true;
            self.jumps = true;
            out.push(Statement::Do(format!("FITS({text})")));
        }
        Ok(())
    }

    /// Control goes to the unwinding target, or the run ends.
    fn raise(&mut self, value: &PanicValue) -> Result<Vec<Statement>, Unsupported> {
        let Some(unwind) = &self.point.unwind else { return Ok(over("PANICKED")) };
        let (tag, payload) = (self.scope.place(&unwind.value.0)?, self.scope.place(&unwind.value.1)?);
        let mode = self.scope.place(&unwind.mode)?;
        self.jumps = true;
        let mut out = Vec::new();
        // Its own value raised again is there already.
        let again = value.tag == Expr::load(unwind.value.0.clone())
            && value.payload == Expr::load(unwind.value.1.clone());
        if !again {
            if reads(&value.payload, &unwind.value.0) {
                return Err(Unsupported::Construct("a panic with a part of the last one"));
            }
            out.push(Statement::set(&tag, &self.scope.expr(&value.tag)?));
            out.push(Statement::set(&payload, &self.scope.expr(&value.payload)?));
            self.fits(&value.payload, &payload, &mut out)?;
        }
        out.push(Statement::set(&mode, &format!("{mode} | 1")));
        self.proctype.arrive(
            self.point,
            &[],
            &[&unwind.value.0, &unwind.value.1, &unwind.mode],
            unwind.target,
            &mut out,
        );
        out.push(Statement::Goto(self.proctype.label(unwind.target)));
        Ok(out)
    }

    pub(super) fn raise_runtime_error(&mut self, text: i64) -> Result<Vec<Statement>, Unsupported> {
        let (tag, payload) = (Expr::Const(crate::machine::tag::RUNTIME_ERROR), Expr::Const(text));
        self.raise(&PanicValue { tag, payload })
    }

    fn alloc(
        &mut self,
        dest: &Place,
        pool: PoolId,
        len: Option<&Expr>,
        out: &mut Vec<Statement>,
    ) -> Result<(), Unsupported> {
        self.jumps = true;
        self.needs.objects = true;
        let machine = self.proctype.machine;
        let kind = machine.pool(pool);
        let dest = self.scope.place(dest)?;
        let width = kind.cells.len();
        match (kind.shape, len) {
            (Shape::Record, None) => out.push(Statement::Do(format!("NEW({dest}, {})", width.max(1)))),
            (Shape::Array, Some(len)) => {
                let (range, text) = (self.scope.cells.of(len), self.scope.operand(len)?);
                let small = range.is_ok_and(|range| range.low >= 0 && range.high <= 1 << 16);
                if !small {
                    // So that the product fits.
                    out.push(Statement::Do(format!("ROOM_FOR({text})")));
                }
                let size = match (len, kind.stride()) {
                    (Expr::Const(len), stride) => (len * stride as i64 + 1).to_string(),
                    (_, 1) => format!("{text} + 1"),
                    (_, stride) => format!("{text} * {stride} + 1"),
                };
                out.push(Statement::Do(format!("NEW({dest}, {size})")));
            }
            (Shape::Channel, Some(cap)) => {
                let text = self.scope.operand(cap)?;
                let small = self.scope.cells.of(cap).is_ok_and(|range| range.high <= 1 << 16);
                if !small {
                    out.push(Statement::Do(format!("ROOM_FOR({text})")));
                }
                self.needs.channels = true;
                let room = match (cap, width) {
                    (Expr::Const(0), _) if self.proctype.waits(pool) => {
                        self.needs.waiting = true;
                        format!("WAITING * {width}")
                    }
                    (Expr::Const(cap), width) => (cap * width as i64).to_string(),
                    (_, 1) => text.clone(),
                    (_, width) => format!("{text} * {width}"),
                };
                out.push(Statement::Do(format!("NEW_CHANNEL({dest}, {text}, {room})")));
                match cap {
                    Expr::Const(0) => out.push(Statement::Do(format!("RENDEZVOUS({dest})"))),
                    Expr::Const(_) => {}
                    _ => {
                        let rendezvous = vec![Statement::Do(format!("RENDEZVOUS({dest})"))];
                        out.push(Statement::If(format!("{text} == 0"), rendezvous, Vec::new()));
                    }
                }
            }
            (Shape::Map { .. }, None) => {
                self.needs.maps = true;
                out.push(Statement::Do(format!("NEW_MAP({dest}, {width})")));
            }
            _ => return Err(Unsupported::Construct("an object with a length that its pool does not take")),
        }
        Ok(())
    }

    fn pop(
        &mut self,
        queue: &Expr,
        dests: &[Option<Place>],
        later: &Later<'_>,
        out: &mut Vec<Statement>,
    ) -> Result<(), Unsupported> {
        let text = self.scope.expr(queue)?;
        let base = self.scope.operand(queue)?;
        let wanted: Vec<(usize, &Place)> = dests
            .iter()
            .enumerate()
            .filter_map(|(cell, dest)| dest.as_ref().map(|dest| (cell, dest)))
            .filter(|(_, dest)| later.wants(dest))
            .collect();
        // A destination may be where the queue, or the next destination, is looked up.
        let direct = wanted.iter().all(|(_, dest)| {
            matches!(dest.base, crate::commands::Base::Local(_))
                && dest.index.is_empty()
                && !reads(queue, dest)
        });
        for (cell, dest) in &wanted {
            let element = format!("mem[{base} + {}]", queue::FIRST as usize + cell);
            let to = if direct { self.scope.place(dest)? } else { self.needs.scratch(*cell) };
            out.push(Statement::set(&to, &element));
        }
        self.needs.pops = true;
        out.push(Statement::Do(format!("pop({text}, {})", dests.len())));
        if !direct {
            for (cell, dest) in &wanted {
                out.push(Statement::set(&self.scope.place(dest)?, &self.needs.scratch(*cell)));
            }
        }
        Ok(())
    }

    fn spawn(
        &mut self,
        routine: RoutineId,
        args: &[Expr],
        out: &mut Vec<Statement>,
    ) -> Result<(), Unsupported> {
        self.jumps = true;
        let kind = self.proctype.machine.routine(routine);
        let entry = self.proctype.machine.point(routine, kind.entry);
        if entry.kind == PointKind::End {
            // It has ended before anybody could notice.
            return Ok(());
        }
        let mut texts = Vec::new();
        for (cell, arg) in args.iter().enumerate() {
            if entry.live.contains(&Local(cell as u32)) {
                let text = self.scope.expr(arg)?;
                self.fits(arg, &text, out)?;
                texts.push(text);
            }
        }
        let number = self.needs.bound(Running::Processes);
        out.push(Statement::Do(format!("ROOM_TO_RUN({number})")));
        out.push(Statement::Do(format!("run {}({})", self.proctype.name_of(routine), texts.join(", "))));
        if self.proctype.counts_others && !kind.environment {
            out.push(Statement::Do("others++".into()));
        }
        Ok(())
    }

    /// The value that nobody decides.
    pub(super) fn choose(&mut self, choose: &Choose, out: &mut Vec<Statement>) -> Result<(), Unsupported> {
        self.jumps = true;
        let dest = self.scope.place(&choose.dest)?;
        let (low, high) = (self.scope.expr(&choose.low)?, self.scope.operand(&choose.high)?);
        if reads(&choose.high, &choose.dest) {
            return Err(Unsupported::Construct("a choice that depends on the last one"));
        }
        out.push(Statement::set(&dest, &low));
        out.push(Statement::Climb(dest.clone(), high));
        self.fits(&choose.high, &dest, out)?;
        self.fits(&choose.low, &dest, out)
    }

    /// Whether the edges that push to `queue` do so only where it has room.
    fn has_room(&self, queue: &Expr) -> bool {
        self.point.edges.iter().any(|edge| {
            let mut looks = Looks { queue, found: false };
            visit::expr(&edge.guard, &mut looks);
            for command in &edge.commands {
                if let Command::If(cond, ..) = command {
                    visit::expr(cond, &mut looks);
                }
            }
            looks.found
        })
    }
}

/// The run is over: nobody steps any more, and this process neither, once its `d_step` has ended.
fn over(how: &str) -> Vec<Statement> {
    vec![Statement::set("ended", how)]
}

/// Finds where the length of a queue is looked at.
struct Looks<'a> {
    queue: &'a Expr,
    found: bool,
}

impl Visit for Looks<'_> {
    fn place(&mut self, place: &Place) {
        self.found |= *place == Place::memory(self.queue.clone()).at(queue::LEN);
    }
}

/// What comes after a command in the same step, and what is live after it.
struct Later<'a> {
    live: &'a [Local],
    commands: &'a [Command],
}

impl Later<'_> {
    /// Whether what is written to `dest` is ever read.
    fn wants(&self, dest: &Place) -> bool {
        wanted(dest, self.commands, self.live)
    }
}

/// Whether what is written to `dest` is read by `commands` or after them.
pub(super) fn wanted(dest: &Place, commands: &[Command], live: &[Local]) -> bool {
    let crate::commands::Base::Local(local) = dest.base else { return true };
    if !dest.index.is_empty() || live.contains(&Local(local.0 + dest.offset)) {
        return true;
    }
    let mut uses = Uses { local: local.0 + dest.offset, found: false };
    visit::commands(commands, &mut uses);
    uses.found
}

/// Whether `expr` reads the cell `dest`, or one of the array it is in.
pub(super) fn reads(expr: &Expr, dest: &Place) -> bool {
    let mut uses = match dest.base {
        crate::commands::Base::Local(local) => Uses { local: local.0 + dest.offset, found: false },
        // Memory and package variables: anything that reads any may read this one.
        _ => {
            let mut any = Shared(false);
            visit::expr(expr, &mut any);
            return any.0;
        }
    };
    visit::expr(expr, &mut uses);
    uses.found
}

struct Uses {
    local: u32,
    found: bool,
}

impl Visit for Uses {
    fn place(&mut self, place: &Place) {
        if let crate::commands::Base::Local(local) = place.base {
            self.found |= local.0 + place.offset == self.local || !place.index.is_empty();
        }
    }
}

struct Shared(bool);

impl Visit for Shared {
    fn expr(&mut self, expr: &Expr) {
        self.0 |= matches!(expr, Expr::Entry(_));
    }

    fn place(&mut self, place: &Place) {
        self.0 |= !matches!(place.base, crate::commands::Base::Local(_));
    }
}

/// The locals that an edge writes.
pub(super) fn written<'a>(
    meet: Option<&'a Meet>,
    choose: Option<&'a Choose>,
    commands: &'a [Command],
) -> Vec<&'a Place> {
    fn gather<'a>(commands: &'a [Command], out: &mut Vec<&'a Place>) {
        for command in commands {
            match command {
                Command::Set(place, _) | Command::Alloc { dest: place, .. } => out.push(place),
                Command::Pop { dests, .. } => out.extend(dests.iter().flatten()),
                Command::Map(command) => out.extend(command.dests()),
                Command::If(_, yes, no) => {
                    gather(yes, out);
                    gather(no, out);
                }
                Command::Check { .. }
                | Command::Raise(_)
                | Command::Push { .. }
                | Command::Spawn { .. }
                | Command::Copy { .. }
                | Command::Assert { .. }
                | Command::Fatal(_)
                | Command::Exit
                | Command::Bound(_) => {}
            }
        }
    }
    let mut out = Vec::new();
    if let Some(Meet::Recv { dests, .. }) = meet {
        out.extend(dests.iter().flatten());
    }
    out.extend(choose.map(|choose| &choose.dest));
    gather(commands, &mut out);
    out
}
