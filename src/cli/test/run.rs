//! Tests one model: compile, search, compare, for every combination and every fix.

use std::path::Path;
use std::time::{Duration, Instant};

use super::find;
use super::outcome::{Case, Failure, Figures, Model as Tested, Opinion};
use super::pattern::Pattern;
use crate::cli::args::LimitArgs;
use crate::cli::engines::{Engine, EngineArgs};
use crate::cli::failure::Failure as Broken;
use crate::cli::interrupt::interrupted;
use crate::cli::model::{Compiled, Model};
use crate::cli::search::{self, Searched, as_expected};
use crate::cli::sweep::{self, Values};
use crate::cli::watch::Watcher;
use crate::engine;
use crate::expect::{self, agreement};
use crate::property::Kind;
use crate::report::Style;

/// What is the same for all models.
#[derive(Debug)]
pub struct Plan {
    pattern: Option<Pattern>,
    options: engine::Options,
    unwind: u32,
    timeout: Duration,
    engine: EngineArgs,
    /// Engines that check as well.
    others: Vec<Engine>,
}

impl Plan {
    /// `workers` share the memory.
    pub fn new(pattern: Option<Pattern>, limits: &LimitArgs, timeout: Duration, workers: usize) -> Self {
        let options = search::shared_options(limits, false, workers);
        let timeout = limits.timeout.unwrap_or(timeout);
        let (engine, others) = (EngineArgs::default(), Vec::new());
        Self { pattern, options, unwind: limits.unwind, timeout, engine, others }
    }

    /// With `others` that check as well.
    #[must_use]
    pub fn beside(self, engine: &EngineArgs, others: Vec<Engine>) -> Self {
        Self { engine: engine.clone(), others, ..self }
    }

    /// Tests the model at `path`; `None` where the pattern chooses nothing of it.
    pub fn test(&self, path: &Path) -> Option<Tested> {
        let start = Instant::now();
        let mut tested = Tested {
            name: find::name(path),
            path: path.to_owned(),
            cases: Vec::new(),
            broken: None,
            time: Duration::ZERO,
        };
        if let Err(broken) = self.fill(path, &mut tested) {
            tested.broken = Some(broken.text(&Style::default()));
        } else if tested.cases.is_empty() {
            return None;
        }
        tested.time = start.elapsed();
        Some(tested)
    }

    fn fill(&self, path: &Path, tested: &mut Tested) -> Result<(), Broken> {
        let chosen = |name: &str| self.pattern.as_ref().is_none_or(|pattern| pattern.matches(name));
        let model = match Model::load(path) {
            // A bad model that was not asked for is nobody's failure.
            Err(_) if !chosen(&tested.name) => return Ok(()),
            loaded => loaded?,
        };
        let mut watcher = Watcher::silent(Some(self.timeout));
        let fixes = model.fixes().iter().map(|fix| Some(fix.as_str()));
        for fix in std::iter::once(None).chain(fixes) {
            let name = fix.map_or_else(|| tested.name.clone(), |fix| format!("{}/{fix}", tested.name));
            if chosen(&name) && !interrupted() {
                tested.cases.push(self.case(&model, fix, &mut watcher)?);
            }
        }
        Ok(())
    }

    /// The model, or one fix, for all combinations.
    fn case(&self, model: &Model, fix: Option<&str>, watcher: &mut Watcher) -> Result<Case, Broken> {
        let start = Instant::now();
        let defaults = model.values(&[])?;
        let mut case = Case {
            fix: fix.map(str::to_owned),
            wanted: String::new(),
            runs: 0,
            states: 0,
            failures: Vec::new(),
            time: Duration::ZERO,
            default: Figures::default(),
            opinions: Vec::new(),
        };
        for values in model.sweep(&[])? {
            if interrupted() {
                break;
            }
            let compiled = model.compile(&values, fix, self.unwind)?;
            let searched = search::search(&model.source, &compiled, &self.options, watcher)?;
            case.runs += 1;
            case.states += searched.outcome.stats.states;
            if case.wanted.is_empty() {
                case.wanted = wanted(&compiled);
            }
            if values == defaults {
                case.default = figures(&compiled, &searched);
            }
            if !as_expected(&compiled, &searched, values == defaults) {
                case.failures.push(failure(model, &compiled, &searched, &values));
            }
            let others_began = Instant::now();
            self.opinions(model, &compiled, &values, &searched, &mut case)?;
            watcher.grant(others_began.elapsed());
        }
        case.time = start.elapsed();
        Ok(case)
    }

    /// What the other engines say of what the built-in checker has `searched`.
    fn opinions(
        &self,
        model: &Model,
        compiled: &Compiled,
        values: &Values,
        searched: &Searched,
        case: &mut Case,
    ) -> Result<(), Broken> {
        let first = search::statement(Engine::BuiltIn, searched);
        for &engine in &self.others {
            // Its time is its own: what it needs must not make the built-in checker late.
            let mut watcher = Watcher::silent(Some(self.timeout));
            let outcome =
                self.engine.check(engine, &compiled.machine, &model.source, &self.options, &mut watcher)?;
            let theirs = search::judged(&model.source, compiled, outcome, &self.options)?;
            let statements = [first.clone(), search::statement(engine, &theirs)];
            let opinion = Opinion::among(&mut case.opinions, engine.name());
            let contradictions = agreement::contradictions(&statements);
            if !contradictions.is_empty() {
                let told = failure(model, compiled, searched, values);
                case.failures.push(Failure { found: contradictions, ..told });
            } else if statements[1].exhaustive || statements[0].kinds() == statements[1].kinds() {
                opinion.agrees += 1;
            } else {
                *opinion.open.entry(open(&theirs.outcome.stats)).or_default() += 1;
            }
        }
        Ok(())
    }
}

/// Why an engine has not decided.
fn open(stats: &engine::Stats) -> String {
    let bounds = stats.bounds.iter().map(|&bound| bound.to_owned());
    let stopped = stats.stopped.and_then(engine::StopReason::flag).map(str::to_owned);
    let reasons: Vec<String> = bounds.chain(stopped).chain(stats.open.iter().cloned()).collect();
    if reasons.is_empty() { "interrupted".to_owned() } else { reasons.join("; ") }
}

fn figures(compiled: &Compiled, searched: &Searched) -> Figures {
    let Searched { outcome, judgement, .. } = searched;
    let shown = outcome.findings.get(judgement.violation.unwrap_or_default());
    let meta = &compiled.program.meta;
    let text = |key: &&str| meta.iter().find(|(name, _)| name == key).map(|(_, text)| text.as_str());
    Figures {
        class: ["type", "subtype", "cause"].iter().filter_map(text).collect::<Vec<_>>().join(", "),
        verdict: match shown {
            Some(finding) => finding.kind.name(),
            None if outcome.stats.exhaustive => "holds",
            None => "inconclusive",
        },
        goroutines: outcome.stats.slots,
        states: outcome.stats.states,
        steps: shown.filter(|it| it.kind != Kind::Cover).map(|it| it.path.len()),
    }
}

/// All that a variant expects, on one line.
pub fn wanted(compiled: &Compiled) -> String {
    match compiled.program.expects.as_slice() {
        [] => "ok".to_owned(),
        expects => expects.iter().map(expect::wanted).collect::<Vec<_>>().join(" and "),
    }
}

fn failure(model: &Model, compiled: &Compiled, searched: &Searched, values: &Values) -> Failure {
    let expects = &compiled.program.expects;
    let unmet = searched.judgement.missing.first().and_then(|&at| expects.get(at)).or(expects.first());
    Failure {
        line: unmet.map_or(1, |expect| model.source.line(expect.span)),
        params: sweep::words(values),
        wanted: wanted(compiled),
        found: found(compiled, searched),
    }
}

/// What was found, or why nothing was.
pub fn found(compiled: &Compiled, searched: &Searched) -> Vec<String> {
    let stats = &searched.outcome.stats;
    let properties = &compiled.machine.properties;
    let mut lines: Vec<String> = searched
        .outcome
        .findings
        .iter()
        .zip(&searched.found)
        .map(|(finding, found)| match (finding.kind, finding.property) {
            (Kind::Cover, Some(at)) => {
                let name = properties.covers.get(at).map_or("", |cover| cover.text.as_str());
                format!("cover {name}: never reached")
            }
            (Kind::Eventually, Some(at)) => {
                let text = properties.eventually.get(at).map_or("", |it| it.text.as_str());
                format!("{text}: broken by a run of {} steps", finding.path.len())
            }
            (Kind::LeadsTo, Some(at)) => {
                let text = properties.leads_to.get(at).map_or("", |it| it.text.as_str());
                format!("{text}: broken by a run of {} steps", finding.path.len())
            }
            _ => format!("{} after {} steps", expect::described(found), finding.path.len()),
        })
        .collect();
    if let Some(reason) = stats.stopped.and_then(engine::StopReason::flag) {
        lines.push(format!("inconclusive: stopped by {reason}"));
    } else if !stats.exhaustive {
        let bounds = if stats.bounds.is_empty() { "interrupted".to_owned() } else { stats.bounds.join(", ") };
        lines.push(format!("inconclusive: {bounds}"));
    } else if lines.is_empty() {
        lines.push("ok".to_owned());
    }
    lines
}
