//! The models of the repository.

use std::fs;
use std::path::{Path, PathBuf};

/// All `.knot` files below these folders of the repository, or these files, in order.
pub fn files(folders: &[&str]) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths = Vec::new();
    folders.iter().for_each(|folder| gather(&root.join(folder), &mut paths));
    paths.sort();
    paths
}

fn gather(path: &Path, out: &mut Vec<PathBuf>) {
    if path.is_dir() {
        let entries = fs::read_dir(path).expect("a folder is readable");
        entries.for_each(|entry| gather(&entry.expect("an entry").path(), out));
    } else if path.extension().is_some_and(|extension| extension == "knot") {
        out.push(path.to_owned());
    }
}
