//! `sync.Mutex`: no owner, not re-entrant; any goroutine may unlock.

use super::{Alternative, Call, Kind, Method, Outcome, Primitive, Step};
use crate::commands::{CellType, Command, Expr};

const LOCKED: u32 = 0;

pub static MUTEX: Primitive = Primitive {
    name: "sync.Mutex",
    fields: &[("locked", CellType::Bool)],
    methods: &[
        Method {
            name: "Lock",
            params: &[],
            results: &[],
            steps: lock,
            woken_by: &["Unlock"],
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
        Method::new("Unlock", &[], &[], unlock),
    ],
    library: "",
};

fn lock(call: &Call) -> Vec<Step> {
    let take = Command::Set(call.place(LOCKED), Expr::TRUE);
    vec![Step {
        wait: Some("sync.Mutex.Lock"),
        alternatives: vec![Alternative::new(call.field(LOCKED).negate(), vec![take])],
    }]
}

fn try_lock(call: &Call) -> Vec<Step> {
    let take = [Command::Set(call.place(LOCKED), Expr::TRUE)];
    vec![Step::attempt(call, call.field(LOCKED).negate(), take)]
}

fn unlock(call: &Call) -> Vec<Step> {
    let free = Command::Set(call.place(LOCKED), Expr::FALSE);
    vec![Step {
        wait: None,
        alternatives: vec![
            Alternative::new(call.field(LOCKED), vec![free]),
            Alternative::fail(call.field(LOCKED).negate(), Outcome::Fatal("sync: unlock of unlocked mutex")),
        ],
    }]
}
