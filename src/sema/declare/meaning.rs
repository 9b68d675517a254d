//! What a declared name means, found when it is first asked for.

use super::{MAX_CHAIN, Source, State};
use crate::sema::checker::{Checker, Later, Pending};
use crate::sema::operand::Mode;
use crate::sema::problem::{ConstantProblem, ModelProblem, TypeProblem};
use crate::sema::program::{FuncId, GlobalInit, Values, VarId};
use crate::sema::scope::{Entity, Env, Node};
use crate::sema::types::{NamedType, Type, TypeId};
use crate::source::Span;
use crate::syntax::ast;

impl<'a> Checker<'a> {
    pub(super) fn resolve_at(&mut self, at: usize) {
        if let Some(span) = self.objects.get(at).map(|object| object.span) {
            self.resolve_object(at, span);
        }
    }

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

    pub(super) fn object_source(&self, at: usize) -> Option<&Source<'a>> {
        self.objects.get(at).map(|object| &object.source)
    }

    pub(super) fn resolve_source(&mut self, at: usize, source: &Source<'a>) -> Entity {
        match source {
            Source::Const { ty, value, iota } => self.resolve_const(at, *ty, *value, *iota),
            Source::Var { group, var } => self.resolve_var(*group, *var),
            Source::Type(decl) => self.resolve_type_decl(at, decl),
            Source::Func(id, decl) => self.resolve_func(*id, decl),
            Source::Param(param) => self.resolve_param(param),
            Source::Given => Entity::Invalid,
        }
    }

    pub(super) fn resolve_const(
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

    pub(super) fn resolve_var(&mut self, group: usize, var: VarId) -> Entity {
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
    pub(super) fn init_group(&mut self, at: usize) {
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

    pub(super) fn resolve_type_decl(&mut self, at: usize, decl: &'a ast::TypeDecl) -> Entity {
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
    pub(super) fn leads_to(&self, mut ty: TypeId, index: u32) -> bool {
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

    pub(super) fn resolve_func(&mut self, id: FuncId, decl: &'a ast::FuncDecl) -> Entity {
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

    pub(super) fn cycle(&mut self, at: usize) {
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
