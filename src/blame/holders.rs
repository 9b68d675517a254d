//! Who holds which lock at the end of a run, and since when.

use crate::source::Span;
use crate::trace::{Deed, GoroutineId, ObjectId, Part, Trace};

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

/// A lock that a goroutine has held for a time.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Held {
    pub object: ObjectId,
    /// As written where it was taken.
    pub text: String,
    pub holder: Holder,
    /// The step at which it was given back; `None` where it is held at the end.
    pub until: Option<usize>,
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
            holders.follow(step, part);
        }
        holders
    }

    /// Every lock that is held, and by whom.
    pub fn all(&self) -> impl Iterator<Item = (ObjectId, &Holder)> {
        self.list.iter().map(|(object, holder)| (*object, holder))
    }

    /// Every lock that was held for a time, in the order in which they were taken; announcements are not among them.
    pub fn along(trace: &Trace) -> Vec<Held> {
        let mut holders = Self::default();
        let mut all: Vec<Held> = Vec::new();
        for (step, part) in trace.parts() {
            let before = holders.list.clone();
            holders.follow(step, part);
            let gone = before.iter().filter(|entry| !holders.list.contains(entry));
            for (object, holder) in gone {
                let same = |held: &&mut Held| held.object == *object && held.holder == *holder;
                if let Some(held) = all.iter_mut().find(same) {
                    held.until = Some(step);
                }
            }
            let text = part.deed.as_ref().map_or("", |deed| &deed.text);
            let taken = holders.list.iter().filter(|(_, holder)| !holder.announced);
            for (object, holder) in taken.filter(|entry| !before.contains(entry)) {
                all.push(Held {
                    object: *object,
                    text: text.to_string(),
                    holder: holder.clone(),
                    until: None,
                });
            }
        }
        all
    }

    fn follow(&mut self, step: usize, part: &Part) {
        let Some(deed) = &part.deed else { return };
        let Some(object) = deed.object.filter(|_| deed.changed) else { return };
        if deed.acquires {
            let holder = Holder {
                goroutine: part.goroutine,
                action: deed.action,
                step,
                line: part.site.line,
                span: part.site.span,
                announced: !deed.completes,
            };
            self.take(object, holder);
        } else {
            self.give_back(object, part.goroutine, deed);
        }
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
