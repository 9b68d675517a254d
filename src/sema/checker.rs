//! The state of one analysis: tables that grow, the place where it stands, helpers
//! that every part uses.
//!
//! In: the declarations of a model with a fix applied. Out: the tables of a
//! [`Program`](super::program::Program). What the parts do is in the sibling files.

use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::basic::Basic;
use super::constant::Const;
use super::declare::Object;
use super::operand::{Mode, Operand};
use super::packages::{Package, PackageId};
use super::problem::{ConstantProblem, NameProblem};
use super::program::{self as p, FuncId, LabelId, StrId, VarId};
use super::scope::{Declared, Entity, Env, FunctionContext, Node, Scope, universe};
use super::types::{Type, TypeId, Types};
use crate::diag::{Problem, Problems, did_you_mean};
use crate::source::Span;
use crate::syntax::ast;

/// How deep expressions, statements and declarations may lie inside each other, together.
/// The parser bounds nesting; this bounds chains of declarations that lead to each other.
const MAX_DEPTH: u32 = 1200;

/// A level gets a new piece of stack where less than this is left: threads may be small.
const STACK_LEFT: usize = 256 << 10;
const STACK_MORE: usize = 2 << 20;

/// A function body that waits to be checked.
pub(crate) struct Pending<'a> {
    pub(crate) func: FuncId,
    pub(crate) package: PackageId,
    pub(crate) receiver: Option<&'a ast::Receiver>,
    pub(crate) signature: &'a ast::Signature,
    pub(crate) body: &'a ast::Block,
    pub(crate) node: Option<Node>,
}

/// A question about a type that has to wait until all types are complete.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Later {
    Size(TypeId, Span),
    MapKey(TypeId, Span),
    Embedded(TypeId, Span),
}

/// What is known about a variable besides its type.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct VarFacts {
    pub(crate) used: bool,
    /// Assigned after its declaration.
    pub(crate) written: bool,
    /// A parameter, result or generated variable: never reported as unused.
    pub(crate) exempt: bool,
}

pub(crate) struct Checker<'a> {
    pub(crate) problems: Problems,
    pub(crate) types: Types,
    pub(crate) basic: Basic,
    pub(crate) strings: Vec<String>,
    string_ids: FxHashMap<Rc<str>, StrId>,
    pub(crate) vars: Vec<p::Var>,
    pub(crate) facts: Vec<VarFacts>,
    pub(crate) funcs: Vec<p::Func>,
    pub(crate) packages: Vec<Package>,
    /// The packages made from templates: package, name, types.
    pub(crate) instances: FxHashMap<(&'static str, &'static str, Vec<TypeId>), PackageId>,
    pub(crate) objects: Vec<Object<'a>>,
    pub(crate) env: Env,
    pub(crate) queue: Vec<Pending<'a>>,
    pub(crate) later: Vec<Later>,
    pub(crate) globals: Vec<(PackageId, p::GlobalInit)>,
    pub(crate) inits: Vec<FuncId>,
    /// What each package-level declaration refers to.
    pub(crate) edges: FxHashMap<Node, Vec<Node>>,
    pub(crate) params: Vec<p::Param>,
    /// Values given for parameters.
    pub(crate) given: Vec<(String, i64)>,
    /// The name of the parameter whose default and range are being evaluated.
    pub(crate) param_line: Option<String>,
    /// The Go release that the model is about; `None` for today's.
    pub(crate) go: Option<(u32, u32)>,
    /// Loop variables are one for the whole loop: Go before 1.22.
    pub(crate) shared_loop_vars: bool,
    /// Defined types whose right side is being resolved, by index.
    pub(crate) constructing: Vec<u32>,
    /// Where each defined type is declared.
    pub(crate) named_spans: FxHashMap<u32, Span>,
    /// Defined types before this index are known to end.
    pub(crate) finite: usize,
    /// Package variables by declaration: see `declare`.
    pub(crate) groups: Vec<super::declare::Group<'a>>,
    /// Package-level declarations being resolved, outermost first.
    pub(crate) resolving: Vec<usize>,
    /// Statements that some `break` leaves.
    pub(crate) broken: rustc_hash::FxHashSet<LabelId>,
    /// Variables of type switches that no clause uses.
    pub(crate) unused_binds: Vec<NameProblem>,
    labels: u32,
    /// Function literals in initialisers of package variables, met so far.
    pub(crate) global_literals: u32,
    depth: u32,
}

impl<'a> Checker<'a> {
    pub(crate) fn new(given: &[(String, i64)]) -> Self {
        let mut types = Types::default();
        let basic = Basic::new(&mut types);
        Self {
            problems: Problems::default(),
            types,
            basic,
            strings: vec![String::new()],
            string_ids: FxHashMap::from_iter([(Rc::from(""), StrId(0))]),
            vars: Vec::new(),
            facts: Vec::new(),
            funcs: Vec::new(),
            packages: vec![Package::model()],
            instances: FxHashMap::default(),
            objects: Vec::new(),
            env: Env::default(),
            queue: Vec::new(),
            later: Vec::new(),
            globals: Vec::new(),
            inits: Vec::new(),
            edges: FxHashMap::default(),
            params: Vec::new(),
            given: given.to_vec(),
            param_line: None,
            go: None,
            shared_loop_vars: false,
            constructing: Vec::new(),
            named_spans: FxHashMap::default(),
            finite: 0,
            groups: Vec::new(),
            resolving: Vec::new(),
            broken: FxHashSet::default(),
            unused_binds: Vec::new(),
            labels: 0,
            global_literals: 0,
            depth: 0,
        }
    }

    pub(crate) fn report(&mut self, problem: &impl Problem) {
        self.problems.push(problem);
    }

    /// Runs `work` one level deeper; too deep is reported and gives `None`.
    pub(crate) fn deeper<T>(&mut self, span: Span, work: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.depth >= MAX_DEPTH {
            self.report(&ConstantProblem::TooDeep { span });
            return None;
        }
        self.depth += 1;
        let result = stacker::maybe_grow(STACK_LEFT, STACK_MORE, || work(self));
        self.depth -= 1;
        Some(result)
    }

    /// Runs `work` at another place.
    pub(crate) fn within<T>(&mut self, env: Env, work: impl FnOnce(&mut Self) -> T) -> T {
        let here = std::mem::replace(&mut self.env, env);
        let result = work(self);
        self.env = here;
        result
    }

    /// Runs `work` in a new block.
    pub(crate) fn scoped<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> T {
        self.env.scopes.push(Scope::default());
        let result = work(self);
        self.env.scopes.pop();
        result
    }

    pub(crate) fn intern(&mut self, text: &str) -> StrId {
        if let Some(&id) = self.string_ids.get(text) {
            return id;
        }
        let id = StrId(u32::try_from(self.strings.len()).unwrap_or(u32::MAX));
        self.strings.push(text.to_string());
        self.string_ids.insert(Rc::from(text), id);
        id
    }

    pub(crate) fn new_label(&mut self) -> LabelId {
        self.labels += 1;
        LabelId(self.labels - 1)
    }

    /// The code being checked is goknot's own: its spans do not point into the model.
    pub(crate) fn in_library(&self) -> bool {
        self.packages.get(self.env.package).is_some_and(|package| package.library)
    }

    // ---- functions and variables ----

    pub(crate) fn function(&self) -> Option<&FunctionContext> {
        self.env.functions.last()
    }

    pub(crate) fn function_mut(&mut self) -> Option<&mut FunctionContext> {
        self.env.functions.last_mut()
    }

    /// Adds a variable to the tables, owned by the current function.
    pub(crate) fn new_var(&mut self, name: &str, ty: TypeId, span: Span) -> VarId {
        let id = VarId(u32::try_from(self.vars.len()).unwrap_or(u32::MAX));
        self.vars.push(p::Var {
            name: name.to_string(),
            ty,
            span,
            owner: self.function().map(|function| function.id),
            captured: false,
            addressed: false,
            constant: false,
            library: self.in_library(),
        });
        self.facts.push(VarFacts::default());
        id
    }

    /// A variable that the source does not have, to hold a value between two steps.
    pub(crate) fn temp(&mut self, ty: TypeId, span: Span) -> VarId {
        let id = self.new_var("", ty, span);
        self.exempt(id);
        id
    }

    pub(crate) fn exempt(&mut self, var: VarId) {
        if let Some(facts) = self.facts.get_mut(var.index()) {
            facts.exempt = true;
        }
    }

    pub(crate) fn mark_used(&mut self, var: VarId) {
        if let Some(facts) = self.facts.get_mut(var.index()) {
            facts.used = true;
        }
    }

    pub(crate) fn mark_written(&mut self, var: VarId) {
        if let Some(facts) = self.facts.get_mut(var.index()) {
            facts.written = true;
        }
    }

    /// Adds a function to the tables; its body follows.
    pub(crate) fn new_func(&mut self, func: p::Func) -> FuncId {
        let id = FuncId(u32::try_from(self.funcs.len()).unwrap_or(u32::MAX));
        self.funcs.push(func);
        id
    }

    /// The variable is mentioned here: notes captures and what initialisation depends on.
    pub(crate) fn touch(&mut self, var: VarId) {
        let Some(owner) = self.vars.get(var.index()).map(|var| var.owner) else { return };
        let Some(owner) = owner else {
            self.depend(Node::Var(var));
            return;
        };
        let functions: Vec<FuncId> = self.env.functions.iter().rev().map(|function| function.id).collect();
        for func in functions {
            if func == owner {
                break;
            }
            if let Some(variable) = self.vars.get_mut(var.index()) {
                variable.captured = true;
            }
            if let Some(func) = self.funcs.get_mut(func.index())
                && !func.captures.contains(&var)
            {
                func.captures.push(var);
            }
        }
    }

    /// The declaration being checked refers to `node`.
    pub(crate) fn depend(&mut self, node: Node) {
        if let Some(from) = self.env.node {
            let edges = self.edges.entry(from).or_default();
            if !edges.contains(&node) {
                edges.push(node);
            }
        }
    }

    // ---- names ----

    /// What `name` means here; package-level names are resolved on the way.
    pub(crate) fn lookup(&mut self, name: &str, span: Span) -> Option<Entity> {
        for scope in self.env.scopes.iter().rev() {
            if let Some(declared) = scope.get(name) {
                return Some(declared.entity.clone());
            }
        }
        let object = self.packages.get(self.env.package).and_then(|package| package.names.get(name).copied());
        if let Some(object) = object {
            return Some(self.resolve_object(object, span));
        }
        universe(&self.basic, name)
    }

    /// Declares `name` in the innermost block; a second declaration there is reported.
    pub(crate) fn declare(&mut self, name: &ast::Ident, what: &'static str, entity: Entity) {
        if name.name == "_" {
            return;
        }
        let Some(scope) = self.env.scopes.last_mut() else { return };
        let first = scope.get(&name.name).map(|declared| declared.span);
        scope.names.push(Declared { name: name.name.as_str().into(), entity, span: name.span });
        if let Some(first) = first {
            self.report(&NameProblem::Redeclared { span: name.span, first, what, name: name.name.clone() });
        }
    }

    /// The name in scope that is nearest to `name`.
    pub(crate) fn nearest(&self, name: &str) -> Option<String> {
        let local =
            self.env.scopes.iter().flat_map(|scope| scope.names.iter().map(|declared| &*declared.name));
        let package = self.packages.get(self.env.package);
        let mut top: Vec<&str> =
            package.into_iter().flat_map(|package| package.names.keys().map(String::as_str)).collect();
        top.sort_unstable();
        let candidates = local.chain(top).chain(super::scope::UNIVERSE.iter().copied());
        did_you_mean(name, candidates.filter(|candidate| !candidate.is_empty())).map(str::to_string)
    }

    // ---- expressions ----

    pub(crate) fn poison(&self, span: Span) -> p::Expr {
        p::Expr { ty: self.basic.invalid, span, kind: p::ExprKind::Zero }
    }

    pub(crate) fn int_expr(&self, value: i64, ty: TypeId, span: Span) -> p::Expr {
        p::Expr { ty, span, kind: p::ExprKind::Int(value) }
    }

    /// The constant as an expression of type `ty`.
    pub(crate) fn const_expr(&mut self, value: &Const, ty: TypeId, span: Span) -> p::Expr {
        let kind = match value {
            Const::Bool(value) => p::ExprKind::Bool(*value),
            // A uint64 above the signed range keeps its bits.
            Const::Int(value) => p::ExprKind::Int(wrap(*value)),
            Const::Str(text) => p::ExprKind::Str(self.intern(text)),
        };
        p::Expr { ty, span, kind }
    }

    pub(crate) fn var_expr(&self, var: VarId, span: Span) -> p::Expr {
        let ty = self.vars.get(var.index()).map_or(self.basic.invalid, |var| var.ty);
        p::Expr { ty, span, kind: p::ExprKind::Var(var) }
    }

    /// An operand that silences whatever is done with it.
    pub(crate) fn invalid(&self, span: Span) -> Operand {
        Operand { mode: Mode::Invalid, ty: self.basic.invalid, span, kind: p::ExprKind::Zero }
    }

    // ---- types ----

    pub(crate) fn pointer_to(&mut self, ty: TypeId) -> TypeId {
        self.types.intern(Type::Pointer(ty))
    }

    pub(crate) fn tuple(&mut self, types: Vec<TypeId>) -> TypeId {
        self.types.intern(Type::Tuple(types))
    }

    pub(crate) fn is_invalid(&self, ty: TypeId) -> bool {
        matches!(self.types.underlying(ty), Type::Invalid)
    }

    pub(crate) fn show(&self, ty: TypeId) -> String {
        self.types.show(ty)
    }
}

/// The low 64 bits: two's complement is what is wanted.
fn wrap(value: i128) -> i64 {
    value as i64
}

/// A function without a body yet.
pub(crate) fn blank_func(name: String, symbol: String, span: Span, library: bool) -> p::Func {
    p::Func {
        name,
        symbol,
        ty: TypeId(0),
        params: Vec::new(),
        has_receiver: false,
        results: Vec::new(),
        named_results: false,
        body: Vec::new(),
        parent: None,
        captures: Vec::new(),
        span,
        end: Span { start: span.end.saturating_sub(1), end: span.end },
        library,
    }
}

impl FunctionContext {
    pub(crate) fn new(id: FuncId) -> Self {
        Self { id, frames: Vec::new(), labels: Vec::new(), gotos: Vec::new(), literals: 0 }
    }
}

impl Env {
    /// At package level, outside every function.
    pub(crate) fn top(package: PackageId, node: Option<Node>) -> Self {
        Self { package, node, ..Self::default() }
    }
}
