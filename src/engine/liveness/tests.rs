//! Fair components against every subset of small graphs; whole verdicts on random
//! machines against a search that knows nothing but the definition.

use std::collections::BTreeSet;

use proptest::prelude::*;
use rustc_hash::FxHashMap;

use super::fair::Fair;
use super::transitions::{Arc, Label, NONE, Transitions};
use crate::commands::{Command, Expr, RoutineId};
use crate::engine::tables::Tables;
use crate::engine::tests::random::{LIMITS, random_machine};
use crate::engine::{Finding, Options, Outcome, Progress, StopReason, Unwatched, Watch, check, liveness};
use crate::machine::state::{End, State};
use crate::machine::step::{self, Step};
use crate::machine::testing::{RoutineBuilder, get, global, machine, property};
use crate::machine::{Machine, PointId, PointKind, Response};
use crate::property::Kind;

/// Every subset of so many states is looked at.
const MOST: usize = 12;

/// The definition: an arc as target, actions taken, slots ended; an action is of a slot.
#[derive(Clone, Debug)]
struct NaiveArc<A> {
    target: usize,
    taken: Vec<A>,
    ended: Vec<usize>,
}

/// Whether a run can stay in exactly `states` for ever and be fair.
fn is_fair<A: PartialEq>(
    arcs: &[Vec<NaiveArc<A>>],
    states: &BTreeSet<usize>,
    slot: impl Fn(&A) -> usize,
) -> bool {
    let inner = |state: usize| arcs[state].iter().filter(|arc| states.contains(&arc.target));
    let connected = states.iter().all(|&start| {
        let mut seen = BTreeSet::new();
        let mut pending: Vec<usize> = inner(start).map(|arc| arc.target).collect();
        while let Some(state) = pending.pop() {
            if seen.insert(state) {
                pending.extend(inner(state).map(|arc| arc.target));
            }
        }
        seen == *states
    });
    let enabled = || states.iter().flat_map(|&state| &arcs[state]).flat_map(|arc| &arc.taken);
    let pays = |action: &A| {
        states
            .iter()
            .flat_map(|&state| inner(state))
            .any(|arc| arc.taken.contains(action) || arc.ended.contains(&slot(action)))
    };
    !states.is_empty() && connected && enabled().all(pays)
}

/// The states from `region` in which some fair run can stay for ever: the union of all fair subsets.
fn fair_states<A: PartialEq>(
    arcs: &[Vec<NaiveArc<A>>],
    region: &[usize],
    slot: impl Fn(&A) -> usize,
) -> BTreeSet<usize> {
    let mut union = BTreeSet::new();
    for mask in 1u32..1 << region.len() {
        let chosen = region.iter().enumerate().filter(|(bit, _)| mask & (1 << bit) != 0);
        let states: BTreeSet<usize> = chosen.map(|(_, &state)| state).collect();
        if is_fair(arcs, &states, &slot) {
            union.extend(states);
        }
    }
    union
}

/// Actions `0..4` are of slot 0, the others of slot 1.
fn slot_of(action: u32) -> usize {
    usize::from(action >= 4)
}

fn graphs() -> impl Strategy<Value = Vec<Vec<NaiveArc<u32>>>> {
    (1usize..9).prop_flat_map(|count| {
        let ended = prop_oneof![
            12 => Just(vec![]), 2 => Just(vec![0]), 2 => Just(vec![1]), 1 => Just(vec![0, 1]),
        ];
        let arc = (0..count, prop::collection::vec(0u32..8, 1..3), ended);
        let arc = arc.prop_map(|(target, taken, ended)| NaiveArc { target, taken, ended });
        prop::collection::vec(prop::collection::vec(arc, 0..4), count)
    })
}

fn transitions(arcs: &[Vec<NaiveArc<u32>>]) -> Transitions {
    let mut result = Transitions::default();
    result.slots = (0..8).map(|it| slot_of(it) as u32).collect();
    for list in arcs {
        let mut out = Vec::new();
        for arc in list {
            let ended = arc.ended.iter().map(|&slot| slot as u32).collect();
            let taken = [arc.taken[0], arc.taken.get(1).copied().unwrap_or(NONE)];
            out.push(Arc { target: arc.target as u32, label: result.labels.len() as u32 });
            result.labels.push(Label { taken, ended });
        }
        result.push(&out);
    }
    result
}

/// What a machine does, the naive way: whole states, actions spelled out.
struct Naive {
    states: Vec<State>,
    arcs: Vec<Vec<NaiveArc<Action>>>,
}

/// Slot, routine, point; and the case, or that it is the default.
type Action = (usize, RoutineId, PointId, Option<Result<usize, ()>>);

fn actions(machine: &Machine, state: &State, taken: &Step) -> Vec<Action> {
    let sides = [Some((taken.slot, taken.edge)), taken.partner];
    let action = |(slot, edge): (usize, usize)| {
        let goroutine = state.goroutine(slot).unwrap();
        let point = machine.point(goroutine.routine, goroutine.point);
        let edge = &point.edges[edge];
        let case = match (&point.kind, edge.fallback) {
            (PointKind::Operation(_), true) => Some(Err(())),
            (PointKind::Operation(_), false) => edge.act.map(Ok),
            _ => None,
        };
        (slot, goroutine.routine, goroutine.point, case)
    };
    sides.into_iter().flatten().map(action).collect()
}

fn naive_arc(
    machine: &Machine,
    before: &State,
    taken: &Step,
    after: &State,
    target: usize,
) -> NaiveArc<Action> {
    let live = |state: &State, slot| state.goroutine(slot).is_some();
    let slots = 0..before.goroutines.len();
    let ended = slots.filter(|&slot| live(before, slot) && !live(after, slot)).collect();
    NaiveArc { target, taken: actions(machine, before, taken), ended }
}

impl Naive {
    /// `None` where there are more than a few hundred states.
    fn new(machine: &Machine) -> Option<Self> {
        let start = step::initial(machine);
        let mut naive = Self { states: vec![start.clone()], arcs: Vec::new() };
        let mut numbers = FxHashMap::from_iter([(start, 0)]);
        while naive.arcs.len() < naive.states.len() {
            let state = naive.states[naive.arcs.len()].clone();
            let mut arcs = Vec::new();
            for taken in step::enabled(machine, &state).unwrap() {
                let next = step::apply(machine, &state, &taken, &LIMITS).unwrap();
                let target = *numbers.entry(next.clone()).or_insert(naive.states.len());
                if target == naive.states.len() {
                    naive.states.push(next.clone());
                }
                arcs.push(naive_arc(machine, &state, &taken, &next, target));
            }
            naive.arcs.push(arcs);
            if naive.states.len() > 400 {
                return None;
            }
        }
        Some(naive)
    }

    fn reach(&self, from: Vec<usize>, through: impl Fn(usize) -> bool) -> BTreeSet<usize> {
        let mut seen = BTreeSet::new();
        let mut pending = from;
        while let Some(state) = pending.pop() {
            if through(state) && seen.insert(state) {
                pending.extend(self.arcs[state].iter().map(|arc| arc.target));
            }
        }
        seen
    }

    /// Whether some fair run breaks the promise; `None` where there are too many subsets to look at.
    fn broken(&self, machine: &Machine, from: Option<&Expr>, to: &Expr) -> Option<bool> {
        let holds = |state: usize, cond: &Expr| step::holds(machine, &self.states[state], cond).unwrap();
        let made = match from {
            None => vec![0],
            Some(from) => self.reach(vec![0], |_| true).into_iter().filter(|&at| holds(at, from)).collect(),
        };
        let region = self.reach(made, |state| !holds(state, to));
        let ends = |&state: &usize| {
            self.arcs[state].is_empty() && !matches!(self.states[state].end, Some(End::Bound(_)))
        };
        if region.iter().any(ends) {
            return Some(true);
        }
        if region.len() > MOST {
            return None;
        }
        let region: Vec<usize> = region.into_iter().collect();
        Some(!fair_states(&self.arcs, &region, |action| action.0).is_empty())
    }
}

/// Replays a finding: the promise is made and not kept, and the run ends or goes round fairly.
fn examine(machine: &Machine, finding: &Finding, from: Option<&Expr>, to: &Expr) {
    let mut states = vec![step::initial(machine)];
    for taken in &finding.path {
        let state = states.last().unwrap();
        assert!(step::enabled(machine, state).unwrap().contains(taken));
        states.push(step::apply(machine, state, taken, &LIMITS).unwrap());
    }
    let holds = |state: &State, cond: &Expr| step::holds(machine, state, cond).unwrap();
    let kept = states.iter().rposition(|state| holds(state, to)).map_or(0, |last| last + 1);
    let loop_start = finding.repeats_from.unwrap_or(finding.path.len());
    match from {
        None => assert_eq!(kept, 0),
        Some(from) => assert!(states[kept..=loop_start].iter().any(|state| holds(state, from))),
    }
    let Some(start) = finding.repeats_from else {
        assert_eq!(step::enabled(machine, states.last().unwrap()), Ok(vec![]));
        return;
    };
    assert!(kept <= start && start < finding.path.len());
    let mut enabled = BTreeSet::new();
    let (mut paid, mut ended) = (BTreeSet::new(), BTreeSet::new());
    for (taken, pair) in finding.path[start..].iter().zip(states[start..].windows(2)) {
        for other in step::enabled(machine, &pair[0]).unwrap() {
            enabled.extend(actions(machine, &pair[0], &other));
        }
        let arc = naive_arc(machine, &pair[0], taken, &pair[1], 0);
        paid.extend(arc.taken);
        ended.extend(arc.ended);
    }
    assert!(enabled.iter().all(|action| paid.contains(action) || ended.contains(&action.0)), "{finding:?}");
    // The same steps once more: it does go round, up to the names of objects.
    let mut state = states.last().unwrap().clone();
    for (taken, before) in finding.path[start..].iter().zip(&states[start..]) {
        assert_eq!(step::enabled(machine, &state), step::enabled(machine, before));
        state = step::apply(machine, &state, taken, &LIMITS).unwrap();
    }
}

fn agree(genes: &[u8]) {
    let mut machine = random_machine(genes);
    let is = |cell: u32, value: i64| Expr::eq(get(global(cell)), value.into());
    let eventually = is(0, 2).or(is(1, 3));
    let (from, to) = (is(0, 1), is(1, 1));
    machine.properties.always.clear();
    machine.properties.eventually.push(property("eventually", eventually.clone()));
    machine.properties.leads_to.push(Response {
        text: "leads to".to_string(),
        from: from.clone(),
        to: to.clone(),
        span: crate::source::Span::default(),
    });
    let Some(naive) = Naive::new(&machine) else { return };
    let options = Options { limits: LIMITS, ..Options::default() };
    let outcome = check(&machine, &options, &mut Unwatched).unwrap();
    let found = |kind| outcome.findings.iter().find(|finding| finding.kind == kind);
    for (kind, from, to) in [(Kind::Eventually, None, &eventually), (Kind::LeadsTo, Some(&from), &to)] {
        let finding = found(kind);
        if let Some(finding) = finding {
            examine(&machine, finding, from, to);
        }
        if let Some(broken) = naive.broken(&machine, from, to) {
            assert_eq!(finding.is_some(), broken, "{kind}");
        }
    }
    // Without `leadsto` the search may leave out what comes after the `eventually`.
    let responses = std::mem::take(&mut machine.properties.leads_to);
    let alone = check(&machine, &options, &mut Unwatched).unwrap();
    let lengths = |outcome: &Outcome| {
        let eventually = outcome.findings.iter().filter(|it| it.kind == Kind::Eventually);
        eventually.map(|it| it.path.len()).collect::<Vec<_>>()
    };
    assert_eq!(lengths(&alone), lengths(&outcome));
    machine.properties.leads_to = responses;
    // What is cut short finds what is really there.
    for part in 1..4 {
        let options = Options { max_states: Some(outcome.stats.states * part / 4), ..options.clone() };
        for finding in check(&machine, &options, &mut Unwatched).unwrap().findings {
            if finding.kind == Kind::Eventually {
                examine(&machine, &finding, None, &eventually);
            } else if finding.kind == Kind::LeadsTo {
                examine(&machine, &finding, Some(&from), &to);
            }
        }
    }
}

/// Main goes round between two statements for ever, and sets g0 nowhere.
fn round() -> Machine {
    let mut main = RoutineBuilder::new("main", &[]);
    main.plain(0, vec![], 1).plain(1, vec![], 0);
    let mut machine = machine(vec![main], 1);
    machine.properties.eventually.push(property("g0", get(global(0))));
    machine
}

#[test]
fn a_loop_is_found_once_it_is_seen_whole() {
    let machine = round();
    let tables = Tables::new(&machine);
    for (max_states, found) in [(0, 0), (1, 0), (2, 1)] {
        let options = Options { max_states: Some(max_states), ..Options::default() };
        let verdicts = liveness::check(&machine, &tables, &options, &mut Unwatched).unwrap();
        assert_eq!(verdicts.findings.len(), found, "{max_states}");
        assert_eq!(verdicts.stopped.is_some(), found == 0, "{max_states}");
    }
    let outcome = check(&machine, &Options::default(), &mut Unwatched).unwrap();
    assert_eq!(outcome.findings[0].repeats_from, Some(0));
    assert_eq!(outcome.findings[0].path.len(), 2);
}

#[test]
fn a_bound_is_no_end() {
    let mut main = RoutineBuilder::new("main", &[]);
    main.plain(0, vec![Command::Bound("--unwind")], 1).end(1);
    let mut machine = machine(vec![main], 1);
    machine.properties.eventually.push(property("g0", get(global(0))));
    let outcome = check(&machine, &Options::default(), &mut Unwatched).unwrap();
    assert_eq!(outcome.findings, []);
    assert!(!outcome.stats.exhaustive);
    assert_eq!(outcome.stats.bounds, ["--unwind"]);
}

#[test]
fn a_stop_between_the_searches_is_told() {
    /// Stops when it is asked often enough.
    struct Impatient(std::cell::Cell<u32>);
    impl Watch for Impatient {
        fn progress(&mut self, _progress: &Progress) {}

        fn stop(&self) -> Option<StopReason> {
            self.0.set(self.0.get() + 1);
            (self.0.get() > 1).then_some(StopReason::Timeout)
        }
    }
    let outcome = check(&round(), &Options::default(), &mut Impatient(std::cell::Cell::new(0))).unwrap();
    assert_eq!(outcome.findings, []);
    assert!(!outcome.stats.exhaustive);
    assert_eq!(outcome.stats.stopped, Some(StopReason::Timeout));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]
    #[test]
    fn fair_components_are_the_largest_fair_subsets(arcs in graphs()) {
        let region: Vec<usize> = (0..arcs.len()).collect();
        let transitions = transitions(&arcs);
        let all = (0..arcs.len() as u32).collect();
        let components = Fair::new(&transitions).components(all, || None::<()>).unwrap();
        for component in &components {
            let states = component.iter().map(|&state| state as usize).collect();
            prop_assert!(is_fair(&arcs, &states, |&action| slot_of(action)));
        }
        let union: BTreeSet<usize> = components.into_iter().flatten().map(|state| state as usize).collect();
        prop_assert_eq!(union, fair_states(&arcs, &region, |&action| slot_of(action)));
    }

    #[test]
    fn verdicts_are_those_of_the_definition(genes in prop::collection::vec(any::<u8>(), 10..120)) {
        agree(&genes);
    }
}
