//! All states and steps, without any reduction: each statement is a step, each goroutine keeps its slot.

use std::collections::BTreeSet;

use super::action::Labels;
use super::transitions::{Arc, Transitions};
use crate::commands::Expr;
use crate::engine::canonical::Canonical;
use crate::engine::layout;
use crate::engine::stats::{Progress, StopReason};
use crate::engine::stop;
use crate::engine::store::{Inserted, Store};
use crate::engine::tables::Tables;
use crate::engine::{Options, Watch};
use crate::machine::state::{End, State};
use crate::machine::step::{self, InternalError};
use crate::machine::{Machine, Properties};

/// What has been explored.
#[derive(Debug)]
pub(super) struct Explored {
    pub(super) store: Store,
    pub(super) transitions: Transitions,
    /// Per condition, in the order of [`conditions`]: whether it holds in each state.
    pub(super) truths: Vec<Vec<bool>>,
    /// Per state: a bound was hit, and what would come next is not known.
    unknown: Vec<bool>,
    /// Steps from the initial state to those now explored.
    depth: u32,
    pub(super) stopped: Option<StopReason>,
    pub(super) bounds: BTreeSet<&'static str>,
}

/// Bytes per state that the analysis after the search will need.
const ANALYSIS: u64 = 40;

/// Of each `eventually` its condition, then of each `leadsto` both.
fn conditions(properties: &Properties) -> Vec<&Expr> {
    let eventually = properties.eventually.iter().map(|it| &it.cond);
    eventually.chain(properties.leads_to.iter().flat_map(|it| [&it.from, &it.to])).collect()
}

/// Explores `machine`, breadth first, until everything that matters is seen or a limit is hit.
pub(super) fn explore(
    machine: &Machine,
    tables: &Tables,
    options: &Options,
    watch: &mut dyn Watch,
) -> Result<Explored, InternalError> {
    let conditions = conditions(&machine.properties);
    let mut explored = Explored {
        store: Store::new(),
        transitions: Transitions::default(),
        truths: vec![Vec::new(); conditions.len()],
        unknown: Vec::new(),
        depth: 0,
        stopped: None,
        bounds: BTreeSet::new(),
    };
    let mut packer = Packer { tables, canonical: Canonical::default(), bytes: Vec::new() };
    let mut labels = Labels::default();
    let mut current = step::initial(machine);
    let mut next = current.clone();
    explored.store.insert(packer.pack(&current));
    explored.visit(machine, &current, &conditions)?;
    let (mut steps, mut arcs) = (Vec::new(), Vec::new());
    let mut source = 0;
    // The first state of the next level.
    let mut level = 1;
    while (source as usize) < explored.store.len() && explored.stopped.is_none() {
        if source == level {
            level = explored.store.len() as u32;
            explored.depth += 1;
        }
        let states = explored.store.len() as u64;
        explored.stopped = stop::reason(options, watch, source, states, || explored.progress(source));
        if explored.stopped.is_some() {
            break;
        }
        if explored.is_settled(source, &machine.properties) {
            explored.transitions.push(&[]);
            source += 1;
            continue;
        }
        layout::decode(tables, explored.store.get(source), &mut current);
        step::enabled_into(machine, &current, &mut steps)?;
        arcs.clear();
        for taken in &steps {
            next.clone_from(&current);
            step::apply_to(machine, &mut next, taken, &options.limits)?;
            let target = match explored.store.insert(packer.pack(&next)) {
                Inserted::Old(target) => target,
                Inserted::New(target) => {
                    explored.visit(machine, &next, &conditions)?;
                    target
                }
                Inserted::Full => {
                    explored.stopped = Some(StopReason::Memory);
                    break;
                }
            };
            arcs.push(Arc { target, label: labels.of(machine, &current, taken, &next) });
        }
        if explored.stopped.is_none() {
            explored.transitions.push(&arcs);
            source += 1;
        }
    }
    explored.transitions.labels = labels.all;
    explored.transitions.slots = labels.slots;
    Ok(explored)
}

impl Explored {
    /// Whether runs end in `state`, where some promise is open: nobody can take a step, and that is known.
    pub(super) fn is_end(&self, state: u32) -> bool {
        let expanded = (state as usize) < self.transitions.expanded();
        expanded && self.transitions.of(state).is_empty() && !self.unknown[state as usize]
    }

    /// Whether no promise can be open in `state`: each `eventually` holds there. What comes after it does not matter.
    fn is_settled(&self, state: u32, properties: &Properties) -> bool {
        properties.leads_to.is_empty() && self.truths.iter().all(|truths| truths[state as usize])
    }

    /// A state is seen for the first time.
    fn visit(&mut self, machine: &Machine, state: &State, conditions: &[&Expr]) -> Result<(), InternalError> {
        for (cond, truths) in conditions.iter().zip(&mut self.truths) {
            truths.push(step::holds(machine, state, cond)?);
        }
        let bound = match state.end {
            Some(End::Bound(name)) => Some(name),
            Some(End::Panic { .. } | End::Fatal { .. } | End::Assert { .. } | End::Exit) | None => None,
        };
        self.bounds.extend(bound);
        self.unknown.push(bound.is_some());
        Ok(())
    }

    /// How far the search is before `source` is explored.
    fn progress(&self, source: u32) -> Progress {
        let states = self.store.len() as u64;
        let flags = self.truths.len() as u64 + 1;
        let kept = self.store.memory() + self.store.memory_to_grow() + self.transitions.memory();
        Progress {
            states,
            transitions: self.transitions.len() as u64,
            depth: self.depth,
            waiting: states - u64::from(source),
            memory: kept + states * (flags + ANALYSIS),
        }
    }
}

/// Packs states into the bytes of their canonical form. Slots stay as they are.
#[derive(Debug)]
pub(super) struct Packer<'a> {
    pub(super) tables: &'a Tables,
    pub(super) canonical: Canonical,
    pub(super) bytes: Vec<u8>,
}

impl Packer<'_> {
    pub(super) fn pack(&mut self, state: &State) -> &[u8] {
        self.canonical.fill(self.tables, state);
        self.bytes.clear();
        layout::encode(self.tables, state, &self.canonical, &mut self.bytes);
        &self.bytes
    }
}
