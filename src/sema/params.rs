//! `param` declarations: default, range, the value given.

use super::checker::Checker;
use super::constant::Const;
use super::problem::{ConstantProblem, ModelProblem};
use super::program::Param;
use super::scope::Entity;
use crate::source::Span;
use crate::syntax::ast;

impl<'a> Checker<'a> {
    pub(crate) fn resolve_param(&mut self, param: &'a ast::Param) -> Entity {
        let name = param.name.name.clone();
        self.param_line = Some(name.clone());
        let default = self.const_int(&param.value, "the default of a parameter");
        let range = param.range.as_ref().map(|(low, high)| {
            let low = self.const_int(low, "the range of a parameter");
            let high = self.const_int(high, "the range of a parameter");
            (low, high)
        });
        self.param_line = None;
        let default = default.and_then(|value| self.as_int(value, param.value.span));
        let (low, high) = match (range, &param.range) {
            (Some((low, high)), Some((at_low, at_high))) => (
                low.and_then(|value| self.as_int(value, at_low.span)),
                high.and_then(|value| self.as_int(value, at_high.span)),
            ),
            _ => (default, default),
        };
        let (Some(default), Some(low), Some(high)) = (default, low, high) else { return Entity::Invalid };
        let (low_text, high_text) = (low.to_string(), high.to_string());
        if low > high {
            let span = param.range.as_ref().map_or(param.span, |(low, high)| low.span.to(high.span));
            self.report(&ModelProblem::ParamRange { span, name, low: low_text, high: high_text });
            return Entity::Invalid;
        }
        if !(low..=high).contains(&default) {
            let (span, value) = (param.value.span, default.to_string());
            self.report(&ModelProblem::ParamDefault { span, name, value, low: low_text, high: high_text });
            return Entity::Invalid;
        }
        let given = self.given.iter().rev().find(|(other, _)| *other == name).map(|(_, value)| *value);
        let value = given.unwrap_or(default);
        if !(low..=high).contains(&value) {
            let (span, value) = (param.span, value.to_string());
            self.report(&ModelProblem::ParamValue { span, name, value, low: low_text, high: high_text });
            return Entity::Invalid;
        }
        self.params.push(Param { name, value, default, range: (low, high), span: param.span });
        Entity::Const(self.basic.untyped_int, Const::Int(i128::from(value)))
    }

    /// A parameter is an `int`.
    fn as_int(&mut self, value: i128, span: Span) -> Option<i64> {
        let narrow = i64::try_from(value).ok();
        if narrow.is_none() {
            let ty = self.show(self.basic.int);
            self.report(&ConstantProblem::Overflow { span, value: value.to_string(), ty });
        }
        narrow
    }

    pub(crate) fn param_of_param(&mut self, at: usize, span: Span) -> Entity {
        let other = self.objects.get(at).map(|object| object.name.clone()).unwrap_or_default();
        let name = self.param_line.clone().unwrap_or_default();
        self.report(&ModelProblem::ParamOfParam { span, name, other });
        Entity::Invalid
    }
}
