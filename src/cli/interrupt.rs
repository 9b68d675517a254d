//! Ctrl-C, `kill` and a closed terminal: stop soon, say what is known, exit 130.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::exit::Exit;
use crate::tool::process;

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// How long the commands get to notice and to print what they know.
const GRACE: Duration = Duration::from_secs(3);

/// Starts listening. The first signal raises the flag that [`interrupted`] reads; a
/// second one, or [`GRACE`] without an end, ends the process at once.
pub fn listen() {
    // Where no handler can be set (a sandbox), the system's default remains: death by signal.
    let _ = ctrlc::set_handler(|| {
        if INTERRUPTED.swap(true, Ordering::SeqCst) {
            die();
        }
        std::thread::spawn(|| {
            std::thread::sleep(GRACE);
            die();
        });
    });
}

/// True from the first signal on.
pub fn interrupted() -> bool {
    INTERRUPTED.load(Ordering::Relaxed)
}

#[expect(clippy::exit, reason = "the thread that should have ended is stuck; there is nobody to return to")]
fn die() {
    process::kill_all();
    std::process::exit(Exit::Interrupted as i32);
}
