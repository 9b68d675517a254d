//! A Machine in Promela, the language of SPIN.
//!
//! In: a Machine, its source, a question. Out: text that a reader recognises the model in, and what its lines stand for.
//! Every step of the Machine is one step here: a statement, a `d_step` or an `atomic`. Pure: files and processes are
//! `tool::spin`'s. What cannot be said exactly is [`Unsupported`], never approximated.

mod commands;
mod exprs;
mod layout;
mod maps;
mod names;
mod passive;
mod prelude;
mod question;
mod range;
mod routine;
mod statements;
mod text;

use std::fmt;

use crate::commands::{CellType, Meet, PoolId};
use crate::engine::question::{Question, Targets};
use crate::machine::{Machine, PointKind, Shape};
use crate::source::Source;
use exprs::Scope;
use layout::Layout;
use names::Names;
use prelude::Needs;
pub use prelude::Running;
use range::Cells;
use routine::Proctype;
pub use text::Origin;
use text::Text;

/// SPIN has room for the parts of 2048 `d_step`s. An `atomic` does the same, more slowly.
const MOST_D_STEPS: usize = 1500;

/// How much there is of everything that Promela wants to know beforehand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Sizes {
    /// Cells of memory for objects.
    pub cells: u32,
    /// Unbuffered channels.
    pub channels: u32,
    /// Entries in a map.
    pub entries: u32,
    /// Places in a list of waiters.
    pub waiting: u32,
    /// Goroutines, the environment's among them.
    pub processes: u32,
}

impl Default for Sizes {
    fn default() -> Self {
        Self { cells: 64, channels: 8, entries: 4, waiting: 4, processes: 64 }
    }
}

/// Whether the text may contain C: only what SPIN compiles can say that it ran into a bound, but what a person wants to
/// simulate must do without.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Embedded {
    No,
    Yes,
}

/// A model in Promela.
#[derive(Clone, Debug)]
pub struct Emitted {
    pub text: String,
    /// By line, the first being 1, in order.
    pub origins: Vec<(usize, Origin)>,
    /// What the numbers of bounds mean.
    pub bounds: Vec<Running>,
}

/// What Promela cannot say.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unsupported {
    /// Integers of more than 32 bits may come up.
    Integers,
    /// This has no translation.
    Construct(&'static str),
}

impl fmt::Display for Unsupported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integers => f.write_str("SPIN's 32-bit integers"),
            Self::Construct(what) => write!(f, "what Promela has no words for: {what}"),
        }
    }
}

/// The model as a person wants to read and run it: with everything that must not happen.
pub fn emit(machine: &Machine, source: &Source) -> Result<String, Unsupported> {
    let targets = Targets {
        panics: true,
        asserts: true,
        deadlocks: true,
        leaks: true,
        always: (0..machine.properties.always.len()).collect(),
        covers: Vec::new(),
    };
    let question = Question::Reach(targets);
    Ok(translate(machine, Some(source), &question, &Sizes::default(), Embedded::No)?.text)
}

/// The model with a question.
pub fn translate(
    machine: &Machine,
    source: Option<&Source>,
    question: &Question,
    sizes: &Sizes,
    embedded: Embedded,
) -> Result<Emitted, Unsupported> {
    maps::plain(machine)?;
    let mut names = Names::new();
    let routines: Vec<String> = machine.routines.iter().map(|routine| names.take(&routine.name)).collect();
    let globals = layout::globals(machine, &mut names);
    let frames: Vec<Layout> =
        machine.routines.iter().map(|routine| layout::frame(routine, &mut names.clone())).collect();
    let limit = range::limit(machine).map_err(|range::TooWide| Unsupported::Integers)?;
    let mut needs = Needs::default();
    needs.fields = fields(machine);
    let counts_others =
        machine.routine(machine.main).points.iter().any(|point| point.kind == PointKind::GoexitEnd);
    let waiting = waiting(machine);
    let wide_sends = wide_sends(machine, limit);
    let edges = machine.points().map(|point| point.edges.len());
    let crowded = edges.sum::<usize>() > MOST_D_STEPS;
    let mut body = Text::default();
    for id in 0..machine.routines.len() {
        let proctype = Proctype {
            machine,
            id: crate::commands::RoutineId(id as u32),
            names: &routines,
            globals: &globals,
            frame: &frames[id],
            limit,
            counts_others,
            wide_sends,
            crowded,
            waiting: &waiting,
            source,
        };
        proctype.emit(&mut needs, &mut body)?;
    }
    let none = Layout { spots: Vec::new(), declared: Vec::new(), memory: 0 };
    let scope = Scope::new(&globals, &none, &[], &machine.globals, limit);
    question::watch(machine, scope, question, &mut body)?;
    let mut head = Text::default();
    heading(machine, source, &mut head);
    head.line(&prelude::text(&mut needs, sizes, globals.memory, limit, embedded, &body.text));
    declare(&globals, counts_others, &mut head);
    let shift = head.lines();
    let origins = body.origins.into_iter().map(|(line, origin)| (line + shift, origin)).collect();
    Ok(Emitted { text: format!("{}\n{}\n", head.text, body.text), origins, bounds: needs.bounds })
}

fn heading(machine: &Machine, source: Option<&Source>, out: &mut Text) {
    let name: String = machine.name.replace("*/", "* /");
    let params =
        machine.params.iter().fold(String::new(), |all, (name, value)| all + &format!(" {name}={value}"));
    let from =
        source.map_or_else(String::new, |source| format!(", from {}", source.name().replace("*/", "* /")));
    out.line(&format!("/* {name}{params}{from}. The number in a comment is the line of the model. */"));
    out.blank();
}

/// The package variables.
fn declare(globals: &Layout, counts_others: bool, out: &mut Text) {
    if !globals.spots.is_empty() {
        out.line("/* The package's variables. */");
    }
    for spot in &globals.spots {
        if let layout::Spot::Memory(name, address) = spot {
            out.line(&format!("#define {name}\tmem[{address}]"));
        }
    }
    for declared in &globals.declared {
        match declared.length {
            Some(length) => out.line(&format!("{} {}[{length}];", declared.ty, declared.name)),
            None => out.line(&format!("{} {};", declared.ty, declared.name)),
        }
    }
    if counts_others {
        out.line("/* Goroutines beside main. */");
        out.line("byte others;");
    }
}

/// Fields of a message: whether the sender waits, and the largest element.
fn fields(machine: &Machine) -> usize {
    let channels = machine.pools.iter().filter(|pool| pool.shape == Shape::Channel);
    1 + channels.map(|pool| pool.cells.len()).max().unwrap_or(0)
}

/// Queues in which somebody may wait: of references.
fn waiting(machine: &Machine) -> Vec<PoolId> {
    (0..)
        .map(PoolId)
        .zip(&machine.pools)
        .filter(|(_, pool)| {
            pool.shape == Shape::Channel
                && matches!(pool.cells.as_slice(), [cell] if cell.ty == CellType::Ref)
        })
        .map(|(id, _)| id)
        .collect()
}

/// Whether some message may be wider than a cell.
fn wide_sends(machine: &Machine, limit: i64) -> bool {
    machine.routines.iter().any(|routine| {
        let cells = Cells { frame: &routine.frame, globals: &machine.globals, limit };
        let edges = routine.points.iter().flat_map(|point| &point.edges);
        edges.filter_map(|edge| edge.meet.as_ref()).any(|meet| match meet {
            Meet::Send { values, .. } => {
                values.iter().any(|value| cells.of(value).is_ok_and(|range| !range.within(limit)))
            }
            Meet::Recv { .. } => false,
        })
    })
}
