//! `for … range` over integers, arrays, slices and channels.

use super::builder::Builder;
use super::layout::{self, slice};
use super::value::Value;
use crate::commands::{BinaryOp, CellType, Command, Expr, Place};
use crate::machine::{PointId, PointKind};
use crate::sema::program::{Expr as Typed, ExprKind, Range, RangeOver, Target};
use crate::sema::types::Type;
use crate::sync::chan;

const INT: CellType = CellType::Int { bits: 64, signed: true };

impl Builder<'_, '_> {
    pub fn range(&mut self, each: &Range) {
        match each.over {
            RangeOver::Int => {
                let len = self.expr(&each.subject).first();
                self.counted(each, len, |_, _| Value::default());
            }
            RangeOver::Slice => self.range_slice(each),
            RangeOver::Array => self.range_array(each),
            RangeOver::Chan => self.range_channel(each),
            RangeOver::Map => self.range_map(each),
            RangeOver::String => self.range_string(each),
        }
    }

    fn range_slice(&mut self, each: &Range) {
        let value = self.expr(&each.subject);
        let value = self.stable(value);
        let elem = self.slice_element(each.subject.ty);
        let types = self.types_of(elem);
        let stride = layout::size(&self.reg.program.types, elem);
        let len = value.cell(slice::LEN);
        self.counted(each, len, move |_, index| {
            let place = Place::memory(value.cell(slice::POINTER)).indexed(index, stride, None);
            Value::load(&place, types.clone())
        });
    }

    /// An array is copied first where its elements are wanted and it is a value that could change.
    fn range_array(&mut self, each: &Range) {
        let (elem, count) = match self.reg.program.types.underlying(each.subject.ty) {
            Type::Array(elem, count) => (*elem, *count),
            _ => return,
        };
        let len = Expr::Const(i64::try_from(count).unwrap_or(i64::MAX));
        if matches!(each.value, Target::Blank) {
            return self.counted(each, len, |_, _| Value::default());
        }
        let types = self.types_of(elem);
        let stride = layout::size(&self.reg.program.types, elem);
        let array = self.range_array_place(&each.subject);
        let limit = u32::try_from(count).ok();
        self.counted(each, len, move |_, index| {
            Value::load(&array.clone().indexed(index, stride, limit), types.clone())
        });
    }

    fn range_array_place(&mut self, subject: &Typed) -> Place {
        // `range *p` reads through the pointer as it goes; `range a` reads a copy.
        if let ExprKind::Deref(pointer) = &subject.kind {
            let value = self.expr(pointer);
            let reference = self.stable(value).first();
            return self.dereference(reference);
        }
        let value = self.expr(subject);
        let types = value.types.clone();
        let copy = self.temps("array", &types);
        self.store(&copy, value);
        copy
    }

    fn range_string(&mut self, each: &Range) {
        let ExprKind::Str(id) = each.subject.kind else {
            let instead = "range over a constant string";
            self.unsupported(&each.subject, "a range over a string variable", instead);
            return;
        };
        let text = self.reg.program.string(id);
        let positions: Vec<(i64, i64)> = text
            .char_indices()
            .map(|(at, letter)| (i64::try_from(at).unwrap_or(i64::MAX), i64::from(u32::from(letter))))
            .collect();
        let pick = move |index: &Expr, part: fn(&(i64, i64)) -> i64| {
            positions.iter().enumerate().rev().fold(Expr::Const(0), |rest, (at, each)| {
                let is = Expr::eq(index.clone(), Expr::Const(i64::try_from(at).unwrap_or(i64::MAX)));
                Expr::If(Box::new(is), Box::new(Expr::Const(part(each))), Box::new(rest))
            })
        };
        let count = Expr::Const(i64::try_from(text.chars().count()).unwrap_or(i64::MAX));
        let rune = CellType::Int { bits: 32, signed: true };
        let key_pick = pick.clone();
        self.counted_with(
            each,
            count,
            move |index| Value::scalar(key_pick(&index, |each| each.0), INT),
            move |_, index| Value::scalar(pick(&index, |each| each.1), rune),
        );
    }

    fn counted(&mut self, each: &Range, len: Expr, element: impl Fn(&mut Self, Expr) -> Value) {
        self.counted_with(each, len, |index| Value::scalar(index, INT), element);
    }

    /// A loop from 0 to `len`, which is evaluated once. Key and value are new in each iteration.
    fn counted_with(
        &mut self,
        each: &Range,
        len: Expr,
        key: impl Fn(Expr) -> Value,
        element: impl Fn(&mut Self, Expr) -> Value,
    ) {
        let len = self.stable(Value::scalar(len, INT)).first();
        // The counter is the loop's own: the body may change the key without changing the iteration.
        let counter = self.temps("iteration", &[INT]);
        self.push(Command::Set(counter.clone(), Expr::Const(0)));
        let (head, body, next, done) =
            (self.new_point(), self.new_point(), self.new_point(), self.new_point());
        self.label(each.label, done, Some(next));
        self.declare_shared(each);
        self.jump(each.header, head);
        self.start(head);
        let index = Expr::load(counter.clone());
        self.branch(each.header, Expr::binary(BinaryOp::Lt, index.clone(), len), body, done);
        self.start(body);
        let value =
            if matches!(each.value, Target::Blank) { Value::default() } else { element(self, index.clone()) };
        let key = self.convert_key(each, key(index.clone()));
        self.store_iteration(&each.key, key);
        self.store_iteration(&each.value, value);
        self.push(Command::Set(counter, Expr::binary(BinaryOp::Add, index, Expr::Const(1))));
        self.flush(each.header);
        self.conditionally(|this| this.stmts(&each.body));
        self.jump(each.header, next);
        self.start(next);
        self.jump(each.header, head);
        self.start(done);
    }

    /// The key of `range n` has the type of `n`.
    fn convert_key(&self, each: &Range, key: Value) -> Value {
        match (&each.key, each.over) {
            (Target::New(var), RangeOver::Int) => {
                Value::new(key.exprs, self.types_of(self.reg.program.var(*var).ty))
            }
            _ => key,
        }
    }

    /// Before Go 1.22 the loop has one variable for all iterations.
    pub fn declare_shared(&mut self, each: &Range) {
        if each.shared_vars {
            for target in [&each.key, &each.value] {
                if let Target::New(var) = target {
                    self.declare(*var);
                }
            }
        }
    }

    pub fn store_iteration(&mut self, target: &Target, value: Value) {
        match target {
            Target::New(var) if self.is_declared(*var) => {
                if let super::builder::Storage::Cells(place) = self.storage(*var) {
                    self.store(&place, value);
                }
            }
            Target::Blank => {}
            target => self.store_target(target, value),
        }
    }

    /// The loop has one new variable for all iterations.
    pub fn shares(&self, each: &Range) -> bool {
        each.shared_vars && matches!(each.key, Target::New(_))
    }

    fn is_declared(&self, var: crate::sema::program::VarId) -> bool {
        self.instances.last().is_some_and(|instance| instance.vars.contains_key(&var))
    }

    /// `for v := range ch`: receives until the channel is closed and drained.
    fn range_channel(&mut self, each: &Range) {
        let idle = self.idle;
        let value = self.expr(&each.subject);
        let channel = self.stable(value).first();
        let elem = self.channel_element(&each.subject);
        let types = self.types_of(elem);
        let (head, body, done) = (self.new_point(), self.new_point(), self.new_point());
        self.label(each.label, done, Some(head));
        self.declare_shared(each);
        self.jump(each.header, head);
        self.start(head);
        // Where only this goroutine sees the variable, the element arrives in it.
        let own = if self.shares(each) { None } else { self.frame_target(&each.key) };
        let arrived = match &own {
            Some(own) => own.place(self),
            None => self.temps("received", &types),
        };
        let cells = (0u32..).zip(&types).map(|(at, _)| Some(arrived.clone().at(at))).collect();
        let alternatives = chan::recv(&channel, cells, None);
        let operation = self.channel_operation("receive", &each.subject, &channel, each.header);
        let mut edges = Vec::new();
        for (index, alternative) in alternatives.into_iter().enumerate() {
            let target: PointId = if index == chan::DRAINED { done } else { body };
            edges.push(self.alternative_edge(alternative, &Expr::TRUE, target, Some(0)));
        }
        self.fill(PointKind::Operation(operation), each.header, edges);
        self.idle = false;
        self.start(body);
        match own {
            Some(own) => own.bind(self, arrived),
            None => self.store_iteration(&each.key, Value::load(&arrived, types)),
        }
        self.flush(each.header);
        self.conditionally(|this| this.stmts(&each.body));
        self.jump(each.header, head);
        self.idle = idle;
        self.start(done);
    }
}
