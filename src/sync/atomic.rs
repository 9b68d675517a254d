//! `sync/atomic` on numbers and pointers: types (`atomic.Int32`) and functions on
//! plain variables (`atomic.AddInt32(&x, 1)`). Each operation is one step.
//!
//! The functions are methods of [`VARIABLE`]: its place is the variable itself, so
//! the act's object is the variable's address and its primitive `atomic`. That is how
//! a search for data races tells an atomic access to a plain location.

use super::{Alternative, Call, Kind, Method, Primitive, Step};
use crate::commands::{BinaryOp, CellType, Command, Expr};

/// What [`VARIABLE`] is called in acts.
pub const VARIABLE_NAME: &str = "atomic";

const VALUE: u32 = 0;

pub static BOOL: Primitive = Primitive {
    name: "atomic.Bool",
    fields: &[("value", CellType::Bool)],
    methods: &[
        Method::new("Load", &[], &[Kind::Bool], load),
        Method::new("Store", &[Kind::Bool], &[], store),
        Method::new("Swap", &[Kind::Bool], &[Kind::Bool], swap),
        Method::new("CompareAndSwap", &[Kind::Bool, Kind::Bool], &[Kind::Bool], compare_and_swap),
    ],
    library: "",
};

/// The type of an atomic number.
macro_rules! number {
    ($static:ident, $name:literal, $kind:ident, $bits:literal, $signed:literal) => {
        pub static $static: Primitive = Primitive {
            name: $name,
            fields: &[("value", CellType::Int { bits: $bits, signed: $signed })],
            methods: &[
                Method::new("Load", &[], &[Kind::$kind], load),
                Method::new("Store", &[Kind::$kind], &[], store),
                Method::new("Add", &[Kind::$kind], &[Kind::$kind], add::<$bits, $signed>),
                Method::new("Swap", &[Kind::$kind], &[Kind::$kind], swap),
                Method::new("CompareAndSwap", &[Kind::$kind, Kind::$kind], &[Kind::Bool], compare_and_swap),
                Method::new("And", &[Kind::$kind], &[Kind::$kind], and).since(23),
                Method::new("Or", &[Kind::$kind], &[Kind::$kind], or).since(23),
            ],
            library: "",
        };
    };
}

number!(INT32, "atomic.Int32", Int32, 32, true);
number!(INT64, "atomic.Int64", Int64, 64, true);
number!(UINT32, "atomic.Uint32", Uint32, 32, false);
number!(UINT64, "atomic.Uint64", Uint64, 64, false);
number!(UINTPTR, "atomic.Uintptr", Uintptr, 64, false);

/// A plain variable that a function of the package is called on.
pub static VARIABLE: Primitive = Primitive {
    name: VARIABLE_NAME,
    fields: &[("value", CellType::Int { bits: 64, signed: true })],
    methods: &[
        Method::new("LoadInt32", &[], &[Kind::Int32], load),
        Method::new("LoadInt64", &[], &[Kind::Int64], load),
        Method::new("LoadUint32", &[], &[Kind::Uint32], load),
        Method::new("LoadUint64", &[], &[Kind::Uint64], load),
        Method::new("LoadUintptr", &[], &[Kind::Uintptr], load),
        Method::new("StoreInt32", &[Kind::Int32], &[], store),
        Method::new("StoreInt64", &[Kind::Int64], &[], store),
        Method::new("StoreUint32", &[Kind::Uint32], &[], store),
        Method::new("StoreUint64", &[Kind::Uint64], &[], store),
        Method::new("StoreUintptr", &[Kind::Uintptr], &[], store),
        Method::new("AddInt32", &[Kind::Int32], &[Kind::Int32], add::<32, true>),
        Method::new("AddInt64", &[Kind::Int64], &[Kind::Int64], add::<64, true>),
        Method::new("AddUint32", &[Kind::Uint32], &[Kind::Uint32], add::<32, false>),
        Method::new("AddUint64", &[Kind::Uint64], &[Kind::Uint64], add::<64, false>),
        Method::new("AddUintptr", &[Kind::Uintptr], &[Kind::Uintptr], add::<64, false>),
        Method::new("SwapInt32", &[Kind::Int32], &[Kind::Int32], swap),
        Method::new("SwapInt64", &[Kind::Int64], &[Kind::Int64], swap),
        Method::new("SwapUint32", &[Kind::Uint32], &[Kind::Uint32], swap),
        Method::new("SwapUint64", &[Kind::Uint64], &[Kind::Uint64], swap),
        Method::new("SwapUintptr", &[Kind::Uintptr], &[Kind::Uintptr], swap),
        Method::new("CompareAndSwapInt32", &[Kind::Int32, Kind::Int32], &[Kind::Bool], compare_and_swap),
        Method::new("CompareAndSwapInt64", &[Kind::Int64, Kind::Int64], &[Kind::Bool], compare_and_swap),
        Method::new("CompareAndSwapUint32", &[Kind::Uint32, Kind::Uint32], &[Kind::Bool], compare_and_swap),
        Method::new("CompareAndSwapUint64", &[Kind::Uint64, Kind::Uint64], &[Kind::Bool], compare_and_swap),
        Method::new(
            "CompareAndSwapUintptr",
            &[Kind::Uintptr, Kind::Uintptr],
            &[Kind::Bool],
            compare_and_swap,
        ),
        // What `atomic.Pointer` is made of (`library/atomic_pointer.knot`).
        Method::new("loadPointer", &[], &[Kind::This], load),
        Method::new("storePointer", &[Kind::This], &[], store),
        Method::new("swapPointer", &[Kind::This], &[Kind::This], swap),
        Method::new("compareAndSwapPointer", &[Kind::This, Kind::This], &[Kind::Bool], compare_and_swap),
    ],
    library: "",
};

fn always(commands: impl IntoIterator<Item = Command>) -> Vec<Step> {
    vec![Step::now(vec![Alternative::new(Expr::TRUE, commands.into_iter().collect())])]
}

fn load(call: &Call) -> Vec<Step> {
    always(call.give(0, call.field(VALUE)))
}

fn store(call: &Call) -> Vec<Step> {
    always([Command::Set(call.place(VALUE), call.arg(0))])
}

fn swap(call: &Call) -> Vec<Step> {
    let new = Command::Set(call.place(VALUE), call.arg(0));
    always(call.give(0, call.field(VALUE)).into_iter().chain([new]))
}

/// Gives the new value.
fn add<const BITS: u32, const SIGNED: bool>(call: &Call) -> Vec<Step> {
    let sum = Expr::binary(BinaryOp::Add, call.field(VALUE), call.arg(0));
    let sum = Expr::Wrap { bits: BITS, signed: SIGNED, value: Box::new(sum) };
    always([Command::Set(call.place(VALUE), sum)].into_iter().chain(call.give(0, call.field(VALUE))))
}

fn and(call: &Call) -> Vec<Step> {
    combine(call, BinaryOp::And)
}

fn or(call: &Call) -> Vec<Step> {
    combine(call, BinaryOp::Or)
}

/// Gives the old value. Bits outside the type are those of the sign, so nothing needs wrapping.
fn combine(call: &Call, op: BinaryOp) -> Vec<Step> {
    let new = Command::Set(call.place(VALUE), Expr::binary(op, call.field(VALUE), call.arg(0)));
    always(call.give(0, call.field(VALUE)).into_iter().chain([new]))
}

fn compare_and_swap(call: &Call) -> Vec<Step> {
    let equal = Expr::eq(call.field(VALUE), call.arg(0));
    let new = Command::Set(call.place(VALUE), call.arg(1));
    vec![Step::now(vec![
        Alternative::new(equal.clone(), [new].into_iter().chain(call.give(0, Expr::TRUE)).collect()),
        Alternative::new(equal.negate(), call.give(0, Expr::FALSE).into_iter().collect()),
    ])]
}
