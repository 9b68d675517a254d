//! The rules of steps, one by one.

use super::state::{End, MainStatus, Object, Ref, State};
use super::step::{CELLS_BOUND, Limits, OBJECTS_FLAG, Step, apply, enabled, initial};
use super::testing::*;
use super::*;
use crate::commands::{BinaryOp, PanicValue};

/// Takes the only step of a state.
fn advance(machine: &Machine, state: &State) -> State {
    let steps = enabled(machine, state).unwrap();
    assert_eq!(steps.len(), 1, "{steps:?}");
    apply(machine, state, &steps[0], &Limits::default()).unwrap()
}

/// Main with the frame cells `x`, `ref` runs these commands at point 0, then others at point 1, and ends.
fn main_with(commands: Vec<Command>, after: Vec<Command>) -> Machine {
    let mut main = RoutineBuilder::new("main", &["x", "ref"]);
    main.cell_type(1, CellType::Ref);
    main.plain(0, commands, 1).plain(1, after, 2).end(2);
    machine(vec![main], 2)
}

#[test]
fn steps_are_in_a_fixed_order() {
    let mut main = RoutineBuilder::new("main", &["ch"]);
    main.cell_type(0, CellType::Ref);
    let ch = || vec![get(local(0))];
    main.plain(0, vec![alloc(local(0), 0, Some(0)), spawn(1, ch()), spawn(2, ch()), spawn(3, ch())], 1);
    main.choice(1, global(0), 4, 5, 2).end(2);
    let channel = |name: &str| {
        let mut routine = RoutineBuilder::new(name, &["ch"]);
        routine.args(1).cell_type(0, CellType::Ref).end(1);
        routine
    };
    let mut sender = channel("sender");
    sender.operation(0, "send", send(&get(local(0)), 1.into(), 1));
    let receivers = ["one", "two"].map(|name| {
        let mut receiver = channel(name);
        receiver.operation(0, "receive", recv(&get(local(0)), None, 1));
        receiver
    });
    let [one, two] = receivers;
    let machine = machine(vec![main, one, sender, two], 1);
    let state = advance(&machine, &initial(&machine));
    let choice = |value| Step { slot: 0, edge: 0, partner: None, choice: Some(value) };
    let meet = |slot| Step { slot: 2, edge: 2, partner: Some((slot, 2)), choice: None };
    assert_eq!(enabled(&machine, &state), Ok(vec![choice(4), choice(5), meet(1), meet(3)]));
    let after = apply(&machine, &state, &choice(5), &Limits::default()).unwrap();
    assert_eq!((after.globals, after.main), (vec![5], MainStatus::Returned));
}

#[test]
fn what_is_dead_becomes_zero() {
    let machine = main_with(vec![set(local(0), 5.into())], vec![]);
    let state = advance(&machine, &initial(&machine));
    assert_eq!(state.goroutine(0).map(|it| it.frame.clone()), Some(vec![0, 0]));
    let machine = main_with(vec![set(local(0), 5.into())], vec![set(global(0), get(local(0)))]);
    let state = advance(&machine, &initial(&machine));
    assert_eq!(state.goroutine(0).map(|it| it.frame.clone()), Some(vec![5, 0]));
    let state = advance(&machine, &state);
    assert_eq!((state.globals, state.goroutines, state.main), (vec![5, 0], vec![None], MainStatus::Returned));
}

#[test]
fn a_failing_check_keeps_what_came_before() {
    let check = Command::Check { ok: get(global(0)), raise: PanicValue { tag: 2.into(), payload: 1.into() } };
    let commands = vec![set(global(1), 1.into()), check, set(global(1), 2.into())];
    let machine = main_with(commands, vec![]);
    let state = advance(&machine, &initial(&machine));
    assert_eq!(state.end, Some(End::Panic { slot: 0, tag: 2, payload: 1 }));
    assert_eq!(state.globals, [0, 1]);
    assert_eq!(enabled(&machine, &state), Ok(vec![]));
}

#[test]
fn copies_may_overlap() {
    let at = |cell| Expr::AddrOf(Box::new(global(cell)));
    let copy = Command::Copy { dest: at(1), source: at(0), count: 3.into(), stride: 1 };
    let mut main = RoutineBuilder::new("main", &[]);
    main.plain(
        0,
        vec![set(global(0), 1.into()), set(global(1), 2.into()), set(global(2), 3.into()), copy],
        1,
    );
    main.end(1);
    let machine = machine(vec![main], 4);
    assert_eq!(advance(&machine, &initial(&machine)).globals, [1, 1, 2, 3]);
}

#[test]
fn a_pool_counts_live_objects_only() {
    let make = || alloc(local(1), 0, Some(1));
    let limits = Limits { objects: 1, ..Limits::default() };
    let machine = main_with(vec![make(), make()], vec![]);
    let state = initial(&machine);
    let step = enabled(&machine, &state).unwrap()[0];
    // The first channel is still in the frame when the second is made.
    assert_eq!(apply(&machine, &state, &step, &limits).unwrap().end, Some(End::Bound(OBJECTS_FLAG)));
    let machine = main_with(vec![make(), set(local(1), 0.into()), make(), set(global(0), 1.into())], vec![]);
    let after = apply(&machine, &initial(&machine), &step, &limits).unwrap();
    assert_eq!((after.end, after.heap.len(), after.globals[0]), (None, 1, 1));
    let machine = main_with(vec![alloc(local(1), 1, Some(1 << 40))], vec![]);
    let mut machine = machine;
    machine.pools.push(Pool { name: "[]int".into(), shape: Shape::Array, cells: vec![cell("", INT)] });
    let after = apply(&machine, &initial(&machine), &step, &limits).unwrap();
    assert_eq!(after.end, Some(End::Bound(CELLS_BOUND)));
}

#[test]
fn an_array_of_empty_elements_has_its_length() {
    let mut machine = main_with(vec![alloc(local(1), 1, Some(3))], vec![set(global(0), get(local(1)))]);
    machine.pools.push(Pool { name: "[]struct{}".into(), shape: Shape::Array, cells: vec![] });
    let state = advance(&machine, &initial(&machine));
    assert_eq!(state.object(0), Some(&Object { pool: PoolId(1), cells: vec![0; 3] }));
}

#[test]
fn mistakes_of_the_machine_are_errors_with_a_place() {
    let nil = get(Place::memory(get(local(1))));
    let machine = main_with(vec![set(global(0), nil)], vec![]);
    let state = initial(&machine);
    let step = enabled(&machine, &state).unwrap()[0];
    let error = apply(&machine, &state, &step, &Limits::default()).unwrap_err();
    assert_eq!(error.to_string(), "a nil reference is followed at point p0 of routine 0");
    let mut main = RoutineBuilder::new("main", &[]);
    main.point(0, PointKind::Plain, vec![edge(get(global(0)), vec![], 1)]).end(1);
    let machine = super::testing::machine(vec![main], 1);
    let error = enabled(&machine, &initial(&machine)).unwrap_err();
    assert_eq!(error.to_string(), "a statement has not exactly one way on at point p0 of routine 0");
}

#[test]
fn references_pack_and_unpack() {
    for reference in [
        Ref { object: 0, cell: 0 },
        Ref { object: 7, cell: 0xff_ffff },
        Ref { object: Ref::GLOBALS - 1, cell: 3 },
        Ref { object: Ref::GLOBALS, cell: 1 },
    ] {
        assert_eq!(Ref::unpack(reference.pack()), Some(reference));
    }
    assert_eq!(Ref::unpack(Ref::NIL), None);
}

#[test]
fn arithmetic_is_that_of_go() {
    let machine = machine(vec![RoutineBuilder::new("main", &[])], 0);
    let eval = |op, left: i64, right: i64| {
        let scope = eval::Scope { machine: &machine, frame: &[], globals: &[], heap: &[], log: None };
        scope.eval(&Expr::binary(op, left.into(), right.into()))
    };
    assert_eq!(eval(BinaryOp::Div, -7, 2), Ok(-3));
    assert_eq!(eval(BinaryOp::Rem, -7, 2), Ok(-1));
    assert_eq!(eval(BinaryOp::Div, i64::MIN, -1), Ok(i64::MIN));
    assert_eq!(eval(BinaryOp::Shl, 1, 64), Ok(0));
    assert_eq!(eval(BinaryOp::Shr, -8, 70), Ok(-1));
    assert_eq!(eval(BinaryOp::ShrU, -1, 63), Ok(1));
    assert_eq!(eval(BinaryOp::DivU, -1, 2), Ok(i64::MAX));
    assert_eq!(eval(BinaryOp::LtU, 1, -1), Ok(1));
    assert_eq!(eval(BinaryOp::AndNot, 0b111, 0b010), Ok(0b101));
    assert!(eval(BinaryOp::RemU, 1, 0).is_err());
    let wrap = |bits, signed, value: i64| {
        let scope = eval::Scope { machine: &machine, frame: &[], globals: &[], heap: &[], log: None };
        scope.eval(&Expr::Wrap { bits, signed, value: Box::new(value.into()) })
    };
    assert_eq!(wrap(8, true, 200), Ok(-56));
    assert_eq!(wrap(8, false, -1), Ok(255));
    assert_eq!(wrap(64, true, i64::MIN), Ok(i64::MIN));
}
