//! What each command does.

use super::{Flow, Run};
use crate::commands::maps::Access;
use crate::commands::{Command, PanicValue, queue};
use crate::machine::eval::Fault;
use crate::machine::state::End;

impl Run<'_> {
    pub(super) fn commands(&mut self, commands: &[Command]) -> Result<Flow, Fault> {
        for command in commands {
            match self.command(command)? {
                Flow::Next => {}
                flow @ (Flow::Raise(..) | Flow::Over) => return Ok(flow),
            }
        }
        Ok(Flow::Next)
    }

    fn command(&mut self, command: &Command) -> Result<Flow, Fault> {
        match command {
            Command::Set(place, expr) => {
                let value = self.scope().eval(expr)?;
                self.write_place(place, value)?;
            }
            Command::Check { ok, raise } => {
                if !self.scope().holds(ok)? {
                    return self.raised(raise);
                }
            }
            Command::Raise(value) => return self.raised(value),
            Command::Alloc { dest, pool, len } => return self.alloc(dest, *pool, len.as_ref()),
            Command::Push { queue, values } => {
                let values = self.eval_all(values)?;
                self.log_queue(queue)?;
                let cells = &mut self.channel(queue)?.cells;
                cells[queue::LEN as usize] += 1;
                cells.extend(values);
            }
            Command::Pop { queue, dests } => {
                self.log_queue(queue)?;
                let cells = &mut self.channel(queue)?.cells;
                let first = queue::FIRST as usize;
                if cells[queue::LEN as usize] == 0 || cells.len() < first + dests.len() {
                    return Err("an empty queue is popped");
                }
                cells[queue::LEN as usize] -= 1;
                let oldest: Vec<i64> = cells.drain(first..first + dests.len()).collect();
                self.write_all(dests, &oldest)?;
            }
            Command::Map(command) => {
                if let (Some(log), Some((map, access))) = (self.log, command.access()) {
                    log.range(self.scope().eval(map)?, 1, access == Access::Write);
                }
                return self.map(command);
            }
            Command::Spawn { routine, args } => return self.spawn(*routine, args),
            Command::Copy { dest, source, count, stride } => {
                let scope = self.scope();
                let count = usize::try_from(scope.eval(count)?).map_err(|_| "a negative count is copied")?;
                let (dest, source) = (scope.eval(dest)?, scope.eval(source)?);
                self.copy(dest, source, count * *stride as usize)?;
            }
            Command::If(cond, yes, no) => {
                let branch = if self.scope().holds(cond)? { yes } else { no };
                return self.commands(branch);
            }
            Command::Assert { ok, text } => {
                if !self.scope().holds(ok)? {
                    return Ok(self.over(End::Assert { slot: self.slot, text: *text }));
                }
            }
            Command::Fatal(text) => return Ok(self.over(End::Fatal { slot: self.slot, text })),
            Command::Exit => return Ok(self.over(End::Exit)),
            Command::Bound(what) => return Ok(self.over(End::Bound(what))),
        }
        Ok(Flow::Next)
    }

    fn raised(&self, value: &PanicValue) -> Result<Flow, Fault> {
        let scope = self.scope();
        Ok(Flow::Raise(scope.eval(&value.tag)?, scope.eval(&value.payload)?))
    }

    pub(super) fn over(&mut self, end: End) -> Flow {
        self.state.end = Some(end);
        Flow::Over
    }
}
