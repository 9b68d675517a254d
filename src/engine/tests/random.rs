//! Random machines: the engine against the simplest search there is.
//!
//! The naive search keeps whole [`State`]s in a hash map, knows no canonical form,
//! and reads the definitions of the endings off the transitive closure.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::*;
use crate::commands::{BinaryOp, CellType, Command, Expr, MapCommand, Place, PoolId, table};
use crate::engine::canonical::Canonical;
use crate::machine::{Choose, Edge, PointKind, Pool, Shape, Tag};

/// Small enough for the closure of a graph of this many states.
const MOST: usize = 1500;
pub(in crate::engine) const LIMITS: Limits = Limits { objects: 2, goroutines: 3 };

// Package variables: two numbers, a lock, a channel, a slice, an interface.
const G_LOCK: u32 = 2;
const G_CHANNEL: u32 = 3;
const G_SLICE: u32 = 4;
const G_TAG: u32 = 7;
const G_PAYLOAD: u32 = 8;
const G_BY_NUMBER: u32 = 9;
const G_BY_CHANNEL: u32 = 10;
// Two locks that are only given back by who holds them: see `sections`.
const LATCHES: [u32; 2] = [11, 12];
// Locals: a channel, a number, a slice, a pair, a panic value and mode.
const CHANNEL: u32 = 0;
const NUMBER: u32 = 1;
const SLICE: u32 = 2;
const PAIR: u32 = 5;
const TAG: u32 = 6;
const PAYLOAD: u32 = 7;
const MODE: u32 = 8;
const ITERATION: u32 = 9;
const INDEX: u32 = 10;
// Pools.
const P_CHANNEL: u32 = 0;
const P_ARRAY: u32 = 1;
const P_PAIR: u32 = 2;
const P_BY_NUMBER: u32 = 3;
const P_BY_CHANNEL: u32 = 4;
/// The tag whose payload is a reference.
const T_REF: i64 = 3;

/// A sequence of small numbers that a machine is built from.
struct Genes<'a>(std::slice::Iter<'a, u8>);

impl Genes<'_> {
    fn below(&mut self, limit: u32) -> u32 {
        u32::from(self.0.next().copied().unwrap_or(0)) % limit
    }

    fn flag(&mut self) -> bool {
        self.below(2) == 1
    }

    fn number(&mut self) -> Place {
        match self.below(3) {
            0 => local(NUMBER),
            other => global(other - 1),
        }
    }

    fn channel(&mut self) -> Place {
        if self.below(3) > 0 { global(G_CHANNEL) } else { local(CHANNEL) }
    }

    fn slice(&mut self) -> Place {
        if self.flag() { global(G_SLICE) } else { local(SLICE) }
    }

    fn commands(&mut self, routines: u32) -> Vec<Command> {
        (0..=self.below(2)).flat_map(|_| self.command(routines)).collect()
    }

    fn command(&mut self, routines: u32) -> Vec<Command> {
        let positive = |place: Place| Expr::binary(BinaryOp::Lt, 0.into(), get(place));
        let not_nil = |place: Place| Expr::ne(get(place), Expr::NIL);
        match self.below(19) {
            0 => vec![set(self.number(), i64::from(self.below(4)).into())],
            1 | 2 => {
                let place = self.number();
                let sum = Expr::binary(BinaryOp::Add, get(place.clone()), 1.into());
                vec![set(place, Expr::Wrap { bits: 2, signed: false, value: Box::new(sum) })]
            }
            3 | 4 => {
                let cap = i64::from(self.below(2));
                vec![alloc(self.channel(), P_CHANNEL, Some(cap))]
            }
            5 if self.flag() => vec![set(global(G_CHANNEL), get(local(CHANNEL)))],
            5 => vec![set(local(CHANNEL), get(global(G_CHANNEL)))],
            6 => vec![spawn(self.below(routines), vec![get(local(CHANNEL))])],
            7 => vec![Command::Assert { ok: Expr::ne(get(self.number()), 2.into()), text: 0 }],
            8 => {
                let slice = self.slice();
                let len = i64::from(self.below(3));
                vec![
                    alloc(slice.clone(), P_ARRAY, Some(len)),
                    set(slice.clone().at(1), len.into()),
                    set(slice.at(2), len.into()),
                ]
            }
            9 => {
                // s = s[1:]
                let slice = self.slice();
                let next = Place::memory(get(slice.clone())).at(1);
                let less = |at| add(slice.clone().at(at), -1);
                let cut = vec![set(slice.clone(), Expr::AddrOf(Box::new(next))), less(1), less(2)];
                vec![Command::If(positive(slice.at(1)), cut, vec![])]
            }
            10 => {
                let (slice, number) = (self.slice(), self.number());
                let element = Place::memory(get(slice.clone()));
                let access = if self.flag() { set(element, get(number)) } else { set(number, get(element)) };
                vec![Command::If(positive(slice.at(1)), vec![access], vec![])]
            }
            11 => {
                let (to, from) = (self.slice(), self.slice());
                (0..3).map(|at| set(to.clone().at(at), get(from.clone().at(at)))).collect()
            }
            12 => {
                let pair = |at| Place::memory(get(local(PAIR))).at(at);
                vec![
                    alloc(local(PAIR), P_PAIR, None),
                    set(pair(0), get(local(CHANNEL))),
                    set(pair(1), get(local(NUMBER))),
                ]
            }
            13 => {
                let channel = set(local(CHANNEL), get(Place::memory(get(local(PAIR)))));
                vec![Command::If(not_nil(local(PAIR)), vec![channel], vec![])]
            }
            14..=17 => self.map_commands(),
            _ if self.flag() => {
                let (tag, payload) = match self.below(3) {
                    0 => (0, 0.into()),
                    1 => (2, 1.into()),
                    _ => (T_REF, get(local(CHANNEL))),
                };
                vec![set(global(G_TAG), tag.into()), set(global(G_PAYLOAD), payload)]
            }
            _ => {
                let take = set(local(CHANNEL), get(global(G_PAYLOAD)));
                vec![Command::If(Expr::eq(get(global(G_TAG)), T_REF.into()), vec![take], vec![])]
            }
        }
    }

    /// Something with one of the two maps, with numbers or channels as keys.
    fn map_commands(&mut self) -> Vec<Command> {
        let by_channel = self.flag();
        let (map, pool, iterations) =
            if by_channel { (G_BY_CHANNEL, P_BY_CHANNEL, 6) } else { (G_BY_NUMBER, P_BY_NUMBER, 5) };
        let key = match (by_channel, self.below(3)) {
            (true, _) => get(self.channel()),
            (false, 0) => get(self.number()),
            (false, number) => i64::from(number).into(),
        };
        let (place, key) = (global(map), vec![key]);
        let map = get(place.clone());
        let entry = |cell| Expr::entry(map.clone(), key.clone(), cell);
        let some = |command| {
            vec![Command::If(Expr::ne(map.clone(), Expr::NIL), vec![Command::Map(command)], vec![])]
        };
        match self.below(8) {
            0 => vec![alloc(place, pool, None)],
            1 | 2 => {
                let values = vec![get(self.number()), get(self.channel())];
                let (map, key) = (map.clone(), key.clone());
                let mut commands = vec![Command::If(
                    Expr::eq(map.clone(), Expr::NIL),
                    vec![alloc(place, pool, None)],
                    vec![],
                )];
                commands.push(Command::Map(MapCommand::Insert { map, key, values }));
                commands
            }
            3 => some(MapCommand::Remove { map: map.clone(), key: key.clone() }),
            4 if self.below(3) == 0 => vec![Command::Map(MapCommand::Clear { map: map.clone() })],
            4 => vec![set(self.number(), Expr::found(map.clone(), key.clone()))],
            5 => {
                let has = Expr::found(map.clone(), key.clone());
                vec![Command::If(has, vec![set(local(CHANNEL), entry(1))], vec![])]
            }
            6 => {
                let dest = local(ITERATION);
                vec![Command::Map(MapCommand::Iterate { dest, pool: PoolId(iterations), map: map.clone() })]
            }
            _ => vec![set(self.number(), entry(0))],
        }
    }

    /// Goes on with an iteration over whichever map, or ends it.
    fn iterate(&mut self, next: u32, other: u32) -> Vec<Edge> {
        let iteration = get(local(ITERATION));
        let cell = |at| get(Place::memory(get(local(ITERATION))).at(at));
        let none = Expr::eq(iteration.clone(), Expr::NIL);
        let some = none.clone().negate().and(Expr::binary(BinaryOp::Lt, 0.into(), cell(table::LEN)));
        let high = Expr::binary(BinaryOp::Sub, cell(table::LEN), 1.into());
        // The index is in a cell that is otherwise a number; keys go nowhere, or the channel of the iteration would need its type.
        let index = local(INDEX);
        let take = MapCommand::Next { iteration, index: get(index.clone()), key: vec![None] };
        let pick = Edge {
            choose: Some(Choose { dest: index, low: 0.into(), high }),
            ..edge(some, vec![Command::Map(take)], next)
        };
        let ended = none.or(Expr::eq(cell(table::DUE), 0.into()));
        vec![pick, edge(ended, vec![], other)]
    }

    fn routine(&mut self, name: &str, routines: u32) -> RoutineBuilder {
        let names =
            ["ch", "n", "s.ptr", "s.len", "s.cap", "pair", "tag", "payload", "mode", "iteration", "index"];
        let mut routine = RoutineBuilder::new(name, &names);
        for cell in [CHANNEL, SLICE, PAIR, ITERATION] {
            routine.cell_type(cell as usize, CellType::Ref);
        }
        routine.cell_type(TAG as usize, CellType::Tag).cell_type(PAYLOAD as usize, CellType::Payload);
        routine.args(1);
        let points = 2 + self.below(4);
        routine.end(points);
        for number in 0..points {
            self.point(&mut routine, number, points, routines);
            if self.below(3) == 0 {
                let value = (local(TAG), local(PAYLOAD));
                routine.unwind(number, value, local(MODE), self.below(points + 1));
            }
        }
        routine
    }

    fn point(&mut self, routine: &mut RoutineBuilder, number: u32, points: u32, routines: u32) {
        let mut target = || if self.below(4) == 0 { self.below(points + 1) } else { number + 1 };
        let (next, other) = (target(), target());
        let channel = |place: Place| get(place);
        match self.below(14) {
            12 | 13 => {
                let edges = self.iterate(next, other);
                routine.point(number, PointKind::Choice, edges)
            }
            0..=2 => routine.plain(number, self.commands(routines), next),
            3 => routine.operation(number, "Lock", lock(global(G_LOCK), next)),
            4 if self.below(8) == 0 => routine.operation(number, "Unlock", unlock(global(G_LOCK), next)),
            4 => routine.plain(number, vec![set(global(G_LOCK), 0.into())], next),
            5 => {
                let sent = get(self.number());
                routine.operation(number, "send", send(&channel(self.channel()), sent, next))
            }
            6 => {
                let dest = self.number();
                routine.operation(number, "receive", recv(&channel(self.channel()), Some(dest), next))
            }
            7 | 8 => {
                let mut edges = send(&channel(self.channel()), 1.into(), next);
                let dest = self.flag().then(|| self.number());
                edges.extend(recv(&channel(self.channel()), dest, other));
                for (index, edge) in edges.iter_mut().enumerate() {
                    edge.act = Some(index / 3);
                }
                if self.flag() {
                    edges.push(fallback(other));
                }
                routine.operation(number, "select", edges)
            }
            9 if self.flag() => routine.choice(number, self.number(), 0, 1, next),
            9 => routine.idle(number, "receive", recv(&channel(self.channel()), None, next)),
            10 => {
                let cond = Expr::eq(get(self.number()), i64::from(self.below(3)).into());
                let no = self.commands(routines);
                let edges =
                    vec![edge(cond.clone(), self.commands(routines), next), edge(cond.negate(), no, other)];
                routine.point(number, PointKind::Plain, edges)
            }
            _ if self.below(3) > 0 => routine.plain(number, vec![], next),
            _ => {
                let channel = channel(self.channel());
                let is_nil = Expr::eq(channel.clone(), Expr::NIL);
                let commands = vec![Command::If(is_nil, vec![raise(1, 1)], vec![close(&channel)])];
                routine.plain(number, commands, next)
            }
        };
    }
}

/// Points of critical sections begin at this number.
const SECTIONS: u32 = 7;

/// Goroutines begin with critical sections, one after the other, whose locks they give back themselves.
fn sections(routine: &mut RoutineBuilder, genes: &mut Genes<'_>, routines: u32, then: u32) {
    let mut at = SECTIONS;
    routine.entry(if genes.below(4) > 0 { at } else { then });
    for section in 0..2 {
        let first = LATCHES[genes.below(2) as usize];
        let second = LATCHES[genes.below(2) as usize];
        let mut point =
            |routine: &mut RoutineBuilder, name: &'static str, edges: fn(Place, u32) -> Vec<Edge>, latch| {
                routine.operation(at, name, edges(global(latch), at + 1));
                at += 1;
            };
        point(routine, "Lock", lock, first);
        let nested = second != first && genes.flag();
        if nested {
            point(routine, "Lock", lock, second);
        }
        match genes.below(4) {
            0 => {
                routine.plain(at, genes.commands(routines), at + 1);
                at += 1;
            }
            1 => {
                let channel = get(genes.channel());
                let edges = if genes.flag() {
                    send(&channel, 1.into(), at + 1)
                } else {
                    recv(&channel, Some(genes.number()), at + 1)
                };
                routine.operation(at, "send or receive", edges);
                at += 1;
            }
            _ => {}
        }
        let mut order = vec![first];
        order.extend(nested.then_some(second));
        if genes.flag() {
            order.reverse();
        }
        let last = order.len() - 1;
        for (number, latch) in order.into_iter().enumerate() {
            let ends = section == 1 && number == last;
            let next = match (ends, genes.below(4)) {
                (true, 0) => SECTIONS,
                (true, _) => then,
                (false, _) => at + 1,
            };
            routine.operation(at, "Unlock", unlock(global(latch), next));
            at += 1;
        }
    }
}

pub(in crate::engine) fn random_machine(genes: &[u8]) -> Machine {
    random_machine_with_sections(genes, &[])
}

/// The same with critical sections from genes of their own: none where there are none of these.
pub(in crate::engine) fn random_machine_with_sections(genes: &[u8], more: &[u8]) -> Machine {
    let mut genes = Genes(genes.iter());
    let count = 1 + genes.below(3);
    let names = ["main", "second", "third"];
    let mut routines: Vec<RoutineBuilder> =
        (0..count).map(|number| genes.routine(names[number as usize], count)).collect();
    if !more.is_empty() {
        let mut more = Genes(more.iter());
        routines.iter_mut().for_each(|routine| sections(routine, &mut more, count, 0));
    }
    // Mostly, main begins with a channel and starts the others.
    if genes.below(8) > 0 {
        let mut commands = vec![alloc(global(G_CHANNEL), P_CHANNEL, Some(i64::from(genes.below(2))))];
        commands.extend((1..count).map(|other| spawn(other, vec![get(global(G_CHANNEL))])));
        let then = if more.is_empty() { 0 } else { SECTIONS };
        routines[0].plain(6, commands, then).entry(6);
    }
    let mut machine = machine(routines, 13);
    for cell in [G_CHANNEL, G_SLICE, G_BY_NUMBER, G_BY_CHANNEL] {
        machine.globals[cell as usize].ty = CellType::Ref;
    }
    for (cell, name) in ["gs.ptr", "gs.len", "gs.cap"].into_iter().enumerate() {
        machine.globals[G_SLICE as usize + cell].name = name.to_string();
    }
    machine.globals[G_TAG as usize].ty = CellType::Tag;
    machine.globals[G_PAYLOAD as usize].ty = CellType::Payload;
    let pool = |name: &str, shape, cells| Pool { name: name.to_string(), shape, cells };
    machine.pools.push(pool("[]int", Shape::Array, vec![cell("", INT)]));
    machine.pools.push(pool("pair", Shape::Record, vec![cell("ch", CellType::Ref), cell("n", INT)]));
    // Both have a number and a channel as the value; the iterations over them a mark.
    for (name, key) in [("map[int]", INT), ("map[chan int]", CellType::Ref)] {
        let cells = vec![cell("", key), cell("n", INT), cell("ch", CellType::Ref)];
        machine.pools.push(pool(name, Shape::Map { key: 1 }, cells));
    }
    for (name, key) in [("range over map[int]", INT), ("range over map[chan int]", CellType::Ref)] {
        machine.pools.push(pool(
            name,
            Shape::Map { key: 1 },
            vec![cell("", key), cell("due", CellType::Bool)],
        ));
    }
    machine.tags.push(Tag {
        name: "chan int".into(),
        payload: CellType::Ref,
        boxed: Some(PoolId(0)),
        unhashable: None,
        is_error: false,
    });
    let always = Expr::ne(get(global(0)), 3.into());
    machine.properties.always.push(property("g0 != 3", always));
    machine.properties.covers.push(property("g1 == 1", Expr::eq(get(global(1)), 1.into())));
    machine
}

/// All states, the naive way.
struct Naive {
    states: Vec<State>,
    depth: Vec<usize>,
    /// Per state: target and slots that take part.
    arcs: Vec<Vec<(usize, Vec<usize>)>>,
    numbers: FxHashMap<State, usize>,
}

impl Naive {
    fn new(machine: &Machine) -> Option<Self> {
        let start = step::initial(machine);
        let mut naive = Self {
            states: vec![start.clone()],
            depth: vec![0],
            arcs: Vec::new(),
            numbers: FxHashMap::from_iter([(start, 0)]),
        };
        while naive.arcs.len() < naive.states.len() {
            let source = naive.arcs.len();
            let state = naive.states[source].clone();
            let mut arcs = Vec::new();
            for taken in step::enabled(machine, &state).unwrap() {
                let next = step::apply(machine, &state, &taken, &LIMITS).unwrap();
                let fresh = naive.states.len();
                let target = *naive.numbers.entry(next.clone()).or_insert(fresh);
                if target == fresh {
                    naive.states.push(next);
                    naive.depth.push(naive.depth[source] + 1);
                }
                let slots = [Some(taken.slot), taken.partner.map(|it| it.0)];
                arcs.push((target, slots.into_iter().flatten().collect()));
            }
            naive.arcs.push(arcs);
            if naive.states.len() > MOST {
                return None;
            }
        }
        Some(naive)
    }

    /// Which states each state reaches, itself included.
    fn closure(&self) -> Vec<FxHashSet<usize>> {
        let from = |start: usize| {
            let mut seen = FxHashSet::default();
            let mut pending = vec![start];
            while let Some(state) = pending.pop() {
                if seen.insert(state) {
                    pending.extend(self.arcs[state].iter().map(|arc| arc.0));
                }
            }
            seen
        };
        (0..self.states.len()).map(from).collect()
    }

    fn stuck(&self, machine: &Machine, closure: &[FxHashSet<usize>], state: usize) -> BTreeSet<usize> {
        let mut stuck: BTreeSet<usize> = self.states[state].live_slots().collect();
        stuck.retain(|slot| {
            !closure[state].iter().any(|&later| self.arcs[later].iter().any(|arc| arc.1.contains(slot)))
        });
        stuck.retain(|&slot| !idle(machine, &self.states[state], slot));
        stuck
    }
}

fn idle(machine: &Machine, state: &State, slot: usize) -> bool {
    let goroutine = state.goroutine(slot).unwrap();
    machine.point(goroutine.routine, goroutine.point).kind.is_idle()
}

/// How a run that has come to a terminal component has ended.
#[derive(PartialEq, Eq, Clone, Copy, Debug)]
enum Verdict {
    Good,
    Deadlock,
    Leak,
    BadEnd,
    Unknown,
}

/// Per state of a terminal component: its verdict.
fn verdicts(machine: &Machine, naive: &Naive, closure: &[FxHashSet<usize>]) -> Vec<Option<Verdict>> {
    let verdict = |state: usize| {
        if !closure[state].iter().all(|&later| closure[later].contains(&state)) {
            return None;
        }
        let it = &naive.states[state];
        let stuck = naive.stuck(machine, closure, state);
        let still = naive.arcs[state].is_empty();
        Some(match it.end {
            Some(End::Panic { .. } | End::Fatal { .. } | End::Assert { .. }) => Verdict::BadEnd,
            Some(End::Exit) => Verdict::Good,
            Some(End::Bound(_)) => Verdict::Unknown,
            None if still && it.main == MainStatus::Running && !stuck.is_empty() => Verdict::Deadlock,
            None if stuck.is_empty() => Verdict::Good,
            None => Verdict::Leak,
        })
    };
    (0..naive.states.len()).map(verdict).collect()
}

/// What a search that is cut short finds is really there.
fn cut_short(
    machine: &Machine,
    naive: &Naive,
    closure: &[FxHashSet<usize>],
    whole: &Outcome,
    most: u64,
) -> Result<(), TestCaseError> {
    let outcome = run_with(machine, &Options { limits: LIMITS, max_states: Some(most), ..unfused() });
    for finding in &outcome.findings {
        let last = naive.numbers[&replay(machine, &finding.path, &LIMITS)];
        if matches!(finding.kind, Kind::Deadlock | Kind::Leak) {
            let stuck = naive.stuck(machine, closure, last);
            prop_assert!(finding.stuck.iter().all(|slot| stuck.contains(slot)));
        }
        if let Some(from) = finding.doomed_from {
            let same = |it: &&Finding| it.path == finding.path && it.kind == finding.kind;
            for it in whole.findings.iter().filter(same) {
                prop_assert!(it.doomed_from.is_none_or(|it| it == from));
            }
        }
        prop_assert_ne!(finding.kind, Kind::Cover);
    }
    Ok(())
}

fn agree(genes: &[u8], more: &[u8]) -> Result<(), TestCaseError> {
    let machine = random_machine_with_sections(genes, more);
    let Some(naive) = Naive::new(&machine) else { return Ok(()) };
    let outcome = run_with(&machine, &Options { limits: LIMITS, ..unfused() });
    let fused = run_with(&machine, &Options { limits: LIMITS, ..Options::default() });
    // A pending block has not made its objects yet: which runs come to the bound on objects depends on what is fused.
    if [&fused, &outcome].iter().all(|it| !it.stats.bounds.contains(&"--objects")) {
        prop_assert_eq!(&fused.stats.bounds, &outcome.stats.bounds);
        prop_assert_eq!(gist(&machine, &fused, &LIMITS), gist(&machine, &outcome, &LIMITS));
    } else if fused.stats.exhaustive {
        prop_assert!(
            gist(&machine, &outcome, &LIMITS)
                .0
                .iter()
                .all(|it| gist(&machine, &fused, &LIMITS).0.contains(it))
        );
    }
    // The same steps, fewer states.
    let reductions = Reductions { symmetry: true, ..Reductions::NONE };
    let alike = run_with(&machine, &Options { limits: LIMITS, reductions, ..Options::default() });
    prop_assert!(alike.stats.states <= outcome.stats.states);
    // What only differs in who is where can lie far apart.
    prop_assert!(alike.stats.depth <= outcome.stats.depth);
    prop_assert_eq!(&alike.stats.bounds, &outcome.stats.bounds);
    prop_assert_eq!(gist(&machine, &alike, &LIMITS), gist(&machine, &outcome, &LIMITS));
    let lengths = |outcome: &Outcome| {
        outcome
            .findings
            .iter()
            // The accesses of a race, also of a fatal one on a map, may be those of other goroutines of the same kinds, and
            // take another step.
            .filter(|finding| finding.race.is_none())
            // Of those that are stuck at the same places there may be more or fewer: `gist` compares the places.
            .map(|finding| (finding.kind, finding.path.len()))
            .collect::<Vec<_>>()
    };
    prop_assert_eq!(lengths(&alike), lengths(&outcome));
    let tables = Tables::new(&machine);
    same_states(&machine, &tables, &naive, &outcome)?;

    let closure = naive.closure();
    for part in 1..8 {
        cut_short(&machine, &naive, &closure, &outcome, outcome.stats.states * part / 8)?;
    }
    let verdicts = verdicts(&machine, &naive, &closure);
    let reaches =
        |state: usize, verdict| closure[state].iter().any(|&later| verdicts[later] == Some(verdict));
    let mut shortest: BTreeMap<Kind, usize> = BTreeMap::new();
    let mut keys = FxHashSet::default();
    for (number, state) in naive.states.iter().enumerate() {
        let mut found = |kind| {
            let depth = shortest.entry(kind).or_insert(usize::MAX);
            *depth = (*depth).min(naive.depth[number]);
        };
        match state.end {
            Some(End::Panic { .. } | End::Fatal { .. }) => found(Kind::Panic),
            Some(End::Assert { .. }) => found(Kind::Assert),
            Some(End::Exit | End::Bound(_)) | None => {}
        }
        if step::holds(&machine, state, &machine.properties.always[0].cond) == Ok(false) {
            found(Kind::Always);
        }
        let stuck: Vec<usize> = naive.stuck(&machine, &closure, number).into_iter().collect();
        if verdicts[number] == Some(Verdict::Deadlock) {
            found(Kind::Deadlock);
            keys.insert(Key::stuck(&tables, Kind::Deadlock, state, &stuck));
        }
        let leaks = closure[number].iter().filter(|&&later| verdicts[later] == Some(Verdict::Leak));
        let least = leaks.map(|&later| naive.stuck(&machine, &closure, later).len()).min();
        if least == Some(stuck.len()) && !reaches(number, Verdict::Unknown) {
            found(Kind::Leak);
            keys.insert(Key::stuck(&tables, Kind::Leak, state, &stuck));
        }
    }
    let mut engine: BTreeMap<Kind, usize> = BTreeMap::new();
    for finding in outcome.findings.iter().filter(|it| it.kind != Kind::Cover && it.race.is_none()) {
        engine.entry(finding.kind).or_insert(finding.path.len());
    }
    prop_assert_eq!(&engine, &shortest);
    let stuck = outcome.findings.iter().filter(|it| matches!(it.kind, Kind::Deadlock | Kind::Leak));
    prop_assert_eq!(stuck.count(), keys.len());

    for finding in outcome
        .findings
        .iter()
        .chain(&alike.findings)
        .filter(|it| !matches!(it.kind, Kind::Cover | Kind::Always) && it.race.is_none())
    {
        // The first state on the path without hope; whether it is doomed may not be known.
        let mut state = step::initial(&machine);
        let mut hopeless = None;
        for (number, taken) in finding.path.iter().map(Some).chain([None]).enumerate() {
            let here = naive.numbers[&state];
            if hopeless.is_none() && !reaches(here, Verdict::Good) {
                hopeless = Some((number, reaches(here, Verdict::Unknown)));
            }
            if let Some(taken) = taken {
                state = step::apply(&machine, &state, taken, &LIMITS).unwrap();
            }
        }
        let expected = match hopeless {
            Some((at, false)) => Some(at),
            Some((_, true)) => None,
            None => Some(finding.path.len()),
        };
        prop_assert_eq!(finding.doomed_from, expected);
    }
    Ok(())
}

/// The engine has as many states as there are canonical forms, and a canonical form behaves as what it stands for.
fn same_states(
    machine: &Machine,
    tables: &Tables,
    naive: &Naive,
    outcome: &Outcome,
) -> Result<(), TestCaseError> {
    let mut canonical = Canonical::default();
    let mut forms = FxHashMap::default();
    for (state, &depth) in naive.states.iter().zip(&naive.depth) {
        let mut encode = |state: &State| {
            let mut bytes = Vec::new();
            canonical.fill(tables, state);
            layout::encode(tables, state, &canonical, &mut bytes);
            bytes
        };
        let bytes = encode(state);
        let mut decoded = State::empty();
        layout::decode(tables, &bytes, &mut decoded);
        prop_assert_eq!(step::enabled(machine, &decoded), step::enabled(machine, state));
        prop_assert_eq!(&encode(&decoded), &bytes);
        // States come in the order of their depth.
        forms.entry(bytes).or_insert(depth);
    }
    prop_assert_eq!(outcome.stats.states, forms.len() as u64);
    prop_assert_eq!(outcome.stats.depth as usize, forms.values().copied().max().unwrap_or(0));
    let bound = naive.states.iter().any(|state| matches!(state.end, Some(End::Bound(_))));
    let hidden = outcome.stats.bounds.contains(&RACE_BOUND);
    prop_assert_eq!(outcome.stats.exhaustive, !bound && !hidden);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]
    #[test]
    fn the_engine_agrees_with_a_naive_search(
        genes in prop::collection::vec(any::<u8>(), 10..120),
        more in prop::collection::vec(any::<u8>(), 0..40),
    ) {
        agree(&genes, &more)?;
    }
}
