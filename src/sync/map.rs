//! `sync.Map`: a map from anything to anything, of which each operation is one atomic step.
//!
//! The first write makes the map itself; until then it reads as the nil map that it is. `Range` is written in the
//! language, over what `entries` gives: it takes no snapshot, and loads each value when its key comes.

use super::{Alternative, Call, Kind, Method, Primitive, Step};
use crate::commands::maps::{Entry, Part};
use crate::commands::{CellType, Command, Expr, MapCommand};

const ENTRIES: u32 = 0;
/// Cells of a key or a value.
const ANY: usize = 2;

pub static MAP: Primitive = Primitive {
    name: "sync.Map",
    fields: &[("entries", CellType::Ref)],
    methods: &[
        Method::new("Load", &[Kind::Any], &[Kind::Any, Kind::Bool], load),
        Method::new("Store", &[Kind::Any, Kind::Any], &[], store),
        Method::new("LoadOrStore", &[Kind::Any, Kind::Any], &[Kind::Any, Kind::Bool], load_or_store),
        Method::new("LoadAndDelete", &[Kind::Any], &[Kind::Any, Kind::Bool], load_and_delete),
        Method::new("Delete", &[Kind::Any], &[], delete),
        Method::new("Swap", &[Kind::Any, Kind::Any], &[Kind::Any, Kind::Bool], swap).since(20),
        Method::new("CompareAndSwap", &[Kind::Any, Kind::Any, Kind::Any], &[Kind::Bool], compare_and_swap)
            .since(20),
        Method::new("CompareAndDelete", &[Kind::Any, Kind::Any], &[Kind::Bool], compare_and_delete).since(20),
        Method::new("Clear", &[], &[], clear).since(23),
        // For `Range` only: a name that no model can use.
        Method::new("entries", &[], &[Kind::Map], entries),
    ],
    library: include_str!("map.knot"),
};

fn load(call: &Call) -> Vec<Step> {
    now(call, read(call))
}

fn store(call: &Call) -> Vec<Step> {
    now(call, write(call, ANY))
}

fn load_or_store(call: &Call) -> Vec<Step> {
    let mut absent = write(call, ANY);
    absent.extend((0..ANY).filter_map(|at| call.give(at, call.arg(ANY + at))));
    let mut commands = read(call);
    commands.push(Command::If(found(call), Vec::new(), absent));
    now(call, commands)
}

fn load_and_delete(call: &Call) -> Vec<Step> {
    let mut commands = read(call);
    commands.push(remove(call));
    now(call, commands)
}

fn delete(call: &Call) -> Vec<Step> {
    now(call, vec![remove(call)])
}

fn swap(call: &Call) -> Vec<Step> {
    let mut commands = read(call);
    commands.extend(write(call, ANY));
    now(call, commands)
}

fn compare_and_swap(call: &Call) -> Vec<Step> {
    compare(call, write(call, 2 * ANY))
}

fn compare_and_delete(call: &Call) -> Vec<Step> {
    compare(call, vec![remove(call)])
}

/// Where the value under the key is the old one, does `change` and gives true; else gives false.
fn compare(call: &Call, change: Vec<Command>) -> Vec<Step> {
    let old = vec![call.arg(ANY), call.arg(ANY + 1)];
    // Values of one type that has no equality: a panic, though Go's says "comparing" where this one says "hash".
    let same_type = found(call).and(Expr::eq(Expr::entry(call.field(ENTRIES), key(call), 0), call.arg(ANY)));
    let comparable = Command::If(same_type, vec![hash(old.clone())], Vec::new());
    let holds = Entry { map: call.field(ENTRIES), key: key(call), part: Part::Holds(old) };
    let mut commands = vec![comparable];
    commands.extend(call.give(0, Expr::Entry(Box::new(holds))));
    if let Some(given) = call.results.first() {
        commands.push(Command::If(Expr::load(given.clone()), change, Vec::new()));
    }
    now(call, commands)
}

fn clear(call: &Call) -> Vec<Step> {
    let clear = Command::Map(MapCommand::Clear { map: call.field(ENTRIES) });
    vec![Step::now(vec![Alternative::new(Expr::TRUE, vec![clear])])]
}

fn entries(call: &Call) -> Vec<Step> {
    let give = call.give(0, call.field(ENTRIES)).into_iter().collect();
    vec![Step::now(vec![Alternative::new(Expr::TRUE, give)])]
}

/// One step; a key without a hash panics first.
fn now(call: &Call, commands: Vec<Command>) -> Vec<Step> {
    let commands = std::iter::once(hash(key(call))).chain(commands).collect();
    vec![Step::now(vec![Alternative::new(Expr::TRUE, commands)])]
}

fn hash(key: Vec<Expr>) -> Command {
    Command::Map(MapCommand::Hash { kinds: vec![CellType::Tag, CellType::Payload], key })
}

fn key(call: &Call) -> Vec<Expr> {
    vec![call.arg(0), call.arg(1)]
}

fn found(call: &Call) -> Expr {
    Expr::found(call.field(ENTRIES), key(call))
}

/// Gives the value and whether there is one.
fn read(call: &Call) -> Vec<Command> {
    let cells = (0u32..2)
        .zip(0..ANY)
        .filter_map(|(cell, at)| call.give(at, Expr::entry(call.field(ENTRIES), key(call), cell)));
    cells.chain(call.give(ANY, found(call))).collect()
}

/// Writes the argument whose first cell is `value`.
fn write(call: &Call, value: usize) -> Vec<Command> {
    let none = Expr::eq(call.field(ENTRIES), Expr::NIL);
    let make = call.map.map(|pool| Command::Alloc { dest: call.place(ENTRIES), pool, len: None });
    let values = vec![call.arg(value), call.arg(value + 1)];
    vec![
        Command::If(none, make.into_iter().collect(), Vec::new()),
        Command::Map(MapCommand::Insert { map: call.field(ENTRIES), key: key(call), values }),
    ]
}

fn remove(call: &Call) -> Command {
    Command::Map(MapCommand::Remove { map: call.field(ENTRIES), key: key(call) })
}
