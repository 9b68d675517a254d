//! Which variables a step wrote, as `place = value`.
//!
//! In: the states around a step and the edge's commands. Out: one [`Effect::Set`]
//! per named cell that was written (told by the commands) or differs (told by the
//! states). Cells of primitives and channels are left out: the operation's own
//! effect says it better.

use super::Effect;
use super::describe::Moment;
use crate::commands::{CellType, Command, MapCommand, Meet, Place};
use crate::machine::eval::Address;
use crate::machine::state::{Object, Ref};
use crate::machine::step::scope;
use crate::machine::{Cell, Edge, Point, PointKind, Shape, tag};
use crate::sync;
use crate::trace::Deed;
use crate::trace::cells::{different, head, value_name};
use crate::trace::names::Value;

mod maps;

/// The named cells that the part wrote.
pub(super) fn writes(
    moment: &Moment<'_>,
    point: &Point,
    edge: &Edge,
    deed: Option<&Deed>,
    operation: &str,
) -> Vec<Effect> {
    let mut addresses = written(moment, edge);
    addresses.extend(differing(moment));
    let private = private_cells(moment, point, deed);
    let mut seen = Vec::new();
    for address in addresses {
        let address = whole(moment, address);
        if !seen.contains(&address) && !private.contains(&address) {
            seen.push(address);
        }
    }
    let mut effects: Vec<Effect> =
        seen.into_iter().filter_map(|address| set(moment, address, operation)).collect();
    effects.extend(maps::changes(moment, deed, operation));
    effects
}

/// The places that the commands write, evaluated before the step.
fn written(moment: &Moment<'_>, edge: &Edge) -> Vec<Address> {
    let mut places: Vec<&Place> = Vec::new();
    places.extend(edge.choose.iter().map(|choose| &choose.dest));
    if let Some(Meet::Recv { dests, .. }) = &edge.meet {
        places.extend(dests.iter().flatten());
    }
    let mut fresh = false;
    collect(&edge.commands, &mut places, &mut fresh);
    let scope = scope(moment.machine, moment.before(), moment.slot);
    let addresses = places.into_iter().filter_map(|place| scope.address(place).ok());
    // Where the edge makes an object, a reference evaluated before it may name an older one.
    addresses.filter(|address| !fresh || !matches!(address, Address::Heap { .. })).collect()
}

fn collect<'a>(commands: &'a [Command], places: &mut Vec<&'a Place>, fresh: &mut bool) {
    for command in commands {
        match command {
            Command::Set(place, _) => places.push(place),
            Command::Alloc { dest, .. } => {
                *fresh = true;
                places.push(dest);
            }
            Command::Pop { dests, .. } => places.extend(dests.iter().flatten()),
            Command::Map(command) => {
                *fresh |= matches!(command, MapCommand::Iterate { .. });
                places.extend(command.dests());
            }
            // Which side ran is not known here: the difference of the states tells.
            Command::If(..)
            | Command::Check { .. }
            | Command::Raise(_)
            | Command::Push { .. }
            | Command::Spawn { .. }
            | Command::Copy { .. }
            | Command::Assert { .. }
            | Command::Fatal(_)
            | Command::Exit
            | Command::Bound(_) => {}
        }
    }
}

/// The cells whose values differ. In a rendezvous, what is not in a frame is the receiver's doing.
fn differing(moment: &Moment<'_>) -> Vec<Address> {
    let (before, after) = (moment.before(), moment.after());
    let mut list = Vec::new();
    if let (Some(old), Some(new)) = (before.goroutine(moment.slot), after.goroutine(moment.slot)) {
        list.extend(different(&old.frame, &new.frame).map(Address::Local));
    }
    if moment.step.partner.is_some() && !moment.receiving {
        return list;
    }
    list.extend(different(&before.globals, &after.globals).map(Address::Global));
    for (number, new) in after.heap.iter().enumerate() {
        let old = before.heap.get(number).and_then(Option::as_ref);
        if let (Some(old), Some(new)) = (old, new)
            && old.pool == new.pool
        {
            list.extend(different(&old.cells, &new.cells).map(|cell| Address::Heap { object: number, cell }));
        }
    }
    list
}

/// The cells of the primitive that the operation is on.
fn private_cells(moment: &Moment<'_>, point: &Point, deed: Option<&Deed>) -> Vec<Address> {
    let (Some(deed), PointKind::Operation(operation)) = (deed, &point.kind) else { return Vec::new() };
    let Some(act) = operation.acts.get(deed.act) else { return Vec::new() };
    let Some(primitive) = sync::find(deed.primitive) else { return Vec::new() };
    let reference =
        scope(moment.machine, moment.before(), moment.slot).eval(&act.object).ok().and_then(Ref::unpack);
    let Some(Ref { object, cell }) = reference else { return Vec::new() };
    let first = cell as usize;
    (first..first + primitive.fields.len())
        .map(|cell| match object {
            Ref::GLOBALS => Address::Global(cell),
            object => Address::Heap { object: object as usize, cell },
        })
        .collect()
}

/// The first cell of the value that `address` is part of.
fn whole(moment: &Moment<'_>, address: Address) -> Address {
    let Some((kinds, _, index)) = cells_at(moment, address) else { return address };
    let back = index - head(kinds, index);
    match address {
        Address::Local(cell) => Address::Local(cell - back),
        Address::Global(cell) => Address::Global(cell - back),
        Address::Heap { object, cell } => Address::Heap { object, cell: cell - back },
    }
}

/// The run of cells that `address` is in after the step (of an array: the element), and where in it.
fn cells_at<'a>(moment: &'a Moment<'_>, address: Address) -> Option<(&'a [Cell], &'a [i64], usize)> {
    let after = moment.after();
    Some(match address {
        Address::Local(cell) => {
            let goroutine = after.goroutine(moment.slot)?;
            (&moment.machine.routine(goroutine.routine).frame, &goroutine.frame, cell)
        }
        Address::Global(cell) => (&moment.machine.globals, &after.globals, cell),
        Address::Heap { object, cell } => {
            let object = object_at(moment, object)?;
            let pool = moment.machine.pool(object.pool);
            match pool.shape {
                Shape::Record => (&pool.cells, &object.cells, cell),
                Shape::Array => {
                    let stride = pool.stride();
                    let first = cell / stride * stride;
                    (&pool.cells, object.cells.get(first..first + stride)?, cell % stride)
                }
                // What waits in a channel is told by the operation, what is in a map by its entries.
                Shape::Channel | Shape::Map { .. } => return None,
            }
        }
    })
}

fn object_at<'a>(moment: &'a Moment<'_>, object: usize) -> Option<&'a Object> {
    moment.after().heap.get(object)?.as_ref()
}

fn set(moment: &Moment<'_>, address: Address, operation: &str) -> Option<Effect> {
    let (kinds, cells, index) = cells_at(moment, address)?;
    let kind = kinds.get(index)?;
    // Results without a name and references to captured variables are not in the source either.
    if kind.hidden || kind.name.starts_with(['~', '&']) {
        return None;
    }
    let place = match address {
        Address::Local(cell) => {
            let goroutine = moment.after().goroutine(moment.slot)?;
            let live = &moment.machine.point(goroutine.routine, goroutine.point).live;
            // A value that nobody will read has been cleared: what was written is gone.
            live.iter().find(|local| local.0 as usize == cell)?;
            value_name(kind).to_string()
        }
        Address::Global(_) => value_name(kind).to_string(),
        Address::Heap { object, cell } => in_heap(moment, object, cell, value_name(kind), operation)?,
    };
    let value = match dynamic_type(moment, address, cells, index) {
        Some(name) => name,
        None => {
            let value = Value { kinds, cells, index };
            moment.trace.names.value(moment.machine, moment.after(), moment.index + 1, value)
        }
    };
    Some(Effect::Set { place, value, local: matches!(address, Address::Local(_)) })
}

/// Of an interface or function value in a frame of which nobody will read more than what it is: just that. The rest has
/// been cleared.
fn dynamic_type(moment: &Moment<'_>, address: Address, cells: &[i64], index: usize) -> Option<String> {
    let Address::Local(cell) = address else { return None };
    let goroutine = moment.after().goroutine(moment.slot)?;
    let payload = moment.machine.routine(goroutine.routine).frame.get(cell + 1)?;
    let live = &moment.machine.point(goroutine.routine, goroutine.point).live;
    let is_live = live.iter().any(|local| local.0 as usize == cell + 1);
    if payload.ty != CellType::Payload || is_live || cells.get(index) == Some(&tag::NIL) {
        return None;
    }
    let tag = moment.machine.tags.get(usize::try_from(*cells.get(index)?).ok()?)?;
    Some(tag.name.clone())
}

/// A name for a cell of an object: as the statement writes it where it does, else by the object's own name.
fn in_heap(moment: &Moment<'_>, number: usize, cell: usize, field: &str, operation: &str) -> Option<String> {
    let pool = moment.machine.pool(object_at(moment, number)?.pool);
    if sync::find(&pool.name).is_some() {
        return None;
    }
    let reference = Ref { object: u32::try_from(number).ok()?, cell: 0 }.pack();
    let id = moment.trace.names.identify(moment.index + 1, reference)?;
    let name = moment.trace.names.object(moment.machine, id);
    Some(match pool.shape {
        Shape::Array => {
            let index = cell / pool.stride();
            let owner = written_before(operation, "[").unwrap_or(name);
            let field = if field.is_empty() { String::new() } else { format!(".{field}") };
            format!("{owner}[{index}]{field}")
        }
        Shape::Record | Shape::Channel | Shape::Map { .. } => {
            // An escaping variable's object is called after the function that declares it.
            if let Some((_, variable)) = pool.name.rsplit_once('.')
                && (field == variable || field.is_empty() || field.starts_with(&format!("{variable}.")))
            {
                return Some(if field.is_empty() { variable.to_string() } else { field.to_string() });
            }
            let head = field.split('.').next().unwrap_or(field);
            match written_before(operation, &format!(".{head}")) {
                Some(owner) => format!("{owner}.{field}"),
                None => format!("{name}.{field}"),
            }
        }
    })
}

/// The one operand that the statement writes right before `follows`: `s` in `s.conns++` before `.conns`.
pub(super) fn written_before(operation: &str, follows: &str) -> Option<String> {
    let mut found: Option<&str> = None;
    for (at, _) in operation.match_indices(follows) {
        let ends = operation[at + follows.len()..].chars().next();
        if follows != "[" && ends.is_some_and(|c| c.is_alphanumeric() || c == '_') {
            continue;
        }
        let before = &operation[..at];
        let start = before
            .char_indices()
            .rev()
            .take_while(|(_, c)| c.is_alphanumeric() || matches!(c, '_' | '.'))
            .last()
            .map_or(at, |(start, _)| start);
        let operand = &before[start..];
        if operand.is_empty() || found.is_some_and(|found| found != operand) {
            return None;
        }
        found = Some(operand);
    }
    found.map(str::to_string)
}
