//! What is recalled is what the reference semantics says: every step of every state, both ways.

#![allow(clippy::disallowed_methods, reason = "tests read files")]

use std::collections::VecDeque;
use std::fs;
use std::path::{Path, PathBuf};

use rustc_hash::FxHashSet;

use super::random::{LIMITS, random_machine_with_sections};
use super::*;
use crate::source::Source;
use proptest::prelude::*;

/// States that are looked at of one machine.
const MOST: usize = 400;

/// How many states of `machine` were recalled, and how many were not.
fn compare(machine: &Machine, limits: Limits, reductions: Reductions) -> [usize; 2] {
    let tables = Tables::new(machine);
    let mut successors = Successors::new(machine, &tables, limits, reductions);
    let first = successors.initial().to_vec();
    let mut seen = FxHashSet::from_iter([first.clone()]);
    let mut waiting = VecDeque::from([first]);
    let mut counts = [0, 0];
    while let Some(row) = waiting.pop_front() {
        let (recalled, asked) = successors.both_ways(&row).expect("no internal error");
        match recalled {
            Some(recalled) => {
                counts[0] += 1;
                assert_eq!(recalled, asked);
            }
            None => counts[1] += 1,
        }
        for (_, next) in asked.0 {
            if seen.len() < MOST && seen.insert(next.clone()) {
                waiting.push_back(next);
            }
        }
    }
    counts
}

fn models(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            models(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "knot") {
            found.push(path);
        }
    }
}

#[test]
fn models_are_recalled_as_they_are() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    for folder in ["benches/models", "models/patterns", "models/seeds", "models/textbook", "tests/litmus"] {
        models(&root.join(folder), &mut found);
    }
    let mut counts = [0, 0];
    for path in found {
        let source = Source::new("m.knot", fs::read_to_string(&path).expect("a file"));
        let (file, _) = crate::syntax::parse(&source);
        let (Some(program), _) = crate::sema::analyze(&file, &[], None) else { continue };
        let Ok(machine) = crate::lower::lower(&program, &crate::lower::Options::default()) else { continue };
        for reductions in [Reductions::ALL, Reductions::NONE] {
            let [recalled, asked] = compare(&machine, Limits::default(), reductions);
            counts = [counts[0] + recalled, counts[1] + asked];
        }
    }
    // If nothing were remembered, nothing would be tested.
    assert!(counts[0] > counts[1], "{counts:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn random_machines_are_recalled_as_they_are(
        genes in prop::collection::vec(any::<u8>(), 10..120),
        more in prop::collection::vec(any::<u8>(), 0..40),
        fusion: bool,
        symmetry: bool,
        wide: bool,
    ) {
        let limits = if wide { Limits { objects: 12, goroutines: 5 } } else { LIMITS };
        let machine = random_machine_with_sections(&genes, &more);
        compare(&machine, limits, Reductions { fusion, releases: fusion, symmetry, stubborn: When::Always });
    }
}
