//! What a function value can be and which types an interface value can hold: a flow
//! analysis over the whole program.
//!
//! In: a typed program. Out: [`Flow::targets`], the possible codes of an expression
//! of function type, and [`Flow::types`], the dynamic types of one of interface type. One set per variable, per field of each struct type, and per
//! type for everything else in memory (0-CFA, Shivers 1988, field-based). A set
//! that is too large costs points of the Machine, never soundness.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use super::walk::{self, Visitor};
use crate::sema::program::{
    Call, Callee, Comm, Expr, ExprKind, Func, FuncId, Method, Program, Range, Stmt, StmtKind, Target, Values,
    VarId,
};
use crate::sema::types::{Type, TypeId};

/// What a function value runs when called.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Code {
    /// A declared function or a literal.
    Func(FuncId),
    /// A method bound to its receiver, whose type this is.
    Bound { recv: TypeId, method: BoundMethod },
    /// Not code: a dynamic type that an interface value can have.
    Type(TypeId),
}

/// [`Method`] as a key.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum BoundMethod {
    Func(FuncId),
    Interface(String),
    Primitive { name: &'static str, method: &'static str },
}

impl From<&Method> for BoundMethod {
    fn from(method: &Method) -> Self {
        match method {
            Method::Func(func) => Self::Func(*func),
            Method::Interface(name) => Self::Interface(name.clone()),
            Method::Primitive { name, method } => Self::Primitive { name, method },
        }
    }
}

type Set = BTreeSet<Code>;

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Node {
    Var(VarId),
    Field(TypeId, usize),
    /// Any other memory of this function type.
    Memory(TypeId),
}

/// The result of the analysis.
#[derive(Debug, Default)]
pub struct Flow {
    sets: FxHashMap<Node, Set>,
    /// Every type that is put into an interface somewhere.
    all_types: Set,
}

/// Runs the analysis to its fixed point.
pub fn analyze(program: &Program) -> Flow {
    let all_types = super::registry::boxed_types(program).into_iter().map(Code::Type).collect();
    let mut flow = Flow { sets: FxHashMap::default(), all_types };
    loop {
        let mut pass = Pass { program, flow: &mut flow, func: None, changed: false };
        for global in &program.globals {
            let targets: Vec<Target> = global.vars.iter().map(|&var| Target::New(var)).collect();
            pass.assign(&targets, &global.values);
            walk::values(&global.values, &mut pass);
        }
        for func in &program.funcs {
            pass.func = Some(func);
            walk::stmts(&func.body, &mut pass);
        }
        if !pass.changed {
            return flow;
        }
    }
}

impl Flow {
    /// The codes that `value` (of function type) can have, in a fixed order.
    pub fn targets(&self, program: &Program, value: &Expr) -> Vec<Code> {
        self.set(program, value).into_iter().collect()
    }

    /// The dynamic types that `value` (of interface type) can have, in a fixed order.
    pub fn types(&self, program: &Program, value: &Expr) -> Vec<TypeId> {
        only_types(self.set(program, value))
    }

    /// The dynamic types that any place of this interface type can hold.
    pub fn memory_types(&self, program: &Program, interface: TypeId) -> Vec<TypeId> {
        let implements = |ty: &TypeId| crate::sema::methods::implements(&program.types, *ty, interface);
        only_types(self.all_types.clone()).into_iter().filter(implements).collect()
    }

    /// The dynamic types that a field of interface type can hold.
    pub fn field_types(&self, owner: TypeId, field: usize) -> Vec<TypeId> {
        only_types(self.sets.get(&Node::Field(owner, field)).cloned().unwrap_or_default())
    }

    fn set(&self, program: &Program, value: &Expr) -> Set {
        match &value.kind {
            ExprKind::Func(func) | ExprKind::Closure(func) => Set::from([Code::Func(*func)]),
            ExprKind::MethodValue { recv, method } => {
                Set::from([Code::Bound { recv: recv.ty, method: method.into() }])
            }
            ExprKind::Convert(inner) => self.set(program, inner),
            ExprKind::ToInterface(inner) if !program.types.is_interface(inner.ty) => {
                Set::from([Code::Type(inner.ty)])
            }
            ExprKind::ToInterface(inner) => self.set(program, inner),
            ExprKind::TypeAssert { operand, .. } if program.types.is_interface(value.ty) => {
                self.set(program, operand)
            }
            // What a panic threw can be anything.
            ExprKind::Call(call) if matches!(call.callee, Callee::Builtin(_)) => self.all_types.clone(),
            // What a primitive holds (`atomic.Value`) can be anything that is put into an interface somewhere.
            ExprKind::Call(call)
                if matches!(call.callee, Callee::Method { method: Method::Primitive { .. }, .. }) =>
            {
                self.all_types.clone()
            }
            ExprKind::Call(call) => self.result(program, call, 0),
            _ => node(program, value).and_then(|node| self.sets.get(&node)).cloned().unwrap_or_default(),
        }
    }

    /// What result number `index` of a call can be.
    fn result(&self, program: &Program, call: &Call, index: usize) -> Set {
        if let Callee::Method { method: Method::Primitive { .. }, .. } = call.callee {
            return self.all_types.clone();
        }
        let mut out = Set::new();
        for func in self.callees(program, call) {
            if let Some(result) = program.func(func).results.get(index) {
                out.extend(self.sets.get(&Node::Var(*result)).cloned().unwrap_or_default());
            }
        }
        out
    }

    /// Every function that a call may enter.
    fn callees(&self, program: &Program, call: &Call) -> Vec<FuncId> {
        match &call.callee {
            Callee::Func(func) | Callee::Closure(func) => vec![*func],
            Callee::Builtin(_) => Vec::new(),
            Callee::Method { recv, method: Method::Interface(name) } => {
                let types = self.types(program, recv);
                types.iter().flat_map(|&ty| type_method_funcs(program, ty, name)).collect()
            }
            Callee::Method { method, .. } => method_funcs(program, &method.into()),
            Callee::Value(value) => {
                let codes = self.set(program, value);
                codes.iter().flat_map(|code| code_funcs(program, code)).collect()
            }
        }
    }
}

fn code_funcs(program: &Program, code: &Code) -> Vec<FuncId> {
    match code {
        Code::Func(func) => vec![*func],
        Code::Bound { method, .. } => method_funcs(program, method),
        Code::Type(_) => Vec::new(),
    }
}

fn only_types(set: Set) -> Vec<TypeId> {
    set.into_iter()
        .filter_map(|code| match code {
            Code::Type(ty) => Some(ty),
            Code::Func(_) | Code::Bound { .. } => None,
        })
        .collect()
}

/// What a call of method `name` enters when the receiver's dynamic type is `ty`.
fn type_method_funcs(program: &Program, ty: TypeId, name: &str) -> Vec<FuncId> {
    let path = crate::sema::methods::resolve_method(&program.types, ty, name);
    path.map(|path| method_funcs(program, &(&path.method).into())).unwrap_or_default()
}

fn method_funcs(program: &Program, method: &BoundMethod) -> Vec<FuncId> {
    match method {
        BoundMethod::Func(func) => vec![*func],
        BoundMethod::Interface(name) => {
            let declared = program.types.named.iter().flat_map(|named| &named.methods);
            declared.filter(|method| method.name == *name).map(|method| method.func).collect()
        }
        BoundMethod::Primitive { .. } => Vec::new(),
    }
}

/// The set that stands for a place or a value read from memory.
fn node(program: &Program, value: &Expr) -> Option<Node> {
    Some(match &value.kind {
        ExprKind::Var(var) => Node::Var(*var),
        ExprKind::Field(inner, index) => Node::Field(inner.ty, *index),
        ExprKind::Zero => return None,
        _ => Node::Memory(plain(program, value.ty)),
    })
}

/// Function types of one shape share their memory, whatever they are called.
fn plain(program: &Program, ty: TypeId) -> TypeId {
    program.types.find(program.types.underlying(ty)).unwrap_or(ty)
}

/// Types whose values the analysis follows.
fn is_followed(program: &Program, ty: TypeId) -> bool {
    matches!(program.types.underlying(ty), Type::Func(_) | Type::Interface(_))
}

struct Pass<'a> {
    program: &'a Program,
    flow: &'a mut Flow,
    func: Option<&'a Func>,
    changed: bool,
}

impl Pass<'_> {
    fn add(&mut self, node: Node, codes: Set) {
        if codes.is_empty() {
            return;
        }
        let set = self.flow.sets.entry(node).or_default();
        let before = set.len();
        set.extend(codes);
        self.changed |= set.len() > before;
    }

    fn flows_to_memory(&mut self, value: &Expr) {
        if is_followed(self.program, value.ty) {
            let codes = self.flow.set(self.program, value);
            self.add(Node::Memory(plain(self.program, value.ty)), codes);
        }
    }

    fn flows_to_var(&mut self, var: VarId, value: &Expr) {
        if is_followed(self.program, value.ty) {
            let codes = self.flow.set(self.program, value);
            self.add(Node::Var(var), codes);
        }
    }

    fn target_node(&self, target: &Target) -> Option<Node> {
        match target {
            Target::Blank => None,
            Target::New(var) => Some(Node::Var(*var)),
            Target::Place(place) => node(self.program, place),
        }
    }

    fn assign(&mut self, targets: &[Target], values: &Values) {
        match values {
            Values::Zero => {}
            Values::Each(list) => {
                for (target, value) in targets.iter().zip(list) {
                    if let (Some(node), true) =
                        (self.target_node(target), is_followed(self.program, value.ty))
                    {
                        let codes = self.flow.set(self.program, value);
                        self.add(node, codes);
                    }
                }
            }
            Values::Tuple(value) => self.assign_tuple(targets, value),
        }
    }

    fn assign_tuple(&mut self, targets: &[Target], value: &Expr) {
        for (index, target) in targets.iter().enumerate() {
            let Some(node) = self.target_node(target) else { continue };
            let codes = match &value.kind {
                ExprKind::Call(call) => self.flow.result(self.program, call, index),
                ExprKind::TypeAssert { operand, target, .. }
                    if index == 0 && self.program.types.is_interface(*target) =>
                {
                    self.flow.set(self.program, operand)
                }
                _ if index == 0 => self.memory_of_tuple(value),
                _ => Set::new(),
            };
            self.add(node, codes);
        }
    }

    /// The first part of `v, ok := <-ch` and its like.
    fn memory_of_tuple(&self, value: &Expr) -> Set {
        let Type::Tuple(parts) = self.program.types.get(value.ty) else { return Set::new() };
        let first = parts.first().filter(|&&ty| is_followed(self.program, ty));
        let node = first.map(|&ty| Node::Memory(plain(self.program, ty)));
        node.and_then(|node| self.flow.sets.get(&node)).cloned().unwrap_or_default()
    }

    fn flows_from_memory(&mut self, target: &Target, ty: TypeId) {
        if let (Some(node), true) = (self.target_node(target), is_followed(self.program, ty)) {
            let codes =
                self.flow.sets.get(&Node::Memory(plain(self.program, ty))).cloned().unwrap_or_default();
            self.add(node, codes);
        }
    }

    /// A variable whose address is taken is one with the memory of its type.
    fn merge_with_memory(&mut self, place: &Expr) {
        if !is_followed(self.program, place.ty) {
            return;
        }
        let Some(own) = node(self.program, place) else { return };
        let memory = Node::Memory(plain(self.program, place.ty));
        let mut both = self.flow.sets.get(&own).cloned().unwrap_or_default();
        both.extend(self.flow.sets.get(&memory).cloned().unwrap_or_default());
        self.add(own, both.clone());
        self.add(memory, both);
    }

    /// A receiver is a parameter too, and can be a function: from the call, or out of an interface.
    fn receiver(&mut self, recv: &Expr, method: &Method) {
        match method {
            Method::Func(func) => {
                if let Some(&param) = self.program.func(*func).params.first() {
                    self.flows_to_var(param, recv);
                }
            }
            Method::Interface(name) => {
                for ty in self.flow.types(self.program, recv) {
                    for func in type_method_funcs(self.program, ty, name) {
                        if let Some(&param) = self.program.func(func).params.first() {
                            self.flows_from_memory(&Target::New(param), self.program.var(param).ty);
                        }
                    }
                }
            }
            Method::Primitive { .. } => {}
        }
    }

    fn range(&mut self, each: &Range) {
        let elem = match self.program.types.underlying(each.subject.ty) {
            Type::Array(elem, _) | Type::Slice(elem) => (*elem, &each.value),
            Type::Map(key, elem) => {
                self.flows_from_memory(&each.key, *key);
                (*elem, &each.value)
            }
            Type::Chan(_, elem) => (*elem, &each.key),
            _ => return,
        };
        self.flows_from_memory(elem.1, elem.0);
    }
}

impl Visitor for Pass<'_> {
    fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::StructLit(parts) => {
                for (index, part) in parts.iter().enumerate() {
                    if is_followed(self.program, part.ty) {
                        let codes = self.flow.set(self.program, part);
                        self.add(Node::Field(expr.ty, index), codes);
                    }
                }
            }
            ExprKind::ArrayLit(parts) | ExprKind::SliceLit { elements: parts, .. } => {
                parts.iter().for_each(|(_, part)| self.flows_to_memory(part));
            }
            ExprKind::MapLit(parts) => {
                for (key, part) in parts {
                    self.flows_to_memory(key);
                    self.flows_to_memory(part);
                }
            }
            // Written under, it is a key that `range` may give.
            ExprKind::MapIndex { key, .. } => self.flows_to_memory(key),
            ExprKind::Alloc(inner) => self.flows_to_memory(inner),
            ExprKind::ToInterface(inner) if !self.program.types.is_interface(inner.ty) => {
                self.flows_to_memory(inner);
            }
            ExprKind::AddrOf(place) => self.merge_with_memory(place),
            ExprKind::MethodValue { recv, method } => self.receiver(recv, method),
            _ => {}
        }
    }

    fn call(&mut self, call: &Call) {
        if let Callee::Method { recv, method } = &call.callee {
            self.receiver(recv, method);
            // What a primitive is given, library code may find in it.
            if let Method::Primitive { .. } = method {
                call.args.iter().for_each(|arg| self.flows_to_memory(arg));
            }
        }
        for func in self.flow.callees(self.program, call) {
            let func = self.program.func(func);
            let params = func.params.clone();
            // A method takes its receiver apart from the arguments, a method expression among them; of a value either may come.
            let skips = match call.callee {
                Callee::Method { .. } => 1..=1,
                Callee::Value(_) => 0..=usize::from(func.has_receiver),
                Callee::Func(_) | Callee::Closure(_) | Callee::Builtin(_) => 0..=0,
            };
            for skip in skips {
                for (&param, arg) in params.iter().skip(skip).zip(&call.args) {
                    self.flows_to_var(param, arg);
                }
            }
        }
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match &stmt.kind {
            StmtKind::Send { value, .. } => self.flows_to_memory(value),
            StmtKind::Assign { targets, values } => self.assign(targets, values),
            StmtKind::Return(Some(values)) => {
                let results = self.func.map(|func| func.results.clone()).unwrap_or_default();
                let targets: Vec<Target> = results.into_iter().map(Target::New).collect();
                self.assign(&targets, values);
            }
            StmtKind::Range(each) => self.range(each),
            StmtKind::TypeSwitch { subject, cases, .. } => {
                let held = self.flow.set(self.program, subject);
                // `default` has what no case is for.
                let named: Set = cases
                    .iter()
                    .flat_map(|case| case.types.iter().flatten().flatten())
                    .map(|&ty| Code::Type(ty))
                    .collect();
                for case in cases {
                    let Some(bind) = case.bind else { continue };
                    if self.program.types.is_interface(self.program.var(bind).ty) {
                        let rest = held.iter().filter(|code| case.types.is_some() || !named.contains(code));
                        self.add(Node::Var(bind), rest.cloned().collect());
                    } else {
                        self.flows_from_memory(&Target::New(bind), self.program.var(bind).ty);
                    }
                }
            }
            StmtKind::Select { cases, .. } => {
                for case in cases {
                    match &case.comm {
                        Comm::Send { value, .. } => self.flows_to_memory(value),
                        Comm::Recv { channel, value, .. } => {
                            if let Type::Chan(_, elem) = self.program.types.underlying(channel.ty) {
                                self.flows_from_memory(value, *elem);
                            }
                        }
                        Comm::Default => {}
                    }
                }
            }
            _ => {}
        }
    }
}
