//! `check eventually` and `check … leadsto …`: fair runs on which what is promised never comes.
//!
//! In: a Machine. Out: per violated property a run that shows it: a path to where the
//! run ends without it, or a path and then a loop. Kept apart from the safety search,
//! because nothing may be reduced here: properties are read between any two
//! statements, so every statement is a step, and fairness speaks of single
//! goroutines, so these keep their slots and no symmetry is used.
//!
//! Fairness is strong, per action. An *action* is a goroutine at a statement, one for
//! each case of a select and one for its default; a rendezvous is an action of both
//! sides. What is enabled again and again is taken again and again, unless the
//! goroutine ends. Which way a choice falls is no action: it may fall the same way
//! for ever.
//!
//! The rooms: `explore` finds all states, `action` and `transitions` keep who could
//! do what, `fair` finds the components in which a fair run can stay, `region` says
//! where a promise is open, `lasso` tells one run. `confirm` looks at runs that others have found.

mod action;
pub(super) mod confirm;
mod explore;
mod fair;
mod lasso;
mod region;
mod transitions;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use super::stats::StopReason;
use super::tables::Tables;
use super::{Finding, Options, Watch};
use crate::machine::Machine;
use crate::machine::step::InternalError;
use crate::property::Kind;
use explore::Explored;
use fair::Fair;
use lasso::Lasso;
use region::{Promise, Region};

/// What has come of the properties.
#[derive(Debug, Default)]
pub(crate) struct Verdicts {
    pub(crate) findings: Vec<Finding>,
    /// Why the exploration ended early; then what was not found may be there all the same.
    pub(crate) stopped: Option<StopReason>,
    /// Bounds that a run has hit.
    pub(crate) bounds: BTreeSet<&'static str>,
}

/// Checks every `eventually` and `leadsto` of `machine`.
pub(crate) fn check(
    machine: &Machine,
    tables: &Tables,
    options: &Options,
    watch: &mut dyn Watch,
) -> Result<Verdicts, InternalError> {
    let mut verdicts = Verdicts::default();
    let properties = &machine.properties;
    if properties.eventually.is_empty() && properties.leads_to.is_empty() {
        return Ok(verdicts);
    }
    let explored = explore::explore(machine, tables, options, watch)?;
    verdicts.stopped = explored.stopped;
    verdicts.bounds.clone_from(&explored.bounds);
    let mut truths = explored.truths.iter();
    let eventually = (0..properties.eventually.len()).map(|index| (Kind::Eventually, index));
    let leads_to = (0..properties.leads_to.len()).map(|index| (Kind::LeadsTo, index));
    for (kind, index) in eventually.chain(leads_to) {
        // In the order of `explore::conditions`.
        let from = if kind == Kind::LeadsTo { truths.next() } else { None };
        let Some(to) = truths.next() else { break };
        if options.first && !verdicts.findings.is_empty() {
            verdicts.stopped = verdicts.stopped.or(Some(StopReason::First));
            break;
        }
        let lasso = match violation(&explored, &Promise { from, to }, watch) {
            Ok(lasso) => lasso,
            Err(reason) => {
                verdicts.stopped = Some(reason);
                break;
            }
        };
        let Some(lasso) = lasso else { continue };
        verdicts.findings.push(Finding {
            kind,
            path: lasso.steps(machine, tables, &explored, options.limits)?,
            stuck: Vec::new(),
            doomed_from: None,
            property: Some(index),
            end: None,
            race: None,
            repeats_from: lasso.repeats_from(),
        });
    }
    Ok(verdicts)
}

/// A run on which the promise is not kept: of those that end and those that go round, a short one.
fn violation(
    explored: &Explored,
    promise: &Promise<'_>,
    watch: &dyn Watch,
) -> Result<Option<Lasso>, StopReason> {
    let region = Region::new(&explored.transitions, promise);
    let ends = region.open().find(|&state| explored.is_end(state)).map(|state| Lasso::end(&region, state));
    let fair = Fair::new(&explored.transitions).components(region.open().collect(), || watch.stop())?;
    let rounds = lasso::shortest(&explored.transitions, &region, fair);
    Ok(match (ends, rounds) {
        // A run that ends is easier to read.
        (Some(ends), Some(rounds)) => Some(if rounds.len() < ends.len() { rounds } else { ends }),
        (ends, rounds) => ends.or(rounds),
    })
}
