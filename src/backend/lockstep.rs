//! The Machine as Promela, step for step: for counting, not for reading.
//!
//! In: a Machine, and how much room its states take ([`Sizes`], from the exploration that it is to be compared with).
//! Out: one process, one loop, one `d_step` for each step that the Machine can make, over one array of cells; so SPIN's
//! stored states are the Machine's states and its transitions (stored + matched - 1) are the Machine's, with
//! `spin -o1 -o2 -o3`, `cc -DSAFETY -DNOREDUCE` and `pan -E`. Absent: anything that finds a bug; the readable
//! Promela is another back end.
//!
//! A cell is an element of `m`: the package variables from 1 on, then the objects, then the frames. A reference
//! is an index into it, nil is 0. Whatever is no part of the state is `hidden`.

mod commands;
mod expr;

use std::fmt::Write;

use crate::commands::{Expr, Local, Meet, Place, RoutineId};
use crate::engine::lockstep::Sizes;
use crate::machine::state::End;
use crate::machine::step::{GOROUTINES_FLAG, Limits};
use crate::machine::{Edge, Machine, Point, PointId, PointKind, visit};

/// What this form has no words for, as the end of the sentence "the lockstep form cannot say …".
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unsaid(pub String);

/// Lines are cut off here: SPIN would take hours.
const MOST_STEPS: usize = 20_000;

/// Why a run is over, in `end_`.
mod end {
    pub const PANIC: u8 = 1;
    pub const FATAL: u8 = 2;
    pub const ASSERT: u8 = 3;
    pub const EXIT: u8 = 4;
    pub const BOUND: u8 = 5;
}

/// `machine` in Promela.
pub fn emit(machine: &Machine, sizes: &Sizes, limits: &Limits) -> Result<String, Unsaid> {
    let emitter = Emitter::new(machine, sizes, limits)?;
    let mut steps = Vec::new();
    for (slot, id, number, point) in emitter.stands() {
        for (index, edge) in point.edges.iter().enumerate() {
            match &edge.meet {
                None => emitter.alone(slot, id, number, index, &mut steps)?,
                Some(Meet::Send { .. }) => emitter.meetings(slot, id, number, edge, &mut steps)?,
                Some(Meet::Recv { .. }) => {}
            }
            if steps.len() > MOST_STEPS {
                return Err(Unsaid(format!("more than {MOST_STEPS} kinds of steps")));
            }
        }
    }
    Ok(emitter.program(&steps))
}

/// Where everything is.
struct Emitter<'m> {
    machine: &'m Machine,
    limits: &'m Limits,
    sizes: Sizes,
    /// Cells from one object to the next: one more than it has, so that a reference behind its end is no other's.
    stride: usize,
    /// Cells of a frame.
    frame: usize,
    /// Number of the first point of each routine; 0 is nobody's.
    first_point: Vec<usize>,
    /// All texts of fatal errors and bounds.
    texts: Vec<&'static str>,
}

impl<'m> Emitter<'m> {
    fn new(machine: &'m Machine, sizes: &Sizes, limits: &'m Limits) -> Result<Self, Unsaid> {
        if machine.routines.iter().any(|routine| routine.environment) {
            return Err(Unsaid("clocks".into()));
        }
        let (least, greatest) = sizes.numbers;
        if i32::try_from(least).is_err() || i32::try_from(greatest).is_err() {
            return Err(Unsaid("numbers of more than 32 bits".into()));
        }
        let mut first_point = Vec::new();
        let mut next = 1;
        for routine in &machine.routines {
            first_point.push(next);
            next += routine.points.len();
        }
        let texts = End::texts(machine, &[GOROUTINES_FLAG]);
        let frame = machine.routines.iter().map(|routine| routine.frame.len()).max().unwrap_or(0);
        let stride = sizes.cells + 1;
        Ok(Self { machine, limits, sizes: *sizes, stride, frame, first_point, texts })
    }

    /// Every slot with every point that may be stood at there.
    fn stands(&self) -> impl Iterator<Item = (usize, RoutineId, PointId, &'m Point)> + '_ {
        let main = self.machine.main;
        (0..self.sizes.slots).flat_map(move |slot| {
            (0..)
                .map(RoutineId)
                .zip(&self.machine.routines)
                // Main alone is in the first slot.
                .filter(move |&(id, _)| (id == main) == (slot == 0))
                .flat_map(move |(id, routine)| {
                    (0..).map(PointId).zip(&routine.points).map(move |(at, point)| (slot, id, at, point))
                })
        })
    }

    fn number(&self, id: RoutineId, point: PointId) -> usize {
        self.first_point[id.0 as usize] + point.0 as usize
    }

    /// The first cell of the objects.
    fn heap(&self) -> usize {
        1 + self.machine.globals.len()
    }

    /// The first cell of the frame in `slot`.
    fn frame_of(&self, slot: usize) -> usize {
        self.heap() + self.sizes.objects * self.stride + slot * self.frame
    }

    fn text(&self, text: &str) -> usize {
        self.texts.iter().position(|it| *it == text).map_or(0, |at| at + 1)
    }

    /// The steps that whoever stands at `point` in `slot` makes along `edge` without others.
    fn alone(
        &self,
        slot: usize,
        id: RoutineId,
        number: PointId,
        index: usize,
        steps: &mut Vec<String>,
    ) -> Result<(), Unsaid> {
        let point = self.machine.point(id, number);
        let edge = &point.edges[index];
        let mut guard = format!("pc[{slot}] == {}", self.number(id, number));
        if edge.guard != Expr::TRUE {
            let _ = write!(guard, " && {}", self.expr(slot, &edge.guard)?);
        }
        if edge.fallback {
            for other in point.edges.iter().filter(|other| other.meet.is_none() && !other.fallback) {
                let _ = write!(guard, " && !({})", self.expr(slot, &other.guard)?);
            }
        }
        let Some(choose) = &edge.choose else {
            let body = self.edge(slot, id, point, edge)?;
            steps.push(step(&guard, &body));
            return Ok(());
        };
        let (low, high) = (self.expr(slot, &choose.low)?, self.expr(slot, &choose.high)?);
        let dest = self.address(slot, &choose.dest)?;
        let (least, greatest) = self.sizes.choices;
        for value in least..=greatest {
            let guard = format!("{guard} && {low} <= {value} && {value} <= {high}");
            let body = format!("m[{dest}] = {value};\n{}", self.edge(slot, id, point, edge)?);
            steps.push(step(&guard, &body));
            if steps.len() > MOST_STEPS {
                break;
            }
        }
        Ok(())
    }

    /// Where the send along `edge` meets the receives of others.
    fn meetings(
        &self,
        slot: usize,
        id: RoutineId,
        number: PointId,
        edge: &Edge,
        steps: &mut Vec<String>,
    ) -> Result<(), Unsaid> {
        let Some(Meet::Send { channel, values }) = &edge.meet else { return Ok(()) };
        let point = self.machine.point(id, number);
        let own = format!(
            "pc[{slot}] == {} && {} && {} != 0",
            self.number(id, number),
            self.expr(slot, &edge.guard)?,
            self.expr(slot, channel)?
        );
        for (other, other_id, other_number, other_point) in self.stands().filter(|it| it.0 != slot) {
            for receiving in &other_point.edges {
                let Some(Meet::Recv { channel: received, dests }) = &receiving.meet else { continue };
                if dests.len() != values.len() {
                    continue;
                }
                let mut guard = format!(
                    "{own} && pc[{other}] == {} && {}",
                    self.number(other_id, other_number),
                    self.expr(other, &receiving.guard)?
                );
                let _ = write!(
                    guard,
                    " && {} == {} && ({} || {})",
                    self.expr(slot, channel)?,
                    self.expr(other, received)?,
                    self.passive(slot, point)?,
                    self.passive(other, other_point)?
                );
                let mut body = String::new();
                for (at, value) in values.iter().enumerate() {
                    let _ = writeln!(body, "t_[{at}] = {};", self.expr(slot, value)?);
                }
                body.push_str(&self.write_all(other, dests)?);
                body.push_str(&self.edge(slot, id, point, edge)?);
                let then = self.edge(other, other_id, other_point, receiving)?;
                let _ = write!(body, "if\n:: end_ == 0 ->\n{then}:: else\nfi;\n");
                steps.push(step(&guard, &body));
            }
        }
        Ok(())
    }

    /// Whoever stands at `point` can do nothing without others.
    fn passive(&self, slot: usize, point: &Point) -> Result<String, Unsaid> {
        let mut ready = vec!["0".to_owned()];
        for edge in point.edges.iter().filter(|edge| edge.meet.is_none()) {
            let mut can = self.expr(slot, &edge.guard)?;
            if let Some(choose) = &edge.choose {
                let (low, high) = (self.expr(slot, &choose.low)?, self.expr(slot, &choose.high)?);
                can = format!("({can} && {low} <= {high})");
            }
            ready.push(can);
        }
        Ok(format!("!({})", ready.join(" || ")))
    }

    /// What goes on along `edge`.
    fn edge(&self, slot: usize, id: RoutineId, point: &Point, edge: &Edge) -> Result<String, Unsaid> {
        let used = self.used(id, point);
        let mut body = String::new();
        let arrival = self.arrival(slot, id, edge.target, &used);
        if self.commands(slot, id, point, &used, &edge.commands, &mut body)? {
            let _ = write!(body, "if\n:: over_ == 0 ->\n{arrival}:: else\nfi;\n");
            body.insert_str(0, "over_ = 0;\n");
        } else {
            body.push_str(&arrival);
        }
        Ok(body)
    }

    /// Puts whoever is in `slot`, and has changed no cell but `used` ones since it was at a point, at `target`.
    fn arrival(&self, slot: usize, id: RoutineId, target: PointId, used: &[u32]) -> String {
        let point = self.machine.point(id, target);
        let mut text = String::new();
        let ended = point.kind == PointKind::End;
        let frame = self.frame_of(slot);
        for &cell in used {
            if ended || !point.live.contains(&Local(cell)) {
                let _ = writeln!(text, "m[{}] = 0;", frame + cell as usize);
            }
        }
        let number = if ended { 0 } else { self.number(id, target) };
        let _ = writeln!(text, "pc[{slot}] = {number};");
        match point.kind {
            PointKind::End if slot == 0 => text.push_str("main_ = 1;\n"),
            PointKind::GoexitEnd if slot == 0 => text.push_str("main_ = 2;\n"),
            _ => {}
        }
        text
    }

    /// The frame cells that may hold something at `point` or be written there.
    fn used(&self, id: RoutineId, point: &Point) -> Vec<u32> {
        let cells = u32::try_from(self.machine.routine(id).frame.len()).unwrap_or(u32::MAX);
        let mut locals = Locals { cells, used: point.live.iter().map(|local| local.0).collect() };
        visit::point(point, &mut locals);
        locals.used.sort_unstable();
        locals.used.dedup();
        locals.used
    }

    fn program(&self, steps: &[String]) -> String {
        let mut out = String::new();
        let name = &self.machine.name;
        let _ = writeln!(out, "/* {name}, step for step. For counting states, not for reading. */");
        let slots = self.sizes.slots.max(1);
        let cells = self.frame_of(slots).max(1);
        let objects = self.sizes.objects.max(1);
        let entry = self.machine.routine(self.machine.main).entry;
        let ended = self.machine.point(self.machine.main, entry).kind == PointKind::End;
        let mut at = vec!["0".to_owned(); slots];
        if !ended {
            at[0] = self.number(self.machine.main, entry).to_string();
        }
        let at = at.join(", ");
        let (stride, temporaries) = (self.stride + 2, self.temporaries());
        let _ = write!(
            out,
            "int m[{cells}];\nshort pc[{slots}] = {{{at}}};\nbyte pool[{objects}];\nshort length[{objects}];\n\
             byte objects = 0;\nbyte main_ = {};\nbyte end_ = 0;\nbyte end_slot = 0;\nint end_a = 0;\nint end_b = 0;\n\
             hidden int t_[{temporaries}];\nhidden int u_[{temporaries}];\nhidden int buffer_[{stride}];\n\
             hidden int a_;\nhidden int b_;\nhidden int c_;\nhidden int i_;\nhidden int k_;\nhidden byte over_;\n\n\
             active proctype machine() {{\ndo\n",
            u8::from(ended)
        );
        for step in steps {
            out.push_str(step);
        }
        if steps.is_empty() {
            out.push_str(":: false\n");
        }
        out.push_str("od\n}\n");
        out
    }

    /// Cells that one command moves at most.
    fn temporaries(&self) -> usize {
        let pools = self.machine.pools.iter().map(|pool| pool.cells.len());
        let args = self.machine.routines.iter().map(|routine| routine.args as usize);
        pools.chain(args).max().unwrap_or(0) + 2
    }
}

fn step(guard: &str, body: &str) -> String {
    format!(":: d_step {{ (end_ == 0 && {guard}) ->\n{body}}}\n")
}

/// Gathers the frame cells that something is about.
struct Locals {
    cells: u32,
    used: Vec<u32>,
}

impl visit::Visit for Locals {
    fn place(&mut self, place: &Place) {
        if let crate::commands::Base::Local(Local(cell)) = place.base {
            let span = place
                .index
                .iter()
                .map(|scaled| scaled.limit.map_or(self.cells, |limit| limit.saturating_mul(scaled.stride)));
            let first = cell + place.offset;
            let end = first.saturating_add(1 + span.fold(0, u32::saturating_add)).min(self.cells);
            self.used.extend(first..end);
        }
    }
}
