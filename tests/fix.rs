//! `goknot fix` as its users meet it: what it finds, what it says against it, and what it does not find.

#![expect(clippy::disallowed_methods, reason = "tests read files and start programs")]

mod program;

use std::fs;
use std::path::Path;

use program::{Ended, goknot};
use serde_json::Value;

fn fix(name: &str, more: &[&str]) -> Ended {
    let path = format!("tests/fix/{name}.knot");
    let args = ["fix", path.as_str()].into_iter().chain(more.iter().copied());
    goknot(args).inside(Path::new(env!("CARGO_MANIFEST_DIR"))).end()
}

fn json(name: &str, more: &[&str]) -> Value {
    let args: Vec<&str> = ["--format", "json"].into_iter().chain(more.iter().copied()).collect();
    let ended = fix(name, &args);
    let all: Value =
        serde_json::from_str(&ended.stdout).unwrap_or_else(|error| panic!("{error}: {}", ended.stderr));
    all["models"][0].clone()
}

fn fixes(model: &Value) -> &Vec<Value> {
    model["fixes"].as_array().expect("a list")
}

/// The fix whose title has these words.
fn titled<'a>(model: &'a Value, words: &str) -> &'a Value {
    let has = |fix: &&Value| fix["title"].as_str().is_some_and(|title| title.contains(words));
    let titles = || fixes(model).iter().map(|fix| fix["title"].to_string()).collect::<Vec<_>>();
    fixes(model).iter().find(has).unwrap_or_else(|| panic!("no {words} in {:?}", titles()))
}

fn lost(fix: &Value) -> String {
    fix["lost"].to_string()
}

#[test]
fn what_an_engineer_sees() {
    let ended = fix("stop", &["-j", "1"]);
    ended.exits(0);
    insta::assert_snapshot!("stop", ended.stdout);
    let ended = fix("stop", &["-j", "2", "--format", "markdown"]);
    ended.exits(0);
    insta::assert_snapshot!("stop.md", ended.stdout);
}

#[test]
fn what_is_printed_can_be_pasted_and_holds() {
    for name in ["stop", "tricks", "two", "race", "turns"] {
        let model = json(name, &[]);
        let best = &fixes(&model)[0];
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/fix/{name}.knot"));
        let text = fs::read_to_string(path).expect("a model");
        let pasted = format!("{text}\n{}", best["declaration"].as_str().expect("text"));
        let chosen = best["name"].as_str().expect("text");
        goknot(["check", "-", "--sweep", "--fix", chosen]).stdin(pasted).end().exits(0);
    }
}

#[test]
fn the_models_own_fix_plays_no_part() {
    let model = json("stop", &[]);
    assert_eq!(model["own"], "has the name that the search would give");
    let best = &fixes(&model)[0];
    assert_eq!(best["name"], "unlock_first_2");
    assert_eq!(best["title"], "give s.mu back before s.wg.Wait()");
    assert_eq!(best["lost"], serde_json::json!([]));
}

#[test]
fn a_fix_of_two_changes() {
    let model = json("two", &[]);
    assert_eq!(model["pairs"], true);
    let best = &fixes(&model)[0];
    assert_eq!(best["name"], "buffer");
    assert!(best["title"].as_str().is_some_and(|title| title.contains("answers") && title.contains("errs")));
    assert_eq!(best["lost"], serde_json::json!([]));
}

#[test]
fn a_race() {
    let model = json("race", &[]);
    let best = &fixes(&model)[0];
    assert_eq!(best["title"], "s.calls++ under s.mu");
}

#[test]
fn the_goroutine_taken_away() {
    let model = json("tricks", &[]);
    assert_eq!(fixes(&model)[0]["title"], "room for one value in results");
    assert_eq!(fixes(&model)[0]["lost"], serde_json::json!([]));
    // The cover asks for a result: without the goroutine, or without its send, nothing holds.
    assert!(fixes(&model).iter().all(|fix| !fix["title"].to_string().contains("without go work")));
    let without = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fix/tricks.knot"))
        .expect("a model")
        .replace("cover received: got\n", "");
    let ended = goknot(["fix", "-", "--format", "json"]).stdin(without).end();
    let all: Value = serde_json::from_str(&ended.stdout).expect("JSON");
    let model = &all["models"][0];
    assert_eq!(fixes(model)[0]["title"], "room for one value in results");
    let gone = titled(model, "without go work(results)");
    assert!(lost(gone).contains("work runs"), "{gone}");
    let silent = titled(model, "without results <- 1");
    assert!(lost(silent).contains("<-results"), "{silent}");
    assert!(lost(silent).contains("left out"), "{silent}");
}

#[test]
fn waiting_made_turning_round() {
    let model = json("turns", &[]);
    let best = &fixes(&model)[0];
    assert_eq!(best["lost"], serde_json::json!([]), "{best}");
    let turning = titled(&model, "select: do not wait");
    let endless = fixes(&model).iter().find(|fix| fix["title"] == "select: do not wait").unwrap_or(turning);
    assert!(lost(endless).contains("for ever"), "{endless}");
}

#[test]
fn what_is_not_found() {
    fix("no_bug", &[]).exits(0).says("nothing to fix");
    fix("no_fix", &[]).exits(1).says("none of");
    fix("asserts", &[]).exits(1).says("none of");
    fix("stop", &["--tries", "1"]).exits(3).says("were not tried");
    fix("stop", &["--max-states", "3"]).exits(3).says("whether there is a bug is not known");
    fix("stop", &["--max-time", "0s"]).exits(3);
}

#[test]
fn several_models() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let ended = goknot(["fix", "tests/fix/no_bug.knot", "tests/fix/tricks.knot", "tests/fix/no_fix.knot"])
        .inside(folder)
        .end();
    ended.exits(1).says("a fix was found for 1 of 2 models").says("1 have no bug");
    goknot(["fix", "tests/fix/testdata/broken.knot", "tests/fix/no_bug.knot"])
        .inside(folder)
        .end()
        .exits(2)
        .says("cannot be read");
    let ended = goknot(["fix", "tests/fix/tricks.knot", "tests/fix/no_bug.knot", "--format", "markdown"])
        .inside(folder)
        .end();
    ended.exits(0).says("| tests/fix/tricks | room for one value in results | buffer | 0 |");
}

#[test]
fn what_is_refused() {
    fix("testdata/broken", &[]).exits(2);
    fix("testdata/no_main", &[]).exits(2);
    fix("nowhere", &[]).exits(2);
    goknot(["fix"]).end().exits(2);
    goknot(["fix", "-"]).stdin("").end().exits(2);
    goknot(["fix", "-"]).stdin([0xff, 0xfe, 0x00]).end().exits(2);
    fix("stop", &["--tries", "0"]).exits(2);
    fix("stop", &["--jobs", "0"]).exits(2);
}

/// Rows of the table in `docs/fix.md` that are quick to make again.
const SAMPLE: &[&str] = &[
    "blocking/cockroach/25456",
    "blocking/etcd/6857",
    "blocking/kubernetes/62464",
    "blocking/moby/25384",
    "blocking/moby/33293",
    "nonblocking/kubernetes/80284",
    "nonblocking/moby/22941",
    "nonblocking/moby/27037",
];

#[test]
fn the_table_tells_what_is_found() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(folder.join("docs/fix.md")).expect("the page");
    // The time differs.
    let timeless = |row: &str| -> Vec<String> {
        row.split(" | ").filter(|cell| !cell.ends_with(" s")).map(str::to_owned).collect()
    };
    let mut args = vec!["fix".to_owned(), "--format".to_owned(), "markdown".to_owned()];
    args.extend(SAMPLE.iter().map(|model| format!("models/goker/{model}.knot")));
    let ended = goknot(args).inside(folder).within(300).end();
    for model in SAMPLE {
        let starts = format!("| models/goker/{model} |");
        let row = |text: &str| text.lines().find(|line| line.starts_with(&starts)).map(timeless);
        assert!(row(&ended.stdout).is_some(), "{}", ended.stderr);
        assert_eq!(row(&page), row(&ended.stdout), "run .ci/fixes");
    }
}

#[test]
fn equal_input_gives_equal_bytes() {
    let text = |jobs: &str| {
        let mut model = json("two", &["-j", jobs]);
        model["seconds"] = Value::Null;
        model.to_string()
    };
    assert_eq!(text("1"), text("2"));
}
