//! `goknot verify` as its users meet it: verdicts, parts, losses, rules, damages, formats.

#![allow(clippy::disallowed_methods, reason = "tests read files and start programs")]

mod program;

use std::path::Path;

use program::{Ended, goknot};
use serde_json::Value;

fn verify(name: &str, more: &[&str]) -> Ended {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/verify").join(format!("{name}.knot"));
    let args = ["verify", path.to_str().expect("text")].into_iter().chain(more.iter().copied());
    goknot(args).end()
}

fn json(name: &str) -> Value {
    let ended = verify(name, &["--format", "json"]);
    let all: Value =
        serde_json::from_str(&ended.stdout).unwrap_or_else(|error| panic!("{error}: {}", ended.stderr));
    all["models"][0].clone()
}

#[test]
fn what_a_reviewer_sees() {
    let ended = verify("queue", &[]);
    ended.exits(0);
    let path = env!("CARGO_MANIFEST_DIR");
    insta::assert_snapshot!("queue", ended.stdout.replace(&format!("{path}/"), ""));
    let ended = verify("queue", &["--format", "markdown"]);
    insta::assert_snapshot!(
        "queue.md",
        ended.stdout.replace(&format!("{path}/"), "").replace(&path.replace('_', "\\_"), "")
    );
}

#[test]
fn the_rule_for_two_parameters() {
    let model = json("queue");
    assert_eq!(model["original"]["rule"], "jobs > room");
    assert_eq!(model["original"]["smallest"], "jobs=1 room=0");
    assert_eq!(model["fixes"][1]["rule"], "jobs >= room + 2", "{}", model["fixes"][1]);
    assert_eq!(model["fixes"][1]["to_hold"], false);
}

#[test]
fn each_part_alone() {
    let model = json("queue");
    let parts = model["fixes"][0]["parts"].as_array().expect("parts");
    let of = |change: &str| {
        let found = parts.iter().find(|part| part["change"].as_str().is_some_and(|it| it.contains(change)));
        found.unwrap_or_else(|| panic!("no {change} in {parts:?}"))["need"].clone()
    };
    assert_eq!(of("make(chan int, jobs)"), "needed");
    assert_eq!(of("logged++"), "not_needed");
}

#[test]
fn a_fix_that_takes_the_goroutine_away() {
    let model = json("lazy");
    let fix = |name: &str| {
        let fixes = model["fixes"].as_array().expect("fixes");
        fixes.iter().find(|fix| fix["name"] == name).cloned().expect("the fix")
    };
    let lost = |name: &str| -> Vec<String> {
        let fix = fix(name);
        let lost = fix["lost"].as_array().expect("a list");
        lost.iter().map(|deed| deed["what"].as_str().expect("text").to_owned()).collect()
    };
    assert!(lost("nobody_works").iter().any(|what| what == "work runs"), "{:?}", lost("nobody_works"));
    assert!(lost("never_sends").iter().any(|what| what.contains("<-results")), "{:?}", lost("never_sends"));
    assert!(
        lost("goes_round").iter().any(|what| what.contains("a run comes to its end")),
        "{:?}",
        lost("goes_round")
    );
    assert_eq!(lost("room"), [""; 0]);
    verify("lazy", &["--fix", "room"]).exits(0).says("loses nothing");
    verify("lazy", &["--fix", "nobody_works"]).exits(1).says("without saying why");
}

#[test]
fn what_is_lost_is_explained() {
    let root = format!("{}/", env!("CARGO_MANIFEST_DIR"));
    let ended = verify("gives_up", &[]);
    ended.exits(0);
    insta::assert_snapshot!("gives_up", ended.stdout.replace(&root, ""));
    let ended = verify("gives_up", &["--format", "markdown"]);
    ended.exits(0);
    let root = root.replace('_', "\\_");
    insta::assert_snapshot!("gives_up.md", ended.stdout.replace(&root, ""));
    let fixes = json("gives_up")["fixes"].clone();
    assert_eq!(fixes[0]["compared"], "runs");
    assert_eq!(fixes[0]["lost"], serde_json::json!([]));
    assert_eq!(fixes[1]["lost"][0]["what"], "report runs");
    assert_eq!(fixes[1]["lost"][0]["with"], serde_json::json!(["send"]));
    assert_eq!(fixes[1]["lost"][0]["explained"], "nobody has ever read what it said");
}

#[test]
fn several_models_in_a_line_each() {
    let models = ["gives_up", "kept", "queue", "testdata/not_explained"];
    let paths = models.map(|name| format!("tests/verify/{name}.knot"));
    let run = |more: &[&str]| {
        let args = ["verify"].into_iter().chain(more.iter().copied()).chain(paths.iter().map(String::as_str));
        let ended = goknot(args).inside(Path::new(env!("CARGO_MANIFEST_DIR"))).end();
        ended.exits(1);
        ended.stdout
    };
    insta::assert_snapshot!("several", run(&[]));
    insta::assert_snapshot!("several.md", run(&["--format", "markdown"]));
}

#[test]
fn other_words_for_the_same_are_no_loss() {
    let fix = json("kept")["fixes"][0].clone();
    assert_eq!((&fix["compared"], &fix["lost"]), (&"runs".into(), &serde_json::json!([])));
}

#[test]
fn explanations_that_do_not_fit_the_losses() {
    verify("testdata/not_explained", &["--quick"]).exits(0);
    let ended = verify("testdata/not_explained", &[]);
    ended.exits(1).says("fix silent holds, but loses 1 behaviour without saying why");
    ended.says("NOT EXPLAINED: if it is meant, say why in the fix: loses report").says("NOT LOST: main");
}

#[test]
fn what_is_not_as_expected() {
    verify("testdata/broken_fix", &[]).exits(1).says("does NOT hold").says("without a fix");
    verify("no_bug", &[]).exits(0).says("no bug without a fix").says("nothing to fix");
    verify("no_fix", &[]).exits(0).says("the model has no fix");
    verify("queue", &["--fix", "rooms"]).exits(2).complains("GK0406");
    goknot(["verify", "/nowhere.knot"]).end().exits(2);
    goknot(["verify"]).end().exits(2);
}

#[test]
fn damages_and_vacuous_checks() {
    let model = json("vacuous");
    let fix = &model["fixes"][0];
    assert_eq!(fix["vacuous"], serde_json::json!(["always n >= 0"]));
    let mutants = fix["mutants"].as_array().expect("a list");
    let caught = |what: &str| {
        let found = mutants.iter().find(|mutant| mutant["what"] == what);
        found.unwrap_or_else(|| panic!("no {what} in {mutants:?}"))["caught"].is_string()
    };
    assert!(caught("without mu.Unlock()"));
    assert!(!caught("without close(done)"));
}

/// A seed, as the table in `docs/verify.md` has it.
fn seed(name: &str) -> Value {
    let path = format!("models/seeds/{name}/{name}.knot");
    let args = ["verify", "--format", "json", path.as_str()];
    let ended = goknot(args).inside(Path::new(env!("CARGO_MANIFEST_DIR"))).within(600).end();
    ended.exits(0);
    let all: Value = serde_json::from_str(&ended.stdout).expect("JSON");
    all["models"][0].clone()
}

/// The changes of this need in a fix, each by what it is in.
fn of_need<'a>(fix: &'a Value, need: &str) -> Vec<&'a str> {
    let parts = fix["parts"].as_array().expect("parts");
    let those = parts.iter().filter(|part| part["need"] == need);
    those.map(|part| part["within"].as_str().expect("text")).collect()
}

#[test]
fn room_for_more_events_moves_the_limit_and_the_patch_removes_it() {
    let model = seed("cockroach_2448");
    assert_eq!(model["original"]["rule"], "always");
    let workaround = &model["fixes"][0];
    assert_eq!((workaround["checks"].as_u64(), workaround["failing"].as_u64()), (Some(6), Some(3)));
    assert_eq!(workaround["rule"], "entries >= eventBuffer + 2");
    let patch = &model["fixes"][1];
    assert_eq!((patch["checks"].as_u64(), patch["failing"].as_u64()), (Some(6), Some(0)));
    assert_eq!(of_need(patch, "needed"), ["state.start", "state.start"]);
    let spare = ["state.handleWriteResponse", "state.processCommittedEntry", "state.processCommittedEntry"];
    assert_eq!(of_need(patch, "not_needed"), spare);
    assert_eq!((of_need(patch, "tied").len(), of_need(patch, "unknown").len()), (8, 0));
    assert_eq!((&patch["compared"], &patch["lost"]), (&"runs".into(), &serde_json::json!([])));
}

#[test]
fn two_clients_and_one_notification_too_many() {
    let model = seed("grpc_shim");
    assert_eq!(model["original"]["rule"], "clients >= 2 and clients + burst >= goBuffer + 3");
    assert_eq!(model["original"]["checks"], 36);
    let fix = &model["fixes"][0];
    assert_eq!((fix["checks"].as_u64(), fix["failing"].as_u64()), (Some(36), Some(0)));
    assert_eq!(of_need(fix, "needed"), ["shim.send"]);
    assert_eq!(of_need(fix, "not_needed"), ["shim.receive"]);
    assert_eq!((&fix["compared"], &fix["lost"]), (&"runs".into(), &serde_json::json!([])));
}

#[test]
fn every_change_of_close_is_needed() {
    let model = seed("miniredis");
    assert_eq!(model["original"]["rule"], "always");
    assert_eq!(model["original"]["smallest"], "conns=1");
    let fix = &model["fixes"][0];
    assert_eq!((fix["checks"].as_u64(), fix["failing"].as_u64()), (Some(3), Some(0)));
    assert_eq!((of_need(fix, "needed").len(), of_need(fix, "tied").len()), (5, 1));
    assert_eq!(fix["parts"].as_array().map(Vec::len), Some(6));
    assert!(fix["mutants"].as_array().expect("a list").iter().all(|mutant| mutant["caught"].is_string()));
    assert_eq!((&fix["compared"], &fix["lost"]), (&"runs".into(), &serde_json::json!([])));
}
