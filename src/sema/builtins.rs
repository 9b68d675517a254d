//! Calls of Go's builtin functions, of `any(lo, hi)` and `assert`, and of the
//! functions of packages that the checker knows by name.

use super::checker::Checker;
use super::constant::Const;
use super::operand::{Mode, Operand};
use super::problem::{ConstantProblem, ModelProblem, TypeProblem, count};
use super::program::{self as p, Builtin, Call, Callee, ExprKind};
use super::resolve::MAX_ELEMENTS;
use super::types::{ChanDir, Type, TypeId};
use super::words::Word;
use crate::source::Span;
use crate::syntax::ast::{self, BinaryOp};

impl<'a> Checker<'a> {
    pub(crate) fn word_call(
        &mut self,
        word: Word,
        word_span: Span,
        args: &'a [ast::Expr],
        spread: bool,
        span: Span,
    ) -> Operand {
        if spread && word != Word::Append && !matches!(word, Word::Package(_) | Word::Print) {
            self.report(&TypeProblem::Spread { span, why: "this function is not variadic" });
            return self.invalid(span);
        }
        match word {
            Word::Append => self.append(args, spread, span),
            Word::Assert => self.assert(args, span),
            Word::Cap | Word::Len => self.len_or_cap(word, args, span),
            Word::Clear => self.clear(args, span),
            Word::Close => self.close(args, span),
            Word::Copy => self.copy(args, span),
            Word::Delete => self.delete(args, span),
            Word::Make => self.make(args, span),
            Word::Max | Word::Min => self.max_or_min(word, args, span),
            Word::New => self.new_call(args, span),
            Word::Panic => self.panic_call(args, span),
            Word::Print => self.discard(args, span),
            Word::Recover => {
                if !self.arity(Word::Recover, args, 0, span) {
                    return self.invalid(span);
                }
                self.builtin(Builtin::Recover, Vec::new(), self.basic.any, span)
            }
            Word::Package(function) => self.package_call(function, word_span, args, spread, span),
            Word::Atomic(method) => self.atomic_call(method, args, span),
            Word::Generic(template) => self.generic_call(template, args, span),
        }
    }

    pub(crate) fn builtin(&self, builtin: Builtin, args: Vec<p::Expr>, ty: TypeId, span: Span) -> Operand {
        self.call_result(Call { callee: Callee::Builtin(builtin), args, span, ty })
    }

    /// Reports a wrong number of arguments (after checking them for their own mistakes).
    pub(crate) fn arity(&mut self, word: Word, args: &'a [ast::Expr], want: usize, span: Span) -> bool {
        if args.len() == want {
            return true;
        }
        for arg in args {
            self.expr(arg);
        }
        let (have, verb) = (count(args.len(), "argument"), if want == 1 { "is" } else { "are" });
        let why = format!("{have} where {want} {verb} wanted");
        self.misuse(word, span, why);
        false
    }

    pub(crate) fn misuse(&mut self, word: Word, span: Span, why: impl Into<String>) {
        let problem = TypeProblem::Builtin { span, name: word.short(), why: why.into(), form: word.form() };
        self.report(&problem);
    }

    pub(crate) fn wrong_type(&mut self, word: Word, operand: &Operand, wants: &str) -> Operand {
        if !self.is_invalid(operand.ty) && !operand.is_invalid() {
            let ty = match self.types.get(operand.ty) {
                Type::UntypedNil => "nil".to_string(),
                _ => self.show(self.default_type(operand.ty)),
            };
            self.misuse(word, operand.span, format!("it takes {wants}, not `{ty}`"));
        }
        self.invalid(operand.span)
    }

    fn append(&mut self, args: &'a [ast::Expr], spread: bool, span: Span) -> Operand {
        let Some((first, rest)) = args.split_first() else {
            self.misuse(Word::Append, span, "no arguments");
            return self.invalid(span);
        };
        let slice = self.value(first);
        let rest: Vec<Operand> = rest.iter().map(|arg| self.value(arg)).collect();
        if slice.is_invalid() {
            return self.invalid(span);
        }
        let ty = slice.ty;
        let Type::Slice(elem) = *self.types.underlying(ty) else {
            return self.wrong_type(Word::Append, &slice, "a slice");
        };
        let slice = self.expr_of(slice);
        let unnamed = self.types.intern(Type::Slice(elem));
        let packed = if spread {
            let mut rest = rest.into_iter();
            match (rest.next(), rest.next()) {
                (Some(more), None) => {
                    if matches!(self.types.underlying(more.ty), Type::String | Type::UntypedString) {
                        self.no_string(more.span, "the bytes of a string");
                        return self.invalid(span);
                    }
                    // Slices of one element type, whatever their names.
                    match self.types.underlying(more.ty) {
                        Type::Slice(other) if *other == elem => self.expr_of(more),
                        _ => self.assign(more, unnamed, "the variadic argument"),
                    }
                }
                _ => {
                    self.report(&TypeProblem::Spread { span, why: "append spreads exactly one slice" });
                    return self.invalid(span);
                }
            }
        } else {
            self.pack(rest, unnamed, span)
        };
        self.builtin(Builtin::Append, vec![slice, packed], ty, span)
    }

    fn assert(&mut self, args: &'a [ast::Expr], span: Span) -> Operand {
        let (cond, text) = match args {
            [cond] => (cond, None),
            [cond, text] => (cond, Some(text)),
            _ => {
                self.arity(Word::Assert, args, 2, span);
                return self.invalid(span);
            }
        };
        let operand = self.expr(cond);
        let condition = self.condition(operand, "the condition of `assert`");
        let text = match text {
            None => String::new(),
            Some(text) => {
                let operand = self.value(text);
                match operand.constant() {
                    Some(Const::Str(text)) => text.to_string(),
                    _ => {
                        if !operand.is_invalid() {
                            self.report(&ModelProblem::AssertText { span: text.span });
                        }
                        String::new()
                    }
                }
            }
        };
        let at = args.get(1).map_or(span, |text| text.span);
        let text = self.const_expr(&Const::Str(text.into()), self.basic.string, at);
        self.builtin(Builtin::Assert, vec![condition, text], self.basic.unit, span)
    }

    fn len_or_cap(&mut self, word: Word, args: &'a [ast::Expr], span: Span) -> Operand {
        if !self.arity(word, args, 1, span) {
            return self.invalid(span);
        }
        let Some(arg) = args.first() else { return self.invalid(span) };
        let value = self.value(arg);
        if value.is_invalid() {
            return self.invalid(span);
        }
        if let (Word::Len, Some(Const::Str(text))) = (word, value.constant()) {
            return self.constant(Const::Int(text.len() as i128), self.basic.int, span);
        }
        let under = match self.types.underlying(value.ty).clone() {
            Type::Pointer(to) if matches!(self.types.underlying(to), Type::Array(..)) => {
                self.types.underlying(to).clone()
            }
            other => other,
        };
        let builtin = if word == Word::Len { Builtin::Len } else { Builtin::Cap };
        match under {
            Type::Array(_, len) => {
                let expr = self.expr_of(value);
                if has_effect(&expr) {
                    return self.builtin(builtin, vec![expr], self.basic.int, span);
                }
                self.constant(Const::Int(i128::from(len)), self.basic.int, span)
            }
            Type::Slice(_) | Type::Chan(..) => {
                let expr = self.expr_of(value);
                self.builtin(builtin, vec![expr], self.basic.int, span)
            }
            Type::Map(..) if word == Word::Len => {
                let expr = self.expr_of(value);
                self.builtin(builtin, vec![expr], self.basic.int, span)
            }
            Type::String | Type::UntypedString if word == Word::Len => {
                self.no_string(span, "the length of a string that is not constant");
                self.invalid(span)
            }
            _ => self.wrong_type(word, &value, "an array, a slice, a map or a channel"),
        }
    }

    fn clear(&mut self, args: &'a [ast::Expr], span: Span) -> Operand {
        let Some(value) = self.only_argument(Word::Clear, args, span) else { return self.invalid(span) };
        if !matches!(self.types.underlying(value.ty), Type::Map(..) | Type::Slice(_)) {
            return self.wrong_type(Word::Clear, &value, "a map or a slice");
        }
        let value = self.expr_of(value);
        self.builtin(Builtin::Clear, vec![value], self.basic.unit, span)
    }

    pub(crate) fn only_argument(&mut self, word: Word, args: &'a [ast::Expr], span: Span) -> Option<Operand> {
        if !self.arity(word, args, 1, span) {
            return None;
        }
        let value = self.value(args.first()?);
        (!value.is_invalid()).then_some(value)
    }

    fn close(&mut self, args: &'a [ast::Expr], span: Span) -> Operand {
        let Some(value) = self.only_argument(Word::Close, args, span) else { return self.invalid(span) };
        if self.channel_element(&value, ChanDir::Recv, "close").is_none() {
            return self.invalid(span);
        }
        let value = self.expr_of(value);
        self.builtin(Builtin::Close, vec![value], self.basic.unit, span)
    }

    fn copy(&mut self, args: &'a [ast::Expr], span: Span) -> Operand {
        if !self.arity(Word::Copy, args, 2, span) {
            return self.invalid(span);
        }
        let values: Vec<Operand> = args.iter().map(|arg| self.value(arg)).collect();
        let mut exprs = Vec::new();
        let mut elem = None;
        for value in values {
            if value.is_invalid() {
                return self.invalid(span);
            }
            match *self.types.underlying(value.ty) {
                Type::Slice(own) => {
                    if elem.is_some_and(|elem| elem != own) {
                        return self.wrong_type(Word::Copy, &value, "two slices of one element type");
                    }
                    elem = Some(own);
                    exprs.push(self.expr_of(value));
                }
                Type::String | Type::UntypedString => {
                    self.no_string(value.span, "the bytes of a string");
                    return self.invalid(span);
                }
                _ => return self.wrong_type(Word::Copy, &value, "two slices"),
            }
        }
        self.builtin(Builtin::Copy, exprs, self.basic.int, span)
    }

    fn delete(&mut self, args: &'a [ast::Expr], span: Span) -> Operand {
        if !self.arity(Word::Delete, args, 2, span) {
            return self.invalid(span);
        }
        let [map, key] = args else { return self.invalid(span) };
        let map = self.value(map);
        let key = self.value(key);
        if map.is_invalid() {
            return self.invalid(span);
        }
        let Type::Map(key_type, _) = *self.types.underlying(map.ty) else {
            return self.wrong_type(Word::Delete, &map, "a map and a key");
        };
        let key = self.assign(key, key_type, "the key of a map");
        let map = self.expr_of(map);
        self.builtin(Builtin::Delete, vec![map, key], self.basic.unit, span)
    }

    fn make(&mut self, args: &'a [ast::Expr], span: Span) -> Operand {
        let Some((ty_expr, sizes)) = args.split_first() else {
            self.misuse(Word::Make, span, "no type");
            return self.invalid(span);
        };
        let Some(ty) = self.type_argument(Word::Make, ty_expr) else {
            for size in sizes {
                self.expr(size);
            }
            return self.invalid(span);
        };
        let (least, most) = match self.types.underlying(ty) {
            Type::Slice(_) => (1, 2),
            Type::Map(..) | Type::Chan(..) => (0, 1),
            _ => {
                let shown = self.show(ty);
                let why = format!("it makes slices, maps and channels, not `{shown}`");
                self.misuse(Word::Make, ty_expr.span, why);
                return self.invalid(span);
            }
        };
        let sizes: Vec<Operand> = sizes.iter().map(|size| self.value(size)).collect();
        if sizes.len() < least || sizes.len() > most {
            let why = if sizes.len() < least { "a slice needs a length" } else { "too many sizes" };
            self.misuse(Word::Make, span, why);
            return self.invalid(span);
        }
        let constants: Vec<Option<i128>> =
            sizes.iter().map(|size| size.constant().and_then(Const::int)).collect();
        if let [Some(len), Some(cap)] = constants.as_slice()
            && len > cap
        {
            self.misuse(Word::Make, span, "the length is above the capacity");
        }
        let args = sizes.into_iter().map(|size| self.size(size)).collect();
        self.builtin(Builtin::Make, args, ty, span)
    }

    /// A length or capacity.
    fn size(&mut self, operand: Operand) -> p::Expr {
        let span = operand.span;
        if let Some(value) = operand.constant().and_then(Const::int) {
            if value < 0 {
                let value = value.to_string();
                self.report(&ConstantProblem::Negative { span, what: "a size", value });
                return self.poison(span);
            }
            if value > i128::from(MAX_ELEMENTS) {
                self.report(&TypeProblem::TooLarge { span, size: value.to_string() });
                return self.poison(span);
            }
        }
        self.integer(operand, "a size")
    }

    fn type_argument(&mut self, word: Word, expr: &'a ast::Expr) -> Option<TypeId> {
        let operand = self.expr(expr);
        match operand.mode {
            Mode::Type => Some(operand.ty),
            Mode::Invalid => None,
            _ => {
                self.misuse(word, expr.span, "the first argument must be a type");
                None
            }
        }
    }

    fn new_call(&mut self, args: &'a [ast::Expr], span: Span) -> Operand {
        if !self.arity(Word::New, args, 1, span) {
            return self.invalid(span);
        }
        let Some(ty) = args.first().and_then(|arg| self.type_argument(Word::New, arg)) else {
            return self.invalid(span);
        };
        let pointer = self.pointer_to(ty);
        let zero = p::Expr { ty, span, kind: ExprKind::Zero };
        self.value_of(ExprKind::Alloc(Box::new(zero)), pointer, span)
    }

    fn max_or_min(&mut self, word: Word, args: &'a [ast::Expr], span: Span) -> Operand {
        let values: Vec<Operand> = args.iter().map(|arg| self.value(arg)).collect();
        if values.is_empty() {
            self.misuse(word, span, "no arguments");
        }
        if values.is_empty() || values.iter().any(Operand::is_invalid) {
            return self.invalid(span);
        }
        // Pairwise, as a chain of operators would be typed; constants fold.
        let op = if word == Word::Max { BinaryOp::Ge } else { BinaryOp::Le };
        if values.iter().all(|value| value.constant().is_some()) {
            let mut rest = values.into_iter();
            let Some(mut best) = rest.next() else { return self.invalid(span) };
            for value in rest {
                let keep = self.comparison(op, span, best.clone(), value.clone(), span);
                let sum_type = if self.is_untyped(best.ty) { value.ty } else { best.ty };
                best = match keep.constant() {
                    Some(Const::Bool(true)) => best,
                    Some(_) => value,
                    None => return self.invalid(span),
                };
                best.ty = sum_type;
            }
            return Operand { span, ..best };
        }
        let ty = values.iter().map(|value| value.ty).find(|&ty| !self.is_untyped(ty));
        let ty = ty.unwrap_or(self.basic.int);
        if !matches!(self.types.underlying(ty), Type::Int(_)) {
            if matches!(self.types.underlying(ty), Type::String) {
                self.no_string(span, "the order of strings that are not constant");
                return self.invalid(span);
            }
            let wrong = values.iter().find(|value| value.ty == ty).cloned();
            return match wrong {
                Some(value) => self.wrong_type(word, &value, "integers"),
                None => self.invalid(span),
            };
        }
        let mut exprs = Vec::new();
        for value in values {
            if !self.is_untyped(value.ty) && value.ty != ty {
                let (left, right) = (self.show(ty), self.show(value.ty));
                let operator = word.short();
                self.report(&TypeProblem::Operands { span: value.span, operator, left, right });
                return self.invalid(span);
            }
            exprs.push(self.assign(value, ty, "an argument"));
        }
        if let [_] = exprs.as_slice() {
            return match exprs.pop() {
                Some(expr) => self.value_of(expr.kind, ty, span),
                None => self.invalid(span),
            };
        }
        let builtin = if word == Word::Max { Builtin::Max } else { Builtin::Min };
        self.builtin(builtin, exprs, ty, span)
    }

    fn panic_call(&mut self, args: &'a [ast::Expr], span: Span) -> Operand {
        if !self.arity(Word::Panic, args, 1, span) {
            return self.invalid(span);
        }
        let Some(arg) = args.first() else { return self.invalid(span) };
        let value = self.value(arg);
        let value = self.assign(value, self.basic.any, "an argument");
        self.builtin(Builtin::Panic, vec![value], self.basic.unit, span)
    }

    /// Arguments of any types, for functions that only evaluate them.
    pub(crate) fn loose(&mut self, args: &'a [ast::Expr]) -> Vec<p::Expr> {
        let alone = args.len() == 1;
        args.iter()
            .map(|arg| {
                let operand = self.expr(arg);
                let several = matches!(self.types.get(operand.ty), Type::Tuple(types) if !types.is_empty());
                if alone && several && matches!(operand.mode, Mode::Value) {
                    return self.expr_of(operand);
                }
                let operand = self.single(operand);
                if matches!(self.types.get(operand.ty), Type::UntypedNil) {
                    return self.assign(operand, self.basic.any, "an argument");
                }
                self.with_default(operand)
            })
            .collect()
    }

    fn discard(&mut self, args: &'a [ast::Expr], span: Span) -> Operand {
        let args = self.loose(args);
        self.builtin(Builtin::Discard, args, self.basic.unit, span)
    }
}

/// True if evaluating the expression calls or receives.
fn has_effect(expr: &p::Expr) -> bool {
    match &expr.kind {
        ExprKind::Call(_) | ExprKind::Recv { .. } | ExprKind::Any { .. } => true,
        ExprKind::Field(inner, _)
        | ExprKind::Deref(inner)
        | ExprKind::AddrOf(inner)
        | ExprKind::Alloc(inner)
        | ExprKind::Convert(inner)
        | ExprKind::ToInterface(inner)
        | ExprKind::Unary(_, inner)
        | ExprKind::TypeAssert { operand: inner, .. } => has_effect(inner),
        ExprKind::Index(left, right)
        | ExprKind::Binary(_, left, right)
        | ExprKind::MapIndex { map: left, key: right, .. } => has_effect(left) || has_effect(right),
        ExprKind::StructLit(values) => values.iter().any(has_effect),
        ExprKind::ArrayLit(elements) | ExprKind::SliceLit { elements, .. } => {
            elements.iter().any(|(_, value)| has_effect(value))
        }
        _ => false,
    }
}
