//! Whether the terminal knows more than ASCII.

use std::env;

/// True unless the locale says that it is plain C. Where nothing is set (containers), the
/// terminal of our days speaks UTF-8.
pub fn has_unicode() -> bool {
    decide(|name| env::var(name).ok())
}

fn decide(variable: impl Fn(&str) -> Option<String>) -> bool {
    if variable("TERM").is_some_and(|term| term == "linux" || term == "dumb") {
        return false;
    }
    let set = |name: &&str| variable(name).filter(|value| !value.is_empty());
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(set);
    locale.is_none_or(|locale| !matches!(locale.as_str(), "C" | "POSIX"))
}

#[cfg(test)]
mod tests {
    use super::decide;

    #[test]
    fn the_first_variable_that_is_set_decides() {
        let with = |set: &[(&str, &str)]| {
            decide(|name| set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()))
        };
        assert!(with(&[]));
        assert!(with(&[("LANG", "de_DE.UTF-8")]));
        assert!(with(&[("LC_ALL", "C.UTF-8"), ("LANG", "C")]));
        assert!(!with(&[("LC_ALL", ""), ("LANG", "C")]));
        assert!(!with(&[("LC_ALL", "POSIX"), ("LANG", "de_DE.UTF-8")]));
        assert!(!with(&[("TERM", "dumb")]));
    }
}
