//! The built-in checker: explicit states, exhaustive, exact.
//!
//! In: a [`Machine`] with liveness filled in. Out: an [`Outcome`]: what was found,
//! each with a path that [`crate::machine::step::apply`] replays, and what was seen.
//! The rooms: `tables` and `canonical` say what a state is, `layout` and `parts` pack it,
//! `tree` remembers it (`store` for `liveness`), `blocks` runs the statements up to the next stop and `races`
//! compares them, `successors` steps from a state, `memo` knows what it has done before, `search` visits all and keeps
//! a `record`, `stop` ends it early, `explored` is what comes of it, with the edges in a `graph`; `scc` and `terminal`
//! say how runs end, `path` and `doom` tell the story.
//! `liveness` asks what fair runs do. `external` asks other engines `question`s, and `claim`
//! looks at their answers. Absent: clocks, files, threads' identities; who calls gives a [`Watch`].

use crate::commands::RoutineId;
use crate::machine::footprint::Location;
use crate::machine::relax;
use crate::machine::state::{End, State};
use crate::machine::step::{self, InternalError, Limits, Step};
use crate::machine::validate::validate;
use crate::machine::{Machine, PointId};
use crate::property::Kind;

mod ahead;
mod arcs;
pub mod behaviour;
pub mod bench;
mod blocks;
mod bytes;
mod canonical;
mod claim;
mod doom;
mod explored;
pub mod external;
mod fixed;
mod frontier;
mod graph;
mod hits;
mod index;
mod layout;
mod liveness;
pub mod lockstep;
mod memo;
mod movers;
mod moves;
pub mod outcomes;
mod pairs;
mod parts;
mod path;
mod permutation;
mod properties;
pub mod question;
mod races;
mod record;
pub mod reduction;
mod refine;
mod release;
mod scc;
mod search;
mod sharing;
mod stats;
mod stop;
mod store;
pub mod stubborn;
mod successors;
mod symmetry;
mod tables;
mod taken;
mod terminal;
mod tree;
mod varint;
mod visited;
mod who;

#[cfg(test)]
mod tests;

pub use stats::{Progress, Reduced, Stats, StopReason};

use explored::Explored;
use hits::{Hit, Key};
use path::{Path, Walk};
use reduction::{Reductions, When};
use stubborn::Without;
use successors::Successors;
use tables::Tables;
use terminal::Fates;

/// How much to explore.
#[derive(Clone, Debug, Default)]
pub struct Options {
    pub limits: Limits,
    /// Stop when there are more states than this.
    pub max_states: Option<u64>,
    /// Stop when the engine has this many bytes in use, by its own account.
    pub max_memory: Option<u64>,
    /// Stop at the first finding.
    pub first: bool,
    /// What makes fewer states.
    pub reductions: Reductions,
    /// Runs that show a bug need not be the shortest: what stubborn sets have found is not searched for again.
    pub any_length: bool,
    /// So many threads may be at work: more than two are of no more use. What is found does not depend on it.
    pub threads: usize,
}

/// The outside world, as far as a search needs it.
pub trait Watch {
    /// Called every few thousand states.
    fn progress(&mut self, progress: &Progress);

    /// Asked every few thousand states: whether to stop, and why.
    fn stop(&self) -> Option<StopReason>;

    /// A program outside goknot is about to run: its command line.
    fn runs(&self, _command: &str) {}
}

/// The bound of the search for races: without happens-before in the state, some cannot be told from none.
pub const RACE_BOUND: &str =
    "a race that may hide behind what TryLock, len, default or a closed channel tells";

/// A [`Watch`] that never stops a search.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unwatched;

impl Watch for Unwatched {
    fn progress(&mut self, _progress: &Progress) {}

    fn stop(&self) -> Option<StopReason> {
        None
    }
}

/// What a check has come to.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The most important kind first, within a kind the shortest path first.
    pub findings: Vec<Finding>,
    pub stats: Stats,
    /// Points that no state has reached, ends left out; final only if the search was exhaustive.
    pub unreached: Vec<(RoutineId, PointId)>,
    /// Per `cover` of the Machine.
    pub covered: Vec<bool>,
}

/// One bug.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    pub kind: Kind,
    /// Steps from [`crate::machine::step::initial`]: of the shortest paths to the bug one with the fewest context switches.
    pub path: Vec<Step>,
    /// Deadlock and leak: the slots of the stuck goroutines in the path's last state.
    pub stuck: Vec<usize>,
    /// The point of no return: after this many steps every continuation ends badly. `None` where that is not known.
    pub doomed_from: Option<usize>,
    /// Which property of the kind.
    pub property: Option<usize>,
    /// Panic and assert: how the run ended.
    pub end: Option<End>,
    /// Eventually and leadsto: the run repeats for ever from after this many steps; `None` where it ends.
    pub repeats_from: Option<usize>,
    /// Race: what accesses what. The last steps of the path are the accesses.
    pub race: Option<Race>,
}

impl Finding {
    /// A finding of `kind` without further facts.
    fn new(kind: Kind) -> Self {
        Self {
            kind,
            path: Vec::new(),
            stuck: Vec::new(),
            doomed_from: None,
            property: None,
            end: None,
            repeats_from: None,
            race: None,
        }
    }
}

/// A data race.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Race {
    /// How many steps of the path lead to the state in which both accesses are next.
    pub at: usize,
    /// In that state.
    pub location: Location,
    pub accesses: [RaceAccess; 2],
}

/// One access of a data race.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RaceAccess {
    pub slot: usize,
    pub routine: RoutineId,
    pub point: PointId,
    pub writes: bool,
    pub atomic: bool,
}

/// Explores `machine`, and finds every kind of bug in it.
pub fn check(machine: &Machine, options: &Options, watch: &mut dyn Watch) -> Result<Outcome, InternalError> {
    validate(machine)?;
    let tables = Tables::new(machine);
    let mut search = Search { machine, tables: &tables, options, watch };
    let mut reductions = options.reductions;
    let mut run = search.run(reductions, options.max_states)?;
    if run.raced {
        // From the race on, what is fused is not licensed.
        reductions.fusion = false;
        let race = run.findings;
        run = search.run(reductions, options.max_states)?;
        if run.findings.is_empty() && run.stats.stopped.is_some() {
            run.findings = race;
        }
    }
    if run.is_longer && !options.any_length && !run.findings.is_empty() {
        run = search.shortest(run, reductions)?;
    }
    let Run { mut findings, mut stats, covered, reached, may_hide_races, .. } = run;
    if may_hide_races && !no_hidden_race(machine, options, watch)? {
        stats.exhaustive = false;
        stats.add_bounds([RACE_BOUND]);
    }
    if stats.exhaustive {
        findings.extend(uncovered(&covered));
    }
    let unreached = unreached(machine, &tables, &reached);
    let satisfied = options.first && !findings.is_empty();
    if stats.stopped.is_none() && !satisfied {
        let verdicts = liveness::check(machine, &tables, options, watch)?;
        findings.extend(verdicts.findings);
        stats.stopped = verdicts.stopped;
        stats.exhaustive &= verdicts.stopped.is_none() && verdicts.bounds.is_empty();
        stats.add_bounds(verdicts.bounds);
    }
    findings.sort_by_key(|finding| (finding.kind, finding.path.len()));
    Ok(Outcome { findings, stats, unreached, covered })
}

/// So many states are looked at for the shortest runs at least, and [`TIMES`] as many as there were to find any.
const MOST: u64 = 1 << 18;
const TIMES: u64 = 4;

/// Searches of one Machine.
struct Search<'a, 'm> {
    machine: &'m Machine,
    tables: &'m Tables,
    options: &'a Options,
    watch: &'a mut dyn Watch,
}

/// What one of them has come to.
struct Run {
    findings: Vec<Finding>,
    stats: Stats,
    covered: Vec<bool>,
    /// Per point, by its number in the tables.
    reached: Vec<bool>,
    /// A race has ended it, and nothing else is known: fusion was not licensed.
    raced: bool,
    /// Nothing orders some accesses that no state has side by side.
    may_hide_races: bool,
    /// Not all that was found comes with a shortest run.
    is_longer: bool,
}

impl<'m> Search<'_, 'm> {
    fn run(&mut self, reductions: Reductions, max_states: Option<u64>) -> Result<Run, InternalError> {
        let Self { machine, tables, options, ref mut watch } = *self;
        let options = Options { max_states, ..options.clone() };
        let mut successors = Successors::new(machine, tables, options.limits, reductions);
        let mut explored = search::explore(machine, tables, &options, &mut successors, *watch)?;
        let raced = explored.hits.iter().any(|hit| hit.kind == Kind::Race);
        let may_hide_races = explored.stats.exhaustive && !raced && successors.may_race();
        if explored.needs_arcs()
            && let Some(stop) = arcs::complete(&mut explored, &mut successors, &options, *watch)?
        {
            explored.stats.exhaustive = false;
            explored.stats.stopped.get_or_insert(stop);
        }
        let mut findings = Vec::new();
        if !explored.ends_well() && !explored.graph.is_thin() {
            findings = told(machine, tables, &mut explored, &mut successors)?;
        }
        if explored.raced {
            findings.retain(|finding| finding.race.is_some());
        }
        let (raced, spares) = (explored.raced, explored.spared > 0);
        let is_longer = spares || successors.has_replayed_releases();
        let reached = std::mem::take(&mut explored.reached);
        let (covered, stats) = explored.sum();
        Ok(Run { findings, stats, covered, reached, raced, may_hide_races, is_longer })
    }

    /// Looks for the shortest runs to what `known` has found, where that is not too much: everything is known already.
    fn shortest(&mut self, mut known: Run, reductions: Reductions) -> Result<Run, InternalError> {
        let reductions = Reductions { releases: false, stubborn: When::Never, ..reductions };
        let most = known.stats.states.saturating_mul(TIMES).max(MOST);
        let most = self.options.max_states.map_or(most, |states| states.min(most));
        let mut run = self.run(reductions, Some(most))?;
        let ended = run.stats.stopped.is_none() || self.options.first;
        let is_better = ended && !run.raced && !run.findings.is_empty();
        if !is_better {
            known.stats.longer = true;
            return Ok(known);
        }
        if let Some(reduced) = &mut run.stats.reduced {
            reduced.without = Some(Without::Found);
        }
        Ok(run)
    }
}

/// What was found on the way, and how runs end.
fn told(
    machine: &Machine,
    tables: &Tables,
    explored: &mut Explored,
    successors: &mut Successors<'_>,
) -> Result<Vec<Finding>, InternalError> {
    let mut hits = std::mem::take(&mut explored.hits);
    let mut findings = Vec::new();
    let fates = Fates::new(tables, explored, false, successors)?;
    let violations: Vec<Hit> = hits.extract_if(.., |hit| hit.kind == Kind::Always).collect();
    hits.extend(leaks(tables, explored, &fates, successors)?);
    for hit in &hits {
        findings.push(finding(machine, explored, &fates, hit, successors)?);
    }
    if !violations.is_empty() {
        drop(fates);
        let fates = Fates::new(tables, explored, true, successors)?;
        for hit in &violations {
            findings.push(finding(machine, explored, &fates, hit, successors)?);
        }
    }
    Ok(findings)
}

/// Two accesses that no run has side by side, but which nothing orders either, need an operation that tells of others
/// without ordering. False where there may be such.
fn no_hidden_race(
    machine: &Machine,
    options: &Options,
    watch: &mut dyn Watch,
) -> Result<bool, InternalError> {
    let Some(relaxed) = relax::relax(machine) else { return Ok(true) };
    let tables = Tables::new(&relaxed);
    let options = Options { first: false, any_length: true, ..options.clone() };
    let reductions = Reductions { fusion: true, ..options.reductions };
    let mut successors = Successors::new(&relaxed, &tables, options.limits, reductions);
    let explored = search::explore(&relaxed, &tables, &options, &mut successors, watch)?;
    Ok(!explored.raced && explored.stats.exhaustive)
}

/// The races between accesses that are next after `path`; in a map they are a panic too. Their paths are `path` and the two
/// accesses.
pub fn races_after(machine: &Machine, path: &[Step], limits: &Limits) -> Result<Vec<Finding>, InternalError> {
    let tables = Tables::new(machine);
    let mut successors = Successors::new(machine, &tables, *limits, Reductions::NONE);
    let mut state = step::initial(machine);
    for taken in path {
        step::apply_to(machine, &mut state, taken, limits)?;
    }
    successors.load_concrete(&state);
    successors.count_steps()?;
    let mut seen = rustc_hash::FxHashSet::default();
    let mut findings = Vec::new();
    for conflict in successors.conflicts()? {
        let fatal = successors.is_fatal(&conflict).then_some(Kind::Panic);
        let kinds = fatal.into_iter().chain([Kind::Race]);
        let kinds: Vec<Kind> = kinds.filter(|&kind| seen.insert(Key::race(kind, &conflict))).collect();
        if kinds.is_empty() {
            continue;
        }
        let mut steps = path.to_vec();
        let mut taking = Successors::new(machine, &tables, *limits, Reductions::NONE);
        let race = races::replay(machine, &conflict, state.clone(), &mut taking, &mut steps)?;
        findings.extend(kinds.into_iter().map(|kind| Finding {
            kind,
            path: steps.clone(),
            stuck: Vec::new(),
            doomed_from: None,
            property: None,
            end: None,
            repeats_from: None,
            race: Some(race),
        }));
    }
    findings.sort_by_key(|finding| finding.kind);
    Ok(findings)
}

/// What a hit is, told with a path.
fn finding(
    machine: &Machine,
    explored: &Explored,
    fates: &Fates,
    hit: &Hit,
    successors: &mut Successors<'_>,
) -> Result<Finding, InternalError> {
    let path = Path::to(explored, successors, hit.state)?;
    let Walk { mut steps, mut state, who, lengths } = path.steps(machine, explored, successors)?;
    let mut stuck: Vec<usize> = hit.stuck.iter().map(|&slot| who.concrete(slot)).collect();
    stuck.sort_unstable();
    // A race is no end: there is nothing to return from.
    let doomed = match hit.race {
        Some(_) => None,
        None => doom::point_of_no_return(fates, &path.states()),
    };
    // Who is stuck has come to where it waits; when nobody moves again, everybody has.
    let waits = |slot: usize| hit.kind == Kind::Deadlock || stuck.contains(&slot);
    if !stuck.is_empty() {
        steps.extend(successors.settle(&mut state, waits)?);
    }
    let end = hit.end.and(state.end);
    let race = match &hit.race {
        Some(conflict) => Some(races::replay(machine, conflict, state, successors, &mut steps)?),
        None => None,
    };
    Ok(Finding {
        kind: hit.kind,
        stuck,
        doomed_from: doomed.map(|states| lengths[states]),
        property: hit.property,
        end,
        repeats_from: None,
        race,
        path: steps,
    })
}

/// The nearest state of each kind of leak.
fn leaks(
    tables: &Tables,
    explored: &Explored,
    fates: &Fates,
    successors: &Successors<'_>,
) -> Result<Vec<Hit>, InternalError> {
    let mut hits = Vec::new();
    if !fates.any_leak() {
        return Ok(hits);
    }
    let mut seen = rustc_hash::FxHashSet::default();
    let mut state = State::empty();
    for number in (0u32..).take(explored.store.len()) {
        if !fates.may_leak(number) {
            continue;
        }
        successors.unpack(&explored.store.row(number), &mut state);
        if let Some(stuck) = fates.leak(tables, number, &mut state, successors)?
            && seen.insert(Key::stuck(tables, Kind::Leak, &state, &stuck))
        {
            hits.push(Hit { stuck, ..Hit::new(Kind::Leak, number) });
        }
    }
    Ok(hits)
}

fn uncovered(covered: &[bool]) -> impl Iterator<Item = Finding> + '_ {
    let missed = covered.iter().enumerate().filter(|(_, covered)| !**covered);
    missed.map(|(index, _)| Finding { property: Some(index), ..Finding::new(Kind::Cover) })
}

fn unreached(machine: &Machine, tables: &Tables, reached: &[bool]) -> Vec<(RoutineId, PointId)> {
    let ends = |&(routine, point): &(RoutineId, PointId)| machine.point(routine, point).kind.is_end();
    let unreached = tables.by_number.iter().zip(reached).filter(|(_, reached)| !**reached);
    unreached.map(|(&at, _)| at).filter(|at| !ends(at)).collect()
}
