//! Small damages to a fixed model: do its checks notice?
//!
//! In: a file and a fix. Out: [`Mutant`]s, each an edit of the file's text: an unlock, a close, a `Done`, a wake-up or a
//! case of a select left out, a buffer one smaller, two locks taken in the other order. Which are equivalent to the
//! original nobody can tell in general; so a survivor is a question, not a fault.

use std::collections::{BTreeMap, BTreeSet};

use super::edit::Edit;
use super::parts::{function, words};
use super::tree::{self, Item, What};
use crate::source::{Source, Span};
use crate::syntax::ast::{Comm, Decl, Expr, ExprKind, File, Fix, FuncDecl, Stmt, StmtKind, TypeExprKind};

/// One damage.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mutant {
    pub kind: Kind,
    /// What it does: `without defer s.mu.Unlock()`.
    pub what: String,
    pub span: Span,
    pub within: String,
    pub edits: Vec<Edit>,
}

/// Kinds of damage.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Kind {
    Unlock,
    Close,
    Done,
    WakeUp,
    Case,
    Buffer,
    LockOrder,
}

impl Kind {
    /// In a word or two.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unlock => "no unlock",
            Self::Close => "no close",
            Self::Done => "no Done",
            Self::WakeUp => "no wake-up",
            Self::Case => "no case",
            Self::Buffer => "smaller buffer",
            Self::LockOrder => "other lock order",
        }
    }

    /// Why it may matter that nobody notices.
    pub fn question(self) -> &'static str {
        match self {
            Self::Unlock => "nobody in this model asks for the lock afterwards: is that so in the program?",
            Self::Close => {
                "nobody in this model waits for the close: a goroutine that does is missing, or it can go"
            }
            Self::Done => {
                "nobody waits for the group afterwards: is the Wait missing, or is the Done not needed?"
            }
            Self::WakeUp => "nobody sleeps there in this model, or somebody else wakes them",
            Self::Case => "what the case is for does not happen in this model, or no cover asks for it",
            Self::Buffer => "the buffer may be larger than this model needs",
            Self::LockOrder => "nobody takes these two locks in another order in this model",
        }
    }
}

/// The mutants of `file` under `fix`.
pub fn mutants(source: &Source, file: &File, fix: Option<&Fix>) -> Vec<Mutant> {
    let mut found = Vec::new();
    for func in functions(file, fix) {
        let within = function(func);
        let body = tree::block(&func.body);
        body.all(&mut |list| {
            for pair in list.items.windows(2) {
                found.extend(swapped(source, &pair[0], &pair[1], &within));
            }
            let cases = list.items.iter().filter(|item| matches!(item.what, What::Case(Some(_)))).count();
            for item in &list.items {
                match item.what {
                    What::Stmt(stmt) => statement(source, stmt, &within, &mut found),
                    // A select without cases waits for ever: that everybody notices.
                    What::Case(Some(comm)) if cases > 1 && !matches!(comm, Comm::Default) => {
                        let head = words(source.slice(item.span));
                        let head = head.split_once(':').map_or(head.clone(), |(head, _)| head.to_owned());
                        found.push(without(Kind::Case, &head, item.span, &within));
                    }
                    What::Case(_) => {}
                }
            }
        });
    }
    found
}

/// The text of each function of the program with the fix laid over it, by its name.
pub fn texts(source: &Source, file: &File, fix: Option<&Fix>) -> BTreeMap<String, String> {
    let text = |func: &FuncDecl| (function(func), words(source.slice(func.span)));
    functions(file, fix).into_iter().map(text).collect()
}

/// The functions of the program with the fix laid over it.
fn functions<'a>(file: &'a File, fix: Option<&'a Fix>) -> Vec<&'a FuncDecl> {
    let of = |decls: &'a [Decl]| {
        decls.iter().filter_map(|decl| if let Decl::Func(func) = decl { Some(func) } else { None })
    };
    let new: Vec<&FuncDecl> = fix.map(|fix| of(&fix.decls).collect()).unwrap_or_default();
    let gone = fix.map(|fix| &fix.decls[..]).unwrap_or_default().iter().filter_map(|decl| match decl {
        Decl::Delete(delete) => Some(delete.name.name.clone()),
        _ => None,
    });
    let gone: BTreeSet<String> = new.iter().map(|func| function(func)).chain(gone).collect();
    of(&file.decls).filter(|func| !gone.contains(&function(func))).chain(new).collect()
}

fn without(kind: Kind, text: &str, span: Span, within: &str) -> Mutant {
    let edits = vec![Edit::remove(span.range())];
    Mutant { kind, what: format!("without {text}"), span, within: within.to_owned(), edits }
}

fn statement(source: &Source, stmt: &Stmt, within: &str, found: &mut Vec<Mutant>) {
    if let StmtKind::Expr(expr) | StmtKind::Defer(expr) = &stmt.kind
        && let Some(kind) = call(expr).and_then(|(name, args)| match (name, args) {
            ("Unlock" | "RUnlock", 0) => Some(Kind::Unlock),
            ("Done", 0) => Some(Kind::Done),
            ("Signal" | "Broadcast", 0) => Some(Kind::WakeUp),
            ("close", 1) => Some(Kind::Close),
            _ => None,
        })
    {
        found.push(without(kind, &words(source.slice(stmt.span)), stmt.span, within));
    }
    for expr in tree::own(stmt) {
        tree::each(expr, &mut |expr| {
            if let Some((capacity, channel)) = buffer(expr) {
                let text = source.slice(capacity.span);
                let smaller = match text.parse::<i64>() {
                    Ok(number) if number > 0 => (number - 1).to_string(),
                    Ok(_) => return,
                    Err(_) => format!("{text} - 1"),
                };
                found.push(Mutant {
                    kind: Kind::Buffer,
                    what: format!("make({}, {smaller})", words(source.slice(channel))),
                    span: expr.span,
                    within: within.to_owned(),
                    edits: vec![Edit { range: capacity.span.range(), text: smaller }],
                });
            }
        });
    }
}

/// The name of what is called, and how many arguments it gets.
fn call(expr: &Expr) -> Option<(&str, usize)> {
    let ExprKind::Call { callee, args, spread: _ } = &expr.kind else { return None };
    match &callee.kind {
        ExprKind::Name(name) => Some((name, args.len())),
        ExprKind::Selector { operand: _, name } => Some((&name.name, args.len())),
        _ => None,
    }
}

/// The capacity and the type in `make(chan T, n)`.
fn buffer(expr: &Expr) -> Option<(&Expr, Span)> {
    let ExprKind::Call { callee, args, spread: _ } = &expr.kind else { return None };
    let [channel, capacity] = args.as_slice() else { return None };
    let ExprKind::Type(ty) = &channel.kind else { return None };
    let makes = matches!(&callee.kind, ExprKind::Name(name) if name == "make");
    (makes && matches!(ty.kind, TypeExprKind::Chan { .. })).then_some((capacity, channel.span))
}

/// Two locks that are taken one after the other.
fn swapped(source: &Source, one: &Item<'_>, other: &Item<'_>, within: &str) -> Option<Mutant> {
    let lock = |item: &Item<'_>| {
        let What::Stmt(stmt) = item.what else { return false };
        let StmtKind::Expr(expr) = &stmt.kind else { return false };
        matches!(call(expr), Some(("Lock" | "RLock", 0)))
    };
    let (first, second) = (source.slice(one.span), source.slice(other.span));
    (lock(one) && lock(other) && words(first) != words(second)).then(|| Mutant {
        kind: Kind::LockOrder,
        what: format!("{} before {}", words(second), words(first)),
        span: one.span.to(other.span),
        within: within.to_owned(),
        edits: vec![
            Edit { range: one.span.range(), text: second.to_owned() },
            Edit { range: other.span.range(), text: first.to_owned() },
        ],
    })
}

#[cfg(test)]
mod tests {
    use super::mutants;
    use crate::source::Source;
    use crate::syntax;

    #[test]
    fn each_kind_once() {
        let text = "model m\nfunc main() {\n\ta.Lock()\n\tb.Lock()\n\tdefer b.Unlock()\n\tc := make(chan int, 2)\n\
                    \tclose(c)\n\twg.Done()\n\tcond.Signal()\n\tselect {\n\tcase <-c:\n\tcase c <- 1:\n\tdefault:\n\t}\n}\n";
        let source = Source::new("m.knot", text);
        let (file, problems) = syntax::parse(&source);
        assert!(!problems.has_errors());
        let all: Vec<String> = mutants(&source, &file, None).into_iter().map(|mutant| mutant.what).collect();
        assert_eq!(
            all,
            [
                "b.Lock() before a.Lock()",
                "without defer b.Unlock()",
                "make(chan int, 1)",
                "without close(c)",
                "without wg.Done()",
                "without cond.Signal()",
                "without case <-c",
                "without case c <- 1",
            ]
        );
    }
}
