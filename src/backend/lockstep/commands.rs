//! Commands in Promela: lists of statements inside a `d_step`.
//!
//! A command that ends the step early (a panic, the end of the run) sets `over_`; what comes after it asks for it.

use std::fmt::Write;

use super::{Emitter, Unsaid, end};
use crate::commands::{Command, Expr, PanicValue, Place, PoolId, RoutineId, queue};
use crate::machine::step::GOROUTINES_FLAG;
use crate::machine::{Point, PointKind, Shape};

impl Emitter<'_> {
    /// Writes `commands`; whether they may set `over_`.
    pub(super) fn commands(
        &self,
        slot: usize,
        id: RoutineId,
        point: &Point,
        used: &[u32],
        commands: &[Command],
        out: &mut String,
    ) -> Result<bool, Unsaid> {
        let mut open = 0;
        let mut may_end = false;
        for (at, command) in commands.iter().enumerate() {
            let ends = self.command(slot, id, point, used, command, out)?;
            may_end |= ends;
            if ends && at + 1 < commands.len() {
                out.push_str("if\n:: over_ == 0 ->\n");
                open += 1;
            }
        }
        for _ in 0..open {
            out.push_str(":: else\nfi;\n");
        }
        Ok(may_end)
    }

    fn command(
        &self,
        slot: usize,
        id: RoutineId,
        point: &Point,
        used: &[u32],
        command: &Command,
        out: &mut String,
    ) -> Result<bool, Unsaid> {
        let expr = |expr: &Expr| self.expr(slot, expr);
        let raise = |value: &PanicValue| self.raise(slot, id, point, used, value);
        match command {
            Command::Set(place, value) => {
                let _ = writeln!(out, "m[{}] = {};", self.address(slot, place)?, expr(value)?);
                return Ok(false);
            }
            Command::Check { ok, raise: value } => {
                let _ = write!(out, "if\n:: {} -> skip\n:: else ->\n{}fi;\n", expr(ok)?, raise(value)?);
            }
            Command::Raise(value) => out.push_str(&raise(value)?),
            Command::Alloc { dest, pool, len } => {
                self.alloc(slot, dest, *pool, len.as_ref(), out)?;
                return Ok(false);
            }
            Command::Push { queue, values } => {
                for (at, value) in values.iter().enumerate() {
                    let _ = writeln!(out, "t_[{at}] = {};", expr(value)?);
                }
                let _ = writeln!(out, "a_ = {};", expr(queue)?);
                for at in 0..values.len() {
                    let (first, len, cells) = (queue::FIRST, queue::LEN, values.len());
                    let _ = writeln!(out, "m[a_ + {first} + m[a_ + {len}] * {cells} + {at}] = t_[{at}];");
                }
                let _ = writeln!(out, "m[a_ + {0}] = m[a_ + {0}] + 1;", queue::LEN);
                return Ok(false);
            }
            Command::Pop { queue, dests } => {
                self.pop(slot, queue, dests, out)?;
                return Ok(false);
            }
            Command::Map(_) => return Err(Unsaid("what changes maps".into())),
            Command::Spawn { routine, args } => return self.spawn(slot, *routine, args, out),
            Command::Copy { dest, source, count, stride } => {
                let _ = write!(
                    out,
                    "c_ = {} * {stride};\na_ = {};\nb_ = {};\ni_ = 0;\n\
                     do\n:: i_ < c_ -> buffer_[i_] = m[b_ + i_]; i_++\n:: else -> break\nod;\ni_ = 0;\n\
                     do\n:: i_ < c_ -> m[a_ + i_] = buffer_[i_]; buffer_[i_] = 0; i_++\n:: else -> break\nod;\n",
                    expr(count)?,
                    expr(dest)?,
                    expr(source)?
                );
                return Ok(false);
            }
            Command::If(cond, yes, no) => {
                let _ = writeln!(out, "if\n:: {} ->\nskip;", expr(cond)?);
                let first = self.commands(slot, id, point, used, yes, out)?;
                out.push_str(":: else ->\nskip;\n");
                let second = self.commands(slot, id, point, used, no, out)?;
                out.push_str("fi;\n");
                return Ok(first || second);
            }
            Command::Assert { ok, text } => {
                let over = over(slot, end::ASSERT, *text as usize);
                let _ = write!(out, "if\n:: {} -> skip\n:: else ->\n{over}fi;\n", expr(ok)?);
            }
            Command::Fatal(text) => out.push_str(&over(slot, end::FATAL, self.text(text))),
            Command::Exit => out.push_str(&over(0, end::EXIT, 0)),
            Command::Bound(what) => out.push_str(&over(0, end::BOUND, self.text(what))),
        }
        Ok(true)
    }

    fn raise(
        &self,
        slot: usize,
        id: RoutineId,
        point: &Point,
        used: &[u32],
        value: &PanicValue,
    ) -> Result<String, Unsaid> {
        let (tag, payload) = (self.expr(slot, &value.tag)?, self.expr(slot, &value.payload)?);
        let Some(unwind) = &point.unwind else {
            let panic = end::PANIC;
            return Ok(format!(
                "end_a = {tag};\nend_b = {payload};\nend_ = {panic};\nend_slot = {slot};\nover_ = 1;\n"
            ));
        };
        let mode = self.address(slot, &unwind.mode)?;
        Ok(format!(
            "a_ = {tag};\nb_ = {payload};\nc_ = m[{mode}];\nm[{}] = a_;\nm[{}] = b_;\nm[{mode}] = c_ | 1;\n{}over_ = 1;\n",
            self.address(slot, &unwind.value.0)?,
            self.address(slot, &unwind.value.1)?,
            self.arrival(slot, id, unwind.target, used)
        ))
    }

    fn alloc(
        &self,
        slot: usize,
        dest: &Place,
        pool: PoolId,
        len: Option<&Expr>,
        out: &mut String,
    ) -> Result<(), Unsaid> {
        let kind = self.machine.pool(pool);
        let len = len.map(|len| self.expr(slot, len)).transpose()?.unwrap_or_else(|| "0".into());
        let _ = write!(
            out,
            "c_ = {len};\na_ = {} + objects * {};\npool[objects] = {};\n",
            self.heap(),
            self.stride,
            pool.0 + 1
        );
        match kind.shape {
            Shape::Array => {
                let _ = writeln!(out, "length[objects] = c_ * {};", kind.stride());
            }
            Shape::Channel => {
                let _ = writeln!(out, "m[a_ + {}] = c_;", queue::CAP);
            }
            Shape::Record | Shape::Map { .. } => {}
        }
        let _ = write!(out, "objects++;\nm[{}] = a_;\n", self.address(slot, dest)?);
        Ok(())
    }

    fn pop(
        &self,
        slot: usize,
        queue: &Expr,
        dests: &[Option<Place>],
        out: &mut String,
    ) -> Result<(), Unsaid> {
        let (first, len, cells) = (queue::FIRST, queue::LEN, dests.len());
        let _ = writeln!(out, "a_ = {};\nm[a_ + {len}] = m[a_ + {len}] - 1;", self.expr(slot, queue)?);
        for at in 0..cells {
            let _ = writeln!(out, "t_[{at}] = m[a_ + {first} + {at}];");
        }
        if cells > 0 {
            let _ = write!(
                out,
                "i_ = 0;\ndo\n:: i_ < m[a_ + {len}] * {cells} -> \
                 m[a_ + {first} + i_] = m[a_ + {first} + i_ + {cells}]; i_++\n:: else -> break\nod;\n"
            );
        }
        for at in 0..cells {
            let _ = writeln!(out, "m[a_ + {first} + i_ + {at}] = 0;");
        }
        out.push_str(&self.write_all(slot, dests)?);
        Ok(())
    }

    /// Writes `t` to `dests`; all addresses are computed before the first write.
    pub(super) fn write_all(&self, slot: usize, dests: &[Option<Place>]) -> Result<String, Unsaid> {
        let mut text = String::new();
        let places = || dests.iter().enumerate().filter_map(|(at, dest)| Some((at, dest.as_ref()?)));
        for (at, dest) in places() {
            let _ = writeln!(text, "u_[{at}] = {};", self.address(slot, dest)?);
        }
        for (at, _) in places() {
            let _ = writeln!(text, "m[u_[{at}]] = t_[{at}];");
        }
        Ok(text)
    }

    /// Whether the bound may be hit.
    fn spawn(
        &self,
        slot: usize,
        routine: RoutineId,
        args: &[Expr],
        out: &mut String,
    ) -> Result<bool, Unsaid> {
        let kind = self.machine.routine(routine);
        for (at, arg) in args.iter().enumerate() {
            let _ = writeln!(out, "t_[{at}] = {};", self.expr(slot, arg)?);
        }
        let slots = self.sizes.slots;
        let limit = self.limits.goroutines as usize;
        let bounded = slots >= limit;
        if bounded {
            let _ = write!(
                out,
                "c_ = 0;\nk_ = 0;\ndo\n:: k_ < {slots} -> c_ = c_ + (pc[k_] != 0); k_++\n:: else -> break\nod;\n\
                 if\n:: c_ >= {limit} ->\n{}:: else ->\n",
                over(0, end::BOUND, self.text(GOROUTINES_FLAG))
            );
        }
        let _ = write!(out, "k_ = 1;\ndo\n:: (k_ < {slots} && pc[k_] != 0) -> k_++\n:: else -> break\nod;\n");
        let entry = self.machine.point(routine, kind.entry);
        if entry.kind != PointKind::End {
            let _ = writeln!(out, "pc[k_] = {};", self.number(routine, kind.entry));
            for live in entry.live.iter().filter(|live| live.0 < kind.args) {
                let base = self.frame_of(0) + live.0 as usize;
                let _ = writeln!(out, "m[{base} + k_ * {}] = t_[{}];", self.frame, live.0);
            }
        }
        if bounded {
            out.push_str("fi;\n");
        }
        Ok(bounded)
    }
}

/// Ends the run.
fn over(slot: usize, why: u8, text: usize) -> String {
    format!("end_ = {why};\nend_slot = {slot};\nend_a = {text};\nover_ = 1;\n")
}
