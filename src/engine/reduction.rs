//! Which reductions a search uses. Each can be switched off, and no verdict changes with it.

/// What makes fewer states than [`crate::machine::step`] has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Reductions {
    /// Statements up to the next stop are one step ([`super::blocks`]).
    pub fusion: bool,
    /// What only gives something back is taken together with the step before it ([`super::stubborn`]). Only with `fusion`.
    pub releases: bool,
    /// States that differ in who is who among the goroutines are one state ([`super::symmetry`]).
    pub symmetry: bool,
    /// Of steps that are in nobody's way one is enough ([`super::stubborn`]).
    pub stubborn: When,
}

/// When a reduction is used that has a price in each state.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum When {
    Never,
    /// In a search that is no longer small, if some states of it show that it is worth its price.
    Worthwhile,
    Always,
}

impl Reductions {
    /// Every step and every state as the reference semantics has them, up to the numbers of objects.
    pub const NONE: Self = Self { fusion: false, releases: false, symmetry: false, stubborn: When::Never };
    /// All of them.
    pub const ALL: Self = Self { fusion: true, releases: true, symmetry: true, stubborn: When::Always };
}

impl Default for Reductions {
    fn default() -> Self {
        Self { fusion: true, releases: true, symmetry: true, stubborn: When::Worthwhile }
    }
}
