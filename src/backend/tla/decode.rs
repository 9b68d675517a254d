//! States that TLC has printed, as the Machine's.
//!
//! In: the text of a state. Out: a [`State`], cell by cell the one that the Machine would be in: references are packed
//! as the Machine packs them. What is a reference the types of the cells say.

use std::collections::BTreeMap;

use super::value::{Value, conjunction};
use super::{Module, names};
use crate::commands::{CellType, PoolId, RoutineId};
use crate::machine::state::{End, Goroutine, MainStatus, Object, Ref, State, holds_ref, tag_holds_ref};
use crate::machine::step::BOUNDS;
use crate::machine::{Machine, PointId};

/// The K of the module.
const CELLS: i64 = 1 << 16;
/// The number of the object that stands for the package variables.
const GLOBALS: i64 = 32_767;

/// Reads the states of one module.
#[derive(Debug)]
pub struct Decoder<'m> {
    machine: &'m Machine,
    points: BTreeMap<&'m str, (RoutineId, PointId)>,
    pools: BTreeMap<&'m str, PoolId>,
    texts: BTreeMap<String, &'static str>,
}

impl<'m> Decoder<'m> {
    pub fn new(machine: &'m Machine, module: &'m Module) -> Self {
        let mut points = BTreeMap::new();
        for (routine, list) in (0..).zip(&module.names.points) {
            for (point, name) in (0..).zip(list) {
                points.insert(name.as_str(), (RoutineId(routine), PointId(point)));
            }
        }
        let pools =
            (0..).map(PoolId).zip(&module.names.pools).map(|(id, name)| (name.as_str(), id)).collect();
        let texts = End::texts(machine, &BOUNDS).into_iter().map(|text| (plain(text), text)).collect();
        Self { machine, points, pools, texts }
    }

    /// Where the module calls a point `name`.
    pub fn point(&self, name: &str) -> Option<(RoutineId, PointId)> {
        self.points.get(name).copied()
    }

    /// The state that `text` describes; `None` where it describes none.
    pub fn state(&self, text: &str) -> Option<State> {
        let variables = conjunction(text)?;
        let get = |name: &str| variables.get(name);
        let goroutines = get("goroutines")?.sequence()?;
        let heap = get("heap")?.sequence()?;
        Some(State {
            globals: self.cells(get("globals")?, |index| self.machine.globals.get(index).map(|it| it.ty))?,
            goroutines: goroutines.iter().map(|it| self.slot(it)).collect::<Result<_, _>>().ok()?,
            heap: heap.iter().map(|it| self.object(it).map(Some)).collect::<Option<_>>()?,
            main: match get("main")?.text()? {
                "running" => MainStatus::Running,
                "returned" => MainStatus::Returned,
                "goexited" => MainStatus::Goexited,
                _ => return None,
            },
            end: match get("end")?.field("kind")?.text()? {
                "none" => None,
                kind => Some(self.end(kind, get("end")?)?),
            },
        })
    }

    /// Who is in a slot: nobody where it is free.
    fn slot(&self, value: &Value) -> Result<Option<Goroutine>, Unreadable> {
        match value.field("at").and_then(Value::text) {
            Some("") => Ok(None),
            _ => self.goroutine(value).map(Some).ok_or(Unreadable),
        }
    }

    fn goroutine(&self, value: &Value) -> Option<Goroutine> {
        let (routine, point) = self.point(value.field("at")?.text()?)?;
        let cells = &self.machine.routine(routine).frame;
        let frame = self.cells(value.field("frame")?, |index| cells.get(index).map(|cell| cell.ty))?;
        Some(Goroutine { routine, point, frame })
    }

    fn object(&self, value: &Value) -> Option<Object> {
        let pool = *self.pools.get(value.field("pool")?.text()?)?;
        let kind = self.machine.pool(pool);
        Some(Object { pool, cells: self.cells(value.field("cells")?, |index| kind.cell_type(index))? })
    }

    fn cells(&self, value: &Value, ty: impl Fn(usize) -> Option<CellType>) -> Option<Vec<i64>> {
        let mut cells = value.ints()?;
        // From the back: whether a payload is a reference the cell before it says, which is never one itself.
        for index in (0..cells.len()).rev() {
            if holds_ref(self.machine, ty(index), &cells, index) {
                cells[index] = reference(cells[index])?;
            }
        }
        Some(cells)
    }

    fn end(&self, kind: &str, value: &Value) -> Option<End> {
        let (tag, payload) = (value.field("tag")?.int()?, value.field("payload")?.int()?);
        let slot = usize::try_from(value.field("slot")?.int()? - 1);
        let text = || self.texts.get(value.field("text")?.text()?).copied();
        Some(match kind {
            "panic" => {
                let payload = if tag_holds_ref(self.machine, tag) { reference(payload)? } else { payload };
                End::Panic { slot: slot.ok()?, tag, payload }
            }
            "fatal" => End::Fatal { slot: slot.ok()?, text: text()? },
            "assert" => End::Assert { slot: slot.ok()?, text: u32::try_from(tag).ok()? },
            "exit" => End::Exit,
            "bound" => End::Bound(text()?),
            _ => return None,
        })
    }
}

/// Not a state of the module.
#[derive(Clone, Copy, Debug)]
struct Unreadable;

fn reference(value: i64) -> Option<i64> {
    if value == 0 {
        return Some(Ref::NIL);
    }
    let (object, cell) = (value.div_euclid(CELLS), value.rem_euclid(CELLS));
    let object = if object == GLOBALS { Ref::GLOBALS } else { u32::try_from(object - 1).ok()? };
    Some(Ref { object, cell: u32::try_from(cell).ok()? }.pack())
}

/// As it comes back out of a string of TLA+.
fn plain(text: &str) -> String {
    names::ascii(text)
}
