//! One search, and what it says in the words of the source: each counterexample replayed,
//! everything compared with what the model expects.

use super::args::LimitArgs;
use super::engines::Engine;
use super::failure::Failure;
use super::memory;
use super::model::Compiled;
use super::watch::Watcher;
use super::workers;
use crate::engine::{self, Finding, Outcome};
use crate::expect::agreement::Statement;
use crate::expect::{self, Found, Judgement};
use crate::machine::step::{InternalError, Limits};
use crate::source::Source;
use crate::trace::{self, GoroutineId, ReplayError};

/// A finished search.
#[derive(Debug)]
pub struct Searched {
    pub outcome: Outcome,
    /// The findings as `expect` sees them, each replayed.
    pub found: Vec<Found>,
    pub judgement: Judgement,
}

/// What the limits on the command line come to.
pub fn options(limits: &LimitArgs, first: bool) -> engine::Options {
    engine::Options {
        limits: Limits { objects: limits.objects, goroutines: limits.goroutines },
        max_states: limits.max_states,
        max_memory: Some(limits.max_memory.unwrap_or_else(memory::default_limit)),
        first,
        any_length: false,
        reductions: limits.reductions(),
        threads: limits.threads.map_or_else(workers::cores, |threads| threads as usize),
    }
}

/// As [`options`], for each of `jobs` searches at once: they share the memory and the processors.
pub fn shared_options(limits: &LimitArgs, first: bool, jobs: usize) -> engine::Options {
    let memory = limits.max_memory.unwrap_or_else(|| memory::default_limit() / jobs.max(1) as u64);
    let options = options(limits, first);
    let threads = limits.threads.map_or(options.threads / jobs.max(1), |threads| threads as usize);
    engine::Options { max_memory: Some(memory), threads, ..options }
}

/// Explores all states of `compiled`.
pub fn search(
    source: &Source,
    compiled: &Compiled,
    options: &engine::Options,
    watcher: &mut Watcher,
) -> Result<Searched, Failure> {
    let machine = &compiled.machine;
    let outcome = engine::check(machine, options, watcher).map_err(|error| internal(&error))?;
    judged(source, compiled, outcome, options)
}

/// What an engine's `outcome` says in the words of the source.
pub fn judged(
    source: &Source,
    compiled: &Compiled,
    outcome: Outcome,
    options: &engine::Options,
) -> Result<Searched, Failure> {
    let machine = &compiled.machine;
    let seen = |finding: &Finding| {
        let trace = trace::replay(machine, source, &finding.path, &options.limits)?;
        let stuck: Vec<GoroutineId> = finding.stuck.iter().filter_map(|&slot| trace.in_slot(slot)).collect();
        Ok(expect::found(machine, source, finding.kind, &trace, &stuck))
    };
    let found: Result<Vec<Found>, ReplayError> = outcome.findings.iter().map(seen).collect();
    let found = found.map_err(|error| Failure::Internal(error.to_string()))?;
    let judgement = expect::judge(&compiled.program.expects, &found, outcome.stats.exhaustive);
    Ok(Searched { outcome, found, judgement })
}

/// Whether a search found what the model expects. With other values of its parameters than
/// the `default`s the bug may also be absent.
pub fn as_expected(compiled: &Compiled, searched: &Searched, default: bool) -> bool {
    let exhausted = searched.outcome.stats.exhaustive;
    let tolerable = || expect::tolerable(&compiled.program.expects, &searched.found, exhausted);
    searched.judgement.as_expected || (!default && tolerable())
}

/// What an engine says, to be compared.
pub fn statement(engine: Engine, searched: &Searched) -> Statement {
    Statement {
        engine: engine.name(),
        exhaustive: searched.outcome.stats.exhaustive,
        complete: engine == Engine::BuiltIn,
        found: searched.found.clone(),
    }
}

fn internal(error: &InternalError) -> Failure {
    Failure::Internal(error.to_string())
}
