//! Who holds which lock at the end of a run, and since when.

use crate::source::Span;
use crate::trace::{Deed, GoroutineId, ObjectId, Trace};

/// A goroutine that holds a lock, or has announced that it wants it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Holder {
    pub goroutine: GoroutineId,
    /// `Lock`, `RLock`.
    pub action: &'static str,
    /// The step, line and place at which it took it.
    pub step: usize,
    pub line: usize,
    pub span: Span,
    /// Only announced: it waits for others to leave, and keeps new ones out.
    pub announced: bool,
}

/// All locks that are held.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Holders {
    list: Vec<(ObjectId, Holder)>,
}

impl Holders {
    /// Follows the locks along the run.
    pub fn at_end(trace: &Trace) -> Self {
        Self::after(trace, trace.steps.len())
    }

    /// Follows the locks along the first `steps` steps.
    pub fn after(trace: &Trace, steps: usize) -> Self {
        let mut holders = Self::default();
        for (step, part) in trace.parts().take_while(|(step, _)| *step < steps) {
            let Some(deed) = &part.deed else { continue };
            let Some(object) = deed.object.filter(|_| deed.changed) else { continue };
            if deed.acquires {
                let holder = Holder {
                    goroutine: part.goroutine,
                    action: deed.action,
                    step,
                    line: part.site.line,
                    span: part.site.span,
                    announced: !deed.completes,
                };
                holders.take(object, holder);
            } else {
                holders.give_back(object, part.goroutine, deed);
            }
        }
        holders
    }

    /// Every lock that is held, and by whom.
    pub fn all(&self) -> impl Iterator<Item = (ObjectId, &Holder)> {
        self.list.iter().map(|(object, holder)| (*object, holder))
    }

    /// Who holds `object`, in the order in which they took it.
    pub fn of(&self, object: ObjectId) -> impl Iterator<Item = &Holder> {
        self.list.iter().filter(move |(held, _)| *held == object).map(|(_, holder)| holder)
    }

    /// What `goroutine` holds.
    pub fn held_by(&self, goroutine: GoroutineId) -> impl Iterator<Item = (ObjectId, &Holder)> {
        let mine = move |entry: &&(ObjectId, Holder)| entry.1.goroutine == goroutine;
        self.list.iter().filter(mine).map(|(object, holder)| (*object, holder))
    }

    fn take(&mut self, object: ObjectId, holder: Holder) {
        self.list.retain(|(held, other)| {
            !(other.announced && *held == object && other.goroutine == holder.goroutine)
        });
        self.list.push((object, holder));
    }

    /// Any goroutine may unlock: where the one that does holds nothing, the last holder loses it.
    fn give_back(&mut self, object: ObjectId, goroutine: GoroutineId, deed: &Deed) {
        let matches = |entry: &(ObjectId, Holder)| {
            entry.0 == object && release_of(entry.1.action).is_none_or(|release| release == deed.action)
        };
        let own = self.list.iter().rposition(|entry| matches(entry) && entry.1.goroutine == goroutine);
        if let Some(at) = own.or_else(|| self.list.iter().rposition(matches)) {
            self.list.remove(at);
        }
    }
}

/// The action that undoes `action`, where its name tells.
pub(super) fn release_of(action: &str) -> Option<&'static str> {
    match action {
        "Lock" | "TryLock" => Some("Unlock"),
        "RLock" | "TryRLock" => Some("RUnlock"),
        _ => None,
    }
}
