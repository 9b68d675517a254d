//! The typed program: every name resolved, every type known, every implicit step
//! of Go (embedding, auto-address, auto-dereference, interface conversion,
//! variadic packing) made explicit.
//!
//! Built by `sema` for one valuation of the `param`s and one fix, read by `lower`.
//! There is no syntax left here that means two things, and nothing about states.

use std::fmt;

use super::types::{TypeId, Types};
use crate::source::Span;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub u32);
        impl $name {
            /// As an index into the table it names.
            pub fn index(self) -> usize { self.0 as usize }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }
    )*};
}

ids! {
    /// A variable: global, parameter, result or local ([`Program::vars`]).
    VarId,
    /// A function, method or function literal ([`Program::funcs`]).
    FuncId,
    /// An interned string ([`Program::strings`]); 0 is the empty string.
    StrId,
    /// A statement that `break` or `continue` may name; unique in the program.
    LabelId,
}

/// A typed model for one valuation of its parameters.
#[derive(Clone, Debug)]
pub struct Program {
    pub name: String,
    pub title: Option<String>,
    pub meta: Vec<(String, String)>,
    pub params: Vec<Param>,
    pub types: Types,
    pub strings: Vec<String>,
    pub vars: Vec<Var>,
    pub funcs: Vec<Func>,
    /// Package variables with their initialisers, in the order in which Go initialises them.
    pub globals: Vec<GlobalInit>,
    /// `func init()`s, in source order.
    pub inits: Vec<FuncId>,
    pub main: FuncId,
    pub checks: Vec<Check>,
    pub covers: Vec<Cover>,
    /// What checking must find; of the fix where one is applied. Empty means `ok`.
    pub expects: Vec<Expect>,
}

/// One `param` with the value it has in this program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Param {
    pub name: String,
    pub value: i64,
    pub default: i64,
    /// Both ends included.
    pub range: (i64, i64),
    pub span: Span,
}

/// A variable.
#[derive(Clone, Debug)]
pub struct Var {
    pub name: String,
    pub ty: TypeId,
    pub span: Span,
    /// The function it belongs to; `None` for a package variable.
    pub owner: Option<FuncId>,
    /// Some function literal inside `owner` uses it.
    pub captured: bool,
    /// Its address is taken somewhere: `&v`, `v.f()` with a pointer receiver, `v[:]` of an array.
    pub addressed: bool,
    /// Assigned at its declaration and never again (also not through `&v`).
    pub constant: bool,
    /// From a library file of goknot's.
    pub library: bool,
}

/// A function, method or function literal.
#[derive(Clone, Debug)]
pub struct Func {
    /// As Go names it: `main`, `Server.Close`, `main.func1`, `Server.Close.func1`; library functions with their package: `errors.New`.
    pub name: String,
    /// As a goroutine dump prints it: `main.main`, `main.(*Server).Close`, `main.main.func1`.
    pub symbol: String,
    pub ty: TypeId,
    /// The receiver first, where there is one.
    pub params: Vec<VarId>,
    pub has_receiver: bool,
    pub results: Vec<VarId>,
    /// True where the results have names (`return` alone returns them).
    pub named_results: bool,
    pub body: Vec<Stmt>,
    /// The function around a literal.
    pub parent: Option<FuncId>,
    /// Variables of enclosing functions that the body (or a literal inside it) uses, in order of first use.
    pub captures: Vec<VarId>,
    /// `func` to closing brace.
    pub span: Span,
    /// The closing brace: where a goroutine stands when it falls off the end.
    pub end: Span,
    /// From a library file of goknot's: spans do not point into the model; traces show the call instead.
    pub library: bool,
}

/// `var a, b = f()` at package level.
#[derive(Clone, Debug)]
pub struct GlobalInit {
    pub vars: Vec<VarId>,
    pub values: Values,
    pub span: Span,
}

/// A `check` declaration; `text` is its source without the word `check`.
#[derive(Clone, Debug)]
pub struct Check {
    pub kind: CheckKind,
    pub text: String,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub enum CheckKind {
    Always(Expr),
    Eventually(Expr),
    LeadsTo(Expr, Expr),
}

#[derive(Clone, Debug)]
pub struct Cover {
    pub name: String,
    pub cond: Expr,
    pub span: Span,
}

/// An `expect` declaration.
#[derive(Clone, Debug)]
pub struct Expect {
    pub kind: ExpectKind,
    pub stuck: Option<Vec<ExpectLine>>,
    pub span: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ExpectKind {
    Ok,
    Deadlock,
    Leak,
    Panic,
    Race,
    Assert,
    Always,
    Eventually,
    LeadsTo,
    Cover,
    Inconclusive,
}

#[derive(Clone, Debug)]
pub struct ExpectLine {
    /// A name of a function on the goroutine's stack, as written.
    pub goroutine: String,
    pub operation: ExpectOperation,
    pub span: Span,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExpectOperation {
    /// Source text, white space normalised to single blanks.
    Source(String),
    Select,
    Reason(String),
}

// ---- statements ----

#[derive(Clone, Debug)]
pub struct Stmt {
    pub kind: StmtKind,
    pub span: Span,
}

/// Right-hand sides.
#[derive(Clone, Debug)]
pub enum Values {
    /// The zero value of each target.
    Zero,
    /// One expression per target.
    Each(Vec<Expr>),
    /// One expression of tuple type: a call, or a comma-ok form.
    Tuple(Expr),
}

/// Where a value goes.
#[derive(Clone, Debug)]
pub enum Target {
    /// `_`: the value is still evaluated.
    Blank,
    /// A variable that this statement declares.
    New(VarId),
    /// An existing place: `Var`, `Field`, `Deref`, `Index` or `MapIndex`.
    Place(Expr),
}

#[derive(Clone, Debug)]
pub enum StmtKind {
    Expr(Expr),
    Send {
        channel: Expr,
        value: Expr,
    },
    /// `=`, `:=` and `var`, all targets at once as Go does.
    Assign {
        targets: Vec<Target>,
        values: Values,
    },
    /// `x += v`, also `x++`; the place is evaluated once.
    AssignOp {
        target: Expr,
        op: BinaryOp,
        value: Expr,
    },
    Go(Call),
    Defer(Call),
    /// `None`: bare (named results keep their values, or there are none).
    Return(Option<Values>),
    Break(LabelId),
    Continue(LabelId),
    Block(Vec<Stmt>),
    /// Arms in order; each arm's `init` runs when the arms before it were false.
    If {
        arms: Vec<IfArm>,
        otherwise: Option<Vec<Stmt>>,
    },
    Switch {
        label: LabelId,
        tag: Option<Expr>,
        cases: Vec<SwitchCase>,
    },
    TypeSwitch {
        label: LabelId,
        subject: Expr,
        cases: Vec<TypeCase>,
    },
    Select {
        label: LabelId,
        cases: Vec<SelectCase>,
        keyword: Span,
    },
    For(For),
    Range(Range),
    Choose(Vec<(Vec<Stmt>, Span)>),
    /// `idle STATEMENT`: the waits of the statement itself may last for ever.
    Idle(Box<Stmt>),
    /// Library code only: the statements are one step of an operation, taken when the guard holds.
    Atomic {
        guard: Option<Expr>,
        body: Vec<Stmt>,
    },
    /// Library code only: `go` for what the environment does: a clock.
    Environment(Call),
}

#[derive(Clone, Debug)]
pub struct IfArm {
    pub init: Vec<Stmt>,
    pub cond: Expr,
    pub body: Vec<Stmt>,
}

#[derive(Clone, Debug)]
pub struct SwitchCase {
    /// `None` is `default`, wherever it stands. With a tag the values are compared with it (already converted to its type), without one they are conditions.
    pub values: Option<Vec<Expr>>,
    pub body: Vec<Stmt>,
    /// The body ends in `fallthrough`.
    pub fallthrough: bool,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub struct TypeCase {
    /// `None` is `default`; in the list, `None` is `nil`.
    pub types: Option<Vec<Option<TypeId>>>,
    /// The variable of this clause, with its type in this clause.
    pub bind: Option<VarId>,
    pub body: Vec<Stmt>,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub struct SelectCase {
    pub comm: Comm,
    pub body: Vec<Stmt>,
    /// The communication: `r := <-ch`, or the word `default`.
    pub span: Span,
}

#[derive(Clone, Debug)]
pub enum Comm {
    Default,
    Send {
        channel: Expr,
        value: Expr,
    },
    /// `value` and `ok` are where the results go, evaluated after the receive.
    Recv {
        channel: Expr,
        value: Target,
        ok: Target,
    },
}

/// `for init; cond; post {}`, `for cond {}`, `for {}`.
#[derive(Clone, Debug)]
pub struct For {
    pub label: LabelId,
    pub init: Vec<Stmt>,
    /// Variables that `init` declares: copied per iteration unless `shared_vars`.
    pub vars: Vec<VarId>,
    pub cond: Option<Expr>,
    pub post: Vec<Stmt>,
    pub body: Vec<Stmt>,
    /// One variable for the whole loop: Go before 1.22.
    pub shared_vars: bool,
    /// `for …` without the body.
    pub header: Span,
}

/// `for k, v := range x {}`.
#[derive(Clone, Debug)]
pub struct Range {
    pub label: LabelId,
    pub subject: Expr,
    pub over: RangeOver,
    pub key: Target,
    pub value: Target,
    pub body: Vec<Stmt>,
    /// One variable for the whole loop: Go before 1.22.
    pub shared_vars: bool,
    pub header: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RangeOver {
    /// `range n`.
    Int,
    /// An array value; `subject` is a place where there is one.
    Array,
    /// Evaluated once; the length is that of the start.
    Slice,
    Map,
    Chan,
    /// A constant string, by rune.
    String,
}

// ---- expressions ----

#[derive(Clone, Debug)]
pub struct Expr {
    pub ty: TypeId,
    pub span: Span,
    pub kind: ExprKind,
}

#[derive(Clone, Debug)]
pub enum ExprKind {
    /// A constant of any integer type, already in its range.
    Int(i64),
    Bool(bool),
    Str(StrId),
    /// The zero value of `ty`: `nil`, an omitted field, `T{}`.
    Zero,
    Var(VarId),
    /// A declared function or method expression as a value.
    Func(FuncId),
    /// A function literal.
    Closure(FuncId),
    /// `x.m` not called: `x` is already what the method takes (address taken, dereferenced, path of embedding walked).
    MethodValue {
        recv: Box<Expr>,
        method: Method,
    },
    /// Field by index in the underlying struct; the operand is a struct, never a pointer.
    Field(Box<Expr>, usize),
    Deref(Box<Expr>),
    /// An element of an array or a slice; a pointer to an array is already dereferenced.
    Index(Box<Expr>, Box<Expr>),
    /// With `comma_ok` the type is a tuple.
    MapIndex {
        map: Box<Expr>,
        key: Box<Expr>,
        comma_ok: bool,
    },
    /// The operand is a slice, or the place of an array. Of a constant string `sema` folds it.
    SliceOf {
        operand: Box<Expr>,
        low: Option<Box<Expr>>,
        high: Option<Box<Expr>>,
        max: Option<Box<Expr>>,
    },
    /// The address of a place: `Var`, `Field`, `Deref`, `Index` of a slice or of an array place.
    AddrOf(Box<Expr>),
    /// `&T{…}` and `new(T)`: a new object that holds the value.
    Alloc(Box<Expr>),
    /// A value for every field, in order.
    StructLit(Vec<Expr>),
    /// Index and value; indices that are missing are zero.
    ArrayLit(Vec<(u64, Expr)>),
    SliceLit {
        len: u64,
        elements: Vec<(u64, Expr)>,
    },
    MapLit(Vec<(Expr, Expr)>),
    Unary(UnaryOp, Box<Expr>),
    /// Both sides have the same type, but for shifts. Comparison of an interface with a concrete value has the conversion made explicit.
    Binary(BinaryOp, Box<Expr>, Box<Expr>),
    /// Between integer types (wraps), between types of one underlying type, channel to directed channel.
    Convert(Box<Expr>),
    /// To an interface type, from a concrete type or from another interface.
    ToInterface(Box<Expr>),
    /// The type wanted is `ty`, or the tuple's first where `comma_ok`.
    TypeAssert {
        operand: Box<Expr>,
        target: TypeId,
        comma_ok: bool,
    },
    Recv {
        channel: Box<Expr>,
        comma_ok: bool,
    },
    Call(Box<Call>),
    /// `any(lo, hi)`, `rand.Intn(n)`.
    Any {
        low: Box<Expr>,
        high: Box<Expr>,
    },
}

/// What a method name stands for once the receiver is at hand.
#[derive(Clone, Debug)]
pub enum Method {
    /// The receiver is its first argument.
    Func(FuncId),
    /// Found at run time in the interface value that is the receiver.
    Interface(String),
    /// Of a primitive whose place (`sync.Mutex`, not a pointer to it) is the receiver.
    Primitive { name: &'static str, method: &'static str },
}

/// A call; its type is that of the expression around it.
#[derive(Clone, Debug)]
pub struct Call {
    pub callee: Callee,
    /// Converted to the parameter types, variadic ones packed into a slice. One argument of tuple type stands for all of them (`f(g())`).
    /// The receiver of a method is not among them.
    pub args: Vec<Expr>,
    pub span: Span,
    /// The type of the result: a tuple for none (`()`) or several.
    pub ty: TypeId,
}

#[derive(Clone, Debug)]
pub enum Callee {
    Func(FuncId),
    /// A function literal called, deferred or started on the spot.
    Closure(FuncId),
    Method {
        recv: Box<Expr>,
        method: Method,
    },
    /// A function value.
    Value(Box<Expr>),
    Builtin(Builtin),
}

/// Functions that `lower` knows. Which arguments each takes is said here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Builtin {
    /// `append(s, elems…)`: slice, then a packed slice of the elements (or the spread one).
    Append,
    Cap,
    Clear,
    Close,
    Copy,
    Delete,
    Len,
    /// `make(T)`; the type is the call's; the arguments are the sizes.
    Make,
    /// `max`, `min` of two or more integers.
    Max,
    Min,
    /// One argument of type `any` (already converted).
    Panic,
    /// Result `any`.
    Recover,
    /// Condition and text (a constant string).
    Assert,
    /// Evaluates its arguments (of any types) and does nothing: `fmt.Println`, `log.Printf`, `print`, `t.Log`.
    Discard,
    /// As `Discard`, with a result that is an opaque string constant: `fmt.Sprintf`, the format as the string.
    Sprint(StrId),
    /// `os.Exit`, `log.Fatal`: ends the run, no deferred calls.
    Exit,
    /// `runtime.Goexit`.
    Goexit,
    /// As `Goexit`, but main then counts as returned: `t.FailNow`.
    EndTest,
    /// `runtime.Gosched`, `time.Sleep`: evaluates its arguments, a step that does nothing.
    Yield,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UnaryOp {
    Neg,
    Not,
    BitNot,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BinaryOp {
    OrOr,
    AndAnd,
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
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
}

impl Program {
    pub fn var(&self, id: VarId) -> &Var {
        &self.vars[id.index()]
    }

    pub fn func(&self, id: FuncId) -> &Func {
        &self.funcs[id.index()]
    }

    pub fn string(&self, id: StrId) -> &str {
        &self.strings[id.index()]
    }
}
