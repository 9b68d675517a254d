//! Names and types: syntax tree to typed program.
//!
//! In: an [`ast::File`](crate::syntax::ast::File), values for its `param`s and the
//! name of a fix. Out: a [`program::Program`] and the problems met on the way.

pub mod methods;
mod show;
pub mod program;
pub mod types;
