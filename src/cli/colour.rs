//! When to use colour: `--color`, then `NO_COLOR`, `CLICOLOR_FORCE`, `TERM` and the terminal.

use std::env;
use std::ffi::OsStr;

/// The value of `--color`.
#[derive(clap::ValueEnum, Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum When {
    /// On a terminal, unless the environment says otherwise.
    #[default]
    Auto,
    Always,
    Never,
}

/// The answer for one stream.
pub fn enabled(when: When, terminal: bool) -> bool {
    decide(when, terminal, |name| env::var_os(name))
}

fn decide<V: AsRef<OsStr>>(when: When, terminal: bool, variable: impl Fn(&str) -> Option<V>) -> bool {
    let set = |name| variable(name).is_some_and(|value| !value.as_ref().is_empty());
    let is = |name, wanted| variable(name).is_some_and(|value| value.as_ref() == wanted);
    match when {
        When::Always => true,
        When::Never => false,
        When::Auto if set("NO_COLOR") => false,
        When::Auto if set("CLICOLOR_FORCE") && !is("CLICOLOR_FORCE", "0") => true,
        When::Auto => terminal && !is("TERM", "dumb"),
    }
}

#[cfg(test)]
mod tests {
    use super::{When, decide};

    fn with(when: When, terminal: bool, variables: &[(&str, &'static str)]) -> bool {
        let find = |name: &str| variables.iter().find(|(known, _)| *known == name).map(|&(_, value)| value);
        decide(when, terminal, find)
    }

    #[test]
    fn the_flag_then_the_environment_then_the_terminal() {
        assert!(with(When::Always, false, &[("NO_COLOR", "1")]));
        assert!(!with(When::Never, true, &[("CLICOLOR_FORCE", "1")]));
        assert!(!with(When::Auto, true, &[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")]));
        assert!(with(When::Auto, true, &[("NO_COLOR", "")]));
        assert!(with(When::Auto, false, &[("CLICOLOR_FORCE", "1")]));
        assert!(!with(When::Auto, false, &[("CLICOLOR_FORCE", "0")]));
        assert!(!with(When::Auto, true, &[("TERM", "dumb")]));
        assert!(!with(When::Auto, false, &[]));
    }
}
