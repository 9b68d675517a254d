//! What is generic in Go's own packages, and the functions of `sync/atomic`.
//!
//! Models have no generics. A template of the library is declared once for each
//! choice of types: those written (`atomic.Pointer[Config]`) or those of the function
//! it is called with (`sync.OnceValue(load)`).

use super::checker::Checker;
use super::library::{self, Template};
use super::methods::kind_type;
use super::operand::Operand;
use super::program::{self as p, Call, Callee, ExprKind, Method};
use super::scope::{Entity, Node};
use super::types::{Type, TypeId};
use super::words::Word;
use crate::source::Span;
use crate::sync::{self, Kind};
use crate::syntax::ast::{self, TypeExpr};

impl<'a> Checker<'a> {
    /// `package.Name[T]`, where that is a template's type.
    pub(crate) fn generic_type(
        &mut self,
        package: &'a ast::Ident,
        name: &'a ast::Ident,
        args: &'a [TypeExpr],
        span: Span,
    ) -> Option<TypeId> {
        let Some(Entity::Package(package)) = self.lookup(&package.name, package.span) else { return None };
        let template = library::generic(package, &name.name).filter(|it| it.params.len() == args.len())?;
        let types: Vec<TypeId> = args.iter().map(|arg| self.resolve_type(arg)).collect();
        if types.iter().any(|&ty| self.is_invalid(ty) && !self.is_under_construction(ty)) {
            return Some(self.basic.invalid);
        }
        match self.instance(template, &types, span) {
            Entity::Type(ty) => Some(ty),
            _ => None,
        }
    }

    /// A defined type whose right side is being resolved: `type node struct { next atomic.Pointer[node] }`.
    fn is_under_construction(&self, ty: TypeId) -> bool {
        matches!(self.types.get(ty), Type::Named(index) if self.constructing.contains(index))
    }

    /// `sync.OnceValue(f)`: for the types of what `f` gives.
    pub(crate) fn generic_call(
        &mut self,
        template: &'static Template,
        args: &'a [ast::Expr],
        span: Span,
    ) -> Operand {
        let word = Word::Generic(template);
        let Some(f) = self.only_argument(word, args, span) else { return self.invalid(span) };
        let results = match self.types.underlying(f.ty) {
            Type::Func(func) if func.params.is_empty() => func.results.clone(),
            _ => Vec::new(),
        };
        if results.len() != template.params.len() {
            let wants = if template.params.len() == 1 {
                "a function with one result"
            } else {
                "a function with two results"
            };
            return self.wrong_type(word, &f, wants);
        }
        let Entity::Func(func) = self.instance(template, &results, span) else { return self.invalid(span) };
        self.depend(Node::Func(func));
        let ty = self.funcs.get(func.index()).map_or(self.basic.invalid, |func| func.ty);
        let Type::Func(signature) = self.types.get(ty).clone() else { return self.invalid(span) };
        let result = self.result_type(&signature.results);
        match self.match_arguments(&signature, ty, vec![f], false, span) {
            Some(args) => self.call_result(Call { callee: Callee::Func(func), args, span, ty: result }),
            None => self.invalid(span),
        }
    }

    /// `atomic.AddInt32(&x, 1)`: an operation on the place that the first argument points to.
    pub(crate) fn atomic_call(&mut self, name: &'static str, args: &'a [ast::Expr], span: Span) -> Operand {
        let word = Word::Atomic(name);
        let Some(method) = sync::atomic::VARIABLE.method(name) else { return self.invalid(span) };
        if !self.arity(word, args, method.params.len() + 1, span) {
            return self.invalid(span);
        }
        let mut operands: Vec<Operand> = args.iter().map(|arg| self.value(arg)).collect();
        if operands.iter().any(Operand::is_invalid) {
            return self.invalid(span);
        }
        let values = operands.split_off(1);
        let Some(pointer) = operands.pop() else { return self.invalid(span) };
        let Some(this) = self.atomic_place(method, &pointer) else { return self.invalid(span) };
        let signature = self.primitive_type(method, Some(this));
        let Type::Func(func) = self.types.get(signature).clone() else { return self.invalid(span) };
        let at = pointer.span;
        let wanted = self.pointer_to(this);
        let pointer = self.assign(pointer, wanted, "the address of an atomic operation");
        let recv = Box::new(p::Expr { ty: this, span: at, kind: ExprKind::Deref(Box::new(pointer)) });
        let Some(args) = self.match_arguments(&func, signature, values, false, span) else {
            return self.invalid(span);
        };
        let method = Method::Primitive { name: sync::atomic::VARIABLE_NAME, method: name };
        let ty = self.result_type(&func.results);
        self.call_result(Call { callee: Callee::Method { recv, method }, args, span, ty })
    }

    /// The type of the variable that an atomic function is on.
    fn atomic_place(&mut self, method: &sync::Method, pointer: &Operand) -> Option<TypeId> {
        let kind = method.params.first().or(method.results.first()).copied()?;
        let pointee = match (kind, self.types.underlying(pointer.ty)) {
            (Kind::This, Type::Pointer(to)) => Some(*to),
            _ => None,
        };
        kind_type(kind, pointee, &mut |ty| Some(self.types.intern(ty)))
    }
}
