//! Composite literals, allocation, slicing, function literals as values.

use super::builder::{Builder, Storage};
use super::flow::{BoundMethod, Code};
use super::layout;
use super::layout::slice;
use super::registry::PoolKey;
use super::value::Value;
use crate::commands::{BinaryOp, CellType, Command, Expr, Place};
use crate::sema::program::{Expr as Typed, FuncId, Method};
use crate::sema::types::{Type, TypeId};

impl Builder<'_, '_> {
    pub fn struct_literal(&mut self, parts: &[Typed]) -> Value {
        let parts: Vec<&Typed> = parts.iter().collect();
        let mut out = Value::default();
        for part in self.exprs(&parts) {
            out.extend(part);
        }
        out
    }

    pub fn array_literal(&mut self, ty: TypeId, parts: &[(u64, Typed)]) -> Value {
        let mut out = Value::zero(self.types_of(ty));
        for (index, value) in self.elements(parts) {
            let at = usize::try_from(index).unwrap_or(usize::MAX).saturating_mul(value.exprs.len());
            for (offset, expr) in value.exprs.into_iter().enumerate() {
                if let Some(cell) = out.exprs.get_mut(at + offset) {
                    *cell = expr;
                }
            }
        }
        out
    }

    fn elements(&mut self, parts: &[(u64, Typed)]) -> Vec<(u64, Value)> {
        let exprs: Vec<&Typed> = parts.iter().map(|(_, part)| part).collect();
        let values = self.exprs(&exprs);
        parts.iter().map(|(index, _)| *index).zip(values).collect()
    }

    /// A new array with the elements, and the slice of all of it.
    pub fn slice_literal(&mut self, ty: TypeId, len: u64, parts: &[(u64, Typed)]) -> Value {
        let elem = self.slice_element(ty);
        let elements = self.elements(parts);
        let len = Expr::Const(i64::try_from(len).unwrap_or(i64::MAX));
        let reference = self.new_array(elem, len.clone());
        let stride = layout::size(&self.reg.program.types, elem);
        for (index, value) in elements {
            let place = Place::memory(reference.clone());
            let index = Expr::Const(i64::try_from(index).unwrap_or(i64::MAX));
            self.store(&place.indexed(index, stride, None), value);
        }
        Value::new(vec![reference, len.clone(), len], self.types_of(ty))
    }

    /// The element type of a slice type.
    pub fn slice_element(&self, ty: TypeId) -> TypeId {
        match self.reg.program.types.underlying(ty) {
            Type::Slice(elem) | Type::Array(elem, _) => *elem,
            _ => ty,
        }
    }

    /// A new array of `len` zero elements; gives the reference to its first.
    pub fn new_array(&mut self, elem: TypeId, len: Expr) -> Expr {
        let dest = self.temps("array", &[CellType::Ref]);
        let pool = self.reg.pool(PoolKey::Array(elem));
        self.push(Command::Alloc { dest: dest.clone(), pool, len: Some(len) });
        Expr::load(dest)
    }

    /// `&T{…}`, `new(T)`.
    pub fn alloc(&mut self, value: &Typed) -> Value {
        let ty = value.ty;
        let value = self.expr(value);
        Value::scalar(self.new_object(PoolKey::Type(ty), value), CellType::Ref)
    }

    /// `x[low:high:max]` of a slice or of an array's place.
    pub fn slice_of(
        &mut self,
        operand: &Typed,
        low: Option<&Typed>,
        high: Option<&Typed>,
        max: Option<&Typed>,
    ) -> Value {
        let types = vec![CellType::Ref, INT, INT];
        let (base, len, cap, elem) = match self.reg.program.types.underlying(operand.ty) {
            Type::Array(elem, len) => {
                let (elem, len) = (*elem, Expr::Const(i64::try_from(*len).unwrap_or(i64::MAX)));
                let Some(place) = self.place(operand) else { return Value::zero(types) };
                (Expr::AddrOf(Box::new(place)), len.clone(), len, elem)
            }
            _ => {
                let elem = self.slice_element(operand.ty);
                let bounds: Vec<&Typed> = [low, high, max].into_iter().flatten().collect();
                let value = self.operand_before(operand, &bounds);
                (value.cell(slice::POINTER), value.cell(slice::LEN), value.cell(slice::CAP), elem)
            }
        };
        let bound = |this: &mut Self, bound: Option<&Typed>| bound.map(|bound| this.expr(bound).first());
        let low = bound(self, low).unwrap_or(Expr::Const(0));
        let high = bound(self, high).unwrap_or(len);
        let max = bound(self, max).unwrap_or_else(|| cap.clone());
        self.check_order(&[Expr::Const(0), low.clone(), high.clone(), max.clone(), cap]);
        let minus = |a: &Expr, b: &Expr| fold(BinaryOp::Sub, a.clone(), b.clone());
        let stride = layout::size(&self.reg.program.types, elem);
        let first = if low == Expr::Const(0) {
            base
        } else {
            // A slice of nothing stays nil; its start is never read.
            let moved = Place::memory(base.clone()).indexed(low.clone(), stride, None);
            let moved = Expr::AddrOf(Box::new(moved));
            Expr::If(Box::new(Expr::eq(base, Expr::NIL)), Box::new(Expr::NIL), Box::new(moved))
        };
        Value::new(vec![first, minus(&high, &low), minus(&max, &low)], types)
    }

    /// Raises unless each bound is at most the next.
    fn check_order(&mut self, bounds: &[Expr]) {
        for pair in bounds.windows(2) {
            let in_order = match (&pair[0], &pair[1]) {
                (a, b) if a == b => Expr::TRUE,
                (Expr::Const(a), Expr::Const(b)) => Expr::Const(i64::from(a <= b)),
                (a, b) => Expr::binary(BinaryOp::Le, a.clone(), b.clone()),
            };
            let raise = self.runtime_error("slice bounds out of range");
            self.check(in_order, raise);
        }
    }

    /// A function as a value: its code, and what a literal captured.
    pub fn closure(&mut self, func: FuncId) -> Value {
        let captured = self.captured(func);
        self.function_value(&Code::Func(func), PoolKey::Closure(func), captured)
    }

    /// The cells that the literal `func` captures here.
    pub fn captured(&mut self, func: FuncId) -> Value {
        let mut out = Value::default();
        for &var in &self.reg.program.func(func).captures {
            if self.reg.program.var(var).owner.is_none() {
                continue;
            }
            let types: Vec<CellType> = self.reg.captured_cells(var).iter().map(|cell| cell.ty).collect();
            let value = match (self.storage(var), self.reg.escape.of(var).boxed) {
                (Storage::Cells(place), true) => {
                    Value::scalar(Expr::AddrOf(Box::new(place)), CellType::Ref).simplified()
                }
                (Storage::Cells(place), false) => Value::load(&place, types),
                (Storage::Value(value), _) => value,
            };
            out.extend(value);
        }
        out
    }

    /// A method with its receiver, not called.
    pub fn method_value(&mut self, recv: &Typed, method: &Method) -> Value {
        let code = Code::Bound { recv: recv.ty, method: method.into() };
        let value = match method {
            Method::Primitive { .. } => match self.place(recv) {
                Some(place) => Value::scalar(Expr::AddrOf(Box::new(place)), CellType::Ref),
                None => Value::scalar(Expr::NIL, CellType::Ref),
            },
            Method::Func(_) | Method::Interface(_) => self.expr(recv),
        };
        if let Code::Bound { method: BoundMethod::Interface(_), .. } = &code {
            // Binding a method of a nil interface panics at once.
            let raise = self.nil_dereference();
            self.check(Expr::ne(value.cell(0), Expr::NIL), raise);
        }
        self.function_value(&code, PoolKey::Receiver(recv.ty), value)
    }

    fn function_value(&mut self, code: &Code, pool: PoolKey, environment: Value) -> Value {
        let tag = self.reg.code_tag(code);
        let payload = match environment.exprs.len() {
            0 => Expr::Const(0),
            1 => environment.first(),
            _ => self.new_object(pool, environment),
        };
        Value::new(vec![Expr::Const(tag), payload], vec![CellType::Tag, CellType::Payload])
    }
}

impl Value {
    /// The reference itself where a cell is the address of what a reference names.
    fn simplified(mut self) -> Self {
        for expr in &mut self.exprs {
            if let Expr::AddrOf(place) = expr
                && place.offset == 0
                && place.index.is_empty()
                && let crate::commands::Base::Memory(reference) = &place.base
            {
                *expr = reference.clone();
            }
        }
        self
    }
}

const INT: CellType = CellType::Int { bits: 64, signed: true };

/// Arithmetic with constants done at once.
pub(super) fn fold(op: BinaryOp, a: Expr, b: Expr) -> Expr {
    match (op, &a, &b) {
        (BinaryOp::Sub | BinaryOp::Add, _, Expr::Const(0)) => a,
        (BinaryOp::Add, Expr::Const(0), _) => b,
        (BinaryOp::Sub, Expr::Const(x), Expr::Const(y)) => Expr::Const(x.wrapping_sub(*y)),
        (BinaryOp::Add, Expr::Const(x), Expr::Const(y)) => Expr::Const(x.wrapping_add(*y)),
        _ => Expr::binary(op, a, b),
    }
}
