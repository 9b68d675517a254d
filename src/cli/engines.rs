//! Which engine decides: the built-in checker, SPIN, TLC.
//!
//! In: `--engine` and what goes with it. Out: an engine's outcome, as the built-in checker's. The engines outside are found
//! when they are asked for; what they leave on disk is gone with them unless `--keep` wants it.

use std::path::PathBuf;

use super::failure::Failure;
use super::memory;
use super::session::Session;
use super::watch::Watcher;
use crate::engine::{self, Outcome, external};
use crate::machine::Machine;
use crate::source::Source;
use crate::tool::{self, find, spin, tlc};

/// Who decides.
#[derive(clap::Args, Clone, Default, Debug)]
pub struct EngineArgs {
    /// Who explores the model
    #[arg(long, value_enum, value_name = "ENGINE", default_value_t, help_heading = "Engines")]
    pub engine: Choice,

    /// Keep what SPIN and TLC work on, below this folder
    #[arg(long, value_name = "DIR", help_heading = "Engines")]
    pub keep: Option<PathBuf>,

    /// More arguments for spin, in one word: --spin-args='-o1 -o2'
    #[arg(
        long,
        value_name = "ARGS",
        allow_hyphen_values = true,
        default_value = "",
        help_heading = "Engines"
    )]
    pub spin_args: String,

    /// More arguments for the C compiler that compiles what SPIN makes
    #[arg(
        long,
        value_name = "ARGS",
        allow_hyphen_values = true,
        default_value = "",
        help_heading = "Engines"
    )]
    pub cc_args: String,

    /// Where TLC is: tla2tools.jar
    #[arg(long, value_name = "FILE", help_heading = "Engines")]
    pub tla_jar: Option<PathBuf>,
}

/// `--engine`.
#[derive(clap::ValueEnum, Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Choice {
    /// goknot's own checker
    #[default]
    BuiltIn,
    /// SPIN, through Promela
    Spin,
    /// TLC, through TLA+
    Tlc,
    /// SPIN where it is installed, else the built-in checker
    Auto,
    /// Every engine that is installed; whether they agree
    All,
}

/// One engine.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Engine {
    BuiltIn,
    Spin,
    Tlc,
}

impl Engine {
    /// As reports call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::BuiltIn => "built-in",
            Self::Spin => "SPIN",
            Self::Tlc => "TLC",
        }
    }
}

impl EngineArgs {
    /// Whether engines are to be compared.
    pub fn compares(&self) -> bool {
        self.engine == Choice::All
    }

    /// Those that are to decide, in order. What is missing of `all` is told to the session.
    pub fn engines(&self, session: &Session) -> Vec<Engine> {
        match self.engine {
            Choice::BuiltIn => vec![Engine::BuiltIn],
            Choice::Spin => vec![Engine::Spin],
            Choice::Tlc => vec![Engine::Tlc],
            Choice::Auto => {
                let there = find::SPIN.find().is_ok() && find::C_COMPILER.find().is_ok();
                vec![if there { Engine::Spin } else { Engine::BuiltIn }]
            }
            Choice::All => {
                let mut engines = vec![Engine::BuiltIn];
                let spin = find::SPIN.find().and_then(|_| find::C_COMPILER.find());
                match spin {
                    Ok(_) => engines.push(Engine::Spin),
                    Err(missing) => session.note(&format!("without SPIN: {missing}")),
                }
                match tlc::Tools::find(self.tla_jar.as_deref()) {
                    Ok(_) => engines.push(Engine::Tlc),
                    Err(missing) => session.note(&format!("without TLC: {missing}")),
                }
                engines
            }
        }
    }

    /// Those that are to check beside the built-in checker. Each is here.
    pub fn others(&self, session: &Session) -> Result<Vec<Engine>, Failure> {
        let others: Vec<Engine> =
            self.engines(session).into_iter().filter(|engine| *engine != Engine::BuiltIn).collect();
        for engine in &others {
            let found = match engine {
                Engine::BuiltIn => Ok(()),
                Engine::Spin => find::SPIN.find().and_then(|_| find::C_COMPILER.find()).map(|_| ()),
                Engine::Tlc => tlc::Tools::find(self.tla_jar.as_deref()).map(|_| ()),
            };
            found.map_err(|missing| Failure::Tool(tool::Failure::Missing(missing)))?;
        }
        Ok(others)
    }

    /// What `engine` makes of `machine`.
    pub fn check(
        &self,
        engine: Engine,
        machine: &Machine,
        source: &Source,
        options: &engine::Options,
        watcher: &mut Watcher,
    ) -> Result<Outcome, Failure> {
        match engine {
            Engine::BuiltIn => {
                engine::check(machine, options, watcher).map_err(|error| Failure::Internal(error.to_string()))
            }
            Engine::Spin => {
                let how = spin::Options {
                    keep: self.keep.clone(),
                    spin_args: words(&self.spin_args),
                    cc_args: words(&self.cc_args),
                    pan_args: Vec::new(),
                    memory: Some(megabytes(options)),
                };
                let mut spin = spin::Spin::new(how, Some(source.clone())).map_err(Failure::Tool)?;
                external::check(machine, options, &mut spin, watcher).map_err(failure)
            }
            Engine::Tlc => {
                let how = tlc::Options {
                    jar: self.tla_jar.clone(),
                    source: Some(source.clone()),
                    keep: self.keep.clone(),
                    heap: u32::try_from(megabytes(options)).unwrap_or(u32::MAX),
                    ..tlc::Options::default()
                };
                let mut tlc = tlc::Tlc::new(how).map_err(Failure::Tool)?;
                external::check(machine, options, &mut tlc, watcher).map_err(failure)
            }
        }
    }
}

/// What a program outside may use.
fn megabytes(options: &engine::Options) -> u64 {
    (options.max_memory.unwrap_or_else(memory::default_limit) >> 20).max(64)
}

fn failure(failure: external::Failure<tool::Failure>) -> Failure {
    match failure {
        external::Failure::Engine(tool) => Failure::Tool(tool),
        external::Failure::Internal(error) => Failure::Internal(error.to_string()),
        external::Failure::Unconfirmed(what) => {
            Failure::Internal(format!("a counterexample that the Machine does not have: {what}"))
        }
    }
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}
