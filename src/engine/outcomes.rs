//! Every way in which a run can come to an end: the slow and plain search.
//!
//! In: a Machine and bounds. Out: the states in which nobody takes a step any more, each
//! once, and whether some run goes on for ever. Nothing is reduced and nothing renamed;
//! [`step`] alone decides. What a real execution of the model shows must be among them.

use rustc_hash::FxHashMap;

use crate::machine::Machine;
use crate::machine::state::State;
use crate::machine::step::{self, InternalError, Limits};

/// How the runs of a Machine end.
#[derive(Clone, Debug)]
pub struct Outcomes {
    /// States without a step: the run is over, or whoever is left waits.
    pub terminal: Vec<State>,
    /// Some run never ends.
    pub endless: bool,
    pub states: usize,
}

/// Explores `machine`; `None` where it has more than `max_states` states.
pub fn outcomes(
    machine: &Machine,
    limits: &Limits,
    max_states: usize,
) -> Result<Option<Outcomes>, InternalError> {
    let mut initial = step::initial(machine);
    initial.collect(machine);
    let mut numbers: FxHashMap<State, usize> = FxHashMap::default();
    numbers.insert(initial.clone(), 0);
    let mut queue = vec![initial];
    let mut arcs: Vec<Vec<usize>> = Vec::new();
    let mut terminal = Vec::new();
    while arcs.len() < queue.len() {
        if queue.len() > max_states {
            return Ok(None);
        }
        let state = queue[arcs.len()].clone();
        let steps = step::enabled(machine, &state)?;
        let mut targets = Vec::with_capacity(steps.len());
        for each in &steps {
            let mut next = step::apply(machine, &state, each, limits)?;
            next.collect(machine);
            let number = numbers.len();
            let target = *numbers.entry(next).or_insert_with_key(|new| {
                queue.push(new.clone());
                number
            });
            targets.push(target);
        }
        if steps.is_empty() {
            terminal.push(state);
        }
        arcs.push(targets);
    }
    Ok(Some(Outcomes { terminal, endless: has_cycle(&arcs), states: queue.len() }))
}

/// Takes away what nothing leads to until nothing is left; what is left leads round.
fn has_cycle(arcs: &[Vec<usize>]) -> bool {
    let mut incoming = vec![0usize; arcs.len()];
    arcs.iter().flatten().for_each(|&target| incoming[target] += 1);
    let mut free: Vec<usize> = (0..arcs.len()).filter(|&state| incoming[state] == 0).collect();
    let mut taken = 0;
    while let Some(state) = free.pop() {
        taken += 1;
        for &target in &arcs[state] {
            incoming[target] -= 1;
            if incoming[target] == 0 {
                free.push(target);
            }
        }
    }
    taken < arcs.len()
}
