//! `param` declarations: default, range, the value given.

use super::checker::Checker;
use super::constant::Const;
use super::problem::ModelProblem;
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
        let narrow = |value: i128| i64::try_from(value).ok();
        let Some(default) = default.and_then(narrow) else { return Entity::Invalid };
        let (low, high) = match range {
            None => (default, default),
            Some((Some(low), Some(high))) => match (narrow(low), narrow(high)) {
                (Some(low), Some(high)) => (low, high),
                _ => return Entity::Invalid,
            },
            Some(_) => return Entity::Invalid,
        };
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

    pub(crate) fn param_of_param(&mut self, at: usize, span: Span) -> Entity {
        let other = self.objects.get(at).map(|object| object.name.clone()).unwrap_or_default();
        let name = self.param_line.clone().unwrap_or_default();
        self.report(&ModelProblem::ParamOfParam { span, name, other });
        Entity::Invalid
    }
}
