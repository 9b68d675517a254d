//! Which function a call enters: a branch on the tag of a function value or an interface.

use super::{Callable, Prepared};
use crate::commands::{CellType, Command, Expr, Place};
use crate::lower::builder::Builder;
use crate::lower::flow::{BoundMethod, Code};
use crate::lower::layout;
use crate::lower::value::Value;
use crate::sema::methods::{self, MethodPath, PathStep};
use crate::sema::program::Method;
use crate::sema::types::{Type, TypeId};
use crate::source::Span;

impl Builder<'_, '_> {
    /// A call of a function value: one way on per code that it can have.
    pub(super) fn dispatch_code(
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
    pub(super) fn run_code(
        &mut self,
        code: &Code,
        payload: Expr,
        args: Vec<Value>,
        span: Span,
        ty: TypeId,
    ) -> Value {
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
    pub(super) fn dispatch_interface(
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
    pub(super) fn call_path(
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
    pub(super) fn promoted(
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

    pub(super) fn walk_step(&mut self, at: Reached, step: &PathStep) -> Reached {
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
    pub(super) fn dispatch(
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
}

/// A point on the way to an embedded method's receiver.
pub(super) struct Reached {
    value: Value,
    place: Option<Place>,
    ty: TypeId,
}
