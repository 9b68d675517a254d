//! What the syntax tree says about types: enough to find the channels, locks and contexts that a place can name.
//!
//! In: a file. Out: the type of an expression where declarations tell it. Nothing here is checked; `sema` does that with
//! every candidate.

use std::collections::BTreeMap;

use crate::syntax::ast::{
    ChanDir, Decl, Expr, ExprKind, File, FuncDecl, Signature, TypeExpr, TypeExprKind, UnaryOp,
};

/// A type as far as it matters here.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Ty {
    Named(String),
    Package(String, String),
    Pointer(Box<Ty>),
    Chan(ChanDir, Box<Ty>),
    /// A slice or an array.
    Many(Box<Ty>),
    Map(Box<Ty>, Box<Ty>),
    Func(Vec<Ty>),
    Struct(Vec<Field>),
    Interface,
    Unknown,
}

/// A field of a struct.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Field {
    pub name: String,
    pub ty: Ty,
    pub embedded: bool,
}

/// A method, with what it returns.
#[derive(Clone, Debug)]
struct Method {
    name: String,
    /// It has no parameters.
    bare: bool,
    results: Vec<Ty>,
}

/// The declarations of a file.
#[derive(Debug, Default)]
pub(super) struct Types {
    named: BTreeMap<String, Ty>,
    methods: BTreeMap<String, Vec<Method>>,
    functions: BTreeMap<String, Vec<Ty>>,
    globals: BTreeMap<String, Ty>,
}

/// Paths that are looked at are this long: `a.b.c.d`.
const DEPTH: usize = 3;

impl Types {
    pub fn new(file: &File) -> Self {
        let mut all = Self::default();
        for decl in &file.decls {
            match decl {
                Decl::Type(decl) => {
                    all.named.insert(decl.name.name.clone(), of(&decl.ty));
                    if let TypeExprKind::Interface(elems) = &decl.ty.kind {
                        let methods = elems.iter().filter_map(|elem| match elem {
                            crate::syntax::ast::InterfaceElem::Method { name, signature } => {
                                Some(method(&name.name, signature))
                            }
                            crate::syntax::ast::InterfaceElem::Embedded(_) => None,
                        });
                        all.methods.entry(decl.name.name.clone()).or_default().extend(methods);
                    }
                }
                Decl::Func(func) => all.function(func),
                _ => {}
            }
        }
        for decl in &file.decls {
            let Decl::Var(decl) = decl else { continue };
            for (at, name) in decl.names.iter().enumerate() {
                let ty = match (&decl.ty, decl.values.get(at)) {
                    (Some(ty), _) => of(ty),
                    (None, Some(value)) => all.expr(value, &|_| None),
                    (None, None) => Ty::Unknown,
                };
                all.globals.insert(name.name.clone(), ty);
            }
        }
        all
    }

    fn function(&mut self, func: &FuncDecl) {
        match &func.receiver {
            Some(receiver) => {
                let methods = self.methods.entry(receiver.ty.name.clone()).or_default();
                methods.push(method(&func.name.name, &func.signature));
            }
            None => {
                self.functions.insert(func.name.name.clone(), results(&func.signature));
            }
        }
    }

    /// The package variables.
    pub fn globals(&self) -> impl Iterator<Item = (&String, &Ty)> {
        self.globals.iter()
    }

    /// What a type is made of: without names and pointers.
    pub fn under<'a>(&'a self, ty: &'a Ty) -> &'a Ty {
        let mut ty = ty;
        // Declarations may go round in a circle.
        for _ in 0..16 {
            ty = match ty {
                Ty::Named(name) => match self.named.get(name) {
                    Some(ty) => ty,
                    None => return ty,
                },
                Ty::Pointer(to) => to,
                _ => return ty,
            };
        }
        ty
    }

    fn methods_of(&self, ty: &Ty) -> &[Method] {
        match ty {
            Ty::Pointer(to) => self.methods_of(to),
            Ty::Named(name) => self.methods.get(name).map_or(&[], Vec::as_slice),
            _ => &[],
        }
    }

    /// The type of a field, embedded ones included.
    pub fn field(&self, ty: &Ty, name: &str) -> Option<Ty> {
        self.field_within(ty, name, DEPTH)
    }

    fn field_within(&self, ty: &Ty, name: &str, depth: usize) -> Option<Ty> {
        let Ty::Struct(fields) = self.under(ty) else { return None };
        if let Some(field) = fields.iter().find(|field| field.name == name) {
            return Some(field.ty.clone());
        }
        if depth == 0 {
            return None;
        }
        let mut embedded = fields.iter().filter(|field| field.embedded);
        embedded.find_map(|field| self.field_within(&field.ty, name, depth - 1))
    }

    fn method(&self, ty: &Ty, name: &str, depth: usize) -> Option<&Method> {
        if let Some(method) = self.methods_of(ty).iter().find(|method| method.name == name) {
            return Some(method);
        }
        let Ty::Struct(fields) = self.under(ty) else { return None };
        if depth == 0 {
            return None;
        }
        fields.iter().filter(|field| field.embedded).find_map(|field| self.method(&field.ty, name, depth - 1))
    }

    /// The type of an expression; `local` knows the names around it.
    pub fn expr(&self, expr: &Expr, local: &dyn Fn(&str) -> Option<Ty>) -> Ty {
        self.results(expr, local).into_iter().next().unwrap_or(Ty::Unknown)
    }

    /// The types of an expression's values: several for a call.
    pub fn results(&self, expr: &Expr, local: &dyn Fn(&str) -> Option<Ty>) -> Vec<Ty> {
        match &expr.kind {
            ExprKind::Name(name) => {
                local(name).or_else(|| self.globals.get(name).cloned()).into_iter().collect()
            }
            ExprKind::Paren(inner) => self.results(inner, local),
            ExprKind::Selector { operand, name } => {
                let ty = self.expr(operand, local);
                match self.field(&ty, &name.name) {
                    Some(ty) => vec![ty],
                    None => self
                        .method(&ty, &name.name, DEPTH)
                        .map(|method| Ty::Func(method.results.clone()))
                        .into_iter()
                        .collect(),
                }
            }
            ExprKind::Unary { op: UnaryOp::AddrOf, operand } => {
                vec![Ty::Pointer(Box::new(self.expr(operand, local)))]
            }
            ExprKind::Unary { op: UnaryOp::Recv, operand } => match self.expr(operand, local) {
                Ty::Chan(_, elem) => vec![*elem],
                _ => Vec::new(),
            },
            ExprKind::Star(inner) => match self.expr(inner, local) {
                Ty::Pointer(to) => vec![*to],
                _ => Vec::new(),
            },
            ExprKind::Composite { ty: Some(ty), .. } => vec![of(ty)],
            ExprKind::FuncLit(literal) => vec![Ty::Func(results(&literal.signature))],
            ExprKind::TypeAssert { operand: _, ty: Some(ty) } => vec![of(ty)],
            ExprKind::Index { operand, .. } => match self.under(&self.expr(operand, local)) {
                Ty::Many(elem) | Ty::Map(_, elem) => vec![(**elem).clone()],
                _ => Vec::new(),
            },
            ExprKind::Slice { operand, .. } => vec![self.expr(operand, local)],
            ExprKind::Call { callee, args, spread: _ } => self.call(callee, args, local),
            _ => Vec::new(),
        }
    }

    fn call(&self, callee: &Expr, args: &[Expr], local: &dyn Fn(&str) -> Option<Ty>) -> Vec<Ty> {
        let context = || Ty::Package("context".into(), "Context".into());
        match &callee.kind {
            ExprKind::Name(name) if name == "make" || name == "new" => {
                let ty = args.first().map_or(Ty::Unknown, |arg| match &arg.kind {
                    ExprKind::Type(ty) => of(ty),
                    ExprKind::Name(name) => Ty::Named(name.clone()),
                    ExprKind::Selector { operand, name } => match &operand.kind {
                        ExprKind::Name(package) => Ty::Package(package.clone(), name.name.clone()),
                        _ => Ty::Unknown,
                    },
                    _ => Ty::Unknown,
                });
                vec![if name == "new" { Ty::Pointer(Box::new(ty)) } else { ty }]
            }
            ExprKind::Name(name) if name == "append" => {
                args.first().map(|first| self.expr(first, local)).into_iter().collect()
            }
            ExprKind::Name(name) => match local(name) {
                Some(Ty::Func(results)) => results,
                _ => match self.functions.get(name) {
                    Some(results) => results.clone(),
                    // A conversion.
                    None if self.named.contains_key(name) => vec![Ty::Named(name.clone())],
                    None => Vec::new(),
                },
            },
            ExprKind::Selector { operand, name } => {
                if let ExprKind::Name(package) = &operand.kind
                    && package == "context"
                    && local(package).is_none()
                {
                    return match name.name.as_str() {
                        "Background" | "TODO" => vec![context()],
                        _ => vec![context(), Ty::Func(Vec::new())],
                    };
                }
                let ty = self.expr(operand, local);
                if is_context(&ty) && name.name == "Done" {
                    return vec![Ty::Chan(ChanDir::Recv, Box::new(Ty::Unknown))];
                }
                match self.method(&ty, &name.name, DEPTH) {
                    Some(method) => method.results.clone(),
                    None => match self.field(&ty, &name.name) {
                        Some(Ty::Func(results)) => results,
                        _ => Vec::new(),
                    },
                }
            }
            ExprKind::FuncLit(literal) => results(&literal.signature),
            ExprKind::Paren(inner) => self.call(inner, args, local),
            _ => Vec::new(),
        }
    }

    /// The channels that `name`, a variable of type `ty`, leads to: `x`, `x.f.done`, `x.f.Done()`.
    pub fn channels(&self, name: &str, ty: &Ty) -> Vec<(String, Ty)> {
        let mut found = Vec::new();
        self.reach(name, ty, DEPTH, &mut found);
        found
    }

    fn reach(&self, path: &str, ty: &Ty, depth: usize, found: &mut Vec<(String, Ty)>) {
        if is_context(ty) {
            found.push((format!("{path}.Done()"), Ty::Chan(ChanDir::Recv, Box::new(Ty::Unknown))));
            return;
        }
        if let under @ Ty::Chan(..) = self.under(ty) {
            found.push((path.to_owned(), under.clone()));
            return;
        }
        if depth == 0 {
            return;
        }
        for method in self.methods_of(ty).iter().filter(|method| method.bare) {
            if let [result] = method.results.as_slice()
                && let under @ Ty::Chan(..) = self.under(result)
            {
                found.push((format!("{path}.{}()", method.name), under.clone()));
            }
        }
        if let Ty::Struct(fields) = self.under(ty) {
            for field in fields {
                let deeper = if field.embedded && matches!(field.ty, Ty::Struct(_) | Ty::Named(_)) {
                    path.to_owned() + "." + &field.name
                } else {
                    format!("{path}.{}", field.name)
                };
                self.reach(&deeper, &field.ty, depth - 1, found);
            }
        }
    }

    /// A value of this type that says nothing.
    pub fn zero(&self, ty: &Ty) -> Option<String> {
        Some(match ty {
            Ty::Pointer(_) | Ty::Chan(..) | Ty::Map(..) | Ty::Func(_) | Ty::Interface => "nil".into(),
            Ty::Many(_) => "nil".into(),
            Ty::Package(..) => "nil".into(),
            Ty::Struct(_) | Ty::Unknown => return None,
            Ty::Named(name) => match name.as_str() {
                "bool" => "false".into(),
                "string" => "\"\"".into(),
                "error" | "any" => "nil".into(),
                other => match self.named.get(other) {
                    Some(Ty::Struct(_)) => format!("{other}{{}}"),
                    Some(under) => self.zero(under)?,
                    None => "0".into(),
                },
            },
        })
    }
}

fn method(name: &str, signature: &Signature) -> Method {
    Method { name: name.to_owned(), bare: signature.params.is_empty(), results: results(signature) }
}

/// The types of what a function returns.
pub(super) fn results(signature: &Signature) -> Vec<Ty> {
    signature.results.iter().map(|result| of(&result.ty)).collect()
}

pub(super) fn is_context(ty: &Ty) -> bool {
    matches!(ty, Ty::Package(package, name) if package == "context" && name == "Context")
}

/// The type that is written.
pub(super) fn of(ty: &TypeExpr) -> Ty {
    match &ty.kind {
        TypeExprKind::Name(name) => Ty::Named(name.clone()),
        TypeExprKind::Qualified { package, name } => Ty::Package(package.name.clone(), name.name.clone()),
        TypeExprKind::Pointer(to) => Ty::Pointer(Box::new(of(to))),
        TypeExprKind::Array { len: _, elem } | TypeExprKind::Slice(elem) => Ty::Many(Box::new(of(elem))),
        TypeExprKind::Map { key, value } => Ty::Map(Box::new(of(key)), Box::new(of(value))),
        TypeExprKind::Chan { dir, elem } => Ty::Chan(*dir, Box::new(of(elem))),
        TypeExprKind::Func(signature) => Ty::Func(results(signature)),
        TypeExprKind::Struct(fields) => Ty::Struct(
            fields
                .iter()
                .map(|field| {
                    let ty = of(&field.ty);
                    let name = field.name.as_ref().map_or_else(|| embedded(&ty), |name| name.name.clone());
                    Field { name, embedded: field.name.is_none(), ty }
                })
                .collect(),
        ),
        TypeExprKind::Interface(_) => Ty::Interface,
        TypeExprKind::Paren(inner) => of(inner),
        TypeExprKind::Instance { .. } | TypeExprKind::Error => Ty::Unknown,
    }
}

fn embedded(ty: &Ty) -> String {
    match ty {
        Ty::Named(name) | Ty::Package(_, name) => name.clone(),
        Ty::Pointer(to) => embedded(to),
        _ => String::new(),
    }
}
