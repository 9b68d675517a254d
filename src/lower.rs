//! Typed program to Machine: what each Go construct means, written once.
//!
//! In: a [`Program`]. Out: a [`Machine`]. Calls are inlined, so each kind of
//! goroutine is one flat graph; `defer`, `panic` and `recover` become edges;
//! variables that outlive their frame become objects; function values and
//! interfaces become tags that a call branches on.
//!
//! | room | what it lowers |
//! |---|---|
//! | `layout` | types to cells |
//! | `walk`, `escape`, `flow` | analyses of the program before the lowering |
//! | `registry` | strings, tags, pools, routines: numbered on first use |
//! | `builder` | points, edges, temporaries of one routine |
//! | `value`, `place`, `expr`, `convert`, `literal` | expressions |
//! | `maps` | maps: elements, literals, `delete`, `range` |
//! | `stmt`, `control`, `comm`, `range` | statements |
//! | `call`, `builtin`, `defer`, `spawn` | calls |
//! | `atomic` | steps of library code that are atomic |
//! | `property` | `check` and `cover` |

mod atomic;
mod builder;
mod builtin;
mod call;
mod comm;
mod control;
mod convert;
mod defer;
mod escape;
mod expr;
mod flow;
mod layout;
mod literal;
mod maps;
mod place;
mod problem;
mod property;
mod range;
mod registry;
mod spawn;
mod stmt;
mod value;
pub(crate) mod walk;

use crate::diag::Problems;
use crate::machine::{Machine, liveness, loops};
use crate::sema::program::Program;

pub use problem::LowerProblem;

/// Bounds of the lowering.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// How often a function may stand on one call stack (`--unwind`).
    pub unwind: u32,
    /// How many points a Machine may have before the model is called too large.
    pub max_points: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { unwind: 8, max_points: 400_000 }
    }
}

/// Lowers `program`.
///
/// # Errors
/// What the Machine cannot express, each with its place.
pub fn lower(program: &Program, options: &Options) -> Result<Machine, Problems> {
    let mut registry = registry::Registry::new(program, *options);
    registry.lower_all();
    let mut machine = registry.finish()?;
    loops::mark_heads(&mut machine);
    liveness::fill_live(&mut machine);
    Ok(machine)
}
