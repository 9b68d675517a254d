//! `defer`, `panic`, `recover`, `runtime.Goexit`.
//!
//! Each function that defers has an exit chain: the deferred calls in reverse
//! order, then a point that looks at the *mode* (returning, panicking, in Goexit)
//! and goes on accordingly. A `return` enters the chain at the number of `defer`
//! statements passed so far; those inside branches carry a flag. A function that
//! defers in a loop keeps its calls in a list of records instead.

use super::builder::Builder;
use super::call::{Callable, Prepared};
use super::registry::PoolKey;
use super::value::Value;
use super::walk::{self, Visitor};
use crate::commands::{BinaryOp, CellType, Command, Expr, PanicValue, Place};
use crate::machine::{PointId, PointKind};
use crate::sema::program::{Call, FuncId, Stmt, StmtKind};
use crate::source::Span;

/// Bits of the mode cell.
const PANICKING: i64 = 1;
const GOEXIT: i64 = 2;
/// With [`GOEXIT`]: the end of a test, which is one of main too.
const TEST: i64 = 4;

const MODE: CellType = CellType::Int { bits: 8, signed: false };
const INT: CellType = CellType::Int { bits: 64, signed: true };

/// The deferred calls of one activation.
#[derive(Default)]
pub(super) struct Defers {
    /// There is a `defer` in the function at all.
    present: bool,
    /// Some `defer` stands in a loop: calls are kept in a list.
    listed: bool,
    sites: Vec<Site>,
    /// How many sites have been passed where control is now.
    level: usize,
    /// Entry of the chain with this many sites to run; created on demand.
    chain: Vec<Option<PointId>>,
    /// The chain is being lowered.
    unwinding: bool,
    /// Mode cell, then tag and payload of the panic.
    cells: Option<Place>,
    /// Number and record of the last listed call.
    head: Option<Place>,
    /// How deep in conditional statements control is.
    conditional: usize,
    /// Something may enter the chain by panic or Goexit.
    raised: bool,
}

/// One `defer` statement.
struct Site {
    call: Prepared,
    /// Whether it was reached, where that is not certain.
    flag: Option<Place>,
    span: Span,
}

impl Builder<'_, '_> {
    /// Finds out how the function on top of the stack defers.
    pub fn plan_defers(&mut self, func: FuncId) {
        struct Found {
            loops: usize,
            present: bool,
            listed: bool,
        }
        impl Visitor for Found {
            fn stmt(&mut self, stmt: &Stmt) {
                if matches!(stmt.kind, StmtKind::Defer(_)) {
                    self.present = true;
                    self.listed |= self.loops > 0;
                }
            }
            fn enter_loop(&mut self) {
                self.loops += 1;
            }
            fn leave_loop(&mut self) {
                self.loops -= 1;
            }
        }
        let mut found = Found { loops: 0, present: false, listed: false };
        walk::stmts(&self.reg.program.func(func).body, &mut found);
        if !found.present {
            return;
        }
        let cells = self.temps("mode", &[MODE, CellType::Tag, CellType::Payload]);
        self.push(Command::Set(cells.clone(), Expr::Const(0)));
        let head = found.listed.then(|| self.temps("deferred", &[INT, CellType::Ref]));
        if let Some(head) = &head {
            self.push(Command::Set(head.clone(), Expr::Const(0)));
        }
        let defers = self.defers();
        defers.present = true;
        defers.listed = found.listed;
        defers.cells = Some(cells);
        defers.head = head;
    }

    pub fn has_defers(&self) -> bool {
        self.instances.last().is_some_and(|instance| instance.defers.present)
    }

    fn defers(&mut self) -> &mut Defers {
        let top = self.instances.len() - 1;
        &mut self.instances[top].defers
    }

    /// Marks what is lowered inside `body` as reached only sometimes.
    pub fn conditionally(&mut self, body: impl FnOnce(&mut Self)) {
        self.defers().conditional += 1;
        body(self);
        self.defers().conditional -= 1;
    }

    /// The statement `defer f(…)`.
    pub fn defer(&mut self, call: &Call, span: Span) {
        let prepared = if self.defers().listed { self.prepare_value(call) } else { self.prepare(call) };
        let prepared = self.keep(prepared);
        if self.defers().listed {
            return self.defer_listed(prepared, span);
        }
        let flag = (self.defers().conditional > 0).then(|| self.temps("deferred", &[CellType::Bool]));
        if let Some(flag) = &flag {
            self.push(Command::Set(flag.clone(), Expr::TRUE));
        }
        // Should an operand panic, this call has not been deferred yet.
        self.flush(span);
        let defers = self.defers();
        defers.sites.push(Site { call: prepared, flag, span });
        defers.level = defers.sites.len();
    }

    /// As [`Builder::prepare`], with a literal as a value: each round of a loop has variables of its own.
    fn prepare_value(&mut self, call: &Call) -> Prepared {
        let mut prepared = self.prepare(call);
        if let Callable::Inner(func, _) = prepared.target {
            let captured = self.captured(func);
            prepared.target = Callable::Closure(func, captured);
        }
        prepared
    }

    /// A prepared call whose values stay as they are now.
    fn keep(&mut self, mut call: Prepared) -> Prepared {
        call.args = call.args.into_iter().map(|arg| self.stable(arg)).collect();
        call.target = match call.target {
            Callable::Closure(func, value) => Callable::Closure(func, self.stable(value)),
            Callable::Value(value, codes) => Callable::Value(self.stable(value), codes),
            Callable::Interface { recv, name, types } => {
                Callable::Interface { recv: self.stable(recv), name, types }
            }
            Callable::Primitive { name, method, this, text } => {
                let address = Value::scalar(Expr::AddrOf(Box::new(this)), CellType::Ref);
                Callable::Primitive { name, method, this: Place::memory(self.stable(address).first()), text }
            }
            Callable::Builtin(builtin, exprs) => Callable::Builtin(builtin, exprs),
            same @ (Callable::Func(_) | Callable::Inner(..)) => same,
        };
        call
    }

    // ---- calls in a list ----

    /// Puts a record with the call's values in front of the list.
    fn defer_listed(&mut self, call: Prepared, span: Span) {
        let number = self.defers().sites.len() + 1;
        let Some(head) = self.defers().head.clone() else { return };
        let values = operands(&call);
        let mut types = vec![INT, CellType::Ref];
        types.extend(values.types.iter().copied());
        let func = self.instances.last().map_or(self.reg.program.main, |instance| instance.func);
        let pool = self.reg.pool(PoolKey::Defer(func, number));
        self.reg.set_pool_cells(pool, &types);
        let record = self.temps("record", &[CellType::Ref]);
        self.push(Command::Alloc { dest: record.clone(), pool, len: None });
        let reference = Expr::load(record);
        let mut contents = Value::load(&head, vec![INT, CellType::Ref]);
        contents.extend(values);
        self.store(&Place::memory(reference.clone()), contents);
        let number_cell = Expr::Const(i64::try_from(number).unwrap_or(i64::MAX));
        self.store(&head, Value::new(vec![number_cell, reference], vec![INT, CellType::Ref]));
        self.defers().sites.push(Site { call, flag: None, span });
        self.flush(span);
    }

    /// The chain of a function with a list: take the first record, run its call, look again.
    fn run_list(&mut self, entry: PointId, done: PointId, span: Span) {
        let Some(head) = self.defers().head.clone() else { return };
        self.start(entry);
        let sites = std::mem::take(&mut self.defers().sites);
        let targets: Vec<PointId> = sites.iter().map(|_| self.new_point()).collect();
        let number = Expr::load(head.clone());
        let mut ways = vec![(Expr::eq(number.clone(), Expr::Const(0)), done)];
        for (at, &target) in (1i64..).zip(&targets) {
            ways.push((Expr::eq(number.clone(), Expr::Const(at)), target));
        }
        self.choose_edge(span, ways);
        for (site, target) in sites.into_iter().zip(targets) {
            self.start(target);
            let record = Place::memory(Expr::load(head.clone().at(1)));
            let types = operands(&site.call).types;
            let values = self.save("deferred", Value::load(&record.clone().at(2), types));
            let rest = Value::load(&record, vec![INT, CellType::Ref]);
            self.store(&head, rest);
            self.flush(site.span);
            let call = with_operands(site.call, values);
            self.run_deferred(call);
            self.jump(span, entry);
        }
    }

    // ---- leaving ----

    /// `return`, once the results are set: through the chain where something is deferred.
    pub fn leave(&mut self, span: Span) {
        let target = self.exit();
        self.jump(span, target);
    }

    fn exit(&mut self) -> PointId {
        let after = self.instances.last().map_or(PointId(0), |instance| instance.after);
        let defers = self.defers();
        if defers.level == 0 && !defers.listed {
            return after;
        }
        let level = defers.level;
        let top = self.instances.len() - 1;
        self.chain_entry(top, level)
    }

    /// Where the chain of an instance starts with `level` calls to run.
    fn chain_entry(&mut self, instance: usize, level: usize) -> PointId {
        let known = self.instances[instance].defers.chain.get(level).copied().flatten();
        known.unwrap_or_else(|| {
            let point = self.new_point();
            let chain = &mut self.instances[instance].defers.chain;
            if chain.len() <= level {
                chain.resize(level + 1, None);
            }
            chain[level] = Some(point);
            point
        })
    }

    /// Lowers the exit chain of the call on top of the stack.
    pub fn run_defers(&mut self) {
        if !self.has_defers() {
            return;
        }
        let func = self.instances.last().map_or(self.reg.program.main, |instance| instance.func);
        let span = self.reg.program.func(func).end;
        self.defers().unwinding = true;
        let top = self.instances.len() - 1;
        let done = self.new_point();
        if self.defers().listed {
            let entry = self.chain_entry(top, 0);
            self.run_list(entry, done, span);
        } else {
            self.run_sites(done, span);
        }
        self.start(done);
        self.leave_by_mode(span);
    }

    fn run_sites(&mut self, done: PointId, span: Span) {
        let top = self.instances.len() - 1;
        let sites = std::mem::take(&mut self.defers().sites);
        for (index, site) in sites.into_iter().enumerate().rev() {
            let Some(entry) = self.defers().chain.get(index + 1).copied().flatten() else {
                // Nothing enters here (yet): but an earlier entry of the chain always leads on to this one.
                continue;
            };
            let next = self.chain_entry(top, index);
            self.defers().level = index;
            self.start(entry);
            if let Some(flag) = site.flag {
                let reached = self.new_point();
                self.branch(site.span, Expr::load(flag.clone()), reached, next);
                self.start(reached);
                self.push(Command::Set(flag, Expr::FALSE));
            }
            self.run_deferred(site.call);
            self.jump(span, next);
        }
        if let Some(entry) = self.defers().chain.first().copied().flatten() {
            self.start(entry);
            self.jump(span, done);
        }
    }

    fn run_deferred(&mut self, call: Prepared) {
        let depth = self.instances.len();
        let before = self.deferring.replace(depth);
        self.run(call);
        self.deferring = before;
    }

    /// The instance whose deferred call the activation now being opened is.
    pub fn deferring_instance(&self) -> Option<usize> {
        self.deferring.filter(|&depth| depth == self.instances.len()).map(|depth| depth - 1)
    }

    /// The end of the chain: return, go on panicking, go on with Goexit.
    fn leave_by_mode(&mut self, span: Span) {
        let after = self.instances.last().map_or(PointId(0), |instance| instance.after);
        let defers = self.defers();
        let (Some(cells), true) = (defers.cells.clone(), defers.raised) else {
            return self.jump(span, after);
        };
        let mode = Expr::load(cells.clone());
        let (panics, exits) = (self.new_point(), self.new_point());
        let panicking = Expr::binary(BinaryOp::And, mode.clone(), Expr::Const(PANICKING));
        let panicking = Expr::ne(panicking, Expr::Const(0));
        let returns = Expr::eq(mode.clone(), Expr::Const(0));
        let leaving = Expr::eq(mode.clone(), Expr::Const(GOEXIT));
        let mut ways = vec![(returns, after), (panicking, panics), (leaving, exits)];
        let tests = self.reg.main_done.is_some().then(|| self.new_point());
        ways.extend(tests.map(|tests| (Expr::eq(mode.clone(), Expr::Const(GOEXIT | TEST)), tests)));
        self.choose_edge(span, ways);
        // What follows happens in the caller: its handler catches it.
        self.defers().present = false;
        self.start(panics);
        let value = Value::load(&cells.clone().at(1), vec![CellType::Tag, CellType::Payload]);
        if let Some(handler) = self.handler() {
            // A Goexit that a panic cut short goes on when the panic is recovered.
            let (outer, _, _) = self.defer_handler(handler);
            let goexit = Expr::binary(BinaryOp::And, mode, Expr::Const(GOEXIT | TEST));
            let merged = Expr::binary(BinaryOp::Or, Expr::load(outer.clone()), goexit);
            self.push(Command::Set(outer, merged));
        }
        self.push(Command::Raise(PanicValue { tag: value.cell(0), payload: value.cell(1) }));
        let end = self.end();
        self.step(span, end);
        self.start(exits);
        self.goexit(span, false);
        if let Some(tests) = tests {
            self.start(tests);
            self.goexit(span, true);
        }
        self.defers().present = true;
    }

    // ---- panicking ----

    /// The innermost activation that has deferred calls to run where control is now.
    pub fn handler(&self) -> Option<usize> {
        self.instances.iter().rposition(|instance| {
            let defers = &instance.defers;
            defers.present && (defers.level > 0 || defers.listed || defers.unwinding)
        })
    }

    /// The handler's mode, the places for the panic value, and where to go.
    pub fn defer_handler(&mut self, handler: usize) -> (Place, (Place, Place), PointId) {
        let defers = &mut self.instances[handler].defers;
        defers.raised = true;
        let level = if defers.listed { 0 } else { defers.level };
        let cells = defers.cells.clone().unwrap_or_else(|| Place::global(0));
        let target = self.chain_entry(handler, level);
        (cells.clone(), (cells.clone().at(1), cells.at(2)), target)
    }

    /// `panic(v)`.
    pub fn panic(&mut self, value: &Value, span: Span) {
        self.push(Command::Raise(Self::panic_value(value)));
        let end = self.end();
        self.step(span, end);
    }

    /// `recover()`: the panic of the activation that deferred this call, which then returns normally.
    pub fn recover(&mut self, span: Span) -> Value {
        let types = vec![CellType::Tag, CellType::Payload];
        let by = self.instances.last().and_then(|instance| instance.deferred_by);
        let Some(cells) = by.and_then(|by| self.instances[by].defers.cells.clone()) else {
            return Value::zero(types);
        };
        self.reg.recovers = true;
        let mode = Expr::load(cells.clone());
        let panicking =
            Expr::ne(Expr::binary(BinaryOp::And, mode.clone(), Expr::Const(PANICKING)), Expr::Const(0));
        let pick = |at: u32| {
            let value = Expr::load(cells.clone().at(at));
            Expr::If(Box::new(panicking.clone()), Box::new(value), Box::new(Expr::NIL))
        };
        let value = Value::new(vec![pick(1), pick(2)], types);
        let value = self.save("recovered", value);
        let calm = Expr::binary(BinaryOp::AndNot, mode, Expr::Const(PANICKING));
        self.push(Command::Set(cells, calm));
        self.flush(span);
        value
    }

    /// `runtime.Goexit()`: runs every deferred call of the goroutine, then ends it. With `test`, main has then returned.
    pub fn goexit(&mut self, span: Span, test: bool) {
        if let Some(handler) = self.handler() {
            let (mode, _, target) = self.defer_handler(handler);
            let bits = if test { GOEXIT | TEST } else { GOEXIT };
            let set = Expr::binary(BinaryOp::Or, Expr::load(mode.clone()), Expr::Const(bits));
            self.push(Command::Set(mode, set));
            return self.jump(span, target);
        }
        if self.is_main && !test {
            let at = self.new_point();
            self.jump(span, at);
            self.start(at);
            self.fill(PointKind::GoexitEnd, span, Vec::new());
            let dead = self.new_point();
            self.start(dead);
        } else {
            self.main_is_done();
            let end = self.end();
            self.jump(span, end);
        }
    }

    /// Where tests are about to ask for it, main says that it has ended.
    pub fn main_is_done(&mut self) {
        if let (true, Some(done)) = (self.is_main, self.reg.main_done) {
            self.push(Command::Set(Place::global(done), Expr::TRUE));
        }
    }

    /// The plain step that ends the run.
    pub fn stop_run(&mut self, command: Command, span: Span) {
        self.push(command);
        let end = self.end();
        self.step(span, end);
    }
}

/// All values that a prepared call carries.
fn operands(call: &Prepared) -> Value {
    let mut out = match &call.target {
        Callable::Closure(_, value) | Callable::Value(value, _) | Callable::Interface { recv: value, .. } => {
            value.clone()
        }
        Callable::Primitive { this, .. } => {
            Value::scalar(Expr::AddrOf(Box::new(this.clone())), CellType::Ref)
        }
        Callable::Func(_) | Callable::Inner(..) | Callable::Builtin(..) => Value::default(),
    };
    for arg in &call.args {
        out.extend(arg.clone());
    }
    out
}

/// The same call with other values, in the order of [`operands`].
fn with_operands(mut call: Prepared, values: Value) -> Prepared {
    let mut at = 0;
    let mut next = |len: usize| {
        at += len;
        values.part(at - len, len)
    };
    match &mut call.target {
        Callable::Closure(_, value) | Callable::Value(value, _) | Callable::Interface { recv: value, .. } => {
            *value = next(value.exprs.len());
        }
        Callable::Primitive { this, .. } => *this = Place::memory(next(1).first()),
        Callable::Func(_) | Callable::Inner(..) | Callable::Builtin(..) => {}
    }
    for arg in &mut call.args {
        *arg = next(arg.exprs.len());
    }
    call
}
