//! The edges of a routine, each as the options that it is in Promela.

use super::{Choice, Guard, Proctype};
use crate::backend::promela::commands::{Body, wanted, written};
use crate::backend::promela::exprs::Scope;
use crate::backend::promela::layout::Spot;
use crate::backend::promela::prelude::Needs;
use crate::backend::promela::statements::{Statement, ends, ends_early, line};
use crate::backend::promela::text::Origin;
use crate::backend::promela::{Unsupported, passive};
use crate::commands::{Base, CellType, Command, Expr, Local, Meet, Place};
use crate::machine::{Edge, Point, PointId, PointKind};

impl Proctype<'_> {
    /// The options that an edge becomes.
    pub(super) fn edge(
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
    pub(super) fn may_be_wide(&self, dest: &Place) -> bool {
        let Base::Local(local) = dest.base else { return false };
        let ty = self.routine().frame[(local.0 + dest.offset) as usize].ty;
        self.wide_sends && matches!(ty, CellType::Int { bits: 17.., .. } | CellType::Payload)
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one edge")]
    pub(super) fn meet(
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

    pub(super) fn live(&self, target: PointId) -> Vec<Local> {
        self.machine.point(self.id, target).live.clone()
    }

    /// What happens on arrival at `target`: cells that nobody reads any more become zero, an end is noted.
    pub(in crate::backend::promela) fn arrive(
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
pub(super) fn never_read(
    place: &Place,
    _commands: &[Command],
    out: &[Statement],
    proctype: &Proctype<'_>,
) -> bool {
    let Base::Local(local) = place.base else { return false };
    let Spot::Variable(name) = &proctype.frame.spots[(local.0 + place.offset) as usize] else { return false };
    !line(out).contains(name.as_str())
}

/// Whether the commands change nothing but the goroutine's own frame, and go through.
pub(super) fn only_locals(commands: &[Command]) -> bool {
    commands.iter().all(|command| match command {
        Command::Set(place, value) => {
            matches!(place.base, Base::Local(_))
                && !crate::backend::promela::commands::reads(value, &Place::global(0))
        }
        _ => false,
    })
}
