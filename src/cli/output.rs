//! Writing: data to standard output or to the file of `-o`, all else to standard error.
//!
//! The one place that knows that a closed pipe is no failure.

use std::fs::{self, File, OpenOptions};
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

/// Where a command's data goes.
#[derive(Debug)]
pub struct Output(Option<Target>);

/// The file of `-o`, already open: finding out after ten minutes of search that it cannot be
/// written helps nobody.
#[derive(Debug)]
struct Target {
    path: PathBuf,
    file: File,
    /// We made it, and there is nothing in it yet.
    empty: bool,
}

impl Output {
    /// Opens `path` without touching what is in it; `None` and `-` are standard output.
    pub fn open(path: Option<&Path>) -> Result<Self, String> {
        let Some(path) = path.filter(|path| *path != Path::new("-")) else { return Ok(Self(None)) };
        let empty = !path.exists();
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(path);
        let file = file.map_err(|error| format!("cannot write {}: {error}", path.display()))?;
        Ok(Self(Some(Target { path: path.to_owned(), file, empty })))
    }

    /// True where it is standard output.
    pub fn is_stdout(&self) -> bool {
        self.0.is_none()
    }

    /// True where a person reads it on a terminal.
    pub fn is_terminal(&self) -> bool {
        self.is_stdout() && io::stdout().is_terminal()
    }

    /// Writes `text` and nothing else: a file is replaced.
    pub fn write(self, text: &str) -> Result<(), String> {
        match self.0 {
            None => stdout(text),
            Some(mut target) => {
                target
                    .replace(text)
                    .map_err(|error| format!("cannot write {}: {error}", target.path.display()))?;
                target.empty = false;
                Ok(())
            }
        }
    }
}

impl Target {
    /// Writes beside the file and puts it in its place: what was there is lost only when the new text is whole.
    fn replace(&mut self, text: &str) -> io::Result<()> {
        let file = self.file.metadata()?;
        // Devices (`-o /dev/null`) and pipes are written to as they are.
        if !file.is_file() {
            return self.fill(text);
        }
        // A link stays a link.
        let path = fs::canonicalize(&self.path)?;
        let folder = path.parent().unwrap_or(Path::new("."));
        let Ok(mut fresh) = tempfile::Builder::new().prefix(".goknot-").tempfile_in(folder) else {
            // No new file may be made in this folder; the old one may be written.
            self.file.set_len(0)?;
            return self.fill(text);
        };
        fresh.write_all(text.as_bytes())?;
        fresh.as_file().set_permissions(file.permissions())?;
        fresh.flush()?;
        fresh.persist(path).map_err(|error| error.error)?;
        Ok(())
    }

    fn fill(&mut self, text: &str) -> io::Result<()> {
        self.file.write_all(text.as_bytes())?;
        self.file.flush()
    }
}

impl Drop for Target {
    /// Leaves no empty file behind where nothing came to be written.
    fn drop(&mut self) {
        if self.empty {
            // A file that stays behind is no reason to fail.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Writes a new file. False where there is one already: that stays as it is.
pub fn create(path: &Path, text: &str) -> Result<bool, String> {
    let failed = |error: io::Error| format!("cannot write {}: {error}", path.display());
    let mut file = match OpenOptions::new().write(true).create_new(true).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(false),
        Err(error) => return Err(failed(error)),
    };
    file.write_all(text.as_bytes()).and_then(|()| file.flush()).map_err(|error| {
        // Half a model helps nobody; that it stays behind is no second reason to fail.
        let _ = fs::remove_file(path);
        failed(error)
    })?;
    Ok(true)
}

/// Writes to standard output. A reader that has gone away (`| head`) is success.
pub fn stdout(text: &str) -> Result<(), String> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(format!("cannot write standard output: {error}"))
        }
        _ => Ok(()),
    }
}

/// Writes to standard error. There is nobody left to tell where that fails.
pub fn stderr(text: &str) {
    let mut err = io::stderr().lock();
    let _ = err.write_all(text.as_bytes()).and_then(|()| err.flush());
}

#[cfg(test)]
mod tests {
    use super::Output;
    use std::fs;

    #[test]
    fn replaces_a_file_only_when_writing() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("out.txt");
        fs::write(&path, "a longer old text").expect("written");
        let output = Output::open(Some(&path)).expect("opened");
        assert_eq!(fs::read_to_string(&path).expect("read"), "a longer old text");
        output.write("new").expect("written");
        assert_eq!(fs::read_to_string(&path).expect("read"), "new");
        assert_eq!(fs::read_dir(dir.path()).expect("read").count(), 1, "nothing else is left");
        drop(Output::open(Some(&path)).expect("opened"));
        assert!(path.exists());
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_and_a_file_keeps_its_mode() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let dir = tempfile::tempdir().expect("a directory");
        let (path, link) = (dir.path().join("out.txt"), dir.path().join("link.txt"));
        fs::write(&path, "old").expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).expect("set");
        symlink(&path, &link).expect("linked");
        Output::open(Some(&link)).expect("opened").write("new").expect("written");
        assert_eq!(fs::read_to_string(&path).expect("read"), "new");
        assert!(fs::symlink_metadata(&link).expect("there").is_symlink());
        assert_eq!(fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o640);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_device_is_written_to() {
        Output::open(Some("/dev/null".as_ref())).expect("opened").write("new").expect("written");
        assert!(Output::open(Some("/dev/full".as_ref())).expect("opened").write("new").is_err());
    }

    #[test]
    fn leaves_no_empty_file() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("out.txt");
        drop(Output::open(Some(&path)).expect("opened"));
        assert!(!path.exists());
        assert!(Output::open(Some(dir.path())).is_err());
        assert!(Output::open(Some(&dir.path().join("no/such/dir"))).is_err());
    }
}
