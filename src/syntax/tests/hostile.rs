//! Texts that nobody writes: nothing may panic, hang or overflow the stack.
//!
//! Times are generous: they tell linear from exponential, not fast from slow, on a machine that has ten other things to do.

#![expect(clippy::disallowed_methods, reason = "the tests look at the clock")]

use std::time::{Duration, Instant};

use super::parsed;
use crate::diag::render::{Style, render};
use crate::source::Source;

/// Parses and renders in less than `seconds`, or ten times that where others keep the machine busy; gives the codes.
fn within(seconds: u64, name: &str, text: &str) -> Vec<String> {
    let start = Instant::now();
    let (file, found) = parsed(text);
    drop(file);
    let shown = render(&Source::new(name, text), &found, Style::default());
    assert!(shown.len() < 200_000, "{name} fills the screen");
    let took = start.elapsed();
    assert!(took < 10 * Duration::from_secs(seconds), "{name}: {took:?}");
    found.iter().map(|found| found.code.to_string()).collect()
}

fn in_main(body: &str) -> String {
    format!("model t\nfunc main() {{\n{body}\n}}\n")
}

/// Openings and closings that nest.
const NESTS: &[(&str, &str)] = &[
    ("(", ")"),
    ("[", "]"),
    ("{", "}"),
    ("T{", "}"),
    ("[]T{", "}"),
    ("map[T]U{a: ", "}"),
    ("map[", "]a"),
    ("f(", ")"),
    ("a[", "]"),
    ("a[b[c](d)", "]"),
    ("func() { x := ", "}"),
    ("func() { x := 1 2 ", "}"),
    ("f(func(a [n]T, List[int]) { x y\n", "} z)\n"),
    ("func(a ", ")"),
    ("func(a [n]List[", "])"),
    ("if x {\n", "}\n"),
    ("if func() bool { ", "}() {}\n"),
    ("for i := range f(func() {\n", "}) {}\n"),
    ("select {\ncase <-c:\n", "}\n"),
    ("switch x {\ncase 1:\n", "}\n"),
    ("choose {\ncase:\n", "}\n"),
    ("slect {\n", "}\n"),
    ("x y {\n", "}\n"),
    ("struct { a ", "}"),
    ("interface { f(a ", ") }"),
    ("fix a {\n", "}\n"),
    ("1 + (", ")"),
    ("x.(", ")"),
    ("*", ""),
    ("!", ""),
    ("- ", ""),
    ("&", ""),
    ("<-", ""),
    ("[]", ""),
    ("[n]", ""),
    ("chan ", ""),
    ("<-chan ", ""),
    ("map[a]", ""),
    ("func() ", ""),
    ("func ", ""),
    ("a: ", ""),
    ("idle ", ""),
    ("go ", ""),
    ("if ", ""),
    ("case ", ""),
    ("{ x y ", ""),
    ("f(a b\n", ""),
    ("expect a {\n", ""),
];

#[test]
fn nesting_costs_no_exponential_time() {
    for (open, close) in NESTS {
        // Just within the bounds, and about 5 KB.
        for count in [30, 60, 190, 5_000 / open.len()] {
            let (opened, closed) = (open.repeat(count), close.repeat(count));
            within(1, open, &in_main(&format!("{opened}1{closed}")));
            within(1, open, &in_main(&format!("x := {opened}1{closed}")));
            within(1, open, &in_main(&format!("var x {opened}1{closed}")));
            within(1, open, &in_main(&opened));
            within(1, open, &format!("model t\nfunc f(a {opened}"));
            within(1, open, &opened);
        }
    }
}

#[test]
fn ten_thousand_parentheses_get_a_diagnostic() {
    let text = in_main(&format!("x := {}1{}", "(".repeat(10_000), ")".repeat(10_000)));
    assert_eq!(within(5, "parentheses", &text), ["GK0023"]);
    let text = in_main(&format!("{}{}", "{".repeat(10_000), "}".repeat(10_000)));
    assert_eq!(within(5, "blocks", &text), ["GK0023"]);
}

#[test]
fn depth_just_within_the_bounds_is_fine() {
    let deepest = 150;
    let text = in_main(&format!("x := {}1{}", "(".repeat(deepest), ")".repeat(deepest)));
    assert!(within(5, "parentheses", &text).is_empty());
    let text = in_main(&format!("x := 1{}", " + a.b".repeat(240)));
    assert!(within(5, "sum", &text).is_empty());
}

#[test]
fn long_chains_get_a_diagnostic() {
    assert_eq!(within(20, "sum", &in_main(&format!("x := 1{}", " + a".repeat(100_000)))), ["GK0024"]);
    assert_eq!(within(20, "calls", &in_main(&format!("x := f{}", "()".repeat(100_000)))), ["GK0024"]);
    assert_eq!(within(20, "selectors", &in_main(&format!("x := a{}", ".b".repeat(100_000)))), ["GK0024"]);
    // Each sum is short, and together they would be a tree of 20,000 levels.
    let tower = format!("x := {}1{}", "(".repeat(150), format!("{})", " + a".repeat(100)).repeat(150));
    assert_eq!(within(20, "tower", &in_main(&tower)), ["GK0024"]);
}

#[test]
fn a_hundred_thousand_arms_are_fine() {
    let text = in_main(&format!("if a == 1 {{\n}}{}", " else if b == 2 {\n}".repeat(100_000)));
    assert!(within(60, "else if", &text).is_empty());
}

#[test]
fn ten_megabytes_on_one_line() {
    let size = 10 << 20;
    within(60, "a name", &in_main(&format!("x := {}", "a".repeat(size))));
    within(60, "an open string", &in_main(&format!("x := \"{}", "a".repeat(size))));
    within(60, "a sum", &in_main(&format!("x := 1{}", "+a".repeat(size / 2))));
    within(60, "bad characters", &"#".repeat(size));
    within(60, "brackets", &")".repeat(size));
}

#[test]
fn many_names_for_one_large_type_stay_affordable() {
    let text =
        in_main(&format!("var f func({}struct {{ {} }})", "a, ".repeat(50_000), "b int; ".repeat(50_000)));
    within(60, "names", &text);
}

#[test]
fn many_problems_stay_readable() {
    within(20, "strings", &"\"a\n'b\n".repeat(20_000));
    within(20, "lines", &"model a\n".repeat(20_000));
    within(20, "brackets", &in_main(&") ( } {\n".repeat(20_000)));
}
