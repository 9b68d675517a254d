//! Which code could have ended a wait, who was to run it, and why nobody does.
//!
//! Candidates are all points of the Machine with an act on the same object whose
//! action is in the waiting act's `woken_by`. An act is on the same object where its
//! expression had that value at some moment of the run; where it never had a value,
//! the name it is written with decides.

use std::cmp::Reverse;

use super::{Because, By, Case, Holder, Missed, Turn, Waker, flow, holders};
use crate::commands::{Command, RoutineId};
use crate::machine::step::scope;
use crate::machine::{Act, Point, PointId, PointKind, Routine};
use crate::trace::{Goroutine, GoroutineId, ObjectId, Part, Site, Status, object_text, one_line, site};

/// How sure it is that two acts are on one object.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Sameness {
    /// Nothing is known.
    Possible,
    /// They are written alike.
    Likely,
    /// They were, in this run.
    Certain,
}

/// An act that could have ended the wait, for one goroutine.
struct Candidate<'a> {
    point: PointId,
    /// Index into the operation's acts.
    index: usize,
    act: &'a Act,
    sameness: Sameness,
    /// Steps from where its goroutine stands, where there is a way.
    distance: Option<usize>,
}

/// A wait whose end is looked for.
struct Search<'a> {
    case: &'a Case<'a>,
    waiting: GoroutineId,
    act: &'a Act,
    object: ObjectId,
}

/// Everyone who could have ended the wait of `waiting` at `act` on `object`.
pub(super) fn of(
    case: &Case<'_>,
    waiting: GoroutineId,
    act: &Act,
    object: ObjectId,
    holders: &[Holder],
) -> Vec<Waker> {
    let search = Search { case, waiting, act, object };
    let mut found = Vec::new();
    for goroutine in &case.trace.goroutines {
        let holder = holders.iter().find(|holder| holder.goroutine == goroutine.id);
        // Of a lock only its holders matter: the others would first have to get it.
        if holders.is_empty() || holder.is_some() {
            found.extend(search.of(goroutine, holder));
        }
    }
    if holders.is_empty() {
        found.extend(search.not_started());
    }
    // That it would do it later itself is telling only where nobody else would, or where it holds the lock.
    if holders.is_empty() && found.iter().any(|(_, waker)| waker.because != Because::Itself) {
        found.retain(|(_, waker)| waker.because != Because::Itself);
    }
    let surest = found.iter().map(|(sameness, _)| *sameness).max();
    // What is merely possible counts only where there is nothing better.
    let counts = |sameness: Sameness| sameness >= Sameness::Likely || Some(sameness) == surest;
    found.into_iter().filter(|(sameness, _)| counts(*sameness)).map(|(_, waker)| waker).collect()
}

impl<'a> Search<'a> {
    /// What `goroutine` could have done about the wait.
    fn of(&self, goroutine: &Goroutine, holder: Option<&Holder>) -> Option<(Sameness, Waker)> {
        let Some(candidate) = self.best(goroutine) else {
            return holder.map(|holder| (Sameness::Certain, self.keeper(goroutine, holder)));
        };
        let sameness = if holder.is_some() { Sameness::Certain } else { candidate.sameness };
        // Nobody writes the code of a timer: that it speaks of the same channel must be known.
        if goroutine.environment && sameness != Sameness::Certain {
            return None;
        }
        let because = self.because(goroutine, &candidate, holder)?;
        let by = By::Goroutine(goroutine.id);
        Some((sameness, self.waker(goroutine.routine, &candidate, by, because)))
    }

    /// The act of `goroutine` that was the likeliest to end the wait: one that it can still reach, else the last it came by.
    fn best(&self, goroutine: &Goroutine) -> Option<Candidate<'a>> {
        let case = self.case;
        let routine = case.machine.routine(goroutine.routine);
        let candidates = self.waking(routine).filter_map(|(point, index, act)| {
            // A goroutine never meets itself.
            if goroutine.id == self.waiting && goroutine.point == Some(point) {
                return None;
            }
            let sameness = self.sameness(goroutine, (point, index), act)?;
            let distances = flow::distances(routine, point);
            let distance = goroutine.point.and_then(|from| {
                if from == point { Some(0) } else { flow::leads_to(routine, from, &distances) }
            });
            Some(Candidate { point, index, act, sameness, distance })
        });
        let last_there = |point: PointId| {
            let mut mine = case.trace.parts().filter(|(_, part)| part.goroutine == goroutine.id);
            mine.rfind(|(_, part)| part.point == point).map(|(step, _)| step)
        };
        let rank = |action: &str| self.act.woken_by.iter().position(|other| *other == action);
        candidates.min_by_key(|it| {
            let nearest = (it.distance.is_none(), it.distance);
            (Reverse(it.sameness), rank(it.act.action), nearest, Reverse(last_there(it.point)))
        })
    }

    /// The points of `routine` with an act that ends the wait.
    fn waking(&self, routine: &'a Routine) -> impl Iterator<Item = (PointId, usize, &'a Act)> {
        let act = self.act;
        let wakes =
            move |other: &Act| other.primitive == act.primitive && act.woken_by.contains(&other.action);
        let points = (0u32..).map(PointId).zip(&routine.points);
        let acts =
            points.flat_map(|(id, point)| acts(point).iter().enumerate().map(move |(at, act)| (id, at, act)));
        acts.filter(move |(_, _, act)| wakes(act))
    }

    /// Whether `act`, of `goroutine` at a point, is on the object waited for; `None` where it is not.
    fn sameness(&self, goroutine: &Goroutine, at: (PointId, usize), act: &Act) -> Option<Sameness> {
        let case = self.case;
        let pool = |object: ObjectId| case.trace.names.pool(object);
        let mut elsewhere = false;
        for (step, part) in case.trace.parts().filter(|(_, part)| part.goroutine == goroutine.id) {
            let did = part.deed.as_ref().filter(|deed| (part.point, deed.act) == at);
            let object = did.map_or_else(|| value_at(case, goroutine, step, act), |deed| deed.object);
            match object {
                Some(object) if object == self.object => return Some(Sameness::Certain),
                // What holds objects of another kind never holds this one.
                Some(object) if pool(object) != pool(self.object) => return None,
                Some(_) => elsewhere = true,
                None => {}
            }
        }
        let now = value_at(case, goroutine, case.trace.steps.len(), act);
        match now {
            Some(object) if object == self.object => return Some(Sameness::Certain),
            Some(object) if pool(object) != pool(self.object) => return None,
            Some(_) | None => {}
        }
        let settled = (elsewhere || now.is_some()) && !self.may_change(goroutine, at.0, act);
        match (settled, self.written_alike(act)) {
            (true, _) => None,
            (false, true) => Some(Sameness::Likely),
            (false, false) => Some(Sameness::Possible),
        }
    }

    /// Whether the act may be on another object when `goroutine` comes to `point` again.
    fn may_change(&self, goroutine: &Goroutine, point: PointId, act: &Act) -> bool {
        let routine = self.case.machine.routine(goroutine.routine);
        let locals = flow::locals(&act.object);
        goroutine.point.is_some_and(|from| flow::writes_between(routine, from, point, &locals))
    }

    fn written_alike(&self, act: &Act) -> bool {
        let name = |act: &Act| tail(&object_text(self.case.source, act)).to_string();
        name(act) == name(self.act)
    }

    /// Why `goroutine` does not do what would end the wait; `None` where it is out of the question.
    fn because(
        &self,
        goroutine: &Goroutine,
        candidate: &Candidate<'_>,
        holder: Option<&Holder>,
    ) -> Option<Because> {
        if goroutine.environment {
            return Some(Because::Disarmed);
        }
        if let Status::Ended { step } = goroutine.status {
            return Some(Because::Ended { step, missed: self.missed(goroutine, candidate) });
        }
        if candidate.distance.is_none() {
            return match holder {
                Some(holder) => Some(Because::never_releases(holder, self.missed(goroutine, candidate))),
                None if goroutine.id == self.waiting => None,
                None => Some(Because::Past(self.missed(goroutine, candidate))),
            };
        }
        if goroutine.id == self.waiting {
            return Some(Because::Itself);
        }
        if self.case.stuck.contains(&goroutine.id) {
            return Some(Because::Stuck);
        }
        Some(match goroutine.status {
            Status::Idle { .. } => Because::Idle,
            Status::Runnable | Status::Failed | Status::Blocked { .. } | Status::Ended { .. } => {
                Because::Running
            }
        })
    }

    /// At which step `goroutine` left the last way to the candidate.
    fn missed(&self, goroutine: &Goroutine, candidate: &Candidate<'_>) -> Missed {
        let routine = self.case.machine.routine(goroutine.routine);
        let distances = flow::distances(routine, candidate.point);
        let could = |part: &Part| distances[part.point.0 as usize].is_some();
        let mut mine = self.case.trace.parts().filter(|(_, part)| part.goroutine == goroutine.id);
        let Some((step, part)) = mine.rfind(|(_, part)| could(part)) else { return Missed::Unknown };
        let did = part.deed.as_ref().is_some_and(|deed| deed.act == candidate.index);
        if part.point == candidate.point && did {
            return Missed::Did { step };
        }
        let by = match &routine.points[part.point.0 as usize].kind {
            PointKind::Operation(_) if part.point == candidate.point => Turn::Case,
            PointKind::Operation(_) | PointKind::Choice => Turn::Choice,
            PointKind::Plain | PointKind::LoopHead | PointKind::End | PointKind::GoexitEnd => Turn::Condition,
        };
        Missed::Turned { step, line: part.site.line, taken: part.operation.clone(), by }
    }

    fn waker(&self, routine: RoutineId, candidate: &Candidate<'_>, by: By, because: Because) -> Waker {
        let Case { machine, source, .. } = self.case;
        Waker {
            by,
            action: candidate.act.action,
            operation: one_line(source, candidate.act.span),
            site: site(machine, source, routine, candidate.point, candidate.act.span),
            because,
        }
    }

    /// A holder in whose code there is nothing that gives the lock back.
    fn keeper(&self, goroutine: &Goroutine, holder: &Holder) -> Waker {
        let release = holders::release_of(holder.action).unwrap_or("release");
        let at = self.case.source.line_column(holder.span.start);
        let because = match goroutine.status {
            Status::Ended { step } => Because::Ended { step, missed: Missed::Unknown },
            Status::Runnable | Status::Failed | Status::Blocked { .. } | Status::Idle { .. } => {
                Because::never_releases(holder, Missed::Unknown)
            }
        };
        let function = goroutine.name.clone();
        Waker {
            by: By::Goroutine(goroutine.id),
            action: release,
            operation: release.to_string(),
            site: Site {
                text: one_line(self.case.source, holder.span),
                function,
                span: holder.span,
                line: at.line,
                column: at.column,
            },
            because,
        }
    }

    /// Functions with code that would end the wait, of which the run has no goroutine.
    fn not_started(&self) -> Vec<(Sameness, Waker)> {
        let case = self.case;
        let started = |id: RoutineId| case.trace.goroutines.iter().any(|goroutine| goroutine.routine == id);
        let mut list = Vec::new();
        for (number, routine) in (0u32..).zip(&case.machine.routines) {
            let id = RoutineId(number);
            if started(id) || routine.environment {
                continue;
            }
            let alike = self.waking(routine).find(|(_, _, act)| self.written_alike(act));
            let Some((point, index, act)) = alike else {
                continue;
            };
            let by = By::Nobody { routine: routine.name.clone(), line: starting_line(case, id) };
            let candidate = Candidate { point, index, act, sameness: Sameness::Likely, distance: None };
            list.push((Sameness::Likely, self.waker(id, &candidate, by, Because::NotStarted)));
        }
        list
    }
}

impl Because {
    fn never_releases(holder: &Holder, missed: Missed) -> Self {
        Self::NeverReleases { step: holder.step, line: holder.line, missed }
    }
}

fn acts(point: &Point) -> &[Act] {
    match &point.kind {
        PointKind::Operation(operation) => &operation.acts,
        PointKind::Plain
        | PointKind::Choice
        | PointKind::LoopHead
        | PointKind::End
        | PointKind::GoexitEnd => &[],
    }
}

/// What the act's object is for `goroutine` after `step` steps, where that can be told.
fn value_at(case: &Case<'_>, goroutine: &Goroutine, step: usize, act: &Act) -> Option<ObjectId> {
    let state = case.trace.states.get(step)?;
    let slot = case.trace.slot_at(step, goroutine.id)?;
    let reference = scope(case.machine, state, slot).eval(&act.object).ok()?;
    case.trace.names.identify(step, reference)
}

/// The last name of an operand: `mu` of `s.mu`.
fn tail(text: &str) -> &str {
    text.rsplit(['.', '*', '&']).next().unwrap_or(text).trim()
}

/// The line that starts goroutines of `routine`.
fn starting_line(case: &Case<'_>, routine: RoutineId) -> Option<usize> {
    fn starts(commands: &[Command], routine: RoutineId) -> bool {
        commands.iter().any(|command| match command {
            Command::Spawn { routine: started, .. } => *started == routine,
            Command::If(_, yes, no) => starts(yes, routine) || starts(no, routine),
            Command::Set(..)
            | Command::Check { .. }
            | Command::Raise(_)
            | Command::Alloc { .. }
            | Command::Push { .. }
            | Command::Pop { .. }
            | Command::Map(_)
            | Command::Copy { .. }
            | Command::Assert { .. }
            | Command::Fatal(_)
            | Command::Exit
            | Command::Bound(_) => false,
        })
    }
    let mut points = case.machine.points();
    let starting = points.find(|point| point.edges.iter().any(|edge| starts(&edge.commands, routine)));
    starting.map(|point| case.source.line(point.span))
}
