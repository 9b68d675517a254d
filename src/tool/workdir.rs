//! The folder in which an engine works: temporary and gone afterwards, or one that the user wants to keep.

use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::Failure;

/// A folder for the files of one engine.
#[derive(Debug)]
pub struct WorkDir {
    path: PathBuf,
    /// Removed when dropped.
    _temporary: Option<TempDir>,
}

impl WorkDir {
    /// `keep` with a folder of this name inside, made where it is missing; else a new temporary one.
    pub fn new(keep: Option<&Path>, name: &str) -> Result<Self, Failure> {
        let (place, made) = match keep {
            Some(keep) => {
                let path = keep.join(name);
                let made = fs::create_dir_all(&path).map(|()| Self { path, _temporary: None });
                (keep.to_owned(), made)
            }
            None => {
                let made = tempfile::Builder::new().prefix("goknot-").tempdir();
                let made =
                    made.map(|folder| Self { path: folder.path().to_owned(), _temporary: Some(folder) });
                (env::temp_dir(), made)
            }
        };
        made.map_err(|error| {
            Failure::Files(format!("no folder to work in can be made in {}: {error}", place.display()))
        })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a file in it.
    pub fn write(&self, name: &str, text: &str) -> Result<PathBuf, Failure> {
        let path = self.path.join(name);
        fs::write(&path, text).map_err(|error| at(&path, &error))?;
        Ok(path)
    }

    /// Reads a file in it; `None` where there is none.
    pub fn read(&self, name: &str) -> Result<Option<String>, Failure> {
        let path = self.path.join(name);
        match fs::read(&path) {
            Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(at(&path, &error)),
        }
    }
}

fn at(path: &Path, error: &io::Error) -> Failure {
    Failure::Files(format!("{}: {error}", path.display()))
}
