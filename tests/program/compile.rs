//! A model to its Machine.

use goknot::machine::Machine;
use goknot::source::Source;

/// With these values of its params and this fix; an error with all that is wrong where it is no model.
pub fn compile(source: &Source, params: &[(&str, i64)], fix: Option<&str>) -> Result<Machine, String> {
    let params: Vec<(String, i64)> = params.iter().map(|&(name, value)| (name.to_owned(), value)).collect();
    let (file, mut problems) = goknot::syntax::parse(source);
    let (program, more) = goknot::sema::analyze(&file, &params, fix);
    problems.append(more);
    let lowered = match program.filter(|_| !problems.has_errors()) {
        Some(program) => goknot::lower::lower(&program, &goknot::lower::Options::default()),
        None => Err(problems),
    };
    lowered.map_err(|problems| format!("{:#?}\n{}", problems.sorted(), source.text()))
}
