//! The patterns that `goknot new --pattern` writes. One more is a file in `models/patterns` and a line here.

/// A model of a bug that many have met, with what repairs it.
#[derive(Debug)]
pub struct Pattern {
    /// Of the model and of its file.
    pub name: &'static str,
    pub text: &'static str,
}

macro_rules! patterns {
    ($($name:literal,)*) => {
        &[$(Pattern {
            name: $name,
            text: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/models/patterns/", $name, ".knot")),
        }),*]
    };
}

/// In the order of the list: locks, channels, the rest of `sync`, then whole programs.
pub const PATTERNS: &[Pattern] = patterns![
    "double_lock",
    "abba",
    "rwr",
    "forgotten_unlock",
    "lock_across_send",
    "missing_close",
    "send_on_closed",
    "waitgroup_misuse",
    "lost_signal",
    "context_leak",
    "worker_pool",
    "semaphore",
    "errgroup",
    "singleflight",
    "rate_limiter",
    "graceful_shutdown",
];

#[cfg(test)]
mod tests {
    use super::PATTERNS;
    use std::fs;
    use std::path::Path;

    #[test]
    fn every_file_is_in_the_list() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/patterns");
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("readable").path();
            let name = path.file_stem().and_then(|stem| stem.to_str()).expect("a plain name");
            assert!(PATTERNS.iter().any(|pattern| pattern.name == name), "{name} is not in PATTERNS");
        }
    }
}
