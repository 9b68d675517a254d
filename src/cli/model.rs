//! A model from its file to its Machine: the passes of the library in order.
//!
//! In: a path, values for parameters, a fix. Out: a [`Compiled`] variant, or the
//! diagnostics that stand in its way.

use std::path::Path;

use super::failure::Failure;
use super::input;
use super::problem::CliProblem;
use super::sweep::{self, Values};
use crate::backend::go;
use crate::diag::{Diagnostic, Problems, did_you_mean};
use crate::lower;
use crate::machine::Machine;
use crate::sema::{self, program::Param, program::Program};
use crate::source::Source;
use crate::syntax::{self, ast};
use crate::verify::edit::{self, Edit};

/// Sweeps of more combinations are refused.
const MAX_SWEEP: u128 = 100_000;

/// A model without errors, at least for its default parameters.
#[derive(Debug)]
pub struct Model {
    pub source: Source,
    file: ast::File,
    params: Vec<Param>,
    fixes: Vec<String>,
}

/// One variant of a model: with its parameters' values and a fix.
#[derive(Debug)]
pub struct Compiled {
    pub program: Program,
    pub machine: Machine,
    pub warnings: Vec<Diagnostic>,
}

impl Model {
    /// Reads, parses, and types the model and all its fixes with the default parameters.
    pub fn load(path: &Path) -> Result<Self, Failure> {
        let source = input::read(path)?;
        let (file, mut problems) = syntax::parse(&source);
        // As Go's compiler does: what does not parse is not typed, half a model gives half-true errors.
        if !problems.has_errors() {
            problems.append(sema::analyze_all(&file));
        }
        if problems.has_errors() {
            return Err(Failure::Model { source, diagnostics: problems.sorted() });
        }
        let (params, _) = sema::params(&file);
        let fixes = sema::fixes(&file).into_iter().map(|fix| fix.name).collect();
        Ok(Self { source, file, params, fixes })
    }

    /// As [`Model::load`], called by `name` in everything that is said about it.
    pub fn called(self, name: &str) -> Self {
        let source = Source::new(name, self.source.text());
        Self { source, ..self }
    }

    /// The syntax tree.
    pub fn file(&self) -> &ast::File {
        &self.file
    }

    /// The model with `edits` of its text; `None` where it does not parse any more. It is not typed yet.
    pub fn edited(&self, edits: &[Edit]) -> Option<Self> {
        self.with_text(edit::apply(self.source.text(), edits))
    }

    /// The same model with another text; `None` where that does not parse. It is not typed yet.
    pub fn with_text(&self, text: String) -> Option<Self> {
        let source = Source::new(self.source.name(), text);
        let (file, problems) = syntax::parse(&source);
        if problems.has_errors() {
            return None;
        }
        let (params, problems) = sema::params(&file);
        let fixes = sema::fixes(&file).into_iter().map(|fix| fix.name).collect();
        (!problems.has_errors()).then_some(Self { source, file, params, fixes })
    }

    /// The names of its fixes, in order.
    pub fn fixes(&self) -> &[String] {
        &self.fixes
    }

    /// The defaults of its parameters but for those `given`.
    pub fn values(&self, given: &[(String, i64)]) -> Result<Values, Failure> {
        self.validate(given)?;
        Ok(sweep::defaults(&self.params, given))
    }

    /// Every combination of its parameters' values but for those `given`.
    pub fn sweep(&self, given: &[(String, i64)]) -> Result<Vec<Values>, Failure> {
        self.validate(given)?;
        let combinations = sweep::size(&self.params, given);
        if combinations > MAX_SWEEP {
            let width = |param: &&Param| sweep::count(param.range.0, param.range.1);
            let widest = self.params.iter().max_by_key(width);
            return Err(self.refuse(&[CliProblem::SweepTooLarge {
                combinations,
                limit: MAX_SWEEP,
                widest: widest.map(|param| param.name.clone()).unwrap_or_default(),
                declared: widest.map(|param| param.span).unwrap_or_default(),
            }]));
        }
        Ok(sweep::combinations(&self.params, given))
    }

    /// Fails where there is no fix of this name.
    pub fn has_fix(&self, name: &str) -> Result<(), Failure> {
        if self.fixes.iter().any(|fix| fix == name) {
            return Ok(());
        }
        let nearest = did_you_mean(name, self.fixes.iter().map(String::as_str)).map(str::to_owned);
        Err(self.refuse(&[CliProblem::UnknownFix { name: name.into(), nearest, known: self.fixes.clone() }]))
    }

    /// The variant with these values and this fix.
    pub fn compile(&self, values: &Values, fix: Option<&str>, unwind: u32) -> Result<Compiled, Failure> {
        let (program, problems) = sema::analyze(&self.file, values, fix);
        let Some(program) = program.filter(|_| !problems.has_errors()) else {
            return Err(self.bad(problems));
        };
        let options = lower::Options { unwind, ..lower::Options::default() };
        let machine = lower::lower(&program, &options).map_err(|problems| self.bad(problems))?;
        Ok(Compiled { program, machine, warnings: problems.sorted() })
    }

    /// What an emitter works from.
    pub fn typed<'a>(&'a self, compiled: &'a Compiled, fix: Option<&'a str>) -> go::Model<'a> {
        go::Model {
            source: &self.source,
            file: &self.file,
            program: &compiled.program,
            warnings: &compiled.warnings,
            fix,
        }
    }

    fn validate(&self, given: &[(String, i64)]) -> Result<(), Failure> {
        let twice = |at: usize| given[..at].iter().any(|(name, _)| *name == given[at].0);
        if let Some(at) = (0..given.len()).find(|&at| twice(at)) {
            return Err(Failure::Usage(format!("the parameter `{}` is given twice", given[at].0)));
        }
        let problems: Vec<CliProblem> =
            given.iter().filter_map(|(name, value)| self.value_problem(name, *value)).collect();
        if problems.is_empty() { Ok(()) } else { Err(self.refuse(&problems)) }
    }

    fn value_problem(&self, name: &str, value: i64) -> Option<CliProblem> {
        let known = || self.params.iter().map(|param| param.name.as_str());
        match self.params.iter().find(|param| param.name == name) {
            None => Some(CliProblem::UnknownParam {
                name: name.into(),
                nearest: did_you_mean(name, known()).map(str::to_owned),
                known: known().map(str::to_owned).collect(),
            }),
            Some(param) if value < param.range.0 || value > param.range.1 => {
                Some(CliProblem::ParamOutOfRange {
                    name: name.into(),
                    value,
                    range: param.range,
                    declared: param.span,
                })
            }
            Some(_) => None,
        }
    }

    fn refuse(&self, reasons: &[CliProblem]) -> Failure {
        let mut problems = Problems::default();
        for reason in reasons {
            problems.push(reason);
        }
        self.bad(problems)
    }

    fn bad(&self, problems: Problems) -> Failure {
        Failure::Model { source: self.source.clone(), diagnostics: problems.sorted() }
    }
}
