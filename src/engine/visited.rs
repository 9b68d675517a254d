//! The set of visited states as a search asks it: parcels of rows in, parcels of numbers out, in the same order.
//!
//! In: rows that were stepped to, and which states are to be explored soon. Out: the number of each row, whether it is new, and
//! the rows of those states. That is done at once, or by a thread of its own: most of the time is waiting for memory, and steps
//! can be taken meanwhile. The answers are the same.

use std::collections::VecDeque;
use std::ops::Range;
use std::panic::resume_unwind;
use std::sync::mpsc::{Receiver, SendError, Sender, channel};
use std::thread::{Builder, JoinHandle};

use super::tree::{Levels, Trees, Waiting};

/// A question, and then its answer.
#[derive(Default, Debug)]
pub(crate) struct Parcel {
    /// What was stepped to.
    pub(crate) waiting: Waiting,
    /// States whose rows are wanted.
    pub(crate) wanted: Range<u32>,
    /// Answer: the number of each row, and whether it is new. They end early when there is no more room.
    pub(crate) numbers: Vec<(u32, bool)>,
    /// Answer: the rows that are wanted.
    pub(crate) given: Vec<Levels>,
    /// Answer: bytes in use, and bytes in use besides if a table must grow next.
    pub(crate) memory: u64,
    pub(crate) memory_to_grow: u64,
}

/// Visited states.
#[derive(Debug)]
pub(crate) enum Visited {
    /// With what has been answered.
    Here(Box<Trees>, VecDeque<Parcel>),
    Elsewhere(Remote),
}

/// A thread that answers.
#[derive(Debug)]
pub(crate) struct Remote {
    asked: Sender<Parcel>,
    answered: Receiver<Parcel>,
    thread: JoinHandle<Box<Trees>>,
}

impl Visited {
    pub(crate) fn new(trees: Trees) -> Self {
        Self::Here(Box::new(trees), VecDeque::new())
    }

    /// Lets a thread of its own answer from now on, where the system has one. Nothing is asked that has not been answered.
    pub(crate) fn move_out(self) -> Self {
        let Self::Here(trees, done) = self else { return self };
        let (asked, questions) = channel::<Parcel>();
        let (answers, answered) = channel();
        // Where no thread can be started, what it was to own would be lost.
        let (hand, handed) = channel::<Box<Trees>>();
        let work = move || {
            let mut trees = handed.recv().unwrap_or_else(|_| Box::new(Trees::new()));
            for mut parcel in questions {
                answer(&mut trees, &mut parcel);
                if answers.send(parcel).is_err() {
                    break;
                }
            }
            trees
        };
        let Ok(thread) = Builder::new().name("visited".into()).spawn(work) else {
            return Self::Here(trees, done);
        };
        match hand.send(trees) {
            Ok(()) => Self::Elsewhere(Remote { asked, answered, thread }),
            Err(SendError(trees)) => Self::Here(trees, done),
        }
    }

    /// Asks. Answers come in the order of the questions.
    pub(crate) fn ask(&mut self, mut parcel: Parcel) {
        match self {
            Self::Here(trees, done) => {
                answer(trees, &mut parcel);
                done.push_back(parcel);
            }
            // That there is nobody is noticed when the answer is waited for.
            Self::Elsewhere(remote) => drop(remote.asked.send(parcel)),
        }
    }

    /// The next answer. `None` where nothing was asked, or where nobody is there any more.
    pub(crate) fn answer(&mut self) -> Option<Parcel> {
        match self {
            Self::Here(_, done) => done.pop_front(),
            Self::Elsewhere(remote) => remote.answered.recv().ok(),
        }
    }

    /// The states.
    ///
    /// # Panics
    ///
    /// As the thread has, where it has.
    pub(crate) fn into_trees(self) -> Trees {
        match self {
            Self::Here(trees, _) => *trees,
            Self::Elsewhere(Remote { asked, thread, .. }) => {
                drop(asked);
                *thread.join().unwrap_or_else(|panic| resume_unwind(panic))
            }
        }
    }
}

fn answer(trees: &mut Trees, parcel: &mut Parcel) {
    trees.insert_all(&mut parcel.waiting, &mut parcel.numbers);
    parcel.given.resize_with(parcel.wanted.len(), Levels::default);
    for (number, levels) in parcel.wanted.clone().zip(&mut parcel.given) {
        trees.read(number, levels);
    }
    parcel.memory = trees.memory();
    parcel.memory_to_grow = trees.memory_to_grow();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::store::Inserted;
    use proptest::prelude::*;

    /// What the answers are to rows asked for in parcels of so many, and all states at the end.
    fn answers(
        mut visited: Visited,
        rows: &[Vec<u32>],
        sizes: &[usize],
    ) -> (Vec<(u32, bool)>, Vec<Vec<u32>>) {
        let mut rows = rows.iter().peekable();
        let (mut all, mut states, mut base) = (Vec::<(u32, bool)>::new(), 0, Levels::default());
        for &size in sizes.iter().cycle() {
            if rows.peek().is_none() {
                break;
            }
            let stored = all.iter().filter(|(_, new)| *new).count() as u32;
            let mut parcel = Parcel { wanted: states..stored, ..Parcel::default() };
            states = stored;
            rows.by_ref().take(size).for_each(|row| parcel.waiting.add(row, &base));
            visited.ask(parcel);
            let answer = visited.answer().expect("an answer");
            all.extend(answer.numbers);
            assert_eq!(answer.given.len(), answer.wanted.len());
            if let Some(last) = answer.given.into_iter().next_back() {
                base = last;
            }
        }
        let trees = visited.into_trees();
        (all, (0..trees.len() as u32).map(|number| trees.row(number)).collect())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn it_is_all_the_same_who_answers(
            cells in prop::collection::vec(prop::collection::vec(1u32..3, 1..12), 1..300),
            sizes in prop::collection::vec(1usize..200, 1..5),
        ) {
            let row = |cells: Vec<u32>| [vec![1, 1, 0], cells].concat();
            let rows: Vec<Vec<u32>> = cells.into_iter().map(row).collect();
            let mut trees = Trees::new();
            let known: Vec<(u32, bool)> = rows
                .iter()
                .map(|row| match trees.insert(row) {
                    Inserted::New(number) => (number, true),
                    Inserted::Old(number) => (number, false),
                    Inserted::Full => panic!("there is room"),
                })
                .collect();
            let here = answers(Visited::new(Trees::new()), &rows, &sizes);
            let elsewhere = answers(Visited::new(Trees::new()).move_out(), &rows, &sizes);
            prop_assert_eq!(&here.0, &known);
            prop_assert_eq!(here, elsewhere);
        }
    }
}
