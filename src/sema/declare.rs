//! Package-level declarations, resolved when first needed, in whatever order they stand.
//!
//! In: the items of a model or of a library file. Out: objects with their meaning,
//! methods on their types, variables with initialisers, bodies queued.

mod meaning;

use rustc_hash::FxHashMap;

use super::checker::{Checker, blank_func};
use super::library::Template;
use super::overlay::{Declarations, Item, ItemKind, flatten};
use super::packages::{Package, PackageId};
use super::problem::NameProblem;
use super::program::{FuncId, VarId};
use super::scope::{Entity, Env};
use super::types::TypeId;
use crate::diag::Problems;
use crate::source::Span;
use crate::syntax::ast;

/// How many declarations may lead to one another in the wrong order.
const MAX_CHAIN: usize = 100;

/// A declared name of a package.
pub(crate) struct Object<'a> {
    pub(crate) name: String,
    pub(crate) span: Span,
    pub(crate) package: PackageId,
    state: State,
    source: Source<'a>,
}

#[derive(Clone, Debug)]
enum State {
    Fresh,
    Busy,
    Done(Entity),
}

#[derive(Clone, Debug)]
enum Source<'a> {
    Const {
        ty: Option<&'a ast::TypeExpr>,
        value: Option<&'a ast::Expr>,
        iota: i128,
    },
    Var {
        group: usize,
        var: VarId,
    },
    Type(&'a ast::TypeDecl),
    Func(FuncId, &'a ast::FuncDecl),
    Param(&'a ast::Param),
    /// A type that a template is for: resolved from the start.
    Given,
}

/// Package variables that one expression initialises.
pub(crate) struct Group<'a> {
    package: PackageId,
    vars: Vec<VarId>,
    ty: Option<&'a ast::TypeExpr>,
    value: Option<&'a ast::Expr>,
    span: Span,
    /// How many variables the value is for.
    wanted: usize,
    done: bool,
}

/// A method that waits for its type.
pub(crate) struct MethodItem<'a> {
    pub(crate) receiver: &'a ast::Receiver,
    pub(crate) decl: &'a ast::FuncDecl,
}

impl<'a> Checker<'a> {
    /// Declares and resolves everything of the model's package.
    pub(crate) fn add_model(&mut self, declarations: &Declarations<'a>) {
        for import in &declarations.imports {
            self.check_import(import);
        }
        self.add_items(0, &declarations.items);
    }

    /// Resolves parameters and what they use, nothing else.
    pub(crate) fn only_params(&mut self, declarations: &Declarations<'a>) {
        for item in &declarations.items {
            self.add_item(0, item, &mut Vec::new());
        }
        for at in 0..self.objects.len() {
            if matches!(self.object_source(at), Some(Source::Param(_))) {
                self.resolve_at(at);
            }
        }
    }

    /// Declares a library file as a package of its own.
    pub(crate) fn add_library(
        &mut self,
        name: &'static str,
        part: bool,
        file: &'static ast::File,
    ) -> PackageId {
        let id = self.packages.len();
        let names = FxHashMap::default();
        self.packages.push(Package { name, library: true, part, names, types: String::new() });
        self.add_library_file(id, file);
        id
    }

    /// Declares a template for `types`, once for the same ones, and gives what it declares.
    pub(crate) fn instance(&mut self, template: &'static Template, types: &[TypeId], span: Span) -> Entity {
        let list: Vec<String> = types.iter().map(|&ty| self.show(ty)).collect();
        let key = (template.package, template.name, types.to_vec());
        let id = match self.instances.get(&key) {
            Some(&id) => id,
            None => {
                let id = self.packages.len();
                let mut names = FxHashMap::default();
                for (param, &ty) in template.params.iter().zip(types) {
                    names.insert((*param).to_string(), self.objects.len());
                    self.objects.push(Object {
                        name: (*param).to_string(),
                        span,
                        package: id,
                        state: State::Done(Entity::Type(ty)),
                        source: Source::Given,
                    });
                }
                let types = format!("[{}]", list.join(","));
                self.packages.push(Package {
                    name: template.package,
                    library: true,
                    part: true,
                    names,
                    types,
                });
                self.instances.insert(key, id);
                self.add_library_file(id, template.file());
                id
            }
        };
        let object = self.packages.get(id).and_then(|package| package.names.get(template.name).copied());
        object.map_or(Entity::Invalid, |object| self.resolve_object(object, span))
    }

    fn add_library_file(&mut self, id: PackageId, file: &'static ast::File) {
        let mut ignored = Problems::default();
        let declarations = flatten(&file.decls, &mut ignored);
        self.within(Env::top(id, None), |checker| checker.add_items(id, &declarations.items));
    }

    fn add_items(&mut self, package: PackageId, items: &[Item<'a>]) {
        let first = self.objects.len();
        let mut methods = Vec::new();
        for item in items {
            self.add_item(package, item, &mut methods);
        }
        let objects = first..self.objects.len();
        let of_kind = |checker: &Self, wanted: fn(&Source<'a>) -> bool| -> Vec<usize> {
            objects.clone().filter(|&at| checker.objects.get(at).is_some_and(|o| wanted(&o.source))).collect()
        };
        // Parameters first: their own lines may not depend on each other.
        for at in of_kind(self, |source| matches!(source, Source::Param(_))) {
            self.resolve_at(at);
        }
        for at in of_kind(self, |source| matches!(source, Source::Type(_))) {
            self.resolve_at(at);
        }
        let mut seen: Vec<(TypeId, String, Span)> = Vec::new();
        for method in methods {
            self.add_method(package, &method, &mut seen);
        }
        self.finish_types();
        for at in objects.clone() {
            self.resolve_at(at);
        }
        for group in 0..self.groups.len() {
            if self.groups.get(group).is_some_and(|group| group.package == package) {
                self.init_group(group);
            }
        }
        self.finish_types();
    }

    fn add_item(&mut self, package: PackageId, item: &Item<'a>, methods: &mut Vec<MethodItem<'a>>) {
        let name = &item.name.name;
        let source = match &item.kind {
            ItemKind::Const { ty, value, iota } => Source::Const { ty: *ty, value: *value, iota: *iota },
            ItemKind::Var { decl, index } => self.add_var(package, decl, *index, item.name),
            ItemKind::Type(decl) => Source::Type(decl),
            ItemKind::Param(param) => Source::Param(param),
            ItemKind::Func(decl) => match &decl.receiver {
                Some(receiver) => {
                    methods.push(MethodItem { receiver, decl });
                    return;
                }
                None => Source::Func(self.add_func(package, decl), decl),
            },
        };
        let nameless = name == "_" || (name == "init" && matches!(source, Source::Func(..)));
        if name == "init" && !nameless {
            self.report(&NameProblem::InitUsed { span: item.name.span });
        }
        let id = self.objects.len();
        let span = item.name.span;
        if !nameless {
            let what = what(&source);
            let names = self.packages.get_mut(package).map(|package| &mut package.names);
            let first = names.and_then(|names| match names.get(name) {
                Some(&first) => Some(first),
                None => {
                    names.insert(name.clone(), id);
                    None
                }
            });
            if let Some(first) = first.and_then(|first| self.objects.get(first)).map(|object| object.span) {
                self.report(&NameProblem::Redeclared { span, first, what, name: name.clone() });
            }
        }
        self.objects.push(Object { name: name.clone(), span, package, state: State::Fresh, source });
    }

    fn add_var(
        &mut self,
        package: PackageId,
        decl: &'a ast::VarDecl,
        index: usize,
        name: &ast::Ident,
    ) -> Source<'a> {
        let var = self.new_var(&name.name, self.basic.invalid, name.span);
        self.exempt(var);
        let tuple = decl.values.len() == 1 && decl.names.len() > 1;
        if tuple && index > 0 {
            // Joins the group of the name before it, unless a fix replaced that one.
            let last = self.groups.len().wrapping_sub(1);
            if let Some(group) = self.groups.get_mut(last)
                && group.span == decl.span
            {
                group.vars.push(var);
                return Source::Var { group: last, var };
            }
        }
        if index == 0 && !tuple && !decl.values.is_empty() && decl.values.len() != decl.names.len() {
            let (targets, values) = (decl.names.len(), decl.values.len());
            let span = decl.span;
            self.report(&super::problem::StatementProblem::AssignCount { span, targets, values });
        }
        let value = decl.values.get(if tuple { 0 } else { index });
        let group = self.groups.len();
        let (ty, span) = (decl.ty.as_ref(), decl.span);
        let wanted = if tuple { decl.names.len() } else { 1 };
        self.groups.push(Group { package, vars: vec![var], ty, value, span, wanted, done: false });
        Source::Var { group, var }
    }

    fn add_func(&mut self, package: PackageId, decl: &'a ast::FuncDecl) -> FuncId {
        let (owner, library) =
            self.packages.get(package).map_or(("main", false), |package| (package.name, package.library));
        let mut name = decl.name.name.clone();
        let is_init = name == "init";
        if is_init {
            name = format!("init.{}", self.inits.len());
        }
        let symbol = format!("{owner}.{name}");
        let shown = if library { symbol.clone() } else { name };
        let mut func = blank_func(shown, symbol, decl.span, library);
        func.end = Span { start: decl.body.span.end.saturating_sub(1), end: decl.body.span.end };
        let id = self.new_func(func);
        if is_init {
            self.inits.push(id);
        }
        id
    }
}

fn what(source: &Source) -> &'static str {
    match source {
        Source::Const { .. } => "constant",
        Source::Var { .. } => "variable",
        Source::Type(_) | Source::Given => "type",
        Source::Func(..) => "function",
        Source::Param(_) => "parameter",
    }
}
