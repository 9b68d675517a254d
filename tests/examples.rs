//! The reports under `docs/examples` are what goknot writes now. `GOKNOT_BLESS=1 cargo test --test examples` writes them anew.

#![expect(clippy::disallowed_methods, reason = "tests read files and start programs")]
#![expect(clippy::unwrap_used, reason = "a test may stop where it stands")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use goknot::report::dossier::FORMATS;

/// Models with a page, for a pull request and for a browser; below `models`, where a report is at the same place below `docs/examples`.
const PAGES: &[&str] = &[
    "seeds/cockroach_2448/cockroach_2448",
    "seeds/grpc_shim/grpc_shim",
    "seeds/miniredis/miniredis",
    "goker/blocking/cockroach/2448",
    "goker/blocking/cockroach/584",
    "goker/blocking/etcd/6857",
    "goker/blocking/grpc/660",
    "goker/blocking/istio/16224",
    "goker/blocking/kubernetes/10182",
    "goker/blocking/kubernetes/6632",
    "goker/blocking/moby/28462",
    "goker/blocking/moby/33293",
    "goker/blocking/syncthing/5795",
    "goker/nonblocking/etcd/3077",
    "goker/nonblocking/serving/5865",
];

/// Those with a report in every format.
const EVERY_FORMAT: &[&str] =
    &["seeds/miniredis/miniredis", "goker/blocking/grpc/660", "goker/nonblocking/etcd/3077"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// What goknot writes about a model.
fn report(model: &str, format: &str) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_goknot"));
    command.arg("report").arg(format!("models/{model}.knot")).args(["--format", format]);
    let ran = command.current_dir(root()).output().unwrap();
    assert_eq!(ran.status.code(), Some(1), "{model}: {}", String::from_utf8_lossy(&ran.stderr));
    String::from_utf8(ran.stdout).unwrap()
}

/// Every file there is to be: its path, the model, the format.
fn wanted() -> Vec<(PathBuf, &'static str, &'static str)> {
    let examples = root().join("docs/examples");
    let mut list = Vec::new();
    for model in PAGES {
        list.push((examples.join(format!("{model}.md")), *model, "markdown"));
        list.push((examples.join(format!("{model}.html")), *model, "html"));
    }
    for model in EVERY_FORMAT {
        for format in FORMATS.iter().filter(|format| !matches!(format.name, "markdown" | "html")) {
            if let Some(ending) = format.endings.first() {
                list.push((examples.join(format!("{model}.{ending}")), *model, format.name));
            }
        }
    }
    list
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { all.extend(files(&path)) } else { all.push(path) }
    }
    all
}

#[test]
fn the_examples_are_what_goknot_writes() {
    let bless = std::env::var_os("GOKNOT_BLESS").is_some();
    let wanted = wanted();
    let mut stale = Vec::new();
    for (path, model, format) in &wanted {
        let now = report(model, format);
        if fs::read_to_string(path).is_ok_and(|then| then == now) {
            continue;
        }
        if bless {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, now).unwrap();
        } else {
            stale.push(path);
        }
    }
    assert!(stale.is_empty(), "not what goknot writes (GOKNOT_BLESS=1 writes them): {stale:#?}");
    for file in files(&root().join("docs/examples")) {
        let known = wanted.iter().any(|(path, ..)| *path == file) || file.ends_with("README.md");
        assert!(known, "{} is no report of this test", file.display());
    }
}
