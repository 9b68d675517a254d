//! Which entries of maps a step changed: `m["a"] = 1`, `deletes m["a"]`.

use super::written_before;
use crate::commands::table;
use crate::machine::state::{Object, Ref};
use crate::machine::{Pool, Shape, maps};
use crate::trace::Deed;
use crate::trace::effects::Effect;
use crate::trace::effects::describe::{CHANNEL, Moment};

/// The entries that differ, map by map. In a rendezvous they are the receiver's doing.
pub(super) fn changes(moment: &Moment<'_>, deed: Option<&Deed>, operation: &str) -> Vec<Effect> {
    let mut effects = Vec::new();
    if moment.step.partner.is_some() && !moment.receiving {
        return effects;
    }
    for (number, new) in moment.after().heap.iter().enumerate() {
        let old = moment.before().heap.get(number).and_then(Option::as_ref);
        if let (Some(old), Some(new)) = (old, new)
            && old.pool == new.pool
            && old.cells != new.cells
            && let pool = moment.machine.pool(new.pool)
            && let Shape::Map { .. } = pool.shape
            // Iterations are no variables of the model.
            && new.cells.get(table::OVER as usize) == Some(&Ref::NIL)
        {
            let owner = match deed {
                // A primitive keeps the map.
                Some(deed) if deed.primitive != CHANNEL => Some(deed.text.clone()),
                Some(_) | None => owner(moment, number, operation),
            };
            effects.extend(owner.iter().flat_map(|owner| entries(moment, owner, pool, [old, new])));
        }
    }
    effects
}

fn entries(moment: &Moment<'_>, owner: &str, pool: &Pool, [old, new]: [&Object; 2]) -> Vec<Effect> {
    let names = &moment.trace.names;
    let place = |state, at, key: &[i64]| {
        format!("{owner}[{}]", names.run(moment.machine, state, at, &pool.cells[..key.len()], key))
    };
    let mut effects = Vec::new();
    for (key, value) in maps::entries(pool, new) {
        if maps::entries(pool, old).any(|entry| entry == (key, value)) {
            continue;
        }
        let (state, at) = (moment.after(), moment.index + 1);
        let kinds = &pool.cells[key.len()..];
        let value = names.run(moment.machine, state, at, kinds, value);
        effects.push(Effect::Set { place: place(state, at, key), value, local: false });
    }
    for (key, _) in maps::entries(pool, old) {
        let stays =
            maps::find(moment.machine, &moment.after().heap, new, key).is_ok_and(|found| found.is_ok());
        if !stays {
            effects.push(Effect::Deletes { place: place(moment.before(), moment.index, key) });
        }
    }
    effects
}

/// The map as the statement writes it, else by the name of its type.
fn owner(moment: &Moment<'_>, number: usize, operation: &str) -> Option<String> {
    let reference = Ref { object: u32::try_from(number).ok()?, cell: 0 }.pack();
    let id = moment.trace.names.identify(moment.index + 1, reference)?;
    let argument = |call: &str| {
        let (_, rest) = operation.split_once(call)?;
        Some(rest.split([',', ')']).next()?.trim().to_string())
    };
    let written = argument("delete(")
        .or_else(|| argument("clear("))
        .or_else(|| assigned(operation).map(str::to_string))
        .or_else(|| written_before(operation, "["));
    Some(written.unwrap_or_else(|| moment.trace.names.object(moment.machine, id)))
}

/// `m` where the statement is `m[k] = v`, `m[k]++` and the like.
fn assigned(operation: &str) -> Option<&str> {
    let is_path = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.');
    let (path, rest) = operation.split_at(operation.find(|c| !is_path(c))?);
    let mut open = 0;
    let close = rest.char_indices().find_map(|(at, c)| {
        open += match c {
            '[' => 1,
            ']' => -1,
            _ => 0,
        };
        (open == 0).then_some(at)
    })?;
    let after = rest.get(close + 1..)?.trim_start();
    let assigns =
        after.starts_with("++") || after.starts_with("--") || after.split(' ').next()?.ends_with('=');
    (rest.starts_with('[') && assigns && !after.starts_with("==")).then_some(path)
}
