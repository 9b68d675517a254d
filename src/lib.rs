//! goknot finds the knot in a Go program's goroutines and proves that a fix unties it.

pub mod blame;
pub mod cli;
pub mod commands;
pub mod diag;
pub mod engine;
pub mod expect;
pub mod lower;
pub mod machine;
pub mod property;
pub mod report;
pub mod sema;
pub mod source;
pub mod sync;
pub mod syntax;
pub mod trace;
