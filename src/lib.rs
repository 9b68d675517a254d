//! goknot finds the knot in a Go program's goroutines and proves that a fix unties it.

pub mod diag;
pub mod source;
pub mod syntax;
