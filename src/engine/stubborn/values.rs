//! What is known of values while a few goroutines stand still.
//!
//! In: a state, and what the others have been seen to change. Out: values of expressions, as far as they are known;
//! whether a guard may hold with any of the values that its cells can have.

use super::bits::Bits;
use super::facts::Kind;
use super::targets::{Class, Targets};
use super::view::View;
use crate::commands::{Base, Expr, Place, queue};
use crate::machine::eval;
use crate::machine::footprint::Location;
use crate::machine::state::Ref;

/// What becomes of cells.
#[derive(Debug)]
pub(super) struct Changes {
    cells: Vec<(Location, Change)>,
    classes: Bits,
}

/// What becomes of a cell.
#[derive(Clone, Default, Debug)]
struct Change {
    /// At most so much is added, and taken away; `None` where there is no limit.
    up: Option<i64>,
    down: Option<i64>,
    puts: Vec<i64>,
    /// It is a queue's length.
    queue: bool,
    /// It may become anything.
    wild: bool,
}

/// More values than this are not tried.
const MOST_VALUES: i64 = 24;
/// Nor more combinations of them.
const MOST_COMBINATIONS: usize = 96;

impl Changes {
    pub(super) fn new(classes: usize) -> Self {
        Self { cells: Vec::new(), classes: Bits::new(classes) }
    }

    /// It happens at most so many times.
    pub(super) fn add(&mut self, location: Location, kind: Kind, times: i64) {
        let known = self.cells.iter().position(|(other, _)| *other == location);
        let at = known.unwrap_or_else(|| {
            let none = Change { up: Some(0), down: Some(0), ..Change::default() };
            self.cells.push((location, none));
            self.cells.len() - 1
        });
        let change = &mut self.cells[at].1;
        match kind {
            Kind::Add(_) | Kind::Push | Kind::Pop => {
                change.queue |= !matches!(kind, Kind::Add(_));
                change.by(kind.added(), times);
            }
            Kind::Put(value) => {
                if !change.puts.contains(&value) {
                    change.puts.push(value);
                }
            }
            Kind::Write => change.wild = true,
            Kind::Read | Kind::Send | Kind::Receive => {}
        }
    }

    pub(super) fn add_classes(&mut self, classes: &[Class]) {
        for &class in classes {
            self.classes.add(class);
        }
    }

    fn of(&self, location: Location) -> Option<&Change> {
        self.cells.iter().find(|(other, _)| *other == location).map(|(_, change)| change)
    }
}

impl Change {
    /// So much more may be added, so many times; less for fewer than none.
    fn by(&mut self, by: i64, times: i64) {
        let side = if by < 0 { &mut self.down } else { &mut self.up };
        *side = side.and_then(|sum| sum.checked_add(by.checked_abs()?.checked_mul(times)?));
    }
}

/// What may be relied upon when an expression is evaluated.
#[derive(Clone, Copy, Debug)]
pub(super) enum Trust<'a> {
    /// Cells that none of the others ever writes.
    Stable,
    /// Cells that nobody has been seen to change; and these, which are so.
    Unchanged(&'a [(Location, i64)]),
}

/// What somebody can know.
#[derive(Clone, Copy, Debug)]
pub(super) struct Values<'a, 'm> {
    pub(super) targets: &'a Targets<'m>,
    pub(super) view: View<'a>,
    /// Its frame, and the cells of it that are not to be relied upon.
    pub(super) frame: Option<(&'a [i64], Option<&'a Bits>)>,
    /// What the others may ever write.
    pub(super) ever: &'a Bits,
    /// What they have been seen to change.
    pub(super) changes: &'a Changes,
}

impl Values<'_, '_> {
    /// Whether a guard may hold, before what is `later` has happened.
    pub(super) fn may_hold(&self, guard: &Expr, later: &[(Location, Kind)]) -> bool {
        let mut may = false;
        let tried = self.each(&[guard], &[], later, |values| {
            may |= self.value(guard, Trust::Unchanged(values)) != Some(0);
            !may
        });
        may || !tried
    }

    /// Whether `test` always succeeds on the truths of `guards`, whatever values the cells that they read can have: on those
    /// without and those with what `own` does, before what is `later` has happened.
    pub(super) fn always(
        &self,
        guards: &[&Expr],
        own: &[(Location, Kind)],
        later: &[(Location, Kind)],
        test: impl Fn(&[Option<bool>], &[Option<bool>]) -> bool,
    ) -> bool {
        let cells: Vec<Location> = own.iter().map(|(location, _)| *location).collect();
        let mut good = true;
        let tried = self.each(guards, &cells, later, |values| {
            let truths = |values: &[(Location, i64)]| -> Vec<Option<bool>> {
                let truth = |guard: &&Expr| self.value(guard, Trust::Unchanged(values)).map(|it| it != 0);
                guards.iter().map(truth).collect()
            };
            let before = truths(values);
            let done = |&(location, value): &(Location, i64)| {
                let kinds = own.iter().filter(|(other, _)| *other == location);
                (location, kinds.fold(value, |value, (_, kind)| kind.applied(value)))
            };
            let after: Vec<(Location, i64)> = values.iter().map(done).collect();
            good &= test(&before, &truths(&after));
            good
        });
        good && tried
    }

    /// Calls `visit` with each combination of the values that the cells that `guards` read, and the `more` cells, can have, as
    /// long as it says so. `false` where there are too many.
    fn each(
        &self,
        guards: &[&Expr],
        more: &[Location],
        later: &[(Location, Kind)],
        mut visit: impl FnMut(&[(Location, i64)]) -> bool,
    ) -> bool {
        let mut cells: Vec<Location> = Vec::new();
        for guard in guards {
            if !self.changing(guard, &mut cells) {
                return false;
            }
        }
        cells.extend(more);
        cells.sort_unstable();
        cells.dedup();
        let mut domains = Vec::new();
        let mut count = 1usize;
        for &cell in &cells {
            let Some(values) = self.domain(cell, later) else { return false };
            count = count.saturating_mul(values.len());
            domains.push(values);
        }
        if count > MOST_COMBINATIONS {
            return false;
        }
        let mut values: Vec<(Location, i64)> = cells.iter().map(|&cell| (cell, 0)).collect();
        for number in 0..count {
            let mut rest = number;
            for (value, domain) in values.iter_mut().zip(&domains) {
                value.1 = domain[rest % domain.len()];
                rest /= domain.len();
            }
            if !visit(&values) {
                return true;
            }
        }
        true
    }

    /// The values that a cell can have; `None` where there are too many.
    fn domain(&self, cell: Location, later: &[(Location, Kind)]) -> Option<Vec<i64>> {
        let class = self.class(cell)?;
        if self.changes.classes.has(class) {
            return None;
        }
        let now = self.view.cell(cell)?;
        let Some(change) = self.changes.of(cell) else { return Some(vec![now]) };
        let mut change = change.clone();
        for &(_, kind) in later.iter().filter(|(other, _)| *other == cell) {
            change.by(kind.added(), -1);
        }
        let moves = change.up != Some(0) || change.down != Some(0);
        if change.wild || moves && !change.puts.is_empty() {
            return None;
        }
        let (mut low, mut high) = (
            change.down.and_then(|down| now.checked_sub(down)),
            change.up.and_then(|up| now.checked_add(up)),
        );
        if change.queue {
            // A channel's operations look whether there is room, and whether there is anything.
            let Location::Heap { object, .. } = cell else { return None };
            let capacity = self.view.cell(Location::Heap { object, cell: queue::CAP as usize })?;
            if capacity == 0 {
                return None;
            }
            low = Some(low.unwrap_or(0).max(0));
            high = Some(high.unwrap_or(capacity).min(capacity));
        }
        let (low, high) = (low?, high?);
        if high.checked_sub(low)? >= MOST_VALUES {
            return None;
        }
        let mut values: Vec<i64> = (low..=high).chain(change.puts.iter().copied()).collect();
        values.sort_unstable();
        values.dedup();
        Some(values)
    }

    /// The cells that `expr` reads and that change go to `cells`. `false` where some are not known.
    fn changing(&self, expr: &Expr, cells: &mut Vec<Location>) -> bool {
        match expr {
            Expr::Const(_) | Expr::AddrOf(_) => true,
            Expr::Load(place) => {
                if matches!(place.base, Base::Local(_)) {
                    return true;
                }
                match self.location(place, Trust::Stable) {
                    None => false,
                    Some(None) => true,
                    Some(Some(location)) => {
                        if self.class(location).is_some_and(|class| self.changes.classes.has(class)) {
                            return false;
                        }
                        if self.changes.of(location).is_some() {
                            cells.push(location);
                        }
                        true
                    }
                }
            }
            Expr::Not(inner) | Expr::Wrap { bits: _, signed: _, value: inner } => self.changing(inner, cells),
            Expr::And(left, right) | Expr::Or(left, right) | Expr::Binary(_, left, right) => {
                self.changing(left, cells) && self.changing(right, cells)
            }
            Expr::If(cond, yes, no) => {
                self.changing(cond, cells) && self.changing(yes, cells) && self.changing(no, cells)
            }
            Expr::Entry(_) => false,
        }
    }

    /// Where `place`, which is not in the frame, is. `None` where that is not known, `Some(None)` where it is nowhere.
    #[allow(clippy::option_option, reason = "nowhere is not unknown")]
    pub(super) fn location(&self, place: &Place, trust: Trust<'_>) -> Option<Option<Location>> {
        let skip = self.skip(place, trust)?;
        match &place.base {
            Base::Local(_) => None,
            Base::Global(cell) => Some(Some(Location::Global(*cell as usize + skip))),
            Base::Memory(reference) => {
                let Some(found) = Ref::unpack(self.value(reference, trust)?) else {
                    return Some(None);
                };
                let cell = found.cell as usize + skip;
                Some(Some(match found.object {
                    Ref::GLOBALS => Location::Global(cell),
                    object => Location::Heap { object: object as usize, cell },
                }))
            }
        }
    }

    fn skip(&self, place: &Place, trust: Trust<'_>) -> Option<usize> {
        let mut skip = place.offset as usize;
        for by in &place.index {
            let index = usize::try_from(self.value(&by.index, trust)?).ok()?;
            skip += index * by.stride as usize;
        }
        Some(skip)
    }

    /// The value of an expression, where what it depends on can be relied upon.
    pub(super) fn value(&self, expr: &Expr, trust: Trust<'_>) -> Option<i64> {
        let value = |expr: &Expr| self.value(expr, trust);
        match expr {
            Expr::Const(value) => Some(*value),
            Expr::Load(place) => self.load(place, trust),
            Expr::AddrOf(place) => {
                let reference = match self.location(place, trust)?? {
                    Location::Global(cell) => Ref { object: Ref::GLOBALS, cell: u32::try_from(cell).ok()? },
                    Location::Heap { object, cell } => {
                        Ref { object: u32::try_from(object).ok()?, cell: u32::try_from(cell).ok()? }
                    }
                };
                Some(reference.pack())
            }
            Expr::Not(inner) => Some(i64::from(value(inner)? == 0)),
            Expr::And(left, right) => match value(left) {
                Some(0) => Some(0),
                left => match (left, value(right)) {
                    (_, Some(0)) => Some(0),
                    (Some(_), Some(_)) => Some(1),
                    _ => None,
                },
            },
            Expr::Or(left, right) => match value(left) {
                Some(0) => Some(i64::from(value(right)? != 0)),
                Some(_) => Some(1),
                None => value(right).filter(|&right| right != 0).map(|_| 1),
            },
            Expr::If(cond, yes, no) => value(if value(cond)? != 0 { yes } else { no }),
            Expr::Binary(op, left, right) => eval::binary(*op, value(left)?, value(right)?).ok(),
            Expr::Wrap { bits, signed, value: inner } => Some(eval::wrap(*bits, *signed, value(inner)?)),
            Expr::Entry(_) => None,
        }
    }

    fn load(&self, place: &Place, trust: Trust<'_>) -> Option<i64> {
        if let Base::Local(local) = &place.base {
            let cell = local.0 as usize + self.skip(place, trust)?;
            let (frame, written) = self.frame?;
            return match written.is_some_and(|written| written.has(cell)) {
                true => None,
                false => frame.get(cell).copied(),
            };
        }
        let location = self.location(place, trust)??;
        let class = self.class(location)?;
        match trust {
            Trust::Stable if self.ever.has(class) => None,
            Trust::Stable => self.view.cell(location),
            Trust::Unchanged(values) => match values_of(values, location) {
                Some(value) => Some(value),
                None if self.changes.classes.has(class) || self.changes.of(location).is_some() => None,
                None => self.view.cell(location),
            },
        }
    }

    pub(super) fn class(&self, location: Location) -> Option<Class> {
        Some(match location {
            Location::Global(cell) => self.targets.global(cell),
            Location::Heap { object, cell } => self.targets.object(self.view.pool(object)?, cell),
        })
    }
}

fn values_of(values: &[(Location, i64)], location: Location) -> Option<i64> {
    values.iter().find(|(other, _)| *other == location).map(|(_, value)| *value)
}
