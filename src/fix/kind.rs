//! The kinds of changes, their names, and what is to be said against each.

use std::fmt;

/// A kind of change.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Kind {
    Buffer,
    DoneCase,
    NonBlocking,
    Close,
    CloseOnce,
    CloseForSend,
    Cancel,
    UnlockFirst,
    UnlockAround,
    UnlockReturn,
    DeferUnlock,
    HoldLonger,
    LockOrder,
    WriteLock,
    DropLock,
    AddFirst,
    Done,
    MoveOut,
    Swap,
    WaitInLoop,
    Broadcast,
    LoopVariable,
    Goroutine,
    Guard,
    OwnVariable,
    LeaveOut,
}

impl Kind {
    /// In a word or two.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Buffer => "buffer",
            Self::DoneCase => "done case",
            Self::NonBlocking => "do not wait",
            Self::Close => "close",
            Self::CloseOnce => "close once",
            Self::CloseForSend => "close for send",
            Self::Cancel => "cancel",
            Self::UnlockFirst => "unlock first",
            Self::UnlockAround => "unlock around",
            Self::UnlockReturn => "unlock on return",
            Self::DeferUnlock => "defer unlock",
            Self::HoldLonger => "hold longer",
            Self::LockOrder => "lock order",
            Self::WriteLock => "write lock",
            Self::DropLock => "drop lock",
            Self::AddFirst => "Add first",
            Self::Done => "Done",
            Self::MoveOut => "out of the loop",
            Self::Swap => "swap",
            Self::WaitInLoop => "wait in a loop",
            Self::Broadcast => "Broadcast",
            Self::LoopVariable => "loop variable",
            Self::Goroutine => "goroutine",
            Self::Guard => "guard",
            Self::OwnVariable => "own variable",
            Self::LeaveOut => "leave out",
        }
    }

    /// A name for the `fix` declaration.
    pub fn identifier(self) -> String {
        self.name().to_lowercase().replace(' ', "_")
    }

    /// How much care a change of this kind wants: the more, the later it is tried and the lower it is ranked.
    pub const fn caution(self) -> u8 {
        match self {
            Self::LeaveOut => 3,
            Self::DropLock => 2,
            Self::NonBlocking | Self::Goroutine | Self::CloseForSend | Self::Swap | Self::OwnVariable => 1,
            _ => 0,
        }
    }

    /// What is to be said against it even where everything that is checked holds.
    pub const fn caveat(self) -> Option<&'static str> {
        match self {
            Self::LeaveOut => Some("it repairs the model by leaving something out: is that not needed?"),
            Self::DropLock => {
                Some("it takes a lock away: what that protects in the program may not be in the model")
            }
            Self::NonBlocking => {
                Some("when nobody is ready at that moment, nothing is sent or received: may it be missed?")
            }
            Self::Goroutine => {
                Some("nobody waits for the new goroutine: may it come later, or in another order?")
            }
            Self::CloseForSend => {
                Some("a closed channel wakes everybody who receives, now and later, without a value")
            }
            Self::Swap => {
                Some("things come in another order: does something outside the model rely on the old one?")
            }
            _ => None,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
