//! One fix: does it hold, is every part needed, what does it lose, do the checks bite?

use std::collections::BTreeMap;

use super::outcome::{Compared, Deed, Fixed, Mutant, Need, Part};
use super::sweep::{Checked, Plan, failing, standing};
use crate::cli::failure::Failure;
use crate::cli::model::{Compiled, Model};
use crate::cli::sweep::{with, words as values_words};
use crate::cli::watch::Watcher;
use crate::engine::behaviour::{self, Behaviour, Unknown};
use crate::expect::{self, Found};
use crate::machine::Machine;
use crate::property::Kind;
use crate::source::Source;
use crate::trace;
use crate::verify::edit::Edit;
use crate::verify::losses::{self, Loss, Program, What};
use crate::verify::parts::{self, Change};
use crate::verify::{self, mutants};

/// What a program does is not compared where one of the two has more states than this, statement by statement.
const MOST_STATES: usize = 150_000;
/// A damaged model, or one without a part of its fix, may go round for ever with ever more values: it gets so many times the
/// states of the others, but no fewer than [`FEWEST_STATES`].
const MORE_STATES: u64 = 10;
const FEWEST_STATES: u64 = 20_000;
/// More damages are not tried.
const MOST_MUTANTS: usize = 60;
/// Steps of a run that are shown.
const MOST_STEPS: usize = 200;

/// Verifies the fix `name`, where `unfixed` is what the model without it has come to.
pub fn fixed(plan: &Plan, model: &Model, name: &str, unfixed: &[Checked]) -> Result<Fixed, Failure> {
    let all = plan.sweep(model, Some(name))?;
    let (standing, wrong) = standing(&all);
    let (failing, smallest, rule) = failing(&all);
    let to_hold = all.first().is_some_and(|it| it.to_hold);
    let declared = verify::fix(model.file(), name);
    let mut fixed = Fixed {
        name: name.to_owned(),
        title: declared
            .and_then(|fix| fix.title.as_ref())
            .map(|title| title.value.clone())
            .unwrap_or_default(),
        standing,
        to_hold,
        expects: all.first().map(|it| it.wanted.clone()).unwrap_or_default(),
        checks: all.len(),
        states: all.iter().map(|it| it.states).sum(),
        failing,
        smallest,
        rule,
        wrong,
        new_bugs: new_bugs(unfixed, &all),
        ..Fixed::default()
    };
    if plan.quick || standing != super::outcome::Standing::AsExpected {
        return Ok(fixed);
    }
    compare(plan, model, name, [unfixed, &all], &mut fixed)?;
    if to_hold && let Some(declared) = declared {
        let states = all.iter().chain(unfixed).map(|it| it.states).max().unwrap_or(0);
        let most = states.saturating_mul(MORE_STATES).max(FEWEST_STATES);
        fixed.parts = needs(plan, model, name, most, &parts::parts(&model.source, model.file(), declared))?;
        damages(plan, model, name, most, unfixed, &mut fixed)?;
    }
    Ok(fixed)
}

/// Bugs of a kind, or with a set of stuck goroutines, that the original does not have.
fn new_bugs(unfixed: &[Checked], fixed: &[Checked]) -> Vec<String> {
    let key = |found: &Found| (found.kind, expect::described(found));
    let known: Vec<_> = unfixed.iter().flat_map(|it| &it.found).map(key).collect();
    let mut new: Vec<String> = fixed
        .iter()
        .flat_map(|it| it.found.iter().map(move |found| (it, found)))
        .filter(|(_, found)| !known.contains(&key(found)))
        .map(|(it, found)| format!("{}{}", expect::described(found), with(&values_words(&it.values))))
        .collect();
    new.sort();
    new.dedup();
    new
}

/// Takes each part back alone.
fn needs(
    plan: &Plan,
    model: &Model,
    fix: &str,
    most: u64,
    parts: &[parts::Part],
) -> Result<Vec<Part>, Failure> {
    let verdicts = plan.parallel(&format!("fix {fix}: parts"), parts, |part| {
        match variant(plan, model, fix, most, &part.revert)? {
            None => Ok((Need::Tied, None)),
            Some(checks) => Ok(need(&checks)),
        }
    })?;
    let described = parts.iter().zip(verdicts);
    Ok(described
        .map(|(part, (need, without))| {
            let change = match &part.change {
                Change::Adds(text) => format!("+ {text}"),
                Change::Removes(text) => format!("- {text}"),
                Change::Replaces { old, new } => format!("{old} → {new}"),
            };
            Part { line: model.source.line(part.span), within: part.within.clone(), change, need, without }
        })
        .collect())
}

/// What the model with `edits` of its text comes to, up to the first bug; `None` where it does not compile.
fn variant(
    plan: &Plan,
    model: &Model,
    fix: &str,
    most: u64,
    edits: &[Edit],
) -> Result<Option<Vec<Checked>>, Failure> {
    let Some(variant) = model.edited(edits) else { return Ok(None) };
    match plan.until_bug(&variant, Some(fix), most) {
        Err(Failure::Model { .. }) => Ok(None),
        other => other.map(Some),
    }
}

/// Whether what the checks of the rest say makes a part needed.
fn need(all: &[Checked]) -> (Need, Option<String>) {
    let bad = all.iter().find(|it| !it.found.is_empty());
    match bad {
        Some(it) => {
            let values = with(&values_words(&it.values));
            let first = it.found.first().map(expect::described).unwrap_or_default();
            (Need::Needed, Some(format!("{first}{values}")))
        }
        None if all.iter().all(|it| it.exhaustive) => (Need::NotNeeded, None),
        None => (Need::Unknown, None),
    }
}

/// Compares what the program does with and without the fix, with the default parameters. `checks`: without and with it.
fn compare(
    plan: &Plan,
    model: &Model,
    fix: &str,
    checks: [&[Checked]; 2],
    fixed: &mut Fixed,
) -> Result<(), Failure> {
    let values = model.values(&[])?;
    let old = model.compile(&values, None, plan.unwind)?;
    let new = model.compile(&values, Some(fix), plan.unwind)?;
    let both = plan.parallel(&format!("fix {fix}: behaviour"), &[&old, &new], |compiled| {
        explore(plan, &compiled.machine)
    })?;
    let mut lost = Vec::new();
    match both.as_slice() {
        [Ok(before), Ok(after)] if before.ends || before.goes_on => {
            let before = program(model, &old, before, None);
            let after = program(model, &new, after, Some(fix));
            fixed.compared = Compared::Runs;
            lost = losses::losses(&before, &after);
            fixed.gained = deeds(plan, model, &new, &losses::losses(&after, &before))?;
        }
        // Without the fix no run goes well.
        [Ok(_), Ok(_)] => {}
        [Err(unknown), _] => fixed.not_compared = Some(format!("without the fix: {unknown}")),
        [_, Err(unknown)] => fixed.not_compared = Some(format!("with the fix: {unknown}")),
        _ => fixed.not_compared = Some("interrupted".to_owned()),
    }
    // With a fix that leaves a bug, fewer runs come far.
    if fixed.to_hold {
        let reached = |compiled: &Compiled, checks: &[Checked]| {
            let it = checks.iter().find(|it| it.values == values && it.exhaustive)?;
            Some(losses::reached(&compiled.machine, &model.source, &it.unreached))
        };
        match (reached(&old, checks[0]), reached(&new, checks[1])) {
            (Some(before), Some(after)) => {
                let functions = functions(model, Some(fix));
                if fixed.compared == Compared::Nothing {
                    fixed.compared = Compared::Reached;
                }
                lost.extend(losses::no_longer_reached(&before, &after, &functions, &lost));
            }
            _ => fixed.not_compared = Some("a check came to no end".to_owned()),
        }
    }
    fixed.lost = deeds(plan, model, &old, &lost)?;
    let declared = verify::fix(model.file(), fix);
    for explanation in declared.into_iter().flat_map(losses::explanations) {
        let mut found = false;
        for (deed, _) in fixed.lost.iter_mut().zip(&lost).filter(|(_, loss)| explanation.is_of(loss)) {
            deed.explained = Some(explanation.why.to_owned());
            found = true;
        }
        if !found && fixed.not_compared.is_none() {
            fixed.not_lost.push(explanation.name.to_owned());
        }
    }
    Ok(())
}

fn explore(plan: &Plan, machine: &Machine) -> Result<Result<Behaviour, Unknown>, Failure> {
    let watcher = Watcher::silent(plan.timeout);
    let variables = behaviour::named(machine);
    behaviour::behaviour(machine, &plan.options.limits, variables, MOST_STATES, &watcher)
        .map_err(|error| Failure::Internal(error.to_string()))
}

fn program<'a>(
    model: &'a Model,
    compiled: &'a Compiled,
    behaviour: &'a Behaviour,
    fix: Option<&str>,
) -> Program<'a> {
    let functions = functions(model, fix);
    Program { machine: &compiled.machine, source: &model.source, behaviour, functions }
}

/// The text of each declared function.
fn functions(model: &Model, fix: Option<&str>) -> BTreeMap<String, String> {
    let fix = fix.and_then(|name| verify::fix(model.file(), name));
    mutants::texts(&model.source, model.file(), fix)
}

fn deeds(plan: &Plan, model: &Model, compiled: &Compiled, losses: &[Loss]) -> Result<Vec<Deed>, Failure> {
    losses
        .iter()
        .map(|loss| {
            let (of, what, line) = match &loss.what {
                What::End => ("main", "a run comes to its end".to_owned(), None),
                What::Function { name, line } => (name.as_str(), format!("{name} runs"), Some(*line)),
                What::Statement { within, text, line } => {
                    (within.as_str(), format!("{text} (in {within})"), Some(*line))
                }
                What::Final(text) => {
                    let name = text.split(" = ").next().unwrap_or_default();
                    (name, format!("ends with {text}"), None)
                }
            };
            let run = lines(plan, &compiled.machine, &model.source, loss)?;
            let (of, with) = (of.to_owned(), loss.with.clone());
            Ok(Deed { what, of, line, with, explained: None, steps: loss.after, run })
        })
        .collect()
}

/// The run of a loss, replayed, up to where it has happened.
fn lines(plan: &Plan, machine: &Machine, source: &Source, loss: &Loss) -> Result<Vec<String>, Failure> {
    let path = &loss.run[..loss.after.min(MOST_STEPS)];
    let trace = trace::replay(machine, source, path, &plan.options.limits)
        .map_err(|error| Failure::Internal(error.to_string()))?;
    let told = trace.parts().map(|(_, part)| {
        let who = &trace.goroutine(part.goroutine).label;
        format!("{who}: {}: {}", part.site.line, part.site.text)
    });
    let mut lines: Vec<String> = told.collect();
    lines.dedup();
    Ok(lines)
}

/// Damages the fixed model and looks whether anything notices.
fn damages(
    plan: &Plan,
    model: &Model,
    fix: &str,
    most: u64,
    unfixed: &[Checked],
    fixed: &mut Fixed,
) -> Result<(), Failure> {
    let declared = verify::fix(model.file(), fix);
    let mut all = mutants::mutants(&model.source, model.file(), declared);
    all.truncate(MOST_MUTANTS);
    // Broken by somebody: kind and number of the property.
    let mut broken: Vec<(Kind, Option<usize>)> = Vec::new();
    let mut note = |checks: &[Checked]| {
        for it in checks {
            broken.extend(it.found.iter().map(|found| found.kind).zip(it.properties.iter().copied()));
        }
    };
    note(unfixed);
    let results = plan.parallel(&format!("fix {fix}: damages"), &all, |mutant| {
        variant(plan, model, fix, most, &mutant.edits)
    })?;
    for (mutant, checks) in all.iter().zip(&results) {
        // What does not compile is no mutant.
        let Some(checks) = checks else { continue };
        note(checks);
        let (need, caught) = need(checks);
        if need != Need::Unknown {
            fixed.mutants.push(Mutant {
                line: model.source.line(mutant.span),
                kind: mutant.kind.name(),
                what: mutant.what.clone(),
                question: caught.is_none().then(|| mutant.kind.question()),
                caught,
            });
        }
    }
    if fixed.mutants.is_empty() {
        return Ok(());
    }
    let compiled = model.compile(&model.values(&[])?, Some(fix), plan.unwind)?;
    let properties = &compiled.machine.properties;
    let of = |kind: Kind, texts: Vec<&String>| -> Vec<String> {
        let unbroken = |at: &usize| !broken.contains(&(kind, Some(*at)));
        (0..texts.len()).filter(unbroken).map(|at| texts[at].clone()).collect()
    };
    fixed.vacuous = [
        of(Kind::Always, properties.always.iter().map(|it| &it.text).collect()),
        of(Kind::Eventually, properties.eventually.iter().map(|it| &it.text).collect()),
        of(Kind::LeadsTo, properties.leads_to.iter().map(|it| &it.text).collect()),
    ]
    .concat();
    Ok(())
}
