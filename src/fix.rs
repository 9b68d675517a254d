//! Small changes of a model that may repair it: what an engineer would try first.
//!
//! In: a model's text and syntax tree, and where its counterexample points ([`aim`]). Out: [`Candidate`]s, each an edit of
//! the text; nothing is assumed right about them, they are typed, lowered and checked as any model ([`crate::cli`] does).
//! [`overlay`] turns the one that holds into a `fix` declaration. One file a family of edits: [`channels`],
//! [`locks`], [`order`], [`races`]. What they need to know of types is read off the syntax tree ([`types`], [`places`]): a
//! guess that is wrong gives a candidate that does not compile, no wrong answer.

pub mod aim;
mod channels;
mod kind;
mod locks;
mod order;
pub mod overlay;
mod places;
mod races;
mod text;
mod types;

pub use aim::Aim;
pub use kind::Kind;

use crate::source::{Source, Span};
use crate::syntax::ast::File;
use crate::verify::edit::{self, Edit};
use places::{Body, Place};
use text::Text;
use types::Types;

/// A change that may repair the model.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Candidate {
    pub kind: Kind,
    /// What it does, in a few words: `give s.mu back before s.wg.Wait()`.
    pub what: String,
    /// The declared function that it is in.
    pub within: String,
    /// The statement that it is about.
    pub span: Span,
    /// Other things that it is about: a channel's name.
    pub about: Option<String>,
    pub edits: Vec<Edit>,
}

impl Candidate {
    /// A change of the statement of `place`.
    fn at(place: &Place<'_>, kind: Kind, what: String, about: Option<String>, edits: Vec<Edit>) -> Self {
        Self { kind, what, within: place.body.key.clone(), span: place.stmt.span, about, edits }
    }

    /// A change of a body as a whole.
    fn of(body: &Body<'_>, kind: Kind, what: String, about: Option<String>, edits: Vec<Edit>) -> Self {
        let start = body.block.span.start;
        Self { kind, what, within: body.key.clone(), span: Span { start, end: start + 1 }, about, edits }
    }

    /// The text with the change made; `None` where its edits stand in each other's way.
    pub fn apply(&self, text: &str) -> Option<String> {
        edit::replaced(text, &self.edits)
    }
}

/// What the families of edits work from.
struct Field<'a> {
    source: &'a Source,
    text: Text<'a>,
    file: &'a File,
    types: Types,
    places: Vec<Place<'a>>,
}

/// All candidates for `file`, the most promising first: those at the places that the counterexample names, then those in
/// the functions that it names, then the others; each with its distance from the counterexample.
pub fn candidates(source: &Source, file: &File, aim: &Aim) -> Vec<(u8, Candidate)> {
    let types = Types::new(file);
    let field = Field { source, text: Text::new(source), file, places: places::places(file, &types), types };
    let mut all = Vec::new();
    channels::candidates(&field, &mut all);
    locks::candidates(&field, &mut all);
    order::candidates(&field, &mut all);
    races::candidates(&field, aim, &mut all);
    let mut aimed: Vec<(u8, Candidate)> =
        all.into_iter().map(|candidate| (aim.distance(source, &candidate), candidate)).collect();
    aimed.sort_by_key(|(distance, candidate)| (*distance, candidate.kind.caution(), candidate.span.start));
    aimed
}
