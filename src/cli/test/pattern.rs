//! The pattern of `-run`: enough of a regular expression or of a glob to choose models by name.
//!
//! Alternatives are separated by `|`. `^` and `$` hold an end; `*` (also `.*`) is any
//! text, `?` any character. Without them it is a substring. All else is literal: names of
//! models have dots, and nobody writes `\.` by choice.

/// A parsed pattern.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pattern(Vec<Alternative>);

#[derive(Clone, PartialEq, Eq, Debug)]
struct Alternative {
    glob: Vec<char>,
}

impl Pattern {
    /// Every text is a pattern.
    pub fn new(text: &str) -> Self {
        Self(text.split('|').map(Alternative::new).collect())
    }

    /// True where an alternative is found in `name`.
    pub fn matches(&self, name: &str) -> bool {
        let name: Vec<char> = name.chars().collect();
        self.0.iter().any(|alternative| glob(&alternative.glob, &name))
    }
}

impl Alternative {
    /// An end that nothing holds gets a `*`.
    fn new(text: &str) -> Self {
        let (start, text) = text.strip_prefix('^').map_or(("*", text), |rest| ("", rest));
        let (end, text) = text.strip_suffix('$').map_or(("*", text), |rest| ("", rest));
        let middle = text.replace(".*", "*");
        Self { glob: format!("{start}{middle}{end}").chars().collect() }
    }
}

/// Matches all of `text`, remembering only the last `*`: linear in practice, never exponential.
fn glob(pattern: &[char], text: &[char]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(&c) if c == '?' || c == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((at, from)) => {
                    star = Some((at, from + 1));
                    p = at + 1;
                    t = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|&c| c == '*')
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    #[test]
    fn substrings_globs_anchors_alternatives() {
        let hit = |pattern: &str, name: &str| Pattern::new(pattern).matches(name);
        assert!(hit("redis", "models/miniredis"));
        assert!(!hit("^redis", "models/miniredis"));
        assert!(hit("^models/", "models/miniredis"));
        assert!(hit("redis$", "models/miniredis"));
        assert!(hit("goker/*/cockroach*", "models/goker/x/cockroach1055"));
        assert!(hit("etcd.*29", "models/etcd6829"));
        assert!(hit("xyz|mini", "models/miniredis"));
        assert!(hit("m?ni", "models/miniredis"));
        assert!(hit("", "anything"));
        assert!(!hit("^$", "anything"));
        assert!(!hit("a.b", "axb"));
    }

    #[test]
    fn many_stars_stay_quick() {
        let name = "a".repeat(5000);
        assert!(!Pattern::new(&format!("{}b", "a*".repeat(50))).matches(&name));
    }
}
