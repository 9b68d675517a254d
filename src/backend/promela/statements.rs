//! Statements of Promela, and how they are written down.
//!
//! In: lists of statements. Out: text, one statement a line where a trail must tell them apart.

/// A statement.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Statement {
    /// A basic statement, or a macro that stands for some.
    Do(String),
    /// `if :: cond -> yes :: else -> no fi`.
    If(String, Vec<Statement>, Vec<Statement>),
    /// `dest` becomes any value from its own up to the second.
    Climb(String, String),
    Goto(String),
}

impl Statement {
    pub(super) fn set(place: &str, value: &str) -> Self {
        Self::Do(format!("{place} = {value}"))
    }
}

/// Whether the run ends at the end of these, whatever they do before.
pub(super) fn ends(statements: &[Statement]) -> bool {
    match statements.last() {
        Some(Statement::Do(text)) => text.starts_with("ended = ") || text.starts_with("OUT_OF("),
        Some(Statement::Goto(_)) => true,
        Some(Statement::If(..) | Statement::Climb(..)) | None => false,
    }
}

/// Whether the run may end before the last of these.
pub(super) fn ends_early(statements: &[Statement]) -> bool {
    let count = statements.len();
    statements.iter().enumerate().any(|(at, statement)| {
        let last = at + 1 == count;
        let within = |body: &[Statement]| ends_early(body) || !last && ends(body);
        match statement {
            Statement::Do(text) => !last && text.starts_with("ended = "),
            Statement::If(_, yes, no) => within(yes) || within(no),
            Statement::Climb(..) | Statement::Goto(_) => false,
        }
    })
}

/// All in one line.
pub(super) fn line(statements: &[Statement]) -> String {
    statements.iter().map(one).collect::<Vec<_>>().join("; ")
}

fn one(statement: &Statement) -> String {
    match statement {
        Statement::Do(text) => text.clone(),
        Statement::If(cond, yes, no) => format!("if :: {}:: {}fi", option(cond, yes), option("else", no)),
        Statement::Climb(dest, high) => format!("do :: {dest} < {high} -> {dest}++ :: break od"),
        Statement::Goto(label) => format!("goto {label}"),
    }
}

fn option(guard: &str, body: &[Statement]) -> String {
    if body.is_empty() { format!("{guard} ") } else { format!("{guard} -> {} ", line(body)) }
}

/// A line of text, and whether a trail that names it has gone up one in a choice.
pub(super) struct Line {
    pub(super) text: String,
    pub(super) climbs: bool,
}

/// One statement a line, indented.
pub(super) fn lines(statements: &[Statement], indent: &str, out: &mut Vec<Line>) {
    let push =
        |out: &mut Vec<Line>, text: String| out.push(Line { text: format!("{indent}{text}"), climbs: false });
    for (at, statement) in statements.iter().enumerate() {
        let end = if at + 1 < statements.len() { ";" } else { "" };
        match statement {
            Statement::Do(_) | Statement::Goto(_) => push(out, format!("{}{end}", one(statement))),
            Statement::If(cond, yes, no) => {
                push(out, "if".into());
                for (guard, body) in [(cond.as_str(), yes), ("else", no)] {
                    let simple = body.iter().all(|it| matches!(it, Statement::Do(_) | Statement::Goto(_)));
                    if simple {
                        push(out, format!(":: {}", option(guard, body).trim_end()));
                    } else {
                        push(out, format!(":: {guard} ->"));
                        lines(body, &format!("{indent}\t"), out);
                    }
                }
                push(out, format!("fi{end}"));
            }
            Statement::Climb(dest, high) => {
                push(out, "do".into());
                push(out, format!(":: {dest} < {high} ->"));
                out.push(Line { text: format!("{indent}\t{dest}++"), climbs: true });
                push(out, ":: break".into());
                push(out, format!("od{end}"));
            }
        }
    }
}
