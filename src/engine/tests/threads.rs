//! With two threads a search is the same as with one: the same states with the same numbers, the same arcs, the same hits.

use proptest::prelude::*;

use super::random::{LIMITS, random_machine_with_sections};
use super::*;
use crate::engine::explored::Explored;
use crate::engine::graph::Arc;

/// All that is left of a search.
#[derive(PartialEq, Debug)]
struct Everything {
    rows: Vec<Vec<u32>>,
    arcs: Vec<Vec<Arc>>,
    levels: Vec<u32>,
    hits: Vec<Hit>,
    reached: Vec<bool>,
    covered: Vec<bool>,
    counts: (u64, u64, u32, u64),
    stopped: Option<StopReason>,
}

fn explore(machine: &Machine, options: &Options) -> Everything {
    let tables = Tables::new(machine);
    let mut successors = Successors::new(machine, &tables, options.limits, options.reductions);
    let explored = search::explore(machine, &tables, options, &mut successors, &mut Unwatched);
    let Explored { store, graph, levels, hits, stats, covered, reached, spared, .. } =
        explored.expect("no internal error");
    Everything {
        rows: (0..store.len() as u32).map(|number| store.row(number)).collect(),
        arcs: (0..graph.kept() as u32).map(|number| graph.arcs(number).collect()).collect(),
        levels,
        hits,
        reached,
        covered,
        counts: (stats.states, stats.transitions, stats.depth, spared),
        stopped: stats.stopped,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn one_thread_or_two(
        genes in prop::collection::vec(any::<u8>(), 10..140),
        more in prop::collection::vec(any::<u8>(), 0..40),
        switches in any::<[bool; 4]>(),
        stubborn in prop::sample::select(&[When::Never, When::Worthwhile, When::Always]),
        most in 1u64..3000,
    ) {
        let [fusion, symmetry, releases, first] = switches;
        let options = Options {
            limits: LIMITS,
            max_states: Some(most),
            first,
            reductions: Reductions { fusion, releases, symmetry, stubborn },
            ..Options::default()
        };
        let machine = random_machine_with_sections(&genes, &more);
        let one = explore(&machine, &options);
        let two = explore(&machine, &Options { threads: 2, ..options });
        prop_assert_eq!(one, two);
    }
}
