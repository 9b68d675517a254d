//! The value of a panic as the Go runtime prints it after `panic: `.

use crate::commands::CellType;
use crate::machine::state::{Ref, State};
use crate::machine::{Cell, Machine, tag};
use crate::syntax::quoted;
use crate::trace::names::{Names, Value, text as string};

/// What follows `panic: `. Strings print raw, runtime errors and errors by their text.
pub(in crate::trace) fn text(
    machine: &Machine,
    names: &Names,
    state: &State,
    at: usize,
    tag: i64,
    payload: i64,
) -> String {
    match tag {
        tag::NIL => {
            return "panic called with nil argument (use GODEBUG=panicnil=1 to disable)".to_string();
        }
        tag::STRING => return string(machine, payload).to_string(),
        tag::RUNTIME_ERROR => return runtime_error(string(machine, payload)),
        _ => {}
    }
    let Some(kind) = usize::try_from(tag).ok().and_then(|tag| machine.tags.get(tag)) else {
        return "?".to_string();
    };
    if kind.is_error
        && let Some(text) = error_text(machine, state, payload, kind.payload)
    {
        return text;
    }
    match kind.payload {
        CellType::Int { .. } | CellType::Bool => {
            let kinds = [Cell { name: String::new(), ty: kind.payload, hidden: false }];
            let shown = names.value(machine, state, at, Value { kinds: &kinds, cells: &[payload], index: 0 });
            if kind.name.contains('.') { format!("{}({shown})", kind.name) } else { shown }
        }
        CellType::String => format!("{}({})", kind.name, quoted(string(machine, payload))),
        CellType::Ref | CellType::Tag | CellType::Payload => {
            let inside = Ref::unpack(payload)
                .map_or_else(|| "{}".to_string(), |it| names.inside(machine, state, at, it));
            format!("({}) {inside}", kind.name)
        }
    }
}

/// Errors of the channel operations and of nil maps are "plain": the runtime prints them without its prefix.
fn runtime_error(text: &str) -> String {
    const PREFIX: &str = "runtime error: ";
    let plain = [
        "send on closed channel",
        "close of closed channel",
        "close of nil channel",
        "assignment to entry in nil map",
    ];
    if plain.contains(&text) || text.starts_with(PREFIX) {
        text.to_string()
    } else {
        format!("{PREFIX}{text}")
    }
}

/// The text of an error value that keeps it in a string: the first string cell of the object behind it.
fn error_text(machine: &Machine, state: &State, payload: i64, ty: CellType) -> Option<String> {
    if ty == CellType::String {
        return Some(string(machine, payload).to_string());
    }
    let object = state.object(Ref::unpack(payload)?.object)?;
    let pool = machine.pool(object.pool);
    let index = pool.cells.iter().position(|cell| cell.ty == CellType::String)?;
    Some(string(machine, *object.cells.get(index)?).to_string())
}
