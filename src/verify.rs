//! What a fix is made of, what it must not lose, and how to put both to the test.
//!
//! In: a file with a fix, and what a check or an exploration of a variant has come to. Out: the parts of the fix
//! ([`parts`]), damages that its checks should notice ([`mutants`]), what it can no longer do ([`losses`]), the rule that
//! says when the bug shows ([`rule`]), the model's text with the fix in place ([`patch`]) and how it differs
//! ([`diff`]). Variants of a model are edits of its text ([`edit`]): they are typed and lowered as everything else. Nothing
//! here searches; `cli::verify` does.

pub mod diff;
pub mod edit;
pub mod losses;
pub mod mutants;
pub mod parts;
pub mod patch;
pub mod rule;
pub mod tree;

use crate::syntax::ast::{Decl, File, Fix};

/// The fix of this name.
pub fn fix<'a>(file: &'a File, name: &str) -> Option<&'a Fix> {
    file.decls.iter().find_map(|decl| match decl {
        Decl::Fix(fix) if fix.name.name == name => Some(fix),
        _ => None,
    })
}
