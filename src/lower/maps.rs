//! Maps: literals, elements, `delete`, `clear`, `range`.
//!
//! A map value is a reference to an object ([`crate::commands::maps`]). Reading an element is an expression, as reading
//! a variable is; writing one is a command. What can panic is said before: a write to a nil map, a key whose dynamic
//! type has no hash.

use super::builder::{Builder, plain_edge};
use super::registry::PoolKey;
use super::value::Value;
use crate::commands::{BinaryOp, CellType, Command, Expr, MapCommand, Place, PoolId, table};
use crate::machine::{Choose, Edge, Operation};
use crate::sema::program::{Expr as Typed, Range, Target};
use crate::sema::types::{Type, TypeId, Types};
use crate::sync::{Alternative, Step};

const INT: CellType = CellType::Int { bits: 64, signed: true };

/// An element of a map as a target: map and key have been evaluated.
#[derive(Clone, Debug)]
pub(super) struct Element {
    map: Expr,
    key: Value,
    /// The map's type.
    ty: TypeId,
}

impl Builder<'_, '_> {
    /// Types of the keys and the values of a map type.
    fn key_and_value(&self, ty: TypeId) -> (TypeId, TypeId) {
        match self.reg.program.types.underlying(ty) {
            Type::Map(key, value) => (*key, *value),
            _ => (ty, ty),
        }
    }

    fn map_pool(&mut self, ty: TypeId) -> PoolId {
        let (key, value) = self.key_and_value(ty);
        self.reg.pool(PoolKey::Map(key, value))
    }

    /// The pool of maps from `any` to `any`, where the program has that type.
    pub fn any_map(&mut self) -> Option<PoolId> {
        let any = self.reg.program.types.find(&Type::Interface(Vec::new()))?;
        Some(self.reg.pool(PoolKey::Map(any, any)))
    }

    /// `make(map[K]V)`: a new map without entries.
    pub fn new_map(&mut self, ty: TypeId) -> Expr {
        let pool = self.map_pool(ty);
        let dest = self.temps("map", &[CellType::Ref]);
        self.push(Command::Alloc { dest: dest.clone(), pool, len: None });
        Expr::load(dest)
    }

    /// `map[K]V{…}`. Keys that are equal at run time: the last one counts.
    pub fn map_literal(&mut self, ty: TypeId, parts: &[(Typed, Typed)]) -> Value {
        let map = self.new_map(ty);
        // One entry after the other: a key without a hash keeps the rest from being evaluated.
        for (key, value) in parts {
            let mut pair = self.exprs(&[key, value]).into_iter();
            let element = self.element(map.clone(), pair.next().unwrap_or_default(), ty);
            self.insert(&element, pair.next().unwrap_or_default());
        }
        Value::scalar(map, CellType::Ref)
    }

    /// `m[k]`, read; with `comma_ok` also whether there is such an entry.
    pub fn map_index(&mut self, map: &Typed, key: &Typed, comma_ok: bool) -> Value {
        let element = self.map_element(map, key, false);
        self.hash(&element);
        let mut out = self.element_value(&element);
        if out.exprs.is_empty() && !comma_ok {
            // There is nothing to load, and yet the map is looked into.
            let found = Expr::found(element.map.clone(), element.key.exprs.clone());
            self.save("found", Value::scalar(found, CellType::Bool));
        }
        if comma_ok {
            let found = Expr::found(element.map, element.key.exprs);
            out.extend(Value::scalar(found, CellType::Bool));
        }
        out
    }

    /// `m[k]`, to be written; `steady` where steps may come between this and the write.
    pub fn map_element(&mut self, map: &Typed, key: &Typed, steady: bool) -> Element {
        let mut operands =
            self.exprs(&[map, key]).into_iter().map(|it| if steady { self.stable(it) } else { it });
        let (first, second) = (operands.next().unwrap_or_default(), operands.next().unwrap_or_default());
        drop(operands);
        self.element(first.first(), second, map.ty)
    }

    fn element(&self, map: Expr, key: Value, ty: TypeId) -> Element {
        let (key_type, _) = self.key_and_value(ty);
        Element { map, key: without_blanks(&self.reg.program.types, key_type, key), ty }
    }

    /// What is stored there, or zeros.
    pub fn element_value(&self, element: &Element) -> Value {
        let types = self.types_of(self.key_and_value(element.ty).1);
        let cell = |(at, _)| Expr::entry(element.map.clone(), element.key.exprs.clone(), at);
        Value::new((0u32..).zip(&types).map(cell).collect(), types)
    }

    /// Writes an element of a map that may be nil.
    pub fn store_element(&mut self, element: &Element, value: Value) {
        let raise = self.runtime_error("assignment to entry in nil map");
        self.check(Expr::ne(element.map.clone(), Expr::NIL), raise);
        self.insert(element, value);
    }

    fn insert(&mut self, element: &Element, value: Value) {
        self.hash(element);
        let (map, key) = (element.map.clone(), element.key.exprs.clone());
        self.push(Command::Map(MapCommand::Insert { map, key, values: value.exprs }));
    }

    /// Raises where the key has no hash, which only a dynamic type can bring about.
    fn hash(&mut self, element: &Element) {
        let (key, _) = self.key_and_value(element.ty);
        if may_lack_hash(&self.reg.program.types, key) {
            let (kinds, key) = (element.key.types.clone(), element.key.exprs.clone());
            self.push(Command::Map(MapCommand::Hash { kinds, key }));
        }
    }

    /// `len(m)`: 0 for nil.
    pub fn map_length(map: Expr) -> Expr {
        let len = Expr::load(Place::memory(map.clone()).at(table::LEN));
        Expr::If(Box::new(Expr::eq(map, Expr::NIL)), Box::new(Expr::Const(0)), Box::new(len))
    }

    /// `delete(m, k)`.
    pub fn delete(&mut self, ty: TypeId, map: &Value, key: &Value) {
        let element = self.element(map.first(), key.clone(), ty);
        self.hash(&element);
        self.push(Command::Map(MapCommand::Remove { map: element.map, key: element.key.exprs }));
    }

    /// `clear(m)`.
    pub fn clear_map(&mut self, map: &Value) {
        self.push(Command::Map(MapCommand::Clear { map: map.first() }));
    }

    /// `for k, v := range m`: the environment picks the next key among those that the loop has not come to. It may end
    /// once the loop has come to all that were there at its start and still are.
    ///
    /// Library code goes over what a primitive keeps: there it looks at the map in an operation, not as a plain read.
    pub fn range_map(&mut self, each: &Range) {
        let header = each.header;
        let value = self.expr(&each.subject);
        let map = self.stable(value).first();
        let (key_type, _) = self.key_and_value(each.subject.ty);
        let plain = !self.instances.last().is_some_and(|it| self.reg.program.func(it.func).library);
        let iteration = self.temps("iteration", &[CellType::Ref]);
        let pool = self.reg.pool(PoolKey::Iteration(key_type));
        let begin = Command::Map(MapCommand::Iterate { dest: iteration.clone(), pool, map: map.clone() });
        if plain {
            self.push(begin);
        } else {
            let alternatives = vec![Alternative::new(Expr::TRUE, vec![begin])];
            self.operation(header, &looking(), vec![Step { wait: None, alternatives }]);
        }
        let (head, picked, ended, done) =
            (self.new_point(), self.new_point(), self.new_point(), self.new_point());
        self.label(each.label, done, Some(head));
        self.declare_shared(each);
        self.jump(header, head);

        self.start(head);
        let types = self.types_of(key_type);
        let own = if self.shares(each) { None } else { self.frame_target(&each.key) };
        let wanted = !matches!((&each.key, &each.value), (Target::Blank, Target::Blank));
        let arrived = match &own {
            Some(own) => own.place(self),
            None => self.temps("key", &types),
        };
        let cells = (0u32..).zip(&types).map(|(at, _)| wanted.then(|| arrived.clone().at(at))).collect();
        let [pick, end] = self.ways_on(&iteration, cells);
        self.choice(header, vec![Edge { target: picked, ..pick }, Edge { target: ended, ..end }]);

        self.start(picked);
        let visit = Command::Map(MapCommand::Visit { map: map.clone() });
        if plain {
            self.push(visit.clone());
        }
        let key = Value::load(&arrived, types);
        let element = Element { map, key: key.clone(), ty: each.subject.ty };
        match own {
            Some(own) => own.bind(self, arrived),
            None => self.store_iteration(&each.key, key),
        }
        if !matches!(each.value, Target::Blank) {
            let value = self.element_value(&element);
            self.store_iteration(&each.value, value);
        }
        self.flush(header);
        self.conditionally(|this| this.stmts(&each.body));
        self.jump(header, head);

        self.start(ended);
        if plain {
            self.push(visit);
        }
        self.jump(header, done);
        self.start(done);
    }

    /// The ways on from the head of a loop over a map: to one of the keys that are left, and out. Without targets yet.
    fn ways_on(&mut self, iteration: &Place, key: Vec<Option<Place>>) -> [Edge; 2] {
        let iteration = Expr::load(iteration.clone());
        let cell = |at: u32| Expr::load(Place::memory(iteration.clone()).at(at));
        let index = self.temps("pick", &[INT]);
        let high = Expr::binary(BinaryOp::Sub, cell(table::LEN), Expr::Const(1));
        let choose = Choose { dest: index.clone(), low: Expr::Const(0), high };
        let next = MapCommand::Next { iteration: iteration.clone(), index: Expr::load(index), key };
        let some = Expr::binary(BinaryOp::Lt, Expr::Const(0), cell(table::LEN));
        let none_due = Expr::eq(cell(table::DUE), Expr::Const(0));
        let nowhere = self.end();
        let pick =
            Edge { choose: Some(choose), commands: vec![Command::Map(next)], ..plain_edge(some, nowhere) };
        [pick, plain_edge(none_due, nowhere)]
    }
}

/// What beginning to go over a primitive's map is.
fn looking() -> Operation {
    Operation { wait_reason: None, nil_reason: None, idle: false, name: "range", acts: Vec::new() }
}

/// Whether a value of this type, which is comparable, may have a part whose dynamic type is not.
pub(super) fn may_lack_hash(types: &Types, ty: TypeId) -> bool {
    match types.underlying(ty) {
        Type::Interface(_) => true,
        Type::Struct(fields) => fields.iter().any(|field| may_lack_hash(types, field.ty)),
        Type::Array(elem, _) => may_lack_hash(types, *elem),
        _ => false,
    }
}

/// Blank fields as zeros: they are not compared, and nobody can read them.
pub(super) fn without_blanks(types: &Types, ty: TypeId, mut value: Value) -> Value {
    fn blank(types: &Types, ty: TypeId, cells: &mut [Expr]) {
        match types.underlying(ty) {
            Type::Struct(fields) => {
                let mut rest = cells;
                for field in fields {
                    let len = super::layout::size(types, field.ty) as usize;
                    let (own, after) = rest.split_at_mut(len.min(rest.len()));
                    if field.name == "_" {
                        own.fill(Expr::Const(0));
                    } else {
                        blank(types, field.ty, own);
                    }
                    rest = after;
                }
            }
            Type::Array(elem, _) => {
                let len = super::layout::size(types, *elem).max(1) as usize;
                cells.chunks_mut(len).for_each(|cells| blank(types, *elem, cells));
            }
            _ => {}
        }
    }
    blank(types, ty, &mut value.exprs);
    value
}
