//! What `sync.Cond` waits in. As in Go, where it is called `notifyList`, it knows no
//! lock: `Cond` itself, in the language, registers, unlocks, waits to be woken, and
//! locks again (`library/sync.knot`).
//!
//! Who registers gets a waiter of its own. `Signal` picks any one of those registered
//! and takes it off the list, so who comes later can never be woken in its place.
//! `Broadcast` wakes what all registered waiters share, and forgets them.

use super::{Alternative, Call, Kind, Method, Primitive, Step};
use crate::commands::{BinaryOp, CellType, Choose, Command, Expr, Place, queue};

/// A queue of waiters; nil while nobody is registered.
const WAITERS: u32 = 0;
/// What wakes all of them; nil while nobody is registered.
const EVERYBODY: u32 = 1;

/// Woken.
const WOKEN: u32 = 0;
/// Of a goroutine's waiter: the one that a `Broadcast` wakes instead of it.
const GROUP: u32 = 1;

const WAITER_NAME: &str = "sync.waiter";

pub static WAITER: Primitive = Primitive {
    name: WAITER_NAME,
    fields: &[("woken", CellType::Bool), ("group", CellType::Ref)],
    methods: &[],
    library: "",
};

pub static NOTIFY_LIST: Primitive = Primitive {
    name: "sync.notifyList",
    fields: &[("waiters", CellType::Ref), ("everybody", CellType::Ref)],
    methods: &[
        Method::new(
            "register",
            &[Kind::Pointer(WAITER_NAME), Kind::Pointer(WAITER_NAME), Kind::Queue(WAITER_NAME)],
            &[],
            register,
        ),
        Method {
            name: "Wait",
            params: &[Kind::Pointer(WAITER_NAME)],
            results: &[],
            steps: wait,
            woken_by: &["Signal", "Broadcast"],
            acquires: false,
            since: 0,
        },
        // Which of those registered it was: what the choice and the removal need a place for.
        Method::new("Signal", &[], &[Kind::Int, Kind::Pointer(WAITER_NAME)], signal),
        Method::new("Broadcast", &[], &[], broadcast),
    ],
    library: "",
};

/// `register(me, everybody, queue)`: the last two are for whoever comes first.
fn register(call: &Call) -> Vec<Step> {
    let me = call.arg(0);
    let none = Expr::eq(call.field(WAITERS), Expr::NIL);
    let begin = vec![
        Command::Set(call.place(EVERYBODY), call.arg(1)),
        Command::Set(call.place(WAITERS), call.arg(2)),
    ];
    let commands = vec![
        Command::If(none, begin, Vec::new()),
        Command::Set(Place::memory(me.clone()).at(GROUP), call.field(EVERYBODY)),
        Command::Push { queue: call.field(WAITERS), values: vec![me] },
    ];
    vec![Step::now(vec![Alternative::new(Expr::TRUE, commands)])]
}

fn wait(call: &Call) -> Vec<Step> {
    let cell = |waiter: Expr, at: u32| Expr::load(Place::memory(waiter).at(at));
    let me = call.arg(0);
    let all = cell(cell(me.clone(), GROUP), WOKEN);
    vec![Step {
        wait: Some("sync.Cond.Wait"),
        alternatives: vec![Alternative::new(cell(me, WOKEN).or(all), vec![])],
    }]
}

fn signal(call: &Call) -> Vec<Step> {
    let waiters = call.field(WAITERS);
    let nobody = Expr::eq(waiters.clone(), Expr::NIL);
    let (Some(index), Some(woken)) = (call.results.first().cloned(), call.results.get(1).cloned()) else {
        return Vec::new();
    };
    let count = Expr::load(Place::memory(waiters.clone()).at(queue::LEN));
    let slot = |at: u32| Place::memory(waiters.clone()).at(at).indexed(Expr::load(index.clone()), 1, None);
    // Those before the chosen one move up by one, over it; then the oldest place goes.
    let move_up = Command::Copy {
        dest: Expr::AddrOf(Box::new(Place::memory(waiters.clone()).at(queue::FIRST + 1))),
        source: Expr::AddrOf(Box::new(Place::memory(waiters.clone()).at(queue::FIRST))),
        count: Expr::load(index.clone()),
        stride: 1,
    };
    let commands = vec![
        Command::Set(woken.clone(), Expr::load(slot(queue::FIRST))),
        Command::Set(Place::memory(Expr::load(woken)).at(WOKEN), Expr::TRUE),
        move_up,
        Command::Pop { queue: waiters.clone(), dests: vec![None] },
        Command::If(Expr::eq(count.clone(), Expr::Const(0)), forget(call), Vec::new()),
    ];
    let last = Expr::binary(BinaryOp::Sub, count, Expr::Const(1));
    let wake = Alternative {
        choose: Some(Choose { dest: index, low: Expr::Const(0), high: last }),
        ..Alternative::new(nobody.clone().negate(), commands)
    };
    vec![Step::now(vec![wake, Alternative::new(nobody, vec![])])]
}

fn broadcast(call: &Call) -> Vec<Step> {
    let nobody = Expr::eq(call.field(WAITERS), Expr::NIL);
    let mut commands = vec![Command::Set(Place::memory(call.field(EVERYBODY)).at(WOKEN), Expr::TRUE)];
    commands.extend(forget(call));
    vec![Step::now(vec![
        Alternative::new(nobody.clone().negate(), commands),
        Alternative::new(nobody, vec![]),
    ])]
}

/// Nobody is registered any more.
fn forget(call: &Call) -> Vec<Command> {
    vec![Command::Set(call.place(WAITERS), Expr::NIL), Command::Set(call.place(EVERYBODY), Expr::NIL)]
}
