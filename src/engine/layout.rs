//! States as bytes and back.
//!
//! In: a state and its canonical renaming. Out: bytes that are equal exactly when the
//! canonical states are, and from which the state comes back. One byte for most
//! cells; only live cells are there at all.

use super::canonical::{Canonical, first_element};
use super::tables::{Code, Tables};
use super::varint;
use crate::commands::{PoolId, queue, table};
use crate::machine::Shape;
use crate::machine::state::{End, Goroutine, MainStatus, Object, Ref, State};

/// Appends the canonical form of `state` to `out`.
pub(crate) fn encode(tables: &Tables, state: &State, canonical: &Canonical, out: &mut Vec<u8>) {
    let mut writer = Writer { tables, canonical, out };
    writer.header(state);
    writer.unsigned(state.goroutines.len() as u64);
    for slot in &state.goroutines {
        let Some(goroutine) = slot else {
            writer.unsigned(0);
            continue;
        };
        let point = tables.point(goroutine.routine, goroutine.point);
        writer.unsigned(point.number as u64 + 1);
        for cell in &point.cells {
            writer.cell(cell.code, &goroutine.frame, cell.index);
        }
    }
    for (index, &code) in tables.globals.iter().enumerate() {
        writer.cell(code, &state.globals, index);
    }
    for ((object, kept), number) in canonical.objects(state).zip(0..) {
        let pool = tables.pool(object.pool);
        writer.unsigned(u64::from(object.pool.0));
        match pool.shape {
            Shape::Record => {}
            Shape::Array => writer.unsigned(((kept.end - kept.start) / pool.stride) as u64),
            Shape::Channel => {
                for &cell in &object.cells[..queue::FIRST as usize] {
                    writer.signed(cell);
                }
            }
            Shape::Map { .. } => {
                let [len, over, due] =
                    [table::LEN, table::OVER, table::DUE].map(|at| object.cells[at as usize]);
                writer.signed(len);
                writer.value(true, over);
                if over != Ref::NIL {
                    writer.signed(due);
                }
            }
        }
        if pool.codes.is_empty() {
            continue;
        }
        let first = first_element(pool.shape) + kept.start;
        if let Some(order) = canonical.entries(number) {
            for &index in order {
                for (offset, &code) in pool.codes.iter().enumerate() {
                    writer.cell(code, &object.cells, first + index as usize * pool.stride + offset);
                }
            }
            continue;
        }
        for element in (first..kept.end).step_by(pool.stride) {
            for (offset, &code) in pool.codes.iter().enumerate() {
                writer.cell(code, &object.cells, element + offset);
            }
        }
    }
}

/// Fills `state` from what [`encode`] has written.
pub(crate) fn decode(tables: &Tables, bytes: &[u8], state: &mut State) {
    let mut reader = Reader { tables, bytes, at: 0 };
    reader.header(state);
    let slots = reader.count();
    state.goroutines.resize_with(slots, || None);
    for slot in &mut state.goroutines {
        let Some(number) = reader.count().checked_sub(1) else {
            *slot = None;
            continue;
        };
        let (routine, point) = tables.by_number[number];
        let goroutine = slot.get_or_insert_with(|| Goroutine { routine, point, frame: Vec::new() });
        goroutine.routine = routine;
        goroutine.point = point;
        goroutine.frame.clear();
        goroutine.frame.resize(tables.frames[routine.0 as usize], 0);
        for cell in &tables.point(routine, point).cells {
            reader.cell(cell.code, &mut goroutine.frame, cell.index);
        }
    }
    state.globals.resize(tables.globals.len(), 0);
    for (index, &code) in tables.globals.iter().enumerate() {
        reader.cell(code, &mut state.globals, index);
    }
    let mut number = 0;
    while reader.at < bytes.len() {
        if number == state.heap.len() {
            state.heap.push(None);
        }
        let pool = PoolId(u32::try_from(reader.count()).unwrap_or(u32::MAX));
        let object = state.heap[number].get_or_insert_with(|| Object { pool, cells: Vec::new() });
        object.pool = pool;
        reader.object(object);
        number += 1;
    }
    state.heap.truncate(number);
}

struct Writer<'a> {
    tables: &'a Tables,
    canonical: &'a Canonical,
    out: &'a mut Vec<u8>,
}

impl Writer<'_> {
    fn header(&mut self, state: &State) {
        let main = match state.main {
            MainStatus::Running => 0,
            MainStatus::Returned => 1,
            MainStatus::Goexited => 2,
        };
        let end = match state.end {
            None => 0,
            Some(End::Panic { .. }) => 1,
            Some(End::Fatal { .. }) => 2,
            Some(End::Assert { .. }) => 3,
            Some(End::Exit) => 4,
            Some(End::Bound(_)) => 5,
        };
        self.out.push(end << 2 | main);
        match state.end {
            None | Some(End::Exit) => {}
            Some(End::Panic { slot, tag, payload }) => {
                self.unsigned(slot as u64);
                self.signed(tag);
                self.value(self.tables.is_ref(Code::Payload, tag), payload);
            }
            Some(End::Fatal { slot, text }) => {
                self.unsigned(slot as u64);
                self.text(text);
            }
            Some(End::Assert { slot, text }) => {
                self.unsigned(slot as u64);
                self.unsigned(u64::from(text));
            }
            Some(End::Bound(text)) => self.text(text),
        }
    }

    fn text(&mut self, text: &'static str) {
        let number = self.tables.texts.binary_search(&text).unwrap_or(0);
        self.unsigned(number as u64);
    }

    fn cell(&mut self, code: Code, values: &[i64], index: usize) {
        let value = values[index];
        match code {
            Code::Scalar => self.signed(value),
            Code::Ref | Code::Slice => self.value(true, value),
            Code::Payload => {
                let before = if index == 0 { 0 } else { values[index - 1] };
                self.value(self.tables.is_ref(code, before), value);
            }
        }
    }

    /// References: 0 is nil, 1 the package variables, 2 something that names no object, then the objects; the lowest bit
    /// says whether the cell follows or is the first.
    fn value(&mut self, is_ref: bool, value: i64) {
        if !is_ref {
            return self.signed(value);
        }
        let (object, cell) = match Ref::unpack(value) {
            None if value == Ref::NIL => (0, 0),
            Some(Ref { object: Ref::GLOBALS, cell }) => (1, cell as usize),
            Some(reference) if let Some((object, cell)) = self.canonical.rename(reference) => {
                (u64::from(object) + 3, cell)
            }
            None | Some(_) => {
                self.unsigned(2 << 1);
                return self.signed(value);
            }
        };
        self.unsigned(object << 1 | u64::from(cell != 0));
        if cell != 0 {
            self.unsigned(cell as u64);
        }
    }

    fn signed(&mut self, value: i64) {
        self.unsigned(varint::zigzag(value));
    }

    fn unsigned(&mut self, value: u64) {
        varint::write(self.out, value);
    }
}

struct Reader<'a> {
    tables: &'a Tables,
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn header(&mut self, state: &mut State) {
        let byte = self.bytes[self.at];
        self.at += 1;
        state.main = match byte & 3 {
            0 => MainStatus::Running,
            1 => MainStatus::Returned,
            _ => MainStatus::Goexited,
        };
        state.end = match byte >> 2 {
            0 => None,
            1 => {
                let (slot, tag) = (self.count(), self.signed());
                Some(End::Panic { slot, tag, payload: self.value(self.tables.is_ref(Code::Payload, tag)) })
            }
            2 => Some(End::Fatal { slot: self.count(), text: self.text() }),
            3 => Some(End::Assert {
                slot: self.count(),
                text: u32::try_from(self.count()).unwrap_or(u32::MAX),
            }),
            4 => Some(End::Exit),
            _ => Some(End::Bound(self.text())),
        };
    }

    fn object(&mut self, object: &mut Object) {
        let pool = self.tables.pool(object.pool);
        object.cells.clear();
        let cells = match pool.shape {
            Shape::Record => pool.codes.len(),
            Shape::Array => self.count() * pool.stride,
            Shape::Channel => {
                for _ in 0..queue::FIRST {
                    let cell = self.signed();
                    object.cells.push(cell);
                }
                let len = usize::try_from(object.cells[queue::LEN as usize]).unwrap_or(0);
                queue::FIRST as usize + len * pool.codes.len()
            }
            Shape::Map { .. } => {
                let (len, over) = (self.signed(), self.value(true));
                let due = if over == Ref::NIL { 0 } else { self.signed() };
                object.cells.resize(table::FIRST as usize, 0);
                for (at, value) in [(table::LEN, len), (table::OVER, over), (table::DUE, due)] {
                    object.cells[at as usize] = value;
                }
                table::FIRST as usize + usize::try_from(len).unwrap_or(0) * pool.codes.len()
            }
        };
        object.cells.resize(cells, 0);
        if pool.codes.is_empty() {
            return;
        }
        for element in (first_element(pool.shape)..cells).step_by(pool.stride) {
            for (offset, &code) in pool.codes.iter().enumerate() {
                self.cell(code, &mut object.cells, element + offset);
            }
        }
    }

    fn text(&mut self) -> &'static str {
        let number = self.count();
        self.tables.texts[number]
    }

    fn cell(&mut self, code: Code, values: &mut [i64], index: usize) {
        let before = if index == 0 { 0 } else { values[index - 1] };
        values[index] = match code {
            Code::Scalar => self.signed(),
            Code::Ref | Code::Slice | Code::Payload => self.value(self.tables.is_ref(code, before)),
        };
    }

    fn value(&mut self, is_ref: bool) -> i64 {
        if !is_ref {
            return self.signed();
        }
        let code = self.unsigned();
        let object = match code >> 1 {
            0 => return Ref::NIL,
            1 => Ref::GLOBALS,
            2 => return self.signed(),
            object => u32::try_from(object - 3).unwrap_or(u32::MAX),
        };
        let cell = if code & 1 == 0 { 0 } else { u32::try_from(self.unsigned()).unwrap_or(u32::MAX) };
        Ref { object, cell }.pack()
    }

    fn signed(&mut self) -> i64 {
        varint::unzigzag(self.unsigned())
    }

    fn count(&mut self) -> usize {
        usize::try_from(self.unsigned()).unwrap_or(usize::MAX)
    }

    fn unsigned(&mut self) -> u64 {
        varint::read(self.bytes, &mut self.at)
    }
}
