//! How much a test does, where somebody wants more or less of it.

/// The number that a variable of the environment says.
pub fn number(variable: &str) -> Option<u32> {
    std::env::var(variable).ok().and_then(|count| count.parse().ok())
}
