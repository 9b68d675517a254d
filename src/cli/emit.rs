//! `goknot emit`: a model in another form.

use std::fs;
use std::path::PathBuf;

use super::args::ModelArgs;
use super::exit::Exit;
use super::failure::Failure;
use super::lockstep;
use super::model::Model;
use super::output::Output;
use super::session::Session;
use crate::backend::{go, promela, tla};
use crate::machine::print::print;
use crate::machine::step::Limits;

/// Print a model in another form
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Which form
    #[arg(value_enum)]
    form: Form,

    #[command(flatten)]
    model: ModelArgs,

    /// Depth to which recursion is unrolled
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..))]
    unwind: u32,

    /// Go: pause at random before operations, for more schedules
    #[arg(long)]
    yields: bool,

    /// Go: print who waits where, and the package variables, when nobody can go on
    #[arg(long)]
    observe: bool,

    /// Promela: one process that makes exactly the steps that `check --lockstep` counts, for counting with SPIN
    #[arg(long)]
    lockstep: bool,

    /// TLA+: a configuration for TLC's distributed mode
    #[arg(long)]
    distributed: bool,

    /// Write it to a file; of TLA+ the module and its configuration into a folder
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(clap::ValueEnum, Clone, Copy, Debug)]
enum Form {
    /// The state machine that is checked: one automaton for each kind of goroutine.
    Machine,
    /// A module of TLA+ for TLC; with -o into a folder, beside its configuration.
    Tla,
    /// An ordinary Go program, whose dumps and race reports name the lines of the model.
    Go,
    /// Promela, for SPIN: one process type for each kind of goroutine.
    Promela,
}

/// Prints it.
pub fn run(args: &Args, session: &Session) -> Result<Exit, Failure> {
    // TLA+ goes into a folder.
    let file = args.output.as_deref().filter(|_| !matches!(args.form, Form::Tla));
    let output = Output::open(file).map_err(Failure::Output)?;
    let model = Model::load(&args.model.file)?;
    if let Some(fix) = &args.model.fix {
        model.has_fix(fix)?;
    }
    let values = model.values(&args.model.params)?;
    let compiled = model.compile(&values, args.model.fix.as_deref(), args.unwind)?;
    session.warn(&model.source, &compiled.warnings);
    let text = match args.form {
        Form::Promela if args.lockstep => lockstep::promela(&compiled.machine, session)?,
        _ if args.lockstep => {
            return Err(Failure::Usage(
                "--lockstep is a form of Promela: goknot emit promela --lockstep".into(),
            ));
        }
        Form::Machine => print(&compiled.machine, &model.source),
        Form::Tla => {
            let module = tla::emit(&compiled.machine, Some(&model.source)).map_err(|tla::TooLarge| {
                Failure::Usage("this model has a number that needs more than the 32 bits that TLC has".into())
            })?;
            let Some(folder) = &args.output else {
                output.write(&module.text).map_err(Failure::Output)?;
                return Ok(Exit::Success);
            };
            fs::create_dir_all(folder)
                .map_err(|error| Failure::Output(format!("cannot make {}: {error}", folder.display())))?;
            let ask = tla::Ask::everything(&compiled.machine.properties);
            let config = module.config(&ask, &Limits::default(), args.distributed);
            for (ending, text) in [("tla", &module.text), ("cfg", &config)] {
                let path = folder.join(&module.name).with_extension(ending);
                Output::open(Some(&path)).and_then(|file| file.write(text)).map_err(Failure::Output)?;
            }
            return Ok(Exit::Success);
        }
        Form::Promela => promela::emit(&compiled.machine, &model.source)
            .map_err(|unsupported| Failure::Usage(format!("no Promela for this model: {unsupported}")))?,
        Form::Go => {
            let options = go::Options { yields: args.yields, observe: args.observe };
            go::emit(&model.typed(&compiled, args.model.fix.as_deref()), options)
        }
    };
    output.write(&text).map_err(Failure::Output)?;
    Ok(Exit::Success)
}
