//! `goknot report`: a model and what was found in it, for a pull request, a browser, an editor, a CI system.

use std::path::{Component, Path, PathBuf};

use super::args::{LimitArgs, ModelArgs, one_of};
use super::engines::{Choice, Engine, EngineArgs};
use super::exit::Exit;
use super::failure::Failure;
use super::interrupt::interrupted;
use super::model::{Compiled, Model};
use super::output::Output;
use super::problem::CliProblem;
use super::search::{self, as_expected};
use super::session::Session;
use super::sweep::Values;
use super::watch::Watcher;
use crate::diag::Problems;
use crate::engine;
use crate::expect;
use crate::machine::Machine;
use crate::report::dossier::{self, Dossier, Fixed, Format, Good};
use crate::report::{self as reports, Run, Subject, Verdict};
use crate::source::Source;
use crate::tool::process::word;
use crate::trace::{self, Trace, film::film, follow::follow, values};
use crate::verify::{self, diff, patch::patched};

/// Write a report: the bug, why nobody wakes them, the fixes
///
/// The ending of the file decides on the format; without a file, the report is for the terminal. The same model gives the
/// same bytes. The exit status is that of `check`.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(flatten)]
    model: ModelArgs,

    /// The format, where the ending of the file does not tell
    #[arg(long, value_name = "FORMAT", value_parser = one_of(dossier::FORMATS.iter().map(|it| (it.name, help(it)))))]
    format: Option<String>,

    /// Write the report to a file
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    #[command(flatten)]
    engine: EngineArgs,

    #[command(flatten)]
    limits: LimitArgs,
}

/// What a format is, and the files that it is for.
fn help(format: &Format) -> String {
    match format.endings {
        [] => format.about.to_owned(),
        endings => format!("{} (.{})", format.about, endings.join(", .")),
    }
}

/// Checks, and writes the report.
pub fn run(args: &Args, session: &Session) -> Result<Exit, Failure> {
    let format = chosen(args)?;
    if args.engine.engine == Choice::All {
        return Err(Failure::Usage(
            "a report is that of one engine; `goknot check --engine all` compares".into(),
        ));
    }
    let output = Output::open(args.output.as_deref()).map_err(Failure::Output)?;
    let style = session.style(&output);
    let dossier = dossier(args, session)?;
    output.write(&(format.render)(&dossier, &style)).map_err(Failure::Output)?;
    Ok(match dossier.run.verdict {
        _ if interrupted() => Exit::Interrupted,
        Verdict::Holds => Exit::Success,
        Verdict::Bug => Exit::Failure,
        Verdict::Inconclusive => Exit::Inconclusive,
    })
}

/// By `--format`, else by the ending of the file; for a terminal where there is neither.
fn chosen(args: &Args) -> Result<&'static Format, Failure> {
    let terminal =
        || dossier::format("terminal").ok_or_else(|| Failure::Internal("no format terminal".into()));
    if let Some(name) = &args.format {
        return dossier::format(name).ok_or_else(|| Failure::Internal(format!("no format {name}")));
    }
    let Some(path) = args.output.as_deref().filter(|path| *path != Path::new("-")) else { return terminal() };
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    dossier::format_of(&name).ok_or_else(|| {
        let known: Vec<String> = dossier::FORMATS
            .iter()
            .flat_map(|format| format.endings.iter().map(|ending| format!(".{ending}")))
            .collect();
        let mut problems = Problems::default();
        problems.push(&CliProblem::UnknownEnding { known: known.join(", ") });
        let source = Source::new(path.display().to_string(), "");
        Failure::Model { source, diagnostics: problems.sorted() }
    })
}

/// What a report calls the model: the path as given, but nothing that another machine does not have.
fn name(path: &Path) -> String {
    if path.is_absolute() {
        let here = std::env::current_dir().unwrap_or_default();
        let below = path.strip_prefix(here).ok().or_else(|| path.file_name().map(Path::new));
        return slashes(below.unwrap_or(path));
    }
    slashes(path)
}

fn slashes(path: &Path) -> String {
    let parts = path.components().filter(|part| *part != Component::CurDir);
    parts.map(|part| part.as_os_str().to_string_lossy().into_owned()).collect::<Vec<_>>().join("/")
}

fn dossier(args: &Args, session: &Session) -> Result<Dossier, Failure> {
    let file = &args.model.file;
    let model = Model::load(file)?.called(&name(file));
    let asked = args.model.fix.as_deref();
    if let Some(fix) = asked {
        model.has_fix(fix)?;
    }
    let values = model.values(&args.model.params)?;
    let defaults = model.values(&[])?;
    let engines = args.engine.engines(session);
    let engine = engines.first().copied().unwrap_or(Engine::BuiltIn);
    let watcher = Watcher::new(session, args.limits.timeout);
    let options = search::options(&args.limits, false);
    let mut desk =
        Desk { args, model: &model, values: &values, defaults: &defaults, engine, options, watcher };
    let (run, compiled) = desk.check(asked)?;
    session.warn(&model.source, &compiled.warnings);
    let trace = run.shown().and_then(|finding| finding.trace.as_ref());
    let bug = trace.map(|trace| (&compiled.machine, trace));
    let held = trace.map(|trace| values::of(&compiled.machine, trace)).unwrap_or_default();
    let film = trace.map(|trace| film(&compiled.machine, &model.source, trace)).transpose();
    let film = film.map_err(|error| Failure::Internal(error.to_string()))?;
    let mut fixes = Vec::new();
    if asked.is_none() {
        for fix in model.fixes() {
            if !interrupted() {
                fixes.push(desk.fixed(fix, bug)?);
            }
        }
    }
    Ok(Dossier {
        command: desk.command(asked),
        film,
        values: held,
        title: compiled.program.title.clone().unwrap_or_default(),
        meta: compiled.program.meta.clone(),
        fixes,
        run,
    })
}

/// What the checks of a report share.
struct Desk<'a> {
    args: &'a Args,
    model: &'a Model,
    values: &'a Values,
    defaults: &'a Values,
    engine: Engine,
    options: engine::Options,
    watcher: Watcher,
}

impl Desk<'_> {
    fn check(&mut self, fix: Option<&str>) -> Result<(Run, Compiled), Failure> {
        let compiled = self.model.compile(self.values, fix, self.args.limits.unwind)?;
        self.watcher.next(fix.unwrap_or_default().to_owned());
        let source = &self.model.source;
        let engine = &self.args.engine;
        let outcome =
            engine.check(self.engine, &compiled.machine, source, &self.options, &mut self.watcher)?;
        let searched = search::judged(source, &compiled, outcome, &self.options)?;
        let subject = Subject {
            machine: &compiled.machine,
            source,
            fix,
            engine: self.engine.name(),
            limits: &self.options.limits,
            seconds: 0.0,
        };
        let assembled = reports::assemble(&subject, &searched.outcome);
        let mut run = assembled.map_err(|error| Failure::Internal(error.to_string()))?;
        run.stats.seconds = None;
        run.violation = searched.judgement.violation.unwrap_or_default();
        run.as_expected = Some(as_expected(&compiled, &searched, self.values == self.defaults));
        Ok((run, compiled))
    }

    fn fixed(&mut self, name: &str, bug: Option<(&Machine, &Trace)>) -> Result<Fixed, Failure> {
        let (run, compiled) = self.check(Some(name))?;
        let source = &self.model.source;
        let fix = verify::fix(self.model.file(), name);
        let title = fix.and_then(|fix| fix.title.as_ref()).map(|title| title.value.clone());
        let diff = fix.map(|fix| {
            let new = patched(source, self.model.file(), fix);
            let names = (format!("a/{}", source.name()), format!("b/{}", source.name()));
            diff::unified((&names.0, source.text()), (&names.1, &new), 3)
        });
        let diff = diff.unwrap_or_default();
        let good = match bug.filter(|_| run.verdict == Verdict::Holds) {
            Some(bug) => Some(self.good(&compiled, bug)?),
            None => None,
        };
        let wants: Vec<String> = compiled.program.expects.iter().map(expect::wanted).collect();
        let wanted = if wants.is_empty() { "ok".to_owned() } else { wants.join(", ") };
        Ok(Fixed { name: name.to_owned(), title: title.unwrap_or_default(), diff, run, wanted, good })
    }

    /// The schedule of `bug` with the fix.
    fn good(&self, compiled: &Compiled, bug: (&Machine, &Trace)) -> Result<Good, Failure> {
        let Compiled { machine, .. } = compiled;
        let source = &self.model.source;
        let limits = &self.options.limits;
        let internal = |error: trace::ReplayError| Failure::Internal(error.to_string());
        let followed = follow(machine, source, bug, limits).map_err(internal)?;
        let trace = trace::replay(machine, source, &followed.path, limits).map_err(internal)?;
        let film = film(machine, source, &trace).map_err(internal)?;
        let (pairs, together, ends) = (followed.pairs, followed.together, followed.ends_well);
        Ok(Good { trace, film, pairs, together, ends })
    }

    /// The command line that finds the same, whatever it takes.
    fn command(&self, fix: Option<&str>) -> String {
        let mut words = vec!["goknot check".to_owned()];
        if self.engine != Engine::BuiltIn {
            words.push(format!("--engine {}", self.engine.name().to_lowercase()));
        }
        words.extend(fix.map(|fix| format!("--fix {fix}")));
        let set = self.values.iter().filter(|value| !self.defaults.contains(value));
        words.extend(set.map(|(name, value)| format!("-p {name}={value}")));
        words.push(word(self.model.source.name()));
        words.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::{Path, name};

    #[test]
    fn models_have_names_that_other_machines_know() {
        assert_eq!(name(Path::new("./models/a.knot")), "models/a.knot");
        assert_eq!(name(Path::new("/nowhere/at/all/a.knot")), "a.knot");
        let here = std::env::current_dir().expect("a folder");
        assert_eq!(name(&here.join("models/a.knot")), "models/a.knot");
        assert_eq!(name(Path::new("-")), "-");
    }
}
