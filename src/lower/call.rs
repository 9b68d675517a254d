//! Calls: evaluated first, then inlined, dispatched on a tag, or turned into the
//! steps of a primitive.
//!
//! A call is *prepared* (operands evaluated, in Go's order) and then *run*. `defer`
//! prepares now and runs later, `go` prepares here and runs elsewhere.

mod dispatch;
mod inlined;

use super::builder::{Builder, Storage};
use super::flow::Code;
use super::layout;
use super::value::Value;
use crate::commands::{CellType, Expr, Place};
use crate::machine::{Act, Operation};
use crate::sema::program::{Builtin, Call, Callee, Expr as Typed, FuncId, Method, VarId};
use crate::sema::types::{Type, TypeId};
use crate::source::Span;
use crate::sync;

/// A call whose operands have been evaluated.
#[derive(Clone, Debug)]
pub(super) struct Prepared {
    pub target: Callable,
    /// One value per argument, without the receiver.
    pub args: Vec<Value>,
    pub span: Span,
    /// The type of the result.
    pub ty: TypeId,
}

/// What is called.
#[derive(Clone, Debug)]
pub(super) enum Callable {
    /// A function; the receiver, where it has one, is the first argument already.
    Func(FuncId),
    /// A literal called on the spot: it shares the variables of the call around it.
    Inner(FuncId, Vec<(VarId, Storage)>),
    /// A literal as a value, with what it captured.
    Closure(FuncId, Value),
    /// A function value, and the codes it can have.
    Value(Value, Vec<Code>),
    /// A method of an interface value.
    /// The dynamic types that the value can have are those.
    Interface {
        recv: Value,
        name: String,
        types: Vec<TypeId>,
    },
    /// A method of a primitive, whose place the reference names. The span is the primitive as written.
    Primitive {
        name: &'static str,
        method: &'static str,
        this: Place,
        text: Span,
    },
    Builtin(Builtin, Vec<Typed>),
}

impl Builder<'_, '_> {
    /// A call as an expression; gives its results, one after the other.
    pub fn call(&mut self, call: &Call) -> Value {
        match &call.callee {
            Callee::Builtin(builtin) => self.builtin(*builtin, call),
            _ => {
                let prepared = self.prepare(call);
                self.run(prepared)
            }
        }
    }

    /// Evaluates what a call needs, in Go's order: function value or receiver, then the arguments.
    pub fn prepare(&mut self, call: &Call) -> Prepared {
        let args: Vec<&Typed> = call.args.iter().collect();
        let target = match &call.callee {
            Callee::Func(func) => Callable::Func(*func),
            Callee::Closure(func) => self.inner(*func),
            Callee::Builtin(builtin) => Callable::Builtin(*builtin, call.args.clone()),
            Callee::Value(value) => {
                let codes = self.reg.flow.targets(self.reg.program, value);
                let value = self.operand_before(value, &args);
                let value = if self.args_stop(&args) { self.stable(value) } else { value };
                Callable::Value(value, codes)
            }
            Callee::Method { recv, method } => self.method(recv, method, &args),
        };
        let mut values = self.arguments(&args);
        let target = match target {
            // The receiver of a declared method is its first parameter.
            Callable::Closure(func, recv) if self.reg.program.func(func).has_receiver => {
                values.insert(0, recv);
                Callable::Func(func)
            }
            other => other,
        };
        Prepared { target, args: values, span: call.span, ty: call.ty }
    }

    fn args_stop(&self, args: &[&Typed]) -> bool {
        args.iter().any(|arg| super::expr::may_stop(&self.reg.program.types, arg))
    }

    fn inner(&self, func: FuncId) -> Callable {
        let captures = &self.reg.program.func(func).captures;
        Callable::Inner(func, captures.iter().map(|&var| (var, self.storage(var))).collect())
    }

    fn method(&mut self, recv: &Typed, method: &Method, args: &[&Typed]) -> Callable {
        match method {
            Method::Func(func) => Callable::Closure(*func, self.operand_before(recv, args)),
            Method::Interface(name) => {
                let value = self.private_interface(recv);
                let value = if self.args_stop(args) { self.stable(value) } else { value };
                let types = self.reg.flow.types(self.reg.program, recv);
                Callable::Interface { recv: value, name: name.clone(), types }
            }
            Method::Primitive { name, method } => {
                let this = self.primitive_place(recv);
                Callable::Primitive { name, method, this, text: recv.span }
            }
        }
    }

    /// Where a primitive is, by a reference that nothing changes while an operation waits.
    fn primitive_place(&mut self, recv: &Typed) -> Place {
        let Some(place) = self.place(recv) else {
            // A primitive that is a mere value (a call's result) is a copy of its own.
            let value = self.expr(recv);
            let types = value.types.clone();
            let object = self.temps("copy", &types);
            self.store(&object, value);
            return object;
        };
        let address = Value::scalar(Expr::AddrOf(Box::new(place.clone())), CellType::Ref);
        if super::value::is_private(&address.exprs[0]) {
            return place;
        }
        Place::memory(self.save("operand", address).first())
    }

    /// The arguments; one of tuple type stands for several.
    fn arguments(&mut self, args: &[&Typed]) -> Vec<Value> {
        if let [only] = args
            && let Type::Tuple(parts) = self.reg.program.types.get(only.ty)
        {
            let parts = parts.clone();
            let all = self.expr(only);
            let mut at = 0;
            return parts
                .iter()
                .map(|&part| {
                    let len = layout::size(&self.reg.program.types, part) as usize;
                    at += len;
                    all.part(at - len, len)
                })
                .collect();
        }
        self.exprs(args)
    }

    /// Runs a prepared call here and now.
    pub fn run(&mut self, call: Prepared) -> Value {
        let Prepared { target, args, span, ty } = call;
        match target {
            Callable::Func(func) => self.inline(func, Vec::new(), args, span),
            Callable::Inner(func, captures) => self.inline(func, captures, args, span),
            Callable::Closure(func, environment) => {
                let captures = self.unpack_environment(func, &environment);
                self.inline(func, captures, args, span)
            }
            Callable::Value(value, codes) => self.dispatch_code(value, codes, args, span, ty),
            Callable::Interface { recv, name, types } => {
                self.dispatch_interface(recv, &name, &types, args, span, ty)
            }
            Callable::Primitive { name, method, this, text } => {
                self.primitive(name, method, this, text, &args, span)
            }
            Callable::Builtin(builtin, exprs) => self.builtin_prepared(builtin, &exprs, args, span, ty),
        }
    }

    /// A method of a primitive: its steps, with where they act.
    fn primitive(
        &mut self,
        name: &'static str,
        method: &'static str,
        this: Place,
        text: Span,
        args: &[Value],
        span: Span,
    ) -> Value {
        let Some((primitive, method)) = sync::find(name).and_then(|it| Some((it, it.method(method)?))) else {
            return Value::default();
        };
        let args = args.iter().flat_map(|arg| self.private(arg.clone()).exprs).collect();
        let types: Vec<CellType> = method.results.iter().flat_map(|kind| kind.cells()).copied().collect();
        let results = self.temps("result", &types);
        let places = (0u32..).zip(&types).map(|(at, _)| results.clone().at(at)).collect();
        let object = Expr::AddrOf(Box::new(this.clone()));
        let keeps = primitive.fields.iter().any(|(_, ty)| *ty == CellType::Ref);
        let map = (keeps && method.params.contains(&sync::Kind::Any)).then(|| self.any_map()).flatten();
        let steps = (method.steps)(&sync::Call { this, args, results: places, map });
        let operation = Operation {
            wait_reason: None,
            nil_reason: None,
            idle: self.idle,
            name: method.name,
            acts: vec![Act {
                object,
                primitive: name,
                action: method.name,
                woken_by: method.woken_by,
                acquires: method.acquires,
                text: self.visible(text),
                span: self.visible(span),
            }],
        };
        self.operation(span, &operation, steps);
        Value::load(&results, types)
    }
}
