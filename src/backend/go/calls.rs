//! Calls, and what goknot's own words and later releases' functions become in Go 1.19.

use super::helpers::Helper;
use super::writer::Writer;
use crate::source::Span;
use crate::syntax::ast::{Expr, ExprKind};

/// Functions of `math/rand` whose result is no `int`.
const RANDOM: &[(&str, &str)] =
    &[("Int31n", "int32"), ("Int32N", "int32"), ("Int63n", "int64"), ("Int64N", "int64")];

/// What came to a package after Go 1.19, with the release; helpers stand for what is not here.
const LATER: &[(&str, &str, u32)] = &[
    ("context", "CancelCauseFunc", 20),
    ("context", "Cause", 20),
    ("context", "WithCancelCause", 20),
    ("context", "AfterFunc", 21),
    ("context", "WithDeadlineCause", 21),
    ("context", "WithTimeoutCause", 21),
    ("context", "WithoutCancel", 21),
];

/// The packages that a model can use, by their names in it.
const PACKAGES: &[&str] = &[
    "sync",
    "atomic",
    "context",
    "time",
    "errors",
    "fmt",
    "log",
    "rand",
    "runtime",
    "testing",
    "os",
    "errgroup",
    "singleflight",
];

impl Writer<'_> {
    /// Whether `name` before a dot is a package.
    pub(super) fn is_package(&self, name: &str) -> bool {
        PACKAGES.contains(&name) && !self.declared.contains(name)
    }

    /// `package.name` in an expression.
    pub(super) fn member(&mut self, package: &str, name: &str) {
        let once = match (package, name) {
            ("sync", "OnceFunc") => Some(Helper::OnceFunc),
            ("sync", "OnceValue") => Some(Helper::OnceValue),
            ("sync", "OnceValues") => Some(Helper::OnceValues),
            _ => None,
        };
        if let Some(helper) = once {
            let helper = self.helper(helper);
            self.text(&helper);
            return;
        }
        let long = matches!(name, "Millisecond" | "Second" | "Minute" | "Hour");
        if self.options.observe && package == "time" && long {
            // What a model says about time orders nothing; the comparison need not wait for it.
            self.qualified("time", "Microsecond");
            return;
        }
        self.qualified(package, name);
    }

    /// Notes what a member of a package asks of the toolchain.
    pub(super) fn needs(&mut self, package: &str, name: &str) {
        let later = LATER.iter().find(|(of, known, _)| (*of, *known) == (package, name));
        self.release = self.release.max(later.map_or(0, |(.., release)| *release));
    }

    pub(super) fn call(&mut self, span: Span, callee: &Expr, args: &[Expr], spread: bool, depth: u32) {
        if self.own_word(span, callee, args, depth) {
            return;
        }
        self.expr_at(callee, 7, depth);
        self.arguments(args, spread, depth);
    }

    fn arguments(&mut self, args: &[Expr], spread: bool, depth: u32) {
        self.text("(");
        self.exprs(args, depth);
        if spread {
            self.text("...");
        }
        self.text(")");
    }

    /// Prints a call that Go 1.19 does not have; `false` where it does.
    fn own_word(&mut self, span: Span, callee: &Expr, args: &[Expr], depth: u32) -> bool {
        match &callee.kind {
            ExprKind::Name(name) if !self.declared.contains(name) => {
                let helper = match name.as_str() {
                    "any" if self.facts.choices.contains(&span) => Helper::Any,
                    "assert" => Helper::Assert,
                    "min" => Helper::Min,
                    "max" => Helper::Max,
                    "clear" => Helper::Clear,
                    _ => return false,
                };
                let name = self.helper(helper);
                self.text(&name);
                let without_text = helper == Helper::Assert && args.len() == 1;
                self.text("(");
                self.exprs(args, if without_text { 2 } else { depth });
                if without_text {
                    self.text(", \"\"");
                }
                self.text(")");
                true
            }
            ExprKind::Selector { operand, name } => {
                if self.facts.choices.contains(&span) {
                    let of = RANDOM.iter().find(|(function, _)| *function == name.name);
                    let helper = self.helper(Helper::Intn);
                    self.text(&helper);
                    if let Some((_, ty)) = of {
                        self.text(&format!("[{ty}]"));
                    }
                    self.arguments(args, false, depth);
                    return true;
                }
                if self.facts.library_calls.get(&span).is_some_and(|name| name == "sync.WaitGroup.Go") {
                    let helper = self.helper(Helper::Go);
                    self.text(&helper);
                    self.text("(");
                    for method in [".Add, ", ".Done, "] {
                        self.expr_at(operand, 7, 2);
                        self.text(method);
                    }
                    self.exprs(args, 2);
                    self.text(")");
                    return true;
                }
                false
            }
            _ => false,
        }
    }
}
