//! The Machine: the one meaning of a model.
//!
//! In: what `lower` builds. Out: one flat control-flow graph per kind of goroutine,
//! pools of objects, package variables. `step` executes it (the reference
//! semantics), `print` shows it, emitters translate it. Nothing here knows Go:
//! calls are inlined, defers and panics are edges, every wait is a guard.

pub use crate::commands::Choose;
use std::ops::Range;

use crate::commands::{Base, CellType, Command, Expr, Local, Meet, Place, PoolId, RoutineId};
use crate::source::Span;

pub mod eval;
pub mod footprint;
pub mod liveness;
pub mod loops;
pub mod maps;
pub mod monitor;
pub mod print;
pub mod reach;
pub mod relax;
pub mod state;
pub mod step;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
pub mod validate;
pub mod visit;

/// A compiled model.
#[derive(Clone, Debug)]
pub struct Machine {
    pub name: String,
    /// Parameter values it was compiled for.
    pub params: Vec<(String, i64)>,
    pub strings: Vec<String>,
    /// Dynamic types and function codes; index 0 is nil.
    pub tags: Vec<Tag>,
    /// Package variables, cell by cell, zero at the start.
    pub globals: Vec<Cell>,
    pub pools: Vec<Pool>,
    pub routines: Vec<Routine>,
    pub main: RoutineId,
    /// Static call stacks; [`Point::stack`] names one.
    pub stacks: Vec<Stack>,
    pub properties: Properties,
    /// Some panic may be recovered.
    pub recovers: bool,
}

/// Tags that mean something to the runtime itself.
pub mod tag {
    /// A nil interface or function value.
    pub const NIL: i64 = 0;
    /// A runtime error (`index out of range`); the payload is a string.
    pub const RUNTIME_ERROR: i64 = 1;
    /// A plain string.
    pub const STRING: i64 = 2;
}

/// A dynamic type or a function's code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// `*main.Server`, `int`, or a function's name.
    pub name: String,
    /// What the payload cell holds.
    pub payload: CellType,
    /// The pool of the boxed value where the payload is a reference to a copy of a compound value.
    pub boxed: Option<PoolId>,
    /// A value of this type has no hash, so that it cannot be the key of a map: the runtime error, an index into the strings.
    pub unhashable: Option<u32>,
    /// For an error type: how the value prints is not known statically; for others `%v` of the payload.
    pub is_error: bool,
}

/// A named cell of a frame, an object or the package variables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// `s`, `s.mu.locked`, `results.len`.
    pub name: String,
    pub ty: CellType,
    /// Not a name of the source: a temporary of the lowering. Not shown in traces.
    pub hidden: bool,
}

/// All objects of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pool {
    /// `Server`, `[]int`, `chan int`, `main.x` (an escaping variable), `main.func1` (a closure's environment).
    pub name: String,
    pub shape: Shape,
    /// The cells of the object, of one element, or of one entry: of a map those of the key come first.
    pub cells: Vec<Cell>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Exactly [`Pool::cells`].
    Record,
    /// As many elements as it was made with.
    Array,
    /// Header of [`crate::commands::queue`], then the queued elements.
    Channel,
    /// Header of [`crate::commands::table`], then the entries. The first `key` cells of each are its key.
    Map { key: u32 },
}

/// Number of a point in its routine.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct PointId(pub u32);

/// Number of a static call stack.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct StackId(pub u32);

/// One kind of goroutine.
#[derive(Clone, Debug)]
pub struct Routine {
    /// As Go names the function it runs: `main`, `servePeer`, `main.func1`.
    pub name: String,
    /// Cells of the frame; the first [`Routine::args`] are set by [`Command::Spawn`].
    pub frame: Vec<Cell>,
    pub args: u32,
    /// Not a goroutine of the program but something that its environment does, a clock: never stuck, and gone once
    /// nobody can observe it ([`state::State::forget`]). What its first argument names is what it is there for.
    pub environment: bool,
    pub entry: PointId,
    pub points: Vec<Point>,
}

/// A place where a goroutine can stand between two steps.
#[derive(Clone, Debug)]
pub struct Point {
    pub kind: PointKind,
    /// The statement or operation about to run.
    pub span: Span,
    pub stack: StackId,
    /// In priority order for printing only; any enabled edge may be taken.
    pub edges: Vec<Edge>,
    /// Where a raise at this point goes; without one it ends the run.
    pub unwind: Option<Unwind>,
    /// Frame cells that are live here (some path reads them before writing): all others are reset to zero on arrival.
    /// Sorted. Filled by `machine::liveness`.
    pub live: Vec<Local>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PointKind {
    /// A plain statement: exactly one edge is enabled, whatever others do.
    Plain,
    /// An operation on a shared synchronisation object; it may wait.
    Operation(Operation),
    /// `any`, `choose`: always enabled, several ways on.
    Choice,
    /// The head of a loop that has a path round without a stop.
    LoopHead,
    /// The goroutine has ended. No edges.
    End,
    /// `runtime.Goexit` of main has run its defers: main has ended without returning. No edges.
    GoexitEnd,
}

/// What an operation is, for dumps, reports and `expect`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// What a goroutine dump prints while it waits here; `None` where it never waits.
    pub wait_reason: Option<&'static str>,
    /// The reason where every object waited for is nil.
    pub nil_reason: Option<&'static str>,
    /// Waiting here for ever is fine.
    pub idle: bool,
    /// `Lock`, `Wait`, `send`, `receive`, `select`, `range`, `close`, `go`, `Sleep`.
    pub name: &'static str,
    /// What it does to which object, one per select case, in source order.
    pub acts: Vec<Act>,
}

/// One object that an operation works on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Act {
    /// A reference (nil possible).
    pub object: Expr,
    /// `sync.Mutex`, `chan`: which registry entry explains it.
    pub primitive: &'static str,
    /// `Lock`, `send`, `receive`, …
    pub action: &'static str,
    /// Actions on the same object that can end a wait for this one.
    pub woken_by: &'static [&'static str],
    /// A lock: who did this last and has not undone it is the holder.
    pub acquires: bool,
    /// The object as written: `s.mu`, `ch`.
    pub text: Span,
    /// The operation as written: `s.mu.Lock()`, `ch <- v`.
    pub span: Span,
}

/// A guarded atomic step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge {
    pub guard: Expr,
    /// Enabled only when no other edge of this point without a `meet` is: `default`.
    pub fallback: bool,
    pub meet: Option<Meet>,
    /// `Some`: a choice; the step exists once per value in the range (both ends included), and writes it there first.
    pub choose: Option<Choose>,
    pub commands: Vec<Command>,
    pub target: PointId,
    /// Which of the operation's [`Operation::acts`] this edge completes, where it completes one.
    pub act: Option<usize>,
    /// An action on the same object: pending beside this edge it is a data race.
    pub races_with: Option<&'static str>,
    /// What happens, in the words of the source: `case r := <-ch`, `x = y + 1`; the point's span where absent.
    pub span: Option<Span>,
}

/// Where a raise goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unwind {
    /// Gets the panic value's tag and payload.
    pub value: (Place, Place),
    /// Gets its bit 0 set: panicking. (Bit 1: `Goexit` is under way.)
    pub mode: Place,
    pub target: PointId,
}

/// A static call stack: innermost frame first.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Stack {
    pub frames: Vec<Frame>,
}

/// One frame. The innermost frame's line is the point's own.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Frame {
    /// `Server.Close`, `main.func1`.
    pub function: String,
    /// `main.(*Server).Close`.
    pub symbol: String,
    /// Where this frame called the frame before it; for the innermost frame unused.
    pub call: Span,
}

/// What is to be checked besides deadlock, leak, panic.
#[derive(Clone, Debug, Default)]
pub struct Properties {
    /// `check always E`.
    pub always: Vec<Property>,
    /// `check eventually E`: on every fair run the condition holds at some time.
    pub eventually: Vec<Property>,
    /// `check A leadsto B`.
    pub leads_to: Vec<Response>,
    /// `cover NAME: E`; the text is the name.
    pub covers: Vec<Property>,
}

/// A condition on package-wide state, evaluated without any goroutine's frame.
#[derive(Clone, Debug)]
pub struct Property {
    pub text: String,
    pub cond: Expr,
    pub span: Span,
}

/// On every fair run, whenever `from` holds, `to` holds then or at some later time.
#[derive(Clone, Debug)]
pub struct Response {
    pub text: String,
    pub from: Expr,
    pub to: Expr,
    pub span: Span,
}

impl Properties {
    /// Every condition, with the text of its property.
    pub fn conditions(&self) -> impl Iterator<Item = (&str, &Expr)> {
        let plain = self.always.iter().chain(&self.eventually).chain(&self.covers);
        let responses =
            self.leads_to.iter().flat_map(|it| [(it.text.as_str(), &it.from), (&it.text, &it.to)]);
        plain.map(|it| (it.text.as_str(), &it.cond)).chain(responses)
    }
}

impl Routine {
    /// The cells of its frame that `place` can be: none where that is elsewhere; of an array, all that comes after its
    /// first element.
    pub fn cells_of(&self, place: &Place) -> Range<usize> {
        let Base::Local(local) = place.base else { return 0..0 };
        let frame = self.frame.len();
        let at = ((local.0 + place.offset) as usize).min(frame);
        at..if place.index.is_empty() { (at + 1).min(frame) } else { frame }
    }

    /// Whether it starts goroutines.
    pub fn spawns(&self) -> bool {
        fn among(commands: &[Command]) -> bool {
            commands.iter().any(|command| match command {
                Command::Spawn { .. } => true,
                Command::If(_, yes, no) => among(yes) || among(no),
                Command::Set(..)
                | Command::Check { .. }
                | Command::Raise(_)
                | Command::Alloc { .. }
                | Command::Map(_)
                | Command::Push { .. }
                | Command::Pop { .. }
                | Command::Copy { .. }
                | Command::Assert { .. }
                | Command::Fatal(_)
                | Command::Exit
                | Command::Bound(_) => false,
            })
        }
        self.points.iter().flat_map(|point| &point.edges).any(|edge| among(&edge.commands))
    }
}

impl PointKind {
    /// Waiting here for ever is fine.
    pub fn is_idle(&self) -> bool {
        match self {
            Self::Operation(operation) => operation.idle,
            Self::Plain | Self::Choice | Self::LoopHead | Self::End | Self::GoexitEnd => false,
        }
    }

    /// Nobody goes on from here.
    pub fn is_end(&self) -> bool {
        match self {
            Self::End | Self::GoexitEnd => true,
            Self::Plain | Self::Operation(_) | Self::Choice | Self::LoopHead => false,
        }
    }
}

impl Machine {
    /// Every point of every routine.
    pub fn points(&self) -> impl Iterator<Item = &Point> {
        self.routines.iter().flat_map(|routine| &routine.points)
    }

    /// Every edge of every point.
    pub fn edges(&self) -> impl Iterator<Item = &Edge> {
        self.points().flat_map(|point| &point.edges)
    }

    pub fn routine(&self, id: RoutineId) -> &Routine {
        &self.routines[id.0 as usize]
    }

    pub fn pool(&self, id: PoolId) -> &Pool {
        &self.pools[id.0 as usize]
    }

    pub fn point(&self, routine: RoutineId, point: PointId) -> &Point {
        &self.routine(routine).points[point.0 as usize]
    }

    pub fn stack(&self, id: StackId) -> &Stack {
        &self.stacks[id.0 as usize]
    }
}
