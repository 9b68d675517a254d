//! Package-level declarations, resolved when first needed, in whatever order they stand.
//!
//! In: the items of a model or of a library file. Out: objects with their meaning,
//! methods on their types, variables with initialisers, bodies queued.

use rustc_hash::FxHashMap;

use super::checker::{Checker, Later, Pending, blank_func};
use super::library::Template;
use super::operand::Mode;
use super::overlay::{Declarations, Item, ItemKind, flatten};
use super::packages::{Package, PackageId};
use super::problem::{ConstantProblem, ModelProblem, NameProblem, TypeProblem};
use super::program::{FuncId, GlobalInit, Values, VarId};
use super::scope::{Entity, Env, Node};
use super::types::{NamedType, Type, TypeId};
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

    fn resolve_at(&mut self, at: usize) {
        if let Some(span) = self.objects.get(at).map(|object| object.span) {
            self.resolve_object(at, span);
        }
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

    // ---- resolving ----

    /// The meaning of an object; `span` is where it is used.
    pub(crate) fn resolve_object(&mut self, at: usize, span: Span) -> Entity {
        let Some(object) = self.objects.get_mut(at) else { return Entity::Invalid };
        match &object.state {
            State::Done(entity) => {
                let entity = entity.clone();
                if self.param_line.is_some() && matches!(self.object_source(at), Some(Source::Param(_))) {
                    return self.param_of_param(at, span);
                }
                return entity;
            }
            State::Busy => {
                self.cycle(at);
                return Entity::Invalid;
            }
            State::Fresh => {}
        }
        if self.param_line.is_some() && matches!(object.source, Source::Param(_)) {
            return self.param_of_param(at, span);
        }
        if self.resolving.len() >= MAX_CHAIN {
            self.report(&ConstantProblem::TooDeep { span });
            return Entity::Invalid;
        }
        object.state = State::Busy;
        let source = object.source.clone();
        let env = Env::top(object.package, None);
        self.resolving.push(at);
        let entity =
            self.deeper(span, |checker| checker.within(env, |checker| checker.resolve_source(at, &source)));
        self.resolving.pop();
        let entity = entity.unwrap_or(Entity::Invalid);
        if let Some(object) = self.objects.get_mut(at) {
            object.state = State::Done(entity.clone());
        }
        entity
    }

    fn object_source(&self, at: usize) -> Option<&Source<'a>> {
        self.objects.get(at).map(|object| &object.source)
    }

    fn resolve_source(&mut self, at: usize, source: &Source<'a>) -> Entity {
        match source {
            Source::Const { ty, value, iota } => self.resolve_const(at, *ty, *value, *iota),
            Source::Var { group, var } => self.resolve_var(*group, *var),
            Source::Type(decl) => self.resolve_type_decl(at, decl),
            Source::Func(id, decl) => self.resolve_func(*id, decl),
            Source::Param(param) => self.resolve_param(param),
            Source::Given => Entity::Invalid,
        }
    }

    fn resolve_const(
        &mut self,
        at: usize,
        ty: Option<&'a ast::TypeExpr>,
        value: Option<&'a ast::Expr>,
        iota: i128,
    ) -> Entity {
        let Some(object) = self.objects.get(at) else { return Entity::Invalid };
        let (name, span) = (object.name.clone(), object.span);
        self.env.iota = Some(iota);
        self.const_entity(&name, span, ty, value)
    }

    /// The meaning of one declared constant; `iota` is in the environment.
    pub(crate) fn const_entity(
        &mut self,
        name: &str,
        span: Span,
        ty: Option<&'a ast::TypeExpr>,
        value: Option<&'a ast::Expr>,
    ) -> Entity {
        let ty = ty.map(|ty| self.resolve_type(ty));
        let Some(value) = value else {
            self.report(&ConstantProblem::MissingValue { span, name: name.to_string() });
            return Entity::Invalid;
        };
        let operand = self.value(value);
        if operand.is_invalid() {
            return Entity::Invalid;
        }
        let Mode::Const(constant) = operand.mode.clone() else {
            self.report(&ConstantProblem::NotConstant { span: value.span, what: "the value of a constant" });
            return Entity::Invalid;
        };
        match ty {
            None => Entity::Const(operand.ty, constant),
            Some(ty) if self.is_invalid(ty) => Entity::Invalid,
            Some(ty) if !matches!(self.types.underlying(ty), Type::Int(_) | Type::Bool | Type::String) => {
                let (have, want) = (self.show(operand.ty), self.show(ty));
                self.report(&TypeProblem::Mismatch { span: value.span, have, want, context: "a constant" });
                Entity::Invalid
            }
            Some(ty) => {
                let before = self.problems.len();
                self.assign(operand, ty, "a constant");
                if self.problems.len() > before { Entity::Invalid } else { Entity::Const(ty, constant) }
            }
        }
    }

    fn resolve_var(&mut self, group: usize, var: VarId) -> Entity {
        let Some(ty) = self.groups.get(group).map(|group| group.ty) else { return Entity::Invalid };
        match ty {
            Some(ty) => {
                let ty = self.resolve_type(ty);
                self.set_var_type(var, ty);
            }
            None => self.init_group(group),
        }
        Entity::Var(var)
    }

    pub(crate) fn set_var_type(&mut self, var: VarId, ty: TypeId) {
        if let Some(var) = self.vars.get_mut(var.index()) {
            var.ty = ty;
        }
    }

    /// Checks the initialiser of package variables, once.
    fn init_group(&mut self, at: usize) {
        let Some(group) = self.groups.get_mut(at) else { return };
        if std::mem::replace(&mut group.done, true) {
            return;
        }
        let (package, ty, value, span) = (group.package, group.ty, group.value, group.span);
        let vars = group.vars.clone();
        if vars.len() != group.wanted {
            // A fix replaced some of the names: reported there.
            return;
        }
        let node = vars.first().map(|&var| Node::Var(var));
        let ty = ty.map(|ty| self.within(Env::top(package, None), |checker| checker.resolve_type(ty)));
        if let Some(ty) = ty {
            for &var in &vars {
                self.set_var_type(var, ty);
            }
        }
        let values = match value {
            None => Values::Zero,
            Some(value) => self.within(Env::top(package, node), |checker| {
                checker.var_values(&vars, ty, std::slice::from_ref(value), span)
            }),
        };
        for &var in vars.iter().skip(1) {
            // All of them are initialised by the first one's expression.
            if let (Some(node), false) = (node, self.edges.contains_key(&Node::Var(var))) {
                self.edges.insert(Node::Var(var), vec![node]);
            }
        }
        self.globals.push((package, GlobalInit { vars, values, span }));
    }

    fn resolve_type_decl(&mut self, at: usize, decl: &'a ast::TypeDecl) -> Entity {
        if decl.alias {
            return Entity::Type(self.resolve_type(&decl.ty));
        }
        let owner = self.packages.get(self.env.package).filter(|package| package.library);
        let name = match owner {
            Some(package) => format!("{}.{}{}", package.name, decl.name.name, package.types),
            None => decl.name.name.clone(),
        };
        let (ty, index) = self.begin_type(name, decl.name.span);
        // Known before its right side is: that may mention it.
        if let Some(object) = self.objects.get_mut(at) {
            object.state = State::Done(Entity::Type(ty));
        }
        self.define_type(index, &decl.ty);
        Entity::Type(ty)
    }

    /// A new defined type without its right side.
    pub(crate) fn begin_type(&mut self, name: String, span: Span) -> (TypeId, u32) {
        let index = u32::try_from(self.types.named.len()).unwrap_or(u32::MAX);
        self.types.named.push(NamedType { name, underlying: self.basic.invalid, methods: Vec::new() });
        self.named_spans.insert(index, span);
        (self.types.intern(Type::Named(index)), index)
    }

    /// Gives a defined type its right side.
    pub(crate) fn define_type(&mut self, index: u32, ty: &'a ast::TypeExpr) {
        self.constructing.push(index);
        let right = self.resolve_type(ty);
        self.constructing.pop();
        let right = if self.leads_to(right, index) {
            let name =
                self.types.named.get(index as usize).map(|named| named.name.clone()).unwrap_or_default();
            let span = self.named_spans.get(&index).copied().unwrap_or(ty.span);
            self.report(&TypeProblem::Recursive { span, name });
            self.basic.invalid
        } else {
            right
        };
        if let Some(named) = self.types.named.get_mut(index as usize) {
            named.underlying = right;
        }
        if let (Some(id), Some(&span)) = (self.types.find(&Type::Named(index)), self.named_spans.get(&index))
        {
            self.later.push(Later::Size(id, span));
        }
    }

    /// `type A B; type B A`.
    fn leads_to(&self, mut ty: TypeId, index: u32) -> bool {
        while let Type::Named(at) = self.types.get(ty) {
            if *at == index {
                return true;
            }
            match self.types.named.get(*at as usize) {
                Some(named) => ty = named.underlying,
                None => return false,
            }
        }
        false
    }

    fn resolve_func(&mut self, id: FuncId, decl: &'a ast::FuncDecl) -> Entity {
        let ty = self.signature(&decl.signature);
        if let Some(func) = self.funcs.get_mut(id.index()) {
            func.ty = ty;
        }
        let name = decl.name.name.as_str();
        let in_model = self.env.package == 0;
        let wrong = !(decl.signature.params.is_empty() && decl.signature.results.is_empty());
        if in_model && wrong && (name == "main" || name == "init") {
            let name = if name == "main" { "main" } else { "init" };
            self.report(&ModelProblem::Signature { span: decl.signature.span, name });
        }
        self.queue.push(Pending {
            func: id,
            package: self.env.package,
            receiver: None,
            signature: &decl.signature,
            body: &decl.body,
            node: Some(Node::Func(id)),
        });
        Entity::Func(id)
    }

    fn cycle(&mut self, at: usize) {
        let start = self.resolving.iter().position(|&other| other == at).unwrap_or(0);
        let around = self.resolving.get(start..).unwrap_or(&[]);
        let mut path: Vec<String> =
            around.iter().filter_map(|&at| self.objects.get(at)).map(|object| object.name.clone()).collect();
        let Some(object) = self.objects.get(at) else { return };
        path.push(object.name.clone());
        let span = object.span;
        self.report(&ConstantProblem::Cycle { span, kind: "declaration", path });
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
