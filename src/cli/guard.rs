//! The outermost frame: a large stack, and panics turned into a request for a report.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::panic;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use super::exit::Exit;
use super::memory;
use super::output;

/// Stacks to try, largest first: virtual memory may be limited. Only what is used becomes
/// real memory; deep models need it where the passes recurse over the syntax tree.
const STACKS: &[usize] = &[512 << 20, 64 << 20, 8 << 20];

/// From now on a panic says whose mistake it is.
pub fn explain_panics() {
    panic::set_hook(Box::new(explain));
}

/// Runs `work` on a thread with a large stack. A panic there, or on any thread that it
/// waits for, ends in [`Exit::Internal`].
pub fn protect(work: fn() -> Exit) -> Exit {
    // Off the first thread the allocator wants to reserve address space; where it cannot, each small piece costs a page.
    if memory::is_tight() {
        return panic::catch_unwind(work).unwrap_or(Exit::Internal);
    }
    for &size in STACKS {
        let builder = thread::Builder::new().name("goknot".into()).stack_size(size);
        if let Ok(thread) = builder.spawn(work) {
            return thread.join().unwrap_or(Exit::Internal);
        }
    }
    output::stderr("goknot: cannot start a thread: the system is out of memory or threads\n");
    Exit::Internal
}

/// Says what happened and whose mistake it is, once, however many threads fall over.
fn explain(info: &panic::PanicHookInfo<'_>) {
    static SAID: AtomicBool = AtomicBool::new(false);
    if SAID.swap(true, Ordering::SeqCst) {
        return;
    }
    let place = info.location().map(|at| format!(" at {}:{}", at.file(), at.line())).unwrap_or_default();
    let what = info.payload_as_str().unwrap_or("no message");
    output::stderr(&format!(
        "goknot: internal error{place}: {what}\n\
         goknot: this is a bug in goknot {version}, not in your model.\n\
         goknot: please report it with the model, the command line and the lines above.\n",
        version = env!("GOKNOT_VERSION"),
    ));
    let trace = Backtrace::capture();
    if trace.status() == BacktraceStatus::Captured {
        output::stderr(&format!("{trace}\n"));
    }
}

#[cfg(test)]
mod tests {
    use super::{Exit, protect};

    #[test]
    fn a_panic_is_our_bug() {
        assert_eq!(protect(|| panic!("for the test")), Exit::Internal);
        assert_eq!(protect(|| Exit::Success), Exit::Success);
    }

    #[test]
    fn deep_recursion_fits() {
        fn depth(n: u32) -> u32 {
            let pad = std::hint::black_box([n; 64]);
            if n == 0 { 0 } else { 1 + depth(n - 1) + pad[0] - n }
        }
        assert_eq!(
            protect(|| if depth(200_000) == 200_000 { Exit::Success } else { Exit::Failure }),
            Exit::Success
        );
    }
}
