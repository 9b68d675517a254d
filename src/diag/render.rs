//! Diagnostics to text through miette: the only room that knows it.
