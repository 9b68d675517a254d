//! Where a program is: an environment variable that names it, else the PATH.
//!
//! In: the names a program goes by. Out: its path with the arguments that the variable gave, or everything that was
//! tried and how to install it.

use std::env;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A program that goknot can use.
#[derive(Debug)]
pub struct Wanted {
    /// What it is called when it is missing: `a C compiler`.
    pub what: &'static str,
    /// Variables that may name it, with arguments: `CC="ccache gcc -m64"`.
    pub variables: &'static [&'static str],
    /// Names on the PATH, the best first.
    pub names: &'static [&'static str],
    /// How to get it.
    pub install: &'static str,
}

/// SPIN.
pub const SPIN: Wanted = Wanted {
    what: "spin",
    variables: &["GOKNOT_SPIN"],
    names: &["spin"],
    install: "apt install spin, brew install spin, or https://spinroot.com",
};

/// A C compiler for what SPIN generates. tcc compiles it in milliseconds.
pub const C_COMPILER: Wanted = Wanted {
    what: "a C compiler",
    variables: &["CC"],
    names: &["tcc", "cc", "gcc", "clang"],
    install: "apt install tcc (the fastest here) or gcc",
};

/// A Java runtime for TLC.
pub const JAVA: Wanted = Wanted {
    what: "java",
    variables: &["GOKNOT_JAVA"],
    names: &["java"],
    install: "apt install default-jre-headless",
};

/// A program that was found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Program {
    pub path: PathBuf,
    /// Come before all others.
    pub args: Vec<String>,
    /// The variable that named it.
    pub variable: Option<&'static str>,
}

/// A program that is not there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Missing {
    pub what: &'static str,
    /// `GOKNOT_SPIN=/opt/spin (no such program)`, `spin on the PATH`.
    pub tried: Vec<String>,
    pub install: &'static str,
}

impl Wanted {
    /// Looks for it. A variable that is set decides: what it names must be there.
    pub fn find(&self) -> Result<Program, Missing> {
        let mut tried = Vec::new();
        for &variable in self.variables {
            let Some(value) = env::var(variable).ok().filter(|value| !value.trim().is_empty()) else {
                tried.push(format!("{variable} (not set)"));
                continue;
            };
            let mut words = value.split_whitespace().map(str::to_owned);
            let name = words.next().unwrap_or_default();
            return match which::which(&name) {
                Ok(path) => Ok(Program { path, args: words.collect(), variable: Some(variable) }),
                Err(_) => {
                    tried.push(format!("{variable}={value} (no such program)"));
                    Err(self.missing(tried))
                }
            };
        }
        for &name in self.names {
            match which::which(name) {
                Ok(path) => return Ok(Program { path, args: Vec::new(), variable: None }),
                Err(_) => tried.push(format!("{name} on the PATH")),
            }
        }
        Err(self.missing(tried))
    }

    fn missing(&self, tried: Vec<String>) -> Missing {
        Missing { what: self.what, tried, install: self.install }
    }
}

impl Program {
    /// A command that runs it.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.path);
        command.args(&self.args);
        command
    }

    /// Whether the program file is called this.
    pub fn is(&self, name: &str) -> bool {
        self.path.file_stem().is_some_and(|stem| stem == Path::new(name))
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no {} here; looked for {}\n  install: {}", self.what, self.tried.join(", "), self.install)
    }
}
