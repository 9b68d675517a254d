//! Models of the repository, and each of their fixes, against what they say must be found: what `goknot test` does, as part
//! of `cargo test`. The kernels of `GoKer` want an optimised build: `.ci/test` runs them, with all others, after this.

use std::path::Path;

use goknot::cli::{self, exit::Exit};

#[test]
fn models_are_as_expected() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = ["models/seeds", "models/patterns", "tests"].map(|folder| root.join(folder));
    // The test thread's stack is small; `goknot` itself runs on a large one.
    let run = move || {
        let args = ["goknot", "test"].map(Into::into).into_iter();
        cli::run(args.chain(folders.map(Into::into)).collect())
    };
    let thread = std::thread::Builder::new().stack_size(256 << 20).spawn(run).expect("a thread");
    assert_eq!(thread.join().expect("no panic"), Exit::Success);
}
