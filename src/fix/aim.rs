//! Where a counterexample points: the statements, functions and objects of those who are stuck, of those they wait for, of
//! accesses that race.

use std::collections::BTreeSet;

use super::Candidate;
use super::channels::last_name;
use crate::blame;
use crate::engine::Finding;
use crate::machine::Machine;
use crate::machine::step::Limits;
use crate::property::Kind;
use crate::source::{Source, Span};
use crate::trace::{self, GoroutineId, ReplayError, Trace};
use crate::verify::losses::declared;

/// Places to change something at.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Aim {
    /// Lines of the text.
    pub lines: BTreeSet<usize>,
    /// Declared functions.
    pub functions: BTreeSet<String>,
    /// Names of objects: `done`, `mu`.
    pub names: BTreeSet<String>,
    /// Pairs of accesses that race.
    pub races: Vec<[Span; 2]>,
}

/// Of a run that is no deadlock so many of the last steps count.
const LAST_STEPS: usize = 8;

impl Aim {
    /// What the findings point at.
    pub fn new(
        machine: &Machine,
        source: &Source,
        findings: &[Finding],
        limits: &Limits,
    ) -> Result<Self, ReplayError> {
        let mut aim = Self::default();
        for finding in findings {
            if finding.kind == Kind::Cover {
                continue;
            }
            let trace = trace::replay(machine, source, &finding.path, limits)?;
            let stuck: Vec<GoroutineId> =
                finding.stuck.iter().filter_map(|&slot| trace.in_slot(slot)).collect();
            aim.stuck(machine, source, &trace, &stuck);
            if let Some(race) = &finding.race {
                let spans = race.accesses.map(|access| machine.point(access.routine, access.point).span);
                aim.races.push(spans);
                for (access, span) in race.accesses.iter().zip(spans) {
                    let site = trace::site(machine, source, access.routine, access.point, span);
                    aim.lines.insert(site.line);
                    aim.functions.insert(declared(&site.function).to_owned());
                }
            }
            if stuck.is_empty() {
                for (_, part) in trace.parts().rev().take(LAST_STEPS) {
                    aim.lines.insert(part.site.line);
                    aim.functions.insert(declared(&part.site.function).to_owned());
                    aim.name(part.deed.as_ref().map_or("", |deed| &deed.text));
                }
                for goroutine in &trace.goroutines {
                    for frame in
                        goroutine.stack.iter().filter(|frame| trace::stacks::is_of_model(&frame.symbol))
                    {
                        aim.functions.insert(declared(&frame.function).to_owned());
                    }
                }
            }
        }
        Ok(aim)
    }

    fn name(&mut self, object: &str) {
        let name = last_name(object);
        if !name.is_empty() {
            self.names.insert(name.to_owned());
        }
    }

    fn stuck(&mut self, machine: &Machine, source: &Source, trace: &Trace, stuck: &[GoroutineId]) {
        for &id in stuck {
            for frame in
                trace.goroutine(id).stack.iter().filter(|frame| trace::stacks::is_of_model(&frame.symbol))
            {
                self.lines.insert(frame.line);
                self.functions.insert(declared(&frame.function).to_owned());
            }
        }
        for entry in blame::explain(machine, source, trace, stuck).stuck {
            for wait in &entry.waits {
                self.name(&wait.object);
                if let Some(identity) = wait.identity {
                    let name = trace.names.object(machine, identity);
                    self.name(name.split([' ', '#']).next().unwrap_or(""));
                }
                for holder in &wait.holders {
                    self.lines.insert(holder.line);
                }
                for waker in &wait.wakers {
                    self.lines.insert(waker.site.line);
                    self.functions.insert(declared(&waker.site.function).to_owned());
                }
            }
        }
    }

    /// How far a candidate is from what the counterexample names.
    pub(super) fn distance(&self, source: &Source, candidate: &Candidate) -> u8 {
        let line = source.line(candidate.span);
        let near: u8 = match (self.lines.contains(&line), self.functions.contains(&candidate.within)) {
            (true, _) => 0,
            (false, true) => 1,
            (false, false) => 2,
        };
        let named = candidate.about.as_ref().is_some_and(|name| self.names.contains(name));
        near.saturating_sub(u8::from(named))
    }
}
