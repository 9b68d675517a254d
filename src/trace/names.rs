//! Which object is which along a run, and how values print.
//!
//! In: the states of a run. Out: stable object numbers (a state's own numbers are
//! re-used) and values in Go's spelling. Pointers print as the literal that made
//! them, `&Server`, with a number where the run has made several: `&Server#2`.

use super::cells::{FUNC_SUFFIX, head, is_slice, value_name};
use crate::commands::{CellType, PoolId, queue};
use crate::machine::footprint::Location;
use crate::machine::state::{Object, Ref, State};
use crate::machine::{Cell, Machine, Shape, maps, tag};
use crate::syntax::quoted;

/// An object, or a place inside one, that keeps its identity along a run.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct ObjectId {
    /// Number in order of creation, or [`Ref::GLOBALS`].
    pub object: u32,
    pub cell: u32,
}

/// The objects of a run.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Names {
    /// Per number in the heap: which object has it from which state on.
    births: Vec<Vec<(usize, u32)>>,
    /// Per object: its pool, and its number in there, from 1.
    objects: Vec<(PoolId, u32)>,
    /// Per pool: how many objects the run has made.
    totals: Vec<u32>,
}

impl Names {
    /// Follows the objects along `states`.
    pub(super) fn of(machine: &Machine, states: &[State]) -> Self {
        let mut names = Self { totals: vec![0; machine.pools.len()], ..Self::default() };
        for (index, state) in states.iter().enumerate() {
            let before = index.checked_sub(1).and_then(|before| states.get(before));
            for (number, object) in state.heap.iter().enumerate() {
                let Some(object) = object else { continue };
                let old = before.and_then(|before| before.heap.get(number)).and_then(Option::as_ref);
                if old.is_none_or(|old| old.pool != object.pool) {
                    names.birth(number, index, object.pool);
                }
            }
        }
        names
    }

    fn birth(&mut self, number: usize, state: usize, pool: PoolId) {
        let object = u32::try_from(self.objects.len()).unwrap_or(u32::MAX);
        if self.births.len() <= number {
            self.births.resize(number + 1, Vec::new());
        }
        self.births[number].push((state, object));
        let total = &mut self.totals[pool.0 as usize];
        *total += 1;
        self.objects.push((pool, *total));
    }

    /// What a reference in the state after `state` steps names; `None` for nil.
    pub fn identify(&self, state: usize, reference: i64) -> Option<ObjectId> {
        let Ref { object, cell } = Ref::unpack(reference)?;
        if object == Ref::GLOBALS {
            return Some(ObjectId { object, cell });
        }
        let births = self.births.get(object as usize)?;
        let born = births.iter().rev().find(|&&(since, _)| since <= state)?;
        Some(ObjectId { object: born.1, cell })
    }

    /// The pool of an object that is not among the package variables.
    pub fn pool(&self, id: ObjectId) -> Option<PoolId> {
        self.objects.get(id.object as usize).map(|&(pool, _)| pool)
    }

    /// How many objects of `pool` the run has made.
    pub fn made(&self, pool: PoolId) -> u32 {
        self.totals.get(pool.0 as usize).copied().unwrap_or(0)
    }

    /// The object's name: that of its pool, with its number where there are several.
    pub fn object(&self, machine: &Machine, id: ObjectId) -> String {
        let Some(&(pool, number)) = self.objects.get(id.object as usize) else { return String::new() };
        let name = &machine.pool(pool).name;
        if self.made(pool) > 1 { format!("{name}#{number}") } else { name.clone() }
    }

    /// A shared cell as the source may call it, in the state after `at` steps: a package variable, `Server.count`, an element
    /// of an array, an escaping variable.
    pub fn location(&self, machine: &Machine, at: usize, location: Location) -> String {
        let (object, cell) = match location {
            Location::Global(cell) => return machine.globals.get(cell).map_or("?", value_name).to_string(),
            Location::Heap { object, cell } => (object, cell),
        };
        let reference = Ref { object: u32::try_from(object).unwrap_or(u32::MAX), cell: 0 }.pack();
        let Some(id) = self.identify(at, reference) else { return "?".to_string() };
        let Some(pool) = self.pool(id).map(|pool| machine.pool(pool)) else { return "?".to_string() };
        let field = pool.cell(cell).map_or("", value_name);
        match pool.shape {
            Shape::Map { .. } => self.object(machine, id),
            Shape::Array => {
                let index = cell / pool.stride();
                let field = if field.is_empty() { String::new() } else { format!(".{field}") };
                format!("{}[{index}]{field}", self.object(machine, id))
            }
            _ if field.is_empty() => self.object(machine, id),
            // An escaping variable is the whole object: `main.wg` with the cell `wg.count`.
            _ if pool.name.rsplit('.').next() == field.split('.').next() => field.to_string(),
            _ => format!("{}.{field}", self.object(machine, id)),
        }
    }

    /// The value that starts at a cell, as Go would write it, in the state after `at` steps.
    pub fn value(&self, machine: &Machine, state: &State, at: usize, value: Value<'_>) -> String {
        self.nested(View { machine, state, at, depth: 0 }, value)
    }

    fn nested(&self, view: View<'_>, value: Value<'_>) -> String {
        let Value { kinds, cells, index } = value;
        let machine = view.machine;
        let (Some(kind), Some(&number)) = (kinds.get(index), cells.get(index)) else {
            return "?".to_string();
        };
        match kind.ty {
            CellType::Bool => (number != 0).to_string(),
            CellType::Int { bits, signed } => integer(bits, signed, number),
            CellType::String => quoted(text(machine, number)),
            CellType::Ref if is_slice(kind) => {
                let len = cells.get(index + 1).copied().unwrap_or(0);
                self.slice(view, number, len)
            }
            CellType::Ref => self.reference(view, number),
            CellType::Tag => {
                let payload = cells.get(index + 1).copied().unwrap_or(0);
                let is_func = kind.name.ends_with(FUNC_SUFFIX);
                self.dynamic(view, Dynamic { tag: number, payload, is_func })
            }
            CellType::Payload => number.to_string(),
        }
    }

    /// A reference as a Go expression; a map by its entries.
    fn reference(&self, view: View<'_>, reference: i64) -> String {
        let machine = view.machine;
        let Some(id) = self.identify(view.at, reference) else { return "nil".to_string() };
        let Some(pool) = self.pool(id) else {
            let name = machine.globals.get(id.cell as usize).map_or("?", value_name);
            return format!("&{name}");
        };
        let name = self.object(machine, id);
        let pool = machine.pool(pool);
        match pool.shape {
            Shape::Map { .. } => {
                let map = Ref::unpack(reference).and_then(|it| view.state.object(it.object));
                map.map_or(name, |map| self.map(view, map))
            }
            Shape::Channel => name,
            Shape::Record if id.cell == 0 => format!("&{name}"),
            Shape::Record => {
                format!("&{name}.{}", pool.cell(id.cell as usize).map_or("?", value_name))
            }
            Shape::Array if id.cell == 0 => name,
            Shape::Array => format!("&{name}[{}]", id.cell as usize / pool.stride()),
        }
    }

    /// A map as `fmt` prints it, in the order of its keys.
    fn map(&self, view: View<'_>, map: &Object) -> String {
        let Some(view) = view.deeper() else { return "map[…]".to_string() };
        let pool = view.machine.pool(map.pool);
        let (keys, values) = pool.cells.split_at(maps::key_cells(pool));
        let rank = |key: &[i64]| -> Vec<Rank> {
            let kinds = keys.iter().map(|kind| kind.ty);
            kinds.zip(key).map(|(ty, &number)| Rank::of(view.machine, ty, number)).collect()
        };
        let mut list: Vec<(Vec<Rank>, String)> = maps::entries(pool, map)
            .map(|(key, value)| {
                (rank(key), [self.bare(view, keys, key), self.bare(view, values, value)].join(":"))
            })
            .collect();
        list.sort();
        let mut list: Vec<String> = list.into_iter().map(|(_, text)| text).collect();
        if list.len() > SHOWN_ELEMENTS {
            list.truncate(SHOWN_ELEMENTS);
            list.push("…".to_string());
        }
        format!("map[{}]", list.join(" "))
    }

    /// A slice by its elements.
    fn slice(&self, view: View<'_>, pointer: i64, len: i64) -> String {
        let View { machine, state, at, .. } = view;
        let Some(id) = self.identify(at, pointer) else { return "nil".to_string() };
        let Some(pool) = self.pool(id) else { return "?".to_string() };
        let kind = machine.pool(pool);
        let object = Ref::unpack(pointer).and_then(|it| state.object(it.object));
        let cells = object.and_then(|object| object.cells.get(id.cell as usize..)).unwrap_or(&[]);
        let len = usize::try_from(len).unwrap_or(0);
        let elements = cells.chunks(kind.stride()).take(len.min(SHOWN_ELEMENTS));
        let Some(view) = view.deeper() else { return format!("{}{{…}}", kind.name) };
        let mut list: Vec<String> = elements.map(|element| self.cells(view, &kind.cells, element)).collect();
        if len > SHOWN_ELEMENTS {
            list.push("…".to_string());
        }
        format!("{}{{{}}}", kind.name, list.join(", "))
    }

    /// An interface or function value.
    fn dynamic(&self, view: View<'_>, value: Dynamic) -> String {
        let View { machine, state, .. } = view;
        let Dynamic { tag, payload, is_func } = value;
        if tag == tag::NIL {
            return "nil".to_string();
        }
        let Some(kind) = usize::try_from(tag).ok().and_then(|tag| machine.tags.get(tag)) else {
            return "?".to_string();
        };
        let name = kind.name.strip_prefix("main.").unwrap_or(&kind.name);
        match kind.payload {
            _ if is_func => kind.name.clone(),
            CellType::String => quoted(text(machine, payload)),
            CellType::Int { bits, signed } if kind.name == "int" => integer(bits, signed, payload),
            CellType::Bool if kind.name == "bool" => (payload != 0).to_string(),
            CellType::Int { bits, signed } => format!("{name}({})", integer(bits, signed, payload)),
            CellType::Bool => format!("{name}{{}}"),
            // The whole copied value.
            CellType::Ref if kind.boxed.is_some() => {
                let object = Ref::unpack(payload).and_then(|it| state.object(it.object));
                let cells = object.map_or(&[][..], |object| &object.cells);
                let kinds = kind.boxed.map_or(&[][..], |pool| &machine.pool(pool).cells);
                let Some(view) = view.deeper() else { return format!("{name}{{…}}") };
                format!("{name}{{{}}}", self.fields(view, kinds, cells))
            }
            CellType::Ref => self.reference(view, payload),
            CellType::Tag | CellType::Payload => name.to_string(),
        }
    }

    /// The fields of the object that a reference names.
    pub(super) fn inside(&self, machine: &Machine, state: &State, at: usize, reference: Ref) -> String {
        let Some(object) = state.object(reference.object) else { return "{}".to_string() };
        let view = View { machine, state, at, depth: 0 };
        match machine.pool(object.pool).shape {
            Shape::Map { .. } => self.map(view, object),
            Shape::Record | Shape::Array | Shape::Channel => {
                format!("{{{}}}", self.fields(view, &machine.pool(object.pool).cells, &object.cells))
            }
        }
    }

    fn fields(&self, view: View<'_>, kinds: &[Cell], cells: &[i64]) -> String {
        let heads = (0..kinds.len()).filter(|&index| head(kinds, index) == index && !kinds[index].hidden);
        heads.map(|index| self.nested(view, Value { kinds, cells, index })).collect::<Vec<_>>().join(", ")
    }

    /// The elements that wait in a channel, oldest first.
    pub fn queued(&self, machine: &Machine, state: &State, at: usize, channel: i64) -> Vec<String> {
        let Some(object) = Ref::unpack(channel).and_then(|it| state.object(it.object)) else {
            return Vec::new();
        };
        let size = machine.pool(object.pool).cells.len();
        if size == 0 {
            let len = object.cells.get(queue::LEN as usize).copied().unwrap_or(0);
            return (0..len).map(|_| EMPTY_STRUCT.to_string()).collect();
        }
        let queue = object.cells.get(queue::FIRST as usize..).unwrap_or(&[]);
        queue.chunks(size).map(|cells| self.element(machine, state, at, object.pool, cells)).collect()
    }

    /// One element of a channel or an array of `pool`.
    pub fn element(
        &self,
        machine: &Machine,
        state: &State,
        at: usize,
        pool: PoolId,
        cells: &[i64],
    ) -> String {
        let pool = machine.pool(pool);
        if !pool.cells.is_empty() && pool.cells.iter().all(|kind| kind.hidden) {
            return format!("{}{OPAQUE}", pool.name.strip_prefix("chan ").unwrap_or_default());
        }
        self.cells(View { machine, state, at, depth: 0 }, &pool.cells, cells)
    }

    /// All of a run of cells, as [`Names::value`] shows one value.
    pub(super) fn run(
        &self,
        machine: &Machine,
        state: &State,
        at: usize,
        kinds: &[Cell],
        cells: &[i64],
    ) -> String {
        self.cells(View { machine, state, at, depth: 0 }, kinds, cells)
    }

    /// As [`Names::cells`], a string without quotes.
    fn bare(&self, view: View<'_>, kinds: &[Cell], cells: &[i64]) -> String {
        match (kinds, cells) {
            ([Cell { ty: CellType::String, .. }], &[number]) => text(view.machine, number).to_string(),
            _ => self.cells(view, kinds, cells),
        }
    }

    /// All of a run of cells: a value, or a struct of several.
    fn cells(&self, view: View<'_>, kinds: &[Cell], cells: &[i64]) -> String {
        let heads = (0..kinds.len()).filter(|&index| head(kinds, index) == index).count();
        match heads {
            0 => EMPTY_STRUCT.to_string(),
            _ if kinds.iter().all(|kind| kind.hidden) => OPAQUE.to_string(),
            1 => self.nested(view, Value { kinds, cells, index: 0 }),
            _ => format!("{{{}}}", self.fields(view, kinds, cells)),
        }
    }
}

/// Where values are looked at, and how deep inside others.
#[derive(Clone, Copy)]
struct View<'a> {
    machine: &'a Machine,
    state: &'a State,
    at: usize,
    depth: u32,
}

impl View<'_> {
    /// One level further in; `None` where it gets too deep: maps and slices can hold themselves.
    fn deeper(self) -> Option<Self> {
        (self.depth < DEPTH).then(|| Self { depth: self.depth + 1, ..self })
    }
}

/// How a cell of a key sorts.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Number(i64),
    Unsigned(u64),
    Text(String),
}

impl Rank {
    fn of(machine: &Machine, ty: CellType, number: i64) -> Self {
        match ty {
            CellType::String => Self::Text(text(machine, number).to_string()),
            CellType::Int { bits: 64, signed: false } => Self::Unsigned(number.cast_unsigned()),
            CellType::Bool | CellType::Int { .. } | CellType::Ref | CellType::Tag | CellType::Payload => {
                Self::Number(number)
            }
        }
    }
}

/// A value among the cells of a frame, an object or an element.
#[derive(Clone, Copy, Debug)]
pub struct Value<'a> {
    pub kinds: &'a [Cell],
    pub cells: &'a [i64],
    /// Its first cell.
    pub index: usize,
}

/// An interface or function value: what its two cells hold.
#[derive(Clone, Copy, Debug)]
struct Dynamic {
    tag: i64,
    payload: i64,
    is_func: bool,
}

/// Values inside values are shown to this depth.
pub(super) const DEPTH: u32 = 4;
/// More elements of a slice or a map are not shown.
const SHOWN_ELEMENTS: usize = 8;
/// A value of which nothing has a name in the source: a `time.Time`.
pub(super) const OPAQUE: &str = "{…}";
pub(super) const EMPTY_STRUCT: &str = "struct{}{}";

/// The interned string with this number.
pub(super) fn text(machine: &Machine, number: i64) -> &str {
    usize::try_from(number).ok().and_then(|number| machine.strings.get(number)).map_or("", String::as_str)
}

fn integer(bits: u32, signed: bool, value: i64) -> String {
    if !signed && bits == 64 { value.cast_unsigned().to_string() } else { value.to_string() }
}
