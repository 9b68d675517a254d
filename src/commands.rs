//! The vocabulary that primitives are written in, the Machine is made of and every
//! engine and emitter translates: scalar expressions, places, atomic commands.
//!
//! Everything is a *cell*: one 64-bit integer whose meaning [`CellType`] gives. A
//! variable, a field, an array element of a compound type is a run of cells. A
//! reference is a cell too: which object, and which of its cells.
//!
//! What is deliberately absent: Go. Evaluation order, nil checks, wrapping, panics
//! that can be recovered are spelled out by the lowering in these words.

pub mod maps;

pub use maps::{Entry, MapCommand, table};

/// Number of a cell in a goroutine's frame.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Local(pub u32);

/// An object pool: all objects of one kind ([`crate::machine::Pool`]).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct PoolId(pub u32);

/// A kind of goroutine ([`crate::machine::Routine`]).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct RoutineId(pub u32);

/// What the integer in a cell means.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum CellType {
    Bool,
    /// Width in bits and signedness; values are kept in range by [`Expr::Wrap`].
    Int {
        bits: u32,
        signed: bool,
    },
    /// An index into the Machine's strings.
    String,
    /// A reference to a cell of an object, 0 for nil. See [`crate::machine`].
    Ref,
    /// The dynamic type of an interface value, or the code of a function value: an index into [`crate::machine::Machine::tags`]; 0 for nil.
    Tag,
    /// The payload of an interface or function value: a reference exactly if the tag in the cell before it says so.
    Payload,
}

/// A scalar expression. Total: the lowering guards what could fail with [`Command::Check`].
/// `And`, `Or` and `If` evaluate only what they need, so a guard on their left protects their right.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Expr {
    Const(i64),
    Load(Box<Place>),
    /// The reference to a memory place (never of a [`Base::Local`]).
    AddrOf(Box<Place>),
    Not(Box<Expr>),
    And(Box<Expr>, Box<Expr>),
    Or(Box<Expr>, Box<Expr>),
    If(Box<Expr>, Box<Expr>, Box<Expr>),
    Binary(BinaryOp, Box<Expr>, Box<Expr>),
    /// Brings the result of arithmetic into the range of an integer type.
    Wrap {
        bits: u32,
        signed: bool,
        value: Box<Expr>,
    },
    /// A part of what a map holds under a key.
    Entry(Box<Entry>),
}

/// Arithmetic on 64-bit integers, wrapping. Division by zero never happens (guarded).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum BinaryOp {
    Add,
    Sub,
    Mul,
    Div,
    Rem,
    And,
    Or,
    Xor,
    AndNot,
    Shl,
    Shr,
    /// Logical shift and unsigned division, remainder and order, for 64-bit unsigned integers.
    ShrU,
    DivU,
    RemU,
    LtU,
    LeU,
    Eq,
    Ne,
    Lt,
    Le,
}

/// One cell that can be read and written.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Place {
    pub base: Base,
    /// Cells to skip.
    pub offset: u32,
    /// Further cells to skip: index times stride, each.
    pub index: Vec<Scaled>,
}

/// `index * stride` cells; `0 <= index < limit` holds (guarded) where there is a limit.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Scaled {
    pub index: Expr,
    pub stride: u32,
    /// The static length of the array, for layouts that need one.
    pub limit: Option<u32>,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Base {
    /// A cell of the goroutine's own frame.
    Local(Local),
    /// A cell among the package variables.
    Global(u32),
    /// The object and cell that a reference names; never nil (guarded).
    Memory(Expr),
}

/// What a failing [`Command::Check`] or a [`Command::Raise`] throws: an interface value of type `any`.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct PanicValue {
    pub tag: Expr,
    pub payload: Expr,
}

/// One atomic command. The commands of an edge run in order, as one step of the goroutine.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Command {
    /// Evaluate, then write.
    Set(Place, Expr),
    /// Raise unless the expression is true. Nothing after it runs.
    Check { ok: Expr, raise: PanicValue },
    /// Start panicking: control goes to the point's unwinding target, or the run ends.
    Raise(PanicValue),
    /// A new object, all cells zero; `len` elements for arrays, capacity for channels; a map is empty.
    Alloc { dest: Place, pool: PoolId, len: Option<Expr> },
    /// Append one element to a channel's queue ([`queue`] has its layout).
    Push { queue: Expr, values: Vec<Expr> },
    /// Take the oldest element; `None` cells are dropped.
    Pop { queue: Expr, dests: Vec<Option<Place>> },
    /// Changes a map, or goes over one.
    Map(MapCommand),
    /// A new goroutine; `args` go to the first cells of its frame.
    Spawn { routine: RoutineId, args: Vec<Expr> },
    /// Copies `count * stride` cells from one reference to another, as if through a buffer. Neither is nil unless `count` is 0.
    Copy { dest: Expr, source: Expr, count: Expr, stride: u32 },
    /// The first list if the condition holds, else the second.
    If(Expr, Vec<Command>, Vec<Command>),
    /// Fails the run unless true. The text is an index into the strings.
    Assert { ok: Expr, text: u32 },
    /// A fatal error of the runtime that no `recover` stops; the run ends.
    Fatal(&'static str),
    /// The run ends here, well: `os.Exit`.
    Exit,
    /// A bound of the lowering was hit (recursion): the run is not followed further and the verdict cannot be *holds*.
    Bound(&'static str),
}

/// Half of a rendezvous: the other half is an edge of another goroutine with the same channel.
/// The sender's values are evaluated, then written to the receiver's places, then both edges' commands run, the sender's first.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Meet {
    Send { channel: Expr, values: Vec<Expr> },
    Recv { channel: Expr, dests: Vec<Option<Place>> },
}

/// A value that nobody decides: any from `low` to `high`, both included, written to `dest` before the commands run.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Choose {
    pub dest: Place,
    pub low: Expr,
    pub high: Expr,
}

/// The cells at the head of a channel object; the elements follow, oldest first.
pub mod queue {
    /// Capacity it was made with; 0 is unbuffered.
    pub const CAP: u32 = 0;
    /// Closed or not.
    pub const CLOSED: u32 = 1;
    /// Elements in the queue.
    pub const LEN: u32 = 2;
    /// First cell of the oldest element.
    pub const FIRST: u32 = 3;
}

impl Expr {
    pub const TRUE: Self = Self::Const(1);
    pub const FALSE: Self = Self::Const(0);
    pub const NIL: Self = Self::Const(0);

    pub fn load(place: Place) -> Self {
        Self::Load(Box::new(place))
    }

    pub fn binary(op: BinaryOp, left: Self, right: Self) -> Self {
        Self::Binary(op, Box::new(left), Box::new(right))
    }

    pub fn eq(left: Self, right: Self) -> Self {
        match (&left, &right) {
            (Self::Const(a), Self::Const(b)) => Self::Const(i64::from(a == b)),
            _ => Self::binary(BinaryOp::Eq, left, right),
        }
    }

    pub fn ne(left: Self, right: Self) -> Self {
        match (&left, &right) {
            (Self::Const(a), Self::Const(b)) => Self::Const(i64::from(a != b)),
            _ => Self::binary(BinaryOp::Ne, left, right),
        }
    }

    /// Negation; double negation and constants fold.
    #[must_use]
    pub fn negate(self) -> Self {
        match self {
            Self::Const(value) => Self::Const(i64::from(value == 0)),
            Self::Not(inner) => *inner,
            Self::Binary(BinaryOp::Eq, left, right) => Self::Binary(BinaryOp::Ne, left, right),
            Self::Binary(BinaryOp::Ne, left, right) => Self::Binary(BinaryOp::Eq, left, right),
            other => Self::Not(Box::new(other)),
        }
    }

    /// Conjunction; constants fold.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Const(0), _) => Self::FALSE,
            (Self::Const(_), other) => other,
            (this, Self::Const(value)) if value != 0 => this,
            (this, other) => Self::And(Box::new(this), Box::new(other)),
        }
    }

    /// Disjunction; constants fold.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Const(0), other) => other,
            (Self::Const(_), _) => Self::TRUE,
            (this, Self::Const(0)) => this,
            (this, other) => Self::Or(Box::new(this), Box::new(other)),
        }
    }
}

impl Place {
    pub fn local(local: Local) -> Self {
        Self { base: Base::Local(local), offset: 0, index: Vec::new() }
    }

    pub fn global(cell: u32) -> Self {
        Self { base: Base::Global(cell), offset: 0, index: Vec::new() }
    }

    pub fn memory(reference: Expr) -> Self {
        // A reference to a known place is that place.
        match reference {
            Expr::AddrOf(place) => *place,
            other => Self { base: Base::Memory(other), offset: 0, index: Vec::new() },
        }
    }

    /// The cell `offset` further on.
    #[must_use]
    pub fn at(mut self, offset: u32) -> Self {
        self.offset += offset;
        self
    }

    /// The cell `index * stride` further on.
    #[must_use]
    pub fn indexed(mut self, index: Expr, stride: u32, limit: Option<u32>) -> Self {
        match index {
            Expr::Const(value) if value >= 0 => {
                self.offset += u32::try_from(value).unwrap_or(u32::MAX) * stride;
            }
            index => self.index.push(Scaled { index, stride, limit }),
        }
        self
    }
}
