//! Built-in functions: `append`, `len`, `make`, `close`, `panic` and the rest.

use super::builder::Builder;
use super::layout::{self, slice};
use super::literal::fold;
use super::registry::PoolKey;
use super::value::Value;
use crate::commands::{BinaryOp, CellType, Command, Expr, Place};
use crate::machine::Operation;
use crate::sema::program::{Builtin, Call, Expr as Typed, ExprKind};
use crate::sema::types::{Type, TypeId};
use crate::source::Span;
use crate::sync::chan;

const INT: CellType = CellType::Int { bits: 64, signed: true };

impl Builder<'_, '_> {
    pub fn builtin(&mut self, builtin: Builtin, call: &Call) -> Value {
        let args: Vec<&Typed> = call.args.iter().collect();
        let values = match (builtin, args.as_slice()) {
            // Only the length of an array is wanted, not its elements.
            (Builtin::Len | Builtin::Cap, [array]) if self.is_array(array) => Vec::new(),
            _ => self.exprs(&args),
        };
        self.builtin_prepared(builtin, &call.args, values, call.span, call.ty)
    }

    fn is_array(&self, value: &Typed) -> bool {
        matches!(self.reg.program.types.underlying(value.ty), Type::Array(..))
    }

    /// A builtin whose arguments have been evaluated.
    pub fn builtin_prepared(
        &mut self,
        builtin: Builtin,
        exprs: &[Typed],
        values: Vec<Value>,
        span: Span,
        ty: TypeId,
    ) -> Value {
        let first = values.first().cloned().unwrap_or_default();
        match builtin {
            Builtin::Append => self.append(ty, &first, &values.get(1).cloned().unwrap_or_default()),
            Builtin::Len | Builtin::Cap => self.length(builtin, exprs.first(), &first, span),
            Builtin::Clear => self.clear(exprs.first(), &first),
            Builtin::Close => {
                if let Some(channel) = exprs.first() {
                    self.close(channel, first, span);
                }
                Value::default()
            }
            Builtin::Copy => self.copy(exprs.first(), &first, &values.get(1).cloned().unwrap_or_default()),
            Builtin::Delete => {
                if let ([map, ..], [value, key, ..]) = (exprs, values.as_slice()) {
                    self.delete(map.ty, value, key);
                }
                Value::default()
            }
            Builtin::Make => self.make(ty, &values),
            Builtin::Max | Builtin::Min => self.extreme(ty, builtin, &values),
            Builtin::Panic => {
                self.panic(&first, span);
                Value::default()
            }
            Builtin::Recover => self.recover(span),
            Builtin::Assert => {
                let text = match exprs.get(1).map(|text| &text.kind) {
                    Some(ExprKind::Str(id)) => id.0,
                    _ => 0,
                };
                self.push(Command::Assert { ok: first.first(), text });
                self.flush(span);
                Value::default()
            }
            // Printing reads what it prints.
            Builtin::Discard => {
                values.into_iter().for_each(|value| drop(self.private(value)));
                self.flush(span);
                Value::default()
            }
            Builtin::Sprint(text) => {
                values.into_iter().for_each(|value| drop(self.private(value)));
                Value::scalar(Expr::Const(i64::from(text.0)), CellType::String)
            }
            Builtin::Exit => {
                self.stop_run(Command::Exit, span);
                Value::default()
            }
            Builtin::Goexit => {
                self.goexit(span, false);
                Value::default()
            }
            Builtin::EndTest => {
                self.goexit(span, true);
                Value::default()
            }
            Builtin::Yield => {
                self.yield_step(span);
                Value::default()
            }
        }
    }

    /// A step that does nothing: `time.Sleep`, `runtime.Gosched`.
    fn yield_step(&mut self, span: Span) {
        let operation =
            Operation { wait_reason: None, nil_reason: None, idle: false, name: "yield", acts: Vec::new() };
        let alternatives = vec![crate::sync::Alternative::new(Expr::TRUE, Vec::new())];
        self.operation(span, &operation, vec![crate::sync::Step { wait: None, alternatives }]);
    }

    fn length(&mut self, builtin: Builtin, expr: Option<&Typed>, value: &Value, span: Span) -> Value {
        let Some(expr) = expr else { return Value::zero(vec![INT]) };
        let len = match self.reg.program.types.underlying(expr.ty) {
            Type::Slice(_) if builtin == Builtin::Cap => value.cell(slice::CAP),
            Type::Slice(_) => value.cell(slice::LEN),
            Type::Array(_, len) => Expr::Const(i64::try_from(*len).unwrap_or(i64::MAX)),
            Type::Chan(..) => return self.channel_length(builtin, expr, value, span),
            Type::Map(..) => Self::map_length(value.first()),
            _ => Expr::Const(0),
        };
        Value::scalar(len, INT)
    }

    /// `len(ch)` looks at a shared object: an operation. `cap(ch)` never changes.
    fn channel_length(&mut self, builtin: Builtin, expr: &Typed, value: &Value, span: Span) -> Value {
        if self.atomic {
            return Value::scalar(chan::len(&value.first()), INT);
        }
        let channel = self.private(value.clone()).first();
        if builtin == Builtin::Cap {
            return Value::scalar(chan::cap(&channel), INT);
        }
        let dest = self.temps("len", &[INT]);
        let read = Command::Set(dest.clone(), chan::len(&channel));
        let alternatives = vec![crate::sync::Alternative::new(Expr::TRUE, vec![read])];
        let operation = Operation {
            wait_reason: None,
            nil_reason: None,
            ..self.channel_operation("len", expr, &channel, span)
        };
        self.operation(span, &operation, vec![crate::sync::Step { wait: None, alternatives }]);
        Value::scalar(Expr::load(dest), INT)
    }

    fn close(&mut self, channel: &Typed, value: Value, span: Span) {
        let value = self.private(value).first();
        let operation = self.channel_operation("close", channel, &value, span);
        self.operation(span, &operation, vec![chan::close(&value)]);
    }

    fn make(&mut self, ty: TypeId, sizes: &[Value]) -> Value {
        let size = |at: usize| sizes.get(at).map(Value::first);
        match self.reg.program.types.underlying(ty) {
            Type::Chan(_, elem) => {
                let pool = self.reg.pool(PoolKey::Channel(*elem));
                let cap = size(0).unwrap_or(Expr::Const(0));
                self.check_size(&cap, "makechan: size out of range");
                let dest = self.temps("channel", &[CellType::Ref]);
                self.push(Command::Alloc { dest: dest.clone(), pool, len: Some(cap) });
                Value::scalar(Expr::load(dest), CellType::Ref)
            }
            Type::Slice(elem) => {
                let elem = *elem;
                let len = size(0).unwrap_or(Expr::Const(0));
                let cap = size(1).unwrap_or_else(|| len.clone());
                self.check_size(&len, "makeslice: len out of range");
                self.check_size(&cap, "makeslice: cap out of range");
                if cap != len {
                    let fits = Expr::binary(BinaryOp::Le, len.clone(), cap.clone());
                    let raise = self.runtime_error("makeslice: cap out of range");
                    self.check(fits, raise);
                }
                let reference = self.new_array(elem, cap.clone());
                Value::new(vec![reference, len, cap], vec![CellType::Ref, INT, INT])
            }
            // The size is a hint; also a negative one is no mistake.
            _ => Value::scalar(self.new_map(ty), CellType::Ref),
        }
    }

    /// Sizes are small: what does not fit a model is a runtime error, as a negative size is.
    fn check_size(&mut self, size: &Expr, text: &str) {
        let ok = match size {
            Expr::Const(size) => Expr::Const(i64::from((0..=MAX_SIZE).contains(size))),
            size => Expr::binary(BinaryOp::Le, Expr::Const(0), size.clone()).and(Expr::binary(
                BinaryOp::Le,
                size.clone(),
                Expr::Const(MAX_SIZE),
            )),
        };
        let raise = self.runtime_error(text);
        self.check(ok, raise);
    }

    fn extreme(&mut self, ty: TypeId, builtin: Builtin, values: &[Value]) -> Value {
        let types = self.types_of(ty);
        let mut values = values.iter().map(Value::first);
        let first = values.next().unwrap_or(Expr::Const(0));
        let op = if builtin == Builtin::Max {
            crate::sema::program::BinaryOp::Gt
        } else {
            crate::sema::program::BinaryOp::Lt
        };
        let best = values.fold(first, |best, next| {
            let better = self.arithmetic(ty, op, next.clone(), best.clone(), ty);
            Expr::If(Box::new(better), Box::new(next), Box::new(best))
        });
        Value::new(vec![best], types)
    }

    /// `append`: in place where the capacity suffices, else into a new array of twice the capacity.
    fn append(&mut self, ty: TypeId, old: &Value, more: &Value) -> Value {
        let elem = self.slice_element(ty);
        let stride = layout::size(&self.reg.program.types, elem);
        let types = vec![CellType::Ref, INT, INT];
        let old = self.save("slice", old.clone());
        let more = self.save("more", more.clone());
        let (len, cap) = (old.cell(slice::LEN), old.cell(slice::CAP));
        let new_len = fold(BinaryOp::Add, len.clone(), more.cell(slice::LEN));
        let result = self.temps("appended", &types);
        let pool = self.reg.pool(PoolKey::Array(elem));
        let copy = |dest: Expr, source: Expr, count: Expr| Command::Copy { dest, source, count, stride };
        let fits = Expr::binary(BinaryOp::Le, new_len.clone(), cap.clone());
        let pointer = Expr::load(result.clone());
        let in_place = vec![
            Command::Set(result.clone(), old.cell(slice::POINTER)),
            Command::Set(result.clone().at(2), cap.clone()),
        ];
        let grown = vec![
            Command::Set(result.clone().at(2), grown_capacity(&cap, &new_len)),
            Command::Alloc { dest: result.clone(), pool, len: Some(Expr::load(result.clone().at(2))) },
            copy(pointer.clone(), old.cell(slice::POINTER), len.clone()),
        ];
        self.push(Command::If(fits, in_place, grown));
        let tail = Place::memory(pointer).indexed(len, stride, None);
        self.push(copy(Expr::AddrOf(Box::new(tail)), more.cell(slice::POINTER), more.cell(slice::LEN)));
        self.push(Command::Set(result.clone().at(1), new_len));
        Value::load(&result, types)
    }

    fn copy(&mut self, dest_expr: Option<&Typed>, dest: &Value, source: &Value) -> Value {
        let Some(dest_expr) = dest_expr else { return Value::zero(vec![INT]) };
        let elem = self.slice_element(dest_expr.ty);
        let stride = layout::size(&self.reg.program.types, elem);
        let (a, b) = (dest.cell(slice::LEN), source.cell(slice::LEN));
        let shorter = Expr::binary(BinaryOp::Lt, a.clone(), b.clone());
        let count = Expr::If(Box::new(shorter), Box::new(a), Box::new(b));
        let count = self.save("count", Value::scalar(count, INT)).first();
        self.push(Command::Copy {
            dest: dest.cell(slice::POINTER),
            source: source.cell(slice::POINTER),
            count: count.clone(),
            stride,
        });
        Value::scalar(count, INT)
    }

    /// `clear(s)`: zeroes the elements, copying from a fresh array.
    fn clear(&mut self, expr: Option<&Typed>, value: &Value) -> Value {
        let Some(expr) = expr else { return Value::default() };
        if !matches!(self.reg.program.types.underlying(expr.ty), Type::Slice(_)) {
            self.clear_map(value);
            return Value::default();
        }
        let elem = self.slice_element(expr.ty);
        let stride = layout::size(&self.reg.program.types, elem);
        let value = self.save("slice", value.clone());
        let zeros = self.new_array(elem, value.cell(slice::LEN));
        let (dest, count) = (value.cell(slice::POINTER), value.cell(slice::LEN));
        self.push(Command::Copy { dest, source: zeros, count, stride });
        Value::default()
    }
}

/// Larger channels and slices than this are no model.
const MAX_SIZE: i64 = 65_536;

/// Twice the old capacity, or what is needed if that is more. (Go's growth is unspecified; its own is this up to 256, rounded to its size classes.)
fn grown_capacity(cap: &Expr, needed: &Expr) -> Expr {
    let double = Expr::binary(BinaryOp::Add, cap.clone(), cap.clone());
    let enough = Expr::binary(BinaryOp::Le, needed.clone(), double.clone());
    Expr::If(Box::new(enough), Box::new(double), Box::new(needed.clone()))
}
