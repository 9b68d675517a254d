//! What goroutines share, over a whole search.
//!
//! In: what each goroutine may touch next, in every state. Out: whether there is any
//! location, by kind of object, that two goroutines touch, at least once writing and at
//! least once not atomically. Where there is none, no run can have a race, whatever
//! orders its steps.

use rustc_hash::FxHashMap;

use crate::commands::RoutineId;

/// Locations that are not told apart: a package variable, or a cell of all objects of a pool.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Class {
    Global(usize),
    Pool(u32, usize),
    /// Operations that must be ordered, on any object.
    Rivals,
}

/// Who has touched a class, and how.
#[derive(Clone, Copy, Debug)]
struct Use {
    by: RoutineId,
    /// More than one goroutine.
    shared: bool,
    written: bool,
    plain: bool,
}

/// See the module.
#[derive(Default, Debug)]
pub(crate) struct Sharing {
    uses: FxHashMap<Class, Use>,
    /// Not everything has been seen.
    incomplete: bool,
}

impl Sharing {
    /// A goroutine of `routine` touches `class`. `only`: there is one goroutine of that routine and no other.
    pub(crate) fn add(&mut self, class: Class, routine: RoutineId, only: bool, write: bool, atomic: bool) {
        let first = Use { by: routine, shared: !only, written: write, plain: !atomic };
        let known = self.uses.entry(class).or_insert(first);
        known.shared |= !only || known.by != routine;
        known.written |= write;
        known.plain |= !atomic;
    }

    /// Something was touched that nobody tells.
    pub(crate) fn miss(&mut self) {
        self.incomplete = true;
    }

    /// Whether there may be a race between what was touched.
    pub(crate) fn may_race(&self) -> bool {
        self.incomplete || self.uses.values().any(|it| it.shared && it.written && it.plain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Who, whether it writes, whether that is atomic.
    type Touch = (RoutineId, bool, bool);

    #[test]
    fn a_race_takes_two_a_write_and_a_plain_access() {
        let [main, other] = [RoutineId(0), RoutineId(1)];
        // What is touched, and whether that may be a race.
        let table: [(&[Touch], bool); 6] = [
            (&[(main, true, false), (main, true, false)], false),
            (&[(main, true, false), (other, false, false)], true),
            (&[(main, false, false), (other, false, false)], false),
            (&[(main, true, true), (other, true, true)], false),
            (&[(main, true, true), (other, false, false)], true),
            (&[(other, true, false)], true),
        ];
        for (touches, may_race) in table {
            let mut sharing = Sharing::default();
            for &(routine, write, atomic) in touches {
                sharing.add(Class::Global(0), routine, routine == main, write, atomic);
            }
            assert_eq!(sharing.may_race(), may_race, "{touches:?}");
        }
        let mut sharing = Sharing::default();
        sharing.miss();
        assert!(sharing.may_race());
    }
}
