//! `goknot man`: the manual page, made from the same tree as the help.

use super::exit::Exit;
use super::failure::Failure;
use super::output;

/// Print the manual page
///
/// For example `goknot man > ~/.local/share/man/man1/goknot.1`. It covers all commands.
#[derive(clap::Args, Debug)]
pub struct Args {}

/// Prints it.
pub fn run(_: &Args) -> Result<Exit, Failure> {
    let page = page().map_err(|error| Failure::Output(format!("cannot make the manual page: {error}")))?;
    output::stdout(&page).map_err(Failure::Output)?;
    Ok(Exit::Success)
}

/// One page for the program, with a section for each command.
fn page() -> std::io::Result<String> {
    let mut tree = super::tree().disable_help_subcommand(true);
    tree.build();
    let mut text = Vec::new();
    let man = clap_mangen::Man::new(tree.clone());
    man.render_title(&mut text)?;
    man.render_name_section(&mut text)?;
    man.render_synopsis_section(&mut text)?;
    man.render_description_section(&mut text)?;
    man.render_options_section(&mut text)?;
    for command in tree.get_subcommands() {
        let name = command.get_name().to_owned();
        let man = clap_mangen::Man::new(command.clone());
        let mut section = Vec::new();
        man.render_synopsis_section(&mut section)?;
        man.render_description_section(&mut section)?;
        man.render_options_section(&mut section)?;
        text.extend(format!(".SH GOKNOT {}\n", name.to_uppercase()).bytes());
        text.extend(String::from_utf8_lossy(&section).replace(".SH ", ".SS ").bytes());
    }
    man.render_extra_section(&mut text)?;
    man.render_version_section(&mut text)?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}
