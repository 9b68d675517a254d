//! Routines: one process type each, its points as labels, its edges as options.
//!
//! In: a routine. Out: a `proctype`. An edge is one statement, one `d_step` or one `atomic`, and begins on a line of its
//! own, by which a trail names it. Two goroutines meet by a rendezvous of SPIN's own; a sender tells whether it is
//! passive, and who is not takes only from those who are.

use super::commands::{Body, wanted, written};
use super::exprs::Scope;
use super::layout::{Layout, Spot};
use super::prelude::Needs;
use super::range::Limit;
use super::statements::{Statement, ends, ends_early, line, lines};
use super::text::{Origin, Text};
use super::{Unsupported, passive};
use crate::commands::{Base, CellType, Command, Expr, Local, Meet, Place, PoolId, RoutineId};
use crate::machine::{Edge, Machine, Point, PointId, PointKind, Routine};
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

    /// The options that an edge becomes.
    fn edge(
        &self,
        scope: Scope<'_>,
        id: PointId,
        number: usize,
        needs: &mut Needs,
    ) -> Result<Vec<Choice>, Unsupported> {
        let point = self.machine.point(self.id, id);
        let edge = &point.edges[number];
        let in_environment = self.routine().environment;
        let origin = (!(in_environment && point.kind == PointKind::Plain)).then_some(Origin::Step {
            routine: self.id,
            point: id,
            edge: number,
        });
        let mut body = Body { scope, proctype: self, point, needs, jumps: false };
        let mut statements = Vec::new();
        if let Some(Meet::Recv { dests, .. }) = &edge.meet {
            for dest in
                dests.iter().flatten().filter(|dest| wanted(dest, &edge.commands, &self.live(edge.target)))
            {
                let text = scope.place(dest)?;
                if self.may_be_wide(dest) {
                    body.fits(&Expr::Const(i64::from(i32::MAX)), &text, &mut statements)?;
                }
            }
        }
        if let Some(choose) = &edge.choose {
            body.choose(choose, &mut statements)?;
        }
        let live = self.live(edge.target);
        body.commands(&edge.commands, &live, &mut statements)?;
        let mut jumps = body.jumps;
        let written = written(edge.meet.as_ref(), edge.choose.as_ref(), &edge.commands);
        if !ends(&statements) {
            self.arrive(point, &edge.commands, &written, edge.target, &mut statements);
        }
        jumps |= ends_early(&statements);
        let target = self.label(edge.target);
        let others: Vec<&Edge> = point.edges.iter().filter(|other| other.meet.is_none()).collect();
        if let Some(meet) = &edge.meet {
            needs.meets = true;
            return self.meet(scope, origin, edge, meet, &others, statements, target, needs);
        }
        let mut guards = vec![&edge.guard];
        let nonempty = edge.choose.as_ref().filter(
            |it| !matches!((&it.low, &it.high), (Expr::Const(low), Expr::Const(high)) if low <= high),
        );
        let nonempty =
            nonempty.map(|it| Expr::binary(crate::commands::BinaryOp::Le, it.low.clone(), it.high.clone()));
        guards.extend(&nonempty);
        // `else` would also wait for a rendezvous.
        let negated: Vec<Expr> = match edge.fallback {
            true => others
                .iter()
                .filter(|other| !other.fallback)
                .map(|other| other.guard.clone().negate())
                .collect(),
            false => Vec::new(),
        };
        guards.extend(&negated);
        let guard = scope.all(&guards)?;
        if guard == "true" && statements.is_empty() && edge.target == id {
            // SPIN takes a statement that goes round by itself to be a mistake.
            statements.extend(["skip", "skip"].map(|it| Statement::Do(it.to_owned())));
        }
        if in_environment {
            // What the environment does between two operations is part of the step before.
            jumps = true;
            statements.push(Statement::Goto(target.clone()));
        }
        Ok(vec![Choice {
            origin,
            guard: Guard::Condition(guard),
            statements,
            atomic: jumps || self.crowded,
            after: Vec::new(),
            target,
        }])
    }

    /// Whether what comes in a message may be wider than a cell.
    fn may_be_wide(&self, dest: &Place) -> bool {
        let Base::Local(local) = dest.base else { return false };
        let ty = self.routine().frame[(local.0 + dest.offset) as usize].ty;
        self.wide_sends && matches!(ty, CellType::Int { bits: 17.., .. } | CellType::Payload)
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one edge")]
    fn meet(
        &self,
        scope: Scope<'_>,
        origin: Option<Origin>,
        edge: &Edge,
        meet: &Meet,
        others: &[&Edge],
        statements: Vec<Statement>,
        target: String,
        needs: &mut Needs,
    ) -> Result<Vec<Choice>, Unsupported> {
        let guard = scope.all(&[&edge.guard])?;
        // What else could go on while this edge waits.
        let mut busy = Vec::new();
        for other in others.iter().filter(|other| !passive::excludes(&edge.guard, &other.guard)) {
            busy.push(scope.operand(&other.guard)?);
        }
        let always_busy = busy.iter().any(|guard| guard == "1");
        let busy_text = busy.join(" || ");
        let fields = needs.fields;
        let option = |condition: String, message: String, nobody: &str, channel: &str, sign: &str| {
            format!("sync[({condition} -> SYNC({channel}) : {nobody})]{sign}{message}")
        };
        match meet {
            Meet::Send { channel, values } => {
                let mut parts = vec![match (always_busy, busy.is_empty()) {
                    (true, _) => "0".to_owned(),
                    (false, true) => "1".to_owned(),
                    // Not by a negation: `!!` is another kind of send.
                    (false, false) => format!("({busy_text} -> 0 : 1)"),
                }];
                for value in values {
                    parts.push(scope.expr(value)?);
                }
                parts.resize(fields, "0".to_owned());
                if !only_locals(&edge.commands) {
                    return Err(Unsupported::Construct("a send that does more than send"));
                }
                let channel = scope.expr(channel)?;
                let text = option(guard, parts.join(","), "NOBODY_RECEIVES", &channel, "!");
                Ok(vec![Choice {
                    origin,
                    guard: Guard::Handshake(text),
                    statements: Vec::new(),
                    atomic: false,
                    after: statements,
                    target,
                }])
            }
            Meet::Recv { channel, dests } => {
                let channel_text = scope.expr(channel)?;
                let live = self.live(edge.target);
                let mut places = Vec::new();
                for dest in dests {
                    let dest = dest.as_ref().filter(|dest| wanted(dest, &edge.commands, &live));
                    if let Some(dest) = dest
                        && !matches!(dest.base, Base::Local(_))
                    {
                        return Err(Unsupported::Construct("a receive straight into memory"));
                    }
                    places.push(dest.map_or(Ok("_".to_owned()), |dest| scope.place(dest))?);
                }
                places.resize(fields - 1, "_".to_owned());
                let message = |first: &str| {
                    let parts: Vec<String> =
                        std::iter::once(first.to_owned()).chain(places.iter().cloned()).collect();
                    parts.join(",")
                };
                let mut options = Vec::new();
                let mut add = |condition: String, first: &str| {
                    let text = option(condition, message(first), "NOBODY_SENDS", &channel_text, "?");
                    let atomic = !statements.is_empty();
                    options.push(Choice {
                        origin,
                        guard: Guard::Handshake(text),
                        statements: statements.clone(),
                        atomic,
                        after: Vec::new(),
                        target: target.clone(),
                    });
                };
                if busy.is_empty() {
                    add(guard, "_");
                } else if always_busy {
                    add(guard, "1");
                } else {
                    add(format!("{guard} && !({busy_text})"), "_");
                    add(format!("{guard} && ({busy_text})"), "1");
                }
                Ok(options)
            }
        }
    }

    fn live(&self, target: PointId) -> Vec<Local> {
        self.machine.point(self.id, target).live.clone()
    }

    /// What happens on arrival at `target`: cells that nobody reads any more become zero, an end is noted.
    pub(super) fn arrive(
        &self,
        from: &Point,
        commands: &[Command],
        written: &[&Place],
        target: PointId,
        out: &mut Vec<Statement>,
    ) {
        let to = self.machine.point(self.id, target);
        match to.kind {
            PointKind::End if self.is_main() => out.push(Statement::set("main_ended", "RETURNED")),
            PointKind::End if self.counts_others && !self.routine().environment => {
                out.push(Statement::Do("others--".into()));
            }
            PointKind::GoexitEnd if self.is_main() => out.push(Statement::set("main_ended", "GOEXITED")),
            _ => {}
        }
        if to.kind == PointKind::End {
            return;
        }
        let mut dirty: Vec<Local> = from.live.clone();
        for place in written {
            if let Base::Local(local) = place.base {
                let first = local.0 + place.offset;
                let cells = match (&self.frame.spots[first as usize], place.index.is_empty()) {
                    (Spot::Element(name, _), false) => {
                        let array = self.frame.declared.iter().find(|it| it.name == *name);
                        array.map_or(first..first + 1, |it| it.cell..it.cell + it.length.unwrap_or(1))
                    }
                    _ => first..first + 1,
                };
                // What is written and dropped has not been written.
                let dropped = place.index.is_empty()
                    && !wanted(place, &[], &to.live)
                    && never_read(place, commands, out, self);
                if !dropped {
                    dirty.extend(cells.map(Local));
                }
            }
        }
        dirty.sort_unstable();
        dirty.dedup();
        for cell in dirty.into_iter().filter(|cell| !to.live.contains(cell)) {
            let reset = match &self.frame.spots[cell.0 as usize] {
                Spot::Variable(name) => Statement::set(name, "0"),
                Spot::Element(name, element) => Statement::set(&format!("{name}[{element}]"), "0"),
                Spot::Memory(..) => continue,
            };
            if !out.contains(&reset) || !matches!(&reset, Statement::Do(_)) {
                out.push(reset);
            } else if out.last() != Some(&reset) {
                out.retain(|it| *it != reset);
                out.push(reset);
            }
        }
    }
}

/// Whether no statement writes the local `place`, because its value was dropped.
fn never_read(place: &Place, _commands: &[Command], out: &[Statement], proctype: &Proctype<'_>) -> bool {
    let Base::Local(local) = place.base else { return false };
    let Spot::Variable(name) = &proctype.frame.spots[(local.0 + place.offset) as usize] else { return false };
    !line(out).contains(name.as_str())
}

/// Whether the commands change nothing but the goroutine's own frame, and go through.
fn only_locals(commands: &[Command]) -> bool {
    commands.iter().all(|command| match command {
        Command::Set(place, value) => {
            matches!(place.base, Base::Local(_)) && !super::commands::reads(value, &Place::global(0))
        }
        _ => false,
    })
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

impl Choice {
    fn is_d_step(&self) -> bool {
        let bare = matches!(&self.guard, Guard::Condition(guard) if guard == "true");
        match self.statements.as_slice() {
            [] => false,
            [Statement::Do(_)] if bare => false,
            _ => !self.atomic && matches!(self.guard, Guard::Condition(_)),
        }
    }

    fn write(&self, prefix: &str, out: &mut Text) {
        let (guard, handshake) = match &self.guard {
            Guard::Condition(text) => (text.as_str(), false),
            Guard::Handshake(text) => (text.as_str(), true),
        };
        let atomic = self.atomic || handshake && !self.statements.is_empty();
        match (self.statements.as_slice(), atomic) {
            ([], _) => out.step(&format!("{prefix}{guard}"), self.origin),
            ([Statement::Do(only)], false) if guard == "true" => {
                out.step(&format!("{prefix}{only}"), self.origin);
            }
            (statements, false) => {
                let guard = if guard == "true" { String::new() } else { format!("{guard} -> ") };
                let text = format!("{prefix}d_step {{ {guard}{} }}", line(statements));
                if text.len() <= 110 {
                    out.step(&text, self.origin);
                } else {
                    self.block(prefix, "d_step", &guard, out);
                }
            }
            (_, true) => {
                let sign = if handshake { ";" } else { " ->" };
                self.block(prefix, "atomic", &format!("{guard}{sign} "), out);
            }
        }
        if !self.after.is_empty() {
            out.append(";");
            out.line(&format!("\t\td_step {{ {} }}", line(&self.after)));
        }
    }

    fn block(&self, prefix: &str, kind: &str, guard: &str, out: &mut Text) {
        out.step(format!("{prefix}{kind} {{ {guard}").trim_end(), self.origin);
        let mut all = Vec::new();
        lines(&self.statements, "\t\t", &mut all);
        for it in all {
            let origin = if it.climbs {
                Some(Origin::Climb)
            } else if kind == "d_step" {
                self.origin
            } else {
                None
            };
            out.step(&it.text, origin);
        }
        out.line("\t   }");
    }
}
