//! `sync.RWMutex`: an announced writer blocks new readers; `Lock` is two steps.

use super::{Alternative, Call, Kind, Method, Outcome, Primitive, Step};
use crate::commands::{BinaryOp, CellType, Command, Expr};

/// A writer is announced or holds: new readers and writers wait.
const WRITER: u32 = 0;
/// The announced writer holds.
const HELD: u32 = 1;
/// How many readers hold.
const READERS: u32 = 2;

pub static RWMUTEX: Primitive = Primitive {
    name: "sync.RWMutex",
    fields: &[
        ("writer", CellType::Bool),
        ("held", CellType::Bool),
        ("readers", CellType::Int { bits: 32, signed: true }),
    ],
    methods: &[
        Method {
            name: "Lock",
            params: &[],
            results: &[],
            steps: lock,
            woken_by: &["Unlock", "RUnlock"],
            acquires: true,
            since: 0,
        },
        Method {
            name: "TryLock",
            params: &[],
            results: &[Kind::Bool],
            steps: try_lock,
            woken_by: &[],
            acquires: true,
            since: 0,
        },
        Method {
            name: "TryRLock",
            params: &[],
            results: &[Kind::Bool],
            steps: try_rlock,
            woken_by: &[],
            acquires: true,
            since: 0,
        },
        Method::new("Unlock", &[], &[], unlock),
        Method {
            name: "RLock",
            params: &[],
            results: &[],
            steps: rlock,
            woken_by: &["Unlock"],
            acquires: true,
            since: 0,
        },
        Method::new("RUnlock", &[], &[], runlock),
    ],
    library: include_str!("rwmutex.knot"),
};

/// Announce when no other writer is announced or holds, then hold when no reader does.
fn lock(call: &Call) -> Vec<Step> {
    let announce = Command::Set(call.place(WRITER), Expr::TRUE);
    let hold = Command::Set(call.place(HELD), Expr::TRUE);
    let no_readers = Expr::eq(call.field(READERS), Expr::Const(0));
    vec![
        Step {
            wait: Some("sync.Mutex.Lock"),
            alternatives: vec![Alternative::new(call.field(WRITER).negate(), vec![announce])],
        },
        Step {
            wait: Some("sync.RWMutex.Lock"),
            alternatives: vec![Alternative::new(no_readers, vec![hold])],
        },
    ]
}

/// Succeeds where nobody holds and no writer is announced.
fn try_lock(call: &Call) -> Vec<Step> {
    let no_readers = Expr::eq(call.field(READERS), Expr::Const(0));
    let take = [Command::Set(call.place(WRITER), Expr::TRUE), Command::Set(call.place(HELD), Expr::TRUE)];
    vec![Step::attempt(call, call.field(WRITER).negate().and(no_readers), take)]
}

fn try_rlock(call: &Call) -> Vec<Step> {
    vec![Step::attempt(call, call.field(WRITER).negate(), [add_readers(call, 1)])]
}

fn unlock(call: &Call) -> Vec<Step> {
    let free =
        vec![Command::Set(call.place(HELD), Expr::FALSE), Command::Set(call.place(WRITER), Expr::FALSE)];
    vec![Step {
        wait: None,
        alternatives: vec![
            Alternative::new(call.field(HELD), free),
            Alternative::fail(call.field(HELD).negate(), Outcome::Fatal("sync: Unlock of unlocked RWMutex")),
        ],
    }]
}

fn rlock(call: &Call) -> Vec<Step> {
    vec![Step {
        wait: Some("sync.RWMutex.RLock"),
        alternatives: vec![Alternative::new(call.field(WRITER).negate(), vec![add_readers(call, 1)])],
    }]
}

fn runlock(call: &Call) -> Vec<Step> {
    let read = Expr::binary(BinaryOp::Lt, Expr::Const(0), call.field(READERS));
    vec![Step {
        wait: None,
        alternatives: vec![
            Alternative::new(read.clone(), vec![add_readers(call, -1)]),
            Alternative::fail(read.negate(), Outcome::Fatal("sync: RUnlock of unlocked RWMutex")),
        ],
    }]
}

fn add_readers(call: &Call, by: i64) -> Command {
    Command::Set(call.place(READERS), Expr::binary(BinaryOp::Add, call.field(READERS), Expr::Const(by)))
}
