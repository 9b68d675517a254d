//! Calls of functions with a body: each is an activation record of its own, at no cost.

use crate::commands::{CellType, Command, Place};
use crate::lower::builder::{Builder, Instance, Storage};
use crate::lower::defer::Defers;
use crate::lower::value::Value;
use crate::sema::program::{FuncId, VarId};
use crate::source::Span;
use rustc_hash::FxHashMap;

impl Builder<'_, '_> {
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

    pub(super) fn bind_parameter(&mut self, param: VarId, arg: Value) {
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
