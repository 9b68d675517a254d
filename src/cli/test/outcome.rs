//! What testing models gave: the values that the formats print.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// One model with its fixes.
#[derive(Clone, PartialEq, Debug)]
pub struct Model {
    /// The path without `.knot`.
    pub name: String,
    pub path: PathBuf,
    /// The model as it stands, then each fix; fewer where `-run` chose some.
    pub cases: Vec<Case>,
    /// Why it could not be tested: its diagnostics as text.
    pub broken: Option<String>,
    pub time: Duration,
}

/// The model or one of its fixes, over the whole sweep.
#[derive(Clone, PartialEq, Debug)]
pub struct Case {
    /// `None` for the model as it stands.
    pub fix: Option<String>,
    /// What it expects, on one line.
    pub wanted: String,
    /// How many combinations of parameters were checked.
    pub runs: usize,
    pub states: u64,
    pub failures: Vec<Failure>,
    pub time: Duration,
    /// What the check with the default parameters gave.
    pub default: Figures,
    /// What engines beside the built-in checker say.
    pub opinions: Vec<Opinion>,
}

/// What an engine beside the built-in checker says of several checks. Contradictions are failures.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Opinion {
    pub engine: &'static str,
    /// Checks with the same answer.
    pub agrees: usize,
    /// Checks that it has left open, by reason.
    pub open: BTreeMap<String, usize>,
}

/// One check, in figures.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Figures {
    /// What the model's `meta` calls its type, subtype and cause; empty without.
    pub class: String,
    /// `deadlock`, `holds`, `inconclusive`.
    pub verdict: &'static str,
    /// The most goroutines that lived at once, clocks of the environment included.
    pub goroutines: usize,
    pub states: u64,
    /// Steps of the trace that is shown; `None` where there is none.
    pub steps: Option<usize>,
}

/// A combination of parameters with another outcome than expected.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Failure {
    /// 1-based line of the `expect` that is not met; of the model line where there is none.
    pub line: usize,
    /// `conns=3`; empty for a model without parameters.
    pub params: String,
    pub wanted: String,
    /// What was found, most important first; `ok` or `inconclusive: …` where there was nothing.
    pub found: Vec<String>,
}

/// Sums over all models.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Totals {
    pub models: usize,
    pub fixes: usize,
    pub runs: usize,
    pub states: u64,
    pub failed: usize,
}

impl Model {
    /// Nothing went otherwise than expected.
    pub fn passes(&self) -> bool {
        self.broken.is_none() && self.cases.iter().all(Case::passes)
    }

    /// States of all cases.
    pub fn states(&self) -> u64 {
        self.cases.iter().map(|case| case.states).sum()
    }

    /// What a case is called: that of a fix is below the model.
    pub fn case_name(&self, case: &Case) -> String {
        case.fix.as_ref().map_or_else(|| self.name.clone(), |fix| format!("{}/{fix}", self.name))
    }
}

impl Opinion {
    /// The sums over all models.
    pub fn of(models: &[Model]) -> Vec<Self> {
        let mut sums: Vec<Self> = Vec::new();
        for opinion in models.iter().flat_map(|model| &model.cases).flat_map(|case| &case.opinions) {
            let sum = Self::among(&mut sums, opinion.engine);
            sum.agrees += opinion.agrees;
            for (reason, count) in &opinion.open {
                *sum.open.entry(reason.clone()).or_default() += count;
            }
        }
        sums
    }

    /// That of `engine`, new where there is none yet.
    pub fn among<'a>(list: &'a mut Vec<Self>, engine: &'static str) -> &'a mut Self {
        let at = list.iter().position(|opinion| opinion.engine == engine).unwrap_or_else(|| {
            list.push(Self { engine, ..Self::default() });
            list.len() - 1
        });
        &mut list[at]
    }

    /// A line for the engine, and one for each reason why something stayed open.
    pub fn told(&self) -> String {
        let open: usize = self.open.values().sum();
        let mut text =
            format!("{}: the same in {} of {} checks", self.engine, self.agrees, self.agrees + open);
        for (reason, count) in &self.open {
            text.push_str(&format!("\n  {count} open: {reason}"));
        }
        text
    }
}

impl Case {
    /// Nothing went otherwise than expected.
    pub fn passes(&self) -> bool {
        self.failures.is_empty()
    }
}

impl Failure {
    /// Where, what was expected and what was found, in lines.
    pub fn told(&self, path: &Path) -> String {
        let Self { line, params, wanted, found } = self;
        let with = if params.is_empty() { String::new() } else { format!(" with {params}") };
        let found = found.join("\n              ");
        format!("{}:{line}:{with}\n    expected  {wanted}\n    found     {found}\n", path.display())
    }
}

impl Totals {
    /// Adds everything up.
    pub fn of(models: &[Model]) -> Self {
        models.iter().fold(Self::default(), |sum, model| Self {
            models: sum.models + 1,
            fixes: sum.fixes + model.cases.iter().filter(|case| case.fix.is_some()).count(),
            runs: sum.runs + model.cases.iter().map(|case| case.runs).sum::<usize>(),
            states: sum.states + model.states(),
            failed: sum.failed + usize::from(!model.passes()),
        })
    }
}
