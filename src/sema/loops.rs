//! `for` in all its forms.
//!
//! Variables of the header are one per iteration, as since Go 1.22, unless the model
//! says `go 1.21` or lower. A range over a pointer to an array becomes one over a
//! slice of it.

use super::assign::Slot;
use super::checker::Checker;
use super::constant::Const;
use super::operand::{Mode, Operand};
use super::problem::{LanguageProblem, StatementProblem, TypeProblem};
use super::program::{self as p, ExprKind, LabelId, RangeOver, StmtKind, Target, VarId};
use super::types::{ChanDir, IntKind, Type, TypeId};
use crate::source::Span;
use crate::syntax::ast::{self, ForHeader};

/// What a range gives.
struct Ranged {
    subject: p::Expr,
    over: RangeOver,
    key: TypeId,
    /// `None` where there is no second value.
    value: Option<TypeId>,
    /// For messages.
    name: &'static str,
}

impl<'a> Checker<'a> {
    pub(crate) fn for_stmt(
        &mut self,
        stmt: &'a ast::For,
        label: Option<String>,
        span: Span,
        out: &mut Vec<p::Stmt>,
    ) {
        let kind = self.framed(label, true, |checker, id| {
            checker.scoped(|checker| match &stmt.header {
                ForHeader::Forever => checker.while_loop(stmt, None, id),
                ForHeader::While(cond) => checker.while_loop(stmt, Some(cond), id),
                ForHeader::Clauses { init, cond, post } => {
                    checker.clauses(stmt, [init.as_deref(), post.as_deref()], cond.as_ref(), id)
                }
                ForHeader::Range { key, value, define, subject } => {
                    checker.range(stmt, [key.as_ref(), value.as_ref()], *define, subject, id)
                }
            })
        });
        out.push(p::Stmt { kind, span });
    }

    fn while_loop(&mut self, stmt: &'a ast::For, cond: Option<&'a ast::Expr>, label: LabelId) -> StmtKind {
        let cond = cond.map(|cond| {
            let operand = self.expr(cond);
            self.condition(operand, "the condition of `for`")
        });
        let body = self.block(&stmt.body);
        StmtKind::For(p::For {
            label,
            init: Vec::new(),
            vars: Vec::new(),
            cond,
            post: Vec::new(),
            body,
            shared_vars: self.shared_loop_vars,
            header: stmt.header_span,
        })
    }

    fn clauses(
        &mut self,
        stmt: &'a ast::For,
        [init, post]: [Option<&'a ast::Stmt>; 2],
        cond: Option<&'a ast::Expr>,
        label: LabelId,
    ) -> StmtKind {
        let mut init_stmts = Vec::new();
        if let Some(init) = init {
            self.stmt(init, &mut init_stmts);
        }
        let vars = declared(&init_stmts);
        let cond = cond.map(|cond| {
            let operand = self.expr(cond);
            self.condition(operand, "the condition of `for`")
        });
        let mut post_stmts = Vec::new();
        if let Some(post) = post {
            self.stmt(post, &mut post_stmts);
        }
        let body = self.block(&stmt.body);
        StmtKind::For(p::For {
            label,
            init: init_stmts,
            vars,
            cond,
            post: post_stmts,
            body,
            shared_vars: self.shared_loop_vars,
            header: stmt.header_span,
        })
    }

    fn range(
        &mut self,
        stmt: &'a ast::For,
        [key, value]: [Option<&'a ast::Expr>; 2],
        define: bool,
        subject: &'a ast::Expr,
        label: LabelId,
    ) -> StmtKind {
        let subject_span = subject.span;
        let subject = self.value(subject);
        let shared = self.shared_loop_vars;
        let assigned: Vec<Slot> = if define {
            Vec::new()
        } else {
            [key, value].into_iter().flatten().map(|target| self.target(target)).collect()
        };
        let ranged = self.ranged(subject, assigned.first());
        if let (Some(ranged), Some(second)) = (&ranged, value)
            && ranged.value.is_none()
        {
            let (span, over) = (second.span, ranged.name.to_string());
            self.report(&StatementProblem::RangeTargets { span, over, allowed: 1 });
        }
        let slots = if define {
            [key, value].into_iter().flatten().map(|name| self.range_slot(name)).collect()
        } else {
            assigned
        };
        if shared {
            for slot in &slots {
                if let Slot::New(var, _) = slot {
                    self.mark_written(*var);
                }
            }
        }
        let mut prefix = Vec::new();
        let mut targets = Vec::new();
        let invalid = self.basic.invalid;
        let types = ranged.as_ref().map(|ranged| [ranged.key, ranged.value.unwrap_or(invalid)]);
        for (slot, ty) in slots.into_iter().zip(types.unwrap_or([invalid; 2])) {
            let (target, stmt) = self.receive_into(slot, ty, subject_span, stmt.header_span);
            targets.push(target);
            prefix.extend(stmt);
        }
        let body = self.block(&stmt.body);
        prefix.extend(body);
        let mut targets = targets.into_iter();
        let key = targets.next().unwrap_or(Target::Blank);
        let value = targets.next().unwrap_or(Target::Blank);
        let (subject, over) = match ranged {
            Some(ranged) => (ranged.subject, ranged.over),
            None => (self.poison(subject_span), RangeOver::Int),
        };
        StmtKind::Range(p::Range {
            label,
            subject,
            over,
            key,
            value,
            body: prefix,
            shared_vars: shared,
            header: stmt.header_span,
        })
    }

    /// A variable of `for k, v := range`: always a new one.
    fn range_slot(&mut self, name: &'a ast::Expr) -> Slot {
        if matches!(&name.kind, ast::ExprKind::Name(text) if text == "_") {
            return Slot::Blank;
        }
        let slots = self.define_slots(std::slice::from_ref(name), name.span);
        slots.into_iter().next().unwrap_or(Slot::Invalid)
    }

    /// The subject of a range, and the types that it gives.
    fn ranged(&mut self, subject: Operand, first: Option<&Slot>) -> Option<Ranged> {
        if subject.is_invalid() {
            return None;
        }
        let span = subject.span;
        let int = self.basic.int;
        let made = |subject, over, key, value, name| Some(Ranged { subject, over, key, value, name });
        match self.types.underlying(subject.ty).clone() {
            Type::Int(_) => {
                let ty = subject.ty;
                made(self.expr_of(subject), RangeOver::Int, ty, None, "an integer")
            }
            Type::UntypedInt | Type::UntypedRune => {
                let wanted = match first {
                    Some(Slot::Place(place)) if matches!(self.types.underlying(place.ty), Type::Int(_)) => {
                        place.ty
                    }
                    _ => self.default_type(subject.ty),
                };
                let subject = self.assign(subject, wanted, "the range");
                made(subject, RangeOver::Int, wanted, None, "an integer")
            }
            Type::Array(elem, _) => {
                made(self.expr_of(subject), RangeOver::Array, int, Some(elem), "an array")
            }
            Type::Pointer(to) => {
                let Type::Array(elem, _) = *self.types.underlying(to) else {
                    return self.not_rangeable(&subject);
                };
                let slice = self.types.intern(Type::Slice(elem));
                let pointer = self.expr_of(subject);
                let array = p::Expr { ty: to, span, kind: ExprKind::Deref(Box::new(pointer)) };
                let kind = ExprKind::SliceOf { operand: Box::new(array), low: None, high: None, max: None };
                made(p::Expr { ty: slice, span, kind }, RangeOver::Slice, int, Some(elem), "an array")
            }
            Type::Slice(elem) => made(self.expr_of(subject), RangeOver::Slice, int, Some(elem), "a slice"),
            Type::Map(key, value) => made(self.expr_of(subject), RangeOver::Map, key, Some(value), "a map"),
            Type::Chan(..) => {
                let elem = self.channel_element(&subject, ChanDir::Send, "range over")?;
                made(self.expr_of(subject), RangeOver::Chan, elem, None, "a channel")
            }
            Type::String | Type::UntypedString => {
                if !matches!(subject.mode, Mode::Const(Const::Str(_))) {
                    self.no_string(span, "a range over a string that is not constant");
                    return None;
                }
                let rune = self.basic.int_of(IntKind::Int32);
                let subject = self.with_default(subject);
                made(subject, RangeOver::String, int, Some(rune), "a string")
            }
            Type::Func(_) => {
                self.report(&LanguageProblem::RangeFunc { span });
                None
            }
            Type::Invalid => None,
            _ => self.not_rangeable(&subject),
        }
    }

    fn not_rangeable(&mut self, subject: &Operand) -> Option<Ranged> {
        let ty = match self.types.get(subject.ty) {
            Type::UntypedNil => "nil".to_string(),
            _ => self.show(self.default_type(subject.ty)),
        };
        self.report(&TypeProblem::NotRangeable { span: subject.span, ty });
        None
    }
}

/// The variables that the statements declare.
fn declared(stmts: &[p::Stmt]) -> Vec<VarId> {
    let mut vars = Vec::new();
    for stmt in stmts {
        if let StmtKind::Assign { targets, .. } = &stmt.kind {
            vars.extend(targets.iter().filter_map(|target| match target {
                Target::New(var) => Some(*var),
                Target::Blank | Target::Place(_) => None,
            }));
        }
    }
    vars
}
