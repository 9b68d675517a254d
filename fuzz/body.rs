//! What fuzzing does with its input: shared by the libFuzzer target and the bounded run in `tests/fuzz.rs`.

use goknot::diag::render::{Style, render};
use goknot::source::Source;

/// Any bytes through parser, names and types, lowering, and the rendering of whatever was found.
/// Must not panic, hang or overflow the stack; every label must lie in the text.
pub fn front_end(data: &[u8]) {
    let source = Source::new("fuzz.knot", String::from_utf8_lossy(data));
    let (file, mut problems) = goknot::syntax::parse(&source);
    if !problems.has_errors() {
        let (program, more) = goknot::sema::analyze(&file, &[], None);
        problems.append(more);
        if let Some(program) = program {
            let options = goknot::lower::Options { max_points: 20_000, ..Default::default() };
            match goknot::lower::lower(&program, &options) {
                Ok(machine) => assert!(!machine.routines.is_empty(), "a machine has a main routine"),
                Err(more) => problems.append(more),
            }
        }
    }
    let diagnostics = problems.sorted();
    for diagnostic in &diagnostics {
        for label in &diagnostic.labels {
            assert!(label.span.start <= label.span.end, "{}: a span runs forwards", diagnostic.code);
            assert!(
                label.span.end as usize <= source.text().len(),
                "{}: a span lies in the text",
                diagnostic.code
            );
        }
    }
    let style = Style { color: false, width: 100, unicode: true };
    assert_eq!(diagnostics.is_empty(), render(&source, &diagnostics, style).is_empty(), "problems are shown");
}
