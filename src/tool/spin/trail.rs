//! A trail of `pan`, and which lines of the model its transitions stand for.
//!
//! In: the trail, whose transitions are numbers, and what SPIN has generated, which says what state of which process
//! type each number is (`pan.t`) and on what line that stands (`pan.c`). Out: who executed which line. (`pan -r` prints
//! lines too, but for all options of an `if` that of the first.)

use rustc_hash::FxHashMap;

/// A statement of a run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Entry {
    /// The process with this number executes a statement of this line.
    Line { process: usize, line: usize, text: String },
    /// The process is gone.
    Ends(usize),
    /// What follows goes round for ever.
    Cycle,
}

/// Reads `trail`; `None` where it does not fit what was generated.
pub(super) fn read(trail: &str, transitions: &str, code: &str) -> Option<Vec<Entry>> {
    let statements = statements(transitions, &lines(code));
    let mut entries = Vec::new();
    for step in trail.lines() {
        let mut numbers = step.split(':').map(|it| it.trim().parse::<i64>().unwrap_or(-9));
        let (depth, process, id) = (numbers.next()?, numbers.next()?, numbers.next()?);
        if depth == -1 {
            entries.push(Entry::Cycle);
        }
        let Ok(process) = usize::try_from(process) else { continue };
        if depth < 0 {
            continue;
        }
        let Some((line, text)) = statements.get(&id) else { continue };
        entries.push(match *text {
            "-end-" => Entry::Ends(process),
            text => Entry::Line { process, line: *line, text: text.to_owned() },
        });
    }
    Some(entries)
}

/// Per number: its line, and its text.
fn statements<'a>(
    transitions: &'a str,
    lines: &FxHashMap<usize, Vec<usize>>,
) -> FxHashMap<i64, (usize, &'a str)> {
    let mut found = FxHashMap::default();
    for line in transitions.lines() {
        // `trans[0][29]	= settr(28,32,41,14,14,"D_STEP49", 1, 2, 0);`
        let Some((place, settr)) = line.split_once("settr(") else { continue };
        let Some((_, place)) = place.split_once("trans[") else { continue };
        let mut indices = place.split(['[', ']']).filter_map(|it| it.trim().parse::<usize>().ok());
        let (Some(routine), Some(state)) = (indices.next(), indices.next()) else { continue };
        let id = settr.split(',').next().and_then(|id| id.trim().parse().ok());
        let text = settr.split_once('"').and_then(|(_, rest)| rest.rsplit_once('"')).map(|(text, _)| text);
        let (Some(id), Some(text)) = (id, text) else { continue };
        let line = lines.get(&routine).and_then(|lines| lines.get(state)).copied().unwrap_or(0);
        found.entry(id).or_insert((line, text));
    }
    found
}

/// Per process type: the line of each state.
fn lines(code: &str) -> FxHashMap<usize, Vec<usize>> {
    let mut found = FxHashMap::default();
    for part in code.split("short src_ln").skip(1) {
        let Some((head, rest)) = part.split_once('{') else { continue };
        let Some((body, _)) = rest.split_once('}') else { continue };
        let digits: String = head.chars().take_while(char::is_ascii_digit).collect();
        let Ok(number) = digits.parse() else { continue };
        found.insert(number, body.split(',').map(|it| it.trim().parse().unwrap_or(0)).collect());
    }
    found
}
