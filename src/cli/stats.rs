//! `--stats`: what a search has cost, which reductions it used, and why not the others.

use super::units::grouped;
use crate::engine::Stats;
use crate::engine::reduction::Reductions;
use crate::engine::stubborn::Without;
use crate::machine::Machine;

/// What there is to say about a search that was asked to use the reductions `wanted`, line by line.
pub fn lines(stats: &Stats, wanted: Reductions, machine: &Machine) -> Vec<String> {
    let mut lines = vec![format!(
        "{} states, {} transitions, depth {}, {} goroutines at once, {} KiB",
        grouped(stats.states),
        grouped(stats.transitions),
        stats.depth,
        stats.slots,
        grouped(stats.memory.div_ceil(1024)),
    )];
    let Some(reduced) = stats.reduced else { return lines };
    lines.push(match (reduced.used.fusion, wanted.fusion) {
        (true, _) => "fusion: on".to_owned(),
        (false, true) => "fusion: off, for there is a race, and from there on it is not licensed".to_owned(),
        (false, false) => "fusion: off, by --no-fusion or --no-reduction".to_owned(),
    });
    lines.push(match (reduced.gave_back, wanted.releases, reduced.without) {
        (true, _, _) => "releases: on, what is given back is part of the step before".to_owned(),
        (false, false, _) => "releases: off, by --no-releases, --no-fusion or --no-reduction".to_owned(),
        (false, true, Some(Without::Found)) => {
            "releases: off, for there is something to find, and its shortest run is wanted".to_owned()
        }
        (false, true, _) => "releases: on, but nothing was only given back".to_owned(),
    });
    lines.push(if reduced.used.symmetry {
        format!("symmetry: on, {} steps led to goroutines in another order", grouped(reduced.arranged))
    } else {
        "symmetry: off, by --no-symmetry or --no-reduction".to_owned()
    });
    lines.push(match (reduced.without, reduced.spared) {
        (None, spared) => format!("stubborn sets: on, in {} states some steps were enough", grouped(spared)),
        (Some(Without::Unwanted), _) => "stubborn sets: off, by --no-stubborn or --no-reduction".to_owned(),
        (Some(Without::Small), _) => {
            "stubborn sets: off, for the search is small; --stubborn uses them".to_owned()
        }
        (Some(Without::Dear), _) => {
            "stubborn sets: off, for mostly more than one step would be needed; --stubborn uses them"
                .to_owned()
        }
        (Some(Without::Clocks), _) => "stubborn sets: off, for timers fire whenever they like".to_owned(),
        (Some(Without::Objects), _) => "stubborn sets: off, for a property reads objects".to_owned(),
        (Some(Without::Found), _) => {
            "stubborn sets: off, for there is something to find, and its shortest run is wanted".to_owned()
        }
    });
    if stats.longer {
        lines.push(
            "runs: perhaps not the shortest, which are not among as many states as were looked at".to_owned(),
        );
    }
    let properties = &machine.properties;
    if !(properties.eventually.is_empty() && properties.leads_to.is_empty()) {
        lines.push(
            "eventually, leadsto: no reduction, for fairness speaks of single goroutines and statements"
                .to_owned(),
        );
    }
    lines
}
