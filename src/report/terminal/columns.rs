//! Which goroutines get a column of the table, and how wide each is.

use std::cmp::Reverse;

use super::rows::{Cell, Row};
use crate::report::Finding;
use crate::report::style::Style;
use crate::report::verdict::groups;
use crate::trace::{Goroutine, GoroutineId, Trace};

/// More columns than this are hard to read.
const MOST: usize = 6;
/// A column narrower than this is of no use.
const LEAST_WIDTH: usize = 22;
/// Between two columns; an arrow needs as much.
pub(in crate::report) const GAP: usize = 4;

/// One column.
pub(in crate::report) struct Column {
    pub who: Who,
    pub heading: String,
    /// Where there is no room for the heading.
    pub short: String,
    pub width: usize,
}

/// Whose steps a column shows.
#[derive(Clone, PartialEq, Eq)]
pub(in crate::report) enum Who {
    One(GoroutineId),
    /// Equal goroutines that are stuck at one place and did nothing before.
    Equal(Vec<GoroutineId>),
    /// Everybody for whom there is no room.
    Others,
}

impl Column {
    fn shows(&self, id: GoroutineId) -> bool {
        match &self.who {
            Who::One(one) => *one == id,
            Who::Equal(ids) => ids.contains(&id),
            Who::Others => false,
        }
    }
}

/// Which column shows `id`: its own, else that of the others.
pub(in crate::report) fn column_of(columns: &[Column], id: GoroutineId) -> usize {
    columns.iter().position(|column| column.shows(id)).unwrap_or(columns.len().saturating_sub(1))
}

/// The columns for `rows`; `gutter` and `lines` are what step and line numbers need.
pub(in crate::report) fn columns(
    finding: &Finding,
    trace: &Trace,
    rows: &[Row],
    style: &Style,
    gutter: usize,
    lines: usize,
) -> Vec<Column> {
    let room = style.width.saturating_sub(gutter);
    let most = ((room + GAP) / (LEAST_WIDTH + GAP)).clamp(1, MOST);
    let mut columns: Vec<Column> = choose(finding, trace, rows, most)
        .into_iter()
        .map(|who| Column { heading: heading(trace, &who), short: short(trace, &who), who, width: 0 })
        .collect();
    let wanted: Vec<usize> = (0..columns.len()).map(|index| natural(&columns, index, rows, lines)).collect();
    let gaps = GAP * columns.len().saturating_sub(1);
    for (column, width) in columns.iter_mut().zip(share(&wanted, room.saturating_sub(gaps))) {
        column.width = width;
    }
    columns
}

fn heading(trace: &Trace, who: &Who) -> String {
    match who {
        Who::One(id) if *id == GoroutineId::MAIN || trace.goroutine(*id).environment => {
            trace.goroutine(*id).label.clone()
        }
        Who::One(id) => format!("{} (goroutine {id})", trace.goroutine(*id).name),
        Who::Equal(ids) => {
            let name = ids.first().map_or("", |id| trace.goroutine(*id).name.as_str());
            let range = match ids.as_slice() {
                [first, _, .., last] if last.0 - first.0 + 1 == u32::try_from(ids.len()).unwrap_or(0) => {
                    format!("{first} to {last}")
                }
                ids => ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
            };
            format!("{} × {name} (goroutines {range})", ids.len())
        }
        Who::Others => "[goroutine] of the others".to_string(),
    }
}

fn short(trace: &Trace, who: &Who) -> String {
    match who {
        Who::One(id) if trace.goroutine(*id).environment => trace.goroutine(*id).label.clone(),
        Who::One(id) => format!("[{id}] {}", trace.goroutine(*id).name),
        Who::Equal(ids) => {
            let name = ids.first().map_or("", |id| trace.goroutine(*id).name.as_str());
            format!("{} × {name}", ids.len())
        }
        Who::Others => "the others".to_string(),
    }
}

/// The columns to draw, those that matter most if there is no room for all.
fn choose(finding: &Finding, trace: &Trace, rows: &[Row], most: usize) -> Vec<Who> {
    let mut all = everybody(finding, trace, rows);
    if all.len() <= most {
        return all;
    }
    all.sort_by_key(|who| rank(finding, rows, first(who)));
    all.truncate(most.saturating_sub(1).max(1));
    all.sort_by_key(first);
    all.push(Who::Others);
    all
}

fn first(who: &Who) -> GoroutineId {
    match who {
        Who::One(id) => *id,
        Who::Equal(ids) => ids.first().copied().unwrap_or(GoroutineId::MAIN),
        Who::Others => GoroutineId(u32::MAX),
    }
}

/// Everybody that some row shows, equal ones together, by id.
fn everybody(finding: &Finding, trace: &Trace, rows: &[Row]) -> Vec<Who> {
    let steps = |id: GoroutineId| {
        rows.iter().any(|row| {
            matches!(row, Row::Step { cells, .. } if cells.iter().any(|cell| cell.goroutine == id && cell.line.is_some()))
        })
    };
    let mut list: Vec<Who> = Vec::new();
    let mut told: Vec<GoroutineId> = Vec::new();
    for group in groups(trace, &finding.blame.stuck) {
        let inert: Vec<GoroutineId> = group.members.iter().copied().filter(|id| !steps(*id)).collect();
        if inert.len() > 1 {
            told.extend(&inert);
            list.push(Who::Equal(inert));
        }
    }
    let seen = |goroutine: &&Goroutine| {
        rows.iter().flat_map(cells_of).any(|cell| cell.goroutine == goroutine.id && cell.counts())
    };
    let alone = trace.goroutines.iter().filter(seen).filter(|goroutine| !told.contains(&goroutine.id));
    list.extend(alone.map(|goroutine| Who::One(goroutine.id)));
    list.sort_by_key(first);
    list
}

/// The smaller, the more a goroutine matters: who failed, who is in a circle, main, who is stuck, who could wake, who did most.
fn rank(finding: &Finding, rows: &[Row], id: GoroutineId) -> (usize, Reverse<usize>, GoroutineId) {
    let waits = || finding.blame.stuck.iter().flat_map(|stuck| &stuck.waits);
    let wakes = || waits().flat_map(|wait| &wait.wakers).any(|waker| waker.goroutine() == Some(id));
    let in_circle = || finding.blame.knot.cycles.iter().flatten().any(|link| link.from == id);
    let rank = if finding.culprit == Some(id) {
        0
    } else if in_circle() {
        1
    } else if id == GoroutineId::MAIN {
        2
    } else if finding.blame.of(id).is_some() {
        3
    } else if wakes() {
        4
    } else {
        5
    };
    let acts = rows.iter().flat_map(cells_of).filter(|cell| cell.goroutine == id).count();
    (rank, Reverse(acts), id)
}

pub(in crate::report) fn cells_of(row: &Row) -> &[Cell] {
    match row {
        Row::Step { cells, .. } | Row::End { cells } => cells,
        Row::Folded { .. } | Row::Doom | Row::Repeats => &[],
    }
}

/// The width at which nothing of a column is cut or wrapped.
fn natural(columns: &[Column], index: usize, rows: &[Row], lines: usize) -> usize {
    let own = rows.iter().flat_map(cells_of).filter(|cell| column_of(columns, cell.goroutine) == index);
    let widest = own.map(|cell| {
        let effect = cell.effect.chars().count();
        lines + 1 + cell.operation.chars().count() + if effect > 0 { effect + 5 } else { 0 }
    });
    widest.max().unwrap_or(0).max(columns[index].heading.chars().count()).max(LEAST_WIDTH)
}

/// Shares `room` out: everybody gets what is wanted, or an equal part of what the modest leave.
fn share(wanted: &[usize], room: usize) -> Vec<usize> {
    let mut widths = vec![0; wanted.len()];
    let mut open: Vec<usize> = (0..wanted.len()).collect();
    let mut left = room;
    while !open.is_empty() {
        let part = left / open.len();
        let modest: Vec<usize> = open.iter().copied().filter(|&index| wanted[index] <= part).collect();
        if modest.is_empty() {
            for index in open.drain(..) {
                widths[index] = part;
            }
        }
        for index in modest {
            widths[index] = wanted[index];
            left -= wanted[index];
            open.retain(|&other| other != index);
        }
    }
    widths
}

#[cfg(test)]
mod tests {
    use super::share;

    #[test]
    fn room_is_shared() {
        assert_eq!(share(&[10, 20], 50), [10, 20]);
        assert_eq!(share(&[10, 40, 40], 70), [10, 30, 30]);
        assert_eq!(share(&[50, 50], 60), [30, 30]);
        assert_eq!(share(&[], 60), [0usize; 0]);
    }
}
