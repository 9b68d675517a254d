//! `sync.WaitGroup`: a counter, and waiting for it to be zero.

use super::{Alternative, Call, Kind, Method, Outcome, Primitive, Step};
use crate::commands::{BinaryOp, CellType, Command, Expr};

const COUNT: u32 = 0;

pub static WAITGROUP: Primitive = Primitive {
    name: "sync.WaitGroup",
    fields: &[("count", CellType::Int { bits: 32, signed: true })],
    methods: &[
        Method {
            name: "Add",
            params: &[Kind::Int],
            results: &[],
            steps: add,
            woken_by: &[],
            acquires: false,
        },
        Method { name: "Done", params: &[], results: &[], steps: done, woken_by: &[], acquires: false },
        Method {
            name: "Wait",
            params: &[],
            results: &[],
            steps: wait,
            woken_by: &["Done", "Add"],
            acquires: false,
        },
    ],
    library: include_str!("waitgroup.knot"),
};

fn add(call: &Call) -> Vec<Step> {
    vec![change(call, call.args.first().cloned().unwrap_or(Expr::Const(0)))]
}

fn done(call: &Call) -> Vec<Step> {
    vec![change(call, Expr::Const(-1))]
}

/// Adds `by`; below zero is a panic that `recover` can stop.
fn change(call: &Call, by: Expr) -> Step {
    let sum = Expr::binary(BinaryOp::Add, call.field(COUNT), by);
    let negative = Expr::binary(BinaryOp::Lt, sum.clone(), Expr::Const(0));
    Step {
        wait: None,
        alternatives: vec![
            Alternative::new(negative.clone().negate(), vec![Command::Set(call.place(COUNT), sum)]),
            Alternative::fail(negative, Outcome::Panic("sync: negative WaitGroup counter")),
        ],
    }
}

fn wait(call: &Call) -> Vec<Step> {
    vec![Step {
        wait: Some("sync.WaitGroup.Wait"),
        alternatives: vec![Alternative::new(Expr::eq(call.field(COUNT), Expr::Const(0)), vec![])],
    }]
}
