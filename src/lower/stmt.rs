//! Simple statements and the dispatch over all of them.

use super::builder::{Builder, Storage};
use super::layout;
use super::maps::Element;
use super::value::Value;
use crate::commands::{CellType, Expr, Place};
use crate::sema::program::{
    BinaryOp, Expr as Typed, ExprKind, GlobalInit, Stmt, StmtKind, Target, Values, VarId,
};
use crate::sema::types::Type;
use crate::source::Span;

impl Builder<'_, '_> {
    pub fn stmts(&mut self, list: &[Stmt]) {
        for stmt in list {
            if self.is_too_large() {
                return;
            }
            self.stmt(stmt);
        }
    }

    pub fn stmt(&mut self, stmt: &Stmt) {
        let simple = matches!(
            stmt.kind,
            StmtKind::Expr(_)
                | StmtKind::Send { .. }
                | StmtKind::Assign { .. }
                | StmtKind::AssignOp { .. }
                | StmtKind::Return(_)
                | StmtKind::Go(_)
                | StmtKind::Defer(_)
        );
        self.statement = simple.then_some(stmt.span);
        self.stmt_kind(stmt);
        self.statement = None;
    }

    fn stmt_kind(&mut self, stmt: &Stmt) {
        let span = stmt.span;
        if self.atomic && self.atomic_stmt(&stmt.kind) {
            return;
        }
        match &stmt.kind {
            StmtKind::Expr(expr) => {
                self.expr(expr);
                self.flush(span);
            }
            StmtKind::Send { channel, value } => self.send(channel, value, span),
            StmtKind::Assign { targets, values } => self.assign(targets, values, span),
            StmtKind::AssignOp { target, op, value } => self.assign_op(target, *op, value, span),
            StmtKind::Go(call) => self.go(call, span),
            StmtKind::Environment(call) => self.environment(call, span),
            StmtKind::Atomic { guard, body } => self.atomic(guard.as_ref(), body, span),
            StmtKind::Defer(call) => self.defer(call, span),
            StmtKind::Return(values) => self.return_(values.as_ref(), span),
            StmtKind::Break(label) | StmtKind::Continue(label) => {
                let on_break = matches!(stmt.kind, StmtKind::Break(_));
                self.jump_to_label(*label, on_break, span);
            }
            StmtKind::Block(list) => self.stmts(list),
            StmtKind::If { arms, otherwise } => self.if_(arms, otherwise.as_deref(), span),
            StmtKind::Switch { label, tag, cases } => self.switch(*label, tag.as_ref(), cases, span),
            StmtKind::TypeSwitch { label, subject, cases } => self.type_switch(*label, subject, cases, span),
            StmtKind::Select { label, cases, keyword } => self.select(*label, cases, *keyword, span),
            StmtKind::For(each) => self.for_(each),
            StmtKind::Range(each) => self.range(each),
            StmtKind::Choose(cases) => self.choose(cases, span),
            StmtKind::Idle(inner) => {
                let before = std::mem::replace(&mut self.idle, true);
                self.stmt(inner);
                self.idle = before;
            }
        }
    }

    /// A package variable's initialiser.
    pub fn global(&mut self, global: &GlobalInit) {
        let place = |&var: &VarId| {
            let info = self.reg.program.var(var);
            Target::Place(Typed { ty: info.ty, span: info.span, kind: ExprKind::Var(var) })
        };
        let targets: Vec<Target> = global.vars.iter().map(place).collect();
        if !matches!(global.values, Values::Zero) {
            self.assign(&targets, &global.values, global.span);
        }
    }

    /// `=`, `:=`, `var`.
    fn assign(&mut self, targets: &[Target], values: &Values, span: Span) {
        if self.assign_directly(targets, values) {
            return;
        }
        // With an element of a map among several targets, one assignment may panic after another.
        let element = |target: &Target| matches!(target, Target::Place(it) if matches!(it.kind, ExprKind::MapIndex { .. }));
        let several = targets.len() > 1 && targets.iter().any(element);
        // Operands on the left come first: indices, pointers (Go specification, "Assignment statements").
        let dests: Vec<Option<Dest>> = match values {
            Values::Each(list) => {
                let stops =
                    several || list.iter().any(|it| super::expr::may_stop(&self.reg.program.types, it));
                targets.iter().map(|target| self.dest(target, stops)).collect()
            }
            Values::Zero => targets.iter().map(|target| self.dest(target, false)).collect(),
            Values::Tuple(_) => targets.iter().map(|target| self.dest(target, true)).collect(),
        };
        let values = self.right_sides(targets, values);
        if several {
            return self.assign_in_turn(dests, values, span);
        }
        let (mut places, mut all) = (Vec::new(), Value::default());
        for (dest, value) in dests.into_iter().zip(values) {
            match dest {
                Some(Dest::Existing(place)) => {
                    places.extend((0u32..).zip(&value.exprs).map(|(at, _)| place.clone().at(at)));
                    all.extend(value);
                }
                Some(Dest::New(var)) => {
                    // The variable comes to be only now: `x := x` reads the outer one.
                    let value = self.before_declaration(var, value);
                    let place = self.declare(var);
                    places.extend((0u32..).zip(&value.exprs).map(|(at, _)| place.clone().at(at)));
                    all.extend(value);
                }
                Some(Dest::Element(element)) => self.store_element(&element, value),
                // `_ = x` reads x.
                None => drop(self.private(value)),
            }
        }
        self.store_all(places, all);
        self.flush(span);
    }

    /// All values are known before the first is assigned; then one is assigned after the other.
    fn assign_in_turn(&mut self, dests: Vec<Option<Dest>>, values: Vec<Value>, span: Span) {
        let values: Vec<Value> = values.into_iter().map(|value| self.stable(value)).collect();
        for (dest, value) in dests.into_iter().zip(values) {
            self.store_dest(dest, value);
        }
        self.flush(span);
    }

    fn store_dest(&mut self, dest: Option<Dest>, value: Value) {
        match dest {
            // `_ = x` reads x.
            None => drop(self.private(value)),
            Some(Dest::Existing(place)) => self.store(&place, value),
            Some(Dest::Element(element)) => self.store_element(&element, value),
            Some(Dest::New(var)) => {
                let value = self.before_declaration(var, value);
                let place = self.declare(var);
                self.store(&place, value);
            }
        }
    }

    /// Allocating a box must not come between a value and its evaluation.
    fn before_declaration(&mut self, var: VarId, value: Value) -> Value {
        let boxed = self.reg.escape.of(var).boxed;
        let constant = value.exprs.iter().all(|expr| self.is_stable(expr));
        if boxed && !constant { self.save("initial", value) } else { value }
    }

    /// A receive or a choice that can write straight to where it goes.
    fn assign_directly(&mut self, targets: &[Target], values: &Values) -> bool {
        let (Values::Each(list), [target]) = (values, targets) else { return false };
        let [value] = list.as_slice() else { return false };
        if !matches!(value.kind, ExprKind::Recv { .. } | ExprKind::Any { .. }) {
            return false;
        }
        let Some(dest) = self.frame_target(target) else { return false };
        match &value.kind {
            ExprKind::Recv { channel, .. } => {
                // The operand is evaluated before the variable exists.
                let place = dest.place(self);
                self.receive(value, channel, false, Some((place.clone(), None)));
                dest.bind(self, place);
            }
            ExprKind::Any { low, high } => {
                let place = dest.place(self);
                self.any(value.span, low, high, Some(place.clone()));
                dest.bind(self, place);
            }
            _ => return false,
        }
        true
    }

    /// The frame cells of a target, where it has some: only the goroutine itself sees them.
    pub fn frame_target(&mut self, target: &Target) -> Option<FrameTarget> {
        match target {
            Target::New(var) if !self.reg.escape.of(*var).boxed => Some(FrameTarget::New(*var)),
            Target::Place(Typed { kind: ExprKind::Var(var), .. }) => match self.storage(*var) {
                Storage::Cells(place) if matches!(place.base, crate::commands::Base::Local(_)) => {
                    Some(FrameTarget::Old(place))
                }
                _ => None,
            },
            _ => None,
        }
    }

    fn right_sides(&mut self, targets: &[Target], values: &Values) -> Vec<Value> {
        match values {
            Values::Zero => targets.iter().map(|target| Value::zero(self.target_types(target))).collect(),
            Values::Each(list) => {
                let list: Vec<&Typed> = list.iter().collect();
                self.exprs(&list)
            }
            Values::Tuple(value) => {
                let all = self.expr(value);
                self.split(value, &all)
            }
        }
    }

    /// The parts of a tuple.
    pub fn split(&self, expr: &Typed, all: &Value) -> Vec<Value> {
        let types = &self.reg.program.types;
        let Type::Tuple(parts) = types.get(expr.ty) else { return vec![all.clone()] };
        let mut at = 0;
        parts
            .iter()
            .map(|&part| {
                let len = layout::size(types, part) as usize;
                at += len;
                all.part(at - len, len)
            })
            .collect()
    }

    fn target_types(&self, target: &Target) -> Vec<CellType> {
        match target {
            Target::Blank => Vec::new(),
            Target::New(var) => self.types_of(self.reg.program.var(*var).ty),
            Target::Place(place) => self.types_of(place.ty),
        }
    }

    /// Where a target is; `steady` where steps may come between this and the assignment.
    pub fn dest(&mut self, target: &Target, steady: bool) -> Option<Dest> {
        match target {
            Target::Blank => None,
            Target::New(var) => Some(Dest::New(*var)),
            Target::Place(expr) => {
                if let ExprKind::MapIndex { map, key, .. } = &expr.kind {
                    return Some(Dest::Element(self.map_element(map, key, steady)));
                }
                let place = self.place(expr)?;
                Some(Dest::Existing(if steady { self.steady(place) } else { place }))
            }
        }
    }

    /// The same place by an address that steps in between do not change.
    pub fn steady(&mut self, place: Place) -> Place {
        let simple = match &place.base {
            crate::commands::Base::Memory(reference) => self.is_stable(reference),
            crate::commands::Base::Local(_) | crate::commands::Base::Global(_) => true,
        };
        if simple && place.index.iter().all(|scaled| self.is_stable(&scaled.index)) {
            return place;
        }
        if matches!(place.base, crate::commands::Base::Local(_)) {
            let mut place = place;
            for scaled in &mut place.index {
                let ty = CellType::Int { bits: 64, signed: true };
                scaled.index = self.save("index", Value::scalar(scaled.index.clone(), ty)).first();
            }
            return place;
        }
        let address = Value::scalar(Expr::AddrOf(Box::new(place)), CellType::Ref);
        Place::memory(self.save("place", address).first())
    }

    /// Stores a value in a target, declaring it where it is new.
    pub fn store_target(&mut self, target: &Target, value: Value) {
        let dest = self.dest(target, false);
        self.store_dest(dest, value);
    }

    /// `x += v`: the place is evaluated once.
    fn assign_op(&mut self, target: &Typed, op: BinaryOp, value: &Typed, span: Span) {
        let stops = super::expr::may_stop(&self.reg.program.types, value);
        let Some(dest) = self.dest(&Target::Place(target.clone()), stops) else { return };
        let right = self.expr(value).first();
        let old = match &dest {
            Dest::Existing(place) => Expr::load(place.clone()),
            Dest::Element(element) => self.element_value(element).first(),
            Dest::New(_) => return,
        };
        let new = self.arithmetic(target.ty, op, old, right, value.ty);
        self.store_dest(Some(dest), Value::scalar(new, self.types_of(target.ty)[0]));
        self.flush(span);
    }

    /// `return …`: sets the results, then leaves.
    fn return_(&mut self, values: Option<&Values>, span: Span) {
        if let Some(values) = values {
            let results = self
                .instances
                .last()
                .map(|instance| self.reg.program.func(instance.func).results.clone())
                .unwrap_or_default();
            let blanks: Vec<Target> = results.iter().map(|_| Target::Blank).collect();
            let values = self.right_sides(&blanks, values);
            let (mut places, mut all) = (Vec::new(), Value::default());
            for (result, value) in results.into_iter().zip(values) {
                if let Storage::Cells(place) = self.storage(result) {
                    places.extend((0u32..).zip(&value.exprs).map(|(at, _)| place.clone().at(at)));
                    all.extend(value);
                }
            }
            self.store_all(places, all);
            self.flush(span);
        }
        self.leave(span);
    }
}

/// Where the value of an assignment goes.
pub(super) enum Dest {
    Existing(Place),
    New(VarId),
    Element(Element),
}

/// Frame cells that a receive may write directly.
pub(super) enum FrameTarget {
    New(VarId),
    Old(Place),
}

impl FrameTarget {
    /// The cells; a new variable gets some, but its name does not mean them yet.
    pub fn place(&self, builder: &mut Builder<'_, '_>) -> Place {
        match self {
            Self::Old(place) => place.clone(),
            Self::New(var) => {
                let info = builder.reg.program.var(*var);
                let cells = layout::cells(&builder.reg.program.types, info.ty, &info.name);
                let stable = builder.reg.escape.of(*var).constant;
                Place::local(builder.locals(cells, stable))
            }
        }
    }

    /// From here on the name means the cells.
    pub fn bind(&self, builder: &mut Builder<'_, '_>, place: Place) {
        if let Self::New(var) = self {
            builder.bind(*var, Storage::Cells(place));
        }
    }
}
