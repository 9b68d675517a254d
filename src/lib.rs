//! goknot finds the knot in a Go program's goroutines and proves that a fix unties it.
//!
//! The library is a pipeline of pure functions; only [`cli`] touches files, clocks and the
//! terminal. A model goes this way:
//!
//! ```
//! use goknot::{engine, lower, sema, source::Source, syntax};
//!
//! let source = Source::new("m.knot", "model m\n\nfunc main() {\n\t<-make(chan int)\n}\n");
//! let (file, problems) = syntax::parse(&source);
//! assert!(problems.is_empty());
//! let (program, _) = sema::analyze(&file, &[], None);
//! let machine = lower::lower(&program.unwrap(), &lower::Options::default()).unwrap();
//! let outcome = engine::check(&machine, &engine::Options::default(), &mut engine::Unwatched).unwrap();
//! assert_eq!(outcome.findings[0].kind.name(), "deadlock");
//! ```
//!
//! From there `trace` replays what was found, `expect` compares it with what the model
//! says must be found, `blame` says why nobody wakes the stuck goroutines, and `report`
//! prints it. `docs/architecture.md` has the map and its rules.

// In the rooms that know every command, point and finding a new one must be a compile error,
// so no `_` stands for variants there.
pub mod backend;
pub mod blame;
pub mod cli;
pub mod commands;
pub mod diag;
#[warn(clippy::wildcard_enum_match_arm)]
pub mod engine;
#[warn(clippy::wildcard_enum_match_arm)]
pub mod expect;
pub mod fix;
pub mod lower;
#[warn(clippy::wildcard_enum_match_arm)]
pub mod machine;
pub mod property;
pub mod report;
pub mod sema;
pub mod source;
#[warn(clippy::wildcard_enum_match_arm)]
pub mod sync;
pub mod syntax;
pub mod tool;
pub mod trace;
pub mod verify;
