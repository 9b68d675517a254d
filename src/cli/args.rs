//! Options that several commands share.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::{PossibleValue, PossibleValuesParser};

use super::units;
use crate::engine::reduction::{Reductions, When};

/// The model, and which variant of it.
#[derive(clap::Args, Debug)]
pub struct ModelArgs {
    /// The model; - reads standard input
    #[arg(value_name = "FILE")]
    pub file: PathBuf,

    /// Apply the fix of this name
    #[arg(long, value_name = "NAME")]
    pub fix: Option<String>,

    /// Give a param of the model a value; repeatable
    #[arg(short, long = "param", value_name = "NAME=VALUE", value_parser = assignment, allow_hyphen_values = true)]
    pub params: Vec<(String, i64)>,
}

/// Where a search stops.
#[derive(clap::Args, Debug)]
pub struct LimitArgs {
    /// Give up after this many states [default: none]
    #[arg(long, value_name = "N", value_parser = units::count, help_heading = "Limits")]
    pub max_states: Option<u64>,

    /// Give up when the search needs more memory, for example 512M or 2G [default: 80% of what is free]
    #[arg(long, value_name = "SIZE", value_parser = units::size, help_heading = "Limits")]
    pub max_memory: Option<u64>,

    /// Give up after this time, for example 30s or 5m [default: none]
    #[arg(long, value_name = "TIME", value_parser = units::duration, help_heading = "Limits")]
    pub timeout: Option<Duration>,

    /// Threads for one search, which can use two; what it finds is the same [default: all processors]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..), help_heading = "Limits")]
    pub threads: Option<u32>,

    /// Objects that may exist at once, per type
    #[arg(long, value_name = "N", default_value_t = 64, help_heading = "Limits")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    pub objects: u32,

    /// Goroutines that may exist at once
    #[arg(long, value_name = "N", default_value_t = 64, help_heading = "Limits")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    pub goroutines: u32,

    /// Depth to which recursion is unrolled
    #[arg(long, value_name = "N", default_value_t = 8, help_heading = "Limits")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    pub unwind: u32,

    /// Switch off everything that makes fewer states (slower; the verdict is the same)
    #[arg(long, help_heading = "Reductions")]
    pub no_reduction: bool,

    /// Take every statement as a step of its own
    #[arg(long, help_heading = "Reductions")]
    pub no_fusion: bool,

    /// Take what only gives something back, as an Unlock does, as a step of its own
    #[arg(long, help_heading = "Reductions")]
    pub no_releases: bool,

    /// Tell goroutines that do the same apart
    #[arg(long, help_heading = "Reductions")]
    pub no_symmetry: bool,

    /// Of steps that are in nobody's way take one only (stubborn sets), also where that is not found to be worth its price
    #[arg(long, help_heading = "Reductions")]
    pub stubborn: bool,

    /// Take all steps of every state
    #[arg(long, help_heading = "Reductions", conflicts_with = "stubborn")]
    pub no_stubborn: bool,
}

impl LimitArgs {
    /// The reductions that are not switched off.
    pub fn reductions(&self) -> Reductions {
        Reductions {
            fusion: !(self.no_reduction || self.no_fusion),
            releases: !(self.no_reduction || self.no_fusion || self.no_releases),
            symmetry: !(self.no_reduction || self.no_symmetry),
            stubborn: match self.stubborn {
                _ if self.no_reduction || self.no_stubborn => When::Never,
                true => When::Always,
                false => When::Worthwhile,
            },
        }
    }
}

/// The values that an option takes, each with a line of help.
pub fn one_of(known: impl Iterator<Item = (&'static str, String)>) -> PossibleValuesParser {
    known.map(|(name, help)| PossibleValue::new(name).help(help)).collect::<Vec<_>>().into()
}

/// `NAME=VALUE` of `-p`.
fn assignment(text: &str) -> Result<(String, i64), String> {
    let (name, value) = text.split_once('=').ok_or("write -p NAME=VALUE, for example -p n=3")?;
    let number = value.trim().replace('_', "");
    match number.parse() {
        Ok(value) if !name.trim().is_empty() => Ok((name.trim().to_owned(), value)),
        Ok(_) => Err("write -p NAME=VALUE, for example -p n=3".into()),
        Err(_) => Err(format!("`{value}` is no integer")),
    }
}

/// Go's tools write long options with one dash. `goknot test` takes `-run PATTERN` for the sake
/// of the fingers; clap would read it as `-r -u -n`.
pub fn go_style(args: Vec<OsString>) -> Vec<OsString> {
    let mut words = args.iter().skip(1).skip_while(|arg| arg.to_string_lossy().starts_with('-'));
    let command = words.next().map(|word| match word.to_str() {
        // The value of `--color`, before the command.
        Some("auto" | "always" | "never") => words.next().unwrap_or(word),
        _ => word,
    });
    if command.is_none_or(|command| command != "test") {
        return args;
    }
    let translate = |arg: OsString| match arg.to_str() {
        Some("-run") => OsString::from("--run"),
        Some(text) if text.starts_with("-run=") => OsString::from(format!("-{text}")),
        _ => arg,
    };
    let literal = args.iter().position(|arg| arg == "--").unwrap_or(args.len());
    let translated = args.into_iter().enumerate();
    translated.map(|(at, arg)| if at < literal { translate(arg) } else { arg }).collect()
}

#[cfg(test)]
mod tests {
    use super::{assignment, go_style};

    #[test]
    fn assignments() {
        assert_eq!(assignment("n=3"), Ok(("n".into(), 3)));
        assert_eq!(assignment("n = -3"), Ok(("n".into(), -3)));
        assert_eq!(assignment("n=1_000"), Ok(("n".into(), 1000)));
        for bad in ["n", "=3", "n=", "n=x", "n=3=4", "n=99999999999999999999"] {
            assert!(assignment(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn one_dash_run_belongs_to_test() {
        let translate = |line: &str| {
            let args = go_style(line.split(' ').map(Into::into).collect());
            args.iter().map(|arg| arg.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(translate("goknot test -run x models"), "goknot test --run x models");
        assert_eq!(translate("goknot -q test models -run=x"), "goknot -q test models --run=x");
        assert_eq!(translate("goknot test -- -run"), "goknot test -- -run");
        assert_eq!(translate("goknot check -run"), "goknot check -run");
        assert_eq!(translate("goknot --color never test -run x"), "goknot --color never test --run x");
    }
}
