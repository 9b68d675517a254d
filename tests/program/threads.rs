//! Threads for tests.

use std::thread;

/// Runs `worker` on so many threads, each with a large stack: those of test threads are small.
pub fn on_threads(threads: usize, worker: &(impl Fn() + Sync)) {
    thread::scope(|scope| {
        for _ in 0..threads {
            thread::Builder::new().stack_size(256 << 20).spawn_scoped(scope, worker).expect("a thread");
        }
    });
}
