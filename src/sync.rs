//! The synchronisation primitives: one file each, one line each in the registry.
//!
//! In: the place of a primitive and the arguments of a call. Out: the call as
//! [`Step`]s of guarded atomic commands, with Go's wait reasons. Nothing outside
//! this room knows what a Mutex is; nothing in it knows states or searches.

use crate::commands::{CellType, Choose, Command, Expr, Meet, Place, PoolId};

pub mod atomic;
pub mod atomic_value;
pub mod chan;
pub mod cond;
pub mod map;
pub mod mutex;
pub mod once;
pub mod rwmutex;
pub mod waitgroup;

/// The registry. A new primitive is one file and one line here.
pub const PRIMITIVES: &[&Primitive] = &[
    &mutex::MUTEX,
    &rwmutex::RWMUTEX,
    &waitgroup::WAITGROUP,
    &once::ONCE,
    &cond::NOTIFY_LIST,
    &cond::WAITER,
    &atomic::BOOL,
    &atomic::INT32,
    &atomic::INT64,
    &atomic::UINT32,
    &atomic::UINT64,
    &atomic::UINTPTR,
    &atomic::VARIABLE,
    &atomic_value::VALUE,
    &map::MAP,
];

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
    /// The minor release of Go 1 that has it first; 0 where any has.
    pub since: u32,
}

/// The type of a parameter or result of a primitive's method.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Int,
    Int32,
    Int64,
    Uint32,
    Uint64,
    Uintptr,
    Bool,
    /// Go's `any`: a dynamic type and a payload.
    Any,
    /// A pointer to a primitive, by its name.
    Pointer(&'static str),
    /// A channel of such pointers.
    Queue(&'static str),
    /// A map from `any` to `any`.
    Map,
    /// The type of the variable that an [`atomic::VARIABLE`] operation is on: a pointer.
    This,
}

impl Kind {
    /// The cells that hold a value of this kind.
    pub fn cells(self) -> &'static [CellType] {
        match self {
            Self::Int | Self::Int64 => &[CellType::Int { bits: 64, signed: true }],
            Self::Int32 => &[CellType::Int { bits: 32, signed: true }],
            Self::Uint32 => &[CellType::Int { bits: 32, signed: false }],
            Self::Uint64 | Self::Uintptr => &[CellType::Int { bits: 64, signed: false }],
            Self::Bool => &[CellType::Bool],
            Self::Any => &[CellType::Tag, CellType::Payload],
            Self::Pointer(_) | Self::Queue(_) | Self::Map | Self::This => &[CellType::Ref],
        }
    }
}

/// What a method's steps are built from.
#[derive(Debug)]
pub struct Call {
    /// The first cell of the primitive's state.
    pub this: Place,
    /// Cell by cell.
    pub args: Vec<Expr>,
    /// Where the results go, cell by cell.
    pub results: Vec<Place>,
    /// The pool of maps from `any` to `any`, for methods that take values of any type and may keep them in one.
    pub map: Option<PoolId>,
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

    /// A cell of the arguments.
    pub fn arg(&self, index: usize) -> Expr {
        self.args.get(index).cloned().unwrap_or(Expr::Const(0))
    }

    /// Puts `value` into a cell of the results.
    pub fn give(&self, index: usize, value: Expr) -> Option<Command> {
        self.results.get(index).map(|place| Command::Set(place.clone(), value))
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
    /// A value that nobody decides: the alternative exists once for each.
    pub choose: Option<Choose>,
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
        Self { when, meet: None, choose: None, commands, outcome: Outcome::Done, races_with: None }
    }

    /// When `when` holds, fail with `outcome`.
    pub fn fail(when: Expr, outcome: Outcome) -> Self {
        Self { when, meet: None, choose: None, commands: Vec::new(), outcome, races_with: None }
    }
}

/// The primitive called `name`: `sync.Mutex`, or `atomic` for operations on plain variables.
pub fn find(name: &str) -> Option<&'static Primitive> {
    PRIMITIVES.iter().copied().find(|primitive| primitive.name == name)
}

/// The primitive that a model or a library can name as a type: `sync.Mutex`.
pub fn find_type(name: &str) -> Option<&'static Primitive> {
    name.contains('.').then(|| find(name)).flatten()
}

impl Step {
    /// A step that never waits.
    pub fn now(alternatives: Vec<Alternative>) -> Self {
        Self { wait: None, alternatives }
    }

    /// `TryLock` and its like: where `can`, does `take` and gives true, else gives false.
    pub fn attempt(call: &Call, can: Expr, take: impl IntoIterator<Item = Command>) -> Self {
        let done = take.into_iter().chain(call.give(0, Expr::TRUE)).collect();
        let not = call.give(0, Expr::FALSE).into_iter().collect();
        Self::now(vec![Alternative::new(can.clone(), done), Alternative::new(can.negate(), not)])
    }
}

impl Method {
    /// A method that never waits, and takes hold of nothing.
    pub(crate) const fn new(
        name: &'static str,
        params: &'static [Kind],
        results: &'static [Kind],
        steps: fn(&Call) -> Vec<Step>,
    ) -> Self {
        Self { name, params, results, steps, woken_by: &[], acquires: false, since: 0 }
    }

    /// The same method, which came with Go 1.`release`.
    #[must_use]
    pub const fn since(self, release: u32) -> Self {
        Self { since: release, ..self }
    }
}

impl Primitive {
    /// The method called `name`.
    pub fn method(&self, name: &str) -> Option<&'static Method> {
        self.methods.iter().find(|method| method.name == name)
    }
}
