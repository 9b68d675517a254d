//! What `goknot report` renders: one model, what was found, its fixes, how to see it again.
//!
//! In: a [`Run`] and what the model says about itself. Out: text, by one [`Format`] a file. The value has all that a format
//! may want and needs no Machine; nothing in it depends on clock, host or folder: same model, same bytes.

use super::{
    Run, Style, chrome, dot, dump, github, html, itf, json, junit, markdown, mermaid, sarif, terminal,
};
use crate::trace::Trace;
use crate::trace::film::Film;
use crate::trace::follow::Pair;
use crate::trace::values::Values;

/// A way to write a report.
#[derive(Debug)]
pub struct Format {
    /// What `--format` calls it.
    pub name: &'static str,
    /// The endings of files that are written in it, without the dot; none where there is no file to write.
    pub endings: &'static [&'static str],
    /// One line for `--help`.
    pub about: &'static str,
    pub render: fn(&Dossier, &Style) -> String,
}

/// The registry. A new format is a file and a line here.
pub const FORMATS: &[Format] = &[
    terminal::REPORT,
    markdown::REPORT,
    html::REPORT,
    json::REPORT,
    sarif::REPORT,
    itf::REPORT,
    chrome::REPORT,
    mermaid::REPORT,
    dot::REPORT,
    junit::REPORT,
    dump::REPORT,
    github::REPORT,
];

/// The format called `name`.
pub fn format(name: &str) -> Option<&'static Format> {
    FORMATS.iter().find(|format| format.name == name)
}

/// The format of a file of this name: the longest ending that fits decides, so that `m.itf.json` is no plain JSON.
pub fn format_of(file: &str) -> Option<&'static Format> {
    let file = file.to_ascii_lowercase();
    let fits = |ending: &&str| file.strip_suffix(*ending).is_some_and(|rest| rest.ends_with('.'));
    let endings = FORMATS.iter().flat_map(|format| format.endings.iter().map(move |ending| (format, ending)));
    endings
        .filter(|(_, ending)| fits(ending))
        .max_by_key(|(_, ending)| ending.len())
        .map(|(format, _)| format)
}

/// Everything about one model that a report may show.
#[derive(Clone, Debug)]
pub struct Dossier {
    /// The model, or the model with the fix that was asked for.
    pub run: Run,
    /// What the model says it is about; may be empty.
    pub title: String,
    /// The model's `meta`, in its order.
    pub meta: Vec<(String, String)>,
    /// The states of the run that is shown, as people look at them; `None` where no run is.
    pub film: Option<Film>,
    /// What the variables hold in these; empty where no run is.
    pub values: Vec<Values>,
    /// The model's fixes, checked with the same parameters; none where one was asked for.
    pub fixes: Vec<Fixed>,
    /// The command line that finds the same.
    pub command: String,
}

/// A fix, and what it comes to.
#[derive(Clone, Debug)]
pub struct Fixed {
    pub name: String,
    /// May be empty.
    pub title: String,
    /// The model without the fix (`run.source` of the dossier) and with it in place differ by this: a unified diff.
    pub diff: String,
    /// With [`Run::as_expected`].
    pub run: Run,
    /// What the model says that it must come to: `ok`, `deadlock { … }`.
    pub wanted: String,
    /// What the bug's schedule comes to with the fix; only where the fix holds.
    pub good: Option<Good>,
}

/// A run that goes well.
#[derive(Clone, Debug)]
pub struct Good {
    pub trace: Trace,
    pub film: Film,
    /// Which of its steps are which of the bug's.
    pub pairs: Vec<Pair>,
    /// How many of the pairs there are before the two runs go separate ways.
    pub together: usize,
    /// The run ends, and nobody is stuck. Otherwise it goes on, and is only cut off.
    pub ends: bool,
}

impl Dossier {
    /// The text of a key of `meta`.
    pub fn meta(&self, key: &str) -> Option<&str> {
        self.meta.iter().find(|(known, _)| known == key).map(|(_, text)| text.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::{FORMATS, format_of};

    #[test]
    fn the_longest_ending_decides() {
        assert_eq!(format_of("a.b/m.JSON").map(|format| format.name), Some("json"));
        assert!(format_of("json").is_none());
        assert!(format_of("m.knot").is_none());
    }

    #[test]
    fn names_and_endings_are_unique() {
        let mut all: Vec<&str> = FORMATS.iter().flat_map(|format| format.endings).copied().collect();
        all.sort_unstable();
        assert!(all.windows(2).all(|pair| pair[0] != pair[1]), "{all:?}");
        let mut names: Vec<&str> = FORMATS.iter().map(|format| format.name).collect();
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "{names:?}");
    }
}
