//! What can be found: the kinds of findings, their names and their order.
//!
//! Absent: how each is found, and how it is shown.

use std::fmt;
use std::str::FromStr;

/// A kind of finding. The order is that of importance: when nothing else decides, the first is the verdict.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Kind {
    /// An unrecovered panic or a fatal error of the runtime.
    Panic,
    /// A failed `assert`.
    Assert,
    /// Two unordered accesses to one plain location.
    Race,
    /// A state that violates a `check always`.
    Always,
    /// Main has not ended, someone is stuck, and nobody ever moves again.
    Deadlock,
    /// Any other state with a stuck goroutine.
    Leak,
    /// A fair run that violates a `check eventually`.
    Eventually,
    /// A fair run that violates a `check … leadsto …`.
    LeadsTo,
    /// A `cover` that no state satisfies.
    Cover,
}

impl Kind {
    /// All kinds, the most important first.
    pub const ALL: [Self; 9] = [
        Self::Panic,
        Self::Assert,
        Self::Race,
        Self::Always,
        Self::Deadlock,
        Self::Leak,
        Self::Eventually,
        Self::LeadsTo,
        Self::Cover,
    ];

    /// As `expect` and the reports call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Panic => "panic",
            Self::Assert => "assert",
            Self::Race => "race",
            Self::Always => "always",
            Self::Deadlock => "deadlock",
            Self::Leak => "leak",
            Self::Eventually => "eventually",
            Self::LeadsTo => "leadsto",
            Self::Cover => "cover",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Kind {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|kind| kind.name() == name).ok_or(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_are_listed_in_order_and_read_back() {
        assert!(Kind::ALL.is_sorted());
        for kind in Kind::ALL {
            assert_eq!(kind.name().parse(), Ok(kind));
        }
        assert_eq!("ok".parse::<Kind>(), Err(()));
    }
}
