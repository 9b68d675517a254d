//! A page for a browser: one file, nothing to fetch, of use without script.
//!
//! In: a [`Dossier`]. Out: HTML. `page.html` has the structure, `style.css` the look, `player.js` the little that moves;
//! what they show is put into words and pictures in the files below. Text of the model gets into the page only through
//! [`escape`].

mod aligned;
mod diagram;
pub(crate) mod escape;
mod frames;
mod graph;
mod lanes;
mod scenes;
mod source;
mod view;
mod wires;

use askama::Template as _;

use super::dossier::{self, Dossier};
use super::style::Style;

/// The registry's entry.
pub(super) const REPORT: dossier::Format = dossier::Format {
    name: "html",
    endings: &["html", "htm"],
    about: "a page for a browser: the diagram, a player, the fix beside the bug",
    render,
};

fn render(dossier: &Dossier, _style: &Style) -> String {
    // Writing to a String cannot fail.
    view::Page::of(dossier).render().unwrap_or_default()
}
