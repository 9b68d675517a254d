//! Expressions to values. What may wait, call or choose becomes steps of its own on
//! the way; the rest stays an expression that the surrounding statement evaluates.

use super::builder::{Builder, Storage};
use super::layout;
use super::value::Value;
use super::walk::{self, Child};
use crate::commands::{BinaryOp as Op, CellType, Command, Expr, Place};
use crate::machine::{Act, Operation};
use crate::sema::program::{BinaryOp, Builtin, Callee, Expr as Typed, ExprKind, UnaryOp};
use crate::sema::types::{Type, TypeId, Types};
use crate::source::Span;
use crate::sync::{Step, chan};

impl Builder<'_, '_> {
    /// The value of `expr`.
    pub fn expr(&mut self, expr: &Typed) -> Value {
        match &expr.kind {
            ExprKind::Int(value) => self.constant(expr.ty, *value),
            ExprKind::Bool(value) => self.constant(expr.ty, i64::from(*value)),
            ExprKind::Str(id) => self.constant(expr.ty, i64::from(id.0)),
            ExprKind::Zero => Value::zero(self.types_of(expr.ty)),
            ExprKind::Var(var) => match self.storage(*var) {
                Storage::Value(value) => value,
                Storage::Cells(place) => Value::load(&place, self.types_of(expr.ty)),
            },
            ExprKind::Func(func) | ExprKind::Closure(func) => self.closure(*func),
            ExprKind::MethodValue { recv, method } => self.method_value(recv, method),
            ExprKind::Field(inner, index) => self.field(expr, inner, *index),
            ExprKind::Deref(_) | ExprKind::Index(..) => self.read(expr),
            ExprKind::MapIndex { map, key, comma_ok } => self.map_index(map, key, *comma_ok),
            ExprKind::MapLit(parts) => self.map_literal(expr.ty, parts),
            ExprKind::SliceOf { operand, low, high, max } => {
                self.slice_of(operand, low.as_deref(), high.as_deref(), max.as_deref())
            }
            ExprKind::AddrOf(place) => match self.place(place) {
                Some(place) => Value::scalar(Expr::AddrOf(Box::new(place)), CellType::Ref),
                None => self.alloc(place),
            },
            ExprKind::Alloc(value) => self.alloc(value),
            ExprKind::StructLit(parts) => self.struct_literal(parts),
            ExprKind::ArrayLit(parts) => self.array_literal(expr.ty, parts),
            ExprKind::SliceLit { len, elements } => self.slice_literal(expr.ty, *len, elements),
            ExprKind::Unary(op, inner) => self.unary(expr.ty, *op, inner),
            ExprKind::Binary(op, left, right) => self.binary(expr, *op, left, right),
            ExprKind::Convert(inner) => self.convert(expr.ty, inner),
            ExprKind::ToInterface(inner) => self.interface_of(expr.ty, inner),
            ExprKind::TypeAssert { operand, target, comma_ok } => {
                self.type_assert(operand, *target, *comma_ok)
            }
            ExprKind::Recv { channel, comma_ok } => self.receive(expr, channel, *comma_ok, None),
            ExprKind::Call(call) => self.call(call),
            ExprKind::Any { low, high } => self.any(expr.span, low, high, None),
        }
    }

    /// The values of several expressions, evaluated in source order.
    pub fn exprs(&mut self, list: &[&Typed]) -> Vec<Value> {
        let mut out = Vec::with_capacity(list.len());
        for (index, expr) in list.iter().enumerate() {
            out.push(self.operand_before(expr, &list[index + 1..]));
        }
        out
    }

    pub fn types_of(&self, ty: TypeId) -> Vec<CellType> {
        layout::cells(&self.reg.program.types, ty, "").into_iter().map(|cell| cell.ty).collect()
    }

    fn constant(&self, ty: TypeId, value: i64) -> Value {
        let cell = self.types_of(ty).first().copied().unwrap_or(CellType::Bool);
        Value::scalar(Expr::Const(value), cell)
    }

    /// Reports what has no Machine and goes on with zeros.
    pub fn unsupported(&mut self, expr: &Typed, what: &'static str, instead: &'static str) -> Value {
        let span = expr.span;
        self.reg.problem(&super::LowerProblem::Unsupported { what, instead, span });
        Value::zero(self.types_of(expr.ty))
    }

    fn read(&mut self, expr: &Typed) -> Value {
        let types = self.types_of(expr.ty);
        match self.place(expr) {
            Some(place) => Value::load(&place, types),
            None => self.read_element(expr, types),
        }
    }

    /// An element of an array that is a mere value: stored first, so that it has places.
    fn read_element(&mut self, expr: &Typed, types: Vec<CellType>) -> Value {
        let ExprKind::Index(inner, index) = &expr.kind else { return Value::zero(types) };
        let array = self.operand_before(inner, &[index]);
        let array_types = array.types.clone();
        let place = self.temps("array", &array_types);
        self.store(&place, array);
        let len = match self.reg.program.types.underlying(inner.ty) {
            Type::Array(_, len) => i64::try_from(*len).unwrap_or(i64::MAX),
            _ => 0,
        };
        let index = self.expr(index).first();
        let inside = Expr::binary(Op::Le, Expr::Const(0), index.clone()).and(Expr::binary(
            Op::Lt,
            index.clone(),
            Expr::Const(len),
        ));
        let raise = self.runtime_error("index out of range");
        self.check(inside, raise);
        let stride = u32::try_from(types.len()).unwrap_or(u32::MAX);
        Value::load(&place.indexed(index, stride, u32::try_from(len).ok()), types)
    }

    fn field(&mut self, expr: &Typed, inner: &Typed, index: usize) -> Value {
        let types = self.types_of(expr.ty);
        if is_place(inner)
            && let Some(place) = self.place(expr)
        {
            return Value::load(&place, types);
        }
        let at = layout::field_offset(&self.reg.program.types, inner.ty, index) as usize;
        self.expr(inner).part(at, types.len())
    }

    fn unary(&mut self, ty: TypeId, op: UnaryOp, inner: &Typed) -> Value {
        let value = self.expr(inner);
        let cell = value.types.first().copied().unwrap_or(CellType::Bool);
        let first = value.first();
        let result = match op {
            UnaryOp::Not => first.negate(),
            UnaryOp::Neg => self.wrapped(ty, Expr::binary(Op::Sub, Expr::Const(0), first)),
            UnaryOp::BitNot => self.wrapped(ty, Expr::binary(Op::Xor, first, Expr::Const(-1))),
        };
        Value::scalar(result, cell)
    }

    fn binary(&mut self, expr: &Typed, op: BinaryOp, left: &Typed, right: &Typed) -> Value {
        let cell = self.types_of(expr.ty).first().copied().unwrap_or(CellType::Bool);
        let result = match op {
            BinaryOp::AndAnd | BinaryOp::OrOr => return self.logic(expr, op, left, right),
            BinaryOp::Eq | BinaryOp::Ne => {
                let a = self.operand_before(left, &[right]);
                let b = self.expr(right);
                let equal = self.equal(left.ty, &a, &b);
                if op == BinaryOp::Eq { equal } else { equal.negate() }
            }
            _ => {
                let a = self.operand_before(left, &[right]).first();
                let b = self.expr(right).first();
                self.arithmetic(left.ty, op, a, b, right.ty)
            }
        };
        Value::scalar(result, cell)
    }

    /// `&&` and `||`: the right side is evaluated only where the left does not decide.
    fn logic(&mut self, expr: &Typed, op: BinaryOp, left: &Typed, right: &Typed) -> Value {
        let a = self.expr(left).first();
        let and = op == BinaryOp::AndAnd;
        let types = &self.reg.program.types;
        if self.atomic || !may_stop(types, right) && !may_write(types, right) {
            let before = self.begin_checks();
            let b = self.expr(right).first();
            let guard = if and { a.clone().negate() } else { a.clone() };
            self.end_checks(before, &guard);
            return Value::scalar(if and { a.and(b) } else { a.or(b) }, CellType::Bool);
        }
        let result = self.temps("cond", &[CellType::Bool]);
        let (rest, join) = (self.new_point(), self.new_point());
        self.push(Command::Set(result.clone(), a));
        self.flush(left.span);
        let decided = Expr::load(result.clone());
        let (then, otherwise) = if and { (rest, join) } else { (join, rest) };
        self.branch(left.span, decided, then, otherwise);
        self.start(rest);
        let b = self.expr(right).first();
        self.push(Command::Set(result.clone(), b));
        self.jump(expr.span, join);
        self.start(join);
        Value::scalar(Expr::load(result), CellType::Bool)
    }

    /// Arithmetic and order on integers (and `+` and order on strings, which `sema` has folded).
    pub fn arithmetic(&mut self, ty: TypeId, op: BinaryOp, a: Expr, b: Expr, right_ty: TypeId) -> Expr {
        let (_, signed) = self.shape(ty);
        let by_sign = |s: Op, u: Op| if signed { s } else { u };
        let plain = |op: Op, a: Expr, b: Expr| Expr::binary(op, a, b);
        match op {
            BinaryOp::Lt => plain(by_sign(Op::Lt, Op::LtU), a, b),
            BinaryOp::Le => plain(by_sign(Op::Le, Op::LeU), a, b),
            BinaryOp::Gt => plain(by_sign(Op::Lt, Op::LtU), b, a),
            BinaryOp::Ge => plain(by_sign(Op::Le, Op::LeU), b, a),
            BinaryOp::Add => self.wrapped(ty, plain(Op::Add, a, b)),
            BinaryOp::Sub => self.wrapped(ty, plain(Op::Sub, a, b)),
            BinaryOp::Mul => self.wrapped(ty, plain(Op::Mul, a, b)),
            BinaryOp::And => plain(Op::And, a, b),
            BinaryOp::Or => plain(Op::Or, a, b),
            BinaryOp::Xor => plain(Op::Xor, a, b),
            BinaryOp::AndNot => plain(Op::AndNot, a, b),
            BinaryOp::Div | BinaryOp::Rem => {
                let raise = self.runtime_error("integer divide by zero");
                self.check(Expr::ne(b.clone(), Expr::Const(0)), raise);
                let op = match op {
                    BinaryOp::Div => by_sign(Op::Div, Op::DivU),
                    _ => by_sign(Op::Rem, Op::RemU),
                };
                self.wrapped(ty, plain(op, a, b))
            }
            BinaryOp::Shl | BinaryOp::Shr => {
                if self.shape(right_ty).1 {
                    let raise = self.runtime_error("negative shift amount");
                    self.check(plain(Op::Le, Expr::Const(0), b.clone()), raise);
                }
                let op = if op == BinaryOp::Shl { Op::Shl } else { by_sign(Op::Shr, Op::ShrU) };
                self.wrapped(ty, plain(op, a, b))
            }
            BinaryOp::Eq | BinaryOp::Ne | BinaryOp::AndAnd | BinaryOp::OrOr => Expr::eq(a, b),
        }
    }

    /// Width and signedness of an integer type; other types count as `int`.
    fn shape(&self, ty: TypeId) -> (u32, bool) {
        match self.reg.program.types.underlying(ty) {
            Type::Int(kind) => kind.shape(),
            _ => (64, true),
        }
    }

    /// `value` brought into the range of `ty`.
    pub fn wrapped(&self, ty: TypeId, value: Expr) -> Expr {
        match self.shape(ty) {
            (64, _) => value,
            (bits, signed) => Expr::Wrap { bits, signed, value: Box::new(value) },
        }
    }

    /// `<-channel`; `dests` says where the element goes when that is known, else a temporary.
    pub fn receive(
        &mut self,
        expr: &Typed,
        channel: &Typed,
        comma_ok: bool,
        dests: Option<(Place, Option<Place>)>,
    ) -> Value {
        let elem = self.channel_element(channel);
        let types = self.types_of(elem);
        let value = self.expr(channel);
        let channel_value = self.private(value).first();
        let (place, ok) = dests.unwrap_or_else(|| {
            let place = self.temps("received", &types);
            let ok = comma_ok.then(|| self.temps("ok", &[CellType::Bool]));
            (place, ok)
        });
        let cells = (0u32..).zip(&types).map(|(at, _)| Some(place.clone().at(at))).collect();
        let alternatives = chan::recv(&channel_value, cells, ok.as_ref());
        let operation = self.channel_operation("receive", channel, &channel_value, expr.span);
        let span = self.statement.unwrap_or(expr.span);
        self.operation(span, &operation, vec![Step { wait: Some(chan::RECV_WAIT.0), alternatives }]);
        let mut out = Value::load(&place, types);
        if let Some(ok) = ok {
            out.extend(Value::scalar(Expr::load(ok), CellType::Bool));
        }
        out
    }

    /// The element type of a channel.
    pub fn channel_element(&self, channel: &Typed) -> TypeId {
        match self.reg.program.types.underlying(channel.ty) {
            Type::Chan(_, elem) => *elem,
            _ => channel.ty,
        }
    }

    /// What a plain channel operation is, for reports.
    pub fn channel_operation(
        &self,
        action: &'static str,
        channel: &Typed,
        value: &Expr,
        span: Span,
    ) -> Operation {
        let (wait, nil) = match action {
            "send" => (Some(chan::SEND_WAIT.0), Some(chan::SEND_WAIT.1)),
            "close" => (None, None),
            _ => (Some(chan::RECV_WAIT.0), Some(chan::RECV_WAIT.1)),
        };
        Operation {
            wait_reason: wait,
            nil_reason: nil,
            idle: self.idle,
            name: action,
            acts: vec![self.channel_act(action, channel, value, span)],
        }
    }

    /// What a channel operation does to which channel.
    pub fn channel_act(&self, action: &'static str, channel: &Typed, value: &Expr, span: Span) -> Act {
        Act {
            object: value.clone(),
            primitive: "chan",
            action,
            woken_by: chan::woken_by(action),
            acquires: false,
            text: channel.span,
            span,
        }
    }

    /// `any(low, high)`.
    pub fn any(&mut self, span: Span, low: &Typed, high: &Typed, dest: Option<Place>) -> Value {
        let bounds = self.exprs(&[low, high]);
        let bounds: Vec<Value> = bounds.into_iter().map(|bound| self.private(bound)).collect();
        let types = bounds[0].types.clone();
        let dest = dest.unwrap_or_else(|| self.temps("any", &types));
        self.choose_value(span, dest.clone(), bounds[0].first(), bounds[1].first());
        Value::load(&dest, types)
    }
}

/// True where evaluating `expr` may take a step of its own: a call, a receive, a choice.
pub(super) fn may_stop(types: &Types, expr: &Typed) -> bool {
    let mut stops = match &expr.kind {
        ExprKind::Recv { .. } | ExprKind::Any { .. } => true,
        ExprKind::Call(call) => match call.callee {
            Callee::Builtin(
                Builtin::Cap
                | Builtin::Max
                | Builtin::Min
                | Builtin::Make
                | Builtin::Discard
                | Builtin::Sprint(_)
                | Builtin::Append
                | Builtin::Copy,
            ) => false,
            // That of a channel is an operation.
            Callee::Builtin(Builtin::Len) => {
                call.args.iter().any(|of| matches!(types.underlying(of.ty), Type::Chan(..)))
            }
            _ => true,
        },
        _ => false,
    };
    walk::children(expr, &mut |child| {
        stops |= match child {
            Child::Expr(child) => may_stop(types, child),
            Child::Call(call) => call.args.iter().any(|arg| may_stop(types, arg)),
        };
    });
    stops
}

/// True where evaluating `expr` changes something even if it takes no step: it allocates, appends, or needs temporaries.
fn may_write(types: &Types, expr: &Typed) -> bool {
    let mut writes = match &expr.kind {
        ExprKind::Alloc(_)
        | ExprKind::SliceLit { .. }
        | ExprKind::MapLit(_)
        | ExprKind::Closure(_)
        | ExprKind::MethodValue { .. }
        | ExprKind::ToInterface(_)
        | ExprKind::TypeAssert { .. }
        | ExprKind::SliceOf { .. } => true,
        ExprKind::Call(call) => {
            !matches!(call.callee, Callee::Builtin(Builtin::Len | Builtin::Cap | Builtin::Max | Builtin::Min))
                || call.args.iter().any(|arg| may_write(types, arg))
        }
        // A key of an interface type may have no hash: a command finds out.
        ExprKind::MapIndex { key, .. } => super::maps::may_lack_hash(types, key.ty),
        _ => false,
    };
    walk::children(expr, &mut |child| {
        if let Child::Expr(child) = child {
            writes |= may_write(types, child);
        }
    });
    writes
}

/// True where `expr` has the form of a place, so that a part of it can be read without the rest.
fn is_place(expr: &Typed) -> bool {
    match &expr.kind {
        ExprKind::Var(_) | ExprKind::Deref(_) | ExprKind::Index(..) => true,
        ExprKind::Field(inner, _) => is_place(inner),
        _ => false,
    }
}
