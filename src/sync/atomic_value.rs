//! `atomic.Value`: holds any value, always of the one type that was stored first.
//!
//! `CompareAndSwap` is written in the language, since only there values are compared
//! as Go compares them. It is two steps, as in Go: look, then `replace` what was seen.

use super::{Alternative, Call, Kind, Method, Outcome, Primitive, Step};
use crate::commands::{CellType, Command, Expr};

/// The dynamic type; nil while nothing was stored.
const TYPE: u32 = 0;
const PAYLOAD: u32 = 1;

const INCONSISTENT: &str = "sync/atomic: compare and swap of inconsistently typed value into Value";

pub static VALUE: Primitive = Primitive {
    name: "atomic.Value",
    fields: &[("type", CellType::Tag), ("value", CellType::Payload)],
    methods: &[
        Method::new("Load", &[], &[Kind::Any], load),
        Method::new("Store", &[Kind::Any], &[], store),
        Method::new("Swap", &[Kind::Any], &[Kind::Any], swap),
        Method::new("look", &[Kind::Any, Kind::Any], &[Kind::Any], look),
        Method::new("replace", &[Kind::Any, Kind::Any], &[Kind::Bool], replace),
    ],
    library: include_str!("atomic_value.knot"),
};

fn load(call: &Call) -> Vec<Step> {
    vec![Step::now(vec![Alternative::new(Expr::TRUE, give_old(call))])]
}

fn store(call: &Call) -> Vec<Step> {
    put(
        call,
        Vec::new(),
        "sync/atomic: store of nil value into Value",
        "sync/atomic: store of inconsistently typed value into Value",
    )
}

fn swap(call: &Call) -> Vec<Step> {
    put(
        call,
        give_old(call),
        "sync/atomic: swap of nil value into Value",
        "sync/atomic: swap of inconsistently typed value into Value",
    )
}

fn give_old(call: &Call) -> Vec<Command> {
    call.give(0, call.field(TYPE)).into_iter().chain(call.give(1, call.field(PAYLOAD))).collect()
}

/// Does `first`, then stores the argument, if it is of the right type.
fn put(call: &Call, first: Vec<Command>, nil: &'static str, inconsistent: &'static str) -> Vec<Step> {
    let is_nil = Expr::eq(call.arg(0), Expr::NIL);
    let empty = Expr::eq(call.field(TYPE), Expr::NIL);
    let fits = empty.or(Expr::eq(call.field(TYPE), call.arg(0)));
    let some = is_nil.clone().negate();
    let commands = first.into_iter().chain(write(call, 0)).collect();
    vec![Step::now(vec![
        Alternative::new(some.clone().and(fits.clone()), commands),
        Alternative::fail(is_nil, Outcome::Panic(nil)),
        Alternative::fail(some.and(fits.negate()), Outcome::Panic(inconsistent)),
    ])]
}

fn write(call: &Call, arg: usize) -> [Command; 2] {
    [Command::Set(call.place(TYPE), call.arg(arg)), Command::Set(call.place(PAYLOAD), call.arg(arg + 1))]
}

/// `look(old, new)`: what is there, after the checks that `CompareAndSwap` begins with.
fn look(call: &Call) -> Vec<Step> {
    let (old, new) = (call.arg(0), call.arg(2));
    let nil = Expr::eq(new.clone(), Expr::NIL);
    let mixed = differs(&old, &new);
    let inconsistent = differs(&call.field(TYPE), &new);
    let some = nil.clone().negate();
    let alike = some.clone().and(mixed.clone().negate());
    vec![Step::now(vec![
        Alternative::new(alike.clone().and(inconsistent.clone().negate()), give_old(call)),
        Alternative::fail(nil, Outcome::Panic("sync/atomic: compare and swap of nil value into Value")),
        Alternative::fail(
            some.and(mixed),
            Outcome::Panic("sync/atomic: compare and swap of inconsistently typed values"),
        ),
        Alternative::fail(alike.and(inconsistent), Outcome::Panic(INCONSISTENT)),
    ])]
}

/// `replace(seen, new)`: stores `new` if `seen` is still there, cell by cell.
fn replace(call: &Call) -> Vec<Step> {
    let inconsistent = differs(&call.field(TYPE), &call.arg(2));
    let same = Expr::eq(call.field(TYPE), call.arg(0)).and(Expr::eq(call.field(PAYLOAD), call.arg(1)));
    let other = inconsistent.clone().negate().and(same.clone().negate());
    vec![Step::now(vec![
        Alternative::new(same.clone(), write(call, 2).into_iter().chain(call.give(0, Expr::TRUE)).collect()),
        Alternative::new(other, call.give(0, Expr::FALSE).into_iter().collect()),
        // Somebody else stored the first value meanwhile, of another type.
        Alternative::fail(inconsistent, Outcome::Panic(INCONSISTENT)),
    ])]
}

/// Whether `tag` is a type, and another than `new`.
fn differs(tag: &Expr, new: &Expr) -> Expr {
    Expr::ne(tag.clone(), Expr::NIL).and(Expr::ne(tag.clone(), new.clone()))
}
