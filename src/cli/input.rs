//! Reading a model: from a file or, for `-`, from standard input.
//!
//! Refuses what would hang or flood: anything but regular files (a FIFO without a
//! writer blocks for ever, `/dev/zero` never ends), and more than [`LIMIT`] bytes.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use super::problem::CliProblem;
use crate::diag::{Diagnostic, Problems};
use crate::source::{Source, Span};

/// Largest model in bytes.
pub const LIMIT: u64 = 16 << 20;

/// What could not be read, with a source for the diagnostics to point into.
#[derive(Debug)]
pub struct Unreadable {
    /// Empty but for invalid UTF-8, where it is the text with replacement characters.
    pub source: Source,
    /// Why.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads the model at `path`.
pub fn read(path: &Path) -> Result<Source, Unreadable> {
    let name = path.display().to_string();
    match bytes(path) {
        Ok(bytes) if bytes.len() as u64 > LIMIT => {
            Err(unreadable(Source::new(name, ""), &CliProblem::TooLarge { limit: LIMIT }))
        }
        Ok(bytes) => text(&name, bytes),
        Err(problem) => Err(unreadable(Source::new(name, ""), &problem)),
    }
}

fn unreadable(source: Source, problem: &CliProblem) -> Unreadable {
    let mut problems = Problems::default();
    problems.push(problem);
    Unreadable { source, diagnostics: problems.sorted() }
}

/// At most one byte more than [`LIMIT`].
fn bytes(path: &Path) -> Result<Vec<u8>, CliProblem> {
    if path == Path::new("-") {
        return drain(io::stdin().lock()).map_err(|error| failed(&error));
    }
    let kind = fs::metadata(path).map_err(|error| failed(&error))?.file_type();
    if kind.is_dir() {
        return Err(CliProblem::Unreadable {
            reason: "a directory, not a model".into(),
            help: "`goknot test` takes directories".into(),
        });
    }
    if !kind.is_file() {
        return Err(CliProblem::Unreadable {
            reason: "neither a regular file nor standard input".into(),
            help: "pipe it in and name the model `-`".into(),
        });
    }
    File::open(path).and_then(drain).map_err(|error| failed(&error))
}

fn drain(from: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(LIMIT + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn failed(error: &io::Error) -> CliProblem {
    let reason = match error.kind() {
        io::ErrorKind::NotFound => "no such file".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => format!("cannot be read: {error}"),
    };
    CliProblem::Unreadable { reason, help: String::new() }
}

fn text(name: &str, bytes: Vec<u8>) -> Result<Source, Unreadable> {
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Source::new(name, text)),
        Err(error) => {
            let offset = error.utf8_error().valid_up_to();
            let byte = error.as_bytes().get(offset).copied().unwrap_or_default();
            // Everything before the bad byte is unchanged in the lossy text, so the offset holds in both.
            let source = Source::new(name, String::from_utf8_lossy(error.as_bytes()));
            let at = Span::new(offset, offset + char::REPLACEMENT_CHARACTER.len_utf8());
            Err(unreadable(source, &CliProblem::NotUtf8 { offset, byte, at }))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{LIMIT, read};
    use std::fs;
    use std::path::Path;

    fn code(path: &Path) -> String {
        read(path).expect_err("refused").diagnostics[0].code.to_string()
    }

    #[test]
    fn refuses_what_is_no_model() {
        let dir = tempfile::tempdir().expect("a directory");
        assert_eq!(code(dir.path()), "GK0401");
        assert_eq!(code(&dir.path().join("missing.knot")), "GK0401");
        if cfg!(unix) {
            assert_eq!(code(Path::new("/dev/zero")), "GK0401");
        }
        let large = dir.path().join("large.knot");
        fs::write(&large, vec![b'\n'; usize::try_from(LIMIT).expect("fits") + 1]).expect("written");
        assert_eq!(code(&large), "GK0403");
    }

    #[test]
    fn says_where_the_text_stops_being_utf8() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("m.knot");
        fs::write(&path, b"model m\nvar \xc3\x28 int\n").expect("written");
        let refused = read(&path).expect_err("refused");
        let diagnostic = &refused.diagnostics[0];
        assert_eq!(diagnostic.code.to_string(), "GK0402");
        assert_eq!(diagnostic.message, "not UTF-8 text: byte 0xc3 at offset 12");
        let place = refused.source.line_column(diagnostic.span().start);
        assert_eq!((place.line, place.column), (2, 5));
    }
}
