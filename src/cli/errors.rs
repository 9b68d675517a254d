//! `goknot errors`: what a diagnostic means, at length.

use super::exit::Exit;
use super::failure::Failure;
use super::output;
use super::session::Session;
use crate::diag::did_you_mean;

/// Every page with its code, in order; made from `docs/errors/` by the build script.
pub const PAGES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/pages.rs"));

/// Explain a diagnostic, or list all of them
#[derive(clap::Args, Debug)]
pub struct Args {
    /// For example GK0012, or 12
    #[arg(value_name = "CODE")]
    code: Option<String>,
}

/// Prints the page, or the list.
pub fn run(args: &Args, _: &Session) -> Result<Exit, Failure> {
    let text = match &args.code {
        Some(code) => page(code)?.to_owned(),
        None => list(),
    };
    output::stdout(&text).map_err(Failure::Output)?;
    Ok(Exit::Success)
}

fn page(wanted: &str) -> Result<&'static str, Failure> {
    let code = normal(wanted);
    match PAGES.iter().find(|(known, _)| *known == code) {
        Some((_, text)) => Ok(text),
        None => {
            let near = did_you_mean(&code, PAGES.iter().map(|(known, _)| *known));
            let hint = near.map(|near| format!(" (did you mean {near}?)")).unwrap_or_default();
            Err(Failure::Usage(format!("there is no diagnostic {wanted}{hint}; `goknot errors` lists them")))
        }
    }
}

/// `GK0012` from `gk12`, `12`, `GK0012`; anything else as it is.
fn normal(code: &str) -> String {
    let upper = code.to_ascii_uppercase();
    let digits = upper.strip_prefix("GK").unwrap_or(&upper);
    digits.parse::<u16>().map_or(upper.clone(), |number| format!("GK{number:04}"))
}

/// The first line of each page.
fn list() -> String {
    let title = |text: &'static str| text.lines().next().unwrap_or("").trim_start_matches("# ");
    PAGES.iter().flat_map(|(_, text)| [title(text), "\n"]).collect()
}

#[cfg(test)]
mod tests {
    use super::{PAGES, list, normal};

    #[test]
    fn codes_may_be_written_short() {
        for code in ["GK0012", "gk0012", "gk12", "12", "0012"] {
            assert_eq!(normal(code), "GK0012");
        }
        assert_eq!(normal("what"), "WHAT");
    }

    #[test]
    fn every_page_opens_with_its_code() {
        for (code, text) in PAGES {
            assert!(text.starts_with(&format!("# {code}: ")), "{code}");
        }
        assert_eq!(list().lines().count(), PAGES.len());
    }
}
