//! Work on several threads at once, its results in the order of what was asked.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use super::failure::Failure;
use super::interrupt::interrupted;

/// Does `work` for each of `items` on `jobs` threads, and gives each result to `take` as soon as all before it are known.
/// The first failure ends it. After an interrupt some results are missing.
pub fn in_order<T: Sync, R: Send>(
    items: &[T],
    jobs: usize,
    work: impl Fn(&T) -> Result<R, Failure> + Sync,
    mut take: impl FnMut(R),
) -> Result<(), Failure> {
    let next = AtomicUsize::new(0);
    let (results, received) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..jobs.min(items.len()) {
            let (results, work, next) = (results.clone(), &work, &next);
            let worker = move || {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(at) else { break };
                    if interrupted() {
                        break;
                    }
                    let result = work(item);
                    if result.is_err() {
                        next.store(items.len(), Ordering::Relaxed);
                    }
                    if results.send((at, result)).is_err() {
                        break;
                    }
                }
            };
            // Virtual memory: the passes recurse over the syntax tree.
            let builder = thread::Builder::new().name("worker".into()).stack_size(256 << 20);
            if builder.spawn_scoped(scope, worker.clone()).is_err() {
                scope.spawn(worker);
            }
        }
        drop(results);
        let mut waiting: Vec<Option<R>> = items.iter().map(|_| None).collect();
        let mut taken = 0;
        let mut failed: Option<(usize, Failure)> = None;
        for (at, result) in received {
            match result {
                Ok(result) => waiting[at] = Some(result),
                Err(failure) if failed.as_ref().is_none_or(|(first, _)| at < *first) => {
                    failed = Some((at, failure));
                }
                Err(_) => {}
            }
            while let Some(result) = waiting.get_mut(taken).and_then(Option::take) {
                taken += 1;
                take(result);
            }
        }
        // After an interrupt there are gaps.
        waiting.into_iter().flatten().for_each(take);
        failed.map_or(Ok(()), |(_, failure)| Err(failure))
    })
}

/// As [`in_order`], the results all at once.
pub fn parallel<T: Sync, R: Send>(
    items: &[T],
    jobs: usize,
    work: impl Fn(&T) -> Result<R, Failure> + Sync,
) -> Result<Vec<R>, Failure> {
    let mut all = Vec::with_capacity(items.len());
    in_order(items, jobs, work, |result| all.push(result)).map(|()| all)
}

/// Processors that may be used.
pub fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

#[cfg(test)]
mod tests {
    use super::{in_order, parallel};
    use crate::cli::failure::Failure;
    use std::thread;
    use std::time::Duration;

    #[test]
    fn results_come_in_order() {
        let items: Vec<u64> = (0..20).collect();
        let mut taken = Vec::new();
        let work = |&item: &u64| {
            thread::sleep(Duration::from_micros((20 - item) * 50));
            Ok(item)
        };
        in_order(&items, 4, work, |item| taken.push(item)).expect("nobody fails");
        assert_eq!(taken, items);
    }

    #[test]
    fn the_first_failure_is_told() {
        let items: Vec<u64> = (0..20).collect();
        let work = |&item: &u64| match item {
            3.. => Err(Failure::Usage(item.to_string())),
            item => Ok(item),
        };
        let Err(Failure::Usage(text)) = parallel(&items, 1, work) else { panic!("a failure") };
        assert_eq!(text, "3");
    }
}
