//! `sync.Once`: the others wait until the first call has ended, however it ended.
//!
//! `Do` itself is written in the language: its deferred `leave` is what makes a call
//! that panics or calls `Goexit` count as done.

use super::{Alternative, Call, Kind, Method, Primitive, Step};
use crate::commands::{CellType, Command, Expr};

/// The first call is under way: it has the lock that the others wait for.
const RUNNING: u32 = 0;
/// The first call has ended.
const DONE: u32 = 1;

pub static ONCE: Primitive = Primitive {
    name: "sync.Once",
    fields: &[("running", CellType::Bool), ("done", CellType::Bool)],
    methods: &[
        Method {
            name: "enter",
            params: &[],
            results: &[Kind::Bool],
            steps: enter,
            woken_by: &["leave"],
            acquires: true,
            since: 0,
        },
        Method::new("leave", &[], &[], leave),
    ],
    library: include_str!("once.knot"),
};

/// True for the first call; the others wait for its end.
fn enter(call: &Call) -> Vec<Step> {
    let done = call.field(DONE);
    let first = done.clone().negate().and(call.field(RUNNING).negate());
    let mut begin = vec![Command::Set(call.place(RUNNING), Expr::TRUE)];
    begin.extend(call.give(0, Expr::TRUE));
    let skip = call.give(0, Expr::FALSE).into_iter().collect();
    vec![Step {
        wait: Some("sync.Mutex.Lock"),
        alternatives: vec![Alternative::new(first, begin), Alternative::new(done, skip)],
    }]
}

fn leave(call: &Call) -> Vec<Step> {
    let end =
        vec![Command::Set(call.place(RUNNING), Expr::FALSE), Command::Set(call.place(DONE), Expr::TRUE)];
    vec![Step::now(vec![Alternative::new(Expr::TRUE, end)])]
}
