//! Work on several threads at once, its results in the order of what was asked.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use super::failure::Failure;
use super::interrupt::interrupted;

/// Does `work` for each of `items` on `jobs` threads; the first failure ends it. After an interrupt some results are missing.
pub fn parallel<T: Sync, R: Send>(
    items: &[T],
    jobs: usize,
    work: impl Fn(&T) -> Result<R, Failure> + Sync,
) -> Result<Vec<R>, Failure> {
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, Result<R, Failure>)>> = Mutex::new(Vec::new());
    let worker = || {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(at) else { break };
            if interrupted() {
                break;
            }
            let result = work(item);
            let failed = result.is_err();
            done.lock().unwrap_or_else(PoisonError::into_inner).push((at, result));
            if failed {
                next.store(items.len(), Ordering::Relaxed);
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..jobs.min(items.len()) {
            // Virtual memory: the passes recurse over the syntax tree.
            let builder = thread::Builder::new().name("worker".into()).stack_size(256 << 20);
            if builder.spawn_scoped(scope, worker).is_err() {
                scope.spawn(worker);
            }
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|&(at, _)| at);
    done.into_iter().map(|(_, result)| result).collect()
}

/// Processors that may be used.
pub fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}
