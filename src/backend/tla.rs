//! A model as a module of TLA+, for TLC.
//!
//! In: a [`Machine`]. Out: a module whose steps are the Machine's steps, one by one, and whose state is the Machine's
//! state: package variables, goroutines by slot, objects by number; and configurations of TLC, one for each question.
//! `decode` reads a state that TLC has printed.
//!
//! | room | what it has |
//! |---|---|
//! | `names` | identifiers |
//! | `expr`, `command` | expressions; the commands of an edge as one value |
//! | `action` | an action for each edge, and what a rendezvous needs |
//! | `maps`, `environment` | what only models with maps, or with timers, need |
//! | `property` | properties and fairness |
//! | `config` | the questions, as configurations |
//! | `value`, `decode` | states as TLC prints them |

mod action;
mod command;
mod config;
mod decode;
mod environment;
mod expr;
mod maps;
mod names;
mod property;
mod value;

use std::cell::Cell;

pub use config::{Ask, Fair};
pub use decode::Decoder;
pub use property::Ways;
pub use value::{Told, told};

use crate::machine::Machine;
use crate::source::Source;
use expr::Writer;
use names::Names;

/// What every module begins with.
const PRELUDE: &str = include_str!("tla/prelude.tla");
/// The ends of runs, and the specification.
const CLOSING: &str = include_str!("tla/closing.tla");

/// A module.
#[derive(Debug)]
pub struct Module {
    /// Its name; its file is called so too.
    pub name: String,
    pub text: String,
    /// Where a select, or another operation with several ways on, is one action a way.
    pub ways: Vec<Ways>,
    names: Names,
}

/// A constant of the model needs more than the 32 bits that TLC has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TooLarge;

/// The module of `machine`, with the statements of `source` as comments.
pub fn emit(machine: &Machine, source: Option<&Source>) -> Result<Module, TooLarge> {
    let names = Names::new(machine, source);
    let writer =
        Writer { machine, names: &names, ways: property::fair_ways(machine), too_large: Cell::new(false) };
    let title = &names.module;
    let mut text = format!("---- MODULE {title} ----\n");
    text += &heading(machine);
    text += "EXTENDS Integers, Sequences, FiniteSets, TLC\n\n";
    text += &writer.tables();
    text += PRELUDE;
    if maps::needed(machine) {
        text += &maps::write(&writer);
    }
    text += RULE;
    text += &writer.first();
    text += &writer.unwindings();
    text += &environment::write(&writer);
    text += &writer.offers();
    text += RULE;
    text += &writer.actions(source);
    text += CLOSING;
    let (properties, ways) = property::write(&writer);
    text += &properties;
    text += "====\n";
    if writer.too_large.get() {
        return Err(TooLarge);
    }
    Ok(Module { name: names.module.clone(), text, ways, names })
}

const RULE: &str = "-----------------------------------------------------------------------------\n";

fn heading(machine: &Machine) -> String {
    let mut line = format!("\\* The model {}", names::comment(&machine.name));
    for (name, value) in &machine.params {
        line += &format!(" {}={value}", names::comment(name));
    }
    line + ", statement by statement.\n"
}

/// `name == CASE …`, or just the other value where there is no case.
fn cases(name: &str, rows: impl Iterator<Item = (String, String)>, other: &str) -> String {
    let rows: Vec<String> = rows.map(|(case, value)| format!("{case} -> {value}")).collect();
    if rows.is_empty() {
        return format!("{name} == {other}\n");
    }
    format!("{name} ==\n    CASE {}\n      [] OTHER -> {other}\n", rows.join("\n      [] "))
}
