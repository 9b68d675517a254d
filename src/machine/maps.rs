//! The entries of a map object: finding one, comparing keys, keys without a hash.
//!
//! In: objects of shape [`Shape::Map`]. Out: which entry has a key, or where it would go. Absent: what changes
//! maps ([`super::step`]).

use std::cmp::Ordering;

use super::eval::Fault;
use super::state::{Object, Ref};
use super::{Cell, Machine, Point, Pool, Shape};
use crate::commands::{CellType, Command, MapCommand, table};

/// How many cells the keys of `pool` have.
pub fn key_cells(pool: &Pool) -> usize {
    match pool.shape {
        Shape::Map { key } => key as usize,
        Shape::Record | Shape::Array | Shape::Channel => 0,
    }
}

/// How many entries `map` has.
pub fn len(map: &Object) -> usize {
    map.cells.get(table::LEN as usize).map_or(0, |&len| usize::try_from(len).unwrap_or(0))
}

/// Key and value of the entry at `index`.
pub fn entry<'a>(pool: &Pool, map: &'a Object, index: usize) -> (&'a [i64], &'a [i64]) {
    let start = start(pool, index);
    let cells = map.cells.get(start..start + pool.stride()).unwrap_or(&[]);
    cells.split_at(key_cells(pool).min(cells.len()))
}

/// All entries, key and value.
pub fn entries<'a>(pool: &'a Pool, map: &'a Object) -> impl Iterator<Item = (&'a [i64], &'a [i64])> {
    (0..len(map)).map(|index| entry(pool, map, index))
}

/// The first cell of the entry at `index`.
pub fn start(pool: &Pool, index: usize) -> usize {
    table::FIRST as usize + index * pool.stride()
}

/// The index of the entry under `key`, or the index where it belongs: before the first entry with larger numbers in
/// its key.
pub fn find(
    machine: &Machine,
    heap: &[Option<Object>],
    map: &Object,
    key: &[i64],
) -> Result<Result<usize, usize>, Fault> {
    let pool = machine.pool(map.pool);
    if !matches!(pool.shape, Shape::Map { .. }) || key_cells(pool) != key.len() {
        return Err("a key is looked up in what is no map of such keys");
    }
    let mut belongs = None;
    for (index, (other, _)) in entries(pool, map).enumerate() {
        if same(machine, heap, &pool.cells, other, key) {
            return Ok(Ok(index));
        }
        if belongs.is_none() && other.cmp(key) == Ordering::Greater {
            belongs = Some(index);
        }
    }
    Ok(Err(belongs.unwrap_or(len(map))))
}

/// Whether some step from `point` assigns to an element.
pub fn inserts(point: &Point) -> bool {
    fn among(commands: &[Command]) -> bool {
        commands.iter().any(|command| {
            matches!(command, Command::Map(MapCommand::Insert { .. }))
                || matches!(command, Command::If(_, yes, no) if among(yes) || among(no))
        })
    }
    point.edges.iter().any(|edge| among(&edge.commands))
}

/// Whether two values are equal, cell by cell; compound values in interfaces by their contents. Both have a hash, so
/// there are no slices in them. (Blank fields are zero: the lowering sees to that.)
pub fn same(machine: &Machine, heap: &[Option<Object>], kinds: &[Cell], a: &[i64], b: &[i64]) -> bool {
    let equal = |(index, (&x, &y)): (usize, (&i64, &i64))| {
        x == y
            || kinds.get(index).is_some_and(|kind| kind.ty == CellType::Payload) && {
                let tag = index.checked_sub(1).map_or(0, |before| a[before]);
                let contents = |value: i64| heap.get(Ref::unpack(value)?.object as usize)?.as_ref();
                let boxed = tag_of(machine, tag).and_then(|tag| tag.boxed);
                // The tags, in the cell before, have been compared.
                match (boxed, contents(x), contents(y)) {
                    (Some(pool), Some(x), Some(y)) => {
                        same(machine, heap, &machine.pool(pool).cells, &x.cells, &y.cells)
                    }
                    _ => false,
                }
            }
    };
    a.len() == b.len() && a.iter().zip(b).enumerate().all(equal)
}

/// The runtime error, an index into the strings, of the first part of a value that has no hash.
pub fn unhashable(
    machine: &Machine,
    heap: &[Option<Object>],
    kinds: &mut dyn Iterator<Item = CellType>,
    values: &[i64],
) -> Option<u32> {
    kinds.zip(values.windows(2)).find_map(|(kind, window)| {
        let &[tag, payload] = window else { return None };
        let tag = tag_of(machine, tag).filter(|_| kind == CellType::Tag)?;
        if tag.unhashable.is_some() {
            return tag.unhashable;
        }
        let contents = heap.get(Ref::unpack(payload)?.object as usize)?.as_ref()?;
        let kinds = &mut machine.pool(tag.boxed?).cells.iter().map(|cell| cell.ty);
        unhashable(machine, heap, kinds, &contents.cells)
    })
}

fn tag_of(machine: &Machine, tag: i64) -> Option<&super::Tag> {
    machine.tags.get(usize::try_from(tag).ok()?)
}
