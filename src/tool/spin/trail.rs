//! What `pan -r` prints: one line for each statement of a run.
//!
//! In: its output. Out: who executed which line.

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

pub(super) fn read(output: &str, file: &str) -> Vec<Entry> {
    let mut entries = Vec::new();
    for line in output.lines() {
        if line.contains("START OF CYCLE") {
            entries.push(Entry::Cycle);
        } else if line.starts_with("spin: trail ends") {
            break;
        } else {
            entries.extend(entry(line, file));
        }
    }
    entries
}

/// `  4:    proc  0 (main) model.pml:27 (state 7)    [(run forward())]`, with tabs for the wide gaps.
fn entry(line: &str, file: &str) -> Option<Entry> {
    let (_, rest) = line.split_once(":\tproc ")?;
    let (process, rest) = rest.trim_start().split_once(' ')?;
    let process = process.parse().ok()?;
    let (place, text) = rest.split_once('[')?;
    let text = text.trim_end().strip_suffix(']')?.to_owned();
    if text == "-end-" {
        return Some(Entry::Ends(process));
    }
    let (_, at) = place.split_once(&format!("{file}:"))?;
    let digits: String = at.chars().take_while(char::is_ascii_digit).collect();
    Some(Entry::Line { process, line: digits.parse().ok()?, text })
}
