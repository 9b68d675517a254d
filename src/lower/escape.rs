//! Where a variable lives: in the goroutine's frame, or in an object of its own.
//!
//! In: a typed program. Out: for each variable whether it must be *boxed* (its
//! address is taken, or a function literal that outlives the statement uses and
//! someone changes it) and whether it is *constant* (set at its declaration, then
//! only read), so that literals may copy it.

use super::walk::{self, Visitor};
use crate::sema::program::{
    Call, Callee, Expr, ExprKind, FuncId, Method, Program, Stmt, StmtKind, Target, VarId,
};
use crate::sema::types::{Type, Types};

/// What the lowering must know about one variable.
#[derive(Clone, Copy, Debug, Default)]
pub struct Facts {
    /// Lives in an object; the frame holds a reference.
    pub boxed: bool,
    /// Never changes after its declaration.
    pub constant: bool,
}

/// The facts of every variable, by [`VarId`].
#[derive(Debug)]
pub struct Escape {
    facts: Vec<Facts>,
    /// Literals that live on as values or goroutines, by [`FuncId`].
    escaping: Vec<bool>,
}

impl Escape {
    pub fn of(&self, var: VarId) -> Facts {
        self.facts.get(var.index()).copied().unwrap_or_default()
    }
}

/// Analyses the whole program.
pub fn analyze(program: &Program) -> Escape {
    let mut found = Found {
        types: &program.types,
        escaping: vec![false; program.funcs.len()],
        addressed: vec![false; program.vars.len()],
        writes: vec![0; program.vars.len()],
        post_writes: vec![0; program.vars.len()],
        loops: 0,
    };
    for global in &program.globals {
        walk::values(&global.values, &mut found);
    }
    for func in &program.funcs {
        found.loops = 0;
        walk::stmts(&func.body, &mut found);
        // `return` writes the results.
        for result in &func.results {
            found.writes[result.index()] += 1;
        }
    }
    let facts = (0..program.vars.len()).map(|index| found.facts(program, index)).collect();
    let mut escape = Escape { facts, escaping: found.escaping };
    box_captured(program, &mut escape);
    escape
}

/// Boxes what a literal that outlives its statement uses and somebody changes.
fn box_captured(program: &Program, escape: &mut Escape) {
    for (index, func) in program.funcs.iter().enumerate() {
        if !escape.escaping[index] {
            continue;
        }
        for &var in &func.captures {
            let facts = &mut escape.facts[var.index()];
            if program.var(var).owner.is_some() && !facts.constant {
                facts.boxed = true;
            }
        }
    }
}

struct Found<'a> {
    types: &'a Types,
    escaping: Vec<bool>,
    addressed: Vec<bool>,
    /// Assignments after the declaration.
    writes: Vec<u32>,
    /// Those of them in the `post` of the loop that declares the variable: each iteration's copy stays constant.
    post_writes: Vec<u32>,
    loops: u32,
}

impl Found<'_> {
    fn facts(&self, program: &Program, index: usize) -> Facts {
        let addressed = self.addressed[index];
        let local = program.vars[index].owner.is_some();
        let constant = !addressed && self.writes[index] == self.post_writes[index];
        Facts { boxed: addressed && local, constant }
    }

    fn write(&mut self, place: &Expr) {
        if let Some(var) = root(self.types, place) {
            self.writes[var.index()] += 1;
        }
    }

    fn address(&mut self, place: &Expr) {
        if let Some(var) = root(self.types, place) {
            self.addressed[var.index()] = true;
        }
    }

    fn outlive(&mut self, func: FuncId) {
        self.escaping[func.index()] = true;
    }
}

/// The variable that a place is part of; none behind a pointer or in a slice.
fn root(types: &Types, place: &Expr) -> Option<VarId> {
    match &place.kind {
        ExprKind::Var(var) => Some(*var),
        ExprKind::Field(inner, _) => root(types, inner),
        ExprKind::Index(inner, _) if is_array(types, inner) => root(types, inner),
        _ => None,
    }
}

fn is_array(types: &Types, value: &Expr) -> bool {
    matches!(types.underlying(value.ty), Type::Array(..))
}

impl Visitor for Found<'_> {
    fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::AddrOf(place) => self.address(place),
            ExprKind::SliceOf { operand, .. } if is_array(self.types, operand) => self.address(operand),
            ExprKind::MethodValue { recv, method: Method::Primitive { .. } } => self.address(recv),
            ExprKind::Closure(func) => self.outlive(*func),
            _ => {}
        }
    }

    fn call(&mut self, call: &Call) {
        if let Callee::Method { recv, method: Method::Primitive { .. } } = &call.callee {
            self.address(recv);
        }
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match &stmt.kind {
            StmtKind::AssignOp { target, .. } => self.write(target),
            StmtKind::Go(Call { callee: Callee::Closure(func), .. }) => self.outlive(*func),
            // In a loop each registration has variables of its own: the literal is a value.
            StmtKind::Defer(Call { callee: Callee::Closure(func), .. }) if self.loops > 0 => {
                self.outlive(*func);
            }
            // One variable for all rounds is written by each of them.
            StmtKind::Range(each) if each.shared_vars => {
                for target in [&each.key, &each.value] {
                    if let Target::New(var) = target {
                        self.writes[var.index()] += 1;
                    }
                }
            }
            StmtKind::For(each) if !each.shared_vars => {
                // The walk counts the writes of `post` as ordinary ones; those to the loop's own variables are not.
                let mut post = PostWrites { vars: &each.vars, found: self };
                walk::stmts(&each.post, &mut post);
            }
            _ => {}
        }
    }

    fn target(&mut self, target: &Target) {
        if let Target::Place(place) = target {
            self.write(place);
        }
    }

    fn enter_loop(&mut self) {
        self.loops += 1;
    }

    fn leave_loop(&mut self) {
        self.loops -= 1;
    }
}

/// Counts writes of a loop's `post` to the variables that the loop declares.
struct PostWrites<'a, 'b> {
    vars: &'a [VarId],
    found: &'a mut Found<'b>,
}

impl PostWrites<'_, '_> {
    fn write(&mut self, place: &Expr) {
        if let Some(var) = root(self.found.types, place).filter(|var| self.vars.contains(var)) {
            self.found.post_writes[var.index()] += 1;
        }
    }
}

impl Visitor for PostWrites<'_, '_> {
    fn stmt(&mut self, stmt: &Stmt) {
        if let StmtKind::AssignOp { target, .. } = &stmt.kind {
            self.write(target);
        }
    }

    fn target(&mut self, target: &Target) {
        if let Target::Place(place) = target {
            self.write(place);
        }
    }
}
