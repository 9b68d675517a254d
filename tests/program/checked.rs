//! A model file to a report, without a clock.

use std::fs;
use std::path::Path;

use goknot::engine::{self, Options, Unwatched};
use goknot::report::{self, Run, Subject};
use goknot::source::Source;

/// The model in `tests/NAME.knot`, called by its file's name.
pub fn model(name: &str) -> Source {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(format!("{name}.knot"));
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let file = path.file_name().unwrap_or_default().to_string_lossy();
    Source::new(file, text)
}

/// Checks a model in no time.
pub fn check(source: &Source, params: &[(&str, i64)]) -> Run {
    check_with(source, params, &Options::default())
}

/// As [`check`], with limits.
pub fn check_with(source: &Source, params: &[(&str, i64)], options: &Options) -> Run {
    let params: Vec<(String, i64)> = params.iter().map(|&(name, value)| (name.into(), value)).collect();
    let (file, mut problems) = goknot::syntax::parse(source);
    let (program, more) = goknot::sema::analyze(&file, &params, None);
    problems.append(more);
    let program = program.unwrap_or_else(|| panic!("{:#?}", problems.sorted()));
    let machine = goknot::lower::lower(&program, &goknot::lower::Options::default())
        .unwrap_or_else(|problems| panic!("{:#?}", problems.sorted()));
    let outcome = engine::check(&machine, options, &mut Unwatched).expect("the machine is sound");
    let subject = Subject {
        machine: &machine,
        source,
        fix: None,
        engine: "built-in",
        limits: &options.limits,
        seconds: 0.0,
    };
    report::assemble(&subject, &outcome).expect("the counterexample replays")
}
