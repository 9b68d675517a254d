//! The syntax tree of a `.knot` file: what was written, before names and types.
//!
//! Built by `parse`, read by `sema`. Every node carries the span of its source.
//! Nothing is resolved here: `x.f` may be a field, a method or a package member.

use crate::source::Span;

/// A name as written, with its place.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Ident {
    pub name: String,
    pub span: Span,
}

/// A string literal: the value after unescaping, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    pub value: String,
    pub span: Span,
}

/// A whole model.
#[derive(Clone, Debug, Default)]
pub struct File {
    /// `model NAME "title"`; `None` where the line is missing (already reported).
    pub model: Option<ModelLine>,
    /// `go 1.21`.
    pub go: Option<GoLine>,
    pub decls: Vec<Decl>,
}

#[derive(Clone, Debug)]
pub struct ModelLine {
    pub name: Ident,
    pub title: Option<Text>,
    pub span: Span,
}

/// `go MAJOR.MINOR`.
#[derive(Clone, Debug)]
pub struct GoLine {
    pub major: u32,
    pub minor: u32,
    pub span: Span,
}

/// A top-level declaration, or one inside a `fix`.
#[derive(Clone, Debug)]
pub enum Decl {
    Import(Import),
    Meta(Meta),
    Param(Param),
    Const(ConstGroup),
    Var(VarDecl),
    Type(TypeDecl),
    Func(FuncDecl),
    Check(Check),
    Cover(Cover),
    Expect(Expect),
    Fix(Fix),
    Delete(Delete),
    Loses(Loses),
}

/// `import "sync"`; one per path.
#[derive(Clone, Debug)]
pub struct Import {
    pub path: Text,
    pub span: Span,
}

/// `meta { key "text" … }`.
#[derive(Clone, Debug)]
pub struct Meta {
    pub entries: Vec<(Ident, Text)>,
    pub span: Span,
}

/// `param n = 2 in 1..4`; without `in`, only the default is in range.
#[derive(Clone, Debug)]
pub struct Param {
    pub name: Ident,
    pub value: Expr,
    pub range: Option<(Expr, Expr)>,
    pub span: Span,
}

/// `const ( … )` or one `const`; `iota` counts specs.
#[derive(Clone, Debug)]
pub struct ConstGroup {
    pub specs: Vec<ConstSpec>,
    pub span: Span,
}

/// One line of a const group. Empty `values` repeats the previous spec's (Go's rule).
#[derive(Clone, Debug)]
pub struct ConstSpec {
    pub names: Vec<Ident>,
    pub ty: Option<TypeExpr>,
    pub values: Vec<Expr>,
    pub span: Span,
}

/// `var a, b T = x, y`. A grouped `var ( … )` gives one of these per line.
#[derive(Clone, Debug)]
pub struct VarDecl {
    pub names: Vec<Ident>,
    pub ty: Option<TypeExpr>,
    pub values: Vec<Expr>,
    pub span: Span,
}

/// `type T U` or `type T = U`.
#[derive(Clone, Debug)]
pub struct TypeDecl {
    pub name: Ident,
    pub alias: bool,
    pub ty: TypeExpr,
    pub span: Span,
}

/// A function or a method.
#[derive(Clone, Debug)]
pub struct FuncDecl {
    pub receiver: Option<Receiver>,
    pub name: Ident,
    pub signature: Signature,
    pub body: Block,
    /// From `func` to the closing brace.
    pub span: Span,
}

/// `(s *Server)`; `name` is `None` for `(*Server)`.
#[derive(Clone, Debug)]
pub struct Receiver {
    pub name: Option<Ident>,
    pub pointer: bool,
    pub ty: Ident,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub struct Signature {
    pub params: Vec<Parameter>,
    pub results: Vec<Parameter>,
    pub span: Span,
}

/// One parameter or result (`a, b int` gives two).
#[derive(Clone, Debug)]
pub struct Parameter {
    pub name: Option<Ident>,
    pub ty: TypeExpr,
    /// `...T`; only the last parameter may have it (checked in `sema`).
    pub variadic: bool,
}

/// `check always E` and its siblings.
#[derive(Clone, Debug)]
pub struct Check {
    pub kind: CheckKind,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub enum CheckKind {
    Always(Expr),
    Eventually(Expr),
    LeadsTo(Expr, Expr),
}

/// `cover NAME: E`.
#[derive(Clone, Debug)]
pub struct Cover {
    pub name: Ident,
    pub cond: Expr,
    pub span: Span,
}

/// `expect KIND { NAME: OPERATION … }`.
#[derive(Clone, Debug)]
pub struct Expect {
    pub kind: Ident,
    /// `None` where the block is left out.
    pub stuck: Option<Vec<ExpectLine>>,
    pub span: Span,
}

/// `NAME: OPERATION`: any function on the stack (`main`, `servePeer`, `main.func1`, `Server.Close`), and what it waits at.
#[derive(Clone, Debug)]
pub struct ExpectLine {
    pub goroutine: Ident,
    pub operation: ExpectOperation,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub enum ExpectOperation {
    /// The source text of the operation, as written (white space normalised when compared).
    Source(Text),
    /// The bare word `select`.
    Select(Span),
    /// A wait reason in quotes: `"sync.Mutex.Lock"`.
    Reason(Text),
}

/// `fix NAME "title" { declarations … }`.
#[derive(Clone, Debug)]
pub struct Fix {
    pub name: Ident,
    pub title: Option<Text>,
    pub decls: Vec<Decl>,
    pub span: Span,
}

/// `delete NAME` inside a fix: `delete helper`, `delete Server.Close`.
#[derive(Clone, Debug)]
pub struct Delete {
    /// Dotted for a method.
    pub name: Ident,
    pub span: Span,
}

/// `loses NAME "why"` inside a fix: something of `NAME` can no longer happen, and that is as it should be.
#[derive(Clone, Debug)]
pub struct Loses {
    /// A function (dotted for a method) or a package variable.
    pub name: Ident,
    pub why: Text,
    pub span: Span,
}

// ---- statements ----

#[derive(Clone, Debug, Default)]
pub struct Block {
    pub stmts: Vec<Stmt>,
    /// Braces included.
    pub span: Span,
}

#[derive(Clone, Debug)]
pub struct Stmt {
    pub kind: StmtKind,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub enum StmtKind {
    Empty,
    Expr(Expr),
    /// `ch <- v`.
    Send {
        channel: Expr,
        value: Expr,
    },
    /// `x++`, `x--`.
    IncDec {
        target: Expr,
        increment: bool,
    },
    /// `a, b = x, y`, and with an operator `a += x`.
    Assign {
        targets: Vec<Expr>,
        op: Option<BinaryOp>,
        values: Vec<Expr>,
    },
    /// `a, b := x, y`.
    Define {
        names: Vec<Expr>,
        values: Vec<Expr>,
    },
    Var(VarDecl),
    Const(ConstGroup),
    Type(TypeDecl),
    Go(Expr),
    Defer(Expr),
    Return(Vec<Expr>),
    Break(Option<Ident>),
    Continue(Option<Ident>),
    Goto(Ident),
    Fallthrough,
    Block(Block),
    If(If),
    Switch(Switch),
    TypeSwitch(TypeSwitch),
    Select(Select),
    For(For),
    Labeled {
        label: Ident,
        stmt: Box<Stmt>,
    },
    /// `choose { case: … case: … }`.
    Choose {
        cases: Vec<Clause>,
        span: Span,
    },
    /// `idle STATEMENT`.
    Idle(Box<Stmt>),
    /// Text that is no statement; already reported.
    Error,
}

/// `if … {} else if … {} else {}`, flat so that long chains do not nest.
#[derive(Clone, Debug)]
pub struct If {
    /// At least one arm; each later arm is inside the scope of the earlier arms' `init`.
    pub arms: Vec<IfArm>,
    pub otherwise: Option<Block>,
}

#[derive(Clone, Debug)]
pub struct IfArm {
    pub init: Option<Box<Stmt>>,
    pub cond: Expr,
    pub body: Block,
    pub span: Span,
}

/// A list of statements after `case …:`.
#[derive(Clone, Debug)]
pub struct Clause {
    pub body: Vec<Stmt>,
    /// From `case` to the last statement.
    pub span: Span,
}

#[derive(Clone, Debug)]
pub struct Switch {
    pub init: Option<Box<Stmt>>,
    pub tag: Option<Expr>,
    pub cases: Vec<SwitchCase>,
    /// The `switch` header.
    pub span: Span,
}

#[derive(Clone, Debug)]
pub struct SwitchCase {
    /// `None` is `default`.
    pub values: Option<Vec<Expr>>,
    pub clause: Clause,
}

#[derive(Clone, Debug)]
pub struct TypeSwitch {
    pub init: Option<Box<Stmt>>,
    /// `switch v := x.(type)`.
    pub bind: Option<Ident>,
    pub subject: Expr,
    pub cases: Vec<TypeCase>,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub struct TypeCase {
    /// `None` is `default`; an element that is the name `nil` stands for nil.
    pub types: Option<Vec<TypeExpr>>,
    pub clause: Clause,
}

#[derive(Clone, Debug)]
pub struct Select {
    pub cases: Vec<SelectCase>,
    /// The word `select` alone.
    pub keyword: Span,
}

#[derive(Clone, Debug)]
pub struct SelectCase {
    pub comm: Comm,
    /// The communication itself: `r := <-ch`, `ch <- v`, `default`.
    pub comm_span: Span,
    pub clause: Clause,
}

#[derive(Clone, Debug)]
pub enum Comm {
    Default,
    Send {
        channel: Expr,
        value: Expr,
    },
    /// `<-ch`, `a = <-ch`, `a, ok := <-ch`. `targets` is empty for the bare form.
    Recv {
        targets: Vec<Expr>,
        define: bool,
        channel: Expr,
    },
    Error,
}

#[derive(Clone, Debug)]
pub struct For {
    pub header: ForHeader,
    pub body: Block,
    /// `for …` without the body.
    pub header_span: Span,
}

#[derive(Clone, Debug)]
pub enum ForHeader {
    /// `for {}`.
    Forever,
    /// `for cond {}`.
    While(Expr),
    /// `for init; cond; post {}`.
    Clauses { init: Option<Box<Stmt>>, cond: Option<Expr>, post: Option<Box<Stmt>> },
    /// `for k, v := range x {}`; `for range x {}` has no targets; `x` may be an integer.
    Range { key: Option<Expr>, value: Option<Expr>, define: bool, subject: Expr },
}

// ---- expressions ----

#[derive(Clone, Debug)]
pub struct Expr {
    pub kind: ExprKind,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub enum ExprKind {
    Name(String),
    /// An integer literal as written (`0x1f`, `1_000`).
    Int(String),
    /// A floating point or imaginary literal as written: out of the language, reported by `sema`.
    Float(String),
    /// A rune literal's code point.
    Rune(u32),
    String(String),
    Paren(Box<Expr>),
    FuncLit(Box<FuncLit>),
    Composite {
        /// `None` for an inner literal with its type left out.
        ty: Option<Box<TypeExpr>>,
        elements: Vec<Element>,
    },
    Selector {
        operand: Box<Expr>,
        name: Ident,
    },
    Index {
        operand: Box<Expr>,
        index: Box<Expr>,
    },
    Slice {
        operand: Box<Expr>,
        low: Option<Box<Expr>>,
        high: Option<Box<Expr>>,
        max: Option<Box<Expr>>,
    },
    /// `x.(T)`; `ty` is `None` for `x.(type)`.
    TypeAssert {
        operand: Box<Expr>,
        ty: Option<Box<TypeExpr>>,
    },
    Call {
        callee: Box<Expr>,
        args: Vec<Expr>,
        spread: bool,
    },
    Unary {
        op: UnaryOp,
        operand: Box<Expr>,
    },
    /// `op_span` covers the operator alone.
    Binary {
        op: BinaryOp,
        op_span: Span,
        left: Box<Expr>,
        right: Box<Expr>,
    },
    /// `*p`, or a pointer type where a type is wanted (`(*T)(x)`).
    Star(Box<Expr>),
    /// A type in expression position that cannot be read as anything else: `[]int`, `chan T`, `func()`, `map[K]V`, `struct{}`, `interface{}`.
    Type(Box<TypeExpr>),
    /// Text that is no expression; already reported.
    Error,
}

#[derive(Clone, Debug)]
pub struct FuncLit {
    pub signature: Signature,
    pub body: Block,
}

/// `key: value` or `value` in a composite literal.
#[derive(Clone, Debug)]
pub struct Element {
    pub key: Option<Expr>,
    pub value: Expr,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UnaryOp {
    Plus,
    Neg,
    Not,
    /// `^x`.
    BitNot,
    AddrOf,
    Recv,
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
    Or,
    Xor,
    Mul,
    Div,
    Rem,
    Shl,
    Shr,
    And,
    AndNot,
}

// ---- types ----

#[derive(Clone, Debug)]
pub struct TypeExpr {
    pub kind: TypeExprKind,
    pub span: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ChanDir {
    Both,
    /// `chan<- T`.
    Send,
    /// `<-chan T`.
    Recv,
}

#[derive(Clone, Debug)]
pub enum TypeExprKind {
    Name(String),
    /// `sync.Mutex`.
    Qualified {
        package: Ident,
        name: Ident,
    },
    Pointer(Box<TypeExpr>),
    /// `[N]T`; `len` is `None` for `[...]T`.
    Array {
        len: Option<Box<Expr>>,
        elem: Box<TypeExpr>,
    },
    Slice(Box<TypeExpr>),
    Map {
        key: Box<TypeExpr>,
        value: Box<TypeExpr>,
    },
    Chan {
        dir: ChanDir,
        elem: Box<TypeExpr>,
    },
    Func(Box<Signature>),
    Struct(Vec<FieldDecl>),
    Interface(Vec<InterfaceElem>),
    Paren(Box<TypeExpr>),
    /// `List[int]`: generics, reported by `sema`.
    Instance {
        base: Box<TypeExpr>,
        args: Vec<TypeExpr>,
    },
    /// Text that is no type; already reported.
    Error,
}

/// One struct field; `name` is `None` for an embedded type.
#[derive(Clone, Debug)]
pub struct FieldDecl {
    pub name: Option<Ident>,
    pub ty: TypeExpr,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub enum InterfaceElem {
    Method { name: Ident, signature: Signature },
    Embedded(TypeExpr),
}
