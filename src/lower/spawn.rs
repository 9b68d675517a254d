//! `go`: the operation, and the routines that it starts.

use rustc_hash::FxHashMap;

use super::builder::{Builder, Instance, Storage};
use super::call::{Callable, Prepared};
use super::defer::Defers;
use super::flow::{BoundMethod, Code};
use super::layout;
use super::registry::RoutineKey;
use super::value::Value;
use crate::commands::{CellType, Command, Expr, Place, RoutineId};
use crate::machine::{Cell, Edge, Operation, PointId, PointKind, Routine, StackId};
use crate::sema::program::{Builtin, Call, FuncId, VarId};
use crate::sema::types::{Type, TypeId};
use crate::source::Span;

impl Builder<'_, '_> {
    /// The statement `go f(…)`.
    pub fn go(&mut self, call: &Call, span: Span) {
        let prepared = self.prepare(call);
        self.start_goroutine(prepared, span);
    }

    fn start_goroutine(&mut self, call: Prepared, span: Span) {
        let args = call.args.iter().fold(Value::default(), |mut all, arg| {
            all.extend(arg.clone());
            all
        });
        match call.target {
            Callable::Func(func) => self.spawn_code(&Code::Func(func), args, span),
            Callable::Inner(func, _) => {
                let mut all = self.captured(func);
                all.extend(args);
                self.spawn_code(&Code::Func(func), all, span);
            }
            Callable::Closure(func, environment) => {
                let mut all = environment;
                all.extend(args);
                self.spawn_code(&Code::Func(func), all, span);
            }
            Callable::Primitive { name, method, this, .. } => {
                let mut all = Value::scalar(Expr::AddrOf(Box::new(this)), CellType::Ref);
                all.extend(args);
                // The receiver's type plays no part: the reference says all.
                let code = Code::Bound {
                    recv: self.reg.program.func(self.reg.program.main).ty,
                    method: BoundMethod::Primitive { name, method },
                };
                self.spawn_code(&code, all, span);
            }
            Callable::Interface { recv, name, types } => {
                let raise = self.nil_dereference();
                self.check(Expr::ne(recv.cell(0), Expr::NIL), raise);
                let mut all = recv;
                all.extend(args);
                let routine = self.reg.routine(RoutineKey::Method { name, types });
                self.spawn(routine, all, span);
            }
            Callable::Value(value, codes) => self.spawn_value(value, &codes, args, span),
            Callable::Builtin(builtin, exprs) => {
                let types = exprs.iter().map(|expr| expr.ty).collect();
                let routine = self.reg.routine(RoutineKey::Builtin(builtin, types));
                self.spawn(routine, args, span);
            }
        }
    }

    /// `environment: go f(…)`, in library code.
    pub fn environment(&mut self, call: &Call, span: Span) {
        let prepared = self.prepare(call);
        let Callable::Func(func) = prepared.target else { return };
        let args = prepared.args.into_iter().fold(Value::default(), |mut all, arg| {
            all.extend(arg);
            all
        });
        let from = self.visible(span);
        let routine = self.reg.routine(RoutineKey::Environment(Code::Func(func), Some(from)));
        self.spawn(routine, args, span);
    }

    fn spawn_code(&mut self, code: &Code, args: Value, span: Span) {
        // What is not written in the model shows the statement that started it.
        let written = match code {
            Code::Func(func) | Code::Bound { method: BoundMethod::Func(func), .. } => {
                !self.reg.program.func(*func).library
            }
            Code::Bound { .. } | Code::Type(_) => false,
        };
        let from = (!written).then(|| self.visible(span));
        let routine = self.reg.routine(RoutineKey::Code(code.clone(), from));
        self.spawn(routine, args, span);
    }

    fn spawn(&mut self, routine: RoutineId, args: Value, span: Span) {
        let args = self.private(args);
        let next = self.new_point();
        let (mut edges, ok) = self.operation_prelude(span);
        edges.push(Edge {
            commands: vec![Command::Spawn { routine, args: args.exprs }],
            ..super::builder::plain_edge(ok, next)
        });
        self.fill(PointKind::Operation(go_operation()), span, edges);
        self.start(next);
    }

    /// `go f()` of a function value: one way per code, each its own kind of goroutine.
    fn spawn_value(&mut self, value: Value, codes: &[Code], args: Value, span: Span) {
        let value = self.private(value);
        let args = self.private(args);
        let (tag, payload) = (value.cell(0), value.cell(1));
        // Go reports a nil function where the goroutine starts, as a fatal error; nothing recovers it.
        let next = self.new_point();
        let join = self.new_point();
        let fails = self.new_point();
        let targets: Vec<PointId> = codes.iter().map(|_| self.new_point()).collect();
        let mut ways = vec![(Expr::eq(tag.clone(), Expr::NIL), fails)];
        let mut none = Expr::ne(tag.clone(), Expr::NIL);
        for (code, &target) in codes.iter().zip(&targets) {
            let is = Expr::eq(tag.clone(), Expr::Const(self.reg.code_tag(code)));
            none = none.and(is.clone().negate());
            ways.push((is, target));
        }
        ways.push((none, next));
        self.choose_edge(span, ways);
        self.start(fails);
        self.stop_run(Command::Fatal("go of nil func value"), span);
        self.start(next);
        self.stop_run(Command::Bound("a goroutine of a function value of unknown origin"), span);
        for (code, target) in codes.iter().zip(targets) {
            self.start(target);
            let types = self.reg.environment_types(code);
            let mut all = match types.len() {
                0 => Value::default(),
                1 => Value::new(vec![payload.clone()], types),
                _ => Value::load(&Place::memory(payload.clone()), types),
            };
            all.extend(args.clone());
            self.spawn_code(code, all, span);
            self.jump(span, join);
        }
        self.start(join);
    }

    // ---- routines ----

    /// Lowers one routine from its start to its end.
    pub fn routine(mut self, key: &RoutineKey) -> Routine {
        match key {
            RoutineKey::Main => self.main_routine(),
            RoutineKey::Code(code, from) => {
                self.root_call = *from;
                self.code_routine(code)
            }
            RoutineKey::Environment(code, from) => {
                self.root_call = *from;
                self.environment = true;
                self.code_routine(code)
            }
            RoutineKey::Method { name, types } => self.method_routine(name, types),
            RoutineKey::Builtin(builtin, types) => self.builtin_routine(*builtin, types),
        }
    }

    fn main_routine(mut self) -> Routine {
        let program = self.reg.program;
        self.is_main = true;
        let main = program.main;
        let stack = self.call_stack(main, Span::default());
        self.begin(main, stack, Vec::new(), Vec::new());
        for global in &program.globals {
            self.global(global);
        }
        for &init in &program.inits {
            self.inline(init, Vec::new(), Vec::new(), program.func(init).span);
        }
        if let Some(ready) = self.reg.ready {
            self.push(Command::Set(Place::global(ready), Expr::TRUE));
            self.flush(program.func(main).span);
        }
        self.finish_call(main);
        self.main_is_done();
        self.end_routine(program.func(main).end);
        self.finish("main".into(), 0)
    }

    fn code_routine(mut self, code: &Code) -> Routine {
        let name = self.reg.code_name(code);
        let (func, environment) = match code {
            Code::Func(func) => (Some(*func), self.argument(self.reg.environment(code))),
            Code::Bound { method: BoundMethod::Func(func), .. } => (Some(*func), Value::default()),
            Code::Bound { .. } | Code::Type(_) => (None, self.argument(self.reg.environment(code))),
        };
        match (func, code) {
            (Some(func), _) => self.func_routine(name, func, environment),
            (None, Code::Bound { method: BoundMethod::Primitive { name: primitive, method }, .. }) => {
                self.primitive_routine(name, primitive, method, environment)
            }
            (None, Code::Bound { recv, method: BoundMethod::Interface(method) }) => {
                let types = self.reg.flow.memory_types(self.reg.program, *recv);
                self.method_routine(method, &types)
            }
            (None, _) => self.finish(name, 0),
        }
    }

    fn func_routine(mut self, name: String, func: FuncId, environment: Value) -> Routine {
        let program = self.reg.program;
        let info = program.func(func);
        let stack = self.call_stack(func, info.span);
        let captures = self.unpack_environment(func, &environment);
        let params: Vec<Value> = info
            .params
            .iter()
            .map(|&param| {
                let var = program.var(param);
                self.argument(layout::cells(&program.types, var.ty, &var.name))
            })
            .collect();
        let args = self.frame_len();
        self.begin(func, stack, captures, params);
        self.finish_call(func);
        self.end_routine(info.end);
        self.finish(name, args)
    }

    /// A goroutine that runs a method of whatever an interface value holds.
    fn method_routine(mut self, name: &str, types: &[TypeId]) -> Routine {
        let program = self.reg.program;
        let cells = |builder: &mut Self, cell: &str, ty| {
            builder.argument(vec![Cell { name: cell.into(), ty, hidden: true }])
        };
        let mut recv = cells(&mut self, "recv.type", CellType::Tag);
        recv.extend(cells(&mut self, "recv.value", CellType::Payload));
        let method =
            types.iter().find_map(|&ty| crate::sema::methods::resolve_method(&program.types, ty, name));
        let span = program.func(program.main).span;
        let mut ty = program.func(program.main).ty;
        let mut args = Vec::new();
        if let Some(crate::sema::program::Method::Func(func)) = method.map(|path| path.method) {
            let info = program.func(func);
            for &param in info.params.iter().skip(1) {
                let var = program.var(param);
                args.push(self.argument(layout::cells(&program.types, var.ty, &var.name)));
            }
            ty = self.result_type(func);
        }
        let frame = self.frame_len();
        self.open_root(name.to_owned());
        let target = Callable::Interface { recv, name: name.to_owned(), types: types.to_vec() };
        self.run(Prepared { target, args, span, ty });
        self.end_routine(span);
        self.finish(name.to_owned(), frame)
    }

    /// The type of a call of `func`: its one result, or the tuple of them.
    fn result_type(&self, func: FuncId) -> TypeId {
        let program = self.reg.program;
        let info = program.func(func);
        let results: Vec<TypeId> = info.results.iter().map(|&result| program.var(result).ty).collect();
        let tuple = match results.as_slice() {
            [one] => Some(*one),
            many => program.types.find(&Type::Tuple(many.to_vec())),
        };
        tuple.unwrap_or(info.ty)
    }

    /// A goroutine that runs a method of a primitive.
    fn primitive_routine(
        mut self,
        routine: String,
        name: &'static str,
        method: &'static str,
        environment: Value,
    ) -> Routine {
        let program = self.reg.program;
        let span = program.func(program.main).span;
        let ty = program.func(program.main).ty;
        let kinds = crate::sync::find(name).and_then(|primitive| primitive.method(method));
        let args: Vec<Value> = kinds
            .map(|method| method.params)
            .unwrap_or_default()
            .iter()
            .map(|kind| {
                let cell = |&ty: &CellType| Cell { name: "arg".into(), ty, hidden: false };
                self.argument(kind.cells().iter().map(cell).collect())
            })
            .collect();
        let frame = self.frame_len();
        self.open_root(routine.clone());
        let target =
            Callable::Primitive { name, method, this: Place::memory(environment.first()), text: span };
        self.run(Prepared { target, args, span, ty });
        self.end_routine(span);
        self.finish(routine, frame)
    }

    fn builtin_routine(mut self, builtin: Builtin, types: &[TypeId]) -> Routine {
        let program = self.reg.program;
        let name = format!("{builtin:?}").to_lowercase();
        let span = program.func(program.main).span;
        let values: Vec<Value> =
            types.iter().map(|&ty| self.argument(layout::cells(&program.types, ty, "arg"))).collect();
        let frame = self.frame_len();
        self.open_root(name.clone());
        let zero = |&ty: &TypeId| crate::sema::program::Expr {
            ty,
            span,
            kind: crate::sema::program::ExprKind::Zero,
        };
        let exprs: Vec<_> = types.iter().map(zero).collect();
        let ty = program.func(program.main).ty;
        self.builtin_prepared(builtin, &exprs, values, span, ty);
        self.end_routine(span);
        self.finish(name, frame)
    }

    /// An argument of the routine: the next cells of its frame, set by whoever starts it.
    fn argument(&mut self, cells: Vec<Cell>) -> Value {
        let types: Vec<CellType> = cells.iter().map(|cell| cell.ty).collect();
        let place = Place::local(self.locals(cells, true));
        Value::load(&place, types)
    }

    /// An activation for a goroutine that runs no function of the model's.
    fn open_root(&mut self, name: String) {
        let frame = crate::machine::Frame { function: name.clone(), symbol: name, call: Span::default() };
        let stack: StackId = self.reg.stack(crate::machine::Stack { frames: vec![frame] });
        let after = self.new_point();
        self.instances.push(Instance {
            func: self.reg.program.main,
            stack,
            vars: FxHashMap::<VarId, Storage>::default(),
            after,
            labels: FxHashMap::default(),
            defers: Defers::default(),
            deferred_by: None,
        });
    }

    fn end_routine(&mut self, span: Span) {
        let end = self.end();
        self.jump(span, end);
    }
}

fn go_operation() -> Operation {
    Operation { wait_reason: None, nil_reason: None, idle: false, name: "go", acts: Vec::new() }
}
