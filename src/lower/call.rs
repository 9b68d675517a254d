//! Calls: evaluated first, then inlined, dispatched on a tag, or turned into the
//! steps of a primitive.
//!
//! A call is *prepared* (operands evaluated, in Go's order) and then *run*. `defer`
//! prepares now and runs later, `go` prepares here and runs elsewhere.

use rustc_hash::FxHashMap;

use super::builder::{Builder, Instance, Storage};
use super::defer::Defers;
use super::flow::{BoundMethod, Code};
use super::layout;
use super::value::Value;
use crate::commands::{CellType, Command, Expr, Place};
use crate::machine::{Act, Operation};
use crate::sema::methods::{self, MethodPath, PathStep};
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

    /// The variables that a literal finds in its environment.
    pub fn unpack_environment(&mut self, func: FuncId, environment: &Value) -> Vec<(VarId, Storage)> {
        let mut at = 0;
        let mut out = Vec::new();
        for &var in &self.reg.program.func(func).captures {
            let len = self.reg.captured_cells(var).len();
            if self.reg.program.var(var).owner.is_some() {
                let value = environment.part(at, len);
                let storage = if self.reg.escape.of(var).boxed {
                    Storage::Cells(Place::memory(value.first()))
                } else {
                    Storage::Value(value)
                };
                out.push((var, storage));
            }
            at += len;
        }
        out
    }

    /// A call of a function value: one way on per code that it can have.
    fn dispatch_code(
        &mut self,
        value: Value,
        codes: Vec<Code>,
        args: Vec<Value>,
        span: Span,
        ty: TypeId,
    ) -> Value {
        if let Expr::Const(tag) = value.cell(0) {
            let known = codes.iter().find(|code| self.reg.code_tag(code) == tag).cloned();
            if let Some(code) = known {
                return self.run_code(&code, value.cell(1), args, span, ty);
            }
        }
        let value = self.private(value);
        let (tag, payload) = (value.cell(0), value.cell(1));
        let raise = self.nil_dereference();
        self.check(Expr::ne(tag.clone(), Expr::NIL), raise);
        let args: Vec<Value> = args.into_iter().map(|arg| self.private(arg)).collect();
        let guards =
            codes.iter().map(|code| Expr::eq(tag.clone(), Expr::Const(self.reg.code_tag(code)))).collect();
        self.dispatch(guards, span, ty, &mut |this, index| {
            this.run_code(&codes[index], payload.clone(), args.clone(), span, ty)
        })
    }

    /// Runs the function of a known code.
    fn run_code(&mut self, code: &Code, payload: Expr, args: Vec<Value>, span: Span, ty: TypeId) -> Value {
        let types = self.reg.environment_types(code);
        let environment = match types.len() {
            0 => Value::default(),
            1 => Value::new(vec![payload], types),
            // What a literal captured never changes, so it may be read again at any time; copy it all the same, to wait on it.
            _ => self.save("captured", Value::load(&Place::memory(payload), types)),
        };
        let target = match code {
            Code::Func(func) => Callable::Closure(*func, environment),
            Code::Bound { method: BoundMethod::Func(func), .. } => {
                let args = std::iter::once(environment).chain(args).collect();
                return self.inline(*func, Vec::new(), args, span);
            }
            Code::Bound { method: BoundMethod::Interface(name), recv } => {
                let types = self.reg.flow.memory_types(self.reg.program, *recv);
                Callable::Interface { recv: environment, name: name.clone(), types }
            }
            Code::Bound { method: BoundMethod::Primitive { name, method }, .. } => {
                let this = Place::memory(environment.first());
                Callable::Primitive { name, method, this, text: span }
            }
            // Function values have no dynamic type.
            Code::Type(_) => return Value::zero(self.types_of(ty)),
        };
        self.run(Prepared { target, args, span, ty })
    }

    /// A method call on an interface: one way on per dynamic type that has it.
    fn dispatch_interface(
        &mut self,
        recv: Value,
        name: &str,
        types: &[TypeId],
        args: Vec<Value>,
        span: Span,
        ty: TypeId,
    ) -> Value {
        let (tag, payload) = (recv.cell(0), recv.cell(1));
        let raise = self.nil_dereference();
        self.check(Expr::ne(tag.clone(), Expr::NIL), raise);
        let table = &self.reg.program.types;
        let targets: Vec<(TypeId, MethodPath)> = types
            .iter()
            .filter_map(|&each| methods::resolve_method(table, each, name).map(|path| (each, path)))
            .collect();
        let args: Vec<Value> = args.into_iter().map(|arg| self.private(arg)).collect();
        let guards = targets
            .iter()
            .map(|(each, _)| Expr::eq(tag.clone(), Expr::Const(self.reg.type_tag(*each))))
            .collect();
        self.dispatch(guards, span, ty, &mut |this, index| {
            let (dynamic, path) = &targets[index];
            let value = this.unpack(
                &Value::new(vec![tag.clone(), payload.clone()], vec![CellType::Tag, CellType::Payload]),
                *dynamic,
            );
            this.call_path(value, *dynamic, path, args.clone(), span, ty)
        })
    }

    /// Calls the method at the end of a path of embedded fields.
    fn call_path(
        &mut self,
        value: Value,
        dynamic: TypeId,
        path: &MethodPath,
        args: Vec<Value>,
        span: Span,
        ty: TypeId,
    ) -> Value {
        let mut at = Reached { value, place: None, ty: dynamic };
        let mut field = None;
        for step in &path.steps {
            field = match step {
                PathStep::Field(index) => Some((at.ty, *index)),
                PathStep::Deref => None,
            };
            at = self.walk_step(at, step);
        }
        let recv = match (&at.place, path.address) {
            (Some(place), true) => Value::scalar(Expr::AddrOf(Box::new(place.clone())), CellType::Ref),
            (Some(place), false) => Value::load(place, self.types_of(at.ty)),
            (None, _) => at.value,
        };
        let target = match &path.method {
            Method::Func(func) => {
                let args = std::iter::once(recv).chain(args).collect();
                return self.inline(*func, Vec::new(), args, span);
            }
            Method::Interface(name) => {
                let types = match field {
                    Some((owner, index)) => self.reg.flow.field_types(owner, index),
                    None => self.reg.flow.memory_types(self.reg.program, at.ty),
                };
                return self.promoted(recv, name, &types, args, span, ty);
            }
            Method::Primitive { name, method } => {
                let this = at.place.unwrap_or_else(|| Place::memory(recv.first()));
                let address = Value::scalar(Expr::AddrOf(Box::new(this)), CellType::Ref);
                let this = Place::memory(self.private(address).first());
                Callable::Primitive { name, method, this, text: span }
            }
        };
        self.run(Prepared { target, args, span, ty })
    }

    /// A method that an embedded interface lends: again a call on an interface, of what the field can hold.
    fn promoted(
        &mut self,
        recv: Value,
        name: &str,
        types: &[TypeId],
        args: Vec<Value>,
        span: Span,
        ty: TypeId,
    ) -> Value {
        if self.promotions >= self.reg.options.unwind {
            self.stop_run(Command::Bound("--unwind"), span);
            return Value::zero(self.types_of(ty));
        }
        self.promotions += 1;
        let recv = self.private(recv);
        let value = self.dispatch_interface(recv, name, types, args, span, ty);
        self.promotions -= 1;
        value
    }

    fn walk_step(&mut self, at: Reached, step: &PathStep) -> Reached {
        let types = &self.reg.program.types;
        match step {
            PathStep::Deref => {
                let to = match types.underlying(at.ty) {
                    Type::Pointer(to) => *to,
                    _ => at.ty,
                };
                let reference = match &at.place {
                    Some(place) => Expr::load(place.clone()),
                    None => at.value.first(),
                };
                Reached { value: Value::default(), place: Some(self.dereference(reference)), ty: to }
            }
            PathStep::Field(index) => {
                let offset = layout::field_offset(types, at.ty, *index);
                let ty = match types.underlying(at.ty) {
                    Type::Struct(fields) => fields.get(*index).map_or(at.ty, |field| field.ty),
                    _ => at.ty,
                };
                let len = layout::size(types, ty) as usize;
                let value = at.value.part(offset as usize, len);
                Reached { value, place: at.place.map(|place| place.at(offset)), ty }
            }
        }
    }

    /// Branches on guards of which at most one holds; each way gives the same kind of value.
    fn dispatch(
        &mut self,
        guards: Vec<Expr>,
        span: Span,
        ty: TypeId,
        way: &mut dyn FnMut(&mut Self, usize) -> Value,
    ) -> Value {
        let types = self.types_of(ty);
        let result = self.temps("result", &types);
        let join = self.new_point();
        let targets: Vec<_> = guards.iter().map(|_| self.new_point()).collect();
        let mut ways: Vec<(Expr, _)> = guards.iter().cloned().zip(targets.iter().copied()).collect();
        let unknown = self.new_point();
        let none = guards.into_iter().fold(Expr::TRUE, |none, guard| none.and(guard.negate()));
        ways.push((none, unknown));
        self.choose_edge(span, ways);
        self.start(unknown);
        // The flow analysis covers every program; should it ever not, the verdict says so instead of being wrong.
        self.push(Command::Bound("a call of a function value of unknown origin"));
        let end = self.end();
        self.jump(span, end);
        for (index, target) in targets.into_iter().enumerate() {
            self.start(target);
            let value = way(self, index);
            self.store(&result, value);
            self.jump(span, join);
        }
        self.start(join);
        Value::load(&result, types)
    }

    /// Inlines a function: its parameters get the arguments, its body follows here. Gives its results.
    pub fn inline(
        &mut self,
        func: FuncId,
        captures: Vec<(VarId, Storage)>,
        args: Vec<Value>,
        span: Span,
    ) -> Value {
        let program = self.reg.program;
        let info = program.func(func);
        let result_types: Vec<CellType> =
            info.results.iter().flat_map(|&var| self.types_of(program.var(var).ty)).collect();
        let depth = self.instances.iter().filter(|instance| instance.func == func).count();
        if depth >= self.reg.options.unwind as usize || self.is_too_large() {
            self.push(Command::Bound("--unwind"));
            let end = self.end();
            self.jump(span, end);
            return Value::zero(result_types);
        }
        // What the arguments read is read by the caller, at the call.
        let args = args.into_iter().map(|arg| self.private(arg)).collect();
        self.flush_shared(span);
        let stack = self.call_stack(func, span);
        self.begin(func, stack, captures, args);
        self.finish_call(func)
    }

    /// Opens the activation of a call and binds its parameters.
    pub fn begin(
        &mut self,
        func: FuncId,
        stack: crate::machine::StackId,
        captures: Vec<(VarId, Storage)>,
        args: Vec<Value>,
    ) {
        let after = self.new_point();
        let deferred_by = self.deferring_instance();
        self.instances.push(Instance {
            func,
            stack,
            vars: captures.into_iter().collect::<FxHashMap<_, _>>(),
            after,
            labels: FxHashMap::default(),
            defers: Defers::default(),
            deferred_by,
        });
        let params = self.reg.program.func(func).params.clone();
        for (param, arg) in params.into_iter().zip(args) {
            self.bind_parameter(param, arg);
        }
    }

    fn bind_parameter(&mut self, param: VarId, arg: Value) {
        let facts = self.reg.escape.of(param);
        let same = facts.constant && !facts.boxed && arg.exprs.iter().all(|expr| self.is_stable(expr));
        if same {
            self.bind(param, Storage::Value(arg));
        } else {
            let place = self.declare(param);
            self.store(&place, arg);
        }
    }

    /// Lowers the body of the activation on top and closes it; gives the results.
    pub fn finish_call(&mut self, func: FuncId) -> Value {
        let program = self.reg.program;
        let info = program.func(func);
        // A function of the library (`Cond.Wait`) waits on behalf of the statement that calls it.
        let idle = self.idle;
        self.idle = idle && info.library;
        let statement = self.statement.take();
        self.plan_defers(func);
        let clear = info.named_results || self.has_defers();
        for &result in &info.results {
            let place = self.declare(result);
            if clear || self.reg.escape.of(result).boxed {
                self.store(&place, Value::zero(self.types_of(program.var(result).ty)));
            }
        }
        self.stmts(&info.body);
        self.leave(info.end);
        self.run_defers();
        let mut out = Value::default();
        for &result in &info.results {
            if let Storage::Cells(place) = self.storage(result) {
                out.extend(Value::load(&place, self.types_of(program.var(result).ty)));
            }
        }
        if let Some(instance) = self.instances.pop() {
            self.start(instance.after);
        }
        self.idle = idle;
        self.statement = statement;
        out
    }
}

/// A point on the way to an embedded method's receiver.
struct Reached {
    value: Value,
    place: Option<Place>,
    ty: TypeId,
}
