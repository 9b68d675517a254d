//! Tells the program its version, with the commit where there is one to tell: in release
//! builds from a git checkout.
//!
//! Debug builds are not told: they would be compiled anew after every commit.
//! Also lists the pages of `docs/errors/`, so that a new page needs no line elsewhere.

#![allow(clippy::disallowed_methods, reason = "a build script is all files and programs")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={PAGES}");
    let list = Path::new(&env::var_os("OUT_DIR").unwrap_or_default()).join("pages.rs");
    fs::write(list, pages()?)?;
    let version = env!("CARGO_PKG_VERSION");
    let release = env::var("PROFILE").is_ok_and(|profile| profile == "release");
    let built = if release { commit() } else { Some("debug build".to_owned()) };
    match built {
        Some(built) => println!("cargo::rustc-env=GOKNOT_VERSION={version} ({built})"),
        None => println!("cargo::rustc-env=GOKNOT_VERSION={version}"),
    }
    Ok(())
}

/// Where the pages of the diagnostics are.
const PAGES: &str = "docs/errors";

/// `&[("GK0012", include_str!("…")), …]`, by code.
fn pages() -> io::Result<String> {
    let folder = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default()).join(PAGES);
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let code = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default().to_owned();
        if code.starts_with("GK") && path.extension().is_some_and(|extension| extension == "md") {
            found.push((code, path));
        }
    }
    found.sort();
    let mut list = String::from("&[");
    for (code, path) in found {
        let _ = write!(list, "({code:?}, include_str!({:?})),", path.display().to_string());
    }
    list.push(']');
    Ok(list)
}

/// Short hash and date of the commit that is built.
fn commit() -> Option<String> {
    // A source archive unpacked inside some other repository is not that repository's commit.
    if !git(&["rev-parse", "--show-prefix"])?.is_empty() {
        return None;
    }
    // The log of HEAD grows with every commit and checkout.
    let log = git(&["rev-parse", "--git-path", "logs/HEAD"])?;
    if Path::new(&log).exists() {
        println!("cargo::rerun-if-changed={log}");
    }
    git(&["log", "-1", "--format=%h %cs"])
}

/// What git answers on one line; `None` without git or outside a repository.
fn git(args: &[&str]) -> Option<String> {
    let output = Command::new("git").args(args).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}
