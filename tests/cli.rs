//! The commands as their users meet them: exit statuses, options, streams, formats.

#![expect(clippy::disallowed_methods, reason = "tests read files and start programs")]

mod program;

use std::fs;
use std::path::Path;

use program::{Ended, Folder, goknot};
use serde_json::Value;

/// Two goroutines that take two locks in opposite orders; the fix takes them in one order.
const KNOT: &str = "\
model knot \"two locks, two orders\"

param workers = 1 in 0..2

type Pair struct {
	a, b sync.Mutex
}

func (p *Pair) forth() {
	p.a.Lock()
	p.b.Lock()
	p.b.Unlock()
	p.a.Unlock()
}

func (p *Pair) back() {
	p.b.Lock()
	p.a.Lock()
	p.a.Unlock()
	p.b.Unlock()
}

func main() {
	p := &Pair{}
	var wg sync.WaitGroup
	for i := 0; i < workers; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			p.forth()
		}()
	}
	p.back()
	wg.Wait()
}

expect deadlock

fix one_order \"take a first\" {
	func (p *Pair) back() {
		p.a.Lock()
		p.b.Lock()
		p.b.Unlock()
		p.a.Unlock()
	}
}
";

/// Holds.
const FINE: &str = "model fine\n\nfunc main() {\n\tc := make(chan int, 1)\n\tc <- 1\n\t<-c\n}\n";

/// Does not hold what it expects.
const WRONG: &str = "model wrong\n\nfunc main() {\n\tc := make(chan int)\n\tc <- 1\n}\n\nexpect leak\n";

/// Counts for ever.
const ENDLESS: &str = "model endless\n\nvar n int\n\nfunc main() {\n\tfor {\n\t\tn++\n\t}\n}\n";

/// `goknot ARGS -` with a model on standard input.
fn with(model: &str, args: &str) -> Ended {
    goknot(args.split_whitespace().chain(["-"])).stdin(model).end()
}

fn json(ended: &Ended) -> Value {
    serde_json::from_str(&ended.stdout).unwrap_or_else(|error| panic!("{error} in {}", ended.stdout))
}

#[test]
fn check_tells_by_its_status() {
    with(FINE, "check").exits(0).says("holds");
    with(KNOT, "check").exits(1).says("deadlock");
    with(KNOT, "check --fix one_order").exits(0).says("holds");
    with(KNOT, "check -p workers=0").exits(0);
    with("model m\n\nfunc main() {\n\tx\n}\n", "check").exits(2).complains("x");
    with(ENDLESS, "check --max-states 1000").exits(3).says("inconclusive").says("--max-states");
}

#[test]
fn with_two_threads_all_is_as_with_one() {
    // Large enough for a second one.
    let model = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/models/connections.knot");
    let said = |threads: &str| {
        let args =
            ["-p", "conns=6", "-p", "fixed=0", "--no-symmetry", "--format", "json", "--threads", threads];
        let ended =
            goknot(["check".as_ref(), model.as_os_str()].into_iter().chain(args.map(AsRef::as_ref))).end();
        ended.exits(1);
        let mut report = json(&ended);
        assert!(report["stats"]["states"].as_u64().is_some_and(|states| states > 50_000));
        report["stats"]["seconds"].take();
        report
    };
    assert_eq!(said("1"), said("2"));
}

#[test]
fn stubborn_sets_are_used_where_they_are_worth_it() {
    let check = |model: &str, args: &[&str]| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/models").join(model);
        let args = args.iter().chain(&["--no-symmetry", "--stats", "--format", "json"]).map(AsRef::as_ref);
        let ended = goknot(["check".as_ref(), path.as_os_str()].into_iter().chain(args)).end();
        ended.exits(0);
        (json(&ended)["stats"]["states"].as_u64().expect("states"), ended)
    };
    let (without, ended) = check("pipeline.knot", &["--no-stubborn"]);
    ended.complains("stubborn sets: off, by --no-stubborn");
    let (with, ended) = check("pipeline.knot", &[]);
    ended.complains("stubborn sets: on");
    assert!(with * 10 < without, "{with} of {without}");
    let (_, ended) = check("pipeline.knot", &["-p", "stages=2"]);
    ended.complains("stubborn sets: off, for the search is small");
    let (_, ended) = check("raft.knot", &["-p", "clients=5"]);
    ended.complains("stubborn sets: off, for mostly more than one step");
}

#[test]
fn reductions_can_be_switched_off_and_say_so() {
    let states = |args: &str| {
        let ended = with(KNOT, &format!("check -p workers=2 --stats --format json {args}"));
        ended.exits(1);
        (json(&ended)["stats"]["states"].as_u64().expect("states"), ended)
    };
    let (all, ended) = states("");
    ended.complains("fusion: on").complains("symmetry: on");
    let (alike, ended) = states("--no-fusion");
    ended.complains("fusion: off, by --no-fusion").complains("symmetry: on");
    let (fused, ended) = states("--no-symmetry");
    ended.complains("fusion: on").complains("symmetry: off, by --no-symmetry");
    let (none, _) = states("--no-reduction");
    assert!(all < alike && alike < none && all < fused && fused < none, "{all} {alike} {fused} {none}");
    with("model m\n\nvar x int\n\nfunc main() {\n\tgo func() { x = 1 }()\n\tx = 2\n}\n", "check --stats")
        .exits(1)
        .complains("fusion: off, for there is a race");
}

#[test]
fn memory_that_ends_makes_it_inconclusive() {
    // The allocator would end the process, and nobody would get a verdict.
    let folder = Folder::new();
    let model = folder.file("endless.knot", ENDLESS);
    let script = format!("ulimit -v 64000 && \"$GOKNOT\" check '{}'", model.display());
    program::shell(&script).end().exits(3).says("inconclusive").says("--max-memory");
}

#[test]
fn the_verdict_is_the_first_line() {
    let ended = with(KNOT, "check");
    assert!(ended.stdout.starts_with("deadlock: "), "{}", ended.stdout);
    assert_eq!(ended.stderr, "");
}

#[test]
fn usage_is_told_apart_from_models() {
    goknot([""; 0]).end().exits(2);
    goknot(["nonsense"]).end().exits(2).complains("nonsense");
    goknot(["check"]).end().exits(2).complains("FILE");
    with(FINE, "check --nonsense").exits(2).complains("--nonsense");
    with(FINE, "check --format nonsense").exits(2).complains("terminal");
    with(FINE, "check --timeout 30").exits(2).complains("30s");
    with(FINE, "check --max-memory 3X").exits(2).complains("512M");
    with(FINE, "check --max-states -1").exits(2);
    with(FINE, "check --goroutines 0").exits(2);
    with(FINE, "check --fix a --all").exits(2);
    with(FINE, "check -q -v").exits(2);
    goknot(["--help"]).end().exits(0).says("Exit status");
    goknot(["check", "--help"]).end().exits(0).says("--sweep");
    goknot(["--version"]).end().exits(0).says(env!("CARGO_PKG_VERSION"));
}

#[test]
fn parameters() {
    with(KNOT, "check -p workers=2 -q").exits(1).says("workers = 2");
    with(KNOT, "check -p worker=2").exits(2).complains("GK0404").complains("did you mean `workers`?");
    with(KNOT, "check -p workers=3").exits(2).complains("GK0405").complains("0..2");
    with(KNOT, "check -p workers=-1").exits(2).complains("GK0405");
    with(KNOT, "check -p workers").exits(2).complains("NAME=VALUE");
    with(KNOT, "check -p workers=x").exits(2);
    with(KNOT, "check -p workers=1 -p workers=2").exits(2).complains("twice");
    with(KNOT, "check --fix one_ordre").exits(2).complains("GK0406").complains("did you mean `one_order`?");
    with(FINE, "check --fix x").exits(2).complains("no `fix`");
}

#[test]
fn all_and_sweep() {
    with(KNOT, "check --all").exits(0).says("deadlock").says("holds");
    with(KNOT, "check --all --sweep").exits(0);
    with(KNOT, "check --sweep").exits(1).says("workers = 0").says("workers = 2");
    with(KNOT, "check --sweep --fix one_order").exits(0);
    with(WRONG, "check --all").exits(1);
    with(FINE, "check --all").exits(0);
}

#[test]
fn json_of_one_and_of_many() {
    let one = with(KNOT, "check --format json");
    let value = json(one.exits(1));
    assert_eq!(value["schema"], 1);
    assert_eq!(value["verdict"], "bug");
    assert_eq!(value["violation"]["kind"], "deadlock");
    assert_eq!(value["params"]["workers"], 1);
    let sweep = with(KNOT, "check --sweep --format json");
    let value = json(sweep.exits(1));
    let verdicts: Vec<&str> =
        value["runs"].as_array().expect("runs").iter().filter_map(|run| run["verdict"].as_str()).collect();
    assert_eq!(verdicts, ["holds", "bug", "bug"]);
    let broken = with("model m\n", "check --format json");
    let value = json(broken.exits(2));
    assert_eq!(value["verdict"], "error");
    assert!(value["diagnostics"][0]["code"].as_str().expect("a code").starts_with("GK"));
    assert_eq!(broken.stderr, "");
    let unknown = with(KNOT, "check -p x=1 --format json");
    assert_eq!(json(unknown.exits(2))["diagnostics"][0]["code"], "GK0404");
}

#[test]
fn short_is_one_line_a_finding() {
    let ended = with(KNOT, "check --format short");
    ended.exits(1);
    assert_eq!(ended.stdout.lines().count(), 1, "{}", ended.stdout);
    assert!(ended.stdout.starts_with("-:"), "{}", ended.stdout);
}

#[test]
fn output_goes_where_it_is_sent() {
    let folder = Folder::new();
    let path = folder.path("out.json");
    let name = path.to_str().expect("plain");
    let ended = with(KNOT, &format!("check --format json -o {name}"));
    ended.exits(1);
    assert_eq!(ended.stdout, "");
    let value: Value = serde_json::from_str(&fs::read_to_string(&path).expect("written")).expect("JSON");
    assert_eq!(value["verdict"], "bug");
    // A bad model leaves no empty file.
    let fresh = folder.path("fresh.txt");
    with("", &format!("check -o {}", fresh.display())).exits(2);
    assert!(!fresh.exists());
}

#[test]
fn colour_only_where_it_is_wanted() {
    let escape = '\u{1b}';
    let coloured = |ended: Ended| ended.stdout.contains(escape);
    assert!(!coloured(with(KNOT, "check")));
    assert!(coloured(with(KNOT, "check --color always")));
    assert!(!coloured(with(KNOT, "check --color never")));
    let run = |name: &str, args: &str| goknot(args.split(' ')).stdin(KNOT).env(name, "1").end();
    assert!(coloured(run("CLICOLOR_FORCE", "check -")));
    assert!(!coloured(run("CLICOLOR_FORCE", "check - --color never")));
    assert!(coloured(run("NO_COLOR", "check - --color always")));
    assert!(!with("model m", "check").stderr.contains(escape));
}

#[test]
fn test_prints_as_go_does() {
    let folder = Folder::new();
    folder.file("models/knot.knot", KNOT);
    folder.file("models/fine.knot", FINE);
    let test = |args: &str| goknot(args.split(' ')).inside(&folder.path("")).end();
    let ended = test("test models");
    ended.exits(0).says("ok  \tmodels/fine\t").says("ok  \tmodels/knot\t");
    assert!(ended.stdout.ends_with("PASS\n"), "{}", ended.stdout);
    test("test models -v").exits(0).says("--- PASS: models/knot/one_order");
    test("test models -run one_order -v").exits(0).says("1 model with 1 fix, 3 checks");
    test("test models -run ^nothing").exits(0).complains("no model");
    test("test models -q").exits(0);
    folder.file("models/wrong.knot", WRONG);
    let ended = test("test models");
    ended.exits(1).says("--- FAIL: models/wrong").says("expected  leak").says("found     deadlock");
    ended.says("models/wrong.knot:8:").says("FAIL\tmodels/wrong\t");
    assert!(ended.stdout.ends_with("FAIL\n"), "{}", ended.stdout);
    test("test models/fine.knot models/knot.knot").exits(0);
    folder.file("models/broken.knot", "model");
    test("test models -run fine|knot").exits(0);
    test("test models").exits(1).says("--- FAIL: models/broken");
    test("test missing").exits(2).complains("missing");
}

#[test]
fn test_in_other_formats() {
    let folder = Folder::new();
    folder.file("knot.knot", KNOT);
    folder.file("wrong.knot", WRONG);
    folder.file("broken.knot", "model");
    let test = |format: &str| goknot(["test", ".", "--format", format]).inside(&folder.path("")).end();
    let ended = test("json");
    let value = json(ended.exits(1));
    assert_eq!(value["pass"], false);
    assert_eq!(value["totals"]["failed"], 2);
    assert_eq!(value["models"][1]["cases"][1]["fix"], "one_order");
    assert_eq!(value["models"][1]["cases"][0]["checks"], 3);
    test("junit")
        .exits(1)
        .says("<testcase classname=\"knot\" name=\"one_order\"")
        .says("failures=\"1\" errors=\"1\"");
    test("markdown")
        .exits(1)
        .says("| knot |  | 2 | ")
        .says(" | deadlock | ")
        .says(" | one_order holds | ")
        .says("**FAIL** (2)");
}

#[test]
fn emit_errors_completions_man() {
    with(KNOT, "emit machine").exits(0).says("main");
    with(KNOT, "emit machine --fix one_order -p workers=2").exits(0);
    with("model", "emit machine").exits(2);
    goknot(["errors"]).end().exits(0).says("GK0401: ");
    goknot(["errors", "gk404"]).end().exits(0).says("# GK0404: ");
    goknot(["errors", "GK9999"]).end().exits(2).complains("GK9999");
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        goknot(["completions", shell]).end().exits(0).says("goknot");
    }
    goknot(["man"]).end().exits(0).says(".TH goknot").says("sweep");
}

#[test]
fn new_writes_models_that_are_as_they_expect() {
    let folder = Folder::new();
    let run = |args: &str| goknot(args.split(' ')).inside(&folder.path("")).end();
    run("new").exits(0).complains("wrote first.knot");
    run("new my-server.knot -q").exits(0);
    run("new --pattern abba").exits(0).complains("goknot check abba.knot");
    run("new --pattern double_lock locks.knot").exits(0);
    let text = |name: &str| fs::read_to_string(folder.path(name)).expect("written");
    assert!(text("my-server.knot").contains("\nmodel my_server \""));
    assert!(text("locks.knot").contains("\nmodel locks \""));
    run("test").exits(0).says("4 models");
    assert_eq!(run("new --pattern abba -").stdout, text("abba.knot"));
    assert_eq!(run("new -").stdout, text("first.knot"));
}

#[test]
fn new_lists_its_patterns() {
    let list = goknot(["new", "--list"]).end();
    list.exits(0).says("abba               two transfers");
    for line in list.stdout.lines() {
        let name = line.split(' ').next().expect("a name");
        goknot(["new", "--pattern", name, "-"]).end().exits(0).says(&format!("\nmodel {name} \""));
    }
}

#[test]
fn new_overwrites_nothing_and_helps_with_names() {
    let folder = Folder::new();
    folder.file("abba.knot", "mine");
    let run = |args: &str| goknot(args.split(' ')).inside(&folder.path("")).end();
    run("new --pattern abba").exits(2).complains("abba.knot exists already").complains("help: ");
    run("new abba.knot").exits(2);
    assert_eq!(fs::read_to_string(folder.path("abba.knot")).expect("there"), "mine");
    run("new --pattern aba").exits(2).complains("did you mean `abba`?");
    run("new --pattern nonsense").exits(2).complains("goknot new --list");
    run("new abba").exits(2).complains("goknot new --pattern abba");
    run("new server").exits(2).complains("call it `server.knot`");
    run("new no/such/folder.knot").exits(2).complains("cannot write");
    run("new --list abba.knot").exits(2);
}

#[cfg(unix)]
#[test]
fn an_interrupt_prints_what_is_known() {
    let folder = Folder::new();
    let model = folder.file("m.knot", ENDLESS);
    let script = format!(
        "\"$GOKNOT\" check '{}' > '{}' & pid=$!; sleep 1; kill -INT $pid; wait $pid",
        model.display(),
        folder.path("out").display()
    );
    program::shell(&script).within(20).end().exits(130);
    assert!(fs::read_to_string(folder.path("out")).expect("written").contains("states"));
}
