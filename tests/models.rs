//! Every model of the repository, and each of its fixes, against what it says must be found:
//! what `goknot test models tests` does, as part of `cargo test`.

use std::path::Path;

use goknot::cli::{self, exit::Exit};

#[test]
fn every_model_is_as_expected() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = ["models", "tests"].map(|folder| root.join(folder));
    // The test thread's stack is small; `goknot` itself runs on a large one.
    let run = move || {
        let args = ["goknot", "test"].map(Into::into).into_iter();
        cli::run(args.chain(folders.map(Into::into)).collect())
    };
    let thread = std::thread::Builder::new().stack_size(256 << 20).spawn(run).expect("a thread");
    assert_eq!(thread.join().expect("no panic"), Exit::Success);
}
