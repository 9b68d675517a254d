//! Text to syntax tree.
//!
//! In: a [`Source`](crate::source::Source). Out: an [`ast::File`] and the
//! problems met on the way; a file always comes out, with error nodes where the
//! text made no sense, so that one run finds several mistakes.
//!
//! The way of a text: `tokens` → `operations`, `semicolons`, `brackets`, `nesting`
//! (all tied together by `layout`) → pest with `grammar/knot.pest` → `parse`.

pub mod ast;
mod brackets;
mod layout;
mod nesting;
mod operations;
pub mod paint;
mod parse;
pub mod problem;
mod quote;
mod semicolons;
#[cfg(test)]
mod tests;
mod tokens;

pub use parse::parse;
pub use quote::quoted;
