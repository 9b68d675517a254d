//! Functions that exist in no source: Go's builtins and goknot's own words.

use super::library::Template;
use super::packages::Function;

/// A function that the checker knows by name; it can only be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Word {
    Append,
    Assert,
    Cap,
    Clear,
    Close,
    Copy,
    Delete,
    Len,
    Make,
    Max,
    Min,
    New,
    Panic,
    Print,
    Recover,
    /// `fmt.Println`, `os.Exit`, `rand.Intn`, …
    Package(&'static Function),
    /// `atomic.AddInt32`, …
    Atomic(&'static str),
    /// `sync.OnceValue`, …: for any types.
    Generic(&'static Template),
}

impl Word {
    /// The builtin called `name`.
    pub(crate) fn builtin(name: &str) -> Option<Self> {
        Some(match name {
            "append" => Self::Append,
            "assert" => Self::Assert,
            "cap" => Self::Cap,
            "clear" => Self::Clear,
            "close" => Self::Close,
            "copy" => Self::Copy,
            "delete" => Self::Delete,
            "len" => Self::Len,
            "make" => Self::Make,
            "max" => Self::Max,
            "min" => Self::Min,
            "new" => Self::New,
            "panic" => Self::Panic,
            "print" | "println" => Self::Print,
            "recover" => Self::Recover,
            _ => return None,
        })
    }

    /// As the source writes it.
    pub(crate) fn name(self) -> String {
        match self {
            Self::Package(function) => format!("{}.{}", function.package, function.name),
            Self::Atomic(name) => format!("atomic.{name}"),
            Self::Generic(template) => format!("{}.{}", template.package, template.name),
            other => other.short().to_string(),
        }
    }

    pub(crate) fn short(self) -> &'static str {
        match self {
            Self::Append => "append",
            Self::Assert => "assert",
            Self::Cap => "cap",
            Self::Clear => "clear",
            Self::Close => "close",
            Self::Copy => "copy",
            Self::Delete => "delete",
            Self::Len => "len",
            Self::Make => "make",
            Self::Max => "max",
            Self::Min => "min",
            Self::New => "new",
            Self::Panic => "panic",
            Self::Print => "print",
            Self::Recover => "recover",
            Self::Package(function) => function.name,
            Self::Atomic(name) => name,
            Self::Generic(template) => template.name,
        }
    }

    /// How a call looks.
    pub(crate) fn form(self) -> &'static str {
        match self {
            Self::Append => "append(slice, elements…)",
            Self::Assert => "assert(condition, \"text\")",
            Self::Cap => "cap(x)",
            Self::Clear => "clear(mapOrSlice)",
            Self::Close => "close(channel)",
            Self::Copy => "copy(to, from)",
            Self::Delete => "delete(map, key)",
            Self::Len => "len(x)",
            Self::Make => "make(chan T, capacity)",
            Self::Max => "max(x, y)",
            Self::Min => "min(x, y)",
            Self::New => "new(T)",
            Self::Panic => "panic(value)",
            Self::Print => "println(values…)",
            Self::Recover => "recover()",
            Self::Package(function) => function.form(),
            Self::Atomic(name) if name.starts_with("Load") => "atomic.LoadInt32(&x)",
            Self::Atomic(name) if name.starts_with("Compare") => "atomic.CompareAndSwapInt32(&x, old, new)",
            Self::Atomic(_) => "atomic.AddInt32(&x, 1)",
            Self::Generic(template) => match template.name {
                "OnceValues" => "sync.OnceValues(func() (T1, T2) { … })",
                _ => "sync.OnceValue(func() T { … })",
            },
        }
    }
}
