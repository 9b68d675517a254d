//! A model in the words of other tools: one folder a language.
//!
//! In: what the earlier rooms made of a model. Out: text. Nothing here decides what a
//! construct means; `lower` has said that, and tests hold the tools to it.

pub mod go;
pub mod lockstep;
pub mod promela;
pub mod tla;
