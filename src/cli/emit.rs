//! `goknot emit`: a model in another form.

use std::path::PathBuf;

use super::args::ModelArgs;
use super::exit::Exit;
use super::failure::Failure;
use super::model::Model;
use super::output::Output;
use super::session::Session;
use crate::machine::print::print;

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

    /// Write it to a file
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(clap::ValueEnum, Clone, Copy, Debug)]
enum Form {
    /// The state machine that is checked: one automaton for each kind of goroutine.
    Machine,
}

/// Prints it.
pub fn run(args: &Args, session: &Session) -> Result<Exit, Failure> {
    let output = Output::open(args.output.as_deref()).map_err(Failure::Output)?;
    let model = Model::load(&args.model.file)?;
    if let Some(fix) = &args.model.fix {
        model.has_fix(fix)?;
    }
    let values = model.values(&args.model.params)?;
    let compiled = model.compile(&values, args.model.fix.as_deref(), args.unwind)?;
    session.warn(&model.source, &compiled.warnings);
    let text = match args.form {
        Form::Machine => print(&compiled.machine, &model.source),
    };
    output.write(&text).map_err(Failure::Output)?;
    Ok(Exit::Success)
}
