//! Methods: which type each belongs to, under which name and symbol.
//!
//! In: method declarations of a package whose types are resolved. Out: methods on
//! their types, bodies queued.

use super::checker::{Checker, Pending, blank_func};
use super::declare::MethodItem;
use super::packages::PackageId;
use super::problem::{NameProblem, TypeProblem};
use super::scope::{Entity, Env, Node};
use super::types::{DeclaredMethod, Type, TypeId};
use crate::source::Span;
use crate::syntax::ast;

impl<'a> Checker<'a> {
    pub(crate) fn add_method(
        &mut self,
        package: PackageId,
        item: &MethodItem<'a>,
        seen: &mut Vec<(TypeId, String, Span)>,
    ) {
        let MethodItem { receiver, decl } = item;
        let Some((base, base_name)) = self.receiver_base(package, receiver) else {
            return;
        };
        let (owner, library) =
            self.packages.get(package).map_or(("main", false), |package| (package.name, package.library));
        let name = &decl.name.name;
        let short = base_name.rsplit('.').next().unwrap_or(&base_name).to_string();
        let symbol = if receiver.pointer {
            format!("{owner}.(*{short}).{name}")
        } else {
            format!("{owner}.{short}.{name}")
        };
        let shown = if library { format!("{owner}.{short}.{name}") } else { format!("{short}.{name}") };
        let mut func = blank_func(shown, symbol, decl.span, library);
        func.end = Span { start: decl.body.span.end.saturating_sub(1), end: decl.body.span.end };
        func.has_receiver = true;
        func.ty = self.within(Env::top(package, None), |checker| checker.signature(&decl.signature));
        let ty = func.ty;
        let id = self.new_func(func);
        self.queue.push(Pending {
            func: id,
            package,
            receiver: Some(receiver),
            signature: &decl.signature,
            body: &decl.body,
            node: Some(Node::Func(id)),
        });
        if name == "_" {
            return;
        }
        let span = decl.name.span;
        if let Some(&(.., first)) = seen.iter().find(|(ty, other, _)| *ty == base && other == name) {
            self.report(&NameProblem::Redeclared { span, first, what: "method", name: name.clone() });
            return;
        }
        seen.push((base, name.clone(), span));
        if let Type::Struct(fields) = self.types.underlying(base)
            && fields.iter().any(|field| field.name == *name)
        {
            let first = receiver.ty.span;
            self.report(&NameProblem::Redeclared {
                span,
                first,
                what: "field and method",
                name: name.clone(),
            });
        }
        let method = DeclaredMethod { name: name.clone(), func: id, pointer: receiver.pointer, ty };
        match self.types.get(base) {
            Type::Named(index) => {
                let index = *index as usize;
                if let Some(named) = self.types.named.get_mut(index) {
                    named.methods.push(method);
                }
            }
            Type::Primitive(primitive) => {
                let primitive = *primitive;
                self.types.primitive_methods.push((primitive, method));
            }
            _ => {}
        }
    }

    /// The type that a method belongs to, with its name.
    fn receiver_base(&mut self, package: PackageId, receiver: &ast::Receiver) -> Option<(TypeId, String)> {
        let name = receiver.ty.name.clone();
        let span = receiver.ty.span;
        let refuse = |checker: &mut Self, why: &'static str| {
            checker.report(&TypeProblem::Receiver { span, name: name.clone(), why });
        };
        let library = self.packages.get(package).is_some_and(|package| package.library);
        if let Some((_, member)) = name.split_once('.') {
            if !library {
                refuse(self, "a type of another package");
                return None;
            }
            let primitive = crate::sync::find_type(&name)?;
            return Some((self.primitive(primitive), member.to_string()));
        }
        let entity = self.within(Env::top(package, None), |checker| checker.lookup(&name, span));
        let ty = match entity {
            Some(Entity::Type(ty)) => ty,
            Some(Entity::Invalid) => return None,
            Some(_) => {
                self.report(&NameProblem::NotAType { span, name: name.clone() });
                return None;
            }
            None => {
                self.undefined(&name, span);
                return None;
            }
        };
        if self.is_invalid(ty) {
            return None;
        }
        let declared_here = matches!(self.types.get(ty), Type::Named(index) if *index != 0);
        if !declared_here {
            refuse(self, "not a type that this model defines");
            return None;
        }
        match self.types.underlying(ty) {
            Type::Pointer(_) => refuse(self, "a pointer type"),
            Type::Interface(_) => refuse(self, "an interface type"),
            _ => return Some((ty, self.show(ty))),
        }
        None
    }
}
