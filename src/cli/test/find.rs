//! Which models `goknot test` runs.

use std::fs;
use std::path::{Path, PathBuf};

/// Every `.knot` file under `paths`, in order, each once; `-` is standard input. Files named outright are taken
/// whatever they are called. As `go` does, folders called `testdata` or starting with `.`
/// or `_` are passed over; symbolic links to folders are not followed.
pub fn models(paths: &[PathBuf]) -> Result<Vec<PathBuf>, String> {
    let mut found = Vec::new();
    for path in paths {
        if path == Path::new("-") {
            found.push(path.clone());
            continue;
        }
        let kind = fs::metadata(path).map_err(|error| format!("{}: {}", path.display(), reason(&error)))?;
        if kind.is_dir() {
            let before = found.len();
            walk(path, &mut found)?;
            if found.len() == before {
                return Err(format!("no .knot files under {}", path.display()));
            }
        } else {
            found.push(path.clone());
        }
    }
    found.sort();
    found.dedup();
    Ok(found)
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("{}: {}", folder.display(), reason(&error));
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let path = entry.path();
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let kind = entry.file_type().map_err(failed)?;
        if kind.is_dir() {
            if !(name == "testdata" || name.starts_with(['.', '_'])) {
                walk(&path, found)?;
            }
        } else if name.ends_with(".knot") && path.is_file() {
            found.push(path);
        }
    }
    Ok(())
}

fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "no such file or folder".into(),
        _ => error.to_string(),
    }
}

/// A model's name in the results: its path without `.knot` and a leading `./`.
pub fn name(path: &Path) -> String {
    let text = path.display().to_string();
    let text = text.strip_prefix("./").unwrap_or(&text);
    text.strip_suffix(".knot").unwrap_or(text).to_owned()
}

#[cfg(test)]
mod tests {
    use super::{models, name};
    use std::fs;
    use std::path::Path;

    #[test]
    fn walks_as_go_does() {
        let dir = tempfile::tempdir().expect("a directory");
        for file in ["b.knot", "a/x.knot", "a/notes.md", "testdata/bad.knot", ".hidden/h.knot", "_old/o.knot"]
        {
            let path = dir.path().join(file);
            fs::create_dir_all(path.parent().expect("below dir")).expect("made");
            fs::write(path, "").expect("written");
        }
        let below = |path: &str| dir.path().join(path);
        assert_eq!(models(&[below("")]), Ok(vec![below("a/x.knot"), below("b.knot")]));
        assert_eq!(models(&[below("b.knot"), below("b.knot")]), Ok(vec![below("b.knot")]));
        assert_eq!(models(&[below("testdata")]), Ok(vec![below("testdata/bad.knot")]));
        assert!(models(&[below("missing")]).is_err());
        fs::create_dir(below("empty")).expect("made");
        assert!(models(&[below("empty")]).is_err());
    }

    #[test]
    fn names() {
        assert_eq!(name(Path::new("./models/x.knot")), "models/x");
        assert_eq!(name(Path::new("odd")), "odd");
    }
}
