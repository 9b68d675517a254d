//! `sync.WaitGroup`: a counter, and waiting for it to be zero.

use super::{Alternative, Call, Kind, Method, Outcome, Primitive, Step};
use crate::commands::{BinaryOp, CellType, Command, Expr};

const COUNT: u32 = 0;

pub static WAITGROUP: Primitive = Primitive {
    name: "sync.WaitGroup",
    fields: &[("count", CellType::Int { bits: 32, signed: true })],
    methods: &[
        Method::new("Add", &[Kind::Int], &[], add),
        Method::new("Done", &[], &[], done),
        Method {
            name: "Wait",
            params: &[],
            results: &[],
            steps: wait,
            woken_by: &["Done", "Add"],
            acquires: false,
            since: 0,
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

/// Adds `by`; below zero is a panic that `recover` can stop. The first of a new round must be ordered with `Wait`.
fn change(call: &Call, by: Expr) -> Step {
    let count = call.field(COUNT);
    let sum = Expr::binary(BinaryOp::Add, count.clone(), by.clone());
    let negative = Expr::binary(BinaryOp::Lt, sum.clone(), Expr::Const(0));
    let fine = negative.clone().negate();
    let set = vec![Command::Set(call.place(COUNT), sum)];
    let first = Expr::eq(count, Expr::Const(0)).and(Expr::binary(BinaryOp::Lt, Expr::Const(0), by));
    let begin = Alternative {
        races_with: Some("Wait"),
        ..Alternative::new(fine.clone().and(first.clone()), set.clone())
    };
    let mut alternatives = vec![begin, Alternative::new(fine.and(first.negate()), set)];
    alternatives.push(Alternative::fail(negative, Outcome::Panic("sync: negative WaitGroup counter")));
    alternatives.retain(|alternative| alternative.when != Expr::FALSE);
    Step { wait: None, alternatives }
}

fn wait(call: &Call) -> Vec<Step> {
    vec![Step {
        wait: Some("sync.WaitGroup.Wait"),
        alternatives: vec![Alternative::new(Expr::eq(call.field(COUNT), Expr::Const(0)), vec![])],
    }]
}
