//! What the exit status of `goknot` means. A contract: scripts and CI rely on it.

use std::process::ExitCode;

/// How a command ended.
///
/// A closed standard output (`goknot check m.knot | head -1`) is no failure: the
/// status is that of the verdict.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Exit {
    /// What was asked for holds: no bug was found in all reachable states, every test passed, everything was as expected.
    Success = 0,
    /// A bug was found. For `test`: a test failed. For `check --all`: something was not as its `expect` says.
    Failure = 1,
    /// Bad usage, or a bad model: it cannot be read, does not parse, has type errors.
    Usage = 2,
    /// Neither bug nor proof: a bound, the time or the memory ran out.
    Inconclusive = 3,
    /// An external tool is missing or failed.
    Tool = 4,
    /// Two engines disagree.
    Disagree = 5,
    /// A bug in goknot itself.
    Internal = 101,
    /// Interrupted by Ctrl-C or a termination signal; what is known so far was printed.
    Interrupted = 130,
}

impl Exit {
    /// The status of two runs together: the one that weighs more. A found bug is
    /// certain whatever else happened, so it outweighs what stayed open.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        if self.weight() >= other.weight() { self } else { other }
    }

    fn weight(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Inconclusive => 1,
            Self::Tool => 2,
            Self::Disagree => 3,
            Self::Failure => 4,
            Self::Usage => 5,
            Self::Interrupted => 6,
            Self::Internal => 7,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// The table printed at the end of `goknot --help`.
pub const HELP: &str = "\
Exit status:
  0    holds: no bug in any reachable state (test: all pass; --all: all as expected)
  1    a bug was found (test: some fail; --all: something is not as expected)
  2    bad usage or bad model
  3    inconclusive: a bound, the time or the memory ran out
  4    an external tool is missing or failed
  5    engines disagree
  101  a bug in goknot
  130  interrupted";

#[cfg(test)]
mod tests {
    use super::Exit;

    #[test]
    fn a_found_bug_outweighs_what_stayed_open() {
        assert_eq!(Exit::Inconclusive.and(Exit::Failure), Exit::Failure);
        assert_eq!(Exit::Failure.and(Exit::Success), Exit::Failure);
        assert_eq!(Exit::Success.and(Exit::Inconclusive), Exit::Inconclusive);
        assert_eq!(Exit::Failure.and(Exit::Interrupted), Exit::Interrupted);
    }
}
