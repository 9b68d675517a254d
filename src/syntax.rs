//! Text to syntax tree.
//!
//! In: a [`Source`](crate::source::Source). Out: an [`ast::File`] and the
//! problems met on the way; a file always comes out, with error nodes where the
//! text made no sense, so that one run finds several mistakes.

pub mod ast;
