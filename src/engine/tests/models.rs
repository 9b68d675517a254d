//! Small machines, built by hand, each with what must be found in it.

use super::*;
use crate::commands::{BinaryOp, CellType, Command, Expr, Place};
use crate::machine::{PointKind, Pool, Shape};

fn ch() -> Expr {
    get(local(0))
}

/// A routine whose first cell is a channel that it gets as its argument.
fn with_channel(name: &str) -> RoutineBuilder {
    let mut routine = RoutineBuilder::new(name, &["ch", "v"]);
    routine.args(1).cell_type(0, CellType::Ref);
    routine
}

/// A main that makes a channel, starts the routines 1 to `others` with it, and goes on at point 1.
fn starter(others: u32, cap: i64) -> RoutineBuilder {
    let mut main = RoutineBuilder::new("main", &["ch", "v"]);
    main.cell_type(0, CellType::Ref);
    let mut commands = vec![alloc(local(0), 0, Some(cap))];
    commands.extend((1..=others).map(|other| spawn(other, vec![ch()])));
    main.plain(0, commands, 1);
    main
}

/// Takes the fork `first`, then `second`, gives both back.
fn philosopher(name: &str, first: u32, second: u32) -> RoutineBuilder {
    let mut routine = RoutineBuilder::new(name, &[]);
    routine.operation(0, "Lock", lock(global(first), 1));
    routine.operation(1, "Lock", lock(global(second), 2));
    routine.operation(2, "Unlock", unlock(global(second), 3));
    routine.operation(3, "Unlock", unlock(global(first), 4));
    routine.end(4);
    routine
}

#[test]
fn two_philosophers() {
    let mut main = philosopher("main", 0, 1);
    // Main starts the other one first.
    main.plain(5, vec![spawn(1, vec![])], 0);
    main.entry(5);
    let machine = machine(vec![main, philosopher("other", 1, 0)], 2);
    let outcome = run(&machine);
    assert_eq!(found(&outcome), [(Kind::Deadlock, 3, vec![0, 1], Some(3))]);
    assert!(outcome.stats.exhaustive);
    assert_eq!(outcome.unreached, []);
}

#[test]
fn philosophers_in_one_order_eat() {
    let mut main = philosopher("main", 0, 1);
    main.plain(5, vec![spawn(1, vec![])], 0);
    main.entry(5);
    let outcome = run(&machine(vec![main, philosopher("other", 0, 1)], 2));
    assert_eq!(found(&outcome), []);
    assert!(outcome.stats.exhaustive);
}

#[test]
fn two_selects_with_default_never_meet() {
    let mut main = starter(1, 0);
    let mut edges = recv(&ch(), None, 2);
    edges.push(fallback(3));
    main.operation(1, "select", edges);
    main.plain(2, vec![set(global(0), 1.into())], 3);
    main.end(3);
    let mut sender = with_channel("sender");
    let mut edges = send(&ch(), 7.into(), 1);
    edges.push(fallback(1));
    sender.operation(0, "select", edges);
    sender.end(1);
    let mut machine = machine(vec![main, sender], 1);
    machine.properties.covers.push(property("met", get(global(0))));
    let outcome = run(&machine);
    assert_eq!(found(&outcome), [(Kind::Cover, 0, vec![], None)]);
    assert_eq!(outcome.covered, [false]);
    assert_eq!(outcome.unreached, [(machine.main, PointId(2))]);
}

#[test]
fn a_select_with_default_meets_a_plain_send() {
    let mut main = starter(1, 0);
    let mut edges = recv(&ch(), Some(global(0)), 2);
    edges.push(fallback(2));
    main.operation(1, "select", edges);
    main.end(2);
    let mut sender = with_channel("sender");
    sender.operation(0, "send", send(&ch(), 7.into(), 1));
    sender.end(1);
    let mut machine = machine(vec![main, sender], 1);
    machine.properties.covers.push(property("met", Expr::eq(get(global(0)), 7.into())));
    // The default may be taken as well: then the sender leaks, from that step on.
    let outcome = run(&machine);
    assert_eq!(found(&outcome), [(Kind::Leak, 2, vec![1], Some(2))]);
    assert_eq!(outcome.covered, [true]);
}

#[test]
fn a_goroutine_does_not_meet_itself() {
    let mut main = starter(0, 0);
    let mut edges = send(&ch(), 1.into(), 2);
    edges.extend(recv(&ch(), None, 2));
    main.operation(1, "select", edges);
    main.end(2);
    let outcome = run(&machine(vec![main], 0));
    assert_eq!(found(&outcome), [(Kind::Deadlock, 1, vec![0], Some(0))]);
}

#[test]
fn a_buffer_is_first_in_first_out_and_drains_after_close() {
    let mut main = starter(1, 2);
    main.operation(1, "receive", recv(&ch(), Some(global(0)), 2));
    main.operation(2, "receive", recv(&ch(), Some(global(1)), 3));
    main.operation(3, "receive", recv(&ch(), Some(global(2)), 4));
    main.plain(4, vec![set(global(3), 1.into())], 5);
    main.end(5);
    let mut sender = with_channel("sender");
    sender.operation(0, "send", send(&ch(), 4.into(), 1));
    sender.operation(1, "send", send(&ch(), 5.into(), 2));
    sender.plain(2, vec![close(&ch())], 3);
    sender.end(3);
    let mut machine = machine(vec![main, sender], 4);
    let is = |cell, value: i64| Expr::eq(get(global(cell)), value.into());
    let right = is(0, 4).and(is(1, 5)).and(is(2, 0));
    machine.properties.always.push(property("in order", is(3, 0).or(right)));
    machine.properties.covers.push(property("done", is(3, 1)));
    assert_eq!(found(&run(&machine)), []);
}

#[test]
fn a_send_on_a_closed_channel_panics() {
    let mut main = starter(1, 0);
    main.plain(1, vec![close(&ch())], 2);
    main.operation(2, "receive", recv(&ch(), None, 3));
    main.end(3);
    let mut sender = with_channel("sender");
    sender.operation(0, "send", send(&ch(), 4.into(), 1));
    sender.end(1);
    let outcome = run(&machine(vec![main, sender], 0));
    // Whoever comes first, the send that waits or comes later panics: nobody receives before the close.
    assert_eq!(found(&outcome), [(Kind::Panic, 3, vec![], Some(0))]);
    assert_eq!(outcome.findings[0].end, Some(End::Panic { slot: 1, tag: 1, payload: 1 }));
}

#[test]
fn a_panic_unwinds_to_its_handler() {
    let mut main = RoutineBuilder::new("main", &["tag", "payload", "mode"]);
    main.cell_type(0, CellType::Tag).cell_type(1, CellType::Payload);
    main.plain(0, vec![set(global(0), 1.into()), raise(2, 1), set(global(1), 1.into())], 1);
    main.unwind(0, (local(0), local(1)), local(2), 1);
    let recovered = vec![set(global(2), get(local(0))), set(global(3), get(local(2)))];
    main.plain(1, recovered, 2);
    main.end(2);
    let mut machine = machine(vec![main], 4);
    let is = |cell, value: i64| Expr::eq(get(global(cell)), value.into());
    // What came before the raise keeps its effect, what comes after does not happen.
    machine.properties.covers.push(property("all", is(0, 1).and(is(1, 0)).and(is(2, 2)).and(is(3, 1))));
    assert_eq!(found(&run(&machine)), []);
}

/// Two goroutines that hand a token to each other for ever.
fn tickers(others: Vec<RoutineBuilder>) -> Vec<RoutineBuilder> {
    let mut ping = with_channel("ping");
    ping.operation(0, "send", send(&ch(), 1.into(), 0));
    let mut pong = with_channel("pong");
    pong.operation(0, "receive", recv(&ch(), None, 0));
    let mut routines = others;
    routines.extend([ping, pong]);
    routines
}

#[test]
fn a_leak_beside_two_goroutines_that_tick_for_ever() {
    let mut main = starter(3, 0);
    main.end(1);
    let mut stuck = RoutineBuilder::new("stuck", &["ch"]);
    stuck.args(1).cell_type(0, CellType::Ref);
    stuck.plain(0, vec![], 1);
    stuck.operation(1, "Lock", lock(global(0), 2));
    stuck.operation(2, "Lock", lock(global(0), 3));
    stuck.end(3);
    let outcome = run(&machine(tickers(vec![main, stuck]), 1));
    // It can do nothing else: doomed from the start. It is stuck for good once it holds the lock.
    assert_eq!(found(&outcome), [(Kind::Leak, 3, vec![1], Some(0))]);
}

#[test]
fn ticking_for_ever_is_not_stuck() {
    let mut main = starter(2, 0);
    main.end(1);
    let outcome = run(&machine(tickers(vec![main]), 0));
    assert_eq!(found(&outcome), []);
    assert!(outcome.stats.exhaustive);
}

#[test]
fn an_idle_server_is_a_good_end_and_a_busy_one_is_not() {
    for idle in [true, false] {
        let mut main = starter(1, 0);
        main.operation(1, "send", send(&ch(), 1.into(), 2));
        main.end(2);
        let mut server = with_channel("server");
        if idle {
            server.idle(0, "receive", recv(&ch(), None, 0));
        } else {
            server.operation(0, "receive", recv(&ch(), None, 0));
        }
        let outcome = run(&machine(vec![main, server], 0));
        let expected = [(Kind::Leak, 2, vec![1], Some(0))];
        assert_eq!(found(&outcome), if idle { &[][..] } else { &expected[..] });
    }
}

#[test]
fn main_may_idle_and_goexit() {
    let mut main = starter(0, 0);
    main.idle(1, "receive", recv(&ch(), None, 2));
    main.end(2);
    assert_eq!(found(&run(&machine(vec![main], 0))), []);

    let mut main = RoutineBuilder::new("main", &[]);
    main.plain(0, vec![spawn(1, vec![])], 1);
    main.goexit_end(1);
    let mut other = RoutineBuilder::new("other", &[]);
    other.plain(0, vec![], 1);
    other.end(1);
    // All others have ended: main, which has not returned, is what is stuck.
    let outcome = run(&machine(vec![main, other], 0));
    assert_eq!(found(&outcome), [(Kind::Deadlock, 2, vec![0], Some(0))]);
}

#[test]
fn a_slot_is_used_again() {
    // Main starts a worker that ends, then another one, at most one at a time, for ever.
    let mut main = RoutineBuilder::new("main", &[]);
    main.operation(0, "Lock", lock(global(0), 1));
    main.plain(1, vec![spawn(1, vec![])], 0);
    let mut worker = RoutineBuilder::new("worker", &[]);
    worker.plain(0, vec![set(global(0), 0.into())], 1);
    worker.end(1);
    let outcome = run(&machine(vec![main, worker], 1));
    assert_eq!(found(&outcome), []);
    // The old worker may still be about to end when the next one starts.
    assert_eq!((outcome.stats.slots, outcome.stats.exhaustive), (2, true));
}

#[test]
fn bounds_make_a_result_inexhaustive() {
    let mut main = RoutineBuilder::new("main", &[]);
    main.plain(0, vec![spawn(1, vec![])], 0);
    let mut worker = RoutineBuilder::new("worker", &[]);
    worker.plain(0, vec![], 1);
    worker.end(1);
    let mut machine = machine(vec![main, worker], 0);
    machine.properties.covers.push(property("never", Expr::FALSE));
    let options = Options { limits: Limits { goroutines: 3, ..Limits::default() }, ..unfused() };
    let outcome = run_with(&machine, &options);
    assert_eq!(found(&outcome), []);
    assert_eq!((outcome.stats.exhaustive, outcome.stats.bounds), (false, vec!["--goroutines"]));
}

#[test]
fn garbage_is_collected() {
    // Channels are made for ever; each is forgotten at once.
    let mut main = RoutineBuilder::new("main", &["ch"]);
    main.cell_type(0, CellType::Ref);
    main.plain(0, vec![alloc(local(0), 0, Some(1))], 1);
    main.operation(1, "send", send(&ch(), 5.into(), 0));
    let outcome = run(&machine(vec![main], 0));
    assert_eq!(found(&outcome), []);
    assert_eq!((outcome.stats.exhaustive, outcome.stats.states), (true, 2));
}

#[test]
fn always_goes_on_past_a_violation() {
    let mut main = RoutineBuilder::new("main", &[]);
    main.plain(0, vec![add(global(0), 1)], 1);
    main.choice(1, global(1), 0, 1, 2);
    main.plain(2, vec![add(global(0), 1)], 3);
    main.plain(3, vec![Command::Assert { ok: get(global(1)), text: 0 }], 4);
    main.end(4);
    let mut machine = machine(vec![main], 2);
    let below = |limit: i64| Expr::binary(BinaryOp::Lt, get(global(0)), limit.into());
    machine.properties.always.push(property("g0 < 1", below(1)));
    machine.properties.always.push(property("g0 < 2", below(2)));
    let outcome = run(&machine);
    let expected = [
        (Kind::Assert, 4, vec![], Some(2)),
        (Kind::Always, 1, vec![], Some(0)),
        (Kind::Always, 3, vec![], Some(0)),
    ];
    assert_eq!(found(&outcome), expected);
    let first = run_with(&machine, &Options { first: true, ..unfused() });
    assert_eq!(
        found(&first),
        expected[1..2].iter().map(|it| (it.0, it.1, it.2.clone(), Some(0))).collect::<Vec<_>>()
    );
    assert_eq!(first.stats.stopped, Some(StopReason::First));
}

#[test]
fn exit_is_a_good_end_and_fatal_a_bad_one() {
    let mut main = RoutineBuilder::new("main", &[]);
    main.choice(0, global(0), 0, 1, 1);
    let zero = Expr::eq(get(global(0)), 0.into());
    main.point(
        1,
        PointKind::Plain,
        vec![
            edge(zero.clone(), vec![Command::Exit], 2),
            edge(zero.negate(), vec![Command::Fatal("concurrent map writes")], 2),
        ],
    );
    main.end(2);
    let outcome = run(&machine(vec![main], 1));
    assert_eq!(found(&outcome), [(Kind::Panic, 2, vec![], Some(1))]);
}

#[test]
fn limits_stop_a_search() {
    let mut main = RoutineBuilder::new("main", &[]);
    main.plain(0, vec![add(global(0), 1)], 0);
    let machine = machine(vec![main], 1);
    let states = Options { max_states: Some(1000), ..unfused() };
    let outcome = run_with(&machine, &states);
    assert_eq!(outcome.stats.stopped, Some(StopReason::States));
    assert!((1000..1100).contains(&outcome.stats.states));
    let memory = Options { max_memory: Some(1 << 20), ..unfused() };
    let outcome = run_with(&machine, &memory);
    assert_eq!((outcome.stats.stopped, outcome.stats.exhaustive), (Some(StopReason::Memory), false));
    assert!(outcome.stats.memory < 1_200_000, "{}", outcome.stats.memory);
    assert_eq!(found(&outcome), []);
}

#[test]
fn of_the_shortest_paths_a_calm_one_is_shown() {
    let busy = |name: &str, first: u32, second: u32| {
        let mut routine = RoutineBuilder::new(name, &[]);
        routine.plain(0, vec![], 1).plain(1, vec![], 2);
        routine.operation(2, "Lock", lock(global(first), 3));
        routine.plain(3, vec![], 4);
        routine.operation(4, "Lock", lock(global(second), 5));
        routine.end(5);
        routine
    };
    let mut main = busy("main", 0, 1);
    main.plain(6, vec![spawn(1, vec![])], 0).entry(6);
    let outcome = run(&machine(vec![main, busy("other", 1, 0)], 2));
    let both = outcome.findings.iter().find(|finding| finding.stuck.len() == 2).unwrap();
    let mut slots: Vec<usize> = both.path.iter().map(|step| step.slot).collect();
    assert_eq!(slots.len(), 9);
    slots.dedup();
    assert_eq!(slots.len(), 2);
}

#[test]
fn cells_that_no_slice_covers_do_not_count() {
    let mut main = RoutineBuilder::new("main", &["s.ptr", "s.len", "s.cap"]);
    main.cell_type(0, CellType::Ref);
    let first = || Place::memory(get(local(0)));
    let sized = |len: i64| [set(local(1), len.into()), set(local(2), len.into())];
    let mut make = vec![alloc(local(0), 1, Some(2))];
    make.extend(sized(2));
    // s = s[1:]
    let mut cut = vec![set(local(0), Expr::AddrOf(Box::new(first().at(1))))];
    cut.extend(sized(1));
    let read = set(global(0), Expr::binary(BinaryOp::Add, get(first()), get(local(1))));
    main.plain(0, make, 1);
    main.choice(1, first(), 0, 1, 2);
    main.plain(2, cut, 3);
    main.operation(3, "use", vec![edge(Expr::TRUE, vec![read, set(global(0), get(local(2)))], 0)]);
    let mut machine = machine(vec![main], 1);
    machine.pools.push(Pool { name: "[]int".to_string(), shape: Shape::Array, cells: vec![cell("", INT)] });
    let outcome = run(&machine);
    assert_eq!(found(&outcome), []);
    // Before the first use and later: at point 2 the choice makes two states, at point 3 it is forgotten.
    assert_eq!((outcome.stats.states, outcome.stats.exhaustive), (2 * (1 + 1 + 2 + 1), true));
}
