//! Leaves out what a long run repeats, and the middle of what is still too long.

use super::rows::Row;

/// A round of a loop may be so many rows long.
const LONGEST_ROUND: usize = 8;
/// A loop that goes round less often is shown in full.
const LEAST_ROUNDS: usize = 4;
/// More rows than this are folded in the middle, where nothing of note happens.
const MOST_ROWS: usize = 60;
/// So many rows are kept at the start of a long run; the rest at its end.
const KEPT_AT_START: usize = 10;

/// The rows with less between.
pub(super) fn fold(rows: Vec<Row>) -> Vec<Row> {
    middle(rounds(rows))
}

/// Of a loop, shows the first round, the number of those between, and the last.
fn rounds(rows: Vec<Row>) -> Vec<Row> {
    let keys: Vec<Option<Vec<Key>>> = rows.iter().map(key).collect();
    let mut out = Vec::new();
    let mut rows = rows.into_iter();
    let mut at = 0;
    while at < keys.len() {
        let (length, count) = repetition(&keys[at..]);
        if count < LEAST_ROUNDS {
            out.extend(rows.next());
            at += 1;
            continue;
        }
        out.extend(rows.by_ref().take(length));
        let hidden = rows.by_ref().take(length * (count - 2)).count();
        out.push(Row::Folded { steps: hidden, rounds: Some(count - 2) });
        out.extend(rows.by_ref().take(length));
        at += length * count;
    }
    out
}

/// What makes two rows the same: who does what, not what comes of it.
type Key = (u32, Option<usize>, String);

fn key(row: &Row) -> Option<Vec<Key>> {
    match row {
        Row::Step { cells, .. } => Some(
            cells
                .iter()
                // Which goroutine a `go` starts is different every time.
                .map(|cell| {
                    let told = cell.counts() && !cell.clock;
                    (if told { cell.goroutine.0 } else { 0 }, cell.line, cell.operation.clone())
                })
                .collect(),
        ),
        Row::Folded { .. } | Row::Doom | Row::Repeats | Row::End { .. } => None,
    }
}

/// The length of the round that `keys` start with and how often it comes; the one that hides most.
fn repetition(keys: &[Option<Vec<Key>>]) -> (usize, usize) {
    let count = |length: usize| {
        let Some(first) = keys.get(..length).filter(|first| first.iter().all(Option::is_some)) else {
            return 1;
        };
        keys.chunks(length).take_while(|round| *round == first).count().max(1)
    };
    let all = (1..=LONGEST_ROUND.min(keys.len())).map(|length| (length, count(length)));
    let worth = all.filter(|(_, count)| *count >= LEAST_ROUNDS);
    worth.max_by_key(|(length, count)| (length * (count - 2), std::cmp::Reverse(*length))).unwrap_or((1, 1))
}

/// Leaves out the middle of a long run.
fn middle(rows: Vec<Row>) -> Vec<Row> {
    let Some(extra) = rows.len().checked_sub(MOST_ROWS + 1) else { return rows };
    let hidden_rows = KEPT_AT_START..=KEPT_AT_START + extra;
    let mut folded = Vec::new();
    let mut hidden = 0;
    for (index, row) in rows.into_iter().enumerate() {
        match row {
            Row::Step { .. } if hidden_rows.contains(&index) => hidden += 1,
            Row::Folded { steps, .. } if hidden_rows.contains(&index) => hidden += steps,
            row => {
                if hidden > 0 {
                    folded.push(Row::Folded { steps: hidden, rounds: None });
                    hidden = 0;
                }
                folded.push(row);
            }
        }
    }
    folded
}
