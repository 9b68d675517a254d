//! The sentences of a [`Blame`](super::Blame): lower case, no full stop, steps counted from 1.

use super::{Because, By, Condition, Holder, Link, Missed, Stuck, Turn, Wait, Waker};
use crate::trace::Trace;

/// In which state the object waited for is: `main holds s.mu (since step 4, line 20)`.
pub fn condition(trace: &Trace, stuck: &Stuck, wait: &Wait) -> String {
    let object = &wait.object;
    if !wait.holders.is_empty() {
        return held(trace, stuck, wait);
    }
    match (&wait.condition, wait.action) {
        (Condition::Nil, _) => format!("{object} is nil: this waits for ever"),
        (Condition::Channel { room: 0, .. }, "send") => {
            format!("{object} is unbuffered: a send waits for a receiver")
        }
        (Condition::Channel { room, .. }, "send") => {
            format!("the buffer of {object} is full ({room} of {room})")
        }
        (Condition::Channel { room: 0, .. }, _) => {
            format!("{object} is unbuffered: a receive waits for a sender or for close")
        }
        (Condition::Channel { .. }, _) => format!("{object} is open and empty"),
        (Condition::Fields(fields), _) => match fields.as_slice() {
            [] => format!("{object} waits for {}", wait.woken_by.join(" or ")),
            [(name, value)] if name.is_empty() => format!("{object} is at {value}"),
            fields => {
                let list: Vec<String> =
                    fields.iter().map(|(name, value)| format!("{name} {value}")).collect();
                format!("{object} has {}", list.join(", "))
            }
        },
    }
}

fn held(trace: &Trace, stuck: &Stuck, wait: &Wait) -> String {
    let object = &wait.object;
    let one = |holder: &Holder| {
        let who = match holder.goroutine == stuck.goroutine {
            true => "this very goroutine".to_string(),
            false => trace.goroutine(holder.goroutine).label.clone(),
        };
        let place = format!("since step {}, line {}", holder.step + 1, holder.line);
        match (holder.announced, holder.action) {
            (true, action) => {
                format!("{who} waits for {action} of {object} ({place}), which keeps new readers out")
            }
            (false, "RLock" | "TryRLock") => format!("{who} holds {object} for reading ({place})"),
            (false, _) => format!("{who} holds {object} ({place})"),
        }
    };
    wait.holders.iter().map(one).collect::<Vec<_>>().join("; ")
}

/// Who was to wake: a goroutine's label, or a function's name.
pub fn who(trace: &Trace, waker: &Waker) -> String {
    match &waker.by {
        By::Goroutine(id) => trace.goroutine(*id).label.clone(),
        By::Nobody { routine, .. } => routine.clone(),
    }
}

/// Why a waker does not wake: `servePeer would do s.wg.Done() (line 13), but is itself stuck at line 14`.
pub fn because(trace: &Trace, waker: &Waker) -> String {
    let who = who(trace, waker);
    let what = format!("{} (line {})", waker.operation, waker.site.line);
    let stands = waker.goroutine().and_then(|id| trace.goroutine(id).at.as_ref()).map_or(0, |at| at.line);
    match &waker.because {
        Because::Stuck => format!("{who} would do {what}, but is itself stuck at line {stands}"),
        Because::Itself => format!("{who} itself would do {what}, but only after this"),
        Because::Ended { step, missed } => ended(&who, &what, *step, missed),
        Because::Past(Missed::Did { step }) => {
            format!("{who} did {what} at step {} and does not come back to it", step + 1)
        }
        Because::Past(Missed::Turned { step, taken, by: Turn::Case, .. }) => {
            format!("{who} took {taken} instead of {what} at step {} and does not come back", step + 1)
        }
        Because::Past(missed) => format!("{who} is past {what}{}", turn(missed)),
        Because::NeverReleases { step, line, missed: missed @ Missed::Turned { .. } } => {
            format!("{who} took it at line {line} (step {}) and is past {what}{}", step + 1, turn(missed))
        }
        Because::NeverReleases { step, line, .. } => {
            format!("{who} took it at line {line} (step {}) and never gives it back", step + 1)
        }
        Because::Disarmed => {
            let made = &waker.operation;
            format!("{who}, {made}, has fired or is stopped, and nobody is left to reset it")
        }
        Because::Idle => format!("{who} would do {what}, but is idle at line {stands}"),
        Because::Running => format!("{who} runs on, but never gets to {what}"),
        Because::NotStarted => match waker.by {
            By::Nobody { line: Some(start), .. } => {
                format!("{who} would do {what}, but was not started (line {start})")
            }
            By::Nobody { line: None, .. } | By::Goroutine(_) => {
                format!("{who} would do {what}, but was not started")
            }
        },
    }
}

fn ended(who: &str, what: &str, step: usize, missed: &Missed) -> String {
    let step = step + 1;
    match missed {
        Missed::Did { step: did } if did + 1 == step => {
            format!("{who} did {what} at step {step} and returned")
        }
        Missed::Did { step: did } => {
            format!("{who} did {what} at step {} and returned at step {step}", did + 1)
        }
        Missed::Turned { step: turned, taken, by: Turn::Case, .. } if turned + 1 == step => {
            format!("{who} took {taken} instead of {what} at step {step} and returned")
        }
        Missed::Turned { step: turned, taken, by: Turn::Case, .. } => {
            format!("{who} took {taken} instead of {what} at step {} and returned at step {step}", turned + 1)
        }
        missed => format!("{who} returned at step {step} without {what}{}", turn(missed)),
    }
}

fn turn(missed: &Missed) -> String {
    match missed {
        Missed::Turned { step, line, taken, by: Turn::Case | Turn::Choice } => {
            format!(": line {line} took {taken} (step {})", step + 1)
        }
        Missed::Turned { step, line, taken, by: Turn::Condition } => {
            format!(": {taken} at line {line} led elsewhere (step {})", step + 1)
        }
        Missed::Did { .. } | Missed::Unknown => String::new(),
    }
}

/// What is missing where there is no waker at all.
pub fn nobody(wait: &Wait) -> String {
    let object = &wait.object;
    match wait.action {
        "send" => format!("no other goroutine has code that receives from {object}"),
        "receive" => format!("no other goroutine has code that sends to {object} or closes it"),
        action => format!("no goroutine has code that ends a {action} of {object}"),
    }
}

/// Why nobody wakes who waits there: a sentence a waker, or that there is none.
pub fn reasons(trace: &Trace, wait: &Wait) -> Vec<String> {
    let reasons: Vec<String> = telling(wait).into_iter().map(|waker| because(trace, waker)).collect();
    if reasons.is_empty() && wait.identity.is_some() { vec![nobody(wait)] } else { reasons }
}

/// The wakers worth telling: those that have done their part matter only where no others are left.
pub fn telling(wait: &Wait) -> Vec<&Waker> {
    let open: Vec<&Waker> = wait.wakers.iter().filter(|waker| !waker.has_done_it()).collect();
    if open.is_empty() { wait.wakers.iter().collect() } else { open }
}

/// The waker of one link of the knot.
pub fn link<'a>(stuck: &'a [Stuck], link: &Link) -> Option<&'a Waker> {
    let entry = stuck.iter().find(|stuck| stuck.goroutine == link.from)?;
    entry.waits.get(link.wait)?.wakers.get(link.waker)
}
