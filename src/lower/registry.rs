//! What the whole Machine shares, numbered on first use: strings, tags, pools,
//! stacks, package variables, and the routines that are still to be lowered.

use rustc_hash::FxHashMap;

use super::builder::Builder;
use super::escape::{self, Escape};
use super::flow::{self, BoundMethod, Code, Flow};
use super::problem::LowerProblem;
use super::walk::{self, Visitor};
use super::{Options, layout, property};
use crate::commands::{CellType, PoolId, RoutineId};
use crate::diag::Problems;
use crate::machine::{Cell, Machine, Pool, Routine, Shape, Stack, StackId, Tag};
use crate::sema::program::{Builtin, Expr, ExprKind, FuncId, GlobalInit, Program, Values, VarId};
use crate::sema::types::{Type, TypeId};
use crate::source::Span;

/// What a routine runs.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) enum RoutineKey {
    Main,
    /// `go f(…)`: captured cells or receiver first, then the parameters. Library code is
    /// shown as the place of the model that called it, so each such place has a routine.
    Code(Code, Option<Span>),
    /// The same, of the environment's.
    Environment(Code, Option<Span>),
    /// `go x.m(…)` of an interface value that can hold these types: the value, then the arguments.
    Method {
        name: String,
        types: Vec<TypeId>,
    },
    /// `go close(ch)`; the types of the arguments.
    Builtin(Builtin, Vec<TypeId>),
}

/// What a tag stands for.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) enum TagKey {
    Type(TypeId),
    Code(Code),
}

/// What a pool holds.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) enum PoolKey {
    /// `&T{}`, `new(T)`.
    Type(TypeId),
    /// A variable that outlives its frame.
    Var(VarId),
    /// A copy of a compound value in an interface.
    Boxed(TypeId),
    /// The array behind slices of this element type.
    Array(TypeId),
    Channel(TypeId),
    /// A map of this key and value type.
    Map(TypeId, TypeId),
    /// What a `range` over maps of this key type may still come to.
    Iteration(TypeId),
    /// What a literal captured.
    Closure(FuncId),
    /// A receiver bound to its method.
    Receiver(TypeId),
    /// A `defer` in a loop: function and number of the statement.
    Defer(FuncId, usize),
}

/// The state of a lowering.
pub(super) struct Registry<'p> {
    pub program: &'p Program,
    pub options: Options,
    pub escape: Escape,
    pub flow: Flow,
    /// Concrete types that some conversion puts into an interface, in order of first sight.
    pub boxed_types: Vec<TypeId>,
    pub problems: Problems,
    pub points: usize,
    /// Some code calls `recover`.
    pub recovers: bool,
    strings: Vec<String>,
    string_ids: FxHashMap<String, u32>,
    tags: Vec<Tag>,
    tag_ids: FxHashMap<TagKey, i64>,
    pools: Vec<Pool>,
    pool_ids: FxHashMap<PoolKey, PoolId>,
    stacks: Vec<Stack>,
    stack_ids: FxHashMap<Stack, StackId>,
    globals: Vec<Cell>,
    global_cells: FxHashMap<VarId, u32>,
    /// True once the package variables have their first values: properties observe no state before.
    pub ready: Option<u32>,
    /// Where package testing looks whether main has ended.
    pub main_done: Option<u32>,
    routines: Vec<Option<Routine>>,
    routine_ids: FxHashMap<RoutineKey, RoutineId>,
    queue: Vec<(RoutineId, RoutineKey)>,
}

impl<'p> Registry<'p> {
    pub fn new(program: &'p Program, options: Options) -> Self {
        let mut new = Self {
            program,
            options,
            escape: escape::analyze(program),
            flow: flow::analyze(program),
            boxed_types: boxed_types(program),
            problems: Problems::default(),
            points: 0,
            recovers: false,
            strings: program.strings.clone(),
            string_ids: FxHashMap::default(),
            tags: Vec::new(),
            tag_ids: FxHashMap::default(),
            pools: Vec::new(),
            pool_ids: FxHashMap::default(),
            stacks: Vec::new(),
            stack_ids: FxHashMap::default(),
            globals: Vec::new(),
            global_cells: FxHashMap::default(),
            ready: None,
            main_done: None,
            routines: Vec::new(),
            routine_ids: FxHashMap::default(),
            queue: Vec::new(),
        };
        for (index, text) in (0u32..).zip(&program.strings) {
            new.string_ids.entry(text.clone()).or_insert(index);
        }
        new.runtime_tags();
        new.place_globals();
        new.place_ready();
        new
    }

    /// The tags that [`crate::machine::tag`] fixes.
    fn runtime_tags(&mut self) {
        let tag = |name: &str, payload| Tag {
            name: name.into(),
            payload,
            boxed: None,
            unhashable: None,
            is_error: false,
        };
        self.tags.push(tag("nil", CellType::Int { bits: 64, signed: true }));
        self.tags.push(Tag { is_error: true, ..tag("runtime.Error", CellType::String) });
        self.tags.push(tag("string", CellType::String));
        if let Some(string) = self.program.types.find(&Type::String) {
            self.tag_ids.insert(TagKey::Type(string), crate::machine::tag::STRING);
        }
    }

    fn place_globals(&mut self) {
        for (index, var) in (0u32..).zip(&self.program.vars) {
            if var.owner.is_none() {
                let at = u32::try_from(self.globals.len()).unwrap_or(u32::MAX);
                self.global_cells.insert(VarId(index), at);
                self.globals.extend(layout::cells(&self.program.types, var.ty, &var.name));
                if layout::type_name(&self.program.types, var.ty) == "testing.endOfMain" {
                    self.main_done = Some(at);
                }
                if var.library {
                    self.globals.iter_mut().skip(at as usize).for_each(|cell| cell.hidden = true);
                }
            }
        }
    }

    fn place_ready(&mut self) {
        let program = self.program;
        let observed = !program.checks.is_empty() || !program.covers.is_empty();
        let set = |init: &GlobalInit| !matches!(init.values, Values::Zero);
        if observed && (program.globals.iter().any(set) || !program.inits.is_empty()) {
            self.ready = Some(u32::try_from(self.globals.len()).unwrap_or(u32::MAX));
            self.globals.push(Cell { name: "initialised".into(), ty: CellType::Bool, hidden: true });
        }
    }

    /// Lowers `main` and every routine that it may start.
    pub fn lower_all(&mut self) {
        self.routine(RoutineKey::Main);
        while let Some((id, key)) = self.queue.pop() {
            let routine = Builder::new(self).routine(&key);
            self.routines[id.0 as usize] = Some(routine);
        }
    }

    pub fn finish(mut self) -> Result<Machine, Problems> {
        let properties = property::lower(&mut self);
        if self.problems.has_errors() {
            return Err(self.problems);
        }
        Ok(Machine {
            name: self.program.name.clone(),
            params: self.program.params.iter().map(|param| (param.name.clone(), param.value)).collect(),
            strings: self.strings,
            tags: self.tags,
            globals: self.globals,
            pools: self.pools,
            routines: self.routines.into_iter().flatten().collect(),
            main: RoutineId(0),
            stacks: self.stacks,
            properties,
            recovers: self.recovers,
        })
    }

    pub fn routine(&mut self, key: RoutineKey) -> RoutineId {
        if let Some(&id) = self.routine_ids.get(&key) {
            return id;
        }
        let id = RoutineId(u32::try_from(self.routines.len()).unwrap_or(u32::MAX));
        self.routines.push(None);
        self.routine_ids.insert(key.clone(), id);
        self.queue.push((id, key));
        id
    }

    pub fn string(&mut self, text: &str) -> i64 {
        if let Some(&id) = self.string_ids.get(text) {
            return i64::from(id);
        }
        let id = u32::try_from(self.strings.len()).unwrap_or(u32::MAX);
        self.strings.push(text.into());
        self.string_ids.insert(text.into(), id);
        i64::from(id)
    }

    /// The first cell of a package variable.
    pub fn global(&self, var: VarId) -> Option<u32> {
        self.global_cells.get(&var).copied()
    }

    pub fn stack(&mut self, stack: Stack) -> StackId {
        if let Some(&id) = self.stack_ids.get(&stack) {
            return id;
        }
        let id = StackId(u32::try_from(self.stacks.len()).unwrap_or(u32::MAX));
        self.stacks.push(stack.clone());
        self.stack_ids.insert(stack, id);
        id
    }

    /// The frames of a stack, innermost first.
    pub fn stack_frames(&self, id: StackId) -> Vec<crate::machine::Frame> {
        self.stacks.get(id.0 as usize).map(|stack| stack.frames.clone()).unwrap_or_default()
    }

    /// The tag of a concrete type in an interface.
    pub fn type_tag(&mut self, ty: TypeId) -> i64 {
        let key = TagKey::Type(ty);
        if let Some(&id) = self.tag_ids.get(&key) {
            return id;
        }
        let types = &self.program.types;
        let size = layout::size(types, ty);
        let only = layout::only_cell(types, ty);
        let boxed = (size > 1).then(|| self.pool(PoolKey::Boxed(ty)));
        let payload = only.unwrap_or(if boxed.is_some() { CellType::Ref } else { CellType::Bool });
        let is_error = crate::sema::methods::resolve_method(types, ty, "Error").is_some();
        let name = layout::type_name(types, ty);
        let unhashable = (!super::convert::is_comparable(types, ty))
            .then(|| self.string(&format!("hash of unhashable type {name}")))
            .and_then(|text| u32::try_from(text).ok());
        self.new_tag(key, Tag { name, payload, boxed, unhashable, is_error })
    }

    /// The tag of a function's code in a function value.
    pub fn code_tag(&mut self, code: &Code) -> i64 {
        let key = TagKey::Code(code.clone());
        if let Some(&id) = self.tag_ids.get(&key) {
            return id;
        }
        let types = self.environment_types(code);
        let payload = match types.as_slice() {
            [] => CellType::Bool,
            [one] => *one,
            _ => CellType::Ref,
        };
        self.new_tag(
            key,
            Tag { name: self.code_name(code), payload, boxed: None, unhashable: None, is_error: false },
        )
    }

    fn new_tag(&mut self, key: TagKey, tag: Tag) -> i64 {
        let id = i64::try_from(self.tags.len()).unwrap_or(i64::MAX);
        self.tags.push(tag);
        self.tag_ids.insert(key, id);
        id
    }

    /// The cells that a function value carries besides its code: what a literal captured, or a bound receiver.
    pub fn environment(&self, code: &Code) -> Vec<Cell> {
        let types = &self.program.types;
        match code {
            Code::Func(func) => {
                let captures = &self.program.func(*func).captures;
                captures.iter().flat_map(|&var| self.captured_cells(var)).collect()
            }
            Code::Bound { recv, method: BoundMethod::Primitive { .. } } => {
                vec![Cell { name: layout::type_name(types, *recv), ty: CellType::Ref, hidden: false }]
            }
            Code::Bound { recv, .. } => layout::cells(types, *recv, "recv"),
            Code::Type(_) => Vec::new(),
        }
    }

    pub fn environment_types(&self, code: &Code) -> Vec<CellType> {
        self.environment(code).into_iter().map(|cell| cell.ty).collect()
    }

    /// How a literal holds a captured variable: a copy of what never changes, else a reference to its box.
    pub fn captured_cells(&self, var: VarId) -> Vec<Cell> {
        let info = self.program.var(var);
        if info.owner.is_none() {
            Vec::new()
        } else if self.escape.of(var).boxed {
            vec![Cell { name: format!("&{}", info.name), ty: CellType::Ref, hidden: true }]
        } else {
            layout::cells(&self.program.types, info.ty, &info.name)
        }
    }

    pub fn code_name(&self, code: &Code) -> String {
        match code {
            Code::Func(func) | Code::Bound { method: BoundMethod::Func(func), .. } => {
                self.program.func(*func).name.clone()
            }
            Code::Bound { method: BoundMethod::Interface(name), recv } => {
                format!("{}.{name}", layout::type_name(&self.program.types, *recv))
            }
            Code::Bound { method: BoundMethod::Primitive { name, method }, .. } => format!("{name}.{method}"),
            Code::Type(ty) => layout::type_name(&self.program.types, *ty),
        }
    }

    /// The pool for objects of a kind.
    pub fn pool(&mut self, key: PoolKey) -> PoolId {
        if let Some(&id) = self.pool_ids.get(&key) {
            return id;
        }
        let pool = self.describe_pool(&key);
        let id = PoolId(u32::try_from(self.pools.len()).unwrap_or(u32::MAX));
        self.pools.push(pool);
        self.pool_ids.insert(key, id);
        id
    }

    fn describe_pool(&self, key: &PoolKey) -> Pool {
        let types = &self.program.types;
        let name = |ty: TypeId| layout::type_name(types, ty).trim_start_matches("main.").to_owned();
        let pool = |name: String, shape, cells| Pool { name, shape, cells };
        match key {
            PoolKey::Type(ty) => pool(name(*ty), Shape::Record, layout::cells(types, *ty, "")),
            PoolKey::Var(var) => {
                let info = self.program.var(*var);
                let owner = info.owner.map_or("main", |func| self.program.func(func).name.as_str());
                let cells = layout::cells(types, info.ty, &info.name);
                pool(format!("{owner}.{}", info.name), Shape::Record, cells)
            }
            PoolKey::Boxed(ty) => {
                pool(format!("{} in an interface", name(*ty)), Shape::Record, layout::cells(types, *ty, ""))
            }
            PoolKey::Array(elem) => {
                pool(format!("[]{}", name(*elem)), Shape::Array, layout::cells(types, *elem, ""))
            }
            PoolKey::Channel(elem) => {
                pool(format!("chan {}", name(*elem)), Shape::Channel, layout::cells(types, *elem, ""))
            }
            PoolKey::Map(key, value) => {
                let mut cells = layout::cells(types, *key, "");
                let key_cells = u32::try_from(cells.len()).unwrap_or(u32::MAX);
                cells.extend(layout::cells(types, *value, ""));
                pool(format!("map[{}]{}", name(*key), name(*value)), Shape::Map { key: key_cells }, cells)
            }
            PoolKey::Iteration(key) => {
                let mut cells = layout::cells(types, *key, "");
                let key_cells = u32::try_from(cells.len()).unwrap_or(u32::MAX);
                cells.push(Cell { name: "due".into(), ty: CellType::Bool, hidden: true });
                pool(format!("range over map[{}]", name(*key)), Shape::Map { key: key_cells }, cells)
            }
            PoolKey::Closure(func) => {
                let code = Code::Func(*func);
                pool(self.program.func(*func).name.clone(), Shape::Record, self.environment(&code))
            }
            PoolKey::Receiver(ty) => pool(
                format!("{} bound to a method", name(*ty)),
                Shape::Record,
                layout::cells(types, *ty, "recv"),
            ),
            PoolKey::Defer(func, index) => {
                let name = format!("{} defer {index}", self.program.func(*func).name);
                pool(name, Shape::Record, Vec::new())
            }
        }
    }

    /// Gives a `defer` pool its cells, which are known only once its call is prepared.
    pub fn set_pool_cells(&mut self, id: PoolId, types: &[CellType]) {
        let pool = &mut self.pools[id.0 as usize];
        if pool.cells.is_empty() {
            let cell = |(at, &ty): (usize, &CellType)| Cell { name: format!("arg{at}"), ty, hidden: true };
            pool.cells = types.iter().enumerate().map(cell).collect();
        }
    }

    pub fn problem(&mut self, problem: &LowerProblem) {
        self.problems.push(problem);
    }
}

/// Every concrete type that is converted to an interface somewhere.
pub(super) fn boxed_types(program: &Program) -> Vec<TypeId> {
    struct Found<'p>(&'p Program, Vec<TypeId>);
    impl Visitor for Found<'_> {
        fn expr(&mut self, expr: &Expr) {
            if let ExprKind::ToInterface(inner) = &expr.kind
                && !self.0.types.is_interface(inner.ty)
                && !self.1.contains(&inner.ty)
            {
                self.1.push(inner.ty);
            }
        }
    }
    let mut found = Found(program, Vec::new());
    for global in &program.globals {
        walk::values(&global.values, &mut found);
    }
    for func in &program.funcs {
        walk::stmts(&func.body, &mut found);
    }
    found.1
}
