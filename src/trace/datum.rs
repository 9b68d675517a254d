//! Values with their structure, for formats that have one: lists, records, maps.
//!
//! In: cells of a state. Out: [`Datum`]s. What a value looks like on one line is
//! [`super::Names::value`]'s; here a slice is a list and a map is a map.

use std::fmt;

use super::cells::{head, is_slice, value_name};
use super::names::{DEPTH, EMPTY_STRUCT, OPAQUE, Value, text};
use super::{ObjectId, Trace};
use crate::commands::{CellType, queue};
use crate::machine::state::{Object, Ref, State};
use crate::machine::{Cell, Machine, Shape, maps};
use crate::syntax::quoted;

/// A value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Datum {
    Bool(bool),
    Int(i128),
    Text(String),
    /// What has no structure to show, as Go would write it: `nil`, `&Server`, `main.func1`.
    Name(String),
    List(Vec<Datum>),
    Record(Vec<(String, Datum)>),
    Map(Vec<(Datum, Datum)>),
}

/// Names with values.
pub type Fields = Vec<(String, Datum)>;

/// The state after some steps of a run.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    machine: &'a Machine,
    trace: &'a Trace,
    state: &'a State,
    at: usize,
    depth: u32,
}

impl<'a> Reader<'a> {
    /// Looks at the state after `at` steps of `trace`, which must not have fewer.
    pub fn new(machine: &'a Machine, trace: &'a Trace, at: usize) -> Self {
        Self { machine, trace, state: &trace.states[at], at, depth: 0 }
    }

    /// The package variables.
    pub fn variables(&self) -> Fields {
        self.fields(&self.machine.globals, &self.state.globals)
    }

    /// Every object of the heap by its name, with what is in it; in the order in which the run has made them.
    pub fn objects(&self) -> Vec<(String, Datum)> {
        let mut list: Vec<(ObjectId, String, Datum)> = Vec::new();
        for (number, object) in self.state.heap.iter().enumerate() {
            let Some(object) = object else { continue };
            let number = u32::try_from(number).unwrap_or(u32::MAX);
            let reference = Ref { object: number, cell: 0 }.pack();
            let Some(id) = self.trace.names.identify(self.at, reference) else { continue };
            list.push((id, self.trace.names.object(self.machine, id), self.object(object)));
        }
        list.sort_by_key(|(id, ..)| *id);
        list.into_iter().map(|(_, name, datum)| (name, datum)).collect()
    }

    /// The variables of `cells` that have a name in the source, by name; of equal names the last, which is the innermost.
    pub fn fields(&self, kinds: &[Cell], cells: &[i64]) -> Fields {
        let mut list: Fields = Vec::new();
        for index in heads(kinds) {
            let name = value_name(&kinds[index]).to_string();
            let datum = self.value(kinds, cells, index);
            match list.iter_mut().find(|(known, _)| *known == name) {
                Some((_, old)) => *old = datum,
                None => list.push((name, datum)),
            }
        }
        list
    }

    fn object(&self, object: &Object) -> Datum {
        let pool = self.machine.pool(object.pool);
        let cell = |index: u32| object.cells.get(index as usize).copied().unwrap_or(0);
        let elements = |cells: &[i64]| -> Vec<Datum> {
            cells.chunks(pool.stride()).map(|element| self.run(&pool.cells, element)).collect()
        };
        match pool.shape {
            Shape::Record => Datum::Record(self.fields(&pool.cells, &object.cells)),
            Shape::Array => Datum::List(elements(&object.cells)),
            Shape::Map { .. } => self.map(object),
            Shape::Channel => {
                let queued = match pool.cells.is_empty() {
                    true => (0..cell(queue::LEN)).map(|_| Datum::Name(EMPTY_STRUCT.into())).collect(),
                    false => elements(object.cells.get(queue::FIRST as usize..).unwrap_or(&[])),
                };
                Datum::Record(vec![
                    ("room".into(), Datum::Int(cell(queue::CAP).into())),
                    ("closed".into(), Datum::Bool(cell(queue::CLOSED) != 0)),
                    ("queued".into(), Datum::List(queued)),
                ])
            }
        }
    }

    fn map(&self, object: &Object) -> Datum {
        let pool = self.machine.pool(object.pool);
        let (keys, values) = pool.cells.split_at(maps::key_cells(pool));
        let entries = maps::entries(pool, object);
        let mut list: Vec<(Datum, Datum)> =
            entries.map(|(key, value)| (self.run(keys, key), self.run(values, value))).collect();
        list.sort_by_cached_key(|(key, _)| match key {
            Datum::Int(number) => (*number, String::new()),
            other => (0, other.to_string()),
        });
        Datum::Map(list)
    }

    /// A value of several cells.
    fn run(&self, kinds: &[Cell], cells: &[i64]) -> Datum {
        let all: Vec<usize> = (0..kinds.len()).filter(|&index| head(kinds, index) == index).collect();
        match all.as_slice() {
            [] => Datum::Name(EMPTY_STRUCT.into()),
            _ if kinds.iter().all(|kind| kind.hidden) => Datum::Name(OPAQUE.into()),
            [one] => self.value(kinds, cells, *one),
            _ => Datum::Record(self.fields(kinds, cells)),
        }
    }

    fn value(&self, kinds: &[Cell], cells: &[i64], index: usize) -> Datum {
        let (Some(kind), Some(&number)) = (kinds.get(index), cells.get(index)) else {
            return Datum::Name("?".into());
        };
        let shown = || {
            let value = Value { kinds, cells, index };
            Datum::Name(self.trace.names.value(self.machine, self.state, self.at, value))
        };
        match kind.ty {
            CellType::Bool => Datum::Bool(number != 0),
            CellType::Int { bits: 64, signed: false } => Datum::Int(number.cast_unsigned().into()),
            CellType::Int { .. } => Datum::Int(number.into()),
            CellType::String => Datum::Text(text(self.machine, number).to_string()),
            CellType::Ref => self.behind(kinds, cells, index, number).unwrap_or_else(shown),
            CellType::Tag | CellType::Payload => shown(),
        }
    }

    /// The elements of a slice, the entries of a map.
    fn behind(&self, kinds: &[Cell], cells: &[i64], index: usize, number: i64) -> Option<Datum> {
        let reference = Ref::unpack(number)?;
        let object = self.state.object(reference.object)?;
        let pool = self.machine.pool(object.pool);
        let deeper = Self { depth: self.depth + 1, ..*self };
        if deeper.depth > DEPTH {
            return None;
        }
        if is_slice(&kinds[index]) {
            let len = usize::try_from(cells.get(index + 1).copied()?).ok()?;
            let elements = object.cells.get(reference.cell as usize..)?.chunks(pool.stride()).take(len);
            return Some(Datum::List(elements.map(|element| deeper.run(&pool.cells, element)).collect()));
        }
        matches!(pool.shape, Shape::Map { .. }).then(|| deeper.map(object))
    }
}

/// First cells of the values that have a name in the source.
fn heads(kinds: &[Cell]) -> impl Iterator<Item = usize> + '_ {
    // Results without a name and references to captured variables are not in the source either.
    let named = |kind: &Cell| !kind.hidden && !kind.name.is_empty() && !kind.name.starts_with(['~', '&']);
    (0..kinds.len()).filter(move |&index| head(kinds, index) == index && named(&kinds[index]))
}

impl fmt::Display for Datum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(it) => write!(f, "{it}"),
            Self::Int(it) => write!(f, "{it}"),
            Self::Text(it) => f.write_str(&quoted(it)),
            Self::Name(it) => f.write_str(it),
            Self::List(all) => {
                let all: Vec<String> = all.iter().map(ToString::to_string).collect();
                write!(f, "[{}]", all.join(", "))
            }
            Self::Record(fields) => {
                let all: Vec<String> = fields.iter().map(|(name, it)| format!("{name}: {it}")).collect();
                write!(f, "{{{}}}", all.join(", "))
            }
            Self::Map(entries) => {
                let all: Vec<String> = entries.iter().map(|(key, it)| format!("{key}: {it}")).collect();
                write!(f, "map[{}]", all.join(" "))
            }
        }
    }
}
