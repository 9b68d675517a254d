//! The page that `goknot report` writes for browsers: closed in itself, the same every time, safe from what a model says,
//! and readable: the browser tests open it in Chromium (`tests/browser/read.mjs` says what they do there).

#![expect(clippy::disallowed_methods, reason = "tests read files and start programs")]
#![expect(clippy::print_stdout, reason = "what is skipped is said")]

mod program;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use program::{Folder, goknot};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The page of `model`, a path below the repository.
fn page(model: &str) -> String {
    let ended = goknot(["report", "--format", "html", model]).inside(root()).end();
    assert!(matches!(ended.code, Some(0 | 1)), "{model}: {ended:?}");
    ended.stdout
}

/// The values of an attribute, in order.
fn values<'a>(page: &'a str, attribute: &str) -> Vec<&'a str> {
    let start = format!(" {attribute}=\"");
    page.split(&start).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

const MINIREDIS: &str = "models/seeds/miniredis/miniredis.knot";
const HOSTILE: &str = "tests/page/hostile.knot";

#[test]
fn nothing_is_fetched() {
    for model in [MINIREDIS, HOSTILE] {
        let page = page(model);
        for way in
            [" src=\"", " srcset=", "@import", "url(h", "url(/", "<iframe", "<object", "<embed", "<form"]
        {
            assert!(!page.contains(way), "{model}: {way}");
        }
        let links: Vec<&str> = values(&page, "href").into_iter().filter(|it| !it.starts_with('#')).collect();
        let outside: Vec<&&str> =
            links.iter().filter(|it| !it.starts_with("https://") && **it != "data:,").collect();
        assert!(outside.is_empty(), "{model}: {outside:?}");
    }
}

#[test]
fn every_link_inside_the_page_leads_somewhere() {
    let page = page(MINIREDIS);
    let ids = values(&page, "id");
    let unique: BTreeSet<&str> = ids.iter().copied().collect();
    assert_eq!(ids.len(), unique.len(), "ids are unique");
    let links: BTreeSet<&str> =
        values(&page, "href").into_iter().filter_map(|it| it.strip_prefix('#')).collect();
    assert!(links.contains("step=7") && links.contains("step=end"), "{links:?}");
    let lost: Vec<&&str> = links.iter().filter(|it| !unique.contains(*it)).collect();
    assert!(lost.is_empty(), "{lost:?}");
}

#[test]
fn text_of_a_model_is_no_markup() {
    let page = page(HOSTILE);
    assert_eq!(page.matches("<script").count(), 1, "our own");
    assert_eq!(page.matches("</script").count(), 1);
    assert_eq!(page.matches("</style").count(), 1);
    for marks in ["<img", "<svg onload", "onmouseover=\"", "href=\"javascript"] {
        assert!(!page.contains(marks), "{marks}");
    }
    // Twice in the source, and wherever the words are shown.
    assert!(page.matches("&lt;/script&gt;&lt;script&gt;alert(6)").count() >= 2);
    let steering =
        |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\0');
    assert!(!page.contains(steering), "marks that turn the text are spelled out");
}

#[test]
fn the_same_model_gives_the_same_bytes() {
    let here = page(MINIREDIS);
    assert_eq!(here, page(MINIREDIS));
    // From another folder, by an absolute path: nothing of the machine is in it.
    let folder = Folder::new();
    let file = root().join(MINIREDIS);
    let file = file.to_str().expect("a path of text");
    let ended = goknot(["report", "--format", "html", file]).inside(&folder.path("")).end();
    let there = ended.stdout.replace("miniredis.knot", MINIREDIS);
    assert_eq!(there.replace("<h2>models", "").len(), here.replace("<h2>models", "").len());
    assert!(!there.contains(env!("CARGO_MANIFEST_DIR")));
}

#[test]
fn without_script_every_step_is_there() {
    let page = page(MINIREDIS);
    for step in ["0", "1", "2", "3", "6", "7", "10", "12", "end"] {
        assert!(page.contains(&format!("<article class=\"panel\" id=\"step={step}\"")), "{step}");
    }
    assert!(page.contains("stuck: sync.WaitGroup.Wait") && page.contains("stuck: sync.Mutex.Lock"));
    // Held since step 10, and so at step 12 and in the end.
    assert_eq!(page.matches("held by main (since step 10, line 72)").count(), 3);
    assert!(page.contains("main holds m since step 10"), "the bar of the lock");
}

#[test]
fn a_model_that_holds_has_a_page_too() {
    let fixed =
        goknot(["report", "--format", "html", "--fix", "unlock_first", MINIREDIS]).inside(root()).end();
    assert_eq!(fixed.code, Some(0));
    assert!(fixed.stdout.contains("<strong class=\"badge good\">holds</strong>"));
    assert!(!fixed.stdout.contains("<script"), "there is nothing to play");
}

#[test]
fn a_long_run_of_many_stays_readable() {
    let page = page("tests/page/many.knot");
    assert!(page.contains("9 × worker"));
    let steps = page.split("The end, after ").nth(1).and_then(|it| it.split(' ').next());
    let steps: usize = steps.and_then(|it| it.parse().ok()).unwrap_or_default();
    assert!(steps >= 250, "{steps} steps");
    let rows = page.matches("<li class=\"row ").count();
    assert!(rows <= 80, "{rows} rows");
    assert!(page.len() < 500_000, "{} bytes", page.len());
    // What is folded is still told, in the state that comes after it.
    assert!(page.contains("more steps</span>") && page.contains("that change nothing of note"));
}

/// What stands on the aligned timeline: `=` for both, `-` and `+` for one of them, `~` for a mark.
fn timeline(page: &str) -> Vec<String> {
    let pairs =
        page.split("<ol class=\"pairs\">").nth(1).and_then(|it| it.split("</ol>").next()).unwrap_or_default();
    let codes = |html: &str| -> Vec<String> {
        let all = html.split("<code>").skip(1).filter_map(|it| it.split("</code>").next());
        all.map(|it| it.replace("&lt;", "<").replace("&amp;", "&")).collect()
    };
    let mut lines = Vec::new();
    for item in pairs.split("<li class=\"").skip(1) {
        if item.starts_with("mark ") {
            let class = item.split(['"', ' ']).nth(1).unwrap_or_default();
            lines.push(format!("~ {class}"));
        } else if item.starts_with("pair same") {
            lines.push(format!("= {}", codes(item).join(", ")));
        } else {
            let (bug, fix) = item.split_once("class=\"side fixed\"").unwrap_or((item, ""));
            for (sign, side) in [("-", bug), ("+", fix)] {
                lines.extend(codes(side).into_iter().map(|it| format!("{sign} {it}")));
            }
        }
    }
    lines
}

#[test]
fn the_fix_stands_beside_the_bug() {
    for name in ["miniredis/miniredis", "grpc_shim/grpc_shim", "cockroach_2448/cockroach_2448"] {
        let lines = timeline(&page(&format!("models/seeds/{name}.knot")));
        insta::assert_snapshot!(
            format!("aligned_{}", name.rsplit('/').next().unwrap_or(name)),
            lines.join("\n")
        );
    }
}

/// The program, where it is installed. CI does not do without.
fn installed(program: &str, package: &str) -> Option<PathBuf> {
    let found = which::which(program).ok();
    assert!(
        found.is_some() || std::env::var_os("CI").is_none(),
        "no `{program}`: .ci/prepare installs {package}"
    );
    if found.is_none() {
        println!("SKIP: no `{program}` on the PATH");
    }
    found
}

#[test]
fn browsers_read_it() {
    let axe = root().join("target/tools/axe.min.js");
    let (Some(chromium), Some(node)) = (installed("chromium", "chromium"), installed("node", "nodejs"))
    else {
        return;
    };
    if !axe.exists() {
        assert!(std::env::var_os("CI").is_none(), "no {}: .ci/prepare fetches it", axe.display());
        println!("SKIP: no {}", axe.display());
        return;
    }
    let folder = Folder::new();
    // Each with the number of goroutines that are stuck in the end.
    let models = [
        (MINIREDIS, 2),
        ("tests/reports/crowd.knot", 3),
        ("tests/reports/countdown.knot", 1),
        ("tests/reports/livelock.knot", 0),
        ("models/goker/nonblocking/cockroach/4407.knot", 0),
        (HOSTILE, 0),
    ];
    let mut command = Command::new(node);
    command.arg(root().join("tests/browser/read.mjs")).args([chromium, axe]);
    for (model, stuck) in models {
        let name = Path::new(model).with_extension("html");
        let file = folder.file(&name.file_name().unwrap_or_default().to_string_lossy(), page(model));
        command.arg(format!("{}={stuck}", file.display()));
    }
    let ended = command.output().expect("node runs");
    let (out, err) = (String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
    assert!(ended.status.success(), "{out}{err}");
}
