//! The synchronisation primitives: one file each, one line each in the registry.
//!
//! In: the place of a primitive and the arguments of a call. Out: the call as
//! [`Step`]s of guarded atomic commands, with Go's wait reasons. Nothing outside
//! this room knows what a Mutex is; nothing in it knows states or searches.

use crate::commands::{CellType, Command, Expr, Meet, Place};

pub mod chan;
pub mod mutex;
pub mod rwmutex;
pub mod waitgroup;

/// The registry. A new primitive is one file and one line here.
pub const PRIMITIVES: &[&Primitive] = &[&mutex::MUTEX, &rwmutex::RWMUTEX, &waitgroup::WAITGROUP];

/// A type whose operations synchronise goroutines.
#[derive(Debug)]
pub struct Primitive {
    /// As Go writes it: `sync.Mutex`.
    pub name: &'static str,
    /// Its state, zero when new. Private: models cannot name these.
    pub fields: &'static [(&'static str, CellType)],
    pub methods: &'static [Method],
    /// Further methods (and helper types), written in the modelling language:
    /// `func (wg *sync.WaitGroup) Go(f func()) { … }`. Empty for none.
    pub library: &'static str,
}

/// One method of a primitive.
#[derive(Debug)]
pub struct Method {
    pub name: &'static str,
    pub params: &'static [Kind],
    pub results: &'static [Kind],
    /// The call as steps, in order. Each step may wait.
    pub steps: fn(&Call) -> Vec<Step>,
    /// Methods of the same object that can end a wait here: what the report looks for.
    pub woken_by: &'static [&'static str],
    /// This method takes hold of the object (a lock): who called it last without giving it back is the holder.
    pub acquires: bool,
}

/// The type of a parameter or result of a primitive's method.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Int,
    Bool,
}

impl Kind {
    /// The cell that holds a value of this kind.
    pub fn cell(self) -> CellType {
        match self {
            Self::Int => CellType::Int { bits: 64, signed: true },
            Self::Bool => CellType::Bool,
        }
    }
}

/// What a method's steps are built from.
#[derive(Debug)]
pub struct Call {
    /// The first cell of the primitive's state.
    pub this: Place,
    pub args: Vec<Expr>,
    /// Where the results go.
    pub results: Vec<Place>,
}

impl Call {
    /// The field at `index` of [`Primitive::fields`], as a place.
    pub fn place(&self, index: u32) -> Place {
        self.this.clone().at(index)
    }

    /// The field's value.
    pub fn field(&self, index: u32) -> Expr {
        Expr::load(self.place(index))
    }
}

/// One atomic step of an operation: it waits until an alternative's guard holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Step {
    /// What a goroutine dump prints while it waits here; `None` for steps that never wait.
    pub wait: Option<&'static str>,
    pub alternatives: Vec<Alternative>,
}

/// One way on from a step.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Alternative {
    /// Enabled when true.
    pub when: Expr,
    /// Enabled only together with the other half.
    pub meet: Option<Meet>,
    pub commands: Vec<Command>,
    pub outcome: Outcome,
    /// A method of the same object that must be ordered with this alternative: without that it is a data race.
    pub races_with: Option<&'static str>,
}

/// What comes after an alternative's commands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// The next step, or the end of the operation.
    Done,
    /// A panic with this string, which `recover` can stop.
    Panic(&'static str),
    /// A panic with this runtime error, which `recover` can stop.
    RuntimeError(&'static str),
    /// A fatal error, which nothing stops.
    Fatal(&'static str),
}

impl Alternative {
    /// When `when` holds, do `commands` and go on.
    pub fn new(when: Expr, commands: Vec<Command>) -> Self {
        Self { when, meet: None, commands, outcome: Outcome::Done, races_with: None }
    }

    /// When `when` holds, fail with `outcome`.
    pub fn fail(when: Expr, outcome: Outcome) -> Self {
        Self { when, meet: None, commands: Vec::new(), outcome, races_with: None }
    }
}

/// The primitive called `name`.
pub fn find(name: &str) -> Option<&'static Primitive> {
    PRIMITIVES.iter().copied().find(|primitive| primitive.name == name)
}

impl Primitive {
    /// The method called `name`.
    pub fn method(&self, name: &str) -> Option<&'static Method> {
        self.methods.iter().find(|method| method.name == name)
    }
}
