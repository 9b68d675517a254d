//! The search: breadth first, every state.
//!
//! In: a Machine and limits. Out: what has been [`Explored`].
//! Numbers are given in the order of the search, so the states yet to be explored are
//! simply those whose number is not below the number of lists in the graph.

use super::explored::Explored;
use super::frontier::Frontier;
use super::record::Record;
use super::stats::{Reduced, StopReason};
use super::stop;
use super::successors::Successors;
use super::tables::Tables;
use super::taken::Taken;
use super::tree::Trees;
use super::{Options, Watch};
use crate::machine::Machine;
use crate::machine::step::InternalError;
use crate::property::Kind;

/// Explores `machine` until everything is seen or a limit is hit. With `fused`, it also ends at the first race, and has then
/// found nothing else that can be relied upon: blocks commute only where there is no race.
pub(crate) fn explore(
    machine: &Machine,
    tables: &Tables,
    options: &Options,
    successors: &mut Successors<'_>,
    watch: &mut dyn Watch,
) -> Result<Explored, InternalError> {
    let mut reached = vec![false; tables.by_number.len()];
    let (mut record, stopped) = loop {
        let mut record = Record::new(machine, tables, reached);
        if successors.is_stubborn() {
            // Which of the steps of a state were taken is not found again.
            record.explored.most_arcs = usize::MAX;
        }
        match search(successors, &mut record, options, watch)? {
            Come::Through => break (record, None),
            Come::Stopped(reason) => break (record, Some(reason)),
            // What goroutines do has been learnt, and where they come by then is told only once.
            Come::Again => reached = record.explored.reached,
        }
    };
    if stopped.is_some() {
        record.reach_the_rest(successors);
    }
    let Record { mut explored, watched, bounds, .. } = record;
    explored.raced = successors.is_fused() && explored.hits.iter().any(|hit| hit.kind == Kind::Race);
    explored.covered = watched.covered;
    let stats = &mut explored.stats;
    stats.exhaustive = stopped.is_none() && bounds.is_empty();
    stats.stopped = stopped;
    stats.bounds = bounds.into_iter().collect();
    stats.states = explored.store.len() as u64;
    stats.transitions = explored.graph.len();
    stats.reduced = Some(Reduced {
        used: successors.reductions(),
        arranged: explored.graph.arranged(),
        spared: explored.spared,
        gave_back: explored.gave_back,
        without: successors.without_stubborn(),
    });
    explored.stats.memory = explored.memory() + successors.memory();
    Ok(explored)
}

/// What a search has come to.
enum Come {
    Through,
    Stopped(StopReason),
    /// It is worth to begin anew, with stubborn sets.
    Again,
}

fn search(
    successors: &mut Successors<'_>,
    record: &mut Record<'_>,
    options: &Options,
    watch: &mut dyn Watch,
) -> Result<Come, InternalError> {
    let initial = successors.initial().to_vec();
    let mut trees = Trees::new();
    trees.insert(&initial);
    let taken = Taken::last(successors, None, &mut record.explored.graph.permutations);
    record.visit(successors, 0, &initial, &taken)?;
    // The first state of the next level.
    record.explored.levels.push(1);
    // With stubborn sets, what to do next depends on where the last step has led.
    let may_move_out = options.threads > 1 && !successors.is_stubborn();
    let mut frontier = Frontier::new(trees, may_move_out);
    let mut source = 0;
    let come = loop {
        let ends_level = record.explored.levels.last() == Some(&source);
        let known = frontier.stored() + frontier.waiting();
        let may_be_too_many = options.max_states.is_some_and(|most| known as u64 > most);
        if ends_level || may_be_too_many || !frontier.has_next() {
            if !settle(successors, record, &mut frontier)? {
                break Come::Stopped(StopReason::Memory);
            }
            if source as usize >= frontier.stored() {
                break Come::Through;
            }
            if ends_level {
                record.explored.levels.push(frontier.stored() as u32);
                record.explored.stats.depth += 1;
            }
            frontier = frontier.may_grow();
        } else if frontier.is_full() {
            frontier.send();
            if let Some(looked_up) = frontier.overdue()
                && !record.take_in(successors, &mut frontier, looked_up)?
            {
                break Come::Stopped(StopReason::Memory);
            }
        }
        let stop = reason_to_stop(&record.explored, source, options, successors, &frontier, watch);
        if let Some(reason) = stop {
            settle(successors, record, &mut frontier)?;
            break Come::Stopped(reason);
        }
        let Some(row) = frontier.next() else { break Come::Stopped(StopReason::Memory) };
        successors.load(row);
        let count = successors.count_steps()?;
        for (routine, point) in successors.points() {
            record.explored.reached[record.tables.point(routine, point).number] = true;
        }
        if record.races(successors, source)? && successors.is_fused() {
            break Come::Stopped(StopReason::First);
        }
        // What is found with stubborn sets is searched for again without: that is what is going on already.
        if record.explored.has_found_nothing() && successors.turns_stubborn(source) {
            return Ok(Come::Again);
        }
        if !expand(successors, record, &mut frontier, source, count)? {
            break Come::Stopped(StopReason::Memory);
        }
        source += 1;
    };
    record.explored.store = frontier.into_trees();
    Ok(come)
}

/// Why the search has to stop before `source` is explored, if it has.
fn reason_to_stop(
    explored: &Explored,
    source: u32,
    options: &Options,
    successors: &Successors<'_>,
    frontier: &Frontier,
    watch: &mut dyn Watch,
) -> Option<StopReason> {
    if options.first && !explored.hits.is_empty() {
        return Some(StopReason::First);
    }
    let states = frontier.stored() as u64;
    let progress = || {
        let others = frontier.memory + frontier.memory_to_grow + successors.memory();
        explored.progress(source, states, others)
    };
    stop::reason(options, watch, source, states, progress)
}

/// Waits for all that is under way, and for the row of the next state. `false` when there is no room for another state.
fn settle(
    successors: &Successors<'_>,
    record: &mut Record<'_>,
    frontier: &mut Frontier,
) -> Result<bool, InternalError> {
    if frontier.has_unsent() || !frontier.is_under_way() && frontier.lacks_next() {
        frontier.send();
    }
    while let Some(looked_up) = frontier.receive() {
        if !record.take_in(successors, frontier, looked_up)? {
            return Ok(false);
        }
        if !frontier.is_under_way() && frontier.lacks_next() {
            frontier.send();
        }
    }
    Ok(true)
}

/// Takes the `count` steps of the loaded state `source`. `false` when there is no room for another state.
fn expand(
    successors: &mut Successors<'_>,
    record: &mut Record<'_>,
    frontier: &mut Frontier,
    source: u32,
    count: usize,
) -> Result<bool, InternalError> {
    let only_clocks = count > 0 && (0..count).all(|index| successors.is_clock(index));
    if count == 0 || (only_clocks && successors.stays_still()?) {
        record.terminal(successors.settled()?, source);
    }
    let few = successors.reduce();
    let mut ends = false;
    for index in 0..count {
        if index == few && !ends {
            // Where the few lead to nothing that is still to be explored, or end the run, the others must not wait.
            if !settle(successors, record, frontier)? {
                return Ok(false);
            }
            if record.arcs.iter().any(|arc| arc.target > source) {
                record.explored.spared += 1;
                break;
            }
        }
        let step = successors.step(index);
        successors.take(index)?;
        let taken = Taken::last(successors, Some(step), &mut record.explored.graph.permutations);
        ends |= taken.ends;
        frontier.add(successors.taken(), taken);
    }
    frontier.end_source();
    for (routine, point) in successors.passed() {
        record.explored.reached[record.tables.point(routine, point).number] = true;
    }
    record.explored.gave_back = successors.has_given_back();
    Ok(true)
}
