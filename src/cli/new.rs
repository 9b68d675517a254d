//! `goknot new`: a model to begin with, or one of the patterns that many have met.

mod patterns;

use std::path::{Path, PathBuf};

use super::exit::Exit;
use super::failure::Failure;
use super::output;
use super::session::Session;
use crate::diag::did_you_mean;
use crate::source::Source;
use crate::syntax::{self, ast};
use patterns::{PATTERNS, Pattern};

/// The model that a beginner meets first. It is tested with the others.
const FIRST: Pattern =
    Pattern { name: "first", text: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/models/first.knot")) };

/// Write a model to begin with, or one of the patterns that people meet
///
/// The model is called after FILE. A file that exists is never overwritten. Each pattern has
/// a bug, an `expect` that names it, and a `fix` that holds.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The new file, NAME.knot; - is standard output [default: the pattern's name, or first.knot]
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,

    /// Write this pattern
    #[arg(long, value_name = "NAME")]
    pattern: Option<String>,

    /// List the patterns
    #[arg(long, conflicts_with_all = ["file", "pattern"])]
    list: bool,
}

/// Writes it, or the list.
pub fn run(args: &Args, session: &Session) -> Result<Exit, Failure> {
    if args.list {
        output::stdout(&list()).map_err(Failure::Output)?;
        return Ok(Exit::Success);
    }
    let pattern = args.pattern.as_deref().map_or(Ok(&FIRST), find)?;
    if args.file.as_deref() == Some(Path::new("-")) {
        output::stdout(pattern.text).map_err(Failure::Output)?;
        return Ok(Exit::Success);
    }
    let path = match &args.file {
        Some(path) => path.clone(),
        None => PathBuf::from(format!("{}.knot", pattern.name)),
    };
    // In a folder `goknot test` takes nothing else for a model.
    if path.extension().is_none_or(|extension| extension != "knot") {
        return Err(Failure::Usage(not_a_model(&path)));
    }
    if !output::create(&path, &text(pattern, &path)).map_err(Failure::Output)? {
        let path = path.display();
        return Err(Failure::Usage(format!(
            "{path} exists already\n  help: name another file, or `-` for standard output"
        )));
    }
    session.note(&format!("wrote {0}; `goknot check {0}` shows what goes wrong", path.display()));
    Ok(Exit::Success)
}

fn find(name: &str) -> Result<&'static Pattern, Failure> {
    let known = || PATTERNS.iter().map(|pattern| pattern.name);
    PATTERNS.iter().find(|pattern| pattern.name == name).ok_or_else(|| {
        let help = match did_you_mean(name, known()) {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None => "`goknot new --list` lists them".to_owned(),
        };
        Failure::Usage(format!("there is no pattern `{name}`\n  help: {help}"))
    })
}

fn not_a_model(path: &Path) -> String {
    let shown = path.display();
    let help = match PATTERNS.iter().find(|pattern| Path::new(pattern.name) == path) {
        Some(Pattern { name, .. }) => {
            format!("`goknot new --pattern {name}` writes the pattern of that name")
        }
        None => format!("call it `{}`", path.with_extension("knot").display()),
    };
    format!("{shown} is no name for a model: those end in .knot\n  help: {help}")
}

/// The model under the name of its file, if that can be a name.
fn text(pattern: &Pattern, path: &Path) -> String {
    let own = || pattern.text.to_owned();
    let Some(stem) = path.file_stem().and_then(|stem| stem.to_str()) else { return own() };
    let name = stem.replace(['-', '.', ' '], "_");
    let Some(line) = model_line(pattern.text) else { return own() };
    let at = line.name.span;
    let (before, after) = (&pattern.text[..at.start as usize], &pattern.text[at.end as usize..]);
    let renamed = format!("{before}{name}{after}");
    match model_line(&renamed) {
        Some(line) if line.name.name == name => renamed,
        _ => own(),
    }
}

/// The line `model NAME "title"` of a text that parses.
fn model_line(text: &str) -> Option<ast::ModelLine> {
    let (file, problems) = syntax::parse(&Source::new("new", text));
    file.model.filter(|_| problems.is_empty())
}

/// A line for each pattern: its name and its title.
fn list() -> String {
    let width = PATTERNS.iter().map(|pattern| pattern.name.len()).max().unwrap_or_default();
    let lines = PATTERNS.iter().map(|Pattern { name, text }| {
        let title = model_line(text).and_then(|line| line.title).map(|title| title.value).unwrap_or_default();
        format!("{name:width$}  {title}\n")
    });
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::patterns::PATTERNS;
    use super::{FIRST, model_line, text};
    use std::path::Path;

    #[test]
    fn each_has_its_name_and_a_title() {
        for pattern in PATTERNS.iter().chain([&FIRST]) {
            let line = model_line(pattern.text).expect("it parses");
            assert_eq!(line.name.name, pattern.name);
            assert!(line.title.is_some(), "{}", pattern.name);
        }
    }

    #[test]
    fn a_model_is_called_after_its_file() {
        let name = |path: &str| {
            let text = text(&FIRST, Path::new(path));
            model_line(&text).expect("it parses").name.name
        };
        assert_eq!(name("models/server.knot"), "server");
        assert_eq!(name("my-server.v2.knot"), "my_server_v2");
        for no_name in ["2448.knot", "func.knot", "x\ny.knot", "a\"b.knot"] {
            assert_eq!(name(no_name), "first", "{no_name}");
        }
    }
}
