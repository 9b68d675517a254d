//! `expect` declarations: known kinds, names of functions that exist.

use super::checker::Checker;
use super::problem::ModelProblem;
use super::problem::model::EXPECT_KINDS;
use super::program::{self as p, Expect, ExpectKind, ExpectLine, ExpectOperation};
use crate::diag::did_you_mean;
use crate::syntax::ast;

impl<'a> Checker<'a> {
    pub(crate) fn expects(&mut self, expects: &[&'a ast::Expect]) -> Vec<Expect> {
        expects.iter().filter_map(|expect| self.expect(expect)).collect()
    }

    fn expect(&mut self, expect: &ast::Expect) -> Option<Expect> {
        let stuck = expect
            .stuck
            .as_ref()
            .map(|lines| lines.iter().map(|line| self.expect_line(line)).collect::<Vec<ExpectLine>>());
        let Some(kind) = kind(&expect.kind.name) else {
            let meant = did_you_mean(&expect.kind.name, EXPECT_KINDS.iter().copied());
            // Lives as long as the table.
            let meant = meant.and_then(|name| EXPECT_KINDS.iter().copied().find(|kind| *kind == name));
            let (span, kind) = (expect.kind.span, expect.kind.name.clone());
            self.report(&ModelProblem::ExpectKind { span, kind, meant });
            return None;
        };
        let has_stuck = matches!(kind, ExpectKind::Deadlock | ExpectKind::Leak);
        if !has_stuck && stuck.as_ref().is_some_and(|lines| !lines.is_empty()) {
            let (span, kind) = (expect.span, expect.kind.name.clone());
            self.report(&ModelProblem::ExpectBlock { span, kind });
        }
        Some(Expect { kind, stuck, span: expect.span })
    }

    fn expect_line(&mut self, line: &ast::ExpectLine) -> ExpectLine {
        let name = &line.goroutine.name;
        if !self.funcs.iter().any(|func| answers_to(func, name)) {
            let mut exist: Vec<String> =
                self.funcs.iter().filter(|func| !func.library).map(|func| func.name.clone()).collect();
            let short = self.funcs.iter().filter(|func| !func.library && func.has_receiver);
            let short: Vec<String> =
                short.filter_map(|func| Some(func.name.split_once('.')?.1.to_string())).collect();
            let candidates = exist.iter().chain(&short).map(String::as_str);
            let meant = did_you_mean(name, candidates).map(str::to_string);
            exist.truncate(12);
            let (span, name) = (line.goroutine.span, name.clone());
            self.report(&ModelProblem::ExpectName { span, name, meant, exist });
        }
        let operation = match &line.operation {
            ast::ExpectOperation::Source(text) => {
                ExpectOperation::Source(text.value.split_whitespace().collect::<Vec<_>>().join(" "))
            }
            ast::ExpectOperation::Select(_) => ExpectOperation::Select,
            ast::ExpectOperation::Reason(text) => ExpectOperation::Reason(text.value.clone()),
        };
        ExpectLine { goroutine: name.clone(), operation, span: line.span }
    }
}

/// True if an `expect` line that says `name` means this function: by its full name
/// (`Server.Close`, `main.func1`), by its symbol in a dump, or by its name without the
/// receiver's type or package (`Close`, `Close.func1`).
pub fn answers_to(func: &p::Func, name: &str) -> bool {
    func.name == name
        || func.symbol == name
        || func.name.split_once('.').is_some_and(|(first, rest)| {
            let type_or_package =
                func.symbol.contains(&format!("{first}.")) || func.symbol.contains(&format!("(*{first})"));
            rest == name && type_or_package && !rest.starts_with("func")
        })
}

fn kind(name: &str) -> Option<ExpectKind> {
    Some(match name {
        "ok" => ExpectKind::Ok,
        "deadlock" => ExpectKind::Deadlock,
        "leak" => ExpectKind::Leak,
        "panic" => ExpectKind::Panic,
        "race" => ExpectKind::Race,
        "assert" => ExpectKind::Assert,
        "always" => ExpectKind::Always,
        "eventually" => ExpectKind::Eventually,
        "leadsto" => ExpectKind::LeadsTo,
        "cover" => ExpectKind::Cover,
        "inconclusive" => ExpectKind::Inconclusive,
        _ => return None,
    })
}
