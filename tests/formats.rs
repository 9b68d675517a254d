//! Every format of reports: read with the tools that people open it with, or by the rules of the format; and one model that
//! wishes each of them harm.

#![expect(clippy::disallowed_methods, reason = "tests read files and start programs")]
#![expect(clippy::unwrap_used, reason = "a test may stop where it stands")]
#![expect(clippy::print_stderr, reason = "a test that is skipped says so")]

#[path = "formats/chrome.rs"]
mod chrome;
#[path = "formats/dump.rs"]
mod dump;
#[path = "formats/itf.rs"]
mod itf;
#[path = "formats/junit.rs"]
mod junit;
#[path = "formats/markdown.rs"]
mod markdown;
#[path = "formats/sarif.rs"]
mod sarif;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use goknot::report::dossier::{FORMATS, Format};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Runs goknot in the repository.
fn goknot(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_goknot"));
    command.args(args).current_dir(root()).env_remove("NO_COLOR").output().unwrap()
}

/// The formats that files are written in.
fn written() -> impl Iterator<Item = (&'static Format, &'static str)> {
    FORMATS.iter().filter_map(|format| Some((format, *format.endings.first()?)))
}

/// The small models of every kind of finding, the one that holds, and the hostile one.
fn models() -> Vec<PathBuf> {
    let mut models = vec![PathBuf::from("tests/formats/hostile.knot")];
    for folder in ["tests/reports", "tests/blame"] {
        let files = fs::read_dir(root().join(folder)).unwrap().map(|file| file.unwrap().path());
        let knots = files.filter(|path| path.extension().is_some_and(|extension| extension == "knot"));
        models.extend(knots.map(|path| path.strip_prefix(root()).unwrap().to_owned()));
    }
    models.sort();
    assert!(models.len() > 20);
    models
}

/// Files by name of the model and the format.
type Reports = BTreeMap<(String, &'static str), PathBuf>;

/// A report of every model in every format.
fn reports() -> &'static Reports {
    static REPORTS: OnceLock<(tempfile::TempDir, Reports)> = OnceLock::new();
    let (_, files) = REPORTS.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let mut files = BTreeMap::new();
        for model in models() {
            let name = model.file_stem().unwrap().to_string_lossy().into_owned();
            for (format, ending) in written() {
                let file = folder.path().join(format!("{name}.{ending}"));
                let ran = goknot(&["report", &model.to_string_lossy(), "-o", &file.to_string_lossy()]);
                let status = ran.status.code().unwrap();
                assert!(status <= 1, "{name}.{ending}: {status}\n{}", String::from_utf8_lossy(&ran.stderr));
                files.insert((name.clone(), format.name), file);
            }
        }
        (folder, files)
    });
    files
}

/// The reports in one format, with the names of their models.
fn in_format(format: &str) -> Vec<(&'static str, String)> {
    let reports = reports().iter().filter(|((_, name), _)| *name == format);
    let all: Vec<_> =
        reports.map(|((model, _), file)| (model.as_str(), fs::read_to_string(file).unwrap())).collect();
    assert!(!all.is_empty(), "no report in {format}");
    all
}

fn parsed(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap()
}

/// A tool outside, or a word that the test was skipped; where tests decide, that is a failure.
fn tool(name: &str, there: bool) -> bool {
    if !there {
        assert!(std::env::var_os("CI").is_none(), "{name} is missing: run .ci/prepare");
        eprintln!("SKIP: {name} is missing");
    }
    there
}

fn runs(program: &str) -> bool {
    let version = if program == "dot" { "-V" } else { "--version" };
    Command::new(program).arg(version).output().is_ok_and(|ran| ran.status.success())
}

#[test]
fn nothing_in_a_report_steers_its_reader() {
    for ((model, format), file) in reports() {
        let text = fs::read_to_string(file).unwrap();
        // Data that must come back as it went in: the parser of the format decides what is safe there.
        let bad = |c: &char| {
            let bidi =
                matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
            (c.is_control() && !matches!(c, '\n' | '\t')) || (bidi && !matches!(*format, "json" | "itf"))
        };
        assert_eq!(text.chars().find(bad), None, "{model} as {format}");
    }
}

#[test]
fn mermaid_and_the_schema_of_sarif() {
    let tools = root().join("target/tools/npm");
    let there = tools.join("node_modules/mermaid").exists() && runs("node");
    if !tool("Mermaid", there) {
        return;
    }
    let wanted =
        reports().iter().filter(|((_, format), _)| matches!(*format, "markdown" | "mermaid" | "sarif"));
    let files: Vec<&PathBuf> = wanted.map(|(_, file)| file).collect();
    let script = root().join("tests/formats/check.mjs");
    let ran = Command::new("node").arg(script).arg(tools).args(files).output().unwrap();
    let said = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success(), "{said}{}", String::from_utf8_lossy(&ran.stderr));
}

#[test]
fn graphviz_reads_the_graphs() {
    if !tool("Graphviz", runs("dot")) {
        return;
    }
    for ((model, format), file) in reports() {
        if *format == "dot" {
            let ran = Command::new("dot").arg("-Tsvg").arg(file).output().unwrap();
            let said = String::from_utf8_lossy(&ran.stderr).into_owned();
            assert!(ran.status.success() && said.is_empty(), "{model}: {said}");
        }
    }
}

#[test]
fn events_of_chrome() {
    for (model, text) in in_format("chrome") {
        chrome::check(model, &parsed(&text));
    }
}

#[test]
fn states_of_itf() {
    for (model, text) in in_format("itf") {
        itf::check(model, &parsed(&text));
    }
}

#[test]
fn flows_of_sarif() {
    for (model, text) in in_format("sarif") {
        sarif::check(model, &parsed(&text));
    }
}

/// Code scanning knows a finding again after lines have moved.
#[test]
fn fingerprints_stay_when_lines_move() {
    let folder = tempfile::tempdir().unwrap();
    let fingerprints = |text: &str| -> Vec<String> {
        let model = folder.path().join("m.knot");
        fs::write(&model, text).unwrap();
        let ran = goknot(&["report", &model.to_string_lossy(), "--format", "sarif"]);
        let log = parsed(&String::from_utf8(ran.stdout).unwrap());
        let results = log["runs"][0]["results"].as_array().unwrap().clone();
        results.iter().map(|result| result["partialFingerprints"]["goknotFinding/v1"].to_string()).collect()
    };
    let text = fs::read_to_string(root().join("tests/reports/close.knot")).unwrap();
    let before = fingerprints(&text);
    assert!(before.len() > 1);
    assert!(before.windows(2).all(|pair| pair[0] != pair[1]), "{before:?}");
    assert_eq!(fingerprints(&format!("// One.\n// Two.\n{text}")), before);
}

#[test]
fn tests_of_junit() {
    for (model, text) in in_format("junit") {
        junit::check(model, &text);
    }
}

#[test]
fn goroutines_of_dumps() {
    for (model, text) in in_format("dump") {
        dump::check(model, &text);
    }
}

#[test]
fn pages_of_markdown() {
    for (model, text) in in_format("markdown") {
        markdown::check(model, &text);
    }
}

/// What the runner of GitHub's actions makes of a line.
#[test]
fn annotations() {
    for model in models() {
        let said = goknot(&["report", &model.to_string_lossy(), "--format", "github"]).stdout;
        let said = String::from_utf8(said).unwrap();
        assert!(!said.is_empty(), "{}", model.display());
        for line in said.lines() {
            let (head, message) = line.strip_prefix("::").unwrap().split_once("::").unwrap();
            let (command, properties) = head.split_once(' ').unwrap();
            assert!(matches!(command, "error" | "warning" | "notice"), "{line}");
            assert!(!message.is_empty(), "{line}");
            let names: Vec<&str> =
                properties.split(',').map(|property| property.split_once('=').unwrap().0).collect();
            assert_eq!(names, ["file", "line", "col", "title"], "{line}");
            assert!(properties.starts_with(&format!("file={},", model.display())), "{line}");
            assert!(!properties.split_once("title=").unwrap().1.contains([':', ',']), "{line}");
        }
    }
}

#[test]
fn the_same_model_gives_the_same_bytes_from_anywhere() {
    let folder = tempfile::tempdir().unwrap();
    let model = "tests/reports/miniredis.knot";
    for (format, ending) in written() {
        let first = folder.path().join(format!("first.{ending}"));
        let again = folder.path().join(format!("again.{ending}"));
        goknot(&["report", model, "-o", &first.to_string_lossy()]);
        let absolute = root().join(model).to_string_lossy().into_owned();
        goknot(&["--color", "always", "report", &absolute, "-o", &again.to_string_lossy()]);
        assert_eq!(fs::read(first).unwrap(), fs::read(again).unwrap(), "{}", format.name);
    }
}

#[test]
fn no_report_tells_where_it_was_made() {
    let folder = tempfile::tempdir().unwrap();
    let model = folder.path().join("a ,:%\"'&<b>|`#.knot");
    fs::copy(root().join("tests/formats/hostile.knot"), &model).unwrap();
    let here = folder.path().to_string_lossy().into_owned();
    for format in FORMATS {
        let ran = goknot(&["report", &model.to_string_lossy(), "--format", format.name]);
        assert_eq!(ran.status.code(), Some(1), "{}", format.name);
        let text = String::from_utf8(ran.stdout).unwrap();
        assert!(!text.contains(&here), "{}", format.name);
        match format.name {
            "chrome" => chrome::check("name", &parsed(&text)),
            "itf" => itf::check("name", &parsed(&text)),
            "sarif" => sarif::check("name", &parsed(&text)),
            "junit" => junit::check("name", &text),
            "dump" => dump::check("name", &text),
            "markdown" => markdown::check("name", &text),
            _ => assert!(!text.is_empty()),
        }
    }
}

#[test]
fn the_exit_status_is_that_of_check() {
    let status = |args: &[&str]| goknot(&[&["report"], args].concat()).status.code();
    for format in FORMATS {
        assert_eq!(status(&["tests/reports/idle.knot", "--format", format.name]), Some(0), "{}", format.name);
        let bounded = ["tests/reports/idle.knot", "--max-states", "3", "--format", format.name];
        assert_eq!(status(&bounded), Some(3), "{}", format.name);
    }
    assert_eq!(status(&["tests/reports/miniredis.knot"]), Some(1));
    assert_eq!(status(&["models/seeds/miniredis/miniredis.knot", "--fix", "unlock_first"]), Some(0));
    assert_eq!(status(&["tests/reports/miniredis.knot", "--fix", "nobody"]), Some(2));
    assert_eq!(status(&["tests/reports/nothing.knot"]), Some(2));
    assert_eq!(status(&["tests/reports/miniredis.knot", "--engine", "all"]), Some(2));
}

#[test]
fn an_ending_that_nobody_knows_is_refused_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("report.pdf");
    let ran = goknot(&["report", "tests/reports/idle.knot", "-o", &file.to_string_lossy()]);
    assert_eq!(ran.status.code(), Some(2));
    let said = String::from_utf8(ran.stderr).unwrap();
    assert!(said.contains("GK0408"), "{said}");
    for (_, ending) in written() {
        assert!(said.replace('\n', " ").contains(&format!(".{ending}")), "{ending}: {said}");
    }
    assert!(!file.exists());
}
