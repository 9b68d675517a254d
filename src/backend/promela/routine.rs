//! Routines: one process type each, its points as labels, its edges as options.
//!
//! In: a routine. Out: a `proctype`. An edge is one statement, one `d_step` or one `atomic`, and begins on a line of its
//! own, by which a trail names it. Two goroutines meet by a rendezvous of SPIN's own; a sender tells whether it is
//! passive, and who is not takes only from those who are.

mod edges;

mod choice;

use super::Unsupported;
use super::exprs::Scope;
use super::layout::{Layout, Spot};
use super::prelude::Needs;
use super::range::Limit;
use super::statements::{Statement, line};
use super::text::{Origin, Text};
use crate::commands::{Base, Local, Place, PoolId, RoutineId};
use crate::machine::{Machine, Point, PointId, PointKind, Routine};
use crate::source::Source;

/// A routine to be translated.
pub(super) struct Proctype<'a> {
    pub(super) machine: &'a Machine,
    pub(super) id: RoutineId,
    pub(super) names: &'a [String],
    pub(super) globals: &'a Layout,
    pub(super) frame: &'a Layout,
    pub(super) limit: Limit,
    /// The goroutines beside main are counted.
    pub(super) counts_others: bool,
    /// Some message may be wider than a cell.
    pub(super) wide_sends: bool,
    /// There are too many steps for SPIN to have them as `d_step`s.
    pub(super) crowded: bool,
    /// Pools of queues that wait in line for ever: they have no capacity, but room.
    pub(super) waiting: &'a [PoolId],
    pub(super) source: Option<&'a Source>,
}

impl<'a> Proctype<'a> {
    fn routine(&self) -> &'a Routine {
        self.machine.routine(self.id)
    }

    fn is_main(&self) -> bool {
        self.id == self.machine.main
    }

    pub(super) fn name_of(&self, routine: RoutineId) -> &str {
        &self.names[routine.0 as usize]
    }

    pub(super) fn waits(&self, pool: PoolId) -> bool {
        self.waiting.contains(&pool)
    }

    /// The label of a point. SPIN takes a process that stands at a label `end…` to have ended well.
    pub(super) fn label(&self, point: PointId) -> String {
        let kind = &self.machine.point(self.id, point).kind;
        match kind {
            PointKind::End => "stop".to_owned(),
            PointKind::Operation(operation) if operation.idle || self.routine().environment => {
                format!("end_p{}", point.0)
            }
            PointKind::GoexitEnd => format!("end_p{}", point.0),
            _ => format!("p{}", point.0),
        }
    }

    /// The whole process type.
    pub(super) fn emit(&self, needs: &mut Needs, out: &mut Text) -> Result<(), Unsupported> {
        let routine = self.routine();
        let entry = self.machine.point(self.id, routine.entry);
        let is_param = |cell: u32| cell < routine.args && entry.live.contains(&Local(cell));
        let mut params = Vec::new();
        let mut unpack = Vec::new();
        for cell in (0..routine.args).filter(|&cell| is_param(cell)) {
            match &self.frame.spots[cell as usize] {
                Spot::Variable(name) => {
                    let ty = self.frame.declared.iter().find(|it| it.cell == cell).map_or("int", |it| it.ty);
                    params.push(format!("{ty} {name}"));
                }
                Spot::Element(name, element) => {
                    params.push(format!("int {name}_{element}"));
                    unpack.push(Statement::set(&format!("{name}[{element}]"), &format!("{name}_{element}")));
                }
                Spot::Memory(..) => return Err(Unsupported::Construct("an argument in memory")),
            }
        }
        let active = if self.is_main() { "active " } else { "" };
        out.blank();
        out.line(&format!(
            "{active}proctype {}({}) provided (!ended)",
            self.name_of(self.id),
            params.join("; ")
        ));
        out.line("{");
        let used = self.used();
        for declared in &self.frame.declared {
            let cells = declared.cell..declared.cell + declared.length.unwrap_or(1);
            let param = declared.length.is_none() && is_param(declared.cell);
            if param || !cells.clone().any(|cell| used[cell as usize]) {
                continue;
            }
            match declared.length {
                Some(length) => out.line(&format!("\t{} {}[{length}];", declared.ty, declared.name)),
                None => out.line(&format!("\t{} {};", declared.ty, declared.name)),
            }
        }
        if !unpack.is_empty() {
            out.line(&format!("\td_step {{ {} }};", line(&unpack)));
        }
        if routine.entry != PointId(0) {
            out.line(&format!("\tgoto {};", self.label(routine.entry)));
        }
        for number in 0..routine.points.len() {
            let id = PointId(number as u32);
            if routine.points[number].kind != PointKind::End {
                self.point(id, needs, out)?;
            }
        }
        let name = if self.is_main() { "main" } else { "the goroutine" };
        out.line(&format!("stop:\tskip\t/* {name} has ended */"));
        out.line("}");
        Ok(())
    }

    /// The frame cells that some edge reads or writes.
    fn used(&self) -> Vec<bool> {
        use crate::machine::visit::{self, Visit};
        struct Used(Vec<bool>);
        impl Visit for Used {
            fn place(&mut self, place: &Place) {
                if let Base::Local(local) = place.base {
                    self.0[(local.0 + place.offset) as usize] = true;
                }
            }
        }
        let mut used = Used(vec![false; self.routine().frame.len()]);
        for point in &self.routine().points {
            visit::point(point, &mut used);
        }
        used.0
    }

    fn point(&self, id: PointId, needs: &mut Needs, out: &mut Text) -> Result<(), Unsupported> {
        let point = self.machine.point(self.id, id);
        let (label, comment) = (self.label(id), self.comment(point));
        out.line(&format!("{label}:{comment}"));
        if point.kind == PointKind::GoexitEnd {
            // Main has ended without returning: good only as long as somebody else waits, idly.
            let test = if self.is_main() { "others == 0 -> " } else { "" };
            out.line(&format!("\t{test}false;"));
            return Ok(());
        }
        let mut acts = Vec::new();
        if let PointKind::Operation(operation) = &point.kind {
            acts.extend(
                operation.acts.iter().filter(|act| act.primitive == "chan").map(|act| act.object.clone()),
            );
        }
        let cells = &self.routine().frame;
        let scope = Scope {
            channels: &acts,
            ..Scope::new(self.globals, self.frame, cells, &self.machine.globals, self.limit)
        };
        let mut options = Vec::new();
        for number in 0..point.edges.len() {
            options.extend(self.edge(scope, id, number, needs)?);
        }
        match options.as_slice() {
            [] => out.line("\tfalse;"),
            // SPIN lets nobody jump to a `d_step` itself.
            [option] if option.is_d_step() => {
                out.line("\tif");
                option.write("\t:: ", out);
                out.line("\tfi");
                self.go(option, id, out);
            }
            [option] => {
                option.write("\t", out);
                self.go(option, id, out);
            }
            options => {
                out.line("\tif");
                for option in options {
                    option.write("\t:: ", out);
                    out.append(&format!("; goto {}", option.target));
                }
                out.line("\tfi;");
            }
        }
        Ok(())
    }

    /// On from the only option of a point.
    fn go(&self, option: &Choice, id: PointId, out: &mut Text) {
        let next = PointId(id.0 + 1);
        let falls = (next.0 as usize) < self.routine().points.len()
            && self.machine.point(self.id, next).kind != PointKind::End
            && self.label(next) == option.target;
        out.append(";");
        if !falls {
            out.line(&format!("\tgoto {};", option.target));
        }
    }

    /// The line of the source, and its text.
    fn comment(&self, point: &Point) -> String {
        let Some(source) = self.source else { return String::new() };
        let text = source.slice(point.span).lines().next().unwrap_or("").trim();
        let text: String = text.replace("*/", "* /").replace("/*", "/ *").chars().take(80).collect();
        format!("\t/* {}: {text} */", source.line(point.span))
    }
}

enum Guard {
    Condition(String),
    Handshake(String),
}

/// One option of a point.
struct Choice {
    origin: Option<Origin>,
    guard: Guard,
    statements: Vec<Statement>,
    atomic: bool,
    /// Steps of its own frame, after a handshake that it sends.
    after: Vec<Statement>,
    target: String,
}
