//! `x.f`: fields, methods, package members, method expressions.
//!
//! The walk through embedded fields, the dereferences and the address that a pointer
//! receiver needs are made explicit here ("Selectors", "Method values").

use super::checker::{Checker, blank_func};
use super::methods::{Lookup, Member, PathStep, Selection, kind_type, lookup, member_names};
use super::operand::{Mode, Operand};
use super::problem::{NameProblem, TypeProblem};
use super::program::{self as p, Call, Callee, ExprKind, Method, StmtKind, Values};
use super::scope::{Entity, FunctionContext, Node};
use super::types::{FuncType, Type, TypeId};
use crate::diag::did_you_mean;
use crate::source::Span;
use crate::syntax::ast;

impl<'a> Checker<'a> {
    pub(crate) fn selector(&mut self, operand: &'a ast::Expr, name: &'a ast::Ident, span: Span) -> Operand {
        if let ast::ExprKind::Name(package) = &operand.kind
            && package != "_"
        {
            match self.lookup(package, operand.span) {
                Some(Entity::Package(package)) => {
                    let entity = self.member(package, name);
                    return self.entity(entity, span);
                }
                None => {
                    self.unknown_operand(package, operand.span);
                    return self.invalid(span);
                }
                Some(_) => {}
            }
        }
        let value = self.expr(operand);
        if matches!(value.mode, Mode::Type) {
            return self.method_expression(value.ty, name, span);
        }
        let value = self.single(value);
        if value.is_invalid() {
            return self.invalid(span);
        }
        self.select(value, name, span)
    }

    /// `value.name` as a value: a field, or a method bound to its receiver.
    fn select(&mut self, value: Operand, name: &ast::Ident, span: Span) -> Operand {
        let Some(selection) = self.find_member(&value, name) else {
            return self.invalid(span);
        };
        if let Member::Field(ty) = selection.member {
            let field = selection.field;
            let inner = self.walk(value, &selection.steps);
            if self.is_invalid(ty) {
                return self.invalid(span);
            }
            let place = matches!(inner.mode, Mode::Place);
            let inner = self.expr_of(inner);
            let kind = ExprKind::Field(Box::new(inner), field);
            return if place { self.place_of(kind, ty, span) } else { self.value_of(kind, ty, span) };
        }
        let ty = self.member_type(&selection.member);
        let Some((recv, method)) = self.receiver(value, selection, name, span) else {
            return self.invalid(span);
        };
        let kind = ExprKind::MethodValue { recv: Box::new(recv), method };
        self.value_of(kind, ty, span)
    }

    /// Looks `name` up in a value; what is not there is reported.
    fn find_member(&mut self, value: &Operand, name: &ast::Ident) -> Option<Selection> {
        if self.is_invalid(value.ty) {
            return None;
        }
        if name.name == "_" {
            self.report(&NameProblem::Blank { span: name.span });
            return None;
        }
        match lookup(&self.types, value.ty, &name.name) {
            Lookup::Found(selection) if self.is_hidden(value.ty, &selection, &name.name) => {
                self.missing_member(value.ty, name);
                None
            }
            Lookup::Found(selection) => Some(selection),
            Lookup::Ambiguous => {
                let (ty, name_text) = (self.show(value.ty), name.name.clone());
                self.report(&NameProblem::Ambiguous { span: name.span, ty, name: name_text });
                None
            }
            Lookup::Missing => {
                self.missing_member(value.ty, name);
                None
            }
        }
    }

    /// Whether a member is a library type's own affair: in lower case there, and asked for by a model.
    fn is_hidden(&self, ty: TypeId, selection: &Selection, name: &str) -> bool {
        if self.in_library() || !name.starts_with(char::is_lowercase) {
            return false;
        }
        let mut owner = ty;
        for step in &selection.steps {
            owner = match (step, self.types.underlying(owner)) {
                (PathStep::Deref, Type::Pointer(to)) => *to,
                (PathStep::Field(index), Type::Struct(fields)) => match fields.get(*index) {
                    Some(field) => field.ty,
                    None => return false,
                },
                _ => return false,
            };
        }
        match self.types.get(owner) {
            Type::Primitive(_) => true,
            Type::Named(index) => {
                self.types.named.get(*index as usize).is_some_and(|named| named.name.contains('.'))
            }
            _ => false,
        }
    }

    fn missing_member(&mut self, ty: TypeId, name: &ast::Ident) {
        let span = name.span;
        let shown = self.show(self.default_type(ty));
        let inner = match self.types.underlying(ty) {
            Type::Pointer(to) => *to,
            _ => ty,
        };
        if self.is_invalid(inner) {
            return;
        }
        if inner != ty && self.types.is_interface(inner) {
            let name = name.name.clone();
            self.report(&NameProblem::PointerToInterface { span, ty: shown, name });
            return;
        }
        let (mut fields, mut methods) = member_names(&self.types, ty);
        let shown_here = |name: &String| match lookup(&self.types, ty, name) {
            Lookup::Found(selection) => !self.is_hidden(ty, &selection, name),
            Lookup::Ambiguous | Lookup::Missing => true,
        };
        fields.retain(shown_here);
        methods.retain(shown_here);
        let all = fields.iter().chain(&methods).map(String::as_str);
        let same_but_for_case = |other: &&String| other.eq_ignore_ascii_case(&name.name);
        let meant = fields
            .iter()
            .chain(&methods)
            .find(same_but_for_case)
            .cloned()
            .or_else(|| did_you_mean(&name.name, all).map(str::to_string));
        let name = name.name.clone();
        self.report(&NameProblem::UnknownSelector { span, ty: shown, name, meant, fields, methods });
    }

    /// Follows a path of embedded fields and pointers.
    pub(crate) fn walk(&mut self, value: Operand, steps: &[PathStep]) -> Operand {
        let span = value.span;
        let mut current = value;
        for step in steps {
            let place = matches!(current.mode, Mode::Place);
            let ty = current.ty;
            let inner = self.expr_of(current);
            current = match step {
                PathStep::Deref => {
                    let to = match self.types.underlying(ty) {
                        Type::Pointer(to) => *to,
                        _ => self.basic.invalid,
                    };
                    self.place_of(ExprKind::Deref(Box::new(inner)), to, span)
                }
                PathStep::Field(index) => {
                    let to = match self.types.underlying(ty) {
                        Type::Struct(fields) => fields.get(*index).map(|field| field.ty),
                        _ => None,
                    };
                    let to = to.unwrap_or(self.basic.invalid);
                    let kind = ExprKind::Field(Box::new(inner), *index);
                    if place { self.place_of(kind, to, span) } else { self.value_of(kind, to, span) }
                }
            };
        }
        current
    }

    /// What a method takes as its receiver, from the value before the dot.
    fn receiver(
        &mut self,
        value: Operand,
        selection: Selection,
        name: &ast::Ident,
        span: Span,
    ) -> Option<(p::Expr, Method)> {
        let Selection { mut steps, member, .. } = selection;
        let wants_pointer = match &member {
            Member::Method(declared) => declared.pointer,
            Member::Field(_) | Member::Interface(_) | Member::Primitive(..) => false,
        };
        if wants_pointer && steps.last() == Some(&PathStep::Deref) {
            steps.pop();
            let pointer = self.walk(value, &steps);
            return self.method_of(&member, name).zip(Some(pointer)).map(|(method, pointer)| {
                let recv = self.expr_of(pointer);
                (recv, method)
            });
        }
        let inner = self.walk(value, &steps);
        let method = self.method_of(&member, name)?;
        let place = matches!(inner.mode, Mode::Place);
        match &member {
            Member::Method(declared) if declared.pointer => {
                if !place {
                    return self.no_address(&inner, name);
                }
                let address = self.address(inner, span);
                Some((self.expr_of(address), method))
            }
            Member::Primitive(..) => {
                if !place {
                    return self.no_address(&inner, name);
                }
                self.mark_addressed(&inner.kind);
                Some((self.expr_of(inner), method))
            }
            _ => Some((self.expr_of(inner), method)),
        }
    }

    fn no_address<T>(&mut self, value: &Operand, name: &ast::Ident) -> Option<T> {
        let (ty, name_text) = (self.show(value.ty), name.name.clone());
        self.report(&TypeProblem::PointerMethod { span: value.span, ty, name: name_text });
        None
    }

    fn method_of(&mut self, member: &Member, name: &ast::Ident) -> Option<Method> {
        match member {
            Member::Field(_) => None,
            Member::Method(declared) => {
                self.depend(Node::Func(declared.func));
                Some(Method::Func(declared.func))
            }
            Member::Interface(_) => Some(Method::Interface(name.name.clone())),
            Member::Primitive(name, method) => Some(Method::Primitive { name, method: method.name }),
        }
    }

    /// The signature of a member, without its receiver.
    fn member_type(&mut self, member: &Member) -> TypeId {
        match member {
            Member::Field(ty) | Member::Interface(ty) => *ty,
            Member::Method(declared) => declared.ty,
            Member::Primitive(_, method) => self.primitive_type(method, None),
        }
    }

    /// The signature of a primitive's method; `this` is the variable's type in a function of `sync/atomic`.
    pub(crate) fn primitive_type(&mut self, method: &crate::sync::Method, this: Option<TypeId>) -> TypeId {
        let mut types = |kinds: &[crate::sync::Kind]| {
            let id = &mut |ty| Some(self.types.intern(ty));
            kinds.iter().filter_map(|&kind| kind_type(kind, this, id)).collect()
        };
        let (params, results) = (types(method.params), types(method.results));
        self.types.intern(Type::Func(FuncType { params, results, variadic: false }))
    }

    /// The callee of `value.name(…)` where `name` is a method, with its signature.
    pub(crate) fn method_callee(
        &mut self,
        value: Operand,
        name: &ast::Ident,
        span: Span,
    ) -> Option<Result<(Callee, TypeId), Operand>> {
        let selection = self.find_member(&value, name)?;
        if matches!(selection.member, Member::Field(_)) {
            return Some(Err(self.select(value, name, span)));
        }
        let ty = self.member_type(&selection.member);
        let (recv, method) = self.receiver(value, selection, name, span)?;
        Some(Ok((Callee::Method { recv: Box::new(recv), method }, ty)))
    }

    // ---- method expressions ----

    /// `T.m`: a function with the receiver as its first parameter.
    fn method_expression(&mut self, ty: TypeId, name: &ast::Ident, span: Span) -> Operand {
        let value = Operand { mode: Mode::Value, ty, span, kind: ExprKind::Zero };
        let Some(selection) = self.find_member(&value, name) else {
            return self.invalid(span);
        };
        if matches!(selection.member, Member::Field(_)) {
            self.missing_method_expression(ty, name);
            return self.invalid(span);
        }
        let by_value = !selection.indirect();
        let pointer_method = match &selection.member {
            Member::Method(declared) => declared.pointer,
            Member::Primitive(..) => true,
            Member::Field(_) | Member::Interface(_) => false,
        };
        if pointer_method && by_value {
            let ty = self.show(ty);
            self.report(&TypeProblem::PointerMethod { span, ty, name: name.name.clone() });
            return self.invalid(span);
        }
        let signature = self.member_type(&selection.member);
        let Type::Func(func) = self.types.get(signature).clone() else {
            return self.invalid(span);
        };
        let mut params = vec![ty];
        params.extend(func.params.iter().copied());
        let full = FuncType { params, results: func.results.clone(), variadic: func.variadic };
        let full = self.types.intern(Type::Func(full));
        // The declared method itself, where nothing lies between.
        if let Member::Method(declared) = &selection.member {
            let direct = if declared.pointer {
                selection.steps == [PathStep::Deref]
            } else {
                selection.steps.is_empty()
            };
            if direct {
                self.depend(Node::Func(declared.func));
                return self.value_of(ExprKind::Func(declared.func), full, span);
            }
        }
        self.method_wrapper(ty, selection, name, &func, full, span)
    }

    fn missing_method_expression(&mut self, ty: TypeId, name: &ast::Ident) {
        let (_, methods) = member_names(&self.types, ty);
        let meant = did_you_mean(&name.name, methods.iter().map(String::as_str)).map(str::to_string);
        let (shown, span, name) = (self.show(ty), name.span, name.name.clone());
        self.report(&NameProblem::UnknownSelector {
            span,
            ty: shown,
            name,
            meant,
            fields: Vec::new(),
            methods,
        });
    }

    /// `func(x T, args…) results { return x.m(args…) }`, for methods that are promoted or an interface's.
    fn method_wrapper(
        &mut self,
        ty: TypeId,
        selection: Selection,
        name: &ast::Ident,
        func: &FuncType,
        full: TypeId,
        span: Span,
    ) -> Operand {
        let title = format!("{}.{}", self.show(ty), name.name);
        let mut wrapper = blank_func(title.clone(), format!("main.{title}"), span, true);
        wrapper.ty = full;
        let id = self.new_func(wrapper);
        self.env.functions.push(FunctionContext::new(id));
        let params: Vec<p::VarId> =
            std::iter::once(ty).chain(func.params.iter().copied()).map(|ty| self.temp(ty, span)).collect();
        let results: Vec<p::VarId> = func.results.iter().map(|&ty| self.temp(ty, span)).collect();
        let receiver = params.first().map_or_else(|| self.invalid(span), |&var| self.variable(var, span));
        let args = params.iter().skip(1).map(|&var| self.var_expr(var, span)).collect();
        let body = self.receiver(receiver, selection, name, span).map(|(recv, method)| {
            let ty = self.result_type(&func.results);
            let call = Call { callee: Callee::Method { recv: Box::new(recv), method }, args, span, ty };
            return_call(call, func.results.len())
        });
        self.env.functions.pop();
        if let Some(func) = self.funcs.get_mut(id.index()) {
            func.params = params;
            func.results = results;
            func.body = body.unwrap_or_default();
        }
        self.value_of(ExprKind::Func(id), full, span)
    }

    /// The type of a call with these results: the one, or a tuple.
    pub(crate) fn result_type(&mut self, results: &[TypeId]) -> TypeId {
        match results {
            [one] => *one,
            several => self.tuple(several.to_vec()),
        }
    }
}

/// A body that makes the call and returns its results.
pub(crate) fn return_call(call: Call, results: usize) -> Vec<p::Stmt> {
    let span = call.span;
    let call = p::Expr { ty: call.ty, span, kind: ExprKind::Call(Box::new(call)) };
    let kind = match results {
        0 => StmtKind::Expr(call),
        1 => StmtKind::Return(Some(Values::Each(vec![call]))),
        _ => StmtKind::Return(Some(Values::Tuple(call))),
    };
    vec![p::Stmt { kind, span }]
}
