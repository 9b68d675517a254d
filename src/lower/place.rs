//! Expressions that name a place: variables, fields, elements, what pointers point to.

use super::builder::{Builder, Storage};
use super::layout;
use super::value::Value;
use crate::commands::{BinaryOp, Expr, Local, Place};
use crate::sema::program::{Expr as Typed, ExprKind, VarId};
use crate::sema::types::Type;

impl Builder<'_, '_> {
    /// Where a variable lives in the current call.
    pub fn storage(&self, var: VarId) -> Storage {
        if let Some(storage) = self.instances.last().and_then(|instance| instance.vars.get(&var)) {
            return storage.clone();
        }
        if let Some(cell) = self.reg.global(var) {
            return Storage::Cells(Place::global(cell));
        }
        // Only code that is never reached uses a variable before its declaration.
        let cells = layout::cells(&self.reg.program.types, self.reg.program.var(var).ty, "");
        Storage::Value(Value::zero(cells.into_iter().map(|cell| cell.ty).collect()))
    }

    /// Makes room for a new variable and says where it is. Its old contents are not cleared.
    pub fn declare(&mut self, var: VarId) -> Place {
        let program = self.reg.program;
        let info = program.var(var);
        let place = if self.reg.escape.of(var).boxed {
            let reference = self.box_reference(var);
            let pool = self.reg.pool(super::registry::PoolKey::Var(var));
            self.push(crate::commands::Command::Alloc { dest: reference.clone(), pool, len: None });
            Place::memory(Expr::load(reference))
        } else {
            let cells = layout::cells(&program.types, info.ty, &info.name);
            let stable = self.reg.escape.of(var).constant;
            Place::local(self.locals(cells, stable))
        };
        self.bind(var, Storage::Cells(place.clone()));
        place
    }

    /// The frame cell that holds the reference to a boxed variable.
    pub fn box_reference(&mut self, var: VarId) -> Place {
        let name = format!("&{}", self.reg.program.var(var).name);
        let cell = crate::machine::Cell { name, ty: crate::commands::CellType::Ref, hidden: true };
        let local: Local = self.locals(vec![cell], true);
        Place::local(local)
    }

    pub fn bind(&mut self, var: VarId, storage: Storage) {
        if let Some(instance) = self.instances.last_mut() {
            instance.vars.insert(var, storage);
        }
    }

    /// The place that `expr` names, if it names one. Evaluates what it takes to get there.
    pub fn place(&mut self, expr: &Typed) -> Option<Place> {
        let types = &self.reg.program.types;
        match &expr.kind {
            ExprKind::Var(var) => match self.storage(*var) {
                Storage::Cells(place) => Some(place),
                Storage::Value(_) => None,
            },
            ExprKind::Field(inner, index) => {
                let offset = layout::field_offset(types, inner.ty, *index);
                self.place(inner).map(|place| place.at(offset))
            }
            ExprKind::Deref(pointer) => {
                let reference = self.expr(pointer).first();
                Some(self.dereference(reference))
            }
            ExprKind::Index(inner, index) => match types.underlying(inner.ty) {
                Type::Array(elem, len) => {
                    let stride = layout::size(types, *elem);
                    let len = *len;
                    let place = self.place(inner)?;
                    let index = self.index(index, Expr::Const(i64::try_from(len).unwrap_or(i64::MAX)));
                    Some(place.indexed(index, stride, u32::try_from(len).ok()))
                }
                Type::Slice(elem) => {
                    let stride = layout::size(types, *elem);
                    let slice = self.operand_before(inner, &[index]);
                    let index = self.index(index, slice.cell(layout::slice::LEN));
                    Some(Place::memory(slice.cell(layout::slice::POINTER)).indexed(index, stride, None))
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// The place behind a pointer, checked for nil.
    pub fn dereference(&mut self, reference: Expr) -> Place {
        self.check_not_nil(&reference);
        Place::memory(reference)
    }

    /// Raises a nil dereference where `reference` is nil.
    pub fn check_not_nil(&mut self, reference: &Expr) {
        if !matches!(reference, Expr::AddrOf(_)) {
            let raise = self.nil_dereference();
            self.check(Expr::ne(reference.clone(), Expr::NIL), raise);
        }
    }

    /// An index, checked against the length.
    fn index(&mut self, index: &Typed, len: Expr) -> Expr {
        let index = self.expr(index).first();
        if let (Expr::Const(index), Expr::Const(len)) = (&index, &len)
            && (0..*len).contains(index)
        {
            return Expr::Const(*index);
        }
        let above = Expr::binary(BinaryOp::Le, Expr::Const(0), index.clone());
        let below = Expr::binary(BinaryOp::Lt, index.clone(), len);
        let raise = self.runtime_error("index out of range");
        self.check(above.and(below), raise);
        index
    }

    /// Evaluates `first`, so that what evaluating `later` does cannot disturb it.
    pub fn operand_before(&mut self, first: &Typed, later: &[&Typed]) -> Value {
        let value = self.expr(first);
        let types = &self.reg.program.types;
        if later.iter().any(|expr| super::expr::may_stop(types, expr)) { self.stable(value) } else { value }
    }
}
