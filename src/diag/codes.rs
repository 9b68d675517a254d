//! Every diagnostic code there is.
//!
//! In: the pages in `docs/errors`, gathered by the build script. Out: each code with
//! its title and its page, which `goknot errors CODE` prints. So a new diagnostic is a
//! variant in the enum of its room, a page, and a bad example in `tests/diagnostics`;
//! `tests/diagnostics.rs` misses what is missing.
//!
//! `GK00xx` syntax, `GK01xx` names and types, `GK03xx` lowering, `GK04xx` command line.

use super::Code;

/// `("GK0001", page)` for every page, ascending.
const PAGES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/pages.rs"));

/// A code, what it is about, and its page.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Entry {
    pub code: Code,
    /// One line: the page's heading without the code.
    pub title: &'static str,
    /// Markdown.
    pub page: &'static str,
}

/// All codes, ascending.
pub fn registry() -> impl Iterator<Item = Entry> {
    PAGES.iter().filter_map(|&(name, page)| {
        let code = name.parse().ok()?;
        let heading = page.lines().next().unwrap_or("");
        let title = heading.strip_prefix("# ")?.strip_prefix(name)?.strip_prefix(": ")?;
        Some(Entry { code, title, page })
    })
}

/// The page of a code.
pub fn page(code: Code) -> Option<&'static str> {
    registry().find(|entry| entry.code == code).map(|entry| entry.page)
}

impl std::str::FromStr for Code {
    type Err = String;

    /// Reads `GK0012`, and kindly also `gk12` and `12`.
    fn from_str(written: &str) -> Result<Self, String> {
        let upper = written.trim().to_ascii_uppercase();
        let digits = upper.strip_prefix("GK").unwrap_or(&upper);
        let number = digits.parse().map_err(|_| format!("`{written}` is no code such as GK0012"))?;
        Ok(Self(number))
    }
}
