//! Conversions, interfaces, equality.

use super::builder::Builder;
use super::registry::PoolKey;
use super::value::Value;
use super::{layout, value};
use crate::commands::{CellType, Command, Expr, PanicValue, Place};
use crate::sema::methods;
use crate::sema::program::Expr as Typed;
use crate::sema::types::{Type, TypeId};

impl Builder<'_, '_> {
    pub fn convert(&mut self, ty: TypeId, inner: &Typed) -> Value {
        let value = self.expr(inner);
        match self.reg.program.types.underlying(ty) {
            Type::Int(_) => Value::scalar(self.wrapped(ty, value.first()), self.types_of(ty)[0]),
            _ => value,
        }
    }

    /// A value in an interface: its dynamic type and one cell, a copy in an object where it has more.
    pub fn interface_of(&mut self, ty: TypeId, inner: &Typed) -> Value {
        let value = self.expr(inner);
        if self.reg.program.types.is_interface(inner.ty) {
            return value;
        }
        let value = super::maps::without_blanks(&self.reg.program.types, inner.ty, value);
        let types = self.types_of(ty);
        let tag = self.reg.type_tag(inner.ty);
        let payload = match value.exprs.len() {
            0 => Expr::Const(0),
            1 => value.first(),
            _ => self.new_object(PoolKey::Boxed(inner.ty), value),
        };
        Value::new(vec![Expr::Const(tag), payload], types)
    }

    /// A new record that holds `value`; gives the reference.
    pub fn new_object(&mut self, pool: PoolKey, value: Value) -> Expr {
        // What is stored may be read from memory that an allocation does not touch, so the order is free.
        let dest = self.temps("new", &[CellType::Ref]);
        let pool = self.reg.pool(pool);
        self.push(Command::Alloc { dest: dest.clone(), pool, len: None });
        let reference = Expr::load(dest);
        let zero = value.exprs.iter().all(|expr| *expr == Expr::Const(0));
        if !zero {
            self.store(&Place::memory(reference.clone()), value);
        }
        reference
    }

    /// `x.(T)`: the value, and whether it was one where `comma_ok`; else it raises.
    pub fn type_assert(&mut self, operand: &Typed, target: TypeId, comma_ok: bool) -> Value {
        let value = self.expr(operand);
        let value = self.private(value);
        let holds = self.has_type(&value, Some(target));
        if comma_ok {
            let mut out = self.unpack_if(&holds, &value, target);
            out.extend(Value::scalar(holds, CellType::Bool));
            return out;
        }
        let text = format!(
            "interface conversion: {} is not {}",
            layout::type_name(&self.reg.program.types, operand.ty),
            layout::type_name(&self.reg.program.types, target)
        );
        let raise = self.runtime_error(&text);
        self.check(holds, raise);
        self.unpack(&value, target)
    }

    /// Whether an interface value's dynamic type is `target` (or implements it); `None` is nil.
    pub fn has_type(&mut self, value: &Value, target: Option<TypeId>) -> Expr {
        let tag = value.cell(0);
        let Some(target) = target else { return Expr::eq(tag, Expr::NIL) };
        if !self.reg.program.types.is_interface(target) {
            return Expr::eq(tag, Expr::Const(self.reg.type_tag(target)));
        }
        let boxed = self.reg.boxed_types.clone();
        let types = &self.reg.program.types;
        let implementers: Vec<TypeId> =
            boxed.into_iter().filter(|&ty| methods::implements(types, ty, target)).collect();
        let mut holds = Expr::FALSE;
        for ty in implementers {
            let each = Expr::eq(tag.clone(), Expr::Const(self.reg.type_tag(ty)));
            holds = holds.or(each);
        }
        holds
    }

    /// The value of type `target` in an interface value that is known to hold one.
    pub fn unpack(&mut self, value: &Value, target: TypeId) -> Value {
        let types = self.types_of(target);
        if self.reg.program.types.is_interface(target) {
            return value.clone();
        }
        match types.len() {
            0 => Value::default(),
            1 => Value::new(vec![value.cell(1)], types),
            _ => Value::load(&Place::memory(value.cell(1)), types),
        }
    }

    /// As [`Builder::unpack`], with zeros where it holds something else.
    fn unpack_if(&mut self, holds: &Expr, value: &Value, target: TypeId) -> Value {
        let unpacked = self.unpack(value, target);
        let pick = |expr: Expr| match expr {
            Expr::Const(0) => expr,
            expr => Expr::If(Box::new(holds.clone()), Box::new(expr), Box::new(Expr::Const(0))),
        };
        Value::new(unpacked.exprs.into_iter().map(pick).collect(), unpacked.types)
    }

    /// `a == b` for values of one comparable type.
    pub fn equal(&mut self, ty: TypeId, a: &Value, b: &Value) -> Expr {
        match self.reg.program.types.underlying(ty) {
            Type::Interface(_) => self.equal_interfaces(a, b),
            // Slices and functions are compared with nil only: the first cell tells.
            Type::Slice(_) | Type::Func(_) => Expr::eq(a.cell(0), b.cell(0)),
            Type::Struct(fields) => {
                let fields = fields.clone();
                let mut at = 0;
                let mut equal = Expr::TRUE;
                for field in fields {
                    let len = layout::size(&self.reg.program.types, field.ty) as usize;
                    // Blank fields are not compared.
                    if field.name != "_" {
                        equal = equal.and(self.equal(field.ty, &a.part(at, len), &b.part(at, len)));
                    }
                    at += len;
                }
                equal
            }
            Type::Array(elem, _) => {
                let elem = *elem;
                let len = layout::size(&self.reg.program.types, elem).max(1) as usize;
                let count = a.exprs.len() / len;
                (0..count).fold(Expr::TRUE, |equal, index| {
                    equal.and(self.equal(elem, &a.part(index * len, len), &b.part(index * len, len)))
                })
            }
            _ => a
                .exprs
                .iter()
                .zip(&b.exprs)
                .fold(Expr::TRUE, |equal, (x, y)| equal.and(Expr::eq(x.clone(), y.clone()))),
        }
    }

    /// Equal dynamic types and equal values; values in objects are compared cell by cell.
    fn equal_interfaces(&mut self, a: &Value, b: &Value) -> Expr {
        if b.exprs == [Expr::NIL, Expr::NIL] || a.exprs == [Expr::NIL, Expr::NIL] {
            return Expr::eq(a.cell(0), b.cell(0));
        }
        let tags = Expr::eq(a.cell(0), b.cell(0));
        let mut payloads = Expr::eq(a.cell(1), b.cell(1));
        for ty in self.reg.boxed_types.clone() {
            let tag = self.reg.type_tag(ty);
            let is_type = Expr::eq(a.cell(0), Expr::Const(tag));
            if !is_comparable(&self.reg.program.types, ty) {
                let text =
                    format!("comparing uncomparable type {}", layout::type_name(&self.reg.program.types, ty));
                let raise = self.runtime_error(&text);
                self.check(tags.clone().and(is_type).negate(), raise);
            } else if layout::size(&self.reg.program.types, ty) > 1 && !self.comparing.contains(&ty) {
                let types = self.types_of(ty);
                let x = Value::load(&Place::memory(a.cell(1)), types.clone());
                let y = Value::load(&Place::memory(b.cell(1)), types);
                self.comparing.push(ty);
                let contents = self.equal(ty, &x, &y);
                self.comparing.pop();
                payloads = Expr::If(Box::new(is_type), Box::new(contents), Box::new(payloads));
            }
        }
        tags.and(payloads)
    }

    /// A panic value from an interface value.
    pub fn panic_value(value: &Value) -> PanicValue {
        PanicValue { tag: value.cell(0), payload: value.cell(1) }
    }

    /// Both cells of an interface value, safe to read later.
    pub fn private_interface(&mut self, expr: &Typed) -> Value {
        let value = self.expr(expr);
        debug_assert!(
            value.exprs.len() == 2 || value.exprs.iter().all(value::is_private),
            "an interface value"
        );
        self.private(value)
    }
}

/// Whether `==` on values of this dynamic type is defined.
pub(super) fn is_comparable(types: &crate::sema::types::Types, ty: TypeId) -> bool {
    match types.underlying(ty) {
        Type::Slice(_) | Type::Map(..) | Type::Func(_) => false,
        Type::Struct(fields) => fields.iter().all(|field| is_comparable(types, field.ty)),
        Type::Array(elem, _) => is_comparable(types, *elem),
        _ => true,
    }
}
