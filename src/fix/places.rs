//! Every statement of a file with its surroundings: the list it stands in, the function, the names in scope.

use std::rc::Rc;

use super::types::{Ty, Types, of, results};
use crate::syntax::ast::{
    Block, Comm, Decl, Expr, ExprKind, File, ForHeader, FuncLit, Signature, Stmt, StmtKind, VarDecl,
};
use crate::verify::parts::function;
use crate::verify::tree;

/// A statement in its surroundings.
#[derive(Clone, Debug)]
pub(super) struct Place<'a> {
    pub stmt: &'a Stmt,
    /// The statements that it is one of, and which.
    pub list: &'a [Stmt],
    pub at: usize,
    /// The lists around that one in the same function, the outermost first, with the statement that it is in.
    pub around: Vec<(&'a [Stmt], usize)>,
    pub body: Rc<Body<'a>>,
    pub scope: Scope,
    /// Waiting there for ever is fine.
    pub idle: bool,
}

/// The body of a function or of a function literal.
#[derive(Debug)]
pub(super) struct Body<'a> {
    /// The declared function: `Server.Close`.
    pub key: String,
    pub block: &'a Block,
    pub results: Vec<Ty>,
    /// Its results have names.
    pub named: bool,
    /// The `go` statement that starts it.
    pub started_by: Option<&'a Stmt>,
    /// What is in scope at its start.
    pub scope: Scope,
    /// It is a literal.
    pub literal: bool,
}

/// The names in scope with their types, the innermost first.
#[derive(Clone, Debug, Default)]
pub(super) struct Scope(Option<Rc<Entry>>);

#[derive(Debug)]
struct Entry {
    name: String,
    ty: Ty,
    outer: Scope,
}

impl Scope {
    fn with(&self, name: &str, ty: Ty) -> Self {
        if name == "_" {
            return self.clone();
        }
        Self(Some(Rc::new(Entry { name: name.to_owned(), ty, outer: self.clone() })))
    }

    /// The type of a name.
    pub fn of(&self, name: &str) -> Option<Ty> {
        self.iter().find(|(known, _)| *known == name).map(|(_, ty)| ty.clone())
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &Ty)> {
        let mut at = self.0.as_deref();
        std::iter::from_fn(move || {
            let entry = at?;
            at = entry.outer.0.as_deref();
            Some((entry.name.as_str(), &entry.ty))
        })
    }
}

impl Drop for Scope {
    /// Long lists are let go one after the other.
    fn drop(&mut self) {
        let mut next = self.0.take();
        while let Some(entry) = next.and_then(Rc::into_inner) {
            let mut entry = entry;
            next = entry.outer.0.take();
        }
    }
}

impl Place<'_> {
    /// The lists that this statement is in, the innermost first, with the statement of each.
    pub fn lists(&self) -> impl Iterator<Item = (&[Stmt], usize)> {
        std::iter::once((self.list, self.at)).chain(self.around.iter().rev().copied())
    }
}

/// All statements of `file`, in the order of the text.
pub(super) fn places<'a>(file: &'a File, types: &Types) -> Vec<Place<'a>> {
    let mut walk = Walk { types, found: Vec::new() };
    for decl in &file.decls {
        let Decl::Func(func) = decl else { continue };
        let mut scope = Scope::default();
        for (name, ty) in types.globals() {
            scope = scope.with(name, ty.clone());
        }
        if let Some(receiver) = &func.receiver
            && let Some(name) = &receiver.name
        {
            let named = Ty::Named(receiver.ty.name.clone());
            let ty = if receiver.pointer { Ty::Pointer(Box::new(named)) } else { named };
            scope = scope.with(&name.name, ty);
        }
        walk.function(function(func), &func.signature, &func.body, &scope, None, false);
    }
    walk.found
}

struct Walk<'a, 'b> {
    types: &'b Types,
    found: Vec<Place<'a>>,
}

/// Where the walk is.
#[derive(Clone)]
struct Here<'a> {
    body: Rc<Body<'a>>,
    around: Vec<(&'a [Stmt], usize)>,
}

impl<'a> Walk<'a, '_> {
    fn function(
        &mut self,
        key: String,
        signature: &'a Signature,
        block: &'a Block,
        scope: &Scope,
        started_by: Option<&'a Stmt>,
        literal: bool,
    ) {
        let mut inner = scope.clone();
        for parameter in signature.params.iter().chain(&signature.results) {
            if let Some(name) = &parameter.name {
                let ty = of(&parameter.ty);
                let ty = if parameter.variadic { Ty::Many(Box::new(ty)) } else { ty };
                inner = inner.with(&name.name, ty);
            }
        }
        let named = signature.results.iter().any(|result| result.name.is_some());
        let body = Rc::new(Body {
            key,
            block,
            results: results(signature),
            named,
            started_by,
            scope: inner.clone(),
            literal,
        });
        let here = Here { body, around: Vec::new() };
        self.list(&block.stmts, &inner, &here);
    }

    fn list(&mut self, list: &'a [Stmt], scope: &Scope, here: &Here<'a>) {
        let mut scope = scope.clone();
        for (at, stmt) in list.iter().enumerate() {
            let idle = matches!(stmt.kind, StmtKind::Idle(_));
            self.found.push(Place {
                stmt,
                list,
                at,
                around: here.around.clone(),
                body: Rc::clone(&here.body),
                scope: scope.clone(),
                idle,
            });
            let mut inner = here.clone();
            inner.around.push((list, at));
            self.inside(stmt, stmt, &scope, &inner);
            scope = self.declares(stmt, &scope);
        }
    }

    /// What is inside `stmt`; `whole` is the statement with its label.
    fn inside(&mut self, stmt: &'a Stmt, whole: &'a Stmt, scope: &Scope, here: &Here<'a>) {
        for expr in tree::own(stmt) {
            self.literals(expr, scope, here, matches!(stmt.kind, StmtKind::Go(_)).then_some(whole));
        }
        match &stmt.kind {
            StmtKind::Var(decl) => {
                decl.values.iter().for_each(|value| self.literals(value, scope, here, None));
            }
            StmtKind::Define { names: _, values } => {
                values.iter().for_each(|value| self.literals(value, scope, here, None));
            }
            StmtKind::Block(block) => self.list(&block.stmts, scope, here),
            StmtKind::If(it) => {
                let mut scope = scope.clone();
                for arm in &it.arms {
                    if let Some(init) = &arm.init {
                        self.inside(init, whole, &scope, here);
                        scope = self.declares(init, &scope);
                    }
                    self.list(&arm.body.stmts, &scope, here);
                }
                if let Some(block) = &it.otherwise {
                    self.list(&block.stmts, &scope, here);
                }
            }
            StmtKind::Switch(it) => {
                let mut scope = scope.clone();
                if let Some(init) = &it.init {
                    scope = self.declares(init, &scope);
                }
                for case in &it.cases {
                    self.list(&case.clause.body, &scope, here);
                }
            }
            StmtKind::TypeSwitch(it) => {
                for case in &it.cases {
                    self.list(&case.clause.body, scope, here);
                }
            }
            StmtKind::Select(it) => {
                for case in &it.cases {
                    let mut scope = scope.clone();
                    if let Comm::Recv { targets, define: true, channel } = &case.comm
                        && let Some(ExprKind::Name(name)) = targets.first().map(|target| &target.kind)
                    {
                        let elem = match self.ty(channel, &scope) {
                            Ty::Chan(_, elem) => *elem,
                            _ => Ty::Unknown,
                        };
                        scope = scope.with(name, elem);
                    }
                    self.list(&case.clause.body, &scope, here);
                }
            }
            StmtKind::Choose { cases, span: _ } => {
                for case in cases {
                    self.list(&case.body, scope, here);
                }
            }
            StmtKind::For(it) => {
                let mut scope = scope.clone();
                match &it.header {
                    ForHeader::Clauses { init: Some(init), .. } => scope = self.declares(init, &scope),
                    ForHeader::Range { key, value, define: true, subject } => {
                        let over = self.ty(subject, &scope);
                        let (first, second) = match self.types.under(&over) {
                            Ty::Many(elem) => (Ty::Named("int".into()), (**elem).clone()),
                            Ty::Map(key, elem) => ((**key).clone(), (**elem).clone()),
                            Ty::Chan(_, elem) => ((**elem).clone(), Ty::Unknown),
                            _ => (Ty::Unknown, Ty::Unknown),
                        };
                        for (name, ty) in [(key, first), (value, second)] {
                            if let Some(ExprKind::Name(name)) = name.as_ref().map(|name| &name.kind) {
                                scope = scope.with(name, ty);
                            }
                        }
                    }
                    _ => {}
                }
                self.list(&it.body.stmts, &scope, here);
            }
            StmtKind::Labeled { label: _, stmt } => match &stmt.kind {
                // Their expressions have been looked at.
                StmtKind::Go(_) | StmtKind::Expr(_) | StmtKind::Defer(_) => {}
                _ => self.inside(stmt, whole, scope, here),
            },
            StmtKind::Idle(stmt) => self.inside(stmt, whole, scope, here),
            _ => {}
        }
    }

    fn literals(&mut self, expr: &'a Expr, scope: &Scope, here: &Here<'a>, started_by: Option<&'a Stmt>) {
        let mut found: Vec<&'a FuncLit> = Vec::new();
        tree::each(expr, &mut |expr| {
            if let ExprKind::FuncLit(literal) = &expr.kind {
                found.push(literal);
            }
        });
        for literal in found {
            let key = here.body.key.clone();
            self.function(key, &literal.signature, &literal.body, scope, started_by, true);
        }
    }

    fn ty(&self, expr: &Expr, scope: &Scope) -> Ty {
        self.types.expr(expr, &|name| scope.of(name))
    }

    /// The scope behind a statement.
    fn declares(&self, stmt: &Stmt, scope: &Scope) -> Scope {
        let mut inner = scope.clone();
        match &stmt.kind {
            StmtKind::Define { names, values } => {
                let types: Vec<Ty> = match values.as_slice() {
                    [one] if names.len() > 1 => self.types.results(one, &|name| scope.of(name)),
                    values => values.iter().map(|value| self.ty(value, scope)).collect(),
                };
                for (at, name) in names.iter().enumerate() {
                    if let ExprKind::Name(name) = &name.kind {
                        inner = inner.with(name, types.get(at).cloned().unwrap_or(Ty::Unknown));
                    }
                }
            }
            StmtKind::Var(VarDecl { names, ty, values, span: _ }) => {
                for (at, name) in names.iter().enumerate() {
                    let ty = match (ty, values.get(at)) {
                        (Some(ty), _) => of(ty),
                        (None, Some(value)) => self.ty(value, scope),
                        (None, None) => Ty::Unknown,
                    };
                    inner = inner.with(&name.name, ty);
                }
            }
            _ => {}
        }
        inner
    }
}
